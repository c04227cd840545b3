#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Whether the time of an answer tells one bearer that is of no use from
another: a whole house, the same request with each kind of bearer by turns.

    bearers.py BUILD-DIRECTORY [--rounds 2000] [--forgotten]

The kinds: none; a text that is none; a random one; one that begins as that of
a conversation that goes on; one that differs from it in the last byte alone;
with --forgotten also that of a conversation that ended so long ago that chat
has let it go (CHAT_LINGER_S: the script waits for that, and some).

Prints a Markdown table of quartiles in microseconds, and how far apart the
medians are as a part of the spread within one kind. Fails if answers differ
by a byte, or if medians are further apart than a quarter of that spread.
Each network may try 120 bearers, so requests come from many addresses of
127.0.0.0/8; only loopback is used. Put "chrt -r 1" before the command on a
machine that others use as well.
"""
import argparse
import base64
import json
import os
import pathlib
import random
import re
import socket
import statistics
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/house"))
import house as houses  # noqa: E402

OF_A_NETWORK = 100  # below FAILURES_PER_10_MINUTES of counter/room.c
LINGER_S = 15 * 60 + 30  # CHAT_LINGER_S of chat/chat.h, and some
BODY = b'{"t":"stay"}'


def text_of(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Visitor:
    """A connection from a network of its own."""

    def __init__(self, port, network):
        self.port, self.left = port, OF_A_NETWORK
        self.socket = socket.create_connection(
            ("127.0.0.1", port), timeout=60, source_address=(f"127.{1 + network // 256}.{network % 256}.1", 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, act, body, bearer=None):
        """The answer without its date, and its nanoseconds."""
        head = [f"POST /chat/v1/{act} HTTP/1.1", f"Host: 127.0.0.1:{self.port}",
                f"Origin: http://127.0.0.1:{self.port}", f"Content-Length: {len(body)}"]
        if bearer is not None:
            head.append(f"Authorization: Bearer {bearer}")
        question = "\r\n".join([*head, "", ""]).encode() + body
        self.left -= 1
        began = time.perf_counter_ns()
        self.socket.sendall(question)
        answer = self.socket.recv(65536)
        took = time.perf_counter_ns() - began
        while not self.is_whole(answer):
            answer += self.socket.recv(65536)
        return re.sub(rb"\r\nDate: [^\r]*", b"", answer), took

    @staticmethod
    def is_whole(answer):
        head, _, body = answer.partition(b"\r\n\r\n")
        size = re.search(rb"Content-Length: (\d+)", head)
        return size is not None and len(body) >= int(size[1])

    def open(self):
        message = {"t": "open", "key": text_of(os.urandom(16)), "lang": "en", "notice": "00000000"}
        answer, _ = self.ask("open", json.dumps(message).encode())
        return json.loads(answer.partition(b"\r\n\r\n")[2])["token"]


def measure(port, rounds, forgotten):
    networks = iter(range(1, 30000))
    first = Visitor(port, next(networks))
    raw = base64.urlsafe_b64decode(first.open() + "==")
    kinds = {
        "none": lambda: None,
        "a text that is none": lambda: "no bearer at all",
        "random": lambda: text_of(os.urandom(16)),
        "begins as a true one": lambda: text_of(raw[:12] + os.urandom(4)),
        "all but its last byte": lambda: text_of(raw[:15] + bytes([raw[15] ^ random.randrange(1, 256)])),
    }
    if forgotten:
        ended = first.open()
        first.ask("end", b'{"t":"end"}', ended)
        time.sleep(LINGER_S)
        kinds["of one long over"] = lambda: ended
    times, answers = {kind: [] for kind in kinds}, set()
    visitor = Visitor(port, next(networks))
    for _ in range(rounds):
        if visitor.left < len(kinds):
            visitor.socket.close()
            visitor = Visitor(port, next(networks))
        for kind in random.sample(list(kinds), len(kinds)):
            answer, took = visitor.ask("stay", BODY, kinds[kind]())
            answers.add(answer)
            times[kind].append(took / 1000)
    return times, answers


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--forgotten", action="store_true")
    options = parser.parse_args()
    with houses.House(options.build, policy=houses.open_always(),
                      settings={"counter": {"requests_per_minute": 1000000}}) as house:
        port = int(house.addresses["counter.web"].rsplit(":", 1)[1])
        times, answers = measure(port, options.rounds, options.forgotten)
    quartiles = {kind: statistics.quantiles(row, n=4) for kind, row in times.items()}
    print("| bearer | 1st quartile, µs | median | 3rd quartile |\n| --- | --- | --- | --- |")
    for kind, row in quartiles.items():
        print(f"| {kind} | {row[0]:.1f} | {row[1]:.1f} | {row[2]:.1f} |")
    medians = [row[1] for row in quartiles.values()]
    spread = statistics.median(row[2] - row[0] for row in quartiles.values())
    apart = (max(medians) - min(medians)) / spread
    print(f"\n{options.rounds} rounds; {len(answers)} different answers; "
          f"the medians are apart by {apart:.2f} of the spread within one kind")
    return 0 if len(answers) == 1 and apart < 0.25 else 1


if __name__ == "__main__":
    sys.exit(main())
