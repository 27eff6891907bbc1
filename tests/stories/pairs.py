"""Labelled pairs made by rule from written stories: copies (re-sent, cut, extended, corrected, re-bylined, framed, lightly edited) and
hard negatives (the same form filled anew, another report of one event, shared boilerplate or background)."""

import json
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

DATA = Path(__file__).parents[1] / "data" / "compare"
Story = tuple[str, str]  # title, text


@dataclass(frozen=True)
class Pair:
    """Two stories and whether they are copies of one; ``kind`` names the rule that made them."""

    kind: str
    same: bool
    a: Story
    b: Story
    language: str


_SYNONYMS = {
    "en": "said=stated officials=authorities people=persons killed=slain about=around began=started after=following near=close told=informed "
          "also=additionally more=further several=some while=as because=since large=big shut=closed big=major help=aid show=indicate "
          "against=versus army=military police=officers years=yrs found=discovered reported=recorded talks=negotiations",
    "ru": "сообщил=заявил сообщили=заявили сообщило=заявило около=порядка также=кроме более=свыше после=вслед сказал=отметил начали=приступили "
          "получил=приобрёл людей=человек решение=постановление власти=руководство рассказали=поведали стал=оказался крупный=большой "
          "время=период новый=очередной ещё=дополнительно через=спустя которые=что"}
SYNONYMS = {language: dict(pair.split("=") for pair in line.split()) for language, line in _SYNONYMS.items()}
FRONT = {"en": ["Subscribe to our newsletter and never miss a story.\n\n", "World News | Listen to this article\n\n", "By a staff reporter\n\n",
                "Published 3 hours ago. Reading time: 2 minutes\n\n"],
         "ru": ["Подписывайтесь на наш канал, чтобы первыми узнавать новости.\n\n", "Новости | Политика\n\n", "Фото: архив редакции\n\n",
                "Время чтения: 2 минуты. Просмотров: 1742\n\n"]}
BACK = {"en": ["\n\nRead also: Oil prices edge up as traders await data\n\n© 2025 Steppe Daily. All rights reserved. No part of this site may be copied without "
               "written permission of the publisher.", "\n\nFollow us on Telegram, Facebook and X. Sign up for the daily briefing.",
               "\n\n(Reporting by Timur Aliev and Laura Beck; Editing by John Carver)",
               "\n\nThe Caspian Herald is an independent newspaper founded in 1993. It is financed by readers and publishes in three languages. The opinions "
               "of authors need not be those of the editors. Write to us at the address below if you find an error in this article. We correct mistakes."],
        "ru": ["\n\nЧитайте также: Цены на нефть выросли на фоне ожидания статистики\n\n© 2025 Степной вестник. Все права защищены. При перепечатке активная "
               "ссылка на сайт обязательна.", "\n\nПодписывайтесь на наш Telegram-канал. Нашли ошибку? Выделите её и нажмите Ctrl+Enter.",
               "\n\nАвтор: Тимур Алиев. Редактор: Лариса Бек.",
               "\n\nГазета «Каспийский вестник» выходит с 1993 года на трёх языках и существует на средства читателей. Мнение авторов может не совпадать с "
               "мнением редакции. Если вы нашли ошибку, напишите нам по указанному адресу, мы обязательно её исправим и поблагодарим вас."]}
DATELINE = re.compile(r"^[^\n]{3,60}?(?: - |\. )")


def hard() -> list[Pair]:
    """Pairs written by hand, blind to the method (tests/data/compare/hard.jsonl)."""
    rows = [json.loads(line) for line in (DATA / "hard.jsonl").read_text("utf-8").splitlines()]
    return [Pair(row["kind"], row["same"], (row["a"]["title"], row["a"]["text"]), (row["b"]["title"], row["b"]["text"]), row["language"]) for row in rows]


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?»\"])\s+(?=[A-ZА-ЯЁ«\"])", text)


def resent(story: Story, language: str, random: Random) -> Story:
    """The same again: other quotes, dashes, spaces, upper-case headline."""
    title, text = story
    text = text.replace("\"", "“").replace(" - ", " – ").replace("'", "’").replace("\n\n", random.choice(["\n", "\n\n\n", " "])).replace("ё", "е")
    return (title.upper() if random.random() < 0.3 else title), text


def teaser(story: Story, language: str, random: Random) -> Story:
    """What a feed shows of a page."""
    title, text = story
    cut = text[:random.randint(180, 300)].rsplit(" ", 1)[0]
    return title, cut + random.choice(["…", "...", " [...]", ""])


