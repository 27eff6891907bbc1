"""Why did a story (not) reach me? The questions in the order of the flow, until one of them is the answer."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from wirefeed.configuration import Configuration
from wirefeed.errors import InputRefused
from wirefeed.index.document import document
from wirefeed.model import Change, Version
from wirefeed.rules.explain import unmet
from wirefeed.store import why as stored
from wirefeed.store.database import Connection

Step = dict[str, Any]  # {"question", "answer", "end": whether it answers the whole}


def why(db: Connection, configuration: Configuration, asked: str, rule_id: str | None, now: datetime) -> list[Step]:
    """The steps, the last one being the answer. ``asked``: a story's id or address. Raises InputRefused for an unknown rule."""
    if rule_id is not None and rule_id not in configuration.rules:
        raise InputRefused(f"there is no rule {rule_id!r}")
    row = stored.find_story(db, asked, _spellings(asked))
    if row is None:
        return _unseen(db, configuration, asked, now)
    steps = [_step("seen", f"story {row.id} came by {row.feed_id}, first seen {row.first_seen_at:%Y-%m-%d %H:%M} UTC: {row.title}")]
    item = stored.item_of(db, row.id)
    known = stored.versions_of(db, row.id)
    if item is not None and item.outcome == "rejected":
        return [*steps, _step("rejected", item.reason or "no reason kept", True)]
    if not known or (known[0][1] is None and len(known) == 1):
        return [*steps, _step("processed", "not yet: it waits for the tagger", True)]
    if row.cluster_id and row.cluster_id != row.id:
        steps.append(_step("copy", f"a copy of story {row.cluster_id}: one alert a rule and cluster, copies are listed inside"))
    score = f"{row.score:.2f}" if row.score is not None else "unknown"
    steps.append(_step("relevant", f"{'yes' if row.relevant else 'no'}, score {score}" + (
        "" if row.relevant else "; rules see it all the same")))
    ends = stored.endings(db, row.id, rule_id)
    if ends:
        return steps + _ended(db, row.id, ends)
    if rule_id is None:
        return [*steps, _step("matched", "no rule matched any of its versions; name a rule to see what it misses", True)]
    return [*steps, _missed(configuration, rule_id, row, next(version for version, done in known if done is not None))]


def _unseen(db: Connection, configuration: Configuration, asked: str, now: datetime) -> list[Step]:
    host = (urlsplit(asked).hostname or "").lower()
    if not host:
        raise InputRefused(f"no story whose id begins with {asked!r}; an address works, too")
    site = _site(host)
    ids = sorted(feed.id for feed in configuration.feeds.all.values() if _site(feed.host) == site)
    if not ids:
        return [_step("feed", f"unknown: no feed of {host} in feeds.yaml (try: wirefeed feeds check https://{host}/)", True)]
    off = [one for one in ids if one not in configuration.feeds.active]
    steps = [_step("feed", ", ".join(one + (" (off)" if one in off else "") for one in ids))]
    if len(off) == len(ids):
        return [*steps, _step("polled", "no: switched off in feeds.yaml", True)]
    polled = []
    for row in stored.feed_states(db, ids):
        last = (row.state or {}).get("succeeded_at")
        fault = (row.state or {}).get("error")
        polled.append(f"{row.id}: {'last read ' + str(last)[:16].replace('T', ' ') + ' UTC' if last else 'never read'}" + (
            f", now failing: {fault}" if fault else ""))
    if not any("last read" in one for one in polled):
        return [*steps, _step("polled", "; ".join(polled) or "never", True)]
    steps.append(_step("polled", "; ".join(polled)))
    events = stored.events_of(db, ids, now - timedelta(days=7))
    gaps = [one for one in events if one.kind == "gap"]
    if gaps:
        shown = "; ".join(f"{one.feed_id} {one.at:%Y-%m-%d %H:%M} UTC {one.detail}" for one in gaps[:5])
        steps.append(_step("gap", f"items may have come and gone between two polls: {shown}"))
    refused = stored.rejections(db, ids, now)
    if refused:
        steps.append(_step("rejected", "; ".join(f"{one.feed_id}: {one.n} items of the last week, {one.reason}" for one in refused[:5])))
    return [*steps, _step("seen", "no: none of these feeds has shown this address", True)]


