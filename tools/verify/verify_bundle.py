#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Check what "tallenne inspect" wrote, without the service and without trust.

Needs Python 3 and verify_audit.py beside it, nothing else. The key is the
vault's verifier key as it was noted when the service was installed.

    verify_bundle.py DIR --key VERIFIER_KEY

What holds it together: the key signs the checkpoint, the checkpoint vouches
for each entry of the log, the last entry "inspection.made" names the SHA-256
of the manifest, the manifest that of each file; each receipt is signed by
itself and proves an entry of that log. So no byte can be changed, and no file
or entry added, dropped or moved, unseen; only for a receipt another one of the
same entry, signed by the same key, may stand. Then it looks at what is said: which
policies held, that their notices are there, that each key is enforced, that
no sentence is broken.

Ends with 0 if all is well, otherwise with 1 and the first thing that is not.
"""
import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

import verify_audit
from verify_audit import Bad

MANIFEST_LINE = re.compile(r'([0-9a-f]{64})  ([A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)?)')
BARE = {'manifest', 'checkpoint', 'audit.jsonl'}
DESTRUCTIONS = {'key.destroyed', 'hold.key.destroyed', 'log.erased', 'early_erase'}
RECEIPTS = 16
SENTENCES = ['S%d' % number for number in range(1, 31)]
LANGUAGES = ('fi', 'sv', 'en')


def read_manifest(data):
    """Names of the files it lists, with their hashes."""
    listed = {}
    text = data.decode()
    if not text.endswith('\n'):
        raise Bad('manifest: its last line is not complete')
    for line in text.split('\n')[:-1]:
        match = MANIFEST_LINE.fullmatch(line)
        if not match or match[2] in listed:
            raise Bad('manifest: not a line of it: %s' % line)
        listed[match[2]] = match[1]
    return listed


def read_payloads(log):
    """What each entry says; None where it was erased."""
    payloads = []
    for line in log.split(b'\n')[:-1]:
        text = json.loads(line).get('payload')
        payloads.append((text, json.loads(text)) if text is not None else None)
    return payloads


def check_files(files, listed):
    for name, digest in listed.items():
        if name not in files:
            raise Bad('%s: it is missing' % name)
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise Bad('%s: it was changed' % name)
    for name in files:
        if name not in listed and name not in BARE and not name.startswith('receipts/'):
            raise Bad('%s: it does not belong here' % name)


def check_receipts(files, payloads, key):
    """Exactly the last destructions, each proved by itself."""
    wanted = [seq for seq, said in enumerate(payloads) if said and said[1].get('event') in DESTRUCTIONS][-RECEIPTS:]
    found = {name for name in files if name.startswith('receipts/')}
    if found != {'receipts/%d.proof' % seq for seq in wanted}:
        raise Bad('receipts: not those of the last %d destructions' % RECEIPTS)
    for seq in wanted:
        try:
            index, text = verify_audit.verify_proof(files['receipts/%d.proof' % seq].decode(), key)
        except Bad as error:
            raise Bad('receipts/%d.proof: %s' % (seq, error)) from error
        if index != seq or text != payloads[seq][0]:
            raise Bad('receipts/%d.proof: it proves another entry' % seq)
    return len(wanted)


def check_policies(files, payloads):
    """What held is there, and nothing else; and its notices."""
    held = [said[1]['sha256'] for said in payloads if said and said[1].get('event') == 'policy.activated']
    there = {name[len('policies/'):-len('.yaml')] for name in files if re.fullmatch(r'policies/.*\.yaml', name)}
    if set(held) - there:
        raise Bad('policies: one that held is missing: %s' % sorted(set(held) - there)[0])
    if there - set(held) and None not in payloads:
        raise Bad('policies: one never held: %s' % sorted(there - set(held))[0])
    for sha256 in there:
        if hashlib.sha256(files['policies/%s.yaml' % sha256]).hexdigest() != sha256:
            raise Bad('policies/%s.yaml: it goes by another name' % sha256)
        names = ['notices/%s.%s.html' % (sha256, language) for language in LANGUAGES]
        if any(name not in files for name in names):
            raise Bad('notices: one of %s is missing' % sha256)
        twin = json.loads(files['notices/%s.json' % sha256])
        if twin['policy']['sha256'] != sha256:
            raise Bad('notices/%s.json: it is of another policy' % sha256)
    return len(there)


def check_said(files):
    """Each key is enforced, and each sentence was looked at and is not broken."""
    for line in files['coverage.jsonl'].splitlines():
        row = json.loads(line)
        if not row['enforced'] or not row['test']:
            raise Bad('coverage: nothing enforces %s' % row['key'])
    rows = [json.loads(line) for line in files['prove.jsonl'].splitlines()]
    if [row['sentence'] for row in rows] != SENTENCES:
        raise Bad('prove: not each sentence once')
    broken = [row['sentence'] for row in rows if row['verdict'] == 'broken']
    if broken:
        raise Bad('prove: broken: %s' % ', '.join(broken))
    return sum(row['verdict'] == 'held' for row in rows)


def verify(files, key):
    """What is in the bundle, in words; or Bad. files: name to bytes."""
    for name in sorted(BARE):
        if name not in files:
            raise Bad('%s: it is missing' % name)
    count, root = verify_audit.verify_log(files['audit.jsonl'], files['checkpoint'].decode(), key)
    if verify_audit.read_checkpoint(files['checkpoint'].decode(), key)[0] != count:
        raise Bad('audit.jsonl: it goes on after its checkpoint')
    payloads = read_payloads(files['audit.jsonl'])
    made = [said[1] for said in payloads if said and said[1].get('event') == 'inspection.made']
    if not made or made[-1]['manifest'] != hashlib.sha256(files['manifest']).hexdigest():
        raise Bad('manifest: it is not the one that the log names')
    check_files(files, read_manifest(files['manifest']))
    try:
        policies = check_policies(files, payloads)
        held = check_said(files)
    except (KeyError, TypeError, ValueError) as error:
        raise Bad('what is said cannot be read: %s' % error) from error
    receipts = check_receipts(files, payloads, key)
    return ('%d entries, root %s, signed; %d policies with their notices; %d sentences held, none broken; '
            '%d receipts' % (count, root.hex(), policies, held, receipts))


def read_directory(place):
    files = {}
    for path in sorted(place.rglob('*')):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise Bad('%s: not a file' % path.name)
        if path.is_file():
            files[path.relative_to(place).as_posix()] = path.read_bytes()
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('directory', type=Path)
    parser.add_argument('--key', required=True)
    options = parser.parse_args()
    try:
        print(verify(read_directory(options.directory), options.key))
        return 0
    except (Bad, UnicodeDecodeError) as error:
        print('not whole: %s' % error, file=sys.stderr)
        return 1


if __name__ == '__main__':
    sys.exit(main())
