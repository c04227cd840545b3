#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Make the chat's one script from its modules: tools/widget.py > ui/chat/widget.js

The modules' imports and the word "export" go, the style sheet and the texts
become constants, comments and white space that mean nothing are left out,
and variables get short names.
"""
import json
import pathlib
import re
import string
import sys

# In the order in which they need each other.
MODULES = ("words.js", "guard.js", "link.js", "transcript.js", "element.js")

TOKEN = re.compile(r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")
  | (?P<word>[\w$#]+)
  | (?P<space>\s+)
  | (?P<sign>.)
""", re.VERBOSE | re.DOTALL)
REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*")
# After one of these a slash begins a regular expression.
BEFORE_REGEX = set("(,=:[!&|?{};+-*<>~^%")
KEYWORDS = """async await break case catch class const continue delete else extends false finally for
    function if import in instanceof let meta new null of return super switch this throw true try typeof
    undefined void while yield""".split()
# What the script takes from the browser by its bare name.
PLATFORM = """AbortController Blob Boolean CSSStyleSheet Date HTMLElement JSON Map Math Object RegExp String
    TextDecoder TextEncoder URL URLSearchParams Uint8Array WebSocket addEventListener btoa clearInterval
    clearTimeout connectedCallback crypto customElements document fetch navigator sessionStorage setInterval
    setTimeout""".split()
OBJECT_AFTER = {"(", "[", ",", "=", ":", "?", "&", "|", "let", "const", "return"}
SHORT = [a + b for a in ("", *string.ascii_letters) for b in string.ascii_letters]
WORDS_BEFORE_REGEX = {"return", "typeof", "case", "in", "of", "yield", "await"}


def template_end(text, at):
    """Where the template that begins at `at` ends."""
    at += 1
    while text[at] != "`":
        if text[at] == "\\":
            at += 2
        elif text.startswith("${", at):
            at = expression_end(text, at + 2) + 1
        else:
            at += 1
    return at + 1


def expression_end(text, at):
    """Where the brace is that ends the expression of a template."""
    depth = 0
    while depth or text[at] != "}":
        if text[at] == "`":
            at = template_end(text, at)
            continue
        token = TOKEN.match(text, at).group()
        depth += {"{": 1, "}": -1}.get(token, 0)
        at += len(token)
    return at


def tokens(text):
    """(kind, text) of each token; comments count as space."""
    at, last = 0, ""
    while at < len(text):
        if text[at] == "`":
            end = template_end(text, at)
            kind, token = "template", text[at:end]
        elif (text[at] == "/" and text[at + 1] not in "/*" and
              (not last or last[-1] in BEFORE_REGEX or last in WORDS_BEFORE_REGEX)):
            kind, token = "regex", REGEX.match(text, at).group()
        else:
            match = TOKEN.match(text, at)
            kind, token = match.lastgroup, match.group()
        at += len(token)
        if kind in ("comment", "space"):
            yield "space", " "
        else:
            last = token
            yield kind, token


def squeeze(text):
    """The same script with no more white space than it needs. Every
    statement of the sources ends with a semicolon, so no line end matters.
    What is never assigned again needs no "const" to be so."""
    out, is_apart, is_head, word = ";", False, False, ""
    was_let = [False]  # for each open bracket: the statement before began with "let"
    heads = []  # for each one: it is that of an "if", "for" or "while"
    for kind, token in tokens(text):
        if kind == "space":
            is_apart = True
            continue
        if is_apart and (is_word(out[-1]) and is_word(token[0]) or out[-1] + token[0] in ("++", "--", "//")):
            out += " "
        is_apart = False
        if kind == "sign" and token in "([{":
            was_let.append(False)
            heads.append(word in ("if", "for", "while"))
        elif kind == "sign" and token in ")]}":
            was_let.pop()
            # A brace ends a statement too; "for (...);" keeps its own.
            if token == "}" and out[-1] == ";" and not is_head:
                out = out[:-1]
            is_head = heads.pop()
        elif out[-1] in ";{}" and kind != "text":
            is_let = token in ("const", "let")
            if is_let and was_let[-1] and out[-1] == ";":
                out, token, is_apart = out[:-1], ",", False
            elif is_let:
                token = "let"
            was_let[-1] = is_let
        is_head = is_head and token in ");"
        out += token
        word = token
    return out[1:] + "\n"


