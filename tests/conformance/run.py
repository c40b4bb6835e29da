#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What libraries and receivers that many people use make of our cases.

    tests/conformance/run.py                    all of them; writes docs/results.md
    tests/conformance/run.py NAME [OPTION ...]  one, with options of hookgauge test, such as --only ID
    tests/conformance/run.py --list             the names

Fetches what is missing into build/conformance (npm, Debian) and installs nothing. Its exit code is 0
when everything could be measured: faults of others are results here, not failures.
"""
import contextlib
import json
import os
import shlex
import socket
import subprocess
import sys
import time


from implementations import ALL, PLACE, ROOT, fetch, runtimes
from page import page

COMMAND = os.environ.get("HOOKGAUGE", str(ROOT / "build/hookgauge"))
START_S = 30  # for a receiver to take connections
ANSWER_S = "5"  # for one answer of a receiver on this machine
ENDINGS_MAX = 64  # of one receiver's process, each of which costs a start
UNANSWERED = ("no answer", "given up")
ENDED = "its process ended"


def vectors(scheme):
    return json.loads((ROOT / f"vectors/{scheme}.json").read_text())


def public_secret(scheme):
    """The secret of the vectors, so that nobody's own is needed."""
    return next(group["secret"] for group in vectors(scheme)["groups"] if "secret" in group)


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def target(implementation):
    """The name of the target, for hookgauge test, and its process; a receiver runs for as long."""
    if not implementation.receiver:
        yield "cmd:" + shlex.join(implementation.command), None
        return
    port = free_port()
    command = [part.replace("{port}", str(port)) for part in implementation.command]
    env = {**os.environ, "SECRET": public_secret(implementation.scheme)}
    with (PLACE / f"{implementation.name}.log").open("wb") as log:
        child = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until = time.monotonic() + START_S
        while not answers(port):
            if child.poll() is not None or time.monotonic() > until:
                sys.exit(f"{implementation.name}: did not start, see {log.name}")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}{implementation.receiver}", child
    finally:
        child.terminate()
        child.wait(timeout=START_S)


def ask(implementation, given):
    """The lines of --json, and whether the process has ended over it. One case at a time where it has
    a process that may end, so that it is known which one did it."""
    with target(implementation) as (name, child):
        jobs = ["--jobs", "1", "--timeout", ANSWER_S] if child else []
        done = subprocess.run([COMMAND, "test", name, *given, *jobs, "--json"], capture_output=True,
                              text=True)
        ended = child is not None and child.poll() is not None
    skipped = done.returncode == 3 and '"type": "summary"' in done.stdout  # all that was to be asked
    if done.returncode not in (0, 1) and not ended and not skipped:
        sys.exit(f"{implementation.name}: exit {done.returncode}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()], ended


def only(scheme, ids):
    """The arguments that choose these cases; a twin is among them only with the valid case it is of."""
    file = vectors(scheme)
    for group in file["groups"]:
        group["cases"] = [case for case in group["cases"] if case["id"] in ids]
    file["groups"] = [group for group in file["groups"] if group["cases"]]
    file["count"] = len(ids)
    path = PLACE / f"{scheme}.rest.json"
    path.write_text(json.dumps(file))
    return ["--vectors", str(path)]


def culprit(asked):
    """Which of the cases asked, in order, ended the process: the first that got no answer, or the one
    before, where the end of its connection was taken for a refusal."""
    first = next((i for i, line in enumerate(asked) if line["got"].startswith(UNANSWERED)), len(asked))
    return first - 1 if first == len(asked) or (first > 0 and asked[first - 1]["got"] == "refused") else first


def ask_all(implementation, given):
    """The same for a process that ends under a case: started anew for the cases behind it, and for each
    twin of a valid case that must not be sent again."""
    scheme = ["--scheme", implementation.scheme]
    lines, ended = ask(implementation, [*scheme, *given])
    found = {line["id"]: line for line in lines if line["type"] == "case"}
    asked = [line for line in found.values() if "got" in line]
    for _ in range(ENDINGS_MAX):
        if not ended:
            return lines, found
        at = culprit(asked)
        asked[at].update(got=ENDED, ok=False)
        rest = {line["id"] for line in asked[at + 1:]}
        orphans = [name for name in rest if "/" in name and name.partition("/")[0] not in rest]
        for name in orphans:
            again, ended = ask(implementation, [*scheme, "--only", name])
            found[name] = next((line for line in again if line["type"] == "case"), found[name])
            if ended:
                found[name].update(got=ENDED, ok=False)
        rest -= set(orphans)
        if not rest:
            return lines, found
        again, ended = ask(implementation, only(implementation.scheme, rest))
        asked = [line for line in again if line["type"] == "case"]
        found.update({line["id"]: line for line in asked})
    sys.exit(f"{implementation.name}: its process ended {ENDINGS_MAX} times")


def measure(implementation, *given):
    """The lines of its cases, of all or of those that the options given choose, each with its family,
    and with a reason where its verdict is not this implementation's job."""
    cases = {case["id"]: case for group in vectors(implementation.scheme)["groups"]
             for case in group["cases"]}
    lines, found = ask_all(implementation, given)
    notes = {line["flag"]: line["note"] for line in lines if line["type"] == "flag"}
    for line in found.values():
        case = cases[line["id"]]
        line["flag"] = (line["flags"] or ["(valid)"])[0]
        line["family"] = case.get("family", line["flag"])
        line["why"] = notes[line["flag"]]
        reason = implementation.beside(case)
        if reason and line["ok"] is not None:
            line.update(ok=None, skipped=reason)
        elif implementation.refuses and line.get("got", "").startswith(implementation.refuses):
            line["ok"] = case["status"] != "ok" or "either" in case
    return list(found.values())


def main():
    names = {each.name: each for each in ALL}
    if sys.argv[1:] == ["--list"]:
        print("\n".join(names))
        return 0
    if sys.argv[1:] and sys.argv[1] not in names:
        sys.exit(f"{sys.argv[1]}: no such name; --list has them")
    fetch()
    if sys.argv[1:]:
        one = names[sys.argv[1]]
        with target(one) as (name, _):
            return subprocess.run([COMMAND, "test", name, "--scheme", one.scheme,
                                   *sys.argv[2:]]).returncode
    results = []
    for each in ALL:
        start = time.monotonic()
        results.append((each, measure(each)))
        asked = sum(line["ok"] is not None for line in results[-1][1])
        print(f"{each.name:24} {asked:5} cases asked {time.monotonic() - start:6.1f} s", flush=True)
    (ROOT / "docs/results.md").write_text(page(results, runtimes()))
    print(f"docs/results.md: {len(results)} implementations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
