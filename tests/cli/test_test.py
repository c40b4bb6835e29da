# SPDX-License-Identifier: MIT
"""hookgauge test: arguments, reports, programs that misbehave, receivers that are not there."""
import base64
import json
import os
import pty
import re
import shlex
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

from support import BINARY, ROOT, SECRET, Case, run

RECEIVER = shlex.join([sys.executable, "-S", str(ROOT / "tests/alarms/receiver.py")])
PUBLIC = json.loads((ROOT / "vectors/webinone.json").read_text())["groups"][0]["secret"]
ONE = "order-oncreate*"  # a valid case and its twins: enough for most tests
SUMMARY = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped in [0-9.]+ s\n\Z")

# Answers rightly by looking at the id alone: a case with a '/' is a twin, of which edges are good.
KNOWING = """
import json, sys
answered = 0
def reply(line):
    case = json.loads(line)
    good = "/" not in case["id"] or "/edge-" in case["id"]
    print(json.dumps({"id": case["id"], "accept": good}), flush=True)
for line in sys.stdin:
    BODY
"""


def summary(out):
    return tuple(int(number) for number in SUMMARY.search(out).groups())


def cases_of(out):
    """The cases in the lines of --json."""
    lines = [json.loads(line) for line in out.splitlines()]
    return [line for line in lines if line["type"] == "case"]


def is_gone(pid):
    """Whether no such process runs any more: at most its entry waits for init."""
    for _ in range(1000):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in "ZX":
            return True
        time.sleep(0.01)
    return False


class Arguments(Case):
    def test_usage(self):
        for arguments, says in (
                ([], "the target is missing"),
                (["nowhere"], "the target must be"),
                (["cmd:"], "cmd: needs a program"),
                (["lib", "lib"], "one too many"),
                (["lib", "--tap", "--json"], "exclude each other"),
                (["lib", "--scheme", "webinone", "--vectors", "x.json"], "exclude each other"),
                (["lib", "--scheme", "nosuch"], "there are: webinone"),
                (["lib", "--scheme", "../webinone"], "there are: webinone"),
                (["lib", "--only", "nosuch*"], "--only: no case"),
                (["lib", "--only", "flag:Nosuch"], "--only: no case"),
                (["lib", "--only", ""], "--only: no case"),
                (["--list", "--only", "nosuch*"], "--only: no case"),
                (["lib", "--jobs", "2"], "--timeout and --jobs are for"),
                (["lib", "--timeout", "2"], "--timeout and --jobs are for"),
                (["lib", "--secret", "env:SECRET"], "--secret: is for URLs"),
                (["lib", "--stored", "true"], "--stored: is for URLs"),
                (["lib", "--slack", "0"], "--slack: is for URLs"),
                (["cmd:true", "--secret", "env:SECRET"], "--secret: is for URLs"),
                (["cmd:true", "--jobs", "0"], "--jobs: must be"),
                (["cmd:true", "--jobs", "65"], "--jobs: must be"),
                (["cmd:true", "--timeout", "0"], "--timeout: must be"),
                (["lib", "--only", "a", "--only", "b"], "given twice"),
                (["lib", "--nosuch"], "unknown option")):
            with self.subTest(arguments=arguments):
                self.refused(2, "test", *arguments, says=says)

    def test_usage_of_urls(self):
        for arguments, says in (
                (["http://"], "no host"),
                (["http:///hook"], "no host"),
                (["http://user:" + SECRET + "@127.0.0.1:1/"], "user name"),
                (["http://127.0.0.1:1/?sk=" + SECRET], "leave sk out"),
                (["http://127.0.0.1:1/a b"], "blank"),
                (["http://127.0.0.1:1/", "--secret", SECRET], "SRC"),
                (["http://127.0.0.1:1/", "--secret", "env:NOT_SET_ANYWHERE"], "NOT_SET_ANYWHERE"),
                (["http://127.0.0.1:1/", "--slack", "151"], "half the tolerance")):
            with self.subTest(arguments=arguments):
                code, out, err = run("test", *arguments)
                self.assertEqual((code, out), (2, ""), err)
                self.assertEqual(len(err.splitlines()), 1)
                self.assertNotIn(SECRET, err)
                if says != "SRC":
                    self.assertIn(says, err)

    def test_help(self):
        code, out, _ = run("test", "--help")
        self.assertEqual(code, 0)
        self.assertIn("--stored", out)
        self.assertLessEqual(max(map(len, out.splitlines())), 100)

    def test_vector_files(self):
        whole = json.loads((ROOT / "vectors/webinone.json").read_text())
        cases = whole["groups"][0]["cases"][:5]

        def changed(**changes):
            group = {**whole["groups"][0], "cases": [{**cases[0], **changes}] + cases[1:]}
            return json.dumps({**whole, "count": 5, "groups": [group]})

        code, out, err = run("test", "lib", "--vectors", self.write("good.json", changed()))
        self.assertEqual((code, err), (0, ""), out)
        orphan = {**whole["groups"][0], "cases": cases[1:]}
        for name, text, says in (
                ("syntax.json", changed()[:-1], "syntax.json:1:"),
                ("trailing.json", changed() + "x", "trailing.json:"),
                ("member.json", changed(extra=1), "$.groups[0].cases[0].extra"),
                ("status.json", changed(status="fine"), "$.groups[0].cases[0].status"),
                ("count.json", json.dumps({**whole, "count": 5}), "$.count"),
                ("scheme.json", json.dumps({**whole, "scheme": "nosuch"}), "$.scheme"),
                ("orphan.json", json.dumps({**whole, "count": 4, "groups": [orphan]}),
                 "$.groups[0].cases[0].of"),
                ("empty.json", "", "empty.json")):
            with self.subTest(name):
                path = self.write(name, text)
                self.refused(2, "test", "lib", "--vectors", path, says=says)
        self.refused(2, "test", "lib", "--vectors", self.dir / "absent.json", says="absent.json")
        self.refused(2, "test", "lib", "--vectors", self.dir, says=str(self.dir))


