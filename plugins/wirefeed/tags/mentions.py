"""Gazetteer names in a text, with ambiguity resolved: context words, cues of the country, full names before surnames, the longest name wins."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from wirefeed.model import Entity, FieldName
from wirefeed.tags.boilerplate import reading
from wirefeed.tags.forms import Term
from wirefeed.tags.gazetteer import EntityEntry, Gazetteer
from wirefeed.tags.matcher import Form, Found, Matcher, longest
from wirefeed.tags.normalise import Normalised, folded, normalise, spaced

NEAR = 90  # characters within which a context word must stand
_LIST = r"(?:\s*(?:,|and|we|va|ва|и|жана|және|мен|و)\s*[^\W\d_][\w'‘’-]*){1,3}"  # Batken and Fergana regions: the plural only
_REGION_WORD = re.compile(
    rf"^(?:{_LIST}\s+(?:regions|provinces|oblasts|област(?:ей|ях|ям|ями)|провинци(?:й|ях|ям|ями)|вилоят(?:лар|ҳо)\w*|viloyatlar\w*|welaýatlar\w*|облустар\w*|"
    r"облыстар\w*|ولایات)|\s*(?:regions?|provinces?|oblasts?|област\w*|вилоят\w*|облус\w*|облыс\w*|viloyat\w*|welaýat\w*|велаят\w*|провинци\w*|уәлаят\w*|ولایت))\b|"
    r"(?:provinces? of|regions? of|oblast of|област\w*|провинци\w*|вилояти?|ولایت|ولایت‌های|ولایات|governors? of|губернатор\w*|волии|والی)\s*$", re.I)
_RIVER_WORD = re.compile(r"^\s*(?:river|дарё\w*|дарья|daryo\w*|derýa\w*|дары\w*|өзен\w*|суусу\w*)|"
                         r"(?:river|рек[аиеуой]+|дарёи|рӯди|дарё\w*|дарьи|رود|دریای|across the|banks? of(?: the)?|along the|over the|swam the|flow (?:in|of) the|"
                         r"\bthe|upper|lower|через|берег\w*|вдоль|соҳили|он сӯи|آن سوی)\s*$", re.I)
_TOWN_WORD = re.compile(r"\b(?:город[аеу]?|городом|г\.|cit(?:y|ies) of|town of|селе?|шаҳри|شهر)\s+$", re.I)
_REGION_HEADS = ("region", "province", "oblast", "област", "вилоят", "облус", "облыс", "viloyat", "welaýat", "велаят", "провинци", "уәлаят",
                 "ولای", "والی", "волии", "governor", "губернатор")
_AT_HOME = 3  # cues of its own country, which is named at least twice: then an armed group needs no other word beside it
_WATERS = frozenset({"river", "dam", "lake", "canal"})
_NEAR_ONLY = frozenset({"region", *_WATERS})  # what stands beside them decides, each time
_QUOTED_IS_ANOTHER = frozenset({"city", "region", "country"})
_ALSO_WORDS = frozenset({"US", "IS", "TIP", "NAT", "PAP", "OTS", "AFF"})
_OPENING, _CLOSING = frozenset("«“„‚‹\""), frozenset("»”“‘›\"")


class Mentions:
    """The gazetteer's automaton and the rules of resolution."""

    def __init__(self, gazetteer: Gazetteer, terms: Iterable[tuple[Form, Term]] | None = None) -> None:
        """``terms``: the gazetteer's forms, where they have been made before."""
        self._all = gazetteer.entities
        self._matcher: Matcher[Term] = Matcher(gazetteer.terms() if terms is None else terms)
        self._context = {entity.id: tuple(spaced(folded(word)).rstrip() for word in entity.context) for entity in gazetteer if entity.context}
        self._known = frozenset(entity.id for entity in gazetteer if _world_known(entity))
        self._names = {entity.id: entity.name for entity in gazetteer}
        self._first = {entity.id: frozenset(folded(name.split()[0]) for names in entity.names.values() for name in names if " " in name)
                       for entity in gazetteer if entity.type == "person"}

    def find(self, title: str, text: str, language: str) -> list[Entity]:
        """Mentions in document order, title first, without overlaps."""
        hits: list[tuple[FieldName, str, Normalised, list[Found[Term]]]] = []
        whole: list[Found[Term]] = []
        for field, content in (("title", title), ("text", text)):
            normal, skip = reading(content)
            own = [found for found in self._matcher.find(normal, language)
                   if not (skip.starts and skip.hold(found.start, found.end)) and (not found.form.upper or _capitals(found, content))]
            hits.append(("title" if field == "title" else "text", content, normal, own))
            whole += own
        if not whole:
            return []
        cues = self._cues(whole)
        full = Counter(found.term.entity for found in whole if found.term.kind == "name" and found.term.entity in self._first)
        made: list[Entity] = []
        for name, content, normal, own in hits:
            if not own:
                continue
            named = frozenset([found.end for found in own if found.term.kind in ("name", "adjective") and not found.term.ambiguous])
            sound = [found for found in own if self._sound(found, normal, content, cues, full, language, named)]
            # One sense a text: Ansarullah is the Tajik one throughout, once it is. In Persian a Monday would follow from one Dushanbe.
            if language != "fa" and len(sound) < len(own) and (sure := {one.term.entity for one in sound if one.term.kind == "name"}):
                counted = set(map(id, sound))
                sound += [found for found in own if found.term.ambiguous and found.term.kind == "name" and found.term.entity in sure
                          and id(found) not in counted and len(found.surface) > 3 and self._all[found.term.entity].type not in _NEAR_ONLY]
            made += self._chosen(name, longest(sound), content, cues, full, own)
        return made

    def knows(self, name: str, language: str) -> bool:
        """Whether the whole name is a form of some entity, in doubt or not."""
        return any(found.start == 0 and found.end == len(name) for found in self._matcher.find(normalise(name), language))

    def _cues(self, hits: Sequence[Found[Term]]) -> defaultdict[str, int]:
        """How strongly each country is present, by names that are not in doubt."""
        cues: defaultdict[str, int] = defaultdict(int)
        for found in hits:
            term = found.term
            if term.ambiguous or term.kind in ("surname", "never", "part"):
                continue
            entity = self._all[term.entity]
            for country in entity.country:
                cues[country] += 2 if entity.type == "country" else 1
        return cues

    def _places(self, hits: Sequence[Found[Term]]) -> dict[str, list[int]]:
        """Where the countries themselves are named: country -> offsets, rising."""
        places: dict[str, list[int]] = {}
        for found in hits:
            term = found.term
            if not term.ambiguous and term.kind in ("name", "adjective") and (entity := self._all[term.entity]).type == "country":
                for country in entity.country:
                    places.setdefault(country, []).append(found.start)
        return places

    def _sound(self, found: Found[Term], normal: Normalised, content: str, cues: defaultdict[str, int], full: Counter[str], language: str,
               named: frozenset[int]) -> bool:
        """Whether a hit may stand, given its surroundings."""
        term = found.term
        entity = self._all[term.entity]
        if term.kind == "never":
            return True
        if term.kind == "adjective":
            return not term.languages.isdisjoint(("en", "ru", language)) and not _plural_people(found, content)  # Arman is a cinema in Kazakh, Armenian in Uzbek
        if entity.type in _QUOTED_IS_ANOTHER and content[max(0, found.start - 1):found.start] in _OPENING and \
                content[found.end:found.end + 1] in _CLOSING and content[found.end:found.end + 1]:
            return False  # «Астана» is the club, not the city
        if term.kind == "part":
            return _region_beside(content, found.start, found.end)
        if term.kind == "surname":
            if full[term.entity]:
                return True
            if term.ambiguous or (language != "en" and _names_another(found, content)):
                return False
            cued = any(cues[country] for country in entity.country)
            if not cued and not (term.entity in self._known and not _names_another(found, content)):
                return _patronymic_between(found, content, self._first[term.entity])
            return not _first_name_before(found, content, self._first, named, opening=cued)
        if found.end - found.start < 5 and language not in term.languages and (not found.form.upper or term.languages.isdisjoint(("en", "ru"))):
            return False  # Osh is pilaf in Uzbek, Чин a rank in Russian, QR no Kazakh republic in English
        if not term.ambiguous or (language in term.languages and language not in ("en", "ru") and not term.listed):
            return True
        if entity.type == "region" and entity.context:
            return _region_beside(content, found.start, found.end)
        if entity.type in ("city", "village") and (_opens_dateline(found, content) or _TOWN_WORD.search(content[max(0, found.start - 12):found.start])):
            return True
        context = self._context.get(term.entity)
        if context is not None:
            first, last = max(0, found.start - NEAR), found.end + NEAR
            near = normal.words[first:last + 1] if isinstance(normal.offsets, range) else normalise(content[first:last]).words  # else other places
            return any(word in near for word in context) or (entity.type == "armed_group" and any(cues[country] >= _AT_HOME for country in entity.country))
        return any(cues[country] for country in entity.country) if entity.country else self._regional(cues)

    @staticmethod
    def _regional(cues: defaultdict[str, int]) -> bool:
        return any(cues[country] for country in ("KZ", "KG", "TJ", "TM", "UZ", "AF"))

    def _chosen(self, field: FieldName, found: Sequence[Found[Term]], content: str, cues: defaultdict[str, int], full: Counter[str],
                own: Sequence[Found[Term]]) -> list[Entity]:
        by_place: dict[tuple[int, int], list[Found[Term]]] = {}
        places: dict[str, list[int]] | None = None  # few texts have twins
        for one in found:
            by_place.setdefault((one.start, one.end), []).append(one)
        made = []
        for (start, end), same in by_place.items():
            best: Found[Term] | None = same[0]
            if len(same) > 1:
                if any(one.term.kind == "never" for one in same):
                    continue
                if len({one.term.entity for one in same}) > 1:
                    places = self._places(own) if places is None else places
                    best = self._twin(same, content, cues, full, places)
            if best is None or best.term.kind == "never":
                continue
            entity = self._all[best.term.entity]
            made.append(Entity(entity.id, entity.type, self._names[entity.id], field, content[start:end], start, end, "gazetteer"))
        return made

    def _twin(self, same: Sequence[Found[Term]], content: str, cues: defaultdict[str, int], full: Counter[str],
              places: Mapping[str, Sequence[int]]) -> Found[Term] | None:
        """One of several entities that share a spelling: type words beside it, then the country that the text is about, then the plainer kind."""
        start, end = same[0].start, same[0].end
        people = [one for one in same if one.term.kind == "surname"]
        if people and len(people) == len(same):
            named = [one for one in people if full[one.term.entity]]
            if named:
                return max(named, key=lambda one: full[one.term.entity])
            chiefs = [one for one in people if self._chief(self._all[one.term.entity])]
            return chiefs[0] if len(chiefs) == 1 else None

        kinds = {self._all[one.term.entity].type for one in same}
        region = "region" in kinds and _region_beside(content, start, end)
        river = not kinds.isdisjoint(_WATERS) and (_RIVER_WORD.search(content[end:end + 30]) or _RIVER_WORD.search(content[max(0, start - 30):start])) is not None

        def rank(one: Found[Term]) -> tuple[float, ...]:
            entity = self._all[one.term.entity]
            fits = (entity.type == "region") == region if entity.type in ("region", "city", "village") else True
            wet = (entity.type in _WATERS) == river if entity.type in ("river", "city", "region", "dam", "lake") else True
            present = sum(cues[country] for country in entity.country) / max(len(entity.country), 1)
            near = _nearness(entity, start, places)
            plain = {"country": 5, "city": 4, "region": 3, "river": 2}.get(entity.type, 1)
            return (fits and wet, one.term.kind == "name", near, present, not one.term.ambiguous, plain)

        return max(same, key=rank)

    @staticmethod
    def _chief(entity: EntityEntry) -> bool:
        return any("president" in role.role.lower() and role.end in (None, "None") for role in entity.roles)


