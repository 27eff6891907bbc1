"""Article text out of pages: trafilatura where there is a page around it, our plain text where it finds too little. Pure, linear."""

import re
from dataclasses import dataclass
from typing import Any

from wirefeed.entries.encoding import decode
from wirefeed.entries.plain import one_line, plain

_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|p|div|article|br|h[1-6]|table|span|meta)\b", re.I)
_TITLE = re.compile(r"<(?:h1|title)\b[^>]*>(.*?)</(?:h1|title)", re.I | re.S)
LONGEST_PAGE = 3_000_000  # characters; trafilatura builds a tree many times that
SURE = 400  # characters of an article that is taken at once; a shorter one may be half of it
LEAST = 200  # characters below which an extraction is doubted


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a page says; empty strings where it says nothing."""

    title: str
    text: str
    author: str = ""
    date: str = ""


def text_from_html(html: str, url: str | None = None) -> Extracted:
    """Title, text, author and date of an article page or of a mere fragment. Never raises for odd markup."""
    html = html[:LONGEST_PAGE]
    found = _TITLE.search(html)
    title = one_line(found[1]) if found else ""
    page = re.search(r"<(?:html|body|article|main)\b", html[:20_000], re.I) is not None
    if page and (made := _article(html, url)) is not None:
        own = one_line(made.title or "") or title
        return Extracted(own, _below_headline(made.text.strip(), html, own), one_line(made.author or ""), made.date or "")
    text = plain(re.sub(r"(?is)<(head|nav|footer|header|aside|form)\b.*?</\1\s*>", " ", html) if page else html)
    return Extracted(title, _below_headline(text, html, title) if page else text)


def _article(html: str, url: str | None) -> Any:
    """What trafilatura finds, None below LEAST. Strictly first: what stands around an article tags it with other stories' places and topics."""
    import trafilatura

    best: Any = None
    for strict, wide in ((True, False), (False, False), (False, True)):
        made: Any = trafilatura.bare_extraction(html, url=url, with_metadata=True, include_comments=False, include_tables=True, favor_precision=strict,
                                                favor_recall=wide)
        if made is not None and made.text and len(made.text) > 2 * len(best.text if best is not None else ""):
            best = made
        if best is not None and len(best.text) >= SURE:
            break
    return best if best is not None and len(best.text) >= LEAST else None


def _below_headline(text: str, html: str, title: str) -> str:
    """A page's text without the headline that stands over it: it is the title already, and the dateline must come first."""
    first, _, rest = text.partition("\n")
    headings = {title.casefold(), *(one_line(found[1]).casefold() for found in _TITLE.finditer(html))}
    return rest.lstrip() if rest.strip() and one_line(first).casefold() in headings else text


def is_html(text: str) -> bool:
    """True when a text is markup rather than words."""
    return _HTML.search(text[:5000]) is not None


def read_document(body: bytes) -> Extracted:
    """A saved file as it is meant: HTML is extracted, plain text stays as it is to the letter (line ends included)."""
    decoded = decode(body).text
    return text_from_html(decoded) if is_html(decoded) else Extracted("", decoded)
