# SPDX-License-Identifier: MIT
"""The rules of tests/manual.py for hookgauge-receive(1) and hookgauge.conf(5).

What hookgauge.conf(5) says of a member is held against the C tables that accept it and against the
receiver itself, which is given each member with a value of no type, each number below its range,
and each object without what it needs. Its sections are named by their place in the file, so a new
object of the configuration needs nothing here but its section.
"""
import contextlib
import copy
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from pages import (COMMAND, LIMIT_S, ROOT, blocks, constants, help_of, items, sections,
                   run, words_in)

sys.path.insert(0, str(Path(__file__).resolve().parent / "cluster"))
import nats_cluster  # noqa: E402

MEMBERS, ROOT_PART = "MEMBERS", "The file"
TYPES = {"Text": "text", "Integer": "an integer", "Boolean": "true or false",
         "Array": "an array", "Object": "an object"}
HEAD = re.compile(r"(Text|Integer|Boolean|Array|Object)\b([^;]*); (required|default [^.]+)\.\n")
WAIT_S = 0.005  # between two looks at a receiver that is starting


def parts(pages):
    """{place in the file: {member: (head, body)}}"""
    return {part: items(text, "Cm") for (section, part), text in sections(pages.conf).items()
            if section == MEMBERS and part is not None}


# ---- The tables --------------------------------------------------------------------------------

def tables(sources):
    """The lists of members that the receiver's files accept: (file, members)."""
    found = []
    for table in re.finditer(r"const char \*const (\w+)\[\] = \{([^}]*)NULL\}", sources):
        file = re.findall(r"/\* FILE (\S+) \*/", sources[:table.start()])[-1]
        if table[1] == "known" or file.startswith("receiver/config"):
            found.append((file, set(re.findall(r'"([^"]*)"', table[2]))))
    return found


def rule_conf_tables(pages):
    """Each table has a section with just its members, each section has such a table, and no member
    is read that has no item."""
    said = {part: set(members) for part, members in parts(pages).items()}
    accepted, problems = tables(pages.sources), []
    for file, members in accepted:
        nearest = max(said, key=lambda part: len(said[part] & members) - len(said[part] ^ members))
        problems += [f"conf: {nearest}: {member} is in one of {file} and page only"
                     for member in sorted(said[nearest] ^ members)]
    problems += [f"conf: {part}: no table has these members" for part in said
                 if said[part] not in [members for _, members in accepted]]
    read = re.findall(r'\bjson_(need|get|opt_\w+)\([^,;]+,\s*"(\w+)"', pages.sources)
    problems += [f"conf: {name} is read and not said" for name in sorted({name for _, name in read})
                 if name not in set().union(*said.values())]
    return sum(len(members) for _, members in accepted), problems


def rule_conf_defaults(pages):
    """Each member has a type, and is required or has a default: the option's, where there is one of
    that name."""
    options, problems, count = help_of("receive"), [], 0
    for part, members in parts(pages).items():
        for name, (_, body) in members.items():
            count += 1
            head = HEAD.match(body)
            if head is None:
                problems.append(f"conf: {part}: {name}: 'Type; required.' or 'Type; default X.'")
                continue
            option = re.sub(r"-s$", "", name.replace("_", "-"))
            _, about = options.get(f"log-{option}" if part == "log" else option, (None, ""))
            default = re.search(r"\((\w+)\)$", about)
            stated = head[3].removeprefix("default ")
            if default and " " not in stated and stated != default[1]:
                problems.append(f"conf: {part}: {name}: the default is {default[1]}")
    return count, problems


# ---- The receiver itself -----------------------------------------------------------------------

def prepared(text, scratch):
    """An example with free ports, and with files of this test instead of the system's."""
    text = re.sub(r'((?:127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|localhost)):\d+"', r'\1:0"', text)
    text = re.sub(r'\b(file|sqlite|unix):/', rf'\1:{scratch}/root/', text)
    text = re.sub(r'("(?:certificate|key)": ")/', rf'\1{scratch}/root/', text)
    for kind, path in re.findall(r'"(file|sqlite|unix):([^"]+)"', text):
        (scratch / path).parent.mkdir(parents=True, exist_ok=True)
        if kind == "file":
            (scratch / path).write_text("a secret\n")
    for pair in re.findall(r'"certificate": "([^"]+)",\s*"key": "([^"]+)"', text):
        certify(*pair)
    return text


def certify(certificate, key):
    """Makes a certificate of its own kind, where there is none yet."""
    Path(certificate).parent.mkdir(parents=True, exist_ok=True)
    if not Path(key).exists():
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-noenc", "-keyout", key, "-out", certificate, "-subj", "/CN=test", "-days", "2")


