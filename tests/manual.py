#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The manual pages say what the programs do.

What a page lists is held against where it comes from: options against --help, JSON members and
words against the C tables that accept them, functions, structs, statuses and limits against the
header. What a page shows is tried: programs are compiled and run, files are read by the command.

The rules of the receiver's pages are in manual_receive.py.

Every rule is tried first on a page that breaks it: a rule that can't fail is a defect.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import manual_receive
from pages import (BARE, COMMAND, ROOT, Pages, blocks, built, c_tables, commands,
                   constants, help_of, items, members_of, plain, prototypes, range_of, run,
                   sections, shown_prototypes, structs, words_in)

COLUMNS = 80

# Which section lists the members that a C table accepts. A table is named by itself or, when it is
# called "known", by its function.
SETTINGS, SCHEMES, PROGRAMS = "WEBHOOK SETTINGS", "SCHEMES", "PROGRAMS UNDER TEST"
TABLES = {
    "sender/settings.c": {
        "read_root": (SETTINGS, "The settings"), "read_webhook": (SETTINGS, "Each of webhooks")},
    "base/scheme_json.c": {
        "row_members": (SCHEMES, "The row"), "signature_members": (SCHEMES, "signature"),
        "timestamp_members": (SCHEMES, "timestamp"), "event_members": (SCHEMES, "event"),
        "id_members": (SCHEMES, "id")},
    "base/capture.c": {
        "request_members": (PROGRAMS, "The request"), "bytes_members": None,
        "repeat_members": None},
    "harness/cmd_line.c": {"read_members": (PROGRAMS, "The answer")},
}

# Which section names the JSON members that a file writes.
OUTPUTS = {"cli/inbox_list.c": ("COMMANDS", "inbox"), "cli/inbox_show.c": ("COMMANDS", "inbox"),
           "cli/send_report.c": ("COMMANDS", "send"),
           "cli/schemes_lint.c": ("COMMANDS", "schemes"),
           "cli/verify.c": "verify", "cli/explain.c": "explain",  # pages of their own
           "cli/receive_check.c": "receive",
           "cli/discover_print.c": "discover",
           "harness/cmd_line.c": (PROGRAMS, "The question"), "harness/report_json.c": "test"}


def whole(pages):
    """The sections of hookgauge(1) and of hookgauge-test(1), which has PROGRAMS UNDER TEST."""
    return {**sections(pages.others["test"]), **sections(pages.command)}


# ---- Options -----------------------------------------------------------------------------------

def check_option(command, name, text):
    """An option of a command in the text that documents it; None when it is sound."""
    value, about = help_of(command)[name]
    found = items(text, "Fl").get(f"-{name}")
    if found is None:
        return f"{command}: --{name} is not documented"
    if found[0] != f"-{name}" + (f" Ar {value}" if value else ""):
        return f"{command}: --{name} {value} is documented as {found[0]}"
    default = re.search(r"\((\d+)\)", about)
    if default and not re.search(rf"\b{default[1]}\b", found[1]):
        return f"{command}: --{name}: the default {default[1]} is not said"
    numbers = range_of(command, name, value)
    if numbers and not re.search(rf"\b{numbers}\b", found[1]):
        return f"{command}: --{name}: {numbers} is not said"
    return None


def rule_options(pages):
    """Each option of each command has its item there, with its value, its range and its default,
    and no command is said to have an option that it has not."""
    found = sections(pages.command)
    problems, count = [], 0
    for command in commands():
        text = found.get(("COMMANDS", command), "") + pages.others.get(command, "")
        wrong = [check_option(command, name, text) for name in help_of(command) if name != "help"]
        named = set(re.findall(r"\bFl -([a-z0-9-]+)", text))
        wrong += [f"{command}: has no --{name}" for name in sorted(named - set(help_of(command)))]
        problems += [problem for problem in wrong if problem]
        count += max(len(wrong), 1)
        if not text:
            problems.append(f"{command}: is not documented")
    for section, part in found:
        if section == "COMMANDS" and part is not None and part not in commands():
            problems.append(f"{part}: is documented, but is no command")
    return count, problems


def rule_synopsis(pages):
    """The synopsis shows each command, with options that it has."""
    text = sections(pages.command)["SYNOPSIS", None]
    shown = re.findall(r"^\.Cm (\w+).*\n((?:(?!\.Nm).*\n)*)", text, re.M)
    covered = {command for command, _ in shown} | set(pages.others)
    problems = [f"synopsis: {command} is missing" for command in commands()
                if command not in covered]
    for command, lines in shown:
        problems += [f"synopsis: {command} has no --{name}"
                     for name in re.findall(r"\bFl -([a-z0-9-]+)", lines)
                     if name not in help_of(command)]
    return len(shown), problems


