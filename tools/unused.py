#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Every function of the product is used by the product.

    unused.py BUILD

Reads the object files of the rooms' libraries and programs: a function that
is visible outside its file must be wanted by one of them. One that only
tests call is a promise that nobody keeps; it goes, or something uses it.
"""
import json
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent

# What may be unused all the same: the other half of a pair, which a process
# that never ends does not need; and these, for a reason.
PAIRS = ("_free", "_drop", "_done")
KEPT = {
    "main": "the system calls it",
    "log_level": "a harness that makes millions of faults wants silence",
    "tree_path_fits": "the other half of tree_prove(), for whoever is shown a proof",
}


def objects_of(build):
    """Objects of libraries and programs that are installed, by room."""
    for path in sorted(build.glob("**/*.c.o")):
        parts = path.relative_to(build).parts
        holder = path.parent.name
        if parts[0] in ("tests", "tools"):
            continue
        if re.fullmatch(r"lib\w+\.a\.p|tallenne(-\w+)?\.p", holder):
            yield path


def symbols(path):
    """(functions it defines, names it wants), its own calls included."""
    table = subprocess.run(["readelf", "-sW", "-rW", path],
                           capture_output=True, text=True, check=True).stdout
    made, wanted = set(), set()
    for line in table.splitlines():
        words = line.split()
        if len(words) == 8 and words[3:5] == ["FUNC", "GLOBAL"] and words[6] != "UND":
            made.add(words[7])
        elif len(words) >= 5 and words[2].startswith("R_"):
            wanted.add(words[4].split("@")[0])
    return made, wanted


def stands_twice(name, source):
    """The compiler may have put its body where it is called."""
    text = re.sub(r"/\*.*?\*/", "", source.read_text(), flags=re.S)
    return len(re.findall(rf"\b{name}\(", text)) > 1


def sources_of(build):
    """Object file -> source."""
    entries = json.loads((build / "compile_commands.json").read_text())
    return {(build / e["output"]).resolve(): (pathlib.Path(e["directory"]) / e["file"]).resolve()
            for e in entries}


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    sources = sources_of(build)
    made, wanted = {}, set()
    for path in objects_of(build):
        if path.resolve() not in sources:
            continue  # of a file that is no longer built
        defined, names = symbols(path)
        for name in defined:
            made.setdefault(name, sources[path.resolve()])
        wanted |= names
    assert made, "no object files; build first"
    faults = 0
    for name, source in sorted(made.items()):
        if name in wanted or name in KEPT or name.endswith(PAIRS) or stands_twice(name, source):
            continue
        print(f"{source.relative_to(root)}: nothing in the product uses {name}()")
        faults += 1
    print(f"unused: {len(made)} functions, {faults} that nothing uses")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
