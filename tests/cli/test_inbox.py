# SPDX-License-Identifier: MIT
"""hookgauge inbox: reading what a receiver has kept, while it runs, after it ended, after it was killed."""
import json
import os
import pty
import sqlite3
import subprocess
import unittest

from support import BINARY, SECRET, raw, run
from test_receive import EVENT, Receiving, delivery, status


class Reading(Receiving):
    def filled(self):
        self.open()
        for body in (b'{"n":1}', b"\x00\x1b[31m\xff", b"x" * 5000):
            self.assertEqual(status(raw(self.url, delivery(body, target="/api/webhook?sk=" + SECRET))), 200)

    def test_list(self):
        self.filled()
        code, out, err = run("inbox", "list", self.db)
        self.assertEqual((code, err), (0, ""))
        lines = out.splitlines()
        self.assertEqual(len(lines), 4)
        self.assertEqual([line.split()[0] for line in lines], ["ROW", "3", "2", "1"])
        self.assertIn(EVENT, lines[1])
        self.assertNotIn("(unsigned)", out)
        self.assertEqual(len(run("inbox", "list", self.db, "--limit", "2")[1].splitlines()), 3)
        rows = [json.loads(line) for line in run("inbox", "list", f"sqlite:{self.db}", "--json")[1].splitlines()]
        self.assertEqual([row["bytes"] for row in rows], [5000, 7, 7])
        self.assertEqual(run("inbox", "list", self.db, "--count"), (0, "3\n", ""))

    def test_show(self):
        self.filled()
        code, out, err = run("inbox", "show", self.db, "2")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("POST /api/webhook?sk=***\n", out)
        self.assertRegex(out, r"X-Webhook-Signature: sha256=[0-9a-f]{5}\.\.\.\n")
        self.assertIn(r"\x00\x1b[31m\xff", out)
        self.assertNotIn("\x1b", out)
        self.assertNotIn(SECRET, out)
        done = subprocess.run([BINARY, "inbox", "show", self.db, "2", "--body"], capture_output=True, timeout=20)
        self.assertEqual(done.stdout, b"\x00\x1b[31m\xff")

    def test_show_on_a_terminal(self):
        """The body commands no terminal."""
        self.filled()
        outer, inner = pty.openpty()
        self.addCleanup(os.close, outer)
        done = subprocess.run([BINARY, "inbox", "show", self.db, "2", "--body"], stdout=inner, timeout=20)
        os.close(inner)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(os.read(outer, 1000), rb"\x00\x1b[31m\xff" + b"\r\n")

    def test_export_verifies(self):
        self.open()
        bodies = [b'{"n":1}', b"\x00\xff", "é".encode()]
        for body in bodies:
            self.assertEqual(self.post(body), 200)
        self.assertEqual(self.stop(self.child), 0)
        lines = run("inbox", "export", self.db)[1].splitlines()
        self.assertEqual(len(lines), 3)
        first = json.loads(lines[0])
        self.assertEqual((first["row"], first["endpoint"], first["event"], first["method"], first["body"]),
                         (1, "/api/webhook", EVENT, "POST", '{"n":1}'))
        self.assertEqual(json.loads(lines[1])["body_base64"], "AP8=")
        self.assertEqual(json.loads(lines[2])["body"], "é")
        self.assertGreater(first["received_at"], 1767225600)

    def test_after_a_kill(self):
        self.filled()
        self.child.kill()
        self.child.wait()
        self.assertEqual(run("inbox", "list", self.db, "--count"), (0, "3\n", ""))

    def modes(self):
        return {path.name: path.stat().st_mode & 0o777 for path in self.dir.glob("inbox.db*")}

    def test_nobody_else_reads_it(self):
        """It holds what senders sent; the umask does not decide."""
        before = os.umask(0)
        try:
            self.filled()
        finally:
            os.umask(before)
        self.assertEqual(self.modes(), dict.fromkeys(("inbox.db", "inbox.db-wal", "inbox.db-shm"), 0o600))

    def test_a_group_may_be_let_read_it(self):
        """A file that is there keeps its mode, and those beside it follow."""
        self.write("inbox.db", "").chmod(0o640)
        self.filled()
        self.assertEqual(self.modes(), dict.fromkeys(("inbox.db", "inbox.db-wal", "inbox.db-shm"), 0o640))

    def test_a_name_that_sqlite_takes_for_none(self):
        """":memory:" is a file here, and only when it is written as one."""
        child = self.start(command=["sh", "-c", 'cd "$1" && exec "$2" receive --secret env:SECRET --path /a --scheme '
                                    'webinone --listen 127.0.0.1:0 --store sqlite:./:memory:', "sh", self.dir, BINARY])
        self.banner(child)
        self.assertEqual((self.dir / ":memory:").stat().st_mode & 0o777, 0o600)

    def test_claims_that_are_not_signed_are_marked(self):
        self.open()
        with sqlite3.connect(self.db) as db:
            db.executescript("INSERT INTO endpoints VALUES (9, 'x'); INSERT INTO deliveries VALUES "
                             "(1, 9, 'push', 'id1', 0, 'k', 1767225600000, 0, 'POST', '/x', 'A: b' || char(13, 10), '');")
        self.assertIn("push (unsigned)", run("inbox", "list", self.db)[1])
        shown = run("inbox", "show", self.db, "1")[1]
        self.assertIn("push (unsigned)", shown)
        self.assertIn("id1 (unsigned)", shown)
        self.assertNotIn("stated", shown)

    def test_mistakes(self):
        self.open()
        text = self.write("text", "not a database\n" * 100)
        other = self.dir / "other.db"
        with sqlite3.connect(other) as db:
            db.execute("CREATE TABLE mine (a)")
        for code, args, says in (
                (2, ("list", "memory:"), "memory:"), (2, ("list", self.dir / "none.db"), "none.db"),
                (2, ("list", text), "text"), (2, ("list", other), "not an inbox"), (2, ("list", self.dir), str(self.dir)),
                (2, ("delete", self.db), "delete"), (2, ("list",), ""), (2, ("list", self.db, "1"), "a row"),
                (2, ("show", self.db), "row"), (2, ("show", self.db, "x"), "row"), (1, ("show", self.db, "7"), "7"),
                (2, ("show", self.db, "1", "--limit", "3"), "list"), (2, ("list", self.db, "--body"), "--body"),
                (2, ("list", self.db, "--limit", "0"), "--limit"), (2, ("list", self.db, "--count", "--json"), "--count")):
            with self.subTest(args):
                self.refused(code, "inbox", *args, says=says)


if __name__ == "__main__":
    unittest.main()
