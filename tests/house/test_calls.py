#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Calls, whole: real SIP and RTP in, sound out through register and vault."""
import concurrent.futures
import subprocess

from house import (CALLER, EXACT_S, SERVICE, House, RATE, assert_times, changes, decode, level, moment, run_tests, told,
                   told_one, wait_for)

AGENT = "agent-1/+358295550901/agent1@pbx.example"
AGENT_2 = "agent-2/+358295550902/agent2@pbx.example"
CALLER_HZ, AGENT_HZ, THIRD_HZ = 520, 1130, 440
TONE_A_HZ, TONE_B_HZ = 1000, 1900

# How each dialect tells who the agent is. All of them do; by what differs.
DIALECTS = {
    "rfc": "nameID, after one with the called number",
    "cube": "nameID, number at client",
    "opensips": "nameID, no stream bound to it",
    "cube-inactive": "nameID, bound after the answer",
    "avaya": "nameID in an UPDATE",
    "oracle": "nameID in a re-INVITE",
    "audiocodes": "bare number",
    "metaswitch": "recordedParty",
    "ribbon": "nameID on label 1",
    "sems": "nameID, label b_leg",
    "broadworks": "internal id, number as called party",
    "webex": "internal id, number as called party",
    "cisco-nbr": "X-Cisco-Recording-Participant",
    "cisco-bib": "x-nearendaddr in From",
}
# Both parties come in one stream.
MIXED = {"metaswitch", "cisco-nbr"}
NO_METADATA = {"cisco-nbr", "cisco-bib"}
# The bits of "flags" are those of enum register_flag.
FLAG_END_LOST, FLAG_NO_METADATA, FLAG_ONE_LANE, FLAG_WITHHELD = 1, 4, 8, 64
AT_ONCE = 5


def at_once(function, items):
    """The function's values for all items, a few at a time."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(function, items))


def tones(house, *arguments, transport="udp", agent=AGENT, **options):
    """One call with a tone in each lane."""
    return house.call("--service", SERVICE, "--caller", CALLER, "--agent", agent, "--caller-tone", CALLER_HZ,
                      "--agent-tone", AGENT_HZ, "--json", *arguments, transport=transport, **options)


def own_agents(names):
    """An agent for each of these, by whom a call's contact is known."""
    return {name: {"id": f"agent-{n}", "name": name, "number": f"+3582955509{n}", "sip": f"agent{n}@pbx.example"}
            for n, name in enumerate(names, 10)}


def word_of(agent):
    return f"{agent['id']}/{agent['number']}/{agent['sip']}"


def one_recording(house, row, visitor=None):
    recordings = house.hear(row["id"], visitor=visitor)
    assert len(recordings) == 1, f"{len(recordings)} recordings"
    ogg, timeline = recordings[0]
    left, right = decode(ogg)
    return left, right, timeline


def assert_lanes(left, right, timeline, report, mixed=False, lost_bye=False):
    """Who speaks is in the own lane alone, from the answer to the end."""
    assert_times(timeline, report, lost_bye)
    assert abs(len(left) / RATE - timeline["duration_ms"] / 1000) < 0.1, (len(left) / RATE, timeline["duration_ms"])
    assert len(left) == len(right), (len(left), len(right))
    middle = slice(len(left) // 4, 3 * len(left) // 4)
    levels = {(lane, hz): level(samples[middle], hz)
              for lane, samples in (("left", left), ("right", right)) for hz in (CALLER_HZ, AGENT_HZ)}
    if mixed:
        assert all(value > -25 for value in levels.values()), levels
        return
    assert levels["left", CALLER_HZ] > -20 and levels["right", AGENT_HZ] > -20, levels
    assert levels["left", AGENT_HZ] < -50 and levels["right", CALLER_HZ] < -50, levels


def a_call_over_udp_and_tcp_is_recorded_and_heard(build):
    with House(build) as house:
        for count, transport in enumerate(("udp", "tcp"), 1):
            done = tones(house, "--seconds", 3, transport=transport)
            row = house.wait_recorded(count)[0]
            assert row["state"] == "ended" and row["service_number"] == SERVICE, row
            assert row["agent"] == "agent-1", row
            assert_lanes(*one_recording(house, row), told_one(done.stdout))
        assert [row["number"] for row in house.contacts()] == [2, 1]


def certificates(directory):
    """An authority, a recorder's and a client's certificate."""
    def run(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=directory)
    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out",
        "ca.pem", "-subj", "/CN=Test authority", "-days", "2")
    for name in ("recorder", "client", "stranger"):
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out",
            f"{name}.csr", "-subj", f"/CN={name}.example", "-addext", f"subjectAltName=DNS:{name}.example,IP:127.0.0.1")
        run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
            f"{name}.pem", "-days", "2", "-copy_extensions", "copy")


