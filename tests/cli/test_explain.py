# SPDX-License-Identifier: MIT
"""hookgauge explain: what it says and keeps to itself, its exit codes, and its page."""
import base64
import gzip
import hashlib
import hmac
import json
import re
import unittest
import zlib

from support import ROOT, SECRET, Case, run

NOW = 1767225600
EVENT = "Order.OnCreate"
BODY = b'{"Id":7,"Name":"\xc3\x89mile"}'


def signature(body=BODY, secret=SECRET, event=EVENT):
    return hmac.new(secret.encode(), b"%d.%s." % (NOW, event.encode()) + body,
                    hashlib.sha256).hexdigest()


def capture(signed, arrives=BODY, more=(), header="X-Webhook-Signature", item="sha256=%s"):
    return json.dumps({"method": "POST", "url": "/api/webhook", "received_at": NOW,
                       "headers": [["X-Webhook-Timestamp", str(NOW)], ["X-Webhook-Event", EVENT],
                                   [header, item % signed], *more],
                       "body_base64": base64.b64encode(arrives).decode()})


class Explain(Case):
    def explain(self, request, *words, secret=SECRET, env=None):
        return run("explain", "--secret", "env:KEY", *words, "-", stdin=request.encode(),
                   env={"KEY": secret, **(env or {})})

    def names(self, request, *words, code=0, **more):
        """The names of the first finding's changes; nothing said holds what must stay secret."""
        got = self.explain(request, "--json", *words, **more)
        self.assertEqual((got[0], got[2]), (code, ""), got)
        said = json.loads(got[1])
        return [change["name"] for finding in said["findings"][:1] for change in finding["changes"]]


class Saying(Explain):
    def test_a_cause(self):
        got = self.explain(capture(signature(BODY + b"\n")))
        self.assertEqual(got[:2], (0, "mismatch: no signature matches under any key\n"
                                   " - body-newline-lost: the signed body ends in a newline that did "
                                   "not arrive\n   to do: verify the bytes as they arrived: keep "
                                   "editors, shells and text modes away from them\n   proof: with this "
                                   "change the signature matches under key current\n"))

    def test_two_causes(self):
        request = capture(signature(BODY + b"\n"))
        self.assertEqual(sorted(self.names(request, secret=f'"{SECRET}"')),
                         ["body-newline-lost", "secret-quotes"])
        code, out, _ = self.explain(request, secret=f'"{SECRET}"')
        self.assertEqual((code, out.count("\n - "), out.count("\n + ")), (0, 1, 1), out)
        self.assertIn("with these changes together", out)

    def test_a_detail(self):
        _, out, _ = self.explain(json.dumps({**json.loads(capture("", header="X-Other")),
                                             "url": "/api/webhook?sig=sha256%3D" + signature()}))
        self.assertIn("signature-query: the signature stands in the query of the URL (sig)\n", out)
        _, out, _ = self.explain(capture(signature(), header="X-Other"))
        self.assertIn("signature-header: the signature stands in another header (X-Other)\n", out)

    def test_nothing(self):
        code, out, err = self.explain(capture(signature(secret="unrelated")))
        self.assertEqual((code, err), (1, ""))
        self.assertRegex(out, r"^mismatch: .*\nnothing found: of \d{4,} candidates \(every known "
                              r"change, and pairs of them\), none reproduces .*\n$")

    def test_nothing_after_a_corruption(self):
        self.assertEqual(self.names(capture(signature(BODY.replace(b"7", b"8"))), code=1), [])

    def test_it_verifies(self):
        code, out, err = self.explain(capture(signature()))
        self.assertEqual((code, out, err), (0, "ok: the delivery is what it claims to be\n", ""))

    def test_the_clock(self):
        code, out, _ = self.explain(capture(signature()), "--now", str(NOW + 4000))
        self.assertEqual(code, 0)
        self.assertIn("clock-late: ", out)
        self.assertIn("(4000 s older than now, 300 s are allowed)", out)
        self.assertIn("proof: as it is, the signature matches", out)

    def test_the_clock_that_judged_is_named(self):
        request = capture(signature())
        self.assertEqual(self.explain(request, "--now", str(NOW + 4000))[2], "")
        timeless = {name: value for name, value in json.loads(request).items()
                    if name != "received_at"}
        code, _, err = self.explain(json.dumps(timeless))
        self.assertEqual(code, 0)
        self.assertRegex(err, r"^hookgauge explain: judged at \d+, by the clock .*\n$")

    def test_a_hint_is_no_proof(self):
        code, out, _ = self.explain(capture(signature(secret="unrelated"), header="X-Other"))
        self.assertEqual(code, 1)
        self.assertIn("\nhint: X-Other looks like a signature (not proven)\n", out)

    def test_json(self):
        code, out, err = self.explain(capture(signature(BODY + b"\n")), "--json")
        said = json.loads(out)
        self.assertEqual((code, err, out.count("\n")), (0, "", 1))
        self.assertEqual({name: said[name] for name in said if name not in ("findings", "tried")},
                         {"status": "mismatch", "text": "no signature matches under any key",
                          "scheme": "webinone", "now": NOW, "limit_reached": False,
                          "exhausted": False})
        self.assertGreater(said["tried"], 0)
        self.assertEqual([sorted(change) for change in said["findings"][0]["changes"]],
                         [["advice", "meaning", "name"]])
        self.assertEqual(said["findings"][0]["key"], "current")

    def test_nothing_in_json(self):
        code, out, _ = self.explain(capture(signature(secret="unrelated")), "--json")
        said = json.loads(out)
        self.assertEqual((code, said["findings"], said["exhausted"]), (1, [], True))