def rule_common(pages):
    """What holds for all commands: --help, --version and the exit codes of base/fail.h."""
    found = sections(pages.command)
    said = items(found["DESCRIPTION", None], "Fl")
    codes = re.findall(r"EXIT_\w+ = (\d)", (ROOT / "base/fail.h").read_text())
    problems = [f"--{name} is not documented" for name in ("help", "version")
                if f"-{name}" not in said]
    problems += [f"exit code {code} is not documented" for code in codes
                 if not re.search(rf"^\.It {code}$", found["EXIT STATUS", None], re.M)]
    return 2 + len(codes), problems


# ---- Members and words -------------------------------------------------------------------------

def rule_members(pages):
    """Each member that a table accepts has an item in its section, and no other has one."""
    found = whole(pages)
    problems, count = [], 0
    for path, places in TABLES.items():
        tables = c_tables(path)
        problems += [f"{path}: table {name} is in no section" for name in set(tables) ^ set(places)]
        for name, members in tables.items():
            place = places.get(name)  # None: within the request, in the text of its items
            text = found.get(place or (PROGRAMS, "The request"), "")
            if place is None:
                said = re.findall(r'\\\(dq(\w+)\\\(dq:', text)
                extra = set()
            else:
                said = items(text, "Cm")
                extra = set(said) - set(members)
            problems += [f"{place}: {member} is missing ({path})" for member in members
                         if member not in said]
            problems += [f"{place}: {member} is not accepted ({path})" for member in sorted(extra)]
            count += len(members)
    return count, problems


def rule_outputs(pages):
    """Each member that is written is named where the command is described."""
    problems, count = [], 0
    for path, place in OUTPUTS.items():
        source = (ROOT / path).read_text()
        members = set(re.findall(r'\\"(\w+)\\":', source)) | \
            set(re.findall(r'(?:(?:_member|add_time)\(\w*&?\w+|add_words\(run, index), "(\w+)"', source))
        own = pages.others.get(place, "")
        said = words_in(own or whole(pages).get(place, ""))
        problems += [f"{place}: {member} is written and not said ({path})"
                     for member in sorted(members - said)]
        count += len(members)
    return count, problems


def rule_scheme_words(pages):
    """Each word that a scheme's member can have, each word of a signed text, how many rows."""
    text = "".join(part for (section, _), part in sections(pages.command).items()
                   if section == SCHEMES)
    lists = dict(re.findall(r"static const struct word (\w+)\[\] = \{(.*?)\};",
                            (ROOT / "core/scheme.c").read_text(), re.S))
    del lists["separators"]  # a comma, a semicolon, a blank
    words = [word for rows in lists.values() for word in re.findall(r'\{"([^"]+)"', rows)]
    rows = len(json.loads(run(COMMAND, "schemes", "--json").stdout))
    template = (ROOT / "core/template.c").read_text()
    parts = re.findall(r'\{"(\w+)", \{\.word', template) + ["header:NAME", "body:HASH:ENCODING"]
    words += re.findall(r'DIGESTS\("body:(\w+)"', template)
    problems = [f"schemes: {word} is missing" for word in words if word not in words_in(text)]
    problems += [f"schemes: {{{part}}} is missing" for part in parts if f"{{{part}}}" not in text]
    if f" {rows} built-in schemes" not in text:
        problems.append(f"schemes: there are {rows}")
    return len(words) + len(parts) + 1, problems


def rule_grades(pages):
    """Each weakness of a scheme stands under the grade that it leads to."""
    text = sections(pages.command)["COMMANDS", "schemes"]
    rows = re.findall(r"'([A-F])',\s*\{\"([\w-]+)\"", (ROOT / "core/lint.c").read_text())
    said = dict(re.findall(r"^\.It ([A-F])\n((?:(?!\.It |\.El).*\n)*)", text, re.M))
    problems = [f"schemes: {name} is not under {grade}" for grade, name in rows
                if not re.search(rf"(?<![\w-]){name}(?![\w-])", said.get(grade, ""))]
    return len(rows), problems


# ---- The library -------------------------------------------------------------------------------

