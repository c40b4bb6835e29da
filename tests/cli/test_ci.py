# SPDX-License-Identifier: MIT
"""For build servers: the GitHub Action and the GitLab template, whose shell steps are run as their
runners would, the README's jobs with a Node and a PHP receiver, and the Containerfile."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support import BINARY, LIMIT_S, ROOT, SECRET, Case

README = (ROOT / "README.md").read_text()
JOBS = dict(re.findall(r"<!-- ci: (\w+) -->\n```yaml\n(.*?)```", README, re.S))
RELEASE = ROOT / "build/release/hookgauge"
DEBIAN_PYTHON = "/usr/bin/python3"  # where ./setup puts PyYAML


def from_yaml(text):
    """What a YAML text says, read by PyYAML; a text that is no YAML fails the test."""
    code = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"
    done = subprocess.run([DEBIAN_PYTHON, "-c", code], input=text, capture_output=True, text=True,
                          timeout=LIMIT_S, check=True)
    return json.loads(done.stdout)


ACTION = from_yaml((ROOT / "action.yml").read_text())
TEMPLATE = from_yaml((ROOT / "ci/gitlab.yml").read_text())[".hookgauge"]


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Lax(BaseHTTPRequestHandler):
    """Accepts everything, and answers with what GitHub's runner would obey."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b"\n::set-output name=failed::0\n::error::by the receiver\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(Case):
    """A build server's machine: a workspace, the command on the PATH, no settings of our own."""

    def setUp(self):
        super().setUp()
        self.work = self.dir / "work"
        self.bin = self.dir / "bin"
        for folder in (self.work, self.bin):
            folder.mkdir()
        (self.bin / "hookgauge").symlink_to(BINARY)
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("HOOKGAUGE", "GITHUB_")) and name not in ("MAKEFLAGS", "MAKELEVEL")}
        self.env = {**kept, "SECRET": SECRET, "PATH": f"{self.bin}:{kept['PATH']}"}

    def lax(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Lax)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}/"

    def good(self, scheme="github"):
        _, url = self.receiver("--secret", "env:SECRET", "--path", "/hook", "--scheme", scheme,
                               "--listen", "127.0.0.1:0", "--store", "memory:", "--log-level", "warn")
        return url + "/hook"

    def shell(self, script, env, wait=True):
        """A step in bash, as both runners start it. All it leaves running ends with the test."""
        with (self.dir / "out").open("wb") as out:
            child = subprocess.Popen(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], cwd=self.work,
                                     env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                     start_new_session=True)
        self.addCleanup(self.end_group, child)
        return child.wait(timeout=LIMIT_S) if wait else child

    def end_group(self, child):
        try:
            os.killpg(child.pid, signal.SIGKILL)  # a session of its own: its group is what it started
        except ProcessLookupError:
            pass
        child.wait()

    def said(self):
        return (self.dir / "out").read_text(errors="replace")


