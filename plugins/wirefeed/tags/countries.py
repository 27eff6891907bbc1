"""Which countries a story is about: the features of the country model. Not every country that is mentioned is one the story is about."""

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from wirefeed.model import Entity
from wirefeed.tags.reading import REGION, Reading

_YEAR = re.compile(r"(?<!\d)(?:19\d\d|20[0-4]\d)(?!\d)")
# Before a name: birthplace, origin, neighbour, comparison, memory. Such a mention does not make a country a party to the story.
_PASSING = re.compile(
    r"(?:born in|native of|grew up in|lived in|came from|originally from|neighbou?ring|border with|borders? (?:on )?|like|unlike|as in|veterans? of|"
    r"student from|students from|tourists? from|guests? from|listed (?:also )?in|fought in|served in|similar to|than in|once in|visitors? from|used cars from|"
    r"родил\w* в|урожен\w+|выход\w+ из|приехал\w* из|жил\w* в|вырос\w* в|соседн\w+|границ\w* с|гранич\w+ с|как (?:и )?в|в отличие от|по сравнению с|"
    r"ветеран\w*|воева\w+ в|служил\w* (?:в|под)|вывод\w* [^.\n]{0,30} из|гост\w+ из|студент\w* из|турист\w* из|экипаж\w* из|команд\w* из)\s+(?:the\s+)?$", re.I)
_BEFORE = re.compile(r"(?:^|[\s«“\"(])(\w+)\s+(?:the\s+)?[«“\"]?$")
_LINKS = {word: kind for kind, words in {
    "in": "in at near inside across outside throughout around into within в во на под близ около через дар در",
    "from": "from out из от аз از", "to": "to for toward towards against к ко для против ба به", "with": "with between and с со между и бо با ва و", "by": "by",
    "of": "of"}.items() for word in words.split()}
_CASES = (("from", re.compile(r"(?:д|т|н)[аеоө]н$|[dt][ae]n$")), ("in", re.compile(r"(?:д|т)[аеоө]$|[dt][ae]$|[dt]aky$|[дт][ае][ғг]ы$|dagi$|даги$")),
          ("to", re.compile(r"(?:г|ғ|к|қ)[аеоө]$|[gkq][ae]$")))
_VERB = re.compile(r"(?:['’]s (?:president|prime|foreign|defen[cs]e|government|army|ministry|parliament|security) )?\s*(?:\w+ly )?"
                   r"(?:has|have|had|will|would|may|says|said|is|was|are|were|and|wants?|plans?|\w{3,}ed|\w{3,}s)\b")
_SHARED = 4  # a place or body of so many countries (the Caspian) brings none of them in
_LIST = 4  # countries in one sentence from which on it is a list
_BODIES = frozenset({"armed_group", "security_service", "base", "ministry", "border_service", "agency", "military"})
_PLACES = frozenset({"city", "region", "village", "border_crossing", "dam", "river", "facility", "canal"})


class Mention(NamedTuple):
    """One name with a country, and how it stands in its sentence (-1: the headline)."""

    entity: Entity
    lands: frozenset[str]
    sentence: int
    link: str  # in, from, to, with, by, of, or ""
    subject: bool
    passing: bool
    quoted: bool


class Scene(NamedTuple):
    """What the country model needs of a story, made once for all its countries."""

    it: Reading
    mentions: tuple[Mention, ...]
    crowd: Mapping[int, int]  # sentence -> countries in it
    topical: frozenset[int]  # sentences with a topic's term
    dated: frozenset[int]  # sentences that name a year: mostly background
    theme: int  # mentions of Central Asia
    relevant: float
    played: str | None = None  # the country of the dateline's city, where the gazetteer lacks the city


def scene(it: Reading, relevant: float, played: str | None = None) -> Scene:
    """Sentences of a text with the countries in each."""
    placed: list[Mention] = []
    crowd: dict[int, set[str]] = {}
    for one in it.entities:
        own = frozenset(it.lands.get(one.id or "", ()))
        if not own or len(own) >= _SHARED:
            continue
        placed.append(_mention(one, own, it))
        if one.field == "text" and one.start >= it.where.dateline:
            crowd.setdefault(placed[-1].sentence, set()).update(own)
    ends = [*it.starts[1:], len(it.text)]
    dated = {number for number in crowd if _YEAR.search(it.text, max(it.where.dateline, it.starts[number]), ends[number])}
    topical = {it.sentence(hit.start) for hit in it.hits if hit.field == "text" and it.topical(hit)}
    return Scene(it, tuple(placed), {number: len(found) for number, found in crowd.items()}, frozenset(topical), frozenset(dated),
                 sum(one.id == "area:central-asia" for one in it.entities), relevant, played)


def _mention(one: Entity, own: frozenset[str], it: Reading) -> Mention:
    content = it.title if one.field == "title" else it.text
    sentence = -1 if one.field == "title" else it.sentence(one.start)
    begin = max(it.where.dateline, it.starts[sentence]) if sentence >= 0 else 0
    before, after = content[max(begin, one.start - 60):one.start], content[one.end:one.end + 40]
    found = _BEFORE.search(before)
    link = _LINKS.get(found[1].lower(), "") if found else ""
    if not link and it.language not in ("en", "ru", "fa"):
        link = next((kind for kind, ending in _CASES if ending.search(one.text.lower())), "")
    subject = not link and (one.start - begin < 25 or (it.language == "en" and _VERB.match(after) is not None))
    quoted = before.rfind("«") > before.rfind("»") or before.rfind("“") > before.rfind("”") or content.count('"', begin, one.start) % 2 == 1
    return Mention(one, own, sentence, link, subject, _PASSING.search(before) is not None, quoted)


