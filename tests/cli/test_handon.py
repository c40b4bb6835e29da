# SPDX-License-Identifier: MIT
"""Handing on: real receivers, real HTTP targets and real programs, restarted, killed, slow and down."""
import contextlib
import json
import signal
import sqlite3
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support import SECRET, raw, run
from test_receive import EVENT, PATH, Receiving, connect, delivery, status

WAIT_S = 30  # for what must happen; it does within a second or two
LOOK_S = 0.02


class Target:
    """An HTTP server that notes what it gets. answer(number of the call, headers, body) gives the
    status; it may wait."""

    def __init__(self, answer=lambda call, headers, body: 200, port=0):
        self.calls, self.now, self.most = [], 0, 0
        self.changed = threading.Condition()
        self.answer = answer
        target = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with target.changed:
                    target.calls.append((self.path, self.headers, body))
                    number = len(target.calls)
                    target.now += 1
                    target.most = max(target.most, target.now)
                    target.changed.notify_all()
                code = target.answer(number, self.headers, body)
                with target.changed:
                    target.now -= 1
                try:
                    self.send_response(code)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass  # the receiver was killed meanwhile

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/in"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01},
                                       daemon=True)
        self.thread.start()

    def wait(self, condition):
        """Until condition(self) holds, looked at whenever a call comes in."""
        with self.changed:
            if not self.changed.wait_for(lambda: condition(self), WAIT_S):
                raise AssertionError(f"only these came: {[call[2] for call in self.calls]}")

    def bodies(self):
        with self.changed:
            return [body for _, _, body in self.calls]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class HandingOn(Receiving):
    def target(self, *args, **how):
        target = Target(*args, **how)
        self.addCleanup(target.close)
        return target

    def configured(self, level="info", top=None, env=None, store=None, **endpoint):
        """Starts a receiver with one endpoint of webinone and these members."""
        self.db = self.dir / "inbox.db"
        config = {"listen": "127.0.0.1:0", "store": store or f"sqlite:{self.db}", "log": {"level": level},
                  **(top or {}), "endpoints": [{"name": "site", "path": PATH, "scheme": "webinone",
                                                "secrets": [{"label": "main", "secret": "env:SECRET"}],
                                                **endpoint}]}
        self.child, self.url = self.receiver(self.write("config.json", json.dumps(config)), env=env)

    def rows(self, *filters):
        code, out, err = run("inbox", "list", self.db, "--json", "--limit", "1000", *filters)
        self.assertEqual(code, 0, err)
        return [json.loads(line) for line in out.splitlines()][::-1]

    def until(self, condition):
        """Waits for what the inbox says to become true."""
        end = time.monotonic() + WAIT_S
        while not condition():
            self.assertLess(time.monotonic(), end, self.rows())
            time.sleep(LOOK_S)

    def states(self, *filters):
        return [row["state"] for row in self.rows(*filters)]

    def program(self, text):
        path = self.write("handler", "#!/bin/sh\n" + text)
        path.chmod(0o700)
        return str(path)

    def begin_drain(self):
        """Asks the receiver to end, and waits until it has heard."""
        self.child.terminate()
        with self.assertRaises(ConnectionRefusedError):
            while True:
                with contextlib.suppress(ConnectionResetError):  # it closed while we connected
                    connect(self.url).close()

    def kill(self):
        self.child.kill()
        self.child.wait()


