# SPDX-License-Identifier: MIT
"""What tests/manual.py reads: the pages, and what the pages are about: --help, tables of names in
the C files, the header."""
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMAND = ROOT / "build/release/hookgauge"
LIBRARY = ROOT / "build/release/libhookgauge.a"
BARE = re.sub(r"/\*.*?\*/", "", (ROOT / "include/hookgauge.h").read_text(), flags=re.S)
LIMIT_S = 60  # of one call


def run(*words, **options):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          timeout=LIMIT_S, stdin=options.pop("stdin", subprocess.DEVNULL),
                          **options)


# ---- Reading a page ----------------------------------------------------------------------------

def plain(text):
    """mdoc's escapes undone."""
    for escape, stands_for in (("\\(dq", '"'), ("\\&", ""), ("\\-", "-"), ("\\e", "\\")):
        text = text.replace(escape, stands_for)
    return text


def sections(page):
    """The text of each (.Sh, .Ss) of a page; .Ss is None before the first one."""
    found, section, part = {}, None, None
    for line in page.splitlines():
        if line.startswith(".Sh "):
            section, part = line[4:], None
        elif line.startswith(".Ss "):
            part = line[4:]
        found[section, part] = found.get((section, part), "") + line + "\n"
    return found


def items(text, macro):
    """The heads of the list items that begin with a macro, and what stands under each."""
    found = re.findall(rf"^\.It {macro} (.*)\n((?:(?!\.It |\.El).*\n)*)", text, re.M)
    return {head.split()[0]: (head, body) for head, body in found}


def blocks(text):
    found = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed", text, re.M | re.S)
    return [plain(block) for block in found]


class Pages:
    """The pages as they are, or with a text replaced: those a rule is tried on."""

    def __init__(self):
        self.command = (ROOT / "man/hookgauge.1").read_text()
        self.library = (ROOT / "man/libhookgauge.3").read_text()
        self.conf = (ROOT / "man/hookgauge.conf.5").read_text()
        self.others = {path.name[len("hookgauge-"):-len(".1")]: path.read_text()
                       for path in sorted((ROOT / "man").glob("hookgauge-*.1"))}
        self.sources = "".join(f"/* FILE {path.relative_to(ROOT)} */\n{path.read_text()}"
                               for path in sorted((ROOT / "receiver").glob("*.c")))

    def texts(self):
        return [self.command, self.library, self.conf, *self.others.values()]

    def broken(self, page, old, new):
        """page is an attribute, or the command of a page of its own."""
        pages = Pages()
        place = pages.others if page in pages.others else vars(pages)
        if old not in place[page]:
            sys.exit(f"manual.py: nothing to break: {old!r} is not in the page")
        place[page] = place[page].replace(old, new, 1)
        return pages


def words_in(text):
    """Everything that is set as a fixed word."""
    return {word for line in re.findall(r"^\.(?:It )?Cm (.*)", text, re.M)
            for word in re.split(r"[ ,]+", line)}


# ---- Programs and sources ----------------------------------------------------------------------

HELPS = {}
RANGES = {}


def help_of(command):
    """The options that a command's --help prints: {name: (value, description)}."""
    if command not in HELPS:
        text = run(COMMAND, command, "--help").stdout.partition("\noptions:\n")[2]
        HELPS[command] = {
            name: (value, about) for name, value, about in
            re.findall(r"^  --([a-z0-9-]+)(?: (\S+))?(?:\n? {2,}(.*))?$", text, re.M)}
    return HELPS[command]


def range_of(command, name, value):
    """The numbers that an option takes, "1 to 64"; None when it takes no number. A command that is
    given no number says so before it does anything."""
    if value is None or value == "":
        return None
    if (command, name) not in RANGES:
        said = re.search(r"a whole number from (\d+ to \d+)",
                         run(COMMAND, command, f"--{name}=none", "--help").stderr)
        RANGES[command, name] = said[1] if said else None
    return RANGES[command, name]


def commands():
    text = run(COMMAND, "--help").stdout.partition("\ncommands:\n")[2].partition("\n\n")[0]
    return re.findall(r"^  (\S+)", text, re.M)


