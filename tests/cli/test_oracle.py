# SPDX-License-Identifier: MIT
"""The oracle must be able to disagree: each case breaks one thing in a file that it agrees with."""
import copy
import json
import subprocess
import sys

from support import ROOT, Case

ORACLE = ROOT / "tests/oracle.py"
SLACK = ROOT / "vectors/slack.json"


def oracle(*args):
    done = subprocess.run([sys.executable, ORACLE, *map(str, args)], capture_output=True, text=True,
                          timeout=60)
    return done.returncode, done.stdout, done.stderr


def case_of(document, name):
    return next(case for case in document["groups"][0]["cases"] if case["id"] == name)


def set_header(case, name, value):
    for header in case["request"]["headers"]:
        if header[0] == name:
            header[1] = value


class Oracle(Case):
    def setUp(self):
        super().setUp()
        self.document = json.loads(SLACK.read_text())

    def judge(self, document):
        return oracle(self.write("slack.json", json.dumps(document)))

    def disagrees(self, says, change):
        document = copy.deepcopy(self.document)
        change(document)
        code, out, err = self.judge(document)
        self.assertEqual(code, 1, out + err)
        self.assertIn(says, out)

    def test_agrees_with_all_files(self):
        code, out, err = oracle()
        self.assertEqual((code, err), (0, ""), out)
        self.assertRegex(out, r"oracle: \d{4,} cases, 0 disagree\n$")
        code, out, _ = self.judge(self.document)
        self.assertEqual(code, 0, out)

    def test_verdicts(self):
        def signature(document):
            case = case_of(document, "command")
            value = case["request"]["headers"][2][1]
            set_header(case, "X-Slack-Signature", value[:-1] + ("0" if value[-1] != "0" else "1"))

        def body(document):
            case_of(document, "command")["request"]["body"] += "x"

        def status(document):
            case_of(document, "command/too-old")["status"] = "too_new"

        def clock(document):
            case_of(document, "command/edge-old")["now"] = self.document["groups"][0]["now"] + 1

        def secret(document):
            document["groups"][0]["secret"] += "x"

        self.disagrees("command: says ok, is mismatch", signature)
        self.disagrees("command: says ok, is mismatch", body)
        self.disagrees("command/too-old: says too_new, is too_old", status)
        self.disagrees("command/edge-old: says ok, is too_old", clock)
        self.disagrees("command: says ok, is mismatch", secret)

    def test_relations(self):
        def same_as_parent(document):
            twin = case_of(document, "command/body-bit")
            twin["request"] = case_of(document, "command")["request"]

        def no_parent(document):
            del case_of(document, "command/body-bit")["of"]
            del case_of(document, "command/body-bit")["edit"]

        def later_parent(document):
            cases = document["groups"][0]["cases"]
            cases.append(cases.pop(0))

        def same_id(document):
            case_of(document, "command/body-truncated")["id"] = "command/body-bit"

        def no_note(document):
            del document["notes"]["Stale"]

        def count(document):
            document["count"] += 1

        self.disagrees("command/body-bit: differs from its parent where", same_as_parent)
        self.disagrees("command/body-bit: is refused and has no parent", no_parent)
        self.disagrees("has no earlier valid parent", later_parent)
        self.disagrees("command/body-bit: the id is taken", same_id)
        self.disagrees("flag Stale has no note", no_note)
        self.disagrees("count is", count)

    def test_schema(self):
        def member(document):
            case_of(document, "command")["surprise"] = 1

        def missing(document):
            del case_of(document, "command")["flags"]

        def word(document):
            case_of(document, "command")["status"] = "fine"

        def type_of(document):
            document["count"] = "40"

        def operation(document):
            case_of(document, "command/body-bit")["edit"][0]["op"] = "wish"

        def member_of_operation(document):
            case_of(document, "command/body-bit")["edit"][0]["text"] = "x"

        def number(document):
            case_of(document, "command/body-bit")["edit"][0]["bit"] = 8

        def both(document):
            document["groups"][0]["secrets"] = []

        for says, change in (("surprise: not allowed", member), ("'flags' is missing", missing),
                             ("'fine' is not one of", word), ("$.count: must be of type", type_of),
                             ("fits 0 of", operation), ("fits 0 of", member_of_operation),
                             ("fits 0 of", number), ("fits 2 of", both)):
            self.disagrees(says, change)

    def test_reasons(self):
        self.document = json.loads((ROOT / "vectors/standard-webhooks.json").read_text())

        def nothing(document):
            case = case_of(document, "message/id-dot")
            del case["spec"], case["note"]

        def other_section(document):
            case_of(document, "message/id-dot")["spec"] = "Signature schema"

        def other_rfc(document):
            case_of(document, "message/id-dot")["spec"] = "RFC 9110, section 5.5"

        def empty(document):
            case_of(document, "message/id-dot")["note"] = ""

        self.disagrees("message/id-dot: has neither a section nor a note", nothing)
        self.disagrees("cites 'Signature schema', which is no section", other_section)
        self.disagrees("cites 'RFC 9110, section 5.5', which is no section", other_rfc)
        self.disagrees(".note: must match", empty)

    def test_catalogue(self):
        document = json.loads((ROOT / "vectors/webinone.json").read_text())
        cases = document["groups"][0]["cases"]
        document["groups"][0]["cases"] = [case for case in cases
                                          if not case["id"].startswith("tax-onupdate")]
        code, out, _ = oracle(self.write("webinone.json", json.dumps(document)))
        self.assertEqual(code, 1)
        self.assertIn("Tax.OnUpdate has no valid case", out)

    def test_unreadable(self):
        for content in ("{", '{"scheme":1,"scheme":1}', '{"count":NaN}'):
            code, out, err = oracle(self.write("x.json", content))
            self.assertEqual((code, out), (2, ""))
            self.assertIn("oracle: ", err)

    def test_verified(self):
        case = case_of(self.document, "command")
        one = {"scheme": "slack", "secret": self.document["groups"][0]["secret"],
               "now": self.document["groups"][0]["now"], "request": case["request"]}
        folder = self.dir / "verified"
        folder.mkdir()
        (folder / "good").write_text(json.dumps(one))
        self.assertEqual(oracle("--verified", folder)[:2], (0, "oracle: 1 cases, 0 disagree\n"))
        (folder / "bad").write_text(json.dumps({**one, "now": one["now"] + 301}))
        code, out, _ = oracle("--verified", folder)
        self.assertEqual(code, 1)
        self.assertIn("bad: was accepted, is too_old", out)
        self.assertIn("oracle: 2 cases, 1 disagree", out)
