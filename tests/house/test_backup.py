#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Back-ups: whole, and nothing in them that can be read without the vault's keys."""
import json
import pathlib
import shutil
import time

from house import AGENTS, CALLER, SERVICE, House, run_tests

AGENT = "agent-1/+358295550901/agent1@pbx.example"


def record(house, count):
    before = len(house.contacts())
    for _ in range(count):
        house.call("--service", SERVICE, "--caller", CALLER, "--agent", AGENT, "--quiet", "--seconds", 1)
    return house.wait_recorded(before + count)


def create(house, place, *options):
    time.sleep(1.1)  # by their names they are told apart to the second
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


PASSPHRASE = "correct horse battery staple\n"
PURPOSE = {"Tallenne-Purpose": "laatu"}


def restore(house, place, state, keys, *options, verb="restore", check=True):
    where = ("--state", state) if verb == "restore" else ("--scratch", state)
    return house.cli("backup", verb, place, *options, "--keys", keys, *where, input=PASSPHRASE, check=check)


def log_of(house):
    return [json.loads(json.loads(line)["payload"]) for line in house.cli("audit", "export").stdout.splitlines()]


def move_to(house, state):
    """Start the house on another state directory."""
    house.settings.setdefault("house", {})["state"] = str(state)
    house.start()


def refused(done, *words):
    assert done.returncode == 4 and all(word in done.stderr for word in ("refused", *words)), done


def what_was_erased_since_does_not_come_back(build):
    with House(build) as house:
        place, keys, old_keys = house.dir / "backup", house.dir / "ring", house.dir / "ring.old"
        gone, *kept = [row["id"] for row in record(house, 3)]
        heard = {contact: house.hear(contact)[0] for contact in kept}
        house.cli("backup", "keys", old_keys, "--ahead", 1)
        first = create(house, place)
        house.cli("retention", "erase", gone, "--ground", "unlawful", "--reference", "K-2026/3", "--yes")
        (hold,) = house.json("hold", "place", kept[0], "--kind", "restriction", "--reference", "K-2026/4")
        create(house, place)
        house.cli("backup", "keys", keys)
        third = create(house, place)

        # A rehearsal leaves a figure, an entry, and nothing else.
        scratch = house.dir / "scratch"
        scratch.mkdir()
        told = restore(house, place, scratch, keys, "--json", verb="rehearse")
        told = json.loads(told.stdout)
        assert (told["objects"], told["opened"], told["closed"], told["broken"], told["overdue"]) == (6, 6, 0, 0, 0), told
        told = json.loads(restore(house, place, scratch, keys, first["name"], "--json", verb="rehearse").stdout)
        assert (told["objects"], told["opened"], told["closed"], told["erased"]) == (6, 6, 3, 1), told
        assert list(scratch.iterdir()) == []
        assert [line["event"] for line in log_of(house)].count("backup.rehearsed") == 2
        witness = house.dir / "witness"
        house.cli("audit", "checkpoint", witness)
        assert house.stop() == 0

        # What would be a step back in time, or would mix, is refused, and no room starts on a part.
        other = house.dir / "state.1"
        refused(restore(house, place, house.dir / "state", keys, check=False), "not empty")
        refused(restore(house, place, other, old_keys, check=False), "rollback", "--older-keys")
        shutil.rmtree(other)
        refused(restore(house, place, other, keys, "--checkpoint", witness, check=False), "rollback")
        try:
            move_to(house, other)
            raise SystemError("the house started on a part")
        except AssertionError:
            assert "was not restored as a whole" in house.log(), house.log()
        shutil.rmtree(other)
        wrong = house.cli("backup", "restore", place, "--keys", keys, "--state", other, input="another word of mine\n",
                          check=False)
        assert wrong.returncode == 1 and "passphrase" in wrong.stderr, wrong
        shutil.rmtree(other)

        # From the first back-up: with all keys lost but their copy, and with the vault's own directory.
        for number, (source, options) in enumerate([(keys, ()), (old_keys, ("--older-keys",)),
                                                    (house.dir / "state/vault", ("--checkpoint", witness))]):
            state = house.dir / f"state.{number + 2}"
            told = restore(house, place, state, source, first["name"], "--json", *options)
            told = json.loads(told.stdout)
            assert (told["objects"], told["missing"], told["erased"], told["holds"]) == (6, 0, 1, 1), told
            move_to(house, state)
            assert {row["id"] for row in house.contacts()} == set(kept), house.contacts()
            supervisor = house.staff("supervisor")
            assert supervisor.get(f"/api/v1/contacts/{gone}")[0].status == 410
            # What was restricted since is restricted before anybody may ask.
            row = supervisor.json(f"/api/v1/contacts/{kept[0]}/recordings")["recordings"][0]
            supervisor.get(f"/api/v1/recordings/{row['id']}/media", PURPOSE, 451)
            assert house.hear(kept[1], visitor=supervisor)[0] == heard[kept[1]]
            house.json("hold", "lift", hold["hold"])
            assert house.hear(kept[0], visitor=supervisor)[0] == heard[kept[0]]
            figures = house.staff("dpo").json("/api/v1/figures")
            assert figures["objects"] == figures["rows"] == 6, figures
            assert log_of(house)[told["entries"]]["event"] == "backup.restored"
            record(house, 1)
            numbers = sorted(row["number"] for row in house.contacts())
            assert numbers == [1, 2, 4], numbers
            create(house, house.dir / f"backup.{number}")
            assert house.stop() == 0
        assert third["name"] > first["name"]


if __name__ == "__main__":
    run_tests([a_backup_is_whole_and_tells_nothing, what_was_erased_since_does_not_come_back])
