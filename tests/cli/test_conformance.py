# SPDX-License-Identifier: MIT
"""`make conformance` without its network: what is measured, how it is shown, and whether the page that
it last printed still fits the vectors."""
import dataclasses
import json
import os
import re
import subprocess
import sys
import unittest

from support import BINARY, ROOT, Case

os.environ["HOOKGAUGE"] = BINARY  # for the script, which takes the release build by itself
sys.path.insert(0, str(ROOT / "tests/conformance"))
import implementations  # noqa: E402
import page  # noqa: E402
import run  # noqa: E402

NAMES = {each.name: each for each in implementations.ALL}
PAGE = (ROOT / "docs/results.md").read_text()


def line(**members):
    return {"id": "a", "level": "must", "flag": "Stale", "family": "time", "ok": True, "sent": "a|b",
            "expected": "refused (too_old)", "got": "accepted", "why": "accepts | old", **members}


BODIES = ("--only", "family:body")  # cases that nobody has to wait for


def tampered(lines):
    return [each["ok"] for each in lines if each["flag"] == "TamperedBody" and each["ok"] is not None]


class Measured(Case):
    def setUp(self):
        super().setUp()
        implementations.lay()

    def test_receivers_of_ours_and_the_same_with_a_fault(self):
        for name, right, wrong in (("shopify-php", "hash_equals(", "true || hash_equals("),
                                   ("slack-python", "hmac.compare_digest(mine, ", "bool(mine and ")):
            with self.subTest(name):
                held = tampered(run.measure(NAMES[name], *BODIES))
                self.assertTrue(held and all(held), held)
                path = next(part for part in NAMES[name].command if "receivers/" in part)
                with open(path) as file:
                    text = file.read()
                self.assertEqual(text.count(right), 1)
                copy = str(self.write("receiver", text.replace(right, wrong)))
                command = [copy if part == path else part for part in NAMES[name].command]
                faulty = dataclasses.replace(NAMES[name], command=command)
                held = tampered(run.measure(faulty, *BODIES))
                self.assertTrue(held and not any(held), held)

    def test_an_error_can_be_a_refusal(self):
        """A receiver that errs on all is wrong everywhere; as its way to refuse, on valid ones alone."""
        text = self.write("errs.php", "<?php http_response_code(500);")
        erring = dataclasses.replace(NAMES["shopify-php"],
                                     command=[*NAMES["shopify-php"].command[:-1], str(text)])
        self.assertFalse(any(tampered(run.measure(erring, *BODIES))))
        lines = run.measure(dataclasses.replace(erring, refuses="HTTP 500"), *BODIES)
        self.assertTrue(all(tampered(lines)))
        valid = [each["ok"] for each in lines if each["flag"] == "(valid)"]
        self.assertTrue(valid and not any(valid), valid)

    def test_a_process_that_ends(self):
        """It is started anew, and only the cases under which it ended count as that: a twin, and a valid
        case whose twins are then asked without it."""
        with open(NAMES["slack-python"].command[1]) as file:
            text = file.read()
        place = "        try:\n            genuine"
        self.assertEqual(text.count(place), 1)
        marked = text.replace(place, "        if self.headers.get('X-Slack-Request-Timestamp') is None or \\\n"
                              "                (body == BODY and self.genuine(body)):\n            os._exit(7)\n" + place)
        cases = {case["id"]: case for group in run.vectors("slack")["groups"] for case in group["cases"]}
        body = cases["body-json"]["request"]["body"].encode()
        copy = str(self.write("ends.py", marked.replace("BODY", repr(body))))
        ends = dataclasses.replace(NAMES["slack-python"], command=[sys.executable, copy, "{port}"])
        before = {line["id"]: line for line in run.measure(NAMES["slack-python"])}
        after = {line["id"]: line for line in run.measure(ends)}
        ended = {name for name, line in after.items() if line.get("got") == run.ENDED}
        self.assertIn("body-json", ended)
        for name in ended - {"body-json"}:
            headers = [key.lower() for key, _ in cases[name]["request"]["headers"]]
            self.assertTrue("x-slack-request-timestamp" not in headers or
                            cases[name]["request"].get("body", "").encode() == body, name)
        self.assertGreater(len(ended), 2)
        self.assertFalse([name for name in ended if after[name]["ok"] is not False])
        self.assertEqual({name: line["ok"] for name, line in after.items() if name not in ended},
                         {name: line["ok"] for name, line in before.items() if name not in ended})

    def bodies(self, scheme):
        """The text bodies of a scheme's ordinary cases."""
        return {case["id"]: case["request"]["body"].encode() for group in run.vectors(scheme)["groups"]
                for case in group["cases"] if "body" in case.get("request", {}) and "needs" not in case}

    def alone(self, bodies, twins):
        """A valid case with twins that no other valid one has the body of, with as few of them as there
        are; or a twin whose body is its own."""
        def shared(name):
            return sum(body == bodies[name] and (not twins or "/" not in other)
                       for other, body in bodies.items())
        found = [name for name in bodies if shared(name) == 1 and ("/" in name) != twins]
        family = {name: sum(other.startswith(name + "/") for other in bodies) for name in found}
        return min((name for name in found if not twins or family[name]), key=family.get)

    def test_what_does_not_start(self):
        for command in (["false"], ["sh", "-c", "exit 0"]):
            with self.assertRaises(SystemExit) as caught:
                run.measure(dataclasses.replace(NAMES["shopify-php"], command=command))
            self.assertIn("shopify-php: did not start", str(caught.exception))

    def test_what_is_not_its_job(self):
        def case(status, parts, kind="application/json", added=()):
            return {"status": status, "edit": [{"op": "drop", "part": part} for part in parts] +
                    [{"op": "add-header", "name": name} for name in added],
                    "request": {"headers": [["content-type", kind]]}}
        labels, strict = NAMES["shopify-php"], NAMES["octokit-http"]
        self.assertEqual(labels.beside(case("no_event", ["event", "url"])), "does not read the event")
        self.assertEqual(labels.beside(case("repeated_header", [], added=["X-Shopify-Topic"])),
                         "does not read the event")
        self.assertEqual(labels.beside(case("bad_request", ["id"])), "does not read the id")
        self.assertIsNone(labels.beside(case("repeated_header", [], added=["X-Shopify-Hmac-Sha256"])))
        self.assertIsNone(labels.beside(case("repeated_header", ["signature"])))
        self.assertIsNone(labels.beside(case("ok", ["event"])))
        self.assertIsNone(labels.beside(case("mismatch", ["event", "body"])))
        self.assertIsNone(labels.beside(case("no_signature", ["signature"])))
        self.assertIsNone(labels.beside(case("mismatch", [])))
        self.assertIsNone(strict.beside(case("no_event", ["event"])))
        self.assertIn("json alone", strict.beside(case("ok", [], "text/plain")))
        self.assertIsNone(strict.beside(case("ok", [])))

    def test_usage(self):
        script = [sys.executable, str(ROOT / "tests/conformance/run.py")]
        done = subprocess.run([*script, "--list"], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout.split()), (0, list(NAMES)))
        done = subprocess.run([*script, "nosuch"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("nosuch: no such name", done.stderr)


class Shown(unittest.TestCase):
    def test_cells(self):
        for lines, shown in (
                ([], "–"), ([line(ok=None)], "–"), ([line()], "1/1"), ([line(), line(ok=False)], "**1/2**"),
                ([line(level="should", ok=False)], "0/1 should"),
                ([line(ok=False), line(level="should"), line(ok=None)], "**0/1**, 1/1 should")):
            self.assertEqual(page.cell(lines), shown)

    def test_faults(self):
        each = NAMES["slack-python"]
        lines = [line(), line(ok=None), line(id="b/x", ok=False), line(id="b/y", ok=False),
                 line(id="c", ok=False, got="refused (HTTP 403)", expected="accepted"),
                 line(id="d", ok=False, got="HTTP 500: the receiver erred", level="should")]
        self.assertEqual([row[:4] for row in page.faults(each, lines)],
                         [["must", "Stale", "accepts", "2"], ["must", "Stale", "refuses", "1"],
                          ["should", "Stale", "fails", "1"]])
        row = next(page.faults(each, lines))
        self.assertEqual(row[4:], ["a\\|b", "accepted", "`run.py slack-python --only b/x`"])
        self.assertEqual(list(page.faults(each, [line(), line(ok=None)])), [])

    def test_page(self):
        each = NAMES["slack-python"]
        text = page.page([(each, [line(), line(id="b", ok=False), line(ok=None, skipped="no clock")])], "Node 0")
        for part in ("Node 0", "| time | **1/2** |", "| **all** | **1/2** |", "Not asked: 1 (no clock).",
                     "| Stale | accepts \\| old |"):
            self.assertIn(part, text)
        self.assertIn("Nothing was wrong.", page.page([(each, [line()])], "Node 0"))


class Page(unittest.TestCase):
    """docs/results.md, as it was last printed."""

    def test_it_has_all(self):
        for each in implementations.ALL:
            self.assertIn(f"### {each.title}\n", PAGE, "run make conformance")

    def test_its_commands_are_of_today(self):
        commands = re.findall(r"`run\.py (\S+) --only (\S+)`", PAGE)
        self.assertGreater(len(commands), 20)
        for name, case in commands:
            ids = {case["id"] for group in run.vectors(NAMES[name].scheme)["groups"]
                   for case in group["cases"]}
            self.assertIn(case, ids, "run make conformance")

    def test_its_versions_are_of_today(self):
        wanted = json.loads((ROOT / "tests/conformance/package.json").read_text())["dependencies"]
        for package, version in wanted.items():
            self.assertIn(f"| {version} | npm {package} |", PAGE, "run make conformance")


if __name__ == "__main__":
    unittest.main()
