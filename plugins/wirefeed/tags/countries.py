"""Which countries a story is about: the features of the country model. Not every country that is mentioned is one the story is about."""

import math
import re
from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from wirefeed.model import Entity
from wirefeed.tags.asides import Asides, asides
from wirefeed.tags.boilerplate import reading
from wirefeed.tags.reading import REGION, Reading
from wirefeed.tags.standing import Mention, mention

_YEAR = re.compile(r"[12](?:(?<=1)9\d\d|(?<=2)0[0-4]\d)(?!\d)")  # starts with a set: many times faster than with a look-behind
_SHARED = 4  # a place or body of so many countries (the Caspian) brings none of them in
_WORD_ORDER = frozenset({"en", "ru"})  # where a name that opens a sentence or stands before a verb is its subject
_LONGEST = 400  # characters of a sentence that are looked at for words that look back
_LIST = 4  # countries in one sentence from which on it is a list
_BODIES = frozenset({"armed_group", "security_service", "base", "ministry", "border_service", "agency", "military"})
_PLACES = frozenset({"city", "region", "village", "border_crossing", "dam", "river", "facility", "canal"})


class Scene(NamedTuple):
    """What the country model needs of a story, made once for all its countries."""

    it: Reading
    mentions: tuple[Mention, ...]
    dated: frozenset[int]  # sentences that name a year: mostly background
    beside: tuple[bool, ...]  # of each mention: after "also", "other", "unlike" in its sentence
    salience: Mapping[str, float]  # country -> its mentions, early ones and those that act counted more
    top: frozenset[int]  # sentences that name the most salient country
    relevant: float
    played: frozenset[str]  # the countries of the cities that the dateline names
    numbers: Mapping[str, int]  # country -> mentions outside the dateline
    leading: int  # countries of the region in the lead


def scene(it: Reading, relevant: float, cities: Sequence[tuple[Entity, str]] = (), adjectives: Set[str] = frozenset()) -> Scene:
    """Sentences of a text with the countries in each. ``cities``: outside cities that the gazetteer lacks, and their countries; ``adjectives``: of countries,
    normalised."""
    placed: list[Mention] = []
    crowd: dict[int, set[str]] = {}
    every = [(name, frozenset(it.lands.get(name.id or "", ()))) for name in it.entities] + [(name, frozenset((land,))) for name, land in cities]
    if cities:
        every.sort(key=lambda pair: (pair[0].field != "title", pair[0].start))
    for name, own in every:
        if not own or len(own) >= _SHARED:
            continue
        placed.append(mention(name, own, it, placed[-1] if placed else None, adjectives))
        if name.field == "text" and name.start >= it.where.dateline:
            crowd.setdefault(placed[-1].sentence, set()).update(own)
    ends = [*it.starts[1:], len(it.text)]
    dated = {it.sentence(year.start()) for year in _YEAR.finditer(it.text, it.where.dateline) if not it.text[year.start() - 1:year.start()].isdigit()}
    aside = asides(reading(it.text)[0])
    past = frozenset(number for number in crowd if aside.past.within(max(it.where.dateline, it.starts[number]), min(ends[number], it.starts[number] + _LONGEST)))
    played = frozenset(land for one in placed if one.sentence >= 0 and one.entity.start < it.where.dateline for land in one.lands)
    counted = [one for one in placed if one.sentence < 0 or one.entity.start >= it.where.dateline]
    numbers: dict[str, int] = {}
    for one in counted:
        for land in one.lands:
            numbers[land] = numbers.get(land, 0) + 1
    salience = _salience(placed, it, past, crowd)
    titled = asides(reading(it.title)[0])
    top = max(salience, key=lambda land: salience[land], default="")
    leading = {land for one in counted if one.sentence >= 0 and one.entity.start < it.where.lead for land in one.lands if land in REGION}
    return Scene(it, tuple(placed), frozenset(dated), tuple(_beside(one, it, titled if one.sentence < 0 else aside) for one in placed), salience, frozenset(one.sentence for one in placed if top in one.lands),
                 relevant, played, numbers, len(leading))


def _beside(one: Mention, it: Reading, aside: Asides) -> bool:
    begin = 0 if one.sentence < 0 else max(it.where.dateline, it.starts[one.sentence], one.entity.start - _LONGEST)
    return aside.others.within(begin, one.entity.end)


