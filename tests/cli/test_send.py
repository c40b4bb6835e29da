# SPDX-License-Identifier: MIT
"""hookgauge send, against a server that records what it gets and answers what the test says."""
import email.utils
import hashlib
import hmac
import http.server
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest

from support import BINARY, LIMIT_S, ROOT, SECRET, Case, run

BODY = b'{"Id": 7,\r\n "Name": "\xc3\x89mile \\u0000"}\n\n'
EVENTS = 116


class Endpoint:
    """A server on a free port. Each request takes the next of `answers`, (status, headers), or
    is answered 200; a status of None closes the connection without an answer; a callable is
    called before the answer."""

    def __init__(self):
        endpoint = self
        self.requests, self.answers, self.lock = [], [], threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with endpoint.lock:
                    endpoint.requests.append({
                        "method": self.command, "path": self.path, "body": body, "at": time.time(),
                        "headers": self.headers.items(), "client": self.client_address})
                    status, headers = endpoint.answers.pop(0) if endpoint.answers else (200, {})
                if callable(status):
                    status = status()
                if status is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_PUT = do_POST

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            disable_nagle_algorithm = True
            request_queue_size = 64

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def headers(self, index=0):
        return dict(self.requests[index]["headers"])


def proven(request, secret=SECRET):
    """Whether the signature of a recorded request holds, by the standard library alone."""
    headers = dict(request["headers"])
    stamp, event = headers["X-Webhook-Timestamp"], headers["X-Webhook-Event"]
    text = f"{stamp}.{event}.".encode() + request["body"]
    good = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return headers["X-Webhook-Signature"] == "sha256=" + good


class Sending(Case):
    def setUp(self):
        super().setUp()
        self.endpoint = Endpoint()
        self.addCleanup(self.endpoint.close)
        self.url = self.endpoint.url
        self.body = self.write("body.json", BODY)

    def send(self, *args, url=None, query="?sk=" + SECRET, expect=0, **more):
        """Sends to env:HOOK; returns (stdout, stderr) after the exit code was checked and both
        outputs were found free of the secret."""
        env = {"HOOK": (url or self.url) + query, **more.pop("env", {})}
        code, out, err = run("send", "env:HOOK", *args, env=env, **more)
        self.assertEqual(code, expect, out + err)
        self.assertNotIn(SECRET, out + err)
        return out, err


