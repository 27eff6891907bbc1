"""Rules that look at more than one story: thresholds, spikes against the rule's own history, first meetings of group and country. Pure.

A rule's every match is stored; what ``judge`` answers decides whether the match becomes an alert. Stories count by cluster: ten copies of one
dispatch are one event.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from wirefeed.model import Document
from wirefeed.rules.catalog import Rule

Pair = tuple[str, str]  # group id, country code
LEAST_REFERENCE = timedelta(days=2)  # younger than this a rule has no history to leap out of


@dataclass(frozen=True, slots=True)
class Hit:
    """A match as history keeps it: when it was decided on, its cluster, the groups and countries it names; for mails also what it was."""

    at: datetime
    cluster_id: str
    groups: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    story: str = ""
    title: str = ""
    link: str | None = None
    feed: str = ""

    @property
    def pairs(self) -> frozenset[Pair]:
        """Every group with every country."""
        return frozenset((group, country) for group in self.groups for country in self.countries)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the rule alerts now. ``why`` is for `wirefeed why`, ``said`` the same for mails (a kind and its numbers or names); ``pairs`` are to be
    remembered in any case."""

    fires: bool
    why: str
    pairs: frozenset[Pair] = frozenset()
    said: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """What a rule remembers: its hits within ``memory``, the pairs it has met, when it first ran and last alerted."""

    hits: tuple[Hit, ...] = ()
    pairs: frozenset[Pair] = frozenset()
    started: datetime | None = None
    fired: datetime | None = None


def hit(document: Document, at: datetime) -> Hit:
    """A matched document as a Hit."""
    groups = tuple(name for name in document.get("entity", ()) if name.startswith("group:") or name == "org:wagner")
    return Hit(at, str(document.get("cluster") or document["id"]), groups, tuple(document.get("country", ())))


def plain(rule: Rule) -> bool:
    """Whether every match of the rule alerts, so that no history is needed."""
    return rule.threshold is None and rule.spike is None and not rule.first_seen


def memory(rule: Rule) -> timedelta:
    """How far back ``judge`` wants the rule's history."""
    spans = [timedelta(0)]
    if rule.threshold:
        spans.append(timedelta(hours=rule.threshold.hours))
    if rule.spike:
        spans.append(timedelta(days=rule.spike.reference_days, hours=rule.spike.hours))
    return max(spans)


def judge(
    rule: Rule, new: Hit, history: Sequence[Hit], *, pairs: AbstractSet[Pair] = frozenset(), started: datetime | None = None,
    fired: datetime | None = None,
) -> Verdict:
    """Whether ``new`` makes the rule fire. ``history``: earlier hits within ``memory(rule)``, any order; ``pairs`` met before; ``started``: the
    rule's first run; ``fired``: when it last alerted. All of the rule's conditions must hold."""
    if rule.first_seen and not new.pairs - pairs:
        return Verdict(False, "group and country were met together before", new.pairs)
    whys = []
    said: list[Mapping[str, Any]] = []
    if rule.first_seen:
        met = sorted(new.pairs - pairs)
        whys.append("first seen together: " + ", ".join(f"{group} and {country}" for group, country in met))
        said += [{"kind": "pair", "group": group, "country": country} for group, country in met]
    if rule.threshold:
        count = _count([*history, new], new.at - timedelta(hours=rule.threshold.hours), new.at)
        if count < rule.threshold.count:
            return Verdict(False, f"{count} of {rule.threshold.count} stories in {rule.threshold.hours:g} h", new.pairs)
        if fired is not None and new.at - fired < timedelta(hours=rule.threshold.hours):
            return Verdict(False, f"alerted at {fired:%H:%M} UTC for this window", new.pairs)
        whys.append(f"{count} stories in {rule.threshold.hours:g} h")
        said.append({"kind": "threshold", "count": count, "hours": f"{rule.threshold.hours:g}"})
    if rule.spike:
        verdict = _spike(rule, new, history, started, fired)
        if not verdict.fires:
            return verdict
        whys.append(verdict.why)
        said += verdict.said
    return Verdict(True, "; ".join(whys) or "every match", new.pairs, tuple(said))


def _spike(rule: Rule, new: Hit, history: Sequence[Hit], started: datetime | None, fired: datetime | None) -> Verdict:
    assert rule.spike is not None
    window = timedelta(hours=rule.spike.hours)
    begin = new.at - window
    oldest = begin - timedelta(days=rule.spike.reference_days)
    known_since = max(oldest, started) if started else min((one.at for one in history), default=new.at)
    reference = begin - max(oldest, known_since)
    if reference < LEAST_REFERENCE:
        return Verdict(False, "too little history of its own for a spike", new.pairs)
    count = _count([*history, new], begin, new.at)
    usual = _count(history, oldest, begin) / (reference / window)
    if count < rule.spike.least or count < rule.spike.factor * usual:
        return Verdict(False, f"{count} stories in {rule.spike.hours:g} h, usually {usual:.1f}", new.pairs)
    if fired is not None and new.at - fired < window:
        return Verdict(False, f"alerted at {fired:%H:%M} UTC for this window", new.pairs)
    return Verdict(True, f"{count} stories in {rule.spike.hours:g} h, usually {usual:.1f}", new.pairs,
                   ({"kind": "spike", "count": count, "hours": f"{rule.spike.hours:g}", "usual": f"{usual:.1f}"},))


def _count(hits: Sequence[Hit], after: datetime, until: datetime) -> int:
    return len({one.cluster_id for one in hits if after < one.at <= until})
