#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The alarms: a test that can't fail shows nothing, so here the harness has to fail receivers.

    tests/alarms/run.py [--full] [--json] [FAULT ...]

Every mutant of mutants.py must be failed on the flag that names its fault, in the family of the
fault, and on no flag that the fault does not explain; else it has SURVIVED. It meets the cases of
its own flag and a fixed sample of all others. Every receiver that is right must pass, in whatever
language it is (correct/). Exit code 0 only then.

--full asks every mutant everything and prints, for each family, how many cases failed it. --json
prints a line of JSON a mutant instead. HOOKGAUGE names the command under test.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from hold import Held, kept_files
from mutants import EVERYTHING, MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/alarms"
BINARY = os.environ.get("HOOKGAUGE", str(ROOT / "build/asan/hookgauge"))
PROGRAMS = {"webinone": [sys.executable, "-S", str(HERE / "receiver.py")],
            "standard": [sys.executable, "-S", str(HERE / "standard.py")]}
SCHEMES = {"webinone": "webinone", "standard": "standard-webhooks"}
VECTORS = {program: json.loads((ROOT / f"vectors/{scheme}.json").read_text())
           for program, scheme in SCHEMES.items()}
SECRET = VECTORS["webinone"]["groups"][0]["secret"]
FAMILIES = ("signature", "time", "event", "secret", "headers", "body", "framing", "replay", "leak")
SAMPLE = 3  # cases of every flag that is not a mutant's own
JOBS = 4 * (os.cpu_count() or 1)  # they wait most of the time: for what must not come
LIMIT_S = 300  # for one run, which takes about a second
VALID = "valid"  # stands for a case without a flag: a valid delivery that was refused

# What the HTTP library of a right receiver does otherwise, all of level should: libmicrohttpd ends a
# line of a chunk at LF or CR alone.
UNABLE = {"hookgauge receive": {"framing/chunk-line-feed", "framing/chunk-extension-line-feed",
                                "framing/chunk-extension-cr"}}
CORRECT = {"receiver.py": [sys.executable], "receiver.mjs": ["node"], "receiver.pl": ["perl"],
           "receiver.php": ["php"]}


# ---- Vectors -------------------------------------------------------------------------------------

def flags_of(case):
    return case["flags"] or [VALID]


def is_alike(case):
    """Of the 116 alike groups of cases those of one event do, for speed."""
    return re.fullmatch(r"(?!order-oncreate)[a-z]+-on[a-z]+", case.get("of", case["id"]))


def chosen(cases, flag):
    """The ids of all cases of a flag, of the first few of every other one, and of those that either
    refer to. Without a flag: all of them."""
    met, ids = collections.Counter(), set()
    for case in cases:
        met.update(flags_of(case))
        few = any(met[each] <= SAMPLE for each in flags_of(case))
        if flag is None or flag in case["flags"] or few:
            ids |= {case["id"], case.get("of"), case.get("same_as")}
    return ids


def write_vectors(path, program, flag=None):
    vectors = VECTORS[program]
    alike = [case for group in vectors["groups"] for case in group["cases"] if not is_alike(case)]
    ids = chosen(alike, flag)
    groups = [{**group, "cases": [case for case in group["cases"] if case["id"] in ids]}
              for group in vectors["groups"]]
    groups = [group for group in groups if group["cases"]]
    count = sum(len(group["cases"]) for group in groups)
    path.write_text(json.dumps({**vectors, "count": count, "groups": groups}))
    return path


class Files:
    """Vector files, made before anything runs: a file a program and flag."""

    def __init__(self, scratch, mutants, full):
        self.full, self.paths = full, {}
        for program in VECTORS:
            flags = {None} | {each.flag for each in mutants if each.program == program and
                              (not full or each.mode == "observed")}
            for flag in flags:
                path = Path(scratch) / f"{program}-{flag}.json"
                self.paths[program, flag] = write_vectors(path, program, flag)

    def of(self, program):
        return self.paths[program, None]

    def of_mutant(self, mutant):
        """A look at what took effect is a process a case: too slow for all of them."""
        whole = self.full and mutant.mode != "observed"
        return self.paths[mutant.program, None if whole else mutant.flag]


