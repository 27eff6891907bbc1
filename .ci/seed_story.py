"""Checks `wirefeed tag` on the story it started from: everything its expectations list is found, nothing they forbid."""

import json
import subprocess
import sys
from pathlib import Path

import yaml


def main(story: Path, expected: Path) -> None:
    """Print what is missing or forbidden and leave with 1, or say how many mentions were found."""
    want = yaml.safe_load(expected.read_text("utf-8"))
    wirefeed = Path(sys.executable).parent / "wirefeed"
    got = json.loads(subprocess.run([wirefeed, "tag", str(story), "--json"], check=True, capture_output=True, text=True).stdout)
    faults = []
    for key in ("language", "relevant"):
        if got[key] != want[key]:
            faults.append(f"{key}: {got[key]!r}")
    for key, found in (("countries", set(got["countries"])), ("topics", {topic["id"] for topic in got["topics"]})):
        faults += [f"{key}: {item} missing" for item in want[key]["must"] if item not in found]
        faults += [f"{key}: {item} is wrong" for item in want[key]["must_not"] if item in found]
    mentions = {(entity["id"], entity["start"], entity["end"]) for entity in got["entities"] if entity["field"] == "text"}
    count = 0
    for entity in want["entities"]["must"]:
        for mention in entity["mentions"]:
            count += 1
            if (entity["id"], mention["start"], mention["end"]) not in mentions:
                faults.append(f"{entity['id']} at {mention['start']}-{mention['end']} ({mention['text']!r}) missing")
            if got["text"][mention["start"]:mention["end"]] != mention["text"]:
                faults.append(f"offset {mention['start']} does not point at {mention['text']!r}")
    faults += [f"{entity['id']} {entity['text']!r} is forbidden" for entity in got["entities"] if entity["id"] in want["entities"]["must_not"]]
    names = {entity["text"] for entity in got["entities"] if entity["id"] is None}
    faults += [f"name {name['text']!r} missing" for name in want["names"]["must"] if name["text"] not in names]
    faults += [f"name {name!r} is forbidden" for name in want["names"]["must_not"] if name in names]
    if faults:
        sys.exit("seed story:\n  " + "\n  ".join(faults))
    print(f"seed story: language, relevance, countries, topics and all {count} mentions found, nothing forbidden")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
