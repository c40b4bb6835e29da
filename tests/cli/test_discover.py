# SPDX-License-Identifier: MIT
"""hookgauge discover: the row it prints works with every command, each exit code, and no secret in
any output."""
import base64
import hashlib
import hmac
import json
import os
import pty
import subprocess
import unittest

from support import BINARY, LIMIT_S, SECRET, Case, raw, run

NOW = 1767225600
BODY = b'{"Id":7,"Name":"\xc3\x89mile"}\n'
URL = "https://hooks.example.com/in?site=7"


def mac(text, secret=SECRET):
    return hmac.new(secret.encode(), text, hashlib.sha256)


class Discovering(Case):
    def capture(self, name, headers, body=BODY, url="/in?site=7", received_at=NOW):
        return self.write(name, json.dumps({
            "method": "POST", "url": url, "headers": [["Host", "hooks.example.com"], *headers],
            "body_base64": base64.b64encode(body).decode(), "received_at": received_at}))

    def acme(self, name="acme.json", event="order/paid", now=NOW, secret=SECRET, mark="|", **more):
        """A sender that no built-in row knows."""
        signed = mark.join(["POST", str(now), event, ""]).encode() + BODY
        self.expected = mac(signed, secret).hexdigest()
        return self.capture(name, [["X-Acme-Time", str(now)], ["X-Acme-Topic", event],
                                   ["X-Acme-Sig", "sig=" + self.expected]], received_at=now, **more)

    def discover(self, *words, secret=SECRET, code=0):
        got, out, err = run("discover", "--secret", "env:SECRET", *words, env={"SECRET": secret})
        self.assertEqual(got, code, err)
        for text in (out, err):
            self.assertNotIn(secret, text)
            self.assertNotIn(self.expected, text)
        return out, err


class Found(Discovering):
    def test_the_row_works_with_every_command(self):
        out, err = self.discover(self.acme(), self.acme("two.json", "order/new", NOW + 5))
        row = json.loads(out)
        self.assertEqual(row["signed"], "{method}|{timestamp}|{event}|{body}")
        self.assertEqual((row["name"], row["basis"]), ("discovered", "discovered"))
        self.assertIn("discovered reproduces 2 of 2 requests", err)
        self.assertIn("the tolerance of 300 s is not the sender's word", err)
        file = self.write("found.json", out)

        self.assertEqual(run("schemes", file)[1], out)
        verify = ["verify", "--secret", "env:SECRET", "--scheme", file]
        self.assertEqual(run(*verify, self.dir / "acme.json")[:2],
                         (0, "ok: key current, age 0 s, event order/paid\n"))
        self.assertEqual(run(*verify, self.dir / "acme.json", env={"SECRET": "other"})[0], 1)
        body = self.write("body", BODY)
        code, out, err = run("sign", "--secret", "env:SECRET", "--scheme", file, "--event",
                             "order/paid", "--now", NOW, body)
        self.acme()
        self.assertEqual((code, err), (0, ""))
        self.assertIn(f"X-Acme-Sig: sig={self.expected}\n", out)

    def test_the_row_receives(self):
        out, _ = self.discover(self.acme())
        file = self.write("found.json", out)
        _, url = self.receiver("--secret", "env:SECRET", "--path", "/in", "--scheme", file,
                               "--listen", "127.0.0.1:0", "--store", "memory:")
        body = self.write("body", BODY)
        signed = run("sign", "--secret", "env:SECRET", "--scheme", file, "--event", "order/paid",
                     body)[1]
        for change, status in (("", b"200"), ("x", b"401")):
            head = ("POST /in HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: "
                    f"{len(BODY + change.encode())}\r\n" + signed.replace("\n", "\r\n") + "\r\n")
            answer = raw(url, head.encode() + BODY + change.encode())
            self.assertTrue(answer.startswith(b"HTTP/1.1 " + status), answer)

    def test_the_shortest_proof_whatever_the_jobs(self):
        first = self.discover("--jobs", 1, self.acme())
        for jobs in (2, 3, 64):
            self.assertEqual(self.discover("--jobs", jobs, self.acme()), first)

    def test_built_in_first(self):
        signed = mac(b"%d.Order.OnCreate." % NOW + BODY)
        self.expected = signed.hexdigest()
        file = self.capture("w.json", [["X-Webhook-Timestamp", str(NOW)],
                                       ["X-Webhook-Event", "Order.OnCreate"],
                                       ["X-Webhook-Signature", "sha256=" + self.expected]])
        out, err = self.discover(file)
        row = json.loads(out)
        known = json.loads(run("schemes", "webinone")[1])
        self.assertEqual(row, {**known, "basis": "discovered"})
        self.assertIn("it is the built-in scheme webinone", err)

    def test_url(self):
        signed = mac(URL.encode() + BODY)
        self.expected = base64.b64encode(signed.digest()).decode()
        file = self.capture("u.json", [["Sig", self.expected]])
        _, err = self.discover(file, code=1)
        self.assertIn("needs --url", err)
        for url in (URL, "https://hooks.example.com"):
            out, err = self.discover("--url", url, file)
            self.assertEqual(json.loads(out)["signed"], "{url}{body}")
        _, err = self.discover("--url", "https://other.example.com", file, code=1)
        self.assertNotIn("needs --url", err)

    def test_json(self):
        out, err = self.discover("--json", self.acme())
        told = json.loads(out)
        self.assertEqual(err, "")
        self.assertEqual((told["requests"], told["complete"], len(told["rows"])), (1, False, 1))
        row = told["rows"][0]
        self.assertEqual((row["requests"], row["builtin"]), (1, False))
        self.assertEqual(row["scheme"], json.loads(self.discover(self.acme())[0]))
        self.assertIn("tolerance", [note["kind"] for note in row["notes"]])

    def test_all(self):
        """Two signatures over two texts are two schemes; a search that goes on finds both."""
        old = hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest()
        self.expected = mac(b"%d;" % NOW + BODY).hexdigest()
        file = self.capture("two.json", [["X-Acme-Time", str(NOW)], ["X-Acme-Sig", self.expected],
                                         ["X-Acme-Old", old]])
        out, err = self.discover(file)
        self.assertEqual(json.loads(out)["algorithm"], "hmac-sha1")  # the body alone is tried first
        out, err = self.discover("--all", file)
        rows = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([row["signed"] for row in rows], ["{body}", "{timestamp};{body}"])
        told = json.loads(self.discover("--all", "--json", file)[0])
        self.assertEqual([row["scheme"] for row in told["rows"]], rows)
        self.assertTrue(told["complete"])