class Reading(Explain):
    def test_compressed(self):
        for arrives in (gzip.compress(BODY), zlib.compress(BODY)):
            self.assertEqual(self.names(capture(signature(), arrives)), ["body-compressed"])
            self.assertEqual(self.names(capture(signature(), arrives[:-5]), code=1), [])
        arrives = gzip.compress(BODY + b"\n")
        self.assertEqual(self.names(capture(signature(), arrives)),
                         ["body-compressed", "body-newline-extra"])

    def test_a_bomb_is_not_inflated(self):
        bomb = gzip.compress(b"a" * (40 << 20))
        self.assertEqual(self.names(capture(signature(), bomb), code=1), [])

    def test_the_previous_secret(self):
        request = capture(signature(secret="the one before"))
        self.assertEqual(self.names(request, code=1), [])
        old = {"OLD": "the one before"}
        self.assertEqual(self.names(request, "--previous-secret", "env:OLD", env=old), ["key-expired"])
        code, out, _ = self.explain(request, "--previous-secret", "env:OLD", env=old)
        self.assertIn("matches under key previous\n", out)

    def test_a_secret_that_the_scheme_cannot_decode(self):
        request = json.dumps({"method": "POST", "url": "/", "body": "{}", "headers": [
            ["webhook-id", "msg_1"], ["webhook-timestamp", str(NOW)],
            ["webhook-signature", "v1," + base64.b64encode(hmac.new(
                b"not base64!", b"msg_1.%d.{}" % NOW, hashlib.sha256).digest()).decode()]]})
        words = ("--scheme", "standard-webhooks", "--now", str(NOW))
        self.assertEqual(self.names(request, *words, secret="not base64!"), ["secret-as-text"])

    def test_a_url(self):
        row = {"name": "acme", "basis": "assumed", "algorithm": "hmac-sha256", "key": "utf8",
               "signed": "{url}{body}",
               "signature": {"header": "X-Sig", "item": "{sig}", "encoding": "hex"}}
        (self.dir / "acme.json").write_text(json.dumps(row))
        mac = hmac.new(SECRET.encode(), b"https://example.com/h" + BODY, hashlib.sha256).hexdigest()
        request = json.dumps({"method": "POST", "url": "/h", "headers": [["X-Sig", mac]],
                              "body_base64": base64.b64encode(BODY).decode()})
        words = ("--scheme", str(self.dir / "acme.json"), "--now", str(NOW))
        self.assertEqual(self.names(request, *words, "--url", "http://example.com"), ["url-origin"])
        self.assertEqual(self.names(request, *words, "--url", "https://example.com:8443"),
                         ["url-port-extra"])
        self.assertEqual(self.names(request, *words, "--url", "https://example.org", code=1), [])

    def test_a_large_body(self):
        large = b'{"a": "' + b"x" * (3 << 20) + b'"}'
        self.assertEqual(self.names(capture(signature(large), large + b"\n")), ["body-newline-extra"])
        self.assertEqual(self.names(capture(signature(large.replace(b": ", b":")), large), code=1), [])


