#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The house itself: starting, stopping, restarting rooms, reloading."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.request

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[2] / place) for place in ("tools", "tools/verify")]
import notice_facts  # noqa: E402
import verify_bundle  # noqa: E402
from house import House, Stalls, run_tests, wait_for


def it_starts_and_stops_cleanly(build):
    with House(build) as house:
        rooms = {room for room, _ in house.rooms()}
        assert rooms == {"vault", "register", "finish", "chat", "desk", "media", "siprec", "counter"}, rooms


def every_room_comes_back_within_a_second(build):
    with House(build) as house:
        time.sleep(2.2)  # steady, so that no waiting applies
        for (room, index), pid in house.rooms().items():
            with Stalls() as stalls:
                os.kill(pid, signal.SIGKILL)
                began = time.monotonic()
                wait_for(f"{room}.{index} again", lambda: house.rooms().get((room, index), pid) != pid, 60, 0.01)
                took = time.monotonic() - began
            # To notice, to start and to look: each may be made to wait.
            assert took < 1.0 + 3 * stalls.worst, (room, took, stalls.worst)
        others = house.rooms()
        assert len(others) == 7 + os.cpu_count(), others


def without_a_valid_policy_nothing_starts(build):
    house = House(build, policy="policy: {id: broken}\n")
    try:
        house.start()
        raise RuntimeError("it started")
    except AssertionError:
        assert house.process.returncode == 1
        assert "E-MISSING" in house.log()
    finally:
        house.stop()


def an_unknown_setting_is_refused_with_a_suggestion(build):
    house = House(build, settings={"desk": {"lissten": ["127.0.0.1:0"]}})
    try:
        house.start()
        raise RuntimeError("it started")
    except AssertionError:
        assert "did you mean listen" in house.log(), house.log()
    finally:
        house.stop()


def no_recorder_takes_the_ports_of_another(build):
    """It would hear what is meant for the other, and neither would tell."""
    with House(build) as first:
        # Where nothing is bound: each of two processes binds its first port.
        inside = first.first_port + first.ports // 2 + 2
        second = House(build, settings={"house": {"rtp": {"first_port": inside}}})
        try:
            second.start()
            raise RuntimeError("it started")
        except AssertionError:
            assert "another recorder on this machine has some of the ports" in second.log(), second.log()
        finally:
            second.stop()
        first.call("--seconds", 1)
        first.wait_recorded(1)


def a_wrong_reload_changes_nothing(build):
    with House(build) as house:
        before = house.rooms()
        (house.dir / "policy.yaml").write_text("nonsense: true\n")
        house.process.send_signal(signal.SIGHUP)
        wait_for("the refusal", lambda: "going on with the old one" in house.log(), 60)
        (house.dir / "policy.yaml").write_text(house.policy)
        house.process.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: "were read anew" in house.log(), 60)
        assert house.rooms() == before


def every_room_takes_a_reload(build):
    with House(build) as house:
        (house.dir / "policy.yaml").write_text(house.policy + "# changed\n")
        house.process.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: "were read anew" in house.log(), 60)
        time.sleep(2)  # the rooms read it after that; none may be unable to
        wrong = [line for line in house.log().splitlines() if json.loads(line)["level"] == "error"]
        assert wrong == [], wrong


def what_holds_and_what_was_refused_is_told(build):
    def checks():
        told = house.cli("doctor", "--config", house.dir / "tallenne.yaml", "--json", check=False).stdout
        return {line["name"]: line for line in map(json.loads, told.splitlines())}

    with House(build) as house:
        good = checks()
        assert good["policy"]["verdict"] == good["configuration"]["verdict"] == "ok", good
        assert "reload" not in good, good
        (house.dir / "policy.yaml").write_text("nonsense: true\n")
        house.process.send_signal(signal.SIGHUP)
        wait_for("the refusal", lambda: (house.dir / "run/reload-refused").exists(), 60)
        wait_for("the end of it", lambda: "going on with the old one" in house.log(), 60)
        bad = checks()
        assert "policy.yaml:1: E-" in bad["configuration"]["text"], bad
        assert bad["policy"]["verdict"] == bad["reload"]["verdict"] == "warn", bad
        assert "policy.yaml:1: E-" in bad["reload"]["text"], bad
        assert "the last reload was refused" in house.cli("status", check=False).stderr
        # A service tells nothing but lines of its log.
        for line in house.log().splitlines():
            json.loads(line)
        (house.dir / "policy.yaml").write_text(house.policy + "# changed\n")
        changed = checks()
        assert changed["policy"]["verdict"] == "warn", changed
        assert changed["configuration"]["verdict"] == "ok", changed
        house.process.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: "were read anew" in house.log(), 60)
        after = checks()
        assert after["policy"]["verdict"] == "ok" and "reload" not in after, after


