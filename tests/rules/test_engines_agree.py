"""Rules and stories by hypothesis: percolation of the batch and of each story alone, the local index (tantivy), Elasticsearch by our DSL and
Elasticsearch's own query_string must find the same stories."""

import itertools
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from wirefeed.index.analysis import terms
from wirefeed.index.base import SearchRequest
from wirefeed.index.document import document
from wirefeed.index.elastic import ElasticIndex
from wirefeed.index.local import LocalIndex
from wirefeed.model import Change, Document, Entity, Tags, Topic, Version, When
from wirefeed.rules.explain import holds
from wirefeed.rules.percolate import Percolator
from wirefeed.rules.query import Query, parse
from wirefeed.rules.to_elastic import compile_query
from wirefeed.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS = ["border", "borders", "clash", "clashes", "troops", "military", "internal", "emergency", "drone's", "Batken", "it",
         "войска", "войсками", "граница", "границе", "пограничники", "военные", "ёлка", "перестрелка", "Киргизия",
         "o'zbekiston", "Oʻzbekiston", "g‘alaba", "чегара", "тоҷик", "қазақ", "مرزی", "نيروها", "2026", "АЭС"]
COMPOUND = ["таджикско-афганская", "Kyrgyz-Tajik", "ex-soldier", "северо-восток", "кыргызско-таджикской", "air-base"]
WILD = ["воен*", "пере*ка", "bord*", "cla?h", "войск*", "o'zb*", "границ?", "тро*", "mili*", "ҷон*", "қаз*"]
TOPICS = ["border", "militancy", "water"]
COUNTRIES = ["KG", "TJ", "UZ"]
ENTITIES = ["country:TJ", "group:iskp", "city:batken"]

word = st.sampled_from(WORDS)
loose = st.one_of(word, word, st.sampled_from(COMPOUND))


class Rule:
    """A rule as we write it, as query_string wants it (wildcards name the unstemmed twin), and what it is made of."""

    def __init__(self, text: str, kibana: str, kinds: frozenset[str]) -> None:
        self.text, self.kibana, self.kinds = text, kibana, kinds


def kinds_of(text: str) -> frozenset[str]:
    """What the share of cases is counted by."""
    return frozenset(name for name, there in (
        ("cyrillic", any("а" <= c.lower() <= "я" for c in text)), ("hyphen", "-" in text), ("apostrophe", any(c in "'ʻ‘" for c in text))) if there)


def in_field(name: str, text: str) -> str:
    return f"{name}:{text}" if name else text


@st.composite
def leaf(draw: st.DrawFn) -> Rule:
    kind = draw(st.sampled_from(["word", "word", "word", "phrase", "phrase", "near", "wild", "range", "tag", "tag"]))
    name = draw(st.sampled_from(["", "", "", "text", "title"]))
    if kind == "word":
        made = in_field(name, draw(word))
        return Rule(made, made, kinds_of(made))
    if kind == "phrase":
        made = in_field(name, '"' + draw(st.one_of(st.sampled_from(COMPOUND), st.tuples(word, word).map(" ".join))) + '"')
        return Rule(made, made, kinds_of(made) | {"phrase"})
    if kind == "near":
        pair = st.tuples(word, word).filter(lambda two: terms(two[0]) != terms(two[1]))
        made = in_field(name, f'"{" ".join(draw(pair))}"~{draw(st.integers(1, 6))}')
        return Rule(made, made, kinds_of(made) | {"slop"})
    if kind == "wild":
        wild = draw(st.sampled_from(WILD))
        exact = f"{name}.exact:{wild}" if name else f"(title.exact:{wild} OR text.exact:{wild})"
        return Rule(in_field(name, wild), exact, kinds_of(wild) | {"wildcard"})
    if kind == "range":
        day = NOW - timedelta(days=draw(st.integers(0, 9)))
        made = draw(st.sampled_from([
            f"published:[{day:%Y-%m-%d} TO *]", f"published:{{* TO {day:%Y-%m-%d}}}", f"published:[2026-02-20 TO {day:%Y-%m-%d}}}",
            f"published:>{day:%Y-%m-%d}", f"published:<={day:%Y-%m-%d}", "published:[2026-02 TO 2026-03]", "score:[0.25 TO 0.75]", "score:{0.5 TO *}",
            "copies:[2 TO *]", "copies:>2", "copies:3", "copies:{1 TO 3]"]))
        return Rule(made, made, frozenset({"range"}))
    made = draw(st.sampled_from([*(f"topic:{one}" for one in TOPICS), *(f"country:{one.lower()}" for one in COUNTRIES), *(f'entity:"{one}"' for one in ENTITIES),
                                 "entity:iskp", 'entity:"iskp country"~3', 'entity:"tj group"', 'entity:"tj group"~1', "language:ru", 'source:"Test Wire"', "withdrawn:false", "country:*", "topic:mili*", "place:batken"]))
    return Rule(made, made, frozenset({"wildcard"} if made == "topic:mili*" else ()))