class Reports(Case):
    def test_list(self):
        code, out, err = run("test", "lib", "--list")
        ids = out.splitlines()
        self.assertEqual((code, err), (0, ""))
        self.assertGreater(len(ids), 2400)
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(run("test", "--list")[1], out)
        few = run("test", "lib", "--list", "--only", ONE)[1].splitlines()
        self.assertEqual(few, [each for each in ids if each.startswith("order-oncreate")])
        flagged = run("test", "lib", "--list", "--only", "flag:BoundaryMoved")[1].splitlines()
        self.assertGreaterEqual(len(flagged), 116)
        self.assertIn("order-oncreate/boundary-moved", flagged)

    def test_lib(self):
        code, out, err = run("test", "lib")
        self.assertEqual((code, err), (0, ""), out)
        passed, failed, skipped = summary(out)
        self.assertGreater(passed, 2400)
        self.assertEqual(failed, 0)
        self.assertGreaterEqual(skipped, 116)
        self.assertIn("(needs HTTP)", out)
        self.assertIn("Booking Subscription", out)
        self.assertIn("basis: assumed", out)
        self.assertLessEqual(max(map(len, out.splitlines())), 100)
        self.assertNotIn("\033", out)

    def test_every_scheme(self):
        for scheme in ("github", "shopify", "slack", "standard-webhooks", "stripe"):
            with self.subTest(scheme):
                code, out, err = run("test", "lib", "--scheme", scheme)
                self.assertEqual((code, err), (0, ""), out)
                self.assertIn("TamperedBody", out)

    def test_only_one(self):
        code, out, _ = run("test", "lib", "--only", "order-oncreate/body-bit")
        self.assertEqual((code, summary(out)), (0, (1, 0, 0)))
        code, out, _ = run("test", "lib", "--only", "order-oncreate/duplicate")
        self.assertEqual((code, summary(out)), (3, (0, 0, 1)), "nothing was shown")

    def test_json(self):
        code, out, _ = run("test", "lib", "--json", "--only", ONE)
        lines = [json.loads(line) for line in out.splitlines()]
        head, last = lines[0], lines[-1]
        self.assertEqual((code, head["target"], head["scheme"], head["basis"]),
                         (0, "lib", "webinone", "assumed"))
        cases = {line["id"]: line for line in lines if line["type"] == "case"}
        self.assertEqual((len(cases), last["exit_code"], last["failed"]), (head["total"], 0, 0))
        self.assertEqual(last["passed"] + last["skipped"], head["total"])
        twin = cases["order-oncreate/body-bit"]
        self.assertEqual((twin["expected"], twin["got"], twin["ok"], twin["flags"]),
                         ("refused (mismatch)", "refused (mismatch)", True, ["TamperedBody"]))
        self.assertRegex(twin["sent"], "^order-oncreate, but bit . of byte .* of the body is flipped")
        skipped = cases["order-oncreate/duplicate"]
        self.assertEqual((skipped["ok"], skipped["skipped"]), (None, "needs HTTP"))
        flags = {line["flag"]: line["passed"] for line in lines if line["type"] == "flag"}
        self.assertEqual((flags["(valid)"], flags["TamperedBody"]), (1, 3))

    def test_tap(self):
        code, out, _ = run("test", "lib", "--tap", "--only", ONE)
        lines = out.splitlines()
        self.assertEqual((code, lines[0]), (0, "TAP version 13"))
        points = [line for line in lines if re.match(r"(not )?ok \d+ - ", line)]
        self.assertEqual(lines[1], f"1..{len(points)}")
        self.assertIn("ok 1 - order-oncreate", lines)
        self.assertTrue(any(line.endswith("/duplicate # SKIP needs HTTP") for line in lines))

    def test_tap_under_prove(self):
        """perl's own reader, where there is one, agrees with the exit code, skips and all."""
        prove = shutil.which("prove") or self.skipTest("there is no prove")
        for target, code in (("lib", 0), (f"cmd:{RECEIVER} --cmd --fault trims-body", 1)):
            script = self.write("run.sh", f"#!/bin/sh\nexec '{BINARY}' test '{target}' --tap --only '{ONE}'\n")
            script.chmod(0o755)
            done = subprocess.run([prove, "-e", "", script], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            self.assertNotIn("Parse errors", done.stdout)

    def test_failed_tap(self):
        code, out, _ = run("test", f"cmd:{RECEIVER} --cmd --fault trims-body", "--tap",
                           "--only", ONE)
        self.assertEqual(code, 1)
        self.assertRegex(out, r"not ok \d+ - order-oncreate/body-appended\n"
                              r"  ---\n  message: \"accepts.*\n  severity: fail\n  sent: \"order")
        self.assertIn('  expected: "refused (mismatch)"\n  got: "accepted"\n', out)

    def terminal(self, *arguments, **env):
        """Runs with a terminal as output; returns what it shows."""
        outer, inner = pty.openpty()
        kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        child = subprocess.Popen([BINARY, *arguments], stdout=inner, stderr=inner,
                                 env={**kept, **env})
        self.addCleanup(self.stop, child)
        os.close(inner)
        shown = b""
        while True:
            try:
                piece = os.read(outer, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        os.close(outer)
        child.wait(timeout=60)
        return shown.decode()

    def test_terminal(self):
        self.assertIn("\033[32m", self.terminal("test", "lib", "--only", ONE))
        self.assertNotIn("\033[32m", self.terminal("test", "lib", "--only", ONE, NO_COLOR="1"))
        shown = self.terminal("test", f"cmd:{RECEIVER} --cmd", NO_COLOR="1")
        self.assertRegex(shown, r"\r\[#*\.*\] \d+/\d+, 0 failed")


class Programs(Case):
    def program(self, body, name="program.py"):
        """A knowing program; body handles each line."""
        text = KNOWING.replace("BODY", body.replace("\n", "\n    "))
        return "cmd:exec " + shlex.join([sys.executable, "-S", str(self.write(name, text))])

    def failures(self, out):
        return {case["id"]: case["got"] for case in cases_of(out) if case["ok"] is False}

    def test_good(self):
        for jobs in ("1", "3"):
            code, out, err = run("test", self.program("reply(line)"), "--only", "*-on*",
                                 "--jobs", jobs)
            self.assertEqual((code, err), (0, ""), out)
            self.assertGreater(summary(out)[0], 2400)

    def test_any_order(self):
        body = "held = globals().setdefault('held', [])\nheld.append(line)\n" \
               "if len(held) == 4:\n    while held: reply(held.pop())"
        code, out, _ = run("test", self.program(body), "--only", "order-on*/body-bit",
                           "--jobs", "1")
        self.assertEqual((code, summary(out)), (0, (4, 0, 0)), out)

    def test_wrong_status(self):
        answer = '{"id":"order-oncreate/body-bit","accept":false,"status":"too_old"}'
        body = f"print({answer!r}, flush=True) if 'body-bit' in line else reply(line)"
        code, out, _ = run("test", self.program(body), "--only", ONE, "--json")
        self.assertEqual(code, 1)
        self.assertEqual(self.failures(out), {"order-oncreate/body-bit": "refused (too_old)"})

    def test_declined(self):
        """A case that a program can't express is skipped with its reason; declining all shows nothing."""
        answer = 'print(json.dumps({"id": json.loads(line)["id"], "skip": REASON}), flush=True)'
        reason = '"takes\\nno body"'
        body = f"if 'body-bit' in line: {answer.replace('REASON', reason)}\nelse: reply(line)"
        code, out, _ = run("test", self.program(body), "--only", ONE)
        self.assertEqual((code, summary(out)[2]), (0, 2), out)
        self.assertIn("skipped: 1 (takes?no body)\n", out)
        code, out, _ = run("test", self.program(answer.replace("REASON", reason)), "--only", ONE)
        self.assertEqual((code, summary(out)[:2]), (3, (0, 0)), out)
        for wrong in ("'a' * 201", "''"):
            code, out, _ = run("test", self.program(answer.replace("REASON", wrong)), "--only", ONE)
            self.assertEqual(code, 1, out)
            self.assertIn("(answer: $.skip: must be 1 to 200", out)

    def test_standard_error_passes(self):
        code, _, err = run("test", self.program("print('chatter', file=sys.stderr)\nreply(line)"),
                           "--only", "order-oncreate")
        self.assertEqual((code, err), (0, "chatter\n"))

    def test_dies_on_one_case(self):
        body = "sys.exit(7) if 'body-bit' in line else reply(line)"
        code, out, _ = run("test", self.program(body), "--only", ONE, "--json", "--jobs", "1")
        self.assertEqual(code, 1)
        self.assertEqual(self.failures(out), {
            "order-oncreate/body-bit": "the program ended with exit code 7 before it answered"})

    def test_killed_on_one_case(self):
        body = "import os\nos.kill(os.getpid(), 9) if 'body-bit' in line else reply(line)"
        code, out, _ = run("test", self.program(body), "--only", ONE, "--json", "--jobs", "1")
        self.assertEqual((code, self.failures(out)), (1, {
            "order-oncreate/body-bit": "the program was ended by signal 9 before it answered"}))

    def test_garbage(self):
        for answer, says in (
                ("hello", 'the program answered what is not JSON: "hello"'),
                ("", 'the program answered what is not JSON: ""'),
                ('{"id":"order-oncreate/body-bit"}', "the program answered a wrong line"),
                ('{"id":"order-oncreate","accept":true}', "the program answered an id"),
                ("x" * 100000, "the program answered a line that is too long")):
            with self.subTest(answer[:50]):
                body = f"print({answer!r}, flush=True) if 'body-bit' in line else reply(line)"
                code, out, _ = run("test", self.program(body), "--only", ONE, "--json",
                                   "--jobs", "1")
                failures = self.failures(out)
                self.assertEqual((code, list(failures)), (1, ["order-oncreate/body-bit"]))
                self.assertIn(says, failures["order-oncreate/body-bit"])

    def test_terminal_escapes_do_not_pass(self):
        body = "print('\\x1b[2J', flush=True)"
        code, out, _ = run("test", self.program(body), "--only", ONE)
        self.assertEqual(code, 1)
        self.assertNotIn("\x1b", out)

    def test_always_garbage(self):
        code, out, _ = run("test", self.program("print('ready', flush=True)"), "--only", ONE,
                           "--json")
        failures = self.failures(out)
        self.assertEqual((code, len(failures)), (1, 25))
        self.assertTrue(all("ready" in got for got in failures.values()), failures)

    def test_answers_nothing(self):
        code, out, _ = run("test", "cmd:exit 0", "--only", ONE, "--json")
        failures = self.failures(out)
        self.assertEqual((code, len(failures)), (1, 25))
        self.assertTrue(all("exit code 0" in got for got in failures.values()), failures)

    def test_too_slow(self):
        body = "import time\ntime.sleep(30) if 'body-bit' in line else reply(line)"
        code, out, _ = run("test", self.program(body), "--only", ONE, "--json", "--jobs", "1",
                           "--timeout", "1")
        self.assertEqual((code, self.failures(out)), (1, {
            "order-oncreate/body-bit": "the program gave no answer within 1 s"}))

    def test_does_not_start(self):
        for command in ("cmd:/nonexistent/program", f"cmd:{self.write('not-executable', '')}"):
            code, out, err = run("test", command)
            self.assertEqual((code, out), (3, ""), err)
            self.assertIn("hookgauge test: the program could not be started", err)

    def test_interrupted(self):
        """What was known is printed, and the children are ended."""
        pids = self.dir / "pids"
        body = f"import os, time\nopen({str(pids)!r}, 'a').write(f'{{os.getpid()}}\\n')\n" \
               "time.sleep(60) if 'body-bit' in line else reply(line)"
        target = self.program(body).replace("cmd:exec ", "cmd:true; ")  # a shell and its child
        child = self.start("test", target, "--only", ONE, "--jobs", "1")
        deadline = time.monotonic() + 30
        while not pids.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        out = child.communicate(timeout=30)[0].decode()
        self.assertEqual(child.returncode, 3, out)
        self.assertIn("interrupted: ", out)
        self.assertRegex(out, SUMMARY)
        for pid in {int(line) for line in pids.read_text().split()}:
            self.assertTrue(is_gone(pid))


class Receivers(Case):
    def serve(self, *arguments, secret=PUBLIC):
        command = shlex.split(RECEIVER) + ["--http", "--secret", secret, *arguments]
        child = self.start(command=command)
        url = child.stdout.readline().decode().strip()
        self.assertRegex(url, r"^http://127\.0\.0\.1:\d+/api/webhook$")
        return url

    def counter(self, url):
        code = ("import sys,urllib.request;"
                "print(urllib.request.urlopen(sys.argv[1]).read().decode())")
        return shlex.join([sys.executable, "-c", code, url])

    def test_good(self):
        url = self.serve()
        code, out, err = run("test", url, "--stored", self.counter(url))
        self.assertEqual((code, err), (0, ""), out)
        self.assertGreater(summary(out)[0], 2800)
        self.assertNotIn("not checked", out)
        again = run("test", url, "--stored", self.counter(url), "--only", ONE)
        self.assertEqual((again[0], summary(again[1])), (0, (26, 0, 0)), again[1])

    def test_own_secret(self):
        url = self.serve(secret=SECRET)
        code, out, _ = run("test", url, "--secret", "env:SECRET", "--only", ONE)
        self.assertEqual((code, summary(out)[1]), (0, 0), out)
        self.assertIn("not checked: how often ", out)
        code, out, _ = run("test", url, "--only", "order-oncreate")
        self.assertEqual((code, summary(out)), (1, (0, 1, 0)), "the public secret is another one")

    def test_failure_can_be_repeated(self):
        """The printed command fails again; a signature by a user's own secret is not shown."""
        url = self.serve("--fault", "stops-at-nul")
        case = "body-nul/cut-at-nul"
        self.assertEqual(run("test", url, "--only", case)[0], 0)
        url = self.serve("--fault", "trims-body")
        code, out, _ = run("test", url, "--only", "order-oncreate/body-appended")
        self.assertEqual(code, 1)
        self.assertIn("accepts a body that was changed after signing", out)
        line = re.search(r"reproduce  (hookgauge .*)", out).group(1)
        self.assertEqual(run(*shlex.split(line)[1:])[0], 1)
        self.assertRegex(out, r"curl .*X-Webhook-Signature: sha256=[0-9a-f]{64}'")
        url = self.serve("--fault", "trims-body", secret=SECRET)
        for form in ("--all", "--json", "--tap"):
            out = run("test", url, "--secret", "env:SECRET", form, "--only",
                      "order-oncreate/body-appended")[1]
            self.assertIn("$SIGNATURE", out)
            self.assertNotRegex(out, r"sha256=[0-9a-f]{8}")
            self.assertNotIn(SECRET, out)

    def test_misplaced_signatures_are_not_shown(self):
        """They are right, so whoever reads a report could send them."""
        for fault, case in (("query-signature", "in-the-url"), ("cookie-signature", "in-a-cookie"),
                            ("authorization", "in-authorization")):
            url = self.serve("--fault", fault, secret=SECRET)
            page = self.dir / f"{case}.html"
            for form in ("--all", "--json", "--tap"):
                code, out, _ = run("test", url, "--secret", "env:SECRET", form, "--only",
                                   f"signature/{case}", "--html", page)
                self.assertEqual(code, 1, out)
                self.assertNotIn("curl ", out)
                self.assertNotRegex(out + page.read_text(), r"[0-9a-f]{40}")
            self.assertRegex(page.read_text(), r"\[6[46] characters\]", "it is veiled")

    def test_published_cases_are_fixed(self):
        """They can't be made anew, so a run of them alone has shown nothing."""
        url = self.serve()
        code, out, _ = run("test", url, "--vectors", ROOT / "vectors/published/slack.json")
        self.assertEqual((code, summary(out)), (3, (0, 0, 4)), out)
        self.assertIn("published with a fixed time and secret", out)

    def test_not_there(self):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))  # bound, not listening: nobody else gets the port
            url = f"http://127.0.0.1:{sock.getsockname()[1]}/hook"
            self.refused(3, "test", url, says=url)

    def test_silent(self):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            sock.listen(8)
            url = f"http://127.0.0.1:{sock.getsockname()[1]}/hook"
            self.refused(3, "test", url, "--timeout", "1", says=url)

    def stuck(self):
        """A server that answers GET and never answers POST; returns its URL."""
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                if self.rfile.readline().startswith(b"GET"):
                    self.wfile.write(b"HTTP/1.1 204 X\r\nConnection: close\r\n\r\n")
                else:
                    self.server.posted.set()
                    self.server.ended.wait(30)

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.posted, server.ended = threading.Event(), threading.Event()
        threading.Thread(target=server.serve_forever).start()
        for clean in (server.server_close, server.shutdown, server.ended.set):
            self.addCleanup(clean)
        return server, f"http://127.0.0.1:{server.server_address[1]}/hook"

    def test_stops_answering(self):
        _, url = self.stuck()
        code, out, _ = run("test", url, "--only", "order-on*", "--jobs", "16", "--timeout", "1",
                           "--json")
        got = [case["got"] for case in cases_of(out)]
        self.assertEqual((code, len(got)), (1, 4 * 26))
        self.assertTrue(any(each.startswith("no answer: ") for each in got), got)
        self.assertIn("given up: the receiver stopped answering", got)

    def test_interrupted(self):
        server, url = self.stuck()
        child = self.start("test", url, "--only", ONE, "--timeout", "60")
        self.assertTrue(server.posted.wait(30))
        child.send_signal(signal.SIGINT)
        out = child.communicate(timeout=20)[0].decode()
        self.assertEqual(child.returncode, 3, out)
        self.assertIn("interrupted: 26 cases were not run", out)

    def test_wrong_counters(self):
        url = self.serve()
        for command, says in (("exit 3", "--stored: the command ended with exit code 3"),
                              ("echo many", "--stored: must print a whole number"),
                              ("echo -1", "--stored: must print"),
                              ("echo 1 2", "--stored: must print"),
                              ("true", "--stored: must print"),
                              ("yes 1", "--stored: printed too much")):
            with self.subTest(command):
                self.refused(3, "test", url, "--stored", command, "--only", ONE, says=says)

    def test_stored_twice(self):
        url = self.serve("--fault", "stores-twice")
        code, out, _ = run("test", url, "--stored", self.counter(url), "--only", ONE)
        self.assertEqual((code, summary(out)), (1, (25, 1, 0)), out)
        self.assertIn("stored 2 of 2 deliveries, not 1", out)
        code, out, _ = run("test", url, "--only", ONE)
        self.assertEqual(code, 0)
        self.assertIn("not checked: how often 1 repeated deliveries were stored", out)

    def test_erring(self):
        url = self.serve("--fault", "crashes")
        code, out, _ = run("test", url, "--only", "order-oncreate/no-event")
        self.assertEqual(code, 1)
        self.assertIn("HTTP 500: the receiver erred", out)

    def test_raw_message(self):
        """A whole message goes out as it is, but for the path."""
        whole = json.loads((ROOT / "vectors/webinone.json").read_text())
        raw = (b"POST /api/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
               b"Content-Length: 2\r\n\r\nab")
        case = {"id": "two-lengths", "flags": ["Encoding"], "status": "bad_request",
                "needs": ["http"], "raw_base64": base64.b64encode(raw).decode()}
        valid = whole["groups"][0]["cases"][0]
        group = {**whole["groups"][0], "cases": [valid, case]}
        path = self.write("raw.json", json.dumps({**whole, "count": 2, "groups": [group]}))
        code, out, err = run("test", self.serve(), "--vectors", path)
        self.assertEqual((code, err, summary(out)), (0, "", (2, 0, 0)), out)
        code, out, _ = run("test", self.serve("--fault", "accepts-all"), "--vectors", path)
        self.assertEqual((code, summary(out)), (0, (2, 0, 0)), "its HTTP is strict")
        code, out, _ = run("test", "lib", "--vectors", path)
        self.assertEqual((code, summary(out)), (0, (1, 0, 1)), out)


if __name__ == "__main__":
    unittest.main()
