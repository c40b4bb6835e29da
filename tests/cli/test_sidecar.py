# SPDX-License-Identifier: MIT
"""The programs of examples/sidecar behind a real receiver: each does its work once, whatever is handed on again."""
import http.client
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from support import LIMIT_S, ROOT, SECRET, Case, run
from test_handon import HandingOn
from test_receive import PATH

FOLDER = ROOT / "examples/sidecar"
TOKEN = "Bearer only-the-receiver-knows"
CREATED, DELETED = "Order.OnCreate", "Order.OnDelete"
MEMBER = re.search(r"```json\n(.*?)```", (FOLDER / "README.md").read_text(), re.S)[1]


class Sidecar:
    """What holds for each; a subclass says how its program is started and what it has done."""

    source = None  # within examples/sidecar
    knows = None   # the text in it that says what makes a delivery known
    forgets = None  # in its place: nothing is known again
    number = None  # in its place: the number alone
    busy, unreadable = "answered 503", "answered 410"

    def setUp(self):
        super().setUp()
        self.work = self.dir / "work"
        self.work.mkdir()
        self.kept = self.work / "hooks"

    def program_file(self, instead=None):
        """The program, or a copy that knows deliveries by something else."""
        text = (FOLDER / self.source).read_text()
        if instead is not None:
            self.assertEqual(text.count(self.knows), 1, f"{self.source}: {self.knows}")
            text = text.replace(self.knows, instead)
        path = self.write(Path(self.source).name, text)
        path.chmod(0o755)
        return path

    def serve(self, instead=None, port=0):
        """Starts the program; sets self.server and self.port."""
        command = self.command(self.program_file(instead), port)
        self.server = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       stdin=subprocess.DEVNULL, env={**os.environ, "HOOK_AUTHORIZATION": TOKEN,
                                                                      "HOOK_DATABASE": str(self.kept)})
        self.addCleanup(self.stop, self.server)
        for line in self.server.stdout:
            found = re.search(rb"http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found[1])
                return
        self.fail(f"{self.source} did not start")

    def restart(self):
        self.server.kill()
        self.server.wait()
        self.serve(port=self.port)

    def open(self, instead=None, token=TOKEN):
        """The program, and a receiver with the members that the examples' page shows."""
        self.serve(instead)
        self.receive(token)

    def receive(self, token=TOKEN):
        shown = json.loads(MEMBER)
        self.configured(forward=shown["forward"].replace(":3000", f":{self.port}"), env={"TOKEN": token},
                        deliver={**dict.fromkeys(shown["deliver"], "env:TOKEN"), "first_delay_s": 1, "most_delay_s": 1})

    def send(self, event, *body):
        url = f"{self.url}{PATH}?sk={SECRET}"
        code, _, err = run("send", "env:EXTERNAL_URL", event, *body, env={"EXTERNAL_URL": url})
        self.assertEqual(code, 0, err)

    def counts(self):
        """How often the work was done, by event."""
        with sqlite3.connect(self.kept) as db:
            found = dict(db.execute("SELECT name, count FROM events"))
        db.close()
        return found

    def done(self, number):
        self.until(lambda: self.states() == ["done"] * number)

    def twice(self, instead=None):
        """Two deliveries, of which the first is handed on again."""
        self.open(instead)
        self.send(CREATED)
        self.send(DELETED)
        self.done(2)
        self.assertEqual(self.counts(), {CREATED: 1, DELETED: 1})
        self.assertEqual(run("inbox", "retry", self.db, "1")[:2], (0, "1 queued\n"))
        self.done(2)
        return self.counts()

    def test_once(self):
        self.assertEqual(self.twice(), {CREATED: 1, DELETED: 1})

    def test_the_twin_that_knows_nothing_again_does_it_twice(self):
        self.assertEqual(self.twice(self.forgets), {CREATED: 2, DELETED: 1})

    def after_a_lost_store(self, instead=None):
        """Two deliveries with the same number: of two stores."""
        self.open(instead)
        self.send(CREATED)
        self.done(1)
        self.assertEqual(self.stop(self.child), 0)
        for file in self.dir.glob("inbox.db*"):
            file.unlink()
        self.receive()
        self.send(CREATED)
        self.done(1)
        self.assertEqual(self.rows()[0]["row"], 1)
        return self.counts()

    def test_a_new_store_gives_the_same_number(self):
        self.assertEqual(self.after_a_lost_store(), {CREATED: 2})

    def test_the_twin_that_looks_at_the_number_alone_loses_one(self):
        self.assertEqual(self.after_a_lost_store(self.number), {CREATED: 1})

    def test_what_cannot_be_kept_comes_again(self):
        self.open()
        away = self.dir / "away"
        self.work.rename(away)
        self.send(CREATED)
        self.until(lambda: self.rows()[0]["attempts"] > 0)
        self.assertEqual(self.rows()[0]["outcome"], self.busy)
        away.rename(self.work)
        self.done(1)
        self.assertEqual(self.counts(), {CREATED: 1})

    def test_what_cannot_be_read_is_dead(self):
        self.open()
        self.send(CREATED, self.write("body", '{"Id": 7'))
        self.until(lambda: self.states() == ["dead"])
        self.assertEqual((self.rows()[0]["attempts"], self.rows()[0]["outcome"]), (1, self.unreadable))
        self.send(CREATED)
        self.until(lambda: self.states() == ["dead", "done"])
        self.assertEqual(self.counts(), {CREATED: 1})


class Server(Sidecar):
    def test_once_after_a_kill(self):
        self.open()
        self.send(CREATED)
        self.done(1)
        self.restart()
        self.assertEqual(run("inbox", "retry", self.db, "1")[0], 0)
        self.done(1)
        self.send(DELETED)
        self.done(2)
        self.assertEqual(self.counts(), {CREATED: 1, DELETED: 1})

    def ask(self, authorization, drop=(), method="POST"):
        headers = {"X-Hookgauge-Delivery": "1", "X-Hookgauge-Received": "2026-01-01T00:00:00.250Z",
                   "X-Hookgauge-Event": CREATED, "Authorization": authorization}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        connection.request(method, "/hook", b"{}", {name: value for name, value in headers.items()
                                                    if value is not None and name not in drop})
        with connection.getresponse() as answer:
            connection.close()
            return answer.status

    def test_only_the_receiver_is_believed(self):
        self.serve()
        for authorization in (None, "", "Bearer", TOKEN[:-1] + "x", TOKEN + "x"):
            self.assertEqual(self.ask(authorization), 401, authorization)
        for name in ("X-Hookgauge-Delivery", "X-Hookgauge-Received"):
            self.assertEqual(self.ask(TOKEN, drop=[name]), 400, name)
        self.assertNotEqual(self.ask(TOKEN, method="PUT"), 200)
        self.assertEqual(self.counts(), {})
        self.assertEqual(self.ask(TOKEN), 200)
        self.assertEqual(self.counts(), {CREATED: 1})

    def test_another_authorization_is_tried_again(self):
        self.open(token="Bearer something-else")
        self.send(CREATED)
        self.until(lambda: self.rows()[0]["attempts"] > 0)
        self.assertEqual((self.rows()[0]["outcome"], self.states()), ("answered 401", ["queued"]))
        self.assertEqual(self.counts(), {})


class Python(Server, HandingOn):
    source = "python/sidecar.py"
    knows = 'f"{number} {received}"'
    forgets = "os.urandom(8).hex()"
    number = "number"

    def command(self, program, port):
        return [sys.executable, program, port, self.kept]

    def test_not_without_a_token(self):
        done = subprocess.run(self.command(self.program_file(), "0"), capture_output=True, timeout=LIMIT_S,
                              env={**os.environ, "HOOK_AUTHORIZATION": ""})
        self.assertEqual((done.returncode, done.stderr), (1, b"HOOK_AUTHORIZATION is not set\n"))


class Node(Server, HandingOn):
    source = "node/sidecar.js"
    knows = "`${number} ${received}`"
    forgets = "`${Math.random()}`"
    number = "number"

    def command(self, program, port):
        self.assertTrue(shutil.which("node"), "node is not installed: run ./setup")
        return ["node", program, port, self.kept]

    def counts(self):
        events = [json.loads(line)["event"] for line in self.kept.read_text().splitlines()]
        return {event: events.count(event) for event in events}

    def test_a_line_that_a_crash_cut_off(self):
        self.open()
        self.send(CREATED)
        self.done(1)
        self.server.kill()
        self.server.wait()
        with self.kept.open("a") as journal:
            journal.write('{"delivery":"2 2026-01-01T00:00:00.000Z","event":"Or' + "d" * 10000)
        self.serve(port=self.port)
        self.send(DELETED)
        self.done(2)
        self.assertEqual(self.counts(), {CREATED: 1, DELETED: 1})

    def test_not_without_a_token(self):
        done = subprocess.run(self.command(self.program_file(), "0"), capture_output=True, timeout=LIMIT_S,
                              env={**os.environ, "HOOK_AUTHORIZATION": ""})
        self.assertEqual((done.returncode, done.stderr), (1, b"HOOK_AUTHORIZATION is not set\n"))


class Php(Server, HandingOn):
    source = "php/hook.php"
    knows = '"$number $received"'
    forgets = "bin2hex(random_bytes(8))"
    number = "$number"

    def command(self, program, port):
        modules = subprocess.run(["php", "-m"], capture_output=True, text=True).stdout if shutil.which("php") else ""
        self.assertIn("pdo_sqlite", modules, "PHP or its SQLite module is not installed: run ./setup")
        return ["php", "-d", "post_max_size=16M", "-S", f"127.0.0.1:{port}", program]

    def counts(self):
        return super().counts() if self.kept.exists() else {}  # it is made with the first delivery

    def test_not_without_a_token(self):
        self.serve()
        port = self.port
        self.server.kill()
        self.server.wait()
        self.server = subprocess.Popen(list(map(str, self.command(self.program_file(), port))), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       env={**os.environ, "HOOK_AUTHORIZATION": ""})
        self.addCleanup(self.stop, self.server)
        self.server.stdout.readline()
        self.assertEqual((self.ask(""), self.ask(None)), (401, 401))


class C(Server, HandingOn):
    source = "c/sidecar.c"
    knows = 'snprintf(delivery, sizeof(delivery), "%s %s", number, received)'
    forgets = 'snprintf(delivery, sizeof(delivery), "%ld", random())'
    number = 'snprintf(delivery, sizeof(delivery), "%s", number)'

    built = {}  # a program by its text

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.TemporaryDirectory(prefix="hookgauge-test-")
        cls.addClassCleanup(cls.folder.cleanup)

    def command(self, program, port):
        """Built as the file says, and without a warning."""
        text = program.read_text()
        if text not in self.built:
            self.built[text] = self.build(program, Path(self.folder.name) / f"sidecar{len(self.built)}")
        return [self.built[text], port, self.kept]

    def build(self, program, made):
        said = re.search(r"^ \*     (cc -o sidecar .*)$", (FOLDER / self.source).read_text(), re.M)[1].split()
        built = subprocess.run([*shlex.split(os.environ.get("CC", "cc")), *said[1:], "-std=c11", "-D_GNU_SOURCE", "-Wall",
                                "-Wextra", "-Wconversion", "-Werror", "-fsanitize=address,undefined"],
                               cwd=program.parent, capture_output=True, text=True, timeout=LIMIT_S)
        self.assertEqual(built.returncode, 0, built.stderr)
        return shutil.move(program.parent / "sidecar", made)

    def test_it_ends_clean(self):
        """Nothing is left when it is asked to end, the sanitizers say."""
        self.test_once()
        self.server.terminate()
        self.assertEqual((self.server.stdout.read(), self.server.wait(timeout=LIMIT_S)), (b"", 0))


class Exec(Sidecar, HandingOn):
    source = "exec/handler.py"
    knows = "{os.environ['HOOKGAUGE_RECEIVED']}"
    forgets = "{os.urandom(8).hex()}"
    number = ""
    busy, unreadable = "exit code 75", "exit code 65"

    def open(self, instead=None):
        self.words = [str(self.program_file(instead)), str(self.kept)]
        self.receive()

    def receive(self, token=None):
        self.configured(exec=self.words, deliver={"first_delay_s": 1, "most_delay_s": 1})


class Page(Case):
    def test_it_names_each_program_and_whether_it_is_tried(self):
        text = (FOLDER / "README.md").read_text()
        rows = dict(re.findall(r"^\| \[`(\S+)`\]\(\1\) \| .* \| (.*) \|$", text, re.M))
        tried = {one.source for one in (Python, Node, Php, C, Exec)}
        self.assertEqual(set(rows), tried | {"dotnet/Program.cs"})
        self.assertEqual({name for name, words in rows.items() if "**nothing" not in words}, tried)
        self.assertIn("UNTESTED", (FOLDER / "dotnet/Program.cs").read_text())
        for name in rows:
            self.assertTrue((FOLDER / name).exists(), name)

    def test_the_endpoint_it_shows_is_sound(self):
        for name in ("site", "token"):
            self.write(name, name)
        endpoint = MEMBER.replace("/etc/hookgauge", str(self.dir))
        config = '{"listen": "127.0.0.1:0", "store": "sqlite:none.db", "endpoints": [%s]}'
        code, _, err = run("receive", "--check", self.write("config.json", config % endpoint))
        self.assertEqual(code, 0, err)
        broken = endpoint.replace('"forward"', '"forwards"')
        self.assertEqual(run("receive", "--check", self.write("config.json", config % broken))[0], 2)


if __name__ == "__main__":
    unittest.main()
