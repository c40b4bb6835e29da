# SPDX-License-Identifier: MIT
"""hookgauge test, live: what counts as a refusal, known failures, where it may deliver, how fast.

The receivers here are right but for one thing in how they answer."""
import json
import unittest

from judge import ANSWERS, ONE, Judging, usual
from support import run
from test_test import summary


class Statuses(Judging):
    def test_usual(self):
        _, url = self.serve()
        self.assertEqual(self.outcome(url)[0], 0)

    def test_accept(self):
        """302 for what is valid: unclear, unless it is said to mean yes."""
        _, url = self.serve(lambda status: 302 if status == "ok" else usual(status))
        code, cases = self.outcome(url)
        self.assertEqual(code, 1)
        self.assertEqual(cases["order-oncreate"]["answer"], "unclear")
        self.assertIn("HTTP 302: stands for neither yes nor no", cases["order-oncreate"]["got"])
        self.assertEqual(self.outcome(url, "--accept", "302")[0], 0)
        self.assertEqual(self.outcome(url, "--accept", "300-301")[0], 1)

    def test_reject(self):
        """404 for what is forged: a refusal, unless only others are."""
        _, url = self.serve(lambda status: 404 if status == "mismatch" else usual(status))
        self.assertEqual(self.outcome(url)[0], 0)
        code, cases = self.outcome(url, "--reject", "400,401,403")
        self.assertEqual(code, 1)
        self.assertEqual(cases["order-oncreate/body-bit"]["answer"], "unclear")
        self.assertEqual(cases["order-oncreate/body-bit"]["expected"], "refused (400,401,403)")
        self.assertEqual(cases["order-oncreate/no-event"]["ok"], True)

    def test_profile(self):
        """Shopify demands 401 for a bad signature."""
        _, url = self.serve()
        self.assertEqual(self.outcome(url, "--profile", "shopify")[0], 0)
        _, url = self.serve(lambda status: 200 if status == "ok" else 400)
        self.assertEqual(self.outcome(url)[0], 0)
        code, cases = self.outcome(url, "--profile", "shopify")
        self.assertEqual(code, 1)
        self.assertEqual(cases["order-oncreate/body-bit"]["got"],
                         "refused (HTTP 400): shopify demands another status")
        self.assertTrue(cases["order-oncreate/no-event"]["ok"])

    def test_usage(self):
        for options, says in (
                (("--accept", "2xx"), "--accept: must be statuses from 200 to 599"),
                (("--accept", "200-400"), "--accept and --reject: 400 would mean both"),
                (("--profile", "acme"), "--profile: no 'acme'; there are: discord, shopify"),
                (("--fail-on", "may"), "--fail-on: must be 'must' or 'should'"),
                (("--strict-known",), "--strict-known: needs --known-failures"),
                (("--rate", "0"), "--rate: must be a whole number from 1 to "),
                (("--known-failures", self.dir / "none"), "none: ")):
            self.refused(2, "test", "http://127.0.0.1:1/x", *options, says=says)
        for options in (("--accept", "200"), ("--reject", "400"), ("--profile", "zoom"),
                        ("--rate", "5"), ("--keep-going",), ("--allow-host", "x")):
            self.refused(2, "test", "lib", *options, says=f"{options[0]}: is for URLs")


class NoAnswer(Judging):
    """Whoever does not answer has not refused."""

    def kind(self, said, *options):
        _, url = self.serve(lambda status: said if status == "mismatch" else usual(status))
        code, out, _ = run("test", url, "--only", ONE, *options)
        cases = self.outcome(url, *options)[1]
        return code, cases["order-oncreate/body-bit"], out

    def test_erred(self):
        code, case, out = self.kind(503)
        self.assertEqual((code, case["answer"]), (1, "erred"))
        self.assertIn("HTTP 503: the receiver erred", case["got"])
        self.assertRegex(out, r"neither accepted nor refused: \d+ answered 5xx\n")

    def test_dropped(self):
        code, case, out = self.kind(None)
        self.assertEqual((code, case["answer"]), (1, "dropped"))
        self.assertRegex(out, r"neither accepted nor refused: \d+ cut off\n")

    def test_busy(self):
        code, case, _ = self.kind(429)
        self.assertEqual((code, case["answer"]), (1, "unclear"))
        self.assertIn("the receiver limits the rate (see --rate)", case["got"])
        self.assertEqual(self.kind(429, "--reject", "400-499")[0], 0)

    def test_not_http(self):
        code, case, _ = self.kind(b"what?\r\n\r\n")
        self.assertEqual((code, case["answer"]), (1, "dropped"))

    def test_closing_refuses_what_is_malformed(self):
        _, url = self.serve(lambda status: usual(status) if status in ANSWERS else None)
        self.assertEqual(self.outcome(url)[0], 0)

    def test_keep_going(self):
        """A receiver that drops the first deliveries of a run is given up, or is not."""
        def answer(status):
            return None if len(server.times) <= 40 else usual(status)

        server, url = self.serve(answer)
        code, out, _ = run("test", url, "--only", "order-on*", "--jobs", "1")
        self.assertEqual(code, 1, out)
        self.assertLess(summary(out)[0], 30, "what is malformed may be refused by closing")
        self.assertIn("ended early: the receiver stopped answering", out)
        server, url = self.serve(answer)
        code, out, _ = run("test", url, "--only", "order-on*", "--jobs", "1", "--keep-going")
        self.assertEqual(code, 1)
        self.assertGreater(summary(out)[0], 50)
        self.assertNotIn("ended early", out)


