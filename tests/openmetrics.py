# SPDX-License-Identifier: MIT
"""A strict reader of the OpenMetrics text format 1.0, of what a page of counters needs.

It knows nothing of the receiver. Each rule that it holds a page to is tried on a page that breaks it.
"""
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)?\}})? (-?[0-9.e+-]+|NaN|[+-]Inf)\Z")
SUFFIXES = {"counter": ("_total", "_created"), "gauge": ("",), "info": ("_info",),
            "histogram": ("_bucket", "_sum", "_count", "_created")}


class Wrong(Exception):
    pass


def unescape(value):
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)


def read_sample(line, family, kind):
    """(name, labels, value) of a line that must belong to a family."""
    found = SAMPLE.match(line)
    if not found:
        raise Wrong(f"no sample: {line!r}")
    name, text, value = found.groups()
    if kind is None or not any(name == family + suffix for suffix in SUFFIXES[kind]):
        raise Wrong(f"{name} is not of the family {family} ({kind})")
    pairs = [pair.split("=", 1) for pair in re.findall(LABEL, text or "")]
    labels = {key: unescape(quoted[1:-1]) for key, quoted in pairs}
    if len(labels) != len(pairs):
        raise Wrong(f"a label twice: {line!r}")
    number = float(value)
    if kind != "gauge" and not number >= 0:
        raise Wrong(f"a {kind} below 0: {line!r}")
    return name, labels, number


def check_histogram(family, samples):
    buckets = [(float(labels["le"]), value) for name, labels, value in samples if name == family + "_bucket"]
    counts = [value for name, _, value in samples if name == family + "_count"]
    if not buckets or buckets[-1][0] != float("inf") or len(counts) != 1 or counts[0] != buckets[-1][1]:
        raise Wrong(f"{family}: no bucket +Inf that equals the count")
    if buckets != sorted(buckets) or [value for _, value in buckets] != sorted(value for _, value in buckets):
        raise Wrong(f"{family}: buckets that do not grow")


def parse(text):
    """{(name, frozenset of labels): value}; Wrong when the page is not sound."""
    if not text.endswith("\n# EOF\n"):
        raise Wrong("no # EOF at the end")
    family, kind, seen, result, own = None, None, set(), {}, []

    def close():
        if kind == "histogram":
            check_histogram(family, own)

    for line in text[:-len("# EOF\n")].splitlines():
        meta = re.match(rf"# (TYPE|HELP|UNIT) ({NAME}) (\S.*)\Z", line)
        if line.startswith("#") and not meta:
            raise Wrong(f"no metadata: {line!r}")
        if meta and meta[2] != family:
            close()
            family, kind, own = meta[2], None, []
            if family in seen:
                raise Wrong(f"{family}: in two places")
            seen.add(family)
        if meta:
            if own:
                raise Wrong(f"{family}: metadata after samples")
            if meta[1] == "TYPE" and meta[3] not in SUFFIXES:
                raise Wrong(f"{family}: type {meta[3]}")
            kind = meta[3] if meta[1] == "TYPE" else kind
            if meta[1] == "UNIT" and not family.endswith("_" + meta[3]):
                raise Wrong(f"{family}: does not end in its unit {meta[3]}")
            continue
        sample = read_sample(line, family, kind)
        key = (sample[0], frozenset(sample[1].items()))
        if key in result:
            raise Wrong(f"twice: {line!r}")
        result[key] = sample[2]
        own.append(sample)
    close()
    return result


GOOD = """# TYPE a counter
# HELP a Help.
a_total{x="q\\"\\\\\\n"} 1
a_total{x="y"} 2
# TYPE t_seconds histogram
# UNIT t_seconds seconds
t_seconds_bucket{le="0.1"} 1
t_seconds_bucket{le="+Inf"} 3
t_seconds_sum 0.5
t_seconds_count 3
# TYPE g gauge
g -1
# TYPE b info
b_info{version="1"} 1
# EOF
"""

BROKEN = [("# EOF\n", ""), ("a_total{x=\"y\"}", "a{x=\"y\"}"), ('x="y"', 'x="q\\"\\\\\\n"'), ("a_total{x=\"y\"} 2", "a_total{x=\"y\"} -2"),
          ('{x="y"}', '{x="y""}'), ('{x="y"}', '{x="y",x="z"}'), ('{x="y"}', '{x=y}'), ('x="y"', 'x="\\t"'), ("} 2", "} two"), ("} 2", "}  2"),
          ("t_seconds_count 3", "t_seconds_count 4"), ('{le="0.1"} 1', '{le="0.1"} 4'), ('le="+Inf"', 'le="9"'), ("UNIT t_seconds seconds", "UNIT t_seconds bytes"),
          ("# TYPE g gauge", "# TYPE a gauge"), ("# TYPE g gauge", "# TYPE g thing"), ("# TYPE g gauge\n", ""), ("# HELP a Help.", "# Help"),
          ("a_total{x=\"y\"} 2\n", "a_total{x=\"y\"} 2\n# HELP a Help.\n")]
