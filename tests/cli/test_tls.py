# SPDX-License-Identifier: MIT
"""hookgauge receive over TLS: versions, the checks of a head, deadlines, the drain, new certificates."""
import contextlib
import json
import os
import random
import re
import socket
import ssl
import subprocess
import time
import unittest

from support import LIMIT_S, SECRET, Case
from test_receive import HIDDEN, PATH, delivery, head, signed, status

WAIT_S = 20  # for something that is due in a second or two


def openssl(*args, stdin=b""):
    done = subprocess.run(["openssl", *map(str, args)], input=stdin, capture_output=True, timeout=LIMIT_S)
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


class Tls(Case):
    def setUp(self):
        super().setUp()
        self.certificate, self.key = self.pair("one")
        self.db = self.dir / "inbox.db"

    def pair(self, name, *args, key=("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")):
        """Makes a self-signed certificate for 127.0.0.1; returns the files of it and its key."""
        certificate, secret = self.dir / f"{name}.pem", self.dir / f"{name}.key"
        code, said = openssl("req", "-x509", *key, "-keyout", secret, "-out", certificate, "-subj", f"/CN={name}",
                             "-addext", "subjectAltName=IP:127.0.0.1", *(args or ("-days", "2")))
        self.assertEqual(code, 0, said)
        return certificate, secret

    def open(self, *args, store=None, level="warn", certificate=None, key=None):
        self.child = self.start("receive", "--secret", "env:SECRET", "--path", PATH, "--scheme", "webinone",
                                "--log-level", level, "--listen", "127.0.0.1:0", "--store", store or "memory:",
                                "--tls-certificate", certificate or self.certificate, "--tls-key", key or self.key,
                                *args)
        for line in self.child.stderr:
            found = re.search(rb"^listening on https://127\.0\.0\.1:(\d+)$", line.strip())
            if found:
                self.port = int(found.group(1))
                return
        self.fail("the receiver did not start")

    def tcp(self, timeout=10):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def connect(self, trusted=None, version=None, **how):
        context = ssl.create_default_context(cafile=str(trusted or self.certificate))
        if version:
            context.minimum_version = context.maximum_version = version
        return context.wrap_socket(self.tcp(**how), server_hostname="127.0.0.1")

    def ask(self, request, **how):
        with self.connect(**how) as sock:
            return self.tell(sock, request)

    def tell(self, sock, request):
        sock.sendall(request)
        got = b""
        while not got.endswith(b"}\n"):
            piece = sock.recv(10000)
            if not piece:
                break
            got += piece
        return got

    def shown(self, trusted):
        """The name in the certificate that is shown, when only `trusted` is trusted; None: refused."""
        try:
            with self.connect(trusted=trusted) as sock:
                return dict(pair[0] for pair in sock.getpeercert()["subject"])["commonName"]
        except ssl.SSLCertVerificationError:
            return None

    def until(self, done):
        deadline = time.monotonic() + WAIT_S
        while not done():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def end(self):
        self.child.terminate()
        said = self.child.stderr.read().decode()
        self.assertEqual(self.stop(self.child), 0, said)
        return said


