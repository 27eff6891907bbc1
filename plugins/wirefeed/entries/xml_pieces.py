"""An ill-formed feed taken apart at its items, so that one bad item never loses the rest and a cut one is known as cut."""

import re
from dataclasses import dataclass

_MARK = re.compile(r"<!\[CDATA\[|<!--|<(/?)(?:[\w.\-]{1,40}:)?(item|entry)(?=[\s>/])", re.I)
_SECTION = re.compile(r"<!--|<!\[CDATA\[")
_OPEN = re.compile(r"<(?:[\w.\-]{1,40}:)?(?:item|entry)(?=[\s>/])", re.I)
_OPEN_TAG = re.compile(r"<(?![?!/])((?:[\w.\-]+:)?[A-Za-z][\w.\-]*)(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>")


@dataclass(frozen=True, slots=True)
class Pieces:
    """``head`` is all before the first item, ``items`` the text of each with whether it was closed, ``whole`` False when the root never ends."""

    root: str  # the root's opening tag, as found
    name: str  # its name
    head: str
    items: tuple[tuple[str, bool], ...]
    whole: bool
    over: int = 0  # items beyond ``most``, counted only


def sections(text: str) -> list[str]:
    """The text in pieces: markup at even places, whole CDATA sections and comments at odd ones. Linear, also when none is ever closed."""
    pieces: list[str] = []
    start = position = 0
    ends = {"<!--": 0, "<![CDATA[": 0}
    while mark := _SECTION.search(text, position):
        kind = mark[0]
        position = mark.end()
        if 0 <= ends[kind] < position:
            ends[kind] = text.find("-->" if kind == "<!--" else "]]>", position)
        if ends[kind] >= 0:
            position = ends[kind] + 3
            pieces += (text[start:mark.start()], text[mark.start():position])
            start = position
    pieces.append(text[start:])
    return pieces


def take_apart(text: str, most: int) -> Pieces:
    """Split at the first ``most`` items; CDATA and comments are stepped over. Linear in the length."""
    spans: list[tuple[int, int, bool]] = []
    opened: int | None = None
    position = 0
    ends = {"-->": 0, "]]>": 0}  # the next end of each kind as last found; -1: there is none any more
    while len(spans) < most and (mark := _MARK.search(text, position)):
        position = mark.end()
        if mark[2] is None:
            mark_of_end = "-->" if mark[0] == "<!--" else "]]>"
            if 0 <= ends[mark_of_end] < position:
                ends[mark_of_end] = text.find(mark_of_end, position)
            end = ends[mark_of_end]
            if end >= 0 and not (opened is not None and _closed_inside(text, position, end)):
                position = end + 3
        elif mark[1]:
            if opened is not None:
                end = text.find(">", position)
                spans.append((opened, end + 1 if end >= 0 else len(text), True))
                opened = None
        else:
            if opened is not None:
                spans.append((opened, mark.start(), False))
            opened = mark.start()
            close = text.find(">", position)
            if close > 0 and text[close - 1] == "/" and "<" not in text[position:close]:
                spans.append((opened, close + 1, True))
                opened, position = None, close + 1
    over = 0
    if len(spans) < most and opened is not None:
        spans.append((opened, len(text), False))
    elif len(spans) >= most:
        over = _OPEN.subn("", text[spans[most - 1][1]:])[1]
    root = _OPEN_TAG.search(text)
    end_of_head = spans[0][0] if spans else len(text)
    name = root[1] if root and root.start() < end_of_head else ""
    whole = bool(name) and re.search(rf"</{re.escape(name)}\s*>", text[spans[-1][1] if spans else 0:]) is not None
    return Pieces(root[0] if root and name else "", name, text[:end_of_head], tuple((text[a:b], closed) for a, b, closed in spans), whole, over)


def _closed_inside(text: str, start: int, end: int) -> bool:
    """True when an item ends and another begins before the CDATA section does: then the section's own end is missing."""
    return re.search(r"</(?:item|entry)\s*>\s*<(?:item|entry)[\s>]", text[start:end], re.I) is not None
