"""What a query says that it probably does not mean. Pure: a tree and the known ids in, remarks with columns out."""

import difflib
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from wirefeed.index.schema import FIELDS
from wirefeed.rules import scripts
from wirefeed.rules.known import Known
from wirefeed.rules.lint_values import NAMED, Remark, values, words
from wirefeed.rules.tree import Boolean, Everything, Leaf, Node, Phrase, Query, Wildcard, Word

WIDEST = 10  # words; beyond that an AND says the same
TAGGED = frozenset({"topic", "entity", "place", "place_name", "country", "person", "organisation", "source", "feed", "language"})


def remarks(query: Query, known: Known) -> list[Remark]:
    """All remarks, by column."""
    found = [Remark("error", column, "words side by side without an operator would mean OR",
                    "write AND or OR between them, or quotation marks around them")
             for column in query.side_by_side]
    if not positive(query.tree):
        found.append(Remark("error", 1, "the query only says what a story must not be", "add what it must be"))
    named = {leaf.text for leaf in query.leaves() if leaf.field in ("entity", "place") and isinstance(leaf, (Word, Phrase))}
    written = [_plain(leaf) for leaf in query.leaves() if isinstance(leaf, (Word, Phrase, Wildcard))]
    for leaf in query.leaves():
        found += _leaf(leaf, known, named, written)
    found += _scripts(query, known)
    return sorted(set(found), key=lambda one: (one.column, one.level, one.message))


def positive(node: Node) -> bool:
    """Whether something must be there for a hit (``*:*`` and a negation alone are nothing)."""
    if isinstance(node, Everything):
        return False
    if isinstance(node, Boolean):
        return any(map(positive, node.must)) if node.must else bool(node.should) and all(map(positive, node.should))
    return True


def _leaf(leaf: Leaf, known: Known, named: AbstractSet[str], written: list[str]) -> Iterator[Remark]:
    if isinstance(leaf, Phrase) and leaf.slop > WIDEST:
        yield Remark("warning", leaf.column, f"a distance of {leaf.slop} words is hardly nearer than AND", f"at most {WIDEST}: ~{WIDEST}")
    if isinstance(leaf, (Word, Phrase)):
        name = leaf.field or ""
        if name in NAMED:
            yield from values(leaf, name, leaf.text, known)
        elif FIELDS[name.removesuffix(".exact") if name else "text"].kind == "text":
            yield from words(leaf, known, named, written)


def _scripts(query: Query, known: Known) -> Iterator[Remark]:
    """Words that are there in one script and not in the other."""
    leaves = [leaf for leaf in query.leaves(positive=True) if isinstance(leaf, (Word, Phrase, Wildcard))
              and FIELDS[(leaf.field or "text").removesuffix(".exact")].kind == "text"]
    written = [_plain(leaf) for leaf in leaves]
    for leaf, text in zip(leaves, written, strict=True):
        kazakh = scripts.kazakh_twin(text)
        if kazakh is not None and not any(_alike(kazakh or scripts.latin(one), one if kazakh else text) for one in written if re.search("[а-я]", one)):
            yield Remark("warning", leaf.column, f"{text!r} is Kazakh in Latin letters; most Kazakh wires are Cyrillic",
                         f"add {_shown(kazakh, leaf)}" if kazakh else "add it in Cyrillic")
        if not (scripts.surely_uzbek(text) or known.foreign.get(text) == "uz"):
            continue
        twin = scripts.uzbek_twin(text)
        if twin != text and not any(_alike(twin, other) for other in written):
            yield Remark("warning", leaf.column, f"{text!r} is written in one alphabet only; Uzbek wires use two",
                         f"add {_shown(twin, leaf)}")
    tagged = any((leaf.field or "") in TAGGED - {"country", "language", "source", "feed"} for leaf in query.leaves(positive=True))
    one_language = any((leaf.field or "") in ("language", "feed", "source") for leaf in query.leaves(positive=True))
    if leaves and not tagged and not one_language:
        joined = "".join(written)
        if not re.search("[а-яё]", joined):
            yield Remark("warning", leaves[0].column, "no condition in Cyrillic: most wires of the region are Russian",
                         "add the Russian words, or topic: or entity:")
        elif not re.search("[a-z]", joined):
            yield Remark("warning", leaves[0].column, "no condition in Latin script: English wires go unseen",
                         "add the English words, or topic: or entity:")


def _shown(twin: str, leaf: Word | Phrase | Wildcard) -> str:
    return f"{twin}*" if isinstance(leaf, Wildcard) else f'"{twin}"' if " " in twin else twin


def _plain(leaf: Word | Phrase | Wildcard) -> str:
    return (re.sub(r"\\(.)|[*?]", r"\1", leaf.pattern) if isinstance(leaf, Wildcard) else leaf.text).lower()


def _alike(twin: str, other: str) -> bool:
    """Spellings vary (ё/йо, ц/ts): near is near enough for a hint not to nag."""
    return other.startswith(twin[:max(4, len(twin) - 2)]) or difflib.SequenceMatcher(None, twin, other).ratio() > 0.84
