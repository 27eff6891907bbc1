"""Which conditions of a query a document meets, and where in its title and text: for samples, examples and the local index's marks.

The same answers as percolation gives, for one document at a time.
"""

from wirefeed.model import Document, Highlight
from wirefeed.rules.batch import Batch
from wirefeed.rules.conditions import positive_conditions
from wirefeed.rules.program import Program
from wirefeed.rules.tree import Query

Span = tuple[int, int]


def spans(query: Query, document: Document, field: str) -> list[Span]:
    """Offsets of all that the query's positive conditions find in ``title`` or ``text`` of a document."""
    return sorted({(one.start, one.end) for one in highlights(query, document) if one.field == field})


def clauses(query: Query, document: Document) -> tuple[str, ...]:
    """The positive conditions that the document meets, as they stand in the source."""
    return _evidence(query, document)[0]


def highlights(query: Query, document: Document) -> tuple[Highlight, ...]:
    """All places in title and text, with the condition each belongs to."""
    return _evidence(query, document)[1]


def _evidence(query: Query, document: Document) -> tuple[tuple[str, ...], tuple[Highlight, ...]]:
    program = Program()
    asked = [(one, program.number(one)) for one in positive_conditions(query)]
    return Batch(program, [document]).evidence(asked, 0)
