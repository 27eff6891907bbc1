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
    """Ids that exist. ``names``: the terms of a gazetteer name's forms -> entity id; ``shown``: the words of entities' ids and names as stories
    hold them; ``foreign``: a topic's word of a language that we do not stem -> that language; ``feeds``: ids and ``sources``: words of their names;
    ``matched``: rule id -> (first run, last match)."""

    topics: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    names: Mapping[Words, str] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    foreign: Mapping[str, str] = field(default_factory=dict)
    feeds: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    recipient: Callable[[str], bool] | None = None
    recipients: Sequence[str] = ()
    matched: Mapping[str, tuple[datetime | None, datetime | None]] = field(default_factory=dict)


def know(
    gazetteer: Sequence[ConfigText], topics: Sequence[ConfigText], recipients: Sequence[ConfigText], feeds: Sequence[ConfigText] = (),
    matched: Mapping[str, tuple[datetime | None, datetime | None]] | None = None,
) -> Known:
    """Read the configuration. Raises ConfigError when one of its files is wrong."""
    from wirefeed.alerts.recipients import load_recipients
    from wirefeed.feeds.catalog import load_feeds
    from wirefeed.index.document import PLACES
    from wirefeed.tags.gazetteer import load_gazetteer
    from wirefeed.tags.topics import load_topics

    entities = load_gazetteer(gazetteer)
    names: dict[Words, str] = {}
    surnames: dict[Words, set[str]] = {}
    for form, term in entities.terms():
        if term.ambiguous or term.kind not in ("name", "surname") or not (found := tuple(terms(form.text, STEMMED))):
            continue
        if term.kind == "name":
            names.setdefault(found, term.entity)
        else:
            surnames.setdefault(found, set()).add(term.entity)
    names = {found: next(iter(bearers)) for found, bearers in surnames.items() if len(bearers) == 1} | names
    people = load_recipients(recipients)
    sources = load_feeds(feeds).all.values()
    subjects = load_topics(topics)
    return Known(
        topics=frozenset(subjects.ids), entities=frozenset(one.id for one in entities),
        places=frozenset(one.id for one in entities if one.type in PLACES), names=names, foreign=_foreign(subjects),
        shown=frozenset(word for one in entities for text in (one.id, one.name) for word in terms(text, EXACT)),
        feeds=frozenset(one.id for one in sources), sources=frozenset(word for one in sources for word in terms(one.name, EXACT)),
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
