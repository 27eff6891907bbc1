"""What a rule may name: topics, entities and recipients of the configuration at hand. Read once for lint."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from wirefeed.index.analysis import STEMMED, terms
from wirefeed.yaml_files import ConfigText

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
    return Known(
        topics=frozenset(_ids(load_topics(topics))), entities=frozenset(one.id for one in entities),
        places=frozenset(one.id for one in entities if one.type in PLACES), names=names,
        recipient=people.knows, recipients=sorted({*people.people, *people.groups}), matched=matched or {})


def _ids(topics: object) -> list[str]:
    """Topic ids, whether the loader gives a mapping by id or a sequence of topics."""
    return [one if isinstance(one, str) else str(one.id) for one in topics]  # type: ignore[attr-defined]
