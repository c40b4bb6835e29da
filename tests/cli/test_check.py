# SPDX-License-Identifier: MIT
"""hookgauge receive --check: says what a configuration comes to, and opens nothing."""
import json
import os
import socket
import unittest

from support import SECRET, Case, run


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
        first, site, hub = out.splitlines()
        self.assertEqual(first.split(), ["ENDPOINT", "PATH", "SCHEME", "BASIS", "EVENTS", "KEYS"])
        self.assertEqual(site.split(None, 5), [
            "site", "/in", "webinone", "assumed", "3",
            "new, old (expired 2020-01-31T00:00:00Z), (no label) (until 2199-01-31T00:00:00Z)"])
        self.assertEqual(hub.split(), ["/hub", "/hub", "github", "documented", "all", "a?"])
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
