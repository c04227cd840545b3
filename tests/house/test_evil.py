#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Rooms that were taken over: each tries some sixty forbidden acts.

The programs of tests/evil are the real rooms on a base that tries them right
after the jail has closed. Every act must be refused, or end the process.
"""
import os
import pathlib
import re
import shutil

from house import SOURCE, House, run_tests, wait_for

DEADLY = 6
# What a room is there for is no forbidden act: own directory, own workers.
OWN = {
    # Starts a worker for each call, locks it in further, and ends it.
    # Core dumps stay impossible: the limit of their size is 0, for good.
    "finish": {"fork_off", "clone_off", "make_pair", "signal_parent", "signal_all", "allow_core_dumps"},
    # Answers SIP over UDP.
    "siprec": {"send_media"},
    "register": set(),
    "vault": set(),
    "desk": set(),
    "chat": set(),
    "counter": set(),
    "media": set(),
}


class EvilHouse(House):
    """The house's own program, with evil rooms beside it."""

    def __init__(self, build, rooms, **options):
        super().__init__(build, **options)
        programs = self.dir / "programs"
        programs.mkdir(mode=0o755)
        shutil.copy(self.build / "house/tallenne-house", programs / "tallenne-house")
        for room in OWN:
            where = "tests/evil" if room in rooms else room
            os.symlink(self.build / where / f"tallenne-{room}", programs / f"tallenne-{room}")
        os.symlink(SOURCE / "ui", programs / "ui")
        self.program = programs / "tallenne-house"


def try_all(build, room):
    with EvilHouse(build, {room}, settings={"house": {"media_processes": 1}}) as house:
        acts = wait_for("every act", lambda: finished(house.log(), room), 120)
        done = {act for act, how in acts.items() if how == "DONE"} - OWN[room]
        assert not done, f"{room} could: {', '.join(sorted(done))}"
        assert len(acts) > 55, len(acts)
        # And after all that it serves as ever.
        house.call("--service", "+358295550100", "--seconds", 1, "--quiet", transport="tcp")
        house.wait_recorded(1)


def finished(log, room):
    """{act: how it ended} once the last deadly act has been tried."""
    acts = {}
    for line in log.splitlines():
        match = re.match(rf"evil {room} (\w+): (trying|refused|DONE)", line)
        if match:
            acts[match[1]] = match[2]
    deadly = [act for act, how in acts.items() if how == "trying"]
    # "trying" without a second line: the process was ended for it.
    return acts if len(deadly) >= DEADLY and "leave_namespaces" in acts else None


def media_can_do_nothing_but_listen_and_append(build):
    try_all(build, "media")


def siprec_can_do_nothing_but_talk_sip(build):
    try_all(build, "siprec")


def finish_can_open_nothing(build):
    try_all(build, "finish")


def desk_can_open_nothing_but_its_pages(build):
    try_all(build, "desk")


def chat_can_open_nothing_and_reach_nobody(build):
    try_all(build, "chat")


def counter_can_open_nothing_and_connect_to_nobody(build):
    try_all(build, "counter")


run_tests([
    media_can_do_nothing_but_listen_and_append,
    siprec_can_do_nothing_but_talk_sip,
    finish_can_open_nothing,
    desk_can_open_nothing_but_its_pages,
    chat_can_open_nothing_and_reach_nobody,
    counter_can_open_nothing_and_connect_to_nobody,
])
