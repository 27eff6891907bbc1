"""From a leased message to a letter: what the templates in config/mail see, in the recipient's language and on the recipient's clock. Pure
but for reading the templates, which a site may replace one by one in its own mail/ folder.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from wirefeed.alerts import links
from wirefeed.alerts.channel import Letter
from wirefeed.alerts.digest_groups import groups
from wirefeed.alerts.mime import one_line, visible
from wirefeed.alerts.recipients import Recipient
from wirefeed.alerts.values import Alert, Policy
from wirefeed.alerts.words import Words, words
from wirefeed.index.links import discover_link
from wirefeed.settings import Settings
from wirefeed.store.outbox import Queued

HEADLINE = 110  # characters of a headline in the subject
SHOWN = 150  # stories one mail lists
_ALONE = ("alert", "follow-up", "reminder", "escalation")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a letter needs beside its message."""

    settings: Settings
    policies: Mapping[str, Policy]
    key: bytes  # signs links
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # "topics", "countries": id -> title
    extra: Mapping[str, Any] = field(default_factory=dict)  # digest: counts and feed health


def render(message: Queued, recipient: Recipient, around: Surroundings, now: datetime) -> Letter:
    """The letter. Raises jinja2.TemplateError when a site's own template is wrong."""
    settings = around.settings
    speak = words(_folders(settings), recipient.language)
    date = datetime.fromisoformat(message.detail["date"]) if "date" in message.detail else message.due_at  # the same in a repeated copy
    found = [_alert(one, recipient, around, speak, date) for one in message.alerts]
    single = message.kind in _ALONE and len(found) == 1
    items = [_item(one, recipient, around, speak) for one in message.detail.get("items", ())]
    items = list({(one["story"], one["rule"]): one for one in items}.values())
    template = "alert" if single else "digest" if message.kind == "digest" and "window" in message.detail else \
        "notice" if message.kind == "notice" else "collection"
    rules = sorted({one.rule_id for one in message.alerts} | {one["rule"] for one in items if one["rule"]})
    subject_of_leave = "digest" if template == "digest" else ",".join(rules)
    leave = links.leave_link(settings, around.key, subject_of_leave, recipient.id, date) if rules or template == "digest" else ""
    subject = _subject(message, found, items, around, speak)
    rule = message.alerts[0].rule_id if message.alerts and len({one.rule_id for one in message.alerts}) == 1 else ""
    view = {
        "subject": subject, "kind": message.kind, "severity": message.severity, "sample": settings.sample, "alerts": _ordered(found),
        "alert": found[0] if found else None, "items": items[:SHOWN], "left_out": max(0, len(items) - SHOWN), "recipient": recipient,
        "now": speak.moment(date, recipient.zone), "desk": settings.public_url.rstrip("/"), "w": speak, "leave": leave,
        "leave_label": "leave_digest" if template == "digest" else "leave" if len(rules) == 1 else "leave_rules", "notice": message.detail.get("notice"),
        "by_rule": _by(items[:SHOWN], "rule_title"), "extra": _extra(message, around, speak, recipient, _ordered(found))}
    texts, pages = _environments(tuple(str(one) for one in _folders(settings)))
    return Letter(
        id=message.id, recipient=recipient, kind=message.kind, severity=message.severity, subject=subject,
        text=_tidy(texts.get_template(f"{template}.txt").render(view)), html=pages.get_template(f"{template}.html").render(view),
        date=date, references=tuple(message.detail.get("references", ())), list_id=rule or message.kind, unsubscribe=leave,
        data=_data(message, recipient, subject, message.alerts, items))


