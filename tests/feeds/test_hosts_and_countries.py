"""Places in a host's queue, our own network, and a country that goes silent."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import pairwise
from random import Random
from threading import Barrier

import pytest

from feed_server import FeedServer, rss
from wirefeed.feeds.catalog import Catalog, Feed
from wirefeed.feeds.guard import refusal
from wirefeed.feeds.hosts import HORIZON, HostState, give_places
from wirefeed.feeds.network import our_network_is_down
from wirefeed.feeds.poll import PollReport
from wirefeed.feeds.redirects import learn
from wirefeed.feeds.state import FeedState
from wirefeed.feeds.watch import WATCH_FEED, judge
from wirefeed.feeds.writer import Writer
from wirefeed.store import feeds as table
from wirefeed.store.database import Store
from wirefeed.store.stories import lease_pending

NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)


# --- places ----------------------------------------------------------------------------------------------------------
def test_places_are_spaced_and_the_rest_learns_its_place_in_the_queue() -> None:
    asked = [(f"f{n}", "big.example") for n in range(100)] + [("other", "small.example")]
    places = give_places(asked, {}, NOW, Random(1))
    starts = sorted(places.start[f] for f, host in asked if f in places.start and host == "big.example")
    gaps = [(b - a).total_seconds() for a, b in pairwise(starts)]
    assert min(gaps) >= 1.5
    assert max(gaps) <= 2.5
    assert len({round(gap, 3) for gap in gaps}) > 5, "with some chance in it"
    assert places.start["other"] == NOW
    assert all(at <= NOW + HORIZON for at in starts)
    later = list(places.deferred.values())
    assert len(starts) + len(later) == 100
    assert later == sorted(later)
    assert later[0] > starts[-1]
    assert later[-1] - NOW > timedelta(seconds=150), "the hundredth knows that it is the hundredth"


def test_a_second_worker_gets_the_places_behind_the_first() -> None:
    first = give_places([("a", "h"), ("b", "h")], {}, NOW, Random(1))
    second = give_places([("c", "h")], {"h": HostState(first.hosts["h"])}, NOW, Random(2))
    assert second.start["c"] > first.start["b"] > first.start["a"]


def test_a_closed_host_defers_everybody() -> None:
    until = NOW + timedelta(minutes=30)
    places = give_places([("a", "h"), ("b", "h")], {"h": HostState(None, until)}, NOW, Random(1))
    assert places.start == {}
    assert until < places.deferred["a"] < places.deferred["b"] < until + timedelta(seconds=10)


def test_two_workers_never_get_the_same_place_from_the_database(store: Store) -> None:
    starts: list[datetime] = []
    for number in range(3):
        with store.begin() as db:
            places = give_places([(f"f{number}", "h.example")], table.host_states(db, ["h.example"]), NOW, Random(number))
            table.keep_slots(db, places.hosts)
            starts += places.start.values()
    assert len(set(starts)) == 3
    with store.begin() as db:
        table.close_host(db, "h.example", NOW + timedelta(hours=2))
        table.close_host(db, "h.example", NOW + timedelta(hours=1))
        assert table.host_states(db, ["h.example"])["h.example"].closed_until == NOW + timedelta(hours=2)


# --- addresses -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
    "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1",
    "2001:0:0:0:0:0:80ff:fffe", "100.100.100.200"])
def test_addresses_that_are_nobodys_business(address: str) -> None:
    assert refusal(ip_address(address)) is not None


@pytest.mark.parametrize("address", ["93.184.216.34", "2a00:1450:4001:80b::200e", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"])
def test_public_addresses_are_fine(address: str) -> None:
    assert refusal(ip_address(address)) is None


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254", "100.100.100.200", "224.0.0.1", "0.0.0.0"])
def test_metadata_is_refused_even_to_trusted_feeds(address: str) -> None:
    assert refusal(ip_address(address), private_allowed=True) is not None
    assert refusal(ip_address("10.0.0.1"), private_allowed=True) is None


# --- redirects -------------------------------------------------------------------------------------------------------
def follow(state: FeedState, hops: tuple[tuple[int, str], ...], days: list[float], asked: str = "https://a.example/") -> FeedState:
    for day in days:
        state = learn(state, asked, hops, NOW + timedelta(days=day))
    return state


def test_redirects_are_believed_slowly() -> None:
    moved, there = ((301, "https://b.example/"),), ((302, "https://b.example/"),)
    assert follow(FeedState(), moved, [0, 0.1, 0.2]).moved_to is None, "not within a day"
    assert follow(FeedState(), moved, [0, 0.5, 1.1]).moved_to == "https://b.example/"
    assert follow(FeedState(), there, [0, 10, 30, 59]).moved_to is None
    assert follow(FeedState(), there, [0, 10, 30, 61]).moved_to == "https://b.example/"
    changing = follow(follow(FeedState(), moved, [0, 0.5]), ((301, "https://c.example/"),), [1.1, 1.2])
    assert changing.moved_to is None, "another target begins anew"
    assert follow(FeedState(), ((301, "https://b.example/"), (302, "https://login.example/")), [0, 1, 2]).moved_to == "https://b.example/"
    assert follow(FeedState(), ((301, "http://a.example/"),), [0, 1, 2]).moved_to is None, "never back to plain text"
    assert follow(follow(FeedState(), moved, [0, 0.5]), (), [0.6]).redirect is None


# --- our network -----------------------------------------------------------------------------------------------------
def test_when_nearly_nobody_answers_it_is_us() -> None:
    hosts = {f"h{n}" for n in range(20)}
    assert our_network_is_down(hosts, set(), None, NOW)
    assert our_network_is_down(hosts, {"one"}, None, NOW)
    assert not our_network_is_down({"h1"}, hosts, None, NOW)
    assert not our_network_is_down({"h1", "h2"}, set(), None, NOW), "two tell nothing"
    assert our_network_is_down({"h1", "h2"}, set(), NOW - timedelta(minutes=5), NOW), "unless another shard has just found so"
    assert not our_network_is_down({"h1", "h2"}, set(), NOW - timedelta(hours=5), NOW)
    assert not our_network_is_down(set(), set(), NOW, NOW)


# --- countries -------------------------------------------------------------------------------------------------------
def feeds(country: str, count: int) -> dict[str, Feed]:
    names = [f"{country.lower()}{n}" for n in range(count)]
    return {name: Feed(id=name, url=f"https://{name}.example/", country=country) for name in names}


def alive(**more: object) -> FeedState:
    return FeedState(**({"condition": "ok", "rate": 40.0, "first_success_at": NOW - timedelta(days=30), "succeeded_at": NOW,
                         "new_at": NOW - timedelta(hours=1)} | more))  # type: ignore[arg-type]


def failing(hours: float) -> FeedState:
    return alive(condition="failing", streak=3, failing_since=NOW - timedelta(hours=hours))


def test_half_of_a_countrys_feeds_together_are_an_event() -> None:
    kz, kg = feeds("KZ", 6), feeds("KG", 4)
    states = {"kz0": failing(2), "kz1": failing(3), "kz2": alive(new_at=NOW - timedelta(hours=20), rate=100.0), "kz3": alive(), "kz4": alive()}
    assert judge(states, kz | kg, NOW) == [], "the silent one fell silent 18 hours before the others"
    states["kz2"] = failing(1)
    found = judge(states | {f"kg{n}": alive() for n in range(4)}, kz | kg, NOW)
    assert [(one.country, one.failing, one.of) for one in found] == [("KZ", ("kz0", "kz1", "kz2"), 5)]
    assert judge({"kz0": failing(2), "kz1": failing(2)}, kz, NOW) == [], "two are too few"
    assert judge({f"kz{n}": failing(2) if n < 3 else alive() for n in range(8)}, feeds("KZ", 8), NOW) == [], "less than half"


def test_feeds_that_died_long_ago_count_on_neither_side() -> None:
    kz = feeds("KZ", 9)
    dead = {f"kz{n}": failing(24 * 30) for n in range(5)}
    assert judge(dead | {f"kz{n}": alive() for n in range(5, 9)}, kz, NOW) == []
    found = judge(dead | {f"kz{n}": failing(1) for n in range(5, 8)} | {"kz8": alive()}, kz, NOW)
    assert [(one.country, one.of) for one in found] == [("KZ", 4)]


def test_a_silent_country_becomes_one_story_and_is_polled_every_five_minutes(
        run: Callable[..., PollReport], server: FeedServer, clock, sqlite_store: Store) -> None:  # type: ignore[no-untyped-def]
    kazakh = [Feed(id=f"kz{n}", url=server.put(f"/kz{n}", rss(3, title=f"KZ {n}")).replace("127.0.0.1", f"kz{n}.localhost"), country="KZ",
                   title=f"Feed {n} of Almaty") for n in range(4)]
    others = [Feed(id=f"uz{n}", url=server.put(f"/uz{n}", rss(3, title=f"UZ {n}")).replace("127.0.0.1", f"uz{n}.localhost"), country="UZ")
              for n in range(8)]
    run(*kazakh, *others)
    for number in range(4):
        server._pages.pop(f"/kz{number}")
    kinds = []
    for _ in range(4):
        clock.on(minutes=20)
        kinds += [(event.kind, event.detail.get("country")) for event in run(*kazakh, *others).events if event.kind == "country-silent"]
    assert kinds == [("country-silent", "KZ")], "once"
    with sqlite_store.begin() as db:
        told = [one.version for one in lease_pending(db, "t", clock(), 5, 100) if one.version.feed_id == WATCH_FEED]
        states = table.states(db)
    assert [version.title for version in told] == ["Kazakhstan: 4 of 4 news feeds went silent together, possible internet shutdown"]
    assert not told[0].backlog
    assert "Feed 2 of Almaty" in told[0].text
    for number in range(4):
        state, at = states[f"kz{number}"]
        assert state.crisis_until is not None
        assert at - clock() < timedelta(minutes=6)
    clock.on(minutes=6)
    run(*kazakh, force=False)
    with sqlite_store.begin() as db:
        assert table.states(db)["kz1"][1] - clock() < timedelta(minutes=6), "still every five minutes after the next failure"


def test_four_shards_that_see_the_same_silence_tell_it_once(store: Store, clock) -> None:  # type: ignore[no-untyped-def]
    kazakh = feeds("KZ", 4)
    with store.begin() as db:
        table.sync(db, {feed_id: feed.host for feed_id, feed in kazakh.items()}, NOW)
        table.keep_crisis(db, {feed_id: failing(1) for feed_id in kazakh}, NOW)
    told: list[str] = []
    start = Barrier(4)

    def finish(number: int) -> None:
        writer = Writer(store, lambda: NOW)
        writer.owner = f"shard {number}"
        start.wait(30)
        writer.finish(Catalog(kazakh))
        told.extend(event.kind for event in writer.events)
    with ThreadPoolExecutor(4) as shards:
        for done in [shards.submit(finish, number) for number in range(4)]:
            done.result(60)
    assert told == ["country-silent"]
