#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same as a program that the receiver runs for each delivery, without a server:

    "exec": ["/usr/local/lib/hooks/handler.py", "/var/lib/hooks/hooks.db"]

The body is standard input, what is known about it stands in HOOKGAUGE_ variables. The exit code is
the answer: 0 done, 65 dead, anything else another attempt. ../README.md says why it is written like
this.
"""
import contextlib
import json
import os
import sqlite3
import sys

DONE, DEAD, LATER = 0, 65, 75  # of sysexits.h: EX_OK, EX_DATAERR, EX_TEMPFAIL
TABLES = """
CREATE TABLE IF NOT EXISTS done (delivery TEXT PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE IF NOT EXISTS events (name TEXT PRIMARY KEY, count INTEGER NOT NULL);
"""


def work(db, event, record):
    """What your program is for; here it counts. All of it belongs to one transaction."""
    db.execute("INSERT INTO events VALUES (?, 1) "
               "ON CONFLICT (name) DO UPDATE SET count = count + 1", (event,))


def main():
    try:
        record = json.loads(sys.stdin.buffer.read())
    except (ValueError, RecursionError):
        return DEAD  # for a person to look at
    delivery = f"{os.environ['HOOKGAUGE_DELIVERY']} {os.environ['HOOKGAUGE_RECEIVED']}"
    try:
        with contextlib.closing(sqlite3.connect(sys.argv[1], timeout=5,
                                                isolation_level=None)) as db:
            db.executescript(TABLES)
            db.execute("BEGIN IMMEDIATE")  # rolled back by close unless it comes to COMMIT
            new = db.execute("INSERT OR IGNORE INTO done (delivery) VALUES (?)", (delivery,))
            if new.rowcount == 1:
                work(db, os.environ.get("HOOKGAUGE_EVENT", ""), record)
            db.execute("COMMIT")
    except sqlite3.Error as error:
        print(f"delivery {delivery}: {error}", file=sys.stderr)  # shown with "errors": true
        return LATER
    return DONE


if __name__ == "__main__":
    sys.exit(main())
