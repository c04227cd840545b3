#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""What counter refuses: foreign pages, wrong bearers, too much; and what it
never tells or keeps."""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import notice_facts  # noqa: E402
from counter import SOURCE, Closed, Counter, Feed, Wire, run_tests, talking, token, wait_for, LONG

ALLOWED = "https://www.agency.example"
FOREIGN = [
    "https://www.agency.example.evil.example", "https://evil.example", "http://www.agency.example",
    "https://www.agency.example:8443", "https://www.agency.example/", "https://WWW.agency.example",
    "https://agency.example", "https://evil.example/https://www.agency.example", "null", "file://",
    "https://www.agency.example, https://evil.example", "https://www.agency.examplé",
]


def only_listed_origins_may_hold_the_chat(build):
    with Counter(build) as counter:
        for origin in FOREIGN:
            wire = Wire(counter, origin=origin, expect=403)
            wire.socket.close()
            head = {"Origin": origin.encode().decode("latin-1"), "Content-Type": "application/json"}
            body = json.dumps({"t": "open", "key": token(), "lang": "fi", "notice": "00000000"})
            for answer in (counter.ask("POST", "/chat/v1/open", body, head),
                           counter.ask("GET", "/chat/v1/events", None, head),
                           counter.ask("OPTIONS", "/chat/v1/open", None,
                                       {**head, "Access-Control-Request-Method": "POST"})):
                assert answer.status == 403, (origin, answer.status)
                assert "Access-Control-Allow-Origin" not in answer.headers
        # None at all: a WebSocket and a POST always have one.
        Wire(counter, origin="", expect=403).socket.close()
        assert counter.ask("POST", "/chat/v1/open", "{}", {}).status == 403
        assert counter.get("/chat/v1/events").status == 403
        assert counter.tell("count")["opens"] == "0"
        for origin in (ALLOWED, counter.url):
            with Wire(counter, origin=origin) as wire:
                wire.open()
            opened = counter.post("open", {"t": "open", "key": token(), "lang": "fi", "notice": "00000000"},
                                  origin=origin)
            assert opened.status == 200 and opened.headers["Access-Control-Allow-Origin"] == origin
            assert opened.headers["Vary"] == "Origin"
            asked = counter.ask("OPTIONS", "/chat/v1/say", None, {
                "Origin": origin, "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type"})
            assert asked.status == 204 and "Authorization" in asked.headers["Access-Control-Allow-Headers"]


def forms_come_from_our_own_pages_only(build):
    with Counter(build) as counter:
        start = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', counter.get("/chat").text))
        for site, origin, status in (("cross-site", "null", 403), ("same-site", "null", 403), (None, "null", 403),
                                     (None, ALLOWED, 403), (None, None, 403), ("none", None, 403),
                                     (None, counter.url, 303), ("same-origin", "null", 303)):
            head = {"Sec-Fetch-Site": site or "", "Origin": origin or ""}
            answer = counter.ask("POST", "/chat/start", "&".join(f"{k}={v}" for k, v in start.items()),
                                 {k: v for k, v in head.items() if v})
            assert answer.status == status, (site, origin, answer.status)


def other_names_are_none_of_ours(build):
    with Counter(build) as counter:
        for host in ("evil.example", f"evil.example:{counter.port}", "127.0.0.1.evil.example", "a b", ""):
            answer = counter.ask("GET", "/chat", None, {"Host": host})
            assert answer.status in (400, 421), (host, answer.status)
    with Counter(build, **{"names.0": "chat.agency.example"}) as counter:
        assert counter.ask("GET", "/chat", None, {"Host": "Chat.Agency.Example:8443"}).status == 200


def shape(answer):
    """What of an answer could tell one wrong bearer from another."""
    heads = {k: v for k, v in answer.headers.items() if k not in ("Date",)}
    return answer.status, heads, len(answer.text), answer.text


def all_wrong_bearers_get_the_same_answer(build):
    """Every address that needs a bearer, with none, a wrong one, one that is
    none, another's that is lost, and one of a conversation long over."""
    with Counter(build) as counter:
        gone = []
        for number in (1, 2):
            with talking(counter) as (_, opened):
                gone.append(opened["token"])
            counter.tell(f"end {number}")
            counter.tell(f"lose {number}")
        wait_for("no following", lambda: True, 1)
        time.sleep(6)  # until counter itself has forgotten them
        wrong = [None, "x", token(), token()[:-1], "A" * 22, *gone]
        posts = {"say": {"t": "say", "id": "A" * 21 + "A", "text": "hello"}, "typing": {"t": "typing", "on": True},
                 "seen": {"t": "seen", "n": 1}, "stay": {"t": "stay"}, "end": {"t": "end"}}
        for act, message in posts.items():
            shapes = {str(shape(counter.post(act, message, bearer))) for bearer in wrong}
            assert len(shapes) == 1 and "404" in shapes.pop()[:6], (act, shapes)
        for method, path in (("POST", "/chat/say"), ("POST", "/chat/stay"), ("POST", "/chat/end"),
                             ("GET", "/chat/transcript?as=text"), ("GET", "/chat/transcript?as=html")):
            shapes = set()
            for bearer in wrong:
                head = {"Sec-Fetch-Site": "same-origin"}
                if bearer is not None:
                    head["Cookie"] = f"tallenne-chat={bearer}"
                shapes.add(str(shape(counter.ask(method, path, f"id={'A' * 22}&text=hello&lang=fi", head))))
            assert len(shapes) == 1 and "404" in shapes.pop()[:6], (path, shapes)
        shapes = {str(shape(counter.get("/chat", Cookie=f"tallenne-chat={b}"))) for b in wrong if b is not None}
        assert len(shapes) == 1, shapes
        heard = set()
        for bearer in wrong:
            with Feed(counter, bearer) as feed:
                feed.head.pop("date")
                heard.add(str((feed.status, feed.head, feed.hear(), feed.hear())))
        assert len(heard) == 1 and "not-found" in heard.pop(), heard
        heard = set()
        for bearer in wrong[2:3] + wrong[4:]:
            with Wire(counter) as wire:
                wire.say("hello", token=bearer)
                said = wire.hear()
                try:
                    wire.hear()
                except Closed as closed:
                    heard.add((str(said), closed.code))
        assert heard == {("{'t': 'error', 'code': 'not-found'}", 1008)}, heard