def mutual_tls_lets_in_who_is_listed_and_nobody_else(build):
    house = House(build)
    certificates(house.dir)
    house.settings = {"siprec": {
        "listen": {"tls": ["127.0.0.1:0"]},
        "tls": {"chain": str(house.dir / "recorder.pem"), "key": str(house.dir / "recorder.key"),
                "peers": str(house.dir / "ca.pem")},
        "clients": [{"name": "secure", "certificate": "client.example"}],
    }}
    with house:
        def secure(name, **options):
            return tones(house, "--seconds", 2, "--srtp", "--ca", house.dir / "ca.pem", "--cert",
                         house.dir / f"{name}.pem", "--key", house.dir / f"{name}.key", transport="tls", **options)
        done = secure("client")
        row = house.wait_recorded(1)[0]
        assert_lanes(*one_recording(house, row), told_one(done.stdout))
        assert secure("stranger", check=False).returncode != 0
        assert tones(house, "--seconds", 1, transport="tcp", check=False).returncode != 0
        assert len(house.contacts()) == 1


def every_srtp_suite_is_heard(build):
    suites = ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM"]
    agents = own_agents(suites)

    def make(suite):
        return told_one(tones(house, "--seconds", 2, "--srtp", "--srtp-suite", suite, transport="tcp",
                              agent=word_of(agents[suite])).stdout)

    with House(build, settings={"agents": list(agents.values())}) as house:
        reports = dict(zip(suites, at_once(make, suites)))
        rows = {row["agent"]: row for row in house.wait_recorded(len(suites))}
        for suite, agent in agents.items():
            assert_lanes(*one_recording(house, rows[agent["id"]]), reports[suite])


def every_dialect_binds_caller_and_agent(build):
    agents = own_agents(DIALECTS)

    def make(dialect):
        return told_one(tones(house, "--dialect", dialect, "--seconds", 3, transport="tcp",
                              agent=word_of(agents[dialect])).stdout)

    with House(build, settings={"agents": list(agents.values())}) as house:
        reports = dict(zip(DIALECTS, at_once(make, DIALECTS)))
        rows = {row["agent"]: row for row in house.wait_recorded(len(DIALECTS), 120)}
        visitor = house.staff("supervisor")
        faults = []
        for dialect in DIALECTS:
            try:
                row = rows[agents[dialect]["id"]]
                assert row["service_number"] == SERVICE, row
                assert bool(row["flags"] & FLAG_ONE_LANE) == (dialect in MIXED), row
                assert bool(row["flags"] & FLAG_NO_METADATA) == (dialect in NO_METADATA), row
                assert_lanes(*one_recording(house, row, visitor), reports[dialect], dialect in MIXED)
            except (AssertionError, KeyError) as error:
                faults.append(f"{dialect} ({DIALECTS[dialect]}): {error!r:.600}")
        assert not faults, "\n".join(faults)


def only_listed_services_are_recorded(build):
    """A client's own number stands for none told, not for one not listed."""
    for own in ({}, {"service_number": SERVICE}):
        client = {"name": "test", "address": "127.0.0.1", **own}
        with House(build, settings={"siprec": {"clients": [client]}}) as house:
            refused = house.call("--service", "+358295559999", "--seconds", 1, "--quiet", check=False)
            assert refused.returncode == 4, refused
            # A call after it is there: what comes later than it would be, too.
            tones(house, "--seconds", 1)
            rows = house.wait_recorded(1)
            assert [row["service_number"] for row in rows] == [SERVICE], rows


