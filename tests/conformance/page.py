# SPDX-License-Identifier: MIT
"""docs/results.md: the matrix of implementation by family, and each fault with the command that shows
it. It holds nothing that differs between two runs of the same versions: no time, no machine."""
import re
from collections import Counter
from pathlib import Path

HEAD = """# What others make of these cases

<!-- make conformance printed this page: do not edit it. -->

Libraries and receivers that people use, each asked the cases of the scheme that it implements, with the
adapters of [`harness/adapters/`](../harness/adapters) or over HTTP on loopback: Hookgauge {version}'s
[vectors](../vectors/README.md), {runtimes}, packages from npm and Debian 12 in the versions shown.

A cell is **passed/asked** of the cases that a target *must* get right, then of those it *should*. Bold: a
*must* was wrong. `–`: nothing was asked. A *should* marks a difference that no stranger can use. *Accepts*
is where to look first; *refuses* is a genuine delivery lost, some of them of a kind that the provider
itself never sends, such as an empty body; *fails* is no answer, or 5xx; *ends* is a process that was gone
and had to be started anew for the cases behind it.

What an implementation can't be asked is skipped, with the reason, and counts nowhere: a library that takes
a map of headers is not blamed for a header that comes twice. A row on HTTP has the server in front of the
code in it, as in real life. What a library leaves to its caller is not asked of it.

`run.py` stands for `tests/conformance/run.py`, which fetches what it needs into `build/conformance`,
installs nothing, and can show each fault by itself.
"""


def version():
    header = (Path(__file__).resolve().parents[2] / "include/hookgauge.h").read_text()
    return re.search(r'define HG_VERSION "(.*)"', header)[1]


def cell(lines):
    """passed/asked of must, then of should."""
    shown = []
    for level in ("must", "should"):
        asked = [line for line in lines if line["level"] == level and line["ok"] is not None]
        passed = sum(line["ok"] for line in asked)
        if asked:
            text = f"{passed}/{len(asked)}"
            shown.append(f"**{text}**" if level == "must" and passed < len(asked) else
                         f"{text} should" if level == "should" else text)
    return ", ".join(shown) or "–"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def escaped(text):
    return text.replace("|", "\\|")


def matrix(scheme, results):
    """Family by implementation, for those of one scheme; families in the order of the cases."""
    columns = [(each, lines) for each, lines in results if each.scheme == scheme]
    families = dict.fromkeys(line["family"] for _, lines in columns for line in lines)
    rows = [[family] + [cell([line for line in lines if line["family"] == family])
                        for _, lines in columns] for family in families]
    rows.append(["**all**"] + [cell(lines) for _, lines in columns])
    return f"### {scheme}\n\n" + table(["family", *(each.title for each, _ in columns)], rows) + "\n"


def faults(each, lines):
    """A row for each flag, level and direction that went wrong, with the first case of it."""
    groups = {}
    for line in lines:
        if line["ok"] is False:
            verdict = "refuses" if line["got"].startswith("refused") else \
                "accepts" if line["got"].startswith("accepted") else \
                "ends" if line["got"] == "its process ended" else "fails"
            groups.setdefault((line["level"], line["flag"], verdict), []).append(line)
    for (level, flag, verdict), found in sorted(groups.items(), key=lambda item: (item[0][0], item[0][2])):
        first = found[0]
        yield [level, flag, verdict, str(len(found)), escaped(first["sent"]), escaped(first["got"]),
               f"`run.py {each.name} --only {first['id']}`"]


def chapter(each, lines):
    source = f"{each.source}, version {each.version()}" if each.source else "a file of this project"
    text = f"### {each.title}\n\n{source}; scheme `{each.scheme}`; {each.does}.\n\n"
    rows = list(faults(each, lines))
    head = ["level", "flag", "wrongly", "cases", "the first of them", "what came", "to see it"]
    text += table(head, rows) if rows else "Nothing was wrong.\n"
    skips = Counter(line["skipped"] for line in lines if line.get("skipped"))
    told = "; ".join(f"{count} ({why})" for why, count in skips.most_common())
    return text + (f"\nNot asked: {told}.\n\n" if told else "\n")


def page(results, runtimes):
    rows = [[each.title, each.version(), each.source or "ours", each.scheme, cell(lines),
             str(sum(line["ok"] is None for line in lines))] for each, lines in results]
    head = ["implementation", "version", "from", "scheme", "passed", "not asked"]
    notes = {line["flag"]: line["why"] for _, lines in results for line in lines if line["ok"] is False}
    schemes = dict.fromkeys(each.scheme for each, _ in results)
    return HEAD.format(version=version(), runtimes=runtimes) + "\n" + table(head, rows) + "\n## By family\n\n" + \
        "".join(matrix(scheme, results) for scheme in schemes) + \
        "## The faults\n\n" + "".join(chapter(each, lines) for each, lines in results) + \
        "## The flags\n\nWhat a target does that fails a case of the flag.\n\n" + \
        table(["flag", "a target"], [[flag, escaped(why)] for flag, why in sorted(notes.items())])
