"""The loader is strict, and the shipped gazetteer is whole: names in the languages that matter, points inside their countries, no collision unresolved."""

from pathlib import Path

import pytest
import yaml

from wirefeed.errors import ConfigError
from wirefeed.tags.gazetteer import PLACE_TYPES, Gazetteer, load_gazetteer
from wirefeed.yaml_files import ConfigText, find

ROOT = Path(__file__).resolve().parent.parent.parent
OWN = {"KZ": "kk", "KG": "ky", "TJ": "tg", "TM": "tk", "UZ": "uz", "AF": "fa"}
BOXES = yaml.safe_load((ROOT / "tests" / "data" / "country_boxes.yaml").read_text("utf-8"))
ONE = """entities:
- id: city:qala
  type: city
  country: [TJ]
  names: {en: [Qala], ru: [Кала], tg: [Қалъа]}
"""


@pytest.fixture(scope="module")
def shipped() -> Gazetteer:
    return load_gazetteer(find((ROOT / "config",), "gazetteer/*.yaml"))


def load(*texts: str, folder: str = "config/gazetteer") -> Gazetteer:
    return load_gazetteer([ConfigText(Path(folder) / f"{number}.yaml", text) for number, text in enumerate(texts)])


@pytest.mark.parametrize(("text", "fault"), [
    (ONE + "  colour: red\n", r"0\.yaml:6.*colour"), (ONE.replace("city:qala", "Qala"), r"0\.yaml:2.*id"), (ONE.replace("  names: {en: [Qala], ru: [Кала], tg: [Қалъа]}\n", ""), r"names"),
    (ONE.replace("{en: [Qala], ru: [Кала], tg: [Қалъа]}", "{}"), r"0\.yaml:5.*no name"), (ONE + "  coordinates: {lat: 95, lon: 70, source: x}\n", r"lat"),
    (ONE + "  coordinates: {lat: 35, lon: 70}\n", r"source"), (ONE + ONE.removeprefix("entities:\n"), r"0\.yaml:6.*twice"), ("entities: 3\n", r"entities"),
    (ONE.replace("{en: [Qala], ru: [Кала], tg: [Қалъа]}", "{en: Qala}"), r"names"), (ONE.replace("en: [Qala]", "english: [Qala]"), r"0\.yaml:5.*language"),
])
def test_a_fault_is_told_with_file_and_line(text: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        load(text)


def test_twins_that_country_or_kind_tells_apart_are_a_warning_that_names_both() -> None:
    made = load(ONE, ONE.replace("city:qala", "city:other").replace("TJ", "AF"))
    assert any("'qala' is also a name of city:qala" in warning and "1.yaml:2" in warning for warning in made.warnings)


def test_twins_that_nothing_tells_apart_are_an_error_until_one_is_doubtful() -> None:
    twin = ONE.replace("city:qala", "city:other")
    with pytest.raises(ConfigError, match=r"1\.yaml:2: 'qala' is also a name of city:qala"):
        load(ONE, twin)
    assert "city:other" in load(ONE, twin + "  ambiguous_names: [Qala, Кала, Қалъа]\n  context: [fort]\n")


def test_a_missing_script_is_a_warning() -> None:
    assert not any("no name in tg" in warning for warning in load(ONE).warnings)
    assert any("0.yaml:2: city:qala: no name in tg" in warning for warning in load(ONE.replace(", tg: [Қалъа]", "")).warnings)
    assert any("no name in en" in warning for warning in load(ONE.replace("en: [Qala], ", "")).warnings)


def test_a_site_replaces_by_id_and_switches_off() -> None:
    files = [ConfigText(Path("config/gazetteer/a.yaml"), ONE), ConfigText(Path("config/local/gazetteer/a.yaml"), ONE.replace("[Qala]", "[Fort]"))]
    assert load_gazetteer(files)["city:qala"].name == "Fort"
    files.append(ConfigText(Path("site/gazetteer/b.yaml"), "entities:\n- {id: 'city:qala', type: city, names: {en: [x]}, off: true}\n"))
    assert "city:qala" not in load_gazetteer(files)


def test_every_entity_has_english_russian_and_the_language_of_its_country(shipped: Gazetteer) -> None:
    lacking = [f"{one.id}: {language}" for one in shipped for language in ("en", "ru", *(OWN[land] for land in one.country[:1] if land in OWN)) if not one.names.get(language)]
    assert lacking == []


def test_every_place_has_a_point_with_a_source_that_is_explained(shipped: Gazetteer) -> None:
    sources = (ROOT / "config" / "gazetteer" / "SOURCES.md").read_text("utf-8")
    for one in shipped:
        if one.type in PLACE_TYPES - {"country"} and one.id != "area:central-asia":
            assert one.coordinates is not None, one.id
            assert f"`source: {one.coordinates.source}`" in sources, one.id


def test_every_point_lies_in_its_country(shipped: Gazetteer) -> None:
    for one in shipped:
        if one.coordinates is None:
            continue
        lat, lon = one.coordinates.lat, one.coordinates.lon
        inside = [land for land, (south, north, west, east) in BOXES.items() if south <= lat <= north and west <= lon <= east]
        assert set(one.country) & set(inside), f"{one.id}: {lat}, {lon} lies in {inside}, not in {one.country}"


@pytest.mark.parametrize(("north", "south"), [("city:termez", "city:mazar"), ("city:panj", "city:kunduz"), ("city:khorog", "city:ishkoshim"), ("city:batken", "city:vorukh"),
                                              ("city:khujand", "city:sulukta"), ("city:osh", "city:murghab"), ("city:turkmenabat", "city:mary")])
def test_neighbours_keep_their_order(shipped: Gazetteer, north: str, south: str) -> None:
    assert shipped.points()[north][0] > shipped.points()[south][0]


def test_provinces_are_complete(shipped: Gazetteer) -> None:
    have = {one.id.removeprefix("region:") for one in shipped if one.type == "region"}
    wanted = {"KG": "B C J N O T Y", "TJ": "GB KT RA SU", "TM": "A B D L M", "UZ": "AN BU FA JI NG NW QA QR SA SI SU TO XO",
              "KZ": "10 11 15 19 23 27 31 33 35 39 43 47 55 59 61 62 63", "AF": "BDS TAK KDZ BAL JOW FYB HER BDG BGL SAM SAR"}
    assert {f"{land}-{part}" for land, parts in wanted.items() for part in parts.split()} <= have