def _nearness(entity: EntityEntry, at: int, places: Mapping[str, Sequence[int]]) -> float:
    """0..1, the more the nearer the entity's own country is named (within 160 characters)."""
    gaps = []
    for country in entity.country:
        named = places.get(country, ())
        near = bisect_left(named, at)
        gaps += [abs(start - at) for start in named[max(0, near - 1):near + 1]]
    return max(0.0, 1 - min(gaps) / 160) if gaps else 0.0


def _region_beside(content: str, start: int, end: int) -> bool:
    """A word for a province stands with the name. The plain search first: the pattern is dear and rarely needed."""
    before, after = content[max(0, start - 30):start], content[end:end + 45]
    near = f"{before} {after}".lower()
    return any(head in near for head in _REGION_HEADS) and (_REGION_WORD.search(after) or _REGION_WORD.search(before)) is not None


def _opens_dateline(found: Found[Term], content: str) -> bool:
    """A town at the head of the text before a comma or a dash (ҮЛКЕН, 8 тамыз): the town, even where its name is also a word."""
    return found.start < 3 and content[found.end:found.end + 1] in (",", " ") and re.match(r"\s*(?:,\s*(?:\d|[^\W\d_]+ \d)|[—–-]\s|\()", content[found.end:found.end + 24]) \
        is not None and not content[:found.start].strip()


