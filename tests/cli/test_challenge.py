# SPDX-License-Identifier: MIT
"""hookgauge receive: the registration handshakes of six platforms, and what must not come back."""
import base64
import hashlib
import hmac
import json
import time
import unittest

from support import SECRET, raw
from test_receive import head, status
from test_rules import Configured, bare

PATH = "/in"


def mac(text, secret=SECRET):
    return hmac.new(secret.encode(), text, hashlib.sha256)


class Challenges(Configured):
    def get(self, query, method="GET"):
        return raw(self.url, head(method=method, target=PATH + query))

    def stamped(self, body, prefix, secret=SECRET, age=0):
        """A delivery of slack or zoom: v0:{timestamp}:{body}."""
        stamp = str(int(time.time()) - age)
        names = {"slack": ("X-Slack-Request-Timestamp", "X-Slack-Signature"),
                 "zoom": ("x-zm-request-timestamp", "x-zm-signature")}[prefix]
        text = b"v0:" + stamp.encode() + b":" + body
        return self.send(f"{names[0]}: {stamp}", f"{names[1]}: v0={mac(text, secret).hexdigest()}", body=body)

    def taken(self, answer, body, kind=b"text/plain"):
        """An answer to a challenge: harmless, whatever a browser makes of it."""
        top, _, got = answer.partition(b"\r\n\r\n")
        self.assertEqual((status(answer), got), (200, body), answer)
        for line in (b"X-Content-Type-Options: nosniff", b"Content-Type: " + kind, b"Cache-Control: no-store"):
            self.assertIn(line, top.split(b"\r\n"))

    def test_slack(self):
        self.open("slack", challenge="slack")
        ask = b'{"token":"t","challenge":"3eZbrw1aBm2r","type":"url_verification"}'
        self.taken(self.stamped(ask, "slack"), b"3eZbrw1aBm2r")
        self.assertEqual(status(self.stamped(ask, "slack", secret="other")), 401)
        self.assertEqual(status(self.stamped(ask, "slack", age=1000)), 401)
        self.assertEqual(status(self.send(body=ask)), 400)  # not signed at all
        self.assertEqual(self.rows(), [])
        for body in (b'{"challenge":"x","type":"event_callback"}', b'{"challenge":"x"}', b"no JSON",
                     b'{"challenge":"3eZbrw1aBm2r","type":"url_verification","more":"' + b"x" * 4096 + b'"}'):
            self.assertEqual(status(self.stamped(body, "slack")), 200)
        self.assertEqual(len(self.rows()), 4)  # ordinary deliveries
        said = self.end()
        self.assertIn("status=challenge http=200", said)
        self.assertNotIn("3eZbrw1aBm2r", said)

    def test_signed_text_that_must_not_come_back(self):
        self.open("slack", challenge="slack")
        for text in ('"<b>"', '"a b"', '""', '"' + "a" * 257 + '"', "{}", '"a\\nb"', '"a.b"', '"\\u00e9"'):
            body = b'{"challenge":%s,"type":"url_verification"}' % text.encode()
            answer = self.stamped(body, "slack")
            self.assertEqual(status(answer), 400, text)
            self.assertNotIn(b"nosniff", answer)
        self.assertEqual(self.rows(), [])
        self.assertIn("status=bad_challenge", self.end())

    def test_zoom(self):
        self.open("zoom", challenge="zoom", env={"OLD": "the old one"}, secrets=[
            {"label": "new", "secret": "env:SECRET"}, {"label": "old", "secret": "env:OLD"}])
        ask = b'{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1,"event":"endpoint.url_validation"}'
        for secret in (SECRET, "the old one"):  # under the key that it was asked with
            self.taken(self.stamped(ask, "zoom", secret), json.dumps(
                {"plainToken": "qgg8vlvZRS6UYooatFL8Aw",
                 "encryptedToken": mac(b"qgg8vlvZRS6UYooatFL8Aw", secret).hexdigest()}, separators=(",", ":")).encode(),
                b"application/json")
        self.assertEqual(status(self.stamped(ask, "zoom", "other")), 401)
        self.assertEqual(status(self.stamped(b'{"event":"meeting.started"}', "zoom")), 200)
        self.assertEqual(len(self.rows()), 1)

    def test_meta(self):
        self.open("meta", challenge={"preset": "meta", "secret": "env:VERIFY"}, env={"VERIFY": "meaty hamhock"},
                  answers={"forged": 403})
        good = "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meaty%20hamhock"
        self.taken(self.get(good), b"1158201444")
        self.taken(self.get("?hub%2Emode=subscribe&hub.verify_token=meaty+hamhock&hub.challenge=7"), b"7")
        for token in ("", "&hub.verify_token=", "&hub.verify_token=meaty", "&hub.verify_token=meaty%20hamhocks",
                      "&hub.verify_token=Meaty%20hamhock", 2 * "&hub.verify_token=meaty%20hamhock"):
            answer = self.get("?hub.mode=subscribe&hub.challenge=7" + token)
            self.assertEqual((status(answer), b"7" in answer.partition(b"\r\n\r\n")[2]), (403, False), token)
        for query in ("", "?hub.challenge=7", "?hub.mode=other&hub.challenge=7", good + "&hub.mode=subscribe"):
            self.assertEqual(status(self.get(query)), 405, query)
        for query in ("", "&hub.challenge=", "&hub.challenge=%3Cb%3E", "&hub.challenge=1&hub.challenge=2"):
            self.assertEqual(status(self.get("?hub.mode=subscribe&hub.verify_token=meaty+hamhock" + query)), 400, query)
        self.assertEqual(status(self.get(good, "PUT")), 405)
        said = self.end()
        self.assertIn("status=challenge_denied http=403", said)
        self.assertNotIn("hamhock", said)

    def test_dropbox(self):
        self.open("dropbox", challenge="dropbox")
        self.taken(self.get("?challenge=abc123"), b"abc123")
        self.assertEqual(status(self.get("?challenge=%3Cscript%3E")), 400)
        self.assertEqual(status(self.get("?challenge=a&challenge=b")), 400)
        self.assertEqual(status(self.get("")), 405)
        self.assertEqual(status(raw(self.url, head(method="POST", target=PATH + "?challenge=abc123"))), 400)

    def test_without_a_challenge_nothing_comes_back(self):
        self.open("dropbox")
        self.assertEqual(status(self.get("?challenge=abc123")), 405)

    def test_asana(self):
        self.open("asana", challenge="asana")
        answer = self.send("X-Hook-Secret: b537207f20cbfa02", body=b"")
        self.assertEqual(status(answer), 200)
        self.assertIn(b"\r\nX-Hook-Secret: b537207f20cbfa02\r\n", answer)
        self.assertTrue(answer.endswith(b"\r\n\r\n"))
        self.assertEqual(status(self.send("X-Hook-Secret: a b", body=b"")), 400)
        self.assertEqual(status(self.send("X-Hook-Secret: a", "X-Hook-Secret: b", body=b"")), 400)
        signature = "X-Hook-Signature: " + mac(b"{}").hexdigest()
        answer = self.send(signature, "X-Hook-Secret: abc")  # a delivery stays one, whatever else it carries
        self.assertEqual((status(answer), b"abc" in answer), (200, False))
        self.assertEqual(len(self.rows()), 1)
        # what was handed over is no key
        self.assertEqual(status(self.send("X-Hook-Signature: " + mac(b"{}", "b537207f20cbfa02").hexdigest())), 401)
        self.assertNotIn("b537207f20cbfa02", self.end())

    def test_x(self):
        self.open("x-twitter", challenge="x-twitter", env={"OLD": "the old one"}, secrets=[
            {"label": "old", "secret": "env:OLD", "not_after": "2020-01-01T00:00:00Z"},
            {"label": "new", "secret": "env:SECRET"}])
        token = b"9b4507b3-9040-4669-9ca3-6b94edb50553"
        self.taken(self.get("?crc_token=" + token.decode()), b'{"response_token":"sha256='
                   + base64.b64encode(mac(token).digest()) + b'"}', b"application/json")

    def test_x_signs_nothing_that_is_then_believed(self):
        """Its answer is a signature for whoever asks: the delivery that it would be is refused."""
        self.open("x-twitter", challenge="x-twitter")

        def post(body):
            return self.send("x-twitter-webhooks-signature: sha256=" + base64.b64encode(mac(body).digest()).decode(),
                             body=body)
        for body in (b"1234", b"null", b"a" * 256):
            token = self.get("?crc_token=" + body.decode()).partition(b"\r\n\r\n")[2]
            self.assertEqual(json.loads(token)["response_token"].encode(),
                             b"sha256=" + base64.b64encode(mac(body).digest()))
            self.assertEqual(bare(post(body)), bare(self.send(
                "x-twitter-webhooks-signature: sha256=" + base64.b64encode(bytes(32)).decode())))
        self.assertEqual(self.rows(), [])
        for body in (b'{"a":1}', b"1 ", b"a" * 257):  # no such answer can be had for these
            self.assertEqual(status(self.get("?crc_token=" + body.decode().replace(" ", "%20"))), 400)
            self.assertEqual(status(post(body)), 200)
        self.assertEqual(len(self.rows()), 3)

    def test_any_other_platform(self):
        """A handshake that has no name here."""
        self.open("dropbox", challenge={"from": "query", "when": {"mode": "ping"}, "value": "nonce",
                                        "answer": {"\"a\"": "<{value}>", "mac": "{hmac:hex}"},
                                        "answer_header": "X-Nonce"})
        answer = self.get("?mode=ping&nonce=n0")
        self.taken(answer, json.dumps({"\"a\"": "<n0>", "mac": mac(b"n0").hexdigest()},
                                      separators=(",", ":")).encode(), b"application/json")
        self.assertIn(b"\r\nX-Nonce: n0\r\n", answer)
        self.assertEqual(status(self.get("?nonce=n0")), 405)


if __name__ == "__main__":
    unittest.main()
