"""The tree as Elasticsearch's query DSL: plain dicts, no client. Used by search, back-links and the tests' comparison."""

import re
from typing import Any

from wirefeed.index.schema import DEFAULT_FIELDS, FIELDS
from wirefeed.rules.batch_terms import lower
from wirefeed.rules.query import Boolean, Everything, Node, Phrase, Query, Range, Wildcard, Word
from wirefeed.rules.values import date_ends

Dsl = dict[str, Any]


def compile_query(query: Query) -> Dsl:
    """The DSL of a query."""
    return _node(query.tree)


def _node(node: Node) -> Dsl:
    if isinstance(node, Everything):
        return {"match_all": {}}
    if isinstance(node, Boolean):
        made: Dsl = {}
        if node.must:
            made["must"] = [_node(child) for child in node.must]
        elif node.should:
            made |= {"should": [_node(child) for child in node.should], "minimum_should_match": 1}
        if node.must_not:
            made["must_not"] = [_node(child) for child in node.must_not]
        return {"bool": made or {"must": [{"match_all": {}}]}}
    names = (node.field,) if node.field else DEFAULT_FIELDS
    parts = [_leaf(node, name) for name in names]
    return parts[0] if len(parts) == 1 else {"bool": {"should": parts, "minimum_should_match": 1}}


def _leaf(leaf: Word | Phrase | Wildcard | Range, name: str) -> Dsl:
    field = FIELDS[name.removesuffix(".exact")]
    exact = name.endswith(".exact")
    if isinstance(leaf, Range):
        return _range(leaf, field.name, field.kind)
    if isinstance(leaf, Wildcard):
        if leaf.pattern == "*":
            return {"exists": {"field": field.name}}
        # Elasticsearch folds a wildcard through the field's normalizer or analyser, as we fold ours.
        return {"wildcard": {field.exact: {"value": _folded(leaf, field)}}}
    if field.kind in ("text", "name"):
        target = field.exact if exact or field.kind == "name" else field.name
        return {"match_phrase": {target: {"query": leaf.text, "slop": leaf.slop if isinstance(leaf, Phrase) else 0}}}
    if field.kind in ("long", "double"):
        return {"term": {field.name: float(leaf.text)}}
    if field.kind == "boolean":
        return {"term": {field.name: leaf.text.lower() == "true"}}
    return {"term": {field.name: leaf.text}}


def _folded(leaf: Wildcard, field: Any) -> str:
    def fold(text: str) -> str:
        plain = re.sub(r"\\(.)", r"\1", text)
        return re.sub(r"([*?\\])", r"\\\1", field.normal(plain) if field.kind == "keyword" else lower(plain))

    return "".join(part if part in ("*", "?") else fold(part) for part in re.split(r"(?<!\\)([*?])", leaf.pattern))


def _range(leaf: Range, name: str, kind: str) -> Dsl:
    if kind == "date":
        low, high = date_ends(leaf)
        ends = {"gte": low.isoformat() if low else None, "lte": high.isoformat() if high else None}
        return {"range": {name: {key: value for key, value in ends.items() if value}}}
    made: dict[str, float] = {}
    if leaf.low is not None:
        made["gte" if leaf.include_low else "gt"] = float(leaf.low)
    if leaf.high is not None:
        made["lte" if leaf.include_high else "lt"] = float(leaf.high)
    return {"range": {name: made}}
