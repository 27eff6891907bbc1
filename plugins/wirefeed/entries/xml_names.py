"""The vocabularies of feeds: namespaces under the many addresses publishers give them, as short prefixes."""

from functools import lru_cache
from typing import Any

# part of the namespace's address (lower case) -> our prefix; "" is the core of RSS and Atom. The first that fits wins.
_SPACES = (
    ("purl.org/dc/terms", "dcterms"), ("purl.org/dc/", "dc"), ("purl.org/rss/1.0/modules/content", "content"), ("modules/syndication", "sy"),
    ("modules/reference", "ref"), ("modules/link", "l"), ("search.yahoo.com/mrss", "media"), ("itunes", "itunes"), ("feedburner", "feedburner"),
    ("yandex", "yandex"), ("turbo", "yandex"), ("rambler", "yandex"), ("mail.ru", "yandex"), ("prismstandard", "prism"),
    ("w3.org/1999/xhtml", "xhtml"), ("w3.org/tr/xhtml", "xhtml"), ("rdf-syntax", "rdf"), ("xml/1998/namespace", "xml"),
    ("google.com/schemas/sitemap-news", "news"),
    ("play-podcasts", "googleplay"), ("atompub", "app"), ("w3.org/2007/app", "app"), ("purl.org/atom/app", "app"), ("threading", "thr"),
    ("w3.org/2005/atom", ""), ("purl.org/atom", ""), ("purl.org/net/rss", ""), ("example.com/newformat", ""), ("backend.userland.com", ""),
    ("blogs.law.harvard.edu", ""), ("cyber.harvard.edu", ""), ("cyber.law.harvard.edu", ""), ("purl.org/rss/", ""), ("my.netscape.com", ""),
    ("channel.netscape.com", ""), ("rss2", ""), ("feedforall", ""), ("purl.org/nt", ""),
)
# What an undeclared prefix means everywhere.
PREFIXES = {
    "dc": "http://purl.org/dc/elements/1.1/", "dcterms": "http://purl.org/dc/terms/", "content": "http://purl.org/rss/1.0/modules/content/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/", "media": "http://search.yahoo.com/mrss/", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd", "atom": "http://www.w3.org/2005/Atom", "atom10": "http://www.w3.org/2005/Atom",
    "a10": "http://www.w3.org/2005/Atom", "feedburner": "http://rssnamespace.org/feedburner/ext/1.0", "xhtml": "http://www.w3.org/1999/xhtml",
    "yandex": "http://news.yandex.ru", "turbo": "http://turbo.yandex.ru", "prism": "http://prismstandard.org/namespaces/basic/2.0/",
    "news": "http://www.google.com/schemas/sitemap-news/0.9", "googleplay": "http://www.google.com/schemas/play-podcasts/1.0",
}
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
BASE = "{http://www.w3.org/XML/1998/namespace}base"


@lru_cache(maxsize=4096)
def short(tag: str) -> str:
    """``{namespace}Local`` as ``prefix:local``, lower case; core names bare, elements of unknown namespaces as ``?:local``."""
    space, _, local = tag.rpartition("}")
    if not space:
        prefix, colon, bare = local.lower().partition(":")  # a prefix that was never declared, from a recovered tree
        return bare if colon and prefix in ("atom", "atom10", "a10") else local.lower()
    address = space[1:].lower()
    for part, prefix in _SPACES:
        if part in address:
            return f"{prefix}:{local.lower()}" if prefix else local.lower()
    return f"?:{local.lower()}"


def name(node: Any) -> str:
    """The short name of an element; "" for comments and processing instructions."""
    return short(node.tag) if isinstance(node.tag, str) else ""
