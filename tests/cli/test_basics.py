# SPDX-License-Identifier: MIT
"""The command itself, and the commands that need no network: events, schemes, sign."""
import base64
import hashlib
import hmac
import json
import os
import subprocess
import time
import unittest

from support import BINARY, LIMIT_S, SECRET, Case, run

NOW = 1767225600
BODY = b'{"Id":7,"Name":"\xc3\x89mile"}\n'
COMMANDS = ("receive", "send", "test", "sign", "verify", "discover", "inbox", "schemes", "events")


def mac(text, key=SECRET.encode(), digest=hashlib.sha256):
    return hmac.new(key, text, digest)


def parse(out):
    return [tuple(line.split(": ", 1)) for line in out.splitlines()]


class Command(Case):
    def test_help(self):
        for words in (["--help"], ["help"]):
            code, out, err = run(*words)
            self.assertEqual((code, err), (0, ""))
            for name in COMMANDS:
                self.assertRegex(out, rf"(?m)^  {name} +\w")

    def test_no_command_is_no_success(self):
        code, out, err = run()
        self.assertEqual((code, out), (2, ""))
        self.assertIn("usage: hookgauge COMMAND", err)

    def test_help_of_a_command(self):
        for name in ("events", "schemes", "sign"):
            asked = run(name, "--help")
            self.assertEqual((asked[0], asked[2]), (0, ""))
            self.assertTrue(asked[1].startswith(f"usage: hookgauge {name}"))
            self.assertEqual(run("help", name), asked)

    def test_version(self):
        code, out, err = run("--version")
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"^hookgauge \d+\.\d+\.\d+\n$")

    def test_unknown_command(self):
        self.refused(2, "recieve", says="hookgauge: unknown command 'recieve'")
        self.refused(2, "a\nb", says="unknown command 'a?b'")
        self.refused(2, "", says="unknown command ''")
        self.refused(2, "--verbose", says="unknown command '--verbose'")
        self.refused(2, "help", "recieve", says="unknown command 'recieve'")

    def test_wrong_arguments(self):
        for name in ("events", "schemes", "sign"):
            self.refused(2, name, "--nonsense", says=f"hookgauge {name}: unknown option --nonsense")
        self.refused(2, "events", "--json", "--json", says="--json: given twice")
        self.refused(2, "events", "--json=1", says="--json: takes no value")
        self.refused(2, "events", "--json", "--names", says="exclude each other")
        self.refused(2, "events", "x", says="argument 1 is one too many")
        self.refused(2, "schemes", "github", "x", says="argument 2 is one too many")

    def test_full_standard_output(self):
        for words in (["events"], ["schemes", "webinone"], ["--help"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([BINARY, *words], stdout=full, stderr=subprocess.PIPE,
                                      timeout=LIMIT_S)
            self.assertEqual(done.returncode, 3)
            self.assertEqual(done.stderr, b"hookgauge: standard output could not be written\n")

    def test_reader_that_goes_away(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        done = subprocess.run([BINARY, "events"], stdout=write_end, stderr=subprocess.PIPE,
                              timeout=LIMIT_S)
        os.close(write_end)
        self.assertEqual(done.returncode, 3)


class Events(Case):
    def test_names(self):
        code, out, err = run("events", "--names")
        names = out.splitlines()
        self.assertEqual((code, err, len(names), len(set(names))), (0, "", 116, 116))
        for name in names:
            self.assertRegex(name, r"^[A-Za-z0-9]+\.On(Create|Update|Delete|Trigger)$")

    def test_json_agrees_with_names(self):
        code, out, err = run("events", "--json")
        data = json.loads(out)
        self.assertEqual((code, err, len(data["types"])), (0, "", 29))
        made = [f"{t['id']}.{action}" for t in data["types"] for action in data["actions"]]
        self.assertEqual(made, run("events", "--names")[1].splitlines())
        for row in data["types"]:
            self.assertEqual(row["id"], row["name"].replace(" ", ""))
        objects = {t["id"]: t["objects"] for t in data["types"]}
        self.assertEqual(objects["BookingSubscription"], ["ModuleItem", "Form"])
        self.assertEqual(objects["Tax"], [])

    def test_table(self):
        code, out, err = run("events")
        self.assertEqual((code, err), (0, ""))
        for row in json.loads(run("events", "--json")[1])["types"]:
            shown = ", ".join(row["objects"]) or "-"
            self.assertRegex(out, rf"(?m)^{row['id']} +{row['name']} +{shown}$")
        self.assertIn("actions: OnCreate OnUpdate OnDelete OnTrigger", out)
        self.assertIn("assumed", out)


class Schemes(Case):
    def test_table_shows_the_basis(self):
        code, out, err = run("schemes")
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"(?m)^webinone +assumed +hmac-sha256 ")
        self.assertRegex(
            out, r"(?m)^github +documented +hmac-sha256 +X-Hub-Signature-256 +\{body\}$")

    def test_all_as_json(self):
        rows = json.loads(run("schemes", "--json")[1])
        names = [row["name"] for row in rows]
        self.assertEqual(names, sorted(names))
        for name in ("webinone", "github", "standard-webhooks", "stripe", "slack", "shopify"):
            self.assertIn(name, names)
        for row in rows:
            self.assertIn(row["basis"], ("assumed", "documented", "observed", "discovered"))
            code, out, _ = run("schemes", row["name"])
            self.assertEqual((code, json.loads(out)), (0, row))
            self.assertGreater(len(out.splitlines()), 8)
            code, out, _ = run("schemes", row["name"], "--json")
            self.assertEqual((code, json.loads(out), out.count("\n")), (0, row, 1))

    def test_reference_row(self):
        row = json.loads(run("schemes", "webinone")[1])
        del row["source"]
        self.assertEqual(row, {
            "name": "webinone", "basis": "assumed", "algorithm": "hmac-sha256", "key": "utf8",
            "signed": "{timestamp}.{event}.{body}",
            "signature": {"header": "X-Webhook-Signature", "item": "sha256={sig}",
                          "encoding": "hex"},
            "timestamp": {"header": "X-Webhook-Timestamp", "format": "unix", "tolerance_s": 300},
            "event": {"header": "X-Webhook-Event", "grammar": "type.action"}})

    def test_printed_row_is_read_back(self):
        for name in (row["name"] for row in json.loads(run("schemes", "--json")[1])):
            _, out, _ = run("schemes", name)
            self.assertEqual(run("schemes", self.write("row.json", out)), (0, out, ""))

    def test_grades(self):
        """The table, one scheme with its reasons and the JSON say the same."""
        code, table, err = run("schemes", "--lint")
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(table, r"(?m)^webinone +A +signed +signed +signed +- +none$")
        self.assertRegex(table, r"(?m)^github +C +signed +- +unsigned +unsigned +time-absent, ")
        rows = json.loads(run("schemes", "--lint", "--json")[1])
        self.assertEqual(len(rows), len(table.splitlines()) - 1)
        for row in rows:
            code, out, _ = run("schemes", row["name"], "--lint")
            self.assertEqual((code, out.splitlines()[0]),
                             (0, f"{row['name']}: grade {row['grade']}"))
            for part in ("body", "time", "event", "id"):
                self.assertRegex(out, rf"(?m)^  {part} +{row[part]}$")
            for weakness in row["weaknesses"]:
                self.assertIn(f"{weakness['name']}: {weakness['attack']}\n", out)
            self.assertEqual(json.loads(run("schemes", row["name"], "--lint", "--json")[1]), row)

    def test_a_file_without_the_body_is_graded_worst(self):
        row = json.loads(run("schemes", "webinone")[1])
        row["signed"] = "{timestamp}.{event}"
        code, out, err = run("schemes", self.write("row.json", json.dumps(row)), "--lint")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("webinone: grade F\n", out)
        self.assertIn("body-unsigned: ", out)

    def test_refused(self):
        self.refused(2, "schemes", "nope", says="unknown scheme 'nope' (`hookgauge schemes` lists")
        self.refused(2, "schemes", "none.json", says="none.json: No such file")
        self.refused(2, "schemes", self.write("a.json", "{\n}x"), says="a.json:2:2: text after")
        self.refused(2, "schemes", self.write("a.json", '{"nam":1}'), says="a.json: $.nam: unknown")
        self.refused(2, "schemes", self.write("a.json", '{"name":"a","name":"b"}'),
                     says="a.json:1:13: a second member of that name")
        _, out, _ = run("schemes", "webinone")
        self.refused(2, "schemes", self.write("a.json", out.replace("sha256={sig}", "sha256")),
                     says="a.json: $.signature.item: ")
        self.refused(2, "schemes", self.write("a.json", "[" + "x" * 65536), says="65536 bytes")


class Sign(Case):
    def sign(self, *words, stdin=b"", **more):
        code, out, err = run("sign", "--secret", "env:SECRET", "--now", NOW, *words, stdin=stdin,
                             **more)
        self.assertEqual((code, err), (0, ""))
        return out

    def test_reference(self):
        file = self.write("body.json", BODY)
        out = self.sign("--event", "Order.OnCreate", file)
        self.assertEqual(parse(out), [
            ("X-Webhook-Timestamp", str(NOW)), ("X-Webhook-Event", "Order.OnCreate"),
            ("X-Webhook-Signature",
             "sha256=" + mac(b"%d.Order.OnCreate.%s" % (NOW, BODY)).hexdigest())])
        self.assertEqual(self.sign("--event", "Order.OnCreate", "-", stdin=BODY), out)

    def test_every_byte_is_signed(self):
        for body in (b"", b"a\0b\r\n", bytes(range(256)), b"x" * 70000):
            out = self.sign("--event", "Tax.OnDelete", "-", stdin=body)
            self.assertEqual(parse(out)[2][1],
                             "sha256=" + mac(b"%d.Tax.OnDelete.%s" % (NOW, body)).hexdigest())

    def test_other_schemes(self):
        file = self.write("body.json", BODY)
        out = self.sign("--scheme", "github", "--event", "push", "--id", "1-2", file)
        self.assertEqual(dict(parse(out))["X-Hub-Signature-256"], "sha256=" + mac(BODY).hexdigest())
        out = self.sign("--scheme", "stripe", file)
        self.assertEqual(parse(out), [("Stripe-Signature", f"t={NOW},v1=" + mac(
            b"%d.%s" % (NOW, BODY)).hexdigest())])
        key = b"0123456789abcdef01234567"
        out = self.sign("--scheme", "standard-webhooks", "--id", "msg_1", file,
                        env={"SECRET": "whsec_" + base64.b64encode(key).decode()})
        signed = mac(b"msg_1.%d.%s" % (NOW, BODY), key).digest()
        self.assertEqual(dict(parse(out))["webhook-signature"],
                         "v1," + base64.b64encode(signed).decode())

    def test_own_scheme(self):
        row = {"name": "mine", "basis": "observed", "algorithm": "hmac-sha512", "key": "utf8",
               "signed": "{method} {url} {body}",
               "signature": {"header": "X-Sig", "item": "{sig}", "encoding": "base64"}}
        scheme = self.write("mine.json", json.dumps(row))
        out = self.sign("--scheme", scheme, "--method", "PUT", "--url", "https://a.example/b?c",
                        "-", stdin=BODY)
        signed = mac(b"PUT https://a.example/b?c " + BODY, digest=hashlib.sha512).digest()
        self.assertEqual(parse(out), [("X-Sig", base64.b64encode(signed).decode())])

    def test_the_clock(self):
        before = int(time.time())
        _, out, _ = run("sign", "--secret", "env:SECRET", "--event", "Tax.OnDelete", "-")
        self.assertTrue(before <= int(dict(parse(out))["X-Webhook-Timestamp"]) <= time.time())

    def test_secret_sources(self):
        file = self.write("body.json", BODY)
        want = self.sign("--event", "Tax.OnDelete", file)
        secret = self.write("secret", SECRET + "\n")
        words = ("--now", NOW, "--event", "Tax.OnDelete", file)
        self.assertEqual(run("sign", "--secret", f"file:{secret}", *words), (0, want, ""))
        self.assertEqual(run("sign", "--secret", "fd:0", *words, stdin=SECRET.encode()),
                         (0, want, ""))

    def test_curl(self):
        file = self.write("it's.json", BODY)
        url = "http://127.0.0.1/hook?x=[1]&y='"
        out = self.sign("--scheme", "github", "--event", "it's", "--id", "$(id)", "--curl", url,
                        file)
        echoed = subprocess.run(["sh", "-c", "curl() { printf '%s\\n' \"$@\"; }; " + out],
                                capture_output=True, timeout=LIMIT_S, check=True)
        words = echoed.stdout.decode().splitlines()
        self.assertTrue(out.startswith("curl "))
        headers = [words[i + 1] for i, word in enumerate(words) if word == "--header"]
        self.assertEqual(headers, [
            "Content-Type: application/json", "X-GitHub-Event: it's", "X-GitHub-Delivery: $(id)",
            "X-Hub-Signature-256: sha256=" + mac(BODY).hexdigest()])
        self.assertEqual(words[words.index("--data-binary") + 1], f"@{file}")
        self.assertEqual(words[words.index("--url") + 1], url)
        self.assertEqual(words[words.index("--request") + 1], "POST")

    def test_unknown_event_is_noted(self):
        code, out, err = run("sign", "--secret", "env:SECRET", "--event", "Oder.OnCreate", "-")
        self.assertEqual((code, len(parse(out))), (0, 3))
        self.assertIn("not in the catalogue", err)

    def test_refused(self):
        file = self.write("body.json", BODY)
        known = ("sign", "--secret", "env:SECRET")
        event = ("--event", "Order.OnCreate")
        self.refused(2, "sign", says="too few arguments")
        self.refused(2, "sign", file, says="--secret SRC is required")
        self.refused(2, *known, *event, says="too few arguments")
        self.refused(2, *known, *event, file, file, says="argument 6 is one too many")
        self.refused(2, *known, file, says="--event: the event")
        self.refused(2, *known, "--event", "Order", file, says="--event: the event")
        self.refused(2, *known, "--event", "Order.On Create", file, says="--event: the event")
        self.refused(2, *known, *event, "--id", "1", file,
                     says="--id: scheme webinone carries no id")
        self.refused(2, *known, "--scheme", "stripe", *event, file,
                     says="--event: scheme stripe carries no event")
        self.refused(2, *known, "--scheme", "standard-webhooks", file,
                     says="env:SECRET: ")
        self.refused(2, *known, "--scheme", "github", "--event", "push", file, says="--id: ")
        self.refused(2, *known, "--scheme", "nope", *event, file, says="unknown scheme 'nope'")
        for now in ("-1", "x", "9007199254740993", ""):
            self.refused(2, *known, *event, f"--now={now}", file,
                         says="--now: must be a whole number")
        self.refused(2, *known, *event, self.dir / "none", says="none: No such file")
        self.refused(2, *known, *event, self.dir, says="Is a directory")

    def test_refused_secrets(self):
        file = self.write("body.json", BODY)
        rest = ("--event", "Order.OnCreate", file)
        self.refused(2, "sign", "--secret", SECRET, *rest,
                     says="given as env:NAME, file:PATH, credential:NAME or fd:N")
        self.refused(2, "sign", "--secret", "env:UNSET_1", *rest,
                     says="env:UNSET_1: the variable is not set")
        self.refused(2, "sign", "--secret", "env:SECRET", *rest, env={"SECRET": ""},
                     says="env:SECRET: is empty")
        self.refused(2, "sign", "--secret", "env:SECRET", *rest, env={"SECRET": SECRET * 100},
                     says="env:SECRET: is larger than 1024 bytes")
        self.refused(2, "sign", "--secret", f"file:{self.dir}/none", *rest,
                     says="/none: No such file")
        self.refused(2, "sign", "--secret", "fd:77", *rest, says="fd:77: Bad file descriptor")


if __name__ == "__main__":
    unittest.main()
