"""Dates as publishers write them into honest times: UTC, the raw string, whether a zone was known, and what is odd.

feedparser 6 reads MSK, ALMT and UZT as UTC, takes "2016/6/29" for this month, and knows no Cyrillic month: so we read the raw strings.
A date without a zone is computed where ``now`` is (UTC, or the feed's place) with zone_known false; "now" never stands in for a missing date.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jdatetime

from wirefeed.entries.date_words import AGO, ALMATY, ASTANA_MOVES, MONTHS, PLACES, RELATIVE, SOLAR, SPANS, ZONES
from wirefeed.model import When

FUTURE = timedelta(hours=26)  # beyond: no zone explains it
EARLIEST = 1990  # no wire was on the web before: 1970 is an unset clock
LONGEST = 200  # characters: no date is longer, and none may cost more
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?:[t\s,]+|$)|(?<!\d)(\d{4})(\d{2})(\d{2})(?=t\d|$|\s)")
_NUMERIC = re.compile(r"(?<![\d:])(\d{1,4})[./\-](\d{1,2})[./\-](\d{1,4})(?![\d])")
_CLOCK = re.compile(r"(?<!\d)(\d{1,2})[:h.](\d{2})(?:[:.](\d{2}))?(?:[.,]\d+)?\s*((?:a\.?m\.?|p\.?m\.?)(?![^\W\d_]))?(?=$|[^\d])")
_BASIC_CLOCK = re.compile(r"t(\d{2})(\d{2})(\d{2})?(?:\.\d+)?(?=z|[+\-]|$|\s)")
_OFFSET = re.compile(r"(?:(?:gmt|utc)\s*)?([+\-−])(\d{1,2})(?::?(\d{2}))?\s*(?:\(|$|\D*$)")
_RFC822 = re.compile(r"(?:[A-Za-z]{3}, ?)?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d{2}):(\d{2})(?::(\d{2}))? (?:([+-])(\d{2}):?(\d{2})|GMT|UTC|Z)", re.A)
_RFC3339 = re.compile(r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:([+-])(\d{2}):(\d{2})|[Zz])", re.A)
_ENGLISH = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_LONG_YEAR = re.compile(r"(?<!\d)(1[2-9]\d\d|20\d\d|2100)(?!\d)")
_DIGITS = {ord(digit): str(unicodedata.digit(digit)) for digit in "۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩"}


def read_date(raw: str | None, *, source: str, now: datetime) -> When:
    """Read one date. ``utc`` is None when no reading is sound; a date without a zone is placed in ``now``'s own one, the publisher's place.

    ``flags``: day-only, month-only, year-only, year-guessed, zone-guessed, ambiguous-order, relative, future, absurd, unreadable.
    """
    if raw is None or not raw.strip():
        return When()
    if len(raw) > LONGEST:
        return When(None, raw[:LONGEST], source, False, ("unreadable",))
    try:
        found = _usual(raw) or _read(raw, now)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        return When(None, raw, source, False, ("unreadable",))
    moment, zone_known, flags = found
    moment = moment.astimezone(UTC)
    if moment.year < EARLIEST or moment > now + timedelta(days=366):
        flags = (*flags, "absurd")
    elif moment > now + FUTURE:
        flags = (*flags, "future")
    return When(moment, raw, source, zone_known, flags)


def _usual(raw: str) -> tuple[datetime, bool, tuple[str, ...]] | None:
    """The two forms the standards ask for, with a numeric zone: nine dates of ten."""
    if found := _RFC822.fullmatch(raw.strip()):
        day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
        number = _ENGLISH.get(month.lower())
        if number is None or hour == "24" or (hours and int(hours) > 14):
            return None
        zone = timezone(timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)) if hours else UTC
        return datetime(int(year), number, int(day), int(hour), int(minute), min(int(second or 0), 59), tzinfo=zone), True, ()
    if found := _RFC3339.fullmatch(raw.strip()):
        year, month, day, hour, minute, second, sign, hours, minutes = found.groups()
        if hour == "24" or (hours and int(hours) > 14):
            return None
        zone = timezone(timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)) if hours else UTC
        return datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59), tzinfo=zone), True, ()
    return None


def _read(raw: str, now: datetime) -> tuple[datetime, bool, tuple[str, ...]] | None:
    text = unicodedata.normalize("NFC", raw).translate(_DIGITS).casefold().strip().replace("\u200c", " ").replace("\u200f", "")
    text = re.sub(r"\s+", " ", text.replace("ي", "ی").replace("ك", "ک").replace("i̇", "i"))
    if "年" in text or "년" in text:
        text = re.sub(r"\s*[年月년월]\s*", "-", re.sub("[日일]", " ", text))
    here = now.tzinfo or UTC
    guessed = () if here is UTC else ("zone-guessed",)
    if re.fullmatch(r"-?\d{9,10}(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), UTC), True, ()
    if re.fullmatch(r"\d{13}", text):
        return datetime.fromtimestamp(int(text) / 1000, UTC), True, ()
    if found := re.fullmatch(r"((?:19|20)\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)", text):
        year, month, number, hour, minute, second = map(int, found.groups())
        return datetime(year, month, number, hour, minute, second, tzinfo=here), False, guessed
    if found := re.fullmatch(r"(\d{4})(?:-(\d{2}))?", text):  # W3C-DTF's coarse forms
        return datetime(int(found[1]), int(found[2] or 1), 1, tzinfo=UTC), False, ("month-only" if found[2] else "year-only",)
    if moment := _ago(text, now):
        return moment, True, ("relative",)
    flags: list[str] = []
    day, rest = _day(text, now, flags)
    if day is None:
        return _month_alone(text)
    clock, rest = _clock(rest)
    if clock is None:
        clock = time()
        flags.append("day-only")
    zone = _zone(rest, day) or _named_zone(raw)
    whole = datetime.combine(day, clock)
    if re.search(r"(?<!\d)24:00", text):
        whole += timedelta(days=1)
    return whole.replace(tzinfo=zone or here), zone is not None, (*flags, *(() if zone else guessed))


def _month_alone(text: str) -> tuple[datetime, bool, tuple[str, ...]] | None:
    """"май 2017", "Nov. 2020"."""
    month, solar, span = _month(text)
    year = re.fullmatch(r"\D{0,3}((?:19|20)\d\d|1[34]\d\d)\D{0,5}", text[:span[0]] + text[span[1]:]) if month else None
    if year is None:
        return None
    day = _solar(int(year[1]), month, 1) if solar or int(year[1]) < 1600 else date(int(year[1]), month, 1)
    return datetime.combine(day, time(), UTC), False, ("month-only",)


def _day(text: str, now: datetime, flags: list[str]) -> tuple[date | None, str]:
    """The day, and the text without it."""
    if found := _ISO.search(text):
        year, month, number = (int(part) for part in found.groups() if part is not None)
        return _made(year, month, number), f"{text[:found.start()]}{' t' if found[1] else ''}{text[found.end():]}"
    month, solar, span = _month(text)
    if month:
        without = text[:span[0]] + " " + text[span[1]:]
        day, rest = _named(month, solar, without)
        if day is None and not _LONG_YEAR.search(without) and not solar:
            day, rest = _without_year(month, without, now.date(), flags)
        if day is not None:
            return day, rest
    if found := _NUMERIC.search(text) or re.search(r"(?<![\d:])([0-3]?\d) ([01]\d) ((?:19|20)\d\d)(?!\d)", text):
        return _numeric(found, flags, now.date()), text[:found.start()] + " " + text[found.end():]
    if (found := re.search(r"(?<![\d:.])([0-3]?\d)\.([01]\d)(?![\d.:])", text)) and _CLOCK.search(text[:found.start()] + " " + text[found.end():]):
        return _last(int(found[1]), int(found[2]), now.date(), flags), text[:found.start()] + " " + text[found.end():]  # "12.06, 14:05"
    for word, days in RELATIVE.items():
        if re.search(rf"(?<!\w){word}(?!\w)", text):
            flags.append("relative")
            return now.date() + timedelta(days=days), text.replace(word, " ")
    if re.fullmatch(r"([01]?\d|2[0-3])[:.]([0-5]\d)", text):  # a list page's "14:05"
        flags.append("relative")
        return now.date(), text
    return None, text


def _without_year(month: int, text: str, today: date, flags: list[str]) -> tuple[date | None, str]:
    """"25 июня, 11:41": the last such day that is not in the future."""
    found = re.search(r"(?<![\d:.])(\d{1,2})(?![\d:.])", text)
    if found is None or not 1 <= int(found[1]) <= 31:
        return None, text
    return _last(int(found[1]), month, today, flags), text[:found.start()] + " " + text[found.end():]


def _last(number: int, month: int, today: date, flags: list[str]) -> date:
    flags.append("year-guessed")
    day = date(today.year, month, number)
    return day if day <= today + timedelta(days=1) else day.replace(year=today.year - 1)


def _ago(text: str, now: datetime) -> datetime | None:
    found = re.match(r"(?:около |about |~)?(?:(\d{1,3})\s*|an? |one |бир |bir |یک )?([^\W\d_]+)\.?\s+([^\W\d_]+)$", text)
    if found is None or found[3] not in AGO:
        return None
    minutes = next((minutes for stem, minutes in SPANS.items() if found[2].startswith(stem)), None)
    return now.astimezone(UTC) - timedelta(minutes=int(found[1] or 1) * minutes) if minutes else None


def _named_zone(raw: str) -> tzinfo | None:
    """A zone by its name in the IANA database ("Asia/Tashkent")."""
    found = re.search(r"\b(?:Asia|Europe|America|Africa|Etc|Indian|Pacific|Australia|Atlantic)/[A-Z][A-Za-z_+\-0-9]{1,30}\b", raw)
    try:
        return ZoneInfo(found[0]) if found else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _month(text: str) -> tuple[int, bool, tuple[int, int]]:
    found_all: list[tuple[int, int, bool, tuple[int, int]]] = []
    for names, solar in ((MONTHS, False), (SOLAR, True)):
        for found in _WORD.finditer(text):
            word = found[0]
            for size in range(len(word), 1, -1):
                month = names.get(word[:size])
                # Arabic-script names and short stems must be the whole word ("می" begins many)
                whole = size == len(word)
                if month and (whole or (size >= 3 and word[0] < "\u0600")):
                    found_all.append((size, month, solar, found.span()))
                if month:
                    break
    if len({month for _, month, _, _ in found_all}) > 1:  # a weekday cut to a month's letters stands first: "mar., 01 déc. 2020"
        found_all = [one for one in found_all if one[3][0] > 0]
    if not found_all:
        for name in [stem for stem in MONTHS if " " in stem]:
            if (at := text.find(name)) >= 0:
                return MONTHS[name], False, (at, at + len(name))
        return 0, False, (0, 0)
    best = max(found_all, key=lambda one: one[0])
    return best[1], best[2], best[3]


def _named(month: int, solar: bool, text: str) -> tuple[date | None, str]:
    found = _LONG_YEAR.search(text)
    if found:
        year, text = int(found[1]), text[:found.start()] + " " + text[found.end():]
        clock = _CLOCK.search(text)
        days = [m for m in re.finditer(r"(?<![\d:.+\-])(\d{1,2})(?![\d:])", text)
                if not (clock and clock.start() <= m.start() < clock.end()) and 1 <= int(m[1]) <= 31]
        if not days:
            return None, text
        text_left = text[:days[0].start()] + " " + text[days[0].end():]
        return (_solar(year, month, int(days[0][1])) if solar or year < 1600 else _made(year, month, int(days[0][1]))), text_left
    short = re.search(r"(?<![\d:])(\d{1,2})[^\d:]{1,4}(?:'|’)?(\d{2})(?![\d:])", text)  # 07 Mar 24 (RFC 822)
    if short:
        return _made(_century(int(short[2])), month, int(short[1])), text[:short.start()] + " " + text[short.end():]
    return None, text


def _numeric(found: re.Match[str], flags: list[str], now: date) -> date | None:
    one, two, three = int(found[1]), int(found[2]), int(found[3])
    if len(found[1]) == 4:
        return _solar(one, two, three) if one < 1600 else _made(one, two, three)
    year = three if len(found[3]) == 4 else _century(three) if len(found[3]) == 2 else -1
    if year < 0 or len(found[1]) > 2:
        return None
    if two > 12:  # only the American order fits
        return _made(year, one, two)
    if len(found[3]) == 2 and "-" in found[0] and date(year, two, one) > now and year > 2000 + one:
        return _made(_century(one), two, three)  # "03-12-31", ISO 8601's old short form
    if one <= 12 and one != two and "/" in found[0]:
        flags.append("ambiguous-order")
    return _solar(year, two, one) if year < 1600 else _made(year, two, one)


def _century(year: int) -> int:
    return year + (2000 if year < 70 else 1900)


def _made(year: int, month: int, day: int) -> date | None:
    if year < 1600 and year >= 1200:
        return _solar(year, month, day)
    return date(year, month, day)


def _solar(year: int, month: int, day: int) -> date:
    """Solar Hijri (Iran, Afghanistan) into the Gregorian calendar."""
    return jdatetime.date(year, month, day).togregorian()  # type: ignore[no-any-return]


def _clock(text: str) -> tuple[time | None, str]:
    if "ظ" in text:  # the Persian halves of a day
        text = re.sub(r"ب\.? ?ظ\.?|بعد ?از ?ظهر", "pm", re.sub(r"ق\.? ?ظ\.?|قبل ?از ?ظهر", "am", text))
    found = _BASIC_CLOCK.search(text) or _CLOCK.search(text)
    if not found:
        return None, text
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    half = found[4] if found.re is _CLOCK else None
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    if hour > 24 or minute > 59:
        return None, text
    return time(hour % 24, minute, min(second, 59)), f"{text[:found.start()]} {text[found.end():]}"


def _zone(text: str, day: date) -> tzinfo | None:
    text = text.strip()
    if found := _OFFSET.search(text):
        hours, minutes = int(found[2]), int(found[3] or 0)
        if len(found[2]) <= 2 and hours <= 15 and minutes < 60:
            return timezone((1 if found[1] == "+" else -1) * timedelta(hours=hours, minutes=minutes))
    almaty = timezone(timedelta(hours=6 if day.isoformat() < ASTANA_MOVES else 5))
    for word in reversed(_WORD.findall(text)):
        if word in ALMATY:
            return almaty
        if word in ZONES:
            return timezone(timedelta(minutes=ZONES[word]))
    if re.search(r"\dz\b|^z$", text):
        return UTC
    for stem, east in PLACES.items():
        if stem in text and re.search(rf"врем\w+ {stem}|{stem}\w* (?:врем|уақыт|убакыт|вақт|вахт)|{stem}\w* (?:vaqti|time|wagty)|وقت {stem}|\({stem}\w*\)", text):
            return timezone(timedelta(minutes=east)) if east is not None else almaty
    return None
