# SPDX-License-Identifier: MIT
"""The oracle must be able to disagree: each case breaks one thing in a file that it agrees with."""
import base64
import copy
import json
import re
import subprocess
import sys

from support import ROOT, Case, run
from test_schemes import NOW, rows, secret_of, sign_words

sys.path.insert(0, str(ROOT / "tests"))
import ed25519  # noqa: E402
import oracle as judge  # noqa: E402

ORACLE = ROOT / "tests/oracle.py"
PUBLISHED = ROOT / "vectors/published/github-signature.json"
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
            case_of(document, "time/day-old")["status"] = "too_new"

        def clock(document):
            case_of(document, "time/edge-old")["now"] = self.document["groups"][0]["now"] + 1

        def secret(document):
            document["groups"][0]["secret"] += "x"

        self.disagrees("command: says ok, is mismatch", signature)
        self.disagrees("command: says ok, is mismatch", body)
        self.disagrees("time/day-old: says too_new, is too_old", status)
        self.disagrees("time/edge-old: says ok, is too_old", clock)
        self.disagrees("command: says ok, is mismatch", secret)

    def test_relations(self):
        def same_as_parent(document):
            twin = case_of(document, "body/first-bit")
            twin["request"] = case_of(document, "body")["request"]

        def no_parent(document):
            del case_of(document, "body/first-bit")["of"]
            del case_of(document, "body/first-bit")["edit"]

        def later_parent(document):
            cases = document["groups"][0]["cases"]
            cases.append(cases.pop(cases.index(case_of(document, "body"))))

        def same_id(document):
            case_of(document, "body/last-byte-lost")["id"] = "body/first-bit"

        def no_note(document):
            del document["notes"]["Stale"]

        def count(document):
            document["count"] += 1

        self.disagrees("body/first-bit: differs from its parent where", same_as_parent)
        self.disagrees("body/first-bit: is refused and has no parent", no_parent)
        self.disagrees("has no earlier valid parent", later_parent)
        self.disagrees("body/first-bit: the id is taken", same_id)
        self.disagrees("flag Stale has no note", no_note)
        self.disagrees("count is", count)

    def test_either(self):
        def refused(document):
            case_of(document, "framing/trailer-signature")["either"] = True

        def no_connection(document):
            case_of(document, "command")["either"] = True

        says = "may be refused, and is not a valid delivery over a connection"
        self.disagrees(f"framing/trailer-signature: {says}", refused)
        self.disagrees(f"command: {says}", no_connection)

    def test_misplaced_signatures(self):
        """They have to be right, and there has to be one in each place."""
        def in_text(name):
            def change(document):
                request = case_of(document, name)["request"]
                text = json.dumps(request)
                place = re.search("v0(=|%3D)[0-9a-f]+", text).end()
                digit = "0" if text[place - 1] != "0" else "1"
                request.update(json.loads(text[:place - 1] + digit + text[place:]))
            return change

        def trailer(document):
            case = case_of(document, "framing/trailer-signature")
            raw = base64.b64decode(case["raw_base64"])
            last = b"0" if raw[-5:-4] != b"0" else b"1"
            case["raw_base64"] = base64.b64encode(raw[:-5] + last + raw[-4:]).decode()

        def as_before(document):
            case = case_of(document, "signature/in-the-url")
            case["edit"] = [{"op": "drop", "part": "signature", "when": "after"},
                            {"op": "append", "part": "url", "text": "?signature=0", "when": "after"}]

        wrong = "its signature, put back into its header, is not right: mismatch"
        for name in ("in-the-url", "in-a-cookie", "in-authorization"):
            self.disagrees(f"signature/{name}: {wrong}", in_text(f"signature/{name}"))
        self.disagrees(f"framing/trailer-signature: {wrong}", trailer)
        self.disagrees("has no case with the right signature in the wrong place: query", as_before)

    def test_families(self):
        def none(document):
            del case_of(document, "body/first-bit")["family"]

        def another(document):
            case_of(document, "body/first-bit")["family"] = "id"

        def few(document):
            for group in document["groups"]:
                for case in group["cases"]:
                    case["family"] = case["family"].replace("leak", "body")

        def empty(document):
            for group in document["groups"]:
                group["cases"] = [case for case in group["cases"] if case["family"] == "framing"]

        self.disagrees("body/first-bit: is of no family", none)
        self.disagrees("'id' is not one of", another)
        self.disagrees("has 0 cases of the family leak", few)
        self.disagrees("count is", empty)

    def test_several_deliveries(self):
        def once(document):
            del case_of(document, "replay/two-at-once")["times"]

        def signed(document):
            case_of(document, "replay/with-another-query")["again"][0]["when"] = "before"

        def later(document):
            case_of(document, "leak/forged")["same_as"] = "leak/changed"

        self.disagrees("replay/two-at-once: is delivered once", once)
        self.disagrees("replay/with-another-query: would be signed anew", signed)
        self.disagrees("leak/forged: has to be answered like a case that is not earlier", later)

    def reframed(self, name, old, new):
        """The case's message with other bytes in place of some."""
        def change(document):
            case = case_of(document, name)
            raw = base64.b64decode(case["raw_base64"])
            self.assertIn(old, raw)
            case["raw_base64"] = base64.b64encode(raw.replace(old, new)).decode()
        return change

    def test_framing(self):
        """A sound message that is spoiled in one way each is not ok any more; and the other way."""
        says = "framing/plain: says ok, is bad_request"
        for old, new in ((b"Content-Length: 26", b"Content-Length: +26"),
                         (b"Content-Length: 26", b"Content-Length: 27"),
                         (b"Content-Length: 26", b"Content-Length: 26\r\nContent-Length: 26"),
                         (b"Content-Length: 26", b"Content-Length : 26"),
                         (b"Content-Length: 26", b"Transfer-Encoding: chunked"),
                         (b"Host: webhooks.example", b"X-Host: x"),
                         (b"Host: webhooks.example", b"Host: x\r\n folded"),
                         (b"Host: webhooks.example", b"Host: x\n"),
                         (b"Host: webhooks.example", b"Host: x\0"),
                         (b" HTTP/1.1", b" HTTP/1.2"), (b"POST /", b"GET /"), (b"POST /", b"POST ")):
            with self.subTest(new):
                self.disagrees(says, self.reframed("framing/plain", old, new))
        self.disagrees("framing/plain: says ok, is mismatch",
                       self.reframed("framing/plain", b"Content-Length: 26", b"Content-Length: 25"))
        says = "framing/chunks-of-26: says ok, is bad_request"
        for old, new in ((b"\r\n1a\r\n", b"\r\n0x1a\r\n"), (b"\r\n1a\r\n", b"\r\n1b\r\n"),
                         (b"\r\n0\r\n\r\n", b"\r\n0\r\n"), (b": chunked", b": chunked, chunked"),
                         (b" HTTP/1.1", b" HTTP/1.0")):
            with self.subTest(new):
                self.disagrees(says, self.reframed("framing/chunks-of-26", old, new))
        self.disagrees("framing/no-host: says bad_request, is ok",
                       self.reframed("framing/no-host", b"X-Host", b"Host"))
        self.disagrees("framing/bare-lf: says bad_request, is ok",
                       self.reframed("framing/bare-lf", b"a\n", b"a\r\n"))

    def test_two_on_a_connection(self):
        """The case is about the second one."""
        def swap(document):
            one, other = (case_of(document, name) for name in ("framing/behind-forged",
                                                               "framing/before-forged"))
            one["raw_base64"], other["raw_base64"] = other["raw_base64"], one["raw_base64"]

        self.disagrees("framing/behind-forged: says ok, is mismatch", swap)
        self.disagrees("framing/before-forged: says mismatch, is ok", swap)

    def test_published_ones_stand_alone(self):
        """What others publish as invalid has no parent, but a source."""
        document = json.loads(PUBLISHED.read_text())
        invalid = next(case for group in document["groups"] for case in group["cases"]
                       if case["status"] != "ok")
        self.assertEqual(self.judge(document)[0], 0)
        del invalid["source"]
        code, out, _ = self.judge(document)
        self.assertEqual(code, 1)
        self.assertIn(f"{invalid['id']}: is refused and has no parent", out)

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
            case_of(document, "body/first-bit")["edit"][0]["op"] = "wish"

        def member_of_operation(document):
            case_of(document, "body/first-bit")["edit"][0]["text"] = "x"

        def number(document):
            case_of(document, "body/first-bit")["edit"][0]["bit"] = 8

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


