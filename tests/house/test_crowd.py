#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Ten thousand WebSockets that say nothing, and a visitor among them.

usage: test_crowd.py BUILD
"""
import contextlib
import os
import pathlib
import resource

from house import House, open_always, run_tests, wait_for
from talk import Agent, Gone, Guest, Wire

ORIGIN = "https://www.agency.example"
CROWD = 10000
MOST = 10200  # connections at a time
BYTES_EACH = 10000  # of our own memory at most
OTHERS = 100  # files that the room may have open besides


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory(pid):
    """Bytes that are this process's alone."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no RssAnon")


def talk(house, guest, agent):
    """Both hear each other."""
    guest.say("Kuuluuko?")
    guest.until("an acknowledgement", lambda: not guest.unsaid)
    chat = agent.take()
    guest.until("the agent", lambda: guest.state.get("agent") == "Agent 1")
    agent.say(chat, "Kuuluu")
    guest.until("the answer", lambda: ("agent", "Kuuluu") in guest.texts())


def a_crowd_of_idle_sockets_takes_little_and_disturbs_nobody(build):
    room = {"requests_per_minute": 1000000, "connections_per_address": 2 * CROWD, "connections_max": MOST}
    with House(build, policy=open_always([ORIGIN]), settings={"counter": room}) as house, contextlib.ExitStack() as open_ones:
        address = house.addresses["counter.web"]
        pid = house.rooms()[("counter", 0)]
        files, bytes_before = open_files(pid), memory(pid)
        crowd = []
        for _ in range(CROWD):
            crowd.append(Wire(address, ORIGIN))
            open_ones.callback(crowd[-1].close)
            if len(crowd) == CROWD // 2:
                guest = Guest(address, ORIGIN)
                guest.connect()
        assert open_files(pid) >= files + CROWD
        each = (memory(pid) - bytes_before) / CROWD
        print(f"# {each:.0f} bytes each in counter", flush=True)
        assert each <= BYTES_EACH, each
        talk(house, guest, Agent(house))

        # Those beyond the limit are told so; who is in stays in.
        refused = None
        for _ in range(MOST - CROWD + OTHERS):
            try:
                crowd.append(Wire(address, ORIGIN))
                open_ones.callback(crowd[-1].close)
            except Gone as answer:
                refused = str(answer)
                break
        assert refused and "503" in refused, refused
        guest.say("Vieläkö?")
        guest.until("an acknowledgement", lambda: not guest.unsaid)
        for wire in crowd:
            wire.close()
        wait_for("all files to be closed", lambda: open_files(pid) <= files + OTHERS, 60)
        assert house.rooms()[("counter", 0)] == pid


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    run_tests([a_crowd_of_idle_sockets_takes_little_and_disturbs_nobody])
