# SPDX-License-Identifier: MIT
"""hookgauge verify: every form of a recorded delivery, every exit code, and the ways in from sign,
send and the receiver's inbox."""
import base64
import hashlib
import hmac
import json
import os
import resource
import socket
import sqlite3
import subprocess
import threading
import time
import unittest

from support import BINARY, LIMIT_S, SECRET, raw, run
from test_receive import EVENT, Receiving, delivery, status

NOW = 1767225600
BODY = b'{"Id":7,"Name":"\xc3\x89mile"}\n'
OK = "ok: key current, age 0 s, event Order.OnCreate\n"
MISMATCH = "mismatch: no signature matches under any key\n"


def headers(body=BODY, secret=SECRET, now=NOW, event=EVENT):
    mac = hmac.new(secret.encode(), b"%d.%s." % (now, event.encode()) + body, hashlib.sha256)
    return [["X-Webhook-Timestamp", str(now)], ["X-Webhook-Event", event],
            ["X-Webhook-Signature", "sha256=" + mac.hexdigest()]]


def message(body=BODY, end="\r\n", framing=None, **how):
    """A raw request; framing is the last header and the bytes after the head, in place of the usual ones."""
    stated, rest = framing or (b"Content-Length: %d" % len(body), body)
    lines = ["POST /api/webhook HTTP/1.1", "Host: test", *map(": ".join, headers(body, **how)), stated.decode(), "", ""]
    return end.join(lines).encode() + rest


def capture(**more):
    """A JSON capture; a member that is given replaces or joins the sound ones, None takes it away."""
    made = {"method": "POST", "url": "/api/webhook", "headers": headers(),
            "body_base64": base64.b64encode(BODY).decode(), **more}
    return json.dumps({name: value for name, value in made.items() if value is not None})


def verify(operand, *words, secret=SECRET, **more):
    return run("verify", "--secret", "env:SECRET", *words, operand, env={"SECRET": secret}, **more)


class Verifying(Receiving):
    def valid(self, operand, *words, out=OK, **more):
        got = verify(operand, *words, **more)
        self.assertEqual(got[:2], (0, out), got)

    def invalid(self, operand, *words, out=MISMATCH, **more):
        got = verify(operand, *words, **more)
        self.assertEqual(got[:2], (1, out), got)

    def wrong(self, says, content, *words, code=2):
        """The data are refused by name: as a file and on standard input."""
        path = self.write("request", content)
        self.refused(code, "verify", "--secret", "env:SECRET", *words, path, says=f"request{says}")
        self.refused(code, "verify", "--secret", "env:SECRET", *words, "-",
                     says=f"standard input{says}", stdin=path.read_bytes())


