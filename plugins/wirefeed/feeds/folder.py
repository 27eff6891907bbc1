"""[IO] Drop folders: wire files that somebody else's program puts there (NewsML-G2, NITF, ninjs, IPTC 7901, or any feed document)."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from wirefeed.entries.parse import parse
from wirefeed.errors import InputRefused
from wirefeed.feeds.catalog import Feed
from wirefeed.feeds.fetch import CAP, Fetched
from wirefeed.model import Entry, ParsedFeed

AT_ONCE = 500  # files of one poll
SETTLED = 2.0  # seconds a file must be old: a half-written one is left for the next poll
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".swp", "~")


def folder_of(feed: Feed, data: Path) -> Path:
    """The folder a feed names; a relative one lies in the data folder."""
    return data / feed.url.removeprefix("folder:")


def read_new(feed: Feed, data: Path, cursor: str | None, now: datetime) -> tuple[Fetched, ParsedFeed | None]:
    """Files that came or changed after ``cursor`` (nanoseconds and name of the last one read), oldest first, as one document.

    A file that is no document is counted as a rejected item with its reason; the files themselves are never touched.
    """
    folder = folder_of(feed, data)
    plain = Fetched("failed", feed.url, feed.url)
    try:
        # The time of arrival (ctime), not of writing: rsync and mv keep the writer's time, and such a file would be passed over.
        files = sorted((found.stat().st_ctime_ns, found.name, found) for found in folder.iterdir() if _finished(found))
    except OSError as error:
        return replace(plain, fault="network", reason=f"{folder}: {error.strerror or error}"), None
    ready = int((now.timestamp() - SETTLED) * 1e9)
    last = _place(cursor)
    new = [(time, name, path) for time, name, path in files if (time, name) > last and time <= ready][:AT_ONCE]
    if not new:
        return replace(plain, outcome="not-modified", modified=cursor, conditional=True), None
    entries: list[Entry] = []
    rejected: list[tuple[int, str]] = []
    for number, (_, name, path) in enumerate(new):
        try:
            if path.stat().st_size > CAP:
                raise InputRefused(f"larger than {CAP // 2**20} MB")
            document = parse(path.read_bytes(), url=path.absolute().as_uri(), content_type=None, now=now.astimezone(feed.place))
            entries.extend(document.entries)
            rejected.extend((number, f"{reason}: {name}") for _, reason in document.rejected)
        except InputRefused as error:
            rejected.append((number, f"{error}: {name}"))
        except OSError as error:
            rejected.append((number, f"{error.strerror}: {name}"))
    time, name, _ = new[-1]
    got = replace(plain, outcome="body", modified=f"{time} {name}")
    return got, ParsedFeed("folder", "", feed.title, tuple(entries), rejected=tuple(rejected))


def _finished(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and not path.name.endswith(_UNFINISHED)


def _place(cursor: str | None) -> tuple[int, str]:
    time, _, name = (cursor or "0 ").partition(" ")
    return (int(time), name) if time.isdigit() else (0, "")