# ---- Runs ----------------------------------------------------------------------------------------

Report = collections.namedtuple("Report", "code failed counts")


def hookgauge(vectors, *arguments):
    """Runs the harness; the failed cases come with the family that their vectors name."""
    done = subprocess.run([BINARY, "test", *arguments, "--vectors", str(vectors), "--json"],
                          capture_output=True, timeout=LIMIT_S)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr.decode(errors="replace").strip())
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    families = {case["id"]: case["family"] for group in json.loads(vectors.read_text())["groups"]
                for case in group["cases"]}
    failed = [{**line, "family": families[line["id"]]}
              for line in lines if line["type"] == "case" and line["ok"] is False]
    return Report(done.returncode, failed, lines[-1])


def by_lines(program, fault, vectors, *more):
    command = PROGRAMS[program] + (["--cmd", *more] if program == "webinone" else [])
    command += ["--fault", fault] if fault else []
    return hookgauge(vectors, "cmd:exec " + shlex.join(command), "--jobs", "1")


def over_http(held, vectors, observed=False):
    look = "--observe" if observed else "--stored"
    return hookgauge(vectors, held.url, look, held.speak("count"),
                     "--restart", held.speak("restart"), "--jobs", "4")


def by_http(fault, vectors, observed=False):
    with tempfile.TemporaryDirectory(prefix="hookgauge-kept-") as folder:
        def command(port):
            more = ["--fault", fault] if fault else []
            return PROGRAMS["webinone"] + ["--http", "--secret", SECRET, "--port", str(port),
                                           "--folder", folder, *more]
        def count(token):
            return kept_files(folder, token)
        with Held(command, count, {}) as held:
            return over_http(held, vectors, observed)


def runs_of(mutant, vectors):
    if mutant.mode in ("cmd", "both"):
        yield by_lines(mutant.program, mutant.fault, vectors)
    if mutant.mode != "cmd":
        yield by_http(mutant.fault, vectors, mutant.mode == "observed")


# ---- Mutants -------------------------------------------------------------------------------------

def unexplained(mutant, report):
    """What kept the run from being a kill."""
    must = any(case["level"] == "must" for case in report.failed)
    if report.code != (1 if must else 0):
        yield f"exit code {report.code}"
    if not any(mutant.flag in case["flags"] and case["family"] == mutant.family
               for case in report.failed):
        yield "not failed on its flag"
    if mutant.also != EVERYTHING:
        known = {mutant.flag, *mutant.also.split()}
        strange = {flag for case in report.failed if not known & set(flags_of(case))
                   for flag in flags_of(case)}
        if strange:
            yield f"also failed on {' '.join(sorted(strange))}"


def judge(mutant, files):
    """The row of a mutant: why it survived (empty: it was killed), and failed cases by family."""
    wrong, families, flags = [], collections.Counter(), collections.Counter()
    try:
        for report in runs_of(mutant, files.of_mutant(mutant)):
            wrong += unexplained(mutant, report)
            families.update(case["family"] for case in report.failed)
            flags.update(flag for case in report.failed for flag in flags_of(case))
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        wrong.append(f"no result: {error}")
    return {"mutant": mutant.fault, "program": mutant.program, "family": mutant.family,
            "flag": mutant.flag, "what": mutant.what, "killed": not wrong,
            "wrong": ", ".join(dict.fromkeys(wrong)), "families": dict(families),
            "flags": dict(flags)}


# These must survive, or surviving is impossible: nothing is wrong with the first; the second is
# wrong in much more than is said, the third in something else.
SURVIVORS = [Mutant("webinone", "nothing", "body", "TamperedBody", "", "", "cmd"),
             Mutant("webinone", "ignores-time", "time", "Stale", "", "Leak", "cmd"),
             Mutant("webinone", "ignores-past", "event", "Stale", "", EVERYTHING, "cmd")]


def is_watchful(files):
    killed = [each.fault for each in SURVIVORS if judge(each, files)["killed"]]
    if killed:
        print(f"killed, though they had to survive: {' '.join(killed)}", file=sys.stderr)
    return not killed


