# SPDX-License-Identifier: MIT
"""The built-in schemes as the command shows them: the tables, what has no row, the page in docs."""
import base64
import json
import unittest

from support import ROOT, SECRET, Case, run

NOW = 1767225600
COLUMNS = 100
# RFC 8032 section 7.1, test 2: the seed, then the public key.
PAIR = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
                     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")


def rows():
    return json.loads(run("schemes", "--json")[1])


def absent():
    return dict(line.split(maxsplit=1) for line in run("schemes", "--absent")[1].splitlines())


def secret_of(row):
    """A secret in the form that the row wants."""
    if row["algorithm"] == "ed25519" and row["key"] == "hex":
        return PAIR.hex()
    forms = {"utf8": SECRET, "hex": "00ff10", "base64": base64.b64encode(PAIR).decode(),
             "whsec": "whsec_c2VjcmV0", "whpk": "whsk_" + base64.b64encode(PAIR).decode()}
    return forms[row["key"]]


def sign_words(row):
    """What `hookgauge sign` needs for a row, without --scheme and the file."""
    words = ["--secret", "env:SECRET", "--now", NOW, "--url", "https://hooks.example.com/in?x=1"]
    words += ["--event", "Order.OnCreate"] if "event" in row else []
    return words + (["--id", "msg-1"] if "id" in row else [])


class Tables(Case):
    def test_table_is_readable(self):
        code, out, err = run("schemes")
        lines = out.splitlines()
        self.assertEqual((code, err), (0, ""))
        self.assertEqual([line.split()[0] for line in lines[1:]], [row["name"] for row in rows()])
        for line in lines:
            self.assertLessEqual(len(line), COLUMNS, line)
        for row, line in zip(rows(), lines[1:]):
            self.assertEqual(line.split()[1:4],
                             [row["basis"], row["algorithm"], row["signature"]["header"]])

    def test_rows_differ(self):
        """A wire format has one row, whoever else uses it."""
        known = [{k: v for k, v in row.items() if k not in ("name", "basis", "source")}
                 for row in rows()]
        self.assertGreaterEqual(len(known), 80)
        texts = [json.dumps(row, sort_keys=True).lower() for row in known]
        self.assertEqual(len(set(texts)), len(texts))

    def test_absent(self):
        code, out, err = run("schemes", "--absent")
        names = [line.split()[0] for line in out.splitlines()]
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(names, sorted(names))
        self.assertFalse(set(names) & {row["name"] for row in rows()})
        for line in out.splitlines():
            self.assertLessEqual(len(line), COLUMNS, line)
        self.assertIn("a plain shared token, which is not a signature", absent()["gitlab-token"])
        self.assertIn("not a MAC", absent()["hubspot-v2"])

    def test_page_in_docs(self):
        code, out, err = run("schemes", "--markdown")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, (ROOT / "docs/schemes.md").read_text(),
                         "write it anew with hookgauge schemes --markdown")
        for row in rows():
            self.assertRegex(out, rf"(?m)^\| `{row['name']}` \| [^|]+ \| .* \| {row['basis']} \| "
                                  rf"{row['source'].replace('.', '[.]')} \|$")
        for name, reason in absent().items():
            self.assertIn(f"| `{name}` | {reason} |\n", out)

    def test_exclusions(self):
        for words in (["--lint", "--absent"], ["--markdown", "--absent"], ["--markdown", "--lint"],
                      ["--absent", "--json"], ["--markdown", "--json"]):
            self.refused(2, "schemes", *words, says="exclude each other")
        for word in ("--absent", "--markdown"):
            self.refused(2, "schemes", "github", word, says="about all schemes, not one")


class Names(Case):
    def test_every_command_says_why(self):
        """A plain shared token is no signature, whoever asks."""
        file = self.write("body", b"{}")
        says = "scheme gitlab-token has no row: it sends a plain shared token, which is not a " \
            "signature"
        source = ["--secret", "env:SECRET", "--scheme", "gitlab-token"]
        self.refused(2, "schemes", "gitlab-token", says=says)
        self.refused(2, "schemes", "gitlab-token", "--lint", says=says)
        self.refused(2, "sign", *source, file, says=says)
        self.refused(2, "verify", *source, file, says=says)
        self.refused(2, "test", "lib", "--scheme", "gitlab-token", says=says)
        self.refused(2, "receive", *source, "--path", "/hook", "--listen", "127.0.0.1:0",
                     "--store", "memory:", says=says)
        self.refused(2, "send", "--scheme", "gitlab-token", "http://127.0.0.1:9/?sk=x",
                     "Order.OnCreate", file, says=says)

    def test_all_absent_ones(self):
        for name, reason in absent().items():
            self.refused(2, "schemes", name, says=f"scheme {name} has no row: it {reason}")

    def test_nearest(self):
        for name, near in (("stripy", "stripe"), ("Clerk", "svix"), ("whatsapp", "meta"),
                           ("box", "box-primary, box-secondary")):
            self.refused(2, "schemes", name, says=f"unknown scheme '{name}' ({near}? `hookgauge "
                                                  "schemes` lists them; or give a file)")
        self.refused(2, "schemes", "qqqqqq", says="unknown scheme 'qqqqqq' (`hookgauge schemes`")


class Rows(Case):
    def test_a_printed_row_signs_alike(self):
        """Each row as a file is the row: it prints and signs the same."""
        body = self.write("body", b"a=1&b=2")
        for row in rows():
            name = row["name"]
            _, out, _ = run("schemes", name)
            file = self.write("row.json", out)
            self.assertEqual(run("schemes", file), (0, out, ""), name)
            words, env = sign_words(row), {"SECRET": secret_of(row)}
            by_name = run("sign", "--scheme", name, *words, body, env=env)
            self.assertEqual(run("sign", "--scheme", file, *words, body, env=env), by_name, name)
            # fal-ai signs a header of the request, which `sign` has none of
            self.assertEqual(by_name[0], 2 if "{header:" in row["signed"] else 0, by_name)


if __name__ == "__main__":
    unittest.main()
