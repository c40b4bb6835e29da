# SPDX-License-Identifier: MIT
"""hookgauge receive: the rules of an endpoint, each where it alone decides."""
import hashlib
import hmac
import json
import re
import unittest

from support import SECRET, Case, raw, run
from test_receive import connect, head, signed, status

PATH = "/in"


def body_mac(body, secret=SECRET):
    return "X-Hub-Signature-256: sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def bare(answer):
    """An answer without what the clock puts in it."""
    return re.sub(rb"Date: [^\r]*\r\n", b"", answer)


class Configured(Case):
    """A receiver with one endpoint out of a configuration file."""

    config_more = {}  # members of the file

    def settings(self, scheme="webinone", **members):
        self.db = self.dir / "inbox.db"
        return {"listen": "127.0.0.1:0", "store": f"sqlite:{self.db}", "log": {"level": "info"},
                "endpoints": [{"path": PATH, "scheme": scheme,
                               "secrets": [{"label": "a", "secret": "env:SECRET"}], **members}],
                **self.config_more}

    def open(self, scheme="webinone", env=None, **members):
        self.config = self.write("config.json", json.dumps(self.settings(scheme, **members)))
        self.child, self.url = self.receiver(self.config, env=env)

    def send(self, *lines, body=b"{}", method="POST", target=PATH):
        return raw(self.url, head(*lines, f"Content-Length: {len(body)}", method=method, target=target) + body)

    def post(self, body=b"{}", secret=SECRET, **how):
        """A delivery of webinone."""
        return self.send(*signed(body, secret=secret, **how), body=body)

    def hub(self, body=b"{}", secret=SECRET, extra=(), **how):
        """A delivery of github."""
        return self.send(body_mac(body, secret), "X-GitHub-Event: push", "X-GitHub-Delivery: 1", *extra, body=body, **how)

    def rows(self):
        """What has been kept, in order of arrival."""
        code, out, err = run("inbox", "list", self.db, "--json")
        self.assertEqual(code, 0, err)
        return sorted(map(json.loads, out.splitlines()), key=lambda row: row["row"])

    def end(self):
        self.child.terminate()
        said = self.child.stderr.read().decode()
        self.assertEqual(self.stop(self.child), 0, said)
        return said


class Methods(Configured):
    def test_only_those_listed(self):
        self.open(methods=["PUT", "DELETE"])
        for method, wanted in (("PUT", 200), ("DELETE", 200), ("POST", 405), ("GET", 405), ("put", 405)):
            body = b'"%s"' % method.encode()
            answer = self.send(*signed(body), body=body, method=method)
            self.assertEqual(status(answer), wanted, method)
            if wanted == 405:
                self.assertIn(b"\r\nAllow: PUT, DELETE\r\n", answer)
        exported = [json.loads(line) for line in run("inbox", "export", self.db)[1].splitlines()]
        self.assertEqual({row["method"] for row in exported}, {"PUT", "DELETE"})

    def test_get_delivers_where_it_is_listed(self):
        self.open(methods=["GET"])
        self.assertEqual(status(self.send(*signed(b""), body=b"", method="GET")), 200)
        self.assertEqual(status(self.send(*signed(b"", secret="other"), body=b"", method="GET")), 401)