class Runner(Server):
    """GitHub's, as far as the action needs it."""

    def value(self, text, given):
        """An expression of GitHub's, as far as the action has any."""
        def one(found):
            return given[found[1]] if found[1] in given else ACTION["inputs"][found[1]]["default"]
        return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", one, text)

    def act(self, path=ROOT, **given):
        """Runs the steps; returns the exit code of the one that failed, or 0."""
        given = {name.replace("_", "-"): value for name, value in given.items()}
        self.assertLessEqual(set(given), set(ACTION["inputs"]))
        files = {name: self.dir / name for name in ("GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        env = {**self.env, "GITHUB_ACTIONS": "true", "GITHUB_ACTION_PATH": str(path)}
        for name, file in files.items():
            file.write_text("")
            env[name] = str(file)
        code = 0
        for step in ACTION["runs"]["steps"]:
            added = files["GITHUB_PATH"].read_text().split("\n")[:-1]
            env["PATH"] = ":".join([*reversed(added), self.env["PATH"]])
            own = {name: self.value(text, given) for name, text in step.get("env", {}).items()}
            code = self.shell(step["run"], {**env, **own})
            if code != 0:
                break
        lines = files["GITHUB_OUTPUT"].read_text().splitlines()
        self.outputs = dict(line.split("=", 1) for line in lines)
        self.summary = files["GITHUB_STEP_SUMMARY"].read_text()
        self.assertNotIn(SECRET, self.said() + self.summary)
        return code


class Action(Runner):
    def test_a_receiver_that_is_right(self):
        code = self.act(target=self.good(), scheme="github", secret_env="SECRET", junit="out.xml", sarif="out.sarif",
                        html="out.html")
        self.assertEqual((code, self.outputs["failed"], self.outputs["exit-code"]), (0, "0", "0"), self.said())
        self.assertGreaterEqual(int(self.outputs["passed"]), 40)
        self.assertIn(f"github: {self.outputs['passed']} passed, 0 failed", self.summary)
        for name, end in (("out.xml", "</testsuites>\n"), ("out.sarif", "}\n"), ("out.html", "</html>\n")):
            self.assertTrue((self.work / name).read_text().endswith(end), name)

    def test_a_receiver_that_is_wrong(self):
        self.assertEqual(self.act(target=self.lax(), scheme="github", secret_env="SECRET"), 1)
        self.assertEqual(self.outputs["exit-code"], "1")
        self.assertGreater(int(self.outputs["failed"]), 20)
        self.assertRegex(self.said(), r"\n::error title=Hookgauge::\d+ passed, \d+ failed, \d+ skipped, exit code 1\n$")

    def test_another_secret(self):
        url = self.good()
        self.env["OTHER"] = "a-secret-of-somebody-else"
        self.assertEqual(self.act(target=url, scheme="github", secret_env="OTHER"), 1)

    def test_what_a_target_prints_is_no_command(self):
        """The runner's view: between stop-commands and its word nothing is obeyed."""
        self.act(target="cmd:printf '::error::by the program\\n' >&2; exec false", scheme="github")
        obeyed, until = [], None
        for line in self.said().splitlines():
            if until is not None:
                until = None if line == f"::{until}::" else until
            elif line.startswith("::stop-commands::"):
                until = line.rsplit("::", 1)[1]
                self.assertRegex(until, r"^[0-9a-f]{32}$")
            elif line.startswith("::"):
                obeyed.append(line)
        self.assertIn("by the program", self.said())
        self.assertEqual([line[:24] for line in obeyed], ["::error title=Hookgauge:"], self.said())

    def test_nobody_there(self):
        code = self.act(target=f"http://127.0.0.1:{free_port()}/", scheme="github", wait="1")
        self.assertEqual((code, self.outputs["exit-code"], self.outputs["passed"]), (3, "3", ""), self.said())
        self.assertIn("no result, exit code 3", self.summary)

    def test_wrong_settings(self):
        self.env["EMPTY"] = ""  # a secret that a fork's job does not get
        for says, given in (("no target", {}), ("no target", {"target": ""}),
                            ("EMPTY: is empty", {"target": self.lax(), "secret_env": "EMPTY"}),
                            ("NONE: the variable is not set", {"target": self.lax(), "secret_env": "NONE"}),
                            ("wait", {"target": "lib", "wait": "soon"}),
                            ("nope", {"target": "lib", "scheme": "nope"})):
            with self.subTest(given):
                self.assertEqual(self.act(**{"target": "", **given}), 2, self.said())
                self.assertIn(says, self.said())

    def test_inputs_are_data(self):
        """Whatever stands in an input, no shell reads it."""
        evil = "$(touch pwned)`touch pwned`;touch pwned"
        for given in ({"scheme": evil}, {"junit": evil}, {"args": evil}, {"fail_on": evil}, {"wait": evil},
                      {"secret_env": evil}):
            with self.subTest(given):
                self.act(**{"target": "lib", "scheme": "github", **given})
                self.assertFalse((self.work / "pwned").exists())

    def test_arguments(self):
        """Each input is the argument it should be, blanks and patterns included."""
        (self.bin / "hookgauge").unlink()
        told = self.dir / "told"
        (self.bin / "hookgauge").write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" > '{told}'\n")
        (self.bin / "hookgauge").chmod(0o755)
        (self.work / "a file").touch()
        self.act(target="cmd:./a b", scheme="stripe", fail_on="should", junit="a b.xml", sarif="s", html="h",
                 args="--only\na *\n--jobs=2\n")
        self.assertEqual(told.read_text().splitlines(), [
            "test", "cmd:./a b", "--only", "a *", "--jobs=2", "--scheme", "stripe", "--fail-on", "should",
            "--junit", "a b.xml", "--sarif", "s", "--html", "h"])
        self.act(target="lib")
        self.assertEqual(told.read_text().splitlines(), ["test", "lib", "--scheme", "webinone"])

    def test_build(self):
        """Where there is no command yet, it is made of the action's own folder."""
        (self.bin / "hookgauge").unlink()
        source = self.dir / "action"
        shutil.copytree(ROOT / "ci", source / "ci")
        (source / "setup").write_text("#!/bin/sh\n[ \"$*\" = --build ]\n")
        (source / "setup").chmod(0o755)
        (source / "Makefile").write_text(f"build/hookgauge:\n\tmkdir build\n\tln -s {BINARY} $@\n")
        self.assertEqual(self.act(path=source, target="lib", scheme="github"), 0, self.said())
        self.assertEqual(self.outputs["failed"], "0")
        (source / "setup").write_text("#!/bin/sh\nexit 2\n")
        shutil.rmtree(source / "build")
        self.assertEqual(self.act(path=source, target="lib", scheme="github"), 2)
        self.assertEqual(self.outputs, {})

    def test_the_file(self):
        texts = [step["run"] for step in ACTION["runs"]["steps"]]
        self.assertNotIn("${{", "".join(texts))  # else an input would be shell text
        used = re.findall(r"inputs\.([a-z-]+)", (ROOT / "action.yml").read_text())
        self.assertEqual(sorted(used), sorted(ACTION["inputs"]))
        self.assertTrue(all(one.get("description") for kind in ("inputs", "outputs") for one in ACTION[kind].values()))
        self.assertTrue(all(step["shell"] == "bash" for step in ACTION["runs"]["steps"]))
        settings = set(re.findall(r"HOOKGAUGE_\w+", (ROOT / "ci/conformance.sh").read_text()))
        self.assertEqual(settings, set(ACTION["runs"]["steps"][1]["env"]))
        self.assertLessEqual(set(TEMPLATE["variables"]),
                             settings | {"HOOKGAUGE_SOURCE", "HOOKGAUGE_REF", "HOOKGAUGE_FOLDER"})
        self.assertEqual((ROOT / "setup").read_text().count("--build)"), 1)


class Jobs(Runner):
    """The README's jobs, as they stand but for the port."""

    PROGRAMS = {"node": ("server.js", "verify.mjs"), "php": ("index.php", "verify.php")}

    FEWEST = 29 * 4 * 26  # a delivery of each item type and action, with its twins

    def place(self, name):
        """Puts the receiver into the workspace; returns how to write the free port into a text."""
        port = str(free_port())
        server, verify = self.PROGRAMS[name]
        text = (ROOT / "tests/readme" / server).read_text()
        (self.work / server).write_text(text.replace("3000", port))
        shutil.copy(ROOT / "examples" / verify, self.work)
        return lambda line: line.replace("3000", port)

    def setUp(self):
        super().setUp()
        (self.bin / "hookgauge").unlink()
        (self.bin / "hookgauge").symlink_to(RELEASE)  # thousands of cases: what people run, not what finds faults

    def run_job(self, workflow, name, secret=None, **more):
        job = workflow["jobs"][name]
        here = self.place(name)
        self.env.update(workflow["env"])
        for step in job["steps"][1:]:  # the first checks out
            if "run" in step:
                self.assertEqual(self.shell(here(step["run"]), self.env), 0)
            else:
                self.assertEqual(step["uses"], "OWNER/hookgauge@main")
                self.env["WEBHOOK_SECRET"] = secret or self.env["WEBHOOK_SECRET"]
                return self.act(**{**{key: here(value) for key, value in step["with"].items()}, **more})
        return self.fail("no step tests")

    def test_github(self):
        workflow = from_yaml(JOBS["github"])
        self.assertEqual(set(workflow["jobs"]), {*self.PROGRAMS, "dotnet"})
        for name in self.PROGRAMS:
            with self.subTest(name):
                self.assertEqual(self.run_job(workflow, name), 0, self.said())
                self.assertGreaterEqual(int(self.outputs["passed"]), self.FEWEST)
                self.assertEqual(self.run_job(workflow, name, "another secret", args="--only=tax-*"), 1, self.said())

    def test_dotnet_as_far_as_it_can_be_read(self):
        """No .NET here: its inputs exist, and it differs from the others in how it starts alone."""
        steps = from_yaml(JOBS["github"])["jobs"]["dotnet"]["steps"]
        self.assertLessEqual(set(steps[-1]["with"]), set(ACTION["inputs"]))
        self.assertIn("127.0.0.1:3000", steps[-2]["run"])
        self.assertIn("the .NET job is untested", README)

    def gitlab(self, job, name, **more):
        """before_script and script in one shell, with the variables of both, as GitLab's runner does."""
        here = self.place(name)
        variables = {**TEMPLATE["variables"], **{key: here(value) for key, value in job["variables"].items()},
                     "HOOKGAUGE_FOLDER": str(ROOT), **more}
        script = "\n".join([*map(here, job["before_script"]), *TEMPLATE["script"]])
        return self.shell(script, {**self.env, **variables})

    def test_gitlab(self):
        job = from_yaml(JOBS["gitlab"])["webhooks"]
        self.assertEqual(job["extends"], ".hookgauge")
        self.assertLessEqual({name for name in job["variables"] if name.startswith("HOOKGAUGE")},
                             set(TEMPLATE["variables"]))
        self.assertEqual(self.gitlab(job, "node"), 0, self.said())
        self.assertRegex(self.said(), r"\n\d{4} passed, 0 failed")
        self.assertNotIn("::", self.said())
        for path in TEMPLATE["artifacts"]["paths"] + [TEMPLATE["artifacts"]["reports"]["junit"]]:
            self.assertGreater((self.work / path).stat().st_size, 1000)
        self.assertEqual(self.gitlab(job, "node", HOOKGAUGE_SECRET_ENV=""), 1)

    def test_gitlab_builds(self):
        """Without a command: cloned from where the job says, made there."""
        source = self.dir / "source"
        shutil.copytree(ROOT / "ci", source / "ci")
        (source / "setup").write_text("#!/bin/sh\n[ \"$*\" = --build ]\n")
        (source / "setup").chmod(0o755)
        (source / "Makefile").write_text(f"build/hookgauge:\n\tmkdir build\n\tln -s {BINARY} $@\n")
        git = ["git", "-C", source, "-c", "user.name=test", "-c", "user.email=test@example.com"]
        for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "source"]):
            subprocess.run([*git, *words], check=True, timeout=LIMIT_S)
        (self.bin / "hookgauge").unlink()
        variables = {**TEMPLATE["variables"], "HOOKGAUGE_SOURCE": f"file://{source}", "HOOKGAUGE_TARGET": "lib",
                     "HOOKGAUGE_SCHEME": "github", "HOOKGAUGE_FOLDER": str(self.dir / "cloned")}
        self.assertEqual(self.shell("\n".join(TEMPLATE["script"]), {**self.env, **variables}), 0, self.said())
        variables["HOOKGAUGE_SOURCE"] = ""
        shutil.rmtree(self.dir / "cloned")
        self.assertNotEqual(self.shell("\n".join(TEMPLATE["script"]), {**self.env, **variables}), 0)


