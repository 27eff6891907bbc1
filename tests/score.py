"""`make score`: precision, recall and F1 on the gold sets, by language, beside two baselines in the same run.

Baselines: the statistical models alone (a story is relevant when they find a Central Asian country or city), and plain substring matching of
names and terms as they stand in config/. wire-held.jsonl was never read by whoever wrote terms and features. Exit 1 when a figure lies below tests/gold/floors.yaml.
"""

import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from wirefeed.configuration import PATTERNS
from wirefeed.settings import Settings
from wirefeed.tags.tagger import Tagger, load_tagger
from wirefeed.yaml_files import find

ROOT = Path(__file__).resolve().parent.parent
GOLD = {  # what is shown and held to floors apart; wire-held.jsonl, own.jsonl and short.jsonl are never fitted
    "gold-dev": ("gold-dev.jsonl", "own.jsonl"), "wire-dev": ("wire-dev.jsonl",), "wire-held": ("wire-held.jsonl",),
    "short": ("short.jsonl",)}
FLOORS = ROOT / "tests" / "gold" / "floors.yaml"
MEASURES = ("relevance", "countries", "topics", "entities", "names")
REGION = {"KZ", "KG", "TJ", "TM", "UZ", "AF"}


@dataclass
class Count:
    """Hits, false ones, missed ones."""

    hit: int = 0
    false: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        """Harmonic mean; 1 when there was nothing to find and nothing found."""
        total = 2 * self.hit + self.false + self.missed
        return 2 * self.hit / total if total else 1.0

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.hit / (self.hit + self.false) if self.hit + self.false else 1.0

    @property
    def recall(self) -> float:
        """Share of what is there that was found."""
        return self.hit / (self.hit + self.missed) if self.hit + self.missed else 1.0


Table = dict[tuple[str, str], Count]


def tagger() -> Tagger:
    """The shipped configuration's tagger."""
    config = (ROOT / "config",)
    return load_tagger(find(config, PATTERNS["gazetteer"]), find(config, PATTERNS["topics"]), Settings())


def stories(name: str) -> list[dict[str, Any]]:
    """The labelled stories of one set."""
    return [json.loads(line) for file in GOLD[name] for line in (ROOT / "tests" / "gold" / file).read_text("utf-8").splitlines() if line.strip()]


def add(table: Table, language: str, measure: str, hit: int, false: int, missed: int) -> None:
    """Count for the language and for all."""
    for key in ((language, measure), ("all", measure)):
        count = table[key]
        count.hit, count.false, count.missed = count.hit + hit, count.false + false, count.missed + missed


def sets(table: Table, language: str, measure: str, got: set[Any], want: set[Any]) -> None:
    """Compare two sets."""
    add(table, language, measure, len(got & want), len(got - want), len(want - got))


def overlap(one: dict[str, Any], start: int, end: int) -> bool:
    """Whether a labelled span and another share a character."""
    return bool(start < one["end"] and one["start"] < end)


def score(stories_: list[dict[str, Any]], tags: Tagger) -> Table:
    """Our figures. Entities: same id and overlap, boilerplate left out. Names: model entities that overlap a labelled name, recall and precision."""
    table: Table = defaultdict(Count)
    for story in stories_:
        language = story["language"]
        found = tags.tag(story["title"], story["text"], language)
        sets(table, language, "relevance", {1} if found.relevant else set(), {1} if story["relevant"] else set())
        sets(table, language, "countries", set(found.countries), set(story["countries"]))
        sets(table, language, "topics", {topic.id for topic in found.topics}, set(story["topics"]))
        if "entities" not in story:  # own.jsonl and short.jsonl label no mentions
            continue
        names = story.get("names", [])
        # Entities that joined the gazetteer after a set was labelled stand in it as names: there they are right, and no entity mentions.
        newer = {one.id for one in found.entities if one.field == "text" and one.id and any(
            overlap(label, one.start, one.end) for label in names) and not any(overlap(label, one.start, one.end) for label in story["entities"])}
        mine = [one for one in found.entities if one.field == "text" and one.id and one.id not in newer]
        used: set[int] = set()
        hits = missed = 0
        for label in story["entities"]:
            at = next((n for n, one in enumerate(mine) if n not in used and one.id == label["id"] and overlap(label, one.start, one.end)), None)
            if label.get("boilerplate"):
                used |= {n for n, one in enumerate(mine) if overlap(label, one.start, one.end)}
            elif at is None:
                missed += 1
            else:
                used.add(at)
                hits += 1
        add(table, language, "entities", hits, len(mine) - len([n for n in used if n < len(mine)]), missed)
        if found.relevant and language in ("en", "ru"):
            model = [one for one in found.entities if one.field == "text" and (one.by == "model" or one.id in newer)]
            named = [label for label in names if any(overlap(label, one.start, one.end) for one in model)]
            # Only first mentions are labelled: a model span is false when no labelled name stands in it or holds it.
            texts = [label["text"].casefold() for label in names]
            false = sum(not any(overlap(label, one.start, one.end) for label in names)
                        and not any(form in text or text in form for text in texts for form in (one.text.casefold(), one.name.casefold())) for one in model)
            add(table, language, "names", len(named), false, len(names) - len(named))
    return table


