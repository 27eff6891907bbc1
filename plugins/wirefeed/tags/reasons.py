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
        "told": "sentences with topic words", "groups": "armed groups named", "none": "no name of the region", "dateline_only": "the region in the dateline only",
        "long": "a long text", "long_topic": "weight of a topic in a long text", "long_general": "words of security news in a long text",
        "long_head": "topic words in headline and lead of a long text", "long_told": "sentences with topic words in a long text",
        "long_local": "names of the region in a long text"},
    "country": {
        "title": "in the headline", "shared_only": "only by what several countries share", "most": "as often as the most frequent country",
        "dateline": "the dateline", "dateline_only": "nothing but the dateline", "dateline_title": "dateline and headline", "region": "of the region",
        "afghan": "Afghanistan", "relevant": "a relevant story", "relevant_region": "of the region, relevant story",
        "relevant_outside": "outside power, relevant story", "relevant_title": "headline of a relevant story",
        "relevant_lead": "lead of a relevant story", "relevant_count": "mentions in a relevant story",
        "outside_lead": "outside power in the lead of another story", "person": "its office holders", "by_group": "its services or armed groups",
        "by_place": "its places", "list": "a lead that lists countries", "region_again": "of the region, named again",
        "once_inside": "of the region, named once", "sentences": "sentences that name it", "subject": "acts",
        "subject_outside": "outside power that acts", "in": "named as a place", "by": "named as a doer", "quoted_only": "in quotations only",
        "dated_only": "in sentences about past years only", "last_only": "at the end only", "five": "all five states of the region named",
        "four": "most states of the region named", "salience": "named early, often and acting", "apart": "never in a sentence with the main country",
        "state_lead": "named itself in headline or lead", "acts": "acts and does not only speak", "says_only": "only reacts in words",
        "beside_only": "only after also, other, unlike", "ending_only": "in the last two sentences only", "chained_only": "only in a compound name"},
    "topic": {},
}


def parts(model: str, values: Mapping[str, float], weights: Mapping[str, float], least: float, most: int) -> list[str]:
    """The heaviest features as "+1.20 names of the region (1.95)", those of at least ``least``, at most ``most`` of them."""
    words = WORDS["relevance" if model == "headline" else model]
    weighed = sorted(((weights.get(name, 0.0) * value, name, value) for name, value in values.items() if name != "bias"), key=lambda part: -abs(part[0]))
    return [f"{weight:+.2f} {words.get(name, name.replace('_', ' '))} ({value:.3g})" for weight, name, value in weighed[:most] if abs(weight) >= least]
