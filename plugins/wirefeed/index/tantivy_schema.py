"""The story fields as a tantivy schema, and a Document as a tantivy document: for the local index and for percolation alike.

Times are whole seconds. ``order`` holds (published, id) in one number, so that sorting by it pages without ties.
"""

import json
import zlib
from datetime import UTC, datetime
from functools import cache

import tantivy

from wirefeed.index.analysis import map_characters, register
from wirefeed.index.schema import LONGEST_TERM, STORIES, Field
from wirefeed.model import Document


@cache
def schema(stored: bool = True) -> tantivy.Schema:
    """The tantivy schema. ``stored`` False leaves out the whole document and the columns only a disk index needs (percolation)."""
    builder = tantivy.SchemaBuilder()
    for field in STORIES:
        fast = stored or field.kind != "keyword"  # columns of text serve facets; of numbers, ranges too
        if field.kind == "text":
            builder.add_text_field(field.name, tokenizer_name="wirefeed")
            builder.add_text_field(field.exact, tokenizer_name="wirefeed_exact")
        elif field.kind == "name":
            builder.add_text_field(field.name, tokenizer_name="wirefeed_exact")
            builder.add_text_field(field.facet, tokenizer_name="raw", index_option="basic", fast=stored)
        elif field.kind == "keyword":
            builder.add_text_field(field.name, tokenizer_name="raw", index_option="basic", fast=fast)
        elif field.kind == "date":
            builder.add_date_field(field.name, indexed=True, fast=fast)
        elif field.kind == "long":
            builder.add_integer_field(field.name, indexed=True, fast=fast)
        elif field.kind == "double":
            builder.add_float_field(field.name, indexed=True, fast=fast)
        elif field.kind == "boolean":
            builder.add_boolean_field(field.name, indexed=True, fast=fast)
        elif field.kind == "geo":
            builder.add_float_field(f"{field.name}.lat", indexed=True, fast=True)
            builder.add_float_field(f"{field.name}.lon", indexed=True, fast=True)
            builder.add_integer_field(f"{field.name}.points", indexed=True)
    if stored:
        builder.add_unsigned_field("order", indexed=True, fast=True)
        builder.add_bytes_field("document", stored=True)
    else:
        builder.add_unsigned_field("slot", stored=True, indexed=True, fast=True)  # percolation: the place in the batch
    return builder.build()


def document(source: Document, slot: int | None = None) -> tantivy.Document:
    """``source`` (index/document.py) as tantivy takes it; with a ``slot`` for schema(stored=False), else for schema(stored=True)."""
    made = tantivy.Document()
    for field in STORIES:
        value = source.get(field.name)
        if value is None or field.kind == "stored":
            continue
        for one in value if isinstance(value, (list, tuple)) else (value,):
            _add(made, field, one)
        if field.kind == "geo":
            made.add_integer(f"{field.name}.points", len(value))
    if slot is not None:
        made.add_unsigned("slot", slot)
    else:
        made.add_unsigned("order", order(parse_time(source["published"]), source["id"]))
        made.add_bytes("document", pack(source))
    return made


def _add(made: tantivy.Document, field: Field, value: object) -> None:
    if field.kind == "text":
        mapped = map_characters(str(value))[0]
        made.add_text(field.name, mapped)
        made.add_text(field.exact, mapped)
    elif field.kind == "name":
        made.add_text(field.name, map_characters(str(value))[0])
        if len(str(value)) <= LONGEST_TERM:
            made.add_text(field.facet, str(value))
    elif field.kind == "keyword":
        if len(str(value)) <= LONGEST_TERM:
            made.add_text(field.name, field.normal(str(value)))
    elif field.kind == "date":
        made.add_date(field.name, parse_time(str(value)))
    elif field.kind == "long":
        made.add_integer(field.name, int(str(value)))
    elif field.kind == "double":
        made.add_float(field.name, float(str(value)))
    elif field.kind == "boolean":
        made.add_boolean(field.name, bool(value))
    elif field.kind == "geo" and isinstance(value, dict):
        made.add_float(f"{field.name}.lat", float(value["lat"]))
        made.add_float(f"{field.name}.lon", float(value["lon"]))


def new_memory_index() -> tantivy.Index:
    """An empty index in memory for percolation, with the analysis chains registered."""
    index = tantivy.Index(schema(stored=False))
    register(index)
    return index


def parse_time(value: str) -> datetime:
    """A document's ISO time as aware UTC."""
    return datetime.fromisoformat(value).astimezone(UTC)


def order(published: datetime, story_id: str) -> int:
    """(published, id) as one unsigned 64-bit number: seconds, then the first eight hexadecimal digits of the id (else four bytes)."""
    seconds = min(max(int(published.timestamp()), 0), 2**32 - 1)
    try:
        head = int(story_id[:8], 16) if len(story_id) >= 8 else int.from_bytes(story_id.encode()[:4].ljust(4, b"\0"))
    except ValueError:
        head = int.from_bytes(story_id.encode()[:4].ljust(4, b"\0"))
    return seconds << 32 | head


def pack(source: Document) -> bytes:
    """A document as kept in the local index."""
    return zlib.compress(json.dumps(source, ensure_ascii=False, separators=(",", ":")).encode(), 3)


def unpack(packed: bytes) -> Document:
    """The reverse of ``pack``."""
    unpacked: Document = json.loads(zlib.decompress(packed))
    return unpacked
