"""What a person may do about an alert, with its consequences: the desk's pages and the command line both end here."""

from datetime import datetime, timedelta

from wirefeed.alerts.ids import message_id
from wirefeed.alerts.recipients import Recipients
from wirefeed.alerts.values import Alert, Message
from wirefeed.errors import InputRefused
from wirefeed.store import audit
from wirefeed.store.alerts import new_message
from wirefeed.store.database import Connection

DIGEST = "digest"  # instead of a rule: the daily digest
LONGEST_SNOOZE = timedelta(days=30)


def acknowledge(db: Connection, alert: str, actor: str, now: datetime) -> bool:
    """Stops reminders; False when somebody was first. Raises InputRefused for an unknown alert."""
    return audit.acknowledge(db, _known(db, alert).id, actor, now)


def reject(db: Connection, alert: str, actor: str, now: datetime) -> None:
    """A false positive. Raises InputRefused for an unknown alert."""
    audit.false_positive(db, _known(db, alert).id, actor, now)


def snooze(db: Connection, alert: str, hours: float, whole_rule: bool, recipient: str | None, actor: str, now: datetime) -> datetime:
    """Silence for the alert's story, or for its whole rule; until when. Raises InputRefused beyond 30 days."""
    if not 0 < hours <= LONGEST_SNOOZE.total_seconds() / 3600:
        raise InputRefused("a snooze lasts up to 30 days; to stop a rule for good, leave it")
    found = _known(db, alert)
    until = now + timedelta(hours=hours)
    audit.snooze(db, found.rule_id, None if whole_rule else found.cluster_id, recipient, until, actor, now)
    return until


def leave(db: Connection, rules: str, recipient: str, recipients: Recipients, owners: dict[str, str], now: datetime) -> list[str]:
    """Pause one or more rules (ids with commas) for a recipient and tell each rule's owner, else the operator. The rules newly paused."""
    paused = []
    for rule in rules.split(","):
        if not audit.leave(db, rule, recipient, recipient, now):
            continue
        paused.append(rule)
        owner = recipients.get(owners.get(rule, "")) or recipients.operator
        if owner is not None and owner.id != recipient:
            new_message(db, Message(
                message_id(owner.id, owner.channels[0], f"leave:{rule}:{recipient}:{now.isoformat()}"), owner.id, owner.channels[0], "notice",
                "routine", now, now, {"alerts": [], "subject": f"{recipient} has left the rule {rule}",
                                      "notice": f"{recipient} gets no more mails of the rule {rule}. Corrections of what was sent still come.\n"
                                                f"To put it back: wirefeed rejoin {rule} {recipient}"}))
    return paused


def _known(db: Connection, alert: str) -> Alert:
    found = audit.find_alert(db, alert)
    if found is None:
        raise InputRefused(f"no alert {alert!r}")
    return found
