#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Nothing that was acknowledged is lost.

  kill   `hookgauge receive` is killed with SIGKILL at random moments, starting or under load, and
         started again on the same store
  disk   the same on a disk that forgets what was not synced (lost_pages.c and disk.py): killed
         between two operations on its files or at a random moment; then several things that the
         disk could hold are looked at, and one of them is what the receiver goes on with

After each kill the store must be sound and hold every delivery that a client saw a 200 for, once,
and whatever was handed on. At the end of a store's life everything unanswered is sent again; all
that was ever sent must then be there once, and be handed on at least once.

Tests that can't fail show nothing: each run also finds that the check of a store notices all that
may be wrong with it, and that the disk loses acknowledged deliveries as soon as fsync, or only that
of the folder, does nothing.

A failure leaves its store in build/torture/failed and prints the line that repeats the run: with
the same seed the same sizes, order and moments are drawn, as far as a scheduler repeats itself.

usage: tests/torture/run.py [--kills N] [--seed S] [--only kill|disk]
"""
import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import sys
import tempfile
from pathlib import Path

import load
from disk import Disk, read_folder, write_folder

ROOT = Path(__file__).resolve().parents[2]
HOOKGAUGE = os.environ.get("HOOKGAUGE", str(ROOT / "build/release/hookgauge"))
SHIM = ROOT / "build/torture/lost_pages.so"
KEPT_AT = ROOT / "build/torture/failed"
DISK_TRIES = 20  # one in several kills comes before the first answer
LIFE = 10           # kills that one store goes through
SHORT_LIFE = 5      # likewise, of a short run, so that there is more than one store
IMAGES = 3          # torn ones looked at after a kill
STARTING, BY_OPERATION = 0.15, 0.6  # shares of kills while the receiver starts, and of those on
                                    # a disk before a certain operation
STARTS_S = 0.03     # which takes about that long
LOAD_S = (0.005, 0.25)      # from the first answer to the kill
OPERATIONS = (1, 3000)      # or the number of file operations before it
PATIENCE_S = 2      # for that number to be reached; then the kill comes anyway
HANDS = 16          # deliveries handed on at once
LIMIT_S = 60        # of any wait


class Failure(Exception):
    pass


def write_config(path, folder, program):
    """For a receiver whose store is in the folder and which hands on to a port."""
    endpoint = {"path": load.PATH, "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}],
                "forward": f"http://127.0.0.1:{program}/take",
                "deliver": {"concurrency": HANDS, "first_delay_s": 1, "most_delay_s": 1}}
    config = {"listen": "127.0.0.1:0", "store": f"sqlite:{folder}/inbox.db",
              "log": {"level": "error"}, "endpoints": [endpoint]}
    path.write_text(json.dumps(config))


class Receiver:
    """The real program on a store in a folder, maybe with the forgetful disk below it."""

    def __init__(self, config, env=None):
        self.config, self.env = config, env or {}
        self.child = self.port = self.drain = self.handle = None
        self.said = ""  # on standard error, when it did not come to listen

    async def start(self):
        self.child = await asyncio.create_subprocess_exec(
            HOOKGAUGE, "receive", self.config, stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE, env={**os.environ, "SECRET": load.SECRET, **self.env})
        try:
            self.handle = os.pidfd_open(self.child.pid)
        except ProcessLookupError:
            pass  # it was killed at one of its first operations

    async def listening(self):
        """Whether it comes to listen; it may be killed before."""
        said = b""
        while line := await asyncio.wait_for(self.child.stderr.readline(), LIMIT_S):
            said += line
            if found := re.search(rb"listening on http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                self.drain = asyncio.create_task(self.child.stderr.read())
                return True
        self.said = said.decode(errors="replace")
        return False

    def end(self, by):
        """Sends a signal to a receiver that may have ended already. Not by asyncio, which then
        takes the exit code away from itself."""
        with contextlib.suppress(ProcessLookupError):
            if self.handle is not None:
                signal.pidfd_send_signal(self.handle, by)

    async def ended(self):
        """Waits for the end; returns the exit code and what it wrote to standard error since."""
        code = await asyncio.wait_for(self.child.wait(), LIMIT_S)
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None
        said = (await self.drain).decode(errors="replace") if self.drain else self.said
        return code, said


# ---- A store after a kill ------------------------------------------------------------------------

def bodies_in(folder):
    """The bodies of a store's deliveries; a Failure when it is not sound. A store that was never
    finished has none."""
    path = Path(folder) / "inbox.db"
    if not path.exists():
        return []
    db = sqlite3.connect(path)
    try:
        sound = db.execute("PRAGMA integrity_check").fetchall()
        if sound != [("ok",)]:
            raise Failure(f"the store is damaged: {sound[:3]}")
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'deliveries'").fetchall():
            return []
        return [body for (body,) in db.execute("SELECT body FROM deliveries")]
    except sqlite3.DatabaseError as error:
        raise Failure(f"the store is damaged: {error}") from None
    finally:
        db.close()


def check(image, ledger, scratch):
    """Opens a copy of a store, since opening changes it; returns its bodies."""
    look = Path(scratch) / "look"
    look.mkdir(exist_ok=True)
    write_folder(look, image)
    bodies = bodies_in(look)
    problems = list(ledger.problems(bodies))
    if problems:
        raise Failure(f"{len(problems)} problems: " + "; ".join(problems[:5]))
    return bodies


# ---- Kills ---------------------------------------------------------------------------------------

class Store:
    """One store from its first receiver to its last, in a folder of its own."""

    def __init__(self, name, seed, scratch):
        self.chance = random.Random(f"{seed}.{name}")
        self.scratch = Path(scratch)
        self.folder = self.scratch / name
        self.folder.mkdir()
        self.journal = self.scratch / "journal"
        self.ledger = load.Ledger(f"{seed}.{name}", self.scratch / f"{name}.acknowledged")
        self.program = load.Program(self.ledger, random.Random(f"{seed}.{name}.program"))
        self.config = self.scratch / f"{name}.json"
        self.receiver = None  # the one that runs

    async def __aenter__(self):
        write_config(self.config, self.folder, await self.program.start())
        return self

    async def __aexit__(self, *_):
        """Also after a failure, when the receiver may still run."""
        if self.receiver and self.receiver.child:
            self.receiver.end(signal.SIGKILL)
            await self.receiver.ended()
        await self.program.close()

    async def start(self, env=None):
        self.receiver = Receiver(self.config, env)
        await self.receiver.start()
        return self.receiver

    async def ended(self):
        code, said = await self.receiver.ended()
        self.receiver = None
        return code, said

    def shim(self, kill_at, swallow):
        """The environment that puts the forgetful disk below a receiver, with a new journal."""
        self.journal.unlink(missing_ok=True)
        return {"LD_PRELOAD": str(SHIM), "LOST_PAGES_FOLDER": str(self.folder),
                "LOST_PAGES_JOURNAL": str(self.journal), "LOST_PAGES_KILL_AT": str(kill_at),
                "LOST_PAGES_SWALLOW": swallow}

    async def one_kill(self, moment, env=None):
        """Starts a receiver, loads it and has it killed."""
        receiver = await self.start(env)
        if moment == "starting":
            await asyncio.sleep(self.chance.uniform(0, STARTS_S))
            receiver.end(signal.SIGKILL)
        if await receiver.listening():
            work = asyncio.create_task(load.load(receiver.port, self.ledger, self.chance))
            await asyncio.wait([work], timeout=PATIENCE_S if moment == "operation" else
                               self.chance.uniform(*LOAD_S))
            receiver.end(signal.SIGKILL)
            await work
        receiver.end(signal.SIGKILL)
        code, said = await self.ended()
        if code != -signal.SIGKILL:
            raise Failure(f"the receiver ended by itself with {code}: {said}")

    def any_moment(self):
        return "starting" if self.chance.random() < STARTING else "loading"

    async def kill_round(self):
        await self.one_kill(self.any_moment())
        check(read_folder(self.folder), self.ledger, self.scratch)
        return 1

    async def crash(self, moment, swallow=""):
        """A kill on the forgetful disk; returns the disk."""
        low, high = OPERATIONS
        at = round(low * (high / low) ** self.chance.random()) if moment == "operation" else 0
        disk = Disk(self.folder)
        await self.one_kill(moment, self.shim(at, swallow))
        disk.crash(self.journal)
        if not disk.explains(self.folder):
            raise Failure("a file holds what the journal does not say: the shim misses a call")
        return disk

    async def disk_round(self):
        """Looks at what the disk could hold after a kill; one of these is what goes on."""
        moment = "operation" if self.chance.random() < BY_OPERATION else self.any_moment()
        disk = await self.crash(moment)
        images = [disk.lost(), disk.kept(), *(disk.torn(self.chance) for _ in range(IMAGES))]
        for image in images:
            write_folder(self.folder, image)  # the one that fails is left to look at
            check(image, self.ledger, self.scratch)
        write_folder(self.folder, self.chance.choice(images))
        return len(images)

    async def settle(self):
        """The last start: everything that was sent must be there once after it."""
        receiver = await self.start()
        if not await receiver.listening():
            raise Failure(f"the receiver does not start again: {receiver.said}")
        await load.settle(receiver.port, self.ledger, self.chance)
        if not await self.program.all_handed(LIMIT_S):
            left = self.ledger.known - self.ledger.handed
            raise Failure(f"{len(left)} were acknowledged and not handed on: {sorted(left)[:5]}")
        receiver.end(signal.SIGTERM)
        code, said = await self.ended()
        if code != 0 or self.ledger.unanswered:
            raise Failure(f"the last receiver ended with {code}, {len(self.ledger.unanswered)} "
                          f"unanswered: {said}")
        bodies = check(read_folder(self.folder), self.ledger, self.scratch)
        if len(bodies) != len(self.ledger.requests):
            raise Failure(f"{len(self.ledger.requests)} were sent, {len(bodies)} are there")


# ---- Tests that must fail ------------------------------------------------------------------------

def check_the_check(scratch):
    """Each thing that may be wrong with a store must be noticed, and nothing in one that is right;
    returns how many stores were tried."""
    ledger = load.Ledger("check", Path(scratch) / "check.acknowledged")
    numbers = [ledger.next(random.Random(0)) for _ in range(3)]
    bodies = [load.body_of("check", number) for number in numbers]
    ledger.answered(numbers[0], 200)
    ledger.hand(bodies[1])
    stores = {"nothing": bodies[:2], "one acknowledged less": bodies[1:],
              "one handed on less": bodies[:1], "one twice": bodies + bodies[2:],
              "one changed": [*bodies[:2], bodies[2][:-1] + b" "],
              "one never sent": [*bodies, load.body_of("check", 3)]}
    for what, rows in stores.items():
        if (not list(ledger.problems(rows))) != (what == "nothing"):
            raise Failure(f"the check itself is wrong about a store with {what}")
    for wrong in (lambda: ledger.hand(b"strange"), lambda: ledger.answered(numbers[2], 500)):
        before = len(list(ledger.problems(bodies)))
        wrong()
        if len(list(ledger.problems(bodies))) == before:
            raise Failure("the check itself missed a body that is strange or an answer that is not 200")
    return len(stores) + 2


async def loses(store, swallow):
    """Whether a disk that does not sync loses what is acknowledged on it; None: the kill came before
    the first answer, and there was nothing to lose."""
    before = len(store.ledger.known)
    disk = await store.crash("loading", swallow)
    if len(store.ledger.known) == before:
        return None
    try:
        check(disk.lost(), store.ledger, store.scratch)
    except Failure as failure:
        if "acknowledged and is not there" in str(failure):
            return True
        raise
    return False


async def check_the_disk(seed, scratch, swallow):
    """A disk that does not sync must be seen to lose. Each try has a folder of its own: what stood in
    one at the start is not forgotten with its names."""
    for attempt in range(DISK_TRIES):
        async with Store(f"disk-{swallow}-{attempt}", seed, scratch) as store:
            lost = await loses(store, swallow)
        if lost is not None:
            break
    if not lost:
        raise Failure(f"nothing was lost although fsync did nothing ({swallow})")
    return 1


# ---- The runs ------------------------------------------------------------------------------------

async def run_kills(mode, kills, seed, scratch):
    """Returns how much was checked; the first thing that is wrong is a Failure."""
    life = LIFE if kills > 2 * LIFE else SHORT_LIFE
    checked, done, acknowledged = check_the_check(scratch), 0, 0
    while done < kills:
        async with Store(f"{mode}-{done}", seed, scratch) as store:
            for _ in range(min(life, kills - done)):
                checked += await (store.kill_round() if mode == "kill" else store.disk_round())
                done += 1
            await store.settle()
            checked += 1
            acknowledged += len(store.ledger.known)
    for swallow in ("all", "folder") if mode == "disk" else ():
        checked += await check_the_disk(seed, scratch, swallow)
    print(f"{mode}: {done} kills, {acknowledged} deliveries acknowledged and handed on, "
          f"{checked} checks")
    return checked


def keep(scratch):
    shutil.rmtree(KEPT_AT, ignore_errors=True)
    shutil.copytree(scratch, KEPT_AT)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=200, help="of each part (200)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--only", choices=["kill", "disk"])
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    passed = failed = 0
    for mode in ("kill", "disk"):
        if options.only not in (None, mode):
            continue
        with tempfile.TemporaryDirectory(prefix="hookgauge-torture-") as scratch:
            try:
                passed += asyncio.run(run_kills(mode, options.kills, options.seed, scratch))
            except (Failure, asyncio.TimeoutError) as failure:
                failed += 1
                keep(scratch)
                print(f"{mode}: {failure or 'no answer in time'}\nagain: tests/torture/run.py --only "
                      f"{mode} --kills {options.kills} --seed {options.seed}; what is left is in "
                      f"{KEPT_AT.relative_to(ROOT)}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
