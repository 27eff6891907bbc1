"""All rules over a batch of new stories: the stories go into an index in memory, every rule runs over it.

Ten thousand rules over five hundred stories take about half a second; conditions and highlights are worked out for hits only.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import structlog
import tantivy

from wirefeed.index.tantivy_schema import document, new_memory_index, schema
from wirefeed.model import Document, Match
from wirefeed.rules.highlights import clauses, highlights
from wirefeed.rules.percolate_query import compile_query
from wirefeed.rules.query import Query

log = structlog.get_logger()
_HEAP = 50_000_000  # bytes; tantivy wants at least 15 MB a thread


class _Rule(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def parsed(self) -> Query: ...


class Percolator:
    """Rules, compiled once."""

    def __init__(self, rules: Iterable[_Rule]) -> None:
        self._rules = [(rule.id, rule.parsed, compile_query(rule.parsed, schema(stored=False))) for rule in rules]

    def __len__(self) -> int:
        return len(self._rules)

    def slots(self, documents: Sequence[Document]) -> dict[str, list[int]]:
        """Rule id -> places in ``documents`` that it matches, in order; rules without a hit are left out."""
        if not documents or not self._rules:
            return {}
        index = new_memory_index()
        writer = index.writer(_HEAP, 1)
        for slot, source in enumerate(documents):
            writer.add_document(document(source, slot))
        writer.commit()
        index.reload()
        searcher = index.searcher()
        found: dict[str, list[int]] = {}
        for rule_id, _query, compiled in self._rules:
            hits = self._search(searcher, compiled, len(documents), rule_id)
            if hits:
                slots = searcher.fast_field_values("slot", [address for _score, address in hits])
                found[rule_id] = sorted(int(slot) for slot in slots if slot is not None)
        return found

    @staticmethod
    def _search(searcher: tantivy.Searcher, compiled: tantivy.Query, limit: int, rule_id: str) -> list[tuple[object, tantivy.DocAddress]]:
        try:
            return list(searcher.search(compiled, limit, count=False).hits)
        except BaseException as error:
            # tantivy's PanicException is no Exception. Other rules must still run; the fault is loud in the log.
            if type(error).__name__ != "PanicException" and not isinstance(error, ValueError):
                raise
            log.error("a rule could not be run", rule=rule_id, error=str(error))
            return []

    def match(self, documents: Sequence[Document]) -> list[Match]:
        """Every hit with the conditions that made it and their places, by story then rule."""
        queries = {rule_id: query for rule_id, query, _compiled in self._rules}
        hits = [(slot, rule_id) for rule_id, slots in self.slots(documents).items() for slot in slots]
        return [Match(rule_id, documents[slot]["id"], documents[slot]["version"], clauses(queries[rule_id], documents[slot]),
                      highlights(queries[rule_id], documents[slot])) for slot, rule_id in sorted(hits)]
