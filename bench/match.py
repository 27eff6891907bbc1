"""Rules against new stories: percolation beside what Elasticsearch offers, in one run.

    python bench/match.py            1,000 rules x 200 stories (two minutes)
    python bench/match.py --full     10,000 rules x 500 stories (the issue's size; some minutes)
    python bench/match.py --percolation-only

Like is set beside like. First the hits alone:
  percolation   Percolator.slots
  msearch       each rule as a query of its own over the batch
  named         searches whose named queries are the rules
Then what a mail needs as well, for every hit which conditions met and where their words stand:
  percolation   Percolator.match
  msearch       each rule with its conditions named and highlighting
  named+        the hits by named queries, then each rule that hit with its conditions named and highlighting
A row is the same as ours when hits, and in the second table the conditions of each, agree.

Elasticsearch runs as somebody would run it who knows it: a real node (tests/elasticsearch_node.py) with 1 GB of heap, filters that score nothing, the
batch in one refreshed segment, offsets in the index for the highlighter, unstemmed twins highlighted for rules with wildcards only, four searches at
a time, and the number of rules a search and the form of the highlights that were quickest when tried. What indexing the batch costs the node stands
below its table and in no ratio; reading the same stories is part of percolation. Percolation has compiled its rules and read other stories of the
same kind before, as a service has, but none of these (a new process reads its first stories at the speed of "cold").
Every way is given by the clock and by processor time (the node's and our own); of each the quickest of three runs counts, so that other work on the
machine, and a virtual machine that has yet to compile, weigh on none.
"""

import argparse
import gc
import os
import random
import time
from datetime import UTC, datetime

import match_peers  # beside this file

from wirefeed.rules.batch_terms import STEMS

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Rule:
    """What the percolator needs of a rule."""

    def __init__(self, rule_id, query):
        self.id, self.parsed = rule_id, query


def words(count, rng):
    """Made-up words with the letters of Russian and English, in a Zipf-like order."""
    from wirefeed.index.analysis import terms

    alphabets = ("абвгдеиклмнопрстуя", "abcdefghiklmnoprstu")
    made = {}
    while len(made) < count:
        word = "".join(rng.choices(rng.choice(alphabets), k=rng.randint(4, 10)))
        made.setdefault(terms(word)[0], word)  # each of its own stem
    return list(made.values())


def prose(vocabulary, weights, length, rng):
    """Text of ``length`` words: endings, capitals, punctuation, paragraphs."""
    endings = {True: ("",) * 8 + ("а", "ы"), False: ("",) * 8 + ("s", "ing")}
    made, start = [], True
    for word in rng.choices(vocabulary, weights, k=length):
        word += rng.choice(endings[word[0] >= "а"])
        word = word.capitalize() if start or rng.random() < 0.05 else word
        start = rng.random() < 0.06
        made.append(word + ((".\n\n" if rng.random() < 0.25 else ". ") if start else rng.choice((" ",) * 12 + (", ", ", ", " — "))))
    return "".join(made)


def make(rules, stories, length, rng):
    """(queries, documents without end): rules with fields, phrases, wildcards, negation; stories of ``length`` words."""
    from wirefeed.index.document import document
    from wirefeed.model import Change, Tags, Topic, Version, When

    vocabulary = words(30_000, rng)
    weights = [1 / (rank + 10) for rank in range(len(vocabulary))]

    def batch(start):
        documents = []
        for number in range(start, start + stories):
            text = prose(vocabulary, weights, length, rng)
            tags = Tags("ru", True, 0.7, (rng.choice(["KZ", "KG", "TJ", "UZ", "TM"]),), (Topic(rng.choice(["unrest", "militancy", "nuclear"]), 0.7, ()),))
            version = Version(f"{number:032x}", 1, "bench", NOW, Change.FIRST, text[:80], text, None, When(NOW), language="ru", tags=tags)
            documents.append(document(version, source="Bench", source_kind="agency", first_seen=NOW))
        return documents

    queries = []
    for _ in range(rules):
        picked = rng.sample(vocabulary[300:], 6)  # what rules name is rarer than what texts are made of
        a, b, c, d, e, f = picked
        queries.append(rng.choice([
            f"({a} OR {b} OR {c}) AND country:TJ", f'"{a} {b}" OR ({c} AND {d})', f"text:{a} AND topic:unrest AND NOT {b}", f"{a[:5]}* AND ({b} OR {c})",
            f'"{a} {b}"~5 OR "{c} {d}"', f"({a} OR {b}) AND ({c} OR {d}) AND NOT ({e} OR {f})", f"title:{a} AND country:KG", f"({' OR '.join(picked)}) AND country:UZ"]))
    return queries, batch