class Words(Case):
    """The oracle and the library, which share nothing, agree on the words that few schemes need."""

    def test_states_the_same_rows(self):
        """Its rows, which come from the publishers of the vectors, are those of the command."""
        known = {row["name"]: row for row in rows()}
        for name, row in judge.ROWS.items():
            printed = {k: v for k, v in known[name].items() if k not in ("basis", "source")}
            self.assertEqual(json.dumps(printed, sort_keys=True).lower(),
                             json.dumps(row, sort_keys=True).lower())
        self.assertGreaterEqual(len(judge.ROWS), 39)

    def test_agrees_on_every_row(self):
        """A delivery that the command signs is good here too, and another body is not."""
        body = b"b=2&a=1+x&a=%C3%A9"
        file = self.write("body", body)
        unbound = []
        for row in rows():
            if "{header:" in row["signed"]:
                continue  # the command's requests have no further headers
            secret = secret_of(row)
            code, out, err = run("sign", "--scheme", row["name"], *sign_words(row), file,
                                 env={"SECRET": secret})
            self.assertEqual((code, err), (0, ""))
            request = {"method": "POST", "url": "https://hooks.example.com/in?x=1",
                       "headers": [line.split(": ", 1) for line in out.splitlines()]}
            secrets = [{"secret": secret}]
            self.assertEqual(judge.judge(row, secrets, NOW, {**request, "body": body.decode()}),
                             "ok", row["name"])
            if judge.judge(row, secrets, NOW, {**request, "body": "b=3"}) != "mismatch":
                unbound.append(row["name"])
        self.assertEqual(unbound, ["mailomat", "plivo-v2"])

    def test_several_headers_and_prefixes(self):
        row = {"name": "x", "algorithm": "hmac-sha256", "key": "utf8", "signed": "{body}",
               "signature": {"header": "Sig", "item": "{sig}", "encoding": "hex"}}
        right = judge.hmac.new(b"s", b"", "sha256").hexdigest()
        wrong = "0" * 64
        listed = {"separator": ",", "prefix": "v0="}
        for status, rule, headers in (
                ("ok", {"several": "repeated"}, [("Sig", wrong), ("sig", right)]),
                ("mismatch", {"several": "repeated"}, [("Sig", wrong), ("Sig", wrong)]),
                ("no_signature", {"several": "repeated"}, [("Sig-1", right)]),
                ("bad_request", {"several": "repeated"}, [("Sig", right), ("Sig", "a\x01")]),
                ("bad_signature", {"several": "repeated"}, [("Sig", right)] * 17),
                ("ok", {"several": "numbered"}, [("Sig-1", wrong), ("Sig-99", right)]),
                ("repeated_header", {"several": "numbered"}, [("Sig-1", right), ("sig-1", right)]),
                ("no_signature", {"several": "numbered"}, [("Sig", right)]),
                ("no_signature", {"several": "numbered"}, [("Sig-0", right), ("Sig-100", right)]),
                ("repeated_header", {}, [("Sig", right), ("Sig", right)]),
                ("ok", listed, [("Sig", f"v0={wrong},{right}")]),
                ("bad_signature", listed, [("Sig", right)]),
                ("bad_signature", listed, [("Sig", f"v1={right}")])):
            made = {**row, "signature": {**row["signature"], **rule}}
            request = {"method": "POST", "headers": headers}
            self.assertEqual(judge.judge(made, [{"secret": "s"}], NOW, request), status, headers)

    def test_forms_and_urls(self):
        for status, words, url, body in (
                ("mismatch", "{form}", "", "a=1"), ("bad_request", "{form}", "", "a=%4"),
                ("bad_request", "{form}", "", "a&" * 1001), ("mismatch", "{form}", "", "a&" * 1000),
                ("mismatch", "{url}{body}", "https://h", ""),
                ("bad_request", "{url}{body}", "", ""),
                ("bad_request", "{path}", "/p", ""), ("bad_request", "{host}", "https:///p", "")):
            row = {"name": "x", "algorithm": "hmac-sha512", "key": "utf8", "signed": words,
                   "signature": {"header": "Sig", "item": "{sig}", "encoding": "hex"}}
            request = {"method": "POST", "url": url, "headers": [["Sig", "0" * 128]], "body": body}
            self.assertEqual(judge.judge(row, [{"secret": "s"}], NOW, request), status, words)
        self.assertEqual(judge.form_text(b"b=2&a=1+x&a=%C3%A9&b=2&c"),
                         "a1 xa\u00e9b2c".encode())


