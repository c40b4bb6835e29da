#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same verdicts every time: runs in a row against the good receiver, on a machine that is busy.

    tests/steady.py [--runs 20] [--scheme webinone] [--load 2]

--load: busy processes for each processor, for as long as it takes. Every run must pass, give each
case the verdict that the first one gave, and print the same but for times. Also says how long the
slowest run took and how much memory the command had: the command's own, children of the load left
out. HOOKGAUGE names the command under test.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import live

ROOT = Path(__file__).resolve().parents[1]
COMMAND = live.COMMAND = os.environ.get("HOOKGAUGE", str(ROOT / "build/release/hookgauge"))
LIMIT_S = 300  # of one run
TIMES = re.compile(r'"(ms|seconds)": [0-9.]+')


def burn(count):
    return [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"])
            for _ in range(count)]


def once(url, scheme, env, report):
    """One run: (exit code, what it printed without times, seconds, KiB of memory)."""
    with report.open("wb") as out:
        child = subprocess.Popen([COMMAND, "test", url, "--scheme", scheme, "--secret", "env:SECRET",
                                  "--jobs", "2", "--json"], env=env, stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    text = report.read_text()
    seconds = json.loads(text.splitlines()[-1])["seconds"] if text else 0
    return child.returncode, TIMES.sub("", text), seconds, usage.ru_maxrss


def differing(first, other):
    """The first line in which two runs differ, for people."""
    pairs = zip(first.splitlines(), other.splitlines())
    return next((f"{a}\n{b}" for a, b in pairs if a != b), "one is longer")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--scheme", choices=sorted(live.SECRETS), default="webinone")
    parser.add_argument("--load", type=int, default=2)
    options = parser.parse_args()
    env = {**os.environ, "SECRET": live.SECRETS[options.scheme]}
    child, url = live.receiver(options.scheme, "memory:", env)
    burners = burn(options.load * (os.cpu_count() or 1))
    failed = 0
    slowest = memory = 0
    try:
        with tempfile.TemporaryDirectory(prefix="hookgauge-steady-") as scratch:
            first = None
            for number in range(1, options.runs + 1):
                code, text, seconds, used = once(url, options.scheme, env, Path(scratch) / "out")
                first = first or text
                slowest, memory = max(slowest, seconds), max(memory, used)
                if code != 0 or text != first:
                    failed += 1
                    print(f"run {number}: exit {code}", differing(first, text), sep="\n")
    finally:
        for each in (*burners, child):
            each.terminate()
            each.wait(timeout=30)
        child.stderr.close()
    print(f"slowest {slowest:.1f} s, {memory / 1024:.0f} MiB at most")
    print(f"{options.runs - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
