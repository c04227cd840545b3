# SPDX-License-Identifier: EUPL-1.2
"""A whole house on loopback, for tests: starts tallenne-house with a fresh
directory, makes calls with `tallenne call`, looks through the doors.

Standard library only. Everything that is started is stopped, by its own
process id; everything that is waited for has a limit.
"""
import contextlib
import datetime
import fcntl
import http.client
import json
import math
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SERVICE = "+358295550100"
CALLER = "+358405550123"
AGENTS = [
    {"id": "agent-1", "name": "Agent 1", "number": "+358295550901", "sip": "agent1@pbx.example"},
    {"id": "agent-2", "name": "Agent 2", "number": "+358295550902", "sip": "agent2@pbx.example"},
]


# A house takes all datagrams of its block, bound or not (BPF sk_lookup). So
# blocks lie below the ports that the kernel gives out, and whoever uses one
# holds a lock on it as long as the process lives.
PORTS_FIRST, PORTS_END, PORTS_STEP = 10000, 32700, 100
PORT_LOCKS = pathlib.Path(tempfile.gettempdir()) / "tallenne-test-ports"
port_locks = {}


def lock_ports(first, count):
    """Locks on the hundreds from first on, or None if somebody has one."""
    PORT_LOCKS.mkdir(mode=0o777, exist_ok=True)
    locks = []
    for port in range(first, first + count, PORTS_STEP):
        try:
            locks.append(open(PORT_LOCKS / str(port), "a"))
            fcntl.flock(locks[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            for lock in locks:
                lock.close()
            return None
    return locks


def claimed():
    """(first, last) of the ports that some recorder here hears; see base/claim.h."""
    names = pathlib.Path("/proc/self/net/unix").read_text()
    return [(int(a), int(b)) for a, b in re.findall(r"@tallenne-rtp/[^/]*/(\d+)-(\d+)", names)]


def free_port_block(count):
    """First port of a block of UDP ports that is ours alone."""
    for _ in range(400):
        first = random.randrange(PORTS_FIRST, PORTS_END - count, PORTS_STEP)
        if any(first <= b and a < first + count for a, b in claimed()):
            continue
        locks = lock_ports(first, count)
        if locks is None:
            continue
        try:
            for port in range(first, first + count):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                    s.bind(("127.0.0.1", port))
            port_locks[first] = locks
            return first
        except OSError:
            for lock in locks:
                lock.close()
    raise RuntimeError("no free block of ports")


def release_ports(first):
    for lock in port_locks.pop(first, ()):
        lock.close()


def open_always(origins=()):
    """The example policy with chats at any hour, also from these pages."""
    policy = (SOURCE / "notice/example.yaml").read_text()
    for line, instead in (
            ('hours: ["mon-fri 09:00-16:00"]', 'hours: ["mon-sun 00:00-24:00"]'),
            ("closed: [holidays, eves] ", "closed: [] "),
            ('origins: ["https://www.agency.example"]', "origins: " + json.dumps(list(origins)))):
        assert policy.count(line) == 1, line
        policy = policy.replace(line, instead)
    return policy


def wait_for(what, condition, seconds=60.0, every=0.05):
    """The condition's first true value; AssertionError when time is up."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"waited {seconds} s in vain for: {what}")
        time.sleep(every)


OTHERS = "another recorder on this machine has some of the ports"


class House:
    def __init__(self, build, policy=None, settings=None, env=None, ports=400, wrapper=()):
        self.build = pathlib.Path(build).resolve()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tallenne-test-"))
        # Rooms run as users of their own, who must be able to pass through.
        os.chmod(self.dir, 0o711)
        self.log_path = self.dir / "log"
        self.program = self.build / "house/tallenne-house"
        self.process = None
        self.wrapper = list(wrapper)
        self.env = dict(os.environ, **(env or {}))
        self.settings = settings or {}
        self.ports = ports
        self.first_port = free_port_block(ports)
        self.policy = policy or (SOURCE / "notice/example.yaml").read_text()
        self.addresses = {}

    # -- files ---------------------------------------------------------------
    def write_files(self):
        (self.dir / "policy.yaml").write_text(self.policy)
        (self.dir / "passphrase").write_text("correct horse battery staple\n")
        config = {
            "house": {
                "state": str(self.dir / "state"),
                "run": str(self.dir / "run"),
                "policy": str(self.dir / "policy.yaml"),
                "policy_signed": False,
                "rtp": {"address": "127.0.0.1", "first_port": self.first_port, "port_count": self.ports},
            },
            "siprec": {
                "listen": {"udp": ["127.0.0.1:0"], "tcp": ["127.0.0.1:0"]},
                "clients": [{"name": "test", "address": "127.0.0.1"}],
            },
            "vault": {"unlock": "file", "passphrase": str(self.dir / "passphrase"), "unlock_memory_mib": 8},
            "register": {"direct_codes": True},
            "desk": {"listen": ["127.0.0.1:0"]},
            "counter": {"listen": ["127.0.0.1:0"]},
            "agents": AGENTS,
        }
        for section, values in self.settings.items():
            merge(config.setdefault(section, {}), values) if isinstance(values, dict) else config.update(
                {section: values})
        # JSON is YAML.
        (self.dir / "tallenne.yaml").write_text(json.dumps(config, indent=1))

    # -- life ----------------------------------------------------------------
    def start(self, seconds=180):
        """Start it; elsewhere, if a recorder that binds no port hears on ours (base/claim.h)."""
        for _ in range(5):
            try:
                return self.start_here(seconds)
            except AssertionError:
                if OTHERS not in self.log() or self.settings.get("house", {}).get("rtp"):
                    raise
            release_ports(self.first_port)
            self.first_port = free_port_block(self.ports)
            self.log_path.unlink()
        raise AssertionError("every block of ports is another recorder's")

    def start_here(self, seconds):
        self.write_files()
        ready_read, ready_write = os.pipe()
        os.set_inheritable(ready_write, True)
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            self.wrapper + [str(self.program), "--config", str(self.dir / "tallenne.yaml"),
                            "--ready-fd", str(ready_write)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[ready_write], env=self.env)
        os.close(ready_write)
        log.close()
        os.set_blocking(ready_read, False)
        try:
            wait_for("all rooms ready", lambda: self.poll_ready(ready_read), seconds)
        except AssertionError:
            sys.stderr.write(self.log()[-4000:])
            raise
        finally:
            os.close(ready_read)
        self.addresses = dict(
            line.split(" ", 1) for line in (self.dir / "run/addresses").read_text().splitlines())
        return self

    def poll_ready(self, fd):
        if self.process.poll() is not None:
            raise AssertionError(f"the house ended with {self.process.returncode}:\n{self.log()[-3000:]}")
        with contextlib.suppress(BlockingIOError):
            return os.read(fd, 16) == b"ready\n"
        return False

    def stop(self, seconds=120):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(30)
                raise AssertionError("the house did not stop:\n" + self.log()[-3000:])
        return self.process.returncode if self.process else None

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        try:
            code = self.stop()
            if kind is None:
                assert code == 0, f"the house ended with {code}:\n{self.log()[-3000:]}"
        finally:
            if kind is not None:
                sys.stderr.write(self.log()[-6000:])
            release_ports(self.first_port)
            if not os.environ.get("TALLENNE_KEEP"):
                shutil.rmtree(self.dir, ignore_errors=True)

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def rooms(self):
        """{(room, index): pid} of the processes that run."""
        found = {}
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError, IndexError, ValueError):
                stat = (entry / "stat").read_text()
                parent = int(stat.rsplit(")", 1)[1].split()[1])
                if parent != self.process.pid:
                    continue
                words = (entry / "cmdline").read_bytes().split(b"\0")
                found[(words[0].decode(), int(words[1]))] = int(entry.name)
        return found

    def kill(self, room, index=0):
        pid = self.rooms()[(room, index)]
        os.kill(pid, signal.SIGKILL)
        return pid

    # -- people --------------------------------------------------------------
    def cli(self, *arguments, check=True, timeout=300, input=None):
        done = subprocess.run(
            [str(self.build / "cli/tallenne"), *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
            input=input, env=dict(self.env, TALLENNE_RUN=str(self.dir / "run")), check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"tallenne {' '.join(map(str, arguments))}: exit {done.returncode}\n"
                                 f"{done.stdout}{done.stderr}\n{self.log()[-2000:]}")
        return done

    def json(self, *arguments, **options):
        """The JSON values, one a line, that a command prints."""
        return [json.loads(line) for line in self.cli(*arguments, "--json", **options).stdout.splitlines() if line]

    def sip(self, transport="udp"):
        return f"sip:{self.addresses['siprec.' + transport]};transport={transport}"

    def call(self, *arguments, transport="udp", **options):
        return self.cli("call", "--to", self.sip(transport), *arguments, **options)

    def contacts(self):
        return self.json("contact", "list")

    def wait_recorded(self, count, seconds=120):
        """Contacts, newest first, once that many have a recording."""
        def look():
            rows = self.contacts()
            return rows if sum(1 for row in rows if row["recordings"] > 0) >= count else None
        return wait_for(f"{count} recordings", look, seconds, 0.2)


    # -- staff ---------------------------------------------------------------
    ROLES = ["agent", "supervisor", "quality", "registrar", "approver", "dpo", "admin", "auditor"]
    STAFF = "<HHIQiI64s64s32s32s4s32sIqII"  # struct door_staff

    def once(self, role, user=None, agent=""):
        """Add a member of staff by the register's door; a one-time code that signs in at once."""
        user = user or f"{role}-{random.randrange(1 << 32):x}"
        letter = struct.pack(self.STAFF, 200, 1, struct.calcsize(self.STAFF), 1, 0, self.ROLES.index(role) + 1,
                             user.encode(), role.encode(), agent.encode(), b"", b"en", b"", 0, 0, 1, 0)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
            door.settimeout(60)
            door.connect(str(self.dir / "run/doors/register.door"))
            door.send(letter)
            answer = struct.unpack(self.STAFF, door.recv(8192))
        assert answer[4] == 0, f"staff: result {answer[4]}"
        return answer[11].rstrip(b"\0").decode()

    def staff(self, role, agent=""):
        return Visitor(self.addresses["desk.web"]).sign_in(self.once(role, agent=agent))

    def hear(self, contact_id, purpose="laatu", visitor=None):
        """All of a contact's recordings: [(ogg bytes, timeline)]."""
        visitor = visitor or self.staff("supervisor")
        rows = visitor.json(f"/api/v1/contacts/{contact_id}/recordings")["recordings"]
        headers = {"Tallenne-Purpose": purpose}
        return [(visitor.get(f"/api/v1/recordings/{row['id']}/media", headers, 200)[1],
                 visitor.json(f"/api/v1/recordings/{row['id']}/timeline", headers)) for row in rows]


class Visitor:
    """Somebody at the staff pages."""

    def __init__(self, address):
        self.address = address
        self.cookie = None

    def request(self, method, path, headers=None, body=None):
        connection = http.client.HTTPConnection(self.address, timeout=120)
        headers = dict(headers or {})
        if self.cookie:
            headers["Cookie"] = self.cookie
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        if response.getheader("Set-Cookie"):
            self.cookie = response.getheader("Set-Cookie").split(";")[0]
        return response, data

    def sign_in(self, once):
        response, data = self.request("GET", f"/?once={once}")
        assert self.cookie, f"no session: {response.status} {data[:300]}"
        return self

    def get(self, path, headers=None, expect=None):
        response, data = self.request("GET", path, headers)
        assert expect is None or response.status == expect, f"{path}: {response.status} {data[:300]}"
        return response, data

    def json(self, path, headers=None):
        return json.loads(self.get(path, dict(headers or {}, Accept="application/json"), 200)[1])

    def post(self, path, fields, headers=None, expect=(200, 204)):
        """As a program does, with the session as its bearer token; what it is told."""
        connection = http.client.HTTPConnection(self.address, timeout=120)
        connection.request("POST", path, urllib.parse.urlencode(fields), dict(
            headers or {}, Authorization="Bearer " + self.cookie.split("=", 1)[1], Accept="application/json",
            **{"Content-Type": "application/x-www-form-urlencoded"}))
        response = connection.getresponse()
        data = response.read()
        connection.close()
        assert response.status in expect, f"{path}: {response.status} {data[:300]}"
        return json.loads(data) if data else None


def moment(text):
    """Seconds since 1970 of a timeline's time."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


# What a recording's times may differ from what its client saw: packets of
# 20 ms, cells of a timeline, the way through two kernels' queues.
EXACT_S = 0.1


def told(said):
    """What `tallenne call --json` says of each call: its report, with all
    times in seconds since 1970, and late: how long the machine made the
    client wait at most. A busy machine makes calls longer than was asked
    for; how long they were is told by this alone.
    """
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    late = next(line["summary"]["late_max_us"] for line in lines if "summary" in line) / 1e6
    reports = [line for line in lines if "call" in line]
    for report in reports:
        report["late"] = late
        report["at"] = {name.removesuffix("_ns"): ns / 1e9 for name, ns in report["times"].items()}
        for change in report["changes"]:
            # What was not answered any more was known when all was over.
            change["asked"] = change["asked_ns"] / 1e9
            change["known"] = (change["known_ns"] or report["times"]["end_ns"]) / 1e9
    return reports


def told_one(said):
    """The same of one call alone."""
    (report,) = told(said)
    return report


def assert_times(timeline, report, lost_bye=False):
    """The recording lasts from its answer to its end, as its client saw them.

    The recorder takes a call to be answered between the request that tells
    of it and the yes to that, where there is one: an ACK has none, so what
    the machine made the client wait is allowed for. Without a BYE the end
    is the last packet.
    """
    at, late = report["at"], report["late"]
    began = moment(timeline["began_at"])
    ended = began + timeline["duration_ms"] / 1000
    assert at["asked"] - EXACT_S < began < at["known"] + late + EXACT_S, (
        f"began {began - at['asked']:.3f} s after it was asked, {began - at['known']:.3f} s after it was known", report)
    first, last = (at["bye"] - late, at["bye"]) if lost_bye else (at["bye"], at["gone"])
    assert first - EXACT_S < ended < last + EXACT_S, (
        f"ended {ended - at['bye']:.3f} s after BYE, {ended - at['gone']:.3f} s after its answer", report)


class Stalls:
    """How long the machine makes a sleeper wait, while this is open."""

    def __enter__(self):
        self.worst = 0.0
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def watch(self):
        while not self.ends.is_set():
            began = time.monotonic()
            time.sleep(0.01)
            self.worst = max(self.worst, time.monotonic() - began - 0.01)

    def __exit__(self, kind, value, trace):
        self.ends.set()
        self.thread.join()


def changes(report, *kinds):
    """The client's changes of these kinds, in their order."""
    found = [change for change in report["changes"] if change["kind"] in kinds]
    assert [change["kind"] for change in found] == list(kinds), report["changes"]
    return found


RATE = 16000


def decode(ogg):
    """(left, right) samples of a recording, floats from -1 to 1, at RATE."""
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", "-", "-f", "s16le", "-ar", str(RATE), "-ac", "2", "-"],
                          input=ogg, capture_output=True, check=True)
    samples = struct.unpack(f"<{len(done.stdout) // 2}h", done.stdout)
    return [s / 32768 for s in samples[0::2]], [s / 32768 for s in samples[1::2]]


def level(samples, hertz):
    """Level of a tone in dB of full scale; -200 for none.

    Goertzel under a Hann window: without it a neighbouring tone leaks in.
    """
    count = len(samples)
    if count < 16:
        return -200.0
    w = 2 * math.cos(2 * math.pi * hertz / RATE)
    step = 2 * math.pi / count
    a = b = 0.0
    for n, x in enumerate(samples):
        a, b = x * (1 - math.cos(step * n)) + w * a - b, a
    power = (a * a + b * b - w * a * b) / (count / 2) ** 2
    return 10 * math.log10(power) if power > 1e-20 else -200.0


def merge(into, values):
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value


def run_tests(tests):
    """Run functions in order and print TAP; they get the build directory."""
    build = sys.argv[1]
    wanted = sys.argv[2:]
    tests = [t for t in tests if not wanted or t.__name__ in wanted]
    print(f"1..{len(tests)}", flush=True)
    causes = []
    for number, test in enumerate(tests, 1):
        began = time.monotonic()
        try:
            test(build)
            verdict = "ok"
        except Exception as error:  # a test must not end the others
            traceback.print_exc()
            print(f"# {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
            where = traceback.extract_tb(error.__traceback__)[-1]
            causes.append(f"{test.__name__} at {where.name}():{where.lineno}: {type(error).__name__}: {str(error)[:1500]}")
            verdict = "not ok"
        name = test.__name__.replace("_", " ")
        print(f"{verdict} {number} - {name} ({time.monotonic() - began:.1f} s)", flush=True)
    # Once more at the end, for a log that keeps only that.
    print("".join(f"FAILED {cause}\n" for cause in causes), end="", file=sys.stderr)
    sys.exit(1 if causes else 0)
