# SPDX-License-Identifier: MIT
"""The adapters: what a verify function in each language is given, and what becomes of its answer."""
import base64
import json
import shlex
import shutil
import subprocess
import sys
import unittest

from support import ROOT, Case, run

ADAPTERS = {"py": [sys.executable], "mjs": ["node"], "php": ["php"]}
LINES_MAX = 59  # "each under 60 lines"

# One switchable fault a language: the text to replace, and the flag that must notice.
FAULTS = {
    "py": [("<= TOLERANCE_S", "> -1", "Stale"), ("case.secrets)", "case.secrets[:1])", "KeyRing"),
           ("(rb\"[A-Za-z0-9]+\\.", "(rb\"[A-Za-z0-9]*\\.?", "BoundaryMoved")],
    "mjs": [("> TOLERANCE_S", "> 1e9", "Stale"), ("found.length === 1", "found.length", "RepeatedHeader"),
            ("secrets.some", "secrets.slice(0, 1).some", "KeyRing")],
    "php": [("> TOLERANCE_S", "> 1e9", "Stale"), ("$found) === 1", "$found) > 0", "RepeatedHeader"),
            (".$request->body\"", ".\"", "TamperedBody")],
}

# A verify function that tells what it was given: in the reason for which it declines.
TELLING = {
    "py": """
import base64, json, time
def verify(case):
    raise case.Skip(json.dumps([case.scheme, case.secrets, case.now, int(time.time()), case.method, case.url,
        [[name.decode(), value.decode("latin-1")] for name, value in case.headers],
        base64.b64encode(case.body).decode()]))
""",
    "mjs": """
export function verify(r) {
  throw new r.Skip(JSON.stringify([r.scheme, r.secrets, r.now, new Date().getTime() / 1000, r.method, r.url,
    r.headers, r.body.toString("base64")]));
}
""",
    "php": """<?php
function verify(Request $r): bool {
    $headers = array_map(fn($h) => [$h[0], mb_convert($h[1])], $r->headers);
    throw new Skip(json_encode([$r->scheme, $r->secrets, $r->now, $r->now, $r->method, $r->url, $headers,
        base64_encode($r->body)]));
}
function mb_convert(string $bytes): string { return iconv('ISO-8859-1', 'UTF-8', $bytes); }
""",
}

# Answers by the letter in the URL.
ANSWERING = {
    "py": """
def verify(case):
    return {"t": True, "f": False, "n": None, "h": case.header("X-A") == b"v" if case.url == "h" else 0,
            "a": case.header("X-Absent") is None}[case.url] if case.url != "x" else 1 / 0
""",
    "mjs": """
export async function verify(r) {
  if (r.url === "x") throw new Error("refused");
  return { t: true, f: false, n: null, h: r.url === "h" && r.header("X-A") === "v",
           a: r.header("X-Absent") === undefined }[r.url];
}
""",
    "php": """<?php
function verify(Request $r) {
    return match ($r->url) { 't' => true, 'f' => false, 'n' => null, 'h' => $r->header('X-A') === 'v',
        'a' => $r->header('X-Absent') === null, 'x' => intdiv(1, 0) };
}
""",
}


def question(**members):
    request = {"method": "POST", "url": "/", "headers": []}
    for name in ("method", "url", "headers", "body", "body_base64", "body_repeat"):
        if name in members:
            request[name] = members.pop(name)
    members = {"id": "a", "scheme": "webinone", "now": 1767225600, **members, "request": request}
    return members if "secrets" in members else {**members, "secret": "s"}


