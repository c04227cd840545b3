#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""What enforces a key and what shows it are in the sources.

    test_policy_keys.py SOURCES TALLENNE

Each key names a function of the product, or a clause that prints it, and a
test, as FILE:NAME. Fails
if one of them is not defined in that file, if the test is not run, or if a
code that the sources note is not listed in notice/codes.def.
"""
import json
import pathlib
import re
import subprocess
import sys

root, tallenne = pathlib.Path(sys.argv[1]), sys.argv[2]
faults = []


def text_of(name):
    path = root / name
    return path.read_text() if path.is_file() else ""


def defines(name, function):
    text = text_of(name)
    if name == "publish/clauses.def":  # it is printed in what is published
        return re.search(rf"^CLAUSE\({function},", text, re.M)
    if name.endswith(".py"):
        return re.search(rf"^def {function}\(", text, re.M)
    # A definition: the name stands on a line that begins at the margin, and a body follows.
    return re.search(rf"^(?!\s)[^;{{}}#]*\b{function}\([^;{{}}]*\)\s*\{{", text, re.M)


def runs(name, function):
    return name.endswith(".py") or re.search(rf"\b(?:TEST|cmocka_unit_test\w*)\({function}[,)]", text_of(name))


def look_up(key):
    for what in ("enforced", "test"):
        name, _, function = key[what].partition(":")
        if not function or not defines(name, function):
            faults.append(f"{key['key']}: {what} by {key[what] or 'nothing'}, which is not there")
    name, _, function = key["test"].partition(":")
    if function and not runs(name, function):
        faults.append(f"{key['key']}: {key['test']} is not run")
    if key["enforced"].startswith("tests/"):
        faults.append(f"{key['key']}: a test enforces nothing")


def codes():
    listed = re.findall(r'^CODE\("([^"]+)"', text_of("notice/codes.def"), re.M)
    noted = set()
    for path in sorted((root / "notice").glob("*.c")):
        noted |= set(re.findall(r'"([EW]-[A-Z0-9-]+)"', path.read_text()))
    for code in sorted(noted - set(listed)):
        faults.append(f"notice/codes.def: {code} is not listed")
    for code in sorted(set(listed) - noted):
        faults.append(f"notice/codes.def: {code} is noted nowhere")
    if len(listed) != len(set(listed)):
        faults.append("notice/codes.def: a code is listed twice")


coverage = subprocess.run([tallenne, "policy", "coverage", "--json"], capture_output=True,
                          text=True, timeout=60)
keys = [json.loads(line) for line in coverage.stdout.splitlines()]
if coverage.returncode != 0 or len(keys) < 100:
    faults.append(f"tallenne policy coverage: {coverage.returncode}, {len(keys)} keys")
for each in keys:
    look_up(each)
codes()
print("\n".join(faults) or f"{len(keys)} keys: each is enforced and shown")
sys.exit(bool(faults))