def a_call_over_ipv6_is_recorded_and_heard(build):
    """SIP and RTP over IPv6, with a socket for all ports and one for each."""
    for one_socket in (True, False):
        settings = {"house": {"rtp": {"address": "::1", "one_socket": one_socket}},
                    "siprec": {"listen": {"udp": ["[::1]:0"], "tcp": ["[::1]:0"]},
                               "clients": [{"name": "test", "address": "::1"}]}}
        with House(build, settings=settings) as house:
            assert house.sip().startswith("sip:[::1]:"), house.sip()
            for count, transport in enumerate(("udp", "tcp"), 1):
                report = told_one(tones(house, "--seconds", 3, transport=transport).stdout)
                row = house.wait_recorded(count)[0]
                left, right, timeline = one_recording(house, row)
                assert_lanes(left, right, timeline, report)
                assert_no_holes(timeline, report)


def assert_no_holes(timeline, report, but=()):
    """Nothing is missing, beside what the client itself sent too late."""
    limit = 100 if but else 0
    late = report["late"] * 1000
    holes = [hole for hole in timeline["holes"] if hole not in but
             and hole["to_ms"] - hole["from_ms"] > max(limit, late if late > 100 else 0)]
    assert not holes, (holes, timeline, report["late"])


def what_is_held_or_paused_is_a_labelled_hole(build):
    """A hold comes with metadata, a pause of the recording does not."""
    with House(build) as house:
        for count, cause in enumerate(("hold", "pause"), 1):
            report = told_one(tones(house, "--seconds", 6, f"--{cause}", "2:2", transport="tcp").stdout)
            left, right, timeline = one_recording(house, house.wait_recorded(count)[0])
            assert_times(timeline, report)
            (hole,) = [hole for hole in timeline["holes"] if hole["cause"] == cause]
            assert_no_holes(timeline, report, [hole])
            began = moment(timeline["began_at"])
            stopped, resumed = changes(report, cause, {"hold": "resume", "pause": "continue"}[cause])
            for moment_s, change in ((began + hole["from_ms"] / 1000, stopped), (began + hole["to_ms"] / 1000, resumed)):
                assert change["asked"] - EXACT_S < moment_s < change["known"] + EXACT_S, (moment_s, change, timeline)
            assert hole["to_ms"] - hole["from_ms"] > 700, hole
            part = slice(int((hole["from_ms"] / 1000 + 0.25) * RATE), int((hole["to_ms"] / 1000 - 0.25) * RATE))
            assert level(left[part], CALLER_HZ) < -70, level(left[part], CALLER_HZ)
            assert level(right[part], AGENT_HZ) < -70, level(right[part], AGENT_HZ)


def a_transfer_changes_the_agent_in_one_contact(build):
    with House(build) as house:
        report = told_one(tones(house, "--seconds", 5, "--transfer", f"2:{AGENT_2}", transport="tcp").stdout)
        rows = house.wait_recorded(1)
        assert len(rows) == 1 and rows[0]["agent"] == "agent-2", rows
        left, right, timeline = one_recording(house, rows[0])
        marks = [m["kind"] for m in timeline["marks"]]
        assert marks.count("transfer") == 1, timeline
        assert_lanes(left, right, timeline, report)


def a_third_party_joins_and_leaves(build):
    with House(build) as house:
        report = told_one(tones(house, "--seconds", 8, "--join", f"2:{AGENT_2}", "--leave", "5", transport="tcp").stdout)
        rows = house.wait_recorded(1)
        # The one who joins takes part; the call stays the first agent's.
        assert len(rows) == 1 and rows[0]["agent"] == "agent-1", rows
        left, right, timeline = one_recording(house, rows[0])
        marks = [m["kind"] for m in timeline["marks"]]
        assert "join" in marks and "leave" in marks and "transfer" not in marks, timeline
        assert_times(timeline, report)
        joined, left_again = changes(report, "join", "leave")
        began = moment(timeline["began_at"])
        stretches = [(began + 0.3, joined["asked"] - 0.3), (joined["known"] + 0.3, left_again["asked"] - 0.3),
                     (left_again["known"] + 0.3, report["at"]["bye"] - 0.3)]
        assert all(end - begin > 0.3 for begin, end in stretches), (stretches, report)
        before, during, after = (
            max(level(lane[int((begin - began) * RATE):int((end - began) * RATE)], THIRD_HZ) for lane in (left, right))
            for begin, end in stretches)
        # The codec's noise beside the caller's tone stays below that.
        assert during > -30 and before < -40 and after < -40, (before, during, after)


