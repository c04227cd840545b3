# SPDX-License-Identifier: EUPL-1.2
"""What is refused, and in which words: each refusal that the notice's promises need, in one place."""
import json
import re

from house import SOURCE, House, run_tests, wait_for

EXAMPLE = SOURCE / "notice/example.yaml"
POLICY = EXAMPLE.read_text()
# Of the command line: something was found; something published would be broken.
FOUND, REFUSED = 3, 4


def changed(house, old, new):
    """The example with one line changed, in a file."""
    assert POLICY.count(old) == 1, old
    path = house.dir / "changed.yaml"
    path.write_text(POLICY.replace(old, new))
    return path


def checked(house, path, *options):
    done = house.cli("policy", "check", path, *options, check=False)
    return done.returncode, re.sub(r"\s+", " ", done.stdout + done.stderr)


def a_policy_that_breaks_a_promise(house):
    # S19: nine months for calls, where six are published.
    code, said = checked(house, changed(house, "period: P6M", "period: P9M"), "--against", EXAMPLE)
    assert code == REFUSED, (code, said)
    assert "S19" in said and "6 months" in said and "9 months" in said, said
    # S18: what is kept outside the EU and the EEA.
    code, said = checked(house, changed(house, "{id: varmuuskopiot, country: FI", "{id: varmuuskopiot, country: US"))
    assert code == FOUND and "E-NONEEA" in said and "outside the EU and the EEA" in said, (code, said)
    # S7: a field that nobody promised.
    code, said = checked(house, changed(house, "      - agent_number\n", "      - agent_number\n      - caller_mood\n"))
    assert code == FOUND and "E-UNKNOWN-FIELD" in said and "caller_mood" in said, (code, said)
    # S2: a purpose for those who are to see no content.
    old = "uses: [listen, read, note]\n    roles: [quality]"
    for role in ("admin", "dpo"):
        code, said = checked(house, changed(house, old, old.replace("quality", role)))
        assert code == FOUND and "E-ROLE-NO-CONTENT" in said and role in said, (code, said)


def problem(visitor, path, headers):
    response, data = visitor.get(path, dict(headers, Accept="application/json", **{"Accept-Language": "en"}))
    return response.status, json.loads(data)


def refusals_of(house):
    lines = house.cli("audit", "export").stdout.splitlines()
    payloads = [json.loads(json.loads(line)["payload"]) for line in lines]
    return [payload for payload in payloads if payload["event"] == "access.refused"]


def sound_of(house, supervisor):
    (call,) = house.wait_recorded(1)
    (recording,) = supervisor.json(f"/api/v1/contacts/{call['id']}/recordings")["recordings"]
    return f"/api/v1/recordings/{recording['id']}/media"


def a_purpose_that_is_not_granted(house):
    # Quality has guidance, a supervisor has not; nobody listens for figures.
    supervisor = house.staff("supervisor")
    sound = sound_of(house, supervisor)
    for purpose in ("ohjeistus", "palvelutaso", "uteliaisuus"):
        status, said = problem(supervisor, sound, {"Tallenne-Purpose": purpose})
        assert status == 403 and said["type"].endswith("/purpose-not-granted"), (status, said)
        assert said["title"] and said["detail"], said
    status, said = problem(supervisor, sound, {})
    assert status == 403 and said["type"].endswith("/purpose-required"), (status, said)
    # A training set for a purpose that grants none.
    fields = {"kind": "training", "purpose": "laatu", "title": "x", "end": "1.1.2099"}
    said = supervisor.post("/api/v1/sets", fields, expect=(403,))
    assert said["type"].endswith("/purpose-not-granted"), said
    refused = wait_for("the refusals in the audit log", lambda: refusals_of(house))
    assert {entry["reason"] for entry in refused} == {"purpose"}, refused


def roles_that_may_not_meet_in_one_person(house):
    house.cli("staff", "add", "person1", "--role", "supervisor")
    for role in ("admin", "dpo", "approver", "supervisor"):
        done = house.cli("staff", "add", "person1", "--role", role, check=False)
        assert done.returncode != 0 and "nobody has two roles" in done.stderr, (role, done)
    sound = sound_of(house, house.staff("supervisor"))
    # And whoever administers, oversees or handles requests has no way to content.
    for role in ("admin", "dpo", "auditor", "registrar", "approver"):
        status, said = problem(house.staff(role), sound, {"Tallenne-Purpose": "laatu"})
        assert status == 403 and said["type"].endswith("/forbidden"), (role, status, said)


def each_refusal_has_its_words(build):
    with House(build) as house:
        house.call("--seconds", 1)
        a_policy_that_breaks_a_promise(house)
        a_purpose_that_is_not_granted(house)
        roles_that_may_not_meet_in_one_person(house)


run_tests([each_refusal_has_its_words])
