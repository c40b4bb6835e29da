# SPDX-License-Identifier: MIT
"""hookgauge receive as a service: what it tells systemd, who it becomes, the unit files, nginx in front."""
import json
import os
import pwd
import re
import shutil
import socket
import ssl
import subprocess
import time
import unittest
from pathlib import Path

from support import BINARY, LIMIT_S, ROOT, SECRET, Case, run
from test_receive import PATH, delivery, raw, signed, status

NOBODY = pwd.getpwnam("nobody")
EXPOSURE_MAX = 1.5  # of 10: what "systemd-analyze security" may find


class Service(Case):
    FLAGS = ["--secret", "env:SECRET", "--path", PATH, "--scheme", "webinone", "--log-level", "warn"]

    def open(self, *args, listen="127.0.0.1:0", store="memory:", env=None, command=()):
        self.child = self.start(command=[*command, BINARY, "receive", *self.FLAGS, "--listen", listen, "--store", store,
                                         *args], env=env)
        self.said = ""
        for line in self.child.stderr:
            self.said += line.decode()
            if line.startswith(b"listening on "):
                return line.split()[-1].decode()
        self.fail(self.said)

    def refuses(self, code, says, *args, **more):
        self.refused(code, "receive", *self.FLAGS, "--listen", "127.0.0.1:0", *args, says=says, **more)


