"""Gazetteer names in a text, with ambiguity resolved: context words, cues of the country, full names before surnames, the longest name wins."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wirefeed.model import Entity, FieldName
from wirefeed.tags.boilerplate import reading
from wirefeed.tags.gazetteer import EntityEntry, Gazetteer, Term
from wirefeed.tags.matcher import Found, Matcher, longest
from wirefeed.tags.normalise import Normalised, normalise

NEAR = 90  # characters within which a context word must stand
_REGION_WORD = re.compile(r"^\s*(?:region|province|oblast|област\w*|вилоят\w*|облус\w*|облыс\w*|viloyat\w*|welaýat\w*|велаят\w*|провинци\w*|ولایت)|"
                          r"(?:province of|region of|oblast of|област\w*|провинци\w*|вилояти?|ولایت|governor of|губернатор\w*)\s*$", re.I)
_RIVER_WORD = re.compile(r"^\s*(?:river|дарё\w*|дарья)|"
                         r"(?:river|рек[аиеуой]+|дарёи|рӯди|дарё\w*|дарьи|رود|دریای|across the|banks? of(?: the)?|along the|over the|swam the|"
                         r"через|берег\w*|вдоль|соҳили)\s*$", re.I)
_TOWN_WORD = re.compile(r"\b(?:город[аеу]?|городом|г\.|cit(?:y|ies) of|town of|селе?|шаҳри|شهر)\s+$", re.I)
_QUOTED_IS_ANOTHER = frozenset({"city", "region", "village", "country"})
_OPENING, _CLOSING = frozenset("«“„‚‹\""), frozenset("»”“‘›\"")


@dataclass(frozen=True, slots=True)
class _Hit:
    field: FieldName
    found: Found[Term]
    text: Normalised


class Mentions:
    """The gazetteer's automaton and the rules of resolution."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._matcher: Matcher[Term] = Matcher(gazetteer.terms())
        self._context = {entity.id: _context_pattern(entity.context) for entity in gazetteer if entity.context}
        surnames: dict[str, set[str]] = {}
        for form, term in gazetteer.terms():
            if term.kind == "surname":
                surnames.setdefault(form.text.casefold(), set()).add(term.entity)
        self._shared = {form for form, people in surnames.items() if len(people) > 1}

    def find(self, title: str, text: str, language: str) -> list[Entity]:
        """Mentions in document order, title first, without overlaps."""
        hits: dict[FieldName, list[_Hit]] = {}
        for field, content in (("title", title), ("text", text)):
            normal, spans = reading(content)
            skip = _merged(spans)
            name: FieldName = "title" if field == "title" else "text"
            hits[name] = [_Hit(name, found, normal) for found in self._matcher.find(normal, language)
                          if not _inside(skip, found.start, found.end) and _capitals(found, content, language)]
        whole = [hit for part in hits.values() for hit in part]
        if not whole:
            return []
        cues = self._cues(whole)
        full = Counter(hit.found.term.entity for hit in whole
                       if hit.found.term.kind == "name" and self.gazetteer[hit.found.term.entity].type == "person")
        made: list[Entity] = []
        for field, content in (("title", title), ("text", text)):
            own = hits["title" if field == "title" else "text"]
            sound = [hit.found for hit in own if self._sound(hit, content, cues, full, language)]
            made += self._chosen("title" if field == "title" else "text", longest(sound), content, cues, full, self._places(own))
        return made

    def _cues(self, hits: Sequence[_Hit]) -> Counter[str]:
        """How strongly each country is present, by names that are not in doubt."""
        cues: Counter[str] = Counter()
        for hit in hits:
            term = hit.found.term
            if term.ambiguous or term.kind in ("surname", "never"):
                continue
            entity = self.gazetteer[term.entity]
            for country in entity.country:
                cues[country] += 2 if entity.type == "country" else 1
        return cues

    def _places(self, hits: Sequence[_Hit]) -> dict[str, list[int]]:
        """Where the countries themselves are named: country -> offsets, rising."""
        places: dict[str, list[int]] = {}
        for hit in hits:
            term = hit.found.term
            if not term.ambiguous and term.kind in ("name", "adjective") and (entity := self.gazetteer[term.entity]).type == "country":
                for country in entity.country:
                    places.setdefault(country, []).append(hit.found.start)
        return places

    def _sound(self, hit: _Hit, content: str, cues: Counter[str], full: Counter[str], language: str) -> bool:
        """Whether a hit may stand, given its surroundings."""
        term, found = hit.found.term, hit.found
        entity = self.gazetteer[term.entity]
        if term.kind == "never" or term.kind == "adjective":
            return True
        if entity.type in _QUOTED_IS_ANOTHER and content[max(0, found.start - 1):found.start] in _OPENING and \
                content[found.end:found.end + 1] in _CLOSING and content[found.end:found.end + 1]:
            return False  # «Астана» is the club, not the city
        if term.kind == "surname":
            if full[term.entity]:
                return True
            if term.ambiguous or not any(cues[country] for country in entity.country):
                return False
            return not _first_name_before(content, found.start)
        if entity.type in ("city", "village") and _TOWN_WORD.search(content[max(0, found.start - 12):found.start]):
            return True
        if not term.ambiguous or (term.language == language and language not in ("en", "ru")):
            return True
        around = content[max(0, found.start - NEAR):found.start] + " " + content[found.end:found.end + NEAR]
        pattern = self._context.get(term.entity)
        if pattern is not None:
            return pattern.search(normalise(around).text) is not None
        return any(cues[country] for country in entity.country) if entity.country else self._regional(cues)

    @staticmethod
    def _regional(cues: Counter[str]) -> bool:
        return any(cues[country] for country in ("KZ", "KG", "TJ", "TM", "UZ", "AF"))

    def _chosen(self, field: FieldName, found: Sequence[Found[Term]], content: str, cues: Counter[str], full: Counter[str],
                places: Mapping[str, Sequence[int]]) -> list[Entity]:
        by_place: dict[tuple[int, int], list[Found[Term]]] = {}
        for one in found:
            by_place.setdefault((one.start, one.end), []).append(one)
        made = []
        for (start, end), same in sorted(by_place.items()):
            if any(one.term.kind == "never" for one in same):
                continue
            best = same[0] if len({one.term.entity for one in same}) == 1 else self._twin(same, content, cues, full, places)
            if best is None:
                continue
            entity = self.gazetteer[best.term.entity]
            made.append(Entity(entity.id, entity.type, entity.name, field, content[start:end], start, end, "gazetteer"))
        return made

    def _twin(self, same: Sequence[Found[Term]], content: str, cues: Counter[str], full: Counter[str],
              places: Mapping[str, Sequence[int]]) -> Found[Term] | None:
        """One of several entities that share a spelling: type words beside it, then the country that the text is about, then the plainer kind."""
        start, end = same[0].start, same[0].end
        before, after = content[max(0, start - 30):start], content[end:end + 30]
        region, river = bool(_REGION_WORD.search(after) or _REGION_WORD.search(before)), bool(_RIVER_WORD.search(after) or _RIVER_WORD.search(before))
        people = [one for one in same if one.term.kind == "surname"]
        if people and len(people) == len(same):
            named = [one for one in people if full[one.term.entity]]
            if named:
                return max(named, key=lambda one: full[one.term.entity])
            chiefs = [one for one in people if self._chief(self.gazetteer[one.term.entity])]
            return chiefs[0] if len(chiefs) == 1 else None

        def rank(one: Found[Term]) -> tuple[float, ...]:
            entity = self.gazetteer[one.term.entity]
            fits = (entity.type == "region") == region if entity.type in ("region", "city", "village") else True
            wet = (entity.type in ("river", "dam", "lake", "canal")) == river if entity.type in ("river", "city", "region", "dam", "lake") else True
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