class Http(HandingOn):
    def test_what_came_in_goes_on(self):
        target = self.target()
        self.open("--forward", target.url, level="info")
        sent = delivery(b'{"n":1}', extra=("X-Hookgauge-Event: forged", "X_Hookgauge_Id: forged", "X-Odd: \xe9",
                                           "Connection: X-Gone", "X-Gone: 1"))
        self.assertEqual(status(raw(self.url, sent)), 200)
        target.wait(lambda it: it.calls)
        path, headers, body = target.calls[0]
        self.assertEqual((path, body), ("/in", b'{"n":1}'))
        self.assertEqual(headers["X-Hookgauge-Event"], EVENT)
        self.assertEqual(headers["X-Hookgauge-Delivery"], "1")
        self.assertEqual(headers["X-Hookgauge-Key"], "current")
        self.assertRegex(headers["X-Hookgauge-Received"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertRegex(headers["X-Webhook-Signature"], "^sha256=[0-9a-f]{64}$")
        self.assertEqual(headers["Host"], f"127.0.0.1:{target.port}")
        for name in ("X_Hookgauge_Id", "X-Gone", "Connection"):
            self.assertIsNone(headers[name], name)
        self.until(lambda: self.states() == ["done"])
        self.assertRegex(self.end(), r'info attempt endpoint=/api/webhook row=1 attempt=1 outcome=done '
                                     r'answer="answered 200" ms=\d+\n')

    def test_the_log_tells_of_an_attempt_at_once(self):
        """Also where nothing else happens any more: its client is gone, so no request and no deadline wakes
        whoever writes the log."""
        held = threading.Event()
        self.addCleanup(held.set)
        target = self.target(lambda call, headers, body: 200 if held.wait(WAIT_S) else 503)
        self.configured(forward=target.url)
        self.assertEqual(self.post(b"one"), 200)
        target.wait(lambda it: it.calls)
        late = threading.Timer(WAIT_S, self.kill)  # ends the reading below
        late.start()
        self.addCleanup(late.cancel)
        held.set()
        line = next((line for line in self.child.stderr if b" attempt " in line), b"")
        self.assertIn(b"outcome=done", line)

    def test_a_refused_or_repeated_delivery_does_not_go_on(self):
        target = self.target()
        self.open("--forward", target.url, "--events", "Order.*")
        once = delivery(b"once")
        self.assertEqual([status(raw(self.url, once)) for _ in range(3)], [200] * 3)
        self.assertEqual(self.post(b"bad", secret="other"), 401)
        self.assertEqual(self.post(b"old", age=1000), 401)
        self.assertEqual(self.post(b"unwanted", event="Tax.OnCreate"), 403)
        self.assertEqual(self.post(b"last"), 200)
        self.until(lambda: self.states() == ["done", "done"])
        self.assertEqual(sorted(target.bodies()), [b"last", b"once"])

    def test_a_target_that_is_down_then_up(self):
        first = self.target()
        first.close()
        self.configured(forward=first.url, deliver={"first_delay_s": 1, "most_delay_s": 1})
        self.assertEqual(self.post(b"a"), 200)
        self.until(lambda: self.rows()[0]["attempts"] >= 2)
        self.assertEqual(self.states(), ["queued"])
        self.assertIn("could not connect", self.rows()[0]["outcome"])
        again = self.target(port=first.port)
        again.wait(lambda it: it.calls)
        self.until(lambda: self.states() == ["done"])
        self.assertGreater(int(again.calls[0][1]["X-Hookgauge-Attempt"]), 2)

    def test_a_restart_and_a_kill_lose_nothing(self):
        held, phase = threading.Event(), ["fails"]
        self.addCleanup(held.set)
        target = self.target(lambda call, headers, body:
                             200 if phase[0] == "holds" and held.wait(WAIT_S) else 503)
        self.configured(forward=target.url, deliver={"first_delay_s": 1, "most_delay_s": 1})
        for body in (b"a", b"b", b"c", b"d"):
            self.assertEqual(self.post(body), 200)
        self.until(lambda: all(row["attempts"] >= 1 for row in self.rows()))
        self.assertEqual(self.stop(self.child), 0)
        self.assertEqual(self.states(), ["queued"] * 4)
        phase[0] = "holds"
        before = len(target.bodies())
        self.configured(forward=target.url)
        target.wait(lambda it: it.now == 4)  # all under way once more
        self.kill()
        held.set()
        self.assertEqual(self.states(), ["queued"] * 4)
        self.configured(forward=target.url)
        self.until(lambda: self.states() == ["done"] * 4)
        self.assertEqual(sorted(target.bodies()[before + 4:]), [b"a", b"b", b"c", b"d"])

    def move_away(self):
        (self.dir / "away").mkdir()
        for file in self.dir.glob("inbox.db*"):
            file.rename(self.dir / "away" / file.name)

    def test_an_outcome_is_not_written_to_another_inbox(self):
        """The file is moved away under an attempt: the new one has other deliveries under the same rows."""
        held = threading.Event()
        self.addCleanup(held.set)
        target = self.target(lambda call, headers, body: 200 if body != b"old" or held.wait(WAIT_S) else 503)
        self.configured(forward=target.url)
        self.assertEqual(self.post(b"old"), 200)
        target.wait(lambda it: it.now == 1)
        self.move_away()
        self.assertEqual(self.post(b"new"), 200)
        held.set()
        target.wait(lambda it: it.calls[-1][2] == b"new")
        self.until(lambda: self.states() == ["done"])

    def test_a_drain_waits_for_no_other_inbox(self):
        """Nor does the endpoint have the same number in the new file."""
        held = threading.Event()
        self.addCleanup(held.set)
        target = self.target(lambda call, headers, body: 200 if held.wait(WAIT_S) else 503)
        self.configured(forward=target.url)
        with contextlib.closing(sqlite3.connect(self.db)) as db, db:
            db.execute("INSERT INTO endpoints (name) VALUES ('of before')")
        self.assertEqual(self.post(b"old"), 200)
        target.wait(lambda it: it.now == 1)
        self.move_away()
        self.assertEqual([self.post(b"new"), self.post(b"newer")], [200, 200])
        target.wait(lambda it: len(it.calls) == 2)  # the first has to wait: its row is in hand
        held.set()
        self.until(lambda: self.states() == ["done"] * 2)
        begun = time.monotonic()
        self.assertEqual(self.stop(self.child), 0)
        self.assertLess(time.monotonic() - begun, 5)  # a drain that waits in vain takes ten

    def test_a_clock_that_was_set_back_holds_nothing_up(self):
        """What came, or was tried, later than now is due; what was tried before now waits for its time."""
        target = self.target(lambda call, headers, body: 503)
        self.configured(forward=target.url, deliver={"first_delay_s": 3600, "most_delay_s": 3600})
        for body in (b"new", b"tried", b"waits"):
            self.assertEqual(self.post(body), 200)
        self.until(lambda: all(row["attempts"] == 1 for row in self.rows()))
        self.assertEqual(self.stop(self.child), 0)
        day = 86400 * 1000
        with contextlib.closing(sqlite3.connect(self.db)) as db, db:
            db.execute("UPDATE queue SET due_ms = due_ms + ?", (day,))
            db.execute("UPDATE queue SET attempts = 0, tried_ms = 0 WHERE delivery = 1")
            db.execute("UPDATE queue SET tried_ms = tried_ms + ? WHERE delivery = 2", (day,))
        self.configured(forward=target.url, deliver={"first_delay_s": 3600, "most_delay_s": 3600})
        self.until(lambda: [row["attempts"] for row in self.rows()] == [1, 2, 1])
        self.assertEqual(sorted(target.bodies()[3:]), [b"new", b"tried"])

    def test_a_slow_target_does_not_slow_acceptance(self):
        held = threading.Event()
        self.addCleanup(held.set)
        target = self.target(lambda call, headers, body: 200 if held.wait(WAIT_S) else 503)
        self.configured(forward=target.url, deliver={"concurrency": 3})
        bodies = [b"%d" % number for number in range(40)]
        with ThreadPoolExecutor(8) as pool:
            self.assertEqual(set(pool.map(self.post, bodies)), {200})  # while every attempt hangs
        target.wait(lambda it: it.now == 3)
        self.assertEqual(self.states(), ["queued"] * 40)
        held.set()
        self.until(lambda: self.states() == ["done"] * 40)
        self.assertEqual(target.most, 3)  # never more at once
        self.assertEqual(sorted(target.bodies()), sorted(bodies))

    def test_secrets_of_a_target_are_shown_nowhere(self):
        target = self.target(lambda call, headers, body: 503)
        self.configured(forward="env:TARGET", deliver={"authorization": "env:TOKEN"}, level="debug",
                        env={"TARGET": target.url + "?key=hidden1", "TOKEN": "Bearer hidden2"})
        self.assertEqual(status(raw(self.url, delivery(b"a", extra=("Authorization: Basic theirs",)))), 200)
        target.wait(lambda it: it.calls)
        self.assertEqual(target.calls[0][0], "/in?key=hidden1")
        self.assertEqual(target.calls[0][1].get_all("Authorization"), ["Bearer hidden2"])
        self.until(lambda: self.rows()[0]["attempts"] > 0)
        shown = run("inbox", "show", self.db, "1")[1] + json.dumps(self.rows()) + self.end()
        self.assertNotIn("hidden", shown)
        self.assertNotIn(b"hidden", self.db.read_bytes())

    def test_a_drain_waits_for_what_is_under_way(self):
        held = threading.Event()
        self.addCleanup(held.set)
        target = self.target(lambda call, headers, body: 200 if held.wait(WAIT_S) else 503)
        self.configured(forward=target.url, deliver={"concurrency": 1})
        for body in (b"a", b"b"):
            self.assertEqual(self.post(body), 200)
        target.wait(lambda it: it.calls)
        self.begin_drain()
        held.set()
        self.assertEqual(self.stop(self.child), 0)
        self.assertEqual(self.states(), ["done", "queued"])
        self.assertEqual(target.bodies(), [b"a"])

    def test_a_second_signal_breaks_off(self):
        held = threading.Event()
        self.addCleanup(held.set)
        target = self.target(lambda call, headers, body: 200 if held.wait(WAIT_S) else 503)
        self.configured(forward=target.url)
        self.assertEqual(self.post(b"a"), 200)
        target.wait(lambda it: it.calls)
        begun = time.monotonic()
        self.begin_drain()
        self.child.terminate()
        said = self.child.stderr.read().decode()
        self.assertEqual(self.stop(self.child), 0)
        self.assertLess(time.monotonic() - begun, 8)
        self.assertIn("outcome=stopped", said)
        self.assertEqual([(row["state"], row["attempts"]) for row in self.rows()], [("queued", 0)])

    def test_two_receivers_on_one_store(self):
        """One of them hands on; when it is killed the other does."""
        held = threading.Event()
        self.addCleanup(held.set)
        target = self.target(lambda call, headers, body: 200 if call > 1 or held.wait(WAIT_S) else 503)
        self.configured(forward=target.url)
        first = self.child
        self.assertEqual(self.post(b"a"), 200)
        target.wait(lambda it: it.calls)
        self.configured(forward=target.url)
        self.assertEqual(self.post(b"b"), 200)  # by the second; the first must see it
        self.until(lambda: self.states() == ["queued", "done"])
        self.assertEqual(target.bodies(), [b"a", b"b"])
        first.kill()
        first.wait()
        self.until(lambda: self.states() == ["done", "done"])
        self.assertEqual(target.bodies(), [b"a", b"b", b"a"])


class Reloading(HandingOn):
    def renew(self, **endpoint):
        """Changes the endpoint in the configuration's file and has it read anew; returns the log up to then."""
        path = self.dir / "config.json"
        config = json.loads(path.read_text())
        for name, value in endpoint.items():
            config["endpoints"][0].pop(name, None)
            if value is not None:
                config["endpoints"][0][name] = value
        path.write_text(json.dumps(config))
        self.child.send_signal(signal.SIGHUP)
        said = ""
        for line in self.child.stderr:
            said += line.decode()
            if b" reload " in line or b"reload_failed" in line:
                self.assertIn(b"info reload ", line)
                return said
        self.fail(said)

    def test_a_new_target(self):
        """What the old one has under way ends there; nothing is begun at the new one before."""
        held = threading.Event()
        self.addCleanup(held.set)
        old = self.target(lambda call, headers, body: 503 if held.wait(WAIT_S) else 500)
        new = self.target()
        self.configured(forward=old.url, deliver={"first_delay_s": 1})
        self.assertEqual(self.post(b"a"), 200)
        old.wait(lambda it: it.calls)
        self.renew(forward=new.url)
        self.assertEqual(self.post(b"b"), 200)
        self.assertEqual(self.states(), ["queued", "queued"])
        held.set()
        self.until(lambda: self.states() == ["done", "done"])
        self.assertEqual((old.bodies(), sorted(new.bodies())), ([b"a"], [b"a", b"b"]))
        self.assertEqual([headers["X-Hookgauge-Attempt"] for _, headers, body in new.calls if body == b"a"], ["2"])

    def test_a_target_comes_and_goes(self):
        target = self.target()
        self.configured()
        self.assertEqual(self.post(b"a"), 200)
        self.renew(forward=target.url)
        self.assertEqual(self.post(b"b"), 200)
        self.until(lambda: self.states() == ["none", "done"])
        self.renew(forward=None)
        self.assertEqual(self.post(b"c"), 200)
        self.renew(exec=[self.program("exit 0\n")])
        self.assertEqual(self.post(b"d"), 200)
        self.until(lambda: self.states() == ["none", "done", "none", "done"])
        self.assertEqual(target.bodies(), [b"b"])

    def test_another_receiver_takes_over(self):
        """What one has its target taken away for, and has done with, another one on the same store hands on."""
        held = threading.Event()
        self.addCleanup(held.set)
        old = self.target(lambda call, headers, body: 503 if held.wait(WAIT_S) else 500)
        new = self.target()
        self.configured(forward=old.url, deliver={"first_delay_s": 1})
        first = self.child
        self.assertEqual(self.post(b"a"), 200)
        old.wait(lambda it: it.calls)
        self.configured(forward=new.url)
        self.child, second = first, self.child
        self.renew(forward=None)
        held.set()
        self.until(lambda: self.states() == ["done"])
        self.assertEqual((old.bodies(), new.bodies()), ([b"a"], [b"a"]))
        self.assertEqual(new.calls[0][1]["X-Hookgauge-Attempt"], "2")
        self.assertEqual([self.stop(child) for child in (first, second)], [0, 0])

    def test_a_name_that_deliveries_still_wait_for(self):
        """They are not forgotten in silence when an endpoint is renamed, whether by a start or a reload."""
        gone, target = self.target(), self.target()
        gone.close()
        self.configured(forward=gone.url)
        self.assertEqual(self.post(b"a"), 200)
        self.until(lambda: self.rows()[0]["attempts"] > 0)
        said = self.renew(name="other", forward=target.url)
        self.assertEqual(self.post(b"b"), 200)
        self.until(lambda: self.states() == ["queued", "done"])
        said += self.end()
        note = 'warn queue endpoint=site note="deliveries wait, and no endpoint of this name hands on"\n'
        self.assertEqual(said.count(note), 1, said)
        self.child = self.start("receive", self.dir / "config.json")  # as the reload left it
        said = self.banner(self.child)
        self.assertEqual((said + self.end()).count(note), 1)
        self.configured(forward=target.url)
        self.until(lambda: self.states() == ["done", "done"])
        self.assertNotIn(" queue ", self.end())

    def test_what_is_not_changed_goes_on(self):
        """An attempt under way outlives a reload that does not touch its target, and is made once."""
        held = threading.Event()
        self.addCleanup(held.set)
        target = self.target(lambda call, headers, body: 200 if body != b"a" or held.wait(WAIT_S) else 503)
        self.configured(forward=target.url)
        self.assertEqual(self.post(b"a"), 200)
        target.wait(lambda it: it.calls)
        self.renew(events=["Order.*"])
        self.assertEqual(self.post(b"b"), 200)
        self.until(lambda: self.states() == ["queued", "done"])
        held.set()
        self.until(lambda: self.states() == ["done", "done"])
        self.assertEqual(target.bodies(), [b"a", b"b"])


class Programs(HandingOn):
    def test_the_environment_is_scrubbed(self):
        out = self.dir / "out"
        program = self.program(f"env > {out}.part; cat >> {out}.part; mv {out}.part {out}\n")
        self.open("--exec", program)
        self.assertEqual(self.post(b"the body\x00\xff"), 200)
        self.until(out.exists)
        text = out.read_bytes()
        self.assertTrue(text.endswith(b"the body\x00\xff"))
        self.assertNotIn(SECRET.encode(), text)
        for line in (b"HOOKGAUGE_ENDPOINT=/api/webhook\n", b"HOOKGAUGE_EVENT=Order.OnCreate\n", b"HOOKGAUGE_ATTEMPT=1\n",
                     b"HOOKGAUGE_DELIVERY=1\n", b"HOOKGAUGE_HEADERS=X-Webhook-Timestamp: "):
            self.assertIn(line, text)
        known = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PWD", "OLDPWD", "SHLVL", "_"}
        names = {line.split(b"=")[0].decode() for line in text.split(b"HOOKGAUGE_HEADERS")[0].splitlines()}
        self.assertEqual({name for name in names if not name.startswith("HOOKGAUGE_")} - known, set())

    def test_dead_letters_are_kept_and_retried(self):
        """Exit 65 is dead at once, other codes after the ceiling; both can be queued again, by a filter while the
        receiver runs and by the row while it does not."""
        flag, out = self.dir / "flag", self.dir / "out"
        program = self.program(f"test -e {flag} && cat >> {out} && exit 0\nread body\nexit $body\n")
        deliver = {"first_delay_s": 1, "most_delay_s": 1, "attempts": 2}
        self.configured(exec=[program], deliver=deliver)
        for body in (b"65", b"7", b"0"):
            self.assertEqual(self.post(body), 200)
        self.until(lambda: self.states() == ["dead", "dead", "done"])
        self.assertEqual([(row["attempts"], row["outcome"]) for row in self.rows("--state", "dead")],
                         [(1, "exit code 65"), (2, "exit code 7")])
        self.assertIn("handed on dead", run("inbox", "show", self.db, "2")[1])
        self.assertIn("dead 2: exit code 7", run("inbox", "list", self.db)[1])
        flag.touch()
        self.assertEqual(run("inbox", "retry", self.db, "--state", "dead", "--until", "2000-01-01T00:00:00Z")[0], 1)
        self.assertEqual(run("inbox", "retry", self.db, "--event", "Order.*")[:2], (0, "2 queued\n"))
        self.until(lambda: self.states() == ["done"] * 3)
        self.assertEqual(sorted(out.read_text()), ["5", "6", "7"])
        self.assertEqual(self.stop(self.child), 0)
        self.assertEqual(run("inbox", "retry", self.db, "3")[:2], (0, "1 queued\n"))
        self.assertEqual(self.states(), ["done", "done", "queued"])
        self.configured(exec=[program], deliver=deliver)
        self.until(lambda: self.states() == ["done"] * 3)
        self.assertEqual(sorted(out.read_text()), ["0", "5", "6", "7"])

    def test_dead_is_what_the_configuration_says(self):
        program = self.program("read body\nexit $body\n")
        self.configured(exec=[program], deliver={"dead": [3]})
        for body in (b"65", b"3"):
            self.assertEqual(self.post(body), 200)
        self.until(lambda: [row["attempts"] for row in self.rows()][1] == 1 and self.rows()[0]["attempts"] >= 1)
        self.assertEqual(self.states(), ["queued", "dead"])

    def test_a_hanging_program_is_ended(self):
        program = self.program("sleep 100\n")
        self.configured(exec=[program], deliver={"timeout_s": 1, "attempts": 1})
        self.assertEqual(self.post(b"a"), 200)
        self.until(lambda: self.states() == ["dead"])
        self.assertEqual(self.rows()[0]["outcome"], "took too long")

    def test_what_it_prints_stays_out_of_the_log(self):
        program = self.program("echo printed; echo errors >&2; exit 0\n")
        for errors in (False, True):
            self.configured(exec=[program], deliver={"errors": errors})
            self.assertEqual(self.post(b"%d" % errors), 200)
            self.until(lambda: set(self.states()) == {"done"})
            said = self.end()
            self.assertNotIn("printed", said)
            self.assertEqual("errors\n" in said, errors)


class Order(HandingOn):
    def ordered(self, order, deliveries, failing, more=None, after=None, times=2):
        """What arrived in which order, when those of failing do not succeed before so many times, and not before
        after has come. self.before is how often the first was tried before anything could arrive."""
        lock, left = threading.Lock(), {body: times for body in failing}

        def answer(call, headers, body):
            with lock:
                if left.get(body, 0) == 0:
                    return 200
                left[body] -= 1
            if after:
                target.wait(lambda it: any(call[2] == after for call in it.calls))
            return 503
        target = self.target(answer)
        gate = self.target()
        gate.close()  # nothing is handed on before all have come
        self.configured(forward=gate.url, deliver={"first_delay_s": 1, "most_delay_s": 1})
        for body, event in deliveries:
            self.assertEqual(self.post(body, event=event), 200)
        self.assertEqual(self.stop(self.child), 0)
        self.before = self.rows()[0]["attempts"]  # mostly 1, but nothing waits for it
        self.configured(forward=target.url, deliver={"first_delay_s": 1, "most_delay_s": 1, "order": order,
                                                      **(more or {})})
        self.until(lambda: "queued" not in self.states())
        return target.bodies()

    def test_by_arrival(self):
        deliveries = [(b"1", "Order.OnCreate"), (b"2", "Order.OnUpdate"), (b"3", "Order.OnCreate")]
        self.assertEqual(self.ordered("arrival", deliveries, [b"1"]), [b"1", b"1", b"1", b"2", b"3"])

    def test_by_arrival_up_to_the_ceiling(self):
        deliveries = [(b"1", "Order.OnCreate"), (b"2", "Order.OnUpdate"), (b"3", "Order.OnCreate")]
        got = self.ordered("arrival", deliveries, [b"1"], {"attempts": 4}, times=4)
        self.assertEqual(got, [b"1"] * (4 - self.before) + [b"2", b"3"])
        self.assertEqual(self.states(), ["dead", "done", "done"])

    def test_by_event(self):
        deliveries = [(b"a1", "Order.OnCreate"), (b"b1", "Order.OnUpdate"), (b"a2", "Order.OnCreate"),
                      (b"b2", "Order.OnUpdate"), (b"b3", "Order.OnUpdate")]
        got = self.ordered("event", deliveries, [b"a1"], after=b"b3")
        self.assertEqual([body for body in got if body[:1] == b"a"], [b"a1", b"a1", b"a1", b"a2"])
        self.assertEqual([body for body in got if body[:1] == b"b"], [b"b1", b"b2", b"b3"])
        self.assertLess(got.index(b"b3"), got.index(b"a2"))  # another event is not held up

    def test_without_an_order(self):
        deliveries = [(b"1", EVENT), (b"2", EVENT), (b"3", EVENT)]
        got = self.ordered("none", deliveries, [b"1"], after=b"3")
        self.assertLess(got.index(b"3"), len(got) - 1 - got[::-1].index(b"1"))


class Keeping(HandingOn):
    def test_retention(self):
        """Old deliveries go, those that wait stay, and a repeat of one that went is still a repeat."""
        gone = self.target()
        gone.close()
        self.configured(top={"retention": {"max_age_s": 1}})
        request = delivery(b"a")
        self.assertEqual(status(raw(self.url, request)), 200)
        self.until(lambda: self.count() == 0)
        self.assertEqual(status(raw(self.url, request)), 200)
        self.assertEqual(self.count(), 0)
        self.assertEqual(self.stop(self.child), 0)
        self.configured(top={"retention": {"max_age_s": 1}}, forward=gone.url)
        self.assertEqual(self.post(b"waits"), 200)
        self.until(lambda: self.rows()[0]["attempts"] >= 2)
        self.assertEqual([(row["row"], row["state"]) for row in self.rows()], [(2, "queued")])

    def test_purge(self):
        gone = self.target()
        gone.close()
        self.configured(forward=gone.url)
        self.assertEqual(self.post(b"a"), 200)
        self.assertEqual(run("inbox", "purge", self.db, "--event", "Order.*")[0], 1)  # it is queued
        self.refused(2, "inbox", "purge", self.db, "--state", "queued", says="--force")
        self.assertEqual(self.count(), 1)
        self.assertEqual(run("inbox", "purge", self.db, "--state", "queued", "--force")[:2], (0, "1 purged\n"))
        self.assertEqual(self.count(), 0)
        self.assertEqual(self.post(b"b"), 200)
        self.assertEqual(self.rows()[0]["row"], 2)

    def test_a_version_1_inbox_is_brought_up(self):
        target = self.target()
        self.open()
        self.assertEqual(self.post(b"old"), 200)
        self.assertEqual(self.stop(self.child), 0)
        with sqlite3.connect(self.db) as db:
            db.executescript("INSERT INTO seen SELECT endpoint, key, until, delivery FROM recent; DROP TABLE recent;"
                             "DROP TABLE queue; DROP TABLE handed; DROP TABLE last; PRAGMA user_version = 1;")
        db.close()
        self.assertEqual(self.states(), ["none"])
        self.open("--forward", target.url)
        self.assertEqual(self.post(b"new"), 200)
        self.until(lambda: self.states() == ["none", "done"])
        self.assertEqual(run("inbox", "retry", self.db, "1")[:2], (0, "1 queued\n"))
        self.until(lambda: self.states() == ["done", "done"])
        self.assertEqual(target.bodies(), [b"new", b"old"])

    def test_filters(self):
        self.open()
        for body, event in ((b"1", "Order.OnCreate"), (b"22", "Tax.OnCreate"), (b"333", "Order.OnDelete")):
            self.assertEqual(self.post(body, event=event), 200)
        for filters, wanted in ((("--event", "Order.*"), [1, 3]), (("--event", "*.OnCreate"), [1, 2]),
                                (("--endpoint", PATH), [1, 2, 3]), (("--endpoint", "x"), []),
                                (("--since", "2000-01-01T00:00:00Z"), [1, 2, 3]), (("--until", "2000-01-01T00:00:00Z"), []),
                                (("--state", "none"), [1, 2, 3]), (("--state", "queued"), [])):
            with self.subTest(filters):
                self.assertEqual([row["row"] for row in self.rows(*filters)], wanted)
                self.assertEqual(run("inbox", "list", self.db, "--count", *filters)[1], f"{len(wanted)}\n")
        exported = run("inbox", "export", self.db, "--event", "Order.*", "--limit", "1")[1].splitlines()
        self.assertEqual([json.loads(line)["row"] for line in exported], [1])


class Mistakes(HandingOn):
    FLAGS = ("--secret", "env:SECRET", "--path", PATH, "--scheme", "webinone", "--listen", "127.0.0.1:0")

    def test_flags(self):
        store = f"sqlite:{self.dir / 'inbox.db'}"
        for args, says in ((("--store", "memory:", "--forward", "http://a/"), "--forward: needs a store that keeps"),
                           (("--store", "memory:", "--exec", "./x"), "--exec: needs a store that keeps"),
                           (("--store", store, "--forward", "http://a/", "--exec", "./x"), "--exec"),
                           (("--store", store, "--forward", "ftp://a/"), "--forward: must be a URL"),
                           (("--store", store, "--forward", "http://u:p@a/"), "user info"),
                           (("--store", store, "--forward", "env:NOTHING_HERE"), "--forward"),
                           (("--store", store, "--exec", "handler"), "'/'")):
            with self.subTest(args):
                self.refused(2, "receive", *self.FLAGS, *args, says=says)

    def test_members(self):
        site = {"path": PATH, "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}]}
        to = {**site, "forward": "http://127.0.0.1:9/"}
        program = {**site, "exec": ["./x"]}
        for endpoint, says in (
                ({**to, "exec": ["./x"]}, "$.endpoints[0].exec: can't stand beside"),
                ({**site, "deliver": {}}, "$.endpoints[0].deliver: needs"),
                ({**site, "exec": []}, "$.endpoints[0].exec: must have 1 to 32 words"),
                ({**site, "exec": ["x"]}, "$.endpoints[0].exec[0]: must be a path"),
                ({**site, "forward": "env:NOTHING_HERE"}, "$.endpoints[0].forward"),
                ({**to, "deliver": {"order": "x"}}, "$.endpoints[0].deliver.order: must be none, arrival or event"),
                ({**to, "deliver": {"order": "arrival", "concurrency": 2}}, "deliver.concurrency: must be 1"),
                ({**to, "deliver": {"concurrency": 65}}, "deliver.concurrency: must be from 1 to 64"),
                ({**to, "deliver": {"first_delay_s": 9, "most_delay_s": 8}}, "deliver.most_delay_s"),
                ({**to, "deliver": {"dead": [200]}}, "deliver.dead[0]: must be from 300 to 599"),
                ({**program, "deliver": {"dead": [0]}}, "deliver.dead[0]: must be from 1 to 255"),
                ({**to, "deliver": {"env": ["A"]}}, 'deliver.env: belongs to "exec"'),
                ({**to, "deliver": {"errors": True}}, 'deliver.errors: belongs to "exec"'),
                ({**program, "deliver": {"authorization": "env:SECRET"}}, 'deliver.authorization: belongs to "forward"'),
                ({**program, "deliver": {"env": ["A=B"]}}, "deliver.env[0]"),
                ({**program, "deliver": {"env": ["HOOKGAUGE_EVENT"]}}, "deliver.env[0]"),
                ({**to, "scheme": "stripe", "deliver": {"order": "event"}}, "forward: the order event needs"),
                ({**to, "scheme": "github", "deliver": {"order": "event"}}, "forward: the order event can't be trusted")):
            with self.subTest(says):
                config = {"listen": "127.0.0.1:0", "store": f"sqlite:{self.dir / 'inbox.db'}", "endpoints": [endpoint]}
                self.refused(2, "receive", self.write("config.json", json.dumps(config)), says=says)

    def test_the_threads_of_all_have_a_ceiling(self):
        endpoints = [{"path": f"/{number}", "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}],
                      "forward": "http://127.0.0.1:9/", "deliver": {"concurrency": 64}} for number in range(5)]
        config = {"listen": "127.0.0.1:0", "store": f"sqlite:{self.dir / 'inbox.db'}", "endpoints": endpoints}
        self.refused(2, "receive", self.write("config.json", json.dumps(config)), says="$.endpoints[4].forward: makes more")

    def test_retention_needs_a_file(self):
        config = {"listen": "127.0.0.1:0", "store": "memory:", "retention": {"max_age_s": 5},
                  "endpoints": [{"path": PATH, "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}]}]}
        self.refused(2, "receive", self.write("config.json", json.dumps(config)), says="$.retention")

    def test_inbox(self):
        self.open()
        self.assertEqual(self.post(b"a"), 200)
        for args, says in ((("retry", self.db), "a row or a filter"), (("purge", self.db), "a row or a filter"),
                           (("purge", self.db, "--force"), "a row or a filter"),
                           (("retry", self.db, "1", "--event", "x"), "no filter"), (("retry", self.db, "0"), "'0'"),
                           (("retry", self.db, "--older", "3"), "--older"), (("list", self.db, "--state", "x"), "--state"),
                           (("list", self.db, "--since", "yesterday"), "--since"), (("list", self.db, "--force"), "--force"),
                           (("purge", self.db, "--older", "3", "--until", "2000-01-01T00:00:00Z"), "--until"),
                           (("retry", "memory:", "1"), "memory:"), (("retry", self.dir / "none.db", "1"), "none.db")):
            with self.subTest(args):
                self.refused(2, "inbox", *args, says=says)
        self.assertEqual(run("inbox", "retry", self.db, "7")[0], 1)
        self.assertFalse((self.dir / "none.db").exists())


if __name__ == "__main__":
    unittest.main()
