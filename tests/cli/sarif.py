# SPDX-License-Identifier: MIT
"""What SARIF 2.1.0 asks of a log, as far as `hookgauge test` writes one, and what services that
show such logs ask beyond it. Its schema has 3,000 lines; these are the ones that matter here."""
import re

TEXT, WHOLE, LOGICAL = str, int, bool

# {member: (type, required)}; a tuple with one dict is an array of such objects.
MESSAGE = {"text": (TEXT, True)}
RULE = {"id": (TEXT, True), "shortDescription": (MESSAGE, True), "help": (MESSAGE, True),
        "helpUri": (TEXT, False), "properties": ({"tags": ((TEXT,), True)}, False)}
PLACE = {"physicalLocation": ({"artifactLocation": ({"uri": (TEXT, True)}, True),
                               "region": ({"startLine": (WHOLE, True)}, True)}, True),
         "logicalLocations": (({"name": (TEXT, True), "kind": (TEXT, True),
                                "fullyQualifiedName": (TEXT, True)},), True)}
RESULT = {"ruleId": (TEXT, True), "ruleIndex": (WHOLE, True), "level": (TEXT, True),
          "message": (MESSAGE, True), "locations": ((PLACE,), True),
          "partialFingerprints": ({"hookgauge/v1": (TEXT, True)}, True)}
DRIVER = {"name": (TEXT, True), "version": (TEXT, True), "rules": ((RULE,), True)}
RUN = {"tool": ({"driver": (DRIVER, True)}, True), "results": ((RESULT,), True),
       "invocations": (({"executionSuccessful": (LOGICAL, True), "exitCode": (WHOLE, True)},), True),
       "properties": ({"target": (TEXT, True), "scheme": (TEXT, True), "basis": (TEXT, True),
                       "cases": (WHOLE, True)}, True)}
LOG = {"$schema": (TEXT, True), "version": (TEXT, True), "runs": ((RUN,), True)}
URI = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+")


def misfits(at, form, where):
    """Where a value differs from its form."""
    if isinstance(form, tuple):
        if not isinstance(at, list):
            yield f"{where}: no array"
            return
        for index, item in enumerate(at):
            yield from misfits(item, form[0], f"{where}[{index}]")
    elif isinstance(form, dict):
        if not isinstance(at, dict):
            yield f"{where}: no object"
            return
        yield from (f"{where}.{name}: is unknown" for name in set(at) - set(form))
        for name, (kind, required) in form.items():
            if name in at:
                yield from misfits(at[name], kind, f"{where}.{name}")
            elif required:
                yield f"{where}.{name}: is missing"
    elif type(at) is not form:
        yield f"{where}: no {form.__name__}"


def problems(log):
    found = list(misfits(log, LOG, "$"))
    if found:
        return found
    if log["version"] != "2.1.0" or len(log["runs"]) != 1:
        found.append("$: the version, or the number of runs")
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    ids = [rule["id"] for rule in rules]
    if len(ids) != len(set(ids)):
        found.append("rules: an id occurs twice")
    prints = [result["partialFingerprints"]["hookgauge/v1"] for result in run["results"]]
    if len(prints) != len(set(prints)):
        found.append("results: a fingerprint occurs twice")
    for rule in rules:
        tags = rule.get("properties", {}).get("tags", [])
        weakness = re.fullmatch(r"https://cwe\.mitre\.org/data/definitions/(\d+)\.html",
                                rule.get("helpUri", ""))
        if bool(tags) != bool(weakness) or (tags and f"external/cwe/cwe-{weakness[1]}" not in tags):
            found.append(f"rule {rule['id']}: {tags} and {rule.get('helpUri')}")
    for result in run["results"]:
        index = result["ruleIndex"]
        if not 0 <= index < len(ids) or ids[index] != result["ruleId"]:
            found.append(f"result: {result['ruleId']} is not rule {index}")
        if result["level"] not in ("error", "warning") or not result["locations"]:
            found.append(f"result: level {result['level']}, or no place")
        for place in result["locations"]:
            physical = place["physicalLocation"]
            if not URI.fullmatch(physical["artifactLocation"]["uri"]) or \
                    physical["region"]["startLine"] < 1:
                found.append(f"result: {physical}")
    return found


def result_of(log):
    return log["runs"][0]["results"][0]


# Each makes a sound log with two results or more a broken one.
BREAKS = [
    lambda log: log.update(version="2.0.0"),
    lambda log: log.pop("runs"),
    lambda log: log.update(extra=1),
    lambda log: log["runs"][0]["tool"]["driver"].pop("name"),
    lambda log: log["runs"][0]["tool"]["driver"]["rules"].reverse(),
    lambda log: log["runs"][0]["tool"]["driver"]["rules"][0].update(id="TamperedBody"),
    lambda log: log["runs"][0]["tool"]["driver"]["rules"][1].pop("helpUri"),
    lambda log: log["runs"][0]["invocations"][0].update(executionSuccessful=1),
    lambda log: result_of(log).update(level="must"),
    lambda log: result_of(log).update(ruleIndex=99),
    lambda log: result_of(log).update(message="text"),
    lambda log: result_of(log)["partialFingerprints"].clear(),
    lambda log: result_of(log)["locations"].clear(),
    lambda log: result_of(log)["locations"][0]["physicalLocation"]["artifactLocation"].update(
        uri="a b"),
    lambda log: log["runs"][0]["results"].append(result_of(log)),
]
