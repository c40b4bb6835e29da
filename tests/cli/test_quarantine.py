# SPDX-License-Identifier: MIT
"""hookgauge receive: refused requests that are kept for hookgauge explain."""
import json
import os
import stat
import unittest

from support import SECRET, run
from serving import NAME, PATH, Serving, delivery
from test_receive import head, signed, status


class Quarantine(Serving):
    def open(self, more=None, **members):
        self.folder = self.dir / "quarantine"
        super().open(quarantine={"path": str(self.folder), **(more or {})}, **members)

    def files(self):
        return sorted(self.folder.iterdir())

    def statuses(self):
        return [path.name[13:-5] for path in self.files()]

    def settle(self, count):
        """Waits until so many are written."""
        self.until("quarantined_total", count)

    def test_what_is_kept(self):
        self.open(endpoint={"events": ["Order.*"]})
        self.assertEqual(self.post(b"good"), 200)
        for how in ({"secret": "other"}, {"age": 9999}, {"event": "Tax.OnCreate"}, {"drop": ("signature",)},
                    {"target": "/elsewhere"}, {"extra": ["Host: two"]}, {"body": b"x" * 2000000}):
            self.post(**{"body": b"refused", **how})
        self.settle(4)
        self.assertEqual(self.statuses(), ["mismatch", "too_old", "event_not_allowed", "no_signature"])
        self.assertEqual(self.metric("quarantine_dropped_total"), 0)
        self.assertEqual(stat.S_IMODE(self.folder.stat().st_mode), 0o700)
        for path in self.files():
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
            kept = json.loads(path.read_text())
            self.assertEqual((kept["endpoint"], kept["client"], kept["body"]), (NAME, "127.0.0.1", "refused"))
            self.assertEqual(kept["status"], path.name[13:-5])
        self.end()

    def test_explain_reads_it(self):
        """What the sender did wrong is found in the file."""
        self.open()
        self.post(b'{"a":1} ', signature="sha256=" + "0" * 64)
        self.ask(delivery(b'{"a":1}\n').replace(b'{"a":1}\n', b'{"a":1}').replace(b"Length: 8", b"Length: 7"))
        self.settle(2)
        code, out, err = run("explain", "--scheme", "webinone", "--secret", "env:SECRET", self.files()[1])
        self.assertEqual(code, 0, err)
        self.assertRegex(out, "(?i)line feed|newline|LF")
        code, out, err = run("verify", "--scheme", "webinone", "--secret", "env:SECRET", self.files()[0])
        self.assertEqual(code, 1, err)
        self.assertIn("mismatch", out)

    def test_secrets_are_not_kept(self):
        self.open()
        self.post(secret="other", target=f"{PATH}?a=b&sk={SECRET}")
        self.post(secret="other", target=f"{PATH}?s%6B={SECRET}")
        self.settle(2)
        text = "".join(path.read_text() for path in self.files())
        self.assertNotIn(SECRET, text)
        self.assertIn("a=b&sk=***", text)

    def test_bytes_are_kept_as_they_are(self):
        self.open()
        body = bytes(range(256)) * 300
        self.post(body, secret="other", extra=["X-Odd: \xe9\xff"])
        self.settle(1)
        code, out, err = run("verify", "--scheme", "webinone", "--secret", "env:OTHER", self.files()[0],
                             env={"OTHER": "other"})
        self.assertEqual(code, 0, out + err)

    def test_a_request_that_fails_early_is_read_whole(self):
        self.open()
        self.ask(head("Content-Length: 50000", *signed(b"", drop=("event",)), target=PATH) + b"w" * 50000)
        self.settle(1)
        self.assertEqual(len(json.loads(self.files()[0].read_text())["body"]), 50000)
        self.ask(head("Content-Length: 50000", "Expect: 100-continue", target=PATH))  # told at once
        self.settle(2)
        self.assertEqual(self.statuses(), ["no_event", "no_signature"])

    def test_only_some(self):
        self.open({"statuses": ["too_old", "no_event"]})
        for how in ({"secret": "other"}, {"age": 9999}, {"age": -9999}, {"drop": ("event",)}):
            self.post(**how)
        self.settle(2)
        self.assertEqual(self.statuses(), ["too_old", "no_event"])

    def test_the_oldest_go(self):
        self.open({"max_count": 3})
        for i in range(5):
            self.post(b"%d" % i, secret="other")
            self.settle(i + 1)
        bodies = [json.loads(path.read_text())["body"] for path in self.files()]
        self.assertEqual(bodies, ["2", "3", "4"])
        self.end()
        other = self.folder / "notes.txt"
        other.write_text("mine")
        self.open({"max_count": 2})  # a restart goes on counting, and holds to what is configured now
        self.post(b"5", secret="other")
        self.settle(1)
        bodies = [json.loads(path.read_text())["body"] for path in self.files() if path != other]
        self.assertEqual(bodies, ["4", "5"])
        self.assertEqual(other.read_text(), "mine")

    def test_bytes_are_bounded(self):
        self.open({"max_bytes": 10000})
        for i in range(6):
            self.post(b"%d" % i + b"x" * 2500, secret="other")
            self.settle(i + 1)
        self.assertLessEqual(sum(path.stat().st_size for path in self.files()), 10000)
        self.assertEqual(len(self.files()), 3)
        self.post(b"y" * 20000, secret="other")
        self.until("quarantine_dropped_total", 1)
        self.assertEqual(len(self.files()), 3)

    def test_it_never_fails_a_request(self):
        """The folder is gone: requests are answered all the same, it is counted and told once."""
        self.open()
        os.rename(self.folder, self.dir / "away")
        (self.dir / "away").rmdir()
        for _ in range(3):
            self.assertEqual(self.post(secret="other"), 401)
        self.assertEqual(self.post(), 200)
        self.until("quarantine_dropped_total", 3)
        self.assertEqual([line["event"] for line in self.end()].count("quarantine"), 1)

    def test_off_by_default(self):
        Serving.open(self)
        self.assertEqual(self.post(secret="other"), 401)
        self.end()
        self.assertEqual(sorted(path.name for path in self.dir.iterdir() if path.suffix != ".db"
                                and not path.name.startswith("inbox.db")), ["config.json"])
        self.assertNotIn(b"refused", b"".join(path.read_bytes() for path in self.dir.iterdir()))

    def test_mistakes(self):
        self.open()
        self.refused(3, "receive", self.config, says="another receiver uses it")
        self.end()
        config = self.config.read_text()
        self.config.write_text(config.replace(str(self.folder), str(self.dir / "none" / "q")))
        self.refused(3, "receive", self.config, says="none/q: No such file")
        self.config.write_text(config.replace(str(self.folder), str(self.config)))
        self.refused(3, "receive", self.config, says="config.json: ")


if __name__ == "__main__":
    unittest.main()
