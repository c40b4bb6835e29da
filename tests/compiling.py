# SPDX-License-Identifier: MIT
"""What the fuzz, constant-time and benchmark runs share: building their own programs.

They need the same sources with flags of their own (sanitizers, optimisation levels), so each has
its own folder below build/. A program is made again only when something it was made from is newer.
"""
import os
import shlex
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WARN = ("-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla "
        "-Wformat=2").split()
BASE = ["-std=c11", "-D_GNU_SOURCE", "-Iinclude", "-I.", "-g", "-fvisibility=hidden", "-MMD", "-MP"]
LIBS = "-lmicrohttpd -lgnutls -lcurl -lsqlite3 -lcjson -lnats -lcrypto -lpthread".split()
LIMIT_S = 300  # of one compiler call


def compiler(default="cc"):
    """CC of the environment, which may hold arguments."""
    return shlex.split(os.environ.get("CC", "")) or [default]


def have(program):
    return shutil.which(program) is not None


def extra_flags():
    return shlex.split(os.environ.get("CFLAGS", ""))


def sources(*folders, without=()):
    found = [path for folder in folders for path in sorted((ROOT / folder).glob("*.c"))]
    return [str(path.relative_to(ROOT)) for path in found if path.name not in without]


def depends(made):
    """The files that the compiler noted beside an object."""
    noted = made.with_suffix(".d")
    if not noted.exists():
        return None
    rules = noted.read_text().replace("\\\n", " ")
    return [ROOT / name for line in rules.splitlines() for name in line.partition(":")[2].split()]


def fresh(made, needs):
    """Whether a file exists and is as new as everything it needs."""
    if needs is None or not made.exists():
        return False
    age = made.stat().st_mtime_ns
    return all(need.exists() and need.stat().st_mtime_ns <= age for need in needs)


def call(command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S)
    if done.returncode != 0 or done.stderr:
        print(shlex.join(map(str, command)) + "\n" + done.stderr, end="", flush=True)
    if done.returncode != 0:
        raise SystemExit(2)


def compile_object(cc, flags, source, folder):
    made = folder / Path(source).with_suffix(".o")
    command = [*cc, *BASE, *WARN, *flags, *extra_flags(), "-c", "-o", str(made), str(source)]
    noted = made.with_suffix(".cmd")  # other flags make another object
    same = noted.exists() and noted.read_text() == shlex.join(command)
    if not (same and fresh(made, depends(made))):
        made.parent.mkdir(parents=True, exist_ok=True)
        call(command)
        noted.write_text(shlex.join(command))
    return made


def compile_objects(cc, flags, names, folder, jobs=None):
    """The objects of several sources, two or more at a time."""
    with ThreadPoolExecutor(jobs or os.cpu_count() or 2) as pool:
        return list(pool.map(lambda name: compile_object(cc, flags, name, folder), names))


def link(cc, flags, objects, libs, made):
    made.parent.mkdir(parents=True, exist_ok=True)
    if not fresh(made, objects):
        call([*cc, *flags, *extra_flags(), "-o", str(made), *map(str, objects), *libs])
    return made