class Forms(Verifying):
    def test_raw(self):
        now = ("--now", NOW)
        for end in ("\r\n", "\n"):
            self.valid(self.write("request", message(end=end)), *now)
            self.valid("-", *now, stdin=message(end=end))
            self.invalid("-", *now, stdin=message(end=end).replace(b"mile", b"MILE"))

    def test_raw_bodies_are_taken_byte_for_byte(self):
        for body in (b"", b"\r\n\n\r", b"a\0b", bytes(range(256)), b"x" * 70000, b"\xef\xbb\xbf{}"):
            self.valid("-", "--now", NOW, stdin=message(body))
        self.invalid("-", "--now", NOW, stdin=message(b"{}\r\n", framing=(b"Content-Length: 3", b"{}\n")))

    def test_chunked(self):
        chunks = b"1;a=b\r\n" + BODY[:1] + b"\r\n%X\r\n" % len(BODY[1:]) + BODY[1:] + b"\r\n0\r\n\r\n"
        self.valid("-", "--now", NOW, stdin=message(framing=(b"Transfer-Encoding: chunked", chunks)))
        self.wrong(":8: this chunk is not as long as its size says",
                   message(framing=(b"Transfer-Encoding: chunked", chunks.replace(b"1;", b"2;"))))

    def test_capture(self):
        path = self.write("capture.json", "\n\t " + capture(received_at=NOW))
        code, out, err = verify(path)
        self.assertEqual((code, out), (0, OK))
        self.assertEqual(err, f"hookgauge verify: judged at {NOW}, when the capture was received\n")
        self.invalid(path, secret="other")
        self.valid("-", stdin=capture(received_at=NOW).encode())

    def test_exported_line(self):
        line = capture(received_at=NOW, row=1, endpoint="site", event="Tax.OnDelete")
        self.valid("-", stdin=line.encode())
        self.wrong(":2:1: text after", line + "\n" + line)

    def test_the_clock(self):
        old = "too_old: the signed time is too long ago\n"
        code, out, err = verify("-", stdin=message())
        self.assertEqual((code, out), (1, old))
        self.assertRegex(err, r"^hookgauge verify: judged at \d+, by the clock \(--now sets .*\)\n$")
        code, out, _ = verify("-", stdin=message(now=int(time.time()) - 100))
        self.assertEqual(code, 0)
        self.assertRegex(out, r"^ok: key current, age 10\d s, event Order\.OnCreate\n$")
        self.invalid("-", stdin=capture(received_at=NOW + 301).encode(), out=old)
        self.valid("-", stdin=capture(received_at=NOW + 300).encode(), out=OK.replace("age 0", "age 300"))
        code, out, err = verify("-", "--now", NOW - 1, stdin=capture(received_at=NOW + 301).encode())
        self.assertEqual((code, out, err), (0, OK.replace("age 0", "age -1"), ""))
        self.invalid("-", "--now", NOW - 301, stdin=message(),
                     out="too_new: the signed time is too far in the future\n")


    def test_names_that_are_no_rows(self):
        for name in ("#1", "a#1x", "a#", "a#-1"):
            self.write(name, message())
            self.valid(name, "--now", NOW, cwd=self.dir)
        self.write("a#1", message())
        self.refused(2, "verify", "--secret", "env:SECRET", "a#1", says="a: No such file", cwd=self.dir)


