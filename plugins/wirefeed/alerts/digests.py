"""Mails that the clock brings: each recipient's daily digest, reminders of unacknowledged flashes, their escalation to a named deputy.

Digests come once a local day, also when empty; the first one on the day after a recipient was first seen. Reminders and escalation need a
way to acknowledge, so they stay away while we have no public address.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from wirefeed.alerts.hours import at, digest_window
from wirefeed.alerts.ids import message_id
from wirefeed.alerts.policy import policies
from wirefeed.alerts.recipients import LOCAL, Recipient, Recipients
from wirefeed.alerts.values import Delivery, Message, Policy
from wirefeed.settings import Settings
from wirefeed.store import alerts as stored
from wirefeed.store import digests as queries
from wirefeed.store.database import Connection, Store, get_meta, set_meta
from wirefeed.store.outbox import Queued

if TYPE_CHECKING:
    from wirefeed.rules.catalog import RuleSet

REMINDER = timedelta(minutes=15)
FORGET = timedelta(hours=12)  # an older flash is not reminded of: after an outage of ours that would be a storm
_WINDOWS = "digest_windows"


def queue_digests(store: Store, settings: Settings, recipients: Recipients, rules: "RuleSet", now: datetime) -> int:
    """Put what the clock brings into the outbox; how many messages. Safe to run from several places: ids repeat, rows don't."""
    with store.begin() as db:
        made = _digests(db, recipients, now)
        if settings.public_url:
            made += _reminders(db, recipients, policies(rules), now)
        return made


def _digests(db: Connection, recipients: Recipients, now: datetime) -> int:
    windows: dict[str, str] = get_meta(db, _WINDOWS) or {}
    made = 0
    people: list[Recipient] = [*recipients] if len(recipients) else [LOCAL]
    left = queries.without_digest(db)
    for one in people:
        if one.digest is None or one.id in left:
            continue
        window = digest_window(now, one.digest, one.zone)
        last = windows.get(one.id)
        if last is not None and window <= last:
            continue
        windows[one.id] = window
        waiting = queries.waiting_for_digest(db, one.id)
        if last is None and not waiting:
            continue  # newly met: the first digest comes with the next window
        since = at(datetime.fromisoformat(last).date(), one.digest, one.zone) if last else now - timedelta(hours=24)
        channel = "mail" if "mail" in one.channels else one.channels[0]
        message = Message(message_id(one.id, channel, f"digest:{window}"), one.id, channel, "digest", "routine", now, now,
                          {"alerts": [], "window": window, "since": since.isoformat()})
        stored.new_message(db, message)
        queries.assign(db, waiting, message.id)
        made += 1
    set_meta(db, _WINDOWS, windows, now)
    return made


def _reminders(db: Connection, recipients: Recipients, active: Mapping[str, Policy], now: datetime) -> int:
    made = 0
    for alert, told in queries.unacknowledged(db, now - FORGET, now - REMINDER):
        policy = active.get(alert.rule_id)
        for delivery, sent_at in told:
            one = recipients.get(delivery.recipient)
            if one is None or delivery.channel != "mail" or delivery.disposition == "escalated":
                continue
            if now - sent_at >= REMINDER:
                made += _repeat(db, alert.id, one, "reminder", delivery, now)
            deputy_id, minutes = (policy.escalate_to, policy.escalate_after) if policy and policy.escalate_to else (
                one.escalation, float(one.escalation_minutes))
            deputy = recipients.people.get(deputy_id) if deputy_id else None
            if deputy is not None and deputy.id != one.id and now - sent_at >= timedelta(minutes=minutes):
                made += _repeat(db, alert.id, deputy, "escalation", delivery, now)
    return made


def _repeat(db: Connection, alert: str, one: Recipient, kind: str, before: Delivery, now: datetime) -> int:
    references = [before.message_id] if kind == "reminder" and before.message_id else []
    message = Message(message_id(one.id, "mail", f"{kind}:{alert}"), one.id, "mail", kind, "flash", now, now,
                      {"alerts": [alert], "references": references})
    if not stored.new_message(db, message):
        return 0
    if kind == "escalation":
        stored.new_delivery(db, Delivery(alert, one.id, "mail", "escalated", message.id), now)
    return 1


# --- what a digest shows ---------------------------------------------------------------------------------------------
def digest_extra(db: Connection, message: Queued, now: datetime) -> dict[str, Any]:
    """Counts, the fate of matches and feed health for one digest, read when it is sent."""
    since = datetime.fromisoformat(message.detail["since"])
    items = [one.detail["items"][0] for one in message.alerts if one.detail.get("items")]
    topics = Counter(topic for one in items for topic in one["topics"])
    countries = Counter(country for one in items for country in one["countries"])
    return {"topics": dict(topics.most_common()), "countries": dict(countries.most_common()),
            "dispositions": queries.dispositions(db, message.recipient, since), **queries.feed_health(db, now),
            "dead": queries.dead_letters(db, since)}
