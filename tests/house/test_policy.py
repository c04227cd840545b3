# SPDX-License-Identifier: EUPL-1.2
"""Which policy holds: two persons sign it, and nobody puts another in its place."""
import datetime
import hashlib
import json
import signal

from house import SOURCE, House, Visitor, run_tests, wait_for
from signing import Signers

EXAMPLE = (SOURCE / "notice/example.yaml").read_text()
FIRST, SECOND, STRANGER = "controller-representative", "second-signer", "stranger"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Office:
    """A house that wants signatures, and the keys of those who give them."""

    def __init__(self, build):
        self.house = House(build, settings={"house": {"policy_signed": True}})
        self.path = self.house.dir / "policy.yaml"
        self.keys = Signers(self.house.build / "cli/tallenne", self.house.dir, FIRST, SECOND, STRANGER, "stranger-2")
        self.reloads = 0

    def begin(self):
        """Start with the example, signed by the two that it lists."""
        self.house.policy = self.keys.listed(EXAMPLE, FIRST, SECOND)
        self.path.write_text(self.house.policy)
        self.keys.sign(self.path, FIRST, SECOND)
        return self.house

    def put(self, text, *signers):
        self.path.write_text(text)
        self.keys.sign(self.path, *signers)

    def reload(self):
        """Whether the house took it; what it said of it otherwise."""
        before = len(self.house.log())
        self.house.process.send_signal(signal.SIGHUP)

        def told():
            fresh = self.house.log()[before:]
            return fresh if "were read anew" in fresh or "going on with the old one" in fresh else None
        fresh = wait_for("an answer to the reload", told)
        return "" if "were read anew" in fresh else fresh

    def current(self):
        return (self.house.dir / "state/policies/current").read_text().strip()

    def activated(self, count):
        """The entries of the audit log that say what holds, once there are so many."""
        def look():
            lines = self.house.cli("audit", "export").stdout.splitlines()
            payloads = [json.loads(json.loads(line)["payload"]) for line in lines]
            found = [payload for payload in payloads if payload["event"] == "policy.activated"]
            return found if len(found) >= count else None
        return wait_for(f"{count} entries policy.activated", look)


def refuses_to_start(house, code):
    try:
        house.start()
        raise RuntimeError("it started")
    except AssertionError:
        assert house.process.returncode == 1, house.process.returncode
        assert code in house.log(), house.log()
    finally:
        house.stop()


def an_unsigned_policy_does_not_hold(build):
    office = Office(build)
    refuses_to_start(office.house, "E-SIGNERS")
    assert not (office.house.dir / "state/policies/current").exists()
    office.house.policy = office.keys.listed(EXAMPLE, FIRST, SECOND)
    refuses_to_start(office.house, "E-UNSIGNED")
    office.put(office.house.policy, FIRST, STRANGER)
    refuses_to_start(office.house, "E-UNSIGNED")


def what_two_signed_holds_and_is_written_down(build):
    office = Office(build)
    with office.begin() as house:
        house.call("--seconds", 1)
        house.wait_recorded(1)
        assert office.current() == sha256(house.policy)
        entry = office.activated(1)[0]
        assert entry["signed_by"] == [FIRST, SECOND] and "supersedes" not in entry, entry
        assert entry["sha256"] == sha256(house.policy), entry
        # One word changed, and its signatures are none.
        office.path.write_text(house.policy + "# changed\n")
        assert "E-UNSIGNED" in office.reload()
        assert office.current() == sha256(house.policy)
        assert len(office.activated(1)) == 1


