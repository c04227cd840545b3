#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Documents that come out of the sources are those of these sources.

    test_docs.py WRITTEN COMMAND...

Fails unless WRITTEN is what COMMAND prints, or ends with it.
"""
import difflib
import pathlib
import subprocess
import sys

written, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
made = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
kept = written.read_text() if written.exists() else ""
if made and kept.endswith(made):
    sys.exit(0)
sys.stdout.writelines(list(difflib.unified_diff(kept.splitlines(True), made.splitlines(True),
                                                str(written), "made now"))[:40])
print(f"{written} is not current: its text comes from: {' '.join(command)}")
sys.exit(1)
