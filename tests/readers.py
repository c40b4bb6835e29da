#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The readers of vectors/readers agree with every vector, notice a changed one, and are as short as
promised; and the archive of `make dist-vectors` is the same each time and works where it is unpacked.

    tests/readers.py      the last line is "N passed, N failed"
"""
import copy
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VECTORS = ROOT / "vectors"
FILES = {"webinone": 3000, "github": 43}  # the fewest cases a reader must have judged
LINES_MAX = {"reader.py": 30, "reader.js": 30, "reader.c": 80}  # C has neither JSON nor lists
LIMIT_S = 120


def tool(*command, **more):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=LIMIT_S, **more)


def lines_of_code(path):
    """Lines that are not blank, comment, include or import, nor a bracket alone."""
    text = re.sub(r'"""(.*?)"""|/\*.*?\*/', "", path.read_text(), flags=re.S)
    passed_over = re.compile(r"\s*([]{}();>]*$|#|//|import |const \w+ = require\()")
    defines = re.compile(r"#define ")
    return sum(1 for line in text.splitlines() if defines.match(line) or not passed_over.match(line))


def commands(readers, scratch):
    """How each reader is started; the one in C is compiled first."""
    program = scratch / "reader"
    built = tool(os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wconversion",
                 "-Wshadow", "-Werror", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
                 readers / "reader.c", "-lcjson", "-lcrypto", "-o", program)
    yield "reader.c compiles", built.returncode == 0, built
    return {"reader.c": [program], "reader.js": ["node", readers / "reader.js"],
            "reader.py": [sys.executable, readers / "reader.py"]}


def read(command, path):
    """(cases, differing, ids told, whether the exit code fits)."""
    with path.open() as file:  # the one in C reads standard input, the others files
        done = tool(*command, *([path] if len(command) > 1 else []), stdin=file)
    found = re.search(r"(?:^|\n)(\d+) cases, (\d+) differ\n$", done.stdout)
    if found is None:
        return 0, 0, [done.stdout, done.stderr], False
    count, differ = int(found[1]), int(found[2])
    return count, differ, done.stdout.splitlines()[:-1], done.returncode == (1 if differ or not count else 0)


def changed(document):
    """Copies of a file that each reader must notice, with the id of the case that is wrong then."""
    def first(group, wanted):
        return next(case for case in group["cases"] if wanted(case) and "needs" not in case)
    for name, wanted, change in (
            ("a verdict", lambda case: case["status"] == "mismatch", lambda case: case.update(status="ok")),
            ("a verdict, the other way", lambda case: case["status"] == "ok",
             lambda case: case.update(status="mismatch")),
            ("a byte of a body", lambda case: case["status"] == "ok" and case["request"].get("body"),
             lambda case: case["request"].update(body=case["request"]["body"][:-1] + "]")),
            ("a header left out", lambda case: case["status"] == "ok",
             lambda case: case["request"]["headers"].pop())):
        copied = copy.deepcopy(document)
        case = first(copied["groups"][0], wanted)
        change(case)
        yield name, copied, case["id"]


def test_agreement(started, vectors):
    """Every reader and every file it knows."""
    for reader, command in started.items():
        for scheme, fewest in FILES.items():
            got = read(command, vectors / f"{scheme}.json")
            yield f"{reader} on {scheme}", got[0] >= fewest and got[1:] == (0, [], True), got
    counts = {read(command, vectors / "github.json")[0] for command in started.values()}
    yield "all judge as many", len(counts) == 1, counts


def test_alarms(started, scratch):
    for scheme in FILES:
        document = json.loads((VECTORS / f"{scheme}.json").read_text())
        document["groups"] = document["groups"][:1]
        document["groups"][0]["cases"] = document["groups"][0]["cases"][:60]
        for name, copied, wrong in changed(document):
            path = scratch / "changed.json"
            path.write_text(json.dumps(copied))
            for reader, command in started.items():
                got = read(command, path)
                yield f"{reader} notices {name} in {scheme}", got[1:] == (1, [wrong], True), got
    path = scratch / "empty.json"
    path.write_text(json.dumps({**document, "groups": []}))
    for reader, command in started.items():
        got = read(command, path)
        yield f"{reader}: nothing read is a failure", got == (0, 0, [], True), got


def test_length():
    for name, most in LINES_MAX.items():
        lines = lines_of_code(VECTORS / "readers" / name)
        yield f"{name} is short", 10 < lines <= most, lines


def make_archive(root, folder):
    """Makes it into a folder of its own, from a tree that need not be ours; its one file."""
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    done = tool("make", "-s", "-C", root, "dist-vectors", f"DIST={folder}", env=env)
    made = list(folder.glob("*")) if folder.exists() else []
    return made[0] if len(made) == 1 and done.returncode == 0 else sys.exit(f"make dist-vectors: {done}")


def copy_tree(to):
    """What the archive is made of, as somebody else has it: other times, a narrow umask."""
    for name in ("Makefile", "LICENSE", "include/hookgauge.h",
                 *(str(path.relative_to(ROOT)) for path in kept_files())):
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
        target.chmod(0o700 if os.access(ROOT / name, os.X_OK) else 0o600)
        os.utime(target, (1000000000, 1000000000))
    return to


def kept_files():
    return [path for path in VECTORS.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def test_archive(scratch):
    """Made here and from a copy, then what is inside."""
    first = make_archive(ROOT, scratch / "one")
    second = make_archive(copy_tree(scratch / "copy"), scratch / "two")
    yield "two archives, the same bytes", first.read_bytes() == second.read_bytes(), first
    with tarfile.open(first) as archive:
        members = archive.getmembers()
        names = [member.name for member in members]
        facts = {(member.mtime, member.uid, member.gid, member.uname, member.gname) for member in members}
        yield "one time and no owner", len(facts) == 1 and next(iter(facts))[1:] == (0, 0, "", ""), facts
        yield "sorted", names == sorted(names), names
        top = names[0].split("/")[0]
        yield "in a folder of its own", first.name == f"{top}.tar.gz" and \
            all(name.split("/")[0] == top for name in names), names
        archive.extractall(scratch, filter="data")
    inside = {str(path.relative_to(scratch / top)) for path in (scratch / top).rglob("*") if path.is_file()}
    names = {str(path.relative_to(VECTORS)) for path in kept_files()}
    yield "all of vectors/ and the license", inside == names | {"LICENSE"}, inside ^ names
    yield "bytes as in the tree", all((scratch / top / name).read_bytes() == (VECTORS / name).read_bytes()
                                      for name in names & inside), top
    unpacked = scratch / top
    started = yield from commands(unpacked / "readers", scratch)
    yield from test_agreement(started, unpacked)


def main():
    passed = failed = 0

    def all_tests(scratch):
        started = yield from commands(VECTORS / "readers", scratch)
        yield from test_agreement(started, VECTORS)
        yield from test_alarms(started, scratch)
        yield from test_length()
        yield from test_archive(scratch)

    with tempfile.TemporaryDirectory(prefix="hookgauge-readers-") as folder:
        for name, held, detail in all_tests(Path(folder)):
            print(f"{'ok  ' if held else 'FAIL'} {name}")
            passed, failed = passed + bool(held), failed + (not held)
            if not held:
                print(detail)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
