#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The tables that end docs/policy.md: every key, and every code.

    tools/policy_keys.py TALLENNE notice/codes.def

The keys come out of the program, which reads a policy by the same tables;
the codes from the list that it looks them up in.
"""
import json
import pathlib
import re
import subprocess
import sys

CODE = re.compile(r'^CODE\("([^"]*)", "([^"]*)", "((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\)$', re.M)


def cell(text):
    return text.replace("\\\"", "\"").replace("|", "\\|")


def main():
    listed = subprocess.run([sys.argv[1], "policy", "coverage", "--json"],
                            capture_output=True, text=True, timeout=60, check=True).stdout
    print("## Keys\n")
    print("`[]` stands for each item of a list. A key in bold is needed.\n")
    print("| key | value | what it does | sentence |\n|---|---|---|---|")
    for line in listed.splitlines():
        key = json.loads(line)
        name = f"**`{key['key']}`**" if key["required"] else f"`{key['key']}`"
        print(f"| {name} | {cell(key['type'])} | {cell(key['meaning'])} | {key['sentence']} |")
    print("\n## Codes\n")
    print("| code | concerns | why | what to do |\n|---|---|---|---|")
    for row in CODE.findall(pathlib.Path(sys.argv[2]).read_text()):
        print(f"| `{row[0]}` | {row[1]} | {cell(row[2])} | {cell(row[3])} |")


main()