class Speaking(Tls):
    def test_deliveries(self):
        self.open(store=f"sqlite:{self.db}")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            body = version.name.encode()
            self.assertEqual(status(self.ask(delivery(body), version=version)), 200)
            self.assertEqual(status(self.ask(delivery(body, secret="other"), version=version)), 401)
        for size in (0, 16000, 40000, 1048576):
            self.assertEqual(status(self.ask(delivery(b"x" * size))), 200, size)
        self.assertEqual(status(self.ask(delivery(b"x" * 1048577))), 413)

    def test_curl(self):
        self.open()
        url = f"https://127.0.0.1:{self.port}{PATH}"
        call = ["curl", "-s", "-o", self.dir / "answer", "-w", "%{http_code}", "--data-binary", "{}", url,
                *(word for line in signed() for word in ("-H", line))]
        done = subprocess.run([*call, "--cacert", self.certificate], capture_output=True, timeout=LIMIT_S)
        self.assertEqual((done.returncode, done.stdout), (0, b"200"))
        other, _ = self.pair("other")
        done = subprocess.run([*call, "--cacert", other], capture_output=True, timeout=LIMIT_S)
        self.assertEqual(done.returncode, 60)  # curl: not that certificate's

    def test_old_versions_and_weak_ciphers_are_refused(self):
        certificate, key = self.pair("rsa", key=("-newkey", "rsa:2048", "-noenc"))
        self.open(certificate=certificate, key=key)
        weak = ["-cipher", "ALL:@SECLEVEL=0"]
        for options, good in ((["-tls1", *weak], False), (["-tls1_1", *weak], False), (["-tls1_2", *weak], True),
                              (["-tls1_3"], True), (["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"], True),
                              (["-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"], True),
                              (["-tls1_2", "-cipher", "AES128-GCM-SHA256"], False),  # no forward secrecy
                              (["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA256"], False),  # not authenticated
                              (["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA"], False)):
            code, said = openssl("s_client", "-connect", f"127.0.0.1:{self.port}", *options)
            self.assertEqual(code == 0, good, (options, said))
            if not good:  # the receiver closed; it was not openssl that did not ask
                self.assertRegex(said, r"has read 0 bytes and written [1-9]")

    def test_a_handshake_is_one_round_trip(self):
        self.open()
        code, said = openssl("s_client", "-connect", f"127.0.0.1:{self.port}", "-tls1_3", "-msg")
        self.assertEqual((code, said.count(", ClientHello")), (0, 1), said)

    def test_hidden_bytes_are_found(self):
        """The checks of a head hold here too: the library's buffer is the same one."""
        self.open()
        for i, request in enumerate(HIDDEN):
            if i != 1:
                answer = self.ask(request)
                self.assertEqual(status(answer), 400, (i, answer))
                self.assertIn(b"Connection: close", answer)
        self.assertNotIn("no_layout_check", self.end())

    def test_cut_anywhere_is_accepted(self):
        self.open()
        cut = random.Random(5)
        for i in range(40):
            request = delivery(b"%d" % i, extra=["Empty:", "Padded: \t value \t"])
            with self.connect() as sock:
                while request:
                    size = cut.randint(1, 60)
                    sock.send(request[:size])
                    request = request[size:]
                self.assertEqual(status(sock.recv(1000)), 200)

    def test_keep_alive_pipelining_and_continue(self):
        self.open()
        with self.connect() as sock:
            sock.sendall(delivery(b"a") + delivery(b"b") + head(target="/x") + delivery(b"c"))
            got = b""
            while got.count(b"HTTP/1.1 ") < 4 or not got.endswith(b"}\n"):
                piece = sock.recv(10000)
                self.assertTrue(piece, got)
                got += piece
            self.assertEqual(re.findall(rb"HTTP/1\.1 (\d+)", got), [b"200", b"200", b"404", b"200"])
            sock.sendall(head(*signed(b"{}"), "Content-Length: 2", "Expect: 100-continue"))
            self.assertTrue(sock.recv(100).startswith(b"HTTP/1.1 100 "))
            self.assertEqual(status(self.tell(sock, b"{}")), 200)

    def test_only_the_address_that_says_so(self):
        """In a file each address may differ, and a Unix socket is plain."""
        path = self.dir / "hg.sock"
        config = self.write("c.json", json.dumps({
            "listen": ["127.0.0.1:0", {"address": "127.0.0.1:0", "tls": False}, f"unix:{path}"], "store": "memory:",
            "tls": {"certificate": str(self.certificate), "key": str(self.key)},
            "endpoints": [{"path": PATH, "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}]}]}))
        child = self.start("receive", config)
        places = []
        for line in child.stderr:
            places += re.findall(rb"^listening on (\S+)", line)
            if len(places) == 3:
                break
        self.port = int(re.match(rb"https://127\.0\.0\.1:(\d+)$", places[0]).group(1))
        self.assertEqual(status(self.ask(delivery())), 200)
        self.port = int(re.match(rb"http://127\.0\.0\.1:(\d+)$", places[1]).group(1))
        with self.tcp() as sock:
            self.assertEqual(status(self.tell(sock, delivery())), 200)
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(path))
            self.assertEqual(status(self.tell(sock, delivery())), 200)


class Deadlines(Tls):
    def closed(self, sock):
        """Reads to the end; whether a byte of HTTP came."""
        got = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := sock.recv(1000):
                got += piece
        return b"HTTP/" in got

    def test_plain_http_is_not_answered(self):
        self.open()
        with self.tcp() as sock:
            sock.sendall(delivery())
            self.assertFalse(self.closed(sock))
        self.assertEqual(status(self.ask(delivery())), 200)

    def test_handshakes_that_do_not_end(self):
        """The whole handshake has the time of a pause, or of a request if that is less."""
        for idle, request in ((1, 5), (5, 1)):
            with self.subTest(idle=idle):
                self.open("--idle-timeout", str(idle), "--request-timeout", str(request))
                self.handshakes_end_after_a_second()
                self.end()

    def handshakes_end_after_a_second(self):
        hello = ssl.MemoryBIO()
        outgoing = ssl.MemoryBIO()
        client = ssl.create_default_context().wrap_bio(hello, outgoing, server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            client.do_handshake()
        first = outgoing.read()
        with self.tcp() as silent, self.tcp() as slow, self.tcp() as half:
            begin = time.monotonic()
            half.sendall(first)  # and then nothing
            for byte in first:
                try:
                    slow.sendall(bytes([byte]))
                    slow.settimeout(0.3)
                    if slow.recv(1000) == b"":
                        break
                except socket.timeout:
                    continue
                except OSError:
                    break
            took = time.monotonic() - begin
            for name, sock in (("silent", silent), ("half", half)):
                self.assertFalse(self.closed(sock), name)
        self.assertTrue(0.9 <= took <= 4, took)
        self.assertEqual(status(self.ask(delivery())), 200)

    def test_a_slow_request(self):
        self.open("--request-timeout", "2")
        with self.connect() as sock:
            begin = time.monotonic()
            for byte in delivery(b"x" * 1000):
                try:
                    sock.sendall(bytes([byte]))
                    sock.settimeout(0.3)
                    if sock.recv(1000) == b"":
                        break
                except socket.timeout:
                    continue
                except OSError:
                    break
            self.assertTrue(1.9 <= time.monotonic() - begin <= 8)
        self.assertEqual(status(self.ask(delivery())), 200)

    def test_drain(self):
        self.open(store=f"sqlite:{self.db}")
        request = delivery(b"half of it comes after the signal")
        with self.connect() as begun, self.connect() as idle:
            self.assertEqual(status(self.tell(idle, delivery(b"idle"))), 200)
            begun.sendall(request[:-5])
            self.assertEqual(status(self.ask(delivery(b"both connections are known by now"))), 200)
            self.child.terminate()
            with contextlib.suppress(OSError):
                self.assertEqual(idle.recv(1000), b"")
            with self.assertRaises(OSError):
                self.tcp().close()
            answer = self.tell(begun, request[-5:])
            self.assertEqual(status(answer), 200)
            self.assertIn(b"Connection: close", answer)
        self.assertEqual(self.child.wait(timeout=10), 0)

    def test_a_crowd_shaking_hands_together(self):
        self.open("--max-connections", "400")
        with contextlib.ExitStack() as stack:
            context = ssl.create_default_context(cafile=str(self.certificate))
            socks = []
            for _ in range(150):
                sock = stack.enter_context(self.tcp(timeout=LIMIT_S))
                socks.append(context.wrap_socket(sock, server_hostname="127.0.0.1", do_handshake_on_connect=False))
                socks[-1].setblocking(False)
                with contextlib.suppress(ssl.SSLWantReadError):
                    socks[-1].do_handshake()
            for i, sock in enumerate(socks):
                sock.settimeout(LIMIT_S)
                sock.do_handshake()
            self.child.send_signal(19)  # SIGSTOP: all are ready together when it goes on
            for i, sock in enumerate(socks):
                sock.sendall(delivery(b"%d" % i))
            self.child.send_signal(18)  # SIGCONT
            for sock in socks:
                self.assertEqual(status(sock.recv(1000)), 200)
                sock.close()


class Certificates(Tls):
    def put(self, certificate, key):
        """Into the place of the first pair, atomically, one after the other."""
        os.replace(certificate, self.certificate)
        os.replace(key, self.key)

    def test_a_new_pair_is_taken(self):
        trusted = self.write("trusted-one.pem", self.certificate.read_bytes())
        self.open(level="info")
        with self.connect() as old:
            new, key = self.pair("two")
            also = self.write("trusted-two.pem", new.read_bytes())
            self.put(new, key)
            self.until(lambda: self.shown(also) == "two")
            self.assertIsNone(self.shown(trusted))
            self.assertEqual(status(self.tell(old, delivery())), 200)  # what was connected stays
        self.assertIn("tls_loaded", self.end())

    def test_a_bad_pair_is_not(self):
        """The old one is shown until both files fit; the log says why."""
        trusted = self.write("trusted.pem", self.certificate.read_bytes())
        self.open()
        new, key = self.pair("two")
        also = self.write("trusted-two.pem", new.read_bytes())
        for certificate, secret in ((b"nonsense", None), (also.read_bytes(), None), (b"", b""), (None, key.read_bytes())):
            if certificate is not None:
                self.certificate.write_bytes(certificate)
            if secret is not None:
                self.key.write_bytes(secret)
            line = b""
            deadline = time.monotonic() + WAIT_S
            while b"tls_kept" not in line:
                self.assertLess(time.monotonic(), deadline)
                self.assertEqual(self.shown(trusted), "one")
                os.set_blocking(self.child.stderr.fileno(), False)
                line = self.child.stderr.readline() or b""
                os.set_blocking(self.child.stderr.fileno(), True)
                time.sleep(0.05)
            self.assertIn(str(self.dir).encode(), line)
        self.certificate.write_bytes(also.read_bytes())
        self.until(lambda: self.shown(also) == "two")

    def test_warnings(self):
        self.key.chmod(0o604)
        self.open()
        self.assertIn("tls_key_readable", self.end())
        self.key.chmod(0o640)
        self.open()
        self.assertEqual(self.end(), "")
        certificate, key = self.pair("old", "-days", "1", "-set_serial", "1")
        code, said = openssl("x509", "-in", certificate, "-signkey", key, "-days", "-1", "-out", certificate)
        if code == 0:
            self.open(certificate=certificate, key=key)
            self.assertIn("tls_expired", self.end())
        else:
            self.fail(said)

    def test_mistakes(self):
        other, other_key = self.pair("other")
        _, locked = self.pair("locked", key=("-newkey", "rsa:2048", "-passout", "pass:x"))
        garbage = self.write("garbage.pem", "nothing")
        flags = ["receive", "--secret", "env:SECRET", "--path", PATH, "--scheme", "webinone", "--listen",
                 "127.0.0.1:0", "--store", f"sqlite:{self.db}"]
        for certificate, key, says in (
                (self.dir / "none.pem", self.key, "none.pem: No such file"), (self.certificate, self.dir / "no.key", "no.key: No such"),
                (garbage, self.key, "garbage.pem: "), (self.certificate, garbage, "garbage.pem: "),
                (self.key, self.key, "one.key: "), (self.certificate, self.certificate, "one.pem: "),
                (self.certificate, other_key, f"{other_key}: is not the key of {self.certificate}"),
                (self.certificate, locked, "locked.key: "), (self.dir, self.key, "Is a directory")):
            self.refused(2, *flags, "--tls-certificate", certificate, "--tls-key", key, says=says)
        self.assertFalse(self.db.exists())
        self.refused(2, *flags, "--tls-certificate", other, says="belong together")
        self.refused(2, *flags, "--tls-key", other_key, says="belong together")
        flags[flags.index("127.0.0.1:0")] = f"unix:{self.dir}/x.sock"
        self.refused(2, *flags, "--tls-certificate", other, "--tls-key", other_key, says="needs no TLS")
        for tls, says in (({"certificate": "x"}, '$.tls: member "key" is missing'), ({"key": "x"}, '"certificate"'),
                          ({"certificate": "x", "key": "y", "password": "z"}, "password"),
                          ({"certificate": "x", "key": "y"}, "$.tls: no address of $.listen speaks TLS")):
            config = self.write("c.json", json.dumps({
                "listen": {"address": "127.0.0.1:0", "tls": False}, "store": "memory:", "tls": tls,
                "endpoints": [{"path": PATH, "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}]}]}))
            self.refused(2, "receive", config, says=says)

    def test_a_credential(self):
        """The pair may be what systemd hands over."""
        folder = self.dir / "credentials"
        folder.mkdir()
        (folder / "c").write_bytes(self.certificate.read_bytes())
        (folder / "k").write_bytes(self.key.read_bytes())
        (folder / "sk").write_text(SECRET + "\n")
        flags = ["receive", "--path", PATH, "--scheme", "webinone", "--listen", "127.0.0.1:0", "--store", "memory:",
                 "--tls-certificate", "credential:c"]
        env = {"CREDENTIALS_DIRECTORY": str(folder)}
        child = self.start(*flags, "--secret", "credential:sk", "--tls-key", "credential:k", env=env)
        for line in child.stderr:
            if line.startswith(b"listening on"):
                self.port = int(line.rsplit(b":", 1)[1])
                break
        self.assertEqual(status(self.ask(delivery())), 200)
        self.assertEqual(status(self.ask(delivery(secret="other"))), 401)
        self.refused(2, *flags, "--secret", "credential:sk", "--tls-key", "credential:../one.key", env=env,
                     says="without a slash")
        self.refused(2, *flags, "--secret", "credential:none", "--tls-key", "credential:k", env=env,
                     says=f"credential:{folder}/none: No such file")


if __name__ == "__main__":
    unittest.main()
