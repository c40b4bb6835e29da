# SPDX-License-Identifier: MIT
"""What is measured: libraries through an adapter, and receivers over HTTP on loopback.

An implementation is asked only what it implements. A library declines the rest in its own file in
libraries/; a receiver can't decline, so its row names the verdicts that are not its job.
"""
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PLACE = ROOT / "build/conformance"  # what was fetched, and our files beside it
DEBIAN = PLACE / "debian"
# Parts that a receiver of the signature alone does not read, and their headers.
GITHUB_LABELS = {"event": "x-github-event", "id": "x-github-delivery"}
SHOPIFY_LABELS = {"event": "x-shopify-topic", "id": "x-shopify-webhook-id"}
DECIDED_BY = {"no_event": "event", "bad_event": "event", "no_id": "id"}


@dataclass
class Implementation:
    name: str      # in commands
    title: str     # for people
    scheme: str
    source: str    # "npm NAME", "debian NAME" or "" for a file of ours
    command: list  # the program behind cmd:, or a receiver, with {port} where its port goes
    does: str      # what is called, or what follows which page
    receiver: str = ""  # the path of its URL; empty: a library
    unread: dict = field(default_factory=dict)  # parts that it does not look at: their headers
    json_alone: bool = False  # other content types are not its job
    refuses: str = ""         # an answer that is an error elsewhere, and here how it refuses

    def beside(self, case):
        """Why a case of the vectors is not this implementation's job; None when it is."""
        parts = {header: part for part, header in self.unread.items()}
        edited = {edit.get("part") or parts.get(edit.get("name", "").lower())
                  for edit in case.get("edit", [])}
        if DECIDED_BY.get(case["status"]) in self.unread:
            edited = {DECIDED_BY[case["status"]]}
        if case["status"] != "ok" and edited and edited <= set(self.unread):
            return f"does not read the {' and the '.join(sorted(edited))}"
        kinds = [value for name, value in case.get("request", {}).get("headers", [])
                 if name.lower() == "content-type"]
        if self.json_alone and kinds and kinds != ["application/json"]:
            return "takes application/json alone"
        return None

    def version(self):
        kind, _, package = self.source.partition(" ")
        if kind == "npm":
            return json.loads((PLACE / "node_modules" / package / "package.json").read_text())["version"]
        if kind == "debian":
            return (DEBIAN / f"{package}.version").read_text().strip()
        return "—"


def node(name, title, scheme, package, file, does):
    command = ["node", str(ROOT / "harness/adapters/adapter.mjs"), str(PLACE / "libraries" / file)]
    return Implementation(name, title, scheme, f"npm {package}", command, does)


def serve(name, title, scheme, source, command, does, receiver="/hook", **more):
    return Implementation(name, title, scheme, source, command, does, receiver, **more)


PHP = ["php", "-d", "display_errors=0", "-S", "127.0.0.1:{port}", str(PLACE / "receivers/shopify.php")]
ADNANH = [str(DEBIAN / "usr/bin/webhook"), "-ip", "127.0.0.1", "-port", "{port}", "-template", "-hooks",
          str(PLACE / "receivers/hooks.json")]

