# SPDX-License-Identifier: EUPL-1.2
"""Many calls at once, for tests that break things meanwhile: makes them with
`tallenne call` in the background and looks afterwards whether all is there.
"""
import concurrent.futures
import json
import pathlib
import signal
import subprocess
import tempfile
import threading
import time

from house import CALLER, SERVICE, moment, wait_for  # noqa: F401

AGENT = "agent-1/+358295550901/agent1@pbx.example"
CALLER_HZ, AGENT_HZ = 520, 1130
FLAG_SEGMENTS = 2
# Recordings that one player decodes.
DECODE_AT_ONCE = 50
ROOMS = ["siprec", "media", "finish", "register", "vault", "desk"]
# A stretch lost by a crash of a room that serves again within a second.
RESTART_S = 1.5
# What may be in memory only when the power goes.
WINDOW_S = 0.5


# For calls that last until they are asked to end.
LONG_S = 600


class Fleet:
    """Calls in the background."""

    def __init__(self, house, calls, seconds, rate, *extra, transport="udp"):
        self.calls, self.seconds, self.rate = calls, seconds, rate
        self.process = subprocess.Popen(
            [str(house.build / "cli/tallenne"), "call", "--to", house.sip(transport), "--service", SERVICE,
             "--caller", CALLER, "--agent", AGENT, "--caller-tone", str(CALLER_HZ), "--agent-tone", str(AGENT_HZ),
             "--seconds", str(seconds), "--calls", str(calls), "--rate", str(rate), "--json", *map(str, extra)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.said = ""
        # Two hundred reports are more than a pipe holds.
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        self.said = self.process.stdout.read()

    def wait(self, seconds=180):
        """The reports of all calls; every one of them went well."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("the calls did not end")
        self.reader.join(60)
        reports = [json.loads(line) for line in self.said.splitlines() if line.startswith('{"call"')]
        wrong = [r for r in reports if r["result"] != "ok" or r["ended_by_recorder"]]
        assert self.process.returncode == 0 and len(reports) == self.calls and not wrong, (
            f"{len(wrong)} of {len(reports)} calls: " + "; ".join(r.get("fault", "?") for r in wrong)[:600])
        return reports

    def wait_said(self):
        """What the client said, for told(), once all calls went well."""
        self.wait()
        return self.said

    def end(self):
        """Ask all calls to end now, as they should; see tallenne-call(1)."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)


def newest(house, count):
    """That many contacts, newest first."""
    return house.json("contact", "list", "--limit", count)


def metric(house, visitor, name):
    """The sum of a figure over all processes."""
    text = visitor.get("/metrics", expect=200)[1].decode()
    rows = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    values = [float(value) for key, value in rows if key.split("{")[0] in (name, "tallenne_" + name)]
    assert values, f"no figure {name}"
    return sum(values)


def wait_ended(house, count, seconds=180, refused=0):
    """The newest contacts once each is over and has a recording, and no part
    of any waits to be finished; up to so many refused ones left out."""
    visitor = house.staff("admin")
    seen = [None, 0]

    def look():
        rows = [r for r in newest(house, count + refused) if not refused or r["state"] != "unanswered"][:count]
        good = [r for r in rows if r["state"] == "ended" and r["recordings"] > 0]
        if len(good) < count or any(metric(house, visitor, name) for name in
                                    ("finish_recovery_waiting", "media_calls_to_finish")):
            return None
        # Figures are shown once a second: what they tell may be old.
        now = sum(row["recordings"] for row in rows)
        if now != seen[0]:
            seen[:] = now, time.monotonic()
        return rows if time.monotonic() - seen[1] > 2.5 else None
    try:
        return wait_for(f"{count} contacts that are over, with sound", look, seconds, 0.3)
    except AssertionError as error:
        raise AssertionError(f"{error}; there are {summary(newest(house, count))}") from None


def summary(rows):
    found = {}
    for row in rows:
        key = f"{row['state']} with {row['recordings']}"
        found[key] = found.get(key, 0) + 1
    return found


def lengths(oggs):
    """Length in seconds of what a player makes of each; it must not complain.

    One player for many: starting it costs ten times what it does.
    """
    found = []
    for first in range(0, len(oggs), DECODE_AT_ONCE):
        with tempfile.TemporaryDirectory() as place:
            words, places = [], []
            for number, ogg in enumerate(oggs[first:first + DECODE_AT_ONCE]):
                source = pathlib.Path(place, f"{number}.ogg")
                source.write_bytes(ogg)
                words += ["-i", source]
                places.append(source.with_suffix(".raw"))
            for number, out in enumerate(places):
                words += ["-map", str(number), "-f", "s16le", "-ar", "8000", "-ac", "2", out]
            done = subprocess.run(["ffmpeg", "-v", "error", "-threads", "1", *words], capture_output=True, check=False)
            assert done.returncode == 0 and not done.stderr, done.stderr[:300]
            found += [out.stat().st_size / 4 / 8000 for out in places]
    return found


def hear_all(house, rows):
    """{contact id: [timeline]} of all recordings; each is opened, decoded."""
    visitor = house.staff("supervisor")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        heard = list(pool.map(lambda row: house.hear(row["id"], visitor=visitor), rows))
    recordings = [recording for of_one in heard for recording in of_one]
    for seconds, (_, timeline) in zip(lengths([ogg for ogg, _ in recordings]), recordings, strict=True):
        assert abs(seconds - timeline["duration_ms"] / 1000) < 0.1, (seconds, timeline)
    return {row["id"]: sorted((timeline for _, timeline in of_one), key=lambda t: t["began_at"])
            for row, of_one in zip(rows, heard, strict=True)}


def assert_whole(house, fleet, rows, lost_s=0.5, again=()):
    """Nothing of these calls is missing; returns hear_all().

    again: contacts among theirs that are not theirs, of INVITEs that were
    asked for again.
    """
    reports = fleet.wait()
    numbers = sorted(row["number"] for row in [*rows, *again])
    assert numbers == list(range(numbers[0], numbers[0] + fleet.calls + len(again))), f"numbers: {numbers}"
    talk = sorted((r["times"]["bye_ns"] - r["times"]["answer_ns"]) / 1e9 for r in reports)
    heard = hear_all(house, rows)
    faults = []
    for row in rows:
        kept = sum(t["duration_ms"] for t in heard[row["id"]]) / 1000
        # Which report belongs to which contact is not told; all are alike.
        if kept < talk[0] - lost_s:
            faults.append(f"call {row['number']}: {kept:.2f} s of {talk[0]:.2f} s in {len(heard[row['id']])} parts")
    assert not faults, f"{len(faults)} calls are too short: " + "; ".join(faults[:8])
    return heard
