"""From a tagged version and a match to the lines a mail shows: headline with hits marked, fragments around hits, what it is about. Pure."""

import re
from collections import Counter
from collections.abc import Sequence

from wirefeed.alerts.values import Facts, Item
from wirefeed.model import Change, Highlight, Match, Version

AROUND = 130  # characters either side of a hit
FRAGMENTS = 3
LEAD = 600
ACTORS = frozenset({"person", "organisation", "group", "company", "military", "agency"})
PLACES = frozenset({"place", "facility", "city", "region", "district", "base"})

_SENTENCE = re.compile(r"[.!?…。؟](?=\s)\s+|\n\s*")

Marked = tuple[tuple[str, bool], ...]


def item(facts: Facts, match: Match | None, rule: str = "") -> Item:
    """What is shown of one story; without a match (a correction that no longer matches) the beginning of the text."""
    version, tags = facts.version, facts.version.tags
    hits = match.highlights if match else ()
    corrected = version.change in (Change.CORRECTION, Change.WITHDRAWN)
    return Item(
        story=version.story_id, version=version.number, title=version.title, link=version.link, feed=version.feed_id, source=facts.source,
        source_kind=facts.source_kind, change=version.change.value,
        published=version.published.utc.isoformat() if version.published.utc else None, seen=version.seen_at.isoformat(),
        language=version.language, teaser_only=version.teaser_only, fragments=fragments(version.text, [one for one in hits if one.field == "text"]),
        title_marked=marked(version.title, 0, len(version.title), [one for one in hits if one.field == "title"]),
        clauses=match.clauses if match else (), topics=tuple(one.id for one in tags.topics) if tags else (),
        countries=tags.countries if tags else (), places=_names(version, PLACES, 1)[:8], actors=tuple(name for name in _names(version, ACTORS, 1) if name != facts.source)[:8],
        note=_first_words(version.text) if corrected else "", lead=version.text[:LEAD], rule=rule)


def salient_actors(version: Version) -> frozenset[str]:
    """Gazetteer persons, organisations and groups that the headline names or the text names twice: a passing mention is no news."""
    return frozenset(_names(version, ACTORS, 2))


def _names(version: Version, types: frozenset[str], least: int) -> tuple[str, ...]:
    if version.tags is None:
        return ()
    weight: Counter[str] = Counter()
    for one in version.tags.entities:
        if one.type in types and (one.id is not None or least == 1):
            weight[one.name] += 2 if one.field == "title" else 1
    return tuple(name for name, count in weight.most_common() if count >= least)


def fragments(text: str, hits: Sequence[Highlight]) -> tuple[Marked, ...]:
    """Up to three stretches of the text that show most of its clauses, in the text's order, hits marked; its beginning without hits."""
    good = sorted((hit for hit in hits if 0 <= hit.start < hit.end <= len(text)), key=lambda one: one.start)
    spans: list[tuple[int, int]] = []
    told: set[str] = set()
    while good and len(spans) < FRAGMENTS:
        best, news = None, 0
        for hit in good:
            if any(hit.start < end and hit.end > start for start, end in spans):
                continue
            inside = {other.clause for other in good if hit.start <= other.start and other.end <= hit.start + AROUND} - told
            if len(inside) > news:  # the first of the best: a story says what matters early
                best, news = hit, len(inside)
        if best is None:
            break
        last = max(other.end for other in good if best.start <= other.start and other.end <= max(best.start + AROUND, best.end))
        span = _outward(text, best.start, last)
        spans = _merged([*spans, span])
        told |= {other.clause for other in good if span[0] <= other.start and other.end <= span[1]}
    if not spans and text.strip():
        spans = [(0, _outward(text, 0, min(len(text), 2 * AROUND))[1])]
    return tuple(_shown(text, start, end, good) for start, end in spans)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _shown(text: str, start: int, end: int, hits: Sequence[Highlight]) -> Marked:
    before = (("… ", False),) if text[:start].strip() else ()
    after = ((" …", False),) if text[end:].strip() else ()
    return (*before, *marked(text, start, end, hits), *after)


def _outward(text: str, start: int, end: int) -> tuple[int, int]:
    """Widened by AROUND, to the sentence's ends where they are near, else to white space."""
    left, right = max(0, start - AROUND), min(len(text), end + AROUND)
    before = max((found.end() for found in _SENTENCE.finditer(text, left, start)), default=-1)
    if before >= 0:
        left = before
    else:
        while left > 0 and start - left < AROUND + 30 and not text[left - 1].isspace():
            left -= 1
    if (after := _SENTENCE.search(text, end, right)) is not None:
        right = after.start() + 1
    else:
        while right < len(text) and right - end < AROUND + 30 and not text[right].isspace():
            right += 1
    return left, right


def marked(text: str, start: int, end: int, hits: Sequence[Highlight]) -> Marked:
    """``text[start:end]`` in pieces, each with whether it is a hit; overlapping hits become one."""
    pieces: list[tuple[str, bool]] = []
    at = start
    for hit in sorted(hits, key=lambda one: (one.start, -one.end)):
        low, high = max(hit.start, at), min(hit.end, end)
        if low >= high:
            continue
        if low > at:
            pieces.append((text[at:low], False))
        pieces.append((text[low:high], True))
        at = high
    if at < end:
        pieces.append((text[at:end], False))
    return tuple(pieces)


def _first_words(text: str) -> str:
    """The first paragraph, where wires say what they correct; cut at a word."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return first if len(first) <= 300 else first[:300].rsplit(None, 1)[0] + " …"
