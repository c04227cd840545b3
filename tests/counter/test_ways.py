#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The three ways of the chat protocol, spoken with the real counter."""
import json
import re
import time
import urllib.parse

from counter import Closed, Counter, Feed, Wire, run_tests, talking, token, wait_for, LONG


def a_visitor_opens_says_and_hears(build):
    with Counter(build) as counter, Wire(counter) as wire:
        opened = wire.open(lang="sv", nick="Visitor 1", queue="yritysneuvonta", notice="9e07ecd5")
        assert re.fullmatch(r"[\w-]{22}", opened["token"]) and opened["receipt"] == "7Q2M-K4TD-9XWA-3HCF"
        state = wire.hear()
        assert state["t"] == "state" and state["phase"] == "waiting" and state["place"] == 2, state
        assert wire.wait("event")["kind"] == "queued"
        mine = token()
        wire.say("say", id=mine, text="Hei, mistä saan <b>todistuksen</b>?\nKiitos")
        heard = [wire.hear(), wire.hear()]
        ack = next(m for m in heard if m["t"] == "ack")
        event = next(m for m in heard if m["t"] == "event")
        assert ack["id"] == event["id"] == mine and ack["n"] == event["n"] == 2
        assert event["text"] == "Hei, mistä saan <b>todistuksen</b>?\nKiitos" and event["from"] == "visitor"
        assert event["name"] == "Visitor 1"
        counter.tell("take 1")
        assert wire.wait("event")["kind"] == "joined"
        assert wire.wait("state")["agent"] == "Agent 1"
        counter.tell("say 1 Päivää")
        assert wire.wait("event")["text"] == "Päivää"
        about = counter.tell("about 1")
        assert about["policy"] == "9e07ecd5" and about["language"] == "sv" and about["queue"] == "yritysneuvonta"
        wire.say("end")
        assert wire.wait("event")["reason"] == "visitor"
        assert wire.wait("state")["phase"] == "over"


def the_same_message_twice_is_taken_once(build):
    with Counter(build) as counter, talking(counter) as (wire, _):
        mine = token()
        wire.say("say", id=mine, text="one")
        wire.say("say", id=mine, text="one")
        acks = [wire.wait("ack"), wire.wait("ack")]
        assert acks[0] == acks[1]
        wire.say("say", id=mine, text="another")
        assert wire.wait("error")["code"] == "conflict"
        assert counter.tell("about 1")["last"] == "2"


def the_same_key_opens_the_same_conversation(build):
    with Counter(build) as counter:
        key = token()
        with Wire(counter) as one, Wire(counter) as other:
            assert one.open(key=key)["token"] == other.open(key=key)["token"]
        assert counter.tell("count")["talks"] == "1"


def tabs_share_what_is_followed_and_each_gets_everything_once(build):
    with Counter(build) as counter, talking(counter) as (one, opened):
        with Wire(counter) as two, Wire(counter) as three:
            two.say("hello", token=opened["token"], after=0)
            three.say("hello", token=opened["token"], after=1, epoch=opened["epoch"])
            assert two.wait("event")["n"] == 1
            three.wait("state")
            for i in range(20):
                counter.tell(f"say 1 word {i}")
            for wire in (one, two, three):
                assert [e["n"] for e in wire.events(20)] == list(range(2, 22))
                assert wire.is_quiet()
        assert counter.tell("about 1")["follows"] == "1"


def gaps_are_filled_in_order(build):
    with Counter(build) as counter, talking(counter) as (wire, _):
        counter.tell("say 1 two")
        counter.tell("mute 1 1")
        counter.tell("say 1 three")
        counter.tell("say 1 four")
        counter.tell("mute 1 0")
        counter.tell("say 1 five")
        assert [e["text"] for e in wire.events(4)] == ["two", "three", "four", "five"]
        wire.say("get", after=2)
        assert [e["text"] for e in wire.events(3)] == ["three", "four", "five"]
        wire.say("ping", last=5)
        assert wire.wait("pong")["last"] == 5


def a_state_that_tells_of_more_brings_it(build):
    with Counter(build) as counter, talking(counter) as (wire, _):
        counter.tell("mute 1 1")
        counter.tell("say 1 unheard")
        counter.tell("typing 1 1")
        assert wire.wait("event")["text"] == "unheard"


