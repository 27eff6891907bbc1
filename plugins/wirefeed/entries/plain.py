"""Markup into plain text: what a reader would see, paragraphs kept as empty lines, NFC, no control characters."""

import html
import re
import unicodedata
from typing import Any

import lxml.etree
import lxml.html

_TAG = re.compile(r"<(?:/?(?:a|abbr|article|b|big|blockquote|br|center|cite|code|dd|del|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i|iframe|img|"
                  r"ins|li|ol|p|pre|q|s|section|small|span|strike|strong|style|script|sub|sup|table|tbody|td|th|thead|tr|tt|u|ul|video|wbr|"
                  r"audio|embed|object|html|body|head|title|main|header|footer|noscript|time)\b[^<>]*/?>|!--|!\[CDATA\[)", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLOCK = frozenset("address article aside blockquote body br dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li "
                   "main nav ol p pre section table tbody thead tr ul video".split())
_LINE = frozenset(("br", "li", "tr", "dt", "dd"))
_DROP = frozenset("script style noscript iframe template svg object embed head".split())
_CONTROL = dict.fromkeys([*range(9), *range(11, 13), *range(14, 32), 127, 0xFEFF, 0xFFFE, 0xFFFF, 0x2028], None)
_DEEP = 3000


def one_line(markup: str) -> str:
    """A headline: markup and entities resolved (doubly escaped ones too), one line."""
    return " ".join(plain(markup).split())


def plain(markup: str) -> str:
    """Text of an HTML fragment or of plain text with entities. Linear; never raises."""
    if not markup:
        return ""
    text = markup
    for _ in range(2):  # "&amp;lt;p&amp;gt;": escaped twice by a careless export
        if _TAG.search(text):
            text = _strip(text)
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
        if not _TAG.search(text):
            break
    return tidy(text)


def plain_of(node: Any) -> str:
    """Text of an element that holds its markup as real elements (XHTML)."""
    return tidy(_walk(node, with_names=True))


def tidy(text: str) -> str:
    """NFC, no control characters or lone surrogates; spaces folded in lines, at most one empty line between paragraphs."""
    text = text.translate(_CONTROL).replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\u0085", "\n")
    text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _strip(markup: str) -> str:
    if markup.count("<") > 200 and _too_deep(markup):
        return re.sub(r"<[^<>]*>", " ", markup)
    try:
        root = lxml.html.fragment_fromstring(markup.translate(_CONTROL), create_parent="div")
    except (lxml.etree.LxmlError, ValueError):
        return re.sub(r"<[^<>]*>", " ", markup)
    return _walk(root)


def _walk(root: Any, with_names: bool = False) -> str:
    """Text of a tree; blocks end a line. ``with_names``: element names carry a namespace."""
    pieces: list[str] = []
    dropped: Any = None
    for event, node in lxml.etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if dropped is not None:
            if event == "end" and node is dropped:
                dropped = None
                pieces.append((node.tail or "").replace("\n", " "))
            continue
        tag = node.tag
        if event in ("comment", "pi"):
            pieces.append(node.tail or "")
            continue
        if with_names and tag.__class__ is str:
            tag = tag.rpartition("}")[2].lower()
        if event == "start":
            if tag in _DROP and node is not root:
                dropped = node
                continue
            if tag in _BLOCK and node is not root:
                pieces.append("\n" if tag in _LINE else "\n\n")
            pieces.append((node.text or "").replace("\n", " ") if tag != "pre" else node.text or "")
        else:
            if tag in _BLOCK and tag != "br" and node is not root:
                pieces.append("\n" if tag in _LINE else "\n\n")
            elif tag in ("td", "th"):
                pieces.append(" ")
            if node is not root:
                pieces.append((node.tail or "").replace("\n", " "))
    return "".join(pieces)


def _too_deep(markup: str) -> bool:
    depth = 0
    for found in re.finditer(r"<(/?)[A-Za-z]", markup):
        depth += -1 if found[1] else 1
        if depth > _DEEP:
            return True
    return False
