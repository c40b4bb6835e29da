# SPDX-License-Identifier: MIT
"""What the command-line tests share: the binary under test, scratch folders, children."""
import os
import re
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("HOOKGAUGE", str(ROOT / "build/asan/hookgauge"))
SECRET = "hunter2-but-longer"
LIMIT_S = 60  # of any one command: a hang fails instead of stopping the run


def run(*args, stdin=b"", env=None, cwd=None):
    """Runs the command to its end; returns (exit code, stdout, stderr) with text decoded."""
    done = subprocess.run([BINARY, *map(str, args)], input=stdin, capture_output=True,
                          timeout=LIMIT_S, cwd=cwd, env={**os.environ, "SECRET": SECRET, **(env or {})})
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


class Case(unittest.TestCase):
    """A test with a scratch folder (self.dir); children it starts are ended by their pid."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="hookgauge-test-")
        self.addCleanup(scratch.cleanup)
        self.dir = Path(scratch.name)

    def start(self, *args, env=None, command=None):
        """Starts the command in the background; stderr and stdout are pipes."""
        child = subprocess.Popen(command or [BINARY, *map(str, args)], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                 env={**os.environ, "SECRET": SECRET, **(env or {})})
        self.addCleanup(self.stop, child)
        return child

    def stop(self, child, sig=signal.SIGTERM):
        """Ends a child by its pid; returns its exit code, 124 if it had to be killed."""
        if child.poll() is None:
            child.send_signal(sig)
        try:
            child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return 124
        finally:
            for pipe in (child.stdout, child.stderr):
                if pipe:
                    pipe.close()
        return child.returncode

    def receiver(self, *args, env=None):
        """Starts `hookgauge receive` on a free port; returns (child, base URL). It prints
        "listening on http://127.0.0.1:PORT" to standard error once it accepts connections."""
        child = self.start("receive", *args, env=env)
        for line in child.stderr:
            found = re.search(rb"listening on (http://[0-9.:]+)", line)
            if found:
                return child, found.group(1).decode()
        self.fail("the receiver did not start")

    def write(self, name, content):
        path = self.dir / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def refused(self, code, *args, says, **more):
        """The command must exit with code, say `says` on one line of standard error, print nothing
        to standard output and never the secret."""
        got, out, err = run(*args, **more)
        self.assertEqual((got, out), (code, ""), err)
        self.assertIn(says, err)
        self.assertEqual(len(err.strip().splitlines()), 1, err)
        self.assertNotIn(SECRET, err)


def raw(url, data, limit=65536, timeout=10):
    """Sends bytes to the host of a URL and reads until it closes, or until an answer's end."""
    host, port = re.match(r"http://([0-9.]+):(\d+)", url).groups()
    with socket.create_connection((host, int(port)), timeout=timeout) as sock:
        sock.sendall(data)
        got = b""
        while len(got) < limit:
            try:
                piece = sock.recv(limit)
            except (ConnectionResetError, socket.timeout):
                break
            if not piece:
                break
            got += piece
            head, mark, body = got.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            if mark and length and len(body) >= int(length.group(1)):
                break
        return got
