"""The sender: lease, render, send, mark, one message at a time until nothing is due. Any number of senders may run at once.

A message leaves at least once: between the server's acceptance and our commit lies a moment in which a crash repeats it, with the same
Message-ID. Faults of one message never hold up another; faults of a channel hold up that channel alone.
"""

import os
import random
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from wirefeed.alerts import links
from wirefeed.alerts.channel import Channel, Result
from wirefeed.alerts.digests import digest_extra
from wirefeed.alerts.mail import FolderChannel
from wirefeed.alerts.mail import channel as mail_channel
from wirefeed.alerts.policy import policies
from wirefeed.alerts.recipients import Recipient, Recipients
from wirefeed.alerts.render import Surroundings, render
from wirefeed.alerts.webhook import WebhookChannel
from wirefeed.settings import Settings
from wirefeed.store import outbox
from wirefeed.store.database import Store, get_meta
from wirefeed.store.outbox import Queued

if TYPE_CHECKING:
    from wirefeed.rules.catalog import RuleSet

log = structlog.get_logger()
LEASE = 300.0  # seconds; longer than one transaction with a slow server (six steps of 30 s)
BACK_OFF = (60, 120, 300, 600, 1200, 3600)  # seconds between tries of one message
CLOSED = (30, 60, 120, 300, 600, 900)  # seconds until a channel that was out of reach is tried again
POLICY_TRIES = 3
GIVE_UP = timedelta(days=5)  # as mail servers do; then it is a dead letter, visible and put back by hand


@dataclass
class SendReport:
    """What one run did, per channel where it matters."""

    sent: int = 0
    later: int = 0
    dead: int = 0
    held: bool = False
    by_kind: dict[str, int] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)  # channel -> why


def send_due(
    store: Store, settings: Settings, recipients: Recipients, rules: "RuleSet", clock: Callable[[], datetime], *,
    lease: float = LEASE, limit: int = 5000, names: Mapping[str, Mapping[str, str]] | None = None, timeout: float = 30.0,
    jitter: Callable[[], float] = random.random,
) -> SendReport:
    """Send what is due. Raises Unreachable only for the database; faults of servers are recorded on message and channel."""
    report, sent_by_kind = SendReport(), Counter[str]()
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    sender = _Sender(store, settings, recipients, owner, timeout, jitter, report,
                     Surroundings(settings, policies(rules), links.secret(settings), names or {}))
    try:
        for _ in range(limit):
            now = clock()
            with store.begin() as db:
                if get_meta(db, outbox.HELD):
                    report.held = True
                    break
                message = outbox.lease_next(db, owner, now, lease, sender.closed(db, now))
                extra = digest_extra(db, message, now) if message and message.kind == "digest" and "window" in message.detail else {}
            if message is None:
                break
            result = sender.send(message, extra, now)
            with store.begin() as db:
                sender.mark(db, message, result, clock())
            if result.end == "accepted":
                sent_by_kind[message.kind] += 1
    finally:
        sender.close()
    report.by_kind = dict(sent_by_kind)
    return report


