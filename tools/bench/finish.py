#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""./dev bench finish: how many calls in real time one core finishes.

Runs finish_bench (an invented call of 30 minutes; decode, align, encode,
peaks, seal) and prints the median of its runs. Fails below the goal.

    finish.py BUILD [MINUTES [RUNS]]
"""
import os
import statistics
import subprocess
import sys

GOAL = 150  # times real time on one core


def main():
    build, rest = sys.argv[1], sys.argv[2:]
    program = os.path.join(build, "finish", "finish_bench")
    output = subprocess.run([program, *rest], check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    runs = {}
    for line in output.splitlines():
        codec, seconds, cpu, times, peak = line.split()
        runs.setdefault(codec, []).append(
            (int(seconds), float(cpu), float(times), int(peak)))
    slow = False
    print("| codec | call | CPU s, least to most | x real time, median | peak MiB |")
    print("|---|---|---|---|---|")
    for codec, rows in runs.items():
        cpus = [row[1] for row in rows]
        times = statistics.median(row[2] for row in rows)
        slow = slow or times < GOAL
        print(f"| {codec} | {rows[0][0] // 60} min | {min(cpus):.2f} to "
              f"{max(cpus):.2f} | {times:.0f} | {max(row[3] for row in rows)} |")
    print(f"goal: {GOAL} x real time on one core: "
          f"{'missed' if slow else 'met'}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