def _plural_people(found: Found[Term], content: str) -> bool:
    """A Persian people in the plural, which is no mention of its country: افغان‌ها."""
    return content[found.end:found.end + 1] in ("\u200c", " ") and content[found.end + 1:found.end + 3] == "ها"


def _names_another(found: Found[Term], content: str) -> bool:
    """A surname that is a first name elsewhere, with a surname behind it (Мирзо Ҷалолов); names in -ов and the like are no first names."""
    after = content[found.end:found.end + 2]
    return after[:1] == " " and after[1:].isupper() and found.surface[-2:].lower() not in ("ов", "ев", "ёв", "ин", "ва", "ву", "ым", "ov", "ev", "ow", "ew")


def _world_known(entity: EntityEntry) -> bool:
    """In an office whose holder the surname alone tells: a president, Moscow's and Washington's foreign minister (Lavrov told reporters ...)."""
    offices = ("president of",) if not {"RU", "US"} & set(entity.country) else ("president of", "foreign minister", "secretary of state", "kremlin spokesman")
    return any(role.end in (None, "None") and role.role.lower().startswith(offices) for role in entity.roles)


def _patronymic_between(found: Found[Term], content: str, first: frozenset[str]) -> bool:
    """The person's own first name and a patronymic stand before the surname (Садыр Нургожоевич Жапаров): as sure as the full name."""
    words = content[max(0, found.start - 50):found.start].split()
    return len(words) > 1 and _PATRONYMIC.search(words[-1].lower()) is not None and any(word and folded(words[-2]).startswith(word[:-1]) for word in first)


