#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The vectors against our own receiver over HTTP: both stores, counting what was stored."""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMAND = os.environ.get("HOOKGAUGE", str(ROOT / "build/asan/hookgauge"))
# A secret per scheme, in the form its rows ask for.
SECRETS = {"webinone": "live secret", "github": "live secret", "stripe": "whsec_live",
           "slack": "live secret", "shopify": "live secret",
           "standard-webhooks": "whsec_bGl2ZSBzZWNyZXQ="}


def receiver(scheme, store, env):
    """Starts the receiver on a free port; returns (child, URL)."""
    child = subprocess.Popen([COMMAND, "receive", "--scheme", scheme, "--secret", "env:SECRET",
                              "--path", "/api/webhook", "--listen", "127.0.0.1:0", "--store", store,
                              "--log-level", "error"],
                             env=env, stderr=subprocess.PIPE)
    for line in child.stderr:
        found = re.search(rb"listening on (http://[0-9.:]+)", line)
        if found:
            return child, found.group(1).decode() + "/api/webhook"
    sys.exit(f"the receiver did not start for {scheme}, {store}")


def run(scheme, store, scratch):
    """The whole vector file against one receiver; (passed, failed)."""
    env = {**os.environ, "SECRET": SECRETS[scheme]}
    child, url = receiver(scheme, store, env)
    command = [COMMAND, "test", url, "--scheme", scheme, "--secret", "env:SECRET", "--jobs", "2"]
    if store.startswith("sqlite:"):
        command += ["--stored", f"'{COMMAND}' inbox list --count '{store}'"]
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
    finally:
        child.terminate()
        rest = child.stderr.read().decode(errors="replace")
        code = child.wait(timeout=30)
    last = re.findall(r"^(\d+) passed, (\d+) failed.*$", done.stdout, re.M)
    passed, failed = map(int, last[-1]) if last else (0, 1)
    if done.returncode != 0 or code != 0 or "Sanitizer" in rest:
        failed = failed or 1
        print(done.stdout, done.stderr, rest, f"exit {done.returncode}, receiver {code}", sep="\n")
    print(f"{scheme} {store.split(':')[0]}: {passed} passed, {failed} failed, in {scratch}")
    return passed, failed


def main():
    with tempfile.TemporaryDirectory(prefix="hookgauge-live-") as scratch:
        plan = [("webinone", f"sqlite:{scratch}/inbox.db")]
        plan += [(scheme, "memory:") for scheme in SECRETS]
        with concurrent.futures.ThreadPoolExecutor(len(plan)) as pool:  # they mostly wait
            results = list(pool.map(lambda each: run(*each, scratch), plan))
    passed, failed = (sum(column) for column in zip(*results))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
