# SPDX-License-Identifier: MIT
"""NATS servers with JetStream on loopback, for tests and measurements: real ones, one or three.

Each has a scratch folder of its own and free ports; each is ended by its pid.
"""
import base64
import json
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

LIMIT_S = 60  # for a cluster to become ready: an election takes up to nine seconds, or several


def program():
    """The server, or None where it is not installed. Debian keeps it out of a user's PATH."""
    return shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")


def free_ports(count):
    """Ports that were free a moment ago, all different."""
    held = [socket.socket() for _ in range(count)]
    try:
        for sock in held:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in held]
    finally:
        for sock in held:
            sock.close()


def wait_for(what, ready, limit=LIMIT_S):
    """Asks until ready() answers something true, and returns that."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        answer = ready()
        if answer:
            return answer
        time.sleep(0.02)
    raise TimeoutError(f"{what}: not within {limit} s")


class Node:
    """One server; it can be killed and started again on the same ports and files."""

    def __init__(self, name, folder, ports, routes, extra):
        self.name, self.folder = name, folder
        self.port, self.cluster_port, self.monitor_port = ports
        self.child = None
        cluster = "" if not routes else (
            f"cluster {{ name: hookgauge, listen: 127.0.0.1:{self.cluster_port}, routes: "
            f"[{', '.join(f'nats-route://127.0.0.1:{port}' for port in routes)}] }}\n")
        self.config = folder / "server.conf"
        self.config.write_text(
            f"server_name: {name}\nlisten: 127.0.0.1:{self.port}\nhttp: 127.0.0.1:{self.monitor_port}\n"
            f"jetstream {{ store_dir: \"{folder}/data\", max_file_store: 8GB }}\n{cluster}{extra}\n")

    @property
    def url(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        with (self.folder / "log").open("ab") as log:
            self.child = subprocess.Popen([program(), "-c", str(self.config)], stdout=log, stderr=log,
                                          stdin=subprocess.DEVNULL)

    def kill(self, sig=signal.SIGKILL):
        if self.child is not None:
            self.child.send_signal(sig)
            self.child.wait()
            self.child = None

    def ask(self, path):
        """What the server's own monitoring page says; None while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor_port}{path}", timeout=5) as page:
                return json.load(page)
        except (OSError, ValueError, urllib.error.URLError):
            return None


class Cluster:
    """Starts and waits until all are ready; `with Cluster() as cluster:` ends them."""

    def __init__(self, size=3, extra=""):
        self.scratch = tempfile.TemporaryDirectory(prefix="hookgauge-nats-", ignore_cleanup_errors=True)
        self.nodes = []
        ports = free_ports(3 * size)
        routes = [] if size == 1 else ports[1::3]
        for i in range(size):
            folder = Path(self.scratch.name) / f"n{i + 1}"
            folder.mkdir()
            self.nodes.append(Node(f"n{i + 1}", folder, ports[3 * i:3 * i + 3], routes, extra))

    def __enter__(self):
        try:
            for node in self.nodes:
                node.start()
            wait_for("the cluster", self.ready)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for node in self.nodes:
            node.kill()
        self.scratch.cleanup()

    def store(self, stream):
        """A STORE argument that names all servers."""
        return f"nats://{','.join(node.url for node in self.nodes)}/{stream}"

    def alive(self):
        return [node for node in self.nodes if node.child is not None]

    def ready(self):
        """Whether every server that runs is healthy and, in a cluster, agrees on a leader and sees all others."""
        for node in self.alive():
            if node.child.poll() is not None:
                raise ChildProcessError((node.folder / "log").read_text(errors="replace"))
            page = node.ask("/jsz")
            if page is None or (node.ask("/healthz") or {}).get("status") != "ok":
                return False
            meta = page.get("meta_cluster")
            if len(self.nodes) > 1 and (not meta or not meta.get("leader") or
                                        meta.get("cluster_size") != len(self.nodes)):
                return False
        return True

    def stream(self, name):
        """What a running server knows of a stream: config, state, cluster; None when nobody does."""
        for node in self.alive():
            page = node.ask("/jsz?accounts=true&streams=true&consumers=true&config=true") or {}
            for account in page.get("account_details", []):
                for stream in account.get("stream_detail", []):
                    if stream["name"] == name:
                        return stream
        return None

    def leader(self, stream):
        """The node that leads a stream now; None while there is none."""
        known = self.stream(stream) or {}
        name = (known.get("cluster") or {}).get("leader")
        return next((node for node in self.alive() if node.name == name), None)


class Client:
    """The few words of the NATS protocol that a test needs to ask the cluster's API."""

    def __init__(self, node, login=None):
        self.sock = socket.create_connection(("127.0.0.1", node.port), timeout=LIMIT_S)
        self.file = self.sock.makefile("rb")
        self.file.readline()  # INFO
        options = {"verbose": False, "headers": True, "no_responders": True, **(login or {})}
        self.sock.sendall(b"CONNECT %s\r\nSUB answers 1\r\n" % json.dumps(options).encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.sock.close()

    def request(self, subject, content=b""):
        """The body of the answer to a request, as JSON."""
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.sock.sendall(b"PUB %s answers %d\r\n%s\r\n" % (subject.encode(), len(data), data))
        while True:
            words = self.file.readline().split()
            if not words:
                raise ConnectionError("the server has closed the connection")
            if words[0] == b"PING":
                self.sock.sendall(b"PONG\r\n")
            elif words[0] in (b"MSG", b"HMSG"):
                payload = self.file.read(int(words[-1]) + 2)[:-2]
                return json.loads(payload[int(words[3]) if words[0] == b"HMSG" else 0:] or b"null")

    def api(self, verb, name, content=None):
        """A call of the JetStream API, "STREAM.CREATE" for instance; an error is raised."""
        answer = self.request(f"$JS.API.{verb}.{name}", b"" if content is None else content)
        if answer is None or "error" in answer:
            raise RuntimeError(f"{verb} {name}: {answer}")
        return answer

    def message(self, stream, sequence):
        """(subject, header lines, body) of a message in a stream."""
        got = self.api("STREAM.MSG.GET", stream, {"seq": sequence})["message"]
        head = base64.b64decode(got.get("hdrs", "")).decode("latin-1")
        return got["subject"], head.split("\r\n")[1:-2], base64.b64decode(got.get("data", ""))
