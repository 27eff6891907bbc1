"""Whether and why a query holds for one document, condition by condition: for failing examples, ``rules match`` and ``wirefeed why``.

The same answer as the engines give, worked out on the tree; far too slow for ten thousand rules, quick enough for one story.
"""

from wirefeed.model import Document
from wirefeed.rules.highlights import meets, written
from wirefeed.rules.tree import Boolean, Everything, Leaf, Node, Query

SHOWN = 6  # conditions of a long OR


def holds(node: Node, document: Document) -> bool:
    """Whether the document meets the tree."""
    if isinstance(node, Everything):
        return True
    if isinstance(node, Leaf):
        return meets(node, document)
    assert isinstance(node, Boolean)
    if any(holds(child, document) for child in node.must_not) or not all(holds(child, document) for child in node.must):
        return False
    return bool(node.must) or not node.should or any(holds(child, document) for child in node.should)


def unmet(query: Query, document: Document) -> tuple[str, ...]:
    """What stands between the document and a hit, as an analyst would write it; empty when it hits."""
    return tuple(dict.fromkeys(_unmet(query.tree, document)))


def _unmet(node: Node, document: Document) -> list[str]:
    if holds(node, document):
        return []
    if isinstance(node, Boolean):
        missing = [line for child in node.must for line in _unmet(child, document)]
        missing += [f"NOT {shown(child)}" for child in node.must_not if holds(child, document)]
        return missing or [shown(node)]
    return [shown(node)]


def shown(node: Node) -> str:
    """A node in the rule language, long lists cut."""
    if isinstance(node, Everything):
        return "*:*"
    if isinstance(node, Leaf):
        return written(node)
    assert isinstance(node, Boolean)
    if node.must or not node.should:
        parts = [shown(child) for child in node.must] + [f"NOT {shown(child)}" for child in node.must_not]
        return parts[0] if len(parts) == 1 else f"({' AND '.join(parts)})"
    parts = [shown(child) for child in node.should]
    more = f" OR … {len(parts) - SHOWN} more" if len(parts) > SHOWN else ""
    return f"({' OR '.join(parts[:SHOWN])}{more})"