def timed(action, node=None):
    """(result, seconds by the clock, seconds of processor time: ours and the node's)."""
    def spent():
        times = node.cpu_times() if node else None
        return time.process_time() + (times.user + times.system if times else 0)

    gc.collect()
    begin, used = time.perf_counter(), spent()
    result = action()
    return result, time.perf_counter() - begin, spent() - used


def quickest(action, node=None, before=lambda: None):
    """The run of three that took the least processor time; ``before`` goes before each."""
    runs = []
    for _ in range(3):
        before()
        runs.append(timed(action, node))
    return min(runs, key=lambda run: run[2])


def main():
    """Run and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rules", type=int, default=1000)
    parser.add_argument("--stories", type=int, default=200)
    parser.add_argument("--length", type=int, default=300, help="words a story")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--percolation-only", action="store_true")
    options = parser.parse_args()
    if options.full:
        options.rules, options.stories = 10_000, 500
    from wirefeed.rules.percolate import Percolator
    from wirefeed.rules.query import parse

    queries, batch = make(options.rules, options.stories, options.length, random.Random(7))
    documents, others = batch(0), [batch((number + 1) * options.stories) for number in range(4)]
    parsed, _, parsing = timed(lambda: [parse(query) for query in queries])
    named = [Rule(str(number), query) for number, query in enumerate(parsed)]
    percolator, _, compiling = timed(lambda: Percolator(named))
    _, cold, _ = timed(lambda: percolator.match(documents))

    def forget():
        """A percolator that has read the other stories and none of these."""
        nonlocal percolator
        STEMS.clear()
        percolator = Percolator(named)
        for other in others:
            percolator.match(other)

    matches, seconds, used = quickest(lambda: percolator.match(documents), before=forget)
    met, took, cpu = quickest(lambda: percolator.slots(documents), before=forget)
    bare = [("percolation", took, cpu, {(int(rule), documents[slot]["id"]) for rule, some in met.items() for slot in some})]
    full = [("percolation", seconds, used, {(int(one.rule_id), one.story_id): set(one.clauses) for one in matches})]
    indexing = None
    if not options.percolation_only:
        with match_peers.Peers(parsed, documents) as peers:
            indexing = peers.indexing
            bare += [(name, *run[1:], run[0]) for name, way in (("msearch", peers.msearch), ("named", peers.named)) for run in [quickest(way, peers.node)]]
            full += [(name, *run[1:], run[0]) for name, way in (("msearch", peers.msearch_evidence), ("named+", peers.named_evidence)) for run in [quickest(way, peers.node)]]
    print(f"{options.rules} rules x {options.stories} stories of {options.length} words; {len(matches)} hits by {len({one.rule_id for one in matches})} rules; "
          f"once: rules parsed in {parsing:.2f} s, compiled in {compiling:.2f} s, cold {options.stories / cold:.0f} stories/s; load {os.getloadavg()[0]:.1f}")
    table("hits alone", bare, options.stories)
    table("hits, conditions met, highlights", full, options.stories)
    if indexing:
        print(f"not in the ratios: indexing the batch took the node {indexing[0]:.2f} s by the clock, {indexing[1]:.2f} s of CPU")


def table(title, rows, stories):
    """One comparison; ratios to its first row."""
    _, seconds, used, ours = rows[0]
    print(f"\n{title:<34}{'clock s':>9}{'CPU s':>9}{'stories/s':>11}{'a CPU s':>9}{'slower by':>11}{'in CPU':>9}  same")
    for name, took, cpu, hits in rows:
        print(f"  {name:<32}{took:>9.2f}{cpu:>9.2f}{stories / took:>11.0f}{stories / cpu:>9.0f}{took / seconds:>10.1f}x{cpu / used:>8.1f}x  {hits == ours}")


if __name__ == "__main__":
    main()
