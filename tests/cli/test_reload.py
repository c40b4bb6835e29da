# SPDX-License-Identifier: MIT
"""hookgauge receive: a new configuration and new secrets while it runs, all or nothing."""
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import unittest
from http.client import HTTPConnection

from support import BINARY, SECRET, Case, raw, run
from test_receive import connect, head, signed, status

WAIT_S = 20  # for a reload: files are looked at every second, and must be still for one look


class Reloading(Case):
    def endpoint(self, path="/in", secret="env:SECRET", **members):
        return {"path": path, "scheme": "webinone", "secrets": [{"label": "a", "secret": secret}], **members}

    def config(self, *endpoints, **members):
        self.db = self.dir / "inbox.db"
        return {"listen": "127.0.0.1:0", "store": f"sqlite:{self.db}", "log": {"level": "info"},
                "endpoints": list(endpoints) or [self.endpoint()], **members}

    def put(self, content):
        """Writes the configuration anew, in one piece."""
        text = content if isinstance(content, str) else json.dumps(content)
        self.replace("config.json", text)

    def replace(self, name, content):
        (self.dir / "new").write_text(content)
        os.replace(self.dir / "new", self.dir / name)

    def open(self, content=None, *args, env=None):
        self.put(content or self.config())
        self.listen(self.dir / "config.json", *args, env=env)

    def listen(self, *args, env=None):
        self.child, self.url = self.receiver(*args, env=env)
        self.said, self.news = [], threading.Condition()
        reader = threading.Thread(target=self.read, daemon=True)
        reader.start()
        self.addCleanup(reader.join, WAIT_S)
        self.addCleanup(self.child.terminate)

    def read(self):
        for line in self.child.stderr:
            with self.news:
                self.said.append(line.decode())
                self.news.notify_all()

    def wait(self, text, count=1):
        """The count-th log line with a text."""
        def found():
            return [line for line in self.said if text in line]
        with self.news:
            self.assertTrue(self.news.wait_for(lambda: len(found()) >= count, WAIT_S), self.said)
            return found()[count - 1]

    def hup(self, content=None, says="reload what=configuration", count=1):
        if content is not None:
            self.put(content)
        self.child.send_signal(signal.SIGHUP)
        return self.wait(says, count)

    def post(self, body=b"{}", path="/in", **how):
        return status(raw(self.url, head(*signed(body, **how), f"Content-Length: {len(body)}", target=path) + body))

    def rows(self):
        return int(run("inbox", "list", self.db, "--count")[1])


