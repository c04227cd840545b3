#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""What breaks around the recorder does not break a recording: a register
that stands still, a locked vault, full disks, disks that fail. And nothing
readable is left behind."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
import wave

warnings.simplefilter("ignore", DeprecationWarning)
import audioop

from fleet import LONG_S, Fleet, assert_whole, hear_all, metric, newest, wait_ended
from house import CALLER, SERVICE, House, run_tests, told, wait_for

PASSPHRASE = "correct horse battery staple\n"
ONE_MEDIA = {"house": {"media_processes": 1}}


class Skip(Exception):
    pass


def same_rooms(house, before, but=()):
    """No room has ended meanwhile, but for these."""
    after, before = ({room: pid for room, pid in rooms.items() if room[0] not in but}
                     for rooms in (house.rooms(), before))
    assert after == before, f"rooms were started anew: {set(before.items()) ^ set(after.items())}"


def a_register_that_stands_still_stops_no_call(build):
    with House(build) as house:
        register = house.rooms()["register", 0]
        os.kill(register, signal.SIGSTOP)
        try:
            fleet = Fleet(house, 6, 3, 4)
            fleet.wait()
        finally:
            os.kill(register, signal.SIGCONT)
        assert_whole(house, fleet, wait_ended(house, 6), 0.5)


def a_register_killed_for_ten_seconds_stops_no_call(build):
    with House(build) as house:
        fleet = Fleet(house, 8, 6, 2)
        until, killed = time.monotonic() + 10, 0
        while time.monotonic() < until or (killed <= 5 and time.monotonic() < until + 60):
            with contextlib.suppress(KeyError, ProcessLookupError):
                house.kill("register")
                killed += 1
            time.sleep(0.4)
        assert killed > 5, killed
        fleet.wait()
        assert_whole(house, fleet, wait_ended(house, 8), 0.5)


def a_locked_vault_records_and_does_not_play(build):
    with House(build) as house:
        for count in (1, 2):
            Fleet(house, 1, 2, 1).wait()
            row = wait_ended(house, count)[0]
            if count == 1:
                house.cli("keys", "lock")
        visitor = house.staff("supervisor")
        part = visitor.json(f"/api/v1/contacts/{row['id']}/recordings")["recordings"][0]
        headers = {"Tallenne-Purpose": "laatu"}
        response, data = visitor.get(f"/api/v1/recordings/{part['id']}/media", headers)
        assert response.status == 503 and b"vault-locked" in data, (response.status, data[:300])
        house.cli("keys", "unlock", input=PASSPHRASE)
        hear_all(house, newest(house, 2))


@contextlib.contextmanager
def small_disk(place, megabytes):
    """A tmpfs of that size."""
    place.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        raise Skip("only root may mount a small disk")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "tallenne-test", place],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Skip(f"cannot mount a small disk: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=False)


def fill(place):
    """A file that leaves no byte free."""
    ballast = place / "ballast"
    with open(ballast, "ab", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 20, 4096, 512):
            with contextlib.suppress(OSError):
                while file.write(b"\xff" * size):
                    pass
    return ballast


def a_full_spool_is_a_labelled_hole_and_no_end(build):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="tallenne-disk-"))
    os.chmod(directory, 0o711)
    # Two MiB of memory are full within a few seconds of twenty calls.
    settings = {"house": {"media_processes": 1, "spool": str(directory / "spool")}, "media": {"buffer_mb": 2}}
    try:
        with small_disk(directory / "spool", 24) as disk, House(build, settings=settings) as house:
            rooms = house.rooms()
            admin = house.staff("admin")
            fleet = Fleet(house, 20, LONG_S, 40)
            wait_for("all speak", lambda: metric(house, admin, "media_recorded_packets_total") > 20 * 2 * 50, every=0.2)
            ballast = fill(disk)
            wait_for("calls run over", lambda: metric(house, admin, "media_dropped_overrun_total") > 0, every=0.2)
            # Nobody new is promised what cannot be kept.
            late = Fleet(house, 1, 1, 1)
            wait_for("a refusal", lambda: metric(house, admin, "media_refused_spool_full_total") >= 1, every=0.2)
            assert metric(house, admin, "media_spool_full") == 1
            late.stop()
            ballast.unlink()
            wait_for("room again", lambda: metric(house, admin, "media_spool_full") == 0, every=0.2)
            kept = metric(house, admin, "media_recorded_packets_total")
            wait_for("more is kept", lambda: metric(house, admin, "media_recorded_packets_total") > kept + 20 * 2 * 100,
                     every=0.2)
            fleet.end()
            late_ms = 1000 * max(report["late"] for report in told(fleet.wait_said()))
            rows = wait_ended(house, 20, refused=20)
            assert metric(house, admin, "media_spool_full") == 0
            same_rooms(house, rooms)
            for timelines in assert_whole(house, fleet, rows, 0.5).values():
                (timeline,) = timelines
                causes = {}
                for hole in timeline["holes"]:
                    length = hole["to_ms"] - hole["from_ms"]
                    causes[hole["cause"]] = causes.get(hole["cause"], 0) + length
                assert causes.get("overrun", 0) > 300, timeline["holes"]
                assert causes.get("silent", 0) + causes.get("loss", 0) < 300 + late_ms, (timeline["holes"], late_ms)
                # It went on well before the end.
                assert max(hole["to_ms"] for hole in timeline["holes"]
                           if hole["cause"] == "overrun") < timeline["duration_ms"] - 1000, timeline
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def a_full_register_takes_recordings_later(build):
    house = House(build)
    with small_disk(house.dir / "state/register", 12) as disk, house:
        Fleet(house, 1, 1, 1).wait()
        wait_ended(house, 1)
        rooms = house.rooms()
        ballast = fill(disk)
        fleet = Fleet(house, 5, 3, 5)
        fleet.wait()
        time.sleep(1)
        # A look that cannot be written down shows nothing.
        looked = house.cli("contact", "list", "--limit", 0, "--json", check=False)
        rows = [json.loads(line) for line in looked.stdout.splitlines()]
        assert looked.returncode == 75 or sum(row["recordings"] for row in rows) == 1, "stored on a full disk?"
        ballast.unlink()
        assert_whole(house, fleet, wait_ended(house, 6)[:5], 0.5)
        same_rooms(house, rooms)


