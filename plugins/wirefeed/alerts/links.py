"""Signed, expiring links into our own desk. They open a page; only a POST acts (mail scanners follow GETs). Without a public address: none."""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from wirefeed.errors import InputRefused
from wirefeed.settings import Settings

VALID = timedelta(days=14)
LEAVE_VALID = timedelta(days=400)  # people unsubscribe from old mails


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link allows: ``action`` act (acknowledge, snooze, false positive) on an alert, or leave (a rule), for one recipient."""

    action: str
    subject: str
    recipient: str
    expires: int  # Unix seconds


def secret(settings: Settings) -> bytes:
    """The signing key: WIREFEED_SECRET, or one made once and kept beside the data (mode 600)."""
    if given := settings.secret.get_secret_value():
        return given.encode()
    path: Path = settings.data / "secret"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
            out.write(secrets.token_hex(32))
    except FileExistsError:
        pass  # another process, or an earlier start
    return path.read_bytes().strip()


def sign(ticket: Ticket, key: bytes) -> str:
    """The ticket as a token for an address."""
    body = json.dumps([ticket.action, ticket.subject, ticket.recipient, ticket.expires], separators=(",", ":")).encode()
    return f"{_b64(body)}.{_b64(_mac(body, key))}"


def verify(token: str, key: bytes, now: datetime) -> Ticket:
    """The ticket of a token; raises InputRefused when forged or expired."""
    try:
        body_part, mac_part = token.split(".")
        body, mac = _unb64(body_part), _unb64(mac_part)
    except (ValueError, binascii.Error) as error:
        raise InputRefused("this link is damaged") from error
    if not hmac.compare_digest(mac, _mac(body, key)):
        raise InputRefused("this link is damaged or was not made by us")
    ticket = Ticket(*json.loads(body))
    if now.timestamp() > ticket.expires:
        raise InputRefused("this link has expired")
    return ticket


def act_link(settings: Settings, key: bytes, alert: str, recipient: str, now: datetime) -> str:
    """Where the recipient can acknowledge, snooze or reject an alert; "" without a public address."""
    return _link(settings, "act", Ticket("act", alert, recipient, int((now + VALID).timestamp())), key)


def leave_link(settings: Settings, key: bytes, rule: str, recipient: str, now: datetime) -> str:
    """One-click unsubscribe (RFC 8058) from a rule; "" without a public address."""
    return _link(settings, "leave", Ticket("leave", rule, recipient, int((now + LEAVE_VALID).timestamp())), key)


def story_link(settings: Settings, story: str) -> str:
    """The story's page on the desk; "" without a public address."""
    return f"{settings.public_url.rstrip('/')}/stories/{quote(story, safe='')}" if settings.public_url else ""


def _link(settings: Settings, path: str, ticket: Ticket, key: bytes) -> str:
    return f"{settings.public_url.rstrip('/')}/{path}/{sign(ticket, key)}" if settings.public_url else ""


def _mac(body: bytes, key: bytes) -> bytes:
    return hmac.new(key, b"wirefeed-link\0" + body, hashlib.sha256).digest()[:24]


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
