#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""What capturing calls costs: tallenne-media, the bare receive floor and
rtpengine recording to pcap, by turns in one run.

    capture.py BUILD-DIRECTORY [--calls 200,1000,2500] [--seconds 15]
               [--runs 3] [--only floor,media,...] [--out FILE]

Prints a Markdown table: CPU nanoseconds for each packet (all threads and
processes of the receiver), packets lost, memory for each call (anonymous
and shared, beyond what the receiver has without calls). The receiver
runs on core 0, the generator on core 1; on loopback the kernel's softirq
work is done on the generator's core and is in no figure.

Needs root for BPF sk_lookup and nft, and rtpengine for its rows; what is
not there is left out and said. Only loopback is used. Figures of different
runs of this program cannot be compared, ratios within one can.
"""
import argparse
import glob
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rtpengine  # noqa: E402

RECEIVER_CORE, LOAD_CORE = 0, 1
FIRST_PORT, PORT_COUNT = rtpengine.PORT_MIN, 10000
SOURCE_PORT = rtpengine.SOURCE_PORT
# Ethernet, IP, UDP and the packet, and pcap's own head.
PCAP_RECORD = 14 + 20 + 8 + 172 + 16
MOST_BEHIND_S = 0.05  # of the generator: beyond, the rate was not met


def cpu_ns(pids):
    """Nanoseconds on a processor so far, all threads."""
    total = 0
    for pid in pids:
        for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
            try:
                total += int(pathlib.Path(path).read_text().split()[0])
            except OSError:
                pass
    return total


def memory(pids):
    """Bytes in use; memory shared between them counts once."""
    anonymous, shared = 0, 0
    for pid in pids:
        fields = {}
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().split("\n"):
            name, _, value = line.partition(":")
            if name in ("RssAnon", "RssShmem"):
                fields[name] = int(value.split()[0]) * 1024
        anonymous += fields.get("RssAnon", 0)
        shared = max(shared, fields.get("RssShmem", 0))
    return anonymous + shared


def with_children(pid):
    """The process and those it started."""
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        text = ""
    return [pid] + [int(word) for word in text.split()]


class Floor:
    """The bare receive floor."""
    name = "receive floor"

    def __init__(self, build, work, calls):
        self.process = subprocess.Popen(
            ["taskset", "-c", str(RECEIVER_CORE), str(build / "bench-floor"),
             str(FIRST_PORT), str(PORT_COUNT), str(2 * calls)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ports = read_ports(self.process)
        if not self.ports:
            raise RuntimeError("no range of ports (needs root and BPF)")
        self.pids = [self.process.pid]
        self.base = 0

    def finish(self, sent):
        result = end(self.process)
        return {"kept": result["received"], "lost": sent - result["received"]}


class Media:
    """tallenne-media: sealed and durable."""
    name = "tallenne-media, sealed and durable"

    def __init__(self, build, work, calls):
        self.process = subprocess.Popen(
            [str(build / "bench-stage"), str(build / "tallenne-media"),
             str(work), str(RECEIVER_CORE), str(FIRST_PORT), str(PORT_COUNT),
             str(calls), str(SOURCE_PORT)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        pid = self.process.stdout.readline().strip()
        if not pid:
            raise RuntimeError("tallenne-media did not start")
        self.pids = with_children(int(pid))
        self.base = memory(self.pids)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.ports = read_ports(self.process)
        if not self.ports:
            raise RuntimeError("tallenne-media refused calls")

    def finish(self, sent):
        result = end(self.process)
        return {"kept": result["recorded"], "lost": sent - result["recorded"],
                "lag_ms": result["lag_ms"], "calls": result["calls"],
                "kernel_drops": result["kernel_drops"]}


class Rtpengine:
    """rtpengine recording pcap, forwarding or not."""
    blocks = False
    name = "rtpengine, pcap, relaying"

    def __init__(self, build, work, calls):
        self.engine = rtpengine.Engine(work, RECEIVER_CORE)
        self.base = memory([self.engine.pid])
        self.ports = []
        try:
            for number in range(calls):
                self.ports += self.engine.call(number, self.blocks)
        except Exception:
            self.engine.stop()
            raise
        self.pids = [self.engine.pid]

    def finish(self, sent):
        self.engine.stop()
        recorded = sum(
            max(0, os.path.getsize(path) - 24) // PCAP_RECORD
            for path in glob.glob(f"{self.engine.directory}/pcaps/*.pcap"))
        shutil.rmtree(self.engine.directory, ignore_errors=True)
        return {"kept": recorded, "lost": sent - recorded}


class RtpengineBlocked(Rtpengine):
    """The same, told not to forward."""
    blocks = True
    name = "rtpengine, pcap, media blocked"


RECEIVERS = {"floor": Floor, "media": Media, "block": RtpengineBlocked,
             "relay": Rtpengine}


def read_ports(process):
    """Ports up to the empty line."""
    ports = []
    while True:
        line = process.stdout.readline().strip()
        if not line:
            return ports
        ports.append(int(line))


def end(process):
    """End of input means: finish and tell."""
    process.stdin.close()
    text = process.stdout.read()
    if process.wait() != 0 or not text.strip():
        raise RuntimeError("the receiver failed")
    return json.loads(text)


def measure(kind, build, work, calls, seconds):
    """One receiver under one load."""
    receiver = RECEIVERS[kind](build, work, calls)
    time.sleep(0.3)
    before = cpu_ns(receiver.pids)
    load = subprocess.run(
        ["taskset", "-c", str(LOAD_CORE), str(build / "bench-load"),
         str(SOURCE_PORT), str(seconds)],
        input="\n".join(map(str, receiver.ports)), text=True, check=True,
        capture_output=True)
    time.sleep(0.4)
    used = cpu_ns(receiver.pids) - before
    resident = memory(receiver.pids) - receiver.base
    sent = json.loads(load.stdout)
    result = receiver.finish(sent["sent"])
    result.update(ns=used / sent["sent"], memory=resident / calls,
                  sent=sent["sent"],
                  is_slow=sent["ms"] > seconds * 1000 * (1 + MOST_BEHIND_S))
    return result


def table(rows, calls_list, runs):
    """The Markdown table; rows[calls][kind] is a list of results."""
    lines = ["| calls | receiver | CPU ns/packet, min/median/max | x floor | "
             "lost, worst run | memory/call | remarks |",
             "|---:|---|---|---:|---:|---:|---|"]
    for calls in calls_list:
        of = rows[calls]
        floor = None
        if of.get("floor"):
            floor = statistics.median(r["ns"] for r in of["floor"])
        for kind, results in of.items():
            if not results:
                continue
            ns = sorted(r["ns"] for r in results)
            middle = statistics.median(ns)
            remarks = []
            if any(r["is_slow"] for r in results):
                remarks.append("generator too slow")
            if kind == "media":
                remarks.append(
                    f"durable within {max(r['lag_ms'] for r in results)} ms")
            ratio = f"{middle / floor:.2f}" if floor else "-"
            size = statistics.median(r["memory"] for r in results) / 1000
            lost = max(r["lost"] for r in results)
            lines.append(
                f"| {calls} | {RECEIVERS[kind].name} | {ns[0]:.0f}/"
                f"{middle:.0f}/{ns[-1]:.0f} | {ratio} | {lost} of "
                f"{results[0]['sent']} | {size:.1f} kB | "
                f"{', '.join(remarks)} |")
    return "\n".join(lines)


def goals(rows, calls_list):
    """What was promised, and whether it was kept."""
    lines = []
    for calls in calls_list:
        medians = {kind: statistics.median(r["ns"] for r in results)
                   for kind, results in rows[calls].items() if results}
        if "media" not in medians:
            continue
        media = rows[calls]["media"]
        checks = [("lost nothing", all(r["lost"] == 0 for r in media), ""),
                  ("at most 40 kB a call",
                   all(r["memory"] <= 40e3 for r in media), ""),
                  ("durable within 1 s",
                   all(r["lag_ms"] <= 1000 for r in media), "")]
        for kind, times, text in (("floor", 1 / 1.5, "at most 1.5 x the floor"),
                                  ("relay", 5, "5 x less than relaying"),
                                  ("block", 3.5, "3.5 x less than blocked")):
            if kind in medians:
                ratio = medians[kind] / medians["media"]
                shown = 1 / ratio if kind == "floor" else ratio
                checks.append((text, ratio >= times, f" ({shown:.2f})"))
        for text, is_kept, figure in checks:
            lines.append(f"- {calls} calls: {text}{figure}: "
                         f"{'yes' if is_kept else 'NO'}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--calls", default="200,1000,2500")
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default=",".join(RECEIVERS))
    parser.add_argument("--spool", default="/var/tmp")
    parser.add_argument("--out", type=pathlib.Path)
    options = parser.parse_args()
    build = options.build / "media"
    calls_list = [int(word) for word in options.calls.split(",")]
    kinds = options.only.split(",")
    rows = {calls: {kind: [] for kind in kinds} for calls in calls_list}

    missing = rtpengine.missing()
    if missing:
        print(f"without rtpengine: {missing}", file=sys.stderr)
        kinds = [kind for kind in kinds if kind in ("floor", "media")]
    with rtpengine.Quiet(), \
            tempfile.TemporaryDirectory(dir=options.spool) as work:
        for run in range(options.runs):
            for calls in calls_list:
                for kind in kinds:
                    try:
                        result = measure(kind, build, work, calls,
                                         options.seconds)
                    except (RuntimeError, OSError) as problem:
                        print(f"run {run + 1}, {calls} calls, {kind}: "
                              f"{problem}", file=sys.stderr)
                        continue
                    rows[calls][kind].append(result)
                    print(f"run {run + 1}, {calls} calls, {kind}: "
                          f"{result['ns']:.0f} ns, lost {result['lost']}",
                          file=sys.stderr)
    text = (f"{options.runs} runs of {options.seconds} s by turns, "
            f"{os.cpu_count()} cores, Linux {os.uname().release}, loopback; "
            "the kernel's softirq work is on the generator's core and in no "
            "figure. rtpengine is a relay by design: a recorder that only "
            "receives does less work.\n\n"
            f"{table(rows, calls_list, options.runs)}\n\n"
            f"{goals(rows, calls_list)}\n")
    print(text)
    if options.out:
        options.out.write_text(text)


if __name__ == "__main__":
    main()
