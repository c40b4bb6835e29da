#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No heap: builds tests/heap/no_heap.c with the library at the level that is installed, and runs it.

The same program with a verify that does allocate (HG_HEAP_LEAK) must fail, or its silence would
prove nothing. The sanitizers bring an allocator of their own, so this needs a build without them.
"""
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import compiling  # noqa: E402

BUILD = compiling.ROOT / "build/heap"
SOURCE = "tests/heap/no_heap.c"
LIMIT_S = 60
LEVEL = ["-O3"]  # as the makefile's release


def build(folder, *flags):
    cc = compiling.compiler()
    objects = compiling.compile_objects(cc, LEVEL, compiling.sources("core"), BUILD)
    objects.append(compiling.compile_object(cc, [*LEVEL, *flags], SOURCE, BUILD / folder))
    return compiling.link(cc, [], objects, ["-lcrypto"], BUILD / folder / "no-heap")


def run(program):
    return subprocess.run([str(program)], capture_output=True, text=True, timeout=LIMIT_S)


def main():
    checks = {}
    clean = run(build("clean"))
    checks["the library allocates nothing in a verify"] = clean.returncode == 0
    leaky = run(build("leaky", "-DHG_HEAP_LEAK"))
    checks["a verify that allocates is caught"] = \
        leaky.returncode == 1 and "a verify called the allocator" in leaky.stderr
    print(clean.stdout + clean.stderr, end="")
    for what, held in checks.items():
        print(f"{'ok' if held else 'FAILED':8}{what}")
    passed = sum(checks.values())
    print(f"{passed} passed, {len(checks) - passed} failed")
    return 0 if passed == len(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
