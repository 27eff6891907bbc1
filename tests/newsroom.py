"""A newsroom for tests: rules and people from YAML, stories put through decide and the store as the pipeline does, a clock to turn."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from wirefeed.alerts.decide import Facts, decide
from wirefeed.alerts.outbox import SendReport, send_due
from wirefeed.alerts.recipients import Recipients, load_recipients
from wirefeed.alerts.values import Decisions
from wirefeed.model import Change, Entity, Highlight, Match, Tags, Topic, Version, When
from wirefeed.rules.catalog import RuleSet, load_rules
from wirefeed.settings import Settings
from wirefeed.store import alerts as alert_store
from wirefeed.store.database import Store
from wirefeed.store.tables import alerts, deliveries, matches, messages, stories
from wirefeed.yaml_files import ConfigText

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)  # a Tuesday; no quiet hours in Asia/Almaty (17:00)
PEOPLE = """
people:
  - {id: ann, name: Ann, address: ann@example.org, zone: Asia/Almaty}
groups:
  - {id: desk, members: [ann]}
"""


def rule_text(rule_id: str = "bases", **keys: Any) -> ConfigText:
    import json

    whole = {"id": rule_id, "title": f"Rule {rule_id}", "query": "troops", "severity": "urgent", "recipients": ["desk"], **keys}
    return ConfigText(Path(f"rules/{rule_id}.yaml"), json.dumps(whole))  # JSON is YAML


def ruleset(*texts: ConfigText) -> RuleSet:
    return load_rules(texts or (rule_text(),))


def people(text: str = PEOPLE) -> Recipients:
    return load_recipients((ConfigText(Path("recipients.yaml"), text),))


def story(story_id: str = "s1", *rules: str, number: int = 1, title: str = "Troops cross the river",
          text: str = "Guards said troops crossed the river at dawn.",
          cluster: str = "", change: Change = Change.FIRST, seen: datetime = NOON, first_seen: datetime | None = None,
          published: datetime | str | None = "seen", source: str = "Steppe Wire", kind: str = "agency", backlog: bool = False,
          countries: Sequence[str] = ("TJ",), actors: Sequence[str] = (), topics: Sequence[str] = ("border-incidents",), link: str | None = None,
          **more: Any) -> Facts:
    """One version as the pipeline hands it over; ``rules`` are those that match it ("bases" when none is named; "" for no match)."""
    when = seen - timedelta(minutes=5) if published == "seen" else published
    entities = tuple(Entity(f"id:{name}", "group", name, "title", name, 0, 0) for name in actors)
    feed = source.lower().replace(" ", "-")
    version = Version(
        story_id, number, feed, seen, change, title, text, link or f"https://{feed}.example/{story_id}",
        When(when), backlog=backlog, language="en",
        tags=Tags("en", True, 0.9, tuple(countries), tuple(Topic(one, 0.9, ()) for one in topics), entities), **more)
    at = text.find("troops")
    marks = (Highlight("text", at, at + 6, "troops"),) if at >= 0 else ()
    fired = tuple(Match(one, story_id, number, ("troops",), marks) for one in (rules or ("bases",)) if one)
    return Facts(version, cluster or story_id, first_seen or seen, fired, source, kind)


@dataclass
class Newsroom:
    """The alert stage over a real database, with a clock that stands still until it is turned."""

    store: Store
    settings: Settings
    rules: RuleSet
    recipients: Recipients
    now: datetime = NOON
    started: bool = True
    log: list[Decisions] = field(default_factory=list)

    def decide(self, *found: Facts) -> Decisions:
        """One batch in one transaction."""
        with self.store.begin() as db:
            for one in found:
                exists = db.execute(stories.select().where(stories.c.id == one.version.story_id)).first()
                row = {"cluster_id": one.cluster_id, "version": one.version.number, "title": one.version.title, "link": one.version.link}
                if exists:
                    db.execute(stories.update().where(stories.c.id == one.version.story_id).values(**row))
                else:
                    db.execute(stories.insert().values(id=one.version.story_id, feed_id=one.version.feed_id, first_seen_at=one.first_seen, **row))
            ledger = alert_store.ledger(db, found, self.rules, self.recipients, self.now)
            decided = decide(found, ledger, self.rules, self.recipients, self.now)
            alert_store.record(db, decided, self.now)
        self.log.append(decided)
        return decided

    def start(self) -> "Newsroom":
        """The first run of all rules, an hour ago."""
        before, self.now = self.now, self.now - timedelta(hours=1)
        self.decide()
        self.now = before
        return self

    def send(self, **more: Any) -> SendReport:
        return send_due(self.store, self.settings, self.recipients, self.rules, lambda: self.now, **more)

    def later(self, **span: float) -> "Newsroom":
        self.now += timedelta(**span)
        return self

    def rows(self, table: str) -> list[Any]:
        chosen = {"alerts": alerts, "deliveries": deliveries, "matches": matches, "messages": messages}[table]
        with self.store.begin() as db:
            return list(db.execute(chosen.select()).all())

    def ends(self) -> dict[str, int]:
        """Dispositions of all matches."""
        found: dict[str, int] = {}
        for row in self.rows("matches"):
            found[row.disposition] = found.get(row.disposition, 0) + 1
        return found

    def kinds(self) -> list[str]:
        return sorted(row.kind for row in self.rows("messages"))

    def mails(self) -> list[Any]:
        import email
        import email.policy

        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in sorted(self.settings.outbox.rglob("*.eml"))]
