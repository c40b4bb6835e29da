#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The alarms: a test that can't fail shows nothing, so here the harness has to fail receivers.

Every receiver of receiver.py that is broken in one way must be failed on the flag that names its
fault, and on no flag that the fault does not explain; the one that is right must pass. Exit code 0
only then. HOOKGAUGE names the command under test.
"""
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

import standard
from receiver import FAULTS

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("HOOKGAUGE", str(ROOT / "build/asan/hookgauge"))
RECEIVER = [sys.executable, "-S", str(ROOT / "tests/alarms/receiver.py")]
STANDARD = [sys.executable, "-S", str(ROOT / "tests/alarms/standard.py")]
LIMIT_S = 120  # for one alarm, which takes about a second
COUNT = ("import socket,sys;s=socket.create_connection(('127.0.0.1',int(sys.argv[1])),10);"
         "s.sendall(b'GET /count HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n');"
         "print(s.recv(4096).partition(b'\\r\\n\\r\\n')[2].decode())")
VALID = "(valid)"  # stands for a case without a flag: a valid delivery that was refused

Alarm = collections.namedtuple("Alarm", "fault mode flag also")

ANY = None  # the fault spoils everything: what else fails is not looked at


def alarm(fault, flag, *also, mode="cmd"):
    return Alarm(fault, mode, flag, set(also) | {flag})


ALARMS = [
    Alarm("accepts-all", "cmd", "TamperedBody", ANY),
    Alarm("accepts-all", "http", "TamperedBody", ANY),
    alarm("ignores-time", "Stale", "Future", "ToleranceEdge", "Leak"),
    alarm("ignores-past", "Stale", "ToleranceEdge", "Leak"),
    alarm("ignores-past", "Stale", "ToleranceEdge", "Leak", mode="http"),
    alarm("ignores-future", "Future", "ToleranceEdge", "Leak"),
    alarm("ignores-future", "Future", "ToleranceEdge", "Leak", mode="http"),
    alarm("edge-outside", "ToleranceEdge"),
    alarm("edge-wide", "ToleranceEdge"),
    alarm("lenient-timestamp", "StrictTimestamp"),
    alarm("lenient-timestamp", "StrictTimestamp", mode="http"),
    alarm("timestamp-unbound", "TamperedTimestamp"),
    alarm("compares-prefix", "TruncatedSignature", "EmptySignature"),
    alarm("compares-prefix", "TruncatedSignature", "EmptySignature", mode="http"),
    alarm("empty-signature", "EmptySignature"),
    alarm("empty-signature", "EmptySignature", mode="http"),
    alarm("any-prefix", "StrictSignature", "AlgorithmConfusion", "SignatureList"),
    alarm("missing-signature", "MissingHeader", "Unsigned", "UrlSecret", "Leak"),
    alarm("unsigned", "Unsigned"),
    alarm("unsigned", "Unsigned", mode="http"),
    alarm("ignores-event", "MissingHeader"),
    alarm("ignores-event", "MissingHeader", mode="http"),
    alarm("event-unbound", "TamperedEvent"),
    alarm("event-unbound", "TamperedEvent", mode="http"),
    alarm("loose-boundary", "BoundaryMoved", "StrictEvent"),
    alarm("loose-boundary", "BoundaryMoved", "StrictEvent", mode="http"),
    alarm("loose-event", "StrictEvent"),
    alarm("first-header", "RepeatedHeader"),
    alarm("first-header", "RepeatedHeader", mode="http"),
    alarm("last-header", "RepeatedHeader"),
    alarm("case-sensitive", "HeaderForm", "RepeatedHeader"),
    alarm("stops-at-nul", "NulInBody", "TamperedBody"),
    alarm("stops-at-nul", "NulInBody", "TamperedBody", mode="http"),
    Alarm("reencodes", "cmd", "Reencoded", ANY),
    alarm("reencodes-too", "Reencoded", "TamperedBody", "Encoding"),
    alarm("reencodes-too", "Reencoded", "TamperedBody", "Encoding", mode="http"),
    alarm("trims-body", "TamperedBody", "Reencoded"),
    alarm("decodes-body", "Encoding", "DecodedBody"),
    alarm("empty-body", "EmptyBodySignature", "NulInBody", "TamperedBody"),
    alarm("published-secret", "WrongSecret", "UrlSecret", "Leak"),
    alarm("url-secret", "UrlSecret"),
    alarm("url-secret", "UrlSecret", mode="http"),
    alarm("first-secret", "KeyRing"),
    alarm("last-secret", "KeyRing"),
    alarm("stores-twice", "Duplicate", "Concurrent", "Replay", "Restart", mode="http"),
    alarm("refuses-repeat", "Duplicate", "Concurrent", "Replay", "Restart", mode="http"),
    alarm("no-chunks", "Chunked", "Expect", "Framing", "Smuggling", mode="http"),
    Alarm("crashes", "http", "MissingHeader", ANY),
]


# Those of standard.py, in the order of its faults.
ALARMS += [alarm(*each, mode="standard") for each in (
    ("signs-the-number", "StrictTimestamp"),
    ("leading-digits", "StrictTimestamp"),
    ("any-digits", "StrictTimestamp"),
    ("time-to-nul", "StrictTimestamp"),
    ("milliseconds", "Future"),
    ("wraps-at-32", "Future"),
    ("wraps-at-64", "Future"),
    ("lenient-base64", "StrictSignature", "SignatureList"),
    ("compares-prefix", "TruncatedSignature", "StrictSignature"),
    ("first-item", "SignatureList", "KeyRing"),
    ("last-item", "SignatureList"),
    ("first-of-version", "SignatureList", "KeyRing"),
    ("any-version", "SignatureList"),
    ("second-part", "SignatureList"),
    ("any-blank", "SignatureList"),
    ("stops-at-odd-item", "SignatureList"),
    ("version-upper", "SignatureList"),
    ("few-items", "SignatureList"),
    ("dotted-id", "StrictId", "BoundaryMoved"),
    ("any-id", "StrictId"),
    ("first-header", "RepeatedHeader"),
    ("svix-names", "MissingHeader"),
    ("case-sensitive", "HeaderForm", "RepeatedHeader"),
    ("decodes-body", "DecodedBody", "Encoding"),
    ("text-only", "Encoding"),
    ("skips-mark", "Encoding", "TamperedBody"),
    ("trims-body", "TamperedBody", "Reencoded", "Encoding", VALID),
    ("one-kind-of-line-end", "Reencoded", "Encoding"),
    ("large-cut", "Encoding"),
    ("padding-needed", "KeyDecoding"),
    ("prefix-needed", "KeyDecoding"),
    ("key-as-text", "KeyDecoding"),
    ("first-secret", "KeyRing"),
    ("keeps-expired", "WrongSecret"))]


VECTORS = json.loads((ROOT / "vectors/webinone.json").read_text())
STANDARD_VECTORS = json.loads((ROOT / "vectors/standard-webhooks.json").read_text())
SECRET = VECTORS["groups"][0]["secret"]


def write_few(path):
    """Of the 116 alike families of cases only those of one item type, for speed; all others."""
    def stays(case):
        return not re.fullmatch(r"(?!order-)[a-z]+-on[a-z]+", case.get("of", case["id"]))

    groups = [{**group, "cases": [case for case in group["cases"] if stays(case)]}
              for group in VECTORS["groups"]]
    count = sum(len(group["cases"]) for group in groups)
    path.write_text(json.dumps({**VECTORS, "count": count, "groups": groups}))
    return path


def hookgauge(*arguments, vectors=None):
    """Runs the harness; returns its exit code and its JSON."""
    chosen = ["--vectors", str(vectors)] if vectors else []
    done = subprocess.run([BINARY, "test", *arguments, *chosen, "--json", "--jobs", "2"],
                          capture_output=True, timeout=LIMIT_S)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr.decode(errors="replace").strip())
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, {"cases": [line for line in lines if line["type"] == "case"],
                             "counts": lines[-1]}


def test_cmd(fault, *more, vectors=None):
    command = shlex.join(RECEIVER + ["--cmd", *more] + (["--fault", fault] if fault else []))
    return hookgauge("cmd:exec " + command, vectors=vectors)


def test_standard(fault, vectors=None):
    """Its own vectors, whole: there are few."""
    command = shlex.join(STANDARD + (["--fault", fault] if fault else []))
    return hookgauge("cmd:exec " + command, "--scheme", "standard-webhooks")


def test_http(fault, vectors=None):
    command = RECEIVER + ["--http", "--secret", SECRET] + (["--fault", fault] if fault else [])
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        url = child.stdout.readline().strip()
        port = url.split(":")[2].split("/")[0]
        stored = shlex.join([sys.executable, "-IS", "-c", COUNT, port])
        return hookgauge(url, "--stored", stored, vectors=vectors)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


TESTS = {"cmd": test_cmd, "http": test_http, "standard": test_standard}


def judge(each, vectors):
    """Runs one alarm; returns its row: what went wrong is empty when it was caught."""
    code, report = TESTS[each.mode](each.fault, vectors=vectors)
    failed = [case for case in report["cases"] if case["ok"] is False]
    must = [case for case in failed if case["level"] == "must"]
    wrong = []
    if code != (1 if must else 0):
        wrong.append(f"exit code {code}")
    if not any(each.flag in case["flags"] for case in failed):
        wrong.append("not on its flag")
    if each.also is not ANY:
        strange = {flag for case in failed for flag in (case["flags"] or [VALID])} - each.also
        wrong += [f"also on {', '.join(sorted(strange))}"] if strange else []
    return each, len(failed), ", ".join(wrong)


def good():
    """The receiver that is right, with and without statuses, and over HTTP with its store: every
    case of the whole file."""
    runs = {"cmd": test_cmd(None), "cmd with statuses": test_cmd(None, "--status"),
            "http": test_http(None), "standard": test_standard(None)}
    for name, (code, report) in runs.items():
        counts = report["counts"]
        strange = [case["id"] for case in report["cases"] if case["ok"] is False][:5]
        print(f"{'(none)':<20}{name:<19}{counts['passed']:>6} passed  "
              f"{'passes' if code == 0 and not strange else 'FAILED ' + ', '.join(strange)}")
        count = (STANDARD_VECTORS if name == "standard" else VECTORS)["count"]
        whole = counts["passed"] + counts["skipped"] == count
        yield code == 0 and not strange and whole and (name != "http" or counts["stored_checked"])


def main():
    untried = {*FAULTS, *standard.FAULTS} - {each.fault for each in ALARMS}
    assert not untried, f"no alarm for {untried}"
    rows = [each for each in ALARMS if not sys.argv[1:] or each.fault in sys.argv[1:]]
    print(f"{'fault':<22}{'by':<10}{'flag':<20}{'failed':>6}  verdict")
    right = list(good())
    caught = 0
    with tempfile.TemporaryDirectory(prefix="hookgauge-alarms-") as scratch, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        vectors = write_few(Path(scratch) / "few.json")
        for each, failed, wrong in pool.map(lambda row: judge(row, vectors), rows):
            print(f"{each.fault:<22}{each.mode:<10}{each.flag:<20}{failed:>6}  {wrong or 'caught'}")
            caught += not wrong
    print(f"alarms: {caught} caught, {len(rows) - caught} missed")
    return 0 if all(right) and caught == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