def ended(command, scratch, env, meanwhile=None):
    """Starts a receiver and ends it once it serves: (exit code, log). meanwhile is called with its
    address before that."""
    with (scratch / "log").open("wb") as log:
        child = subprocess.Popen([str(word) for word in command], cwd=scratch, env=env, stderr=log,
                                 stdin=subprocess.DEVNULL)
    until = time.monotonic() + LIMIT_S
    while child.poll() is None and "listening on" not in (scratch / "log").read_text() and \
            time.monotonic() < until:
        time.sleep(WAIT_S)
    address = re.search(r"listening on http://(\S+)", (scratch / "log").read_text())
    try:
        if meanwhile and address:
            meanwhile(address[1])
    finally:
        child.terminate()
    code = child.wait(LIMIT_S)
    return code, (scratch / "log").read_text()


TRIED = {}


def tried(config, scratch):
    """What the receiver says to a configuration: (exit code, log)."""
    text = json.dumps(config)
    if text not in TRIED:
        (scratch / "config.json").write_text(text)
        names = re.findall(r'"env:(\w+)"', text)
        env = {**os.environ, **{name: "a secret" for name in names}}
        TRIED[text] = ended([COMMAND, "receive", "config.json"], scratch, env)
    return TRIED[text]


def examples(pages, scratch):
    shown = blocks(sections(pages.conf)["EXAMPLES", None])
    return [json.loads(prepared(block, scratch)) for block in shown]


def found_at(config, part):
    """The first object of a configuration that a section is about: (its path, itself)."""
    nodes = [("$", config)]
    for step in [] if part == ROOT_PART else part.split("."):
        name, listed = step.removesuffix("[]"), step.endswith("[]")
        inner = [(f"{path}.{name}", node[name]) for path, node in nodes
                 if isinstance(node, dict) and name in node]
        nodes = [(f"{path}[{at}]", item) for path, node in inner if isinstance(node, list)
                 for at, item in enumerate(node)] if listed else inner
    return next(((path, node) for path, node in nodes if isinstance(node, dict)), None)


def changed(config, part, change):
    """A copy with the object of a section changed."""
    config = copy.deepcopy(config)
    change(found_at(config, part)[1])
    return config


def check_member(config, part, name, body, scratch):
    """What a member's item says, against what the receiver says to three bad values."""
    place, _ = found_at(config, part)
    head = HEAD.match(body)
    if head is None:
        return []  # rule_conf_defaults has told it
    problems = []
    code, log = tried(changed(config, part, lambda node: node.update({name: None})), scratch)
    said = log.partition(f"{place}.{name}: ")[2].strip()
    words = [TYPES[word] for word in re.findall(r"\w+", f"{head[1]}{head[2]}".title())
             if word in TYPES]
    if code != 2 or not any(word in said for word in words):
        problems.append(f"conf: {part}: {name}: is no {head[1]}, to null: {log.strip()}")
    if head[1] == "Integer":
        log = tried(changed(config, part, lambda node: node.update({name: -1})), scratch)[1]
        numbers = re.search(r"must be from (\d+ to \d+)", log)
        if numbers is None or numbers[1] not in head[2]:
            problems.append(f"conf: {part}: {name}: the range, to -1: {log.strip()}")
    if head[3] == "required":
        code, log = tried(changed(config, part, lambda node: node.pop(name, None)), scratch)
        if code != 2 or f'{place}: member "{name}" is missing' not in log:
            problems.append(f"conf: {part}: {name}: is not required: {log.strip()}")
    return problems


def rule_conf_members(pages, scratch):
    """Each member has the type and the range that are said, and is required if that is said. An
    example has the object it is in."""
    shown, problems, count = examples(pages, scratch), [], 0
    for part, members in parts(pages).items():
        config = next((config for config in shown if found_at(config, part)), None)
        if config is None:
            problems.append(f"conf: {part}: no example has it")
            continue
        for name, (_, body) in members.items():
            problems += check_member(config, part, name, body, scratch)
            count += 1
    for name in set(re.findall(r'\bjson_need\([^,;]+,\s*"(\w+)"', pages.sources)):
        if not any(" required.\n" in members[name][1].splitlines(True)[0]
                   for members in parts(pages).values() if name in members):
            problems.append(f"conf: {name} is nowhere said to be required")
    return count, problems


