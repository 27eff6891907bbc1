"""Copies told from other stories: precision, recall and speed beside two plain methods, and the candidate look-up as the archive grows.

    python bench/compare.py [--sizes 2000,8000,32000] [--seed 20]

The pairs are made by rule (tests/stories/pairs.py). "unseen half" are the stories and forms that no threshold was set on. "hard, written by hand"
are 160 pairs by an author who knew nothing of the method: heavy sub-editing against independent reports, follow-ups and forms, made so that overlap
of words hardly tells them apart.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "stories"))

from pairs import Pair, hard, pairs, stories
from rapidfuzz import fuzz
from rich.console import Console
from rich.table import Table

from wirefeed.model import Entry
from wirefeed.store.database import open_store
from wirefeed.store.items import save_intake
from wirefeed.store.stories import cluster_candidates, save_bands
from wirefeed.stories.clusters import Text, bands, same_story
from wirefeed.stories.intake import intake
from wirefeed.stories.words import words

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def ours(pair: Pair) -> bool:
    """Wirefeed."""
    return same_story(Text(*pair.a), Text(*pair.b))


def jaccard(pair: Pair) -> bool:
    """Word three-grams, Jaccard from 0.5 (the usual near-duplicate measure)."""
    one, two = ({tuple(found[n:n + 3]) for n in range(len(found) - 2)} for found in (words(pair.a[1]), words(pair.b[1])))
    return bool(one | two) and len(one & two) / len(one | two) >= 0.5


def headlines(pair: Pair) -> bool:
    """Headlines alone, from 85 %."""
    return fuzz.token_sort_ratio(pair.a[0].casefold(), pair.b[0].casefold()) >= 85


def measure(method: Callable[[Pair], bool], made: list[Pair]) -> tuple[float, float, float]:
    """Precision, recall, pairs a second."""
    begun = time.perf_counter()
    found = [(pair.same, method(pair)) for pair in made]
    took = time.perf_counter() - begun
    right, said, true = found.count((True, True)), sum(answer for _, answer in found), sum(same for same, _ in found)
    return right / max(said, 1), right / max(true, 1), len(made) / took


def lookups(sizes: list[int], seed: int, table: Table) -> None:
    """Milliseconds a look-up of candidates among so many stories of the window (SQLite)."""
    random, given = Random(seed), stories()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/bench.sqlite")
        store.migrate()
        have, base = 0, 0.0
        for size in sizes:
            while have < size:
                entries = []
                for n in range(have, min(size, have + 500)):
                    shuffled = random.choice(given)["text"].split()
                    random.shuffle(shuffled)
                    entries.append(Entry(f"i{n}", f"Headline number {n} of {random.choice(given)['title']}", None, text=" ".join(shuffled)))
                taken = intake("bench", entries, {}, NOW, backlog=False)
                with store.begin() as db:
                    save_intake(db, taken, NOW)
                    for one in taken.seen:
                        if one.version:
                            save_bands(db, one.version.story_id, bands(one.version.title, one.version.text), NOW)
                have += len(entries)
            times = []
            with store.begin() as db:
                for story in given:
                    asked = bands(story["title"], story["text"])
                    begun = time.perf_counter()
                    cluster_candidates(db, asked, NOW - timedelta(days=14))
                    times.append((time.perf_counter() - begun) * 1000)
            median = statistics.median(times)
            base = base or median
            table.add_row(f"{size:,}", f"{median:.2f}", f"{median / base:.2f}")
        store.close()


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", default="2000,8000,32000")
    options.add_argument("--seed", type=int, default=20)
    given = options.parse_args()
    console = Console()
    table = Table("method", "pairs", "precision", "recall", "F1", "pairs/s", "ratio to us")
    for label, made in (("all", list(pairs(seed=given.seed))), ("unseen half", list(pairs(seed=given.seed, half=1))), ("hard, written by hand", hard())):
        mine = 0.0
        for name, method in (("wirefeed", ours), ("Jaccard of 3-grams", jaccard), ("headlines", headlines)):
            precision, recall, speed = measure(method, made)
            mine = mine or speed
            table.add_row(name, f"{len(made)} ({label})", f"{precision:.4f}", f"{recall:.4f}", f"{2 * precision * recall / (precision + recall):.4f}",
                          f"{speed:.0f}", f"{speed / mine:.2f}")
    console.print(table)
    growth = Table("stories in the window", "ms a look-up (median)", "ratio to the smallest")
    lookups([int(size) for size in given.sizes.split(",")], given.seed, growth)
    console.print(growth)


if __name__ == "__main__":
    main()
