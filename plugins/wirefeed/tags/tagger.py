"""All that tagging says of one text: language, entities, topics, countries, relevance, and why.

Gazetteer, topics and countries cost about two milliseconds and run on every story; the statistical models only on relevant ones.
"""

from collections.abc import Iterable, Sequence

from wirefeed.model import Entity, Evidence, Tags, Topic
from wirefeed.settings import Settings
from wirefeed.stories.language import detect
from wirefeed.tags import relevance
from wirefeed.tags.countries import Scene, country_features, scene
from wirefeed.tags.datelines import Datelines, load_datelines
from wirefeed.tags.entities import Recogniser, merged
from wirefeed.tags.forms import Term
from wirefeed.tags.gazetteer import Gazetteer, load_gazetteer
from wirefeed.tags.kept_forms import fingerprint, kept
from wirefeed.tags.matcher import Form
from wirefeed.tags.mentions import Mentions
from wirefeed.tags.normalise import folded, whole
from wirefeed.tags.reading import REGION, Reading, read
from wirefeed.tags.reasons import parts
from wirefeed.tags.topic_terms import Meaning, TopicHit, TopicTerms
from wirefeed.tags.topics import Topics, load_topics
from wirefeed.yaml_files import ConfigText, find

SURE = 3.0  # a term of this weight gives its topic alone: a site's own topic has few terms beside the shipped ones
LONGEST = 400_000  # characters that are tagged; beyond is a dump, and its head says what it is about


