"""Which countries a story is about: the features of the country model. Not every country that is mentioned is one the story is about."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wirefeed.model import Entity
from wirefeed.tags.datelines import CITY
from wirefeed.tags.reading import REGION, Reading

_YEAR = re.compile(r"(?<!\d)(?:19\d\d|20[0-4]\d)(?!\d)")
# Before a name: birthplace, origin, neighbour, comparison, memory. Such a mention does not make a country a party to the story.
_PASSING = re.compile(
    r"(?:born in|native of|grew up in|lived in|came from|originally from|neighbou?ring|border with|borders? (?:on )?|like|unlike|as in|veterans? of|"
    r"student from|students from|tourists? from|guests? from|listed (?:also )?in|fought in|served in|similar to|than in|once in|visitors? from|used cars from|"
    r"родил\w* в|урожен\w+|выход\w+ из|приехал\w* из|жил\w* в|вырос\w* в|соседн\w+|границ\w* с|гранич\w+ с|как (?:и )?в|в отличие от|по сравнению с|"
    r"ветеран\w*|воева\w+ в|служил\w* (?:в|под)|вывод\w* [^.\n]{0,30} из|гост\w+ из|студент\w* из|турист\w* из|экипаж\w* из|команд\w* из)\s+(?:the\s+)?$", re.I)
_LINKS = {word: kind for kind, words in {
    "in": "in at near inside across outside throughout around into within в во на под близ около через дар در",
    "from": "from out из от аз از", "to": "to for toward towards against к ко для против ба به", "with": "with between с со между бо با", "by": "by",
    "of": "of"}.items() for word in words.split()}
_ALSO_PASSING = frozenset({"like", "unlike", "border", "borders", "on"})
_OPENING = " \n\t«“\"("
_CASES = (("from", re.compile(r"(?:д|т|н)[аеоө]н$|[dt][ae]n$")), ("in", re.compile(r"(?:д|т)[аеоө]$|[dt][ae]$|[dt]aky$|[дт][ае][ғг]ы$|dagi$|даги$")),
          ("to", re.compile(r"(?:г|ғ|к|қ)[аеоө]$|[gkq][ae]$")))
_JOINED = re.compile(r"(?:['’]s)?\s*(?:,|,?\s*(?:and|or|и|или|va|ва|жана|және|we|hem|و|—|–|-))\s*(?:the\s+)?")
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
    joined: bool = False


class Scene(NamedTuple):
    """What the country model needs of a story, made once for all its countries."""

    it: Reading
    mentions: tuple[Mention, ...]
    crowd: Mapping[int, int]  # sentence -> countries in it
    topical: frozenset[int]  # sentences with a topic's term
    dated: frozenset[int]  # sentences that name a year: mostly background
    theme: int  # mentions of Central Asia
    relevant: float
    played: frozenset[str]  # the countries of the cities that the dateline names
    counted: int  # mentions outside the dateline
    numbers: Mapping[str, int]  # country -> mentions outside the dateline
    order: Mapping[str, int]  # country -> its place in order of first mention
    leading: int  # countries of the region in the lead


def scene(it: Reading, relevant: float, cities: Sequence[tuple[Entity, str]] = ()) -> Scene:
    """Sentences of a text with the countries in each. ``cities``: outside cities that the gazetteer lacks, and their countries."""
    placed: list[Mention] = []
    crowd: dict[int, set[str]] = {}
    every = [(one, frozenset(it.lands.get(one.id or "", ()))) for one in it.entities] + [(one, frozenset((land,))) for one, land in cities]
    if cities:
        every.sort(key=lambda pair: (pair[0].field != "title", pair[0].start))
    for one, own in every:
        if not own or len(own) >= _SHARED:
            continue
        placed.append(_mention(one, own, it, placed[-1] if placed else None))
        if one.field == "text" and one.start >= it.where.dateline:
            crowd.setdefault(placed[-1].sentence, set()).update(own)
    ends = [*it.starts[1:], len(it.text)]
    years = "19" in it.text or "20" in it.text
    dated = {number for number in crowd if years and _YEAR.search(it.text, max(it.where.dateline, it.starts[number]), ends[number])}
    topical = {it.sentence(hit.start) for hit in it.hits if hit.field == "text" and it.topical(hit)} if relevant else set()
    played = frozenset(land for one in placed if one.sentence >= 0 and one.entity.start < it.where.dateline for land in one.lands)
    counted = [one for one in placed if one.sentence < 0 or one.entity.start >= it.where.dateline]
    numbers: dict[str, int] = {}
    order: dict[str, int] = {}
    for mention in counted:
        for land in sorted(mention.lands):  # a set has another order in each process
            numbers[land] = numbers.get(land, 0) + 1
            order.setdefault(land, len(order))
    leading = {land for one in counted if one.sentence >= 0 and one.entity.start < it.where.lead for land in one.lands if land in REGION}
    return Scene(it, tuple(placed), {number: len(found) for number, found in crowd.items()}, frozenset(topical), frozenset(dated),
                 sum(one.id == "area:central-asia" for one in it.entities), relevant, played,
                 len(counted), numbers, order, len(leading))


def _mention(one: Entity, own: frozenset[str], it: Reading, last: Mention | None) -> Mention:
    content = it.title if one.field == "title" else it.text
    sentence = -1 if one.field == "title" else it.sentence(one.start)
    begin = max(it.where.dateline, it.starts[sentence]) if sentence >= 0 else 0
    before, after = content[max(begin, one.start - 60):one.start], content[one.end:one.end + 40]
    if last is not None and last.entity.field == one.field and last.sentence == sentence and last.entity.end >= begin and \
            _JOINED.fullmatch(content, last.entity.end, max(one.start, last.entity.end)):
        return last._replace(entity=one, lands=own, joined=True)  # "Russia, Turkey and Iran": what holds for the first holds for all
    words = before.rstrip(_OPENING).lower().rsplit(None, 2)
    if len(words) > 1 and words[-1] == "the":
        del words[-1]
    word = words[-1].lstrip(_OPENING) if words else ""
    link = _LINKS.get(word, "")
    passing = (link != "" or word in _ALSO_PASSING or word[:5] in ("сосед", "neigh")) and _PASSING.search(before) is not None
    if not link and it.language not in ("en", "ru", "fa"):
        link = next((kind for kind, ending in _CASES if ending.search(one.text.lower())), "")
    subject = not link and (one.start - begin < 25 or (it.language == "en" and _VERB.match(after) is not None))
    quoted = before.rfind("«") > before.rfind("»") or before.rfind("“") > before.rfind("”") or ('"' in before and content.count('"', begin, one.start) % 2 == 1)
    return Mention(one, own, sentence, link, subject, passing, quoted)


def country_features(country: str, made: Scene) -> dict[str, float]:
    """What the country model looks at, for one country that is mentioned."""
    it, relevant = made.it, made.relevant
    where, length = it.where, len(it.text)
    mine = [one for one in made.mentions if country in one.lands]
    head = [one for one in mine if one.sentence < 0]
    body = [one for one in mine if one.sentence >= 0 and one.entity.start >= where.dateline]
    dateline = country in made.played
    name = f"country:{country}"
    named = [one for one in (*head, *body) if one.entity.id == name]
    region, afghan = country in REGION, country == "AF"
    outside = float(not region and not afghan)
    early = [one for one in body if one.entity.start < where.lead]
    solid = [one for one in body if made.crowd[one.sentence] < _LIST and one.sentence not in made.dated]
    topical = {one.sentence for one in body if one.sentence in made.topical}
    links = dict.fromkeys(("in", "from", "to", "with", "by", "of"), 0)
    for one in (*head, *body):
        if one.link:
            links[one.link] += 1
    subject, numbers = sum(one.subject for one in body), made.numbers
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
        "share": len(body) / max(1, made.counted),
        "most": numbers.get(country, 0) / max(numbers.values(), default=1),
        "rank": math.log1p(made.order.get(country, len(made.order))),
        "name": float(bool(named)),
        "names": math.log1p(len(named)),
        "first": start / max(length, 1),
        "dateline": float(dateline),
        "dateline_only": float(dateline and not body and not head),
        "dateline_title": float(dateline and bool(head)),
        "elsewhere": float(bool(made.played) and country not in made.played),
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
        "list": float(region and made.leading >= 3),
        "relevant_list": relevant * float(region and made.leading >= 3),
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
        "joined": math.log1p(sum(one.joined for one in (*head, *body))),
        "outside_city": float(any(one.entity.type == CITY for one in (*head, *body))),
        "person_only": float(bool(mine) and all(one.entity.type == "person" for one in mine)),
        "alone": float(len(numbers) <= 1),
        "last_only": float(bool(body) and not head and start > 0.75 * length),
        "middle_only": float(bool(body) and not head and not early and start <= 0.75 * length),
    }
