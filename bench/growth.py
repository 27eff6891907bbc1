"""Growth of the database a story, through the pipeline itself: stored, tagged, matched, clustered, decided.

    python bench/growth.py [--stories 2000]

Relevant and irrelevant stories of 120 words apart, on SQLite and, where it is installed, PostgreSQL, in five equal steps: flat when the last
step costs what the first did. Irrelevant ones once more after their texts were pruned (the pages are used again, so the file stays as it is).
"""

import argparse
import random
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]
# ruff: noqa: E402

import psycopg
from rich.console import Console
from rich.table import Table

from postgresql_server import postgresql_server, programs
from wirefeed import pipeline
from wirefeed.model import Entry, When
from wirefeed.settings import Settings, open_database
from wirefeed.store.items import save_intake
from wirefeed.store.stories import prune_texts
from wirefeed.stories.intake import intake

STEPS = 5
PLACES = "Khorog Batken Osh Termez Isfara Kulob Leilek Dushanbe Bishkek Andijan Panjakent Shymkent Karakol Naryn Jalal-Abad".split()
WHO = ("border guards", "armed men", "militants", "smugglers", "soldiers", "police officers", "security officers", "villagers")
DID = ("opened fire near", "crossed the river Panj at", "detained three people in", "found weapons in", "clashed at a crossing near", "set up a post in")
DULL = "harvest market bakery violin stadium museum kitchen garden orchestra carpet melon festival teacher library ticket painter dancer recipe planet".split()


def texts(relevant: bool, seed: int = 1) -> Iterator[tuple[str, str]]:
    """Titles and texts of about 120 words, no two alike."""
    chance = random.Random(seed)

    def sentence() -> str:
        filler = " ".join(f"{chance.choice(DULL)}{chance.randrange(1000)}" for _ in range(6))
        if not relevant:
            return f"The {chance.choice(DULL)} of {chance.randrange(90)} saw {filler} and {chance.choice(DULL)}."
        return f"{chance.randrange(2, 90)} {chance.choice(WHO)} {chance.choice(DID)} {chance.choice(PLACES)}, the service said about {filler}."

    while True:
        yield sentence()[:90], " ".join(sentence() for _ in range(7))


def grow(settings: Settings, relevant: bool, step: int, size: Callable[[], int]) -> tuple[list[float], float, int]:
    """(bytes a story in each step, the same after pruning over all, kept stories)."""
    made, start = texts(relevant), datetime.now(UTC) - timedelta(days=40)
    store = open_database(settings)
    pipeline.tag_pending(settings)
    sizes = [size()]
    kept = 0
    for number in range(STEPS):
        at = start + timedelta(hours=number)
        for feed in range(20):
            entries = tuple(Entry(id=f"{number}-{feed}-{k}", title=title, link=f"http://f{feed}.example/{number}/{k}", text=text, language="en",
                                  published=When(at, at.isoformat(), "bench", True)) for k, (title, text) in enumerate(islice(made, step // 20)))
            with store.begin() as db:
                save_intake(db, intake(f"f{feed}", entries, {}, at, backlog=False, language="en"), at)
        kept += pipeline.tag_pending(settings)["kept"]
        sizes.append(size())
    with store.begin() as db:
        prune_texts(db, datetime.now(UTC) - timedelta(days=30))
    store.close()
    return [(later - earlier) / (step // 20 * 20) for earlier, later in pairwise(sizes)], (size() - sizes[0]) / (step // 20 * 20 * STEPS), kept


def sqlite_size(file: Path) -> int:
    """Bytes in use: pages that are free do not count."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages, free, each = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size"))
    return int((pages - free) * each)


def postgresql_size(url: str) -> int:
    """Bytes of the database after VACUUM FULL: live rows and their indexes, without room that will be used again."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("VACUUM FULL")
        row = db.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


def main() -> None:
    """Every kind of story on every database that is here."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stories", type=int, default=2_000)
    step = options.parse_args().stories // STEPS
    table = Table("database", "stories", "kept", *(f"step {number + 1}" for number in range(STEPS)), "last / first", "pruned",
                  title=f"Bytes a story, {step * STEPS:,} of each kind through the pipeline")
    with tempfile.TemporaryDirectory(prefix="wirefeed-bench-") as name, ExitStack() as stack:
        server = stack.enter_context(postgresql_server(found, "wirefeed")) if (found := programs()) else None
        for kind in ("relevant", "irrelevant"):
            for database in ("SQLite", *(["PostgreSQL"] if server else [])):
                data = Path(name) / f"{kind}-{database}"
                url = ""
                if database == "PostgreSQL":
                    with psycopg.connect(f"postgresql://wirefeed@127.0.0.1:{server}/postgres", autocommit=True) as db:
                        db.execute(f"CREATE DATABASE {kind}")
                    url = f"postgresql://wirefeed@127.0.0.1:{server}/{kind}"
                settings = Settings(data=data, database_url=url, config=data / "none", min_free_gb=0)

                def size(data: Path = data, url: str = url) -> int:
                    return postgresql_size(url) if url else sqlite_size(data / "wirefeed.sqlite")

                each, pruned, kept = grow(settings, kind == "relevant", step, size)
                table.add_row(database, kind, f"{kept:,}", *(f"{one:,.0f}" for one in each), f"{each[-1] / each[0]:.2f}", f"{pruned:,.0f}")
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