class _Sender:
    """One run's channels and the marking of results."""

    def __init__(self, store: Store, settings: Settings, recipients: Recipients, owner: str, timeout: float, jitter: Callable[[], float],
                 report: SendReport, around: Surroundings) -> None:
        self.store, self.settings, self.recipients, self.owner = store, settings, recipients, owner
        self.timeout, self.jitter, self.report, self.around = timeout, jitter, report, around
        self._channels: dict[str, Channel] = {}

    def closed(self, db: Any, now: datetime) -> list[str]:
        """Channels that are not to be tried yet. A pause longer than any we set means that the clock was set back: it is over."""
        found = []
        for name in ("mail", "webhook", "slack"):
            state = outbox.channel_state(db, name)
            until = datetime.fromisoformat(state["until"]) if state else now
            if now < until <= now + timedelta(seconds=2 * CLOSED[-1]):
                found.append(name)
                self.report.closed[name] = state["reason"]
        return found

    def send(self, message: Queued, extra: Mapping[str, Any], now: datetime) -> Result:
        """Render and hand over; whatever goes wrong becomes a Result."""
        recipient = self.recipients.get(message.recipient)
        if recipient is None or (message.channel == "mail" and not recipient.address):
            return Result("refused", f"{message.recipient} is not in recipients.yaml any more")
        try:
            around = self.around if not extra else Surroundings(
                self.around.settings, self.around.policies, self.around.key, self.around.names, extra)
            letter = render(message, recipient, around, now)
            return self._channel(message.channel, recipient).send(letter)
        except Exception as error:
            # One message that cannot be rendered must not hold up the others; it stays in the outbox with this reason.
            log.exception("a message could not be rendered or sent", message=message.id)
            return Result("later", f"{type(error).__name__}: {error}"[:400])

    def _channel(self, name: str, recipient: Recipient) -> Channel:
        key = "local" if recipient.local else name
        if key not in self._channels:
            made: Channel
            if key == "local":
                made = FolderChannel(self.settings.outbox, self.settings.mail_from)
            elif key == "mail":
                made = mail_channel(self.settings, self.timeout)
            else:
                made = WebhookChannel(key, self.timeout, self.settings.proxy)
            self._channels[key] = made
        return self._channels[key]

    def mark(self, db: Any, message: Queued, result: Result, now: datetime) -> None:
        """Write down how it ended."""
        if result.end == "accepted":
            self.report.sent += 1
            outbox.mark_sent(db, message, self.owner, now)
            if outbox.channel_state(db, message.channel):
                outbox.set_channel(db, message.channel, None, now)
            return
        log.warning("not sent", message=message.id, recipient=message.recipient, end=result.end, reason=result.reason)
        if result.end in ("closed", "stopped"):
            self._close_channel(db, message, result, now)
        elif result.policy:
            self._policy(db, message, result, now)
        elif result.end == "refused" or now - message.created_at > GIVE_UP:
            self.report.dead += 1
            outbox.mark_dead(db, message, self.owner, result.reason)
        else:
            self._later(db, message, result, now)

    def _later(self, db: Any, message: Queued, result: Result, now: datetime) -> None:
        self.report.later += 1
        seconds = result.retry_after if result.retry_after is not None else BACK_OFF[min(message.attempts, len(BACK_OFF) - 1)]
        due = now + timedelta(seconds=min(seconds, BACK_OFF[-1]) * (0.8 + 0.4 * self.jitter()))
        outbox.mark_later(db, message.id, self.owner, due, result.reason)

    def _policy(self, db: Any, message: Queued, result: Result, now: datetime) -> None:
        """5.7.x for one recipient may be their server's rule about them; for a second one it is about us."""
        if outbox.refused_by_policy(db, message.channel, message.recipient):
            outbox.revive_policy_refusals(db, message.channel, now)
            self._close_channel(db, message, Result("stopped", result.reason), now)
        elif message.attempts + 1 >= POLICY_TRIES:
            self.report.dead += 1
            outbox.mark_dead(db, message, self.owner, result.reason)
        else:
            self._later(db, message, result, now)

    def _close_channel(self, db: Any, message: Queued, result: Result, now: datetime) -> None:
        self.report.later += 1
        failures = int(outbox.channel_state(db, message.channel).get("failures", 0))
        pause = CLOSED[-1] if result.end == "stopped" else CLOSED[min(failures, len(CLOSED) - 1)]
        until = now + timedelta(seconds=pause * (0.8 + 0.4 * self.jitter()))
        outbox.set_channel(db, message.channel, {
            "reason": result.reason, "until": until.isoformat(), "failures": failures + 1, "stopped": result.end == "stopped",
            "since": outbox.channel_state(db, message.channel).get("since", now.isoformat())}, now)
        outbox.mark_later(db, message.id, self.owner, None, result.reason)

    def close(self) -> None:
        """End all connections."""
        for one in self._channels.values():
            one.close()
