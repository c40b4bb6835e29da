#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The README's examples do what they say. A block under a comment "test: NAME" is run here as it
stands, with a free port in place of 8080 and the built command in front of the PATH."""
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from readme_real import test_real

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = dict(re.findall(r"<!-- test: (\w+) -->\n```\w+\n(.*?)```", README, re.S))
RELEASE = ROOT / "build/release"


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Example:
    """A scratch folder, the command on the PATH, a free port."""

    def __init__(self, scratch):
        self.scratch = Path(scratch)
        self.port = free_port()
        self.env = {**os.environ, "PATH": f"{RELEASE}:{os.environ['PATH']}",
                    "WEBHOOK_SECRET": "the value of sk"}

    def script(self, name):
        return BLOCKS[name].replace("8080", str(self.port))

    def run(self, name, cwd=None):
        return subprocess.run(["sh", "-e", "-c", self.script(name)], cwd=cwd or self.scratch,
                              env=self.env, capture_output=True, text=True, timeout=120)

    def receive(self):
        """Starts the receiver's block; exec, so that the child's pid is the receiver's."""
        script = self.script("receive").replace("hookgauge receive", "exec hookgauge receive")
        log = (self.scratch / "receiver.log").open("w+")
        child = subprocess.Popen(["sh", "-c", script], cwd=self.scratch, env=self.env, stderr=log)
        until = time.monotonic() + 20
        while "listening on" not in (self.scratch / "receiver.log").read_text():
            if child.poll() is not None or time.monotonic() > until:
                sys.exit("the README's receiver did not start")
            time.sleep(0.02)
        return child


def test_live(example):
    """Blocks receive, send and http, one after the other as a reader would."""
    child = example.receive()
    try:
        sent = example.run("send")
        yield "send", sent.returncode == 0 and "Order.OnCreate" in sent.stdout, sent
        tested = example.run("http")
        yield "http", tested.returncode == 0 and " 0 failed" in tested.stdout, tested
        example.env["WEBHOOK_SECRET"] = "another"
        wrong = example.run("http")
        yield "http with another secret fails", wrong.returncode == 1, wrong
    finally:
        child.terminate()
        child.wait(timeout=30)
        rest = (example.scratch / "receiver.log").read_text()
    yield "receive stops cleanly", child.returncode == 0 and "the value of sk" not in rest, rest


def test_verify(example):
    (example.scratch / "example.c").write_text(BLOCKS["verify"])
    program = example.scratch / "program"
    built = subprocess.run([os.environ.get("CC", "cc"), "-Wall", "-Wextra", "-Werror", "-std=c11",
                            f"-I{ROOT}/include", f"-I{example.scratch}",
                            str(ROOT / "tests/readme/main.c"), str(RELEASE / "libhookgauge.a"),
                            "-lcrypto", "-o", str(program)], capture_output=True, text=True)
    yield "verify compiles", built.returncode == 0, built
    ran = subprocess.run([program]) if program.exists() else built
    yield "verify tells genuine from forged", ran.returncode == 0, ran


def test_diagnosis(example):
    explained = example.run("explain")
    yield "explain", explained.returncode == 0 and "json-minified" in explained.stdout and \
        explained.stdout.startswith("mismatch"), explained
    for line in re.search(r"```\n(mismatch.*?)```", README, re.S).group(1).splitlines():
        yield f"explain says {line!r}", line in explained.stdout.splitlines(), explained
    found = example.run("discover")
    yield "discover", found.returncode == 0 and found.stdout.startswith("ok: "), found
    yield "neither shows the secret", "the value of sk" not in str((explained.stdout, explained.stderr,
                                                                     found.stdout, found.stderr)), found


def test_others(example):
    tested = example.run("cmd", cwd=ROOT)
    yield "cmd", tested.returncode == 0 and " 0 failed" in tested.stdout, tested
    for folder in ("examples", "harness"):
        (example.scratch / folder).symlink_to(ROOT / folder)
    reported = example.run("reports")
    ends = {name: (example.scratch / name).read_text()[-20:] if reported.returncode == 0 else ""
            for name in ("report.html", "report.xml")}
    yield "reports", ends["report.html"].endswith("</html>\n") and \
        ends["report.xml"].endswith("</testsuites>\n"), reported
    for target in ("demo", "test", "bench", "install"):
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
        yield f"make {target} exists", done.returncode == 0, done
    for path in re.findall(r"\]\(([^)#]+)\)", README.replace("\n", " ")):
        yield f"link {path}", (ROOT / path).exists(), path


def main():
    passed = failed = 0
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hookgauge-readme-") as scratch:
        example = Example(scratch)
        for test in (test_live, test_verify, test_diagnosis, test_others,
                     lambda example: test_real(example, BLOCKS)):
            for name, held, detail in test(example):
                held = bool(held)
                print(f"{'ok  ' if held else 'FAIL'} {name}")
                passed, failed = passed + held, failed + (not held)
                if not held:
                    print(detail)
    unused = set(BLOCKS) ^ {"receive", "send", "verify", "http", "cmd", "reports", "explain",
                            "discover", "config", "secrets", "sidecar", "service", "rotation",
                            "backup"}
    if unused:
        failed += 1
        print(f"blocks that no test runs: {unused}")
    print(f"{time.monotonic() - start:.1f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
