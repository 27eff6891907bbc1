"""Fragments of a text around what a query found, as HTML with <mark>: the local index's highlights. Pure.

Elasticsearch makes its own; both escape the text and mark the same words.
"""

import html
from collections.abc import Sequence

from wirefeed.model import Document
from wirefeed.rules.highlights import spans
from wirefeed.rules.query import Query

FRAGMENTS = 3
FRAGMENT_SIZE = 160  # characters, as asked of Elasticsearch
Span = tuple[int, int]


def highlights(query: Query, document: Document) -> dict[str, tuple[str, ...]]:
    """Field -> fragments: the whole title, up to three stretches of the text; only fields in which something was found."""
    found: dict[str, tuple[str, ...]] = {}
    if marked := spans(query, document, "title"):
        found["title"] = (mark(document["title"], marked),)
    if marked := spans(query, document, "text"):
        found["text"] = fragments(document["text"], marked)
    return found


def fragments(text: str, marked: Sequence[Span], most: int = FRAGMENTS, size: int = FRAGMENT_SIZE) -> tuple[str, ...]:
    """The ``most`` stretches of about ``size`` characters with most marks, in the order of the text."""
    ordered = sorted(set(marked))
    groups: list[list[Span]] = []
    for span in ordered:
        if groups and span[1] - groups[-1][0][0] <= size:
            groups[-1].append(span)
        else:
            groups.append([span])
    best = sorted(sorted(groups, key=len, reverse=True)[:most])
    made = []
    for group in best:
        room = max(size - (group[-1][1] - group[0][0]), 0) // 2
        start = _word_start(text, max(group[0][0] - room, 0))
        end = _word_end(text, min(group[-1][1] + room, len(text)))
        made.append(mark(text[start:end].rstrip(), [(a - start, b - start) for a, b in group]))
    return tuple(made)


def mark(text: str, marked: Sequence[Span]) -> str:
    """``text`` escaped, the spans (start, end; overlaps are joined) between <mark> and </mark>."""
    parts: list[str] = []
    last = 0
    for start, end in _joined(marked):
        parts += [html.escape(text[last:start]), "<mark>", html.escape(text[start:end]), "</mark>"]
        last = end
    return "".join([*parts, html.escape(text[last:])])


def _joined(marked: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(marked):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _word_start(text: str, at: int) -> int:
    while at > 0 and not text[at - 1].isspace():
        at -= 1
    return at


def _word_end(text: str, at: int) -> int:
    while at < len(text) and not text[at].isspace():
        at += 1
    return at
