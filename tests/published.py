#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What others published about their own signatures: the library and the oracle give each delivery
of vectors/published the verdict that its publisher states.

    tests/published.py      the last line is "N passed, N failed"
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BINARY = os.environ.get("HOOKGAUGE", str(ROOT / "build/asan/hookgauge"))
FEWEST = 144  # cases that were collected: a file that is lost must not go unseen
LIMIT_S = 60


def run(*words):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=LIMIT_S)
    return done.returncode, done.stdout + done.stderr


def by_library(path):
    """(passed, failed) as `hookgauge test lib` counts them."""
    code, out = run(BINARY, "test", "lib", "--vectors", path)
    found = re.search(r"^(\d+) passed, (\d+) failed, 0 skipped", out, re.M)
    if found is None or (code == 0) != (found.group(2) == "0"):
        return 0, 1
    return int(found.group(1)), int(found.group(2))


def can_fail(path):
    """A file with one verdict turned round must fail."""
    document = json.loads(path.read_text())
    case = document["groups"][0]["cases"][0]
    case["status"] = "mismatch" if case["status"] == "ok" else "ok"
    document["notes"].setdefault("Turned", "only a test of the test")
    with tempfile.TemporaryDirectory(prefix="hookgauge-test-") as folder:
        turned = Path(folder) / path.name
        turned.write_text(json.dumps(document))
        return by_library(turned)[1] == 1


def main():
    paths = sorted((ROOT / "vectors/published").glob("*.json"))
    passed = failed = 0
    for path in paths:
        good, bad = by_library(path)
        if bad:
            print(f"{path.name}: {bad} differ from what was published")
        passed, failed = passed + good, failed + bad
    if passed + failed < FEWEST:
        print(f"only {passed + failed} of {FEWEST} published cases were run")
        failed += 1
    code, out = run(sys.executable, ROOT / "tests/oracle.py", *paths)
    if code != 0 or f"oracle: {passed} cases, 0 disagree" not in out:
        print(out)
        failed += 1
    if not can_fail(ROOT / "vectors/published/github-signature.json"):
        print("a published case with the wrong verdict was not noticed")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