class Adapters(Case):
    def setUp(self):
        super().setUp()
        missing = [each[0] for each in ADAPTERS.values() if not shutil.which(each[0])]
        self.assertEqual(missing, [], "run ./setup")

    def command(self, kind, path):
        return ADAPTERS[kind] + [str(ROOT / f"harness/adapters/adapter.{kind}"), str(path)]

    def ask(self, kind, text, *questions):
        """The answers to lines, in order."""
        lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in questions)
        done = subprocess.run(self.command(kind, self.write(f"mine.{kind}", text)), input=lines.encode(),
                              capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_short(self):
        for kind in ADAPTERS:
            text = (ROOT / f"harness/adapters/adapter.{kind}").read_text()
            self.assertLessEqual(len(text.splitlines()), LINES_MAX, kind)
            self.assertLessEqual(max(map(len, text.splitlines())), 100, kind)

    def test_examples_hold(self):
        for kind in ADAPTERS:
            with self.subTest(kind):
                target = "cmd:" + shlex.join(self.command(kind, ROOT / f"examples/verify.{kind}"))
                code, out, err = run("test", target)
                self.assertEqual((code, err), (0, ""), out)
                self.assertNotIn("takes one value", out)  # the examples judge repeated headers too

    def test_examples_with_a_fault(self):
        """A fault in the function is found through the adapter, under its own flag."""
        for kind, faults in FAULTS.items():
            text = (ROOT / f"examples/verify.{kind}").read_text()
            for right, wrong, flag in faults:
                with self.subTest(kind, fault=wrong):
                    self.assertEqual(text.count(right), 1)
                    path = self.write(f"fault.{kind}", text.replace(right, wrong))
                    target = "cmd:" + shlex.join(self.command(kind, path))
                    code, out, _ = run("test", target, "--only", f"flag:{flag}", "--json")
                    self.assertEqual(code, 1, out)

    def test_what_a_function_is_given(self):
        three = [{"label": "a", "secret": "old", "not_after": 1767225599},
                 {"label": "b", "secret": "edge", "not_after": 1767225600},
                 {"label": "c", "secret": "new"}]
        asked = [question(method="PUT", url="/a?b=%20", headers=[["X-A", " v "], ["x-a", {"base64": "/wA="}]]),
                 question(body="\u2028é\r\n"), question(body_base64="AP/+"), question(body_base64=""),
                 question(body_repeat={"text": "é", "count": 3}), question(secrets=three, now=1767225600),
                 question(now=4102444800)]
        heads = [["X-A", " v "], ["x-a", "\u00ff\0"]]

        def told(**members):
            base = {"scheme": "webinone", "secrets": ["s"], "now": 1767225600, "method": "POST", "url": "/",
                    "headers": [], "body": b""}
            base.update(members)
            return [base["scheme"], base["secrets"], base["now"], base["now"], base["method"], base["url"],
                    base["headers"], base64.b64encode(base["body"]).decode()]

        wanted = [told(method="PUT", url="/a?b=%20", headers=heads), told(body="\u2028é\r\n".encode()),
                  told(body=b"\0\xff\xfe"), told(), told(body="ééé".encode()), told(secrets=["edge", "new"]),
                  told(now=4102444800)]
        for kind, text in TELLING.items():
            with self.subTest(kind):
                answers = self.ask(kind, text, *asked)
                self.assertEqual([json.loads(each["skip"]) for each in answers], wanted)
                self.assertEqual([set(each) for each in answers], [{"id", "skip"}] * len(asked))

    def test_answers(self):
        """An exception refuses; what is neither true nor false goes out as it is, and is told."""
        twice = [["X-A", "v"], ["x-a", "v"]]
        asked = [question(id=url, url=url, headers=[["x-a", "\t v "]]) for url in "tfnhax"]
        asked.append(question(id="twice", url="h", headers=twice))
        for kind, text in ANSWERING.items():
            with self.subTest(kind):
                answers = {each.pop("id"): each for each in self.ask(kind, text, *asked)}
                self.assertEqual(answers, {
                    "t": {"accept": True}, "f": {"accept": False}, "n": {"accept": None}, "h": {"accept": True},
                    "a": {"accept": True}, "x": {"accept": False},
                    "twice": {"skip": "takes one value a header"}})

    def test_no_function(self):
        for kind, text in (("py", ""), ("mjs", ""), ("php", "<?php\n")):
            with self.subTest(kind):
                path = self.write(f"empty.{kind}", text)
                code, _, err = run("test", "cmd:" + shlex.join(self.command(kind, path)), "--only", "tax-*")
                self.assertEqual(code, 1, err)
                self.assertIn("verify", err)


if __name__ == "__main__":
    unittest.main()
