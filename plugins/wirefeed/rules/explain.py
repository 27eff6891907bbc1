"""Whether and why a query holds for one document, condition by condition: for failing examples, ``rules match`` and ``wirefeed why``.

The same answers as percolation gives, for one document.
"""

from wirefeed.model import Document
from wirefeed.rules.batch import Batch
from wirefeed.rules.program import Program
from wirefeed.rules.tree import Boolean, Everything, Leaf, Node, Query, written

SHOWN = 6  # conditions of a long OR


def holds(node: Node, document: Document) -> bool:
    """Whether the document meets the tree."""
    program = Program()
    number = program.add(node)
    return bool(Batch(program, [document]).bits[number])


def unmet(query: Query, document: Document) -> tuple[str, ...]:
    """What stands between the document and a hit, as an analyst would write it; empty when it hits."""
    program = Program()
    program.add(query.tree)
    return tuple(dict.fromkeys(_unmet(query.tree, Batch(program, [document]))))


def _unmet(node: Node, batch: Batch) -> list[str]:
    def met(node: Node) -> bool:
        return bool(batch.bits[batch.program.add(node)])

    if met(node):
        return []
    if isinstance(node, Boolean):
        missing = [line for child in node.must for line in _unmet(child, batch)]
        missing += [f"NOT {shown(child)}" for child in node.must_not if met(child)]
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