def a_state_is_told_when_something_shows_and_not_else(build):
    with Counter(build) as counter, talking(counter) as (wire, _):
        wire.say("typing", on=True)
        for i in range(3):
            counter.tell(f"say 1 word {i}")
            wire.wait("event")
        counter.tell("typing 1 0")
        assert wire.is_quiet()
        counter.tell("typing 1 1")
        counter.tell("typing 1 1")
        assert wire.hear()["typing"] is True
        assert wire.is_quiet()


def another_epoch_begins_anew(build):
    with Counter(build) as counter, talking(counter) as (wire, opened):
        counter.tell("say 1 two")
        wire.wait("event")
        with Wire(counter) as other:
            other.say("hello", token=opened["token"], after=2, epoch="0000000000000001")
            assert other.wait("state")["epoch"] == opened["epoch"]
            assert [e["n"] for e in other.events(2)] == [1, 2]
        counter.tell("epoch 1")
        counter.tell("restart")
        assert [e["n"] for e in wire.events(2)] == [1, 2]


def when_chat_is_away_nothing_is_lost_or_doubled(build):
    with Counter(build) as counter, talking(counter) as (wire, opened):
        counter.tell("take 1")
        wire.wait("event")
        wire.wait("state")
        for round_ in range(5):
            counter.tell("away")
            mine = token()
            wire.say("say", id=mine, text=f"during {round_}")
            refused = wire.wait("error")
            assert refused["code"] == "later" and refused["id"] == mine and refused["retry"] > 0
            counter.tell(f"say 1 meanwhile {round_}")
            counter.tell("back")
            assert wire.wait("event")["text"] == f"meanwhile {round_}"
            wire.say("say", id=mine, text=f"during {round_}")
            heard = [wire.hear(), wire.hear()]
            while any(m["t"] == "state" for m in heard):
                heard = [m for m in heard if m["t"] != "state"] + [wire.hear()]
            assert {m["t"] for m in heard} == {"ack", "event"}, heard
        about = counter.tell("about 1")
        assert about["last"] == "12" and about["present"] == "1", about
        with Wire(counter) as other:
            other.say("hello", token=opened["token"])
            assert [e["n"] for e in other.events(12)] == list(range(1, 13))


def who_comes_while_chat_is_away_waits_for_it(build):
    with Counter(build) as counter, talking(counter) as (wire, opened):
        counter.tell("away")
        with Wire(counter) as other, Feed(counter, opened["token"], after=0) as feed:
            other.say("hello", token=opened["token"], after=0)
            time.sleep(0.5)
            counter.tell("back")
            assert other.wait("event")["n"] == 1
            assert feed.wait("event")[1]["n"] == 1


def a_question_that_gets_no_answer_ends_as_later(build):
    with Counter(build) as counter, talking(counter) as (wire, _):
        counter.tell("silent 1")
        wire.say("say", id=token(), text="hello?")
        assert wire.wait("error")["code"] == "later"
        counter.tell("silent 0")


def a_long_conversation_comes_whole_to_a_slow_reader(build):
    with Counter(build) as counter, talking(counter) as (wire, opened):
        counter.tell("many 1 300")
        with Wire(counter) as other:
            other.say("hello", token=opened["token"], after=0)
            time.sleep(1)
            assert [e["n"] for e in other.events(301)] == list(range(1, 302))


def presence_follows_the_connections(build):
    with Counter(build) as counter:
        with talking(counter) as (_, opened):
            wait_for("presence", lambda: counter.tell("about 1")["present"] == "1", LONG)
        wait_for("absence", lambda: counter.tell("about 1")["present"] == "0", LONG)
        wait_for("no following", lambda: counter.tell("about 1")["followed"] == "0", LONG)
        with Wire(counter) as wire:
            wire.say("hello", token=opened["token"])
            wait_for("presence again", lambda: counter.tell("about 1")["present"] == "1", LONG)


def typing_seen_and_stay_go_on_without_words(build):
    with Counter(build) as counter, talking(counter) as (wire, opened):
        wire.say("typing", on=True)
        wire.say("seen", n=1)
        wire.say("stay")
        wait_for("acts", lambda: {k: counter.tell("about 1")[k] for k in ("typing", "seen", "stay")} ==
                 {"typing": "1", "seen": "1", "stay": "1"}, LONG)
        counter.tell("typing 1 1")
        wire.wait("state", typing=True)
        counter.tell("warn 1")
        wire.wait("state", closes_in=300)


