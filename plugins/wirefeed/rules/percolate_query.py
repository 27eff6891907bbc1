"""The tree as a tantivy query, for the local index."""

import tantivy
from tantivy import FieldType, Occur

from wirefeed.index.analysis import EXACT, STEMMED, terms
from wirefeed.index.schema import DEFAULT_FIELDS, FIELDS
from wirefeed.rules.batch_terms import lower
from wirefeed.rules.query import Boolean, Everything, Node, Phrase, Query, Range, Wildcard, Word
from wirefeed.rules.values import date_ends


def compile_query(query: Query, schema: tantivy.Schema) -> tantivy.Query:
    """Compile against a schema made of the field table."""
    return _node(query.tree, schema)


def _node(node: Node, schema: tantivy.Schema) -> tantivy.Query:
    if isinstance(node, Everything):
        return tantivy.Query.all_query()
    if isinstance(node, Boolean):
        parts = [(Occur.Must, _node(child, schema)) for child in node.must]
        if node.should and not node.must:
            parts.append((Occur.Must, _any([_node(child, schema) for child in node.should])))
        if not parts:
            parts.append((Occur.Must, tantivy.Query.all_query()))
        parts += [(Occur.MustNot, _node(child, schema)) for child in node.must_not]
        return parts[0][1] if len(parts) == 1 else tantivy.Query.boolean_query(parts)
    names = (node.field,) if node.field else DEFAULT_FIELDS
    return _any([_leaf(node, name, schema) for name in names])


def _any(parts: list[tantivy.Query]) -> tantivy.Query:
    return parts[0] if len(parts) == 1 else tantivy.Query.boolean_query([(Occur.Should, part) for part in parts])


def _leaf(leaf: Word | Phrase | Wildcard | Range, name: str, schema: tantivy.Schema) -> tantivy.Query:
    field = FIELDS[name.removesuffix(".exact")]
    exact = name.endswith(".exact") or field.kind == "name"
    if isinstance(leaf, Range):
        return _range(leaf, field.name, field.kind, schema)
    if isinstance(leaf, Wildcard):
        if field.kind == "keyword":
            return tantivy.Query.regex_query(schema, field.name, leaf.regex(field.normal))
        return tantivy.Query.regex_query(schema, field.exact, leaf.regex(lower))
    if field.kind in ("text", "name"):
        target = field.exact if exact else field.name
        words = terms(leaf.text, EXACT if exact else STEMMED)
        if len(words) == 1:
            return tantivy.Query.term_query(schema, target, words[0])
        return tantivy.Query.phrase_query(schema, target, list(words), leaf.slop if isinstance(leaf, Phrase) else 0)
    if field.kind == "boolean":
        return tantivy.Query.term_query(schema, field.name, leaf.text.lower() == "true")
    if field.kind in ("long", "double"):
        return _range(Range(name, leaf.text, leaf.text), field.name, field.kind, schema)
    return tantivy.Query.term_query(schema, field.name, field.normal(leaf.text), "basic")


def _range(leaf: Range, name: str, kind: str, schema: tantivy.Schema) -> tantivy.Query:
    if kind == "date":
        low, high = date_ends(leaf)
        if low and high and low > high:
            return tantivy.Query.empty_query()
        return tantivy.Query.range_query(schema, name, FieldType.Date, low, high)
    # tantivy calls an open end exclusive an error.
    low_in, high_in = leaf.include_low or leaf.low is None, leaf.include_high or leaf.high is None
    if kind == "long":
        bottom = int(float(leaf.low)) if leaf.low is not None else None
        top = int(float(leaf.high)) if leaf.high is not None else None
        return tantivy.Query.range_query(schema, name, FieldType.Integer, bottom, top, low_in, high_in)
    return tantivy.Query.range_query(
        schema, name, FieldType.Float, float(leaf.low) if leaf.low is not None else None, float(leaf.high) if leaf.high is not None else None,
        low_in, high_in)
