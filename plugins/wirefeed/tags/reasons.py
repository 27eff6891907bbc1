"""Features of the models in words, for ``wirefeed tag --explain``."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "relevance": {
        "topic": "weight of the strongest topic", "second": "weight of a second topic", "head": "topic words in headline and lead",
        "title_topic": "topic words in the headline", "general": "words of security news", "general_head": "words of security news in headline and lead",
        "general_title": "words of security news in the headline", "other": "words of other news (sport, culture, weather, business)",
        "other_head": "words of other news in headline and lead", "other_title": "words of other news in the headline",
        "other_over": "other news against the topics", "other_density": "other news a thousand characters", "density": "topic words a thousand characters",
        "title_local": "the region in the headline", "lead_local": "the region in the lead", "local": "names of the region",
        "share": "share of the region among all names", "afghan": "names of Afghanistan", "foreign": "names of other countries",
        "foreign_title": "other countries in the headline", "together": "sentences with a topic word and a name of the region",
        "told": "sentences with topic words", "groups": "armed groups named", "none": "no name of the region"},
    "country": {
        "title": "in the headline", "title_subject": "acts in the headline", "lead": "in the lead", "count": "mentions", "sole": "named alone, not as one of several",
        "shared_only": "only by what several countries share", "share": "share of all mentions", "most": "as often as the most frequent country",
        "rank": "others are named before", "name": "named itself", "names": "times named itself", "first": "named late", "dateline": "the dateline",
        "dateline_only": "nothing but the dateline", "dateline_title": "dateline and headline", "elsewhere": "the dateline is another country's",
        "region": "of the region", "afghan": "Afghanistan", "relevant": "a relevant story", "relevant_region": "of the region, relevant story",
        "relevant_outside": "outside power, relevant story", "relevant_title": "headline of a relevant story", "relevant_lead": "lead of a relevant story",
        "relevant_count": "mentions in a relevant story", "outside_lead": "outside power in the lead of another story", "person": "its office holders",
        "person_lead": "its office holders in headline or lead", "person_only": "nothing but its office holders", "by_group": "its services or armed groups",
        "by_place": "its places", "place_lead": "its places in the lead", "list": "a lead that lists countries", "relevant_list": "listed in the lead of a relevant story",
        "region_again": "of the region, named again", "once_inside": "of the region, named once", "once_outside": "outside, named once",
        "theme": "the story speaks of Central Asia", "afghan_relevant": "Afghanistan in a relevant story", "short": "a short text", "rivals": "many countries named",
        "sentences": "sentences that name it", "solid": "sentences that neither list nor look back", "topical": "sentences with topic words",
        "topical_outside": "outside power beside topic words", "subject": "acts", "subject_outside": "outside power that acts", "in": "named as a place",
        "from": "named as an origin", "to": "named as an aim", "with": "named as a partner", "by": "named as a doer", "of": "named as an owner",
        "quoted_only": "in quotations only", "passing_only": "in passing only", "passing": "in passing (birthplace, neighbour, comparison)",
        "dated_only": "in sentences about past years only", "joined": "named together with others", "outside_city": "one of its cities", "alone": "the only country",
        "last_only": "at the end only", "middle_only": "after the lead only"},
    "topic": {},
}


def parts(model: str, values: Mapping[str, float], weights: Mapping[str, float], least: float, most: int) -> list[str]:
    """The heaviest features as "+1.20 names of the region (1.95)", those of at least ``least``, at most ``most`` of them."""
    weighed = sorted(((weights.get(name, 0.0) * value, name, value) for name, value in values.items() if name != "bias"), key=lambda part: -abs(part[0]))
    return [f"{weight:+.2f} {WORDS[model].get(name, name.replace('_', ' '))} ({value:.3g})" for weight, name, value in weighed[:most] if abs(weight) >= least]
