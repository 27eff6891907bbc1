"""A faulty file is set aside, its last good version goes on; at first start nothing runs on a fault."""

from pathlib import Path

import pytest
import yaml

from tests_clock import NOW
from wirefeed.configuration import resolve
from wirefeed.errors import ConfigError
from wirefeed.store.config_files import faults, good_texts, keep
from wirefeed.yaml_files import ConfigText, Strict, check, find, read


def loader(texts):  # type: ignore[no-untyped-def]
    found = {}
    for text in texts:
        data = yaml.safe_load(text.text)
        if not isinstance(data, dict):
            raise ConfigError("not a mapping", text.path, 1)
        found |= data
    return found


A, B = ConfigText(Path("a.yaml"), "a: 1"), ConfigText(Path("b.yaml"), "b: 2")
BROKEN = ConfigText(Path("b.yaml"), "- b")


def test_at_first_start_a_fault_stops_everything() -> None:
    with pytest.raises(ConfigError, match=r"b\.yaml:1: not a mapping"):
        resolve((A, BROKEN), loader, None, {})


def test_afterwards_the_last_good_version_goes_on() -> None:
    noted: dict[str, str] = {}
    value, used = resolve((A, BROKEN), loader, {"a.yaml": "a: 1", "b.yaml": "b: 7"}, noted)
    assert value == {"a": 1, "b": 7}
    assert used[1].text == "b: 7"
    assert noted == {"b.yaml": "b.yaml:1: not a mapping"}


def test_a_new_file_that_was_never_good_is_left_out() -> None:
    noted: dict[str, str] = {}
    value, _ = resolve((A, BROKEN), loader, {"a.yaml": "a: 1"}, noted)
    assert value == {"a": 1}
    assert set(noted) == {"b.yaml"}


def test_a_last_good_version_that_is_no_longer_good_is_left_out_too() -> None:
    value, _ = resolve((A, BROKEN), loader, {"b.yaml": "[]"}, {})
    assert value == {"a": 1}


def test_a_fault_is_told_once_and_cleared_by_a_good_edit(store) -> None:  # type: ignore[no-untyped-def]
    with store.begin() as db:
        assert keep(db, {"a.yaml": "a: 1"}, {"b.yaml": "line 1"}, NOW) == ["b.yaml"]
    with store.begin() as db:
        assert keep(db, {"a.yaml": "a: 1"}, {"b.yaml": "line 1"}, NOW) == [], "the same fault is no news"
        assert keep(db, {"a.yaml": "a: 1"}, {"b.yaml": "line 2"}, NOW) == ["b.yaml"]
        assert faults(db) == {"b.yaml": "line 2"}
        keep(db, {"a.yaml": "a: 1", "b.yaml": "b: 2"}, {}, NOW)
        assert faults(db) == {}
        assert good_texts(db) == {"a.yaml": "a: 1", "b.yaml": "b: 2"}


class Thing(Strict):
    name: str
    size: int = 1


@pytest.mark.parametrize(("text", "message"), [
    ("name: x\nsiez: 2\n", r"t\.yaml:2: unknown key 'siez' \(known: name, size\)"),
    ("name: x\nsize: many\n", r"t\.yaml:2: size: "),
    ("name: x\nname: y\n", r"t\.yaml:2: the key 'name' stands twice"),
    ("name: [1\n", r"t\.yaml:2: "),
    ("size: 1\n", r"t\.yaml:1: name: Field required"),
])
def test_a_fault_names_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.yaml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        check(Thing, read(tmp_path / "t.yaml"))


def test_off_and_no_are_words_and_not_booleans(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("off: true\ncountry: no\nyes: on\n")
    assert read(tmp_path / "t.yaml").data == {"off": True, "country": "no", "yes": "on"}


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_bytes("name: Бишкек".encode("cp1251"))
    with pytest.raises(ConfigError, match=r"t\.yaml"):
        find((tmp_path,), "*.yaml")
