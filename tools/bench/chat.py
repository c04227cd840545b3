#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""What a message of a chat costs, through the durable write: a whole house
and a bare echo over the same web library, by turns in one run.

    chat.py BUILD-DIRECTORY [--conversations 1000] [--rates 1000,2000]
            [--seconds 10] [--runs 3] [--tls 300] [--out FILE]

Prints Markdown tables: messages acknowledged a second and how long that
took, from the instant at which each was due; processor time of all rooms;
memory of an idle conversation. Every room of the house runs on core 0, as
does the echo; the visitors (chat_load) are on core 1. All wait in the queue:
what they say is sealed and durable before it is acknowledged, whether or not
an agent reads it. Only loopback is used.

Figures of different runs cannot be compared, ratios within one can. Beside
them stands what a bare fdatasync of one page takes on the same directory. On
a machine that others use as well, put "chrt -r 1" before the command.
"""
import argparse
import glob
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/house"))
import house as houses  # noqa: E402

SERVER_CORE, LOAD_CORE = "0", "1"
GOAL_RATE, GOAL_P99_MS, GOAL_BYTES = 1000, 50, 10000
SYNCS = 200


def cpu_s(pids):
    """Seconds on a processor so far, all threads."""
    total = 0
    for pid in pids:
        for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
            try:
                total += int(pathlib.Path(path).read_text().split()[0])
            except OSError:
                pass
    return total / 1e9


def memory(pid):
    """Bytes that are this process's alone."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


class Echo:
    """A bare echo: no durable write, no other process."""
    name = "bare echo"
    mode = "echo"

    def __init__(self, build, tls=()):
        self.process = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, str(build / "http/ws_echo"), *map(str, tls)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def pids(self):
        return {"echo": self.process.pid}

    def stop(self):
        self.process.stdin.close()
        self.process.wait(60)


class House:
    """All rooms, as they are in service."""
    name = "tallenne, durable"
    mode = "chat"

    def __init__(self, build, tls=()):
        counter = {"requests_per_minute": 1000000, "opens_per_hour": 1000000, "opens_per_minute": 1000000,
                   "messages_per_minute": 100000, "connections_per_address": 12000}
        if tls:
            counter["tls"] = {"chain": str(tls[0]), "key": str(tls[1])}
        self.house = houses.House(
            build, policy=houses.open_always(), wrapper=["taskset", "-c", SERVER_CORE],
            settings={"counter": counter, "chat": {"messages_per_minute": 100000}})
        self.house.start()
        self.port = int(self.house.addresses["counter.web"].rsplit(":", 1)[1])

    def pids(self):
        return {f"{room}{index or ''}": pid for (room, index), pid in self.house.rooms().items()}

    def stop(self):
        self.house.__exit__(None, None, None)


