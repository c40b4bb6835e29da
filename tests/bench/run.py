#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How fast, as ratios within one run: figures of different moments of a machine do not compare.

  verify    hg_verify against hashing as many SHA-256 blocks bare (tests/bench/verify.c)
  harness   the whole webinone set through the library, in one process
  receiver  `hookgauge receive` in memory and with SQLite against a bare libmicrohttpd server
            (tests/bench/bare.c), under a load of signed deliveries (tests/bench/load.c); `verify` is
            the bare server that verifies with the library and does nothing more: no receiver is
            faster. Each logs a line a request, in batches, to a file; servers run on one core and
            the load on another, where there are two; rounds take turns. SQLite's thread has no core
            of its own there
  nats      `hookgauge receive` into a JetStream stream on three servers against an asynchronous
            publisher of the same messages (tests/bench/nats.py, tests/bench/publisher.c)
  discover  candidates a second of `hg_discover` on all cores, against hashing each candidate's
            blocks bare, and the slowest built-in row found blind (tests/bench/discover.c)
  explain   `hookgauge explain` on deliveries with a seeded cause: how often it is named first, and
            the time of a case (tests/bench/explain.py, which lists misses with --verbose)
  memory    what `hookgauge receive` takes idle, and with 1,000 slow clients that fill the budget
  crowd     99 of 100 answers of good clients beside 1,000 slow and hostile ones (tests/bench/crowd.py)
  filled    deliveries a second into a store that has a million, --full: ten million, against an
            empty one (tests/bench/fill.c)
  handing   deliveries a second that the durable receiver hands on over HTTP while it receives, against
            one without a target; and the rate at which a queue of 20,000 drains, against a bare libcurl
            client that posts the same (tests/bench/handing.py, tests/bench/client.c). Nobody asked for
            a figure, so none can be missed
  peers     the durable receiver against a Node server and adnanh/webhook, which store nothing

A target that is missed is marked and makes the exit code 1.

usage: tests/bench/run.py [--json] [--only PART] [--rounds N] [--seconds S] [--full]
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE))
import compiling  # noqa: E402
import explain  # noqa: E402
import filled  # noqa: E402
import handing  # noqa: E402
import nats  # noqa: E402
import peers  # noqa: E402
import strain  # noqa: E402
from server import cpu_of  # noqa: E402

BUILD = compiling.ROOT / "build/bench"
HOOKGAUGE = compiling.ROOT / "build/release/hookgauge"
LIBRARY = compiling.ROOT / "build/release/libhookgauge.a"
PARTS = compiling.ROOT / "build/release/parts.a"  # made with the command
FLAGS = ["-O2"]
SECRET = "hunter2-but-longer"
PATH = "/api/webhook"
CONNECTIONS = 64
LIMIT_S = 120
VERIFY_SIZE, VERIFY_MAX = 1024, 1.25      # times the bare blocks
HARNESS_MAX_S = 0.3
MEMORY_MIN, SQLITE_MIN = 0.85, 0.25        # times the bare server
DISCOVER_MIN, DISCOVER_MAX_S = 500_000, 2  # candidates a second; for any built-in row, blind
BUSY_MIN = 0.7                            # of a core: what one side of the bare run has on an idle machine


def build():
    env = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    subprocess.run(["make", "-s", "-j2", str(HOOKGAUGE.relative_to(compiling.ROOT)),
                    str(LIBRARY.relative_to(compiling.ROOT))], cwd=compiling.ROOT, env=env,
                   check=True, stdout=subprocess.DEVNULL, timeout=LIMIT_S * 5)
    cc = compiling.compiler()
    libs = {"verify": [str(LIBRARY), "-lcrypto"], "load": [str(LIBRARY), "-lcrypto"],
            "bare": [str(LIBRARY), "-lmicrohttpd", "-lcrypto"], "client": ["-lcurl", "-lpthread"],
            "publisher": ["-lnats", "-lpthread"],
            "discover": [str(LIBRARY), "-lcrypto", "-lpthread"],
            "fill": [str(PARTS), str(LIBRARY), *compiling.LIBS, "-lz"]}
    made = {}
    for name, needed in libs.items():
        source = compiling.compile_object(cc, FLAGS, f"tests/bench/{name}.c", BUILD)
        program = BUILD / name
        if not compiling.fresh(program, [source, LIBRARY, PARTS]):
            program.unlink(missing_ok=True)
        made[name] = compiling.link(cc, [], [source], needed, program)
    return made