def the_next_one_is_signed_by_those_before(build):
    office = Office(build)
    with office.begin() as house:
        first = house.policy
        stranger = office.keys.listed(EXAMPLE, STRANGER, "stranger-2", supersedes=first)
        office.put(stranger, STRANGER, "stranger-2")
        assert "E-NOT-BY-FORMER" in office.reload()
        second = office.keys.listed(EXAMPLE.replace('version: "2018-05-25"', 'version: "2018-05-26"'), FIRST, SECOND,
                                    supersedes=first)
        office.put(second, FIRST, SECOND)
        assert office.reload() == ""
        assert office.current() == sha256(second)
        entry = office.activated(2)[-1]
        assert entry["supersedes"] == sha256(first) and entry["signed_by"] == [FIRST, SECOND], entry
        # The former one, well signed in its day, does not come back.
        office.put(first, FIRST, SECOND)
        assert "E-SUPERSEDES" in office.reload()
        kept = house.dir / "state/policies"
        assert {path.name for path in kept.iterdir()} == {
            "current", *(f"{sha256(text)}.{kind}" for text in (first, second) for kind in ("yaml", "signed"))}
        assert (kept / f"{sha256(first)}.yaml").read_text() == first
        # Nor does it by a start.
        assert house.stop() == 0
        house.policy = first
        refuses_to_start(house, "E-SUPERSEDES")
        house.policy = second
        office.put(second, FIRST, SECOND)
        house.start()
        assert len(office.activated(2)) == 2


def every_notice_that_held_is_published(build):
    """S29: with its signatures, so that anybody can check them, and when no other room answers."""
    office = Office(build)
    with office.begin() as house:
        first = house.policy
        second = office.keys.listed(EXAMPLE.replace('version: "2018-05-25"', 'version: "2018-05-26"').replace("P6M", "P3M"),
                                    FIRST, SECOND, supersedes=first)
        office.put(second, FIRST, SECOND)
        house.call("--seconds", 1)
        house.wait_recorded(1)
        impact = {line["kind"]: line for line in house.json("policy", "impact", office.path)}
        assert (impact["calls"]["count"], impact["calls"]["earlier"], impact["calls"]["at_once"]) == (1, 1, 0), impact
        assert 89 <= impact["calls"]["days_min"] <= 93 and impact["contacts"]["earlier"] == 0, impact
        before = house.contacts()[0]
        assert office.reload() == ""
        public = Visitor(house.addresses["counter.web"])

        def listed():
            page = public.get("/notice/versions?lang=en", expect=200)[1].decode()
            return page if sha256(second) in page else None
        page = wait_for("both on the page", listed)
        assert page.count("/notice/versions/" + sha256(first)) == 3, page
        assert "2018-05-26</a> (in force)" in page and "2018-05-25</a></th>" in page, page
        for text, months, former in ((first, "P6M", True), (second, "P3M", False)):
            shown = public.get(f"/notice/versions/{sha256(text)}?lang=en", expect=200)[1].decode()
            assert ("no longer in force" in shown) == former and sha256(text) in shown, shown
            assert f'value="{months}"' in shown, shown
            assert f'href="/notice/versions/{sha256(text)}?lang=fi"' in shown, shown
            file = house.dir / "published.yaml"
            file.write_bytes(public.get(f"/notice/versions/{sha256(text)}.yaml", expect=200)[1])
            (house.dir / "published.yaml.signed").write_bytes(
                public.get(f"/notice/versions/{sha256(text)}.signed", expect=200)[1])
            assert file.read_text() == text
            assert office.keys.run("policy", "verify", file).returncode == 0
        ends = wait_for("the shorter end", lambda: (lambda now: now if now["sound_until"] != before["sound_until"] else None)(
            house.contacts()[0]))
        assert ends["contact_until"] == before["contact_until"], (before, ends)
        for wrong in ("00000000", "zz", sha256(first) + ".exe", sha256(first)[:7]):
            public.get("/notice/versions/" + wrong, expect=404)


def a_policy_of_a_later_day_waits_for_it(build):
    office = Office(build)
    with office.begin() as house:
        day = (datetime.date.today() + datetime.timedelta(days=3)).isoformat()
        later = office.keys.listed(EXAMPLE.replace("valid_from: 2018-05-25", f"valid_from: {day}"), FIRST, SECOND,
                                   supersedes=house.policy)
        office.put(later, FIRST, SECOND)
        assert office.reload() == ""
        assert "goes on until that day" in house.log()
        assert office.current() == sha256(house.policy)
        house.call("--seconds", 1)
        house.wait_recorded(1)
        assert len(office.activated(1)) == 1


run_tests([
    an_unsigned_policy_does_not_hold,
    what_two_signed_holds_and_is_written_down,
    the_next_one_is_signed_by_those_before,
    every_notice_that_held_is_published,
    a_policy_of_a_later_day_waits_for_it,
])