@st.composite
def rule(draw: st.DrawFn, depth: int = 2) -> Rule:
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(leaf())
    parts = [draw(rule(depth=depth - 1)) for _ in range(draw(st.integers(2, 3)))]
    kinds = frozenset().union(*(part.kinds for part in parts))
    shape = draw(st.sampled_from(["AND", "OR", "OR", "NOT", "SIGNS"]))
    if shape in ("AND", "OR"):
        return Rule(*(f" {shape} ".join(f"({one})" for one in texts) for texts in zip(*((p.text, p.kibana) for p in parts), strict=True)), kinds)
    a, b = parts[0], parts[1]
    if shape == "NOT":
        return Rule(f"({a.text}) AND NOT ({b.text})", f"({a.kibana}) AND NOT ({b.kibana})", kinds | {"negation"})
    return Rule(f"+({a.text}) -({b.text})", f"+({a.kibana}) -({b.kibana})", kinds | {"negation"})


@st.composite
def stories(draw: st.DrawFn) -> list[dict[str, Any]]:
    one = st.fixed_dictionaries({
        "title": st.lists(loose, min_size=0, max_size=5).map(" ".join), "text": st.lists(loose, min_size=0, max_size=14).map(", ".join),
        "hours": st.integers(0, 240), "topics": st.lists(st.sampled_from(TOPICS), unique=True, max_size=2),
        "countries": st.lists(st.sampled_from(COUNTRIES), unique=True, max_size=2), "entities": st.lists(st.sampled_from(ENTITIES), unique=True, max_size=2),
        "language": st.sampled_from(["en", "ru"]), "score": st.sampled_from([0.25, 0.5, 0.75, 0.9]), "copies": st.integers(1, 4)})
    return draw(st.lists(one, min_size=8, max_size=14))


def make(number: int, given_: dict[str, Any]) -> Document:
    """A generated story as the pipeline makes it."""
    at = NOW - timedelta(hours=given_["hours"])
    kinds = {"country": "country", "group": "armed_group", "city": "city"}
    entities = tuple(Entity(one, kinds[one.split(":")[0]], one.split(":")[1], "text", "", 0, 0) for one in given_["entities"])
    tags = Tags(given_["language"], True, given_["score"], tuple(given_["countries"]), tuple(Topic(one, 0.8, ()) for one in given_["topics"]), entities)
    version = Version(f"{number:032x}", 1, "test-feed", at, Change.FIRST, given_["title"], given_["text"], None, When(at), language=given_["language"])
    return document(version, source="Test Wire", source_kind="agency", first_seen=at, first_published=at, tags=tags, copies=given_["copies"])


