#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The register in the whole house: killed in the middle of calls, and half a
year later."""
import json
import re
import subprocess
import time

from house import CALLER, SERVICE, House, run_tests, wait_for

AGENT = "agent-1/+358295550901/agent1@pbx.example"
DAY_S = 86400


def call(house, *arguments, **options):
    return house.call("--service", SERVICE, "--caller", CALLER, "--agent", AGENT, "--quiet", *arguments, **options)


def figures(house, role="dpo"):
    return house.staff(role).json("/api/v1/figures")


def killed_in_the_middle_of_calls_it_knows_them_all(build):
    """F1, T20: calls go on, numbers have no gap, every recording is there."""
    calls = 12
    with House(build) as house:
        caller = subprocess.Popen(
            [str(house.build / "cli/tallenne"), "call", "--to", house.sip(), "--service", SERVICE, "--caller", CALLER,
             "--agent", AGENT, "--seconds", "4", "--calls", str(calls), "--rate", "3", "--quiet"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(6):
            time.sleep(0.9)
            house.kill("register")
            wait_for("the register again", lambda: ("register", 0) in house.rooms())
        said, _ = caller.communicate(timeout=300)
        assert caller.returncode == 0, said
        rows = house.wait_recorded(calls)
        assert [row["number"] for row in rows] == list(range(calls, 0, -1)), rows
        assert all(row["state"] == "ended" and row["recordings"] == 1 for row in rows), rows
        now = wait_for("figures", lambda: (lambda f: f if f["rows"] == 3 * calls else None)(figures(house)), 120)
        assert now["objects"] == now["rows"] and now["phantoms"] == 0, now
        assert now["number_gaps"] == 0 and now["overdue"] == 0, now
        # Who the audit log means by an actor is told by the list of accounts.
        staff = {row["id"] for row in house.json("staff", "list")}
        log = house.cli("audit", "export").stdout.splitlines()
        acting = {word for line in log if 'login' in line for word in re.findall(r"stf_[0-9a-f]+", line)}
        assert acting and acting <= staff, (acting, staff)


def half_a_year_later_the_sound_is_gone_and_the_contact_is_not(build):
    """S19, S20: by the clock of register and vault, through a restart."""
    ahead = 182 * DAY_S
    with House(build) as house:
        call(house, "--seconds", 2)
        row = house.wait_recorded(1)[0]
        house.hear(row["id"])
        assert house.stop() == 0
        for room in ("register", "vault"):
            house.settings.setdefault(room, {})["clock_ahead_s"] = ahead
        house.settings["vault"]["clock_jump_hours"] = 0
        house.start()

        gone = wait_for("the sound is erased",
                        lambda: (lambda f: f if f["recordings"] == 0 else None)(figures(house)), 120)
        assert gone["rows"] == 0 and gone["objects"] == 0 and gone["overdue"] == 0, gone
        supervisor = house.staff("supervisor")
        after = supervisor.json(f"/api/v1/contacts/{row['id']}")
        assert not list((house.dir / "state/register/objects").glob("??/*")), "objects are left"
        response, _ = supervisor.get(f"/api/v1/recordings/{row['id']}/media", {"Tallenne-Purpose": "laatu"})
        assert response.status in (404, 410), response.status
        assert row["id"] in json.dumps(after), after
        assert "time jumped" not in house.log(), house.log()


if __name__ == "__main__":
    run_tests([
        killed_in_the_middle_of_calls_it_knows_them_all,
        half_a_year_later_the_sound_is_gone_and_the_contact_is_not,
    ])
