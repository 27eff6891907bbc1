"""What the operator hears: faulty configuration, a full disk, an index that does not answer. Told once, by the same outbox as everybody's mail."""

import shutil
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from wirefeed.alerts.ids import message_id
from wirefeed.alerts.recipients import Recipients
from wirefeed.alerts.values import Message
from wirefeed.settings import Settings
from wirefeed.store.alerts import new_message
from wirefeed.store.audit import note as audit_note
from wirefeed.store.database import Connection, Store, get_meta, set_meta

if TYPE_CHECKING:
    from wirefeed.configuration import Configuration

PAUSED = "polling_paused"
TROUBLE = "trouble:"  # meta: what does not work at present


def notice(db: Connection, recipients: Recipients, subject: str, text: str, key: str, now: datetime) -> bool:
    """Mail the operator once under ``key``; False when it was told already or nobody is the operator. The audit trail has it either way."""
    audit_note(db, "wirefeed", "notice", subject, now, {"text": text[:2000]})
    who = recipients.operator
    if who is None:
        return False
    return new_message(db, Message(
        message_id(who.id, who.channels[0], f"notice:{key}"), who.id, who.channels[0], "notice", "routine", now, now,
        {"alerts": [], "subject": subject, "notice": text}))


def configuration_faults(db: Connection, faults: Mapping[str, str], configuration: "Configuration", now: datetime) -> None:
    """Files that were set aside: one notice each, not again until the fault changes."""
    for path, fault in faults.items():
        notice(db, configuration.recipients, f"Configuration file set aside: {path}",
               f"{fault}\n\nIts last good version goes on. 'wirefeed check' shows all faults.", f"config:{path}:{fault}", now)


def note(store: Store, what: str, why: str, now: datetime) -> None:
    """Remember what does not work, for `wirefeed status`; cleared by ``clear``."""
    with store.begin() as db:
        set_meta(db, TROUBLE + what, {"why": why[:500], "at": now.isoformat()}, now)


def clear(store: Store, what: str, now: datetime) -> None:
    """It works again."""
    with store.begin() as db:
        if get_meta(db, TROUBLE + what) is not None:
            set_meta(db, TROUBLE + what, None, now)


def room_for_polling(store: Store, settings: Settings, configuration: "Configuration", now: datetime) -> bool:
    """False, with one alarm, from less than settings.min_free_gb being free where the data lie until a fifth more is: a full disk would lose more
    than a pause, and a disk at the limit must not send an alarm at every tick."""
    settings.data.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.data).free / 2**30
    with store.begin() as db:
        paused = get_meta(db, PAUSED)
        if free >= settings.min_free_gb * (1.2 if paused else 1):
            if paused:
                set_meta(db, PAUSED, None, now)
                set_meta(db, TROUBLE + "disk", None, now)
                notice(db, configuration.recipients, "Polling goes on", f"{free:.1f} GB are free again.", f"disk:free:{paused}", now)
            return True
        why = f"only {free:.1f} GB free at {settings.data}, polling is paused below {settings.min_free_gb:g} GB"
        set_meta(db, TROUBLE + "disk", {"why": why, "at": paused or now.isoformat()}, now)
        if not paused:
            set_meta(db, PAUSED, now.isoformat(), now)
            notice(db, configuration.recipients, f"Polling is paused: only {free:.1f} GB free",
                   f"Less than {settings.min_free_gb:g} GB are free at {settings.data}. Sending goes on. Polling resumes by itself when "
                   f"{settings.min_free_gb * 1.2:g} GB are.", f"disk:full:{now:%Y-%m-%dT%H}", now)  # the hour: two workers may see it at once
        return False
