#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""S22 and S23: nothing here could make a profile of a caller or judge anybody.

    test_no_profile.py SOURCE_ROOT PROGRAM...

The database is made from register/schema.c and looked at: no column, index
or view that finds contacts by who called, none that holds a score. The same
of every address of the desk and of the public pages, of every question that
the desk can ask, and of every SQL statement of the register. And no program
is linked to a library beyond those listed here, nor, by what those bring
along, to one that recognises speech or voices.
"""
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile

root = pathlib.Path(sys.argv[1])
programs = sys.argv[2:]

# Words of what S22 and S23 exclude; parts of names, wherever they stand.
JUDGES = ('score', 'rank', 'rating', 'emotion', 'sentiment', 'mood', 'stress', 'voiceprint',
          'voice_print', 'biometr', 'profil', 'predict', 'timeline_of', 'behavio', 'cluster')
# Names that a caller or a visitor could be found by.
WHO = ('caller', 'caller_tail', 'caller_held', 'caller_number', 'phone', 'nickname', 'visitor',
       'customer', 'msisdn', 'receipt')

# What each program may be linked to by itself.
C = {'libc.so.6'}
JAIL = C | {'libsodium.so.23', 'libseccomp.so.2'}
SOUND = {'libopus.so.0', 'libavcodec.so.59', 'libavutil.so.57', 'libswresample.so.4'}
ALLOWED = {
    'tallenne': JAIL | SOUND | {'libcrypto.so.3', 'libssl.so.3', 'libsrtp2.so.1', 'libm.so.6',
                                'libyaml-0.so.2', 'libjansson.so.4', 'libsqlite3.so.0'},
    'tallenne-chat': JAIL | {'libcrypto.so.3', 'libyaml-0.so.2', 'libjansson.so.4'},
    'tallenne-counter': JAIL | {'libmicrohttpd.so.12', 'libgnutls.so.30', 'libjansson.so.4',
                                'libcrypto.so.3', 'libyaml-0.so.2'},
    'tallenne-desk': JAIL | {'libmicrohttpd.so.12', 'libgnutls.so.30', 'libjansson.so.4',
                             'libyaml-0.so.2', 'libqrencode.so.4'},
    'tallenne-finish': JAIL | SOUND | {'libcrypto.so.3', 'libogg.so.0'},
    'tallenne-house': C | {'libsodium.so.23', 'libyaml-0.so.2'},
    'tallenne-media': JAIL | {'libcrypto.so.3', 'libsrtp2.so.1'},
    'tallenne-register': JAIL | {'libcrypto.so.3', 'libyaml-0.so.2', 'libjansson.so.4',
                                 'liboath.so.0', 'libsqlite3.so.0'},
    'tallenne-siprec': JAIL | {'libcrypto.so.3', 'libssl.so.3', 'libyaml-0.so.2',
                               'libexpat.so.1'},
    'tallenne-vault': JAIL | {'libcrypto.so.3'},
}
# Brought along by others, these would still be able to hear who speaks.
RECOGNISERS = ('torch', 'tensorflow', 'onnx', 'whisper', 'vosk', 'kaldi', 'sphinx', 'julius',
               'espeak', 'opencv', 'fann', 'svm', 'mlpack', 'ggml', 'openvino')
# A sanitizer is not part of what is shipped.
NOT_SHIPPED = re.compile(r'lib(asan|ubsan|tsan|lsan|gcc_s)\b')


def fail(text):
    raise AssertionError(text)


def judges(name):
    return [word for word in JUDGES if word in name.lower()]


def schema():
    """The database as the program makes it."""
    text = (root / 'register/schema.c').read_text()
    text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
    body = text[text.index('schema_steps['):]
    base = sqlite3.connect(':memory:')
    for part in re.findall(r'"((?:\\.|[^"\\])*)"', body):
        schema.sql += part
    base.executescript(schema.sql)
    return base


schema.sql = ''


def columns(base):
    for (table,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for row in base.execute('SELECT name FROM pragma_table_info(?)', (table,)):
            yield table, row[0]


def no_column_judges_anybody():
    found = list(columns(schema.base))
    if len(found) < 100:
        fail('only %d columns: the schema was not read' % len(found))
    for table, column in found:
        if judges(table) or judges(column):
            fail('%s.%s' % (table, column))


def no_index_finds_who_called():
    count = 0
    for (index,) in schema.base.execute("SELECT name FROM sqlite_master WHERE type = 'index'"):
        for row in schema.base.execute('SELECT name FROM pragma_index_info(?)', (index,)):
            count += 1
            if row[0] in WHO or row[0] is None:
                fail('index %s finds by %s' % (index, row[0]))
    if count < 20:
        fail('only %d columns in indexes' % count)
    if schema.base.execute("SELECT count(*) FROM sqlite_master"
                           " WHERE type NOT IN ('table', 'index')").fetchone()[0]:
        fail('views and triggers are not looked at here')


def no_statement_selects_by_who_called():
    looked = 0
    for path in sorted((root / 'register').glob('*.c')):
        text = re.sub(r'/\*.*?\*/', '', path.read_text(), flags=re.S)
        # Neighbouring literals are one statement.
        text = re.sub(r'"\s*(?:[A-Z_]+\s*)?"', '', text)
        for statement in re.findall(r'"((?:\\.|[^"\\])*)"', text):
            if not re.search(r'\b(SELECT|UPDATE|DELETE|INSERT|WHERE)\b', statement):
                continue
            looked += 1
            # To which end date it is sealed, which is told in clear.
            statement = statement.replace('substr(caller, 1, 8)', '')
            where = ' '.join(re.split(r'\b(?:WHERE|ON(?! CONFLICT)|GROUP BY|ORDER BY|PARTITION BY)\b',
                                      statement)[1:])
            for name in WHO:
                if name == 'receipt':
                    continue  # of a chat: known to its visitor alone, compared with nothing
                # That there is none, or how long it is, tells of nobody.
                if re.search(r'(?<!length\()\b%s\b(?!\s*(IS|<> \'\'|\)))' % name, where):
                    fail('%s: %s' % (path.name, statement))
                if re.search(r'GROUP BY[^)]*\b%s\b' % name, statement):
                    fail('%s: %s' % (path.name, statement))
    if looked < 100:
        fail('only %d statements' % looked)


def no_address_selects_by_who_called():
    count = 0
    for room in ('desk', 'counter'):
        text = (root / room / 'routes.def').read_text()
        text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
        for kind, arguments in re.findall(r'^(ROUTE|QUERY|BODY)\((.*)\)$', text, re.M):
            count += 1
            words = arguments.split(',')
            name = words[2 if kind == 'ROUTE' else 1].strip().strip('"')
            if kind != 'ROUTE' and name in WHO:
                fail('%s: parameter %s' % (room, name))
            if kind == 'ROUTE' and re.search(r'/(callers?|customers?|persons?|visitors?)\b', name):
                fail('%s: %s' % (room, name))
            if judges(name) or judges(words[0]):
                fail('%s: %s' % (room, arguments))
    if count < 80:
        fail('only %d addresses and parameters' % count)


def no_question_of_the_desk_names_who_called():
    count = 0
    for path in sorted((root / 'register').glob('desk*_letters.h')):
        text = re.sub(r'/\*.*?\*/', '', path.read_text(), flags=re.S)
        for name, body in re.findall(r'^struct (desk_\w+) \{(.*?)^\};', text, re.M | re.S):
            fields = re.findall(r'\b(\w+)(?:\[[^;]*\])*\s*[;,]', body)
            for field in fields:
                if judges(field):
                    fail('%s.%s' % (name, field))
            # Who asks brings a token; what has a result is an answer.
            if 'token' not in fields or 'result' in fields:
                continue
            count += 1
            for field in fields:
                if field in WHO:
                    fail('%s.%s' % (name, field))
    if count < 8:
        fail('only %d questions' % count)


def needed(program):
    run = subprocess.run(['readelf', '-d', program], text=True, check=True,
                         stdout=subprocess.PIPE, env=dict(os.environ, LC_ALL='C'))
    return {name for name in re.findall(r'\(NEEDED\).*\[(.*)\]', run.stdout)
            if not NOT_SHIPPED.match(name)}


def no_program_is_linked_to_more():
    if {pathlib.Path(each).name for each in programs} != set(ALLOWED):
        fail('programs are not those listed')
    for program in programs:
        more = needed(program) - ALLOWED[pathlib.Path(program).name]
        if more:
            fail('%s wants %s' % (program, ', '.join(sorted(more))))


def nothing_that_is_brought_along_recognises_anybody():
    for program in programs:
        run = subprocess.run(['ldd', program], text=True, check=True, stdout=subprocess.PIPE)
        libraries = re.findall(r'^\s*(\S+) (?:=>|\()', run.stdout, re.M)
        if len(libraries) < 3:
            fail('%s: %d libraries' % (program, len(libraries)))
        for library in libraries:
            if any(word in library.lower() for word in RECOGNISERS):
                fail('%s brings %s along' % (program, library))


def the_control_is_found():
    """A column, an index and a name that must not be there are seen."""
    with tempfile.TemporaryDirectory() as place:
        base = sqlite3.connect(str(pathlib.Path(place) / 'x'))
        base.executescript(schema.sql + 'CREATE INDEX x ON contact (caller_tail);'
                           'ALTER TABLE contact ADD COLUMN agent_score BIGINT;')
        kept, schema.base = schema.base, base
        for check in (no_column_judges_anybody, no_index_finds_who_called):
            try:
                check()
            except AssertionError:
                continue
            fail('%s sees nothing' % check.__name__)
        schema.base = kept


TESTS = [no_column_judges_anybody, no_index_finds_who_called,
         no_statement_selects_by_who_called, no_address_selects_by_who_called,
         no_question_of_the_desk_names_who_called, no_program_is_linked_to_more,
         nothing_that_is_brought_along_recognises_anybody, the_control_is_found]


def main():
    schema.base = schema()
    print('1..%d' % len(TESTS))
    bad = 0
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print('ok %d - %s' % (number, test.__name__))
        except AssertionError as error:
            bad += 1
            print('not ok %d - %s' % (number, test.__name__))
            print('# %s' % error)
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