def a_room_that_ends_again_and_again_is_told(build):
    def rooms(house):
        told = house.cli("doctor", "--json", check=False).stdout
        return next(line for line in map(json.loads, told.splitlines()) if line["name"] == "rooms")

    def stands(house, pattern):
        file = house.dir / "run/rooms"
        return file.exists() and re.search(pattern, file.read_text(), re.M)

    with House(build) as house:
        wait_for("the rooms to be told", lambda: stands(house, r"^siprec 0 ready \d+ 0$")
                 and not stands(house, " starting "), 60)
        assert rooms(house)["verdict"] == "ok", rooms(house)
        for turn in range(1, 4):
            before = house.rooms()["siprec", 0]
            os.kill(before, signal.SIGKILL)
            wait_for("the next", lambda: house.rooms().get(("siprec", 0), before) != before, 60)
            wait_for("the telling", lambda: stands(house, rf"^siprec 0 ready \d+ {turn}$"), 60)
        found = rooms(house)
        assert found["verdict"] == "FAIL" and found["text"].startswith("siprec does not serve"), found


def the_notice_is_served_while_all_other_rooms_are_dead(build):
    """S30. The house stands still meanwhile, so that none of them comes back."""
    def ask(house, path):
        with urllib.request.urlopen(f"http://{house.addresses['counter.web']}{path}", timeout=60) as answer:
            return answer.read().decode()

    with House(build) as house:
        before = house.rooms()
        wait_for("a checkpoint", lambda: list((house.dir / "state/checkpoints").glob("2*.txt")))
        wait_for("it on the page", lambda: "/notice/checkpoint" in ask(house, "/notice"))
        os.kill(house.process.pid, signal.SIGSTOP)
        try:
            for (room, _), pid in before.items():
                if room != "counter":
                    os.kill(pid, signal.SIGKILL)
            pages = [notice_facts.read_page(ask(house, f"/notice?lang={language}")) for language in ("fi", "sv", "en")]
            twins = notice_facts.read_json(ask(house, "/notice.json"))
            checkpoint, page = ask(house, "/notice/checkpoint"), ask(house, "/notice?lang=en")
        finally:
            os.kill(house.process.pid, signal.SIGCONT)
        assert [page[0] for page in pages] == ["fi", "sv", "en"]
        assert not notice_facts.faults(pages) and not notice_facts.faults(twins)
        assert sorted(pages[0][1]) == sorted(twins[0][1])
        # The log's checkpoint beside it: that of the vault, and the data protection officer's file.
        kept = [path.read_text() for path in (house.dir / "state/checkpoints").glob("*.txt")]
        assert kept == [checkpoint] and checkpoint in page, (kept, checkpoint)
        assert verify_bundle.verify_audit.read_checkpoint(checkpoint, None)[0] > 0
        wait_for("all of them back", lambda: house.rooms().keys() == before.keys(), 60)
        assert house.rooms()["counter", 0] == before["counter", 0]


