# SPDX-License-Identifier: MIT
"""The reports of hookgauge test: their forms, that they agree, and what they must never show."""
import base64
import collections
import html.parser
import http.server
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import unittest
import xml.etree.ElementTree as xml

import look
import sarif
from support import BINARY, ROOT, SECRET, Case, run

RECEIVER = shlex.join([sys.executable, "-S", str(ROOT / "tests/alarms/receiver.py")])
BROKEN = f"cmd:exec {RECEIVER} --cmd --fault trims-body"
ONE = "order-oncreate*"
FILES = ("junit", "sarif", "html")
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
# Whole in itself: what a page may not have, since it would fetch, run or send something.
BANNED_TAGS = {"script", "img", "link", "iframe", "object", "embed", "form", "base", "svg", "video"}
VOID_TAGS = {"meta"}


class Page(html.parser.HTMLParser):
    """Reads a page and notes what is wrong with it."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.problems, self.tags, self.text = [], [], collections.Counter(), ""
        self.policy = None
        self.feed(text)
        self.close()
        self.problems += [f"{tag} is not closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags[tag] += 1
        if tag in BANNED_TAGS:
            self.problems.append(f"has <{tag}>")
        self.problems += [f"{tag} has {name}" for name in attrs
                          if name.startswith("on") or name in ("href", "src", "srcset", "action")]
        if attrs.get("http-equiv") == "Content-Security-Policy":
            self.policy = attrs["content"]
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def handle_data(self, data):
        self.text += "" if "style" in self.open else data


class Hostile(http.server.BaseHTTPRequestHandler):
    """Accepts everything, and answers with what a report must not repeat as it is."""

    def do_GET(self):
        self.do_POST()

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        body = self.server.says
        self.send_header("Set-Cookie", "session=taken")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def forms(secret):
    """How a secret may be written."""
    raw = secret.encode()
    return [raw, raw.hex().encode(), raw.hex().upper().encode(), base64.b64encode(raw),
            base64.urlsafe_b64encode(raw).rstrip(b"="), base64.b64encode(b"x" + raw + b"y"),
            base64.b64encode(b"xx" + raw + b"y")]


class Reports(Case):
    def hostile(self, says):
        """A hostile receiver; its URL."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
        server.says = says
        threading.Thread(target=server.serve_forever).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}/hook"

    def reports(self, target, *arguments, code=1):
        """All files at once beside the report for people; {kind: text}."""
        paths = {kind: self.dir / f"report.{kind}" for kind in FILES}
        options = [word for kind, path in paths.items() for word in (f"--{kind}", path)]
        got, out, err = run("test", target, *arguments, *options)
        self.assertEqual((got, err), (code, ""), out)
        self.assertEqual(sorted(each.name for each in self.dir.glob("report.*")),
                         sorted(path.name for path in paths.values()), "no temporary file stays")
        return {"human": out, **{kind: path.read_text() for kind, path in paths.items()}}

    # ---- Forms ---------------------------------------------------------------------------------

    def test_they_agree(self):
        """The same failures in each report."""
        made = self.reports(BROKEN, "--only", "*-oncreate*")
        lines = [json.loads(line) for line in
                 run("test", BROKEN, "--only", "*-oncreate*", "--json")[1].splitlines()]
        failed = {line["id"] for line in lines if line.get("ok") is False}
        self.assertGreater(len(failed), 10)
        suites = xml.fromstring(made["junit"])
        self.assertEqual({case.get("name") for case in suites.iter("testcase")
                          if case.find("failure") is not None}, failed)
        results = json.loads(made["sarif"])["runs"][0]["results"]
        self.assertEqual({each["message"]["text"].split(":")[0] for each in results}, failed)
        page = Page(made["html"])
        self.assertEqual(set(re.findall(r"<summary><code>([^<]*)</code>", made["html"])), failed)
        self.assertIn(f"{len(failed)} cases failed, 1 fault found", page.text[:1000])

    def test_junit(self):
        """By the schema, and the counts are those of what is inside."""
        lint = shutil.which("xmllint") or self.fail("xmllint is not installed: run ./setup")
        whole = json.loads((ROOT / "vectors/webinone.json").read_text())
        group = {**whole["groups"][0], "cases": whole["groups"][0]["cases"][:5]}
        group["cases"][1]["flags"] = ["TamperedBody", "Encoding"]  # stands under the first alone
        both = self.write("both.json", json.dumps({**whole, "count": 5, "groups": [group]}))
        for arguments, code in ((("lib",), 0), ((BROKEN,), 1), (("lib", "--vectors", both), 0),
                                (("lib", "--only", "order-oncreate/duplicate"), 3),
                                ((BROKEN, "--only", "flag:Strict*"), 0)):
            with self.subTest(arguments=arguments):
                made = self.reports(*arguments, code=code)
                done = subprocess.run([lint, "--noout", "--nonet", "--schema",
                                       ROOT / "tests/schemas/junit.xsd", self.dir / "report.junit"],
                                      capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)
                suites = xml.fromstring(made["junit"])
                for suite in [suites, *suites]:
                    cases = list(suite.iter("testcase"))
                    self.assertEqual(int(suite.get("tests")), len(cases))
                    self.assertEqual(int(suite.get("failures")),
                                     len(list(suite.iter("failure"))))
                for suite in suites:
                    self.assertEqual(int(suite.get("skipped")), len(list(suite.iter("skipped"))))
                    values = {each.get("name"): each.get("value")
                              for each in suite.iter("property")}
                    self.assertEqual((values["scheme"], values["basis"]), ("webinone", "assumed"))
                names = [case.get("name") for case in suites.iter("testcase")]
                self.assertEqual(len(names), len(set(names)))

    def test_the_schema_refuses(self):
        """What the schema is for: each of these breaks the report."""
        lint = shutil.which("xmllint") or self.fail("xmllint is not installed: run ./setup")
        text = self.reports(BROKEN, "--only", ONE)["junit"]
        for old, new in ((' name="TamperedBody"', ""), ('time="0.', 'time="0,'),
                         ("<failure type=\"must\"", "<failure type=\"maybe\""),
                         ("<properties>", "<propertys>"), (' errors="0"', ""),
                         ('name="(valid)" tests', 'name="TamperedBody" tests')):
            with self.subTest(new):
                self.assertIn(old, text)
                path = self.write("bad.xml", text.replace(old, new, 1))
                done = subprocess.run([lint, "--noout", "--nonet", "--schema",
                                       ROOT / "tests/schemas/junit.xsd", path],
                                      capture_output=True, timeout=60)
                self.assertNotEqual(done.returncode, 0)

    def test_should_turns_nothing_red(self):
        """A failed case of level should: no failure in JUnit, a warning in SARIF, advice here."""
        made = self.reports(f"cmd:exec {RECEIVER} --cmd --fault lenient-timestamp",
                            "--only", "time/*", code=0)
        suites = xml.fromstring(made["junit"])
        advice = [case for case in suites.iter("testcase")
                  if (case.find("skipped") is not None
                      and case.find("skipped").get("type") == "should")]
        levels = collections.Counter(each["level"] for each in
                                     json.loads(made["sarif"])["runs"][0]["results"])
        self.assertEqual((len(advice), suites.get("failures")), (6, "0"))
        self.assertEqual((levels["warning"], levels["error"]), (6, 0))
        self.assertIn("Nothing that must hold failed", made["html"])
        self.assertEqual(made["html"].count("<em>advice</em>"), len(advice))

    def test_sarif(self):
        for arguments, code in (((BROKEN,), 1), (("lib", "--only", ONE), 0)):
            with self.subTest(arguments=arguments):
                log = json.loads(self.reports(*arguments, code=code)["sarif"])
                self.assertEqual(sarif.problems(log), [])
                self.assertEqual(log["runs"][0]["invocations"][0]["exitCode"], code)
        rules = {rule["id"]: rule for rule in log["runs"][0]["tool"]["driver"]["rules"]}
        self.assertIn("external/cwe/cwe-345", rules["TamperedBody"]["properties"]["tags"])

    def test_the_sarif_rules_refuse(self):
        whole = json.loads(self.reports(BROKEN, "--only", ONE)["sarif"])
        for break_it in sarif.BREAKS:
            broken = json.loads(json.dumps(whole))
            break_it(broken)
            self.assertNotEqual(sarif.problems(broken), [], break_it)

    def test_tap_14(self):
        old = run("test", BROKEN, "--only", ONE, "--tap")[1]
        new = run("test", BROKEN, "--only", ONE, "--tap14")[1]
        steady = [re.sub(r" in [0-9.]+ s$", "", text, flags=re.M) for text in (old, new)]
        self.assertEqual(steady[0].replace("TAP version 13", "TAP version 14", 1), steady[1])
        blocks = re.findall(r"^not ok .*\n  ---\n((?:  \w+: .*\n)+)  \.\.\.$", new, re.M)
        self.assertEqual(len(blocks), new.count("\nnot ok "))
        for line in "".join(blocks).splitlines():
            value = line.partition(": ")[2]
            self.assertTrue(value in ("fail", "todo") or json.loads(value) is not None, line)

    # ---- The page ------------------------------------------------------------------------------

    def test_page(self):
        made = self.reports(BROKEN)
        page = Page(made["html"])
        self.assertEqual((page.problems, page.policy), ([], POLICY))
        self.assertNotRegex(made["html"], r"url\(|@import|https?://[^\s<]*\.(?:css|js|png|woff)")
        for words in ("accepts a body that was changed after signing", "basis: assumed",
                      "POST /api/webhook", "X-Webhook-Signature: sha256=", "hookgauge test",
                      "OnTrigger", "Booking Subscription", "skipped: 299 (needs HTTP)"):
            self.assertIn(words, page.text)
        self.assertEqual(page.tags["tr"], 1 + 29 + 1)
        good = Page(self.reports("lib", code=0)["html"])
        self.assertEqual((good.problems, good.policy), ([], POLICY))
        self.assertIn("Every case held", good.text)
        self.assertNotIn("Failures", good.text)

    def test_a_scheme_without_events_has_no_matrix(self):
        page = Page(self.reports("lib", "--scheme", "github", code=0)["html"])
        self.assertEqual((page.problems, page.tags["table"]), ([], 0))

    def test_what_a_target_says_is_text(self):
        """An answer full of markup, marks and controls adds no element and no such byte."""
        said = '"><script>alert(1)</script><img src=x onerror=alert(1)></pre></details>&amp;' \
               "\u202e\u2066\x1b[2J\0\r]]>".encode() + b"\xff\xfe"
        made = self.reports(self.hostile(said), "--only", "order-oncreate/body-bit")
        page = Page(made["html"])
        self.assertEqual(page.problems, [])
        self.assertIn('"><script>alert(1)</script><img src=x onerror=alert(1)></pre></details>&amp;'
                      "\\u{202e}\\u{2066}\\x1b[2J\\x00\\x0d]]>\\xff\\xfe", page.text)
        self.assertIn("Set-Cookie: [hidden]", page.text)
        for kind, text in made.items():
            self.assertNotRegex(text, "[\0-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", kind)

    def test_no_secret_is_shown(self):
        """A receiver that prints the secret in every form, and what was signed with it."""
        said = b"\n".join(forms(SECRET)) + b"\nsha256=" + b"0123456789abcdef" * 4
        url = self.hostile(said)
        made = self.reports(url, "--secret", "env:SECRET", "--only", ONE)
        for form in ("--tap", "--tap14", "--json", "--all"):
            made[form] = run("test", url, "--secret", "env:SECRET", "--only", ONE, form)[1]
        for (kind, text), form in itertools.product(made.items(), forms(SECRET)):
            core = form.decode().rstrip("=")
            core = core[4:-4] if core[:2] in ("eH", "eX") else core
            self.assertNotIn(core, text, kind)
        for kind, text in made.items():
            self.assertNotRegex(text, "sha256=[0-9a-f]{8}", kind)
        self.assertEqual(made["html"].count("[the secret]"), 7 * made["html"].count("<h4>Answer"))

    def test_public_secrets_are_shown_whole(self):
        """Nothing is hidden that is no secret: a fixed vector can be computed again."""
        made = self.reports(BROKEN, "--only", "order-oncreate/body-appended")
        self.assertRegex(made["html"], "X-Webhook-Signature: sha256=[0-9a-f]{64}\n")

    def test_looked_at(self):
        """In Chromium, if it is there: nothing is wider than the screen, everything is legible."""
        said = "<b>no</b> ".encode() + b"long" * 200
        made = self.reports(self.hostile(said), "--only", "order-on*")
        problems = look.problems(made["html"])
        if problems is None:
            print("the page was not looked at: chromium is not installed", file=sys.stderr)
            self.skipTest("no chromium")
        self.assertEqual(problems, [])
        page = made["html"]
        for old, new in (("</main>", "<p style='width:900px'>x</p></main>"),
                         (".case dl {", ".case dl { white-space: nowrap;"),
                         ("--soft: #5b6472", "--soft: #c9cdd4"),
                         ("font-size: .6875rem", "font-size: .5rem"),
                         ("<h1>", "<h1 style='background:url(http://127.0.0.1:1/x.png)'>")):
            self.assertIn(old, page)
            page = page.replace(old, new)
        broken = look.problems(page, (False,))
        for finds in ("wider than 3", "wider than it shows: ARTICLE", "faint", "tiny", "blocked"):
            self.assertTrue(any(finds in each for each in broken), (finds, broken))

    # ---- Files ---------------------------------------------------------------------------------

    def test_two_runs_differ_in_times_only(self):
        def steady(text):
            text = re.sub(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "WHEN", text)
            return re.sub(r"\b\d+\.\d+( s\b)?|\"ms\": [\d.]+|\b\d{10}\b|\d\d:\d\d:\d\d", "TIME",
                          text)

        live = (self.hostile(b"yes"), "--secret", "env:SECRET", "--only", ONE, "--jobs", "3")
        for arguments in (live, (BROKEN, "--jobs", "3"), ("lib", "--scheme", "standard-webhooks")):
            code = run("test", *arguments)[0]
            first, second = self.reports(*arguments, code=code), self.reports(*arguments, code=code)
            for form in ("--tap", "--json"):
                first[form] = run("test", *arguments, form)[1]
                second[form] = run("test", *arguments, form)[1]
            for kind in first:
                self.assertEqual(steady(first[kind]), steady(second[kind]), kind)

    def test_files_are_refused_before_the_run(self):
        """Nothing is asked of the target when the report could not be written."""
        asked = self.dir / "asked"
        target = f"cmd:touch {shlex.quote(str(asked))}; exec {RECEIVER} --cmd"
        locked = self.dir / "not-there" / "report"
        for kind in FILES:
            for path, says in ((locked, "No such file"), (self.dir, "Is a directory"),
                               ("", "needs the name of a file"), ("-", "needs the name of a file")):
                with self.subTest(kind=kind, path=path):
                    self.refused(2, "test", target, f"--{kind}={path}", says=says)
        same = self.dir / "same"
        self.refused(2, "test", target, "--junit", same, "--html", same, says="name the same file")
        self.refused(2, "test", target, "--list", "--html", same, says="makes no report")
        self.refused(2, "test", target, "--tap", "--tap14", says="exclude each other")
        self.refused(2, "test", target, "--json", "--tap14", says="exclude each other")
        self.assertFalse(asked.exists() or same.exists())

    def test_a_file_that_fails_later(self):
        """The run's own result is told all the same, the other files are written, and it is 3."""
        folder = self.dir / "gone"
        folder.mkdir()
        target = f"cmd:rmdir {shlex.quote(str(folder))}; exec {RECEIVER} --cmd"
        code, out, err = run("test", target, "--jobs", "1", "--only", ONE,
                             "--junit", folder / "a.xml", "--html", self.dir / "b.html")
        self.assertEqual((code, err.count("\n")), (3, 1), err)
        self.assertIn("--junit: ", err)
        self.assertRegex(out, r"25 passed, 0 failed, 1 skipped in [0-9.]+ s\n$")
        self.assertTrue((self.dir / "b.html").read_text().endswith("</html>\n"))

    def test_a_file_is_replaced_whole(self):
        path, link = self.write("old.xml", "old"), self.dir / "link.xml"
        link.symlink_to(path)
        os.chmod(path, 0o640)
        self.assertEqual(run("test", "lib", "--only", ONE, "--junit", link)[0], 0)
        self.assertTrue(path.read_text().endswith("</testsuites>\n") and link.is_symlink())
        self.assertEqual(path.stat().st_mode & 0o777, 0o640)
        code, out, _ = run("test", "lib", "--only", ONE, "--json", "--html", "/dev/null")
        self.assertEqual((code, json.loads(out.splitlines()[-1])["exit_code"]), (0, 0))

    def test_no_target_no_report(self):
        path = self.dir / "a.xml"
        self.refused(3, "test", "http://127.0.0.1:1/hook", "--junit", path, says="127.0.0.1:1")
        self.assertFalse(path.exists())


if __name__ == "__main__":
    unittest.main()
