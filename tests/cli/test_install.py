# SPDX-License-Identifier: MIT
"""`make install`: what a program needs that is built against the installed library alone."""
import os
import re
import shutil
import subprocess
import unittest

from support import ROOT, Case

VERIFY = re.search(r"<!-- test: verify -->\n```c\n(.*?)```", (ROOT / "README.md").read_text(), re.S).group(1)


def tool(*command, **more):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, **more)


class Install(Case):
    def install(self, prefix):
        """Into a folder of its own below the scratch folder; returns where prefix lies then."""
        env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
        stage = self.dir / "stage"
        done = tool("make", "-C", ROOT, "install", f"DESTDIR={stage}", f"PREFIX={prefix}", env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        return stage, stage / prefix.lstrip("/")

    def test_the_readme_program_builds_through_pkg_config(self):
        """Under two prefixes, one after the other: what was built before knows of neither."""
        for prefix in ("/usr", "/opt/hookgauge"):
            stage, root = self.install(prefix)
            env = {**os.environ, "PKG_CONFIG_PATH": str(root / "lib/pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": str(stage)}
            flags = tool("pkg-config", "--cflags", "--libs", "hookgauge", env=env)
            self.assertEqual(flags.returncode, 0, flags.stderr)
            (self.dir / "example.c").write_text(VERIFY)
            program = self.dir / "program"
            built = tool(os.environ.get("CC", "cc"), "-std=c11", f"-I{self.dir}", ROOT / "tests/readme/main.c",
                         *flags.stdout.split(), "-o", program)
            self.assertEqual(built.returncode, 0, built.stderr)
            ran = tool(program, env={**os.environ, "LD_LIBRARY_PATH": str(root / "lib")})
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertEqual(tool(root / "bin/hookgauge", "--version").returncode, 0)
            shutil.rmtree(stage)

    def test_each_manual_page_is_where_man_looks(self):
        _, root = self.install("/usr")
        pages = {path.name for path in (ROOT / "man").iterdir()}
        found = {path.name: path.parent.name for path in (root / "share/man").glob("*/*")}
        self.assertIn("hookgauge.conf.5", pages)
        self.assertEqual(found, {name: f"man{name.rsplit('.', 1)[1]}" for name in pages})

    def test_only_public_names_are_exported(self):
        nm = shutil.which("nm") or self.fail("nm is part of the compiler's tools")
        _, root = self.install("/usr")
        names = tool(nm, "-D", "--defined-only", root / "lib/libhookgauge.so").stdout.split("\n")
        exported = {line.split()[-1] for line in names if line}
        self.assertIn("hg_verify", exported)
        self.assertEqual({name for name in exported if not name.startswith("hg_")}, set())


if __name__ == "__main__":
    unittest.main()
