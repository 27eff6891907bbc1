"""Who an item is: an id that survives polls, edits and careless publishers.

Whether a guid can be trusted is told from the guid alone, never from the present headline: a rule that asks "does it carry the headline?"
changes its answer when only the headline is edited, and with it the id. So a guid made of words (a slug, a sentence) gives way to a link that is
not; an opaque one (number, UUID, tag URI, ?p=123) is kept. miniflux #2358 and FreshRSS #5909 tell of guids with slugs and guids repeated.
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

# Parameters that only say where a reader came from. The second kind does so unless its value is a number: "?cid=17" may be the story.
_TRACKING = re.compile(r"^(?:utm_?\w*|fbclid|gclid|gclsrc|yclid|dclid|msclkid|twclid|igshid|mc_[ce]id|_openstat|ysclid|_ga|_gl|"
                       r"ref_src|ref_url|referrer|s_cid|smid|smtyp|at_\w+|xtor|wt_\w+|amp|amp_\w+|tpcc|traffic_source|share|sh|__twitter_impression|guccounter|mkt_tok|hsCtaTracking|"
                       r"rcmd_\w+|ns_\w+|cmp|ito|emc|phpsessid|jsessionid|print|mobile|withmediaplayer|rss)$",
                       re.I)
_PERHAPS = re.compile(r"^(?:ref|from|source|src|cmpid|cid|ncid|ocid|spm|output|outputType|feature|view|m|partner)$", re.I)
_SESSION = re.compile(r";jsessionid=[\w.!\-]*|/index\.(?:html?|php)$", re.I)
_MOBILE = re.compile(r"^(?:(?:www\d?|m|mobile|amp|wap|touch|pda|3g)\.)+(?=[^.]+\.[^.])", re.I)
_AMP = re.compile(r"(?:/amp(?:/|\.html)?|\.amp(?:\.html)?|/amp/index\.html)$", re.I)
_AMP_CACHE = re.compile(r"^https?://(?:[\w\-]+\.cdn\.ampproject\.org/\w/(?:s/)?|(?:www\.)?google\.\w+/amp/(?:s/)?)", re.I)
_WORD = re.compile(r"[^\W\d_]{2,}")
_NUMBERED = re.compile(r"(?<!\d)(\d{5,12})(?!\d)")
_DAY = re.compile(r"(?:19|20)\d\d[01]\d[0-3]\d(?:\d{0,6})?")


@lru_cache(maxsize=20_000)
def canonical_link(url: str) -> str:
    """The address of the story behind an address: no tracking, fragment, AMP or mobile host, "www.", default port; the scheme folded to https.

    For comparing, not for fetching. What is no http address comes back as it is.
    """
    url = url.strip()
    if cached := _AMP_CACHE.match(url):
        url = "https://" + url[cached.end():]
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower().rstrip(".")
        port = parts.port
    except ValueError:
        return url
    if parts.scheme.lower() not in ("http", "https") or not host:
        return url
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            host = quote(host)
    host = _MOBILE.sub("", host)
    path = re.sub(r"/{2,}", "/", _AMP.sub("", _SESSION.sub("", _path(parts.path)))).rstrip("/")
    path = re.sub(r"^/amp(?=/)", "", path)
    pairs = [(parts.query, "")]
    if parts.query.count("&") < 900:
        pairs = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
                 if not _TRACKING.match(key) and not (_PERHAPS.match(key) and not value.isdigit())]
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    return urlunsplit(("https", host + (f":{port}" if port not in (None, 80, 443) else ""), path,
                       urlencode(sorted(pairs), errors="surrogateescape"), fragment))


def _path(path: str) -> str:
    """One spelling of an escaped path; bytes that are not UTF-8 stay the bytes they are."""
    return quote(unquote(path, errors="surrogateescape"), safe="/:@!$&'()*+,;=~-._", errors="surrogateescape")


def _slug(text: str) -> str:
    folded = "".join(char for char in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(char))
    return re.sub(r"[^\w]+", "-", folded).strip("-")


def made_of_words(text: str) -> bool:
    """True when a guid or address is a slug or a sentence, which an edit of the headline may change."""
    last = unquote(re.split(r"[?#]", text.rstrip("/"))[0].rpartition("/")[2] if "://" in text else text)
    last = re.sub(r"\.[A-Za-z]{2,5}$", "", last)
    words = [word for word in re.split(r"[-_\s+]+", last) if _WORD.fullmatch(word.strip(".,:;!?«»\"'"))]
    return len(words) >= 3 and sum(map(len, words)) >= 12


def _number(address: str) -> str:
    """The article's number in an address made of words, "" without one; a day is none."""
    last = address.rstrip("/").rpartition("/")[2]
    numbers = [number for number in _NUMBERED.findall(last) if not _DAY.fullmatch(number)]
    return numbers[0] if len(numbers) == 1 else ""


def _of_link(link: str, numbers: Counter[str]) -> str:
    if made_of_words(link) and (number := _number(link)):
        key = f"number {link.rpartition('/')[0]} {number}"
        if numbers[key] <= 1:
            return key
    return "link " + link


def _place(guid: str) -> str:
    """The numbered place in a page that several items share ("30.html#item572"); "" for reader's marks like #comments."""
    fragment = guid.partition("#")[2]
    return "#" + fragment if not fragment.startswith("!") and any(char.isdigit() for char in fragment) and "=" not in fragment else ""


def _own_page(link: str) -> bool:
    """False for a home page given as every item's link."""
    return bool(link.partition("://")[2].rstrip("/").partition("/")[2] or "?" in link or "#" in link)


def identify(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Give each entry of one document its id (40 hex characters), in the same order; repeated guids are flagged ``guid-repeated``."""
    guids = Counter(entry.guid for entry in entries if entry.guid)
    addresses = [canonical_link(entry.link) if entry.link else "" for entry in entries]
    links = Counter(filter(None, addresses))
    numbers = Counter(_of_link(link, Counter()) for link in links)
    taken: Counter[str] = Counter()
    done = []
    for entry, address in zip(entries, addresses, strict=True):
        guid, flags = entry.guid, entry.flags
        repeated = guid is not None and guids[guid] > 1
        if repeated:
            flags = (*flags, "guid-repeated")
        link = address if address and links[address] == 1 and _own_page(address) else ""
        as_link = canonical_link(guid) + _place(guid) if guid and guid.startswith(("http://", "https://")) else ""
        if guid and not repeated and not (made_of_words(guid) and link and (not made_of_words(link) or as_link != link)):
            key = _of_link(as_link, numbers) if as_link else "guid " + guid
        elif link:
            key = _of_link(link, numbers)
        elif guid:
            key = f"guid {guid} {address} {_slug(entry.title)}" if repeated else "guid " + guid
        else:
            key = f"text {_slug(entry.title) or entry.summary or entry.text} {entry.published.raw or ''} {address}"
        taken[key] += 1
        if taken[key] > 1:
            key += f" {_slug(entry.title)}"
            taken[key] += 1
            key += f" {taken[key]}" if taken[key] > 1 else ""
        done.append(replace(entry, id=hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:40], flags=flags))
    return tuple(done)
