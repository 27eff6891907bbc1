"""How one name of a country stands in its sentence: as a place, an origin, a partner; acting, speaking, in passing; the country itself or its adjective."""

import re
from collections.abc import Set
from functools import lru_cache

from wirefeed.model import Entity
from wirefeed.tags.normalise import folded
from wirefeed.tags.reading import Reading

# Before a name: birthplace, origin, neighbour, comparison, memory. Such a mention does not make a country a party to the story.
_PASSING = re.compile(
    r"(?:born in|native of|grew up in|lived in|came from|originally from|neighbou?ring|border with|borders?(?: on)?|like|unlike|as in|veterans? of|"
    r"student from|students from|tourists? from|guests? from|listed (?:also )?in|fought in|served in|similar to|than in|once in|visitors? from|used cars from|"
    r"родил\w* в|урожен\w+|выход\w+ из|приехал\w* из|жил\w* в|вырос\w* в|соседн\w+|границ\w* с|гранич\w+ с|как (?:и )?в|в отличие от|по сравнению с|"
    r"ветеран\w*|воева\w+ в|служил\w* (?:в|под)|вывод\w* [^.\n]{0,30} из|гост\w+ из|студент\w* из|турист\w* из|экипаж\w* из|команд\w* из)\s+(?:the\s+)?$", re.I)
_LINKS = {word: kind for kind, words in {
    "in": "in at near inside across outside throughout around into within в во на под близ около через дар در",
    "from": "from out из от аз از", "to": "to for toward towards against к ко для против ба به", "with": "with between с со между бо با", "by": "by",
    "of": "of"}.items() for word in words.split()}
_ALSO_PASSING = frozenset({"like", "unlike", "border", "borders", "on"})
_OWN_PASSING = ("сосед", "neigh", "урожен", "ветеран")  # stand before a name without a preposition
_DASHES = frozenset("-–—")
_OPENING = " \n\t«“\"("
_CASES = (("from", re.compile(r"(?:д|т|н)[аеоө]н$|[dt][ae]n$")), ("in", re.compile(r"(?:д|т)[аеоө]$|[dt][ae]$|[dt]aky$|[дт][ае][ғг]ы$|dagi$|даги$")),
          ("to", re.compile(r"(?:г|ғ|к|қ)[аеоө]$|[gkq][ae]$")))
_JOINED = re.compile(r"(?:['’]s)?\s*(?:,|,?\s*(?:and|or|и|или|va|ва|жана|және|we|hem|و|—|–|-))\s*(?:the\s+)?")
_VERB = re.compile(r"(?:['’]s (?:president|prime|foreign|defen[cs]e|government|army|ministry|parliament|security) )?\s*(?:\w+ly )?"
                   r"(?:has|have|had|will|would|may|says|said|is|was|are|were|and|wants?|plans?|\w{3,}ed|\w{3,}s)\b")
# What makes an adjective or a possessive the doer's: "Russian paratroopers", not "Russian crude".
_ACTOR = re.compile(
    r"(?:['’]s)?\s+(?:(?:foreign|defen[cs]e|interior|prime|border|security|armed|state|federal|air|special|deputy|acting|first|senior|naval|diplomatic)\s+){0,2}"
    r"(?:president|minist\w+|governments?|authorit\w+|officials?|troops?|forces?|soldiers?|paratroopers|army|guards?|police\w*|parliament|deputies|lawmakers|"
    r"embassy|consul\w*|envoys?|diplomats?|side|delegation|courts?|prosecutors?|security|intelligence|leaders?|leadership|spokes\w+|generals?|officers?|units?|"
    r"compan(?:y|ies)|contractors?|firms?|banks?|investigators|customs|drones?|jets|aircraft|planners|regime|team|fighters|militants|migrants?|workers|nationals?|"
    r"citizens?|refugees|peacekeepers|bases?|garrison|military|fleet|navy|pilots?|counterpart)\b", re.I)
_ACTOR_RU = re.compile(
    r"\s+(?:\w+(?:ой|ое|ый|ий|ая|ые|ого|ому|ыми?|ых|их|ие|ую)\s+){0,2}(?:президент|министр|министерств|правительств|власт|чиновник|войск|военн|солдат|десант|арми|"
    r"погранич|полиц|парламент|депутат|посол|посл|посольств|консул|сторон|делегац|суд|прокур|спецслужб|лидер|представител|генерал|офицер|подразделен|компани|"
    r"фирм|банк|силовик|таможн|дипломат|коллег|мигрант|граждан|беженц|миротворц|баз|гарнизон|флот|контингент|ведомств|специалист|боевик)", re.I)
_SAYS = re.compile(
    r"\s*(?:['’]s\s+(?:\w+\s+){1,3})?(?:\w+\s+){0,2}?(?:said|says|called|urged|welcomed|warned|condemned|denied|rejected|expressed|repeated|declined|"
    r"congratulat\w+|voiced|stood by|заявил\w*|сообщил\w*|назвал\w*|призвал\w*|отверг\w*|выразил\w*|осудил\w*|приветств\w+|поздрави\w+|деп |билдир\w+|айт\w+|"
    r"баҳола\w+|чақир\w+|гуфт\w*|хонд\w*|aýtdy|aýd\w+|bildir\w+|dedi|мәлімде\w+|деді|گفت\w*|خواند\w*)", re.I)