def print_mutant(row, full):
    verdict = "killed" if row["killed"] else "SURVIVED"
    line = f"{verdict:<9}{row['family']:<10}{row['flag']:<20}{row['program']:<9}"
    counts = "".join(f"{row['families'].get(family) or '.':>10}" for family in FAMILIES)
    told = counts if full else row["wrong"] or row["what"]
    print(f"{line} {row['mutant']:<21}{told}", flush=True)
    if full and row["wrong"]:
        print(f"         {row['wrong']}", flush=True)


def judge_all(mutants, files, options):
    """How many mutants were killed."""
    killed = 0
    if options.full and not options.json:
        print(f"{'':<70}" + "".join(f"{family:>10}" for family in FAMILIES))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for row in pool.map(lambda each: judge(each, files), mutants):
            killed += row["killed"]
            if options.json:
                print(json.dumps(row), flush=True)
            else:
                print_mutant(row, options.full)
    return killed


# ---- Receivers that are right --------------------------------------------------------------------

def correct(name, vectors):
    """A receiver of the folder correct/, with what it keeps in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="hookgauge-kept-") as folder:
        def command(port):
            return CORRECT[name] + [str(HERE / "correct" / name), str(port), folder]
        def count(token):
            return kept_files(folder, token)
        with Held(command, count, {"WEBHOOK_SECRET": SECRET}) as held:
            return over_http(held, vectors)


def our_own(vectors):
    """hookgauge receive with a store on disk: the receiver in C."""
    with tempfile.TemporaryDirectory(prefix="hookgauge-kept-") as folder:
        store = f"sqlite:{folder}/inbox.db"
        def command(port):
            return [BINARY, "receive", "--scheme", "webinone", "--secret", "env:WEBHOOK_SECRET",
                    "--path", "/api/webhook", "--listen", f"127.0.0.1:{port}", "--store", store,
                    "--log-level", "error"]
        def count(_):
            return subprocess.run([BINARY, "inbox", "list", "--count", store], check=True,
                                  capture_output=True, text=True).stdout.strip()
        with Held(command, count, {"WEBHOOK_SECRET": SECRET}) as held:
            return over_http(held, vectors)


def good_runs(files):
    """Names and functions: the twin of the mutants, line by line, with statuses and over HTTP; then
    those that share nothing with it."""
    webinone, standard = files.of("webinone"), files.of("standard")
    yield "webinone", lambda: by_lines("webinone", None, webinone)
    yield "webinone, statuses", lambda: by_lines("webinone", None, webinone, "--status")
    yield "webinone, http", lambda: by_http(None, webinone)
    yield "standard", lambda: by_lines("standard", None, standard)
    yield "hookgauge receive", lambda: our_own(webinone)
    for name in CORRECT:
        yield name, lambda name=name: correct(name, webinone)


def is_good(name, report):
    wrong = [case["id"] for case in report.failed if case["id"] not in UNABLE.get(name, ())]
    counts = report.counts
    print(f"{'passed' if not wrong else 'FAILED':<9}{name:<20}{counts['passed']:>6} passed, "
          f"{counts['skipped']} skipped {' '.join(wrong[:5])}", file=sys.stderr, flush=True)
    return report.code == 0 and not wrong and counts["passed"] > 0


def judge_good(files, options):
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = [(name, pool.submit(run)) for name, run in good_runs(files)]
        return [is_good(name, future.result()) for name, future in runs]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("fault", nargs="*", help="only these mutants")
    options = parser.parse_args()
    mutants = [each for each in MUTANTS if not options.fault or each.fault in options.fault]
    with tempfile.TemporaryDirectory(prefix="hookgauge-alarms-") as scratch:
        files = Files(scratch, mutants + SURVIVORS, options.full)
        watchful = is_watchful(files)
        right = judge_good(files, options) if not options.fault else []
        killed = judge_all(mutants, files, options)
    print(f"{sum(right)} right receivers passed, {len(right) - sum(right)} failed", file=sys.stderr)
    print(f"alarms: {killed} killed, {len(mutants) - killed} survived", file=sys.stderr)
    return 0 if watchful and all(right) and killed == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
