# SPDX-License-Identifier: MIT
"""The README's "Run it for real", as a reader would do it: below a scratch folder in place of /, and
with this module in place of systemd, which opens the socket and hands over the credentials as the unit
files say."""
import json
import os
import re
import shlex
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UNITS = ROOT / "examples/systemd"
SECRET = "the value of sk"
LIMIT_S = 20
# A program that finds the socket of its parent where systemd puts it.
ACTIVATE = 'exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'


class Machine:
    """A scratch folder in place of /, and what runs there."""

    def __init__(self, example, blocks):
        self.example, self.blocks, self.root = example, blocks, example.scratch / "machine"
        for folder in ("etc/nginx/conf.d", "etc/systemd/system", "var/lib/hookgauge", "var/backups", "run", "bin"):
            (self.root / folder).mkdir(parents=True)
        self.calls = self.root / "calls"
        systemctl = self.root / "bin/systemctl"
        systemctl.write_text(f'#!/bin/sh\necho "$@" >> {self.calls}\n')
        systemctl.chmod(0o755)
        self.env = {**example.env, "PATH": f"{self.root / 'bin'}:{example.env['PATH']}"}
        self.db = self.root / "var/lib/hookgauge/inbox.db"
        self.children = []

    def inside(self, text):
        text = re.sub(r"(?<![\w.])/(etc|var|run)/", rf"{self.root}/\1/", text)
        return text.replace("127.0.0.1:3000", f"127.0.0.1:{self.example.port}").replace(
            "sidecar.py 3000", f"sidecar.py {self.example.port}").replace("127.0.0.1:8081", "127.0.0.1:0")

    def run(self, name, stdin=""):
        return subprocess.run(["sh", "-e", "-c", self.inside(self.blocks[name])], cwd=ROOT, env=self.env,
                              input=stdin, capture_output=True, text=True, timeout=LIMIT_S)

    def configure(self, change=lambda config: None):
        config = json.loads(self.inside(self.blocks["config"]))
        change(config)
        (self.root / "etc/hookgauge").mkdir(exist_ok=True)
        (self.root / "etc/hookgauge/hookgauge.json").write_text(json.dumps(config))

    def begin(self, command, log, **how):
        """Starts a program; returns it and where its output goes."""
        out = (self.root / log).open("w+b")
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=self.env, **how)
        self.children.append(child)
        return child, self.root / log

    def until(self, found, what):
        until = time.monotonic() + LIMIT_S
        while not found():
            if time.monotonic() > until:
                sys.exit(f"the README's real run: {what} did not come")
            time.sleep(0.02)

    def service(self):
        """What systemd does with the two unit files."""
        unit = self.inside((self.root / "etc/systemd/system/hookgauge.service").read_text())
        place = self.inside(re.search(r"^ListenStream=(.*)$", (UNITS / "hookgauge.socket").read_text(), re.M)[1])
        Path(place).unlink(missing_ok=True)
        credentials = self.root / "run/credentials"
        credentials.mkdir(exist_ok=True)
        for name, path in re.findall(r"^LoadCredential=(\w+):(.*)$", unit, re.M):
            (credentials / name).write_bytes(Path(path).read_bytes())
        self.env["CREDENTIALS_DIRECTORY"] = str(credentials)
        command = shlex.split(re.search(r"^ExecStart=(.*)$", unit, re.M)[1].replace("/usr/local/bin/", ""))
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(place)
            sock.listen(64)
            child, log = self.begin(["sh", "-c", ACTIVATE, "sh", *command], "receiver.log", stdin=sock)
        self.until(lambda: child.poll() is not None or b"listening on" in log.read_bytes(), "the receiver")
        self.log, self.socket = log, place
        self.admin = (re.findall(r"admin on (\S+)", log.read_text()) or ["http://127.0.0.1:9"])[0]
        return child

    def stop(self, child):
        child.terminate()
        return child.wait(timeout=30)

    def deliver(self, body, secret=SECRET):
        """A signed delivery as nginx hands it on; the answer."""
        (self.root / "body").write_text(body)
        request = subprocess.run(["hookgauge", "sign", "--secret", "env:S", "--event", "Order.OnCreate", "--http",
                                  "http://hooks.example.com/api/webhook", str(self.root / "body")],
                                 env={**self.env, "S": secret}, capture_output=True, timeout=LIMIT_S).stdout
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(LIMIT_S)
            sock.connect(self.socket)
            sock.sendall(request.replace(b"\r\nHost:", b"\r\nX-Forwarded-For: 192.0.2.7\r\nHost:", 1))
            return int(sock.recv(10000).split()[1])

    def page(self, path):
        with urllib.request.urlopen(self.admin + path, timeout=LIMIT_S) as answer:
            return answer.status, answer.read().decode()

    def inbox(self, *words):
        return subprocess.run(["hookgauge", "inbox", *map(str, words)], env=self.env, capture_output=True, text=True,
                              timeout=LIMIT_S).stdout

    def states(self):
        return [json.loads(line)["state"] for line in self.inbox("list", self.db, "--json").splitlines()][::-1]

    def counted(self):
        db = sqlite3.connect(self.root / "hooks.db")
        found = dict(db.execute("SELECT name, count FROM events"))
        db.close()
        return found

    def close(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()


def test_installing(machine):
    machine.configure()
    done = machine.run("secrets", stdin=SECRET + "\n")
    yield "secrets", done.returncode == 0 and re.search(r"^site +/api/webhook +webinone .*2026$", done.stdout, re.M), done
    secrets = machine.root / "etc/hookgauge/secrets"
    modes = {path.name: path.stat().st_mode & 0o777 for path in [secrets, *secrets.iterdir()]}
    yield "secrets are root's alone", modes == {"secrets": 0o700, "webhook": 0o600, "token": 0o600}, modes
    done = machine.run("service")
    installed = {path.name for folder in ("nginx/conf.d", "systemd/system") for path in (machine.root / "etc" / folder).iterdir()}
    yield "service", done.returncode == 0 and installed == {"hooks.conf", "hookgauge.service", "hookgauge.socket"}, done
    calls = machine.calls.read_text() if machine.calls.exists() else ""
    yield "service starts both units", "enable --now hookgauge.socket hookgauge.service\n" in calls, calls


def test_running(machine):
    script = machine.inside(machine.blocks["sidecar"]).replace("python3 ", f"exec {sys.executable} ").replace(
        "examples/", f"{ROOT}/examples/")
    child, log = machine.begin(["sh", "-e", "-c", script], "sidecar.log", cwd=machine.root)
    machine.until(lambda: child.poll() is not None or b"ready on" in log.read_bytes(), "the sidecar")
    yield "sidecar", child.poll() is None, log.read_text()
    machine.receiver = machine.service()
    yield "the unit's command starts", machine.receiver.poll() is None, machine.log.read_text()
    answers = [machine.deliver('{"Id":1}'), machine.deliver('{"Id":2}', secret="another")]
    yield "genuine and forged", answers == [200, 401], (answers, machine.log.read_text())
    machine.until(lambda: machine.states() == ["done"], "the hand-over")
    yield "the program has done its work", machine.counted() == {"Order.OnCreate": 1}, machine.counted()
    yield "the client is the one that nginx names", "client=192.0.2.7" in machine.log.read_text(), machine.log.read_text()
    yield "readyz", machine.page("/readyz")[0] == 200, machine.page("/readyz")
    text = machine.page("/metrics")[1]
    watched = re.findall(r"^\| `(hookgauge_\w+)(?:\{(.*?)\})?`", (ROOT / "README.md").read_text(), re.M)
    for name, label in watched + [("hookgauge_key_uses_total", 'key="2026"')]:
        found = re.search(rf"^{name}\{{.*{re.escape(label)}.*\}} \d", text, re.M)
        yield f"there is {name} {label}", found, text
    yield "three metrics and more are watched", len(watched) >= 3, watched


def test_rotation(machine):
    """The unit gets its line, the configuration the block, as the text says."""
    (machine.root / "etc/hookgauge/secrets/webhook-2027").write_text("the next one\n")
    unit = machine.root / "etc/systemd/system/hookgauge.service"
    unit.write_text(unit.read_text() + "LoadCredential=next:/etc/hookgauge/secrets/webhook-2027\n")
    block = json.loads("{" + machine.blocks["rotation"].replace("credential:webhook-2027", "credential:next") + "}")
    machine.configure(lambda config: config["endpoints"][0].update(block))
    yield "it ends cleanly", machine.stop(machine.receiver) == 0, machine.log.read_text()
    yield "no secret in the log", SECRET not in machine.log.read_text(), machine.log.read_text()
    machine.receiver = machine.service()
    old_is_over = time.gmtime() >= time.strptime(block["secrets"][1]["not_after"], "%Y-%m-%dT%H:%M:%SZ")
    answers = [machine.deliver('{"Id":3}', secret="the next one"), machine.deliver('{"Id":4}')]
    yield "both secrets are good", answers == [200, 401 if old_is_over else 200], (answers, machine.log.read_text())


def test_backup(machine):
    machine.until(lambda: set(machine.states()) == {"done"}, "the hand-over")
    before = machine.inbox("list", machine.db, "--json")
    done = machine.run("backup")
    made = {path.suffix: path for path in (machine.root / "var/backups").iterdir()}
    yield "backup", done.returncode == 0 and set(made) == {".db", ".jsonl"}, done
    yield "backups are root's alone", all(path.stat().st_mode & 0o777 == 0o600 for path in made.values()), made
    yield "the export has each", len(made[".jsonl"].read_text().splitlines()) == len(before.splitlines()), before
    lost = machine.deliver('{"Id":5}', secret="the next one")
    machine.until(lambda: len(machine.states()) > len(before.splitlines()) and set(machine.states()) == {"done"},
                  "the hand-over")
    counted = machine.counted()["Order.OnCreate"]
    yield "one more comes after it", lost == 200, lost
    yield "it ends cleanly after the backup", machine.stop(machine.receiver) == 0, machine.log.read_text()
    for path in machine.db.parent.glob("inbox.db*"):
        path.unlink()
    made[".db"].rename(machine.db)
    yield "what is put back is the same", machine.inbox("list", machine.db, "--json") == before, before
    machine.receiver = machine.service()
    yield "the receiver takes it", machine.deliver('{"Id":6}', secret="the next one") == 200, machine.log.read_text()
    machine.until(lambda: set(machine.states()) == {"done"}, "the hand-over")
    yield "a number that is given again is another delivery", \
        machine.counted()["Order.OnCreate"] == counted + 1, (counted, machine.counted())
    yield "it ends cleanly in the end", machine.stop(machine.receiver) == 0, machine.log.read_text()


def test_real(example, blocks):
    machine = Machine(example, blocks)
    try:
        for test in (test_installing, test_running, test_rotation, test_backup):
            yield from test(machine)
    finally:
        machine.close()
