"""All that tagging says of one text: language, entities, topics, countries, relevance, and why.

Gazetteer and topics cost well under a millisecond and run on every story; the statistical models only on relevant ones.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from wirefeed.model import Evidence, Tags, Topic
from wirefeed.settings import Settings
from wirefeed.stories.language import detect
from wirefeed.tags import relevance
from wirefeed.tags.countries import Scene, country_features, scene
from wirefeed.tags.datelines import load_datelines, played_in
from wirefeed.tags.entities import Recogniser, merged
from wirefeed.tags.forms import Term
from wirefeed.tags.gazetteer import Gazetteer, load_gazetteer
from wirefeed.tags.kept_forms import fingerprint, kept
from wirefeed.tags.matcher import Form
from wirefeed.tags.mentions import Mentions
from wirefeed.tags.reading import REGION, Reading, read
from wirefeed.tags.topics import Meaning, Topics, load_topics
from wirefeed.yaml_files import ConfigText, find

_LONE = re.compile("[\ud800-\udfff]")  # half a surrogate pair: no model reads it; U+FFFD keeps the offsets
LONGEST = 400_000  # characters that are tagged; beyond is a dump, and its head says what it is about


class Tagger:
    """Gazetteer, topics and models of one configuration."""

    def __init__(self, gazetteer: Gazetteer, topics: Topics, recogniser: Recogniser, datelines: Mapping[str, str],
                 terms: Iterable[tuple[Form, Term]] | None = None) -> None:
        """``terms``: the gazetteer's forms, where they have been made before."""
        self.gazetteer = gazetteer
        self.topics = topics
        self._mentions = Mentions(gazetteer, terms)
        self._recogniser = recogniser
        self._datelines = datelines
        self._lands = {entity.id: entity.country for entity in gazetteer}

    def tag(self, title: str, text: str, language: str | None = None, *, source_country: str | None = None, entities: bool = True) -> Tags:
        """Tag one text. ``language`` is a hint only; ``source_country`` is context and never evidence. Offsets point into title and text."""
        title, body = _LONE.sub("\ufffd", title), _LONE.sub("\ufffd", text[:LONGEST])
        found = detect(title, body, language)
        it = self.read(title, body, found)
        values = relevance.features(it)
        score = relevance.probability("relevance", values)
        relevant = score >= relevance.weights()["relevance"]["threshold"] and not (values["none"] and not values["groups"])
        countries, country_notes = self._countries(it, relevant)
        topics, topic_notes = self._topics(it) if relevant else ((), [])
        mentions = list(it.entities)
        if relevant and entities:
            mentions = merged(mentions, self._recogniser.find(title, body, found))
        why = (f"language: {found}", f"relevant: {'yes' if relevant else 'no'} (score {score:.2f}, at least "
               f"{relevance.weights()['relevance']['threshold']:.2f})", *(f"  {line}" for line in relevance.explained("relevance", values)),
               *country_notes, *topic_notes)
        return Tags(found, relevant, round(score, 4), countries, topics, tuple(mentions), why)

    def read(self, title: str, text: str, language: str) -> Reading:
        """Names, terms and parts of a text, for the models."""
        return read(title, text, language, self._mentions.find(title, text, language), self.topics.find(title, text, language), self.topics, self._lands)

    def candidate(self, title: str, text: str, language: str | None = None) -> bool:
        """Whether the costly steps (full text, models) are worth their price: a topic word and a name of the region somewhere."""
        title, text = _LONE.sub("\ufffd", title), _LONE.sub("\ufffd", text[:LONGEST])
        it = self.read(title, text, detect(title, text, language))
        regional = any({*REGION, "AF"} & set(self._lands.get(one.id or "", ())) or one.id == "area:central-asia" for one in it.entities)
        return regional and bool(it.own())

    def _countries(self, it: Reading, relevant: bool) -> tuple[tuple[str, ...], list[str]]:
        own = relevance.weights()["country"]
        made, seen = self.scene(it, relevant)
        scored = sorted(((relevance.probability("country", country_features(land, made)), land) for land in seen), reverse=True)
        return tuple(land for value, land in scored if value >= own["threshold"]), [
            f"country {land}: {value:.2f} (at least {own['threshold']:.2f})" for value, land in scored]

    def scene(self, it: Reading, relevant: bool) -> tuple[Scene, list[str]]:
        """What the country model looks at, and the countries that come into question."""
        seen = dict.fromkeys(land for one in it.entities for land in it.lands.get(one.id or "", ()))
        played = played_in(it.text[:it.where.dateline], self._datelines) if it.where.dateline else None
        if played:
            seen.setdefault(played)
        return scene(it, float(relevant), played), list(seen)

    def _topics(self, it: Reading) -> tuple[tuple[Topic, ...], list[str]]:
        threshold = relevance.weights()["topic"]["threshold"]
        scored = sorted(((relevance.probability("topic", relevance.topic_features(topic, it)), topic) for topic in it.own()), reverse=True)
        chosen = [(value, topic) for value, topic in scored if value >= threshold][:relevance.MOST_TOPICS] or scored[:1]
        made = tuple(Topic(topic, round(value, 4), tuple(
            Evidence(hit.field, hit.text, hit.start, hit.end, hit.term, hit.weight) for hit in it.hits if hit.topic == topic))
            for value, topic in chosen)
        notes = [f"topic {topic}: {value:.2f} (at least {threshold:.2f}), " + ", ".join(
            dict.fromkeys(hit.text.replace("\n", " ") for hit in it.hits if hit.topic == topic)) for value, topic in scored]
        return made, notes


def load_tagger(gazetteer: Sequence[ConfigText], topics: Sequence[ConfigText], settings: Settings) -> Tagger:
    """Build a tagger; the statistical models load when the first relevant story comes."""
    names, words = load_gazetteer(gazetteer), load_topics(topics)
    key = fingerprint((*gazetteer, *topics))
    words.forms = kept(settings.cache, key, Meaning, lambda: words.forms)
    return Tagger(names, words, Recogniser(settings.spacy_model, russian=settings.russian_ner), load_datelines(find(settings.config_folders, "datelines.yaml")),
                  kept(settings.cache, key, Term, names.terms))