class Keeping(Explain):
    """Neither a secret nor the signature that was expected leaves, unless it is asked for."""

    def test_silence(self):
        expected = signature(BODY)
        for request in (capture(signature(BODY + b"\n")), capture("0" * 64), capture("", more=[
                ["X-Other", "sha256=" + "0" * 64]]), capture(signature(secret=SECRET + "\n"))):
            for secret in (SECRET, f"SECRET={SECRET}", f"https://x/?sk={SECRET}"):
                for words in ((), ("--json",)):
                    _, out, err = self.explain(request, *words, secret=secret)
                    for kept in (SECRET, expected, signature(BODY + b"\n")):
                        self.assertNotIn(kept, out + err)

    def test_show_expected(self):
        code, out, _ = self.explain(capture("0" * 64), "--show-expected")
        self.assertEqual(code, 1)
        self.assertTrue(out.endswith(f"expected: X-Webhook-Signature: sha256={signature()}\n"), out)
        code, out, _ = self.explain(capture("0" * 64), "--show-expected", "--json")
        self.assertEqual(json.loads(out)["expected"], f"X-Webhook-Signature: sha256={signature()}")

    def test_show_expected_of_a_time_within_the_signature(self):
        request = json.dumps({"method": "POST", "url": "/", "body": "{}", "headers": [
            ["Stripe-Signature", f"v1={'0' * 64}, t={NOW}"]]})
        mac = hmac.new(SECRET.encode(), b"%d.{}" % NOW, hashlib.sha256).hexdigest()
        _, out, _ = self.explain(request, "--scheme", "stripe", "--now", str(NOW), "--show-expected")
        self.assertIn(f"expected: Stripe-Signature: t={NOW},v1={mac}\n", out)

    def test_names_of_the_request_cannot_forge_a_line(self):
        request = capture(signature(), header="X-\u001b[31m")
        code, out, err = self.explain(request)
        self.assertNotIn("\x1b", out + err)


class Refusing(Explain):
    def test_usage(self):
        request = capture(signature())
        (self.dir / "request").write_text(request)
        path = str(self.dir / "request")
        for words in ((), (path,), ("--secret", "env:SECRET"), ("--secret", "env:NONE", path),
                      ("--secret", "env:SECRET", "--scheme", "none", path),
                      ("--secret", "env:SECRET", "--now", "-1", path),
                      ("--secret", "env:SECRET", path, path)):
            code, out, err = run("explain", *words)
            self.assertEqual((code, out), (2, ""), err)
            self.assertEqual(err.count("\n"), 1, err)

    def test_a_request_that_is_no_file(self):
        for operand in (self.dir / "none", self.dir):
            got = run("explain", "--secret", "env:SECRET", operand)
            self.assertEqual(got[:2], (2, ""), got)

    def test_data(self):
        self.assertEqual(self.explain("{")[:2], (2, ""))

    def test_help(self):
        code, out, _ = run("explain", "--help")
        self.assertEqual(code, 0)
        self.assertIn("--show-expected", out)


class Page(unittest.TestCase):
    def test_each_cause_has_an_item(self):
        page = (ROOT / "man/hookgauge-explain.1").read_text()
        said = set(re.findall(r"^\.It Cm ((?:[a-z0-9]+-)+[a-z0-9]+|algorithm)$", page, re.M))
        source = "".join(path.read_text() for path in sorted((ROOT / "core").glob("explain*.c")))
        known = set(re.findall(r'[{(]"([a-z0-9]+(?:-[a-z0-9]+)*)",\s*\d', source))
        self.assertGreaterEqual(len(known), 40)
        self.assertEqual(said, known | {"body-compressed"})


if __name__ == "__main__":
    unittest.main()
