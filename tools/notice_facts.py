#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Read notices back and compare what they promise.

    notice_facts.py PAGE.html...       pages of one notice, each in its language
    notice_facts.py --json NOTICE.json its twin for machines

Standard library only, and nothing of the product: it knows how a period, a
date, a telephone number or an article of law is written in Finnish, Swedish
and English, and reads each marked fact back from what people see. It fails
unless every text says the value that it is marked with, no digit stands
outside of a fact, and all languages have the same facts in the same clauses.
Exit status 0, or 3 after telling what is wrong.
"""
import html.parser
import json
import re
import sys

UNITS = {
    "fi": {"vuoden": "Y", "vuotta": "Y", "kuukauden": "M", "kuukautta": "M", "päivän": "D", "päivää": "D",
           "tunnin": "H", "tuntia": "H"},
    "sv": {"år": "Y", "månad": "M", "månader": "M", "dag": "D", "dagar": "D", "timme": "H", "timmar": "H"},
    "en": {"year": "Y", "years": "Y", "month": "M", "months": "M", "day": "D", "days": "D", "hour": "H", "hours": "H"},
}
MONTHS = "January February March April May June July August September October November December".split()
PERCENT = {"fi": r"(\d+) prosentti(?:a)?", "sv": r"(\d+) procent", "en": r"(\d+) per cent"}
ARTICLE = {
    "fi": [r"(\d+) artikla", r"(\d+) artiklan (\d+) kohta", r"(\d+) artiklan (\d+) kohdan ([a-z]) alakohta"],
    "sv": [r"artikel (\d+)", r"artikel (\d+)\.(\d+)", r"artikel (\d+)\.(\d+) ([a-z])"],
    "en": [r"Article (\d+)", r"Article (\d+)\((\d+)\)", r"Article (\d+)\((\d+)\)\(([a-z])\)"],
}
OR = {"fi": " tai ", "sv": " eller ", "en": " or "}


def periods(words, language):
    """What "6 kuukautta" can mean; two years are also 24 months."""
    found = re.fullmatch(r"(\d+) (\w+)", words)
    if not found or found[2] not in UNITS[language]:
        return set()
    number, unit = int(found[1]), UNITS[language][found[2]]
    one = found[2] in ("vuoden", "kuukauden", "päivän", "tunnin", "månad", "dag", "timme", "year", "month", "day", "hour")
    many = found[2] in ("vuotta", "kuukautta", "päivää", "tuntia", "månader", "dagar", "timmar", "years", "months",
                        "days", "hours")
    if (many and number == 1) or (one and number != 1 and language != "fi"):
        return set()
    if unit == "H":
        return {f"PT{number}H"}
    return {f"P{number}{unit}"} | ({f"P{number * 12}M"} if unit == "Y" else set())


def date(words, language):
    found = re.fullmatch(r"(\d+) (\w+) (\d{4})" if language == "en" else r"(\d+)\.(\d+)\.(\d{4})", words)
    if not found or (language == "en" and found[2] not in MONTHS):
        return None
    month = MONTHS.index(found[2]) + 1 if language == "en" else int(found[2])
    return f"{found[3]}-{month:02}-{int(found[1]):02}"


def time(words, language):
    found = re.fullmatch(r"(\d\d):(\d\d)" if language == "en" else r"(\d+)\.(\d\d)", words)
    return found and f"{int(found[1]):02}:{found[2]}"


def article(words, language):
    for way in ARTICLE[language]:
        if found := re.fullmatch(way, words):
            return found[1] + "".join(f"({part})" for part in found.groups()[1:])
    return None


def articles(words, language):
    parts = [part for some in words.split(OR[language]) for part in some.split(", ")]
    return " ".join(article(part, language) or "?" for part in parts)


def says(kind, value, words, language):
    """Whether words, read by a person of that language, mean the value."""
    if kind == "period":
        return value in periods(words, language)
    if kind == "date":
        return date(words, language) == value
    if kind == "time":
        return time(words, language) == value
    if kind == "percent":
        found = re.fullmatch(PERCENT[language], words)
        return bool(found) and found[1] == value
    if kind == "phone":
        return words.replace(" ", "") in (value, value.replace("+358", "0", 1))
    if kind == "article":
        return article(words, language) == value
    if kind == "articles":
        return articles(words, language) == value
    if kind == "section":
        return words in ({f"section {value}"} if language == "en" else {f"{value} §", f"{value} §:n"})
    if kind in ("name", "law", "page", "word"):
        return words == value
    if kind == "countries":
        return re.fullmatch(r"[A-Z]{2}( [A-Z]{2})*", value) and len(words.split(", ")) == len(value.split())
    if kind == "term":
        return words != "" and not re.search(r"\d", words)
    return kind == "label" and words != ""


class Reader(html.parser.HTMLParser):
    """The article of a notice: its facts by clause, and what else it says."""

    def __init__(self):
        super().__init__()
        self.language, self.inside, self.depth = None, False, []
        self.clause, self.fact = None, None
        self.facts, self.plain = [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "article" and "notice" in (attributes.get("class") or ""):
            self.inside, self.language = True, attributes["lang"]
        if not self.inside:
            return
        if "id" in attributes and tag != "h2":
            self.clause = attributes["id"]
        if "data-fact" in attributes:
            value = attributes.get("datetime" if tag == "time" else "value")
            self.fact = [self.clause, attributes["data-fact"], attributes["data-kind"], value, ""]

    def handle_endtag(self, tag):
        if tag in ("data", "time") and self.fact:
            self.facts.append(tuple(self.fact))
            self.fact = None
        if tag == "article":
            self.inside = False

    def handle_data(self, data):
        if self.fact:
            self.fact[4] += data
        elif self.inside:
            self.plain.append((self.clause, data))


def read_page(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    if not reader.language or not reader.facts:
        raise ValueError("there is no notice in it")
    return reader.language, reader.facts, reader.plain


def read_json(text):
    """The same from the twin: facts by language."""
    pages = {}
    for section in json.loads(text)["sections"]:
        for clause in section["clauses"]:
            for language, words in clause["text"].items():
                facts, rest = pages.setdefault(language, ([], []))
                for fact in clause["facts"]:
                    said = fact["words"][language]
                    facts.append((clause["id"], fact["slot"], fact["kind"], fact["value"], said))
                    if said not in words:
                        rest.append((clause["id"], f"0 {said} is not in the text"))
                    words = words.replace(said, "", 1)
                rest.append((clause["id"], words))
    return [(language, *page) for language, page in pages.items()]


def faults(pages):
    """What is wrong with pages: (language, facts, plain)."""
    found = []
    for language, facts, plain in pages:
        for clause, slot, kind, value, words in facts:
            if not says(kind, value, words, language):
                found.append(f"{language}: {clause}: {slot}: \"{words}\" does not say {value}")
        for clause, words in plain:
            if re.search(r"\d", words):
                found.append(f"{language}: {clause}: a number that is no fact: {words.strip()}")
    first = sorted(fact[:4] for fact in pages[0][1])
    for language, facts, _ in pages[1:]:
        mine = sorted(fact[:4] for fact in facts)
        for only, others in ((first, mine), (mine, first)):
            rest = list(others)
            for fact in only:
                if fact in rest:
                    rest.remove(fact)
                else:
                    found.append(f"{pages[0][0]} and {language} differ: {fact}")
    return found


def main(arguments):
    if arguments[:1] == ["--json"]:
        with open(arguments[1], encoding="utf-8") as file:
            pages = read_json(file.read())
    else:
        pages = []
        for name in arguments:
            with open(name, encoding="utf-8") as file:
                pages.append(read_page(file.read()))
    found = faults(pages)
    print("\n".join(found) if found else
          f"{len(pages)} languages, {len(pages[0][1])} facts in each, all the same")
    return 3 if found else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