def an_entry_is_proved_to_somebody_who_sees_no_other(build):
    verify = pathlib.Path(__file__).resolve().parents[2] / "tools/verify/verify_audit.py"

    def check(proof, key):
        return subprocess.run([sys.executable, verify, "--proof", proof, "--key", key],
                              capture_output=True, text=True, check=False)

    with House(build) as house:
        for entry, status in (("99999", 1), ("abc", 2)):
            wrong = house.cli("audit", "prove", entry, check=False)
            assert wrong.returncode == status and "entry" in wrong.stderr, wrong
            assert wrong.stdout == "", wrong
        past = house.cli("retention", "plan", "--until", "2001-01-01", check=False)
        assert (past.returncode, past.stdout) == (2, "") and "is past" in past.stderr, past
        proof = house.dir / "entry-0.txt"
        key = house.cli("audit", "prove", "0", proof).stderr.removeprefix("key: ").strip()
        good = check(proof, key)
        assert good.returncode == 0, good.stderr
        assert '"event"' in good.stdout, good.stdout
        proof.write_text(proof.read_text().replace("index 0", "index 1"))
        assert check(proof, key).returncode != 0
        assert "no such entry" in house.cli("audit", "prove", "99999", check=False).stderr
        assert '"log.proved"' in house.cli("audit", "export").stdout.replace("\\", "")


def an_inspector_finds_every_change(build):
    """Some bytes of each file, each file and entry dropped, moved, added or of another time."""
    with House(build) as house:
        def inspect(name):
            done = house.cli("inspect", "--out", house.dir / name, "--state", house.dir / "state")
            return (verify_bundle.read_directory(house.dir / name), done.stderr.removeprefix("key: ").strip())

        assert house.cli("inspect", "--out", house.dir / "no", "--state", house.dir, check=False).returncode == 1
        files, key = inspect("bundle")
        again = house.cli("inspect", "--out", house.dir / "bundle", "--state", house.dir / "state", check=False)
        assert again.returncode == 1 and "exists" in again.stderr, again
        other, _ = inspect("later")
        good = subprocess.run([sys.executable, verify_bundle.__file__, house.dir / "bundle", "--key", key],
                              capture_output=True, text=True, check=False)
        assert good.returncode == 0 and "none broken" in good.stdout, good

    def found(changed):
        try:
            verify_bundle.verify(changed, key)
        except (verify_bundle.Bad, UnicodeDecodeError):
            return True
        return False

    assert not found(files) and not found(other)
    missed = []
    for name, data in files.items():
        whole = name in ("manifest", "checkpoint") or name.startswith("receipts/")
        places = range(0, len(data), max(1, len(data) // (40 if whole else 8)))
        for at in sorted({*places, len(data) - 1} - {-1}):
            flipped = bytearray(data)
            flipped[at] ^= 1 << at % 8
            if not found({**files, name: bytes(flipped)}):
                missed.append((name, at))
        if not found({each: what for each, what in files.items() if each != name}):
            missed.append((name, "dropped"))
        if not found({**files, name + ".x": data}):
            missed.append((name, "added"))
        # A receipt of a later time is a true one: it proves the same entry, signed.
        if other[name] != data and not name.startswith("receipts/") and not found({**files, name: other[name]}):
            missed.append((name, "of another time"))
    lines = files["audit.jsonl"].splitlines(keepends=True)
    for at in range(len(lines)):
        dropped = lines[:at] + lines[at + 1:]
        swapped = lines[:at] + lines[at + 1:at + 2] + lines[at:at + 1] + lines[at + 2:]
        for changed in [dropped] + ([swapped] if at + 1 < len(lines) else []):
            if not found({**files, "audit.jsonl": b"".join(changed)}):
                missed.append(("audit.jsonl", at))
    assert not missed, missed


run_tests([
    it_starts_and_stops_cleanly,
    every_room_comes_back_within_a_second,
    without_a_valid_policy_nothing_starts,
    an_unknown_setting_is_refused_with_a_suggestion,
    no_recorder_takes_the_ports_of_another,
    a_wrong_reload_changes_nothing,
    every_room_takes_a_reload,
    what_holds_and_what_was_refused_is_told,
    a_room_that_ends_again_and_again_is_told,
    the_notice_is_served_while_all_other_rooms_are_dead,
    an_entry_is_proved_to_somebody_who_sees_no_other,
    an_inspector_finds_every_change,
])
