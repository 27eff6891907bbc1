"""Rules that look at more than one story, inside one run of ``decide``: what the ledger remembers and what this run has added. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from wirefeed.alerts.values import Ledger
from wirefeed.model import Version
from wirefeed.rules.catalog import Rule
from wirefeed.rules.trends import Hit, Pair, Past, Verdict, hit, judge, plain

LISTED = 10  # earlier stories that an alert names


class Trends:
    """Verdicts in the order of the run; each fresh cluster is one more hit for the next."""

    def __init__(self, ledger: Ledger, now: datetime) -> None:
        self.now = now
        self._past: dict[str, Past] = dict(ledger.past)
        self.pairs: dict[str, frozenset[Pair]] = {}
        self._names: dict[str, str] = {}  # entity id -> what the text calls it

    def judge(self, rule: Rule, cluster: str, versions: Sequence[Version], fresh: bool) -> Verdict:
        """Whether the rule fires for these versions of one cluster. Those that are not ``fresh`` only make their pairs known."""
        if plain(rule):
            return Verdict(True, "")
        before = self._past.get(rule.id, Past())
        self._names |= {one.id: one.name for version in versions if version.tags for one in version.tags.entities if one.id}
        new = _hit(versions, cluster, self.now)
        verdict = judge(rule, new, before.hits, pairs=before.pairs, started=before.started, fired=before.fired)
        if rule.first_seen and new.pairs:
            self.pairs[rule.id] = self.pairs.get(rule.id, frozenset()) | new.pairs
        self._past[rule.id] = replace(before, hits=(*before.hits, new) if fresh else before.hits, pairs=before.pairs | new.pairs,
                                      fired=self.now if fresh and verdict.fires else before.fired)
        return verdict

    def told(self, rule: Rule, cluster: str, verdict: Verdict) -> Mapping[str, Any]:
        """For the alert's detail: what made it fire, and the earlier stories that count."""
        if plain(rule):
            return {}
        since = self.now - timedelta(hours=max((span.hours for span in (rule.threshold, rule.spike) if span), default=0))
        earlier = {one.cluster_id: one for one in self._past.get(rule.id, Past()).hits if one.at > since and one.cluster_id != cluster and one.title}
        return {"trend": [{**one, **({"group": self._names.get(one["group"], one["group"])} if "group" in one else {})} for one in verdict.said], "counted": [
            {"story": one.story, "title": one.title, "link": one.link, "feed": one.feed, "at": one.at.isoformat()}
            for one in sorted(earlier.values(), key=lambda one: one.at, reverse=True)[:LISTED]]}


def _hit(versions: Sequence[Version], cluster: str, now: datetime) -> Hit:
    """All copies of an event as one hit."""
    tags = [version.tags for version in versions if version.tags]
    made = hit({"id": cluster, "cluster": cluster, "entity": sorted({one.id for some in tags for one in some.entities if one.id}),
                "country": sorted({code for some in tags for code in some.countries})}, now)
    first = next(iter(versions), None)
    return replace(made, story=first.story_id, title=first.title, link=first.link, feed=first.feed_id) if first else made
