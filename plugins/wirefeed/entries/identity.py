"""Who an item is: an id that survives polls, edits and careless publishers.

Order: a guid that is unique in its document and does not carry the headline; else the canonical link; else the guid; else title and date.
miniflux #2358 and FreshRSS #5909 tell why: guids with the headline's slug, guids repeated within one document.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from wirefeed.model import Entry

_TRACKING = re.compile(r"^(?:utm_\w+|fbclid|gclid|yclid|dclid|msclkid|mc_[ce]id|_openstat|ysclid|igshid|ref|ref_src|referrer|from|source|cmpid|cid|"
                       r"ncid|ocid|rss|spm|s_cid|smid|at_\w+|xtor|wt_\w+|amp|amp_\w+|output|feature|src|tpcc|traffic_source|utm)$", re.I)
_MOBILE = re.compile(r"^(?:www\d?|m|mobile|amp|wap|touch)\.(?=[^.]+\.)")
_AMP = re.compile(r"(?:/amp(?:/|\.html)?|\.amp(?:\.html)?)$", re.I)


@lru_cache(maxsize=20_000)
def canonical_link(url: str) -> str:
    """The address of the story behind an address: no tracking, fragment, AMP or mobile host, default port, scheme folded to https."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower()
        port = parts.port
    except ValueError:
        return url.strip()
    if parts.scheme.lower() not in ("http", "https") or not host:
        return url.strip()
    try:
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        host = quote(host)
    host = _MOBILE.sub("", host)
    path = quote(unquote(parts.path), safe="/:@!$&'()*+,;=~-._%")
    path = _AMP.sub("", path)
    path = re.sub(r"/{2,}", "/", path).rstrip("/")
    query = urlencode(sorted((key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(key)))
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    return urlunsplit(("https", host + (f":{port}" if port not in (None, 80, 443) else ""), path, query, fragment))


def _slug(text: str) -> str:
    folded = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return re.sub(r"[^\w]+", "-", folded).strip("-")


def carries_headline(guid: str, title: str) -> bool:
    """True when the guid is made of the headline: it will change with every edit of it."""
    slug, key = _slug(title), _slug(unquote(guid))
    if len(slug) < 12:
        return False
    if slug in key:
        return True
    words = [word for word in slug.split("-") if len(word) > 3]
    return len(words) >= 4 and sum(word in key for word in words) >= 0.8 * len(words) and not re.search(r"\d{5,}", key)


def identify(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Give each entry of one document its id, in the same order; repeated guids are flagged ``guid-repeated``."""
    guids = Counter(entry.guid for entry in entries if entry.guid)
    links = Counter(canonical_link(entry.link) for entry in entries if entry.link)
    taken: Counter[str] = Counter()
    done = []
    for entry in entries:
        guid, flags = entry.guid, list(entry.flags)
        link = canonical_link(entry.link) if entry.link else ""
        repeated = guid is not None and guids[guid] > 1
        if repeated:
            flags.append("guid-repeated")
        if guid and not repeated and not (carries_headline(guid, entry.title) and not guid.startswith("http")):
            key = "link " + canonical_link(guid) if guid.startswith(("http://", "https://")) else "guid " + guid
        elif link and links[link] == 1:
            key = "link " + link
        elif guid and link:
            key = f"both {guid} {link}"
        elif guid:
            key = "guid " + guid + (f" {_slug(entry.title)}" if repeated else "")
        else:
            key = f"text {_slug(entry.title) or hashlib.sha256(entry.summary.encode()).hexdigest()} {entry.published.raw or ''}"
        taken[key] += 1
        if taken[key] > 1 and (entry.title or entry.summary):
            key += f" {_slug(entry.title)} {taken[key] if not entry.title else ''}"
        done.append(replace(entry, id=hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:40], flags=tuple(flags)))
    return tuple(done)
