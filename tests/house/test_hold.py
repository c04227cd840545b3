#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""A held call outlives its date, and its neighbour of the same day does not: tried by one who copied all of it away before."""
import contextlib
import datetime
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile

from house import CALLER, SERVICE, SOURCE, House, run_tests, wait_for

AGENT = "agent-1/+358295550901/agent1@pbx.example"
DAY_S = 86400
OVERSIGHT = """  - id: valvonta
    basis: laki
    uses: [listen]
    roles: [supervisor]
    text:
      fi: Viranomaisen valvonta
      sv: Myndighetens tillsyn
      en: Oversight by the authority
services:"""


def policy():
    text = (SOURCE / "notice/example.yaml").read_text()
    assert text.count("\nservices:") == 1
    return text.replace("\nservices:", "\n" + OVERSIGHT, 1)


def date_in(days):
    return (datetime.date.today() + datetime.timedelta(days=days)).isoformat()


def figures(house):
    return house.staff("dpo").json("/api/v1/figures")


def recording_of(house, contact):
    (row,) = house.staff("supervisor").json(f"/api/v1/contacts/{contact}/recordings")["recordings"]
    return row["id"]


class Copy:
    """What somebody carried away: the objects, and what the register knew of their keys."""

    def __init__(self, house, dir, name):
        self.objects = pathlib.Path(dir) / f"objects-{name}"
        shutil.copytree(house.dir / "state/register/objects", self.objects)
        with tempfile.TemporaryDirectory() as place:
            for file in (house.dir / "state/register").glob("register.db*"):
                shutil.copy(file, place)
            with contextlib.closing(sqlite3.connect(pathlib.Path(place) / "register.db")) as database:
                self.rows = database.execute(
                    "SELECT hex(object.id), hex(recording.contact), hex(wrapped), hex(object.held) FROM object"
                    " JOIN recording ON recording.call = object.call").fetchall()

    def of(self, contact):
        """{object: keys in hex} of a contact."""
        return {row[0].lower(): [key for key in row[2:] if key and len(key) == len(row[2])]
                for row in self.rows if row[1].lower() == contact}

    def file(self, object):
        (path,) = [path for path in self.objects.rglob("*") if path.is_file() and object in path.name.lower()]
        return path


