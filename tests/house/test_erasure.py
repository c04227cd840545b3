#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Erasure as an attacker sees it: images of the disk, all back-ups there ever were, and all keys of the day after the
end open nothing of what ended (S19, S20). The control: the same attacker, the day before, opens all of it."""
import datetime
import json
import pathlib
import shutil
import sqlite3
import struct
import sys
import tempfile
import time

from house import CALLER, SERVICE, SOURCE, House, run_tests, wait_for

sys.path.insert(0, str(SOURCE / "tests/attack"))
from attack import Attack  # noqa: E402  (after its place is known)

AGENT = "agent-1/+358295550901/agent1@pbx.example"
PASSPHRASE = "correct horse battery staple\n"
DAY_S = 86400


class Thief:
    """Copies everything away, whenever there is something: not the keys, for those it gets at the end alone."""

    def __init__(self, house, place):
        self.house, self.place, self.count = house, pathlib.Path(place), 0
        self.items = {}  # contact -> its objects
        self.began = {}  # contact -> when it began, as its row has it

    def steal(self):
        """The disk as it is now, and the back-ups; the service is stopped."""
        to = self.place / f"theft.{self.count}"
        self.count += 1
        shutil.copytree(self.house.dir / "state", to / "state", ignore=shutil.ignore_patterns("ring"))
        for name in ("backup", "keys"):
            shutil.copytree(self.house.dir / name, to / name, ignore=shutil.ignore_patterns("ring"))
        with tempfile.TemporaryDirectory() as place:
            for file in (to / "state/register").glob("register.db*"):
                shutil.copy(file, place)
            database = sqlite3.connect(pathlib.Path(place) / "register.db")
            for contact, began in database.execute("SELECT hex(id), started_at FROM contact"):
                self.began[contact.lower()] = struct.pack(">q", began)
            for contact, one in database.execute("SELECT hex(contact), hex(object.id) FROM object JOIN recording"
                                                 " ON recording.call = object.call"):
                self.items.setdefault(contact.lower(), set()).add(one.lower())
            database.close()

    def attack(self, places=None):
        """All there is, with the ring of today and the key back-up of today."""
        places = places or [*self.place.glob("theft.*")]
        return Attack(self.house.build, places, [self.house.dir / "state/vault/ring", self.house.dir / "keys/ring"],
                      self.house.dir / "passphrase", tempfile.mkdtemp(dir=self.place))


def live_on(house, day):
    """Start on a day to come."""
    ahead = (day - datetime.date.today()).days
    for room in ("register", "vault"):
        house.settings.setdefault(room, {})["clock_ahead_s"] = ahead * DAY_S
    house.settings["vault"]["clock_jump_hours"] = 0
    house.start()


def figures(house):
    return house.staff("dpo").json("/api/v1/figures")


def night(house):
    """What is done every night; after many days at once the keys of days on which nothing ended go some at a time."""
    idle = 0
    for _ in range(100):
        idle = 0 if house.json("retention", "run", "--yes")[0]["keys"] else idle + 1
        if idle == 4:
            break
        time.sleep(0.3)
    made = house.json("backup", "create", house.dir / "backup")[0]
    house.cli("backup", "keys", house.dir / "keys/ring")
    assert house.stop() == 0
    return made


def restore(house, keys, state, *options, verb="restore"):
    where = ("--state", state) if verb == "restore" else ("--scratch", state)
    return json.loads(house.cli("backup", verb, house.dir / "backup", *options, "--keys", keys, *where, "--json",
                                input=PASSPHRASE).stdout)


def nothing_of_what_ended_opens_with_all_there_is(build):
    day = datetime.timedelta(days=1)
    with tempfile.TemporaryDirectory(prefix="tallenne-test-") as place, House(
            build, settings={"vault": {"horizon_days": 500}}) as house:
        thief = Thief(house, place)
        (house.dir / "keys").mkdir()
        for _ in range(3):
            house.call("--service", SERVICE, "--caller", CALLER, "--agent", AGENT, "--quiet", "--seconds", 1)
        early, *rest = (row["id"] for row in house.wait_recorded(3))
        contacts = set(rest)
        sounds = [f"/api/v1/recordings/{row['id']}/media" for contact in contacts
                  for row in house.staff("supervisor").json(f"/api/v1/contacts/{contact}/recordings")["recordings"]]
        plan = [line for line in house.json("retention", "plan", "--until", str(datetime.date.today() + 800 * day))
                if line.get("day", "")[:1].isdigit()]
        ends = {kind: datetime.date.fromisoformat(line["day"]) for kind in ("recordings", "contacts") for line in plan
                if line[kind] == 3}
        assert len(ends) == 2, plan
        night(house)
        thief.steal()
        objects = set().union(*(thief.items[contact] for contact in contacts))
        assert set(thief.items) == {early, *contacts} and len(objects) == 6, thief.items
        house.start()
        house.cli("retention", "erase", early, "--ground", "unlawful", "--reference", "K-2026/3", "--yes")
        assert house.stop() == 0

        # The control: on the last day all of it opens, from any one of the places alone.
        live_on(house, ends["recordings"] - day)
        made = night(house)
        thief.steal()
        control = thief.attack()
        # One that was erased early stands in the raw image of the disk, which is no back-up, and nowhere else: the key
        # of its day lives, and the back-ups that knew it lie there.
        assert control.opened == objects | thief.items[early], control.opened
        assert control.callers == {early, *contacts}, control.callers
        assert all(control.sees(began) for began in thief.began.values())
        alone = thief.attack([pathlib.Path(place) / f"theft.{number}/backup" for number in range(2)])
        assert alone.opened == objects and alone.callers == contacts, (alone.opened, alone.callers)
        assert alone.copies >= 3, "the database, the rows that end sooner, and the staff's key"
        assert thief.items[early] <= set(alone.objects), alone.objects.keys()
        # A back-up of that day comes back with the rows that were cut out of it.
        (house.dir / "scratch").mkdir()
        told = restore(house, house.dir / "state/vault", house.dir / "scratch", made["name"], verb="rehearse")
        assert (told["opened"], told["closed"], told["ended"], told["overdue"]) == (6, 0, 0, 0), told

        # The day after: no sound with anything; that the calls took place lives on, and is found.
        live_on(house, ends["recordings"] + day)
        wait_for("the sound is erased", lambda: figures(house)["recordings"] == 0, 120)
        night(house)
        thief.steal()
        after = thief.attack()
        assert after.opened == set() and not any(one in after.keys for one in objects), after.opened
        assert after.callers == {early, *contacts} and after.copies > 0, (after.callers, after.copies)
        # The same back-up comes back without what ended, and no number is missing.
        told = restore(house, house.dir / "keys/ring", house.dir / "state.2", made["name"])
        assert (told["objects"], told["ended"], told["missing"]) == (0, 1, 0), told
        first = house.settings.get("house", {}).get("state")
        house.settings.setdefault("house", {})["state"] = str(house.dir / "state.2")
        live_on(house, ends["recordings"] + day)
        assert {row["id"] for row in house.contacts()} == contacts
        assert figures(house)["objects"] == 0 and figures(house)["overdue"] == 0, figures(house)
        for sound in sounds:
            house.staff("supervisor").get(sound, {"Tallenne-Purpose": "laatu"}, 410)
        assert house.stop() == 0
        house.settings["house"]["state"] = first or str(house.dir / "state")

        # A back-up of the day before the rows end lives longer than they do.
        live_on(house, ends["contacts"] - day)
        night(house)

        # After their end: nothing at all.
        live_on(house, ends["contacts"] + day)
        wait_for("the rows are erased", lambda: figures(house)["contacts"] == 0, 120)
        night(house)
        thief.steal()
        last = thief.attack()
        assert last.copies > 0, "no back-up opens: then this shows nothing"
        assert last.opened == set() and last.callers == set(), (last.opened, last.callers)
        assert not any(one in last.keys for one in objects)
        # What was stolen in clear stays stolen; on the disk and in the back-ups of that day nothing is.
        today = thief.attack([pathlib.Path(place) / "theft.3"])
        assert not any(today.sees(began) for began in thief.began.values())
        dead = house.cli("backup", "restore", pathlib.Path(place) / "theft.1/backup", "--keys", house.dir / "keys/ring",
                         "--state", house.dir / "state.3", input=PASSPHRASE, check=False)
        assert dead.returncode == 4 and "refused" in dead.stderr, dead


if __name__ == "__main__":
    run_tests([nothing_of_what_ended_opens_with_all_there_is])
