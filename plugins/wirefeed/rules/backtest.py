"""What a rule would have done: hits a day, mails after grouping, samples, and the difference to its revision before. Pure over documents."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

from wirefeed.model import Document, Highlight
from wirefeed.rules.catalog import Rule
from wirefeed.rules.highlights import clauses, highlights
from wirefeed.rules.percolate import Percolator
from wirefeed.rules.trends import Hit, Pair, hit, judge, memory, plain

BATCH = 500  # stories in memory at once
AROUND = 90  # characters either side of a highlight


@dataclass(frozen=True, slots=True)
class Sample:
    """One story that hit; ``fragments`` are (text, is it a hit) pieces around the first places found."""

    id: str
    title: str
    source: str
    published: str
    link: str | None
    clauses: tuple[str, ...]
    fragments: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a back-test. ``days``: (YYYY-MM-DD, stories, mails) for days with hits; ``added`` and ``removed`` against the revision before."""

    rule_id: str
    read: int
    stories: int
    events: int  # clusters: what is left of the stories when copies count once
    mails: int  # for one recipient
    days: tuple[tuple[str, int, int], ...]
    samples: tuple[Sample, ...]
    compared: bool = False
    added: tuple[Sample, ...] = ()
    removed: tuple[Sample, ...] = ()
    added_count: int = 0
    removed_count: int = 0


def backtest(rule: Rule, archive: Iterable[tuple[Document, datetime]], before: Rule | None = None, samples: int = 5) -> Outcome:
    """Run ``rule`` (and ``before``, its former revision) over stories in order of first seen."""
    now_rule = rule.model_copy(update={"id": "now"})
    rules = [now_rule] + ([before.model_copy(update={"id": "before"})] if before else [])
    percolator = Percolator(rules)
    hits: list[tuple[Hit, Sample]] = []
    added: list[Sample] = []
    removed: list[Sample] = []
    differ = [0, 0]
    read = 0
    for batch in _batches(archive):
        read += len(batch)
        documents = [document for document, _at in batch]
        slots = percolator.slots(documents)
        present, past = slots.get("now", []), set(slots.get("before", ()))
        for slot in present:
            document, at = batch[slot]
            hits.append((hit(document, at), _sample(rule, document, full=len(hits) < samples or (before is not None and slot not in past))))
        if before is not None:
            fresh, gone = [slot for slot in present if slot not in past], sorted(past - set(present))
            differ = [differ[0] + len(fresh), differ[1] + len(gone)]
            added += [_sample(rule, documents[slot]) for slot in fresh[:max(0, samples - len(added))]]
            removed += [_sample(before, documents[slot]) for slot in gone[:max(0, samples - len(removed))]]
    mails = _mails(rule, [one for one, _sample in hits])
    counted = Counter(_day(one.at) for one, _sample in hits)
    mailed = Counter(_day(at) for at in mails)
    shown = [one for _hit, one in hits]
    return Outcome(rule.id, read, len(hits), len({one.cluster_id for one, _sample in hits}), len(mails),
                   tuple((day, counted[day], mailed[day]) for day in sorted(counted)), tuple(one for one in shown if one.fragments)[:samples],
                   before is not None, tuple(added), tuple(removed), differ[0], differ[1])


def _batches(archive: Iterable[tuple[Document, datetime]]) -> Iterator[list[tuple[Document, datetime]]]:
    reading = iter(archive)
    while batch := list(islice(reading, BATCH)):
        yield batch


def _mails(rule: Rule, hits: Sequence[Hit]) -> list[datetime]:
    """Times of the mails that one recipient would have had: one a cluster, one an hour or a day for those rhythms."""
    fired: list[Hit] = []
    if plain(rule):
        fired = list(hits)
    else:
        pairs: set[Pair] = set()
        last: datetime | None = None
        begin = 0
        for number, one in enumerate(hits):
            while hits[begin].at < one.at - memory(rule):
                begin += 1
            verdict = judge(rule, one, hits[begin:number], pairs=pairs, started=hits[0].at, fired=last)
            pairs |= verdict.pairs
            if verdict.fires:
                fired.append(one)
                last = one.at
    seen: set[str] = set()
    times: dict[object, datetime] = {}
    for one in fired:
        if one.cluster_id in seen:
            continue
        seen.add(one.cluster_id)
        at = one.at.astimezone(UTC)
        key: object = (at.date(), at.hour) if rule.rhythm == "hourly" else at.date() if rule.rhythm == "daily" else one.cluster_id
        times.setdefault(key, at)
    return list(times.values())


def _sample(rule: Rule, document: Document, full: bool = True) -> Sample:
    empty = Sample(document["id"], document["title"], document["source"], document["published"], document.get("link"), (), ())
    if not full:
        return empty
    return replace(empty, clauses=clauses(rule.parsed, document), fragments=fragments(document, highlights(rule.parsed, document)))


def fragments(document: Document, marks: Sequence[Highlight]) -> tuple[tuple[str, bool], ...]:
    """The stretch of text around the first places, or the title when the text has none; at least one piece."""
    name = "text" if any(mark.field == "text" for mark in marks) else "title"
    text = str(document.get(name) or document["title"])
    places = sorted({(mark.start, mark.end) for mark in marks if mark.field == name})
    if not places:
        end = _word_end(text, 2 * AROUND, 0)
        return ((text[:end] + "…" * (end < len(text)), False),)
    begin = max(0, places[0][0] - AROUND)
    if begin:  # at the start of a word, if one starts before the hit
        begin = next((at for at in range(begin, places[0][0]) if text[at - 1].isspace()), begin)
    end = _word_end(text, places[0][1] + AROUND, places[0][1])
    pieces: list[tuple[str, bool]] = []
    at = begin
    for start, stop in places:
        if start >= end:
            break
        if start < at:
            continue
        pieces += [(text[at:start], False), (text[start:stop], True)]
        at = stop
    pieces.append((text[at:max(end, at)] + "…" * (max(end, at) < len(text)), False))
    if begin:
        pieces.insert(0, ("…", False))
    return tuple((" ".join(piece.split("\n")), marked) for piece, marked in pieces if piece)


def _word_end(text: str, end: int, least: int) -> int:
    """The last end of a word in text[least:end]; ``end`` where there is none."""
    if end >= len(text):
        return len(text)
    return next((at for at in range(end, least, -1) if text[at].isspace()), end)


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"
