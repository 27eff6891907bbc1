"""What people did about alerts: acknowledged, snoozed, rejected, left a rule. Each act and its audit line share a transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from wirefeed.alerts.values import Alert
from wirefeed.store.alerts import keep_rule, read_alert
from wirefeed.store.database import Connection
from wirefeed.store.tables import alerts, audit, rules, snoozes


def note(db: Connection, actor: str, action: str, subject: str, now: datetime, detail: Mapping[str, Any] | None = None) -> None:
    """One line of the audit trail."""
    db.execute(insert(audit).values(at=now, actor=actor, action=action, subject=subject[:200], detail=dict(detail or {})))


def trail(db: Connection, limit: int = 100) -> list[dict[str, Any]]:
    """The newest lines."""
    return [dict(row._mapping) for row in db.execute(select(audit).order_by(audit.c.id.desc()).limit(limit))]


def find_alert(db: Connection, prefix: str) -> Alert | None:
    """An alert by id or by a beginning of it that fits only one; None."""
    rows = db.execute(select(alerts).where(alerts.c.id.startswith(prefix, autoescape=True)).limit(2)).all()
    return read_alert(rows[0]) if len(rows) == 1 else None


def acknowledge(db: Connection, alert_id: str, actor: str, now: datetime) -> bool:
    """Stops reminders and escalation of the alert and its follow-ups; False when it was acknowledged already."""
    row = db.execute(select(alerts.c.rule_id, alerts.c.cluster_id).where(alerts.c.id == alert_id)).one()
    done = db.execute(update(alerts).where(
        alerts.c.rule_id == row.rule_id, alerts.c.cluster_id == row.cluster_id, alerts.c.acknowledged_at.is_(None)).values(
            acknowledged_at=now, acknowledged_by=actor)).rowcount
    if done:
        note(db, actor, "acknowledge", alert_id, now)
    return bool(done)


def false_positive(db: Connection, alert_id: str, actor: str, now: datetime, wrong: bool = True) -> None:
    """Counts against the rule in its statistics; also stops reminders."""
    db.execute(update(alerts).where(alerts.c.id == alert_id).values(false_positive=wrong))
    if wrong:
        acknowledge(db, alert_id, actor, now)
    note(db, actor, "false positive" if wrong else "not a false positive", alert_id, now)


def snooze(db: Connection, rule_id: str, cluster_id: str | None, recipient: str | None, until: datetime, actor: str, now: datetime) -> None:
    """No mails of this rule (of this story of it) until then, for one recipient or all. Corrections come all the same."""
    db.execute(insert(snoozes).values(rule_id=rule_id, cluster_id=cluster_id, recipient=recipient, until=until, by=actor))
    note(db, actor, "snooze", rule_id, now, {"cluster": cluster_id, "recipient": recipient, "until": until.isoformat()})


def leave(db: Connection, rule_id: str, recipient: str, actor: str, now: datetime) -> bool:
    """Pauses the rule for one person; False when it was paused already."""
    return _pause(db, rule_id, recipient, actor, now, True)


def rejoin(db: Connection, rule_id: str, recipient: str, actor: str, now: datetime) -> bool:
    """The pause is over."""
    return _pause(db, rule_id, recipient, actor, now, False)


def _pause(db: Connection, rule_id: str, recipient: str, actor: str, now: datetime, out: bool) -> bool:
    keep_rule(db, rule_id, "", "")
    state = dict(db.scalar(select(rules.c.state).where(rules.c.id == rule_id).with_for_update()) or {})
    paused = dict(state.get("paused", {}))
    if (recipient in paused) == out:
        return False
    if out:
        paused[recipient] = now.isoformat()
    else:
        del paused[recipient]
    db.execute(update(rules).where(rules.c.id == rule_id).values(state={**state, "paused": paused}))
    note(db, actor, "leave" if out else "rejoin", rule_id, now, {"recipient": recipient})
    return True
