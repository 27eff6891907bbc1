"""Who gets an alert, when and in which mail: rhythm, quiet hours, caps, snoozes, absence. Pure but for the collecting ``Router``.

A mail is either its alert's own, or one that collects (situation, hourly, quiet, away, summary, catch-up) and may grow until it is sent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from wirefeed.alerts.hours import at, next_full, quiet_until
from wirefeed.alerts.ids import message_id
from wirefeed.alerts.recipients import Recipient, Recipients
from wirefeed.alerts.values import MAILED, RANK, Alert, Chain, Delivery, Item, Ledger, Message, Policy
from wirefeed.model import Severity

FLASHES = 6  # an hour, rule and recipient; beyond that one situation mail every SITUATION minutes
SITUATION = 15
BEST = ("queued", "situation", "quiet", "hourly", "capped", "digest", "away", "snoozed", "left", "nobody")


class Router:
    """Collects messages and deliveries of one run of ``decide``."""

    def __init__(self, ledger: Ledger, recipients: Recipients, now: datetime) -> None:
        self.ledger = ledger
        self.recipients = recipients
        self.now = now
        self.messages: dict[str, Message] = {}
        self.additions: dict[str, list[Item]] = {}
        self.deliveries: list[Delivery] = []
        self._open: dict[tuple[str, str, str], str] = dict(ledger.open)
        self._counts: dict[tuple[str, str], int] = dict(ledger.last_hour)

    # --- alerts ------------------------------------------------------------------------------------------------------
    def new(self, alert: Alert, policy: Policy) -> str:
        """Route a first alert to everybody the rule names; the alert's best disposition."""
        return self._all(alert, policy, [(one, None) for one in self.recipients.resolve(policy.recipients)], None)

    def news(self, alert: Alert, policy: Policy, chain: Chain) -> str:
        """A new country, actor or step in sources: to those who got the alert and still follow the rule. Newcomers get no backlog."""
        told = _told(chain)
        people = [(one, told[one.id]) for one in self.recipients.resolve(policy.recipients) if one.id in told]
        deputies = {one.id for one, _ in people}
        for name in told.keys() - deputies:  # an absent one's deputy was told, and goes on being told
            if (one := self.recipients.get(name)) is not None and any(
                    away.away and away.away.deputy == name and away.is_away(self.now) for away in self.recipients.resolve(policy.recipients)):
                people.append((one, told[name]))
        return self._all(alert, policy, people, chain)

    def correction(self, alert: Alert, policy: Policy, chain: Chain) -> str:
        """A correction or withdrawal: everyone mailed gets it by the same channel, past caps, snoozes and pauses."""
        ends = []
        for name, told in _told(chain).items():
            one = self.recipients.get(name)
            for channel in dict.fromkeys(delivery.channel for delivery in told):
                if one is None:  # no longer in recipients.yaml: there is no address to send it to
                    ends.append(self._deliver(alert, name, channel, "nobody", None))
                    continue
                last = next(delivery for delivery in reversed(told) if delivery.channel == channel)
                if not last.sent and last.disposition in ("digest", "hourly", "capped", "quiet", "away", "situation"):
                    ends.append(self._deliver(alert, name, channel, last.disposition, last.message_id))
                    continue
                due = self.now
                if alert.severity == Severity.ROUTINE:
                    due = quiet_until(self.now, one.quiet, one.zone) or self.now
                ends.append(self._own(alert, one, channel, "follow-up", due, chain, "queued" if due == self.now else "quiet"))
        return _best(ends)

    def _all(self, alert: Alert, policy: Policy, people: Iterable[tuple[Recipient, Any]], chain: Chain | None) -> str:
        ends: list[str] = []
        done: set[str] = set()
        for asked, _ in people:
            if (policy.id, asked.id) in self.ledger.paused:
                ends += [self._deliver(alert, asked.id, channel, "left", None) for channel in asked.channels]
                continue
            if self._snoozed(alert, asked):
                ends += [self._deliver(alert, asked.id, channel, "snoozed", None) for channel in asked.channels]
                continue
            one = self._present(asked, alert.severity)
            if one.id in done:
                continue
            done.add(one.id)
            ends += self._person(alert, policy, one, chain)
        return _best(ends)

    def _person(self, alert: Alert, policy: Policy, one: Recipient, chain: Chain | None) -> list[str]:
        kind = "alert" if alert.follow_up == 0 else "follow-up"
        flash = alert.severity == Severity.FLASH
        if one.is_away(self.now) and not flash and one.away:
            back = at(one.away.last + timedelta(days=1), one.digest or datetime.min.time().replace(hour=8), one.zone)
            return [self._collect(alert, one, channel, "away", "catch-up", f"away:{one.away.last}", back) for channel in one.channels]
        quiet = quiet_until(self.now, one.quiet, one.zone) if policy.quiet and not flash else None
        count = self._counts.get((policy.id, one.id), 0)
        ends = []
        mailed = False
        for channel in one.channels:
            if flash and count >= FLASHES:
                slot = next_full(self.now, SITUATION)
                ends.append(self._collect(alert, one, channel, "situation", "situation", f"situation:{policy.id}:{slot.isoformat()}", slot))
            elif flash:
                ends.append(self._own(alert, one, channel, kind, self.now, chain, "queued"))
                mailed = True
            elif policy.rhythm == "daily" and channel == "mail" and one.digest is not None:
                ends.append(self._deliver(alert, one.id, channel, "digest", None))
            elif policy.rhythm in ("hourly", "daily"):
                due = self._out_of_quiet(next_full(self.now, 60), policy, one)
                ends.append(self._collect(alert, one, channel, "hourly", "digest", f"hourly:{due.isoformat()}", due))
            elif quiet is not None:
                ends.append(self._collect(alert, one, channel, "quiet", "digest", f"quiet:{quiet.isoformat()}", quiet))
            elif count >= policy.cap:
                due = self._out_of_quiet(next_full(self.now, 60), policy, one)
                ends.append(self._collect(alert, one, channel, "capped", "digest", f"hourly:{due.isoformat()}", due))
            else:
                ends.append(self._own(alert, one, channel, kind, self.now, chain, "queued"))
                mailed = True
        if mailed:
            self._counts[policy.id, one.id] = count + 1
        return ends

    def _out_of_quiet(self, due: datetime, policy: Policy, one: Recipient) -> datetime:
        return (quiet_until(due, one.quiet, one.zone) if policy.quiet else None) or due

    def _present(self, one: Recipient, severity: str) -> Recipient:
        """Who stands in: the first deputy at work. With nobody, the person (a flash is mailed anyway, the rest waits for the return)."""
        seen = {one.id}
        here: Recipient | None = one
        while here is not None and here.is_away(self.now):
            deputy = here.away.deputy if here.away else None
            here = self.recipients.get(deputy) if deputy and deputy not in seen else None
            seen.add(deputy or "")
        return here or one

    def _snoozed(self, alert: Alert, one: Recipient) -> bool:
        return any(snooze.rule_id == alert.rule_id and snooze.cluster_id in (None, alert.cluster_id) and snooze.recipient in (None, one.id)
                   and snooze.until > self.now for snooze in self.ledger.snoozes)

    # --- messages ----------------------------------------------------------------------------------------------------
    def _own(self, alert: Alert, one: Recipient, channel: str, kind: str, due: datetime, chain: Chain | None, disposition: str) -> str:
        before = [delivery.message_id for delivery in chain.deliveries
                  if delivery.recipient == one.id and delivery.channel == channel and delivery.message_id] if chain else []
        message = Message(
            message_id(one.id, channel, alert.id), one.id, channel, kind, alert.severity, self.now, due,
            {"alerts": [alert.id], "references": list(dict.fromkeys(before))})
        self.messages[message.id] = message
        return self._deliver(alert, one.id, channel, disposition, message.id)

    def _collect(self, alert: Alert, one: Recipient, channel: str, disposition: str, kind: str, window: str, due: datetime) -> str:
        message = self.collecting(one, channel, kind, window, due, alert.severity)
        return self._deliver(alert, one.id, channel, disposition, message)

    def collecting(self, one: Recipient, channel: str, kind: str, window: str, due: datetime, severity: str, **detail: Any) -> str:
        """The unsent message of this window, made if need be; its id."""
        key = (one.id, channel, window)
        if (found := self._open.get(key)) is not None:
            if (mine := self.messages.get(found)) is not None and RANK[severity] < RANK[mine.severity]:
                self.messages[found] = replace(mine, severity=severity)
            return found
        # The moment is part of the id: the window's first message may have left already.
        made = message_id(one.id, channel, f"{window}@{self.now.isoformat()}")
        self.messages[made] = Message(made, one.id, channel, kind, severity, self.now, due, {"alerts": [], **detail}, window)
        self._open[key] = made
        return made

    def summary(self, kind: str, policy: Policy, items: Mapping[str, Item]) -> str:
        """Back-log (kind summary) or late stories (catch-up): one mail a recipient, whatever the rule. The matches' disposition."""
        reached = False
        for one in self.recipients.resolve(policy.recipients):
            if (policy.id, one.id) in self.ledger.paused:
                continue
            for channel in one.channels:
                message = self.collecting(one, channel, kind, kind, self.now, Severity.ROUTINE)
                self.additions.setdefault(message, []).extend(items.values())
                reached = True
        return kind if reached else "left"

    def _deliver(self, alert: Alert, recipient: str, channel: str, disposition: str, message: str | None) -> str:
        self.deliveries.append(Delivery(alert.id, recipient, channel, disposition, message))
        return disposition


def _told(chain: Chain) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = {}
    for one in chain.deliveries:
        if one.disposition in MAILED:
            found.setdefault(one.recipient, []).append(one)
    return found


def _best(ends: list[str]) -> str:
    return min(ends, key=BEST.index, default="nobody")