class Ways(Verifying):
    """Round trips with the other commands."""

    def test_sign(self):
        for body in (b"", BODY, b"\0\r\n\r\n", b"x" * 100000):
            file = self.write("body", body)
            code, _, err = run("sign", "--secret", "env:SECRET", "--event", EVENT, "--now", NOW,
                               "--http", "http://127.0.0.1:8080/hook?a=b", file)
            made = subprocess.run(
                [BINARY, "sign", "--secret", "env:SECRET", "--event", EVENT, "--now", str(NOW),
                 "--http", "http://127.0.0.1:8080/hook?a=b", file], capture_output=True,
                env={**os.environ, "SECRET": SECRET}, timeout=LIMIT_S).stdout
            self.assertEqual((code, err), (0, ""))
            self.assertTrue(made.startswith(b"POST /hook?a=b HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"))
            self.assertTrue(made.endswith(b"\r\n\r\n" + body))
            self.valid("-", "--now", NOW, stdin=made)
            self.invalid("-", "--now", NOW, stdin=made.replace(b"OnCreate", b"OnDelete"))

    def test_a_signed_request_is_received(self):
        self.open()
        made = subprocess.run([BINARY, "sign", "--secret", "env:SECRET", "--event", EVENT, "--http",
                               self.url + "/api/webhook", "-"], input=BODY, capture_output=True,
                              env={**os.environ, "SECRET": SECRET}, timeout=LIMIT_S).stdout
        self.assertEqual(status(raw(self.url, made)), 200)
        self.assertEqual(status(raw(self.url, made.replace(b"mile", b"MILE"))), 401)

    def test_sign_refused(self):
        known = ("sign", "--secret", "env:SECRET", "--event", EVENT)
        for url in ("https://a.example", "https://a.example?b", "a.example/b", "ftp://a/b", "https:///b",
                    "https://a.example/b c", "https://a.example/b#c", "https://u@a.example/", ""):
            self.refused(2, *known, f"--http={url}", "-", says="--http: must be like https://example.com/path")
        self.refused(2, *known, "--http", "https://a.example/", "--curl", "https://a.example/", "-",
                     says="--curl and --http exclude each other")
        for method in ("A B", "", "A\r\nB: c"):
            self.refused(2, *known, "--http", "https://a.example/", f"--method={method}", "-", says="--http:1: ")
        self.refused(2, *known, "--http", "https://a.example/", "--method", "A / HTTP/1.1\r\nB: c", "-",
                     says="--method: is not an HTTP token")

    def test_inbox(self):
        self.open()
        for body in (b'{"n":1}', b"\0\xff\r\n", b""):
            self.assertEqual(status(raw(self.url, delivery(body))), 200)
        lines = run("inbox", "export", self.db)[1].splitlines()
        for row in (1, 2, 3):
            for operand in (f"{self.db}#{row}", f"sqlite:{self.db}#{row}"):
                code, out, err = verify(operand)
                self.assertEqual(code, 0)
                self.assertRegex(out, r"^ok: key current, age [01] s, event Order\.OnCreate\n$")
                self.assertRegex(err, r"^hookgauge verify: judged at \d+, when the capture was received\n$")
                self.invalid(operand, secret="other")
            shown = run("inbox", "show", self.db, row, "--json")
            self.assertEqual(shown, (0, lines[row - 1] + "\n", ""))
            self.assertEqual(verify("-", stdin=shown[1].encode())[:2], (0, out))

    def test_send(self):
        self.open()
        url = f"{self.url}/api/webhook?sk={SECRET}"
        code, _, err = run("send", "env:URL", EVENT, self.write("body.json", BODY), env={"URL": url})
        self.assertEqual(code, 0, err)
        self.assertEqual(verify(f"{self.db}#1")[0], 0)
        self.assertEqual(verify(f"{self.db}#1", "--now", NOW)[0], 1)

    def test_send_to_a_recorder(self):
        """What a socket saw of send is a raw request."""
        seen = []
        with socket.create_server(("127.0.0.1", 0)) as server:
            def record():
                peer = server.accept()[0]
                with peer:
                    data = b""
                    while b"\r\n\r\n" not in data or not data.endswith(BODY):
                        data += peer.recv(65536)
                    seen.append(data)
                    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            thread = threading.Thread(target=record)
            thread.start()
            url = f"http://127.0.0.1:{server.getsockname()[1]}/hook?sk={SECRET}"
            code, _, err = run("send", "env:URL", EVENT, self.write("body.json", BODY), env={"URL": url})
            thread.join(LIMIT_S)
        self.assertEqual(code, 0, err)
        self.assertEqual(verify("-", stdin=seen[0])[0], 0)
        self.assertEqual(verify("-", stdin=seen[0], secret="other")[0], 1)

    def test_show_refused(self):
        self.open()
        self.refused(2, "inbox", "show", self.db, "1", "--json", "--body", says="--json goes with neither")
        self.refused(2, "inbox", "export", self.db, "--json", says="--json belongs to list and show")
        self.refused(2, "inbox", "show", self.db, "1", "--count", says="--count belongs to list")


