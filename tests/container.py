#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the Containerfile without a container engine: each stage is a bare Debian root made by
debootstrap, each RUN a chroot into it. Then the command is started as the image would start it.

    tests/container.py [BASE]      needs root, debootstrap and a Debian mirror; BASE: a root made before

Not part of `make test`: it downloads two systems. debian:12-slim is such a root with less in it.
"""
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BASE = "docker.io/library/debian:12-slim"
MIRROR = "http://deb.debian.org/debian"
LIMIT_S = 1800
ENV = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


def instructions():
    """(word, rest) of each line, continued lines joined."""
    lines = (ROOT / "Containerfile").read_text().replace("\\\n", " ").splitlines()
    return [tuple(line.split(None, 1)) for line in lines if line and not line.startswith("#")]


def chroot(root, words, user="0:0", folder="/"):
    script = f"cd {shlex.quote(folder)} && exec {shlex.join(words)}"
    return subprocess.run(["chroot", f"--userspec={user}", "--groups=", root, "/bin/sh", "-c", script], env=ENV,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=LIMIT_S)


class Stage:
    def __init__(self, base, root):
        subprocess.run(["cp", "-a", base, root], check=True)
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        self.root, self.folder, self.user, self.start, self.words = root, "/", "0:0", [], []

    def at(self, path):
        return self.root / os.path.join(self.folder, path).lstrip("/")

    def copy(self, rest, stages):
        words = rest.split()
        source = ROOT
        if words[0].startswith("--from="):
            source = stages[words.pop(0).removeprefix("--from=")].root
        path = source / words[0].lstrip("/")
        if path.is_dir():  # what .dockerignore lists is not sent to an engine
            shutil.copytree(path, self.at(words[1]), dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns(".git", "build", "__pycache__"))
        else:
            self.at(words[1]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, self.at(words[1]))

    def follow(self, word, rest, stages):
        if word == "WORKDIR":
            self.folder = rest
            self.at("").mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            self.copy(rest, stages)
        elif word == "RUN":
            done = chroot(self.root, ["/bin/sh", "-c", rest], folder=self.folder)
            if done.returncode != 0:
                sys.exit(f"RUN {rest}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        elif word == "USER":
            self.user = rest
        elif word in ("ENTRYPOINT", "CMD"):
            setattr(self, "start" if word == "ENTRYPOINT" else "words", json.loads(rest))
        else:
            sys.exit(f"{word}: not known here")


def build(base, scratch):
    """Follows all instructions; the last stage."""
    stages = {}
    for word, rest in instructions():
        if word == "FROM":
            image, *name = rest.split(" AS ")
            if image != BASE:
                sys.exit(f"{image}: only {BASE} is known here")
            stage = stages[name[0] if name else ""] = Stage(base, scratch / f"stage{len(stages)}")
        else:
            stage.follow(word, rest, stages)
        print(f"ok   {word} {rest[:80]}", flush=True)
    return stage


def try_image(image):
    """(what, whether it held, details) of the image as it would be started."""
    def start(*words):
        return chroot(image.root, [*image.start, *words], image.user, image.folder)
    done = start(*image.words)
    yield "CMD alone", done.returncode == 0 and "usage: hookgauge" in done.stdout, done
    done = start("test", "lib", "--scheme", "github")
    yield "test lib", done.returncode == 0 and " 0 failed" in done.stdout, done
    done = start("inbox", "list", "none.db")
    yield "a store that is not there", done.returncode != 0, done
    done = chroot(image.root, ["/bin/sh", "-c", "touch /usr/bin/x || touch in-data"], image.user, image.folder)
    yield "may write to its folder and nowhere else", done.returncode == 0 and "denied" in done.stderr and \
        (image.at("in-data")).exists(), done
    done = chroot(image.root, ["/bin/sh", "-c", "command -v gcc make"])
    yield "nothing of the build", done.returncode != 0, done


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="hookgauge-container-") as folder:
        scratch = Path(folder)
        base = Path(sys.argv[1]) if len(sys.argv) > 1 else scratch / "base"
        if not base.exists():
            subprocess.run(["debootstrap", "--variant=minbase", "bookworm", base, MIRROR], check=True,
                           stdout=subprocess.DEVNULL, timeout=LIMIT_S)
        for name, held, detail in try_image(build(base, scratch)):
            print(f"{'ok  ' if held else 'FAIL'} {name}")
            passed, failed = passed + held, failed + (not held)
            if not held:
                print(detail)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