# --- what templates see ----------------------------------------------------------------------------------------------
def _alert(alert: Alert, recipient: Recipient, around: Surroundings, speak: Words, now: datetime) -> dict[str, Any]:
    detail = alert.detail
    items = [_item(one, recipient, around, speak) for one in detail.get("items", ())]
    sources = sorted({one["source"] for one in items})
    policy = around.policies.get(alert.rule_id)
    moments = [datetime.fromisoformat(one["seen_iso"]) for one in items]
    span = (min(moments, default=now) - timedelta(hours=24), max(moments, default=now) + timedelta(hours=1))
    query = policy.query if policy else detail.get("query", "")
    discover = discover_link(around.settings, query, *span) or discover_link(around.settings, f'cluster:"{alert.cluster_id}"', *span)
    clauses = sorted(dict.fromkeys(clause for one in items for clause in one["clauses"]), key=_telling)
    return {
        "id": alert.id, "kind": alert.kind, "label": speak("kind_" + alert.kind), "severity": alert.severity, "rule": alert.rule_id,
        "rule_title": policy.title if policy else detail.get("rule_title", alert.rule_id), "title": one_line(detail.get("title", "")),
        "link": _safe_link(detail.get("link")), "items": items, "lead": items[0] if items else None, "copies": items[1:],
        "sources": sources, "single": len(sources) == 1, "clauses": clauses, "query": one_line(query, 300),
        "topics": [around.names.get("topics", {}).get(one, one) for one in _common(items, "topics")], "countries": _common(items, "countries"),
        "country_names": [speak.country(one) for one in _common(items, "countries")], "places": _common(items, "places"),
        "actors": [one for one in _common(items, "actors") if one not in sources], "news": detail.get("news", {}), "correction": alert.kind in ("correction", "withdrawn"),
        "trend": [_trend(one, speak) for one in detail.get("trend", ())],
        "counted": [{**one, "title": one_line(one["title"]), "link": _safe_link(one["link"]), "when": speak.short(datetime.fromisoformat(one["at"]), recipient.zone)}
                    for one in detail.get("counted", ())],
        "discover": discover, "at": speak.moment(alert.at, recipient.zone), "at_iso": alert.at.isoformat(),
        "act": links.act_link(around.settings, around.key, alert.id, recipient.id, now),
        "page": links.story_link(around.settings, detail.get("lead", ""))}


def _telling(clause: str) -> int:
    """Words of the text say more than topics and names, and those more than the country that half of all stories share."""
    return 2 if re.match("(?:country|place|language|source|feed|published|score):", clause) else 1 if re.match("(?:topic|entity|person|organisation):", clause) else 0


def _trend(one: Mapping[str, Any], speak: Words) -> str:
    """What made a rule fire that counts: "3 different stories within 6 h"."""
    shown = {name: speak.country(value) if name == "country" else one_line(str(value), 80) for name, value in one.items()}
    return speak("trend_" + one["kind"]).format(**shown)


def _item(one: Mapping[str, Any], recipient: Recipient, around: Surroundings, speak: Words) -> dict[str, Any]:
    rule = around.policies.get(one.get("rule", ""))
    published = datetime.fromisoformat(one["published"]) if one["published"] else None
    return {
        **one, "title": one_line(one["title"]) or speak("untitled"), "note": one_line(one.get("note", "")),
        "fragments": [[(_spaced(text), hit) for text, hit in part] for part in one.get("fragments", ())],
        "title_marked": [(visible(text), hit) for text, hit in one.get("title_marked", ())],
        "link": _safe_link(one["link"]), "source": one_line(one["source"]),
        "kind_label": speak("source_" + one["source_kind"]), "published_iso": one["published"], "seen_iso": one["seen"],
        "published": speak.moment(published, recipient.zone) if published else speak("undated"),
        "seen": speak.moment(datetime.fromisoformat(one["seen"]), recipient.zone),
        "when": speak.short(published, recipient.zone) if published else speak("undated"),
        "teaser": speak("teaser_" + one["teaser_only"]) if one.get("teaser_only") else "",
        "topics": list(one.get("topics", ())), "topic_names": [around.names.get("topics", {}).get(key, key) for key in one.get("topics", ())],
        "country_names": [speak.country(key) for key in one.get("countries", ())],
        "rule": one.get("rule", ""), "rule_title": rule.title if rule else one.get("rule", ""),
        "page": links.story_link(around.settings, one["story"])}


def _spaced(text: str) -> str:
    """White space as single spaces, none lost at the ends (the next piece follows)."""
    return re.sub(r"\s+", " ", visible(text))


