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
JOBS = "2"


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
    """The arguments of hookgauge test that reach it; a receiver runs for as long."""
    scheme = ["--scheme", implementation.scheme, "--jobs", JOBS]
    if not implementation.receiver:
        yield ["cmd:" + shlex.join(implementation.command), *scheme]
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
        yield [f"http://127.0.0.1:{port}{implementation.receiver}", *scheme]
    finally:
        child.terminate()
        child.wait(timeout=START_S)


def measure(implementation):
    """The lines of --json for its cases, each with its family, and with a reason where its verdict is
    not this implementation's job."""
    cases = {case["id"]: case for group in vectors(implementation.scheme)["groups"]
             for case in group["cases"]}
    with target(implementation) as arguments:
        done = subprocess.run([COMMAND, "test", *arguments, "--json"], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{implementation.name}: exit {done.returncode}\n{done.stderr}")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    notes = {line["flag"]: line["note"] for line in lines if line["type"] == "flag"}
    found = [line for line in lines if line["type"] == "case"]
    for line in found:
        case = cases[line["id"]]
        line["flag"] = (line["flags"] or ["(valid)"])[0]
        line["family"] = case.get("family", line["flag"])
        line["why"] = notes[line["flag"]]
        reason = implementation.beside(case)
        if reason and line["ok"] is not None:
            line.update(ok=None, skipped=reason)
        elif implementation.refuses and line.get("got", "").startswith(implementation.refuses):
            line["ok"] = case["status"] != "ok"
    return found


def main():
    names = {each.name: each for each in ALL}
    if sys.argv[1:] == ["--list"]:
        print("\n".join(names))
        return 0
    if sys.argv[1:] and sys.argv[1] not in names:
        sys.exit(f"{sys.argv[1]}: no such name; --list has them")
    fetch()
    if sys.argv[1:]:
        with target(names[sys.argv[1]]) as arguments:
            return subprocess.run([COMMAND, "test", *arguments, *sys.argv[2:]]).returncode
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
