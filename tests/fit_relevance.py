"""Fits plugins/wirefeed/tags/relevance.json on the gold sets and prints five-fold cross-validated figures. Ridge logistic regression by Newton's method."""

import json
import sys
from pathlib import Path

import numpy as np

from wirefeed.configuration import PATTERNS
from wirefeed.tags import relevance as r
from wirefeed.tags.countries import country_features, scene
from wirefeed.tags.gazetteer import load_gazetteer
from wirefeed.tags.mentions import Mentions
from wirefeed.tags.topics import load_topics
from wirefeed.yaml_files import find

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "plugins" / "wirefeed" / "tags" / "relevance.json"


def fit(rows: np.ndarray, labels: np.ndarray, ridge: float) -> np.ndarray:
    """Weights of a ridge-penalised logistic regression; column 0 is the bias and not penalised."""
    weights = np.zeros(rows.shape[1])
    penalty = np.eye(rows.shape[1]) * ridge
    penalty[0, 0] = 1e-3
    for _ in range(40):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (chance - labels) + penalty @ weights
        bend = (rows * (chance * (1 - chance))[:, None]).T @ rows + penalty
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def f1(got: np.ndarray, want: np.ndarray, missed: int = 0) -> float:
    """F1 of booleans, with positives that never became a row."""
    hit = int((got & want).sum())
    return 2 * hit / max(1, int(got.sum()) + int(want.sum()) + missed)


def best_threshold(chance: np.ndarray, want: np.ndarray, missed: int) -> float:
    """The middle of the plateau of thresholds that give the best F1."""
    grid = np.linspace(0.15, 0.85, 71)
    scores = np.array([f1(chance >= t, want, missed) for t in grid])
    good = grid[scores >= scores.max() - 1e-9]
    return float(np.median(good))


def main(paths: list[Path]) -> None:
    """Fit, cross-validate, write."""
    config = (ROOT / "config",)
    gazetteer = load_gazetteer(find(config, PATTERNS["gazetteer"]))
    mentions, topics = Mentions(gazetteer), load_topics(find(config, PATTERNS["topics"]))
    lands = {entity.id: entity.country for entity in gazetteer}
    cities = r.load_datelines(find(config, "datelines.yaml"))
    stories = [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines() if line.strip()]
    sets: dict[str, list[tuple[int, dict[str, float], bool]]] = {"relevance": [], "country": [], "topic": []}
    missed = {"country": 0, "topic": 0}
    for number, story in enumerate(stories):
        title, text = story["title"], story["text"]
        entities = mentions.find(title, text, story["language"])
        hits = topics.find(title, text, story["language"])
        sets["relevance"].append((number, r.features(title, text, entities, hits, topics, lands), story["relevant"]))
        played = r.played_in(text, cities)
        seen = {land for entity in entities for land in lands.get(entity.id or "", ())} | ({played} if played else set())
        missed["country"] += len(set(story["countries"]) - seen)
        made_scene = scene(text, entities, hits, topics.others, lands, float(story["relevant"]), played)
        for land in sorted(seen):
            values = country_features(land, made_scene)
            sets["country"].append((number, values, land in story["countries"]))
        if story["relevant"]:
            where = r.place(text)
            mass = r.masses(hits, where, len(text))
            own = [topic for topic in mass if topic not in topics.others]
            missed["topic"] += len(set(story["topics"]) - set(own))
            sets["topic"] += [(number, r.topic_features(topic, mass, hits, where, topics), topic in story["topics"]) for topic in own]
    made: dict[str, dict[str, float]] = {}
    order = np.random.default_rng(7).permutation(len(stories))
    fold = {int(story): place % 5 for place, story in enumerate(order)}
    for model, rows in sets.items():
        names = list(rows[0][1])
        matrix = np.array([[values[name] for name in names] for _, values, _ in rows])
        want = np.array([label for *_, label in rows])
        folds = np.array([fold[number] for number, *_ in rows])
        best = (0.0, 1.0, 0.5)
        for ridge in (0.3, 1.0, 3.0, 10.0):
            chance = np.zeros(len(rows))
            for one in range(5):
                weights = fit(matrix[folds != one], want[folds != one].astype(float), ridge)
                chance[folds == one] = 1 / (1 + np.exp(-matrix[folds == one] @ weights))
            threshold = best_threshold(chance, want, missed.get(model, 0))
            score = f1(chance >= threshold, want, missed.get(model, 0))
            best = max(best, (score, ridge, threshold))
        score, ridge, threshold = best
        weights = fit(matrix, want.astype(float), ridge)
        again = np.array([values.get("region_relevant", 0.0) * values.get("region_again", 0.0) for _, values, _ in rows]) > 0
        extra = {}
        if again.any():  # a regional country that a relevant story names again needs less
            chance = np.zeros(len(rows))
            for one in range(5):
                part = fit(matrix[folds != one], want[folds != one].astype(float), ridge)
                chance[folds == one] = 1 / (1 + np.exp(-matrix[folds == one] @ part))
            pairs = [(f1(chance >= np.where(again, b, a), want, missed[model]), a, b) for a in np.linspace(0.4, 0.7, 16) for b in np.linspace(0.4, 0.7, 16)]
            top = max(pair[0] for pair in pairs)
            plateau = [pair for pair in pairs if pair[0] >= top - 0.003]
            threshold = float(np.median([pair[1] for pair in plateau]))
            extra = {"threshold_again": round(float(np.median([pair[2] for pair in plateau])), 3)}
            print(f"{model:10} with two thresholds: cross-validated F1 {top:.3f} ({threshold:.2f}, {extra['threshold_again']:.2f})")
        made[model] = {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)} | {"threshold": round(threshold, 3)} | extra
        whole = 1 / (1 + np.exp(-matrix @ weights))
        print(f"{model:10} cross-validated F1 {score:.3f}, on all {f1(whole >= threshold, want, missed.get(model, 0)):.3f}"
              f"  (ridge {ridge}, threshold {threshold:.2f}, rows {len(rows)}, unreachable {missed.get(model, 0)})")
    TARGET.write_text(json.dumps(made, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or [ROOT / "tests" / "gold" / "gold-dev.jsonl"])  # own.jsonl stays unseen