def rule_functions(pages):
    """Each function has its exact prototype and an item, and no other is named."""
    shown = shown_prototypes(pages.library)
    explained = items(sections(pages.library)["FUNCTIONS", None], "Fn")
    problems = [f"{name}: the prototype is missing or another"
                for name, text in prototypes().items() if shown.get(name) != text]
    problems += [f"{name}: is not explained" for name in prototypes() if name not in explained]
    for text in pages.texts():
        names = set(re.findall(r"\b(?:hg|HG)_\w*[A-Za-z0-9]", text))
        known = set(re.findall(r"\b(?:hg|HG)_\w+", BARE))
        problems += [f"{name}: is not in the header" for name in sorted(names - known)]
    return 2 * len(prototypes()), problems


def rule_structs(pages):
    """Each public struct has a section with an item for each member, and for no other."""
    problems, count = [], 0
    for name, body in structs():
        members = set(members_of(body))
        said = set(items(sections(pages.library).get(("STRUCTURES", name), ""), "Va"))
        problems += [f"{name}.{member}: in one of header and page only"
                     for member in sorted(members ^ said)]
        count += len(members)
    return count, problems


def rule_constants(pages, scratch):
    """Each status with its class and answer, each limit with its value, each enumerator."""
    statuses, limits = constants(scratch)
    found = sections(pages.library)
    rows = [row.split(" Ta ") for row in
            re.findall(r"^\.It Dv (.*)", found["STATUSES", None] + found["LIMITS", None], re.M)]
    said = {row[0]: tuple(row[1:3]) if row[0] in statuses else row[1] for row in rows}
    wanted = {**statuses, **limits}
    problems = [f"{name}: {said.get(name)} is said, {wanted.get(name)} is right"
                for name in sorted(set(wanted) | set(said)) if wanted.get(name) != said.get(name)]
    others = re.findall(r"\bHG_\w+", " ".join(re.findall(r"enum \w+ \{(.*?)\}", BARE, re.S))) + \
        re.findall(r"^#define (HG_\w+)(?= [^_\n])", BARE, re.M)
    problems += [f"{name}: is missing" for name in others
                 if not re.search(rf"\b{name}\b", pages.library)]
    return len(wanted) + len(others), problems


# ---- What is shown -----------------------------------------------------------------------------

def rule_programs(pages, scratch):
    """The first program prints what the page says; the second tells a signed body from another."""
    shown = blocks(sections(pages.library)["EXAMPLES", None])
    programs = [block for block in shown if "int main(" in block]
    if len(shown) != 3 or len(programs) != 2:
        return 3, ["examples: two programs and an output are expected"]
    problems = [f"example {at}: {words}" for at, source in enumerate(programs)
                for words in [built(source, scratch, f"example{at}")] if words]
    if problems:
        return 3, problems
    first = run(scratch / "example0")
    if first.returncode != 0 or first.stdout != shown[1]:
        problems.append(f"example 0: prints {first.stdout!r} and exits {first.returncode}")
    (scratch / "body").write_text("a body")
    signed = run(COMMAND, "sign", "--secret", "env:KEY", "--scheme", "slack", scratch / "body",
                 env={**os.environ, "KEY": "a secret"}).stdout
    values = re.findall(r": (.*)", signed)
    for body, code, answer in (("a body", 0, "ok\n"), ("a bodx", 1, "mismatch\n")):
        (scratch / "body").write_text(body)
        with (scratch / "body").open() as stdin:
            done = run(scratch / "example1", "a secret", *values, stdin=stdin)
        if (done.returncode, done.stdout) != (code, answer):
            problems.append(f"example 1: {body!r} gives {done.stdout!r}, exit {done.returncode}")
    return 3, problems


def rule_files(pages, scratch):
    """The files that are shown are read by the commands they are for."""
    found = sections(pages.command)
    env = {**os.environ, "ORDERS_URL": "http://127.0.0.1:9/a?sk=b"}
    (scratch / "secret").write_text("http://127.0.0.1:9/a?sk=b")
    problems = []
    for name, section in (("hooks.json", SETTINGS), ("row.json", SCHEMES)):
        shown = blocks(found[section, None])
        text = re.sub(r"file:[^\"]*", f"file:{scratch}/secret", "".join(shown))
        (scratch / name).write_text(text)
    listed = run(COMMAND, "send", "--config", "hooks.json", "--list", "--json", cwd=scratch,
                 env=env)
    if listed.returncode != 0 or listed.stdout.count('"signed":true') != 2:
        problems.append(f"the settings: {listed.stdout}{listed.stderr}")
    row = run(COMMAND, "schemes", "./row.json", cwd=scratch)
    built_in = json.loads(run(COMMAND, "schemes", "webinone").stdout)
    del built_in["source"]
    if row.returncode != 0 or json.loads(row.stdout) != built_in:
        problems.append(f"the row of webinone: {row.stdout}{row.stderr}")
    return 2, problems