# The first word of what the pattern above knows, before its last: without it, the pattern need not be tried.
_PASSING_HEADS = ("native", "born", "up", "lived", "came", "originally", "neighbo", "border", "like", "unlike", "as", "veteran", "student", "tourist", "guest", "also", "listed",
                  "fought", "served", "similar", "than", "once", "visitor", "cars", "родил", "урожен", "выход", "приехал", "жил", "вырос", "сосед", "границ", "гранич", "как",
                  "и", "отличие", "сравнению", "ветеран", "воева", "служил", "гост", "студент", "турист", "экипаж", "команд")
_CHAIN_BEFORE, _CHAIN_AFTER = re.compile(r"\w\s?[-–—]\s?$"), re.compile(r"\s?[-–—]\s?\w")
_CHAIN_END, _CHAIN_START = re.compile(r"\w[-–—]$"), re.compile(r"\s?[–—-]\s?[A-ZА-ЯӨҚЎЪ]")  # China-Kyrgyzstan-Uzbekistan railway
_SEAT = re.compile(
    r"moscow|kremlin|washington|white house|beijing|ankara|tehran|islamabad|(?:new )?delhi|minsk|yerevan|москв|кремл|вашингтон|пекин|анкар|анқара|тегеран|теҳрон|"
    r"исламабад|дели|минск|ереван|pekin|moskva|kreml|vashington|бээжин|мәскеу|маскав|вошингтон|پکن|مسکو|واشنگتن|تهران|آنکارا|اسلام‌آباد|کرملین", re.I)


class Mention:
    """One name with a country, and how it stands in its sentence (-1: the headline). Each question is answered when it is asked: few are, of most mentions.

    ``link``: in, from, to, with, by, of, or "". In "Russia, Turkey and Iran" what holds for the first holds for all: ``like`` is the first."""

    def __init__(self, entity: Entity, lands: frozenset[str], it: Reading, last: "Mention | None", adjectives: Set[str]) -> None:
        """``last``: the mention before it; ``adjectives``: normalised forms that qualify a country's things."""
        self.entity, self.lands, self._adjectives = entity, lands, adjectives
        headline = entity.field == "title"
        self._content = it.title if headline else it.text
        self.sentence = -1 if headline else it.sentence(entity.start)
        self._begin = 0 if headline else max(it.where.dateline, it.starts[self.sentence])
        self._russian = it.language == "ru"
        self._before = self._content[max(self._begin, entity.start - 60):entity.start]
        self._after = self._content[entity.end:entity.end + 70]
        self.like: Mention = self
        self.link: str
        self.passing: bool
        self.subject: bool
        if last is not None and last.sentence == self.sentence and self._begin <= last.entity.end and last.entity.field == entity.field and \
                _JOINED.fullmatch(self._content, last.entity.end, max(entity.start, last.entity.end)):
            self.like = last.like
            self.link, self.passing, self.subject = last.link, last.passing, last.subject
        else:
            self.link, self.passing = _link(self._before)
            if not self.link and it.language not in ("en", "ru", "fa"):
                self.link = next((kind for kind, ending in _CASES if ending.search(entity.text.lower())), "")
            self.subject = not self.link and (entity.start - self._begin < 25 or (it.language == "en" and _VERB.match(self._after) is not None))

    @property
    def qualifies(self) -> bool:
        """It is an adjective of a country."""
        return self.entity.type == "country" and _folded(self.entity.text) in self._adjectives

    @property
    def kind(self) -> str:
        """The country itself (state), its adjective or its seat of power (Moscow, the Kremlin); "" for everything else."""
        if self.entity.type != "country":
            return ""
        return "adjective" if self.qualifies else "seat" if _SEAT.match(self.entity.text) else "state"

    @property
    def quoted(self) -> bool:
        """It stands in a quotation."""
        one = self.like
        before = one._before
        return before.rfind("«") > before.rfind("»") or before.rfind("“") > before.rfind("”") or (
            '"' in before and one._content.count('"', one._begin, one.entity.start) % 2 == 1)

    @property
    def says(self) -> bool:
        """It speaks: a verb of saying follows."""
        return _SAYS.match(self.like._after) is not None

    @property
    def actor(self) -> bool:
        """Its adjective or possessive is the doer's."""
        one = self.like
        return ((one.qualifies or one._after[:2] in ("'s", "’s")) and _ACTOR.match(one._after) is not None) or (
            one._russian and one.qualifies and _ACTOR_RU.match(one._after) is not None)

    @property
    def chained(self) -> bool:
        """It is part of a compound with another name."""
        before, after = self._before, self._after
        return _CHAIN_START.match(after) is not None or (before[-1:] in _DASHES and _CHAIN_END.search(before) is not None) or (
            _CHAIN_AFTER.match(after) is not None and _CHAIN_BEFORE.search(before) is not None)


def _link(before: str) -> tuple[str, bool]:
    """How the words before a name bind it, and whether they make it a mention in passing."""
    words = before.rstrip(_OPENING).lower().rsplit(None, 3)
    if len(words) > 1 and words[-1] == "the":
        del words[-1]
    word = words[-1].lstrip(_OPENING) if words else ""
    link = _LINKS.get(word, "")
    passing = ((link != "" and len(words) > 1 and (words[-2].lstrip(_OPENING).startswith(_PASSING_HEADS) or "вывод" in before)) or word in _ALSO_PASSING
               or word.startswith(_OWN_PASSING)) and _PASSING.search(before) is not None
    return link, passing


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    """Countries are named alike over and over."""
    return folded(name)
