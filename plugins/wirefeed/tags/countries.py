"""Which countries a story is about: the features of the country model. Not every country that is mentioned is one the story is about."""

import math
import re
from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from wirefeed.model import Entity
from wirefeed.tags.asides import Asides, asides
from wirefeed.tags.boilerplate import reading
from wirefeed.tags.reading import REGION, Reading
from wirefeed.tags.standing import Mention

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
    mentions: Sequence[Mention]
    of: Mapping[str, Sequence[Mention]]  # country -> its mentions
    aside: Asides  # of the text
    titled: Asides
    salience: Mapping[str, float]  # country -> its mentions, early ones and those that act counted more
    top: frozenset[int]  # sentences that name the most salient country
    relevant: float
    played: frozenset[str]  # the countries of the cities that the dateline names
    numbers: Mapping[str, int]  # country -> mentions outside the dateline
    leading: int  # countries of the region in the lead
    among: int  # countries of the region outside the dateline

    def dated(self, one: Mention) -> bool:
        """Its sentence names a year: mostly background."""
        text, number, starts = self.it.text, one.sentence, self.it.starts
        first, last = max(self.it.where.dateline, starts[number]), starts[number + 1] if number + 1 < len(starts) else len(text)
        return any(not text[year.start() - 1:year.start()].isdigit() for year in _YEAR.finditer(text, first, last))

    def beside(self, one: Mention) -> bool:
        """It stands after "also", "other", "unlike" in its sentence."""
        if one.sentence < 0:
            return self.titled.others.within(0, one.entity.end)
        begin = max(self.it.where.dateline, self.it.starts[one.sentence], one.entity.start - _LONGEST)
        return self.aside.others.within(begin, one.entity.end)


def scene(it: Reading, relevant: float, cities: Sequence[tuple[Entity, str]] = (), adjectives: Set[str] = frozenset()) -> Scene:
    """Sentences of a text with the countries in each. ``cities``: outside cities that the gazetteer lacks, and their countries; ``adjectives``: of countries,
    normalised."""
    every = [(name, it.lands[name.id]) for name in it.entities if name.id in it.lands]
    if cities:
        every += [(name, frozenset((land,))) for name, land in cities]
        every.sort(key=lambda pair: (pair[0].field != "title", pair[0].start))
    dateline, lead = it.where
    placed: list[Mention] = []
    of: dict[str, list[Mention]] = {}
    crowd: dict[int, set[str]] = {}
    numbers: dict[str, int] = {}
    played: set[str] = set()
    leading: set[str] = set()
    last = None
    for name, own in every:
        if not own or len(own) >= _SHARED:
            continue
        last = Mention(name, own, it, last, adjectives)
        placed.append(last)
        for land in own:
            of.setdefault(land, []).append(last)
        if last.sentence >= 0:
            if name.start < dateline:
                played |= own
                continue
            crowd.setdefault(last.sentence, set()).update(own)
            if name.start < lead:
                leading |= own
        for land in own:
            numbers[land] = numbers.get(land, 0) + 1
    aside, titled = asides(reading(it.text)[0]), asides(reading(it.title)[0])
    ends = [*it.starts[1:], len(it.text)]
    past = frozenset(number for number in crowd if aside.past.within(max(dateline, it.starts[number]), min(ends[number], it.starts[number] + _LONGEST)))
    salience = _salience(placed, it, past, crowd)
    top = max(salience, key=lambda land: salience[land], default="")
    return Scene(it, placed, of, aside, titled, salience, frozenset([one.sentence for one in of.get(top, ())]), relevant, frozenset(played), numbers,
                 len(leading & REGION), len(REGION.intersection(numbers)))


def _salience(placed: Sequence[Mention], it: Reading, past: Set[int], crowd: Mapping[int, Set[str]]) -> dict[str, float]:
    made: dict[str, float] = {}
    dateline, fade = it.where.dateline, max(600.0, len(it.text) / 2)
    for one in placed:
        if one.sentence < 0:
            weight = 2.5
        elif one.entity.start < dateline:
            weight = 0.7
        else:
            weight = 1.5 * math.exp(-one.entity.start / fade)
        weight *= (0.5 if one.passing or one.sentence in past else 1.0) * (0.6 if len(crowd.get(one.sentence, ())) >= _LIST else 1.0)
        weight *= 1.4 if one.subject or one.actor else 1.0
        for land in sorted(one.lands):  # a set has another order in each process
            made[land] = made.get(land, 0.0) + weight
    return made


def country_features(country: str, made: Scene) -> dict[str, float]:
    """What the country model looks at, for one country that is mentioned."""
    it, relevant, where = made.it, made.relevant, made.it.where
    mine = made.of.get(country, ())
    head = [one for one in mine if one.sentence < 0]
    body = [one for one in mine if one.sentence >= 0 and one.entity.start >= where.dateline]
    early = [one for one in body if one.entity.start < where.lead]
    told = (*head, *body)  # all but the dateline
    dateline, region = country in made.played, country in REGION
    outside = float(not region and country != "AF")
    late = bool(body) and not head
    subject = math.log1p(len([one for one in body if one.subject]))
    types = [one.entity.type for one in mine]
    links = [one.link for one in told]
    among = made.among
    return {
        "bias": 1.0,
        "title": float(bool(head)),
        "most": made.numbers.get(country, 0) / max(made.numbers.values(), default=1),
        "salience": math.log1p(made.salience.get(country, 0.0)),
        "sentences": math.log1p(len({one.sentence for one in body})),
        "shared_only": float(not dateline and all(len(one.lands) > 1 for one in told)),
        "apart": float(bool(body) and made.top.isdisjoint([one.sentence for one in told])),
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
        "person": min(2.0, float(types.count("person"))),
        "by_group": float(not _BODIES.isdisjoint(types)),
        "by_place": math.log1p(len([one for one in body if one.entity.type in _PLACES])),
        "state_lead": float(any(one.kind == "state" for one in (*head, *early))),
        "subject": subject,
        "subject_outside": relevant * outside * subject,
        "acts": math.log1p(len([one for one in told if one.subject and not one.says])) if it.language in _WORD_ORDER else 0.0,
        "says_only": float(late and not early and all(one.says for one in body)),
        "in": math.log1p(links.count("in")),
        "by": math.log1p(links.count("by")),
        "list": float(region and made.leading >= 3),
        "four": relevant * float(region and among >= 4),
        "five": relevant * float(region and among == 5),
        "region_again": float(region and len(body) >= 2),
        "once_inside": float(region and len(body) == 1 and not head) * relevant,
        "chained_only": float(bool(told) and all(one.chained for one in told)),
        "quoted_only": float(late and all(one.quoted for one in body)),
        "beside_only": float(bool(told) and all(map(made.beside, told))),
        "dated_only": float(late and not early and all(map(made.dated, body))),
        "last_only": float(late and body[0].entity.start > 0.75 * len(it.text)),
        "ending_only": float(late and all(one.sentence >= len(it.starts) - 2 for one in body)),
    }