class OneShot(Sending):
    def test_signed(self):
        before = int(time.time())
        out, err = self.send("Order.OnCreate", self.body)
        self.assertRegex(out, r"\Aattempt 1: 200 in \d+\.\d ms\n\Z")
        self.assertEqual(err, "")
        (request,) = self.endpoint.requests
        self.assertEqual((request["method"], request["path"], request["body"]),
                         ("POST", "/hook", BODY))
        names = [name for name, _ in request["headers"]]
        self.assertEqual(names, ["Host", "Content-Type", "User-Agent", "X-Webhook-Timestamp",
                                 "X-Webhook-Event", "X-Webhook-Signature", "Content-Length"])
        headers = self.endpoint.headers()
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertRegex(headers["User-Agent"], r"\Ahookgauge/\d+\.\d+\.\d+\Z")
        self.assertEqual(headers["X-Webhook-Event"], "Order.OnCreate")
        self.assertTrue(before <= int(headers["X-Webhook-Timestamp"]) <= time.time())
        self.assertTrue(proven(request))
        self.assertFalse(proven(request, SECRET + "x"))
        self.assertFalse(proven({**request, "body": BODY + b" "}))

    def test_unsigned(self):
        self.send("Order.OnCreate", self.body, query="?a=1")
        self.assertEqual(self.endpoint.requests[0]["path"], "/hook?a=1")
        names = [name for name, _ in self.endpoint.requests[0]["headers"]]
        self.assertEqual(names, ["Host", "Content-Type", "User-Agent", "Content-Length"])

    def test_secret_is_decoded_and_the_rest_of_the_query_kept(self):
        self.send("Order.OnCreate", query="?b=%7e+&sk=a%2Fb+c%25&&x#top")
        self.assertEqual(self.endpoint.requests[0]["path"], "/hook?b=%7e+&&x")
        self.assertTrue(proven(self.endpoint.requests[0], "a/b+c%"))

    def test_keep_sk(self):
        self.send("Order.OnCreate", "--keep-sk", query=f"?a=1&sk={SECRET}&b")
        self.assertEqual(self.endpoint.requests[0]["path"], f"/hook?a=1&sk={SECRET}&b")
        self.assertTrue(proven(self.endpoint.requests[0]))

    def test_sample_is_sent_without_a_file(self):
        self.send("Tax.OnDelete")
        sample = (ROOT / "vectors/samples/Tax.json").read_bytes()
        self.assertEqual(self.endpoint.requests[0]["body"], sample)

    def test_body_from_standard_input(self):
        self.send("Order.OnCreate", "-", stdin=b"\x00\xff")
        self.assertEqual(self.endpoint.requests[0]["body"], b"\x00\xff")

    def test_empty_and_large_bodies(self):
        large = os.urandom(3 << 20)
        self.send("Order.OnCreate", self.write("empty", b""))
        self.send("Order.OnCreate", self.write("large", large))
        self.assertEqual([request["body"] for request in self.endpoint.requests], [b"", large])
        self.assertNotIn("Expect", self.endpoint.headers(1))
        self.assertTrue(all(map(proven, self.endpoint.requests)))

    def test_url_from_a_file(self):
        path = self.write("url", f"{self.url}?sk={SECRET}\n")
        code, out, err = run("send", f"file:{path}", "Order.OnCreate")
        self.assertEqual((code, err), (0, ""), out)
        self.assertTrue(proven(self.endpoint.requests[0]))

    def test_typed_url_works_with_a_warning(self):
        code, out, err = run("send", f"{self.url}?sk={SECRET}", "Order.OnCreate")
        self.assertEqual(code, 0, err)
        self.assertIn("warning: a secret that is typed", err)
        self.assertNotIn(SECRET, out + err)
        code, out, err = run("send", self.url, "Order.OnCreate")
        self.assertEqual((code, err), (0, ""), out)

    def test_fragment_is_not_sent_and_said(self):
        _, err = self.send("Order.OnCreate", query="?a=1#top")
        self.assertEqual(self.endpoint.requests[0]["path"], "/hook?a=1")
        self.assertIn("fragment is not sent", err)

    def test_scheme_with_an_id_and_free_events(self):
        key = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
        self.endpoint.answers = [(500, {})]
        self.send("order.paid", self.body, "--scheme", "standard-webhooks", "--max-wait", "0",
                  query="?sk=" + key)
        first, second = self.endpoint.requests
        ids = {dict(request["headers"])["webhook-id"] for request in (first, second)}
        self.assertEqual(len(ids), 1, "an id is kept across attempts")
        self.assertRegex(ids.pop(), r"\Amsg_[0-9a-f]{32}\Z")
        self.send("order.paid", self.body, "--scheme", "standard-webhooks", query="?sk=" + key)
        self.assertNotEqual(dict(first["headers"])["webhook-id"],
                            self.endpoint.headers(2)["webhook-id"])

    def test_json(self):
        self.endpoint.answers = [(503, {"Retry-After": "0"})]
        out, _ = self.send("Order.OnCreate", "--json", "--max-wait", "0")
        first, second = map(json.loads, out.splitlines())
        self.assertEqual((first["status"], first["retry_after_s"], first["wait_s"]), (503, 0, 0))
        self.assertEqual(second["status"], 200)
        self.assertEqual({"delivery": 1, "event": "Order.OnCreate", "signed": True, "attempt": 2,
                          "result": "answered"}.items() - second.items(), set())
        self.assertGreater(second["ms"], 0)
        self.assertNotIn("wait_s", second)