class Answers(Configured):
    def test_each_class_has_its_own(self):
        self.open(answers={"ok": 202, "malformed": 422, "forged": 404, "unwanted": 410}, events=["Order.*"])
        for wanted, how in ((202, {}), (202, {}), (422, {"drop": ("signature",)}), (404, {"secret": "other"}),
                            (410, {"event": "Tax.OnCreate"})):
            self.assertEqual(status(self.post(**how)), wanted, how)
        self.assertEqual(len(self.rows()), 1)  # the repeat got the 202 of a success

    def test_unset_ones_stay(self):
        self.open(answers={"forged": 418}, events=["Order.*"])
        for wanted, how in ((200, {}), (400, {"drop": ("signature",)}), (418, {"secret": "other"}),
                            (403, {"event": "Tax.OnCreate"})):
            self.assertEqual(status(self.post(**how)), wanted, how)

    def test_forged_and_stale_stay_the_same_bytes(self):
        self.open(answers={"forged": 410})
        answers = {bare(self.post(**how)) for how in (
            {"secret": "other"}, {"age": 1000}, {"age": -1000}, {"age": 1000, "secret": "other"})}
        self.assertEqual(len(answers), 1)
        self.assertEqual(status(answers.pop()), 410)

    def test_a_success_without_content(self):
        self.open(answers={"ok": 204})
        with connect(self.url) as sock:  # what follows on the connection is the next answer, not content
            sock.sendall(head(*signed(b"1"), "Content-Length: 1", target=PATH) + b"1" + head(target="/x"))
            got = b""
            while not got.endswith(b"}\n"):
                got += sock.recv(10000)
        first, found, second = got.partition(b"\r\n\r\nHTTP/1.1 404 ")
        self.assertEqual((status(first), found != b""), (204, True), got)
        self.assertNotIn(b"Content-Type", first)


class Unwanted(Configured):
    def test_acknowledged_and_not_kept(self):
        self.open(unwanted="ack", events=["Order.*"], answers={"ok": 201})
        self.assertEqual(status(self.post(b"1")), 201)
        self.assertEqual(bare(self.post(b"2", event="Tax.OnCreate")), bare(self.post(b"3")))
        self.assertEqual(status(self.post(b"4", event="Tax.OnCreate", secret="other")), 401)
        self.assertEqual(status(self.post(b"5", event="Tax.OnCreate", age=1000)), 401)
        self.assertEqual({row["event"] for row in self.rows()}, {"Order.OnCreate"})
        self.assertIn("status=event_not_allowed http=201", self.end())

    def test_refused_by_default(self):
        self.open(events=["Order.*"])
        self.assertEqual(status(self.post(event="Tax.OnCreate")), 403)


class IdFrom(Configured):
    def test_a_restamped_repeat_is_one_delivery(self):
        self.open("github", id_from="/data/id")
        for body in (b'{"data":{"id":"e1"},"try":1}', b'{"data":{"id":"e1"},"try":2}',
                     b'{"data":{"id":"e2"},"try":1}', b'{"data":{"id":7}}', b'{"data":{"id":"7"},"try":2}'):
            self.assertEqual(status(self.hub(body)), 200)
        self.assertEqual([(row["id"], row["id_signed"]) for row in self.rows()],
                         [("e1", True), ("e2", True), ("7", True)])

    def test_without_it_the_mac_decides(self):
        self.open("github")
        for body in (b'{"data":{"id":"e1"},"try":1}', b'{"data":{"id":"e1"},"try":2}'):
            self.assertEqual(status(self.hub(body)), 200)
        self.assertEqual(len(self.rows()), 2)

    def test_a_body_without_one_falls_back_to_the_mac(self):
        self.open("github", id_from="/data/id")
        for body in (b"no JSON", b"no JSON", b"{}", b"{} ", b'{"data":{"id":1.5}}', b'{"data":{"id":"' + b"x" * 257 + b'"}}'):
            self.assertEqual(status(self.hub(body)), 200)
        self.assertEqual(len(self.rows()), 5)
        self.assertEqual(self.end().count("id_from=missing"), 6)

    def test_an_unverified_body_is_not_read(self):
        """Else a stranger could make the genuine delivery look like a repeat."""
        self.open("github", id_from="/id")
        self.assertEqual(status(self.hub(b'{"id":"e1"}', secret="other")), 401)
        self.assertEqual(status(self.hub(b'{"id":"e1"}')), 200)
        said = self.end()
        self.assertEqual(len(self.rows()), 1)
        self.assertNotIn("e1", said)


if __name__ == "__main__":
    unittest.main()
