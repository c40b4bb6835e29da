# SPDX-License-Identifier: MIT
"""hookgauge receive: limits that hold, each where it alone decides."""
import json
import resource
import signal
import sqlite3
import time
import unittest

from support import SECRET
from serving import PATH, Serving, delivery, exchange
from test_receive import head, signed, status


class Connections(Serving):
    def third(self, source, **members):
        """What becomes of a third connection of one address."""
        self.open(store="memory:", **members)
        idle = [self.connect(source) for _ in range(2)]
        for sock in idle:  # each is known once it has been answered
            self.assertEqual(status(exchange(sock, delivery(b"first"))), 200)
        return idle, self.post(b"third", source)

    def test_of_one_address(self):
        idle, got = self.third("127.0.0.2", limits={"max_connections_per_address": 2})
        self.assertEqual(got, 0)
        self.assertEqual(self.post(b"other", "127.0.0.3"), 200)
        self.assertGreaterEqual(self.metric("connections_refused_total"), 1)
        idle[0].close()
        deadline = time.monotonic() + 10  # until the receiver has seen it close
        while (got := self.post(b"again", "127.0.0.2")) == 0 and time.monotonic() < deadline:
            pass
        self.assertEqual(got, 200)

    def test_no_limit_is_the_default(self):
        self.assertEqual(self.third("127.0.0.2")[1], 200)

    def test_a_proxy_has_those_of_all_its_clients(self):
        self.assertEqual(self.third("127.0.0.2", limits={"max_connections_per_address": 2},
                                    trusted_proxies=["127.0.0.2"])[1], 200)
        self.assertEqual(self.metric("connections_refused_total"), 0)


