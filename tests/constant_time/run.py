#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Constant time, tested for each compiler and level, because it is compilers that add branches.

tests/constant_time/check.c says how. Every build must be clean, and its leaky twins must be caught:
one that compares MACs with memcmp and one that uses a MAC as an index.

What valgrind can't show: it does not emulate the SHA instructions, so libcrypto takes the vector
code there and not the code it takes on most servers; neither has a branch on data. Other compilers
and levels than these can bring other code.
"""
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import compiling  # noqa: E402

COMPILERS = ["gcc", "clang"]
LEVELS = ["-O0", "-O2", "-O3"]
LEAKS = {"compare": "verify.c:", "index": "leaky_hex"}  # and where each must be seen
FOUND = 99  # the exit code that valgrind is told to use; the program itself has 0 and 1
LIMIT_S = 120
CHECK = "tests/constant_time/check.c"


def build(cc, level, leaky):
    """The program; in the leaky one check.c puts its own comparison in the library's place."""
    folder = compiling.ROOT / "build/constant-time" / (cc + level)
    # valgrind 3.19 reads no later debugging format of clang's
    flags = [level, "-gdwarf-4", "-DHG_CONSTANT_TIME_TEST"]
    leak = ["-DHG_CONSTANT_TIME_LEAK"] if leaky else []
    own = ["core/crypto.c"] if leaky else []
    rename = ["-Dhgi_equal=hgi_equal_right"] if leaky else []
    shared = [name for name in compiling.sources("core") if name not in own]
    objects = compiling.compile_objects([cc], flags, shared, folder, jobs=1)
    objects += compiling.compile_objects([cc], flags + rename, own, folder / "leaky", jobs=1)
    objects += compiling.compile_objects([cc], flags + leak, [CHECK],
                                         folder / "leaky" if leaky else folder, jobs=1)
    return compiling.link([cc], [], objects, ["-lcrypto"], folder / ("leaky/check" if leaky else "check"))


def watch(program, *args):
    """Whether valgrind found something; anything but a clean end or a finding is an error."""
    done = subprocess.run(["valgrind", "-q", "--leak-check=no", f"--error-exitcode={FOUND}",
                           str(program), *args], capture_output=True, text=True, timeout=LIMIT_S)
    caught = done.returncode == FOUND and "ninitialised value" in done.stderr
    if done.returncode != 0 and not caught:
        raise SystemExit(f"{program}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return caught, done.stderr


def judge(build_of):
    cc, level = build_of
    found, report = watch(build(cc, level, False))
    leaky = build(cc, level, True)
    return not found, report, {leak: where in watch(leaky, leak)[1] for leak, where in LEAKS.items()}


def main():
    missing = [name for name in (*COMPILERS, "valgrind") if not compiling.have(name)]
    if missing:
        print("not installed: " + ", ".join(missing) + "; run ./setup", file=sys.stderr)
        return 2
    builds = [(cc, level) for cc in COMPILERS for level in LEVELS]
    clean = caught = 0
    print(f"{'compiler':10}{'level':8}{'library':10}" + "".join(f"{leak + ' leak':15}" for leak in LEAKS))
    with ThreadPoolExecutor(2) as pool:
        for (cc, level), (fine, report, leaks) in zip(builds, pool.map(judge, builds)):
            clean += fine
            caught += all(leaks.values())
            print(f"{cc:10}{level:8}{'clean' if fine else 'BRANCHES':10}"
                  + "".join(f"{'caught' if leaks[leak] else 'MISSED':15}" for leak in LEAKS), flush=True)
            if not fine:
                print(report, end="", flush=True)
    print(f"constant time: {clean} clean, {caught} caught")
    return 0 if clean == caught == len(builds) else 1


if __name__ == "__main__":
    sys.exit(main())