def a_lost_bye_is_closed_by_silence_and_flagged(build):
    with House(build, settings={"media": {"silence_s": 3}, "siprec": {"probe_s": 1}}) as house:
        report = told_one(tones(house, "--seconds", 2, "--lost-bye", check=False).stdout)
        row = house.wait_recorded(1)[0]
        assert row["flags"] & FLAG_END_LOST, row
        assert_lanes(*one_recording(house, row), report, lost_bye=True)


def nothing_from_before_the_answer_or_after_the_end(build):
    """Tones A and B, before and after the call, are neither in the whole nor at its edges.

    A single packet of them would stand at -30 dB in 150 ms.
    """
    edge = int(0.15 * RATE)
    heard = []
    with House(build) as house:
        for count, extra in enumerate([[], ["--early-media", 2, "--after-bye", 1]], 1):
            done = tones(house, "--caller-tone", 420, "--agent-tone", 2600, "--dialect", "oracle", "--seconds", 3, *extra,
                         transport="tcp")
            left, right, timeline = one_recording(house, house.wait_recorded(count)[0])
            assert_times(timeline, told_one(done.stdout))
            heard.append([level(part, hz) for lane in (left, right) for part in (lane, lane[:edge], lane[-edge:])
                          for hz in (TONE_A_HZ, TONE_B_HZ)])
    for without, with_tones in zip(*heard):
        assert with_tones < max(without + 6, -45), heard


def a_withheld_number_is_nowhere(build):
    with House(build) as house:
        for count, dialect in enumerate(["rfc", "oracle", "broadworks"], 1):
            done = house.call("--service", SERVICE, "--caller", "withheld", "--dialect", dialect, "--markers",
                              "--seconds", 2, "--json", transport="tcp")
            house.wait_recorded(count)
        assert all(row["flags"] & FLAG_WITHHELD for row in house.contacts()), house.contacts()
        markers = {word for report in told(done.stdout) for word in report["markers"]}
        assert markers, "the client told no markers"
        metrics = house.staff("admin").get("/metrics")[1]
        for path in house.dir.rglob("*"):
            if path.is_file() and path.name != "passphrase":
                data = path.read_bytes()
                for word in markers:
                    assert word.encode() not in data, f"{word} in {path}"
        for word in markers:
            assert word.encode() not in metrics, word


def loss_and_disorder_do_not_move_the_clock(build):
    with House(build) as house:
        report = told_one(tones(house, "--seconds", 8, "--loss", 5, "--reorder", 5, "--duplicate", 3).stdout)
        _, _, timeline = one_recording(house, house.wait_recorded(1)[0])
        assert_times(timeline, report)
        assert sum(timeline["lost_packets"]) > 10, timeline


def a_restarted_client_goes_on(build):
    with House(build) as house:
        tones(house, "--seconds", 5, "--restart", "2", transport="tcp")
        wait_for("a recording of the call", lambda: sum(r["recordings"] for r in house.contacts()) >= 1, 60)


run_tests([
    a_call_over_udp_and_tcp_is_recorded_and_heard,
    mutual_tls_lets_in_who_is_listed_and_nobody_else,
    every_srtp_suite_is_heard,
    every_dialect_binds_caller_and_agent,
    only_listed_services_are_recorded,
    a_call_over_ipv6_is_recorded_and_heard,
    what_is_held_or_paused_is_a_labelled_hole,
    a_transfer_changes_the_agent_in_one_contact,
    a_third_party_joins_and_leaves,
    a_lost_bye_is_closed_by_silence_and_flagged,
    nothing_from_before_the_answer_or_after_the_end,
    a_withheld_number_is_nowhere,
    loss_and_disorder_do_not_move_the_clock,
    a_restarted_client_goes_on,
])