def is_word(letter):
    return letter.isalnum() or letter in "_$#"


def squeeze_css(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    # A space before a colon can mean a descendant, one before a bracket "and".
    text = re.sub(r" ?([{};,>]) ?", r"\1", text)
    return re.sub(r"([:(]) ", r"\1", text).replace(";}", "}").strip()


def split_template(template):
    """A template as tokens: its text in pieces, its expressions between."""
    start = at = 0
    while at < len(template):
        if template[at] == "\\":
            at += 2
        elif template.startswith("${", at):
            end = expression_end(template, at + 2)
            yield "text", template[start:at + 2]
            yield from flatten(template[at + 2:end])
            start = at = end
        else:
            at += 1
    yield "text", template[start:]


def flatten(text):
    for kind, token in tokens(text):
        if kind == "template":
            yield from split_template(token)
        else:
            yield kind, token


def shorten(text):
    """The same script with short names for its variables.

    A word is given another one everywhere or nowhere: not if it is one of
    the language or the platform, not if it ever follows a dot, and not if it
    ever stands where the key of an object or of a pattern could. What is left
    is the name of a variable wherever it stands, and since two words never
    become the same one, each still means what it meant.
    """
    parts = list(flatten(text))
    solid = [(kind, token) for kind, token in parts if kind != "space"]
    counts, fixed, open_brackets = {}, set(KEYWORDS) | set(PLATFORM), []
    for i, (kind, token) in enumerate(solid):
        if kind == "sign" and token in "([{":
            # A brace after one of these is that of an object or a pattern.
            is_object = token == "{" and solid[i - 1][1] in OBJECT_AFTER
            open_brackets.append("object" if is_object else token)
        elif kind == "sign" and token in ")]}":
            open_brackets.pop()
        if kind != "word":
            continue
        counts[token] = counts.get(token, 0) + 1
        before, after = solid[i - 1][1], solid[i + 1][1]
        is_key = open_brackets[-1:] == ["object"] and before in "{," and after in ",}:="
        is_spread = [each[1] for each in solid[i - 3:i]] == ["."] * 3
        if before == "." and not is_spread or is_key or token[0].isdigit():
            fixed.add(token)
    ours = sorted(set(counts) - fixed, key=lambda word: (-counts[word], word))
    free = (name for name in SHORT if name not in counts)
    names = {word: next(free) for word in ours if len(word) > 1}
    return "".join(names.get(token, token) if kind == "word" else token for kind, token in parts)


def pack(words):
    """Keys, then the texts of each language, in one order, "|" between."""
    rows = list(zip(words, *zip(*words.values())))
    if any(len(texts) != 3 or not all(texts) or "|" in "".join(texts) for texts in words.values()):
        sys.exit("a text is missing in a language, or holds a bar")
    packed = ["|".join(column) for column in zip(*rows)]
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":"))


def main():
    folder = pathlib.Path(__file__).parent.parent / "ui/chat"
    css = squeeze_css((folder / "chat.css").read_text())
    if re.search(r"[`\\$]", css):
        sys.exit("chat.css cannot stand in a template")
    words = json.loads((folder / "words.json").read_text())
    script = f"const style=`{css}`;\nconst packed={pack(words)};\n"
    for name in MODULES:
        text = re.sub(r"^import [^;]*;\n", "", (folder / name).read_text(), flags=re.MULTILINE)
        script += re.sub(r"^export ", "", text, flags=re.MULTILINE)
    names = re.findall(r"^(?:const|class|function\*?|async function) (\w+)", script, flags=re.MULTILINE)
    for several in re.findall(r"^let ([^;=]*);", script, flags=re.MULTILINE):
        names += re.split(r",\s*", several)
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        sys.exit(f"the modules share one scope; named twice: {', '.join(sorted(twice))}")
    print("// Tallenne, EUPL-1.2\n" + shorten(squeeze(script)), end="")


if __name__ == "__main__":
    main()
