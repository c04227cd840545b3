#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Check an audit log of Tallenne without trusting Tallenne.

A second implementation of what "tallenne audit verify" does, written from
the formats (vault/record.h, vault/note.h, RFC 6962, C2SP signed-note,
tlog-checkpoint and tlog-proof, RFC 8032) and sharing no line with the
first. Needs nothing but Python 3.

    verify_audit.py LOG [--checkpoint FILE] [--key VERIFIER_KEY]
    verify_audit.py --proof FILE --key VERIFIER_KEY

Says what it found and ends with 0 if all is well, with 1 if not.
"""
import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from pathlib import Path

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ERASED = re.compile(r'\{"seq":[0-9]+,"time":"[^"]+","node":"[^"]+","event":"log\.erased",'
                    r'"actor":"svc_sweeper","before":"[0-9-]{10}","entries":([0-9]+)\}')
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


class Bad(Exception):
    """The log, checkpoint or proof is not what it should be."""


# Ed25519, as in RFC 8032 section 6: slow, clear, for checking only.

def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(s, p):
    q = (0, 1, 1, 0)
    while s > 0:
        if s & 1:
            q = add(q, p)
        p = add(p, p)
        s >>= 1
    return q


def recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - x2) % P or (x == 0 and sign):
        raise Bad('a point is not on the curve')
    return P - x if x & 1 != sign else x


def decompress(data):
    both = int.from_bytes(data, 'little')
    y = both & ((1 << 255) - 1)
    x = recover_x(y, both >> 255)
    return (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def is_signed(public, message, signature):
    s = int.from_bytes(signature[32:], 'little')
    if s >= L:
        return False
    a, r = decompress(public), decompress(signature[:32])
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message)
                       .digest(), 'little') % L
    p, q = multiply(s, BASE), add(r, multiply(h, a))
    return ((p[0] * q[2] - q[0] * p[2]) % P == 0 and
            (p[1] * q[2] - q[1] * p[2]) % P == 0)


# The Merkle tree of RFC 6962.

def sha256(data):
    return hashlib.sha256(data).digest()


def node_hash(left, right):
    return sha256(b'\x01' + left + right)


def leaf_of(salt, payload):
    return sha256(b'\x00' + sha256(salt + payload))


class Tree:
    """Hashes of full trees of falling size; their fold is the root."""

    def __init__(self):
        self.peaks = []
        self.size = 0

    def append(self, leaf):
        height = 0
        while self.peaks and self.peaks[-1][0] == height:
            leaf = node_hash(self.peaks.pop()[1], leaf)
            height += 1
        self.peaks.append((height, leaf))
        self.size += 1

    def root(self):
        if not self.peaks:
            return sha256(b'')
        result = self.peaks[-1][1]
        for _, peak in reversed(self.peaks[:-1]):
            result = node_hash(peak, result)
        return result


def root_of_path(leaf, index, size, path):
    """RFC 9162 section 2.1.3.2."""
    if index >= size:
        raise Bad('the proof is for an entry beyond the tree')
    at, last, result = index, size - 1, leaf
    for other in path:
        if last == 0:
            raise Bad('the proof is too long')
        if at & 1 or at == last:
            result = node_hash(other, result)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            result = node_hash(result, other)
        at, last = at >> 1, last >> 1
    if last:
        raise Bad('the proof is too short')
    return result


def from_base64(text, size=None):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Bad('not base64') from error
    if (base64.b64encode(data).decode() != text or
            size is not None and len(data) != size):
        raise Bad('not base64 as it should be')
    return data


def read_key(text):
    parts = text.strip().split('+', 2)
    if len(parts) != 3:
        raise Bad('the key is not a verifier key')
    name, key_id, data = parts[0], parts[1], from_base64(parts[2], 33)
    wanted = sha256(name.encode() + b'\n' + data)[:4]
    if data[0] != 1 or key_id != wanted.hex():
        raise Bad('the key does not fit its own name')
    return name, wanted, data[1:]


def read_checkpoint(text, key):
    match = re.fullmatch('([!-*,-~]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/=]+)\n'
                         '\n((?:\u2014 [^ \n]+ [^ \n]+\n)+)', text)
    if not match:
        raise Bad('not a checkpoint')
    origin, size, root = match[1], int(match[2]), from_base64(match[3], 32)
    if key:
        name, key_id, public = read_key(key)
        body = text[:match.end(3) + 1].encode()
        for line in match[4].split('\n')[:-1]:
            _, signer, data = line.split(' ')
            signature = from_base64(data)
            if (signer == name == origin and len(signature) == 68 and
                    signature[:4] == key_id and
                    is_signed(public, body, signature[4:])):
                break
        else:
            raise Bad('the checkpoint is not signed by this key')
    return size, root


def write_line(seq, entry, leaf):
    """The one way in which an entry may stand in the file."""
    if 'payload' not in entry:
        return '{"seq":%d,"leaf":"%s"}' % (seq, leaf.hex())
    text = entry['payload'].replace('\\', '\\\\').replace('"', '\\"')
    return ('{"seq":%d,"time":"%s","salt":"%s","payload":"%s","leaf":"%s"}'
            % (seq, entry['time'], entry['salt'], text, leaf.hex()))


def read_line(line, seq):
    """Leaf and time of an entry; its time is None where it was erased."""
    try:
        text = line.decode()
        entry = json.loads(text)
        leaf = bytes.fromhex(entry['leaf'])
        if text != write_line(seq, entry, leaf):
            raise Bad('not written as it should be')
        if 'payload' not in entry:
            return leaf, None
        payload = entry['payload'].encode()
        inner = json.loads(entry['payload'])
        salt = bytes.fromhex(entry['salt'])
        fits = (inner['seq'] == seq and inner['time'] == entry['time'] and
                len(salt) == 32 and entry['salt'] == salt.hex())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Bad('not an audit entry') from error
    if not fits:
        raise Bad('the payload is of another entry')
    if leaf != leaf_of(salt, payload):
        raise Bad('it was changed: it does not give its leaf')
    return leaf, entry['time']


def erased_by(line, seq):
    """How many entries this one says were erased. Only the vault writes such
    an entry, and in one way."""
    match = ERASED.fullmatch(json.loads(line)['payload'])
    return min(int(match[1]), seq) if match else 0


def verify_log(data, checkpoint=None, key=None):
    """Number of entries and root, or Bad."""
    size, root = read_checkpoint(checkpoint, key) if checkpoint else (0, None)
    tree, last, erased, told = Tree(), '', 0, 0
    if data and not data.endswith(b'\n'):
        raise Bad('the last line is not complete')
    if root is not None and size == 0 and root != tree.root():
        raise Bad('the log is not the one that was signed')
    for seq, line in enumerate(data.split(b'\n')[:-1]):
        try:
            leaf, time = read_line(line, seq)
            if time is not None:
                if time < last:
                    raise Bad('time runs backwards')
                last = time
                told = max(told, erased_by(line, seq))
            else:
                erased = seq + 1
        except Bad as error:
            raise Bad('entry %d: %s' % (seq, error)) from error
        tree.append(leaf)
        if tree.size == size and tree.root() != root:
            raise Bad('the log is not the one that was signed')
    if tree.size < size:
        raise Bad('the log is shorter than the signed checkpoint')
    if erased > told:
        raise Bad('entry %d: it was removed, and none says that its time had come'
                  % (erased - 1))
    return tree.size, tree.root()


def verify_proof(text, key):
    """Index and payload of what is proved, or Bad."""
    head, _, checkpoint = text.partition('\n\n')
    lines = head.split('\n')
    if lines.pop(0) != 'c2sp.org/tlog-proof@v1':
        raise Bad('not a proof')
    extra = None
    if lines and lines[0].startswith('extra '):
        extra = from_base64(lines.pop(0)[6:])
    if not lines or not re.fullmatch('index (0|[1-9][0-9]*)', lines[0]):
        raise Bad('not a proof')
    index = int(lines.pop(0)[6:])
    if extra is None or len(extra) < 32:
        raise Bad('the entry itself was erased: only its place is proved')
    size, root = read_checkpoint(checkpoint, key)
    leaf = leaf_of(extra[:32], extra[32:])
    path = [from_base64(line, 32) for line in lines]
    if root_of_path(leaf, index, size, path) != root:
        raise Bad('the entry is not in the signed log')
    return index, extra[32:].decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('log', nargs='?')
    parser.add_argument('--checkpoint')
    parser.add_argument('--key')
    parser.add_argument('--proof')
    options = parser.parse_args()
    try:
        if options.proof:
            if not options.key:
                parser.error('--proof needs --key')
            index, payload = verify_proof(Path(options.proof).read_text(),
                                          options.key)
            print('entry %d is in the log: %s' % (index, payload))
            return 0
        if not options.log:
            parser.error('which log?')
        checkpoint = (Path(options.checkpoint).read_text()
                      if options.checkpoint else None)
        count, root = verify_log(Path(options.log).read_bytes(), checkpoint, options.key)
        print('%d entries, root %s%s' % (count, root.hex(), (
            ', signed' if checkpoint and options.key else '')))
        return 0
    except (Bad, UnicodeDecodeError) as error:
        print('not whole: %s' % error, file=sys.stderr)
        return 1


if __name__ == '__main__':
    sys.exit(main())