class Results(Verifying):
    def test_keys(self):
        two = ("--previous-secret", "env:OLD", "--now", NOW, "-")
        def told(current, old):
            return run("verify", "--secret", "env:SECRET", *two, stdin=message(),
                       env={"SECRET": current, "OLD": old})[:2]
        self.assertEqual(told(SECRET, "other"), (0, OK))
        self.assertEqual(told("other", SECRET), (0, OK.replace("current", "previous")))
        self.assertEqual(told("other", "another"), (1, MISMATCH))

    def test_refusals_show_nothing_of_the_request(self):
        sound = message()
        for old, new, name in ((b"X-Webhook-Signature", b"X-Other", "no_signature"),
                               (b"sha256=", b"sha256:", "bad_signature"),
                               (b"X-Webhook-Timestamp", b"X-Other", "no_timestamp"),
                               (b": 17672256", b": +17672256", "bad_timestamp"),
                               (b"X-Webhook-Event", b"X-Other", "no_event"),
                               (b"Order.OnCreate", b"Order OnCreate", "bad_event"),
                               (b"Host: test", b"X-Webhook-Event: Tax.OnDelete", "repeated_header"),
                               (b"Order.OnCreate", b"Tax.OnDelete", "mismatch")):
            code, out, _ = verify("-", "--now", NOW, stdin=sound.replace(old, new))
            self.assertEqual((code, out.split(":")[0], out.count("\n")), (1, name, 1))
            for text in ("Order", "OnDelete", "test", "mile", "1767", "sha256"):
                self.assertNotIn(text, out)
            told = json.loads(verify("-", "--json", "--now", NOW, stdin=sound.replace(old, new))[1])
            self.assertEqual(sorted(told), ["basis", "now", "now_from", "scheme", "status", "text"])
            self.assertEqual((told["status"], out), (name, f"{name}: {told['text']}\n"))

    def test_json(self):
        code, out, err = verify("-", "--json", "--now", NOW + 3, stdin=message())
        self.assertEqual((code, err, out.count("\n")), (0, "", 1))
        self.assertEqual(json.loads(out), {
            "status": "ok", "text": "the delivery is what it claims to be", "scheme": "webinone",
            "basis": "assumed", "now": NOW + 3, "now_from": "option", "key": "current",
            "timestamp": NOW, "age_s": 3, "time_signed": True, "age_judged": True, "event": EVENT,
            "event_signed": True})
        out = verify("-", "--json", stdin=capture(received_at=NOW).encode())[1]
        self.assertEqual(json.loads(out)["now_from"], "capture")
        self.assertEqual(json.loads(verify("-", "--json", stdin=message())[1])["now_from"], "clock")

    def test_what_is_not_signed_is_marked(self):
        made = run("sign", "--secret", "env:SECRET", "--scheme", "github", "--event", "push", "--id", "1-2",
                   "--http", "https://a.example/", "-", stdin=BODY)[1].encode()
        self.valid("-", "--scheme", "github", stdin=made,
                   out="ok: key current, age unknown, event push (unsigned), id 1-2 (unsigned)\n")
        told = json.loads(verify("-", "--scheme", "github", "--json", stdin=made)[1])
        self.assertEqual((told["event"], told["event_signed"], told["id"], told["id_signed"]),
                         ("push", False, "1-2", False))
        self.assertEqual((told["time_signed"], told["age_judged"]), (False, False))
        self.assertNotIn("age_s", told)
        key = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
        made = run("sign", "--secret", "env:SECRET", "--scheme", "standard-webhooks", "--id", "msg_1", "--now", NOW,
                   "--http", "https://a.example/", "-", stdin=BODY, env={"SECRET": key})[1].encode()
        self.valid("-", "--scheme", "standard-webhooks", "--now", NOW, stdin=made, secret=key,
                   out="ok: key current, age 0 s, id msg_1\n")

    def test_a_time_that_is_not_bound_or_not_judged(self):
        row = {"name": "mine", "basis": "observed", "algorithm": "hmac-sha256", "key": "utf8",
               "signed": "{body}", "signature": {"header": "X-Sig", "item": "{sig}", "encoding": "hex"},
               "timestamp": {"header": "X-Time", "format": "unix"}}
        for signed, mark in (("{body}", " (unsigned)"), ("{timestamp}.{body}", "")):
            scheme = self.write("mine.json", json.dumps({**row, "signed": signed}))
            made = run("sign", "--secret", "env:SECRET", "--scheme", scheme, "--now", NOW, "--http",
                       "https://a.example/", "-", stdin=BODY)[1].encode()
            self.valid("-", "--scheme", scheme, "--now", NOW + 9999, stdin=made,
                       out=f"ok: key current, age 9999 s{mark} (not judged)\n")