class Tagger:
    """Gazetteer, topics and models of one configuration."""

    def __init__(self, gazetteer: Gazetteer, topics: Topics, recogniser: Recogniser, datelines: Datelines,
                 terms: Iterable[tuple[Form, Term]] | None = None, topic_forms: Sequence[tuple[Form, Meaning]] | None = None) -> None:
        """``terms`` and ``topic_forms``: the forms of gazetteer and topics, where they have been made before."""
        self.gazetteer = gazetteer
        self.topics = topics
        made = list(gazetteer.terms() if terms is None else terms)
        self._mentions = Mentions(gazetteer, made)
        self._topic_terms = TopicTerms(topics.forms() if topic_forms is None else topic_forms)
        self._adjectives = frozenset(folded(form.text) for form, term in made if term.kind == "adjective")
        self._recogniser = recogniser
        self._datelines = datelines
        self._regional = frozenset(entity.id for entity in gazetteer if {*REGION, "AF"} & set(entity.country) or entity.id == "area:central-asia")
        self._lands: dict[str | None, frozenset[str]] = {entity.id: frozenset(entity.country) for entity in gazetteer}

    def tag(self, title: str, text: str, language: str | None = None, *, entities: bool = True, explain: bool = False) -> Tags:
        """Tag one text. ``language`` is a hint only; ``explain`` gives the reasons too. Offsets point into title and text."""
        title, body = whole(title), whole(text[:LONGEST])
        found = detect(title, body, language)
        it = self.read(title, body, found)
        values = relevance.features(it)
        model = relevance.model(it)
        score, least = relevance.probability(model, values), relevance.weights()[model]["threshold"]
        relevant = score >= least and not (values["none"] and not values["groups"])
        countries, country_notes = self._countries(it, relevant, explain)
        topics, topic_notes = self._topics(it) if relevant else ((), [])
        mentions = list(it.entities)
        if relevant and entities:
            mentions = merged(mentions, self._recogniser.find(title, body, found))
        why: tuple[str, ...] = ()
        if explain:
            why = (f"language: {found}", f"relevant: {'yes' if relevant else 'no'} (score {score:.2f}, wanted {least:.2f})",
                   *(f"  {line}" for line in parts(model, values, relevance.weights()[model], 0.05, 14)), *country_notes, *topic_notes)
        return Tags(found, relevant, round(score, 4), countries, topics, tuple(mentions), why)

    def read(self, title: str, text: str, language: str) -> Reading:
        """Names, terms and parts of a text, for the models."""
        mentions, hits = self.find(title, text, language)
        return read(title, text, language, mentions, hits, self.topics, self._lands)

    def find(self, title: str, text: str, language: str) -> tuple[list[Entity], list[TopicHit]]:
        """The gazetteer's names and the topics' terms, which are looked for only where a name of the region, Afghanistan or an armed group stands:
        without one no story is relevant, so most of a wire need not be searched for topics."""
        mentions = self._mentions.find(title, text, language)
        regional = any(one.id in self._regional or one.type == "armed_group" for one in mentions)
        return mentions, self._topic_terms.find(title, text, language) if regional else []

    def candidate(self, title: str, text: str, language: str | None = None) -> bool:
        """Whether the costly steps (full text, models) are worth their price: a topic word and a name of the region somewhere."""
        title, text = whole(title), whole(text[:LONGEST])
        it = self.read(title, text, detect(title, text, language))
        return any(one.id in self._regional for one in it.entities) and bool(it.own())

    def _countries(self, it: Reading, relevant: bool, explain: bool) -> tuple[tuple[str, ...], list[str]]:
        own = relevance.weights()["country"]
        made, seen = self.scene(it, relevant)
        scored = sorted(((relevance.probability("country", values := country_features(land, made)), land, values) for land in seen),
                        key=lambda one: (-one[0], one[1]))
        notes = [f"country {land}: {'yes' if value >= own['threshold'] else 'no'} ({value:.2f}, wanted {own['threshold']:.2f}): "
                 + "; ".join(parts("country", values, own, 0.1, 5)) for value, land, values in scored] if explain else []
        return tuple(land for value, land, _ in scored if value >= own["threshold"]), notes

    def scene(self, it: Reading, relevant: bool) -> tuple[Scene, list[str]]:
        """What the country model looks at, and the countries that come into question."""
        cities = [(one, land) for one, land in self._datelines.find(it.title, it.text, it.language) if not it.named_at(one)]
        seen = dict.fromkeys(land for one in it.entities for land in it.lands.get(one.id, ())) | dict.fromkeys(land for _, land in cities)
        return scene(it, float(relevant), cities, self._adjectives), sorted(seen)

    def _topics(self, it: Reading) -> tuple[tuple[Topic, ...], list[str]]:
        threshold = relevance.weights()["topic"]["threshold"]
        scored = sorted(((relevance.probability("topic", relevance.topic_features(topic, it)), topic) for topic in it.own()), reverse=True)
        sure = {hit.topic for hit in it.hits if hit.weight >= SURE}
        chosen = [(value, topic) for value, topic in scored if value >= threshold or topic in sure][:relevance.MOST_TOPICS] or scored[:1]
        made = tuple(Topic(topic, round(value, 4), _evidence(it.hits, topic)) for value, topic in chosen)
        notes = [f"topic {topic}: {'yes' if (value, topic) in chosen else 'no'} ({value:.2f}, wanted {threshold:.2f}): " + ", ".join(
            dict.fromkeys(" ".join(hit.text.split()) for hit in it.hits if hit.topic == topic)) for value, topic in scored]
        return made, notes


def _evidence(hits: Sequence[TopicHit], topic: str) -> tuple[Evidence, ...]:
    """One a stretch of text, the heaviest where a name and a term share it; title first."""
    best: dict[tuple[str, int, int], TopicHit] = {}
    for hit in hits:
        place = (hit.field, hit.start, hit.end)
        if hit.topic == topic and (place not in best or best[place].weight < hit.weight):
            best[place] = hit
    return tuple(Evidence(hit.field, hit.text, hit.start, hit.end, hit.term, hit.weight)
                 for hit in sorted(best.values(), key=lambda hit: (hit.field != "title", hit.start, hit.end)))


def load_tagger(gazetteer: Sequence[ConfigText], topics: Sequence[ConfigText], settings: Settings) -> Tagger:
    """Build a tagger; the statistical models load when the first relevant story comes."""
    names, words = load_gazetteer(gazetteer), load_topics(topics)
    key = fingerprint((*gazetteer, *topics))
    return Tagger(names, words, Recogniser(settings.spacy_model, russian=settings.russian_ner), load_datelines(find(settings.config_folders, "datelines.yaml")),
                  kept(settings.cache, key, Term, names.terms), kept(settings.cache, key, Meaning, words.forms))