class Refusals(Sending):
    def refuse(self, says, *args, query="?sk=" + SECRET, **more):
        self.refused(2, "send", "env:HOOK", *args, says=says, env={"HOOK": self.url + query},
                     **more)
        self.assertEqual(self.endpoint.requests, [])

    def test_secret(self):
        for query, says in (("?sk=", "sk is empty"), ("?sk", "sk is empty"),
                            ("?sk=a&sk=b", "given twice"), ("?sk=%zz", "bad percent escape"),
                            ("?sk=a%00", "%00"), ("?a=1?sk=" + SECRET, "no parameter"),
                            ("#sk=" + SECRET, "fragment")):
            with self.subTest(query):
                self.refuse("env:HOOK: ", "Order.OnCreate", query=query)
                self.refuse(says, "Order.OnCreate", query=query)

    def test_unset_variable_in_a_typed_url(self):
        self.refused(2, "send", self.url + "?sk=", "Order.OnCreate", says="EXTERNAL_URL: ")
        self.assertEqual(self.endpoint.requests, [])

    def test_url(self):
        for url in ("http://", "ftp://h/", "nonsense", "http://a:b@127.0.0.1/", "", "env:UNSET_X"):
            with self.subTest(url):
                self.refused(2, "send", url, "Order.OnCreate", says="hookgauge send: ")

    def test_event(self):
        self.refuse("Order.OnCrate: is not an event of the catalogue; did you mean Order.OnCreate?",
                    "Order.OnCrate")
        self.refuse("did you mean FormSubmission.OnUpdate?", "formsubmission.onupdate")
        self.refuse("`hookgauge events` lists them", "Nothing.Like.It")
        self.refuse("`hookgauge events` lists them", "x" * 5000)
        self.refuse("needs an EVENT")

    def test_event_of_another_grammar(self):
        self.refuse("there is no sample of it", "order.paid", "--scheme", "github")
        self.refuse("can't be signed", "an event\x01", self.body, "--scheme", "github")

    def test_key_of_another_form(self):
        self.refuse("env:HOOK: the parameter sk: ", "Order.OnCreate", "--scheme",
                    "standard-webhooks", query="?sk=%21%21")

    def test_options(self):
        for says, args in (("--list needs --config", ("--list",)),
                           ("--object needs --config", ("E", "--object", "Form:a")),
                           ("--curl", ("Order.OnCreate", "--curl", "--count", "2")),
                           ("--curl", ("Order.OnCreate", "--curl", "--vary")),
                           ("--all-events sends the samples", ("--all-events", "Order.OnCreate")),
                           ("--vary needs a body file", ("Order.OnCreate", "--vary")),
                           ("--count", ("Order.OnCreate", "--count", "0")),
                           ("--jobs", ("Order.OnCreate", "--jobs", "65")),
                           ("--timeout", ("Order.OnCreate", "--timeout", "0")),
                           ("--retries", ("Order.OnCreate", "--retries", "-1")),
                           ("--count: more than", ("--all-events", "--count", "1000000")),
                           ("no-such", ("Order.OnCreate", "no-such")),
                           ("nope", ("Order.OnCreate", "--scheme", "nope"))):
            with self.subTest(args):
                self.refuse(says, *args)
        self.refused(2, "send", says="needs EXTERNAL_URL")

    def test_body_file(self):
        self.refuse(str(self.dir), "Order.OnCreate", self.dir)


