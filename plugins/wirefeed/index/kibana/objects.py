"""The furniture itself: what an agency's analysts find in Kibana on the first morning."""

from collections.abc import Iterator, Sequence

from wirefeed.index.kibana import saved
from wirefeed.index.kibana.charts import bars, count, donut, figure, listing, number, ranking, story_map, top
from wirefeed.index.kibana.dashboards import Control, Panel, dashboard
from wirefeed.index.kibana.saved import Saved, tag
from wirefeed.index.kibana.views import data_view, search
from wirefeed.index.schema import TABLES

STORY_COLUMNS = ("title", "source", "source_kind", "country", "topic", "link")
ALERT_COLUMNS = ("severity", "title", "rule", "kind", "source", "country", "acknowledged")
STORY_CONTROLS = tuple(Control("stories", name) for name in ("topic", "country", "language", "source", "severity"))
ALERT_CONTROLS = tuple(Control("alerts", name) for name in ("rule", "severity", "country"))
Topics = Sequence[tuple[str, str]]  # (id, display name)


def everything(topics: Topics) -> list[Saved]:
    """All objects; the topics of the configuration get a saved search each."""
    return [
        tag("wirefeed", "Wirefeed", "Shipped with Wirefeed; an import replaces it, so save changes under another name", "#1D6FA5"),
        tag("topic", "Topic", "One topic of Wirefeed's configuration", "#6F7780"),
        *(data_view(table) for table in TABLES),
        *_searches(), *_topic_searches(topics), *_desk(), *_topic(), *_country(), *_alerts(), *_feed_health()]


def _searches() -> list[Saved]:
    return [
        search("last-day", "Hits of the last 24 hours", "rule:*", STORY_COLUMNS, since="now-24h", description="Stories that a rule matched"),
        search("relevant", "All relevant stories", "", STORY_COLUMNS, since="now-24h"),
        search("corrections", "Corrections and withdrawals", "change:correction OR change:withdrawn OR withdrawn:true",
               ("title", "change", "version", "source", "updated", "link"), since="now-7d"),
        search("unacknowledged", "Unacknowledged flashes", "severity:flash AND acknowledged:false", ALERT_COLUMNS, table="alerts",
               since="now-7d", description="Nobody has said yet that they saw these"),
        search("false-positives", "Alerts marked as false", "false_positive:true", ALERT_COLUMNS, table="alerts", since="now-30d"),
        search("dead-letters", "Deliveries that failed", "disposition:dead", ("recipient", "channel", "rule", "error", "attempts"),
               table="deliveries", since="now-7d"),
        search("feed-events", "What befell the feeds", "record:event", ("feed", "kind", "detail"), table="feeds", since="now-7d")]


def _topic_searches(topics: Topics) -> list[Saved]:
    return [search(f"topic-{topic}", f"Topic: {name}", f'topic:"{topic}"', ("title", "source", "country", "person", "link"), since="now-7d",
                   tags=("wirefeed", "topic")) for topic, name in topics]


def _desk() -> Iterator[Saved]:
    table = "stories"
    shown = [
        figure("desk-stories", "Stories", table, count("Stories")),
        figure("desk-clusters", "Events", table, number("unique_count", table, "cluster", "Events"),
               description="Copies of one story count once"),
        figure("desk-sources", "Sources heard", table, number("unique_count", table, "source", "Sources")),
        figure("desk-flash", "Flash", table, count("Flash"), text="severity:flash", color="#C4262E"),
        bars("desk-time", "Stories over time by topic", table, count("Stories"), split=top(table, "topic", 8, other=True)),
        ranking("desk-countries", "Countries", table, top(table, "country", 12), count("Stories")),
        story_map("desk", "Where it happens", ("title", "source", "published", "topic", "link"))]
    yield from shown
    figures, (time, countries, places) = shown[:4], shown[4:]
    yield dashboard("desk", "Desk", "What came in, where and about what", [
        *(Panel(one, 12, 6) for one in figures), Panel(time, 32, 14), Panel(countries, 16, 14), Panel(places, 48, 20),
        Panel(_named("search", "wirefeed-search-relevant"), 48, 20)], STORY_CONTROLS, since="now-24h")


def _topic() -> Iterator[Saved]:
    table = "stories"
    shown = [
        bars("topic-time", "Stories by country", table, count("Stories"), split=top(table, "country", 8), kind="area_stacked"),
        ranking("topic-people", "People", table, top(table, "person", 15), count("Stories")),
        ranking("topic-organisations", "Organisations and groups", table, top(table, "organisation", 15), count("Stories")),
        listing("topic-places", "Places", table, {"group": top(table, "place_name", 25)}, {"value": count("Stories")}),
        donut("topic-kinds", "Who speaks", table, top(table, "source_kind", 6), count("Stories"))]
    yield from shown
    yield dashboard("topic", "Topic", "Choose a topic above; who, where, how much, and who says so", [
        Panel(shown[0], 36, 14), Panel(shown[4], 12, 14), *(Panel(one, 16, 16) for one in shown[1:4]),
        Panel(_named("search", "wirefeed-search-relevant"), 48, 20)], STORY_CONTROLS)