class Wait(Server):
    def test_a_receiver_that_starts_late(self):
        """It starts after the first attempt has failed, and is met by a later one."""
        port = free_port()
        tried = self.dir / "tried"
        (self.bin / "hookgauge").unlink()
        (self.bin / "hookgauge").write_text(
            f"#!/bin/sh\ncode=0\n'{BINARY}' \"$@\" || code=$?\n[ $code != 3 ] || echo > '{tried}'\nexit $code\n")
        (self.bin / "hookgauge").chmod(0o755)
        os.mkfifo(tried)
        child = self.shell(str(ROOT / "ci/conformance.sh"), {
            **self.env, "HOOKGAUGE_TARGET": f"http://127.0.0.1:{port}/hook", "HOOKGAUGE_SCHEME": "github",
            "HOOKGAUGE_SECRET_ENV": "SECRET", "HOOKGAUGE_ARGS": "--only\npush*"}, wait=False)
        with tried.open("rb") as fifo:  # blocks until an attempt has failed
            self.assertEqual(fifo.read(), b"\n")
        tried.unlink()
        self.receiver("--secret", "env:SECRET", "--path", "/hook", "--scheme", "github", "--listen",
                      f"127.0.0.1:{port}", "--store", "memory:", "--log-level", "warn")
        self.assertEqual(child.wait(timeout=LIMIT_S), 0, self.said())
        self.assertRegex(self.said(), r"\n\d+ passed, 0 failed")


