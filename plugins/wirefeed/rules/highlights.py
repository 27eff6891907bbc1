"""Which conditions of a query a document meets, and where in its title and text: ours for both indices' rules, wildcards included.

Works on the tokens of the one analysis chain, so it says what the engines found; only documents that already matched are looked at.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from wirefeed.index.analysis import EXACT, STEMMED, Token, terms, tokens
from wirefeed.index.schema import DEFAULT_FIELDS, FIELDS
from wirefeed.model import Document, Highlight
from wirefeed.rules.percolate_query import lower
from wirefeed.rules.query import Leaf, Phrase, Query, Range, Wildcard, Word
from wirefeed.rules.values import date_ends

Span = tuple[int, int]


@lru_cache(maxsize=64)
def _tokens(text: str, chain: str) -> tuple[Token, ...]:
    return tuple(tokens(text, STEMMED if chain == STEMMED else EXACT))


@lru_cache(maxsize=64)
def _by_term(text: str, chain: str) -> dict[str, tuple[int, ...]]:
    """Where in ``_tokens`` each term stands: a story is asked for hundreds of terms."""
    found: dict[str, list[int]] = {}
    for number, token in enumerate(_tokens(text, chain)):
        found.setdefault(token.text, []).append(number)
    return {term: tuple(places) for term, places in found.items()}


@lru_cache(maxsize=20_000)
def _wanted(text: str, chain: str) -> tuple[str, ...]:
    return tuple(terms(text, STEMMED if chain == STEMMED else EXACT))


def spans(query: Query, document: Document, field: str) -> list[Span]:
    """Offsets of all that the query's positive conditions find in ``title`` or ``text`` of a document."""
    return sorted({span for leaf in query.leaves(positive=True) for span in leaf_spans(leaf, document, field)})


def leaf_spans(leaf: Leaf, document: Document, field: str) -> list[Span]:
    """Offsets of one condition in one text field; empty when the condition is about another field."""
    name = (leaf.field or field).removesuffix(".exact")
    if name != field or field not in DEFAULT_FIELDS or isinstance(leaf, Range):
        return []
    text = str(document.get(field) or "")
    if isinstance(leaf, Wildcard):
        pattern = re.compile(leaf.regex(lower))
        found = _tokens(text, EXACT)
        return [(found[n].start, found[n].end) for term, places in _by_term(text, EXACT).items() if pattern.fullmatch(term) for n in places]
    assert isinstance(leaf, (Word, Phrase))
    chain = EXACT if (leaf.field or "").endswith(".exact") else STEMMED
    return _places(text, chain, _wanted(leaf.text, chain), leaf.slop if isinstance(leaf, Phrase) else 0)


def _places(text: str, chain: str, wanted: Sequence[str], slop: int) -> list[Span]:
    found, index = _tokens(text, chain), _by_term(text, chain)
    first = index.get(wanted[0], ()) if wanted else ()
    if len(wanted) == 1 or not first:
        return [(found[n].start, found[n].end) for n in first]
    if slop and len(wanted) == 2:
        return _near(found, first, index.get(wanted[1], ()), slop)
    size = len(wanted)
    return [(found[n].start, found[n + size - 1].end) for n in first
            if n + size <= len(found) and all(found[n + k].text == wanted[k] for k in range(1, size))]


def _near(found: Sequence[Token], first: Sequence[int], second: Sequence[int], slop: int) -> list[Span]:
    """Pairs within the slop; Lucene counts a swap as two moves."""
    hits = []
    for one in first:
        for two in second:
            a, b = found[one], found[two]
            if one != two and abs(b.position - a.position - 1) <= slop:
                hits += [(a.start, a.end), (b.start, b.end)]
    return hits


def meets(leaf: Leaf, document: Document) -> bool:
    """Whether a document meets one condition."""
    names: Iterable[str] = (leaf.field,) if leaf.field else DEFAULT_FIELDS
    for full in names:
        name = full.removesuffix(".exact")
        field = FIELDS[name]
        if name in DEFAULT_FIELDS:
            if leaf_spans(leaf, document, name):
                return True
            continue
        value = document.get(name)
        values = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
        if any(_one(leaf, field, str(one).lower() if isinstance(one, bool) else one) for one in values):
            return True
    return False


def _one(leaf: Leaf, field: object, value: object) -> bool:
    from wirefeed.index.schema import Field

    assert isinstance(field, Field)
    if isinstance(leaf, Range):
        if field.kind == "date":
            from wirefeed.index.tantivy_schema import parse_time

            low, high = date_ends(leaf)
            at = parse_time(str(value))
            return (low is None or at >= low) and (high is None or at <= high)
        number = float(str(value))
        above = leaf.low is None or (number >= float(leaf.low) if leaf.include_low else number > float(leaf.low))
        return above and (leaf.high is None or (number <= float(leaf.high) if leaf.include_high else number < float(leaf.high)))
    if isinstance(leaf, Wildcard):
        if leaf.pattern == "*":
            return True
        if field.kind == "keyword":
            return re.fullmatch(leaf.regex(field.normal), field.normal(str(value))) is not None
        return any(re.fullmatch(leaf.regex(lower), token) for token in terms(str(value), EXACT))
    assert isinstance(leaf, (Word, Phrase))
    if field.kind == "name":
        return bool(_places(str(value), EXACT, _wanted(leaf.text, EXACT), leaf.slop if isinstance(leaf, Phrase) else 0))
    if field.kind in ("long", "double"):
        return float(str(value)) == float(leaf.text)
    if field.kind == "boolean":
        return str(value) == leaf.text.lower()
    return field.normal(str(value)) == field.normal(leaf.text)


def clauses(query: Query, document: Document) -> tuple[str, ...]:
    """The positive conditions that the document meets, as they stand in the source."""
    return tuple(dict.fromkeys(written(leaf) for leaf in query.leaves(positive=True) if meets(leaf, document)))


def highlights(query: Query, document: Document) -> tuple[Highlight, ...]:
    """All places in title and text, with the condition each belongs to."""
    found = {Highlight("title" if field == "title" else "text", start, end, written(leaf))
             for leaf in query.leaves(positive=True) for field in DEFAULT_FIELDS for start, end in leaf_spans(leaf, document, field)}
    return tuple(sorted(found, key=lambda one: (one.field != "title", one.start, one.end, one.clause)))


def written(leaf: Leaf) -> str:
    """A condition as an analyst would write it."""
    prefix = f"{leaf.field}:" if leaf.field else ""
    if isinstance(leaf, Phrase):
        return f'{prefix}"{leaf.text}"' + (f"~{leaf.slop}" if leaf.slop else "")
    if isinstance(leaf, Wildcard):
        return prefix + leaf.pattern
    if isinstance(leaf, Range):
        return f"{prefix}{'[' if leaf.include_low else '{'}{leaf.low or '*'} TO {leaf.high or '*'}{']' if leaf.include_high else '}'}"
    assert isinstance(leaf, Word)
    return prefix + (leaf.text if re.fullmatch(r"[\w.\-']+", leaf.text) else f'"{leaf.text}"')
