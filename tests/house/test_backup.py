#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Back-ups: whole, and nothing in them that can be read without the vault's keys."""
import json
import pathlib

from house import AGENTS, CALLER, SERVICE, House, run_tests

AGENT = "agent-1/+358295550901/agent1@pbx.example"


def record(house, count):
    before = len(house.contacts())
    for _ in range(count):
        house.call("--service", SERVICE, "--caller", CALLER, "--agent", AGENT, "--quiet", "--seconds", 1)
    return house.wait_recorded(before + count)


def create(house, place, *options):
    return house.json("backup", "create", place, *options)[0]


def files(place):
    return [path for path in pathlib.Path(place).rglob("*") if path.is_file()]


def a_backup_is_whole_and_tells_nothing(build):
    with House(build) as house:
        place = house.dir / "backup"
        record(house, 2)
        first = create(house, place)
        assert (first["objects"], first["copied"], first["missing"]) == (6, 6, 0), first
        record(house, 1)
        second = create(house, place, "--days", 3)
        assert (second["objects"], second["copied"]) == (9, 3) and second["until"] < first["until"], (first, second)
        assert [row["name"] for row in house.json("backup", "list", place)] == [first["name"], second["name"]]
        key = house.cli("audit", "checkpoint").stderr.split("key: ")[1].strip()
        for name in (first["name"], second["name"]):
            assert "whole: " in house.cli("backup", "verify", place, name, "--key", key).stdout
        told = [word.encode() for word in (SERVICE, CALLER, AGENTS[0]["name"], AGENTS[0]["number"], CALLER[-3:] + '"',
                                          "media.sealed", "contact.opened")]
        for path in files(place):
            found = [word for word in told if word in path.read_bytes()]
            assert not found, (path, found)
        ring = house.dir / "ring.copy"
        house.cli("backup", "keys", ring)
        events = [json.loads(json.loads(line)["payload"])["event"]
                  for line in house.cli("audit", "export").stdout.splitlines()]
        assert events.count("backup.made") == 2 and events.count("backup.verified") == 2 and "keys.copied" in events
        # Every file that is changed by a bit, cut or missing is found.
        for path in files(place):
            if second["name"] not in str(path) and "objects/" not in str(path):
                continue
            good = path.read_bytes()
            bad = bytearray(good)
            bad[len(bad) // 2] ^= 1
            path.chmod(0o600)
            for instead in (bytes(bad), good[:-1], None):
                path.unlink() if instead is None else path.write_bytes(instead)
                done = house.cli("backup", "verify", place, "--key", key, check=False)
                assert done.returncode == 3 and "not whole" in done.stderr or done.returncode == 1, (path, done)
            path.write_bytes(good)
        house.cli("backup", "verify", place)
        wrong = house.cli("backup", "create", place, "--days", 32, check=False)
        assert wrong.returncode == 2 and "from 1 to 31" in wrong.stderr, wrong


if __name__ == "__main__":
    run_tests([a_backup_is_whole_and_tells_nothing])
