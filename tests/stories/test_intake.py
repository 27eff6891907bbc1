"""Each entry of a document has its place: new, version, unchanged, duplicate."""

from dataclasses import replace
from datetime import UTC, datetime

from wirefeed.model import Change, Entry, Outcome, When
from wirefeed.stories.intake import MOST_VERSIONS, Intake, KnownItem, intake

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TEXT = "Two border guards were killed near the Guliston crossing on Tuesday, officials said. Some 40 lorries were waiting at the barrier."
ENTRY = Entry("a", "Two killed near Guliston", "https://x.example/1", text=TEXT)


def _known(taken: Intake) -> dict[str, KnownItem]:
    return {one.item_id: KnownItem(one.item_id, one.story_id or "", one.content_hash, one.version) for one in taken.seen if one.version}


def _poll(*entries: Entry, known: dict[str, KnownItem] | None = None, backlog: bool = False) -> Intake:
    return intake("f", entries, known or {}, NOW, backlog=backlog, language="en")


def test_a_new_entry_is_a_first_version_of_a_pending_story() -> None:
    one = _poll(ENTRY).seen[0]
    assert one.version is not None
    assert (one.outcome, one.version.number, one.version.change, one.version.language) == (Outcome.PENDING, 1, Change.FIRST, "en")


def test_the_same_again_is_unchanged_and_a_moved_date_too() -> None:
    known = _known(_poll(ENTRY))
    moved = replace(ENTRY, published=When(NOW, "Sun, 1 Mar 2026"))
    assert [(one.outcome, one.reason) for one in _poll(ENTRY, known=known).seen] == [(Outcome.UNCHANGED, "")]
    assert [(one.outcome, one.reason) for one in _poll(moved, known=known).seen] == [(Outcome.UNCHANGED, "date only")]


def test_a_correction_is_the_next_version() -> None:
    known = _known(_poll(ENTRY))
    one = _poll(replace(ENTRY, title="CORRECTED-" + ENTRY.title, text=TEXT.replace("40", "14")), known=known).seen[0]
    assert one.version is not None
    assert (one.outcome, one.version.number, one.version.change, one.story_id) == (
        Outcome.UPDATE, 2, Change.CORRECTION, known["a"].story_id)


def test_a_withdrawal_by_status_alone_is_a_version() -> None:
    one = _poll(replace(ENTRY, wire={"pubstatus": "canceled"}), known=_known(_poll(ENTRY))).seen[0]
    assert one.version is not None
    assert one.version.change is Change.WITHDRAWN


def test_a_teaser_never_replaces_the_text_we_have() -> None:
    one = _poll(replace(ENTRY, text=TEXT[:60] + "…"), known=_known(_poll(ENTRY))).seen[0]
    assert (one.outcome, one.version) == (Outcome.UNCHANGED, None)


def test_the_same_item_and_the_same_content_twice_in_a_document_are_duplicates() -> None:
    taken = _poll(ENTRY, ENTRY, replace(ENTRY, id="b"))
    assert [one.outcome for one in taken.seen] == [Outcome.PENDING, Outcome.DUPLICATE, Outcome.DUPLICATE]
    assert len({one.story_id for one in taken.seen}) == 1


def test_a_clock_in_the_text_makes_no_versions_for_ever_but_a_correction_still_counts() -> None:
    known = _known(_poll(ENTRY))
    for n in range(200):
        one = _poll(replace(ENTRY, text=f"{TEXT} At {n} minutes past, {n * 7} readers."), known=known).seen[0]
        if one.version:
            known = {"a": KnownItem("a", one.story_id or "", one.content_hash, one.version)}
    assert (known["a"].version.number, one.reason) == (MOST_VERSIONS, "changes like a clock")
    last = _poll(replace(ENTRY, title="CORRECTED-" + ENTRY.title, text=TEXT.replace("40", "14")), known=known).seen[0]
    assert last.outcome is Outcome.UPDATE


def test_counts_sum_to_what_was_seen_with_what_could_not_be_read() -> None:
    taken = intake("f", [ENTRY, ENTRY], {}, NOW, backlog=False, refused=[(2, "no title: <x>"), (5, "no title: <y>")])
    assert sum(taken.counts().values()) == 4
    assert taken.counts()["rejected", "no title"] == 2


def test_backlog_stays_only_while_the_story_is_old_news() -> None:
    known = _known(_poll(ENTRY, backlog=True))
    assert known["a"].version.backlog
    one = _poll(replace(ENTRY, text=TEXT.replace("40", "14")), known=known).seen[0]
    assert one.version is not None
    assert not one.version.backlog