@pytest.fixture
def elastic(elasticsearch_url: str, tmp_path: Path) -> Iterator[ElasticIndex]:
    """An index of the test's own on the real node."""
    prefix = f"t{uuid.uuid4().hex[:10]}"
    index = ElasticIndex.open(Settings(data=tmp_path, index="elasticsearch", elasticsearch_url=elasticsearch_url, index_prefix=prefix))
    index.setup()
    yield index
    for name in index.client.indices.get(index=f"{prefix}-*", filter_path="*.settings.index.uuid").body:
        index.client.indices.delete(index=name)
    for template in index.client.indices.get_index_template(name=f"{prefix}-*").body["index_templates"]:
        index.client.indices.delete_index_template(name=template["name"])
    index.close()


def server(elastic: ElasticIndex, queries: list[dict[str, Any]], ids: list[str]) -> list[set[str]]:
    """Those of the ids that Elasticsearch finds for each query."""
    lines: list[dict[str, Any]] = []
    for query in queries:
        lines += [{"index": f"{elastic.prefix}-stories"}, {"query": {"bool": {"must": [query], "filter": [{"ids": {"values": ids}}]}}, "size": 100, "_source": False}]
    answers = elastic.client.msearch(searches=lines).body["responses"]
    assert all("hits" in answer for answer in answers), next(answer for answer in answers if "hits" not in answer)
    return [{hit["_id"] for hit in answer["hits"]["hits"]} for answer in answers]


def test_all_ways_of_running_a_rule_find_the_same_stories(elastic: ElasticIndex, tmp_path: Path) -> None:
    counted: Counter[str] = Counter()
    fresh = itertools.count(1)

    # No shrinking: a failure names its rule and stories, and every step of shrinking would ask two servers.
    @settings(max_examples=60, phases=[Phase.generate], deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(rules=st.lists(rule(), min_size=12, max_size=20), made=stories())
    def check(rules: list[Rule], made: list[dict[str, Any]]) -> None:
        # Ids of their own: a story deleted a moment ago leaves its version behind, and the same one again would be stale.
        documents = [make(next(fresh), one) for one in made]
        ids = [one["id"] for one in documents]
        queries: list[Query] = [parse(one.text) for one in rules]
        slots = Percolator([_Named(str(number), query) for number, query in enumerate(queries)]).slots(documents)
        percolated = [{ids[slot] for slot in slots.get(str(number), ())} for number in range(len(rules))]
        evaluated = [{one["id"] for one in documents if holds(query.tree, one)} for query in queries]
        local = LocalIndex(tmp_path / uuid.uuid4().hex, patience=5)
        local.setup()
        assert not local.upsert(documents).failed
        assert not elastic.upsert(documents).failed
        local.refresh()
        elastic.refresh()
        try:
            found = [{hit.id for hit in local.search(SearchRequest(query=query, size=100)).hits} for query in queries]
            ours = server(elastic, [compile_query(query) for query in queries], ids)
            theirs = server(elastic, [{"query_string": {"query": one.kibana, "fields": ["title", "text"], "default_operator": "OR"}} for one in rules], ids)
        finally:
            elastic.delete(ids)
            local.close()
        for number, one in enumerate(rules):
            ways = {"percolation": percolated[number], "alone": evaluated[number], "local": found[number], "dsl": ours[number], "query_string": theirs[number]}
            differ = {name: sorted(int(one, 16) for one in found ^ percolated[number]) for name, found in ways.items() if found != percolated[number]}
            assert not differ, (one.text, one.kibana, differ, [
                (d["title"], d["text"]) for d in documents if d["id"] in set().union(*ways.values()) - set.intersection(*ways.values())])
            counted.update(["rules", *one.kinds, *(["hit"] if percolated[number] else [])])

    check()
    shares = {name: counted[name] / counted["rules"] for name in ("cyrillic", "hyphen", "apostrophe", "wildcard", "negation", "range", "slop")}
    assert min(shares.values()) >= 0.05, shares
    assert counted["hit"] / counted["rules"] >= 0.2, counted
    assert counted["rules"] >= 700


class _Named:
    def __init__(self, rule_id: str, parsed: Query) -> None:
        self.id, self.parsed = rule_id, parsed