def cut(story: Story, language: str, random: Random) -> Story:
    """The end is missing."""
    paragraphs = story[1].split("\n\n")
    return story[0], "\n\n".join(paragraphs[:max(1, round(len(paragraphs) * random.uniform(0.4, 0.8)))])


def trimmed(story: Story, language: str, random: Random) -> Story:
    """Sentences fall out of the middle."""
    found = _sentences(story[1])
    return story[0], " ".join(s for n, s in enumerate(found) if n < 2 or random.random() > 0.3)


def rebylined(story: Story, language: str, random: Random) -> Story:
    """Another outlet prints the copy: own byline, no or another dateline, source credit."""
    title, text = story
    bare = DATELINE.sub("", text, count=1)
    if language == "en":
        return title, random.choice(["By Jane Holloway\n\n", "ALMATY (Steppe Press) — ", "", "Steppe Press Correspondent\n\n"]) + bare + random.choice(
            ["\n\n(c) Steppe Press", "\n\nWith material from news agencies.", "\n\n(Writing by Ann Lee; Editing by Mark Moss)"])
    return title, random.choice(["Анна Холина\n\n", "АЛМАТЫ, 7 мая, СТЕПЬ-ПРЕСС — ", "", "Корреспондент «Степь-пресс»\n\n"]) + bare + random.choice(
        ["\n\nИсточник: «Степь-пресс»", "\n\nПо материалам информагентств.", ""])


def framed(story: Story, language: str, random: Random) -> Story:
    """Boilerplate before and behind."""
    return story[0], random.choice(FRONT[language]) + story[1] + "".join(random.sample(BACK[language], 2))


def retitled(story: Story, language: str, random: Random) -> Story:
    """Another headline over the same text."""
    words = DATELINE.sub("", story[1], count=1).split()
    return " ".join(words[3:11]).strip(",.").capitalize(), story[1]


def edited(story: Story, language: str, random: Random) -> Story:
    """Words exchanged here and there."""
    words = SYNONYMS[language]
    text = re.sub(r"\w+", lambda m: words[m[0]] if m[0] in words and random.random() < 0.8 else m[0], story[1])
    return story[0], re.sub(r" \b[a-zа-я]{2,4}\b(?= )", lambda m: "" if random.random() < 0.06 else m[0], text)


def corrected(story: Story, language: str, random: Random) -> Story:
    """One figure or name put right, with or without the wire's marker."""
    title, text = story
    places = list(re.finditer(r"(?<=[a-zа-я,] )(?:\d+|[A-ZА-Я][a-zа-я]{4,})\b", text))
    if places:
        m = random.choice(places)
        new = str(int(m[0]) + random.randint(1, 9)) if m[0].isdigit() else random.choice(["Karimov", "Nazarov", "Каримов", "Назаров"][:2] if language == "en" else
                                                                                         ["Каримов", "Назаров"])
        text = text[:m.start()] + new + text[m.end():]
    marker = random.choice(["CORRECTED-", "REFILE-", ""] if language == "en" else ["ИСПРАВЛЕНИЕ: ", "Повтор с исправлением: ", ""])
    note = ("(Corrects figure in second paragraph)\n\n" if language == "en" else "(Исправляет цифру во втором абзаце)\n\n") if marker else ""
    return marker + title, note + text


def reordered(story: Story, language: str, random: Random) -> Story:
    """The paragraphs behind the lead in another order."""
    first, *rest = story[1].split("\n\n")
    random.shuffle(rest)
    return story[0], "\n\n".join([first, *rest])


def recast(story: Story, language: str, random: Random) -> Story:
    """An outlet retells the headline in a lead of its own, then prints the copy."""
    own = (f"{story[0]}, according to a news agency. Here is what is known so far about the matter, which our readers have followed since the morning."
           if language == "en" else f"{story[0]}, передаёт корреспондент издания со ссылкой на информагентство. Рассказываем, что известно к этому часу.")
    return story[0], own + "\n\n" + DATELINE.sub("", story[1], count=1)


def extended(story: Story, language: str, random: Random) -> Story:
    """New paragraphs behind, as long as the story itself, and the wire's note."""
    more = [s for s in stories() if s["language"] == language and s["title"] != story[0]]
    added = "\n\n".join(random.choice(more)["text"].split("\n\n")[1:])
    head = random.choice(["UPDATE 1-", ""] if language == "en" else ["ДОПОЛНЕННАЯ ВЕРСИЯ: ", ""])
    return head + story[0], ("(Adds background)\n\n" if head == "UPDATE 1-" else "") + story[1] + "\n\n" + added