class NotFound(Discovering):
    def test_wrong_secret(self):
        out, err = self.discover(self.acme(), secret="another-secret-of-theirs", code=1)
        self.assertEqual(out, "")
        self.assertRegex(err, r"^hookgauge discover: nothing found: none of the \d{6,} candidates "
                              r"tried, which is the whole space, reproduces the signature; .*\n$")
        told = json.loads(self.discover("--json", self.acme(), secret="another-secret-of-theirs",
                                        code=1)[0])
        self.assertEqual((told["rows"], told["complete"]), ([], True))
        self.assertIn(f" {told['tried']} candidates", err)

    def test_one_of_two(self):
        _, err = self.discover(self.acme(), self.acme("two.json", mark=";"), code=1)
        self.assertIn("of every request", err)

    def test_budget(self):
        tried = json.loads(self.discover("--jobs", 1, "--json", self.acme())[0])["tried"]
        self.discover("--jobs", 1, "--budget", tried, self.acme())
        _, err = self.discover("--jobs", 1, "--budget", tried - 1, self.acme(), code=1)
        self.assertIn(f"none of the {tried - 1} candidates tried, where --budget ended", err)
        _, err = self.discover("--jobs", 64, "--budget", 3, self.acme(), code=1)
        self.assertIn("none of the 3 candidates", err)

    def test_no_signature(self):
        self.expected = "-"
        file = self.capture("n.json", [["X-Acme-Sig", mac(BODY).hexdigest()[:32]]])
        out, err = self.discover(file, code=1)
        self.assertEqual(out, "")
        self.assertIn("no header of the request with the shortest body has the form of a signature", err)


class Refused(Discovering):
    def test_arguments(self):
        file = self.acme()
        self.refused(2, "discover", file, says="--secret SRC is required")
        secret = ["discover", "--secret", "env:SECRET"]
        self.refused(2, *secret, says="too few arguments")
        self.refused(2, *secret, "--jobs", 0, file, says="--jobs: must be a whole number from 1 to 64")
        self.refused(2, *secret, "--budget", 0, file, says="--budget: must be a whole number from 1 to")
        self.refused(2, *secret, "--url", "x", file, says="--url: must be like")
        self.refused(2, *secret, *[file] * 65, says="argument 67 is one too many")
        self.refused(2, *secret, self.dir / "absent", says="absent")
        self.refused(2, "discover", "--secret", "env:UNSET_SECRET", file, says="UNSET_SECRET")
        self.refused(2, *secret, file, self.write("bad.json", "{"), says="bad.json:1:2")
        self.refused(2, *secret, file, says="1024 bytes", env={"SECRET": "x" * 1025})

    def test_unreadable(self):
        self.refused(3, "discover", "--secret", "env:SECRET",
                     "/proc/self/mem", says="/proc/self/mem")


class Progress(Discovering):
    def test_on_a_terminal_only(self):
        parent, child = pty.openpty()
        # Large bodies, so that the search takes longer than the first report needs.
        file = self.acme()
        big = json.loads(file.read_text())
        big.update(body_repeat={"text": "x", "count": 4000000})
        del big["body_base64"]
        command = [BINARY, "discover", "--secret", "env:SECRET", "--budget", "6000",
                   self.write("big.json", json.dumps(big))]
        done = subprocess.run(command, stderr=child, stdout=subprocess.PIPE, timeout=LIMIT_S,
                              env={**os.environ, "SECRET": SECRET})
        os.close(child)
        shown = os.read(parent, 65536).decode()
        os.close(parent)
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertRegex(shown, r"^\rhookgauge discover: \d+ candidates tried")
        self.assertIn("\r\x1b[Khookgauge discover: nothing found", shown)
        quiet = subprocess.run(command, stderr=subprocess.PIPE, timeout=LIMIT_S,
                               env={**os.environ, "SECRET": SECRET}, stdout=subprocess.PIPE)
        self.assertNotIn(b"\r", quiet.stderr)


if __name__ == "__main__":
    unittest.main()