def _context_pattern(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<!\w){re.escape(normalise(word).text)}" for word in words))


def _first_name_before(content: str, start: int) -> bool:
    """Another person's first name stands before the surname (Timur Japarov): then it is not ours."""
    before = re.search(r"([A-ZА-ЯЁӘҒҚҢӨҰҮІҺЎҲҶӢӮ][\w'’ʻ-]+)\s+$", content[max(0, start - 30):start])
    if before is None:
        return False
    word, first = before[1], start - len(before[0])
    opens = re.search(r"(?:^|[.!?…»\"”]\s+|\n\s*)$", content[max(0, first - 3):first]) is not None
    titles = ("president", "minister", "mr", "mrs", "ms", "general", "spokesman", "spokeswoman", "chairman", "secretary", "leader", "президент", "министр",
              "премьер", "генерал", "председатель", "глава", "president's")
    return not opens and not word.lower().startswith(titles) and not word.isupper() and len(word) > 2


def _capitals(found: Found[Term], content: str, language: str) -> bool:
    """In a line all in capitals, an acronym that is also a word (IS, US, TIP) says nothing."""
    if not found.form.upper or len(found.surface) > 3:
        return True
    line_start = max(content.rfind("\n", max(0, found.start - 200), found.start) + 1, found.start - 200, 0)
    line_end = content.find("\n", found.end, found.end + 200)
    line = content[line_start:line_end if line_end >= 0 else found.end + 200]
    letters = [c for c in line if c.isalpha()]
    shouting = len(letters) > 12 and sum(c.isupper() for c in letters) > 0.8 * len(letters)
    return not (shouting and found.surface in ("US", "IS", "TIP", "NAT", "PAP", "OTS", "AFF"))


def _merged(spans: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Spans in order of their start as disjoint ones: starts and ends."""
    starts: list[int] = []
    ends: list[int] = []
    for start, end in spans:
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return starts, ends


def _inside(spans: tuple[list[int], list[int]], start: int, end: int) -> bool:
    """Whether a stretch lies in one of the merged spans."""
    at = bisect_right(spans[0], start) - 1
    return at >= 0 and end <= spans[1][at]
