"""How a back-test is printed: a bar a day, numbers, samples with their hits marked."""

from datetime import date, timedelta
from typing import Any

WIDEST = 40  # characters of a bar
LONGEST = 62  # days; more than that are shown by week


def show_backtest(outcome: Any) -> None:
    """Print a rules.backtest.Outcome."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    counts = f"{outcome.stories} of {outcome.read} stories, {outcome.events} events, {outcome.mails} mails a recipient"
    console.print(f"[bold]{outcome.rule_id}[/]: {counts}", highlight=False)
    if outcome.days:
        table = Table(box=None, padding=(0, 1))
        table.add_column("day")
        table.add_column("stories", justify="right")
        table.add_column("mails", justify="right")
        table.add_column("")
        rows = chart(outcome.days)
        most = max(stories for _day, stories, _mails in rows)
        for day, stories, mails in rows:
            table.add_row(day, str(stories), str(mails), "█" * max(1 if stories else 0, round(WIDEST * stories / most)))
        console.print(table)
    elif outcome.read:
        console.print("no story matched; [dim]wirefeed rules match FILE --rule ID tells which condition a text misses[/]", highlight=False)
    else:
        console.print("the archive holds no story of these days", highlight=False)
    changes = (("Added against the revision before", outcome.added_count, outcome.added), ("Removed against the revision before", outcome.removed_count, outcome.removed))
    for head, several in (("Samples", outcome.samples), *((f"{head}: {count}", some) for head, count, some in changes if count)):
        if several:
            console.print(f"\n[bold]{head}[/]", highlight=False)
        for one in several:
            console.print(Text(f"{one.published[:10]} {one.title} · {one.source}"))
            line = Text("    ")
            for piece, marked in one.fragments:
                line.append(" ".join(f"|{piece}|".split())[1:-1], "bold reverse" if marked else "dim")
            console.print(line)
    if outcome.compared and not outcome.added_count and not outcome.removed_count:
        console.print("[dim]the revision before matches the same stories[/]")
    if not outcome.compared:
        console.print("[dim]no revision before to compare with[/]")


def chart(days: tuple[tuple[str, int, int], ...]) -> list[tuple[str, int, int]]:
    """Days without a hit filled in; by week when there are too many."""
    by_day = {date.fromisoformat(day): (stories, mails) for day, stories, mails in days}
    first, last = min(by_day), max(by_day)
    step = 1 if (last - first).days < LONGEST else 7
    rows = []
    at = first
    while at <= last:
        span = [by_day.get(at + timedelta(days=n), (0, 0)) for n in range(step)]
        rows.append((at.isoformat(), sum(one[0] for one in span), sum(one[1] for one in span)))
        at += timedelta(days=step)
    return rows
