#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""./dev bench audit: how fast the audit log is written and verified.

Entries that a real vault acknowledges as durable in a second, asked one at a
time and as many as the register asks; and how long an auditor waits for the
check of a whole log, as this program and as the independent one do it. Fails
below the goals.

    audit.py BUILD [--entries N] [--seconds N] [--runs N]
"""
import argparse
import os
import statistics
import subprocess
import sys

APPENDS = 2000         # durable a second
VERIFIED, WAIT = 10_000_000, 60  # entries in seconds


def bench(build, *words):
    program = os.path.join(build, "vault", "audit_bench")
    done = subprocess.run([program, *map(str, words)], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.split()[1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    vault = os.path.join(options.build, "vault", "tallenne-vault")
    print("| asked at a time | durable entries a second, least/median/most |")
    print("|---:|---|")
    for at_a_time in (1, 8, 32):
        speeds = []
        for _ in range(options.runs):
            _, entries, seconds = bench(options.build, "append", vault, at_a_time, options.seconds)
            speeds.append(int(entries) / float(seconds))
        print(f"| {at_a_time} | {min(speeds):.0f}/{statistics.median(speeds):.0f}/{max(speeds):.0f} |")
    slow = statistics.median(speeds) < APPENDS
    print("\n| entries | bytes | seconds to verify, best run | CPU s | so 10 million take |")
    print("|---:|---:|---:|---:|---:|")
    entries, size, _, seconds, cpu = min(
        (bench(options.build, "verify", options.entries) for _ in range(options.runs)), key=lambda run: float(run[3]))
    whole = float(seconds) * VERIFIED / int(entries)
    print(f"| {entries} | {size} | {float(seconds):.2f} | {float(cpu):.2f} | {whole:.0f} s |")
    slow = slow or whole > WAIT
    print(f"\ngoals: {APPENDS} durable entries a second, 10 million verified in {WAIT} s: "
          f"{'missed' if slow else 'met'}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
