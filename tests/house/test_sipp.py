#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""A client that is not ours: SIPp speaks to the whole house.

The scenarios of tests/sipp stay as they are; here they only get sound (one
stream, a tone) and longer pauses, so that there is something to hear.
"""
import re
import shutil
import subprocess
import sys
import threading
import time

from house import (EXACT_S, SOURCE, SERVICE, House, RATE, Stalls, assert_times, decode, free_port_block, level, moment,
                   run_tests, wait_for)

CALLER_HZ = 520
FLAG_END_LOST = 1


def scenario(house, name, pause_ms):
    """The scenario with the tone on its first stream from the first ACK on."""
    text = (SOURCE / f"tests/sipp/{name}.xml").read_text()
    tone = house.dir / "tone.al"
    if not tone.exists():
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"sine=frequency={CALLER_HZ}:sample_rate=8000",
                        "-t", "60", "-f", "alaw", str(tone)], check=True)
    text = text.replace("m=audio [media_port] ", "m=audio [rtpstream_audio_port] ")
    text = re.sub(r'<pause milliseconds="\d+"/>', f'<pause milliseconds="{pause_ms}"/>', text)
    play = f'\n  <nop><action><exec rtp_stream="{tone},-1,8"/></action></nop>'
    ack = re.search(r"ACK \[next_url\].*?</send>", text, re.S)
    if ack:
        text = text[:ack.end()] + play + text[ack.end():]
    path = house.dir / f"{name}.xml"
    path.write_text(text)
    return path


class Said:
    """What SIPp said and heard in one call, and when."""

    def __init__(self, path, late):
        rows = [line.split("\t") for line in path.read_text().splitlines()]
        self.messages = [(float(row[2]), row[3], row[5], row[6]) for row in rows]
        self.late = late

    def when(self, direction, begin, which):
        """When the which-th message that begins so went (S) or came (R) first."""
        seen = {}
        for at, way, cseq, line in self.messages:
            if way == direction and line.startswith(begin) and cseq.endswith(line.split(" ")[0] if way == "S" else ""):
                seen.setdefault(cseq, at)
        return list(seen.values())[which]

    def yes(self, method, which):
        """When the yes to the which-th request of this method came."""
        seen = {}
        for at, way, cseq, line in self.messages:
            if way == "R" and cseq.endswith(" " + method) and line.startswith("SIP/2.0 200"):
                seen.setdefault(cseq, at)
        return list(seen.values())[which]

    def report(self):
        """As `tallenne call` tells it, see assert_times()."""
        return {"late": self.late, "at": {
            "asked": self.when("S", "INVITE", 0), "known": self.when("S", "ACK", 0),
            "bye": self.when("S", "BYE", 0), "gone": self.yes("BYE", 0)}}


def sipp(house, name, calls=1, pause_ms=2000, transport="udp"):
    with Stalls() as stalls:
        run_sipp(house, name, calls, pause_ms, transport)
    return Said(house.dir / "sipp.short", stalls.worst)


def run_sipp(house, name, calls, pause_ms, transport):
    path = scenario(house, name, pause_ms)
    done = subprocess.run(
        ["sipp", house.addresses[f"siprec.{transport}"], "-sf", str(path), "-s", SERVICE, "-i", "127.0.0.1",
         "-mi", "127.0.0.1", "-mp", str(free_port_block(32)), "-t", {"udp": "u1", "tcp": "t1"}[transport], "-m",
         str(calls), "-r", "5", "-timeout", "240s", "-timeout_error", "-nostdin", "-trace_err", "-error_file",
         str(house.dir / "sipp.err"), "-trace_shortmsg", "-shortmessage_file", str(house.dir / "sipp.short")],
        capture_output=True, text=True, timeout=300, check=False, cwd=house.dir)
    if done.returncode != 0:
        errors = house.dir / "sipp.err"
        raise AssertionError(f"sipp {name}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-1000:]}"
                             f"{errors.read_text()[-3000:] if errors.exists() else ''}")


def recording(house, row):
    recordings = house.hear(row["id"])
    assert len(recordings) == 1, f"{len(recordings)} recordings"
    ogg, timeline = recordings[0]
    left, right = decode(ogg)
    return left, right, timeline


def kinds(timeline):
    return [mark["kind"] for mark in timeline["marks"]]


def assert_tone(left, right, begin, end):
    part = slice(int(begin * RATE), int(end * RATE))
    assert level(left[part], CALLER_HZ) > -30, (level(left[part], CALLER_HZ), level(right[part], CALLER_HZ))
    assert level(right[part], CALLER_HZ) < -60, level(right[part], CALLER_HZ)


def a_call_from_invite_to_bye_over_udp_and_tcp(build):
    with House(build) as house:
        for count, transport in enumerate(("udp", "tcp"), 1):
            said = sipp(house, "basic", pause_ms=3000, transport=transport)
            row = house.wait_recorded(count)[0]
            assert row["state"] == "ended" and row["service_number"] == SERVICE, row
            left, right, timeline = recording(house, row)
            assert_times(timeline, said.report())
            assert_tone(left, right, 0.5, 2.5)


def what_is_held_is_a_hole_even_if_sound_goes_on(build):
    """SIPp keeps sending while it says inactive: none of that may be kept."""
    with House(build) as house:
        said = sipp(house, "hold", pause_ms=2500)
        left, right, timeline = recording(house, house.wait_recorded(1)[0])
        assert_times(timeline, said.report())
        hole = next(h for h in timeline["holes"] if h["cause"] == "hold")
        began = moment(timeline["began_at"])
        for which, at_ms in ((1, hole["from_ms"]), (2, hole["to_ms"])):
            asked, known = said.when("S", "INVITE", which), said.yes("INVITE", which)
            assert asked - EXACT_S < began + at_ms / 1000 < known + EXACT_S, (asked, known, began, hole)
        begin, end = hole["from_ms"] / 1000, hole["to_ms"] / 1000
        assert_tone(left, right, 0.5, begin - 0.3)
        assert_tone(left, right, end + 0.5, end + 1.8)
        held = left[int((begin + 0.3) * RATE):int((end - 0.3) * RATE)]
        assert level(held, CALLER_HZ) < -70, level(held, CALLER_HZ)


def a_transfer_stays_one_contact_and_is_marked(build):
    agents = [{"id": f"agent-{n}", "name": f"Agent {n}", "number": f"+35829555015{n}"} for n in (1, 2)]
    with House(build, settings={"agents": agents}) as house:
        sipp(house, "transfer", pause_ms=2000)
        rows = house.wait_recorded(1)
        assert len(rows) == 1 and rows[0]["agent"] == "agent-2", rows
        left, right, timeline = recording(house, rows[0])
        assert kinds(timeline).count("transfer") == 1, timeline
        assert_tone(left, right, 0.5, 5.5)


def parties_told_later_by_update_are_understood(build):
    with House(build) as house:
        sipp(house, "update", pause_ms=1500)
        rows = house.wait_recorded(1)
        assert len(rows) == 1 and rows[0]["state"] == "ended" and rows[0]["service_number"] == SERVICE, rows
        left, right, timeline = recording(house, rows[0])
        assert "join" in kinds(timeline), timeline
        assert_tone(left, right, 0.5, 2.0)


def a_client_that_vanishes_is_closed_by_silence(build):
    with House(build, settings={"media": {"silence_s": 3}, "siprec": {"probe_s": 1}}) as house:
        said = sipp(house, "lost_bye", pause_ms=3000)
        ended = time.time()
        row = house.wait_recorded(1)[0]
        assert row["flags"] & FLAG_END_LOST, row
        left, right, timeline = recording(house, row)
        began = moment(timeline["began_at"])
        asked, known = said.when("S", "INVITE", 0), said.when("S", "ACK", 0)
        assert asked - EXACT_S < began < known + said.late + EXACT_S, (asked, known, began)
        # SIPp waits for three seconds at least, and then ends.
        assert known + 3 - said.late - 2 * EXACT_S < began + timeline["duration_ms"] / 1000 < ended, (known, ended, timeline)
        assert_tone(left, right, 0.5, 2.5)


def a_call_outlives_the_death_of_siprec(build):
    """The room is killed while the call lasts; its BYE is still understood."""
    with House(build) as house:
        killed = []

        def kill():
            wait_for("the answer", lambda: any(row["state"] == "recording" for row in house.contacts()))
            time.sleep(1)
            killed.append(house.kill("siprec"))
        killer = threading.Thread(target=kill)
        killer.start()
        try:
            said = sipp(house, "restart", pause_ms=8000)
        finally:
            killer.join()
        assert killed, "nothing was killed"
        rows = house.wait_recorded(1)
        assert len(rows) == 1 and rows[0]["state"] == "ended" and not rows[0]["flags"] & FLAG_END_LOST, rows
        left, right, timeline = recording(house, rows[0])
        assert_times(timeline, said.report())
        assert_tone(left, right, 0.5, 7.5)


def what_is_refused_leaves_nothing(build):
    with House(build) as house:
        sipp(house, "refused")
        assert house.contacts() == []


if not shutil.which("sipp"):
    print("1..0 # SKIP sipp is not installed")
    sys.exit(0)
run_tests([
    a_call_from_invite_to_bye_over_udp_and_tcp,
    what_is_held_is_a_hole_even_if_sound_goes_on,
    a_transfer_stays_one_contact_and_is_marked,
    parties_told_later_by_update_are_understood,
    a_client_that_vanishes_is_closed_by_silence,
    a_call_outlives_the_death_of_siprec,
    what_is_refused_leaves_nothing,
])
