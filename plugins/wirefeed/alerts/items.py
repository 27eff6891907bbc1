"""From a tagged version and a match to the lines a mail shows: headline with hits marked, fragments around hits, what it is about. Pure."""

from collections import Counter
from collections.abc import Sequence

from wirefeed.alerts.values import Facts, Item
from wirefeed.model import Change, Highlight, Match, Version

AROUND = 110  # characters either side of a hit
FRAGMENTS = 3
LEAD = 600
ACTORS = frozenset({"person", "organisation", "group", "company", "military", "agency"})
PLACES = frozenset({"place", "facility", "city", "region", "district", "base"})

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
        countries=tags.countries if tags else (), places=_names(version, PLACES, 1)[:8], actors=_names(version, ACTORS, 1)[:8],
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
    """Up to three stretches of the text around its hits, the hits marked; the beginning where there are none."""
    spans: list[list[int]] = []
    for hit in sorted(hits, key=lambda one: one.start):
        if not 0 <= hit.start < hit.end <= len(text):
            continue
        start, end = _outward(text, hit.start, hit.end)
        if spans and start <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], end)
        elif len(spans) < FRAGMENTS:
            spans.append([start, end])
        else:
            break
    if not spans and text.strip():
        spans = [[0, _outward(text, 0, min(len(text), 2 * AROUND))[1]]]
    return tuple(_shown(text, start, min(end, start + 6 * AROUND), hits) for start, end in spans)


def _shown(text: str, start: int, end: int, hits: Sequence[Highlight]) -> Marked:
    before = ((("… "), False),) if text[:start].strip() else ()
    after = (((" …"), False),) if text[end:].strip() else ()
    return (*before, *marked(text, start, end, hits), *after)


def _outward(text: str, start: int, end: int) -> tuple[int, int]:
    """Widened by AROUND and on to the next white space, within reason."""
    left, right = max(0, start - AROUND), min(len(text), end + AROUND)
    for _ in range(30):
        if left > 0 and not text[left - 1].isspace():
            left -= 1
        if right < len(text) and not text[right].isspace():
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
