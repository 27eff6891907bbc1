"""Is a story about Central Asia's security, and about which topics? Small linear models over features a person can read.

The weights lie in relevance.json, fitted by tests/fit_relevance.py with five-fold cross-validation; the features know nothing of single texts:
where topic terms and names of the region stand, how many, whether in one sentence, what else the text is about.
"""

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from wirefeed.tags.reading import REGION, Reading

MOST_TOPICS = 3
_NOWHERE: frozenset[str] = frozenset()
LONG = 1200  # characters from which on a text gathers words of every kind
BARE = 30  # characters of text below which a headline stands alone


def model(it: Reading) -> str:
    """Which model judges relevance: headlines alone have one of their own, or they would teach the other to trust few words."""
    return "headline" if len(it.text.strip()) < BARE else "relevance"


def features(it: Reading) -> dict[str, float]:
    """What the relevance model looks at."""
    where = it.where
    other = sum(it.mass.get(topic, 0.0) for topic in it.topics.others)
    general = sum(it.mass.get(topic, 0.0) for topic in it.topics.general)
    own = sorted(it.own().values(), reverse=True)
    first = own[0] if own else 0.0
    head_topic = head_other = head_general = title_topic = title_general = title_other = 0.0
    told: set[int] = set()
    for hit in it.hits:
        kind = 1 if hit.topic in it.topics.others else 2 if hit.topic in it.topics.general else 0
        title = hit.field == "title"
        head = title or hit.start < where.lead
        if kind == 1:
            head_other += hit.weight * head
            title_other += title
        elif kind == 2:
            head_general += head
            title_general += title
        else:
            head_topic += hit.weight * head
            title_topic += hit.weight * title
        if kind != 1 and not title and hit.weight >= 0.8:
            told.add(it.sentence(hit.start))
    local = title_local = lead_local = afghan = foreign = title_foreign = 0.0
    named: set[int] = set()
    groups = 0
    dateline = 0.0
    for entity in it.entities:
        lands = it.lands.get(entity.id, _NOWHERE)
        if entity.field == "text" and entity.start < where.dateline:
            dateline = max(dateline, float(not REGION.isdisjoint(lands)))
            continue
        groups += entity.type == "armed_group"
        if not REGION.isdisjoint(lands) or entity.id == "area:central-asia":
            local += 1
            if entity.field == "title":
                title_local = max(title_local, 1.0 if entity.type == "country" else 0.8)
            else:
                lead_local += (1.0 if entity.type == "country" else 0.8) * (entity.start < where.lead)
                named.add(it.sentence(entity.start))
        elif "AF" in lands:
            afghan += 1.5 if entity.field == "title" else 1.0
        else:
            foreign += 1.0
            title_foreign += entity.field == "title"
    only = 0.0 if local or afghan else dateline
    local += only  # "БИШКЕК. Милиция ...": a story that names its place in the dateline and nowhere else
    total = local + afghan + foreign
    long = math.log1p(max(0, len(it.text) - LONG) / 1000)
    return {
        "bias": 1.0,
        "topic": math.log1p(first),
        "second": math.log1p(own[1] if len(own) > 1 else 0.0),
        "head": math.log1p(head_topic),
        "title_topic": min(3.0, title_topic),
        "general": math.log1p(general),
        "general_head": math.log1p(head_general),
        "general_title": min(2.0, title_general),
        "other": math.log1p(other),
        "other_head": min(3.0, head_other),
        "other_title": min(2.0, title_other),
        "other_over": math.log1p(other) - math.log1p(first),
        "title_local": title_local,
        "lead_local": min(2.0, lead_local),
        "local": math.log1p(local),
        "share": (local + 0.7 * afghan) / total if total else 0.0,
        "afghan": math.log1p(afghan),
        "foreign": math.log1p(foreign),
        "foreign_title": min(2.0, title_foreign),
        "together": math.log1p(len(told & named)),
        "told": math.log1p(len(told)),
        "groups": min(2.0, math.log1p(groups)),
        "none": 0.0 if local or afghan else 1.0,
        "dateline_only": only,
        "density": min(3.0, 1000 * sum(own) / (len(it.text) + len(it.title) + 200)),
        "other_density": min(3.0, 1000 * other / (len(it.text) + len(it.title) + 200)),
        "long": long,
        "long_topic": long * math.log1p(first),
        "long_general": long * math.log1p(general),
        "long_head": long * math.log1p(head_topic),
        "long_told": long * math.log1p(len(told)),
        "long_local": long * math.log1p(local),
    }


def topic_features(topic: str, it: Reading) -> dict[str, float]:
    """What the topic model looks at, for one topic with hits."""
    own = it.own()
    ranked = sorted(own.values(), reverse=True)
    value = own[topic]
    rank = ranked.index(value)
    mine = [hit for hit in it.hits if hit.topic == topic]
    lead = [hit for hit in mine if hit.field == "text" and hit.start < it.where.lead]
    title: dict[str, float] = {}
    head = 0.0
    for hit in it.hits:
        if it.topical(hit):
            if hit.field == "title":
                title[hit.topic] = title.get(hit.topic, 0.0) + hit.weight
            head += hit.weight * (hit.field == "title" or hit.start < it.where.lead)
    told = {it.sentence(hit.start) for hit in mine if hit.field == "text"}
    firmly = {it.sentence(hit.start) for hit in mine if hit.field == "text" and hit.weight >= 1}
    strongest = max(hit.weight for hit in mine)
    return {
        "bias": 1.0,
        "mass": math.log1p(value),
        "ratio": value / ranked[0],
        "first": 1.0 if rank == 0 else 0.0,
        "second": 1.0 if rank == 1 else 0.0,
        "later": 1.0 if rank > 2 else 0.0,
        "title": min(2.0, title.get(topic, 0.0)),
        "title_top": 1.0 if title and title.get(topic, 0.0) == max(title.values()) else 0.0,
        "lead": min(3.0, sum(hit.weight for hit in lead)),
        "head": 1.0 if lead or topic in title else 0.0,
        "head_share": (sum(hit.weight for hit in lead) + title.get(topic, 0.0)) / (head or 1.0),
        "distinct": math.log1p(len({hit.term for hit in mine})),
        "strong": math.log1p(len({hit.term for hit in mine if hit.weight >= 1.5})),
        "strongest": strongest,
        "weak_only": 1.0 if strongest < 1.2 else 0.0,
        "sentences": math.log1p(len(told)),
        "sentence_share": len(firmly) / len(it.starts),
        "total": math.log1p(sum(own.values())),
    }


@lru_cache(maxsize=1)
def weights() -> dict[str, dict[str, float]]:
    """The fitted weights: model -> feature -> weight, and thresholds."""
    loaded: dict[str, dict[str, float]] = json.loads((files("wirefeed.tags") / "relevance.json").read_text("utf-8"))
    return loaded


def probability(model: str, values: Mapping[str, float]) -> float:
    """Logistic of the weighted sum."""
    own = weights()[model]
    total = 0.0
    for name, value in values.items():
        if value and name in own:
            total += own[name] * value
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