def subedited(story: Story, language: str, random: Random) -> Story:
    """A heavier hand: every eighth small word exchanged or dropped, the headline shortened, the last paragraph gone."""
    pool = re.findall(r" ([a-zа-яё]{4,9})(?= )", story[1])
    text = re.sub(r" [a-zа-яё]{2,9}(?= )", lambda m: (" " + random.choice(pool) if random.random() < 0.6 else "") if random.random() < 0.12 else m[0], story[1])
    return " ".join(story[0].split()[:6]), "\n\n".join(text.split("\n\n")[:-1] or [text])


def brief(story: Story, language: str, random: Random) -> Story:
    """Headline and first sentence."""
    return story[0], next((s for s in _sentences(story[1]) if len(s.split()) > 8), story[1])


def _several(*steps: Callable[[Story, str, Random], Story]) -> Callable[[Story, str, Random], Story]:
    def run(story: Story, language: str, random: Random) -> Story:
        for step in steps:
            story = step(story, language, random)
        return story
    return run


COPIES: dict[str, Callable[[Story, str, Random], Story]] = {
    "resent": resent, "teaser": teaser, "cut": cut, "trimmed": trimmed, "rebylined": rebylined, "framed": framed, "retitled": retitled,
    "edited": edited, "corrected": corrected, "rebylined+cut": _several(rebylined, cut), "edited+framed": _several(edited, framed),
    "framed+retitled": _several(framed, retitled), "resent+corrected": _several(corrected, resent),
    "reordered": reordered, "recast": recast, "extended": extended, "subedited": subedited, "brief": brief, "brief+retitled": _several(retitled, brief),
    "recast+cut": _several(cut, recast), "recast+edited": _several(edited, recast), "teaser+resent": _several(teaser, resent), "rebylined+edited": _several(edited, rebylined, framed)}

_FILL: dict[str, dict[str, list[str]]] = {
    "en": {"company": "Altyn Steel,Kaspi Freight,Nordwind,Brightwater Foods,Helios Chemicals,Tarim Mining".split(","), "city": "ALMATY,LONDON,MUNICH,BOSTON".split(","),
           "weekday": "Monday Tuesday Wednesday Thursday Friday".split(), "moved": ["rose", "fell"], "cutadd": ["cut", "added"],
           "name": "Peter Lang,Maria Costa,Askar Omarov,Dinara Sadykova".split(","), "place": "Odesa Kharkiv Khorog Murghab Sarez Panjakent Osh Naryn".split(),
           "cause": ["lower fuel costs", "strong demand in Asia", "price rises", "cuts in staff"], "month": "January March May July October".split()},
    "ru": {"company": "Северсталь,Степьтранс,Гелиос,Уралхимпром,Каспийнефть".split(","), "weekday": "понедельник,вторник,четверг,пятницу".split(","),
           "moved": ["выросла", "снизилась"], "name": "Пётр Ланге,Мария Костина,Аскар Омаров".split(","),
           "place": "Таразе Нарыне Оше Кульджабаши Зайсане Хороге Брянской Ростовской Тверской".split(), "month": "января марта мая июля октября".split()}}


def filled(form: dict[str, str], random: Random) -> Story:
    """A form with one set of values."""
    words, values = _FILL[form["language"]], {}
    for _, key, _, _ in string.Formatter().parse(form["title"] + form["text"]):
        if key is None or key in values:
            continue
        kind = key.rstrip("0123456789")
        if kind == "day":
            month, day = random.choice(words["month"]), random.randint(1, 28)
            values[key] = f"{month} {day}" if form["language"] == "en" else f"{day} {month}"
        elif kind == "n":
            values[key] = str(random.randint(2, 420))
        elif kind in ("d", "pct"):
            values[key] = f"{random.uniform(1, 95):.1f}".replace(".", "," if form["language"] == "ru" else ".")
        else:
            values[key] = random.choice(words[kind])
    return form["title"].format(**values), form["text"].format(**values)


