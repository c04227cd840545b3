#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The first five minutes: `tallenne demo` as a newcomer meets it, in a browser."""
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time

from house import SOURCE, run_tests, wait_for

PEOPLE = {"Supervisor": "SUPERVISOR", "Trainer": "TRAINER", "Agent 1": "AGENT", "Data protection officer": "DPO",
          "Administrator": "ADMIN"}


class Demo:
    def __init__(self, build, place, *arguments):
        self.lines = []
        self.process = subprocess.Popen([str(pathlib.Path(build) / "cli/tallenne"), "demo", *arguments],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                        text=True, start_new_session=True,
                                        env=dict(os.environ, TMPDIR=place))
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def text(self):
        return "\n".join(self.lines)

    def wait(self, seconds=400):
        wait_for("the demo's links", lambda: "Try:" in self.text() or self.process.poll() is not None, seconds)
        assert self.process.poll() is None, self.text()

    def links(self):
        found = {}
        for name, word in PEOPLE.items():
            match = re.search(rf"^  {re.escape(name)} +(http://\S+)$", self.text(), re.M)
            assert match, f"no link for {name}:\n{self.text()}"
            found[word] = match[1]
        return found

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(120)
        self.reader.join(5)
        return self.process.returncode


def two_calls_are_found_played_and_explained(build):
    with tempfile.TemporaryDirectory(prefix="tallenne-test-") as place:
        os.chmod(place, 0o711)  # the rooms' users pass through
        play(build, place)
        assert not os.listdir(place), f"something was left behind: {os.listdir(place)}"


def look(environment):
    """The browser tests; what fails there is told on stderr, see run.js."""
    node = subprocess.Popen(["node", "run.js", "desk.test.js"], cwd=SOURCE / "tests/browser", env=environment,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True)
    said = []
    reader = threading.Thread(target=lambda: said.extend(node.stdout), daemon=True)
    reader.start()
    try:
        code = node.wait(2400)
    except subprocess.TimeoutExpired:
        node.terminate()
        raise AssertionError("the browser tests did not end in 40 minutes") from None
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            node.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(node.pid, signal.SIGKILL)  # a browser must not stay
        node.wait()
        reader.join(10)
    said = "".join(said)
    print("\n".join("# " + line for line in said.splitlines() if re.match(r"# (tests|pass|fail|skipped)", line)))
    failed = re.findall(r"^ +not ok \d+ - (.*)", said, re.M)
    assert code == 0, f"exit {code}; failed: {', '.join(failed) or 'none'}"
    assert re.search(r"^# pass [1-9]\d", said, re.M), said[-2000:]


def play(build, place):
    began = time.monotonic()
    demo = Demo(build, place)
    try:
        demo.wait()
        print(f"# the demo was ready after {time.monotonic() - began:.1f} s", flush=True)
        assert demo.text().count("sealed") == 2, demo.text()
        assert "may exist until" in demo.text(), demo.text()
        assert "a visitor waits in the queue" in demo.text(), demo.text()
        links = demo.links()
        environment = dict(os.environ, TALLENNE_URL=links["SUPERVISOR"].split("/?")[0],
                           TALLENNE_SHOTS=str(pathlib.Path(build) / "shots/demo"),
                           **{f"TALLENNE_ONCE_{word}": link.split("once=")[1] for word, link in links.items()})
        look(environment)
    finally:
        code = demo.stop()
    assert code == 0, demo.text()


if __name__ == "__main__":
    run_tests([two_calls_are_found_played_and_explained])
