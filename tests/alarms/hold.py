# SPDX-License-Identifier: MIT
"""A receiver under test that can be asked what it has kept, and be started anew on its port."""
import os
import re
import shlex
import signal
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

LIMIT_S = 20  # of a start, which takes a fraction of a second
SPEAK = ("import os,socket,sys;s=socket.create_connection(('127.0.0.1',int(sys.argv[1])),20);"
         "s.sendall((sys.argv[2]+' '+os.environ.get('HOOKGAUGE_DELIVERY','')+'\\n').encode());"
         "print(s.makefile().readline().strip())")


def kept_files(folder, token=""):
    """How many deliveries stand in a folder, one a file; with a token, those that carry it."""
    files = [path for path in Path(folder).iterdir() if not path.name.startswith(".")]
    mark = re.compile(rb"^hookgauge-delivery: *" + token.encode() + rb"\r?$", re.I | re.M)
    return sum(not token or bool(mark.search(path.read_bytes())) for path in files)


class Speaker(socketserver.StreamRequestHandler):
    def handle(self):
        verb, _, token = self.rfile.readline().decode().strip().partition(" ")
        answer = self.server.held.verbs[verb](token)
        self.wfile.write(f"{answer}\n".encode())


class Held:
    """command(port) is what starts it; it prints its URL on stdout or says "listening on" it on
    stderr. count(token) is how many deliveries it has kept."""

    def __init__(self, command, count, env):
        self.command, self.env = command, {**os.environ, **env}
        self.child, self.port = None, 0
        self.verbs = {"count": count, "restart": self.restart}

    def start(self):
        self.child = subprocess.Popen(self.command(self.port), env=self.env, text=True,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, start_new_session=True)
        watch = threading.Timer(LIMIT_S, self.kill)
        watch.start()
        said = ""
        for line in self.child.stdout:
            said += line
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                break
        watch.cancel()
        if not said or not found:
            raise RuntimeError(f"{shlex.join(self.command(self.port))} did not start: {said}")
        self.port = int(found.group(1))
        self.url = f"http://127.0.0.1:{self.port}/api/webhook"
        threading.Thread(target=self.child.stdout.read, daemon=True).start()

    def kill(self):
        """The receiver and the processes that it started."""
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def restart(self, _):
        self.kill()
        self.child.wait()
        self.start()
        return "restarted"

    def speak(self, verb):
        """A command for --stored, --observe or --restart."""
        return shlex.join([sys.executable, "-IS", "-c", SPEAK,
                           str(self.server.server_address[1]), verb])

    def __enter__(self):
        self.start()
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Speaker)
        self.server.daemon_threads, self.server.held = True, self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.kill()
        self.child.wait()
        self.child.stdout.close()