def on_core(index):
    """For a child: keep to one core, if there is another one for its peer."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return None
    return lambda: os.sched_setaffinity(0, {cores[index % len(cores)]})


# ---- Verify ------------------------------------------------------------------------------------

def bench_verify(program):
    done = subprocess.run([str(program)], capture_output=True, text=True, check=True, timeout=LIMIT_S,
                          preexec_fn=on_core(1))
    names = ["bytes", "blocks", "bare_ns", "verify_ns", "evp_ns", "hmac_ns", "ratio"]
    rows = [dict(zip(names, map(float, line.split()))) for line in done.stdout.splitlines()]
    for row in rows:
        row["holds"] = row["bytes"] != VERIFY_SIZE or row["ratio"] <= VERIFY_MAX
    return rows


def show_verify(rows):
    print(f"verify: nanoseconds; ratio is hg_verify to bare blocks, at most {VERIFY_MAX} at "
          f"{VERIFY_SIZE} bytes")
    print(f"{'body':>9} {'blocks':>7} {'bare':>10} {'hg_verify':>10} {'EVP_MAC':>10} {'HMAC()':>10} "
          f"{'ratio':>6}")
    for row in rows:
        print(f"{row['bytes']:9.0f} {row['blocks']:7.0f} {row['bare_ns']:10.0f} "
              f"{row['verify_ns']:10.0f} {row['evp_ns']:10.0f} {row['hmac_ns']:10.0f} "
              f"{row['ratio']:6.2f}{'' if row['holds'] else '  MISSED'}")


# ---- Harness -----------------------------------------------------------------------------------

def bench_harness():
    """The middle of five whole processes; None where there is nothing to run yet."""
    times, last = [], None
    for _ in range(5):
        begun = time.perf_counter()
        last = subprocess.run([str(HOOKGAUGE), "test", "lib", "--scheme", "webinone"],
                              capture_output=True, text=True, timeout=LIMIT_S)
        times.append(time.perf_counter() - begun)
    if last.returncode not in (0, 1):
        return {"skipped": last.stderr.strip() or f"exit {last.returncode}"}
    middle = statistics.median(times)
    cases = re.findall(r"(\d+) passed", last.stdout)
    return {"seconds": middle, "cases": int(cases[-1]) if cases else 0,
            "holds": middle < HARNESS_MAX_S and last.returncode == 0}


def show_harness(row):
    if "skipped" in row:
        print(f"harness: skipped: {row['skipped']}")
        return
    print(f"harness: `hookgauge test lib`, {row['cases']} cases: {row['seconds']:.3f} s, "
          f"at most {HARNESS_MAX_S} s{'' if row['holds'] else '  MISSED'}")


# ---- Discover ----------------------------------------------------------------------------------

def bench_discover(program):
    threads = len(os.sched_getaffinity(0))
    done = subprocess.run([str(program), str(threads)], capture_output=True, text=True, check=True,
                          timeout=LIMIT_S)
    lines = [line.split() for line in done.stdout.splitlines()]
    candidates, seconds, bare_ns, complete = map(float, lines[0][1:])
    rows = [(name, float(took), found == "1") for word, name, took, found in lines[1:]]
    slowest = max(rows, key=lambda row: row[1])
    rate = candidates / seconds
    return {"threads": threads, "candidates": candidates, "seconds": seconds, "rate": rate,
            "ratio": seconds * threads / candidates * 1e9 / bare_ns, "rows": len(rows),
            "missed": [name for name, _, found in rows if not found], "slowest": slowest[0],
            "slowest_s": slowest[1],
            "holds": complete == 1 and rate >= DISCOVER_MIN and slowest[1] <= DISCOVER_MAX_S and
            all(found for _, _, found in rows)}


def show_discover(row):
    print(f"discover: {row['candidates']:.0f} candidates, the whole space, in {row['seconds']:.2f} s on "
          f"{row['threads']} threads: {row['rate']:.0f} a second, at least {DISCOVER_MIN}; a candidate "
          f"costs {row['ratio']:.2f} x its bare blocks")
    print(f"discover: {row['rows'] - len(row['missed'])} of {row['rows']} built-in rows found blind; the "
          f"slowest, {row['slowest']}, in {row['slowest_s']:.3f} s, at most {DISCOVER_MAX_S} s"
          + (f"; NOT FOUND: {', '.join(row['missed'])}" if row["missed"] else "")
          + ("" if row["holds"] else "  MISSED"))


# ---- Receiver ----------------------------------------------------------------------------------

def listening(server, log):
    """The port that a server says it listens on; None when it ended instead."""
    for _ in range(LIMIT_S * 100):
        found = re.search(rb"listening on http://127\.0\.0\.1:(\d+)\n", log.read_bytes())
        if found or server.poll() is not None:
            return found and found.group(1).decode()
        time.sleep(0.01)
    return None


def one_round(programs, command, seconds, log):
    """Deliveries a second that one server answers 200, the shares of a core that it and the load
    used, and the processor time of a delivery; any other answer is an error."""
    env = {**os.environ, "SECRET": SECRET}
    with open(log, "wb") as lines:
        server = subprocess.Popen(command, stderr=lines, stdout=subprocess.DEVNULL, env=env,
                                  stdin=subprocess.DEVNULL, preexec_fn=on_core(0))
    try:
        port = listening(server, log)
        if port is None:
            return None
        before = cpu_of(server.pid)
        load = subprocess.run([str(programs["load"]), port, PATH, str(CONNECTIONS), str(seconds)],
                              capture_output=True, text=True, env=env, timeout=LIMIT_S,
                              preexec_fn=on_core(1))
        used = cpu_of(server.pid) - before
    finally:
        server.terminate()
        server.wait(timeout=LIMIT_S)
    if load.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: {load.stderr.strip()}")
    took, answered, other, share = map(float, load.stdout.split())
    if other:
        raise SystemExit(f"{' '.join(map(str, command))}: {other:.0f} answers were not 200")
    return {"rate": answered / took, "load_cpu": share, "server_cpu": used / took,
            "us": used / answered * 1e6}


def bench_receiver(programs, rounds, seconds):
    def receive(store):
        return [str(HOOKGAUGE), "receive", "--secret", "env:SECRET", "--path", PATH, "--scheme",
                "webinone", "--listen", "127.0.0.1:0", "--store", store]

    got = {"bare": [], "verify": [], "memory": [], "sqlite": []}
    with tempfile.TemporaryDirectory(prefix="store-", dir=BUILD) as scratch:  # on disk, not in /tmp
        for number in range(rounds):
            for name in got:
                commands = {"bare": [str(programs["bare"])],
                            "verify": [str(programs["bare"]), "verify"],
                            "memory": receive("memory:"),
                            "sqlite": receive(f"sqlite:{scratch}/{number}.db")}
                row = one_round(programs, commands[name], seconds, Path(scratch, "log"))
                if row is None:
                    return {"skipped": f"{name}: the server did not start"}
                got[name].append(row)
    least = {"memory": MEMORY_MIN, "sqlite": SQLITE_MIN}
    result = {}
    for name, rows in got.items():
        ratios = [row["rate"] / bare["rate"] for row, bare in zip(rows, got["bare"])]
        ratio = statistics.median(ratios)
        result[name] = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
        result[name] |= {"ratio": ratio, "least": min(ratios), "most": max(ratios),
                         "holds": ratio >= least.get(name, 0)}
    return result


def show_receiver(rows):
    if "skipped" in rows:
        print(f"receiver: skipped: {rows['skipped']}")
        return
    print(f"receiver: {CONNECTIONS} connections, 1 KiB bodies; ratio to bare libmicrohttpd, at least "
          f"{MEMORY_MIN} in memory, {SQLITE_MIN} with SQLite; us: processor time of an answer")
    print(f"{'server':9} {'answers/s':>10} {'ratio':>6} {'rounds':>10} {'us':>6} {'its cpu':>8} "
          f"{'load cpu':>9}")
    for name, row in rows.items():
        print(f"{name:9} {row['rate']:10.0f} {row['ratio']:6.2f}  {row['least']:.2f}-{row['most']:.2f} "
              f"{row['us']:6.1f} {row['server_cpu']:8.0%} {row['load_cpu']:9.0%}"
              f"{'' if row['holds'] else '  MISSED'}")
    if max(rows["bare"]["server_cpu"], rows["bare"]["load_cpu"]) < BUSY_MIN:
        print("the machine is busy with something else: these ratios say little")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="one object instead of tables")
    parser.add_argument("--only", choices=["verify", "harness", "receiver", "nats", "explain",
                                           "discover", "memory", "crowd", "filled", "handing", "peers"])
    parser.add_argument("--rounds", type=int, default=3, help="of the receiver's servers (3)")
    parser.add_argument("--seconds", type=float, default=2, help="of a round (2)")
    parser.add_argument("--full", action="store_true", help="ten million stored deliveries")
    options = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    programs = build()
    parts = {"verify": (lambda: bench_verify(programs["verify"]), show_verify),
             "harness": (bench_harness, show_harness),
             "receiver": (lambda: bench_receiver(programs, options.rounds, options.seconds),
                          show_receiver),
             "nats": (lambda: nats.bench(HOOKGAUGE, programs, options.rounds, options.seconds),
                      nats.show),
             "explain": (lambda: explain.bench(str(HOOKGAUGE)), explain.show),
             "discover": (lambda: bench_discover(programs["discover"]), show_discover),
             "memory": (lambda: strain.bench_memory(programs["load"]), strain.show_memory),
             "crowd": (lambda: strain.bench_crowd(programs["load"]), strain.show_crowd),
             "filled": (lambda: filled.bench(programs["fill"], filled.COUNT_FULL if options.full else
                                             filled.COUNT), filled.show),
             "handing": (lambda: handing.bench(programs, options.rounds, options.seconds),
                         handing.show),
             "peers": (lambda: peers.bench(programs["load"], options.rounds, options.seconds),
                       peers.show)}
    results = {}
    for name, (bench, show) in parts.items():
        if options.only in (None, name):
            results[name] = bench()
            if not options.json:
                show(results[name])
                sys.stdout.flush()
    if options.json:
        print(json.dumps(results))
    rows = [*results.get("verify", []), results.get("harness", {}), results.get("explain", {}),
            *(results.get(name, {}) for name in ("discover", "memory", "crowd", "filled")),
            *(row for part in ("receiver", "nats", "peers") for row in results.get(part, {}).values()
              if isinstance(row, dict))]
    return 0 if all(row.get("holds", True) for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
