#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Any room is killed at a random moment of many calls, again and again.

usage: test_kill.py BUILD [ROUNDS [CALLS [SEED [ROOM...]]]]; 6 rounds of 20
calls when not told, so that each room has its turn. The long run is 50
times 200.
"""
import random
import sys
import time

from fleet import FLAG_SEGMENTS, RESTART_S, ROOMS, WINDOW_S, Fleet, assert_whole, metric, moment, newest, wait_ended
from house import House, wait_for

SECONDS, RATE = 5, 50
HALFWAY = 20  # INVITEs that siprec may have begun with when it is killed


def kill(house, room, fleet, after):
    """When a room was killed in the middle of the calls, and how long it did
    not serve then, in seconds."""
    time.sleep(after)
    running = sorted(index for name, index in house.rooms() if name == room)
    index = random.choice(running)
    ends = stands(house, room, index)[1]
    at, began = time.time(), time.monotonic()
    house.kill(room, index)
    # How often it has ended, and whether it serves: as the house tells.
    wait_for(f"{room} again", lambda: stands(house, room, index) == ("ready", ends + 1), every=0.02)
    return at, time.monotonic() - began


def stands(house, room, index):
    """(state, how often it has ended) of a room's process; see run/rooms."""
    for line in (house.dir / "run/rooms").read_text().splitlines():
        words = line.split()
        if words[:2] == [room, str(index)]:
            return words[2], int(words[4])
    return None, 0


def assert_window(heard, at, window_s):
    """Of each call in two parts, the first one lasts almost to the crash."""
    parted = [timelines for timelines in heard.values() if len(timelines) > 1]
    for first, *_ in parted:
        until = moment(first["began_at"]) + first["duration_ms"] / 1000
        assert until > at - window_s, f"{at - until:.2f} s were not durable when media was killed"
    return len(parted)


def one_round(house, room, calls, known):
    started = calls / RATE
    after = random.uniform(0.3, started + SECONDS - 0.5)
    transport = random.choice(("udp", "tcp"))
    fleet = Fleet(house, calls, SECONDS, RATE, transport=transport)
    try:
        at, away = kill(house, room, fleet, after)
        fleet.wait(180 + calls)
        # What siprec had begun and nobody has the answer of is asked for again.
        halfway = HALFWAY if room == "siprec" else 0
        rows = wait_ended(house, calls, 180 + calls, refused=halfway)
        begun = [row for row in newest(house, calls + halfway) if row["number"] > known]
        again = [row for row in begun if row["state"] == "unanswered"]
        assert len(again) <= halfway and len(begun) == calls + len(again), f"{len(begun)} begun, {len(again)} again"
        assert {row["number"] for row in begun} == set(range(known + 1, known + len(begun) + 1)), "numbers have a gap"
        # A room that a busy machine starts slowly is told within a second.
        heard = assert_whole(house, fleet, rows, max(RESTART_S, away + 0.5), again)
        flagged = sum(1 for row in rows if row["flags"] & FLAG_SEGMENTS)
        parted = 0
        if room == "media":
            slow = metric(house, house.staff("admin"), "media_spool_longest_sync_milliseconds") / 1000
            parted = assert_window(heard, at, WINDOW_S + slow)
            assert flagged >= parted, f"{parted} calls in parts, {flagged} flagged"
        print(f"# {room} after {after:.1f} s: {calls} calls over {transport}, {parted} in parts, "
              f"{len(again)} asked for again, away for {away:.2f} s", flush=True)
    finally:
        fleet.stop()


def main():
    build = sys.argv[1]
    rounds, calls, seed = (list(map(int, sys.argv[2:5])) + [0, 0, 0])[:3]
    rooms = sys.argv[5:] or ROOMS
    rounds, calls = rounds or len(rooms), calls or 20
    seed = seed or random.randrange(1 << 31)
    random.seed(seed)
    print(f"1..{rounds}\n# seed {seed}", flush=True)
    failed = 0
    with House(build, ports=max(400, calls * 8), settings={"media": {"calls_max": 1000}}) as house:
        known = 0
        for number in range(1, rounds + 1):
            room = rooms[(number - 1) % len(rooms)]
            verdict = "ok"
            try:
                one_round(house, room, calls, known)
            except Exception as error:  # the other rounds go on
                print(f"# {type(error).__name__}: {str(error)[:1500]}")
                verdict, failed = "not ok", failed + 1
            known = max([row["number"] for row in house.json("contact", "list", "--limit", 1)], default=0)
            print(f"{verdict} {number} - {room} is killed and nothing is lost", flush=True)
        if failed:
            print("\n".join("# " + line for line in house.log().splitlines()[-80:]))
    sys.exit(1 if failed else 0)


main()
