#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Two recorders behind the balancer of docs/kamailio, as it is shipped."""
import contextlib
import socket
import shutil
import subprocess
import sys

from fleet import metric
from house import SERVICE, SOURCE, House, assert_times, decode, level, run_tests, told, wait_for

CALLER_HZ, AGENT_HZ = 520, 1130
AGENT = "agent-1/+358295550901/agent1@pbx.example"


def free_port():
    """A port that is free for UDP and TCP, and in no recorder's range for RTP."""
    for _ in range(50):
        with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp, contextlib.suppress(OSError):
            udp.bind(("127.0.0.1", 0))
            tcp.bind(udp.getsockname())
            return udp.getsockname()[1]
    raise RuntimeError("no free port")


class Balancer:
    """Kamailio with the shipped configuration; only addresses are given."""

    def __init__(self, directory, recorders, with_tls=False):
        self.dir = directory
        self.port = free_port()
        (self.dir / "dispatcher.list").write_text("".join(f"1 {uri} 0 0\n" for uri in recorders))
        (self.dir / "clients.list").write_text("1 127.0.0.1 32\n")
        values = {
            "LISTEN_UDP": f"udp:127.0.0.1:{self.port}", "LISTEN_TCP": f"tcp:127.0.0.1:{self.port}",
            "RECORDERS": f'"{self.dir}/dispatcher.list"', "CLIENTS": f'"{self.dir}/clients.list"', "PING_S": "1",
        }
        if with_tls:
            (self.dir / "tls.cfg").write_text(
                (SOURCE / "docs/kamailio/tls.cfg").read_text().replace("/etc/kamailio/tls", str(self.dir)))
            self.tls_port = free_port()
            values.update({"WITH_TLS": "1", "LISTEN_TLS": f"tls:127.0.0.1:{self.tls_port}",
                           "TLS_CONFIG": f'"{self.dir}/tls.cfg"'})
        defines = [word for name, value in values.items() for word in ("-A", f"{name}={value}")]
        self.log_path = self.dir / "kamailio.log"
        self.command = ["kamailio", "-DD", "-E", "-f", str(SOURCE / "docs/kamailio/kamailio.cfg"), "-m", "32", "-M",
                        "4", "-Y", str(self.dir), "-w", str(self.dir), *defines]

    def __enter__(self):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for("kamailio listens", self.is_up, 120)
        return self

    def is_up(self):
        if self.process.poll() is not None:
            raise AssertionError("kamailio ended:\n" + self.log())
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def __exit__(self, kind, value, trace):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
        if kind is not None:
            print("".join(f"# {line}\n" for line in self.log()[-3000:].splitlines()), end="")

    def log(self):
        return self.log_path.read_text(errors="replace")

    def call(self, house, *arguments, transport="udp", **options):
        port = self.tls_port if transport == "tls" else self.port
        return house.cli("call", "--to", f"sip:127.0.0.1:{port};transport={transport}", "--service", SERVICE,
                         "--caller-tone", CALLER_HZ, "--agent-tone", AGENT_HZ, "--agent", AGENT, "--json", *arguments,
                         **options)


def fixed(build):
    """A house whose SIP address stays when it starts anew."""
    port = free_port()
    house = House(build, settings={"siprec": {"listen": {t: [f"127.0.0.1:{port}"] for t in ("udp", "tcp")}}})
    house.sip_port = port
    return house


def recorded(house):
    rows = house.json("contact", "list", "--limit", 500)
    return sum(1 for row in rows if row["recordings"] > 0)


def wait_count(house, count):
    """Wait until that many calls are recorded there; it may not be more."""
    try:
        wait_for(f"{count} recordings", lambda: recorded(house) >= count, 180, 0.3)
    finally:
        if recorded(house) != count:
            print("".join(f"# {row}\n" for row in house.contacts()), end="")
    assert recorded(house) == count, f"{recorded(house)} instead of {count}"


def counts(houses, total, seconds=180):
    """How many calls each has recorded, once that is all of them."""
    def look():
        found = [recorded(house) for house in houses]
        return found if sum(found) >= total else None
    found = wait_for(f"{total} recordings", look, seconds, 0.3)
    assert sum(found) == total, found
    return found


