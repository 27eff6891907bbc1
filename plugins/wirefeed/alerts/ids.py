"""Identifiers that any worker derives alike, so that doing a thing twice is doing it once."""

import hashlib


def _hashed(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def match_id(rule_id: str, story_id: str, version: int) -> str:
    """A rule on one version of a story."""
    return _hashed("match", rule_id, story_id, str(version))


def alert_id(rule_id: str, cluster_id: str, follow_up: int) -> str:
    """One alert a rule and cluster; follow-ups count from 1."""
    return _hashed("alert", rule_id, cluster_id, str(follow_up))


def message_id(recipient: str, channel: str, about: str) -> str:
    """One message; ``about`` is the alert's id or a window such as ``digest:2026-03-01``."""
    return _hashed("message", recipient, channel, about)


def mail_id(message: str, sender: str) -> str:
    """RFC 5322 Message-ID of a message row: the same however often it is sent."""
    domain = sender.rpartition("@")[2].strip("<> ") or "localhost"
    safe = "".join(sign for sign in domain.encode("idna").decode("ascii", "ignore") if sign.isalnum() or sign in ".-") if domain else ""
    return f"<{message}@{safe or 'localhost'}>"