_PATRONYMIC = re.compile(r"(?:(?:о|е)вич(?:а|у|ем|е)?|(?:о|е)вн(?:а|ы|е|у|ой)|[oe]vich|[oe]vna)$")
_TITLES = (
    "president", "minister", "mr", "mrs", "ms", "dr", "general", "spokesman", "spokeswoman", "chairman", "secretary", "leader", "premier", "envoy", "ambassador",
    "senator", "marshal", "mullah", "mawlawi", "maulvi", "qari", "sheikh", "comrade", "dictator", "strongman", "warlord", "chief", "commander", "governor", "mayor",
    "president's", "diplomat", "prime", "foreign", "defence", "defense", "interior", "deputy", "former", "ex",
    "президент", "министр", "премьер", "генерал", "председатель", "глава", "главы", "главе", "главой", "господин", "лидер", "спикер", "экс", "посол", "посла", "мулла",
    "prezident", "prezidenti", "vazir", "vaziri", "раис", "ҷаноби", "президенти", "вазири", "министрі", "министри", "төрага", "төрағасы", "мырза")


def _first_name_before(found: Found[Term], content: str, forms: Mapping[str, frozenset[str]], named: frozenset[int], *, opening: bool) -> bool:
    """Another person's first name stands before the surname (Timur Japarov): then it is not ours. Titles, possessives (Kazakhstan's Tokayev), the end of
    another mention (Kazakh Tokayev), initials and the person's own names (Сергей Викторович Лавров) are no other first name; with ``opening``, nor is a word that opens a sentence."""
    start = found.start
    if start < 2 or content[start - 1] not in " \u00a0\n":
        return False
    first = content.rfind(" ", max(0, start - 30), start - 1) + 1
    word = content[max(first, content.rfind("\n", max(0, start - 30), start - 1) + 1):start - 1]
    if len(word) < 3 or not word[0].isupper() or word.isupper() or not word[-1].isalpha() or start - 1 in named:
        return False
    low = folded(word)
    if low.endswith(("'s", "s'")) or low.startswith(_TITLES):
        return False
    if low in forms.get(found.term.entity, ()) or _PATRONYMIC.search(low):
        return False
    at = start - 1 - len(word)
    return not opening or not (at <= 0 or content[at - 1] in "\n.!?…»\"”" or content[max(0, at - 2):at - 1] in (".", "!", "?", "…", "»", "\"", "”", "\n"))


def _capitals(found: Found[Term], content: str) -> bool:
    """In a line all in capitals, an acronym that is also a word (IS, US, TIP) says nothing; US$5 million is a sum."""
    if found.surface not in _ALSO_WORDS:
        return True
    if content.startswith("$", found.end):
        return False
    first = max(content.rfind("\n", max(0, found.start - 80), found.start) + 1, found.start - 80, 0)
    last = content.find("\n", found.end, found.end + 80)
    line = content[first:last if last >= 0 else found.end + 80]
    letters = sum(map(str.isalpha, line))
    return letters <= 12 or sum(map(str.isupper, line)) <= 0.8 * letters