class Descriptors(Serving):
    def test_idle_clients_leave_some_for_attempts(self):
        """Without any an attempt fails, and too many of those make a dead letter."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.open(limits={"max_connections": 100})
        got = resource.prlimit(self.child.pid, resource.RLIMIT_NOFILE)[0]
        attempts = 256  # at once, of all endpoints: a body, a process, or a connection and its like
        self.assertGreaterEqual(got, min(hard, 100 + 4 * attempts))


class InFlight(Serving):
    LIMITS = {"max_body": 100000, "max_bytes_in_flight": 150000}

    def half(self, size=100000):
        """A delivery of which all but a byte is held by the receiver; returns what ends it."""
        sock, request = self.connect(), delivery(b"h" * size)
        sock.sendall(request[:-1])
        self.until("bodies_held_bytes", size - 1)
        return lambda: status(exchange(sock, request[-1:]))

    def test_beyond_it_come_again(self):
        self.open(limits=self.LIMITS)
        finish = self.half()
        answer = self.ask(delivery(b"x" * 60000))
        self.assertEqual(status(answer), 503)
        self.assertRegex(answer, rb"\r\nRetry-After: \d+\r\n")
        self.assertEqual(self.post(b"x" * 40000), 200)
        body = b"c" * 60000  # its length is not stated: it is found out on the way
        chunked = head(*signed(body), "Transfer-Encoding: chunked") .replace(b"/api/webhook", PATH.encode()) + \
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        self.assertEqual(status(self.ask(chunked)), 503)
        self.assertEqual(finish(), 200)
        self.assertEqual(self.post(b"x" * 60000), 200)
        self.assertEqual(status(self.ask(chunked)), 200)
        self.assertEqual(self.metric("bodies_held_bytes"), 0)
        self.assertEqual(self.metric("bodies_limit_bytes"), 150000)
        self.assertEqual(self.count(), 4)
        self.assertEqual([line["status"] for line in self.end() if line.get("http") == 503], ["in_flight_full"] * 2)

    def test_a_refused_body_is_not_held(self):
        """Headers that fail already: what comes of the body is read and dropped."""
        self.open(limits=self.LIMITS)
        finish = self.half(60000)
        sock = self.connect()
        sock.sendall(head("Content-Length: 90000", target=PATH) + b"x" * 89999)
        self.assertEqual(self.post(b"meanwhile"), 200)  # both are known by now
        self.assertEqual(self.metric("bodies_held_bytes"), 59999)
        self.assertEqual(status(exchange(sock, b"x")), 400)
        self.assertEqual(finish(), 200)

    def test_must_hold_one_body(self):
        config = self.write("c.json", json.dumps({
            "listen": "127.0.0.1:0", "store": "memory:", "limits": {"max_body": 100, "max_bytes_in_flight": 100},
            "endpoints": [{"path": "/a", "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}]}]}))
        self.refused(2, "receive", config, "--max-body", "101", says="max_bytes_in_flight (100)")
        child, _ = self.receiver(config, "--max-body", "99")
        self.assertEqual(self.stop(child), 0)


class Early(Serving):
    """A client that asks whether to send its body is told of headers that fail already."""

    def asked(self, *lines, length=100000):
        return self.ask(head(*lines, f"Content-Length: {length}", "Expect: 100-continue", target=PATH))

    def test_expectation(self):
        self.open()
        self.assertTrue(self.asked(*signed()).startswith(b"HTTP/1.1 100 "))
        for lines in (signed(drop=("signature",)), signed(signature="sha256=00"), signed(timestamp="x"),
                      signed(event="Order"), signed() + signed()[:1]):
            answer = self.asked(*lines)
            self.assertEqual(status(answer), 400, lines)
            self.assertIn(b"Connection: close", answer)
        # what needs the body, or depends on the secret or the clock, is not told
        for lines in (signed(secret="other"), signed(age=9999), signed(event="Nothing.OnCreate")):
            self.assertTrue(self.asked(*lines).startswith(b"HTTP/1.1 100 "), lines)

    def test_large_bodies_still_get_their_answer(self):
        self.open()
        for size in (100000, 1000000):
            self.assertEqual(status(self.ask(head(f"Content-Length: {size}", target=PATH) + b"x" * size)), 400)
        self.assertEqual({line["bytes"] for line in self.end()}, {100000, 1000000})


class Refusals(Serving):
    def blocked(self, count, source="127.0.0.2", limit=3, **how):
        """Whether an address is blocked after so many requests; a good delivery tells."""
        for i in range(count):
            self.assertNotEqual(self.post(b"%d" % i, source, **how), 429, i)
        answer = self.ask(delivery(b"good"), source)
        if status(answer) == 429:
            self.assertIn(b"\r\nRetry-After: 60\r\n", answer)
        return status(answer) == 429

    def test_forged_ones_block_their_address(self):
        self.open(limits={"refused_per_minute": 3})
        self.assertTrue(self.blocked(3, secret="other"))
        self.assertEqual(self.post(b"good", "127.0.0.3"), 200)
        self.assertEqual(self.metric('stray_requests_total{status="too_many_refused"}'), 1)
        lines = self.end()
        self.assertEqual([line["client"] for line in lines if line["http"] == 429], ["127.0.0.2"])

    def test_one_less_does_not(self):
        self.open(limits={"refused_per_minute": 3})
        self.assertFalse(self.blocked(2, secret="other"))

    def test_off_by_default(self):
        self.open()
        self.assertFalse(self.blocked(20, secret="other"))

    def test_what_counts(self):
        """Malformed, forged and stale; nothing that a genuine sender may be answered."""
        self.open(limits={"refused_per_minute": 1}, endpoint={"events": ["Order.*"]})
        for at, how in enumerate(({"drop": ("signature",)}, {"secret": "other"}, {"age": 9999}, {"age": -9999},
                                  {"extra": ["Host: two"]})):
            self.assertTrue(self.blocked(1, f"127.0.1.{at + 1}", **how), how)
        for at, how in enumerate(({}, {"event": "Tax.OnCreate"}, {"target": "/elsewhere"})):
            self.assertFalse(self.blocked(5, f"127.0.2.{at + 1}", **how), how)
        self.assertEqual(self.post(b"x" * 2000000, "127.0.2.9"), 413)
        self.assertEqual(self.post(b"x", "127.0.2.9"), 200)

    def test_given_up_counts_too(self):
        """A refused request whose body never comes whole."""
        self.open(limits={"refused_per_minute": 1})
        sock = self.connect("127.0.0.2")
        sock.sendall(head("Content-Length: 50000", target=PATH) + b"x")
        self.until("requests_in_progress", 1)
        sock.close()
        self.until('requests_total{endpoint="site",status="no_signature"}', 1)
        self.assertEqual(self.post(b"good", "127.0.0.2"), 429)


class Proxies(Serving):
    """The client behind a trusted proxy is logged and limited, not the proxy."""

    def clients(self):
        return [line["client"] for line in self.end() if line["event"] == "request"]

    def via(self, name, value, source="127.0.0.1", **how):
        return self.post(extra=[f"{name}: {value}"], source=source, **how)

    def test_who_it_is(self):
        self.open(trusted_proxies=["127.0.0.1", "10.0.0.0/8", "::1"])
        self.via("X-Forwarded-For", "9.9.9.9, 192.0.2.1, 10.0.0.7")
        self.via("X-Forwarded-For", "192.0.2.1", source="127.0.0.9")
        self.via("X-Forwarded-For", "rubbish")
        self.via("Forwarded", "for=192.0.2.1")
        self.post(b"none")
        self.post(extra=[f"X-{i}: y" for i in range(120)] + ["X-Forwarded-For: 192.0.2.1"])
        self.assertEqual(self.clients(), ["192.0.2.1", "127.0.0.9", *["127.0.0.1"] * 4])

    def test_the_other_header(self):
        self.open(trusted_proxies=["127.0.0.1"], forwarded_header="Forwarded")
        self.via("Forwarded", 'for=9.9.9.9, for="[2001:db8::1]:80";proto=https')
        self.via("X-Forwarded-For", "192.0.2.1")
        self.assertEqual(self.clients(), ["2001:db8::1", "127.0.0.1"])

    def test_nobody_is_trusted_by_default(self):
        self.open()
        self.via("X-Forwarded-For", "192.0.2.1")
        self.via("Forwarded", "for=192.0.2.1")
        self.assertEqual(self.clients(), ["127.0.0.1"] * 2)

    def test_limits_are_the_clients(self):
        self.open(trusted_proxies=["127.0.0.1"], limits={"refused_per_minute": 2})
        for _ in range(2):
            self.assertEqual(self.via("X-Forwarded-For", "192.0.2.1", secret="other"), 401)
        self.assertEqual(self.via("X-Forwarded-For", "192.0.2.1"), 429)
        self.assertEqual(self.via("X-Forwarded-For", "192.0.2.1, 192.0.2.2"), 200)
        for _ in range(5):  # a proxy that does not say for whom
            self.assertEqual(self.post(secret="other"), 401)
        self.assertEqual(self.post(b"good"), 200)
        for _ in range(2):
            self.assertEqual(self.via("X-Forwarded-For", "2001:db8::%d" % _, secret="other"), 401)
        self.assertEqual(self.via("X-Forwarded-For", "2001:db8::ffff"), 429)  # the same /64
        self.assertEqual(self.via("X-Forwarded-For", "2001:db8:0:1::"), 200)


class Reload(Serving):
    """Limits and proxies change while it runs."""

    def reload(self, count, **change):
        self.config.write_text(json.dumps({**json.loads(self.config.read_text()), **change}))
        self.child.send_signal(signal.SIGHUP)
        self.until("reloads_total", count)

    def test_live(self):
        self.open(limits={"max_bytes_in_flight": 1 << 20})
        for _ in range(3):
            self.assertEqual(self.post(secret="other", source="127.0.0.2"), 401)
        self.reload(1, limits={"refused_per_minute": 1, "max_bytes_in_flight": 1 << 21},
                    trusted_proxies=["127.0.0.1"])
        self.assertEqual(self.metric("bodies_limit_bytes"), 1 << 21)
        self.assertEqual(self.post(secret="other", source="127.0.0.2"), 401)
        self.assertEqual(self.post(source="127.0.0.2"), 429)
        self.post(b"named", extra=["X-Forwarded-For: 192.0.2.1"])
        self.reload(2, limits={}, forwarded_header="Forwarded")
        self.assertEqual(self.post(b"again", source="127.0.0.2"), 200)
        self.post(b"other name", extra=["Forwarded: for=192.0.2.2"])
        self.config.write_text(self.config.read_text().replace('"endpoints"', '"quarantine": {"path": "q"}, "endpoints"'))
        self.child.send_signal(signal.SIGHUP)
        self.until("reload_failures_total", 1)
        lines = self.end()
        self.assertEqual([line["client"] for line in lines if line["event"] == "request"][-3:],
                         ["192.0.2.1", "127.0.0.2", "192.0.2.2"])


class Store(Serving):
    """A store that fails: 503, nothing lost, and it goes on by itself."""

    def recovered(self, sent):
        self.assertEqual(self.post(b"after"), 200)
        self.assertEqual(self.page("/readyz")[0], 200)
        self.assertGreaterEqual(self.metric("store_failures_total"), 1)
        self.assertEqual(self.count(), sent + 1)
        with sqlite3.connect(self.db) as db:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchone(), ("ok",))

    def limit_files(self, size):
        resource.prlimit(self.child.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def test_full(self):
        """The system lets files grow no further, as on a full disk."""
        self.open()
        self.assertEqual(self.post(b"before"), 200)
        self.limit_files(1 << 20)
        sent, answer = 1, b""
        while sent < 200:
            answer = self.ask(delivery(b"%d" % sent + b"x" * 50000))
            if status(answer) != 200:
                break
            sent += 1
        self.assertEqual(status(answer), 503)
        self.assertRegex(answer, rb"\r\nRetry-After: \d+\r\n")
        self.assertEqual(self.page("/readyz")[::2], (503, "store\n"))
        self.assertEqual(self.metric("store_up"), 0)
        self.assertEqual(self.page("/healthz")[0], 200)
        self.assertEqual(self.post(b"forged", secret="other"), 401)  # needs no store
        self.assertIsNone(self.child.poll())
        self.limit_files(resource.RLIM_INFINITY)
        self.recovered(sent)

    def test_ready_again_by_itself(self):
        """A balancer sends nothing to who is not ready, so no delivery can show that it would be kept."""
        self.open()
        self.assertEqual(self.post(b"before"), 200)
        away = self.dir / "away"
        away.mkdir()
        for file in self.dir.glob("inbox.db*"):
            file.rename(away / file.name)
        self.db.mkdir()  # now nothing can be made anew there
        self.assertEqual(self.post(b"lost"), 503)
        self.assertEqual(self.page("/readyz")[::2], (503, "store\n"))
        self.db.rmdir()
        for file in away.iterdir():
            file.rename(self.dir / file.name)
        self.until("store_up", 1)
        self.assertEqual(self.page("/readyz")[::2], (200, "ok\n"))
        self.assertEqual(self.count(), 1)
        self.recovered(1)

    def test_locked(self):
        self.open()
        self.assertEqual(self.post(b"before"), 200)
        db = sqlite3.connect(self.db, isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        waits = self.connect()
        waits.sendall(delivery(b"kept from the store"))
        self.assertEqual(self.post(b"forged", secret="other"), 401)  # nobody else waits
        answer = waits.recv(1000)
        self.assertEqual(status(answer), 503)
        self.assertRegex(answer, rb"\r\nRetry-After: \d+\r\n")
        db.execute("ROLLBACK")
        db.close()
        self.assertEqual(status(exchange(waits, delivery(b"kept from the store"))), 200)
        self.recovered(2)


class Log(Serving):
    def test_each_line_is_an_object(self):
        """Whatever bytes a client sends, at the level that says most."""
        self.open(trusted_proxies=["127.0.0.1"], log={"level": "debug", "json": True})
        hostile = ['"', "\\", "\x80\xff", '\u00e9","http":200,"x":"', "%00", "\x01", "a\0b", "\x7f", "{}", "\u2028".encode().decode("latin-1")]
        for text in hostile:
            self.ask(head(f"X-Forwarded-For: {text}", target=f"{PATH}?{text}"))
            self.ask(head(f"{text}: x", target=f"/{text}", method=f"P{text}"))
            self.ask(head(*signed(event=text), f"Forwarded: for={text}", "Content-Length: 0", target=PATH))
            self.post(event=f"Order.On{text}", extra=[f"X: {text}"])
        self.ask(b"\x16\x03\x01 rubbish\r\n\r\n")
        lines = self.end()  # parses each
        self.assertGreater(len(lines), 2 * len(hostile))
        self.assertTrue(all(line["client"] == "127.0.0.1" for line in lines if line["event"] == "request"))
        self.assertNotIn(SECRET, str(lines))


class Mistakes(Serving):
    def test_in_the_file(self):
        base = {"listen": "127.0.0.1:0", "store": "memory:",
                "endpoints": [{"path": "/a", "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}]}]}
        for members, says in (
                ({"limits": {"max_connections_per_address": -1}}, "$.limits.max_connections_per_address"),
                ({"limits": {"refused_per_minute": 60001}}, "$.limits.refused_per_minute"),
                ({"limits": {"max_bytes_in_flight": 1000}}, "$.limits: max_bytes_in_flight (1000)"),
                ({"trusted_proxies": "10.0.0.1"}, "$.trusted_proxies"),
                ({"trusted_proxies": ["::1", "localhost"]}, "$.trusted_proxies[1]: 'localhost'"),
                ({"trusted_proxies": ["0.0.0.0/0"]}, "$.trusted_proxies[0]"),
                ({"trusted_proxies": ["10.0.0.1/8"]}, "bits set beyond"),
                ({"trusted_proxies": [f"10.0.0.{i}" for i in range(65)]}, "more than 64"),
                ({"forwarded_header": "Forwarded"}, "$.forwarded_header: needs trusted_proxies"),
                ({"forwarded_header": "Via", "trusted_proxies": ["::1"]}, "$.forwarded_header: must be"),
                ({"quarantine": {}}, '$.quarantine: member "path"'),
                ({"quarantine": {"path": ""}}, "$.quarantine.path"),
                ({"quarantine": {"path": "q", "max_count": 0}}, "$.quarantine.max_count"),
                ({"quarantine": {"path": "q", "statuses": []}}, "$.quarantine.statuses"),
                ({"quarantine": {"path": "q", "statuses": ["ok"]}}, "$.quarantine.statuses[0]"),
                ({"quarantine": {"path": "q", "statuses": ["mismatch", "too_large"]}}, "$.quarantine.statuses[1]"),
                ({"quarantine": {"path": "q", "colour": 1}}, "colour")):
            with self.subTest(says):
                self.refused(2, "receive", self.write("c.json", json.dumps({**base, **members})), says=says)


if __name__ == "__main__":
    unittest.main()
