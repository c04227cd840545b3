#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Add up the results of meson's test runs, told by their logs without ending: `N passed, N failed`.

Counts single cases where a test program reports them (TAP), otherwise the
program as one. A program that ended badly is one failure more, whatever its
cases said before. A run without any test fails.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as tree

passed = failed = 0
names = []
for log in sys.argv[1:]:
    build = pathlib.Path(log).parts[0]
    for case in tree.parse(log + ".junit.xml").getroot().iter("testcase"):
        if case.find("skipped") is not None:
            continue
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            names.append(f"{build}: {case.get('classname', '')} {case.get('name')}")
        else:
            passed += 1
    for line in pathlib.Path(log + ".json").read_text().splitlines():
        program = json.loads(line)
        if program["result"] in ("ERROR", "TIMEOUT", "INTERRUPT", "UNEXPECTEDPASS"):
            failed += 1
            names.append(f"{build}: {program['name']}: {program['result'].lower()}")
for name in names:
    print(f"failed: {name}", file=sys.stderr)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