def rule_adapter(pages, scratch):
    """The question that is shown, signed, gets the answer that is shown."""
    shown = blocks(whole(pages)[PROGRAMS, None])
    (scratch / "body").write_text(re.search(r'"body":("(?:\\.|[^"\\])*")', shown[0])[1])
    body = json.loads((scratch / "body").read_text())
    (scratch / "body").write_text(body)
    signed = run(COMMAND, "sign", "--secret", "env:KEY", "--event", "Tax.OnUpdate", "--now",
                 "1767225600", scratch / "body", env={**os.environ, "KEY": "a secret"}).stdout
    line = shown[0].replace("\n", "").replace("SIGNATURE", signed.split("sha256=")[1].strip())
    (scratch / "question").write_text(line + "\n")
    with (scratch / "question").open() as stdin:
        answer = run(sys.executable, ROOT / "harness/adapters/adapter.py",
                     ROOT / "examples/verify.py", stdin=stdin)
    held = len(shown) == 2 and answer.stdout == shown[1]
    return 1, [] if held else [f"the adapter answers {answer.stdout}{answer.stderr[-300:]}"]


def rule_rendering(pages, scratch):
    """mandoc has nothing to say, and no line is too long for a terminal."""
    problems = []
    texts = pages.texts()
    for text in texts:
        (scratch / "page").write_text(text)
        lint = run("mandoc", "-T", "lint", "-W", "warning", scratch / "page")
        problems += [line for line in (lint.stdout + lint.stderr).splitlines()
                     if "outdated mandoc.db" not in line]
        shown = re.sub(".\b", "", run("mandoc", "-T", "utf8", scratch / "page").stdout)
        problems += [f"too long: {line}" for line in shown.splitlines() if len(line) > COLUMNS]
        problems += ["renders to nothing"] if len(shown) < 1000 else []
    return len(texts), problems


def rule_facts(pages):
    """What must be said whatever else changes."""
    text = re.sub(r"\s+", " ", plain(re.sub(r"^\.\w+ ", "", pages.command, flags=re.M)))
    facts = ["percent-decoded", "A literal + stays a plus", "basis: assumed",
             "is this project's reading"]
    return len(facts), [f"not said: {fact}" for fact in facts if fact not in text]


# ---- The rules, and what breaks each -----------------------------------------------------------

TEXT_RULES = [rule_options, rule_synopsis, rule_common, rule_members, rule_outputs,
              rule_scheme_words, rule_grades, rule_functions, rule_structs, rule_facts,
              *manual_receive.TEXT_RULES]
TRIED_RULES = [rule_constants, rule_programs, rule_files, rule_adapter, rule_rendering,
               *manual_receive.TRIED_RULES]
