"""Topic files: what their terms find in running text, what they refuse, and that those shipped are whole."""

from pathlib import Path

import pytest

import score
from wirefeed.configuration import PATTERNS
from wirefeed.errors import ConfigError
from wirefeed.tags import relevance
from wirefeed.tags.reasons import WORDS
from wirefeed.tags.tagger import Tagger
from wirefeed.tags.terms import forms
from wirefeed.tags.topic_terms import TopicTerms
from wirefeed.tags.topics import load_topics
from wirefeed.yaml_files import ConfigText, find

HEAD = "id: strikes\nlabel: {en: Strikes}\nterms:\n"


@pytest.fixture(scope="module")
def shipped() -> Tagger:
    return score.tagger()


def topics(terms: str, head: str = HEAD) -> TopicTerms:
    return TopicTerms(load_topics([ConfigText(Path("strikes.yaml"), head + terms)]).forms())


def found(made: TopicTerms, text: str, language: str = "en") -> set[str]:
    return {hit.text for hit in made.find("", text, language)}


def test_a_term_that_needs_company_counts_only_with_it_in_its_sentence() -> None:
    made = topics("  en: [{terms: [shot, closed], near: [border], weight: 2}]\n")
    assert found(made, "Two men were shot at the border on Monday.") == {"shot"}
    assert found(made, "At the border the road was closed.") == {"closed"}
    assert found(made, "The border is long. A bear was shot in a zoo.") == set()
    assert found(made, f"The border {'is very long and ' * 20} a bear was shot.") == set()


def test_groups_share_weight_and_verbs_are_conjugated() -> None:
    made = topics("  en: [{verbs: [open fire, ban entry], weight: 2}, {term: siege, weight: 1.5}, riot]\n")
    hits = made.find("", "Guards opened fire and were opening fire; the sieges and riots went on; banning entry helps.", "en")
    assert {(hit.text, hit.weight) for hit in hits} == {
        ("opened fire", 2.0), ("opening fire", 2.0), ("sieges", 1.5), ("riots", 1.0), ("banning entry", 2.0)}


@pytest.mark.parametrize(("term", "language", "text"), [
    ("пограничная застава", "ru", "Нападение на две пограничные заставы, боевиков у пограничной заставы рассеяли."),
    ("обход санкций", "ru", "Его обвинили в обходе санкций."),
    ("перекрыть трассу", "ru", "Жители перекрыли трассу."),
    ("norozilik", "uz", "Aholi noroziligini bildirdi."),
    ("нааразылык", "ky", "Элдин нааразылыгы күчөдү."),
    ("шекара заставасы", "kk", "Шекара заставасында атыс болды."),
    ("مواد مخدر", "fa", "کشف مواد مخدر در مرز"),
])
def test_terms_are_found_inflected(term: str, language: str, text: str) -> None:
    assert found(topics(f"  {language}: ['{term}']\n"), text, language)


def test_short_words_of_another_language_are_no_terms() -> None:
    made = topics("  kk: [той, делимитация]\n")
    assert found(made, "Той ночью никто не спал.", "ru") == set()
    assert found(made, "Той дүркіреп өтті.", "kk") == {"Той"}
    assert found(made, "Чек ара делимитациясы аяктады.", "ky") == {"делимитациясы"}


def test_a_cancelling_phrase_covers_its_terms() -> None:
    made = topics("  en: [base]\n", HEAD.replace("terms", "cancels: [data base]\nterms"))
    assert found(made, "A data base is no base.") == {"base"}
    assert len(made.find("", "A data base is no base.", "en")) == 1


@pytest.mark.parametrize(("terms", "said"), [
    ("  en: [riot, Riot]\n", "twice"), ("  xx: [riot]\n", "unknown language"), ("  en: [{terms: [riot], weigth: 2}]\n", "weigth"),
    ("  en: [{terms: [riot], weight: 9}]\n", "weight")])
def test_a_faulty_file_is_refused_with_its_line(terms: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        topics(terms)
    assert "strikes.yaml" in str(caught.value)


def test_verb_forms() -> None:
    assert {"plotted a coup", "plotting a coup", "plots a coup"} <= forms("plot a coup", "en", verb=True)
    assert {"shot", "shooting", "shoots"} <= forms("shoot", "en", verb=True)
    assert {"seized", "seizing"} <= forms("seize", "en", verb=True)


def test_shipped_topics_are_whole(shipped: Tagger) -> None:
    types = {entity.type for entity in shipped.gazetteer}
    assert len(shipped.topics.ids) == 15
    for entry in shipped.topics.all.values():
        for names in entry.entities:
            assert set(names.types) <= types, entry.id
            assert [one for one in names.ids if one not in shipped.gazetteer] == [], entry.id
        assert min(len(entry.terms.get(language, ())) for language in ("kk", "ky", "uz", "tg", "tk", "fa")) >= 20, entry.id
    for topic in shipped.topics.ids:
        entry = shipped.topics[topic]
        assert entry.iptc, topic
        assert all(one.startswith("medtop:") for one in entry.iptc), topic
        assert entry.acled, topic


def test_names_speak_for_topics(shipped: Tagger) -> None:
    it = shipped.read("", "The Rogun dam and the Taliban were named.", "en")
    assert {"water-energy", "militancy"} <= set(it.own())


def test_evidence_is_one_a_stretch(shipped: Tagger) -> None:
    tags = shipped.tag("Two smugglers killed on Tajik border", "Tajik border guards shot two smugglers with opium near the Afghan border.", entities=False)
    assert tags.relevant
    for topic in tags.topics:
        places = [(seen.field, seen.start, seen.end) for seen in topic.evidence]
        assert len(places) == len(set(places))


def test_reasons_are_given_when_asked_and_in_words(shipped: Tagger) -> None:
    text = "Tajik border guards shot two smugglers with opium near the Afghan border."
    assert shipped.tag("", text, entities=False).why == ()
    why = shipped.tag("", text, entities=False, explain=True).why
    assert why[1].startswith("relevant: yes")
    assert any("names of the region" in line for line in why)
    assert any(line.startswith("country TJ: yes") for line in why)
    for model in ("relevance", "country"):
        assert set(relevance.weights()[model]) - {"bias", "threshold"} == set(WORDS[model])


def test_an_outside_city_brings_its_country_but_no_entity(shipped: Tagger) -> None:
    tags = shipped.tag("Рейды в общежитиях", "В Новосибирске полиция задержала сорок граждан Таджикистана, их выдворят.", entities=False)
    assert "RU" in tags.countries
    assert all(one.id != "country:RU" for one in tags.entities)


def test_configuration_is_found() -> None:
    assert len(find((score.ROOT / "config",), PATTERNS["topics"])) == 17
