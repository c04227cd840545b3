#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Chats, whole: from a visitor's browser to a sealed conversation in the
register, with connections that break and rooms that are killed.

usage: test_chat.py BUILD [TEST...]; "every" among the tests: the connection
is cut after every single byte, not after some of them.
"""
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time

from house import SOURCE, House, open_always, run_tests, wait_for
from talk import Agent, Gone, Guest, Wire, messages, read, stored

ORIGIN = "https://www.agency.example"
QUICK = {"counter": {"opens_per_hour": 1000000, "requests_per_minute": 1000000, "messages_per_minute": 1000000,
                     "connections_per_address": 4000}}
# Rooms a conversation passes through.
ROOMS = ["chat", "counter", "desk", "register", "vault"]
SOME_CUTS = 24


def chat_house(build, **settings):
    return House(build, policy=open_always([ORIGIN]), settings={**QUICK, **settings})


def guest_of(house, **options):
    return Guest(house.addresses["counter.web"], ORIGIN, **options)


def a_chat_goes_from_the_visitor_to_the_register(build):
    with chat_house(build) as house:
        guest, first, second = guest_of(house, nick="Nimimerkki"), Agent(house), Agent(house, "agent-2")
        guest.connect()
        guest.until("the queue", lambda: guest.state.get("phase") == "waiting")
        assert guest.state["place"] == 1, guest.state
        guest.say("Hyvää päivää")
        guest.until("an acknowledgement", lambda: not guest.unsaid)

        chat = first.take()
        guest.until("the agent", lambda: guest.state.get("agent") == "Agent 1")
        assert first.say(chat, "Miten voin auttaa?") == first.say(chat, "Olkaa hyvä") - 1
        # Sent again with the same id it is taken once; with other words not.
        name = os.urandom(16).hex()
        assert first.say(chat, "Hetki", name) == first.say(chat, "Hetki", name)
        assert first.ask(f"/chat/conversations/{chat}/say", id=name, text="Toinen")[0] == 409
        first.note(chat, "Muistiinpano, jota asiakas ei näe")
        # Only whose conversation it is may see or say anything.
        assert second.ask(f"/chat/conversations/{chat}/say", id=os.urandom(16).hex(), text="x")[0] == 404
        assert second.staff.get(f"/chat/conversations/{chat}/events?after=0")[0].status == 404
        first.act(chat, "pass", agent="agent-2")
        guest.until("the colleague", lambda: guest.state.get("agent") == "Agent 2")
        assert first.ask(f"/chat/conversations/{chat}/say", id=os.urandom(16).hex(), text="x")[0] == 404
        second.say(chat, "Jatkan tästä")
        guest.say("Tunnukseni on 010190-999" + "W")
        guest.until("it is said", lambda: not guest.unsaid)
        seen = second.events(chat)
        second.act(chat, "end", reason="solved")
        guest.until("the end", lambda: guest.state.get("phase") == "over")

        row = stored(house, 1)[0]
        document = read(house, row["id"])
        assert row["agent"] == "agent-2" and row["number"] == 1, row
        assert messages(document) == guest.texts() == [(e["from"], e["text"]) for e in second.events(chat) or seen
                                                       if e["kind"] == "message"], document
        assert [note["text"] for note in document["notes"]] == ["Muistiinpano, jota asiakas ei näe"], document
        assert document["nickname"] == "Nimimerkki" and document["agents"] == ["Agent 1", "Agent 2"], document
        assert "010190" not in str(document) and "010190" not in str(guest.events), "an identity code was stored"
        assert not any("Muistiinpano" in str(event) for event in guest.events), "a note reached the visitor"
        for purpose, status in (("", 403), ("palvelutaso", 403)):
            answer = house.staff("supervisor").get(f"/api/v1/chats/{row['id']}/content", {"Tallenne-Purpose": purpose})
            assert answer[0].status == status, answer
        readers = second.staff.json(f"/api/v1/chats/{row['id']}/readers")
        assert "laatu" in str(readers), readers
        first.close()
        second.close()


def two_browsers_talk(build):
    """The same as people do it: the widget, the chat desk, the keyboard."""
    with chat_house(build) as house:
        environment = dict(
            os.environ, TALLENNE_URL="http://" + house.addresses["desk.web"],
            TALLENNE_CHAT="http://" + house.addresses["counter.web"], TALLENNE_BUILD=os.path.abspath(build),
            TALLENNE_ONCE_AGENT=house.once("agent", agent="agent-1"),
            TALLENNE_ONCE_AGENT_2=house.once("agent", agent="agent-2"))
        done = subprocess.run(["node", "run.js", "chat.test.js"], cwd=SOURCE / "tests/browser", env=environment,
                              capture_output=True, text=True, timeout=900, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        assert "# pass 1" in done.stdout, done.stdout[-2000:]
        rows = stored(house, 1)
        assert rows[0]["agent"] == "agent-2", rows


class Cutter:
    """A proxy that passes everything on, but breaks its first connection
    after so many bytes in one direction."""

    def __init__(self, address, after, upward):
        host, port = address.rsplit(":", 1)
        self.to, self.after, self.upward = (host, int(port)), after, upward
        self.passed = [0, 0]
        self.cut = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                here, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(here,), daemon=True).start()

    def one(self, here):
        try:
            there = socket.create_connection(self.to, 20)
        except OSError:
            here.close()
            return
        is_cut = not self.cut.is_set() and self.after is not None
        self.cut.set()
        left = self.after
        with selectors.DefaultSelector() as both, here, there:
            both.register(here, selectors.EVENT_READ, (there, True))
            both.register(there, selectors.EVENT_READ, (here, False))
            while True:
                for key, _ in both.select(30):
                    to, is_up = key.data
                    try:
                        data = key.fileobj.recv(65536)
                        if is_cut and is_up == self.upward:
                            data, left = data[:left], left - len(data[:left])
                        self.passed[is_up] += len(data)
                        if data:
                            to.sendall(data)
                    except OSError:
                        return
                    if not data or (is_cut and left == 0):
                        return

    def close(self):
        self.listener.close()


def scripted(house, agent, after, upward):
    """One conversation with a cut; (bytes upwards, downwards)."""
    cutter = Cutter(house.addresses["counter.web"], after, upward)
    # The address it asks for is the server's own: only the way is another.
    guest = Guest(cutter.address, ORIGIN)
    try:
        guest.say("yksi")
        guest.until("a first acknowledgement", lambda: not guest.unsaid)
        chat = agent.take()
        agent.say(chat, "kaksi")
        guest.until("an answer", lambda: len(guest.texts()) == 2)
        guest.say("kolme")
        guest.say("neljä")
        guest.until("two more", lambda: not guest.unsaid and len(guest.texts()) == 4)
        words = [("visitor", "yksi"), ("agent", "kaksi"), ("visitor", "kolme"), ("visitor", "neljä")]
        screen = [(e["from"], e["text"]) for e in agent.events(chat) if e["kind"] == "message"]
        assert guest.texts() == words and screen == words, (after, upward, guest.texts(), screen)
        agent.act(chat, "end", reason="solved")
        guest.until("the end", lambda: guest.state.get("phase") == "over" and guest.events[-1]["kind"] == "closed")
        return chat, words, cutter.passed
    finally:
        guest.drop()
        cutter.close()


def a_connection_may_break_after_any_byte(build):
    with chat_house(build) as house:
        agent = Agent(house)
        chats = {}
        chat, words, (down, up) = scripted(house, agent, None, True)
        chats[chat] = words
        cuts = [(n, upward) for upward, size in ((True, up), (False, down)) for n in range(1, size)]
        if "every" not in sys.argv:
            cuts = random.sample(cuts, SOME_CUTS)
        for after, upward in cuts:
            chat, words, _ = scripted(house, agent, after, upward)
            chats[chat] = words
        print(f"# {len(cuts)} cuts of {up} bytes upwards, {down} downwards", flush=True)
        visitor = house.staff("supervisor")
        rows = stored(house, len(chats), 300)
        assert sorted(row["number"] for row in rows) == list(range(1, len(chats) + 1)), "numbers have a gap"
        for row in rows:
            assert messages(read(house, row["id"], visitor)) == chats[row["id"]], row
        agent.close()


def killed(house, room, guests, rounds):
    """Messages go on while a room is killed again and again."""
    stop = threading.Event()
    faults = []

    def talk(guest, number):
        said = 0
        try:
            while not stop.is_set():
                guest.say(f"{number}-{said}")
                said += 1
                guest.until("an acknowledgement", lambda: not guest.unsaid)
                time.sleep(random.uniform(0, 0.2))
            guest.until("its own words", lambda: len(guest.texts()) >= said)
            assert guest.texts() == [("visitor", f"{number}-{n}") for n in range(len(guest.texts()))], guest.texts()
        except Exception as error:  # told by who joins
            faults.append(f"visitor {number}: {error!r:.300}")

    threads = [threading.Thread(target=talk, args=(guest, n)) for n, guest in enumerate(guests)]
    for thread in threads:
        thread.start()
    for _ in range(rounds):
        time.sleep(random.uniform(0.3, 1.5))
        pid = house.kill(room)
        wait_for(f"{room} again", lambda: house.rooms().get((room, 0), pid) != pid, 60)
    time.sleep(1)
    stop.set()
    for thread in threads:
        thread.join(300)
    assert not faults, "; ".join(faults[:5])


def no_room_takes_a_message_with_it(build):
    count, rounds = (500, 10) if "every" in sys.argv else (20, 2)
    with chat_house(build) as house:
        for _ in range(count):
            guest = guest_of(house)
            guest.say("begin")
            guest.until("an acknowledgement", lambda guest=guest: not guest.unsaid)
            guest.tell(t="end")
            guest.until("the end", lambda guest=guest: guest.state.get("phase") == "over")
            guest.drop()
        before = count
        for room in ROOMS:
            guests = [guest_of(house) for _ in range(count)]
            killed(house, room, guests, rounds)
            expected = {}
            for guest in guests:
                guest.until("a connection", lambda guest=guest: guest.wire is not None and guest.state)
                expected[guest.receipt] = guest.texts()
                guest.until("the end", lambda guest=guest: over(guest))
                guest.drop()
            rows = stored(house, before + count, 300)[:count]
            before += count
            visitor = house.staff("supervisor")
            kept = sorted(map(str, (messages(read(house, row["id"], visitor)) for row in rows)))
            assert kept == sorted(map(str, expected.values())), f"{room}: what is stored is not what was said"
            print(f"# {room} killed {rounds} times during {count} conversations, "
                  f"{sum(map(len, expected.values()))} messages", flush=True)


def over(guest):
    if guest.state.get("phase") != "over" and guest.wire:
        try:
            guest.tell(t="end")
        except Gone:
            guest.drop()
    return guest.state.get("phase") == "over"


def nothing_of_a_visitors_browser_is_kept(build):
    """Address, User-Agent, Referer and page are written down nowhere (S12)."""
    marks = {"address": "198.51.100.77", "agent": "MarkerBrowser-5d1c", "page": "marker-page-77ab",
             "cookie": "marker-cookie-1f", "words": "ennen-91c2"}
    headers = [f"X-Forwarded-For: {marks['address']}", f"User-Agent: {marks['agent']}",
               f"Referer: {ORIGIN}/{marks['page']}", f"Cookie: other={marks['cookie']}"]
    with chat_house(build, counter={**QUICK["counter"], "behind_proxy": True}) as house:
        guest, agent = guest_of(house, headers=headers), Agent(house)
        guest.say(marks["words"])
        guest.until("an acknowledgement", lambda: not guest.unsaid)
        wrong = Wire(house.addresses["counter.web"], ORIGIN, headers)
        wrong.say({"t": "hello", "token": "A" * 22, "after": 0})
        assert wrong.hear()["t"] == "error"
        chat = agent.take()
        agent.say(chat, "jälkeen")
        metrics = house.staff("admin").get("/metrics")[1].decode()
        agent.act(chat, "end", reason="solved")
        guest.until("the end", lambda: guest.state.get("phase") == "over")
        stored(house, 1)
        agent.close()
        house.stop()
        places = [path for path in house.dir.rglob("*") if path.is_file()]
        assert len(places) > 10, places
        for what, mark in marks.items():
            assert mark not in metrics, f"{what} in the metrics"
            for path in places:
                assert mark.encode() not in path.read_bytes(), f"{what} in {path.name}"
        # What is looked for would be found: the agent's id is there.
        assert any(b"agent-1" in path.read_bytes() for path in places)


signal.signal(signal.SIGPIPE, signal.SIG_IGN)
run_tests([a_chat_goes_from_the_visitor_to_the_register, two_browsers_talk, a_connection_may_break_after_any_byte,
           no_room_takes_a_message_with_it, nothing_of_a_visitors_browser_is_kept])
