"""Tagging a mixed stream on one core, stories a second and memory: all of our tagging; the same without models, so language, countries and relevance as well
as names and terms; our gazetteer and topics alone; spaCy's full pipeline on every story, slovnet on every story, spaCy's PhraseMatcher with the same
terms. The stream: 5 % relevant, half English and half Russian, about 500 words a story; two thirds of the others are about the region all the same,
made hard for a tagger, which is dear: a wire of the world costs less.

    python bench/tag.py [--stories 400] [--model-stories 20] [--rounds 3]
"""

import argparse
import json
import os
import random
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WORDS, SHARE = 500, 0.05
SYSTEMS = ("wirefeed", "wirefeed without models", "gazetteer and topics", "spaCy on everything", "slovnet on everything", "PhraseMatcher, same terms")


def stream(count: int, seed: int = 5) -> list[tuple[str, str, str]]:
    """(language, title, text): gold stories brought to 500 words by their own sentences, so that each keeps its label; relevant ones one in twenty."""
    stories = [json.loads(line) for line in (ROOT / "tests/gold/gold-dev.jsonl").read_text("utf-8").splitlines()]
    choose = random.Random(seed)
    made = []
    for number in range(count):
        language, relevant = ("en", "ru")[number % 2], (number // 2) % round(1 / SHARE) == 0
        first = choose.choice([one for one in stories if one["language"] == language and one["relevant"] == relevant])
        sentences = re.split(r"(?<=[.!?])\s+", first["text"])
        text, words = first["text"], len(first["text"].split())
        while words < WORDS:
            more = choose.choice(sentences)
            text, words = f"{text}\n\n{more}", words + len(more.split())
        made.append((language, first["title"], text))
    return made


def system(name: str) -> Callable[[str, str, str], Any]:
    """What is measured: a function of language, title and text. Loading is not timed; a first story warms it up."""
    from wirefeed.settings import from_environment

    settings = from_environment({})
    if name == "slovnet on everything":
        from wirefeed.tags.entities import Recogniser

        slovnet = Recogniser(settings.spacy_model, russian=True)
        return lambda language, title, text: slovnet.find(title, text, "ru")
    if name == "spaCy on everything":
        import importlib

        pipeline = importlib.import_module(settings.spacy_model).load()
        return lambda language, title, text: pipeline(f"{title}\n{text}").ents
    from wirefeed.configuration import PATTERNS
    from wirefeed.tags.tagger import load_tagger
    from wirefeed.yaml_files import find

    config = (ROOT / "config",)
    started = time.perf_counter()
    tagger = load_tagger(find(config, PATTERNS["gazetteer"]), find(config, PATTERNS["topics"]), settings)
    tagger.tag("", "x")
    print(f"  automata built in {time.perf_counter() - started:.1f} s", file=sys.stderr)
    if name == "PhraseMatcher, same terms":
        import spacy
        from spacy.matcher import PhraseMatcher

        blank = spacy.blank("xx")
        matcher = PhraseMatcher(blank.vocab, attr="LOWER")
        forms = {form.text for form, _ in tagger.gazetteer.terms()} | {
            term.term for topic in tagger.topics.all.values() for terms in topic.terms.values() for term in terms}
        matcher.add("all", list(blank.pipe(sorted(forms))))
        return lambda language, title, text: matcher(blank(f"{title}\n{text}"))
    if name == "gazetteer and topics":
        return lambda language, title, text: tagger.find(title, text, language)
    whole = name == "wirefeed"
    return lambda language, title, text: tagger.tag(title, text, entities=whole)


def measure(name: str, count: int) -> dict[str, float]:
    """Stories a second of processor time and the process's peak memory."""
    stories = stream(count)
    run = system(name)
    # Relevant ones of each language, and words that letters alone do not place, for the language model: the first such text loads it (0.4 s).
    for story in (*stream(30, seed=6)[:2 if name.endswith("everything") else 30], ("en", "Mtoto", "Nairobi wakulima wa kahawa")):
        run(*story)
    started = time.process_time()
    for story in stories:
        run(*story)
    return {"rate": count / (time.process_time() - started), "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    """One process a system, so that memory is its own; one thread."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--stories", type=int, default=400)
    options.add_argument("--model-stories", type=int, default=20, help="for the two models, which are slow")
    options.add_argument("--rounds", type=int, default=3, help="turns of all systems, of which each counts its quickest: a shared machine is not always as fast")
    options.add_argument("--only", choices=SYSTEMS, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.only:
        print(json.dumps(measure(given.only, given.stories)))
        return
    one_thread = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    found: dict[str, dict[str, float]] = {}
    for name in SYSTEMS * given.rounds:
        count = given.model_stories if name.endswith("everything") else given.stories
        answer = subprocess.run([sys.executable, __file__, "--only", name, "--stories", str(count)], env=one_thread, check=True, stdout=subprocess.PIPE)
        one = json.loads(answer.stdout)
        if name not in found or one["rate"] > found[name]["rate"]:
            found[name] = one
    spacy = found["spaCy on everything"]["rate"]
    print(f"{'':28}{'stories/s':>10}{'x spaCy':>10}{'MB':>8}")
    for name, one in found.items():
        print(f"{name:28}{one['rate']:10.1f}{one['rate'] / spacy:10.1f}{one['memory']:8.0f}")


if __name__ == "__main__":
    main()
