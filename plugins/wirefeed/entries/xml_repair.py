"""Repairs of ill-formed XML that need no guess: entities without a declaration, lone ampersands, control characters, undeclared prefixes,
junk around the document. What is still ill-formed afterwards is taken apart item by item (xml_pieces.py)."""

import html.entities
import re

from wirefeed.entries.xml_names import PREFIXES
from wirefeed.entries.xml_pieces import sections
from wirefeed.errors import InputRefused

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]+")
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]{0,500}?\?>\s*")
_DOCTYPE = re.compile(r"<!DOCTYPE\b(?:[^\[>\"']|\"[^\"]{0,2000}\"|'[^']{0,2000}'){0,4000}(\[.*?\]\s*)?>", re.S | re.I)
_ENTITY = re.compile(r"""<!ENTITY\s+(%\s+)?([\w.\-]{1,60})\s+(SYSTEM\b|PUBLIC\b)?[^"'>]{0,50}(?:"([^"]*)"|'([^']*)')""", re.I)
# A run but its last, or one that begins no reference XML itself knows; numbers are looked at one by one.
_AMPERSAND = re.compile(r"(&+)(?=&)|&(?!(?:amp|lt|gt|quot|apos);)(?:#(\d{1,8});|#[xX]([0-9A-Fa-f]{1,7});|([A-Za-z][\w.\-]{0,60});)?")
_PREFIXED = re.compile(r"([<\s])([A-Za-z_][\w.\-]{0,40}):[A-Za-z_][\w.\-]{0,60}(\s*=\s*[\"'])?")  # an element's, or an attribute's if it has a value
_ROOT = re.compile(r"<(?![?!])(?:[\w.\-]+:)?[A-Za-z][\w.\-]*")
_LONE_LESS = re.compile(r"<(?![A-Za-z_/!?:])")
_XML = {"amp", "lt", "gt", "quot", "apos"}
_MOST_EXPANDED = 1_000_000  # characters that a document's own entities may add


def body_of(text: str) -> str:
    """The text without byte order mark, junk before the first tag, XML declaration and DOCTYPE; harmless own entities are put in place.

    Raises InputRefused for entities that refer to others: that is how entity bombs are built, and no feed needs it.
    """
    start = text.find("<")
    text = _DECLARATION.sub("", text[start:] if start > 0 else text, count=1)
    if "<!DOCTYPE" not in text[:5000].upper():
        return text
    found = _DOCTYPE.search(text)
    if found is None:
        raise InputRefused("the document ends in its document type declaration: truncated")
    own: dict[str, str] = {}
    for entity in _ENTITY.finditer(found[1] or ""):
        value = entity[4] if entity[4] is not None else entity[5]
        if entity[3]:
            continue  # an external entity: never fetched
        if entity[1] or "&" in re.sub(r"&#?\w{1,8};", lambda m: "" if m[0].startswith("&#") or m[0][1:-1] in _XML else m[0], value):
            raise InputRefused("the document defines entities that blow up (entity bomb)")
        own[entity[2]] = value
    text = text[:found.start()] + text[found.end():]
    used = sum(text.count(f"&{name};") * len(value) for name, value in list(own.items())[:100])
    if len(own) > 100 or used > _MOST_EXPANDED:
        raise InputRefused("the document defines entities that blow up (entity bomb)")
    for name, value in own.items():
        text = text.replace(f"&{name};", value)
    return text


def repair(text: str) -> tuple[str, list[str]]:
    """The text with every sure repair made, and what was repaired."""
    done: list[str] = []
    if FORBIDDEN.search(text):
        text = FORBIDDEN.sub(" ", text)
        done.append("control-characters")
    parts = sections(text)
    parts[::2] = [_LONE_LESS.sub("&lt;", _AMPERSAND.sub(_ampersand, part)) for part in parts[::2]]
    if (mended := "".join(parts)) != text:
        text = mended
        done.append("ill-formed: bare ampersands or unknown entities")
    text, declared = _declare(text)
    if declared:
        done.append("ill-formed: undeclared prefixes")
    tail = text[-30_000:].lower()
    name, at = max(((name, tail.rfind(name)) for name in ("</rss>", "</rdf:rdf>", "</feed>", "</opml>")), key=lambda pair: pair[1])
    if at >= 0 and tail[at + len(name):].strip():
        text = text[:len(text) - len(tail) + at + len(name)]
        done.append("ill-formed: text after the end")
    return text, done


def close_sections(item: str) -> str:
    """An item with its unclosed CDATA sections closed at the next end tag."""
    if item.count("<![CDATA[") == item.count("]]>"):
        return item
    parts = item.split("<![CDATA[")
    for number, part in enumerate(parts[1:], 1):
        if "]]>" not in part and (end := re.search(r"</[A-Za-z]", part)):
            parts[number] = part[:end.start()] + "]]>" + part[end.start():]
    return "<![CDATA[".join(parts)


def _ampersand(found: re.Match[str]) -> str:
    if found[1]:
        return "&amp;" * len(found[1])
    if found[2] or found[3]:
        code = int(found[2]) if found[2] else int(found[3], 16)
        if code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000:
            return found[0]
        return " "
    if found[4]:
        known = html.entities.html5.get(found[4] + ";")
        return known.replace("&", "&amp;").replace("<", "&lt;") if known else "&amp;" + found[0][1:]
    return "&amp;"


def _declare(text: str) -> tuple[str, bool]:
    used = {prefix for before, prefix, value in _PREFIXED.findall(text) if before == "<" or value}
    missing = [prefix for prefix in sorted(used - {"xml", "xmlns"})[:100] if f"xmlns:{prefix}" not in text]
    root = _ROOT.search(text)
    if not missing or root is None:
        return text, False
    return text[:root.end()] + declarations(missing) + text[root.end():], True


def declarations(prefixes: list[str]) -> str:
    """Namespace declarations for prefixes, known ones with their usual meaning."""
    return "".join(f' xmlns:{prefix}="{PREFIXES.get(prefix.lower(), "urn:undeclared:" + prefix)}"' for prefix in prefixes)
