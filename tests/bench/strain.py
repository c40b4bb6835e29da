# SPDX-License-Identifier: MIT
"""The receiver under strain: what memory it takes, and what good clients notice of bad ones.

Good clients send a fixed number of deliveries a second; the time of an answer counts from when its
request was due, so that a pause shows in every request that it held up.
"""
import statistics
import subprocess
import tempfile
import time

import server

MIB = 1 << 20
CROWD = 1000                       # bad clients
BUDGET = 256 * MIB                 # of bodies in flight, the receiver's default
IDLE_MAX, BESIDE_MAX = 12 * MIB, 32 * MIB  # resident, idle; and beyond a budget that is full
GOOD, RATE, SECONDS = 16, 500, 4   # connections of good clients, deliveries a second, of a round
ROUNDS = 5                         # a disk's pauses spoil single ones
P99_MAX = 2                        # times that without bad ones
STILL_S = 0.5                      # without growth: everything has been read
PATIENT = {"max_bytes_in_flight": BUDGET, "max_connections": 2 * CROWD, "idle_timeout_s": 60,
           "request_timeout_s": 120}
HURRIED = {"max_connections": 2 * CROWD, "idle_timeout_s": 2}  # so that bad clients come and go


def send(load, port, *more):
    """The figures that load prints: seconds, answers, those that were not 200, …"""
    done = subprocess.run([str(load), port, server.PATH, *map(str, more)], capture_output=True, text=True,
                          env=server.ENV, timeout=server.LIMIT_S, preexec_fn=server.on_core(1))
    if done.returncode != 0:
        raise SystemExit(f"load: {done.stderr.strip()}")
    return list(map(float, done.stdout.split()))


# ---- Memory --------------------------------------------------------------------------------------

def settled(pid):
    """Waits until the receiver has read what the crowd sent: its memory grows no more."""
    last, until = 0, time.monotonic() + server.LIMIT_S
    while (now := server.memory_of(pid)) != last and time.monotonic() < until:
        last = now
        time.sleep(STILL_S)
    return last


def bench_memory(load):
    with tempfile.TemporaryDirectory(prefix="memory-", dir=server.BUILD) as scratch:
        with server.serving(server.receiver(scratch, **PATIENT), scratch) as (pid, port):
            idle = server.memory_of(pid)
            with server.crowd(port, CROWD, "bodies", BUDGET // CROWD):
                full = settled(pid)
                _, answered, refused = send(load, port, 1, 0.2)[:3]  # 503 as long as it is full
    return {"idle": idle, "full": full, "budget": BUDGET, "clients": CROWD,
            "is_full": refused >= answered > 0,
            "holds": refused >= answered > 0 and idle <= IDLE_MAX and full <= BUDGET + BESIDE_MAX}


def show_memory(row):
    print(f"memory: idle {row['idle'] / MIB:.1f} MiB resident, at most {IDLE_MAX // MIB}; with {row['clients']} "
          f"slow clients and {row['budget'] / MIB:.0f} MiB of bodies in flight {row['full'] / MIB:.1f} MiB, at "
          f"most {(row['budget'] + BESIDE_MAX) / MIB:.0f}"
          + ("" if row["is_full"] else "; the budget was not full")
          + ("" if row["holds"] else "  MISSED"))


# ---- Good clients beside bad ones ----------------------------------------------------------------

def bench_crowd(load):
    """Turns without and with the crowd, each beside the other on one receiver."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="crowd-", dir=server.BUILD) as scratch:
        with server.serving(server.receiver(scratch, **HURRIED), scratch) as (_, port):
            for _ in range(ROUNDS):
                alone = send(load, port, GOOD, SECONDS, RATE)
                with server.crowd(port, CROWD, "mixed") as crowd:
                    beside = send(load, port, GOOD, SECONDS, RATE)
                    crowd.stdin.close()
                    opened = int(crowd.stdout.readline())
                if alone[2] or beside[2]:
                    raise SystemExit("a good client was refused")
                rows.append({"alone_p50": alone[4], "alone_p99": alone[5], "p50": beside[4],
                             "p99": beside[5], "opened": opened, "ratio": beside[5] / alone[5]})
    middle = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
    ratios = [row["ratio"] for row in rows]
    return middle | {"least": min(ratios), "most": max(ratios), "clients": CROWD, "rate": RATE,
                     "holds": middle["ratio"] <= P99_MAX}


def show_crowd(row):
    print(f"crowd: {row['rate']} good deliveries a second beside {row['clients']} slow and hostile clients "
          f"({row['opened']:.0f} connections in a round): p99 {row['p99'] / 1000:.2f} ms, "
          f"{row['alone_p99'] / 1000:.2f} ms without them; ratio {row['ratio']:.2f} (rounds "
          f"{row['least']:.2f}-{row['most']:.2f}), at most {P99_MAX}"
          f"{'' if row['holds'] else '  MISSED'}")
