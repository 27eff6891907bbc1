"""Months of the index and batches of documents: what both indices reckon alike. Pure."""

from collections.abc import Sequence

from wirefeed.model import Document


def before(month: str, oldest: str) -> bool:
    """True when ``month`` (YYYY.MM, or a year) lies wholly before ``oldest``; names that are no month never do."""
    if not month[:4].isdigit():
        return False
    return (month if "." in month else f"{month}.12") < oldest


def newest(documents: Sequence[Document]) -> list[Document]:
    """One document an id, the highest version; of equal versions the last."""
    best: dict[str, Document] = {}
    for document in documents:
        held = best.get(document["id"])
        if held is None or document.get("version", 0) >= held.get("version", 0):
            best[document["id"]] = document
    return list(best.values())


def oldest_kept(year: int, month: int, months: int) -> str:
    """The oldest month (YYYY.MM) to keep when ``months`` whole months before this one stay searchable; 0 keeps everything."""
    if months <= 0:
        return ""
    count = year * 12 + month - 1 - months
    return f"{count // 12:04d}.{count % 12 + 1:02d}"