def nothing_may_be_said_before_hello(build):
    with Counter(build) as counter, Wire(counter) as wire:
        for t, members in (("say", {"id": token(), "text": "hello"}), ("typing", {"on": True}), ("get", {"after": 0}),
                           ("seen", {"n": 1}), ("stay", {}), ("end", {})):
            wire.say(t, **members)
            assert wire.hear()["code"] == "not-found", t
        assert counter.tell("count")["says"] == "0"


def one_wire_is_of_one_conversation(build):
    with Counter(build) as counter, talking(counter) as (wire, _), talking(counter) as (_, other):
        wire.say("hello", token=other["token"])
        assert wire.wait("error")["code"] == "invalid"
        wire.say("open", key=token(), lang="fi", notice="00000000")
        assert wire.wait("error")["code"] == "invalid"


def who_talks_nonsense_is_cut_off(build):
    with Counter(build) as counter, talking(counter) as (wire, _):
        for text in ("", "{", "[]", "null", '{"t":"fly"}', '{"t":"stay","t":"end"}', "[" * 10000,
                     '{"t":"say","id":"x","text":"y"}', "x" * 16000, '{"t":"say","text":"\\ud800"}'):
            wire.raw(text)
            assert wire.wait("error")["code"] == "invalid", text[:40]
        wire.raw("{")
        try:
            while True:
                wire.hear()
        except Closed as closed:
            assert closed.code == 1008, closed


def each_limit_is_told_and_others_go_on(build):
    with Counter(build, opens_per_hour=3) as counter:
        for _ in range(3):
            with Wire(counter) as wire:
                wire.open()
        with Wire(counter) as wire:
            wire.say("open", key=token(), lang="fi", notice="00000000")
            refused = wire.hear()
            assert refused["code"] == "limited" and refused["retry"] > 1000 * 1000, refused
        refused = counter.post("open", {"t": "open", "key": token(), "lang": "fi", "notice": "00000000"})
        assert refused.status == 429 and int(refused.headers["Retry-After"]) > 1000, refused.text
        start = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', counter.get("/chat?lang=fi").text))
        page = counter.form("/chat/start", start)
        assert page.status == 429 and "Liian monta" in page.text and "Retry-After" in page.headers
        assert counter.tell("count")["opens"] == "3"
    with Counter(build, messages_per_minute=5) as counter, talking(counter) as (wire, opened):
        for i in range(5):
            wire.say("say", id=token(), text=f"word {i}")
            wire.wait("ack")
        mine = token()
        wire.say("say", id=mine, text="one too many")
        refused = wire.wait("error")
        assert refused["code"] == "too-fast" and refused["id"] == mine and 0 < refused["retry"] <= 12000, refused
        posted = counter.post("say", {"t": "say", "id": mine, "text": "one too many"}, opened["token"])
        assert posted.status == 429 and posted.json["code"] == "too-fast"
        page = counter.form("/chat/say", {"id": mine, "text": "one too many", "lang": "en"}, opened["token"])
        assert "one too many</textarea>" in page.text and "many messages quickly" in page.text
        with talking(counter) as (other, _):
            other.say("say", id=token(), text="not my limit")
            other.wait("ack")
    with Counter(build, requests_per_minute=20) as counter:
        statuses = [counter.get("/chat?lang=en").status for _ in range(25)]
        assert statuses.count(200) in (20, 21) and statuses[-1] == 429, statuses
        page = counter.get("/chat?lang=en")
        assert "Too many requests" in page.text and int(page.headers["Retry-After"]) >= 1
        Wire(counter, expect=429).socket.close()
        assert counter.get("/healthz").status == 200