def _country() -> Iterator[Saved]:
    table = "stories"
    shown = [
        bars("country-time", "Stories by topic", table, count("Stories"), split=top(table, "topic", 8), kind="bar_stacked"),
        ranking("country-topics", "Topics", table, top(table, "topic", 15), count("Stories")),
        listing("country-sources", "Sources", table, {"group": top(table, "source", 25), "kind": top(table, "source_kind", 3)},
                {"value": count("Stories")}),
        donut("country-languages", "Languages", table, top(table, "language", 8), count("Stories"))]
    yield from shown
    yield dashboard("country", "Country", "Choose a country above; what is reported from it and by whom", [
        Panel(shown[0], 48, 14), Panel(shown[1], 16, 16), Panel(shown[2], 20, 16), Panel(shown[3], 12, 16),
        Panel(_named("map", "wirefeed-map-desk"), 48, 20), Panel(_named("search", "wirefeed-search-relevant"), 48, 20)], STORY_CONTROLS)


def _alerts() -> Iterator[Saved]:
    shown = [
        figure("alerts-count", "Alerts", "alerts", count("Alerts")),
        figure("alerts-open", "Not acknowledged", "alerts", count("Open"), text="acknowledged:false", color="#C4262E"),
        figure("alerts-minutes", "Minutes to acknowledgement (median)", "alerts",
               number("median", "alerts", "minutes_to_acknowledge", "Minutes")),
        figure("alerts-seconds", "Seconds from decision to mail (median)", "deliveries",
               number("median", "deliveries", "seconds_to_send", "Seconds")),
        bars("alerts-time", "Alerts by severity", "alerts", count("Alerts"), split=top("alerts", "severity", 3)),
        listing("alerts-rules", "Rules", "alerts", {"group": top("alerts", "rule", 50), "severity": top("alerts", "severity", 3)},
                {"value": count("Alerts")}),
        ranking("alerts-false", "Rules with false alarms", "alerts", top("alerts", "rule", 15), count("False alarms"),
                text="false_positive:true"),
        donut("alerts-deliveries", "How deliveries ended", "deliveries", top("deliveries", "disposition", 10), count("Deliveries"))]
    yield from shown
    yield dashboard("alerts", "Alerts", "What was alerted, how fast, and what came of it", [
        *(Panel(one, 12, 6) for one in shown[:4]), Panel(shown[4], 48, 12), Panel(shown[5], 20, 16), Panel(shown[6], 16, 16),
        Panel(shown[7], 12, 16), Panel(_named("search", "wirefeed-search-unacknowledged"), 48, 18),
        Panel(_named("search", "wirefeed-search-dead-letters"), 48, 14)], ALERT_CONTROLS)


def _feed_health() -> Iterator[Saved]:
    shown = [
        figure("feeds-active", "Active feeds", "feeds", count("Feeds"), text="record:state AND active:true"),
        figure("feeds-failing", "Failing feeds", "feeds", count("Feeds"), text="record:state AND failures:>2", color="#C4262E"),
        figure("feeds-items", "Items seen", "outcomes", number("sum", "outcomes", "count", "Items")),
        figure("feeds-rejected", "Items rejected", "outcomes", number("sum", "outcomes", "count", "Items"), text="outcome:rejected",
               color="#C4262E"),
        bars("feeds-outcomes", "Items by outcome", "outcomes", number("sum", "outcomes", "count", "Items"),
             split=top("outcomes", "outcome", 8)),
        bars("feeds-events", "Events", "feeds", count("Events"), split=top("feeds", "kind", 10), text="record:event"),
        listing("feeds-worst", "Failures in a row", "feeds", {"group": top("feeds", "feed", 50), "status": top("feeds", "status", 1)},
                {"value": number("max", "feeds", "failures", "Failures")}, text="record:state AND failures:>0"),
        ranking("feeds-reasons", "Why items are rejected", "outcomes", top("outcomes", "reason", 15),
                number("sum", "outcomes", "count", "Items"), text="outcome:rejected")]
    yield from shown
    yield dashboard("feeds", "Feed health", "Are the wires running, and does every item end somewhere", [
        *(Panel(one, 12, 6) for one in shown[:4]), *(Panel(one, 24, 14) for one in shown[4:8]),
        Panel(_named("search", "wirefeed-search-feed-events"), 48, 16)],
        (Control("feeds", "feed"), Control("feeds", "host"), Control("outcomes", "outcome")))


def _named(kind: str, name: str) -> Saved:
    """A stand-in for an object that is made elsewhere in this file (the tests see that it is)."""
    return Saved(kind, name, {})


def ndjson(topics: Topics) -> str:
    """config/kibana/wirefeed.ndjson."""
    return saved.ndjson(everything(topics))
