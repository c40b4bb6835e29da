# SPDX-License-Identifier: MIT
"""hookgauge receive --check: says what a configuration comes to, and opens nothing."""
import json
import os
import socket
import unittest

from support import SECRET, Case, run
from test_tls import openssl


class Check(Case):
    def config(self, *endpoints, **members):
        self.store = self.dir / "inbox.db"
        return {"listen": "127.0.0.1:0", "store": f"sqlite:{self.store}", "endpoints": list(endpoints) or [
            {"path": "/in", "scheme": "webinone", "secrets": [{"label": "a", "secret": "env:SECRET"}]}], **members}

    def check(self, content, *args, env=None):
        path = self.write("config.json", json.dumps(content))
        return run("receive", "--check", *args, path, env=env)

    def rotation(self):
        return self.config(
            {"name": "site", "path": "/in", "scheme": "webinone", "secrets": [
                {"label": "new", "secret": "env:SECRET"},
                {"label": "old", "secret": "env:SECRET", "not_after": "2020-01-31T00:00:00Z"},
                {"secret": "env:SECRET", "not_after": "2199-01-31T00:00:00Z"}], "events": ["Order.*", "*.OnDelete"],
             "extra_events": ["New.OnCreate"]},
            {"path": "/hub", "scheme": "github", "secrets": [{"label": "a\u001b", "secret": "env:SECRET"}]})

    def test_a_line_for_each_endpoint(self):
        code, out, err = self.check(self.rotation())
        self.assertEqual((code, err), (0, ""))
        first, site, hub, *_ = out.splitlines()
        self.assertEqual(first.split(), ["ENDPOINT", "PATH", "SCHEME", "BASIS", "EVENTS", "ORDER", "TARGET", "KEYS"])
        self.assertEqual(site.split(None, 7), [
            "site", "/in", "webinone", "assumed", "3", "-", "-",
            "new, old (expired 2020-01-31T00:00:00Z), (no label) (until 2199-01-31T00:00:00Z)"])
        self.assertEqual(hub.split(), ["/hub", "/hub", "github", "documented", "all", "-", "-", "a?"])
        self.assertNotIn(SECRET, out)

    def test_the_same_as_json(self):
        code, out, err = self.check(self.rotation(), "--json")
        self.assertEqual((code, err), (0, ""))
        said = json.loads(out)
        self.assertEqual(said["store"], f"sqlite:{self.store}")
        site, hub = said["endpoints"]
        self.assertEqual(site["keys"], [
            {"label": "new"}, {"label": "old", "not_after": "2020-01-31T00:00:00Z", "expired": True},
            {"label": "", "not_after": "2199-01-31T00:00:00Z", "expired": False}])
        self.assertEqual({key: site[key] for key in ("name", "path", "scheme", "basis", "events")},
                         {"name": "site", "path": "/in", "scheme": "webinone", "basis": "assumed", "events": 3})
        self.assertNotIn("events", hub)
        self.assertNotIn(SECRET, out)

    def endpoint(self, **members):
        return {"name": "site", "path": "/in", "scheme": "webinone", "secrets": [{"label": "a", "secret": "env:SECRET"}],
                **members}

    def said(self, content, code=0, **more):
        """The lines of one configuration by their first word, what is warned of, and the JSON form."""
        got, out, err = self.check(content, **more)
        self.assertEqual(got, code, err)
        got, text, again = self.check(content, "--json", **more)
        self.assertEqual((got, again), (code, err))
        for secret in (SECRET, "sesame"):
            self.assertNotIn(secret, out + err + text)
        _, row, *lines = out.splitlines()
        return row.split(), {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}, \
            err, json.loads(text)

    def test_where_deliveries_are_handed_on_to(self):
        row, lines, err, whole = self.said(self.config(self.endpoint(
            forward="http://127.0.0.1:3000/hook?token=sesame", deliver={
                "order": "event", "concurrency": 8, "attempts": 5, "timeout_s": 7, "first_delay_s": 2,
                "most_delay_s": 60, "dead": [404, 410], "authorization": "env:SECRET"})))
        self.assertEqual((row[5:], err), (["event", "http://127.0.0.1:3000/hook?...", "a"], ""))
        self.assertEqual(lines["site"], ["dedup_s=660", "concurrency=8", "attempts=5", "timeout_s=7",
                                         "first_delay_s=2", "most_delay_s=60", "dead=404,410", "authorization"])
        site = whole["endpoints"][0]
        self.assertEqual(site["forward"], "http://127.0.0.1:3000/hook?...")
        self.assertEqual(site["deliver"], {"order": "event", "concurrency": 8, "attempts": 5, "timeout_s": 7,
                                           "first_delay_s": 2, "most_delay_s": 60, "dead": [404, 410],
                                           "authorization": True})
        row, lines, _, whole = self.said(self.config(self.endpoint(
            exec=["/bin/true", "sesame", "x"], deliver={"env": ["HOME", "LANG"], "errors": True, "dead": []})))
        self.assertEqual(row[5:], ["none", "/bin/true", "a"])
        self.assertEqual(lines["site"], ["dedup_s=660", "arguments=2", "concurrency=4", "attempts=20", "timeout_s=30",
                                         "first_delay_s=1", "most_delay_s=1800", "dead=none", "env=HOME,LANG", "errors"])
        site = whole["endpoints"][0]
        self.assertEqual((site["exec"], site["arguments"], site["deliver"]["env"], site["deliver"]["errors"],
                          site["deliver"]["dead"]), ("/bin/true", 2, ["HOME", "LANG"], True, []))
        self.assertNotIn("forward", site)

    def test_what_of_a_url_is_shown(self):
        """Its query is not; of one that came from a SRC, a secret as a whole, its path is not either."""
        def shown(url, env=None):
            row, _, _, whole = self.said(self.config(self.endpoint(forward=url)), env=env)
            self.assertEqual(whole["endpoints"][0]["forward"], row[6])
            return row[6]
        self.assertEqual(shown("https://h.example/a/b"), "https://h.example/a/b")
        self.assertEqual(shown("https://h.example?sesame"), "https://h.example?...")
        for url in ("https://h.example/sesame", "https://h.example/sesame?b"):
            self.assertEqual(shown("env:TARGET", {"TARGET": url}), "https://h.example/...")
        self.assertEqual(shown("env:TARGET", {"TARGET": "https://h.example?sesame"}), "https://h.example?...")
        self.assertEqual(shown("env:TARGET", {"TARGET": "https://h.example"}), "https://h.example")

    def test_rules(self):
        _, lines, _, whole = self.said(self.config(self.endpoint()))
        self.assertEqual(lines["site"], ["dedup_s=660"])
        site = whole["endpoints"][0]
        self.assertEqual((site["dedup_s"], site["methods"], site["unwanted"], site["answers"]["ok"]),
                         (660, ["POST"], "refuse", 200))
        self.assertEqual(site.keys() & {"id_from", "challenge", "forward", "exec", "deliver"}, set())
        _, lines, _, whole = self.said(self.config(self.endpoint(
            methods=["PUT", "POST"], id_from="/data/id", dedup_s=99, unwanted="ack", answers={"ok": 204, "forged": 404},
            challenge={"from": "query", "value": "challenge", "answer": "{value}"})))
        self.assertEqual(lines["site"], ["dedup_s=99", "methods=POST,PUT", "id_from=/data/id", "challenge=query",
                                         "unwanted=ack", "answers.ok=204", "answers.forged=404"])
        site = whole["endpoints"][0]
        self.assertEqual((site["methods"], site["id_from"], site["challenge"], site["unwanted"], site["answers"]),
                         (["POST", "PUT"], "/data/id", "query", "ack",
                          {"ok": 204, "malformed": 400, "forged": 404, "unwanted": 403}))

    def test_the_receiver(self):
        _, lines, err, whole = self.said(self.config())
        self.assertEqual((lines["receiver"], err), (["listen=http://127.0.0.1:0", "admin=none", f"store=sqlite:{self.store}",
                                                     "retention=none"], ""))
        self.assertEqual((whole["listen"], whole["retention"], whole["limits"]["max_body"], whole["trusted_proxies"]),
                         (["http://127.0.0.1:0"], {}, 1048576, 0))
        self.assertEqual(whole.keys() & {"admin", "tls", "user", "group", "quarantine"}, set())
        _, lines, _, whole = self.said(self.config(
            listen=["[::1]:80", "unix:/run/h.sock", "fd:5", "systemd:web"], admin="127.0.0.1:81", user="root", group="root",
            retention={"max_age_s": 60, "max_bytes": 1 << 20}, trusted_proxies=["unix", "10.0.0.0/8"],
            quarantine={"path": "refused"}, limits={"max_body": 4096, "idle_timeout_s": 10, "refused_per_minute": 9}))
        self.assertEqual(lines["receiver"], [
            "listen=http://[::1]:80,unix:/run/h.sock,fd:5,systemd:web", "admin=http://127.0.0.1:81", "user=root", "group=root",
            f"store=sqlite:{self.store}", "retention.max_age_s=60", "retention.max_bytes=1048576", "trusted_proxies=2",
            "quarantine=refused", "limits.max_body=4096", "limits.refused_per_minute=9"])
        self.assertEqual((whole["admin"], whole["retention"], whole["limits"]["refused_per_minute"], whole["quarantine"]),
                         ("http://127.0.0.1:81", {"max_age_s": 60, "max_bytes": 1048576}, 9, "refused"))

    def test_tls(self):
        pair = self.dir / "one.pem", self.dir / "one.key"
        code, said = openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                             "-subj", "/CN=one", "-out", pair[0], "-keyout", pair[1])
        self.assertEqual(code, 0, said)
        _, lines, _, whole = self.said(self.config(
            listen=["127.0.0.1:443", {"address": "127.0.0.1:80", "tls": False}, "fd:5", "systemd"],
            tls=dict(zip(("certificate", "key"), map(str, pair)))))
        self.assertEqual(whole["listen"], ["https://127.0.0.1:443", "http://127.0.0.1:80", "fd:5+tls", "systemd+tls"])
        self.assertIn(f"tls={pair[0]}", lines["receiver"])

    def warned(self, content, **more):
        return self.said(content, **more)[2].splitlines()

    def test_a_program_that_can_not_be_run(self):
        def exec(path):
            return self.warned(self.config(self.endpoint(exec=[str(path)])))
        path = self.write("handler", "#!/bin/sh\n")
        path.chmod(0o600)
        self.assertEqual(exec(path), [f"warning: endpoint site: exec: {path}: is not executable"])
        path.chmod(0o700)
        self.assertEqual(exec(path), [])
        self.assertEqual(exec(self.dir), [f"warning: endpoint site: exec: {self.dir}: is not a file"])
        self.assertEqual(exec(self.dir / "none"),
                         [f"warning: endpoint site: exec: {self.dir}/none: No such file or directory"])
        self.assertEqual(exec("./\u001b"), ["warning: endpoint site: exec: ./?: No such file or directory"])

    def test_a_token_in_the_clear(self):
        def to(url, **deliver):
            return self.warned(self.config(self.endpoint(forward=url, deliver=deliver)))
        token = {"authorization": "env:SECRET"}
        for url in ("http://h.invalid/", "http://10.0.0.1/", "http://127.0.0.1.invalid/", "http://localhost.invalid/"):
            said = to(url, **token)  # nothing is looked up: .invalid would not be found
            self.assertEqual(len(said), 1, url)
            self.assertIn("endpoint site: deliver.authorization: goes over http://", said[0])
        for url in ("https://h.invalid/", "http://127.0.0.1:3000/", "http://LOCALHOST/", "http://[::1]:3000"):
            self.assertEqual(to(url, **token), [], url)
        self.assertEqual(to("http://h.invalid/"), [])

    def test_a_target_that_is_the_receiver(self):
        def to(url, listen="127.0.0.1:8080"):
            return self.warned(self.config(self.endpoint(forward=url), listen=listen))
        loop = ["warning: endpoint site: forward: leads back to this receiver"]
        self.assertEqual(to("http://127.0.0.1:8080/in"), loop)
        self.assertEqual(to("http://127.0.0.1:8080/in?a"), loop)
        self.assertEqual(to("http://localhost:8080/in"), loop)
        self.assertEqual(to("http://localhost:8080/in", "0.0.0.0:8080"), loop)
        self.assertEqual(to("http://localhost/in", ["[::]:443", "[::]:80"]), loop)
        self.assertEqual(to("http://10.0.0.1:8080/in", "10.0.0.1:8080"), loop)
        for url, listen in (("http://127.0.0.1:8081/in", "127.0.0.1:8080"), ("http://127.0.0.1:8080/out", "127.0.0.1:8080"),
                            ("http://127.0.0.1:8080/in", "10.0.0.1:8080"), ("http://10.0.0.2:8080/in", "0.0.0.0:8080"),
                            ("https://127.0.0.1/in", "127.0.0.1:80"), ("http://127.0.0.1:80/in", "unix:/run/h.sock")):
            self.assertEqual(to(url, listen), [], url)

    def test_secrets_that_have_all_expired(self):
        old, new = {"label": "o", "secret": "env:SECRET", "not_after": "2020-01-31T00:00:00Z"}, {"secret": "env:SECRET"}
        self.assertEqual(self.warned(self.config(self.endpoint(secrets=[old]))),
                         ["warning: endpoint site: secrets: all have expired: nothing will verify"])
        self.assertEqual(self.warned(self.config(self.endpoint(secrets=[old, new]))), [])

    def test_an_admin_listener_for_all(self):
        for address, warns in (("0.0.0.0:81", True), ("[::]:81", True), ("127.0.0.1:81", False), ("[::1]:81", False),
                               ("unix:/run/a.sock", False)):
            said = self.warned(self.config(admin=address))
            self.assertEqual([line[:16] for line in said], ["warning: admin: "] * warns, address)

    def test_a_store_that_keeps_nothing(self):
        content = self.config()
        self.assertEqual(self.warned(content), [])
        content["store"] = "memory:"
        self.assertEqual(self.warned(content), ["warning: store: memory: keeps nothing when the receiver ends"])

    def test_nothing_is_opened(self):
        """The port is taken and the store's folder is not there: neither is looked at."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            content = self.config(listen=f"127.0.0.1:{taken.getsockname()[1]}")
            content["store"] = f"sqlite:{self.dir}/none/inbox.db"
            self.assertEqual(self.check(content)[0], 0)
        self.assertEqual(sorted(os.listdir(self.dir)), ["config.json"])

    def test_flags_are_checked_too(self):
        flags = ["--check", "--secret", "env:SECRET", "--path", "/in", "--scheme", "webinone", "--listen",
                 "127.0.0.1:0", "--store", f"sqlite:{self.dir / 'inbox.db'}"]
        code, out, err = run("receive", *flags)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.splitlines()[1].split()[-1], "current")
        self.refused(2, "receive", *flags, "--events", "Nothing", says="--events")
        self.assertEqual(os.listdir(self.dir), [])

    def test_mistakes(self):
        def bad(says, content, code=2, **more):
            path = self.write("bad.json", content if isinstance(content, str) else json.dumps(content))
            self.refused(code, "receive", "--check", path, says=says, **more)
        bad("bad.json:1:", "{")
        bad("$.listen", self.config(listen="nowhere"))
        bad("$.store", self.config(store="postgres:"))
        bad("$.endpoints[0].scheme", self.config({"path": "/in", "scheme": "none", "secrets": [{"secret": "env:SECRET"}]}))
        bad("$.endpoints[0].secrets[0].secret", self.config(
            {"path": "/in", "scheme": "webinone", "secrets": [{"secret": f"file:{self.dir}/none"}]}))
        (self.dir / "cert.pem").write_text("no certificate")
        bad("cert.pem", self.config(listen={"address": "127.0.0.1:0", "tls": True}, tls={
            "certificate": str(self.dir / "cert.pem"), "key": str(self.dir / "cert.pem")}))
        bad("nobody-has-this-name", self.config(user="nobody-has-this-name"))
        self.refused(2, "receive", "--check", self.dir / "none.json", says="none.json")
        self.refused(2, "receive", "--json", self.write("good.json", json.dumps(self.config())),
                     says="--json goes with --check")


if __name__ == "__main__":
    unittest.main()
