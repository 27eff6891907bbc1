"""When a redirect is believed: permanent ones after repeated agreement, temporary ones after two months, never at once."""

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from wirefeed.feeds.state import FeedState, Redirect

PERMANENT = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
AGREEMENTS = 3  # polls in a row that saw the same permanent target ...
AGREEMENT_SPAN = timedelta(hours=24)  # ... over at least this long: a captive portal or a maintenance page is over by then
TEMPORARY_SPAN = timedelta(days=60)  # django-feed-reader's figure: what has been temporary for two months is not
MOST_HOPS = 8


def permanent_target(hops: tuple[tuple[int, str], ...]) -> str | None:
    """Where the unbroken run of permanent redirects from the start leads; ``hops`` are (status, absolute target)."""
    target = None
    for status, to in hops:
        if status not in PERMANENT:
            break
        target = to
    return target


def learn(state: FeedState, asked: str, hops: tuple[tuple[int, str], ...], now: datetime) -> FeedState:
    """The state after a successful poll of ``asked`` that went over ``hops``; ``moved_to`` is set once a target is believed."""
    if not hops:
        return replace(state, redirect=None)
    permanent = permanent_target(hops)
    target = permanent or hops[-1][1]
    if urlsplit(asked).scheme == "https" and urlsplit(target).scheme != "https":
        return replace(state, redirect=None)  # never learn a way back to plain text
    before = state.redirect
    if before and before.target == target and before.permanent == (permanent is not None):
        seen = replace(before, times=before.times + 1)
    else:
        seen = Redirect(target, permanent is not None, 1, now)
    age = now - seen.since
    if (seen.permanent and seen.times >= AGREEMENTS and age >= AGREEMENT_SPAN) or (seen.times >= AGREEMENTS and age >= TEMPORARY_SPAN):
        return replace(state, moved_to=target, redirect=None)
    return replace(state, redirect=seen)
