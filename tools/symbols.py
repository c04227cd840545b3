#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""No room contains code that it must not have.

    symbols.py PROGRAM_OR_LIBRARY PATTERN...

Lists every symbol that the file defines or wants, in its own code and, for
a program, from shared libraries, and fails if one matches a pattern (shell
style). That a recorder cannot open what it sealed is then not a promise
but a fact about its file. Fails as well if the file has no symbols at all,
for then it would prove nothing.
"""
import fnmatch
import subprocess
import sys


def symbols_of(path):
    found = set()
    for option in ([], ['-D']):
        run = subprocess.run(['nm'] + option + [path], text=True,
                             stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, check=False)
        for line in run.stdout.splitlines():
            words = line.split()
            # "address T name", "U name"; versions as in name@GLIBC_2.4
            if len(words) >= 2 and len(words[-2]) == 1:
                found.add(words[-1].split('@')[0])
    return found


def main():
    path, patterns = sys.argv[1], sys.argv[2:]
    found = symbols_of(path)
    if not found or not patterns:
        print('%s: no symbols or no patterns' % path)
        return 1
    bad = sorted(name for name in found
                 if any(fnmatch.fnmatchcase(name, p) for p in patterns))
    for name in bad:
        print('%s contains %s' % (path, name))
    print('%s: %d symbols, %d forbidden' % (path, len(found), len(bad)))
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
