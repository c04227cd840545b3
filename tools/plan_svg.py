#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Draw house/plan.def: the rooms, their lines, how deep each lies.

    tools/plan_svg.py house/plan.def > docs/plan.svg

One column for each depth, the innermost on the right; an arrow for each
line, as the plan has them, with a dot where answers come back. The same plan
always gives the same picture, byte for byte.
"""
import pathlib
import re
import sys
from html import escape

WHAT = {
    "vault": ("keys,", "audit log"),
    "register": ("database, objects,", "who may do what"),
    "finish": ("one ended call", "becomes a recording"),
    "chat": ("conversations", "that go on"),
    "desk": ("staff pages,", "API"),
    "media": ("RTP in,", "sealed spool out"),
    "siprec": ("SIP sessions,", "metadata"),
    "counter": ("public pages,", "visitors' chats"),
    "cli": ("people's", "commands"),
}
OUTSIDE = {"siprec": "SIP", "media": "RTP", "desk": "HTTPS", "counter": "HTTPS", "cli": "shell"}
BOX, TALL, STEP, ROW, LEFT, TOP = 142, 74, 190, 118, 84, 96


def read_plan(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    rooms, lines = [], []
    for word, a, b in re.findall(r"^(\w+)\((\w+), (\w+)\)", text, re.M):
        if word in ("ROOM", "EACH_CORE", "PEOPLE"):
            rooms.append((a, int(b), word))
        elif word in ("TELL", "ASK"):
            lines.append((a, b, word))
    return rooms, lines


def lay_out(rooms):
    """Column by depth; row so that ways of calls stay above those of people."""
    deepest = max(depth for _, depth, _ in rooms)
    rows = {"siprec": 0, "media": 0, "finish": 0, "register": 1, "vault": 1, "counter": 2, "chat": 2, "desk": 3, "cli": 4}
    return {name: (LEFT + (deepest - depth) * STEP, TOP + rows.get(name, 4) * ROW) for name, depth, _ in rooms}


def bend(a, b, places, spread, arrive):
    """Corners of the way from box to box: along its row, then to the other;
    the other way round where a box stands in that row. "spread" keeps
    lines that leave one box apart, "arrive" those that come to one."""
    (x1, y1), (x2, y2) = places[a], places[b]
    if y1 == y2:
        return [(x1 + BOX, y1 + TALL / 2), (x2, y2 + TALL / 2)]
    is_down = y2 > y1
    if any(y == y1 and x1 < x <= x2 for x, y in places.values()):
        x = x1 + BOX / 2 + spread
        return [(x, y1 + TALL if is_down else y1), (x, y2 + TALL / 2), (x2, y2 + TALL / 2)]
    y, x = y1 + TALL / 2 + (spread if abs(spread) < TALL / 2 else 0), x2 + BOX / 2 + arrive
    return [(x1 + BOX, y), (x, y), (x, y2 if is_down else y2 + TALL)]


def draw_line(a, b, word, corners):
    kind = "asks" if word == "ASK" else "tells"
    x, y = corners[0]
    dot = f'<circle class="back" cx="{x:g}" cy="{y:g}" r="4"/>' if word == "ASK" else ""
    points = " ".join(f"{x:g},{y:g}" for x, y in corners)
    return f'<g><title>{a} {kind} {b}</title><polyline class="line" points="{points}" marker-end="url(#head)"/>{dot}</g>'


def draw_lines(lines, places, doubled):
    for a, b, word in lines:
        bent = [(x, y) for x, y in lines_from(a, lines) if places[x][1] != places[y][1]]
        at = bent.index((a, b)) if (a, b) in bent else 0
        # Two from one box: one above its middle, one below.
        spread = 28 * at - 14 if len(bent) > 1 else 0
        if places[a][1] <= places[b][1]:
            spread, arrive = -spread, spread
        else:
            # From below: who comes from nearest stands leftmost, so that
            # no two of them cross.
            below = sorted((places[x][1], x) for x, y, _ in lines if y == b and places[x][1] > places[b][1])
            arrive = 28 * (below.index((places[a][1], a)) - (len(below) - 1) / 2)
        corners = bend(a, b, places, spread, arrive)
        if a in doubled and corners[0][0] == places[a][0] + BOX:
            corners[0] = (corners[0][0] + 6, corners[0][1])
        yield draw_line(a, b, word, corners)


def lines_from(room, lines):
    return [(a, b) for a, b, _ in lines if a == room]


def draw_room(name, word, place):
    x, y = place
    parts = [f'<g><title>{name}: {escape(" ".join(WHAT.get(name, ())))}</title>']
    if word == "EACH_CORE":
        parts.append(f'<rect class="room" x="{x + 6}" y="{y - 6}" width="{BOX}" height="{TALL}" rx="6"/>')
    parts.append(f'<rect class="{"people" if word == "PEOPLE" else "room"}" x="{x}" y="{y}" width="{BOX}" height="{TALL}" rx="6"/>')
    parts.append(f'<text class="name" x="{x + BOX // 2}" y="{y + 25}">{name}</text>')
    for i, text in enumerate(WHAT.get(name, ())):
        parts.append(f'<text class="what" x="{x + BOX // 2}" y="{y + 44 + 16 * i}">{escape(text)}</text>')
    if name in OUTSIDE:
        if name == "media":  # siprec stands to its left
            x1, y1, x2, y2, anchor = x + BOX - 20, y - 40, x + BOX - 20, y - 6, (x + BOX - 20, y - 46, "middle")
        else:
            x1, y1, x2, y2, anchor = x - 34, y + TALL // 2, x, y + TALL // 2, (x - 38, y + TALL // 2 + 4, "end")
        parts.append(f'<line class="out" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" marker-end="url(#head)"/>')
        parts.append(f'<text class="what" x="{anchor[0]}" y="{anchor[1]}" style="text-anchor:{anchor[2]}">{OUTSIDE[name]}</text>')
    return "".join(parts) + "</g>"


def main():
    rooms, lines = read_plan(pathlib.Path(sys.argv[1]).read_text())
    places = lay_out(rooms)
    width = max(x for x, _ in places.values()) + BOX + 24
    height = max(y for _, y in places.values()) + TALL + 44
    told = "; ".join(f"{a} {'asks' if word == 'ASK' else 'tells'} {b}" for a, b, word in lines)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" aria-labelledby="title desc">',
        '<title id="title">The rooms of Tallenne and the lines between them</title>',
        f'<desc id="desc">Lines point inward, towards the vault. {escape(told)}. '
        'Calls come in at siprec and media, visitors at counter, staff at desk, administrators at cli.</desc>',
        '<style>.page{fill:#fff}.room{fill:#f3f6f8;stroke:#1d3b53;stroke-width:1.5}'
        '.people{fill:#fff;stroke:#1d3b53;stroke-width:1.5;stroke-dasharray:5 4}'
        '.line{fill:none;stroke:#1d3b53;stroke-width:1.7}.out{stroke:#6b5200;stroke-width:1.7}.back{fill:#1d3b53}'
        'text{font-family:"DejaVu Sans",Arial,sans-serif;fill:#14212c;text-anchor:middle}'
        '.name{font-size:16px;font-weight:bold}.what{font-size:12px}</style>',
        '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L10 5L0 10z" fill="#1d3b53"/></marker></defs>',
        f'<rect class="page" width="{width}" height="{height}"/>',
        f'<text class="what" x="{width // 2}" y="24">from outside, on the left, to what is most precious, on the right</text>',
    ]
    out += draw_lines(lines, places, {name for name, _, word in rooms if word == "EACH_CORE"})
    out += [draw_room(name, word, places[name]) for name, _, word in rooms]
    out.append(f'<text class="what" x="{width // 2}" y="{height - 16}">'
               'arrow: may ask or tell \u00b7 dot: the answer comes back \u00b7 double frame: one for each core '
               '\u00b7 dashed: a program people run</text>')
    print("\n".join(out) + "\n</svg>")


if __name__ == "__main__":
    main()
