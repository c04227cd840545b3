# SPDX-License-Identifier: EUPL-1.2
"""Somebody has everything: images of the disk, all back-ups that were ever made, and all keys that live on the
day of the attack. What can be opened?

No format is believed: every file is searched byte by byte for what may be a sealed key, in pages that the database has
freed and in files beside it as well; each find is tried with every key; what opens is searched again.
"""
import pathlib
import re
import struct
import subprocess

KEY_BOX, TEXT_BOX = 112, 113  # seal/box.h
FOR_CALLER = 3
# A class of data and a date, as they stand before a box; 2026 to 2099.
MARK = re.compile(rb"[\x01-\x03]\x00\x00\x00(?=(....))", re.S)


def is_date(word):
    number, = struct.unpack("<I", word)
    return 20260101 <= number <= 20991231 and 1 <= number // 100 % 100 <= 12 and 1 <= number % 100 <= 31


class Oracle:
    """The program that has the keys (tests/attack/oracle.c)."""

    def __init__(self, build):
        self.process = subprocess.Popen([str(build / "tests/attack/oracle")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline().split()
        assert said, words
        return said

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(60) == 0


class Attack:
    """Everything in some places, tried with some rings."""

    def __init__(self, build, places, rings, passphrase, scratch):
        self.oracle = Oracle(pathlib.Path(build).resolve())
        self.scratch = pathlib.Path(scratch)
        self.pairs = [int(self.oracle.ask("ring", ring, passphrase)[1]) for ring in rings][-1]
        self.boxes, self.tried = set(), set()
        self.keys = {}       # owner -> {(key, the box it was in)}
        self.callers = set()  # contacts whose caller's number was read
        self.objects = {}    # object -> [files]
        self.bytes = []      # everything, once, to look for what stands in clear
        self.copies = 0
        for place in places:
            for path in sorted(pathlib.Path(place).rglob("*")):
                if path.is_file():
                    self.look(path)
        self.opened = {one for one in self.objects for key, box in self.keys.get(one, ()) if self.opens(one, key, box)}
        self.oracle.close()

    def look(self, path):
        """Search a file, and what it becomes when it is opened."""
        data = path.read_bytes()
        self.bytes.append(data)
        if data[:8] == b"tlnncopy":
            out = self.scratch / f"copy.{len(list(self.scratch.iterdir()))}"
            if self.oracle.ask("copy", path, out)[0] == "copied":
                self.copies += 1
                self.look(out)
        if data[:8] == b"tallenne" and len(data) > 320:
            self.objects.setdefault(data[16:32].hex(), []).append(path)
            self.box(data[128:240])
            return
        if data[:8] == b"tlnnkeys":
            return  # public halves, thousands of them
        for found in MARK.finditer(data):
            if is_date(found[1]):
                at = found.start() + 8
                self.box(data[at:at + KEY_BOX])
                self.text(data[at:at + TEXT_BOX])

    def box(self, box):
        if len(box) == KEY_BOX and box not in self.tried and any(box):
            self.tried.add(box)
            said = self.oracle.ask("box", box.hex())
            if said[0] == "key":
                self.boxes.add(box)
                self.keys.setdefault(said[2], set()).add((said[3], box))

    def text(self, box):
        if len(box) == TEXT_BOX and box not in self.tried and any(box):
            self.tried.add(box)
            said = self.oracle.ask("text", box.hex())
            if said[0] == "text":
                self.callers.add(said[1])

    def opens(self, one, key, box):
        """Any copy of it; one without its key in its head (backup/pool.h) with the box put back."""
        for path in self.objects[one]:
            data = bytearray(path.read_bytes())
            data[128:240] = box
            whole = self.scratch / "object"
            whole.write_bytes(data)
            if "opened" in (self.oracle.ask("object", path, key)[0], self.oracle.ask("object", whole, key)[0]):
                return True
        return False

    def sees(self, clear):
        """Whether these bytes stand anywhere in clear."""
        return any(clear in data for data in self.bytes)