def events_and_posts_say_the_same(build):
    with Counter(build) as counter:
        opened = counter.post("open", {"t": "open", "key": token(), "lang": "en", "notice": "00000000"})
        assert opened.status == 200 and opened.json["t"] == "opened", opened.text
        bearer = opened.json["token"]
        with Feed(counter, bearer) as feed:
            assert feed.status == 200 and feed.head["content-type"] == "text/event-stream"
            assert feed.hear()[1]["t"] == "state"
            assert feed.hear() [0] == 1
            mine = token()
            ack = counter.post("say", {"t": "say", "id": mine, "text": "hello\nthere"}, bearer)
            assert ack.status == 200 and ack.json["t"] == "ack" and ack.json["n"] == 2, ack.text
            number, event = feed.wait("event")
            assert number == 2 and event["id"] == mine and event["text"] == "hello\nthere"
            for act, members in (("typing", {"on": True}), ("seen", {"n": 2}), ("stay", {})):
                done = counter.post(act, {"t": act, **members}, bearer)
                assert done.status == 200 and done.json == {"t": "done"}, done.text
            counter.tell("say 1 three")
            assert feed.wait("event")[0] == 3
        with Feed(counter, bearer, last_id=2) as feed:
            assert feed.wait("event")[0] == 3
        with Feed(counter, bearer, after=1) as feed:
            assert feed.wait("event")[0] == 2
            assert counter.post("end", {"t": "end"}, bearer).json == {"t": "done"}
            feed.wait("event")
            assert feed.wait("event")[1]["kind"] == "closed"
        assert counter.post("say", {"t": "say", "id": token(), "text": "more"}, bearer).status == 410
        assert counter.post("say", {"t": "end"}, bearer).status == 400
        assert counter.post("nothing", {"t": "end"}, bearer).status == 404


def fields(page):
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def forms_go_the_whole_way_without_a_script(build):
    with Counter(build) as counter:
        page = counter.get("/chat?lang=en&plain=1")
        assert page.status == 200 and "<script" not in page.text and "Set-Cookie" not in page.headers
        start = fields(page.text)
        answer = counter.form("/chat/start", {**start, "nick": "Visitor 1", "queue": "asiakaspalvelu"})
        assert answer.status == 303 and answer.headers["Location"] == "/chat?lang=en", answer.text
        cookie = answer.headers["Set-Cookie"]
        assert re.fullmatch(r"tallenne-chat=[\w-]{22}; Path=/; HttpOnly; SameSite=Strict", cookie), cookie
        bearer = cookie.split(";")[0].split("=")[1]
        # Sent twice, it is the same conversation.
        again = counter.form("/chat/start", {**start, "nick": "Visitor 1", "queue": "asiakaspalvelu"})
        assert again.headers["Set-Cookie"] == cookie and counter.tell("count")["talks"] == "1"

        def look(more=""):
            return counter.get(f"/chat?lang=en{more}", Cookie=f"tallenne-chat={bearer}")

        page = look()
        assert page.status == 200 and page.headers["Refresh"] == "10" and "<textarea" not in page.text
        assert "number 2 in the queue" in page.text and "7Q2M-K4TD-9XWA-3HCF" in page.text
        assert counter.tell("about 1")["present"] == "1"
        write = look("&write=1")
        assert "Refresh" not in write.headers and "<textarea" in write.text
        say = {k: v for k, v in fields(write.text[write.text.index('action="/chat/say"'):]).items() if k in ("id", "lang")}
        for _ in range(2):
            sent = counter.form("/chat/say", {**say, "text": "Hello <you>\r\nand more\r\n"}, bearer)
            assert sent.status == 303, sent.text
        assert counter.tell("about 1")["last"] == "2"
        other = counter.form("/chat/say", {**say, "text": "Something else"}, bearer)
        assert other.status == 200 and ">Something else</textarea>" in other.text.replace("\n", "")
        assert fields(other.text)["id"] != say["id"]
        counter.tell("take 1")
        counter.tell("say 1 Good day <script>alert(1)</script>")
        counter.tell("warn 1")
        page = look()
        assert "Hello &lt;you&gt;\nand more<" in page.text and "Good day &lt;script&gt;" in page.text
        assert "Agent 1" in page.text and 'action="/chat/stay"' in page.text
        assert counter.form("/chat/stay", {"lang": "en"}, bearer).status == 303
        assert 'action="/chat/stay"' not in look().text
        text = counter.get("/chat/transcript?as=text&lang=en", Cookie=f"tallenne-chat={bearer}")
        assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert re.fullmatch(r'attachment; filename="chat-\d{4}-\d\d-\d\d\.txt"', text.headers["Content-Disposition"])
        assert "Visitor 1: Hello <you>\n    and more" in text.text and "7Q2M-K4TD-9XWA-3HCF" in text.text
        html = counter.get("/chat/transcript?as=html&lang=en", Cookie=f"tallenne-chat={bearer}")
        assert "<p>Hello &lt;you&gt;</p><p>and more</p>" in html.text and "<script" not in html.text
        assert counter.form("/chat/end", {"lang": "en"}, bearer).status == 303
        page = look()
        assert "Refresh" not in page.headers and "You ended the conversation" in page.text
        left = counter.form("/chat/leave", {"lang": "en"}, bearer)
        assert left.status == 303 and "Max-Age=0" in left.headers["Set-Cookie"]


