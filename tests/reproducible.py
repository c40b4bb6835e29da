#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The vector files in the tree are byte for byte what the generator writes."""
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="hookgauge-vectors-") as scratch:
        subprocess.run([ROOT / "build/release/make-vectors", scratch], cwd=ROOT, check=True)
        made = {path.name for path in Path(scratch).glob("*.json")}
        kept = {path.name for path in (ROOT / "vectors").glob("*.json")} - {"schema.json"}
        for name in sorted(made | kept):
            new, old = Path(scratch) / name, ROOT / "vectors" / name
            if new.exists() and old.exists() and new.read_bytes() == old.read_bytes():
                passed += 1
            else:
                failed += 1
                print(f"vectors/{name} is not what `make vectors` writes")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