class Retrying(Sending):
    def test_statuses_that_are_tried_again(self):
        for status in (408, 425, 429, 500, 502, 503, 504, 599):
            with self.subTest(status):
                self.endpoint.requests.clear()
                self.endpoint.answers = [(status, {})]
                out, _ = self.send("Order.OnCreate", "--max-wait", "0")
                self.assertRegex(out, rf"attempt 1: {status} in [\d.]+ ms, again in 0.00 s\n"
                                      r"attempt 2: 200 in ")
                self.assertEqual(len(self.endpoint.requests), 2)

    def test_statuses_that_are_final(self):
        for status in (301, 400, 401, 403, 404, 409, 410, 413, 422):
            with self.subTest(status):
                self.endpoint.requests.clear()
                self.endpoint.answers = [(status, {"Location": "/elsewhere"})]
                out, _ = self.send("Order.OnCreate", "--max-wait", "0", expect=1)
                self.assertRegex(out, rf"\Aattempt 1: {status} in [\d.]+ ms\n\Z")
                self.assertEqual(len(self.endpoint.requests), 1)

    def test_every_2xx_is_delivered(self):
        for status in (200, 201, 202, 204, 299):
            self.endpoint.answers = [(status, {})]
            self.send("Order.OnCreate", "--retries", "0")

    def test_number_of_attempts(self):
        self.endpoint.answers = [(503, {})] * 9
        self.send("Order.OnCreate", "--max-wait", "0", expect=1)
        self.assertEqual(len(self.endpoint.requests), 4)
        self.send("Order.OnCreate", "--max-wait", "0", "--retries", "0", expect=1)
        self.assertEqual(len(self.endpoint.requests), 5)

    def test_fresh_timestamp_and_signature(self):
        self.endpoint.answers = [(503, {"Retry-After": "2"})]
        out, _ = self.send("Order.OnCreate")
        self.assertIn("asked to wait 2 s, again in 2.00 s", out)
        first, second = self.endpoint.requests
        stamps = [int(dict(request["headers"])["X-Webhook-Timestamp"])
                  for request in (first, second)]
        self.assertGreaterEqual(stamps[1] - stamps[0], 1)
        self.assertTrue(proven(first) and proven(second))
        self.assertGreaterEqual(second["at"] - first["at"], 2)

    def test_retry_after_date_and_cap(self):
        ahead = email.utils.formatdate(time.time() + 3000, usegmt=True)
        self.endpoint.answers = [(429, {"Retry-After": ahead})]
        out, _ = self.send("Order.OnCreate", "--max-wait", "0")
        self.assertRegex(out, r"asked to wait (2999|3000) s, again in 0.00 s")

    def test_nothing_listens(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{free.getsockname()[1]}/"
            out, _ = self.send("Order.OnCreate", "--max-wait", "0", "--retries", "1", url=url,
                               expect=3)
        self.assertEqual(len(out.splitlines()), 2)
        self.assertIn("attempt 2: could not connect: Connection refused in", out)

    def test_closed_without_an_answer(self):
        self.endpoint.answers = [(None, {})]
        out, _ = self.send("Order.OnCreate", "--max-wait", "0")
        self.assertIn("attempt 2: 200", out)

    def test_timeout(self):
        release = threading.Event()
        self.addCleanup(release.set)
        self.endpoint.answers = [(lambda: release.wait(LIMIT_S) and None, {})]
        out, _ = self.send("Order.OnCreate", "--timeout", "1", "--retries", "0", "--json", expect=3)
        self.assertEqual(json.loads(out)["result"], "timeout")

    def test_final_answer_decides(self):
        self.endpoint.answers = [(None, {}), (401, {})]
        self.send("Order.OnCreate", "--max-wait", "0", expect=1)

    def test_interrupt_ends_a_wait(self):
        self.endpoint.answers = [(503, {"Retry-After": "1000"})] * 9
        child = self.start("send", "env:HOOK", "Order.OnCreate", "--max-wait", "1000",
                           env={"HOOK": self.url})
        self.assertIn(b"again in 1000", child.stdout.readline())
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(timeout=LIMIT_S), 1)
        self.assertEqual(len(self.endpoint.requests), 1)

    def test_proxy_of_the_environment_is_ignored(self):
        self.send("Order.OnCreate", "--retries", "0",
                  env={"http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"})