ALL = [
    node("standardwebhooks", "standardwebhooks", "standard-webhooks", "standardwebhooks",
         "standardwebhooks.mjs", "`new Webhook(secret).verify(body, headers)`"),
    node("svix", "svix", "standard-webhooks", "svix", "svix.mjs",
         "`new Webhook(secret).verify(body, headers)`; a body that is no JSON, on which it throws after "
         "verifying, counts as accepted. It looks for its own `svix-*` headers first, by design"),
    node("openai", "openai", "standard-webhooks", "openai", "openai.mjs",
         "`webhooks.verifySignature(body, headers, secret)`, an implementation of its own"),
    node("replicate", "replicate", "standard-webhooks", "replicate", "replicate.mjs",
         "`validateWebhook`, an implementation of its own; it compares with `===` and looks at no clock"),
    serve("standardwebhooks-http", "standardwebhooks on Node http", "standard-webhooks",
          "npm standardwebhooks", ["node", str(PLACE / "receivers/standardwebhooks.mjs"), "{port}"],
          "the library behind `http.createServer`, the whole body first"),
    node("stripe-node", "stripe (Node)", "stripe", "stripe", "stripe.mjs",
         "`webhooks.signature.verifyHeader`, which is `constructEvent` without the parsing"),
    Implementation("stripe-python", "stripe (Python)", "stripe", "debian python3-stripe",
                   [sys.executable, str(ROOT / "harness/adapters/adapter.py"),
                    str(PLACE / "libraries/stripe.py")],
                   "`WebhookSignature.verify_header`, which is `construct_event` without the parsing"),
    node("octokit", "@octokit/webhooks-methods", "github", "@octokit/webhooks-methods", "octokit.mjs",
         "`verify(secret, body, signature)`"),
    serve("octokit-http", "@octokit/webhooks on Node http", "github", "npm @octokit/webhooks",
          ["node", str(PLACE / "receivers/octokit.mjs"), "{port}"], "`createNodeMiddleware`",
          json_alone=True),
    serve("adnanh-webhook", "adnanh/webhook", "github", "debian webhook", ADNANH,
          "the rule `payload-hmac-sha256`. It answers 500 to a signature that does not match, whatever the "
          "rule says, so that a sender tries again: counted as refused here",
          "/hooks/hook", unread=GITHUB_LABELS, refuses="HTTP 500"),
    node("slack-bolt", "@slack/bolt", "slack", "@slack/bolt", "slack.mjs",
         "`verifySlackRequest`, which its receivers call"),
    serve("slack-python", "Slack's page in Python", "slack", "",
          [sys.executable, str(PLACE / "receivers/slack.py"), "{port}"],
          "written for this page after \"Verifying requests from Slack\", on `http.server`"),
    node("shopify-api", "@shopify/shopify-api", "shopify", "@shopify/shopify-api", "shopify.mjs",
         "`webhooks.validate`"),
    serve("shopify-php", "Shopify's page in PHP", "shopify", "", PHP,
          "written for this page after \"Verify webhook deliveries\", on `php -S`", unread=SHOPIFY_LABELS),
]


def lay():
    """Puts our own files beside what was fetched, where Node looks for packages."""
    for folder in ("libraries", "receivers"):
        (PLACE / folder).mkdir(parents=True, exist_ok=True)
        for path in (HERE / folder).iterdir():
            if path.is_file():
                (PLACE / folder / path.name).write_bytes(path.read_bytes())


def fetch():
    """Brings what is missing into build/conformance: from npm at the versions of package.json, from
    Debian at the version that this system's package lists have."""
    lay()
    wanted, kept = (HERE / "package.json").read_text(), PLACE / "package.json"
    if not kept.exists() or kept.read_text() != wanted:
        shutil.rmtree(PLACE / "node_modules", ignore_errors=True)
        (PLACE / "npm").mkdir(exist_ok=True)
        (PLACE / "npm/package.json").write_text(wanted)
        subprocess.run(["npm", "install", "--silent", "--ignore-scripts", "--omit=optional",
                        "--no-audit", "--no-fund", "--no-package-lock"], cwd=PLACE / "npm", check=True)
        (PLACE / "npm/node_modules").rename(PLACE / "node_modules")
        kept.write_text(wanted)  # last: what was broken off is fetched anew
    for package in {each.source.split()[1] for each in ALL if each.source.startswith("debian ")}:
        fetch_debian(package)


def fetch_debian(package):
    """Unpacks a package without installing it."""
    version = DEBIAN / f"{package}.version"
    if version.exists():
        return
    DEBIAN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hookgauge-conformance-") as scratch:
        Path(scratch).chmod(0o777)  # for apt's own user, to whom root hands the download
        subprocess.run(["apt-get", "download", "-qq", package], cwd=scratch, check=True)
        file = next(Path(scratch).glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", file, DEBIAN], check=True)
        version.write_text(subprocess.run(["dpkg-deb", "-f", file, "Version"], check=True,
                                          capture_output=True, text=True).stdout)


def runtimes():
    """The versions of what runs them, since a server is part of it."""
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    php = subprocess.run(["php", "-r", "echo PHP_VERSION;"], capture_output=True, text=True, check=True)
    return f"Node {told.strip().lstrip('v')}, PHP {php.stdout}, Python {platform.python_version()}"