def _missed(configuration: Configuration, rule_id: str, row: Any, version: Version) -> Step:
    """Which clause failed, on the newest version as rules saw it."""
    rule = configuration.rules[rule_id]
    if rule.off:
        return _step("clause", f"the rule {rule_id} is off", True)
    if not version.text and not version.title:
        return _step("clause", "its text is no longer kept", True)
    feed = configuration.feeds.all.get(version.feed_id)
    seen = document(version, source=feed.name if feed else version.feed_id, source_kind=str(feed.source_kind) if feed else "unverified",
                    first_seen=row.first_seen_at, first_published=row.published_at, cluster=row.cluster_id, kept=row.kept,
                    withdrawn=version.change is Change.WITHDRAWN)
    missing = unmet(rule.parsed, seen)
    if missing:
        return _step("clause", "not met: " + "; ".join(missing), True)
    return _step("clause", "it would match today: the rule was made or changed after the story came (wirefeed rules backtest shows such), "
                           "or waits for its threshold", True)


_MEANING = {
    "sent": "mailed", "queued": "in the outbox", "grouped": "one more copy of an alert that went out", "digest": "in the daily digest",
    "hourly": "in the hourly mail", "quiet": "held for the end of quiet hours", "capped": "beyond the cap of an hour, so in the hourly mail",
    "situation": "beyond six flashes an hour, so in a situation mail", "snoozed": "the rule or story was snoozed", "left": "the recipient left the rule",
    "away": "waits for the recipient's return", "summary": "back-log or the rule's first run, so in a summary", "dead": "could not be delivered",
    "catch-up": "old when we saw it, so in a catch-up mail", "unchanged": "only its date or boilerplate changed, or a summary has shown it",
    "counted": "counts towards the rule's threshold, spike or first meeting, which has not been reached", "off": "the rule was off by then", "nobody": "the rule reached nobody"}


def _ended(db: Connection, story_id: str, ends: list[dict[str, Any]]) -> list[Step]:
    steps = []
    for number, one in enumerate(ends[:10]):
        told = [f"{to['recipient']} by {to['channel']}: {to['disposition']}" + (f", sent {to['sent_at']:%Y-%m-%d %H:%M} UTC" if to["sent_at"] else
                f", due {to['due_at']:%Y-%m-%d %H:%M} UTC" if to["due_at"] else "") + (f" ({to['last_error']})" if to["last_error"] else "")
                for to in one["deliveries"]]
        if one["disposition"] in ("summary", "catch-up"):
            told = [f"{to['recipient']}: {to['state']}" for to in stored.summaries(db, story_id)]
        steps.append(_step("disposition", f"{one['rule']} matched version {one['version']} ({', '.join(one['clauses'][:6])}): {one['disposition']}, "
                                          f"{_MEANING.get(one['disposition'], '')}" + (f"; {'; '.join(told)}" if told else ""), number == 0))
    return steps


def _step(question: str, answer: str, end: bool = False) -> Step:
    return {"question": question, "answer": answer, "end": end}


def _site(host: str) -> str:
    """The part of a host that its subdomains share; good enough for news.example.co.uk, for it is only a hint."""
    parts = host.lower().removeprefix("www.").split(".")
    short = 3 if len(parts) > 2 and len(parts[-1]) == 2 and parts[-2] in ("co", "com", "org", "gov", "net", "ac", "edu") else 2
    return ".".join(parts[-short:])


def _spellings(asked: str) -> tuple[str, ...]:
    """An address as pasted, with and without what readers lose or add: fragment, query, closing slash, www, scheme."""
    if "://" not in asked:
        return ()
    cut = urlsplit(asked.strip())
    found = {asked.strip()}
    for query in {cut.query, ""}:
        for path in {cut.path, cut.path.rstrip("/"), cut.path.rstrip("/") + "/"}:
            for host in {cut.netloc, cut.netloc.removeprefix("www."), "www." + cut.netloc.removeprefix("www.")}:
                found |= {urlunsplit((scheme, host, path, query, "")) for scheme in ("http", "https")}
    return tuple(sorted(found))