def c_tables(path):
    """{table or function: members} of the lists of names in a C file."""
    source, found = (ROOT / path).read_text(), {}
    for table in re.finditer(r"static const char \*const (\w+)\[\] = \{([^}]*NULL)\}", source):
        owner = table[1]
        if owner == "known":
            before = source[:table.start()]
            owner = re.findall(r"^\w[^;=]*?\b(\w+)\([^;=]*?\)\n\{", before, re.M)[-1]
        found[owner] = re.findall(r'"([^"]*)"', table[2])
    return found


# ---- The header --------------------------------------------------------------------------------

def tidy(prototype):
    return re.sub(r"\*\s+", "*", re.sub(r"\s+", " ", prototype)).strip()


def prototypes():
    """{name: prototype} of the header."""
    found = re.findall(r"^(?:HG_API|static inline)\s+(?:HG_MUST_USE\s+)?([^;{]+)[;\n]", BARE, re.M)
    return {re.search(r"(\w+)\(", tidy(one))[1]: tidy(one) for one in found}


def shown_prototypes(page):
    """{name: prototype} of a page's synopsis."""
    return {name: tidy(f"{kind} {name}(" + ", ".join(re.findall('"([^"]*)"', arguments)) + ")")
            for kind, name, arguments in re.findall(r"^\.Ft (.*)\n\.Fn (\w+)(.*)", page, re.M)}


def structs():
    """The public structs: (name, body)."""
    return re.findall(r"^typedef struct (\w+) \{\n(.*?)^\} \1;", BARE, re.M | re.S)


def members_of(body, prefix=""):
    """The names of a struct's members, with those of nested structs as outer.inner."""
    nested = re.search(r"struct \{([^{}]*)\} (\w+);", body)
    while nested:
        yield from members_of(nested[1], nested[2] + ".")
        body = body[:nested.start()] + body[nested.end():]
        nested = re.search(r"struct \{([^{}]*)\} (\w+);", body)
    for member in re.findall(r"(\w+)(?:\[\w+\])?;", body):
        yield prefix + member


def built(source, scratch, name="program"):
    """Compiles a program against the static library; the compiler's words when that fails."""
    (scratch / f"{name}.c").write_text(source)
    done = run(*os.environ.get("CC", "cc").split(), "-std=c11", "-Wall", "-Wextra", "-Werror",
               f"-I{ROOT}/include", scratch / f"{name}.c", LIBRARY, "-lcrypto",
               "-o", scratch / name)
    return done.stderr if done.returncode != 0 else None


CONSTANTS = {}


def constants(scratch):
    """What the compiler makes of the header: {status: (class, http)} and {limit: value}."""
    if CONSTANTS:
        return CONSTANTS["statuses"], CONSTANTS["limits"]
    enum = re.search(r"typedef enum hg_status \{(.*?)\}", BARE, re.S)[1]
    classes = re.findall(r"HG_CLASS_\w+", re.search(r"enum hg_class \{(.*?)\}", BARE, re.S)[1])
    statuses = re.findall(r"HG_\w+", enum)
    limits = re.findall(r"^#define (HG_\w+_MAX)\b", BARE, re.M)
    lines = [f'    printf("%d %d\\n", hg_status_class({name}), hg_status_http({name}));'
             for name in statuses]
    lines += [f'    printf("%lld\\n", (long long) {name});' for name in limits + classes]
    source = "#include <hookgauge.h>\n#include <stdio.h>\nint main(void)\n{\n" + \
        "\n".join(lines) + "\n    return 0;\n}\n"
    if built(source, scratch, "constants"):
        sys.exit("manual.py: the header's constants can't be compiled")
    numbers = [line.split() for line in run(scratch / "constants").stdout.splitlines()]
    values = dict(zip(limits + classes, (line[0] for line in numbers[len(statuses):])))
    names = {values[name]: name[len("HG_CLASS_"):] for name in classes}
    CONSTANTS["limits"] = {name: values[name] for name in limits}
    CONSTANTS["statuses"] = {name: (names[kind], http) for name, (kind, http) in
                             zip(statuses, numbers)}
    return CONSTANTS["statuses"], CONSTANTS["limits"]
