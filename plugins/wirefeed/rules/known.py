"""What a rule may name: topics, entities and recipients of the configuration at hand. Read once for lint."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from wirefeed.index.analysis import EXACT, STEMMED, terms
from wirefeed.yaml_files import ConfigText

if TYPE_CHECKING:
    from wirefeed.tags.topics import Topics

Words = tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """Ids that exist. ``names``: the terms of a gazetteer name's forms -> entity id; ``foreign``: a topic's word of a language that we do not
    stem -> that language; ``matched``: rule id -> (first run, last match)."""

    topics: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    names: Mapping[Words, str] = field(default_factory=dict)
    foreign: Mapping[str, str] = field(default_factory=dict)
    recipient: Callable[[str], bool] | None = None
    recipients: Sequence[str] = ()
    matched: Mapping[str, tuple[datetime | None, datetime | None]] = field(default_factory=dict)


def know(
    gazetteer: Sequence[ConfigText], topics: Sequence[ConfigText], recipients: Sequence[ConfigText],
    matched: Mapping[str, tuple[datetime | None, datetime | None]] | None = None,
) -> Known:
    """Read the configuration. Raises ConfigError when one of its files is wrong."""
    from wirefeed.alerts.recipients import load_recipients
    from wirefeed.index.document import PLACES
    from wirefeed.tags.gazetteer import load_gazetteer
    from wirefeed.tags.topics import load_topics

    entities = load_gazetteer(gazetteer)
    names: dict[Words, str] = {}
    for form, term in entities.terms():
        if term.kind == "name" and not term.ambiguous and (found := tuple(terms(form.text, STEMMED))):
            names.setdefault(found, term.entity)
    people = load_recipients(recipients)
    subjects = load_topics(topics)
    return Known(
        topics=frozenset(subjects.ids), entities=frozenset(one.id for one in entities),
        places=frozenset(one.id for one in entities if one.type in PLACES), names=names, foreign=_foreign(subjects),
        recipient=people.knows, recipients=sorted({*people.people, *people.groups}), matched=matched or {})


def _foreign(subjects: "Topics") -> dict[str, str]:
    """Words of topics in languages without a stemmer, unless Russian or English has the word too."""
    found: dict[str, str] = {}
    stemmed: set[str] = set()
    for topic in subjects.all.values():
        for language, given in topic.terms.items():
            for term in given:
                if language in ("en", "ru", "fa"):
                    stemmed |= set(terms(term.term, STEMMED))
                elif len(words := terms(term.term, EXACT)) == 1:
                    found.setdefault(words[0], language)
    return {word: language for word, language in found.items() if terms(word, STEMMED)[0] not in stemmed}
