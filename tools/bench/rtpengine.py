# SPDX-License-Identifier: EUPL-1.2
"""Debian's rtpengine for the capture benchmark, driven over its ng protocol
(bencode over UDP), user space only (no kernel table)."""
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time


def without_core():
    """It ends badly at times, and its memory holds what it received."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


NG_PORT = 9022
PORT_MIN, PORT_MAX = 10000, 19999
SOURCE_PORT = 9000  # of the generator: rtpengine learns it as the parties'
SINK_PORT = 9002  # where the parties say that they listen; see Quiet

SDP = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
       "t=0 0\r\nm=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
       "a=sendrecv\r\n")


def missing():
    """What is not installed, or nothing."""
    for program in ("rtpengine", "nft"):
        if not shutil.which(program):
            return f"{program} is not installed"
    return "not root" if os.geteuid() else ""


def bencode(value):
    if isinstance(value, dict):
        return b"d" + b"".join(bencode(key) + bencode(value[key])
                               for key in sorted(value)) + b"e"
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    if isinstance(value, int):
        return b"i%de" % value
    raw = value.encode()
    return b"%d:%s" % (len(raw), raw)


def bdecode(raw, at=0):
    """The value at a place, and the place behind it."""
    first = raw[at:at + 1]
    if first == b"i":
        until = raw.index(b"e", at)
        return int(raw[at + 1:until]), until + 1
    if first in b"dl":
        items, at = [], at + 1
        while raw[at:at + 1] != b"e":
            item, at = bdecode(raw, at)
            items.append(item)
        if first == b"d":
            return dict(zip(items[::2], items[1::2])), at + 1
        return items, at + 1
    colon = raw.index(b":", at)
    size = int(raw[at:colon])
    return (raw[colon + 1:colon + 1 + size].decode(errors="replace"),
            colon + 1 + size)


class Quiet:
    """While it lasts, what rtpengine forwards is dropped where it leaves,
    so that nobody has to receive it and no error comes back."""

    def _nft(self, text, check):
        subprocess.run(["nft", "-f", "-"], input=text, text=True, check=check,
                       capture_output=True)

    def __enter__(self):
        if not missing():
            self._nft(
                "table ip tallenne_bench {\nchain out {\n"
                "type filter hook output priority 0;\n"
                f"ip daddr 127.0.0.1 udp sport {PORT_MIN}-{PORT_MAX} "
                f"udp dport {{ {SOURCE_PORT}, {SINK_PORT} }} drop;\n"
                "}\n}\n", True)
        return self

    def __exit__(self, *_):
        if not missing():
            self._nft("delete table ip tallenne_bench", False)


class Engine:
    """One rtpengine process, all its threads on one core."""

    def __init__(self, work, core):
        self.directory = tempfile.mkdtemp(dir=work)
        self.log = open(pathlib.Path(self.directory) / "log", "w",
                        encoding="utf-8")
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), "rtpengine", "--config-file=none",
             "--table=-1", "--interface=127.0.0.1", "--foreground",
             "--log-stderr", "--log-level=2",
             f"--listen-ng=127.0.0.1:{NG_PORT}",
             f"--port-min={PORT_MIN}", f"--port-max={PORT_MAX}",
             "--recording-method=pcap", "--recording-format=eth",
             f"--recording-dir={self.directory}", "--timeout=3600"],
            stdout=self.log, stderr=self.log, preexec_fn=without_core)
        self.pid = self.process.pid
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(1)
        self.cookie = 0
        for _ in range(20):
            try:
                if self.ask({"command": "ping"}).get("result") == "pong":
                    return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError("rtpengine does not answer")

    def ask(self, question):
        self.cookie += 1
        cookie = b"%d" % self.cookie
        self.socket.sendto(cookie + b" " + bencode(question),
                           ("127.0.0.1", NG_PORT))
        while True:
            raw = self.socket.recv(65536)
            if raw.startswith(cookie + b" "):
                return bdecode(raw, len(cookie) + 1)[0]

    def call(self, number, is_blocked):
        """Set up a recorded call; the two ports it is received on."""
        names = {"call-id": f"bench-{number}", "from-tag": "a"}
        ports = []
        for command, more in (("offer", {}), ("answer", {"to-tag": "b"})):
            answer = self.ask({
                "command": command, "sdp": SDP.format(port=SINK_PORT),
                "ICE": "remove", "replace": ["origin"],
                "flags": ["trust-address"], **names, **more})
            if answer.get("result") != "ok":
                raise RuntimeError(f"rtpengine: {answer}")
            for line in answer["sdp"].split("\r\n"):
                if line.startswith("m=audio "):
                    ports.append(int(line.split()[1]))
        commands = ["start recording"]
        if is_blocked:
            commands.append("block media")
        for command in commands:
            question = {"command": command, "call-id": names["call-id"]}
            if command == "block media":
                question["flags"] = ["all"]
            answer = self.ask(question)
            if answer.get("result") != "ok":
                raise RuntimeError(f"rtpengine: {command}: {answer}")
        return ports

    def stop(self):
        # Ending calls makes it write out what its pcap files still buffer.
        try:
            for number in range(100000):
                answer = self.ask({"command": "delete", "delete-delay": 0,
                                   "call-id": f"bench-{number}"})
                if answer.get("result") != "ok" or "warning" in answer:
                    break
        except OSError:
            pass
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.socket.close()
        self.log.close()
