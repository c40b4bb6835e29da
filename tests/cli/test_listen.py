# SPDX-License-Identifier: MIT
"""hookgauge receive: Unix sockets, passed sockets, several addresses."""
import fcntl
import json
import os
import socket
import stat
import subprocess
import sys
import time
import unittest
from pathlib import Path

from support import BINARY, LIMIT_S, SECRET, Case
from test_receive import PATH, delivery, raw, status

FLAGS = ["--secret", "env:SECRET", "--path", PATH, "--scheme", "webinone", "--log-level", "warn"]
# Runs a command with sockets as descriptors 3, 4, ..., as systemd does: sd_listen_fds(3).
PASS = """
import os, sys
sources, names, pid = eval(sys.argv[1]), sys.argv[2], sys.argv[3]
spare = [os.dup2(fd, 100 + i) for i, fd in enumerate(sources)]
for i, fd in enumerate(spare):
    os.dup2(fd, 3 + i, inheritable=True)
os.closerange(3 + len(spare), 200)  # nothing else is open
os.environ.update(LISTEN_FDS=str(len(spare)), LISTEN_PID=pid or str(os.getpid()), LISTEN_FDNAMES=names)
os.execv(sys.argv[4], sys.argv[4:])
"""


def over(path, request):
    """Sends a request over a Unix socket; returns the answer."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(path))
        sock.sendall(request)
        return sock.recv(1000)


class Listening(Case):
    def setUp(self):
        super().setUp()
        self.path = self.dir / "hg.sock"
        self.db = self.dir / "inbox.db"

    def began(self, child):
        """Waits until a receiver serves; returns what it listens on."""
        said, places = [], []
        for line in child.stderr:
            said.append(line)
            if line.startswith(b"listening on "):
                places.append(line.split()[-1].decode())
                # the last line of the banner; there are as many as addresses
                if len(places) == self.addresses:
                    return places
        self.fail(b"".join(said))

    addresses = 1

    def open(self, *args, listen=None, **how):
        child = self.start("receive", *FLAGS, "--listen", listen or f"unix:{self.path}", "--store", f"sqlite:{self.db}",
                           *args, **how)
        return child, self.began(child)

    def config(self, listen, **more):
        return self.write("c.json", json.dumps({
            "listen": listen, "store": f"sqlite:{self.db}", "log": {"level": "warn"}, **more,
            "endpoints": [{"path": PATH, "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}]}]}))

    def refuses(self, code, says, *args, **more):
        self.refused(code, "receive", *FLAGS, "--store", "memory:", *args, says=says, **more)


class UnixSockets(Listening):
    def test_delivery_mode_and_end(self):
        child, places = self.open()
        self.assertEqual(places, [f"unix:{self.path}"])
        self.assertEqual(status(over(self.path, delivery())), 200)
        self.assertEqual(status(over(self.path, delivery(secret="other"))), 401)
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o660)
        self.assertEqual(self.stop(child), 0)
        self.assertFalse(self.path.exists())

    def test_mode_from_the_file(self):
        child = self.start("receive", self.config({"address": f"unix:{self.path}", "mode": "0606"}))
        self.began(child)
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o606)

    def test_a_dead_ones_file_is_replaced(self):
        child, _ = self.open()
        child.kill()
        child.wait()
        self.assertTrue(self.path.exists())
        self.open()
        self.assertEqual(status(over(self.path, delivery())), 200)

    def test_what_is_served_or_no_socket_stays(self):
        self.open()
        self.refuses(3, "Address already in use", "--listen", f"unix:{self.path}")
        self.assertEqual(status(over(self.path, delivery())), 200)
        with socket.socket(socket.AF_UNIX) as full:  # another program's, whose backlog is full
            path = self.dir / "full.sock"
            full.bind(str(path))
            full.listen(0)
            with socket.socket(socket.AF_UNIX) as first:
                first.connect(str(path))
                self.refuses(3, "Address already in use", "--listen", f"unix:{path}")
        file = self.write("file.sock", "precious")
        self.refuses(3, "it is there and no socket", "--listen", f"unix:{file}")
        self.assertEqual(file.read_text(), "precious")
        self.refuses(3, "No such file", "--listen", f"unix:{self.dir}/none/x.sock")

    def test_only_one_of_many_replaces_it(self):
        child, _ = self.open()
        child.kill()
        child.wait()
        many = [self.start("receive", *FLAGS, "--listen", f"unix:{self.path}", "--store", "memory:") for _ in range(6)]
        ends = []
        for child in many:  # each either serves, or says that another one does
            said = b""
            for line in child.stderr:
                said += line
                if line.startswith(b"listening on "):
                    break
            ends.append(b"listening on " in said)
            self.assertTrue(ends[-1] or b"Address already in use" in said, said)
        self.assertEqual(ends.count(True), 1)
        self.assertEqual(status(over(self.path, delivery())), 200)

    def test_the_folder_is_locked_meanwhile(self):
        """Nobody else may find the file dead, or bind, between the look at it and the binding."""
        lock = os.open(self.dir, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.refuses(3, f"can't listen on unix:{self.path}: its folder: ", "--listen", f"unix:{self.path}")
            self.assertFalse(self.path.exists())
        finally:
            os.close(lock)
        self.open()

    def test_a_successors_file_stays(self):
        child, _ = self.open()
        self.path.unlink()
        self.db = self.dir / "other.db"
        self.open()
        self.assertEqual(self.stop(child), 0)
        self.assertEqual(status(over(self.path, delivery())), 200)

    def test_drain(self):
        child, _ = self.open()
        request = delivery(b"half of it comes after the signal")
        with socket.socket(socket.AF_UNIX) as begun:
            begun.settimeout(10)
            begun.connect(str(self.path))
            begun.sendall(request[:-5])
            self.assertEqual(status(over(self.path, delivery(b"so the other is known"))), 200)
            child.terminate()
            with self.assertRaises(OSError):
                while True:  # until the drain has begun
                    over(self.path, b"")
            self.assertFalse(self.path.exists())
            begun.sendall(request[-5:])
            answer = begun.recv(1000)
            self.assertEqual(status(answer), 200)
            self.assertIn(b"Connection: close", answer)
        self.assertEqual(child.wait(timeout=10), 0)

    def test_admin(self):
        admin = self.dir / "admin.sock"
        child = self.start("receive", *FLAGS, "--listen", f"unix:{self.path}", "--store", "memory:", "--admin",
                           f"unix:{admin}")
        self.began(child)
        self.assertEqual(status(over(admin, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")), 200)
        self.assertEqual(status(over(self.path, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")), 404)

    def test_mistakes(self):
        for text, says in (("unix:@abstract", "abstract names are not supported"), ("unix:", "absolute path"),
                           ("unix:hg.sock", "absolute path"), ("unix:/tmp/", "absolute path"),
                           ("unix:/" + "x" * 107, "longer than 107 bytes")):
            self.refuses(2, says, "--listen", text)
        for listen, says in (
                ({"address": f"unix:{self.path}", "mode": "0999"}, "$.listen.mode: must be a file mode"),
                ({"address": f"unix:{self.path}", "mode": "04755"}, "$.listen.mode: must be a file mode"),
                ({"address": f"unix:{self.path}", "mode": 432}, "$.listen.mode"),
                ({"address": "127.0.0.1:0", "mode": "0660"}, "$.listen.mode: only the file of a unix: address"),
                ({"address": "127.0.0.1:0", "tls": True}, "$.listen.tls: needs the certificate"),
                ({"mode": "0660"}, '$.listen: member "address" is missing'), ([], "$.listen: must have 1 to 8"),
                (["127.0.0.1:0"] * 9, "$.listen: must have 1 to 8"), (["127.0.0.1:0", "x"], "$.listen[1]: 'x' is not")):
            self.refused(2, "receive", self.config(listen), says=says)


class ManyAddresses(Listening):
    addresses = 3

    def test_all_of_them_serve(self):
        """Even with fewer connections than addresses."""
        child = self.start("receive", self.config(["127.0.0.1:0", f"unix:{self.path}", {"address": "127.0.0.1:0"}],
                                                  limits={"max_connections": 2}))
        first, file, second = self.began(child)
        self.assertEqual(file, f"unix:{self.path}")
        self.assertNotEqual(first, second)
        for i in range(3):
            self.assertEqual([status(raw(first, delivery(b"%d1" % i))), status(raw(second, delivery(b"%d2" % i))),
                              status(over(self.path, delivery(b"%d3" % i)))], [200] * 3)
        self.assertEqual(self.stop(child), 0)
        self.assertFalse(self.path.exists())

    def test_one_that_is_taken_takes_all_down(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            self.refused(3, "receive", self.config([f"unix:{self.path}", address]), says=address)
        self.assertFalse(self.path.exists())
        self.assertFalse(self.db.exists())  # the store was not touched


class PassedSockets(Listening):
    def passing(self, socks, *args, names="", pid="", env=None):
        """Starts a receiver that is given these sockets as descriptors 3, 4, ..."""
        fds = [sock.fileno() for sock in socks]
        child = subprocess.Popen([sys.executable, "-c", PASS, str(fds), names, pid, BINARY, "receive", *map(str, args)],
                                 pass_fds=fds, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env={**os.environ, "SECRET": SECRET, **(env or {})})
        self.addCleanup(self.stop, child)
        return child

    def tcp(self):
        sock = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(sock.close)
        return sock

    def url(self, sock):
        return "http://127.0.0.1:%d" % sock.getsockname()[1]

    def fails(self, says, socks, *args, **how):
        child = self.passing(socks, *FLAGS, "--store", "memory:", *args, **how)
        said = child.communicate(timeout=LIMIT_S)[1].decode()
        self.assertEqual(child.returncode, 2, said)
        self.assertIn(says, said)

    def test_systemd(self):
        sock, file = self.tcp(), socket.socket(socket.AF_UNIX)
        self.addCleanup(file.close)
        file.bind(str(self.path))
        file.listen()
        self.addresses = 2
        child = self.passing([sock, file], *FLAGS, "--store", "memory:", "--listen", "systemd")
        self.assertEqual(self.began(child), [self.url(sock), f"unix:{self.path}"])
        self.assertEqual(status(raw(self.url(sock), delivery())), 200)
        self.assertEqual(status(over(self.path, delivery())), 200)
        self.assertEqual(self.stop(child), 0)
        self.assertTrue(self.path.exists())  # the service manager's, not ours

    def test_names(self):
        web, admin = self.tcp(), self.tcp()
        child = self.passing([web, admin], *FLAGS, "--store", "memory:", "--listen", "systemd", "--admin",
                             "systemd:admin", names="web:admin")
        self.assertEqual(self.began(child), [self.url(web)])
        self.assertEqual(status(raw(self.url(admin), b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")), 200)
        self.assertEqual(status(raw(self.url(web), delivery())), 200)

    def test_a_number(self):
        sock = self.tcp()
        child = self.passing([sock], *FLAGS, "--store", "memory:", "--listen", "fd:3", pid="1")
        self.assertEqual(self.began(child), [self.url(sock)])
        self.assertEqual(status(raw(self.url(sock), delivery())), 200)

    def test_clients_wait_for_the_next_process(self):
        """What connects while nobody serves, or during a drain, is served by the next one."""
        sock = self.tcp()
        args = [*FLAGS, "--store", f"sqlite:{self.db}", "--listen", "systemd"]
        with socket.create_connection(sock.getsockname(), timeout=LIMIT_S) as early:
            early.sendall(delivery(b"early"))
            child = self.passing([sock], *args)
            self.assertEqual(status(early.recv(1000)), 200)
        request = delivery(b"begun")
        with socket.create_connection(sock.getsockname(), timeout=LIMIT_S) as begun, \
                socket.create_connection(sock.getsockname(), timeout=LIMIT_S) as idle:
            idle.sendall(delivery(b"idle"))
            self.assertEqual(status(idle.recv(1000)), 200)
            begun.sendall(request[:-2])
            self.assertEqual(status(raw(self.url(sock), delivery(b"so the others are known"))), 200)
            child.terminate()
            self.assertEqual(idle.recv(1000), b"")  # the drain has begun
            with socket.create_connection(sock.getsockname(), timeout=LIMIT_S) as late:
                late.sendall(delivery(b"late"))
                begun.sendall(request[-2:])
                self.assertEqual(status(begun.recv(1000)), 200)
                self.assertEqual(child.wait(timeout=10), 0)
                late.setblocking(False)
                with self.assertRaises(BlockingIOError):
                    late.recv(1)
                late.settimeout(LIMIT_S)
                self.passing([sock], *args)
                self.assertEqual(status(late.recv(1000)), 200)

    def test_who_waits_when_the_drain_begins_is_left_to_the_next(self):
        sock = self.tcp()
        args = [*FLAGS, "--store", "memory:", "--listen", "systemd"]
        child = self.passing([sock], *args)
        self.began(child)
        child.send_signal(19)  # SIGSTOP: the client and the signal are there when it goes on
        until = time.monotonic() + LIMIT_S
        while Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            self.assertLess(time.monotonic(), until, "not stopped")
        with socket.create_connection(sock.getsockname(), timeout=LIMIT_S) as late:
            late.sendall(delivery(b"late"))
            child.terminate()
            child.send_signal(18)  # SIGCONT
            self.assertEqual(child.wait(timeout=10), 0)
            late.setblocking(False)
            with self.assertRaises(BlockingIOError):
                late.recv(1)
            late.settimeout(LIMIT_S)
            self.passing([sock], *args)
            self.assertEqual(status(late.recv(1000)), 200)

    def test_mistakes(self):
        sock = self.tcp()
        self.fails("systemd: no such socket was passed", [sock], "--listen", "systemd", pid="1")
        self.fails("systemd:web: no such socket", [sock], "--listen", "systemd:web", names="other")
        self.fails("that nothing listens on: descriptor 3", [sock], "--listen", "127.0.0.1:0")
        self.fails("descriptor 4, 'b'", [sock, self.tcp()], "--listen", "systemd:a", names="a:b")
        self.fails("fd:3 is listened on twice", [sock], "--listen", "fd:3", "--admin", "fd:3")
        self.fails("descriptor 40: Bad file descriptor", [], "--listen", "fd:40")
        self.fails("descriptor 0: Socket operation on non-socket", [], "--listen", "fd:0")
        with socket.socket() as closed, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            self.fails("descriptor 3: is no listening stream socket", [closed], "--listen", "systemd")
            self.fails("descriptor 3: is no listening stream socket", [datagrams], "--listen", "systemd")
        for text in ("fd:", "fd:-1", "fd:1024", "fd:3x", "systemd:", "systemd:a:b", "systemd:" + "x" * 64):
            self.fails("--listen: ", [], "--listen", text)


if __name__ == "__main__":
    unittest.main()