_DAYS = {"en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(), "ru": "понедельник вторник среду четверг пятницу субботу воскресенье".split()}
_NAMES = {"en": "Lindqvist Okafor Brenner Tanaka Moreau Petrosyan Kaminski Haldane Osborne Marchetti".split(),
          "ru": "Линдквист Окафор Бреннер Танака Моро Петросян Каминский Хальдан Осборн Маркетти".split()}


def refilled(story: Story, language: str, random: Random, share_of_names: float) -> Story:
    """The same prose for another occasion: every number and date is another, and this share of the names."""
    names, changed = _NAMES[language], {}

    def number(m: re.Match[str]) -> str:
        return changed.setdefault(m[0], str(int(m[0]) + random.choice([-1, 1]) * random.randint(1, max(1, int(m[0]) // 3)) if len(m[0]) < 7 else m[0]))

    def name(m: re.Match[str]) -> str:
        if m[0] in _DAYS[language]:
            return changed.setdefault(m[0], random.choice([d for d in _DAYS[language] if d != m[0]]))
        return changed.setdefault(m[0], random.choice(names) if random.random() < share_of_names else m[0])

    days = "|".join(_DAYS[language])
    both = re.sub(rf"(?<=[a-zа-яё,] )(?:[A-ZА-Я][a-zа-яё]{{3,}})\b|\b(?:{days})\b", name, re.sub(r"\d+", number, f"{story[0]}\n{story[1]}"))
    title, _, text = both.partition("\n")
    return title, text


def stories() -> list[dict[str, str]]:
    """The written stories: id, language, title, text."""
    return [json.loads(line) for line in (DATA / "stories.jsonl").read_text("utf-8").splitlines()]


def pairs(seed: int = 1, half: int | None = None) -> Iterator[Pair]:
    """All pairs. ``half`` 0 or 1 takes every second story and form: tune on one, report on the other."""
    random = Random(seed)
    chosen = [s for n, s in enumerate(stories()) if half is None or n % 2 == half]
    for story in chosen:
        original, language = (story["title"], story["text"]), story["language"]
        for kind, rule in COPIES.items():
            yield Pair(kind, True, original, rule(original, language, random), language)
        one, two = random.choice(list(COPIES.values())), random.choice([rebylined, framed, edited])
        yield Pair("two copies", True, one(original, language, random), two(original, language, random), language)
        others = [s for s in chosen if s["language"] == language and s["id"] != story["id"]]
        other, third = random.sample(others, 2)
        yield Pair("other story", False, original, (other["title"], other["text"]), language)
        foot = "".join(BACK[language])
        yield Pair("shared boilerplate", False, framed((original[0], original[1][:400]), language, Random(7)),
                   framed((other["title"], other["text"][:400]), language, Random(7)), language)
        yield Pair("shared footer", False, (original[0], original[1][:300] + foot), (other["title"], other["text"][:300] + foot), language)
        background = "\n\n".join(third["text"].split("\n\n")[1:])
        yield Pair("shared background", False, (original[0], "\n\n".join(original[1].split("\n\n")[:3]) + "\n\n" + background),
                   (other["title"], "\n\n".join(other["text"].split("\n\n")[:3]) + "\n\n" + background), language)
        facts = len(re.findall(r"\d+", original[1]))
        if facts >= 5:  # else a change of all figures is not more than a correction
            yield Pair("other week", False, original, refilled(original, language, random, 0.0), language)
            yield Pair("other week, own frame", False, rebylined(original, language, random),
                       framed(refilled(original, language, random, 0.2), language, random), language)
        if facts >= 3:
            yield Pair("other company", False, original, refilled(original, language, random, 0.9), language)
        yield Pair("follow-up", False, original, (other["title"], "\n\n".join(
            other["text"].split("\n\n")[:2] + original[1].split("\n\n")[1:])), language)
        yield Pair("other teaser", False, (original[0], original[1][:220]), (other["title"], other["text"]), language)
    for n, form in enumerate(yaml.safe_load((DATA / "forms.yaml").read_text("utf-8"))):
        if half is not None and n % 2 != half:
            continue
        for _ in range(20):
            one = filled(form, random)
            yield Pair("form", False, one, filled(form, random), form["language"])
            week = filled(form, random)
            yield Pair("form, cut", False, teaser(one, form["language"], random), week, form["language"])
            yield Pair("form, one headline", False, (one[0], one[1]), (one[0], week[1]), form["language"])
            if one[0] != week[0]:
                yield Pair("form, headlines", False, (one[0], ""), (week[0], ""), form["language"])
            yield Pair("form, framed", False, framed(one, form["language"], random), framed(week, form["language"], random), form["language"])
            yield Pair("form copy", True, one, random.choice([resent, rebylined, framed])(one, form["language"], random), form["language"])
            yield Pair("form corrected", True, one, corrected(one, form["language"], random), form["language"])
    for n, event in enumerate(yaml.safe_load((DATA / "events.yaml").read_text("utf-8"))):
        if half is None or n % 2 == half:
            a, b = ((event[side]["title"], event[side]["text"]) for side in "ab")
            language = "ru" if re.search("[а-я]", a[1]) else "en"
            yield Pair("same event", False, a, b, language)
            yield Pair("same event", False, framed(a, language, random), framed(b, language, random), language)
