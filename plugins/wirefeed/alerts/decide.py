"""From matches to alerts: one alert a rule and cluster, follow-ups only for what is news, and an end for every match. Pure.

Who gets it when is alerts/route.py's business. The order of questions about a rule and a cluster:
an alert there already? a correction or withdrawal follows it; a new country, actor or step in sources follows it, at most one in NEWS_GAP;
anything else is one more copy. No alert yet? fresh stories make one (for a rule with a threshold, spike or first_seen: when rules/trends.py says so;
until then they are counted); back-log and old ones go into a summary; a change of date into nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz

from wirefeed.alerts.counting import Trends
from wirefeed.alerts.ids import alert_id, match_id
from wirefeed.alerts.items import item, salient_actors
from wirefeed.alerts.policy import policies
from wirefeed.alerts.recipients import Recipients
from wirefeed.alerts.route import Router
from wirefeed.alerts.values import RANK, Alert, Chain, Decisions, Disposed, Facts, Item, Ledger, Policy
from wirefeed.model import Change, Match

if TYPE_CHECKING:
    from wirefeed.rules.catalog import RuleSet

__all__ = ["Facts", "decide"]

OLD = timedelta(hours=24)
NEWS_GAP = timedelta(minutes=30)
STEPS = (5, 10, 25, 50, 100, 250)  # sources; each step is news once
SAME_CORRECTION = 85  # per cent of likeness between two outlets' texts of one correction
CORRECTIONS = (Change.CORRECTION, Change.WITHDRAWN)
NEVER = (Change.DATE, Change.COSMETIC, Change.REFILE)
ITEMS_KEPT = 60

Pair = tuple[Facts, Match | None]


def decide(found: Sequence[Facts], ledger: Ledger, rules: "RuleSet", recipients: Recipients, now: datetime) -> Decisions:
    """Everything that follows from these versions. Call it for every batch, also one without matches (a rule's first run counts).

    ``found`` holds each version once; a match that is stored already changes nothing.
    """
    active = policies(rules)
    work = _Work(ledger, rules, active, recipients, now)
    groups: dict[tuple[str, str], list[Pair]] = {}
    for facts in sorted(found, key=_arrival):
        for match in facts.matches:
            if match_id(match.rule_id, match.story_id, match.version) in ledger.decided:
                continue
            if match.rule_id in active:
                groups.setdefault((match.rule_id, facts.cluster_id), []).append((facts, match))
            else:
                work.dispose(facts, match, "off")
        if facts.version.change in CORRECTIONS:
            told = {match.rule_id for match in facts.matches}
            for rule_id, cluster in ledger.chains:
                if cluster == facts.cluster_id and rule_id not in told and rule_id in active:
                    groups.setdefault((rule_id, cluster), []).append((facts, None))
    for (rule_id, cluster), pairs in sorted(groups.items(), key=lambda one: (RANK[active[one[0][0]].severity], one[0])):
        work.group(active[rule_id], cluster, pairs)
    return work.decisions()


class _Work:
    """One run: what is collected on the way."""

    def __init__(self, ledger: Ledger, rules: "RuleSet", active: Mapping[str, Policy], recipients: Recipients, now: datetime) -> None:
        self.ledger = ledger
        self.rules = rules
        self.active = active
        self.now = now
        self.router = Router(ledger, recipients, now)
        self.alerts: list[Alert] = []
        self.disposed: list[Disposed] = []
        self.grouped: dict[str, Mapping[str, Any]] = {}
        self.trends = Trends(ledger, now)

    def group(self, policy: Policy, cluster: str, pairs: list[Pair]) -> None:
        """All that a rule found in one cluster in this run."""
        chain = self.ledger.chains.get((policy.id, cluster))
        if chain is None:
            self._first(policy, cluster, pairs)
            return
        corrections = [(facts, match) for facts, match in pairs if self._corrects(facts, chain)]
        rest = [pair for pair in pairs if pair not in corrections]
        if corrections:
            withdrawn = any(facts.version.change is Change.WITHDRAWN for facts, _ in corrections)
            alert = self._alert(policy, cluster, corrections + rest, chain, "withdrawn" if withdrawn else "correction", corrections)
            self._end(corrections, self.router.correction(alert, policy, chain), alert.id)
            self._end(rest, "grouped", alert.id)
            return
        news = "" if chain.alerts[-1].at > self.now - NEWS_GAP else self._news(policy, rest, chain)
        if news:
            alert = self._alert(policy, cluster, rest, chain, news, rest)
            self._end(rest, self.router.news(alert, policy, chain), alert.id)
        elif rest:
            last = chain.alerts[-1]
            self.grouped[last.id] = _more(self.grouped.get(last.id, last.detail), [item(*pair) for pair in rest])
            self._end(rest, "grouped", last.id)

    def _first(self, policy: Policy, cluster: str, pairs: list[Pair]) -> None:
        idle = [(facts, match) for facts, match in pairs if match and self._is_idle(policy, facts)]
        rest = [pair for pair in pairs if pair not in idle]
        fresh = [(facts, match) for facts, match in rest if not self._is_old(policy, facts)]
        verdict = self.trends.judge(self.rules[policy.id], cluster, [facts.version for facts, _ in rest], bool(fresh))
        if fresh and not verdict.fires:
            self._end(rest, "counted", None)
        elif fresh:
            alert = self._alert(policy, cluster, rest, None, "new", fresh, self.trends.told(self.rules[policy.id], cluster, verdict))
            self._end(rest, self.router.new(alert, policy), alert.id)
        else:
            for kind in ("summary", "catch-up"):
                some = [pair for pair in rest if self._lateness(policy, pair[0]) == kind]
                if some:
                    newest = {facts.version.story_id: item(facts, match, policy.id) for facts, match in some}
                    self._end(some, self.router.summary(kind, policy, newest), None)
        self._end(idle, "unchanged", None)

    # --- questions ---------------------------------------------------------------------------------------------------
    def _is_idle(self, policy: Policy, facts: Facts) -> bool:
        """A change that never alerts, or an update of a story that this rule has dealt with before without an alert (back-log)."""
        change = facts.version.change
        if self.rules[policy.id].first_seen and change not in NEVER and not facts.version.backlog:
            return False  # another country in a later version may be the first meeting
        return change in NEVER or (change not in (Change.FIRST, *CORRECTIONS) and (policy.id, facts.version.story_id) in self.ledger.matched)

    def _is_old(self, policy: Policy, facts: Facts) -> bool:
        return self._lateness(policy, facts) != ""

    def _lateness(self, policy: Policy, facts: Facts) -> str:
        """"summary" for back-log and a rule's first run, "catch-up" for what is old by its date or by our outage, "" for fresh."""
        if facts.version.backlog or policy.id not in self.ledger.started:
            return "summary"
        published = facts.version.published.utc
        if facts.version.change is Change.FIRST and published is not None and facts.first_seen - published > OLD:
            return "catch-up"
        return "catch-up" if self.now - facts.version.seen_at > OLD else ""

    def _corrects(self, facts: Facts, chain: Chain) -> bool:
        """A correction that its readers have not had: another outlet's copy of one that went out is a copy."""
        version = facts.version
        if version.change not in CORRECTIONS:
            return False
        for alert in chain.alerts:
            if alert.kind not in ("correction", "withdrawn"):
                continue
            for sent in alert.detail.get("corrections", ()):
                if sent["story"] == version.story_id:
                    if sent["version"] >= version.number:
                        return False
                elif sent["change"] == version.change.value and fuzz.ratio(sent["lead"], version.text[:len(sent["lead"]) or 1]) >= SAME_CORRECTION:
                    return False
        return True

    def _news(self, policy: Policy, pairs: Sequence[Pair], chain: Chain) -> str:
        known = chain.alerts[-1].detail.get("known", {})
        fresh = [facts for facts, _ in pairs if not self._is_old(policy, facts) and facts.version.change not in NEVER]
        if not fresh:
            return ""
        if any(set(facts.version.tags.countries) - set(known.get("countries", ())) for facts in fresh if facts.version.tags):
            return "country"
        if any(salient_actors(facts.version) - set(known.get("actors", ())) for facts in fresh):
            return "actor"
        sources = set(known.get("sources", ())) | {facts.source for facts in fresh} | set(chain.alerts[-1].detail.get("carriers", ()))
        return "sources" if _step(len(sources)) > _step(len(known.get("sources", ()))) else ""

    # --- results -----------------------------------------------------------------------------------------------------
    def _alert(self, policy: Policy, cluster: str, pairs: Sequence[Pair], chain: Chain | None, kind: str, cause: Sequence[Pair],
               more: Mapping[str, Any] | None = None) -> Alert:
        before = self.grouped.get(chain.alerts[-1].id, chain.alerts[-1].detail) if chain else {}
        # The chain's own cluster goes on: after a merge the ids must not start anew.
        home, number = (chain.alerts[0].cluster_id, chain.alerts[-1].follow_up + 1) if chain else (cluster, 0)
        told = before.get("known", {})
        known = {
            "countries": sorted({*told.get("countries", ()), *(c for f, _ in pairs if f.version.tags for c in f.version.tags.countries)}),
            "actors": sorted({*told.get("actors", ()), *(name for f, _ in pairs for name in salient_actors(f.version))}),
            "sources": sorted({*told.get("sources", ()), *before.get("carriers", ()), *(f.source for f, _ in pairs)})}
        fresh_items = _newest([item(facts, match) for facts, match in pairs])
        lead = _leading(fresh_items, {facts.version.story_id for facts, _ in cause})
        detail = _more({
            "rule_title": policy.title, "query": policy.query, "title": lead["title"], "link": lead["link"], "lead": lead["story"], "known": known,
            "items": before.get("items", []), "news": {name: sorted(set(known[name]) - set(told.get(name, ()))) for name in known} if chain else {},
            "corrections": [{"story": f.version.story_id, "version": f.version.number, "change": f.version.change.value, "lead": f.version.text[:600]}
                            for f, _ in cause if f.version.change in CORRECTIONS], **(more or {})}, fresh_items)
        alert = Alert(alert_id(policy.id, home, number), policy.id, home, number, kind, policy.severity.value, self.now, detail)
        self.alerts.append(alert)
        return alert

    def _end(self, pairs: Sequence[Pair], disposition: str, alert: str | None) -> None:
        for facts, match in pairs:
            if match is not None:
                self.dispose(facts, match, disposition, alert)

    def dispose(self, facts: Facts, match: Match, disposition: str, alert: str | None = None) -> None:
        """One match has come to its end."""
        revision = self.active[match.rule_id].revision if match.rule_id in self.active else ""
        self.disposed.append(Disposed(match, facts.cluster_id, revision, disposition, alert))

    def decisions(self) -> Decisions:
        """What came of it."""
        router = self.router
        started = tuple((one.id, one.revision, one.source) for one in self.active.values()
                        if one.id not in self.ledger.started or self.ledger.revisions.get(one.id, one.revision) != one.revision)
        messages = tuple(router.messages.values())
        return Decisions(tuple(self.alerts), messages, {key: tuple(some) for key, some in router.additions.items()}, tuple(router.deliveries),
                         tuple(self.disposed), self.grouped, self.trends.pairs, started)


def _arrival(facts: Facts) -> tuple[datetime, datetime, str, int]:
    """Who said it first heads the mail: of stories that one poll brought, the one published earliest."""
    version = facts.version
    return version.seen_at, version.published.utc or version.seen_at, version.story_id, version.number


def _newest(items: Sequence[Item]) -> list[Item]:
    best: dict[str, Item] = {}
    for one in items:
        if one.story not in best or best[one.story].version <= one.version:
            best[one.story] = one
    return list(best.values())


def _leading(items: Sequence[Item], cause: set[str]) -> dict[str, Any]:
    """The story that the mail is headed by: the first that caused it."""
    return asdict(next((one for one in items if one.story in cause), items[0]))


def _more(detail: Mapping[str, Any], items: Sequence[Item]) -> dict[str, Any]:
    """The detail with these stories' newest versions in it, the leading one first, as JSON keeps it."""
    kept = {one["story"]: one for one in detail.get("items", ())}
    for one in items:
        if one.story not in kept or kept[one.story]["version"] <= one.version:
            kept[one.story] = asdict(one)
    ordered = sorted(kept.values(), key=lambda one: one["story"] != detail.get("lead"))[:ITEMS_KEPT]
    carriers = sorted({*detail.get("carriers", ()), *(one["source"] for one in kept.values())})
    return {**detail, "items": ordered, "stories": [one["story"] for one in ordered], "carriers": carriers}


def _step(sources: int) -> int:
    return sum(sources >= step for step in STEPS)
