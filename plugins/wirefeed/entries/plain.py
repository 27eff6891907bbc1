"""Markup into plain text: what a reader would see, paragraphs kept as empty lines, NFC, no control characters."""

import html
import re
import unicodedata
from typing import Any

import lxml.etree
import lxml.html

_ELEMENTS = """a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink blockquote body br button canvas caption
center cite code col colgroup command data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form
frame frameset h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins isindex kbd keygen label layer legend li link listing main map mark
marquee math menu meta meter nav nobr noframes noscript object ol optgroup option output p param picture plaintext pre progress q rp rt ruby s samp script
section select small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul
var video wbr xmp""".split()
_TAG = re.compile(rf"<(?:/?(?:{'|'.join(_ELEMENTS)})(?=[\s/>])[^<>]*>|!--|!\[CDATA\[|\?xml|!DOCTYPE\b|/?o:p>|"
                  r"/?[a-z]+(?:-[a-z]+)+(?:\s[^<>]*)?>)", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_MEANT = re.compile(r"</(?:p|a|b|i|u|em|strong|div|span|h[1-6]|li|ul|td|tr|table|blockquote|font)\s*>|<br\s*/?>|<(?:img|a)\s[^<>]*=", re.I)
_BLOCK = frozenset("address article aside blockquote body br dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li "
                   "main nav ol p pre section table tbody thead tr ul video".split())
_TAGS = re.compile("<([^<>]*)>")
_NAME = re.compile(r"/?([A-Za-z][A-Za-z0-9:\-]*)(?=[\s/]|$)")
_LINE = frozenset(("br", "li", "tr", "dt", "dd"))
# Never "iframe", "object" or "embed": unclosed, as often in feeds, they would swallow the rest of the story.
_DROP = frozenset("script style noscript template svg head".split())
# Unseen marks of direction and line breaking: they part words for nobody, and make two spellings of one headline. Persian's joiners stay.
_UNSEEN = (0xAD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070))
_CONTROL = {**dict.fromkeys([*range(9), *range(11, 13), *range(14, 32), 127, 0xFEFF, 0xFFFE, 0xFFFF, *_UNSEEN], None),
            **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"), 0x2028: "\n", 0x2029: "\n"}
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufffe\uffff]")
_WRAP = re.compile(r"<!\[CDATA\[|\]\]>")
_EMPTY = re.compile(r"\n{3,}")
MOST_TEXT = 2_000_000  # characters of one text; a longer one is cut (entries are flagged "text-cut")
_DEEP = 3000
# Numeric references and bytes of windows-1252 arrive as C1 controls, UTF-8 read as latin-1 as a capital letter and C1 controls.
_C1 = re.compile("[\x80-\x84\x86-\x9f]")
_TWICE = re.compile("[\xc2-\xf4][\x80-\xbf]{1,3}")
_WINDOWS = {chr(code): bytes([code]).decode("windows-1252", "ignore") for code in range(0x80, 0xA0)}


def one_line(markup: str) -> str:
    """A headline: markup and entities resolved (doubly escaped ones too), one line."""
    return " ".join(plain(markup).split())


def plain(markup: str) -> str:
    """Text of an HTML fragment or of plain text with entities. Linear; never raises."""
    text = markup if len(markup) <= MOST_TEXT else markup[:MOST_TEXT]
    for _ in range(3):  # "&amp;lt;p&amp;gt;": escaped twice or more by careless exports
        if "<" in text and _TAG.search(text):
            if "<!" in text:  # a section wrapped twice, a comment that is never closed: browsers would show nothing of the rest
                text = _WRAP.sub("", text)
                if (last := text.rfind("<!--")) >= 0 and text.find("-->", last) < 0:
                    text = text[:last] + re.sub(r"^<!--[^<>]*>?", "", text[last:])
            text = _strip(text)
            if "&" in text:
                text = html.unescape(text)
            if "<" in text and _MEANT.search(text):  # markup escaped inside markup; a lone "<blink>" is what the author speaks of
                text = _strip(text)
            break
        if "&" not in text or not _ENTITY.search(text):
            break
        text = html.unescape(text)
    return tidy(text)


def plain_of(node: Any) -> str:
    """Text of an element that holds its markup as real elements (XHTML)."""
    text = tidy(_walk(node, with_names=True))
    return plain(text) if _MEANT.search(text) else text  # escaped markup inside XHTML: the publisher's mistake


def tidy(text: str) -> str:
    """NFC, no control characters or lone surrogates; spaces folded in lines, at most one empty line between paragraphs."""
    if _ODD.search(text):
        text = _C1.sub(lambda found: _WINDOWS.get(found[0], ""), _TWICE.sub(_undo, text)) if _C1.search(text) else text
        text = text.translate(_CONTROL).replace("\r\n", "\n").replace("\r", "\n").replace("\u0085", "\n")
    text = unicodedata.normalize("NFC", text)
    if "\n" not in text:
        return " ".join(text.split())
    text = "\n".join([" ".join(line.split()) for line in text.split("\n")]).strip()
    return _EMPTY.sub("\n\n", text) if "\n\n\n" in text else text


def _undo(found: re.Match[str]) -> str:
    try:
        return found[0].encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return found[0]


def _strip(markup: str) -> str:
    quick = _stripped_simply(markup)
    if quick is not None:
        return quick
    if markup.count("<") > 200 and _too_deep(markup):
        return re.sub(r"<[^<>]*>", " ", markup)
    try:
        root = lxml.html.fragment_fromstring(markup.translate(_CONTROL), create_parent="div")
    except (lxml.etree.LxmlError, ValueError):
        return re.sub(r"<[^<>]*>", " ", markup)
    return _walk(root)


def _stripped_simply(markup: str) -> str | None:
    """The same for markup without surprises, five times faster; None for comments, scripts, "pre", and "<" or quotes where they don't belong."""
    parts = _TAGS.split(markup)
    for number in range(0, len(parts), 2):
        if "<" in parts[number]:
            return None
        parts[number] = parts[number].replace("\n", " ")
    for number in range(1, len(parts), 2):
        inner = parts[number]
        named = _NAME.match(inner)
        if named is None or inner.count('"') % 2 or inner.count("'") % 2:
            return None
        tag = named[1].lower()
        if tag in _DROP or tag in ("pre", "textarea", "title", "plaintext", "xmp"):
            return None
        parts[number] = ("\n" if tag in _LINE else "\n\n") if tag in _BLOCK else " " if tag in ("td", "th") else ""
    text = "".join(parts)
    return html.unescape(text) if "&" in text else text


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