class Url(Verifying):
    ROW = {"name": "mine", "basis": "observed", "algorithm": "hmac-sha256", "key": "utf8", "signed": "{url}.{body}",
           "signature": {"header": "X-Sig", "item": "{sig}", "encoding": "hex"}}
    PUBLIC = "https://hooks.example/a?b=c"

    def setUp(self):
        super().setUp()
        self.scheme = ("--scheme", self.write("mine.json", json.dumps(self.ROW)))
        self.made = run("sign", "--secret", "env:SECRET", *self.scheme, "--http", self.PUBLIC, "-",
                        stdin=BODY)[1].encode()

    def test_url(self):
        good = "ok: key current, age unknown\n"
        inner = self.made.replace(b"/a?b=c HTTP", b"/inner HTTP")
        absolute = self.made.replace(b"/a?b=c HTTP", b"http://10.0.0.1:99/a?b=c HTTP")
        self.valid("-", *self.scheme, "--url", self.PUBLIC, stdin=self.made, out=good)
        self.valid("-", *self.scheme, "--url", self.PUBLIC, stdin=inner, out=good)
        self.valid("-", *self.scheme, "--url", "https://hooks.example", stdin=self.made, out=good)
        self.valid("-", *self.scheme, "--url", "https://hooks.example", stdin=absolute, out=good)
        self.valid("-", *self.scheme, stdin=self.made.replace(b"/a?b=c HTTP", self.PUBLIC.encode() + b" HTTP"), out=good)
        for url, data in ((self.PUBLIC + "d", self.made), ("https://hooks.example", inner),
                          ("https://hooks.example/", self.made), ("http://hooks.example", self.made)):
            self.invalid("-", *self.scheme, "--url", url, stdin=data)
        self.invalid("-", *self.scheme, stdin=absolute)

    def test_url_without_a_path(self):
        """The root is a path, and a query stands for one: both replace what was recorded."""
        for url in ("https://hooks.example/", "https://hooks.example?b=c"):
            sig = hmac.new(SECRET.encode(), url.encode() + b"." + BODY, hashlib.sha256).hexdigest()
            data = capture(url="/inner?d", headers=[["X-Sig", sig]]).encode()
            self.valid("-", *self.scheme, "--url", url, stdin=data, out="ok: key current, age unknown\n")
            self.invalid("-", *self.scheme, "--url", url + "e", stdin=data)

    def test_lacking(self):
        self.known = ("verify", "--secret", "env:SECRET", *self.scheme)
        self.refused(2, *self.known, "-", stdin=self.made,
                     says="--url is needed: scheme mine signs the URL that the sender called")
        scheme = self.write("braces.json", json.dumps({**self.ROW, "signed": "{{url}}.{body}"}))
        sig = hmac.new(SECRET.encode(), b"{url}." + BODY, hashlib.sha256).hexdigest()
        self.valid("-", "--scheme", scheme, stdin=capture(headers=[["X-Sig", sig]]).encode(),
                   out="ok: key current, age unknown\n")
        for url in ("hooks.example/a", "ftp://hooks.example/", "https://", "https:///a", "https://a b/", "https://u@h/",
                    "https://a/#b", "https://\u00e9.example/", "https://a/\x7f", "", "https://a/" + "b" * 8192):
            self.refused(2, *self.known, f"--url={url}", "-", says="--url: must be like https://", stdin=self.made)