def rule_conf_examples(pages, scratch):
    """The receiver starts with each configuration that is shown, beside a server of its own where
    the store is one."""
    shown = examples(pages, scratch)
    with contextlib.ExitStack() as stack:
        for config in shown:
            if config.get("store", "").startswith("nats://"):
                name = config["store"].rpartition("/")[2]
                config["store"] = stack.enter_context(nats_cluster.Cluster(1)).store(name)
        runs = [tried(config, scratch) for config in shown]
    return len(shown), [f"conf: example {at}: exit {code}: {log}"
                        for at, (code, log) in enumerate(runs) if code != 0]


# ---- hookgauge-receive(1) ----------------------------------------------------------------------

def rule_answers(pages, scratch):
    """Each status and each fault of a head stands beside its HTTP status, and nothing else does."""
    text = sections(pages.others["receive"])["ANSWERS", None]
    statuses, _ = constants(scratch)
    wanted = {(name[len("HG_"):].lower(), http) for name, (_, http) in statuses.items()}
    wanted |= {(name, http) for name, http in
               re.findall(r'\{\{"(\w+)", (\d{3})\}, \w+\}', pages.sources)}
    wanted |= {(name, http) for http, name in
               re.findall(r'\brefuse\(\w+, (\d{3}), "(\w+)"\)', pages.sources)}
    said, http = set(), None
    for code, names in re.findall(r"^\.It (\d{3}|\\&) Ta ([\w, ]+)", text, re.M):
        http = http if code == r"\&" else code
        said |= {(name, http) for name in re.findall(r"\w+", names) if (name, http) in wanted}
    said |= {(name, "400") for line in re.findall(r"^\.It Cm (.*)", text, re.M)
             for name in line.split(" , ")}
    codes = set(re.findall(r'^    \{(\d{3}), (?:NULL|"[\w ]+"), ', pages.sources, re.M))
    problems = [f"answers: {name} {http} is in one of page and program only"
                for name, http in sorted(wanted ^ said)]
    problems += [f"answers: {code} is in one of page and program only"
                 for code in sorted(codes ^ set(re.findall(r"^\.It (\d{3}) Ta", text, re.M)))]
    return len(wanted) + len(codes), problems


def rule_log(pages):
    """Each event and each field of a log line is named."""
    source = pages.sources + (ROOT / "base/log.c").read_text()
    written = set(re.findall(r'\bLOG_(?:TEXT|NUMBER)\("(\w+)"', source)) | \
        set(re.findall(r'\b(?:log_add|add_line)\([^;"]*"(\w+)"', source))
    said = words_in(sections(pages.others["receive"])["LOG", None])
    return len(written), [f"log: {name} is not said" for name in sorted(written - said)]


def families(sources):
    """The families that C files print."""
    suffixes = {"counter": "_total", "info": "_info"}
    return {f"hookgauge_{name}{suffixes.get(kind, '')}" for name, kind in
            re.findall(r'\b(?:page_family|page_single|add_histogram)\(out, "(\w+)",\s*"(\w*)', sources)}


def check_families(page, written):
    said = set(re.findall(r"\bhookgauge_\w+", sections(page)["DESCRIPTION", "The admin listener"]))
    return len(written), [f"metrics: {name} is in one of page and program only"
                          for name in sorted(written ^ said)]


def rule_metrics(pages):
    """Each family of the metrics page has an item, and no other has one."""
    return check_families(pages.others["receive"], families(pages.sources))


DELIVERS = ("metrics_page", "metrics_queue")  # the files with what a deliverer prints


def rule_deliverer_metrics(pages):
    """The same of a deliverer's page."""
    files = re.split(r"(?=/\* FILE )", pages.sources)
    return check_families(pages.others["deliver"], families("".join(
        file for file in files if file.startswith(tuple(f"/* FILE receiver/{name}.c" for name in DELIVERS)))))


def rule_receive_examples(pages, scratch):
    """Each receiver that is shown starts; what is then sent to it is kept."""
    (scratch / "bin").mkdir(exist_ok=True)
    if not (scratch / "bin/hookgauge").exists():
        (scratch / "bin/hookgauge").symlink_to(COMMAND)
    env = {**os.environ, "PATH": f"{scratch / 'bin'}:{os.environ['PATH']}",
           "WEBHOOK_SECRET": "a secret"}
    for name in ("new.txt", "old.txt"):
        (scratch / name).write_text(name)
    least = prepared(blocks(sections(pages.conf)["EXAMPLES", None])[0], scratch)
    problems, count = [], 0
    for page in (pages.command, pages.others["receive"]):
        shown = blocks(sections(page)["EXAMPLES", None])
        for block, after in zip(shown, shown[1:] + [""]):
            if "hookgauge receive" not in block:
                continue
            count += 1
            (scratch / "config.json").write_text(least)
            sent = []

            def meanwhile(address):
                if "hookgauge send" in after:
                    text = after.replace("127.0.0.1:8080", address)
                    sent.append(run("sh", "-ec", text, cwd=scratch, env=env).stdout)
            script = block.replace(":8080", ":0").replace("hookgauge receive",
                                                          "exec hookgauge receive")
            code, log = ended(["sh", "-ec", script], scratch, env, meanwhile)
            if code != 0 or any("Order.OnCreate" not in text for text in sent):
                problems.append(f"receive: exit {code}: {log}{sent}{block}")
    return count, problems