class Many(Sending):
    def test_all_events(self):
        out, _ = self.send("--all-events", "--quiet")
        self.assertRegex(out, rf"\Asent {EVENTS}, delivered {EVENTS}, refused 0, failed 0 in "
                              r"[\d.]+ s: \d+/s, p50 [\d.]+ ms, p99 [\d.]+ ms\n\Z")
        events = [dict(request["headers"])["X-Webhook-Event"]
                  for request in self.endpoint.requests]
        listed = run("events")[1]
        self.assertEqual(len(set(events)), EVENTS)
        for request, event in zip(self.endpoint.requests, events):
            kind, action = event.split(".")
            sample = (ROOT / f"vectors/samples/{kind}.json").read_bytes()
            self.assertEqual(request["body"], sample)
            self.assertIn(kind, listed)
            self.assertIn(action, ("OnCreate", "OnUpdate", "OnDelete", "OnTrigger"))
            self.assertTrue(proven(request))

    def test_lines_name_the_event(self):
        out, _ = self.send("--all-events")
        lines = out.splitlines()
        self.assertEqual(len(lines), EVENTS + 1)
        self.assertRegex(lines[0], r"\A\w+\.\w+ attempt 1: 200 in [\d.]+ ms\Z")

    def test_rounds_over_connections(self):
        out, err = self.send("Order.OnCreate", "--count", "40", "--jobs", "4", "--json")
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(sorted(line["delivery"] for line in lines[:-1]), list(range(1, 41)))
        self.assertEqual({**lines[-1], "sent": 40, "delivered": 40, "refused": 0, "failed": 0},
                         lines[-1])
        self.assertEqual(err, "", "no bar in a pipe")
        clients = {request["client"] for request in self.endpoint.requests}
        self.assertLessEqual(len(clients), 4)
        self.assertEqual(len(self.endpoint.requests), 40)

    def test_vary(self):
        body = self.write("many.json", b'{"a":{n},"b":"{n}","c":"{m}"}')
        self.send("Order.OnCreate", body, "--count", "20", "--jobs", "3", "--vary")
        got = sorted(json.loads(request["body"].replace(b"{m}", b""))["a"]
                     for request in self.endpoint.requests)
        self.assertEqual(got, list(range(1, 21)))
        self.assertIn(b'"b":"7","c":"{m}"', b"".join(r["body"] for r in self.endpoint.requests))
        self.assertTrue(all(map(proven, self.endpoint.requests)))

    def test_without_vary_the_bytes_are_the_users(self):
        body = self.write("many.json", b'{"a":{n}}')
        self.send("Order.OnCreate", body, "--count", "3")
        self.assertEqual({request["body"] for request in self.endpoint.requests}, {b'{"a":{n}}'})

    def test_exit_codes(self):
        self.endpoint.answers = [(200, {}), (401, {}), (200, {})]
        out, _ = self.send("Order.OnCreate", "--count", "3", "--quiet", expect=1)
        self.assertRegex(out, r"\AOrder.OnCreate attempt 1: 401 .*\nsent 3, delivered 2, refused 1")
        self.endpoint.answers = [(200, {}), (None, {}), (200, {})]
        out, _ = self.send("Order.OnCreate", "--count", "3", "--retries", "0", "--timeout", "5",
                           expect=3, url=self.closing_url())
        self.assertIn("failed 3", out)

    def closing_url(self):
        """A listener that takes connections and closes them."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def close_all():
            while True:
                try:
                    listener.accept()[0].close()
                except OSError:
                    return
        threading.Thread(target=close_all, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    def test_interrupt_prints_the_summary(self):
        release = threading.Event()
        self.addCleanup(release.set)
        self.endpoint.answers = [(200, {})] * 5 + [(lambda: release.wait(LIMIT_S) and 200, {})] * 9
        child = self.start("send", "env:HOOK", "Order.OnCreate", "--count", "1000", "--json",
                           env={"HOOK": self.url})
        self.wait_for(lambda: len(self.endpoint.requests) >= 6)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(timeout=LIMIT_S), 3)
        last = json.loads(child.stdout.read().splitlines()[-1])
        self.assertEqual((last["sent"], last["delivered"], last["failed"]), (6, 5, 1))

    def wait_for(self, condition):
        end = time.monotonic() + LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), end, "waited in vain")
            time.sleep(0.01)

    def test_bar_on_a_terminal(self):
        master, slave = pty.openpty()
        child = subprocess.Popen([BINARY, "send", "env:HOOK", "Order.OnCreate", "--count", "20"],
                                 stdout=subprocess.PIPE, stderr=slave, stdin=subprocess.DEVNULL,
                                 env={**os.environ, "HOOK": self.url})
        self.addCleanup(self.stop, child)
        os.close(slave)
        seen = b""
        try:
            while piece := os.read(master, 4096):
                seen += piece
        except OSError:  # how a terminal says that its other end has closed
            pass
        os.close(master)
        self.assertEqual(child.wait(timeout=LIMIT_S), 0)
        self.assertIn(b"] 20/20 ", seen)


class Settings(Sending):
    def config(self, *webhooks, **more):
        return self.write("hooks.json", json.dumps({"webhooks": list(webhooks), **more}))

    def hook(self, path="", kind="Order", actions=("OnCreate",), **more):
        return {"item_type": kind, "actions": list(actions),
                "url": f"{self.url}{path}?sk={SECRET}", **more}

    def fire(self, *args, expect=0, env=None):
        code, out, err = run("send", "--config", self.dir / "hooks.json", *args, env=env)
        self.assertEqual(code, expect, out + err)
        self.assertNotIn(SECRET, out + err)
        return out, err

    def paths(self):
        got = sorted(request["path"] for request in self.endpoint.requests)
        self.endpoint.requests.clear()
        return got

    def test_type_and_action_select(self):
        self.config(self.hook("/a"), self.hook("/b", actions=("OnUpdate", "OnCreate")),
                    self.hook("/c", actions=("OnDelete",)), self.hook("/d", kind="Order Payment"))
        out, _ = self.fire("Order.OnCreate", self.body)
        self.assertTrue(all(map(proven, self.endpoint.requests)))
        self.assertEqual({request["body"] for request in self.endpoint.requests}, {BODY})
        self.assertEqual(self.paths(), ["/hook/a", "/hook/b"])
        self.assertIn("$.webhooks[1] Order.OnCreate attempt 1: 200", out)
        self.fire("OrderPayment.OnCreate")
        self.assertEqual(self.paths(), ["/hook/d"])

    def test_nothing_fires(self):
        self.config(self.hook())
        out, err = self.fire("Order.OnDelete", expect=1)
        self.assertEqual(out, "")
        self.assertIn("no webhook fires for Order.OnDelete", err)
        self.assertEqual(self.paths(), [])

    def test_disabled_says_so(self):
        self.config(self.hook("/on", name="on"), self.hook("/off", name="off", enabled=False),
                    self.hook("/other", kind="Tax", name="other", enabled=False))
        out, err = self.fire("Order.OnCreate")
        self.assertEqual(self.paths(), ["/hook/on"])
        self.assertIn("off: is disabled: nothing is sent", err)
        self.assertNotIn("other", err)
        self.assertRegex(out, r"\Aon attempt 1: 200")
        _, err = self.fire("Tax.OnCreate", expect=1)
        self.assertIn("other: is disabled", err)

    def test_objects(self):
        self.config(self.hook("/all"), self.hook("/us", objects=["Form:Contact us", "Form:B"]),
                    self.hook("/any", objects=["Form"]))
        _, err = self.fire("Order.OnCreate")
        self.assertEqual(self.paths(), ["/hook/all"])
        self.assertIn("$.webhooks[1]: has a list of objects and does not fire", err)
        self.fire("Order.OnCreate", "--object", "Form:Contact us")
        self.assertEqual(self.paths(), ["/hook/all", "/hook/any", "/hook/us"])
        _, err = self.fire("Order.OnCreate", "--object", "Form:Other")
        self.assertEqual(self.paths(), ["/hook/all", "/hook/any"])
        self.assertIn("$.webhooks[1]: does not list that object", err)

    def test_object_must_fit_the_event(self):
        config = self.config(self.hook(), self.hook(kind="Tax"))
        for event, given, says in (("Order.OnCreate", "Module:x", "is not an object of Order"),
                                   ("Order.OnCreate", "Form", "needs Kind:Name"),
                                   ("Order.OnCreate", "Form:", "no name"),
                                   ("Tax.OnCreate", "Form:x", "can't be narrowed")):
            with self.subTest(given):
                self.refused(2, "send", "--config", config, event, "--object", given,
                             says="--object: ")
                self.refused(2, "send", "--config", config, event, "--object", given, says=says)

    def test_unset_variable_stops_everything_before_the_first_byte(self):
        config = self.config(self.hook(), {**self.hook(), "url": "env:UNSET_X"})
        self.refused(2, "send", "--config", config, "Order.OnCreate",
                     says="$.webhooks[1].url: env:UNSET_X: ")
        self.assertEqual(self.paths(), [])

    def test_empty_secret_behind_a_variable(self):
        config = self.config({**self.hook(), "url": "env:HOOK"})
        self.refused(2, "send", "--config", config, "Order.OnCreate", env={"HOOK": self.url + "?sk="},
                     says="$.webhooks[0].url: env:HOOK: the parameter sk is empty")
        self.assertEqual(self.paths(), [])
        self.fire("Order.OnCreate", env={"HOOK": f"{self.url}?sk={SECRET}"})
        self.assertTrue(proven(self.endpoint.requests[0]))

    def test_all_events(self):
        self.config(self.hook("/a", actions=("OnCreate", "OnDelete")),
                    self.hook("/t", kind="Tax", enabled=False, name="taxes"))
        _, err = self.fire("--all-events")
        self.assertEqual(self.paths(), ["/hook/a", "/hook/a"])
        self.assertEqual(err.count("taxes"), 1)

    def test_bad_files(self):
        for text, says in (("{", "hooks.json:1:"), ("{}", "webhooks"),
                           ('{"webhooks":[{"item_type":"Order","actions":[],"url":"http://h/"}]}',
                            "$.webhooks[0].actions: is empty")):
            self.refused(2, "send", "--config", self.write("hooks.json", text), "Order.OnCreate",
                         says=says)
        self.refused(2, "send", "--config", self.dir / "none.json", "--list", says="none.json: ")

    def test_options(self):
        config = self.config(self.hook())
        for says, args in (("--scheme", ("Order.OnCreate", "--scheme", "webinone")),
                           ("needs an EVENT", ()), ("--list takes no EVENT", ("--list", "X.Y")),
                           ("too many operands", ("Order.OnCreate", self.body, "more")),
                           ("--list sends nothing", ("--list", "--curl")),
                           ("--object needs", ("--all-events", "--object", "Form:a"))):
            with self.subTest(says):
                self.refused(2, "send", "--config", config, *args, says=says)

    def test_list(self):
        self.config(self.hook(name="orders", objects=["Form:Contact us"]),
                    self.hook(kind="Form Submission", actions=("OnDelete", "OnCreate"),
                              enabled=False, url="https://h.example/p?a=1#f"),
                    self.hook(kind="Tax", url="env:UNSET_X"), self.hook(kind="Tax", url="env:HOOK"))
        out, err = self.fire("--list", env={"HOOK": f"https://h.example/?sk={SECRET}&b"})
        self.assertEqual(err, "")
        rows = [re.split(r"  +", line) for line in out.splitlines()]
        self.assertEqual(rows, [
            ["name", "item type", "actions", "objects", "URL", "signed", "enabled"],
            ["orders", "Order", "OnCreate", "Form:Contact us", self.url + "?sk=***", "yes", "yes"],
            ["-", "Form Submission", "OnCreate, OnDelete", "all", "https://h.example/p?a=1", "no",
             "no"],
            ["-", "Tax", "OnCreate", "all", "env:UNSET_X (not set)", "?", "yes"],
            ["-", "Tax", "OnCreate", "all", "https://h.example/?sk=***&b", "yes", "yes"],
            ["scheme webinone (assumed)"]])
        self.assertEqual(self.paths(), [])

    def test_list_json(self):
        self.config(self.hook(name='o"1', objects=["Form:Contact us"], enabled=False),
                    self.hook(kind="Tax", url="env:UNSET_X"))
        out, _ = self.fire("--list", "--json")
        self.assertEqual(json.loads(out), {
            "webhooks": [
                {"name": 'o"1', "item_type": "Order", "actions": ["OnCreate"],
                 "objects": ["Form:Contact us"], "url": self.url + "?sk=***", "signed": True,
                 "enabled": False},
                {"item_type": "Tax", "actions": ["OnCreate"], "objects": [],
                 "source": "env:UNSET_X", "url": None, "signed": None, "enabled": True}],
            "scheme": "webinone", "basis": "assumed"})

    def test_list_refuses_a_bad_url(self):
        self.config({**self.hook(), "url": "env:HOOK"})
        _, err = self.fire("--list", env={"HOOK": "http://h/?sk="}, expect=2)
        self.assertIn("$.webhooks[0].url: env:HOOK: the parameter sk is empty", err)


class Curl(Sending):
    def test_nothing_is_sent_and_the_secret_is_absent(self):
        out, _ = self.send("Order.OnCreate", "--curl", query=f"?a=1&sk={SECRET}")
        self.assertEqual(self.endpoint.requests, [])
        self.assertRegex(out, r"\A# signed as webinone \(assumed\) at \d{4}-.*Z, good for 300 s\n"
                              r"curl .*'http://127\.0\.0\.1:\d+/hook\?a=1'")

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_command_sends_the_same(self):
        odd = self.write("it's $(touch x) `y`.json", b"it's \"$HOME\"\\\n`z`\x00")
        for args in (["Order.OnCreate", odd], ["Order.OnCreate", "-"], ["Tax.OnUpdate"]):
            with self.subTest(args):
                self.endpoint.requests.clear()
                stdin = b"it's \"$HOME\" \\\n`z` @x !1\n\n"
                out, _ = self.send(*args, stdin=stdin)
                out, _ = self.send(*args, "--curl", stdin=stdin)
                subprocess.run(["sh", "-c", out], check=True, capture_output=True, timeout=LIMIT_S,
                               cwd=self.dir)
                ours, theirs = self.endpoint.requests
                self.assertEqual(ours["body"], theirs["body"])
                self.assertEqual(ours["path"], theirs["path"])
                self.assertEqual({name for name, _ in ours["headers"]},
                                 {name for name, _ in theirs["headers"]})
                self.assertTrue(proven(theirs))
        self.assertEqual(sorted(path.name for path in self.dir.iterdir()),
                         ["body.json", odd.name])

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_kept_secret_is_a_variable(self):
        out, _ = self.send("Order.OnCreate", "--curl", "--keep-sk", query=f"?a&sk={SECRET}&b=1")
        subprocess.run(["sh", "-c", out], check=True, capture_output=True, timeout=LIMIT_S,
                       env={**os.environ, "SK": SECRET})
        self.assertEqual(self.endpoint.requests[0]["path"], f"/hook?a&sk={SECRET}&b=1")
        self.assertTrue(proven(self.endpoint.requests[0]))

    def test_unsigned(self):
        out, _ = self.send("Order.OnCreate", "--curl", query="")
        self.assertIn("# unsigned", out)
        self.assertNotIn("X-Webhook", out)

    def test_body_that_is_no_argument(self):
        for stdin in (b"a\x00b", b"a" * 200000):
            self.refused(2, "send", "env:HOOK", "Order.OnCreate", "-", "--curl", stdin=stdin,
                         env={"HOOK": self.url}, says="must be a file")


class Warnings(Sending):
    def test_plain_http_to_another_machine(self):
        """Said before anything is sent: --curl shows it without the network."""
        for url, query, said in (("http://h.example/", "?sk=a", True),
                                 ("https://h.example/", "?sk=a", False),
                                 ("http://h.example/", "", False),
                                 ("http://localhost:1/", "?sk=a", False)):
            with self.subTest(url + query):
                _, err = self.send("Order.OnCreate", "--curl", url=url, query=query)
                self.assertEqual("anyone on the way can read it" in err, said)


if __name__ == "__main__":
    unittest.main()
