# SPDX-License-Identifier: MIT
"""The rate at which a store that is full of deliveries takes more, against an empty one (fill.c)."""
import shutil
import statistics
import subprocess
import tempfile

import server

COUNT, COUNT_FULL = 1_000_000, 10_000_000
BYTES_EACH = 1600      # that a delivery takes on the disk, with room to spare
ROUNDS = 7             # a disk's pauses are longer than a turn
RATIO_MIN = 0.8
LIMIT_S = 3600         # ten million at 5,000 a second


def bench(program, count):
    with tempfile.TemporaryDirectory(prefix="full-", dir=server.BUILD) as scratch:
        if shutil.disk_usage(scratch).free < count * BYTES_EACH:
            return {"skipped": f"{count} deliveries need {count * BYTES_EACH >> 30} GiB of disk"}
        done = subprocess.run([str(program), scratch, str(count), str(ROUNDS)], capture_output=True,
                              text=True, timeout=LIMIT_S)
    if done.returncode != 0:
        raise SystemExit(done.stderr.strip())
    rows = [tuple(map(float, line.split())) for line in done.stdout.splitlines()]
    ratios = [full / empty for empty, full in rows]
    ratio = statistics.median(ratios)
    return {"count": count, "empty": statistics.median(row[0] for row in rows),
            "full": statistics.median(row[1] for row in rows), "ratio": ratio, "least": min(ratios),
            "most": max(ratios), "holds": ratio >= RATIO_MIN}


def show(row):
    if "skipped" in row:
        print(f"filled: skipped: {row['skipped']}")
        return
    print(f"filled: {row['full']:.0f} deliveries a second into a store that has {row['count']}, "
          f"{row['empty']:.0f} into an empty one; ratio {row['ratio']:.2f} (rounds {row['least']:.2f}-"
          f"{row['most']:.2f}), at least {RATIO_MIN}{'' if row['holds'] else '  MISSED'}")
