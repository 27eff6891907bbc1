"""The examples of a rule, tagged like stories and put before it."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from wirefeed.index.document import document
from wirefeed.model import Change, Document, Version, When
from wirefeed.rules.catalog import Example, Rule
from wirefeed.rules.explain import unmet
from wirefeed.rules.highlights import clauses
from wirefeed.rules.percolate import Percolator

if TYPE_CHECKING:
    from wirefeed.tags.tagger import Tagger


@dataclass(frozen=True, slots=True)
class Result:
    """How one example ended. ``why``: the conditions that hit, or those that were not met."""

    rule_id: str
    kind: Literal["must_match", "must_not_match"]
    number: int  # from 0, in its list
    title: str
    matched: bool
    why: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """As the rule's author said."""
        return self.matched == (self.kind == "must_match")


def story(title: str, text: str, language: str | None, tagger: "Tagger", now: datetime, name: str = "example") -> Document:
    """A text as the document that rules see: language found, tagged, published at ``now``."""
    from wirefeed.stories.language import detect

    tags = tagger.tag(title, text, detect(title, text, language))
    story_id = hashlib.sha256(f"{title}\0{text}".encode()).hexdigest()[:32]
    version = Version(story_id, 1, name, now, Change.FIRST, title, text, None, When(now), language=tags.language, tags=tags)
    return document(version, source=name, source_kind="unverified", first_seen=now)


def run(rules: Sequence[Rule], tagger: "Tagger", now: datetime) -> Iterator[Result]:
    """Every example of every rule, in order."""
    for rule in rules:
        lists: tuple[tuple[Literal["must_match", "must_not_match"], tuple[Example, ...]], ...] = (
            ("must_match", rule.must_match), ("must_not_match", rule.must_not_match))
        given = [(kind, number, one) for kind, some in lists for number, one in enumerate(some)]
        documents = [story(one.title, one.text, one.language, tagger, now) for _kind, _number, one in given]
        hit = set(Percolator([rule]).slots(documents).get(rule.id, ()))
        for slot, (kind, number, one) in enumerate(given):
            why = clauses(rule.parsed, documents[slot]) if slot in hit else unmet(rule.parsed, documents[slot])
            yield Result(rule.id, kind, number, one.title, slot in hit, why)
