#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The two verifiers of the audit log agree.

The first argument is the program test_vault_verify, which writes a log,
its checkpoint, the key and a proof as the vault would; tools/verify/verify_audit.py
must find them whole, and must object to every change of every byte.
"""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', 'tools', 'verify'))
import verify_audit  # noqa: E402


def read(directory, name):
    with open(os.path.join(directory, name), 'rb') as file:
        return file.read()


def objects(check, *what):
    try:
        check(*what)
    except (verify_audit.Bad, UnicodeDecodeError):
        return True
    return False


def changes_are_found(check, data, step=1):
    for i in range(0, len(data), step):
        changed = bytearray(data)
        changed[i] ^= 1 << i % 8
        if not objects(check, bytes(changed)):
            return 'byte %d' % i
    return None


def main():
    failures = []
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([sys.argv[1], directory], check=True)
        log = read(directory, 'log')
        checkpoint = read(directory, 'checkpoint').decode()
        key = read(directory, 'key').decode()
        proof = read(directory, 'proof')
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([sys.argv[1], directory], check=True)
        fork = read(directory, 'log')

    def check(name, failure):
        print('%s %d - %s%s' % ('not ok' if failure else 'ok',
                                len(failures) + 1, name,
                                ' # %s' % failure if failure else ''))
        failures.append(failure)

    def log_check(data):
        verify_audit.verify_log(data, checkpoint)

    def note_check(data):
        verify_audit.read_checkpoint(data.decode(), key)

    def proof_check(data):
        verify_audit.verify_proof(data.decode(), key)

    print('1..9')
    count, _ = verify_audit.verify_log(log, checkpoint, key)
    check('the whole log is found whole', count != 12 and 'count')
    index, payload = verify_audit.verify_proof(proof.decode(), key)
    check('the proof holds', (index != 5 or 'stf_5' not in payload) and
          'payload')
    check('every changed byte of the log is found',
          changes_are_found(log_check, log))
    check('every changed byte of the checkpoint is found',
          changes_are_found(note_check, checkpoint.encode()))
    check('changed bytes of the proof are found',
          changes_are_found(proof_check, proof, 7))
    check('every cut is found', next(
        ('cut at %d' % i for i in range(len(log))
         if not objects(log_check, log[:i])), None))
    lines = log.splitlines(keepends=True)
    swapped = [lines[:a] + [lines[b]] + lines[a + 1:b] + [lines[a]] +
               lines[b + 1:] for a in range(12) for b in range(a + 1, 12)]
    dropped = [lines[:a] + lines[a + 1:] for a in range(12)]
    check('swapped and dropped lines are found', next(
        ('some' for some in swapped + dropped
         if not objects(log_check, b''.join(some))), None))
    # The same entries written anew: whole, and not what was signed. So is a
    # log that goes over into it at any line.
    others = fork.splitlines(keepends=True)
    check('a fork is found wherever it begins', None if (
        verify_audit.verify_log(fork)[0] == 12 and
        all(objects(log_check, b''.join(lines[:at] + others[at:]))
            for at in range(12))) else 'it is not')
    other = key.replace(key[-3], 'A' if key[-3] != 'A' else 'B')
    check('another key does not vouch for it', None if objects(
        verify_audit.verify_log, log, checkpoint, other) else 'it does')
    return 1 if any(failures) else 0


if __name__ == '__main__':
    sys.exit(main())
