#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Write a file as a C array: embed.py NAME IN OUT"""
import pathlib
import sys

name, source, target = sys.argv[1:]
data = pathlib.Path(source).read_bytes()
rows = (", ".join(str(b) for b in data[i:i + 20]) for i in range(0, len(data), 20))
pathlib.Path(target).write_text(
    f"/* made from {pathlib.Path(source).name}; do not edit */\n"
    f"#include <stddef.h>\n\nextern const char {name}[];\nextern const size_t {name}_size;\n"
    f"const char {name}[] = {{\n" + ",\n".join(rows) + ", 0\n};\n"
    f"const size_t {name}_size = {len(data)};\n")
