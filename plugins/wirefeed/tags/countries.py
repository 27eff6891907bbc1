"""Which countries a story is about: the features of the country model. Not every country that is mentioned is one the story is about."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wirefeed.model import Entity
from wirefeed.tags.relevance import REGION, Place, place, spans
from wirefeed.tags.topics import TopicHit

_YEAR = re.compile(r"(?<!\d)(?:19\d\d|20[0-4]\d)(?!\d)")
# Before a name: birthplace, origin, neighbour, comparison, memory. Such a mention does not make a country a party to the story.
_PASSING = re.compile(
    r"(?:born in|native of|grew up in|lived in|came from|originally from|neighbou?ring|border with|borders? (?:on )?|like|unlike|as in|veterans? of|"
    r"student from|students from|tourists? from|guests? from|listed (?:also )?in|fought in|served in|similar to|than in|"
    r"родил\w* в|урожен\w+|выход\w+ из|приехал\w* из|жил\w* в|вырос\w* в|соседн\w+|границ\w* с|гранич\w+ с|как (?:и )?в|в отличие от|по сравнению с|"
    r"ветеран\w*|воева\w+ в|служил\w* (?:в|под)|вывод\w* [^.\n]{0,30} из|гост\w+ из|студент\w* из|турист\w* из)\s+(?:the\s+)?$", re.I)
_SHARED = 4  # a place or body of so many countries (the Caspian) brings none of them in
_LIST = 4  # countries in one sentence from which on it is a list
_BODIES = frozenset({"armed_group", "security_service", "base", "ministry"})
_PLACES = frozenset({"city", "region", "village", "border_crossing", "dam", "river"})


class Scene(NamedTuple):
    """What the country model needs of a story, made once for all its countries."""

    where: Place
    length: int
    mentions: tuple[tuple[Entity, frozenset[str], int], ...]  # entity, its countries, its sentence (-1: the headline); those with a country
    crowd: Mapping[int, int]  # sentence -> countries in it
    topical: frozenset[int]  # sentences with a topic's term
    dated: frozenset[int]  # sentences that name a year: mostly background
    starts: tuple[int, ...]  # where each sentence starts
    theme: int  # mentions of Central Asia
    relevant: float
    played: str | None = None  # the country of the dateline's city, where the gazetteer lacks the city
    passing: frozenset[int] = frozenset()  # where a mention in passing starts


def scene(text: str, entities: Sequence[Entity], hits: Sequence[TopicHit], others: frozenset[str], lands: Mapping[str, Sequence[str]],
          relevant: float, played: str | None = None) -> Scene:
    """Sentences of a text with the countries in each."""
    where, sentences = place(text), spans(text)
    number = 0
    placed: list[tuple[Entity, frozenset[str], int]] = []
    crowd: dict[int, set[str]] = {}
    for one in sorted(entities, key=lambda one: one.start):
        own = frozenset(lands.get(one.id or "", ()))
        if not own or len(own) >= _SHARED:
            continue
        if one.field == "title":
            placed.append((one, own, -1))
            continue
        while number + 1 < len(sentences) and one.start >= sentences[number][1]:
            number += 1
        placed.append((one, own, number))
        if one.start >= where.dateline:
            crowd.setdefault(number, set()).update(own)
    dated = {number for number in crowd if _YEAR.search(text, max(where.dateline, sentences[number][0]), sentences[number][1])}
    topical: set[int] = set()
    number = 0
    for hit in sorted((hit for hit in hits if hit.field == "text" and hit.topic not in others), key=lambda hit: hit.start):
        while number + 1 < len(sentences) and hit.start >= sentences[number][1]:
            number += 1
        topical.add(number)
    return Scene(where, len(text), tuple(placed), {number: len(found) for number, found in crowd.items()}, frozenset(topical), frozenset(dated),
                 tuple(start for start, _ in sentences), sum(one.id == "area:central-asia" for one in entities), relevant, played,
                 frozenset(one.start for one, _, number in placed if number >= 0 and _PASSING.search(text, max(0, one.start - 60), one.start)))


def country_features(country: str, it: Scene) -> dict[str, float]:
    """What the country model looks at, for one country that is mentioned."""
    where, relevant = it.where, it.relevant
    mine = [(one, own, number) for one, own, number in it.mentions if country in own]
    body = [(one, own, number) for one, own, number in mine if number >= 0 and one.start >= where.dateline]
    counted = [own for one, own, number in it.mentions if number < 0 or one.start >= where.dateline]
    dateline = it.played == country or any(number >= 0 and one.start < where.dateline for one, _, number in mine)
    title = any(number < 0 for *_, number in mine)
    name = f"country:{country}"
    names = [one for one, _, number in mine if one.id == name and (number < 0 or one.start >= where.dateline)]
    region, afghan = country in REGION, country == "AF"
    outside = not region and not afghan
    early = [one for one, *_ in body if one.start < where.lead]
    everywhere = {land for _, own, _ in it.mentions for land in own}
    head = {land for one, own, number in it.mentions if number >= 0 and one.start < where.lead for land in own if land in REGION}
    solid = [number for *_, number in body if it.crowd[number] < _LIST and number not in it.dated]
    topical = {number for *_, number in body if number in it.topical}
    subject = sum(one.start - max(it.starts[number], where.dateline) < 25 for one, _, number in body)
    return {
        "bias": 1.0,
        "title": 1.0 if title else 0.0,
        "lead": min(2.0, float(len(early))),
        "count": math.log1p(len(body)),
        "sole": math.log1p(sum(len(own) == 1 for _, own, _ in body)),
        "share": len(body) / max(1, len(counted)),
        "name": 1.0 if names else 0.0,
        "names": math.log1p(len(names)),
        "first": min((one.start for one, *_ in body), default=it.length) / max(it.length, 1),
        "dateline": 1.0 if dateline else 0.0,
        "dateline_only": 1.0 if dateline and not body and not title else 0.0,
        "elsewhere": float(it.played is not None and it.played != country),
        "region": float(region),
        "afghan": float(afghan),
        "outside": float(outside),
        "relevant": relevant,
        "relevant_outside": relevant * outside,
        "person": min(2.0, float(sum(one.type == "person" for one, *_ in mine))),
        "relevant_lead": relevant * bool(early),
        "relevant_count": relevant * math.log1p(len(body)),
        "outside_lead": (1.0 - relevant) * bool(early),
        "list": float(region and len(head) >= 3),
        "by_group": float(any(one.type in _BODIES for one, *_ in mine)),
        "by_place": math.log1p(sum(one.type in _PLACES for one, *_ in body)),
        "region_relevant": relevant * region,
        "region_again": float(region and len(body) >= 2),
        "theme": math.log1p(it.theme) if region else 0.0,
        "afghan_relevant": relevant * math.log1p(len(body)) if afghan else 0.0,
        "short": 1.0 if it.length < 700 else 0.0,
        "rivals": math.log1p(len({land for own in counted for land in own})),
        "sentences": math.log1p(len({number for *_, number in body})),
        "solid": math.log1p(len(solid)),
        "topical": relevant * math.log1p(len(topical)),
        "topical_outside": relevant * outside * math.log1p(len(topical)),
        "subject": math.log1p(subject),
        "subject_outside": relevant * outside * math.log1p(subject),
        "passing_only": float(bool(body) and not title and all(one.start in it.passing for one, *_ in body)),
        "passing": math.log1p(sum(one.start in it.passing for one, *_ in body)),
        "alone": float(len(everywhere) <= 1),
        "dateline_title": float(dateline and title),
        "relevant_list": relevant * float(region and len(head) >= 3),
        "last_only": float(bool(body) and not title and min(one.start for one, *_ in body) > 0.75 * it.length),
        "once_inside": float(region and len(body) == 1 and not title) * relevant,
    }