class Notify(Service):
    def manager(self, name=None):
        """A service manager's socket; returns it and the environment that names it."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(sock.close)
        sock.settimeout(10)
        path = name or str(self.dir / "notify")
        sock.bind(path)
        return sock, {"NOTIFY_SOCKET": path.replace("\0", "@")}

    def test_ready_and_stopping(self):
        for name in (None, f"\0hookgauge-test-{os.getpid()}"):
            sock, env = self.manager(name)
            url = self.open(env=env)
            self.assertEqual(sock.recv(1000).decode(), f"READY=1\nSTATUS=listening on {url}")
            self.assertEqual(status(raw(url, delivery())), 200)
            self.child.terminate()
            self.assertRegex(sock.recv(1000).decode(), r"^STOPPING=1\nSTATUS=drain")
            self.assertEqual(self.child.wait(timeout=10), 0)
            sock.setblocking(False)
            with self.assertRaises(BlockingIOError):
                sock.recv(1000)

    def test_not_ready_when_it_fails(self):
        sock, env = self.manager()
        self.refuses(3, str(self.dir), "--store", f"sqlite:{self.dir}/none/inbox.db", env=env)
        sock.setblocking(False)
        with self.assertRaises(BlockingIOError):
            sock.recv(1000)

    def test_signs_of_life(self):
        sock, env = self.manager()
        self.open(env={**env, "WATCHDOG_USEC": "400000"})
        self.assertIn(b"READY=1", sock.recv(1000))
        begin = time.monotonic()
        for _ in range(5):
            self.assertEqual(sock.recv(1000), b"WATCHDOG=1")
        self.assertGreater(time.monotonic() - begin, 0.7)  # five begin at once and come every 0.2 s
        self.child.send_signal(19)  # SIGSTOP: a loop that is stuck
        sock.settimeout(1)
        with self.assertRaises(socket.timeout):
            for _ in range(3):  # one may have been on its way
                sock.recv(1000)
        self.child.send_signal(18)  # SIGCONT
        self.assertEqual(sock.recv(1000), b"WATCHDOG=1")

    def test_no_signs_of_life_unasked(self):
        for more in ({}, {"WATCHDOG_USEC": "400000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}):
            sock, env = self.manager(f"\0hookgauge-test-{os.getpid()}-{len(more)}-{more.get('WATCHDOG_PID')}")
            self.open(env={**env, **more})
            self.assertIn(b"READY=1", sock.recv(1000))
            sock.settimeout(0.6)
            with self.assertRaises(socket.timeout):
                sock.recv(1000)
            self.stop(self.child)

    def test_nobody_listens(self):
        """A manager that is away or an address that is none does not matter."""
        for name in (str(self.dir / "none"), "vsock:2:1", "", "@", "/" + "x" * 200):
            url = self.open(env={"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "10000"})
            self.assertEqual(status(raw(url, delivery())), 200)
            self.assertEqual(self.stop(self.child), 0)


class Privileges(Service):
    def setUp(self):
        super().setUp()
        if os.getuid() != 0:
            self.skipTest("not run as root: that privileges are dropped is not checked")
        self.dir.chmod(0o711)
        self.home = self.dir / "home"
        self.home.mkdir()
        os.chown(self.home, NOBODY.pw_uid, NOBODY.pw_gid)

    def facts(self):
        text = Path(f"/proc/{self.child.pid}/status").read_text()
        return {name: value.split() for name, value in re.findall(r"(?m)^(\w+):\t(.*)$", text)}

    def low_port(self):
        for port in range(1023, 600, -1):
            with socket.socket() as sock:
                try:
                    sock.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue
        self.fail("no port below 1024 is free")

    def test_becomes_a_user_for_good(self):
        port = self.low_port()
        url = self.open("--user", "nobody", listen=f"127.0.0.1:{port}", store=f"sqlite:{self.home}/inbox.db")
        self.assertEqual(url, f"http://127.0.0.1:{port}")
        self.assertEqual(status(raw(url, delivery())), 200)
        facts, uid, gid = self.facts(), str(NOBODY.pw_uid), str(NOBODY.pw_gid)
        self.assertEqual((facts["Uid"], facts["Gid"]), ([uid] * 4, [gid] * 4))
        self.assertEqual(set(facts["Groups"]), {gid})
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(facts[name][0], 16), 0, name)
        self.assertEqual((self.home / "inbox.db").stat().st_uid, NOBODY.pw_uid)
        self.assertNotIn("running as root", self.said)

    def test_a_group(self):
        self.open("--user", "nobody", "--group", "www-data")
        gid = str(pwd.getpwnam("www-data").pw_gid)
        self.assertEqual(self.facts()["Gid"], [gid] * 4)
        self.assertEqual(self.facts()["Uid"], [str(NOBODY.pw_uid)] * 4)

    def test_always(self):
        """No new privileges and no core dump, whoever it is. Root is told that it need not be."""
        self.open()
        self.assertEqual(self.facts()["NoNewPrivs"], ["1"])
        self.assertIn("running as root", self.said)
        self.assertEqual(self.stop(self.child), 0)
        self.open(command=["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"])
        self.assertNotIn("running as root", self.said)
        # the files in /proc of a process that must not be dumped are root's
        self.assertEqual(os.stat(f"/proc/{self.child.pid}/environ").st_uid, 0)

    def test_the_store_is_the_users(self):
        self.write("root.db", "")
        (self.dir / "root.db").chmod(0o600)
        for place in ("root.db", "new.db"):  # not readable; in a folder that is not the user's
            self.refuses(3, f"{self.dir}/{place}: ", "--user", "nobody", "--store", f"sqlite:{self.dir}/{place}")
            said = run("receive", *self.FLAGS, "--listen", "127.0.0.1:0", "--user", "nobody", "--store",
                       f"sqlite:{self.dir}/{place}")[2]
            self.assertIn("the user here is nobody", said)
        self.assertFalse((self.dir / "new.db").exists())

    def test_mistakes(self):
        self.refuses(2, "user: there is no user 'no-such-user'", "--store", "memory:", "--user", "no-such-user")
        self.refuses(2, "group: there is no group 'no-such'", "--store", "memory:", "--user", "nobody", "--group",
                     "no-such")
        self.refuses(2, "group: needs a user", "--store", "memory:", "--group", "nogroup")
        done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", BINARY, "receive",
                               *self.FLAGS, "--listen", "127.0.0.1:0", "--store", "memory:", "--user", "root"],
                              capture_output=True, timeout=LIMIT_S, env={**os.environ, "SECRET": SECRET})
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"user: only root can become 'root'", done.stderr)

    def test_from_a_file(self):
        config = self.write("c.json", json.dumps({
            "listen": "127.0.0.1:0", "store": "memory:", "user": "nobody", "group": "www-data",
            "endpoints": [{"path": PATH, "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}]}]}))
        self.child = self.start("receive", config)
        for line in self.child.stderr:
            if line.startswith(b"listening on "):
                break
        self.assertEqual(self.facts()["Uid"], [str(NOBODY.pw_uid)] * 4)


class Units(Case):
    def test_they_verify_and_are_hard(self):
        """systemd-analyze reads the unit files, and finds little that the service could do and need not."""
        self.assertTrue(shutil.which("systemd-analyze"), "systemd-analyze is not installed: run ./setup")
        for name in ("hookgauge.service", "hookgauge.socket"):
            text = (ROOT / "examples/systemd" / name).read_text()
            self.write(name, text.replace("/usr/local/bin/hookgauge", BINARY))
        units = [str(self.dir / "hookgauge.service"), str(self.dir / "hookgauge.socket")]
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, timeout=LIMIT_S)
        self.assertEqual((done.returncode, done.stderr.decode()), (0, ""))
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", units[0]],
                              capture_output=True, timeout=LIMIT_S)
        found = re.search(r"exposure level for hookgauge\.service: ([0-9.]+)", done.stdout.decode())
        self.assertTrue(found, done.stderr)
        self.assertLessEqual(float(found.group(1)), EXPOSURE_MAX)
        broken = self.write("hookgauge.service", "[Service]\nExecStart=/none/such\n")
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(broken)], capture_output=True,
                              timeout=LIMIT_S)
        self.assertNotEqual(done.returncode, 0)  # it does look


class Proxies(Service):
    """The examples as they are but for names and ports: TLS ends there, bodies arrive byte for byte."""

    def setUp(self):
        super().setUp()
        self.dir.chmod(0o711)  # a proxy that root starts becomes another user
        self.certificate, self.key = self.dir / "c.pem", self.dir / "k.pem"
        self.path, self.db = self.dir / "hg.sock", self.dir / "inbox.db"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                        "-keyout", self.key, "-out", self.certificate, "-subj", "/CN=hooks.example.com", "-addext",
                        "subjectAltName=DNS:hooks.example.com", "-days", "2"], check=True, capture_output=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def program(self, name):
        """Where a program is; None when it is not installed."""
        return shutil.which(name) or shutil.which(name, path="/usr/sbin")

    def example(self, name, *changes):
        text = (ROOT / "examples" / name).read_text()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        return text

    def ask(self, request):
        context = ssl.create_default_context(cafile=str(self.certificate))
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as sock, \
                context.wrap_socket(sock, server_hostname="hooks.example.com") as tls:
            tls.sendall(request.replace(b"Host: test", b"Host: hooks.example.com", 1))
            return tls.recv(10000)

    def first(self, proxy):
        """The answer to the first delivery, once the proxy listens."""
        deadline = time.monotonic() + 20
        while True:
            try:
                return self.ask(delivery(b"\0\r\n\xff{}", target=PATH + "?a=%2F&b"))
            except ConnectionRefusedError:
                self.assertLess(time.monotonic(), deadline)
                self.assertIsNone(proxy.poll(), "the proxy has ended")
                time.sleep(0.05)

    def hands_on(self, *command):
        self.open(listen=f"unix:{self.path}", store=f"sqlite:{self.db}")
        proxy = subprocess.Popen([str(word) for word in command], cwd=self.dir, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 env={**os.environ, "HOME": str(self.dir)})
        self.addCleanup(self.stop, proxy)
        self.assertEqual(status(self.first(proxy)), 200)
        self.assertEqual(status(self.ask(delivery(b"{}", secret="other"))), 401)
        self.assertEqual(status(self.ask(delivery(b"x" * 1000000))), 200)
        self.assertEqual(status(self.ask(delivery(b"x" * 1100000))), 413)
        body = b"chunks"
        chunked = f"POST {PATH} HTTP/1.1\r\nHost: hooks.example.com\r\n".encode() + \
            "\r\n".join(signed(body)).encode() + \
            b"\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nchu\r\n3\r\nnks\r\n0\r\n\r\n"
        self.assertEqual(status(self.ask(chunked)), 200)
        self.assertEqual(status(self.ask(delivery(target="/other"))), 404)
        kept = [json.loads(line) for line in run("inbox", "export", self.db)[1].splitlines()]
        self.assertEqual(len(kept), 3)
        self.assertEqual(kept[0]["url"], PATH + "?a=%2F&b")
        self.assertEqual(kept[-1]["body"], "chunks")

    def test_nginx(self):
        nginx = self.program("nginx")
        self.assertTrue(nginx, "nginx is not installed: run ./setup")
        site = self.example("nginx.conf", ("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;"),
                            ("listen [::]:443 ssl;", ""), ("/etc/ssl/hooks.example.com.pem", str(self.certificate)),
                            ("/etc/ssl/hooks.example.com.key", str(self.key)), ("/run/hookgauge.sock", str(self.path)))
        places = "".join(f"{kind}_temp_path {self.dir}/{kind};\n" for kind in
                         ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;" if os.getuid() == 0 else ""
        config = self.write("nginx.conf", f"daemon off; worker_processes 1; {user} pid {self.dir}/nginx.pid;\n"
                                          f"error_log stderr; events {{}}\nhttp {{ access_log off; {places} {site} }}\n")
        self.hands_on(nginx, "-c", config, "-p", self.dir)

    def test_caddy(self):
        caddy = self.program("caddy")
        if not caddy:
            self.skipTest("caddy is not installed: examples/Caddyfile is not checked")
        site = self.example("Caddyfile", ("hooks.example.com {", f"https://hooks.example.com:{self.port} {{\n"
                                          f"\ttls {self.certificate} {self.key}\n\tbind 127.0.0.1"),
                            ("/run/hookgauge.sock", str(self.path)))
        config = self.write("Caddyfile", f"{{\n\tadmin off\n\tauto_https off\n}}\n{site}")
        self.hands_on(caddy, "run", "--config", config, "--adapter", "caddyfile")


if __name__ == "__main__":
    unittest.main()
