# SPDX-License-Identifier: EUPL-1.2
"""Two years in a few seconds: what the notice promises to be gone is gone, and nothing else (S19 to S21)."""
import contextlib
import datetime
import os
import pathlib
import re
import shutil
import sqlite3
import tempfile

from house import House, run_tests
from talk import Agent, messages, read, stored
from test_demo import Demo


def in_months(months):
    """The first of a month, so many from now."""
    today = datetime.date.today()
    month = today.year * 12 + today.month - 1 + months
    return f"1.{month % 12 + 1}.{month // 12}"


PURPOSE = {"Tallenne-Purpose": "laatu"}


class DemoHouse(House):
    """The house that `tallenne demo` started, for the helpers of the tests."""

    def __init__(self, build, run):
        self.build = pathlib.Path(build).resolve()
        self.dir = pathlib.Path(run).parent
        self.log_path = self.dir / "log"
        self.env = dict(os.environ)
        self.addresses = dict(line.split(" ", 1) for line in (self.dir / "run/addresses").read_text().splitlines())

    def warp(self, period, check=True):
        return self.cli("demo", "warp", period, check=check)

    def rows(self):
        """How many rows of each kind there are in the database; of a copy, for the register has it alone."""
        (path,) = (self.dir / "state/register").glob("*.db")
        with tempfile.TemporaryDirectory() as copy:
            for file in path.parent.glob(path.name + "*"):
                shutil.copy(file, copy)
            with contextlib.closing(sqlite3.connect(pathlib.Path(copy) / path.name)) as database:
                return {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                        for table in ("contact", "recording", "object", "chat", "reader", "chat_agent", "remark", "pick",
                                      "pick_item")}

    def objects(self):
        return [path for path in (self.dir / "state/register/objects").rglob("*") if path.is_file()]


def erased(text):
    found = re.search(r"erased +(\d+) recordings of calls, (\d+) contents of chats, (\d+) contacts", text)
    assert found, text
    return tuple(map(int, found.groups()))


def left(text):
    found = re.search(r"there are +(\d+) recordings of calls, (\d+) contents of chats, (\d+) contacts", text)
    assert found, text
    return tuple(map(int, found.groups()))


def a_chat_is_held(house):
    agent = Agent(house)
    chat = agent.take()
    agent.say(chat, "Miten voin auttaa?")
    agent.act(chat, "end", reason="solved")
    row = stored(house, 1)[0]
    agent.close()
    return row["id"]


def each_kind_goes_on_its_own_day_and_nothing_stays(build):
    with tempfile.TemporaryDirectory(prefix="tallenne-test-") as place:
        os.chmod(place, 0o711)
        demo = Demo(build, place)
        try:
            demo.wait()
            run = re.search(r"export TALLENNE_RUN=(\S+)", demo.text())[1]
            walk(DemoHouse(build, run))
        finally:
            assert demo.stop() == 0, demo.text()


def proved(house):
    """What is said of each sentence; nothing may be broken, at any time."""
    lines = {line["sentence"]: line for line in house.json("policy", "prove")}
    assert list(lines) == [f"S{n}" for n in range(1, 31)], lines
    assert all(line["verdict"] != "broken" and line["broken"] == 0 for line in lines.values()), lines
    return lines


def walk(house):
    chat = a_chat_is_held(house)
    calls = house.wait_recorded(2)
    now = proved(house)
    held = {name for name, line in now.items() if line["verdict"] == "held"}
    assert len(held) == 30, now
    assert [now[name]["count"] for name in ("S8", "S10", "S11")] == [2, 2, 2], now
    supervisor = house.staff("supervisor")
    ids = [row["id"] for call in calls
           for row in supervisor.json(f"/api/v1/contacts/{call['id']}/recordings")["recordings"]]
    sounds = [f"/api/v1/recordings/{one}/media" for one in ids]
    assert len(sounds) == 2, ids

    made = supervisor.post("/api/v1/sets", {"kind": "training", "purpose": "koulutus", "title": "For new agents",
                                            "end": in_months(11)})
    supervisor.post(f"/api/v1/sets/{made['id']}/recordings", {"recording": ids[0]})
    assert proved(house)["S3"]["count"] == 1

    early = house.warp("5mo").stdout
    assert erased(early) == (0, 0, 0) and left(early) == (2, 1, 3), early
    for sound in sounds:
        supervisor.get(sound, PURPOSE, 200)

    half = house.warp("7mo").stdout
    assert erased(half) == (2, 0, 0) and left(half) == (0, 1, 3), half
    for sound in sounds:
        supervisor.get(sound, PURPOSE, 410)
    kept = supervisor.json(f"/api/v1/sets/{made['id']}")
    assert kept["count"] == 0 and kept["recordings"] == [], kept
    for call in calls:
        assert supervisor.json(f"/api/v1/contacts/{call['id']}")
    assert len(messages(read(house, chat, supervisor))) >= 1
    later = proved(house)
    assert all(line["verdict"] == "held" for line in later.values()), later
    back = house.warp("3mo", check=False)
    assert back.returncode == 2 and "does not run backwards" in back.stderr, back

    year = house.warp("13mo").stdout
    assert erased(year) == (0, 0, 3) and left(year) == (0, 1, 0), year
    for call in calls:
        supervisor.get(f"/api/v1/contacts/{call['id']}", expect=410)
    assert len(messages(read(house, chat, supervisor))) >= 1

    assert all(line["verdict"] == "held" for line in proved(house).values())
    end = house.warp("25mo").stdout
    assert erased(end) == (0, 1, 0) and left(end) == (0, 0, 0), end
    supervisor.get(f"/api/v1/chats/{chat}/content", PURPOSE, 410)
    assert house.rows() == dict.fromkeys(house.rows(), 0), house.rows()
    assert house.objects() == []
    last = proved(house)
    assert [last[name]["count"] for name in ("S3", "S5", "S8", "S10", "S13")] == [0, 0, 0, 0, 0], last
    assert all(line["verdict"] == "held" for line in last.values()), last
    figures = house.staff("dpo").json("/api/v1/figures")
    assert figures["overdue"] == 0 and figures["objects"] == figures["rows"] == 0, figures


def nothing_but_a_demo_moves_through_time(build):
    with House(build) as house:
        before = (house.dir / "tallenne.yaml").read_text()
        refused = house.cli("demo", "warp", "7mo", check=False)
        assert refused.returncode == 1 and "no demo here" in refused.stderr, refused
        assert (house.dir / "tallenne.yaml").read_text() == before
        for period in ("7", "7 months", "0d", "99y", "mo", ""):
            wrong = house.cli("demo", "warp", period, check=False)
            assert wrong.returncode == 2 and "a period is" in wrong.stderr, (period, wrong)


run_tests([each_kind_goes_on_its_own_day_and_nothing_stays, nothing_but_a_demo_moves_through_time])
