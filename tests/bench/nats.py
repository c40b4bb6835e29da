# SPDX-License-Identifier: MIT
"""`hookgauge receive` with a JetStream stream on three servers, against an asynchronous publisher of the same messages.

A round is the same short time for each, one after the other, into the same stream. Nothing keeps to a core: the three
servers, the receiver and the load share what the machine has, which on a small one is the servers' bottleneck.
"""
import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cluster"))
from nats_cluster import Cluster, program  # noqa: E402

SECRET = "hunter2-but-longer"
PATH = "/api/webhook"
CONNECTIONS = (64, 256)
JUDGED = 256    # of these: a publisher has thousands of messages under way
STREAM_MIN = 0.7  # times the publisher
LIMIT_S = 120


def measure(command, env):
    """Messages a second and the share of a core that the command used; other answers are an error."""
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=LIMIT_S)
    if done.returncode != 0:
        raise SystemExit(f"{Path(command[0]).name}: {done.stderr.strip()}")
    took, count, other, share = map(float, done.stdout.split())
    if other:
        raise SystemExit(f"{Path(command[0]).name}: {other:.0f} answers were errors")
    return {"rate": count / took, "cpu": share}


def receive(hookgauge, cluster, env):
    config = Path(cluster.scratch.name) / "config.json"
    config.write_text(json.dumps({
        "listen": "127.0.0.1:0", "store": cluster.store("BENCH"), "log": {"level": "warn"},
        "limits": {"max_body": 65536}, "endpoints": [
            {"name": "shop", "path": PATH, "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}]}]}))
    child = subprocess.Popen([str(hookgauge), "receive", str(config)], stderr=subprocess.PIPE,
                             stdin=subprocess.DEVNULL, env=env)
    for line in child.stderr:
        found = re.search(rb"listening on http://127\.0\.0\.1:(\d+)", line)
        if found:
            return child, found.group(1).decode()
    raise SystemExit("the receiver did not start")


def one_round(programs, cluster, port, seconds, env):
    servers = ",".join(f"nats://{node.url}" for node in cluster.nodes)
    row = {f"load {count}": measure([str(programs["load"]), port, PATH, str(count), str(seconds)], env)
           for count in CONNECTIONS}
    row["publisher"] = measure([str(programs["publisher"]), servers, "BENCH", str(seconds)], env)
    return row


def bench(hookgauge, programs, rounds, seconds):
    if program() is None:
        return {"skipped": "nats-server is not installed"}
    env = {**os.environ, "SECRET": SECRET}
    with Cluster() as cluster:
        child, port = receive(hookgauge, cluster, env)
        try:
            one_round(programs, cluster, port, 0.5, env)  # warms files and connections
            rows = [one_round(programs, cluster, port, seconds, env) for _ in range(rounds)]
        finally:
            child.terminate()
            child.stderr.close()
            child.wait(timeout=LIMIT_S)
    result = {}
    for name in rows[0]:
        ratio = statistics.median(row[name]["rate"] / row["publisher"]["rate"] for row in rows)
        result[name] = {"rate": statistics.median(row[name]["rate"] for row in rows), "ratio": ratio,
                        "cpu": statistics.median(row[name]["cpu"] for row in rows),
                        "holds": name != f"load {JUDGED}" or ratio >= STREAM_MIN}
    return result


def show(rows):
    if "skipped" in rows:
        print(f"nats: skipped: {rows['skipped']}")
        return
    print(f"nats: deliveries of 1 KiB into a stream with three copies; ratio to an asynchronous publisher of the same "
          f"messages, at least {STREAM_MIN} with {JUDGED} connections")
    print(f"{'into the stream by':22} {'acks/s':>8} {'ratio':>6} {'client cpu':>11}")
    for name, row in rows.items():
        what = f"receive, {name.split()[1]} conns" if name.startswith("load") else name
        print(f"{what:22} {row['rate']:8.0f} {row['ratio']:6.2f} {row['cpu']:11.0%}"
              f"{'' if row['holds'] else '  MISSED'}")