class Refused(Verifying):
    def test_arguments(self):
        file = self.write("request", message())
        known = ("verify", "--secret", "env:SECRET")
        self.refused(2, "verify", says="too few arguments")
        self.refused(2, "verify", file, says="--secret SRC is required")
        self.refused(2, *known, says="too few arguments")
        self.refused(2, *known, file, file, says="is one too many")
        self.refused(2, *known, "--nonsense", file, says="unknown option --nonsense")
        self.refused(2, *known, "--scheme", "nope", file, says="unknown scheme 'nope'")
        self.refused(2, *known, "--now", "-1", file, says="--now: must be a whole number")
        self.refused(2, *known, "--json=1", file, says="--json: takes no value")
        self.refused(2, "verify", "--secret", SECRET, file, says="given as env:NAME")
        self.refused(2, "verify", "--secret", "env:UNSET_1", file, says="env:UNSET_1: ")
        self.refused(2, *known, "--previous-secret", "env:UNSET_1", file, says="env:UNSET_1: the variable")
        standard = ("--scheme", "standard-webhooks", file)
        good = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
        self.refused(2, *known, "--previous-secret", "env:OTHER", *standard, says="env:SECRET: ", env={"OTHER": good})
        self.refused(2, *known, "--previous-secret", "env:OTHER", *standard, says="env:OTHER: ",
                     env={"SECRET": good, "OTHER": "!"})
        code, out, err = run("verify", "--help")
        self.assertEqual((code, err), (0, ""))
        self.assertTrue(out.startswith("usage: hookgauge verify --secret SRC"))

    def test_operands(self):
        self.open()
        known = ("verify", "--secret", "env:SECRET")
        for operand, says in ((self.dir / "none", "none: No such file"), (self.dir, "Is a directory"),
                              (f"{self.db}#7", "#7: the inbox has no such row"), (f"{self.dir}/none.db#1", "none.db: No such"),
                              (self.db, f"is an inbox: name a row of it, such as {self.db}#1"),
                              (f"sqlite:{self.db}", f"name a row of it, such as sqlite:{self.db}#1"),
                              (f"{self.db}#" + "1" * 19, "too long"), (f"{self.db}#x", "No such file"),
                              ("memory:#1", "memory:"), ("x" * 5000 + "#1", "too long"),
                              (f"{self.write('text', 'x')}#1", "text")):
            with self.subTest(operand=str(operand)[-40:]):
                self.refused(2, *known, operand, says=says)

    def test_raw(self):
        sound = message()
        length = b"Content-Length: %d" % len(BODY)
        self.wrong(":1: the head does not end", b"")
        self.wrong(":1: must be a request line", b"\n" + sound)
        self.wrong(":2: a folded header", sound.replace(b"Host", b" Host"))
        self.wrong(":2: the header's name is not an HTTP token", sound.replace(b"Host:", b"Host :"))
        self.wrong(":8: a body of %d bytes whose length the head does not state: if it is whole, add the header "
                   "Content-Length: %d" % (len(BODY), len(BODY)), sound.replace(length, b"A: b"))
        self.wrong(":7: a second Content-Length", sound.replace(length, length + b"\r\n" + length))
        self.wrong(":9: %d bytes after the body of %d" % (len(sound), len(BODY)), sound + sound)
        self.wrong(":8: the body is cut short", sound[:-1])
        self.wrong(":6: the body is larger than 16777216 bytes", sound.replace(length, b"Content-Length: 16777217"))

    def test_captures(self):
        self.wrong(": $.uri: unknown member", capture(uri="/"))
        self.wrong(": $: has more than one body", capture(body=""))
        self.wrong(': $: member "method" is missing', capture(method=None))
        self.wrong(":1:2: the text ends too early", "{")
        self.wrong(":1: must be a request line", "[]\n")

    def test_large_files(self):
        """A file of 100 MiB is refused by name, in less memory than it would fill."""
        path = self.dir / "large"
        for begin in (b"{", b"POST / HTTP/1.1\r\nContent-Length: 104857600\r\n\r\n"):
            with open(path, "wb") as file:
                file.write(begin)
                file.truncate(100 << 20)
            self.refused(2, "verify", "--secret", "env:SECRET", path, says="large: is larger than 51380224 bytes")
        release = BINARY.replace("asan", "release")  # the sanitizer keeps freed memory
        if os.path.exists(release):
            done = subprocess.run([release, "verify", "--secret", "env:SECRET", path], capture_output=True,
                                  env={**os.environ, "SECRET": SECRET}, timeout=LIMIT_S,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (99 << 20,) * 2))
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(b"is larger than 51380224 bytes", done.stderr)

    def test_unreadable(self):
        """Could not tell: a read error, a damaged inbox."""
        self.open()
        self.assertEqual(status(raw(self.url, delivery())), 200)
        self.assertEqual(self.stop(self.child), 0)
        with sqlite3.connect(self.db) as db:
            db.execute("UPDATE deliveries SET headers = 'x'")
        db.close()
        self.refused(3, "verify", "--secret", "env:SECRET", f"{self.db}#1", says="row 1 is damaged")
        with open("/proc/self/mem", "rb") as memory:
            done = subprocess.run([BINARY, "verify", "--secret", "env:SECRET", "-"], stdin=memory, timeout=LIMIT_S,
                                  capture_output=True, env={**os.environ, "SECRET": SECRET})
        self.assertEqual((done.returncode, done.stdout), (3, b""), done.stderr)

    def test_full_standard_output(self):
        path = self.write("request", message())
        with open("/dev/full", "wb") as full:
            done = subprocess.run([BINARY, "verify", "--secret", "env:SECRET", "--now", str(NOW), path], stdout=full,
                                  stderr=subprocess.PIPE, env={**os.environ, "SECRET": SECRET}, timeout=LIMIT_S)
        self.assertEqual(done.returncode, 3)


if __name__ == "__main__":
    unittest.main()
