"""Is a story about Central Asia's security, and which countries and topics is it about? Small linear models over features a person can read.

The weights lie in relevance.json, fitted by tests/fit_relevance.py on the development gold set with five-fold cross-validation; the features
know nothing of single texts: where topic terms and names of the region stand, how many, whether in one sentence, what else the text is about.
"""

import json
import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from wirefeed.model import Entity
from wirefeed.tags.topics import TopicHit, Topics
from wirefeed.yaml_files import ConfigText, read

REGION = frozenset({"KZ", "KG", "TJ", "TM", "UZ"})
_SENTENCE = re.compile(r"(?<=[.!?…۔؟])[\s»”\"]+|\n+")
MOST_TOPICS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where the text's parts end: the dateline, the lead (two sentences or 350 characters)."""

    dateline: int
    lead: int


def place(text: str) -> Place:
    """Dateline and lead of a text."""
    head = text[:90]
    found = re.match(r"\s*(?:\([^)\n]{0,200}\)\s*)?[A-ZА-ЯЁӘҒҚҢӨҰҮІҺЎҲҶӢӮÇŞÝÄÖÜŇ'ʻ‘’ /.\-–]{3,40}(?:[,.]\s*[^.\n]{0,30})?(?:\.|\s[-–—])\s", head)
    dateline = found.end() if found else 0
    ends = [match.start() for match in _SENTENCE.finditer(text[dateline:dateline + 700])]
    lead = dateline + (ends[1] if len(ends) > 1 else ends[0] if ends and len(text) < 700 else 350)
    return Place(dateline, max(min(lead, dateline + 450), dateline + 120))


def played_in(text: str, cities: Mapping[str, str]) -> str | None:
    """The country of the city that the dateline names (config/datelines.yaml), None for the gazetteer's own cities and for no dateline."""
    where = place(text)
    head = text[:where.dateline].casefold()
    found = [name for name in cities if name in head and not re.search(rf"\w{re.escape(name)}|{re.escape(name)}\w", head)]
    return cities[max(found, key=len)] if found else None


def load_datelines(files_: Sequence[ConfigText]) -> dict[str, str]:
    """City (folded) -> country. Raises ConfigError with file and line."""
    cities: dict[str, str] = {}
    for text in files_:
        file = read(text.path, text.text)
        for country, names in (file.data or {}).items():
            if not re.fullmatch("[A-Z]{2}", str(country)) or not isinstance(names, list):
                raise file.error(f"{country}: a country's two letters and a list of cities are wanted", (country,))
            cities |= {str(name).casefold(): str(country) for name in names}
    return cities