class Known(Judging):
    def known(self, text):
        return "--known-failures", self.write("known.txt", text)

    def test_excused(self):
        """What is listed does not fail the run; what is not listed does."""
        _, url = self.serve(fault="trims-body")
        code, cases = self.outcome(url)
        self.assertEqual((code, self.failed(cases)), (1, {"order-oncreate/body-appended"}))
        code, cases = self.outcome(url, *self.known("order-*/body-appended # ours\n"))
        case = cases["order-oncreate/body-appended"]
        self.assertEqual((code, case["ok"], case["known"]), (0, False, True))
        self.assertEqual(self.outcome(url, *self.known("tax-*/body-appended\n"))[0], 1)
        code, out, _ = run("test", url, "--only", ONE, *self.known("*/body-appended\n"))
        self.assertEqual((code, summary(out)[1]), (0, 0), out)
        self.assertRegex(out, r"known: 1 cases failed as .*known\.txt says")
        self.assertRegex(out, r"\nknown   order-oncreate/body-appended\n")

    def test_outdated(self):
        """A known failure that passes is told; it fails the run only where that is asked for."""
        _, url = self.serve()
        listed = self.known("# none of these fails\n\norder-oncreate/body-bit\n")
        code, out, _ = run("test", url, "--only", ONE, *listed)
        self.assertEqual(code, 0)
        self.assertRegex(out, r"known no more: order-oncreate/body-bit passes \(.*, line 3\)\n")
        self.assertEqual(run("test", url, "--only", ONE, *listed, "--strict-known")[0], 1)
        _, url = self.serve(lambda status: 200)
        code, out, _ = run("test", url, "--only", "order-oncreate/body-bit", *listed,
                           "--strict-known")
        self.assertEqual(code, 0, out)
        self.assertNotIn("known no more", out)

    def test_on_other_targets(self):
        listed = self.known("order-oncreate\n")
        self.assertEqual(run("test", "lib", "--only", "order-oncreate", *listed)[0], 0)
        self.assertEqual(run("test", "lib", "--only", "order-oncreate", *listed,
                             "--strict-known")[0], 1)

    def test_reports(self):
        _, url = self.serve(fault="trims-body")
        listed = self.known("*/body-appended\n")
        tap = run("test", url, "--only", ONE, *listed, "--tap")[1]
        self.assertRegex(tap, r"not ok \d+ - order-oncreate/body-appended # TODO known failure\n")
        sarif = self.dir / "x.sarif"
        self.assertEqual(run("test", url, "--only", ONE, *listed, "--sarif", sarif)[0], 0)
        result = json.loads(sarif.read_text())["runs"][0]["results"][0]
        self.assertEqual((result["level"], result["suppressions"]),
                         ("warning", [{"kind": "external"}]))


class Levels(Judging):
    def test_fail_on(self):
        _, url = self.serve(lambda status: 200)
        vectors = self.vectors({"id": "order-oncreate/body-bit", "status": "mismatch",
                                "level": "should", "edit": [
                                    {"op": "flip-bit", "part": "body", "at": 0, "bit": 0,
                                     "when": "after"}]})
        command = ("test", url, "--vectors", vectors)
        code, out, _ = run(*command)
        self.assertEqual((code, summary(out)), (0, (1, 0, 0)))
        self.assertIn("advice: 1 cases of level \"should\"", out)
        self.assertEqual(run(*command, "--fail-on", "must")[0], 0)
        code, out, _ = run(*command, "--fail-on", "should")
        self.assertEqual((code, summary(out)), (1, (1, 1, 0)))
        self.assertRegex(run(*command, "--fail-on", "should", "--tap")[1],
                         r"not ok 2 - order-oncreate/body-bit\n")


class Where(Judging):
    def test_elsewhere(self):
        """An address for documents: nothing may be sent there, and nothing is."""
        for host in ("192.0.2.1", "[2001:db8::1]"):
            self.refused(2, "test", f"http://{host}:9/x", "--timeout", "1",
                         says=f"is not this machine: if you may test it, say --allow-host "
                              f"{host.strip('[]')}")
        self.refused(2, "test", "http://192.0.2.1:9/x", "--allow-host", "192.0.2.2",
                     says="--allow-host: is not the target's host")

    def test_named(self):
        _, url = self.serve()
        self.assertEqual(self.outcome(url, "--allow-host", "127.0.0.1")[0], 0)
        self.refused(2, "test", url, "--allow-host", "localhost", says="--allow-host: is not")


class Rate(Judging):
    def test_rate(self):
        """N deliveries at R a second take at least (N - 1) / R; without a rate they take less."""
        server, url = self.serve()
        self.assertEqual(self.outcome(url, "--rate", "20", "--jobs", "4")[0], 0)
        took = server.times[-1] - server.times[0]
        self.assertGreaterEqual(took, (len(server.times) - 1) / 20 * 0.9)
        first = sorted(server.times)[:11]
        self.assertGreater(first[-1] - first[0], 0.3, "no burst at the beginning")


if __name__ == "__main__":
    unittest.main()