def assert_heard(house, row, reports):
    """The recording of this contact is that of one of these calls."""
    recordings = house.hear(row["id"])
    assert len(recordings) == 1, f"{len(recordings)} recordings"
    left, right = decode(recordings[0][0])
    middle = slice(len(left) // 4, 3 * len(left) // 4)
    assert level(left[middle], CALLER_HZ) > -20 and level(right[middle], AGENT_HZ) > -20
    assert level(left[middle], AGENT_HZ) < -50 and level(right[middle], CALLER_HZ) < -50
    faults = []
    for report in reports:
        try:
            assert_times(recordings[0][1], report)
            return
        except AssertionError as fault:
            faults.append(fault.args[0])
    raise AssertionError(f"like none of the calls: {faults}")


def calls_are_spread_and_go_on_when_a_recorder_stops(build):
    with fixed(build) as one, fixed(build) as two:
        recorders = [f"sip:127.0.0.1:{one.sip_port};transport=tcp", f"sip:127.0.0.1:{two.sip_port}"]
        with Balancer(one.dir, recorders) as balancer:
            # Both get some, none is lost, whatever the clients' transport.
            reports = [report for transport in ("udp", "tcp") for report in told(balancer.call(
                one, "--calls", 8, "--rate", 8, "--seconds", 2, transport=transport).stdout)]
            first, second = counts([one, two], 16)
            assert first > 0 and second > 0, (first, second)
            for house in (one, two):
                assert_heard(house, house.contacts()[0], reports)

            # The two sessions of a call from Cisco's phones stay together.
            balancer.call(one, "--dialect", "cisco-bib", "--calls", 4, "--rate", 4, "--seconds", 2, transport="tcp")
            first, second = counts([one, two], 20)

            # What changes inside a session finds its recorder.
            balancer.call(one, "--hold", "1:1", "--transfer", "3:agent-2/+358295550902/agent2@pbx.example",
                          "--seconds", 4)
            first, second = counts([one, two], 21)

            # One stops: not a call is lost, and none waits longer than a
            # client does.
            two.stop()
            balancer.call(one, "--calls", 6, "--rate", 6, "--seconds", 1)
            wait_count(one, first + 6)

            # It comes back, and gets its share again; then the other stops.
            two.start()
            # Nobody but the balancer speaks to it: it has been asked often
            # enough to count as there again.
            admin = two.staff("admin")
            wait_for("pings", lambda: metric(two, admin, "sip_messages_total") >= 4, every=0.3)
            one.stop()
            balancer.call(two, "--calls", 6, "--rate", 6, "--seconds", 1, transport="tcp")
            wait_count(two, second + 6)


def certificates(directory):
    """An authority, and what it gave a recorder, a balancer and a client."""
    def run(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=directory)
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    run("req", "-x509", *key, "-keyout", "peers.key", "-out", "peers.pem", "-subj", "/CN=Test authority", "-days", "2")
    for name in ("recorder", "balancer", "client"):
        run("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}.example", "-addext",
            f"subjectAltName=DNS:{name}.example,IP:127.0.0.1")
        run("x509", "-req", "-in", f"{name}.csr", "-CA", "peers.pem", "-CAkey", "peers.key", "-CAcreateserial", "-out",
            f"{name}.pem", "-days", "2", "-copy_extensions", "copy")


def tls_on_both_sides_of_the_balancer(build):
    port = free_port()
    house = House(build)
    certificates(house.dir)
    house.settings = {"siprec": {
        "listen": {"tls": [f"127.0.0.1:{port}"]},
        "tls": {"chain": str(house.dir / "recorder.pem"), "key": str(house.dir / "recorder.key"),
                "peers": str(house.dir / "peers.pem")},
        "clients": [{"name": "balancer", "certificate": "balancer.example"}],
    }}
    with house, Balancer(house.dir, [f"sip:127.0.0.1:{port};transport=tls"], with_tls=True) as balancer:
        done = balancer.call(house, "--srtp", "--seconds", 2, "--ca", house.dir / "peers.pem", "--cert",
                             house.dir / "client.pem", "--key", house.dir / "client.key", transport="tls")
        assert_heard(house, house.wait_recorded(1)[0], told(done.stdout))


def what_is_shipped_is_valid_with_and_without_tls(build):
    shipped = SOURCE / "docs/kamailio"
    for extra in ([], ["-A", "WITH_TLS"]):
        done = subprocess.run(
            ["kamailio", "-c", "-f", str(shipped / "kamailio.cfg"), "-A", f'RECORDERS="{shipped}/dispatcher.list"', "-A",
             f'CLIENTS="{shipped}/clients.list"', "-A", f'TLS_CONFIG="{shipped}/tls.cfg"', *extra],
            capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0 and "ERROR" not in done.stderr, done.stderr[-2000:]


if not shutil.which("kamailio"):
    print("1..0 # SKIP kamailio is not installed")
    sys.exit(0)
run_tests([
    what_is_shipped_is_valid_with_and_without_tls,
    tls_on_both_sides_of_the_balancer,
    calls_are_spread_and_go_on_when_a_recorder_stops,
])
