# SPDX-License-Identifier: EUPL-1.2
"""Both ends of a chat, for tests: a visitor who speaks docs/protocol-chat.md
over WebSocket, and an agent at the staff's pages.

Both behave as the browsers' scripts do: they keep what was not acknowledged
and send it again with the same id, order by number, and ask for gaps.
"""
import base64
import contextlib
import http.client
import json
import os
import re
import socket
import struct
import threading
import time
import urllib.parse

from house import wait_for

PROTOCOL = "tallenne.chat.v1"


def random_id():
    return base64.urlsafe_b64encode(os.urandom(16)).rstrip(b"=").decode()


class Gone(Exception):
    """The connection is no more."""


class Wire:
    """One WebSocket, client's side (RFC 6455). Whole text messages."""

    def __init__(self, address, origin, headers=(), seconds=20):
        host, port = address.rsplit(":", 1)
        self.rest = b""
        self.socket = socket.create_connection((host, int(port)), seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = ["GET /chat/v1 HTTP/1.1", f"Host: {address}", "Connection: Upgrade", "Upgrade: websocket",
                 "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
                 f"Sec-WebSocket-Protocol: {PROTOCOL}", f"Origin: {origin}", *headers, "", ""]
        try:
            self.socket.sendall("\r\n".join(lines).encode())
            while b"\r\n\r\n" not in self.rest:
                self.more()
        except OSError as error:
            self.close()
            raise Gone(str(error)) from None
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        if not head.startswith(b"HTTP/1.1 101 "):
            self.close()
            raise Gone(head.split(b"\r\n")[0].decode())

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise Gone("end of stream")
        self.rest += data

    def take(self, size):
        while len(self.rest) < size:
            self.more()
        data, self.rest = self.rest[:size], self.rest[size:]
        return data

    def frame(self, opcode, payload):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | opcode])
        head += bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size)
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

    def say(self, message):
        try:
            self.frame(1, json.dumps(message).encode())
        except OSError as error:
            raise Gone(str(error)) from None

    def hear(self, seconds=20):
        """The next message; None when none comes in time."""
        try:
            self.socket.settimeout(seconds)
            while True:
                first, second = self.take(2)
                size = second & 127
                if size == 126:
                    (size,) = struct.unpack(">H", self.take(2))
                elif size == 127:
                    (size,) = struct.unpack(">Q", self.take(8))
                payload = self.take(size)
                if first & 15 == 9:
                    self.frame(10, payload)
                elif first & 15 == 8:
                    raise Gone(f"closed with {struct.unpack('>H', payload[:2])[0] if payload else 1005}")
                elif first & 15 == 1:
                    return json.loads(payload)
        except TimeoutError:
            return None
        except OSError as error:
            raise Gone(str(error)) from None

    def close(self):
        self.socket.close()


class Guest:
    """A visitor, through any number of broken connections."""

    def __init__(self, address, origin, language="fi", nick="", headers=()):
        self.address, self.origin, self.headers = address, origin, headers
        self.open_words = {"t": "open", "key": random_id(), "lang": language, "notice": "00000000"}
        if nick:
            self.open_words["nick"] = nick
        self.token = self.receipt = self.epoch = self.wire = None
        self.events = []    # in the order of their numbers, without a gap
        self.late = {}      # those that came before their turn
        self.unsaid = {}    # id -> text, not acknowledged yet
        self.acks = {}      # id -> number
        self.state = {}
        self.errors = []
        self.connections = 0
        self.asked = -1
        self.again_at = None

    def connect(self):
        self.drop()
        self.wire = Wire(self.address, self.origin, self.headers)
        self.connections += 1
        self.asked = -1
        if self.token:
            self.wire.say({"t": "hello", "token": self.token, "after": len(self.events), "epoch": self.epoch})
        else:
            self.wire.say(self.open_words)
        for name, text in self.unsaid.items():
            self.wire.say({"t": "say", "id": name, "text": text})

    def drop(self):
        if self.wire:
            self.wire.close()
            self.wire = None

    def say(self, text):
        """It is kept until it is acknowledged."""
        name = random_id()
        self.unsaid[name] = text
        with contextlib.suppress(Gone, AttributeError):
            self.wire.say({"t": "say", "id": name, "text": text})
        return name

    def tell(self, **words):
        self.wire.say(words)

    def take(self, message):
        kind = message["t"]
        if kind == "opened":
            self.token, self.receipt, self.epoch = message["token"], message["receipt"], message["epoch"]
        elif kind == "state":
            assert self.epoch in (None, message["epoch"]), "the numbering began anew"
            self.state = message
        elif kind == "ack":
            self.acks[message["id"]] = message["n"]
            self.unsaid.pop(message["id"], None)
        elif kind == "event":
            self.late[message["n"]] = message
            while len(self.events) + 1 in self.late:
                self.events.append(self.late.pop(len(self.events) + 1))
            for n in [n for n in self.late if n <= len(self.events)]:
                assert self.late.pop(n) == self.events[n - 1], "another event under the same number"
            if self.late and self.asked != len(self.events):
                self.asked = len(self.events)
                self.wire.say({"t": "get", "after": len(self.events)})
        elif kind == "error":
            self.errors.append(message)
            if message["code"] in ("later", "too-fast", "limited"):
                self.again_at = time.monotonic() + max(message.get("retry", 0), 100) / 1000

    def turn(self, seconds=1.0):
        """Hear one message; connect again when that is needed."""
        try:
            if self.wire is None:
                self.connect()
            if self.again_at and time.monotonic() >= self.again_at:
                self.again_at = None
                for name, text in self.unsaid.items():
                    self.wire.say({"t": "say", "id": name, "text": text})
            message = self.wire.hear(seconds)
            if message is None:
                # As the browser's ping does: what was missed is asked for.
                self.wire.say({"t": "ping", "last": len(self.events)})
                self.wire.say({"t": "get", "after": len(self.events)})
            else:
                self.take(message)
        except (Gone, ConnectionError, TimeoutError, OSError):
            self.drop()
            time.sleep(0.02)

    def until(self, what, condition, seconds=120):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"{what} never came: {self.state} {self.errors[-3:]} {len(self.events)} events"
            self.turn(0.5)

    def texts(self):
        return [(e["from"], e["text"]) for e in self.events if e["kind"] == "message"]