def _extra(
    message: Queued, around: Surroundings, speak: Words, recipient: Recipient, found: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    extra = {"feeds_polled": 0, "failing": [], "dispositions": {}, "dead": [], **around.extra, "groups": groups(found)}
    for name, label in (("topics", lambda key: around.names.get("topics", {}).get(key, key)), ("countries", speak.country)):
        counted = list(extra.get(name, {}).items())[:12]
        most = max((count for _, count in counted), default=1)
        extra[name] = [{"label": label(key), "count": count, "share": max(2, round(100 * count / most))} for key, count in counted]
    since = message.detail.get("since")
    extra["since"] = speak.moment(datetime.fromisoformat(since), recipient.zone) if since else ""
    return extra


def _subject(message: Queued, found: Sequence[dict[str, Any]], items: Sequence[dict[str, Any]], around: Surroundings, speak: Words) -> str:
    sample = "[SAMPLE] " if around.settings.sample else ""
    if message.kind == "notice":
        return sample + one_line(str(message.detail.get("subject", "Wirefeed")), 200)
    if message.kind in _ALONE and len(found) == 1:
        one = found[0]
        mark = speak("subject_" + (one["kind"] if message.kind in ("alert", "follow-up") else message.kind))
        title = one_line(one["title"], HEADLINE) or speak("untitled")
        mark = "" if not mark or title.casefold().startswith(mark.casefold()[:7]) else f"{mark}: "
        source = one["lead"]["source"] if one["lead"] else ""
        return f"{sample}[{one['severity'].upper()}] {mark}{title} · {one_line(one['rule_title'], 60)} · {one_line(source, 40)}".rstrip(" ·")
    count = len(items) or len(found)
    if message.kind == "digest" and "window" in message.detail:
        return f"{sample}{speak('subject_digest')} {message.detail['window']}: {speak.count('alerts', len(found))}"
    severity = f"[{message.severity.upper()}] " if message.kind == "situation" else ""
    rules = {one["rule_title"] for one in (*found, *items)}
    about = f" · {one_line(next(iter(rules)), 60)}" if len(rules) == 1 else f" · {speak.count('rules', len(rules))}" if rules else ""
    window = "_" + str(message.detail["join"]).split(":")[0] if message.kind == "digest" else ""
    return f"{sample}{severity}{speak('subject_' + message.kind + window)}: {speak.count('stories', count)}{about}"


def _ordered(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Corrections on top, then the newest first."""
    newest = sorted(found, key=lambda one: one["at_iso"], reverse=True)
    return sorted(newest, key=lambda one: not one["correction"])


def _common(items: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return list(dict.fromkeys(value for one in items for value in one.get(name, ())))[:10]


def _by(items: Sequence[dict[str, Any]], key: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in items:
        found.setdefault(one[key], []).append(one)
    return found


def _safe_link(link: str | None) -> str | None:
    """Only web addresses, and nothing that could leave its attribute or line."""
    if not link or not link.casefold().startswith(("http://", "https://")) or len(link) > 2000:
        return None
    return "".join(sign for sign in link if sign > " " and sign not in '"<>\\^`{|}\x7f' and sign.isprintable())


def _data(message: Queued, recipient: Recipient, subject: str, alerts: Sequence[Alert], items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What webhooks get."""
    stories = [one for alert in alerts for one in alert.detail.get("items", ())] or list(items)
    fields = ("story", "version", "title", "link", "source", "source_kind", "change", "seen", "topics", "countries", "places", "actors", "clauses")
    return {
        "id": message.id, "kind": message.kind, "severity": message.severity, "recipient": recipient.id, "subject": subject,
        "created": message.created_at.isoformat(),
        "alerts": [{"id": one.id, "rule": one.rule_id, "cluster": one.cluster_id, "follow_up": one.follow_up, "kind": one.kind,
                    "severity": one.severity, "at": one.at.isoformat(), "title": one.detail.get("title"), "link": one.detail.get("link")}
                   for one in alerts],
        "items": [{**{name: one.get(name) for name in fields}, "link": _safe_link(one.get("link")),
                   "published": one.get("published_iso", one.get("published"))} for one in stories]}


# --- templates -------------------------------------------------------------------------------------------------------
def _folders(settings: Settings) -> tuple[Path, ...]:
    return tuple(folder / "mail" for folder in reversed(settings.config_folders))


@lru_cache(maxsize=4)
def _environments(folders: tuple[str, ...]) -> tuple[jinja2.Environment, jinja2.Environment]:
    loader = jinja2.FileSystemLoader(folders)
    kept: dict[str, Any] = {"loader": loader, "undefined": jinja2.StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    return jinja2.Environment(autoescape=False, **kept), jinja2.Environment(autoescape=True, **kept)


def _tidy(text: str) -> str:
    """No runs of empty lines, no space at line ends."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip() + "\n"