TEXT_RULES = [rule_conf_tables, rule_conf_defaults, rule_log, rule_metrics, rule_deliverer_metrics]
TRIED_RULES = [rule_conf_members, rule_conf_examples, rule_answers, rule_receive_examples]
BREAKS = [
    (rule_conf_tables, "conf", ".It Cm dedup_s\n", ".It Cm dedup\n"),
    (rule_conf_tables, "conf", ".It Cm label\n", ".Pp\n"),
    (rule_conf_tables, "conf", ".Ss log\n", ".Ss log\n.It Cm file\n"),
    (rule_conf_tables, "conf", ".Ss limits\n", ".Ss more\n.Bl -tag -width Ds\n.It Cm other\n.El\n"
     ".Ss limits\n"),
    (rule_conf_tables, "sources", '"request_timeout_s",', '"request_timeout_s", "r",'),
    (rule_conf_tables, "sources", "/* FILE receiver/config_endpoint.c */",
     '/* FILE receiver/config_new.c */\nstatic const char *const known[] = {"brand_new", NULL};\n'
     "/* FILE receiver/config_endpoint.c */"),
    (rule_conf_tables, "sources", "/* FILE receiver/config_endpoint.c */",
     'json_opt_int(at, "brand_new", 1, 2, &out, fail);'),
    (rule_conf_defaults, "conf", "default 1048576.", "default 1048575."),
    (rule_conf_defaults, "conf", "default info.", "default debug."),
    (rule_conf_defaults, "conf", "Boolean; default false.", "Boolean."),
    (rule_conf_members, "conf", "1 to 315360000", "1 to 31536000"),
    (rule_conf_members, "conf", "Integer of bytes, 1 to 16777216;", "Integer of bytes;"),
    (rule_conf_members, "conf", "Array of texts;", "Text;"),
    (rule_conf_members, "conf", "Text; default none.", "Text; required."),
    (rule_conf_members, "conf", "Text; required.", "Text; default none."),
    (rule_conf_members, "conf", ".It Cm json\n", ".It Cm xml\n"),
    (rule_conf_members, "conf", '"log": {"level": "info", "json": true},', ""),
    (rule_conf_examples, "conf", '{"listen": ', '{"listens": '),
    (rule_conf_examples, "conf", '"scheme": "woocommerce"', '"scheme": "woocommerc"'),
    (rule_answers, "receive", "mismatch, too_old,", "mismatch,"),
    (rule_answers, "receive", ".It 403 Ta event_not_allowed", ".It 404 Ta event_not_allowed"),
    (rule_answers, "receive", ".It 405 Ta method_not_allowed", ".It 405 Ta wrong_method"),
    (rule_answers, "receive", ".It Cm hidden_bytes , ", ".It Cm "),
    (rule_answers, "receive", ".It Cm hidden_bytes , ", ".It Cm hidden_bytes , odd_bytes , "),
    (rule_log, "receive", ".Cm event_name ,\n", ""),
    (rule_log, "receive", ".It Cm unanswered\n", ".It Cm answered\n"),
    (rule_metrics, "receive", ".It Cm hookgauge_draining\n", ".It Cm hookgauge_drains\n"),
    (rule_metrics, "receive", ".It Cm hookgauge_store_up\n", ".It Cm hookgauge_store_up_total\n"),
    (rule_deliverer_metrics, "deliver", ".It Cm hookgauge_draining\n", ".Pp\n"),
    (rule_deliverer_metrics, "deliver", ".It Cm hookgauge_store_up\n",
     ".It Cm hookgauge_store_up , hookgauge_reloads_total\n"),
    (rule_receive_examples, "receive", "--previous-secret file:old", "--old-secret file:old"),
    (rule_receive_examples, "receive", "sk=the%20value%20of%20sk", "sk=another"),
    (rule_receive_examples, "command", "--scheme webinone \\e", "--scheme webintwo \\e"),
]