class Ed25519(Case):
    """RFC 8032 section 7.1: key, message, signature."""
    TESTS = (
        ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
         "cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d"
         "0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7609"
         "84dc6594a7c15e9716ed28dc027beceea1ec40a"),
        ("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
         "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66"
         "431e0303dca179c138ac17ad9bef1177331a704"))

    def test_published_values(self):
        for key, message, signature in self.TESTS:
            key, message, signature = map(bytes.fromhex, (key, message, signature))
            self.assertTrue(ed25519.verify(key, message, signature))
            self.assertFalse(ed25519.verify(key, message + b"x", signature))
            for at in (0, 31, 32, 62):
                changed = bytearray(signature)
                changed[at] ^= 1
                self.assertFalse(ed25519.verify(key, message, bytes(changed)))
            self.assertFalse(ed25519.verify(self.other(key), message, signature))

    def other(self, key):
        keys = [bytes.fromhex(test[0]) for test in self.TESTS]
        return keys[keys.index(key) - 1]

    def test_forms_that_are_none(self):
        key, message, signature = map(bytes.fromhex, self.TESTS[1])
        s = int.from_bytes(signature[32:], "little") + ed25519.ORDER  # the same, written otherwise
        self.assertFalse(ed25519.verify(key, message, signature[:32] + s.to_bytes(32, "little")))
        self.assertFalse(ed25519.verify(key, message, signature[:63]))
        self.assertFalse(ed25519.verify(key + b"\0", message, signature))
        self.assertFalse(ed25519.verify(bytes([2]) + bytes(31), message, signature))  # not a point
        self.assertFalse(ed25519.verify(b"\xff" * 32, message, signature))
