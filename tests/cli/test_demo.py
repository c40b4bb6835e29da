# SPDX-License-Identifier: MIT
"""The demo: its exit code, and that it leaves neither files nor processes, however it ends."""
import os
import signal
import subprocess
import unittest

from support import BINARY, ROOT, Case


def signals_as_in_a_terminal():
    """For a child: a shell can't trap what its parent ignored, as a job in the background does."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_DFL)


class Demo(Case):
    def demo(self, instead_of_test="", instead_of_receive=""):
        """Runs it, with other shell commands in place of hookgauge's; returns its exit code and output."""
        wrapper = self.write("hookgauge", f"#!/bin/sh\n[ \"$1\" != test ] || {{ :; {instead_of_test}\n}}\n"
                                          f"[ \"$1\" != receive ] || {{ echo $$ > '{self.dir}/pid'; "
                                          f"{instead_of_receive}\n}}\nexec '{BINARY}' \"$@\"\n")
        wrapper.chmod(0o755)
        scratch = self.dir / "tmp"
        scratch.mkdir()
        done = subprocess.run([ROOT / "examples/demo.sh", wrapper], env={**os.environ, "TMPDIR": str(scratch)},
                              capture_output=True, text=True, timeout=20, start_new_session=True,
                              preexec_fn=signals_as_in_a_terminal)
        self.assertEqual(list(scratch.iterdir()), [])
        with self.assertRaises(ProcessLookupError):
            os.kill(int((self.dir / "pid").read_text()), 0)
        return done.returncode, done.stdout

    def test_all_is_well(self):
        code, out = self.demo()
        self.assertEqual(code, 0)
        self.assertIn("delivered 116, refused 0, failed 0", out)
        self.assertIn(" 0 failed", out)
        self.assertIn("Order.OnCreate", out)

    def test_a_failed_case_fails_it(self):
        self.assertEqual(self.demo("exit 1")[0], 1)

    def test_interrupted(self):
        """As by Ctrl-C: the whole group gets the signal, so the command fails at the same moment."""
        for name in ("INT", "TERM", "HUP"):
            with self.subTest(name):
                self.assertEqual(self.demo(f"trap '' {name}; kill -{name} 0; exit 1")[0], 130)
                (self.dir / "tmp").rmdir()

    def test_a_lost_signal_is_sent_again(self):
        """A receiver that misses the first one, as a process does that has only just been started."""
        missing = ("trap 'trap \"exit 0\" TERM' TERM; echo listening on http://127.0.0.1:1 >&2; "
                   "while :; do sleep 0.05; done\n}; [ $1 != send ] || { exit 3")
        self.assertEqual(self.demo(instead_of_receive=missing)[0], 3)


if __name__ == "__main__":
    unittest.main()
