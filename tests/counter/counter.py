# SPDX-License-Identifier: EUPL-1.2
"""Counter with a house and a chat that only play theirs: starts them, speaks
HTTP, WebSocket and events with it. Standard library only."""
import base64
import contextlib
import http.client
import json
import os
import pathlib
import select
import socket
import ssl
import struct
import subprocess
import sys
import time
import urllib.parse

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/house"))
from house import run_tests, wait_for  # noqa: E402, F401

LONG = 30  # what must come has come by then, on the slowest machine


def token():
    return base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")


class Counter:
    def __init__(self, build, policy=None, **settings):
        self.build = pathlib.Path(build)
        self.policy = policy or SOURCE / "notice/example.yaml"
        self.settings = {"requests_per_minute": 100000, "opens_per_hour": 100000, "opens_per_minute": 100000,
                         "messages_per_minute": 100000, "connections_per_address": 1000, **settings}

    def __enter__(self):
        words = [str(word) for pair in self.settings.items() for word in pair]
        self.process = subprocess.Popen(
            [self.build / "counter/counter_house", self.build / "counter/tallenne-counter",
             SOURCE / "ui", self.policy, *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[1]
        self.host, self.port = "127.0.0.1", int(self.url.rsplit(":", 1)[1])
        self.tls = None
        if "tls-chain" in self.settings:
            self.tls = ssl.create_default_context(cafile=self.settings["tls-chain"])
            self.url = self.url.replace("http:", "https:")
        wait_for("chat's hours", lambda: self.get("/healthz").status == 200, LONG)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(LONG) == 0

    def tell(self, words):
        """Tell the fake chat something; what it says to it."""
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        said = []
        while (line := self.process.stdout.readline().rstrip("\n")) != "done":
            assert line or self.process.poll() is None, "it has ended"
            said.append(line)
        return dict(part.split("=") for line in said for part in line.split() if "=" in part)

    def ask(self, method, path, body=None, headers=None):
        """One request. The answer with its text in .text."""
        connection = http.client.HTTPSConnection(self.host, self.port, timeout=LONG, context=self.tls) \
            if self.tls else http.client.HTTPConnection(self.host, self.port, timeout=LONG)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        connection.close()
        return answer

    def connect(self):
        plain = socket.create_connection((self.host, self.port), timeout=LONG)
        return self.tls.wrap_socket(plain, server_hostname=self.host) if self.tls else plain

    def get(self, path, **headers):
        return self.ask("GET", path, None, {k.replace("_", "-"): v for k, v in headers.items()})

    def form(self, path, fields, cookie=None, **headers):
        head = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin", **headers}
        if cookie:
            head["Cookie"] = f"tallenne-chat={cookie}"
        return self.ask("POST", path, urllib.parse.urlencode(fields), head)

    def post(self, act, message, bearer=None, origin=None):
        head = {"Content-Type": "application/json", "Origin": origin or self.url}
        if bearer:
            head["Authorization"] = f"Bearer {bearer}"
        answer = self.ask("POST", f"/chat/v1/{act}", json.dumps(message), head)
        answer.json = json.loads(answer.text)
        return answer


class Closed(Exception):
    def __init__(self, code):
        super().__init__(f"closed with {code}")
        self.code = code


class Wire:
    """A WebSocket of a visitor."""

    def __init__(self, counter, origin=None, expect=101, headers=()):
        self.socket = counter.connect()
        lines = ["GET /chat/v1 HTTP/1.1", f"Host: {counter.host}:{counter.port}", "Upgrade: websocket",
                 "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: tallenne.chat.v1",
                 "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode(), *headers]
        if origin != "":
            lines.append("Origin: " + (origin or counter.url))
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.bytes = b""
        while b"\r\n\r\n" not in self.bytes:
            self.read()
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])
        assert self.status == expect, head

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def read(self):
        more = self.socket.recv(65536)
        if not more:
            raise Closed(0)
        self.bytes += more

    def frame(self, opcode, payload):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", size)
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

    def say(self, t, **members):
        self.raw(json.dumps({"t": t, **members}, ensure_ascii=False))

    def raw(self, text):
        self.frame(1, text.encode() if isinstance(text, str) else text)

    def hear(self, timeout=LONG):
        """The next message; Closed when it is over."""
        self.socket.settimeout(timeout)
        while True:
            while len(self.bytes) < 2:
                self.read()
            size, at = self.bytes[1] & 127, 2
            if size == 126:
                while len(self.bytes) < 4:
                    self.read()
                size, at = struct.unpack(">H", self.bytes[2:4])[0], 4
            while len(self.bytes) < at + size:
                self.read()
            opcode, payload = self.bytes[0] & 15, self.bytes[at:at + size]
            self.bytes = self.bytes[at + size:]
            if opcode == 8:
                raise Closed(struct.unpack(">H", payload[:2])[0] if payload else 1005)
            if opcode == 9:
                self.frame(10, payload)
            elif opcode == 1:
                return json.loads(payload.decode())

    def wait(self, t, **members):
        """The next message of a kind; what comes before it is passed over."""
        while True:
            message = self.hear()
            if message["t"] == t and all(message.get(k) == v for k, v in members.items()):
                return message

    def is_quiet(self, seconds=0.3):
        if self.bytes:
            return False
        return not select.select([self.socket], [], [], seconds)[0]

    def open(self, **members):
        self.say("open", **{"key": token(), "lang": "fi", "notice": "00000000", **members})
        opened = self.hear()
        assert opened["t"] == "opened", opened
        return opened

    def events(self, count):
        """The next events, which must be numbered on."""
        return [self.wait("event") for _ in range(count)]


class Feed:
    """Events of the second way."""

    def __init__(self, counter, bearer, after=None, last_id=None, origin=None):
        self.socket = counter.connect()
        lines = [f"GET /chat/v1/events{'' if after is None else f'?after={after}'} HTTP/1.1",
                 f"Host: {counter.host}:{counter.port}", "Origin: " + (origin or counter.url)]
        if bearer:
            lines.append(f"Authorization: Bearer {bearer}")
        if last_id is not None:
            lines.append(f"Last-Event-ID: {last_id}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.head = {}
        while (line := self.file.readline().strip()):
            name, value = line.decode().split(": ", 1)
            self.head[name.lower()] = value
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def chunk(self):
        size = int(self.file.readline().strip() or b"0", 16)
        data = self.file.read(size)
        self.file.readline()
        return data

    def hear(self):
        """(id, message) of the next event; None at the end."""
        while True:
            while b"\n\n" not in self.rest:
                data = self.chunk()
                if not data:
                    return None
                self.rest += data
            block, self.rest = self.rest.split(b"\n\n", 1)
            fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if b": " in line)
            if b"data" in fields:
                return int(fields[b"id"]) if b"id" in fields else None, json.loads(fields[b"data"])

    def wait(self, t):
        while (heard := self.hear()):
            if heard[1]["t"] == t:
                return heard
        raise Closed(0)


@contextlib.contextmanager
def talking(counter, **members):
    """A visitor with a conversation: the wire, and what was answered."""
    with Wire(counter) as wire:
        opened = wire.open(**members)
        wire.wait("event")
        yield wire, opened