class Visitors:
    def __init__(self, build, server, count, tls=False):
        self.process = subprocess.Popen(
            ["taskset", "-c", LOAD_CORE, str(build / "http/chat_load"), str(server.port), str(count), server.mode]
            + (["tls"] if tls else []),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.opened = self.hear()

    def hear(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"chat_load ended with {self.process.wait()}")
        return json.loads(line)

    def say(self, rate, seconds):
        self.process.stdin.write(f"{rate} {seconds}\n")
        self.process.stdin.flush()
        return self.hear()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(60)


def sync_ms(directory):
    """How long fdatasync of one more page takes: median and 99th."""
    took = []
    with tempfile.TemporaryFile(dir=directory) as file:
        for _ in range(SYNCS):
            file.write(b"x" * 4096)
            file.flush()
            began = time.monotonic()
            os.fdatasync(file.fileno())
            took.append((time.monotonic() - began) * 1000)
    took.sort()
    return took[SYNCS // 2], took[SYNCS * 99 // 100]


def certificate(directory):
    chain, key = directory / "chain.pem", directory / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", chain], check=True, stderr=subprocess.DEVNULL)
    return chain, key


def idle(server, build, count, tls=False):
    """Visitors who lie idle, and the bytes that each costs, by process."""
    warm = Visitors(build, server, 50, tls)
    warm.stop()
    time.sleep(3)
    before = {name: memory(pid) for name, pid in server.pids().items()}
    visitors = Visitors(build, server, count, tls)
    time.sleep(3)
    after = {name: memory(pid) for name, pid in server.pids().items()}
    return visitors, {name: (after[name] - before.get(name, 0)) / count for name in after}


def measure(server, visitors, rate, seconds):
    pids = server.pids().values()
    cpu = cpu_s(pids)
    row = visitors.say(rate, seconds)
    row["cpu_us"] = (cpu_s(pids) - cpu) * 1e6 / max(1, row["acked"])
    return row


def middle(rows, key):
    return statistics.median(row[key] for row in rows)


def ms(value):
    """What was never acknowledged took for ever."""
    return "lost" if value > 4e6 else f"{value:.1f}"


def table_of_messages(results, rates, out):
    print("| what | asked/s | acknowledged/s | p50 ms | p90 ms | p99 ms | longest ms | lost | CPU us/message | x echo |",
          file=out)
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|", file=out)
    for rate in rates:
        floor = middle(results[Echo.name, rate], "cpu_us")
        for name in (Echo.name, House.name):
            rows = results[name, rate]
            lost = sum(row["sent"] - row["acked"] for row in rows)
            print(f"| {name} | {rate} | {middle(rows, 'per_second'):.0f} | {ms(middle(rows, 'p50_ms'))} "
                  f"| {ms(middle(rows, 'p90_ms'))} | {ms(middle(rows, 'p99_ms'))} "
                  f"| {ms(max(row['max_ms'] for row in rows))} | {lost} | {middle(rows, 'cpu_us'):.0f} "
                  f"| {middle(rows, 'cpu_us') / floor:.1f} |", file=out)


def bytes_of(each):
    """What all processes took, and which of them took something."""
    parts = ", ".join(f"{name} {size:.0f}" for name, size in sorted(each.items()) if size >= 50)
    return f"{sum(each.values()):.0f} | {parts}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--conversations", type=int, default=1000)
    parser.add_argument("--rates", default="1000,2000")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tls", type=int, default=300, help="idle conversations over TLS; 0: none")
    parser.add_argument("--out", type=argparse.FileType("w"), default=sys.stdout)
    options = parser.parse_args()
    build = options.build.resolve()
    rates = [int(word) for word in options.rates.split(",")]
    results, held = {}, []
    servers = [Echo(build), House(build)]
    try:
        crowds = []
        for server in servers:
            visitors, each = idle(server, build, options.conversations)
            held.append((server.name, options.conversations, each))
            crowds.append(visitors)
        syncs = sync_ms(servers[1].house.dir)
        for _ in range(options.runs):
            for rate in rates:
                for server, visitors in zip(servers, crowds):
                    results.setdefault((server.name, rate), []).append(
                        measure(server, visitors, rate, options.seconds))
        for visitors in crowds:
            visitors.stop()
    finally:
        for server in servers:
            server.stop()
    if options.tls:
        with tempfile.TemporaryDirectory() as directory:
            tls = certificate(pathlib.Path(directory))
            for kind in (Echo, House):
                server = kind(build, tls)
                try:
                    visitors, each = idle(server, build, options.tls, True)
                    held.append((server.name + ", TLS", options.tls, each))
                    visitors.stop()
                finally:
                    server.stop()
    out = options.out
    table_of_messages(results, rates, out)
    print("\n| idle | conversations | bytes each | of these |", file=out)
    print("|---|---:|---:|---|", file=out)
    for name, count, each in held:
        print(f"| {name} | {count} | {bytes_of(each)} |", file=out)
    print(f"\nfdatasync of a page on the same directory: median {syncs[0]:.1f} ms, 99th {syncs[1]:.1f} ms", file=out)
    slowest = middle(results.get((House.name, GOAL_RATE)) or results[House.name, rates[0]], "p99_ms")
    largest = sum(held[1][2].values())
    print(f"goal: p99 <= {GOAL_P99_MS} ms at {GOAL_RATE} messages a second on one core: "
          f"{'met' if slowest <= GOAL_P99_MS else 'missed'}; "
          f"<= {GOAL_BYTES} bytes for an idle conversation: {'met' if largest <= GOAL_BYTES else 'missed'}", file=out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