def guessing_bearers_comes_to_an_end(build):
    with Counter(build) as counter:
        statuses = [counter.post("stay", {"t": "stay"}, token()).status for _ in range(130)]
        assert statuses[:115] == [404] * 115 and statuses[-1] == 429, statuses
        with Wire(counter) as wire:
            wire.say("hello", token=token())
            assert wire.hear()["code"] == "limited"


def a_wire_that_floods_is_told_to_come_later(build):
    with Counter(build) as counter, Wire(counter) as wire:
        try:
            for i in range(400):
                wire.say("ping", last=0)
            while True:
                wire.hear()
        except Closed as closed:
            assert closed.code == 1013, closed
        except (ConnectionResetError, BrokenPipeError):
            pass


def the_notice_is_served_while_everybody_else_is_away(build):
    with Counter(build) as counter:
        counter.tell("away")
        wait_for("chat is missed", lambda: counter.get("/healthz").status == 503, LONG)
        pages = []
        for language, title in (("fi", "Tietosuojaseloste"), ("sv", "Dataskyddsbeskrivning"), ("en", "Privacy notice")):
            answer = counter.get(f"/notice?lang={language}")
            assert answer.status == 200 and f"<h1>{title}</h1>" in answer.text
            assert answer.headers["Content-Language"] == language
            assert '<link rel="alternate" type="application/json" href="/notice.json">' in answer.text
            pages.append(notice_facts.read_page(answer.text))
        answer = counter.get("/notice.json")
        assert answer.status == 200 and answer.headers["Content-Type"] == "application/json"
        twins = notice_facts.read_json(answer.text)
        assert not notice_facts.faults(pages) and not notice_facts.faults(twins)
        assert sorted(pages[0][1]) == sorted(twins[0][1])
        assert counter.get("/chat").status == 200
        counter.tell("back")


def headers_are_strict_on_every_answer(build):
    with Counter(build) as counter:
        html = counter.get("/chat").text
        files = re.findall(r'(?:href|src)="(/chat/[\w.-]+\.(?:js|css|svg))"', html)
        assert len(set(files)) == 4, files
        for path in ("/chat", "/notice", "/notice.json", "/chat/embed", "/chat/hours", "/nothing", "/robots.txt", "/metrics",
                     "/healthz", "/chat/transcript", *files):
            answer = counter.get(path)
            policy = answer.headers["Content-Security-Policy"]
            for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
                         "img-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
                         "require-trusted-types-for 'script'"):
                assert part in policy, (path, policy)
            assert "unsafe" not in policy and "*" not in policy
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "Set-Cookie" not in answer.headers or path == "/chat/transcript"
            if path in files:
                assert answer.status == 200 and "immutable" in answer.headers["Cache-Control"]
                assert counter.get(path[:-4] + "x" + path[-4:]).status == 404
            else:
                assert answer.headers["Cache-Control"] == "no-store"
            head = counter.ask("HEAD", path)
            assert head.status == answer.status and head.text == ""
        widget = next(path for path in files if "widget" in path)
        kept = counter.get(widget, Origin=ALLOWED)
        assert kept.headers["Access-Control-Allow-Origin"] == ALLOWED and kept.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Origin" not in counter.get(widget, Origin="https://evil.example").headers
        integrity = re.search(r'integrity="(sha384-[^"]+)"', html)[1]
        import base64
        import hashlib
        assert integrity == "sha384-" + base64.b64encode(hashlib.sha384(kept.text.encode()).digest()).decode()
        assert counter.ask("PUT", "/chat").status == 405
        refused = counter.ask("POST", "/chat/transcript")
        assert refused.status == 405 and refused.headers["Allow"] == "GET, HEAD"
        for language, word in (("fi", "Ei löytynyt"), ("sv", "Hittades inte"), ("en-GB", "Not found")):
            assert word in counter.get("/nothing", Accept_Language=language).text