class Container(unittest.TestCase):
    """What can be said of the Containerfile without an engine; tests/container.py runs its steps."""

    TEXT = (ROOT / "Containerfile").read_text().replace("\\\n", " ")

    def stage(self):
        """The instructions of the last stage."""
        return [line.split(None, 1) for line in self.TEXT.split("\nFROM ")[-1].splitlines()[1:]
                if line and not line.startswith("#")]

    def test_it_has_the_libraries_that_the_command_needs(self):
        needed = subprocess.run(["readelf", "-d", RELEASE], capture_output=True, text=True,
                                check=True, timeout=LIMIT_S).stdout
        names = set(re.findall(r"\(NEEDED\).*\[(.+)\]", needed)) - {"libc.so.6"}
        self.assertGreater(len(names), 5)
        packages = next(line[1] for line in self.stage() if line[0] == "RUN").split()
        owned = subprocess.run(["dpkg-query", "-S", *(f"*/{name}" for name in names)], capture_output=True, text=True,
                               timeout=LIMIT_S).stdout.splitlines()
        for name in names:
            owners = {line.split(":")[0] for line in owned if line.endswith(f"/{name}")}
            self.assertTrue(owners & set(packages), (name, owners))

    def test_it_runs_without_rights(self):
        users = [line[1] for line in self.stage() if line[0] == "USER"]
        self.assertEqual(users, ["10001:10001"])
        order = [line[0] for line in self.stage()]
        self.assertLess(max(i for i, word in enumerate(order) if word in ("RUN", "COPY")), order.index("USER"))

    def test_what_is_left_out(self):
        ignored = (ROOT / ".dockerignore").read_text().split()
        self.assertEqual(ignored, [".git", "build", "**/__pycache__"])
        self.assertIn("./setup --build &&", self.TEXT)


if __name__ == "__main__":
    unittest.main()