def everything_on_one_full_disk_loses_no_call(build):
    """Journal, database, audit log and spool: what runs goes on, what begins
    waits for an answer."""
    house = House(build, settings=ONE_MEDIA)
    with small_disk(house.dir / "state", 48) as disk, house:
        rooms = house.rooms()
        fleet = Fleet(house, 8, 9, 2, transport="tcp")
        time.sleep(2)
        ballast = fill(disk)
        time.sleep(4)
        ballast.unlink()
        fleet.wait()
        assert_whole(house, fleet, wait_ended(house, 8), 0.5)
        # A vault that cannot write its audit log ends: no entry, no sound.
        same_rooms(house, rooms, {"vault"})


def children(pid):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            if entry.name.isdigit() and int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(entry.name))
    return found


@contextlib.contextmanager
def failing_sync(pid, when):
    """From now on the process's fdatasync() number `when` fails, once."""
    if not shutil.which("strace"):
        raise Skip("strace is not installed")
    strace = subprocess.Popen(["strace", "-p", str(pid), "-e", "trace=fdatasync", "-e",
                               f"inject=fdatasync:error=EIO:when={when}", "-o", "/dev/null"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        said = strace.stderr.readline()
        if b"attached" not in said:
            raise Skip(f"strace cannot attach: {said.decode().strip()}")
        yield strace
    finally:
        if strace.poll() is None:
            strace.terminate()
        strace.communicate(timeout=60)


def a_failed_sync_of_the_spool_loses_nothing(build):
    with House(build, settings=ONE_MEDIA) as house:
        rooms = house.rooms()
        (writer,) = children(rooms["media", 0])
        fleet = Fleet(house, 6, 6, 10)
        time.sleep(1.5)
        with failing_sync(writer, 3):
            (report, *_) = told(fleet.wait_said())
        assert "cannot be written any more" in house.log(), "no sync has failed"
        same_rooms(house, rooms)
        heard = assert_whole(house, fleet, wait_ended(house, 6), 0.5)
        for timelines in heard.values():
            assert len(timelines) == 1, timelines
            # What the client itself sent too late is no loss of ours.
            long = [hole for hole in timelines[0]["holes"] if hole["to_ms"] - hole["from_ms"] > 1000 * report["late"] + 20]
            assert not long, (timelines, report["late"])


def a_failed_sync_of_the_journal_ends_no_call(build):
    with House(build) as house:
        siprec = house.rooms()["siprec", 0]
        fleet = Fleet(house, 10, 5, 3)
        time.sleep(1)
        with failing_sync(siprec, 2):
            wait_for("siprec anew", lambda: house.rooms().get(("siprec", 0), siprec) != siprec)
        talk = min(report["at"]["bye"] - report["at"]["known"] for report in told(fleet.wait_said()))
        rows = wait_for("all contacts are over", lambda: (
            lambda rows: rows if all(row["state"] in ("ended", "unanswered") for row in rows) else None)(
                newest(house, 0)), 120, 0.3)
        # A number that was written and not promised may be used up.
        assert [row["number"] for row in rows] == list(range(len(rows), 0, -1)), rows
        assert len(rows) <= 11, rows
        wait_for("ten recordings", lambda: sum(row["recordings"] > 0 for row in newest(house, 0)) == 10, 120, 0.3)
        for row, timelines in hear_all(house, [row for row in newest(house, 0) if row["recordings"]]).items():
            assert sum(t["duration_ms"] for t in timelines) / 1000 > talk - 0.5, (row, talk, timelines)


def receives(house, visitor, count):
    """Whether media receives so many calls; one that begins shows no figures."""
    with contextlib.suppress(AssertionError):
        return metric(house, visitor, "media_calls_active") == count
    return False


def what_a_slow_disk_was_told_is_recovered(build):
    """media dies while its writing process waits for the disk."""
    with House(build, settings=ONE_MEDIA) as house:
        media = house.rooms()["media", 0]
        (writer,) = children(media)
        os.kill(writer, signal.SIGSTOP)
        admin = house.staff("admin")
        try:
            fleet = Fleet(house, 4, LONG_S, 0)
            wait_for("all speak", lambda: metric(house, admin, "media_recorded_packets_total") > 4 * 2 * 75, every=0.2)
            house.kill("media")
            wait_for("media again", lambda: house.rooms().get(("media", 0), media) != media)
            wait_for("calls again", lambda: receives(house, admin, 4), every=0.2)
            time.sleep(2)
        finally:
            os.kill(writer, signal.SIGCONT)
        time.sleep(1)
        fleet.end()
        fleet.wait()
        rows = wait_ended(house, 4)
        hear_all(house, rows)
        assert any(row["recordings"] == 2 for row in rows), "the first parts are lost"


def windows_of(path):
    """What a second of this sound looks like: A-law, PCM, floats."""
    with wave.open(str(path)) as sound:
        samples = sound.readframes(sound.getframerate())
        if sound.getframerate() != 8000:
            samples = audioop.ratecv(samples, 2, 1, sound.getframerate(), 8000, None)[0]
    size = 24
    windows = {audioop.lin2alaw(samples, 2)[at:at + size] for at in range(1600, 2400, 20)}
    windows |= {samples[at:at + size] for at in range(3200, 4800, 40)}
    return [window for window in windows if len(set(window)) > 6]


def overheard(windows, seconds=30):
    """Whether these are on the wire, to know that we look for the right thing."""
    try:
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    except PermissionError:
        return None
    with wire:
        wire.bind(("lo", 0))
        wire.settimeout(0.2)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(TimeoutError):
                heard = wire.recv(2048)
                if any(window in heard for window in windows):
                    return True
    return False


def nothing_readable_is_left(build):
    with House(build) as house:
        house.call("--service", SERVICE, "--seconds", 1, "--caller-tone", 500, "--save-caller", house.dir / "tone.wav",
                   "--quiet")
        windows = windows_of(house.dir / "tone.wav")
        assert len(windows) > 4, "no pattern to look for"
        words = [CALLER[1:].encode(), CALLER[4:].encode(), b"0" + CALLER[4:].encode()]
        running = Fleet(house, 3, LONG_S, 10, "--caller-tone", 500)
        withheld = Fleet(house, 1, LONG_S, 1, "--caller", "withheld", "--markers", "--caller-tone", 500)
        wait_for("all speak", lambda: sum(row["state"] == "recording" for row in newest(house, 4)) == 4)
        heard = overheard(windows)
        assert heard is not False, "the pattern is not even on the wire"
        scan(house, windows, words)
        running.end()
        withheld.end()
        running.wait()
        markers = {marker for report in withheld.wait() for marker in report["markers"]}
        words += [marker.encode() for marker in markers]
        rows = wait_ended(house, 5)
        hear_all(house, rows)
        looked = scan(house, windows, words)
        assert looked > 10, f"only {looked} files"


def scan(house, windows, words):
    looked = 0
    places = [house.log_path, *(house.dir / "state").rglob("*"), *(house.dir / "run").rglob("*")]
    for path in places:
        if not path.is_file():
            continue
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue
        looked += 1
        for pattern in [*windows, *words]:
            assert pattern not in data, f"{pattern!r} in {path.relative_to(house.dir)}"
    return looked


def or_skip(test):
    def tried(build):
        try:
            test(build)
        except Skip as reason:
            print(f"# SKIP {test.__name__}: {reason}", flush=True)
    tried.__name__ = test.__name__
    return tried


run_tests([or_skip(test) for test in (
    a_register_that_stands_still_stops_no_call,
    a_register_killed_for_ten_seconds_stops_no_call,
    a_locked_vault_records_and_does_not_play,
    a_full_spool_is_a_labelled_hole_and_no_end,
    a_full_register_takes_recordings_later,
    everything_on_one_full_disk_loses_no_call,
    a_failed_sync_of_the_spool_loses_nothing,
    a_failed_sync_of_the_journal_ends_no_call,
    what_a_slow_disk_was_told_is_recovered,
    nothing_readable_is_left,
)])
