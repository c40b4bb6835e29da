#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds the fuzz targets of this folder and runs each for a few seconds, from a fixed seed corpus.

Each finding is kept in build/fuzz/findings; `build/fuzz/TARGET FILE` shows it again. Deliveries that
the verify target saw verified are judged by tests/oracle.py, which shares no code with the library.
A target with a bug put in on purpose comes first: if its alarm does not ring, nothing else counts.

usage: tests/fuzz/run.py [--seconds N] [--jobs N] [--only TARGET]
       tests/fuzz/run.py --forever TARGET      until it finds something or is interrupted
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import compiling  # noqa: E402

BUILD = compiling.ROOT / "build/fuzz"
FINDINGS = BUILD / "findings"
ORACLE = HERE.parent / "oracle.py"
CLANG = os.environ.get("FUZZ_CC", "clang")  # libFuzzer is clang's alone
SANITIZE = "address,undefined"
FLAGS = ["-O1", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all"]
HELPERS = ["outside.c"]  # in this folder, but no target
NEEDS_OUTSIDE = ["config", "settings"]  # these parse what names files and secrets
LENGTH_MAX = {"verify": 4096, "headers": 8192, "signatures": 4096, "time": 64}  # bytes of an input
LENGTH_OTHER = 2048
OTHER_SECRET = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
LINES_MAX = 40  # of a report
LIMITS = ["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0"]


def targets():
    return sorted(path.stem for path in HERE.glob("*.c") if path.name not in HELPERS)


def build(names):
    """All targets, and the one with a bug; returns where they are."""
    flags = [*FLAGS, f"-fsanitize=fuzzer-no-link,{SANITIZE}"]
    linked = [f"-fsanitize=fuzzer,{SANITIZE}"]
    parts = compiling.compile_objects(
        [CLANG], flags, compiling.sources("core", "base", "sender", "receiver"), BUILD)
    archive = BUILD / "parts.a"
    if not compiling.fresh(archive, parts):
        archive.unlink(missing_ok=True)
        compiling.call(["ar", "rcs", str(archive), *map(str, parts)])
    own = [f"tests/fuzz/{name}.c" for name in names] + [f"tests/fuzz/{name}" for name in HELPERS]
    objects = dict(zip([*names, "outside"], compiling.compile_objects([CLANG], flags, own, BUILD)))
    made = {}
    for name in names:
        helpers = [objects["outside"]] if name in NEEDS_OUTSIDE else []
        made[name] = compiling.link([CLANG], linked, [objects[name], *helpers, archive],
                                    compiling.LIBS, BUILD / name)
    buggy = compiling.compile_object([CLANG], [*flags, "-DHG_FUZZ_SELF_TEST"], "tests/fuzz/codec.c",
                                     BUILD / "self-test")
    made["self-test"] = compiling.link([CLANG], linked, [buggy, archive], compiling.LIBS,
                                       BUILD / "self-test/codec")
    return made


def command(program, name, corpus, *more):
    seeds = HERE / "seeds" / name
    return [str(program), *LIMITS, f"-max_len={LENGTH_MAX.get(name, LENGTH_OTHER)}",
            f"-artifact_prefix={FINDINGS}/{name}-", *more, str(corpus),
            *([str(seeds)] if seeds.is_dir() else [])]


def run(program, name, seconds, verified=None):
    """Runs one target in a fresh corpus; (runs, what it found or an empty text)."""
    env = {**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1"}
    env.pop("HG_FUZZ_VERIFIED", None)
    if verified:
        env["HG_FUZZ_VERIFIED"] = str(verified)
    with tempfile.TemporaryDirectory(prefix="hookgauge-fuzz-") as corpus:
        done = subprocess.run(command(program, name, corpus, f"-max_total_time={seconds}"), env=env,
                              capture_output=True, timeout=seconds + 120, cwd=compiling.ROOT)
    text = done.stderr.decode(errors="replace")
    runs = re.search(r"number_of_executed_units: *(\d+)", text)
    return int(runs.group(1)) if runs else 0, text if done.returncode != 0 else ""


def told(report):
    """What a person needs of a fuzzer's report."""
    noise = ("INFO:", "\tNEW_FUNC", "NOTE:", "stat::", "0x", "MS:", "      Combine", "Base64:")
    lines = [line for line in report.splitlines() if line and not line.startswith(noise)]
    return "".join(f"    {line}\n" for line in lines[:LINES_MAX])


def self_test(program):
    """The bug that was put in must be found, and be found as what it is."""
    _, found = run(program, "self-test", 3)
    rings = "heap-buffer-overflow" in found and "LLVMFuzzerTestOneInput" in found
    for left in FINDINGS.glob("self-test-*"):
        left.unlink()
    print(f"{'self-test':12}{'caught, as it must be' if rings else 'NOT CAUGHT'}", flush=True)
    return rings


def oracle_agrees(folder):
    done = subprocess.run([sys.executable, str(ORACLE), "--verified", str(folder)], timeout=300,
                          capture_output=True, text=True)
    return done.returncode == 0, done.stdout + done.stderr


def oracle_refuses(path):
    """The oracle must not verify a delivery under another secret."""
    delivery = json.loads(path.read_text())
    delivery["secret"] = OTHER_SECRET
    with tempfile.TemporaryDirectory(prefix="hookgauge-forged-") as folder:
        Path(folder, path.name).write_text(json.dumps(delivery))
        return not oracle_agrees(folder)[0]


def judge(folder):
    """What verified must verify for the oracle too."""
    files = sorted(folder.glob("*.json"))
    changed = [path for path in files if path.name.startswith("changed")]
    if not changed or not ORACLE.exists():
        print(f"{'oracle':12}"
              + ("NOT THERE" if changed else "NOTHING TO JUDGE: no changed delivery verified"))
        return False
    agrees, said = oracle_agrees(folder)
    refuses = oracle_refuses(changed[0])
    print(f"{'oracle':12}{len(files)} verified deliveries, {len(changed)} of them changed after signing: "
          + ("all agreed" if agrees else "DISAGREES")
          + ("" if refuses else "; BUT IT TAKES A FORGED ONE"), flush=True)
    if not agrees:
        print(said)
    return agrees and refuses


def forever(program, name):
    corpus = BUILD / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    os.chdir(compiling.ROOT)
    line = [word for word in command(program, name, corpus) if not word.startswith("-verbosity")]
    os.execv(str(program), line)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=int, default=3, help="for each target (3)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2, help="at a time")
    parser.add_argument("--only", metavar="TARGET", choices=targets())
    parser.add_argument("--forever", metavar="TARGET", choices=targets())
    options = parser.parse_args()
    if not compiling.have(CLANG):
        print(f"not installed: {CLANG}; run ./setup", file=sys.stderr)
        return 2
    only = options.forever or options.only
    names = [only] if only else targets()
    FINDINGS.mkdir(parents=True, exist_ok=True)
    programs = build(names)
    if options.forever:
        forever(programs[only], only)
    good = self_test(programs["self-test"])
    with tempfile.TemporaryDirectory(prefix="hookgauge-verified-") as folder, \
            ThreadPoolExecutor(max(1, options.jobs)) as pool:
        results = pool.map(lambda name: run(programs[name], name, options.seconds,
                                            folder if name == "verify" else None), names)
        for name, (runs, found) in zip(names, results):
            fine = not found and runs > 0
            good = good and fine
            print(f"{name:12}{runs:9} runs  {'ok' if fine else 'FOUND'}", flush=True)
            print(told(found), end="", flush=True)
        if "verify" in names:
            good = judge(Path(folder)) and good
    print(f"fuzz: {len(names)} targets, {'nothing found' if good else 'FAILED'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
