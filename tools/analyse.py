#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Run clang-tidy over the product's own code.

    analyse.py BUILD [PART-OF-A-NAME...]

What it looks for stands in .clang-tidy; how each file is compiled, in the
build folder's compile_commands.json. Tests are left out: they are C that
may fail. Two files at a time; a finding fails the run.
"""
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile

# Words for gcc that clang 14 takes for an error.
NOT_FOR_CLANG = {"-ftrivial-auto-var-init=zero"}
LEFT_OUT = {"tests", "tools"}
AT_ONCE = 2

root = pathlib.Path(__file__).resolve().parent.parent
KNOWN = root / "tools/analyse.h"


def commands_of(build):
    """One command for each source of the product, as clang takes it."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if not path.is_relative_to(root) or path.is_relative_to(build):
            continue
        if path.relative_to(root).parts[0] in LEFT_OUT or path in found:
            continue
        words = [w for w in entry["command"].split(" ") if w not in NOT_FOR_CLANG]
        found[path] = {**entry, "file": str(path), "command": " ".join(words)}
    return found


def look_at(folder, path):
    run = subprocess.run(
        ["clang-tidy", "-p", folder, "--quiet", f"--extra-arg=-include{KNOWN}", str(path)],
        capture_output=True, text=True, check=False)
    return run.returncode, run.stdout or (run.stderr if run.returncode else "")


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    wanted = sys.argv[2:]
    commands = commands_of(build)
    names = sorted(p for p in commands
                   if not wanted or any(w in str(p.relative_to(root)) for w in wanted))
    assert names, "nothing to look at"
    failed = []
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        (pathlib.Path(folder) / "compile_commands.json").write_text(
            json.dumps(list(commands.values())))
        results = pool.map(lambda path: look_at(folder, path), names)
        for n, (path, (status, text)) in enumerate(zip(names, results), 1):
            name = path.relative_to(root)
            if sys.stderr.isatty():
                print(f"\r\033[K[{n}/{len(names)}] {name}", end="", file=sys.stderr, flush=True)
            elif n % 50 == 0:
                print(f"clang-tidy: {n} of {len(names)} files", file=sys.stderr, flush=True)
            if status != 0:
                failed.append(name)
                print(("\r\033[K" if sys.stderr.isatty() else "") + text.rstrip(), flush=True)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    print(f"clang-tidy: {len(names)} files, {len(failed)} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