class Agent:
    """An agent at the chat desk: a signed-in visitor of the staff's pages."""

    def __init__(self, house, agent="agent-1"):
        self.house = house
        self.staff = house.staff("agent", agent=agent)
        page = self.staff.get("/chat", expect=200)[1].decode()
        self.csrf = re.search(r'data-csrf="([0-9a-f]+)"', page)[1]
        self.rows = {}
        self.heard = threading.Event()
        self.is_over = False
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()
        assert self.heard.wait(60), "the feed never began"

    def listen(self):
        while not self.is_over:
            with contextlib.suppress(OSError, http.client.HTTPException, AttributeError):
                connection = http.client.HTTPConnection(self.staff.address, timeout=40)
                connection.request("GET", "/chat/events", headers={"Cookie": self.staff.cookie})
                response = connection.getresponse()
                name = ""
                while not self.is_over:
                    line = response.readline().decode()
                    if not line:
                        break
                    if line.startswith("event: "):
                        name = line[7:].strip()
                    elif line.startswith("data: ") and name == "row":
                        row = json.loads(line[6:])
                        self.rows[row["chat"]] = row
                    elif name == "seated":
                        self.heard.set()
            time.sleep(0.1)

    def ask(self, path, again=True, **fields):
        """(status, body); asked again while the desk or chat starts anew."""
        end = time.monotonic() + 60
        while True:
            try:
                connection = http.client.HTTPConnection(self.staff.address, timeout=30)
                connection.request("POST", path, urllib.parse.urlencode(fields),
                                   {"Cookie": self.staff.cookie, "Tallenne-Form-Token": self.csrf,
                                    "Content-Type": "application/x-www-form-urlencoded"})
                response = connection.getresponse()
                status, body = response.status, json.loads(response.read() or b"{}")
                connection.close()
            except (OSError, http.client.HTTPException):
                status, body = 0, {}
            if not again or status not in (0, 503, 429) or time.monotonic() > end:
                return status, body
            time.sleep(0.1)

    def take(self, chat=None):
        path = f"/chat/conversations/{chat}/take" if chat else "/chat/take"
        status, body = self.ask(path)
        assert status == 200, (status, body)
        return body["chat"]

    def say(self, chat, text, name=None):
        name = name or os.urandom(16).hex()
        status, body = self.ask(f"/chat/conversations/{chat}/say", id=name, text=text)
        assert status == 200, (status, body)
        return body["n"]

    def note(self, chat, text):
        status, body = self.ask(f"/chat/conversations/{chat}/say", id=os.urandom(16).hex(), text=text, note="1")
        assert status == 200, (status, body)

    def act(self, chat, what, **fields):
        status, body = self.ask(f"/chat/conversations/{chat}/{what}", **fields)
        assert status == 200, (status, body)

    def events(self, chat):
        """All events, fetched in parts by number as the page does."""
        found = []
        while True:
            part = self.staff.json(f"/chat/conversations/{chat}/events?after={len(found)}")["events"]
            if not part:
                return found
            assert [e["n"] for e in part] == list(range(len(found) + 1, len(found) + 1 + len(part))), part
            found += part

    def close(self):
        self.is_over = True


def stored(house, count, seconds=90):
    """What the register lists of chats, newest first, once so many of them
    are stored."""
    def look():
        rows = house.json("chat", "list", "--limit", max(count, 1))
        done = [row for row in rows if row["content"] == "stored"]
        return rows if len(done) >= count else None
    return wait_for(f"{count} stored chats", look, seconds, 0.3)


def read(house, chat, visitor=None, purpose="laatu"):
    """The stored document of a chat, as a supervisor reads it."""
    visitor = visitor or house.staff("supervisor")
    return visitor.json(f"/api/v1/chats/{chat}/content", {"Tallenne-Purpose": purpose})


def messages(document):
    return [(e["from"], e["text"]) for e in document["events"] if e["kind"] == "message"]
