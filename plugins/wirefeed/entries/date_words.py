"""Words of dates in the region's languages, as data: month stems, relative days, zone names. Compared after casefold; a stem fits by prefix."""

# stem -> month; the longest fitting stem wins. Months that a language writes as another does stand once.
MONTHS: dict[str, int] = {}


def _add(*names: str) -> None:
    for number, alternatives in enumerate(names, 1):
        for stem in alternatives.split("|"):
            MONTHS.setdefault(stem.casefold(), number)


_add("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_add("янв", "фев", "мар", "апр", "май|мая|маи|мае|маю", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")  # ru; ky, uz, tg Cyrillic
_add("қаңтар|қаң|qantar|qań", "ақпан|ақп|aqpan", "наурыз|нау|naurız|nauryz", "сәуір|сәу|säuir", "мамыр|мам|mamır|mamyr",
     "маусым|мау|mausym", "шілде|шіл|şilde|shilde", "тамыз|там|tamyz", "қыркүйек|қыр|qyrküiek", "қазан|қаз|qazan", "қараша|қар|qaraşa",
     "желтоқсан|жел|jeltoqsan")  # kk
_add("үчтүн айы", "бирдин айы", "жалган куран", "чын куран", "бугу", "кулжа", "теке", "баш оона", "аяк оона", "тогуздун айы",
     "жетинин айы", "бештин айы")  # ky, traditional
_add("yanv", "fev", "mart", "apr", "may", "iyun", "iyul", "avg", "sent", "okt", "noy", "dek")  # uz Latin
_add("ýanw|yanw", "few", "mart", "apr", "maý", "iýun", "iýul", "awg", "sent", "okt", "noý", "dek")  # tk
_add("türkmenbaşy", "baýdak", "nowruz", "gurbansoltan", "magtymguly", "oguz", "gorkut", "alp arslan", "ruhnama", "garaşsyzlyk", "sanjar",
     "bitaraplyk")  # tk, 2002-2008
_add("ژانویه|جنوری|ینایر", "فوریه|فبروری", "مارس|مارچ", "آوریل|اپریل|آپریل", "مه|می|ماه مه", "ژوئن|جون", "ژوئیه|جولای|ژوییه", "اوت|آگوست|اگست|آگست",
     "سپتامبر|سپتمبر", "اکتبر|اکتوبر", "نوامبر|نومبر", "دسامبر|دسمبر")  # fa, Dari
_add("ینایر", "فبرایر", "مارس", "ابریل|أبریل|نیسان", "مایو", "یونیو", "یولیو", "اغسطس|أغسطس", "سبتمبر", "اکتوبر|أکتوبر", "نوفمبر", "دیسمبر")  # ar
_add("ocak", "şubat", "mart", "nisan", "mayıs", "haziran", "temmuz", "ağustos", "eylül", "ekim", "kasım", "aralık")
_add("січ", "лют", "берез", "квіт", "трав", "черв", "лип", "серп", "верес", "жовт", "листоп", "груд")
_add("januar|jänner", "februar", "märz|mär", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "dezember|dez")
_add("janv", "févr|fév", "mars", "avril|avr", "mai", "juin", "juil", "août|aoû", "septembre", "octobre", "novembre", "déc")
_add("ene", "febrero", "marzo", "abr", "mayo", "junio", "julio", "agosto|ago", "septiembre", "octubre", "noviembre", "dic")

SOLAR: dict[str, int] = {}
for _number, _names in enumerate((
        "فروردین|حمل|фарвардин|ҳамал", "اردیبهشت|ثور|савр", "خرداد|جوزا|ҷавзо", "تیر|سرطان|саратон", "مرداد|امرداد|اسد|асад", "شهریور|سنبله|сунбула",
        "مهر|میزان|мизон", "آبان|عقرب|ақраб", "آذر|قوس|қавс", "دی|جدی|ҷадӣ", "بهمن|دلو|далв", "اسفند|حوت|ҳут"), 1):
    for _stem in _names.split("|"):
        SOLAR[_stem] = _number

# word -> days from today
RELATIVE = {
    "today": 0, "yesterday": -1, "сегодня": 0, "вчера": -1, "позавчера": -2, "бүгін": 0, "кеше": -1, "бүгүн": 0, "кечээ": -1, "bugun": 0, "kecha": -1,
    "бугун": 0, "кеча": -1, "имрӯз": 0, "дирӯз": -1, "şu gün": 0, "bu gün": 0, "düýn": -1, "امروز": 0, "دیروز": -1, "پریروز": -2, "bügin": 0, "keşe": -1, "نن": 0, "پرون": -1, "алдыңгүні": -2,
    "tünəkün": -1, "dün": -1, "bugün": 0, "اليوم": 0, "الیوم": 0, "أمس": -1,
}

# "5 minutes ago": the last word, and the stems of units in minutes
AGO = frozenset("ago назад бұрын мурун oldin олдин пеш öň ozal پیش قبل burun".split())
SPANS = {"сек": 1 / 60, "sec": 1 / 60, "мин": 1, "мүн": 1, "min": 1, "daq": 1, "полчаса": 30, "дақ": 1, "дақиқа": 1, "دقیقه": 1, "час": 60, "hour": 60, "hr": 60, "сағат": 60,
         "саат": 60, "соат": 60, "soat": 60, "sagat": 60, "ساعت": 60, "дн": 1440, "ден": 1440, "day": 1440, "күн": 1440, "кун": 1440, "kun": 1440,
         "рӯз": 1440, "gün": 1440, "روز": 1440, "недел": 10080, "week": 10080, "апта": 10080, "hafta": 10080, "ҳафта": 10080, "هفته": 10080}

# name -> minutes east of UTC. Names that mean several places mean here what this region's publishers mean.
ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "cest": 120, "met": 60, "eet": 120, "eest": 180, "trt": 180,
    "msk": 180, "msd": 240, "мск": 180, "samt": 240, "amt": 240, "azt": 240, "get": 240, "gst": 240, "irst": 210, "irdt": 270, "aft": 270,
    "yekt": 300, "екб": 300, "uzt": 300, "tjt": 300, "tmt": 300, "pkt": 300, "aqtt": 300, "orat": 300, "qyzt": 300, "ist": 330, "npt": 345,
    "kgt": 360, "omst": 360, "btt": 360, "novt": 420, "krat": 420, "hkt": 480, "irkt": 480, "ulat": 480, "kst": 540, "jst": 540,
    "mest": 120, "et": -300, "ct": -360, "mt": -420, "pt": -480,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "hst": -600,
}
ALMATY = frozenset({"almt", "alma-ata"})  # +6 until Kazakhstan's one zone of 1 March 2024, +5 since
ASTANA_MOVES = "2024-03-01"

# What the regional time of a place is called in running text: "по времени Бишкека", "19:40 (Ташкент)". ALMATY's and Astana's zone changed.
PLACES = {"ташкент": 300, "tashkent": 300, "toshkent": 300, "тошкент": 300, "самарканд": 300, "душанбе": 300, "dushanbe": 300, "ашхабад": 300,
          "ашгабат": 300, "ashgabat": 300, "aşgabat": 300, "бишкек": 360, "bishkek": 360, "астан": None, "astana": None, "алмат": None, "almaty": None,
          "нур-султан": None, "москв": 180, "moscow": 180, "моск": 180, "кабул": 270, "kabul": 270, "тегеран": 210, "tehran": 210, "تهران": 210,
          "کابل": 270}