BREAKS = [
    *manual_receive.BREAKS,
    (rule_options, "command", ".It Fl -keep-sk\n", ".It Cm keep-sk\n"),
    (rule_options, "command", ".It Fl -object Ar KIND:NAME", ".It Fl -object Ar KIND"),
    (rule_options, "command", "default is 20.", "default is 21."),
    (rule_options, "command", "1 to 64; the default is 1.", "1 to 65; the default is 1."),
    (rule_options, "test", ".It Fl -all\n", ".It Fl -all\n.It Fl -keep-sk\n"),
    (rule_options, "test", ".It Fl -tap14\n", ".It Fl -tap15\n"),
    (rule_outputs, "test", ".Cm stored_checked ,", ".Cm stored ,"),
    (rule_options, "command", ".Ss events\n", ".Ss event\n"),
    (rule_synopsis, "command", ".Op Fl -limit Ar N", ".Op Fl -count Ar N Fl -most"),
    (rule_synopsis, "command", ".Cm events\n", ".Cm event\n"),
    (rule_common, "command", ".It Fl -version", ".It Cm version"),
    (rule_common, "command", ".It 3\n", ".It 4\n"),
    (rule_members, "command", ".It Cm tolerance_s", ".It Cm tolerance"),
    (rule_members, "command", ".It Cm enabled\n", ".It Cm enabled\n.It Cm disabled\n"),
    (rule_members, "test", ".It Cm accept\n", ".It Cm accepted\n"),
    (rule_members, "test", "\\(dqbase64\\(dq", "\\(dqbase\\(dq"),
    (rule_outputs, "command", ".Cm p99_ms", ".Cm p99"),
    (rule_outputs, "command", ".Cm id_signed ,", ".Cm idsigned ,"),
    (rule_outputs, "test", ".It Cm now\n", ".It Cm time\n"),
    (rule_outputs, "command", ".Cm attack .", ".Cm attacks ."),
    (rule_scheme_words, "command", ".Cm hmac-sha384", ".Cm hmac-sha224"),
    (rule_scheme_words, "command", ".Ql {query} ,", ".Ql {queries} ,"),
    (rule_scheme_words, "command", ".Cm sha384\n", ".Cm sha224\n"),
    (rule_scheme_words, "command", " 100 built-in schemes", " 99 built-in schemes"),
    (rule_grades, "command", ", form-joined .", "."),
    (rule_grades, "command", ".Pq Cm window-long .", ".Pq Cm time-absent ."),
    (rule_functions, "library", ".Fn hg_ring_free \"hg_ring *ring\"",
     ".Fn hg_ring_free \"const hg_ring *ring\""),
    (rule_functions, "library", ".It Fn hg_decode\n", ".It Fn hg_encode\n"),
    (rule_functions, "library", "wipe your copy.", "wipe your copy with hg_wipe."),
    (rule_structs, "library", ".It Va age_judged", ".It Va judged"),
    (rule_structs, "library", ".It Va signature.item", ".It Va signature.text"),
    (rule_constants, "library", "HG_MISMATCH Ta FORGED Ta 401", "HG_MISMATCH Ta FORGED Ta 400"),
    (rule_constants, "library", "Dv HG_KEYS_MAX Ta 8", "Dv HG_KEYS_MAX Ta 9"),
    (rule_constants, "library", ".It Dv HG_NO_ID Ta", ".It Em no id Ta"),
    (rule_constants, "library", ".Dv HG_BASE64URL\n", ".Dv HG_BASE64\n"),
    (rule_programs, "library", "int i = 0; status", "int i = 0; state"),
    (rule_programs, "library", "    size_t got;", "    size_t got, unused;"),
    (rule_programs, "library", "401 mismatch", "200 ok"),
    (rule_programs, "library", "hg_stream_update(&stream, piece, got);", "(void) piece;"),
    (rule_files, "command", '"item_type": "Order"', '"item_type": "Orders"'),
    (rule_files, "command", '"tolerance_s": 300', '"tolerance_s": 301'),
    (rule_adapter, "test", '{"id": "tax-onupdate", "accept": true}',
     '{"id": "tax-onupdate", "accept": false}'),
    (rule_adapter, "test", '"now":1767225600', '"now":1767225901'),
    (rule_rendering, "command", ".Sh SECRETS", ".Sx SECRETS\n.Nope\n.Sh SECRETS"),
    (rule_rendering, "conf", ".Ss limits", ".Sx limits\n.Nope\n.Ss limits"),
    (rule_rendering, "library", "#include <stdio.h>", "#include <stdio.h> /* " + "x" * 80),
    (rule_facts, "command", "stays a plus", "becomes a blank"),
]


def apply(rule, pages, scratch):
    return rule(pages, scratch) if rule in TRIED_RULES else rule(pages)


def main():
    passed, problems, pages = 0, [], Pages()
    rules = TEXT_RULES + TRIED_RULES
    with tempfile.TemporaryDirectory(prefix="hookgauge-manual-") as folder:
        scratch, known = Path(folder), {}
        for rule in rules:
            count, known[rule] = apply(rule, pages, scratch)
            problems += known[rule] if count > 0 else [f"{rule.__name__}: found nothing to check"]
            passed += max(count - len(known[rule]), 0)
        for rule, page, old, new in BREAKS:
            found = apply(rule, pages.broken(page, old, new), scratch)[1]
            caught = bool(set(found) - set(known[rule]))
            passed += caught
            problems += [] if caught else [f"{rule.__name__} itself: missed {new!r}"]
        problems += [f"{rule.__name__} itself: nothing breaks it" for rule in rules
                     if rule not in [row[0] for row in BREAKS]]
    for problem in problems:
        print(problem)
    print(f"{passed} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