def attack(house, copy, contact, *later):
    """How many objects of a contact open with all keys there are now, the copy's and those of later copies."""
    opened = 0
    for object, keys in copy.of(contact).items():
        for other in later:
            keys = keys + other.of(contact).get(object, [])
        done = subprocess.run([str(house.build / "tests/attack/try_open"), str(house.dir / "state/vault"),
                               str(house.dir / "passphrase"), str(copy.file(object)), *keys],
                              capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode in (0, 3), done
        assert int(done.stdout.split(" tries")[0].split("\n")[-1]) > 100, done.stdout
        opened += done.returncode == 0
    return opened


def a_held_call_outlives_its_date_and_no_neighbour_does(build):
    with tempfile.TemporaryDirectory(prefix="tallenne-test-") as place, House(build, policy=policy()) as house:
        for _ in range(2):
            house.call("--service", SERVICE, "--caller", CALLER, "--agent", AGENT, "--quiet", "--seconds", 2)
        neighbour, held = (row["id"] for row in house.wait_recorded(2))
        heard = {contact: house.hear(contact)[0][0] for contact in (neighbour, held)}
        recordings = {contact: recording_of(house, contact) for contact in (neighbour, held)}

        refused = house.cli("hold", "place", held, "--kind", "legal", "--reference", "K-2026/17", "--until",
                            date_in(400), check=False)
        assert refused.returncode == 2 and "--review" in refused.stderr, refused
        (hold,) = house.json("hold", "place", held, "--kind", "legal", "--reference", "K-2026/17", "--until",
                             date_in(400), "--review", date_in(60))
        wait_for("the vault keeps it", lambda: house.json("hold", "list")[0]["kept"])
        # Before its end a held call is heard as any other, by its own key.
        assert house.hear(held)[0][0] == heard[held]
        blocked = [line for line in house.json("retention", "plan", "--until", date_in(200))
                   if line.get("type") == "blocked"]
        assert [line["contact"] for line in blocked] == [held], blocked
        calendar = house.cli("retention", "plan", "--until", date_in(200), "--ics").stdout
        assert calendar.count("BEGIN:VEVENT") == 1 and "1 recordings of calls" in calendar, calendar

        assert house.stop() == 0
        before = Copy(house, place, "before")
        assert attack(house, before, neighbour) == 3 and attack(house, before, held) == 3
        for room in ("register", "vault"):
            house.settings.setdefault(room, {})["clock_ahead_s"] = 186 * DAY_S
        house.settings["vault"]["clock_jump_hours"] = 0
        house.start()

        now = wait_for("the neighbour is erased",
                       lambda: (lambda f: f if f["recordings"] == 1 else None)(figures(house)), 120)
        assert now["held_beyond_legal"] == 1 and now["held_beyond_access"] == 0 and now["overdue"] == 0, now
        supervisor = house.staff("supervisor")
        for contact, purpose, status in ((neighbour, "laatu", 410), (held, "laatu", 410), (neighbour, "valvonta", 410)):
            supervisor.get(f"/api/v1/recordings/{recordings[contact]}/media", {"Tallenne-Purpose": purpose}, status)
        sound = supervisor.get(f"/api/v1/recordings/{recordings[held]}/media", {"Tallenne-Purpose": "valvonta"}, 200)[1]
        assert sound == heard[held], (len(sound), len(heard[held]))

        # All that was carried away, with all that lives: nothing of the neighbour, and the held call by its hold alone.
        assert house.stop() == 0
        during = Copy(house, place, "during")
        assert attack(house, before, neighbour, during) == 0
        assert attack(house, before, held, during) == 3
        house.start()

        (receipt,) = house.json("retention", "receipt", neighbour)
        assert receipt["class"] == "audio" and receipt["key"]["audit_entry"] > 0, receipt
        assert "c2sp.org/tlog-proof" in receipt["key"]["proof"] and "hold_key" not in receipt, receipt
        house.json("hold", "lift", hold["hold"])
        wait_for("the held call is erased", lambda: figures(house)["recordings"] == 0, 120)
        assert figures(house)["held_beyond_legal"] == 0 and house.json("hold", "list") == []
        house.staff("supervisor").get(f"/api/v1/recordings/{recordings[held]}/media", {"Tallenne-Purpose": "valvonta"}, 410)
        # Its pair goes with the same sweep, or with that of the next minute if the vault was not there yet.
        receipt = wait_for("the hold's pair is destroyed", lambda: (
            lambda r: r if "hold_key" in r else None)(house.json("retention", "receipt", recordings[held])[0]), 180, 1)
        assert receipt["hold_key"]["audit_entry"] > receipt["key"]["audit_entry"], receipt
        log = house.cli("audit", "export").stdout
        assert house.stop() == 0
        assert attack(house, before, held, during) == 0
        for event in ("hold.set", "hold.key.made", "hold.rewrapped", "key.destroyed", "hold.lifted",
                      "hold.key.destroyed"):
            assert event in log, event
        assert CALLER not in log and CALLER not in house.log()
        house.start()


def a_restricted_call_is_heard_by_nobody_until_it_is_lifted(build):
    with House(build) as house:
        house.call("--service", SERVICE, "--caller", CALLER, "--agent", AGENT, "--quiet", "--seconds", 1)
        contact = house.wait_recorded(1)[0]["id"]
        supervisor = house.staff("supervisor")
        sound = f"/api/v1/recordings/{recording_of(house, contact)}/media"
        purpose = {"Tallenne-Purpose": "laatu"}
        heard = supervisor.get(sound, purpose, 200)[1]
        wrong = house.cli("hold", "place", contact, "--kind", "restriction", "--reference", "K-1", "--until",
                          date_in(9), check=False)
        assert wrong.returncode == 2 and "Art. 18(3)" in wrong.stderr, wrong
        (hold,) = house.json("hold", "place", contact, "--kind", "restriction", "--reference", "K-1")
        supervisor.get(sound, purpose, 451)
        # The vault itself remembers it, also when register and vault begin anew.
        wait_for("the vault keeps it", lambda: house.json("hold", "list")[0]["kept"])
        for room in ("register", "vault"):
            house.kill(room)
            wait_for(f"the {room} again", lambda: (room, 0) in house.rooms())
        wait_for("the restriction is told",
                 lambda: supervisor.get(sound, purpose)[0].status == 451)
        wait_for("the hold is lifted", lambda: house.cli("hold", "lift", hold["hold"], check=False).returncode == 0)
        wait_for("it is heard again", lambda: supervisor.get(sound, purpose)[0].status == 200)
        assert supervisor.get(sound, purpose, 200)[1] == heard
        log = house.cli("audit", "export").stdout
        assert "uid:" in log and "K-1" in log


if __name__ == "__main__":
    run_tests([a_held_call_outlives_its_date_and_no_neighbour_does,
               a_restricted_call_is_heard_by_nobody_until_it_is_lifted])
