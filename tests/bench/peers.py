# SPDX-License-Identifier: MIT
"""Other receivers under the same load: the durable one against those that store nothing.

  node     an http server that verifies with crypto (peer.js)
  webhook  adnanh/webhook as Debian packages it, which verifies the body and starts a program for
           each delivery: /bin/true

A peer that is not installed is left out, and a line says so.
"""
import json
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import server

CONNECTIONS = 64
TARGET = {"node": 1.0}  # times that peer's rate, at least; the other is for comparison


def node(scratch):
    return ["node", server.compiling.ROOT / "tests/bench/peer.js"]


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def webhook(scratch):
    """It can't choose a port by itself, nor say when it listens: a shell that becomes it does."""
    port = free_port()
    rule = {"match": {"type": "payload-hmac-sha256", "secret": server.SECRET,
                      "parameter": {"source": "header", "name": "X-Hub-Signature-256"}}}
    hook = {"id": "webhook", "execute-command": "/bin/true", "trigger-rule": rule,
            "trigger-rule-mismatch-http-response-code": 401}
    Path(scratch, "hooks.json").write_text(json.dumps([hook]))
    return ["sh", "-c", f'echo "listening on http://127.0.0.1:{port}" >&2; exec webhook -hooks '
            f'"$1" -ip 127.0.0.1 -port {port} -urlprefix api', "sh", Path(scratch, "hooks.json")]


PEERS = {"node": (node, "node", "webinone"), "webhook": (webhook, "webhook", "github")}


def accepts(port):
    until = time.monotonic() + server.LIMIT_S
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", int(port)), 1).close()
            return
        except ConnectionError:
            time.sleep(0.01)
    raise SystemExit("a peer does not listen")


def rate(load, command, scratch, scheme, seconds):
    with server.serving(command, scratch) as (_, port):
        accepts(port)
        done = subprocess.run([str(load), port, server.PATH, str(CONNECTIONS), str(seconds)],
                              capture_output=True, text=True, env=server.ENV | {"SCHEME": scheme},
                              timeout=server.LIMIT_S, preexec_fn=server.on_core(1))
    if done.returncode != 0:
        raise SystemExit(f"{command[0]}: {done.stderr.strip()}")
    took, answered, other = map(float, done.stdout.split()[:3])
    if other:
        raise SystemExit(f"{command[0]}: {other:.0f} answers were not 200")
    return answered / took


def bench(load, rounds, seconds):
    """{name: row}; each round the receiver and every peer take turns."""
    got = {"sqlite": []} | {name: [] for name, (_, program, _) in PEERS.items() if shutil.which(program)}
    with tempfile.TemporaryDirectory(prefix="peers-", dir=server.BUILD) as scratch:
        for _ in range(rounds):
            got["sqlite"].append(rate(load, server.receiver(scratch), scratch, "webinone", seconds))
            for name in list(got)[1:]:
                command, _, scheme = PEERS[name]
                got[name].append(rate(load, command(scratch), scratch, scheme, seconds))
    result = {name: {"skipped": "not installed"} for name in PEERS if name not in got}
    for name, rates in got.items():
        ratio = statistics.median(ours / theirs for ours, theirs in zip(got["sqlite"], rates))
        result[name] = {"rate": statistics.median(rates), "ratio": ratio,
                        "holds": name not in TARGET or ratio > TARGET[name]}
    return result


def show(rows):
    print(f"peers: {CONNECTIONS} connections, 1 KiB bodies; ratio is the durable receiver's rate to the "
          f"peer's, which stores nothing: above {TARGET['node']} for node")
    for name, row in rows.items():
        if "skipped" in row:
            print(f"{name:9} {row['skipped']}")
        else:
            print(f"{name:9} {row['rate']:10.0f} {row['ratio']:6.2f}{'' if row['holds'] else '  MISSED'}")
