#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""All tests, a line a step; the last line is "N passed, N failed".

    tests/run.py [STEP ...]      all steps, or those named ('cli-*' names several)

As many steps run at once as there are processors; those that write what others read run alone. A
step is a command and the pattern that counts what it checked. Its output goes to
build/test/STEP.log and is shown when it fails. A step that counts nothing has failed: a test that
did not run proves nothing.
"""
import concurrent.futures
import fnmatch
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "build/test"
LIMIT_S = 600  # of one step; the slowest takes about a minute here
PYTHON = [sys.executable]
RELEASE = "build/release/hookgauge"
ASAN = "build/asan/hookgauge"
ALONE = {"cli-install"}  # it makes build/hookgauge anew, which the others run
CASES = r"^(\d+) passed, (\d+) failed"  # the harness and most of our scripts end so


def steps():
    """(name, command, pattern): the pattern's first group counts what passed, the second, if there
    is one, what failed."""
    for program in sorted((ROOT / "build/asan").glob("test_*")):
        if os.access(program, os.X_OK) and program.suffix == "":
            yield program.name.replace("test_", "unit-"), [str(program)], r"\[  PASSED  \] (\d+) test"
    yield "lint", PYTHON + ["tests/lint.py"], CASES
    yield "no-heap", PYTHON + ["tests/heap/run.py"], CASES
    yield "vectors-fixed", PYTHON + ["tests/reproducible.py"], CASES
    yield "oracle", PYTHON + ["tests/oracle.py"], r"oracle: (\d+) cases, (\d+) disagree"
    yield "readers", PYTHON + ["tests/readers.py"], CASES
    yield "published", PYTHON + ["tests/published.py"], CASES
    for scheme in ("webinone", "github", "standard-webhooks", "stripe", "slack", "shopify"):
        yield f"lib-{scheme}", [ASAN, "test", "lib", "--scheme", scheme], CASES
    yield "cmd", [RELEASE, "test", f"cmd:{sys.executable} tests/alarms/receiver.py --cmd"], CASES
    yield "http", PYTHON + ["tests/live.py"], CASES
    yield "steady", PYTHON + ["tests/steady.py", "--runs", "3", "--scheme", "github",
                              "--load", "1"], CASES
    for script in sorted((ROOT / "tests/cli").glob("test_*.py")):
        yield script.stem.replace("test_", "cli-"), \
            PYTHON + ["-m", "unittest", "discover", "-s", "tests/cli", "-p", script.name], \
            r"^Ran (\d+) tests"
    yield "torture", PYTHON + ["tests/torture/run.py", "--kills", "10"], CASES
    yield "readme", PYTHON + ["tests/readme.py"], CASES
    yield "manual", PYTHON + ["tests/manual.py"], CASES
    yield "cluster", PYTHON + ["tests/cluster/run.py"], CASES
    yield "alarms", PYTHON + ["tests/alarms/run.py"], r"alarms: (\d+) killed, (\d+) survived"
    yield "constant-time", PYTHON + ["tests/constant_time/run.py"], \
        r"constant time: (\d+) clean, (?:\d+) caught"
    yield "fuzz", PYTHON + ["tests/fuzz/run.py", "--seconds", "3"], \
        r"fuzz: (\d+) targets, nothing found"


def run(name, command, pattern):
    """Runs one step; returns (passed, failed)."""
    log = LOGS / f"{name}.log"
    start = time.monotonic()
    with log.open("wb") as out:
        try:
            code = subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT,
                                  stdin=subprocess.DEVNULL, timeout=LIMIT_S).returncode
        except subprocess.TimeoutExpired:
            code = "no end"
    text = log.read_text(errors="replace")
    counts = [int(group) for group in (re.findall(pattern, text, re.M) or [()])[-1:]
              for group in ((group,) if isinstance(group, str) else group)]
    passed = counts[0] if counts else 0
    failed = counts[1] if len(counts) > 1 else 0
    if (code != 0 or passed == 0) and failed == 0:
        failed = 1
    told = f"{name:24} {passed:6} passed {failed:4} failed {time.monotonic() - start:7.1f} s\n"
    if failed:
        tail = "\n".join(text.splitlines()[-60:])
        told += f"---- {log.relative_to(ROOT)} (exit {code}), the end of it:\n{tail}\n----\n"
    print(told, end="", flush=True)  # in one piece: others print too
    return passed, failed


def run_all(chosen):
    """The results of all steps; each is told when it ends."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = list(pool.map(lambda step: run(*step), (s for s in chosen if s[0] not in ALONE)))
    return results + [run(*step) for step in chosen if step[0] in ALONE]


def main():
    LOGS.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:]
    chosen = [step for step in steps()
              if not wanted or any(fnmatch.fnmatchcase(step[0], glob) for glob in wanted)]
    unknown = [glob for glob in wanted
               if not any(fnmatch.fnmatchcase(step[0], glob) for step in chosen)]
    if unknown or not chosen:
        sys.exit(f"no such step: {', '.join(unknown) or 'none is built'}")
    passed, failed = (sum(column) for column in zip(*run_all(chosen)))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