def a_form_that_fails_keeps_what_was_written(build):
    with Counter(build) as counter:
        start = fields(counter.get("/chat?lang=fi").text)
        bearer = counter.form("/chat/start", start).headers["Set-Cookie"].split(";")[0].split("=")[1]
        say = {"id": token(), "lang": "fi"}
        empty = counter.form("/chat/say", {**say, "text": " \r\n"}, bearer)
        assert "Kirjoita ensin jotakin" in empty.text
        long = counter.form("/chat/say", {**say, "text": "ä" * 2001}, bearer)
        assert "liian pitkä" in long.text and "ä" * 2001 in long.text
        counter.tell("later 1")
        later = counter.form("/chat/say", {**say, "text": "Älä hävitä tätä"}, bearer)
        assert "Älä hävitä tätä</textarea>" in later.text and say["id"] in later.text
        counter.tell("later 0")
        assert counter.form("/chat/say", {**say, "text": "Älä hävitä tätä"}, bearer).status == 303


def outside_hours_nothing_can_be_started(build):
    with Counter(build) as counter:
        counter.tell("closed")
        page = counter.get("/chat?lang=fi")
        assert "Chat on kiinni" in page.text and "ma 30.11. klo 9.00" in page.text and "/chat/start" not in page.text
        hours = json.loads(counter.get("/chat/hours?lang=fi").text)
        assert hours["open"] is False and hours["hours"] == "ma–pe 9–16", hours
        with Wire(counter) as wire:
            wire.say("open", key=token(), lang="fi", notice="00000000")
            assert wire.wait("error")["code"] == "closed"
        counter.tell("open")
        wait_for("open again", lambda: "/chat/start" in counter.get("/chat?lang=fi").text, LONG)


def a_tab_too_many_ends_the_oldest(build):
    with Counter(build) as counter, talking(counter) as (first, opened):
        wires = [Wire(counter) for _ in range(8)]
        for wire in wires:
            wire.say("hello", token=opened["token"])
            wire.wait("state")
        try:
            while True:
                first.hear()
        except Closed as closed:
            assert closed.code == 1013, closed
        for wire in wires:
            wire.socket.close()


if __name__ == "__main__":
    run_tests([
        a_visitor_opens_says_and_hears,
        the_same_message_twice_is_taken_once,
        the_same_key_opens_the_same_conversation,
        tabs_share_what_is_followed_and_each_gets_everything_once,
        gaps_are_filled_in_order,
        a_state_that_tells_of_more_brings_it,
        a_state_is_told_when_something_shows_and_not_else,
        another_epoch_begins_anew,
        when_chat_is_away_nothing_is_lost_or_doubled,
        who_comes_while_chat_is_away_waits_for_it,
        a_question_that_gets_no_answer_ends_as_later,
        a_long_conversation_comes_whole_to_a_slow_reader,
        presence_follows_the_connections,
        typing_seen_and_stay_go_on_without_words,
        events_and_posts_say_the_same,
        forms_go_the_whole_way_without_a_script,
        a_form_that_fails_keeps_what_was_written,
        outside_hours_nothing_can_be_started,
        a_tab_too_many_ends_the_oldest,
    ])