def what_a_visitor_is_made_of_is_kept_nowhere(build):
    """Address, browser, page: not in memory pages that are shown, not in
    the log, not in what chat hears."""
    marks = {"User-Agent": "marker-agent-77123", "Referer": "https://www.agency.example/marker-page-77123",
             "Accept-Language": "en;marker-language-77123", "Cookie": "other=marker-cookie-77123"}
    with tempfile.TemporaryFile() as log:
        saved = os.dup(2)
        os.dup2(log.fileno(), 2)
        try:
            with Counter(build) as counter:
                with Wire(counter, headers=[f"{k}: {v}" for k, v in marks.items()]) as wire:
                    opened = wire.open()
                    wire.raw("marker-nonsense-77123")
                    wire.wait("error")
                counter.ask("GET", "/chat?marker-query-77123", None, marks)
                counter.ask("GET", "/marker-path-77123", None, marks)
                counter.ask("POST", "/chat/v1/say", "marker-body-77123",
                            {**marks, "Origin": counter.url, "Authorization": f"Bearer {opened['token']}"})
                counter.tell("restart")
                wait_for("chat again", lambda: counter.get("/healthz").status == 200, LONG)
                figures = counter.get("/metrics").text
                assert "tallenne_counter_asks_total" in figures and "marker" not in figures
        finally:
            os.dup2(saved, 2)
            os.close(saved)
        log.seek(0)
        text = log.read().decode()
    assert "marker" not in text and "127.0.0.1" not in text, text
    assert opened["token"] not in text and opened["receipt"] not in text


def figures_are_for_this_machine_only(build):
    with Counter(build, behind_proxy="true") as counter:
        assert counter.get("/metrics", X_Forwarded_For="192.0.2.1").status == 404
        assert counter.get("/metrics").status == 404


def behind_a_proxy_cookies_are_secure(build):
    with Counter(build, behind_proxy="true", **{"names.0": "chat.agency.example"}) as counter:
        head = {"Host": "chat.agency.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
        page = counter.ask("GET", "/chat", None, head)
        start = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        answer = counter.form("/chat/start", start, **head, Origin="https://chat.agency.example")
        assert answer.status == 303, answer.text
        assert re.fullmatch(r"__Host-tallenne-chat=[\w-]{22}; Path=/; HttpOnly; SameSite=Strict; Secure",
                            answer.headers["Set-Cookie"]), answer.headers["Set-Cookie"]


def networks_are_told_apart_behind_a_proxy(build):
    with Counter(build, behind_proxy="true", requests_per_minute=5) as counter:
        def get(address):
            return counter.get("/chat", X_Forwarded_For=address).status
        assert [get("192.0.2.1") for _ in range(6)][-1] == 429
        assert get("192.0.2.200") == 429 and get("192.0.3.1") == 200
        assert [get("2001:db8::1") for _ in range(6)][-1] == 429
        assert get("2001:db8::ffff:1") == 429 and get("2001:db8:0:1::1") == 200


def all_ways_go_over_tls_too(build):
    with tempfile.TemporaryDirectory() as folder:
        chain, key = f"{folder}/chain.pem", f"{folder}/key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", chain, "-days", "2", "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        with Counter(build, **{"tls-chain": chain, "tls-key": key}) as counter, talking(counter) as (wire, opened):
            page = counter.get("/chat")
            assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
            with Feed(counter, opened["token"]) as feed:
                for i in range(20):
                    counter.tell(f"say 1 word {i}")
                assert [e["text"] for e in wire.events(20)] == [f"word {i}" for i in range(20)]
                assert [feed.wait("event")[0] for _ in range(20)] == list(range(1, 21))
            assert counter.post("say", {"t": "say", "id": token(), "text": "hello"}, opened["token"]).status == 200
            start = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
            assert counter.form("/chat/start", start).headers["Set-Cookie"].startswith("__Host-tallenne-chat=")
            counter.tell("many 1 100")
            with Wire(counter) as other:
                other.say("hello", token=opened["token"], after=0)
                assert [e["n"] for e in other.events(122)] == list(range(1, 123))


if __name__ == "__main__":
    run_tests([
        only_listed_origins_may_hold_the_chat,
        forms_come_from_our_own_pages_only,
        other_names_are_none_of_ours,
        all_wrong_bearers_get_the_same_answer,
        nothing_may_be_said_before_hello,
        one_wire_is_of_one_conversation,
        who_talks_nonsense_is_cut_off,
        each_limit_is_told_and_others_go_on,
        guessing_bearers_comes_to_an_end,
        a_wire_that_floods_is_told_to_come_later,
        the_notice_is_served_while_everybody_else_is_away,
        headers_are_strict_on_every_answer,
        what_a_visitor_is_made_of_is_kept_nowhere,
        figures_are_for_this_machine_only,
        behind_a_proxy_cookies_are_secure,
        networks_are_told_apart_behind_a_proxy,
        all_ways_go_over_tls_too,
    ])
