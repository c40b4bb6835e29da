# SPDX-License-Identifier: MIT
"""hookgauge receive: the admin listener's figures and whether it is ready."""
import sys
import unittest

from support import ROOT, SECRET
from serving import PATH, Serving, delivery, exchange
from test_receive import head, signed, status

sys.path.insert(0, str(ROOT / "tests"))
import openmetrics  # noqa: E402


class Reader(unittest.TestCase):
    def test_what_it_refuses(self):
        self.assertEqual(openmetrics.parse(openmetrics.GOOD)["a_total", frozenset({("x", 'q"\\\n')})], 1)
        for old, new in openmetrics.BROKEN:
            self.assertIn(old, openmetrics.GOOD)
            with self.subTest(new), self.assertRaises(openmetrics.Wrong):
                openmetrics.parse(openmetrics.GOOD.replace(old, new, 1))


class Metrics(Serving):
    def series(self):
        code, top, body = self.page("/metrics")
        self.assertEqual(code, 200)
        self.assertIn("\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n", top)
        self.assertNotIn(SECRET, body)
        return openmetrics.parse(body)

    def value(self, series, name, **labels):
        return series["hookgauge_" + name, frozenset(labels.items())]

    def test_counts(self):
        self.open(endpoint={"events": ["Order.*"]})
        begun = self.series()
        self.assertEqual(self.value(begun, "requests_total", endpoint="site", status="ok"), 0)
        self.assertNotIn("hookgauge_queue_deliveries", {name for name, _ in begun})  # nothing is handed on
        for request, times in ((delivery(b"one"), 3), (delivery(b"two"), 1), (delivery(secret="other"), 2),
                               (delivery(age=9999), 1), (delivery(event="Tax.OnCreate"), 1),
                               (delivery(drop=("signature",)), 1), (delivery(target="/x"), 1),
                               (head("Host: two", target=PATH), 1), (delivery(target=PATH).replace(b"POST", b"GET", 1), 1)):
            for _ in range(times):
                self.assertGreater(status(self.ask(request)), 0)
        series = self.series()
        for name, count in (("ok", 4), ("mismatch", 2), ("too_old", 1), ("event_not_allowed", 1), ("no_signature", 1),
                            ("method_not_allowed", 1)):
            self.assertEqual(self.value(series, "requests_total", endpoint="site", status=name), count, name)
        for name in ("not_found", "host_not_single"):
            self.assertEqual(self.value(series, "stray_requests_total", status=name), 1, name)
        self.assertEqual(self.value(series, "duplicates_total", endpoint="site"), 2)
        self.assertEqual(self.value(series, "key_uses_total", endpoint="site", key="a"), 4)
        self.assertEqual(self.value(series, "verify_seconds_count"), 9)  # what got that far
        self.assertTrue(1 <= self.value(series, "commit_seconds_count") <= 4)
        self.assertGreater(self.value(series, "commit_seconds_sum"), 0)
        self.assertEqual(self.value(series, "store_failures_total"), 0)
        self.assertEqual(self.value(series, "store_up"), 1)
        self.assertEqual(self.value(series, "requests_in_progress"), 0)

    def test_connections(self):
        self.open()
        idle = self.connect()
        self.assertEqual(status(exchange(idle, delivery())), 200)
        self.until("connections", 1)
        idle.close()
        self.until("connections", 0)

    def test_labels_are_ours(self):
        """Hostile labels of the configuration are escaped; nothing of a request becomes one."""
        label = 'a"b\\c\nd\u00e9'
        self.open(endpoint={"secrets": [{"label": label, "secret": "env:SECRET"}], "events": ["Order.*"]})

        def send(word):
            self.post(b"{}" + word.encode(), extra=[f"{word}: {word}"])
            self.post(event=f"{word}.{word}")
            self.post(event=f"Order.{word}")
            self.post(target=f"/{word}")
            self.ask(head(method=word, target=PATH))
            self.ask(head(f"Host: {word}", target=PATH))

        send("Word0")
        first = self.series()
        for i in range(1, 5):
            send(f"Word{i}")
        second = self.series()
        self.assertEqual(set(first), set(second))
        self.assertNotIn("Word", str(list(second)))
        self.assertEqual(self.value(second, "key_uses_total", endpoint="site", key=label), 5)

    def test_handing_on(self):
        """What waits for a target that is down, and what became of each attempt."""
        code = self.write("code", "75")
        target = self.write("target", f'#!/bin/sh\ncat > /dev/null\nexit "$(cat {code})"\n')
        target.chmod(0o755)
        self.open(endpoint={"exec": [str(target)], "deliver": {"first_delay_s": 1, "most_delay_s": 1}})
        names = {"endpoint": "site"}
        self.assertEqual(self.value(self.series(), "queue_deliveries", **names), 0)
        self.assertEqual(self.value(self.series(), "attempts_total", outcome="later", **names), 0)
        self.assertEqual(self.post(b"waits"), 200)
        self.until('queue_deliveries{endpoint="site"}', 1)
        self.until('queue_oldest_seconds{endpoint="site"}', 1, or_more=True)
        self.assertGreaterEqual(self.value(self.series(), "attempts_total", outcome="later", **names), 1)
        code.write_text("0")
        self.until('queue_deliveries{endpoint="site"}', 0)
        series = self.series()
        self.assertEqual(self.value(series, "attempts_total", outcome="done", **names), 1)
        self.assertEqual(self.value(series, "queue_oldest_seconds", **names), 0)
        self.until('attempts_in_progress{endpoint="site"}', 0)

    def test_page_is_for_admins(self):
        self.open(store="memory:")
        for target in ("/metrics", "/readyz", "/healthz"):
            self.assertEqual(status(self.ask(head(method="GET", target=target))), 404)
            self.assertEqual(self.page(target)[0], 200)
        self.assertEqual(self.page("/metrics/")[0], 404)

    def test_ready_until_the_drain(self):
        self.open(store="memory:")
        self.assertEqual(self.page("/readyz")[::2], (200, "ok\n"))
        request = delivery(b"half of it comes after the signal")
        sock = self.connect()
        sock.sendall(request[:-1])
        self.until("requests_in_progress", 1)
        self.child.terminate()
        self.until("draining", 1)
        self.assertEqual(self.page("/readyz")[::2], (503, "draining\n"))
        self.assertEqual(self.page("/healthz")[0], 200)
        self.assertEqual(status(exchange(sock, request[-1:])), 200)
        self.assertEqual(self.child.wait(timeout=10), 0)


if __name__ == "__main__":
    unittest.main()
