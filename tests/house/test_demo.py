#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The first five minutes: `tallenne demo` as a newcomer meets it, in a browser."""
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading

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

    def wait(self, seconds=150):
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
            self.process.wait(40)
        self.reader.join(5)
        return self.process.returncode


def two_calls_are_found_played_and_explained(build):
    with tempfile.TemporaryDirectory(prefix="tallenne-test-") as place:
        os.chmod(place, 0o711)  # the rooms' users pass through
        play(build, place)
        assert not os.listdir(place), f"something was left behind: {os.listdir(place)}"


def play(build, place):
    demo = Demo(build, place)
    try:
        demo.wait()
        assert demo.text().count("sealed") == 2, demo.text()
        assert "may exist until" in demo.text(), demo.text()
        links = demo.links()
        environment = dict(os.environ, TALLENNE_URL=links["SUPERVISOR"].split("/?")[0],
                           TALLENNE_SHOTS=str(pathlib.Path(build) / "shots/demo"),
                           **{f"TALLENNE_ONCE_{word}": link.split("once=")[1] for word, link in links.items()})
        done = subprocess.run(["node", "--test", "--test-concurrency=1", "desk.test.js"],
                              cwd=SOURCE / "tests/browser", env=environment, capture_output=True, text=True,
                              timeout=400, check=False)
        print("\n".join("# " + line for line in done.stdout.splitlines() if re.match(r"# (tests|pass|fail|skipped)", line)))
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-1000:]
        assert re.search(r"^# pass [1-9]\d", done.stdout, re.M), done.stdout[-2000:]
    finally:
        code = demo.stop()
    assert code == 0, demo.text()


run_tests([two_calls_are_found_played_and_explained])