def _salience(placed: Sequence[Mention], it: Reading, past: Set[int], crowd: Mapping[int, Set[str]]) -> dict[str, float]:
    made: dict[str, float] = {}
    for one in placed:
        if one.sentence < 0:
            weight = 2.5
        elif one.entity.start < it.where.dateline:
            weight = 0.7
        else:
            weight = 1.5 * math.exp(-one.entity.start / max(600.0, len(it.text) / 2))
        weight *= (0.5 if one.passing or one.sentence in past else 1.0) * (0.6 if len(crowd.get(one.sentence, ())) >= _LIST else 1.0)
        weight *= 1.4 if one.subject or one.actor else 1.0
        for land in sorted(one.lands):  # a set has another order in each process
            made[land] = made.get(land, 0.0) + weight
    return made


def country_features(country: str, made: Scene) -> dict[str, float]:
    """What the country model looks at, for one country that is mentioned."""
    it, relevant, where = made.it, made.relevant, made.it.where
    mine = [one for one in made.mentions if country in one.lands]
    head = [one for one in mine if one.sentence < 0]
    body = [one for one in mine if one.sentence >= 0 and one.entity.start >= where.dateline]
    early = [one for one in body if one.entity.start < where.lead]
    told = (*head, *body)  # all but the dateline
    beside = [also for one, also in zip(made.mentions, made.beside, strict=True) if country in one.lands and (one.sentence < 0 or one.entity.start >= where.dateline)]
    dateline, region = country in made.played, country in REGION
    outside = float(not region and country != "AF")
    late = bool(body) and not head
    subject = math.log1p(sum(one.subject for one in body))
    among = len(REGION.intersection(made.numbers))
    return {
        "bias": 1.0,
        "title": float(bool(head)),
        "most": made.numbers.get(country, 0) / max(made.numbers.values(), default=1),
        "salience": math.log1p(made.salience.get(country, 0.0)),
        "sentences": math.log1p(len({one.sentence for one in body})),
        "shared_only": float(not dateline and all(len(one.lands) > 1 for one in told)),
        "apart": float(bool(body) and all(one.sentence not in made.top for one in told)),
        "dateline": float(dateline),
        "dateline_only": float(dateline and not told),
        "dateline_title": float(dateline and bool(head)),
        "region": float(region),
        "afghan": float(country == "AF"),
        "relevant": relevant,
        "relevant_region": relevant * region,
        "relevant_outside": relevant * outside,
        "relevant_title": relevant * bool(head),
        "relevant_lead": relevant * bool(early),
        "relevant_count": relevant * math.log1p(len(body)),
        "outside_lead": (1.0 - relevant) * outside * bool(early),
        "person": min(2.0, float(sum(one.entity.type == "person" for one in mine))),
        "by_group": float(any(one.entity.type in _BODIES for one in mine)),
        "by_place": math.log1p(sum(one.entity.type in _PLACES for one in body)),
        "state_lead": float(any(one.kind == "state" for one in (*head, *early))),
        "subject": subject,
        "subject_outside": relevant * outside * subject,
        "acts": math.log1p(sum(one.subject and not one.says for one in told)) if it.language in _WORD_ORDER else 0.0,
        "says_only": float(late and not early and all(one.says for one in body)),
        "in": math.log1p(sum(one.link == "in" for one in told)),
        "by": math.log1p(sum(one.link == "by" for one in told)),
        "list": float(region and made.leading >= 3),
        "four": relevant * float(region and among >= 4),
        "five": relevant * float(region and among == 5),
        "region_again": float(region and len(body) >= 2),
        "once_inside": float(region and len(body) == 1 and not head) * relevant,
        "chained_only": float(bool(told) and all(one.chained for one in told)),
        "quoted_only": float(late and all(one.quoted for one in body)),
        "beside_only": float(bool(told) and all(beside)),
        "dated_only": float(late and not early and all(one.sentence in made.dated for one in body)),
        "last_only": float(late and body[0].entity.start > 0.75 * len(it.text)),
        "ending_only": float(late and all(one.sentence >= len(it.starts) - 2 for one in body)),
    }
