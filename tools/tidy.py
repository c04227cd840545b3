#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Keep the house tidy: arrows of the plan, licence lines, banned calls.

Run by `meson test --suite tidy`. Prints one line per fault, like a compiler;
with --report also the sizes of files and functions that have grown large,
which are no faults but places to look.
"""
import pathlib
import re
import subprocess
import sys

COLUMNS = 100
FILE_LINES, FUNCTION_LINES = 500, 70
BANNED = re.compile(
    r"\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|gets|system|popen|"
    r"sqlite3_exec|strncpy|alloca|setjmp|mktime|tmpnam|rand|srand)\s*\("
)
# Where a banned word is a promise kept elsewhere: file -> word -> why.
ALLOWED = {
    "tests": {"setjmp"},  # cmocka's header needs it
}
OPENERS = re.compile(r"#include [\"<]vault/open\.h[\">]")

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
report = "--report" in sys.argv
faults = []


def fault(path, line, text):
    faults.append(f"{path.relative_to(root)}:{line}: {text}")


def read_plan():
    text = re.sub(r"/\*.*?\*/", "", (root / "house/plan.def").read_text(), flags=re.S)
    depth, storey, arrows = {}, {}, set()
    for word, a, b in re.findall(r"^(\w+)\((\w+), (\w+)\)", text, re.M):
        if word == "LIBRARY":
            storey[a] = int(b)
        elif word in ("ROOM", "EACH_CORE", "PEOPLE"):
            depth[a] = int(b)
        elif word in ("TELL", "ASK"):
            arrows.add((a, b))
        else:
            fault(root / "house/plan.def", 0, f"unknown word {word}")
    for a, b in sorted(arrows):
        if depth[a] <= depth[b]:
            fault(root / "house/plan.def", 0, f"arrow {a} -> {b} points outward")
    return depth, storey, arrows


def may_include(here, there, header, plan):
    """A file may include its own room, libraries below it, and the public
    headers of a room it has a line to."""
    depth, storey, arrows = plan
    if here in (there, "tests", "tools"):
        return True
    if here == "house" and header == "settings.def":
        return True
    if (there, header) == ("house", "plan.def"):
        return True  # the plan is everybody's; nobody keeps a copy of it
    if (here, there, header) in {("cli", "vault", "verify.h"), ("backup", "vault", "verify.h"),
                                 ("backup", "vault", "lines.h"), ("backup", "vault", "page.h")}:
        return True  # checks a log that was handed over: no keys, no room
    if (here, there) == ("restore", "vault"):
        return True  # a program of its own that opens back-ups, for nobody else has to
    if there in storey:
        return here in depth or here == "house" or storey.get(here, -1) > storey[there]
    letters = header == there + ".h" or header.endswith("_letters.h")
    return (here, there) in arrows and letters


def check_file(path, plan):
    relative = path.relative_to(root)
    room = relative.parts[0]
    text = path.read_text()
    lines = text.splitlines()
    if "SPDX-License-Identifier: EUPL-1.2" not in "\n".join(lines[:2]):
        fault(path, 1, "the first line must name the licence")
    for n, line in enumerate(lines, 1):
        include = re.match(r'#include "([\w-]+)/([\w/.-]+)"', line)
        if include and not may_include(room, *include.groups(), plan):
            fault(path, n, f"{room} has no arrow to {include[1]}/{include[2]}")
        if len(line.expandtabs(8)) > COLUMNS and path.suffix in (".c", ".h"):
            fault(path, n, f"wider than {COLUMNS} columns")
        banned = BANNED.search(re.sub(r'"(\\.|[^"\\])*"', '""', line.split("//")[0]))
        if banned and not line.lstrip().startswith("*"):
            if banned[1] not in ALLOWED.get(room, ()):
                fault(path, n, f"{banned[1]} is not used here")
    if OPENERS.search(text) and room not in ("vault", "restore", "tests"):
        fault(path, 0, "only the vault opens what is sealed")


def sizes(path):
    lines = path.read_text().splitlines()
    if len(lines) > FILE_LINES:
        yield f"{path.relative_to(root)}: {len(lines)} lines"
    start = 0
    for n, line in enumerate(lines, 1):
        if line == "{":
            start = n
        elif line == "}" and start:
            if n - start > FUNCTION_LINES:
                yield f"{path.relative_to(root)}:{start}: function of {n - start} lines"
            start = 0


def tracked():
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "*.c", "*.h", "*.def"],
        capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return [root / name for name in listed.stdout.split("\0") if name and (root / name).exists()]
    return sorted(p for s in ("*.c", "*.h", "*.def") for p in root.rglob(s) if "build" not in p.parts[0])


SIZE_MAX = 512 * 1024  # no text, picture or sound of ours comes near it


def check_sizes():
    """What came in by "git add" and is no work of ours: a dump, a build."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z"],
                            capture_output=True, text=True, check=False)
    for name in listed.stdout.split("\0"):
        path = root / name
        if name and path.is_file() and path.stat().st_size > SIZE_MAX:
            fault(path, 1, f"{path.stat().st_size} bytes: what is it?")


check_sizes()
plan = read_plan()
sources = tracked()
for source in sources:
    check_file(source, plan)
if report:
    for source in sources:
        for line in sizes(source):
            print(line)
print("\n".join(faults) or f"tidy: {len(sources)} files")
sys.exit(bool(faults))
