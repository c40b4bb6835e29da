#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the compilers do not check: who includes whom, where third-party libraries are named,
functions that are never right here, the first line of each file, and the format.

Every rule is tried first on a line that breaks it: a rule that can't fail is a defect.
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ["include", "core", "base", "sender", "receiver", "harness", "cli"]

# Who may include whom; a folder may always include itself.
ARROWS = {
    "include": [],
    "core": ["hookgauge.h"],
    "base": ["hookgauge.h"],
    "sender": ["hookgauge.h", "base/"],
    "receiver": ["hookgauge.h", "base/", "sender/transport.h"],
    "harness": ["hookgauge.h", "base/", "sender/transport.h"],
    "cli": ["hookgauge.h", "base/", "sender/", "receiver/", "harness/"],
}

# A third-party header, and the only files that may name it.
LIBRARIES = {
    r"openssl/": ["core/crypto.c"],
    r"cjson/": ["base/json.h", "base/json.c"],
    r"microhttpd\.h": ["receiver/http.c", "receiver/http.h"],
    r"gnutls/": ["receiver/tls.c"],
    r"curl/": ["sender/transport_inside.h"],
    r"zlib\.h": ["cli/inflate.c"],
    r"nats/": ["receiver/stream_link.h"],
    r"sqlite3\.h": ["receiver/sqlite.h"],
}

# Calls that are never right here, and why.
BANNED = {
    r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|strncpy|strncat|alloca)\s*\(": "no bound",
    r"\b(atoi|atol|atoll|atof|scanf|sscanf)\s*\(": "no error",
    r"\b(rand|srand|random)\s*\(": "guessable",
    r"\b(system|popen)\s*\(": "a shell",
    r"\bassert\s*\(": "goes away with NDEBUG",
    r"\bsig_atomic_t\b": "no thread may read it while another writes: base/stop_flag.h",
}

# Calls that have a home: others go by what its header offers.
HOMES = {r"\bclock_gettime\s*\(": "base/clock.c"}

# memcmp stops at the first difference: only for public text, in these files and no more often.
MEMCMP = {"core/text.h": 1, "core/time.c": 2, "core/form.c": 1}


def sources():
    for folder in HOUSE:
        yield from sorted((ROOT / folder).glob("*.[ch]"))


def check_line(name, line):
    """What is wrong with one line of the file of that name; None when nothing is."""
    folder = name.split("/")[0]
    include = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
    if include and line.strip().startswith('#include "'):
        target = include.group(1)
        if not target.startswith(folder + "/") and not any(
                target == allowed or (allowed.endswith("/") and target.startswith(allowed))
                for allowed in ARROWS[folder]):
            return f"{folder} may not include {target}"
    if include:
        for pattern, files in LIBRARIES.items():
            if re.match(pattern, include.group(1)) and name not in files:
                return f"{include.group(1)} belongs in {files[0]}"
    code = re.sub(r'"(\\.|[^"\\])*"', '""', line)
    code = "" if re.match(r"\s*(/?\*|//)", code) else code  # comments are prose
    for pattern, why in BANNED.items():
        if re.search(pattern, code):
            return f"banned ({why}): {line.strip()}"
    for pattern, home in HOMES.items():
        if re.search(pattern, code) and name != home:
            return f"belongs in {home}: {line.strip()}"
    if len(line.rstrip("\n")) > 100:
        return "longer than 100 columns"
    return None


def check_file(path):
    name = str(path.relative_to(ROOT))
    text = path.read_text()
    problems = []
    if not text.startswith("/* SPDX-License-Identifier: MIT\n"):
        problems.append(f"{name}:1: no SPDX line")
    for number, line in enumerate(text.splitlines(), 1):
        problem = check_line(name, line)
        if problem:
            problems.append(f"{name}:{number}: {problem}")
    if name.startswith("core/"):
        found = len(re.findall(r"\bmemcmp\s*\(", text))
        if found > MEMCMP.get(name, 0):
            problems.append(f"{name}: {found} calls of memcmp, {MEMCMP.get(name, 0)} are known")
    return problems


def self_test():
    """Each rule on a line that breaks it, and on a twin that does not."""
    bad = [("core/x.c", '#include "base/buf.h"'), ("base/x.c", '#include "sender/transport.h"'),
           ("receiver/x.c", '#include "sender/settings.h"'), ("core/x.c", "#include <openssl/sha.h>"),
           ("harness/x.c", "#include <curl/curl.h>"), ("cli/x.c", "    strcpy(a, b);"),
           ("cli/x.c", "    n = atoi(text);"), ("cli/x.c", "    system(command);"),
           ("base/x.c", "    assert(length > 0);"), ("base/x.c", "x" * 101),
           ("cli/x.c", "static volatile sig_atomic_t asked;"), ("base/x.c", "    clock_gettime(clock, &now);")]
    good = [("core/x.c", '#include "core/text.h"'), ("base/x.c", '#include "hookgauge.h"'),
            ("receiver/x.c", '#include "sender/transport.h"'), ("cli/x.c", '    say("system(x)");'),
            ("core/crypto.c", "#include <openssl/sha.h>"), ("base/x.c", "x" * 100),
            ("cli/x.c", "static struct stop_flag asked;"), ("base/clock.c", "    clock_gettime(clock, &now);")]
    return [f"lint itself: missed {line!r}" for name, line in bad if not check_line(name, line)] + \
           [f"lint itself: refused {line!r}" for name, line in good if check_line(name, line)]


def check_format(files):
    """clang-format agrees with every file."""
    if not shutil.which("clang-format"):
        return ["clang-format is not installed: run ./setup"]
    done = subprocess.run(["clang-format", "--dry-run", *map(str, files)], capture_output=True,
                          text=True, cwd=ROOT)
    return [line for line in done.stderr.splitlines() if "warning:" in line]


def check_manuals():
    """mandoc has nothing to say about the manual pages."""
    pages = sorted((ROOT / "man").glob("*.[1-8]"))
    if not pages or not shutil.which("mandoc"):
        return ["no manual pages, or mandoc is not installed: run ./setup"]
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *map(str, pages)],
                          capture_output=True, text=True)
    return done.stdout.splitlines() + done.stderr.splitlines()


def main():
    files = list(sources())
    tests = [path for folder in ("tests", "examples", "vectors") for path in
             sorted((ROOT / folder).glob("**/*.[ch]"))]
    problems = self_test() + check_format(files + tests) + check_manuals()
    for path in files:
        problems += check_file(path)
    for problem in problems:
        print(problem)
    print(f"{len(files) + len(tests)} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