def country_features(country: str, made: Scene) -> dict[str, float]:
    """What the country model looks at, for one country that is mentioned."""
    it, relevant = made.it, made.relevant
    where, length = it.where, len(it.text)
    mine = [one for one in made.mentions if country in one.lands]
    head = [one for one in mine if one.sentence < 0]
    body = [one for one in mine if one.sentence >= 0 and one.entity.start >= where.dateline]
    counted = [one for one in made.mentions if one.sentence < 0 or one.entity.start >= where.dateline]
    dateline = made.played == country or any(one.sentence >= 0 and one.entity.start < where.dateline for one in mine)
    name = f"country:{country}"
    named = [one for one in (*head, *body) if one.entity.id == name]
    region, afghan = country in REGION, country == "AF"
    outside = float(not region and not afghan)
    early = [one for one in body if one.entity.start < where.lead]
    leading = {land for one in counted if one.sentence >= 0 and one.entity.start < where.lead for land in one.lands if land in REGION}
    numbers: dict[str, int] = {}
    first: dict[str, int] = {}
    for one in counted:
        for land in one.lands:
            numbers[land] = numbers.get(land, 0) + 1
            first.setdefault(land, len(first))
    solid = [one for one in body if made.crowd[one.sentence] < _LIST and one.sentence not in made.dated]
    topical = {one.sentence for one in body if one.sentence in made.topical}
    links = {kind: sum(one.link == kind for one in (*head, *body)) for kind in ("in", "from", "to", "with", "by", "of")}
    subject, everywhere = sum(one.subject for one in body), {land for one in made.mentions for land in one.lands}
    start = min((one.entity.start for one in body), default=length)
    alone = [one for one in (*head, *body) if len(one.lands) == 1]
    return {
        "bias": 1.0,
        "title": float(bool(head)),
        "title_subject": float(any(one.subject for one in head)),
        "lead": min(2.0, float(len(early))),
        "count": math.log1p(len(body)),
        "sole": math.log1p(len(alone)),
        "shared_only": float(not alone and not dateline),
        "share": len(body) / max(1, len(counted)),
        "most": numbers.get(country, 0) / max(numbers.values(), default=1),
        "rank": math.log1p(first.get(country, len(first))),
        "name": float(bool(named)),
        "names": math.log1p(len(named)),
        "first": start / max(length, 1),
        "dateline": float(dateline),
        "dateline_only": float(dateline and not body and not head),
        "dateline_title": float(dateline and bool(head)),
        "elsewhere": float(made.played is not None and made.played != country),
        "region": float(region),
        "afghan": float(afghan),
        "relevant": relevant,
        "relevant_region": relevant * region,
        "relevant_outside": relevant * outside,
        "relevant_title": relevant * bool(head),
        "relevant_lead": relevant * bool(early),
        "relevant_count": relevant * math.log1p(len(body)),
        "outside_lead": (1.0 - relevant) * outside * bool(early),
        "person": min(2.0, float(sum(one.entity.type == "person" for one in mine))),
        "person_lead": float(any(one.entity.type == "person" for one in (*head, *early))),
        "by_group": float(any(one.entity.type in _BODIES for one in mine)),
        "by_place": math.log1p(sum(one.entity.type in _PLACES for one in body)),
        "place_lead": float(any(one.entity.type in _PLACES for one in early)),
        "list": float(region and len(leading) >= 3),
        "relevant_list": relevant * float(region and len(leading) >= 3),
        "region_again": float(region and len(body) >= 2),
        "once_inside": float(region and len(body) == 1 and not head) * relevant,
        "once_outside": outside * float(len(body) == 1 and not head),
        "theme": math.log1p(made.theme) if region else 0.0,
        "afghan_relevant": relevant * math.log1p(len(body)) if afghan else 0.0,
        "short": float(length < 700),
        "rivals": math.log1p(len(numbers)),
        "sentences": math.log1p(len({one.sentence for one in body})),
        "solid": math.log1p(len(solid)),
        "topical": relevant * math.log1p(len(topical)),
        "topical_outside": relevant * outside * math.log1p(len(topical)),
        "subject": math.log1p(subject),
        "subject_outside": relevant * outside * math.log1p(subject),
        "in": math.log1p(links["in"]),
        "from": math.log1p(links["from"]),
        "to": math.log1p(links["to"]),
        "with": math.log1p(links["with"]),
        "by": math.log1p(links["by"]),
        "of": math.log1p(links["of"]),
        "quoted_only": float(bool(body) and not head and all(one.quoted for one in body)),
        "passing_only": float(bool(body) and not head and all(one.passing for one in body)),
        "passing": math.log1p(sum(one.passing for one in body)),
        "dated_only": float(bool(body) and not head and not early and all(one.sentence in made.dated for one in body)),
        "alone": float(len(everywhere) <= 1),
        "last_only": float(bool(body) and not head and start > 0.75 * length),
        "middle_only": float(bool(body) and not head and not early and start <= 0.75 * length),
    }