class Whole(Reloading):
    def test_rules_endpoints_and_secrets_change(self):
        self.open()
        self.assertEqual([self.post(), self.post(path="/new"), self.post(b"1", secret="second")], [200, 404, 401])
        said = self.hup(self.config(self.endpoint(events=["Order.*"]), self.endpoint("/new", name="n")))
        self.assertIn("endpoints=2", said)
        self.assertEqual([self.post(b"2"), self.post(b"2", path="/new"), self.post(b"3", event="Tax.OnCreate")],
                         [200, 200, 403])
        self.hup(self.config(self.endpoint("/new")), count=2)
        self.assertEqual([self.post(), self.post(path="/new")], [404, 200])

    def test_limits_and_the_log_level_change(self):
        self.open(self.config(limits={"max_body": 10}))
        self.assertEqual([self.post(b"x" * 10), self.post(b"x" * 11)], [200, 413])
        self.put(self.config(limits={"max_body": 11}, log={"level": "warn"}))
        self.child.send_signal(signal.SIGHUP)  # the new level has no line for it
        until = time.monotonic() + WAIT_S
        while self.post(b"x" * 11) == 413 and time.monotonic() < until:
            pass
        self.assertEqual([self.post(b"x" * 11), self.post(b"x" * 12)], [200, 413])
        self.assertNotIn("bytes=12", "".join(self.said))

    def test_a_shorter_time_for_a_request_holds_at_once(self):
        """Also for clients whose time began under the longer one, and for those that come behind them."""
        limits = {"request_timeout_s": 3600, "idle_timeout_s": 60}
        self.open(self.config(limits=limits))
        before = connect(self.url)
        before.sendall(b"POST /in HTTP/1.1\r\n")
        self.hup(self.config(limits={**limits, "request_timeout_s": 1}))
        behind = connect(self.url)
        for sock in (before, behind):
            sock.settimeout(WAIT_S)
            self.assertEqual(sock.recv(100), b"")

    def test_a_broken_file_keeps_the_old_one(self):
        self.open()
        twice = self.config(self.endpoint(), self.endpoint())
        for at, (content, says) in enumerate([
                ("{", "config.json:1:"), (twice, "$.endpoints[1]: the path /in is already"),
                (self.config(self.endpoint("/new"), self.endpoint(events=["Nothing"])), "$.endpoints[1].events[0]: "),
                (self.config(self.endpoint("/new", secret="env:NOT_SET")), "$.endpoints[0].secrets[0].secret: "),
                (self.config(self.endpoint("/new"), more=1), "$.more: unknown member")], 1):
            said = self.hup(content, "reload_failed what=configuration", at)
            self.assertIn(says, said)
            self.assertEqual([self.post(b"%d" % at), self.post(path="/new")], [200, 404])
        os.unlink(self.dir / "config.json")
        self.child.send_signal(signal.SIGHUP)
        self.wait("config.json: No such file")
        self.assertEqual(self.post(b"still"), 200)
        self.hup(self.config(self.endpoint("/new")))
        self.assertEqual(self.post(path="/new"), 200)

    def test_what_needs_a_restart_refuses_the_whole(self):
        self.open()
        new = self.endpoint("/new")
        for at, (change, place) in enumerate([
                ({"listen": "127.0.0.1:1"}, "$.listen"), ({"admin": "127.0.0.1:0"}, "$.admin"),
                ({"store": "memory:"}, "$.store"), ({"log": {"level": "info", "json": True}}, "$.log.json"),
                ({"limits": {"max_connections": 5}}, "$.limits.max_connections"),
                ({"limits": {"idle_timeout_s": 5, "max_body": 9}}, "$.limits.idle_timeout_s")], 1):
            said = self.hup(self.config(new, **change), "reload_failed what=configuration", at)
            self.assertIn(f"{place}: can't change without a restart", said)
            self.assertEqual([self.post(b"%d" % at), self.post(path="/new")], [200, 404])
        self.hup(self.config(new, limits={"max_body": 9, "request_timeout_s": 5}))
        self.assertEqual(self.post(path="/new"), 200)

    def test_a_request_ends_as_it_began(self):
        """With the endpoint and the secret that were in force when its head came."""
        self.open()
        with connect(self.url) as sock:
            sock.sendall(head(*signed(b"{}"), "Content-Length: 2", target="/in") + b"{")
            self.assertEqual(self.post(b"1"), 200)  # the head has been read by now
            self.hup(self.config(self.endpoint("/other")))
            self.assertEqual(self.post(b"2"), 404)
            sock.sendall(b"}")
            self.assertEqual(status(sock.recv(1000)), 200)
        self.assertEqual(self.rows(), 2)

    def test_no_request_is_lost_under_load(self):
        self.open()
        good, bad = [self.config(self.endpoint(name="in", events=[e])) for e in ("Order.*", "*")], "{"
        done, answers = threading.Event(), []

        def send(number):
            link = HTTPConnection(self.url[7:], timeout=10)
            at = 0
            while not done.is_set():
                body = b"%d-%d" % (number, at)
                link.request("POST", "/in", body, dict(line.split(": ") for line in signed(body)))
                reply = link.getresponse()
                reply.read()
                answers.append(reply.status)
                at += 1
            link.close()
        threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for at in range(1, 13):
            self.hup(good[at % 2], count=at)
            self.hup(bad, "reload_failed", at)
        done.set()
        for thread in threads:
            thread.join()
        self.assertEqual(set(answers), {200})
        self.assertGreater(len(answers), 24)
        self.assertEqual(self.rows(), len(answers))

    def test_the_service_manager_is_told(self):
        """A good reload and a bad one: READY must follow, or the manager waits for ever."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(self.dir / "notify"))
            manager.settimeout(WAIT_S)
            self.open(env={"NOTIFY_SOCKET": str(self.dir / "notify")})
            self.assertTrue(manager.recv(1000).startswith(b"READY=1"))
            for content, says in ((self.config(), "reload what"), ("{", "reload_failed what")):
                self.hup(content, says)
                told = re.fullmatch(rb"RELOADING=1\nMONOTONIC_USEC=(\d+)", manager.recv(1000))
                self.assertIn(time.monotonic_ns() // 1000 - int(told[1]), range(WAIT_S * 1000000))
                self.assertTrue(manager.recv(1000).startswith(b"READY=1"))

    def test_flags_stay_in_force(self):
        self.open(None, "--max-body", "5")
        self.hup(self.config(limits={"max_body": 100}))
        self.assertEqual([self.post(b"x" * 5), self.post(b"x" * 6)], [200, 413])


class Secrets(Reloading):
    def test_rotation_by_replacing_files_has_no_gap(self):
        """The old secret moves to "previous" before the new one takes its place."""
        self.replace("current", "one\n")
        self.replace("previous", "zero\n")
        self.open(self.config({"path": "/in", "scheme": "webinone", "secrets": [
            {"label": label, "secret": f"file:{self.dir / label}"} for label in ("current", "previous")]}))
        self.assertEqual([self.post(b"%d" % at, secret=secret) for at, secret in
                          enumerate(("one", "zero", "two"))], [200, 200, 401])
        done, answers = threading.Event(), []

        def send():
            at = 0
            while not done.is_set():
                answers.append(self.post(b"load %d" % at, secret="one"))
                at += 1
        thread = threading.Thread(target=send)
        thread.start()
        self.replace("previous", "one\n")
        self.wait("reload what=secrets")
        self.assertEqual(self.post(b"3", secret="two"), 401)
        self.replace("current", "two\n")
        self.wait("reload what=secrets", 2)
        self.assertEqual([self.post(b"%d" % at, secret=secret) for at, secret in
                          enumerate(("two", "one", "zero"), 4)], [200, 200, 401])
        done.set()
        thread.join()
        self.assertEqual(set(answers), {200})
        self.wait("key=current event_name")
        self.wait("key=previous event_name")

    def test_a_file_that_is_no_secret_keeps_the_old_one(self):
        for at, spoil in enumerate([lambda path: path.write_text(""), lambda path: path.unlink()], 1):
            with self.subTest(at):
                path = self.dir / f"secret-{at}"
                path.write_text(SECRET)
                self.open(self.config(self.endpoint(secret=f"file:{path}")))
                spoil(path)
                said = self.wait("reload_failed what=secrets")
                self.assertIn("$.endpoints[0].secrets[0].secret: file:", said)
                self.assertEqual(self.post(b"%d" % at), 200)
                path.write_text("another")
                self.wait("reload what=secrets")
                self.assertEqual([self.post(b"x", secret="another"), self.post(b"y")], [200, 401])
                self.assertEqual(len([line for line in self.said if "reload_failed" in line]), 1)
                self.assertNotIn(SECRET, "".join(self.said))
                self.child.terminate()
                self.child.wait(WAIT_S)

    def test_a_file_that_is_written_to_is_left_alone(self):
        path = self.dir / "secret"
        path.write_text(SECRET)
        self.open(self.config(self.endpoint(secret=f"file:{path}")))
        until = time.monotonic() + 3  # three looks, and it is never the same at two
        with path.open("w") as file:
            while time.monotonic() < until:
                file.write("another ")
                file.flush()
                self.assertEqual(self.post(b"%d" % int(time.monotonic() * 1000)), 200)
            file.seek(0)
            file.truncate()
            file.write("whole")
        self.wait("reload what=secrets")
        self.assertEqual([self.post(b"x", secret="whole"), self.post(b"y")], [200, 401])
        self.assertNotIn("reload_failed", "".join(self.said))

    def test_only_the_secrets_are_read_anew_by_themselves(self):
        path = self.dir / "secret"
        path.write_text(SECRET)
        self.open(self.config(self.endpoint(secret=f"file:{path}")))
        self.put("{ not finished yet")
        self.replace("secret", "another")
        self.wait("reload what=secrets")
        self.assertEqual(self.post(secret="another"), 200)

    def test_a_descriptor_is_read_once_and_kept(self):
        reader, writer = os.pipe()
        os.write(writer, SECRET.encode())
        os.close(writer)
        self.put(self.config(self.endpoint(secret=f"fd:{reader}"), self.endpoint("/b", secret=f"fd:{reader}")))
        self.child = subprocess.Popen([BINARY, "receive", self.dir / "config.json"], stderr=subprocess.PIPE,
                                      pass_fds=[reader])
        os.close(reader)
        self.addCleanup(self.stop, self.child)
        for line in self.child.stderr:
            if line.startswith(b"listening on "):
                self.url = line.split()[2].decode()
                break
        self.assertEqual([self.post(), self.post(path="/b")], [200, 200])
        self.child.send_signal(signal.SIGHUP)
        for line in self.child.stderr:
            if b"reload" in line:
                break
        self.assertIn(b"info reload what=configuration endpoints=2", line)
        self.assertEqual([self.post(b"1"), self.post(b"1", secret="other")], [200, 401])

    def test_flags_read_their_files_anew(self):
        self.replace("secret", SECRET)
        self.db = self.dir / "inbox.db"
        self.listen("--secret", f"file:{self.dir / 'secret'}", "--path", "/in", "--scheme", "webinone",
                    "--listen", "127.0.0.1:0", "--store", f"sqlite:{self.db}")
        self.replace("secret", "by signal")
        self.hup()
        self.assertEqual([self.post(secret="by signal"), self.post(b"1")], [200, 401])
        self.replace("secret", "by itself")
        self.wait("reload what=secrets")
        self.assertEqual([self.post(b"2", secret="by itself"), self.post(b"3", secret="by signal")], [200, 401])


if __name__ == "__main__":
    unittest.main()