def substring(stories_: list[dict[str, Any]], tags: Tagger) -> Table:
    """Plain substring matching, case folded: what grep would do with the same lists."""
    table: Table = defaultdict(Count)
    names = [(name.casefold(), entity) for entity in tags.gazetteer for given in entity.names.values() for name in given]
    terms = [(term.term.casefold(), topic) for topic, entry in tags.topics.all.items() if topic in tags.topics
             for given in entry.terms.values() for term in given if term.weight >= 1.5 and not term.near]  # its best: weak terms would drown it
    for story in stories_:
        whole = f"{story['title']}\n{story['text']}".casefold()
        entities = [entity for name, entity in names if name in whole]
        topics = {topic for term, topic in terms if term in whole}
        lands = {land for entity in entities for land in entity.country}
        relevant = bool(lands & REGION) and bool(topics)
        sets(table, story["language"], "relevance", {1} if relevant else set(), {1} if story["relevant"] else set())
        sets(table, story["language"], "countries", lands, set(story["countries"]))
        sets(table, story["language"], "topics", topics if relevant else set(), set(story["topics"]))
    return table


def models_alone(stories_: list[dict[str, Any]], tags: Tagger) -> Table:
    """spaCy and slovnet alone: their place names looked up as written."""
    table: Table = defaultdict(Count)
    exact = {name.casefold(): entity for entity in tags.gazetteer for given in entity.names.values() for name in given}
    for story in stories_:
        if story["language"] not in ("en", "ru"):
            continue
        found = tags._recogniser.find(story["title"], story["text"], story["language"])
        lands = {land for one in found if (entity := exact.get(one.name.casefold()) or exact.get(one.text.casefold())) for land in entity.country}
        sets(table, story["language"], "relevance", {1} if lands & REGION else set(), {1} if story["relevant"] else set())
        sets(table, story["language"], "countries", lands, set(story["countries"]))
    return table


def show(title: str, table: Table) -> None:
    """Print F1 (precision/recall) by language."""
    from rich.console import Console
    from rich.table import Table as Grid

    grid = Grid("language", *MEASURES, title=title)
    for language in sorted({language for language, _ in table}, key=lambda name: (name == "all", name)):
        grid.add_row(language, *(f"{c.f1:.3f} ({c.precision:.2f}/{c.recall:.2f})" if (c := table.get((language, measure))) else "" for measure in MEASURES))
    Console(width=140).print(grid)


def below(name: str, table: Table) -> list[str]:
    """Figures of a set under their recorded floor."""
    floors = yaml.safe_load(FLOORS.read_text("utf-8"))[name]
    return [f"{name}: {measure}: F1 {table['all', measure].f1:.3f} is below the floor {floor}" for measure, floor in floors.items()
            if table["all", measure].f1 < floor]


def main() -> None:
    """Measure, print, and fail below the floors."""
    tags = tagger()
    faults: list[str] = []
    for name in GOLD:
        gold = stories(name)
        ours = score(gold, tags)
        show(f"{name}: Wirefeed on {len(gold)} stories: F1 (precision/recall)", ours)
        show(f"{name}: baseline: substrings of the same lists", substring(gold, tags))
        show(f"{name}: baseline: spaCy (en) and slovnet (ru) alone", models_alone(gold, tags))
        faults += below(name, ours)
    print("Cross-validated figures of the models: .venv/bin/python tests/fit_relevance.py")
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