def masses(hits: Sequence[TopicHit], where: Place, length: int) -> dict[str, float]:
    """Topic id -> weight of its distinct terms, headline and lead counted more, repetition little."""
    best: dict[str, dict[str, float]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for hit in hits:
        at = 2.5 if hit.field == "title" else 1.6 if hit.start < where.lead else 1.0 if hit.start < max(1500, length // 3) else 0.6
        terms = best.setdefault(hit.topic, {})
        terms[hit.term] = max(terms.get(hit.term, 0.0), hit.weight * at)
        counts[hit.topic, hit.term] += 1
    return {topic: sum(value * (1 + 0.25 * math.log(counts[topic, term])) for term, value in terms.items()) for topic, terms in best.items()}


def features(title: str, text: str, entities: Sequence[Entity], hits: Sequence[TopicHit], topics: Topics,
             countries_of: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """What the relevance model looks at."""
    where = place(text)
    mass = masses(hits, where, len(text))
    other = sum(value for topic, value in mass.items() if topic in topics.others)
    own = sorted((value for topic, value in mass.items() if topic not in topics.others), reverse=True)
    head_hits = [hit for hit in hits if hit.topic not in topics.others and (hit.field == "title" or hit.start < where.lead)]
    local: Counter[str] = Counter()
    foreign = 0.0
    title_local = lead_local = afghan = 0.0
    for entity in entities:
        if entity.field == "text" and entity.start < where.dateline:
            continue
        lands = countries_of.get(entity.id or "", ())
        regional = bool(REGION & set(lands)) or entity.id == "area:central-asia"
        weight = 1.0 if entity.type == "country" else 0.8
        if regional:
            local["all"] += 1
            title_local = max(title_local, weight if entity.field == "title" else 0.0)
            lead_local += weight if entity.field == "text" and entity.start < where.lead else 0.0
        elif "AF" in lands:
            afghan += 1.5 if entity.field == "title" else 1.0
        else:
            foreign += 1.0
    total = local["all"] + afghan + foreign
    sentences = spans(text)
    strong = [hit for hit in hits if hit.topic not in topics.others and hit.field == "text" and hit.weight >= 0.8]
    named = [entity for entity in entities if entity.field == "text" and entity.start >= where.dateline and (
        REGION & set(countries_of.get(entity.id or "", ())) or entity.id == "area:central-asia")]
    starts = [start for start, _ in sentences]
    together = len({bisect_right(starts, hit.start) for hit in strong} & {bisect_right(starts, entity.start) for entity in named})
    groups = sum(entity.type == "armed_group" for entity in entities)
    return {
        "bias": 1.0,
        "topic": math.log1p(own[0] if own else 0.0),
        "second": math.log1p(own[1] if len(own) > 1 else 0.0),
        "head": math.log1p(sum(hit.weight for hit in head_hits)),
        "title_topic": min(2.0, sum(hit.weight for hit in hits if hit.field == "title" and hit.topic not in topics.others)),
        "other": math.log1p(other),
        "other_head": min(3.0, float(sum(1 for hit in hits if hit.topic in topics.others and (hit.field == "title" or hit.start < where.lead)))),
        "other_over": math.log1p(other) - math.log1p(own[0] if own else 0.0),
        "title_local": title_local,
        "lead_local": min(2.0, lead_local),
        "local": math.log1p(local["all"]),
        "share": (local["all"] + 0.7 * afghan) / total if total else 0.0,
        "afghan": math.log1p(afghan),
        "foreign": math.log1p(foreign),
        "together": math.log1p(together),
        "groups": min(2.0, math.log1p(groups)),
        "none": 0.0 if local["all"] or afghan else 1.0,
        "density": min(3.0, 1000 * sum(own) / (len(text) + len(title) + 200)),
    }


def spans(text: str) -> list[tuple[int, int]]:
    """The sentences of a text's first 60,000 characters; the last one takes the rest."""
    ends = [match.end() for match in _SENTENCE.finditer(text[:60_000])]
    starts = [0, *ends]
    return list(zip(starts, [*ends, len(text)], strict=True))


def topic_features(topic: str, mass: Mapping[str, float], hits: Sequence[TopicHit], where: Place, topics: Topics) -> dict[str, float]:
    """What the topic model looks at, for one topic with hits."""
    own = {name: value for name, value in mass.items() if name not in topics.others}
    ranked = sorted(own.values(), reverse=True)
    value = own[topic]
    rank = ranked.index(value)
    mine = [hit for hit in hits if hit.topic == topic]
    return {
        "bias": 1.0,
        "mass": math.log1p(value),
        "ratio": value / ranked[0],
        "first": 1.0 if rank == 0 else 0.0,
        "second": 1.0 if rank == 1 else 0.0,
        "later": 1.0 if rank > 2 else 0.0,
        "title": min(2.0, sum(hit.weight for hit in mine if hit.field == "title")),
        "lead": min(3.0, sum(hit.weight for hit in mine if hit.field == "text" and hit.start < where.lead)),
        "distinct": math.log1p(len({hit.term for hit in mine})),
        "strongest": max(hit.weight for hit in mine),
        "total": math.log1p(sum(own.values())),
    }


@lru_cache(maxsize=1)
def weights() -> dict[str, dict[str, float]]:
    """The fitted weights: model -> feature -> weight, and thresholds."""
    loaded: dict[str, dict[str, float]] = json.loads((files("wirefeed.tags") / "relevance.json").read_text("utf-8"))
    return loaded


def probability(model: str, values: Mapping[str, float]) -> float:
    """Logistic of the weighted sum."""
    own = weights()[model]
    total = sum(own.get(name, 0.0) * value for name, value in values.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def explained(model: str, values: Mapping[str, float]) -> list[str]:
    """One line a feature that weighs, the heaviest first."""
    own = weights()[model]
    parts = sorted(((own.get(name, 0.0) * value, name, value) for name, value in values.items() if name != "bias"), key=lambda part: -abs(part[0]))
    return [f"{name} {value:.2f} -> {weight:+.2f}" for weight, name, value in parts if abs(weight) >= 0.05]
