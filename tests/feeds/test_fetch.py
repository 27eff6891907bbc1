"""The fetcher against a server that misbehaves: each fault ends in a reason, none in an exception, a hang or a full memory."""

import gzip
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import brotli
import pytest
import zstandard

from feed_server import Answer, FeedServer, certificate, rss
from wirefeed.feeds.catalog import Auth, Feed
from wirefeed.feeds.fetch import Fetched

Fetch = Callable[..., Fetched]
BODY = rss(5)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


ENCODINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress), "br": ("br", brotli.compress), "zstd": ("zstd", zstandard.ZstdCompressor().compress),
    "deflate": ("deflate", zlib.compress), "raw deflate": ("deflate", raw_deflate),
    "two gzip members": ("gzip", lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:])),
    "gzip in br": ("gzip, br", lambda data: brotli.compress(gzip.compress(data))),
    "a gzipped file": ("", gzip.compress),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_each_content_encoding_is_undone(server: FeedServer, fetch: Fetch, name: str) -> None:
    coding, pack = ENCODINGS[name]
    url = server.put("/a", Answer(200, {"Content-Encoding": coding} if coding else {}, pack(BODY)))
    assert fetch(url).body == BODY


@pytest.mark.parametrize("name", ["gzip", "br", "zstd", "deflate", "gzip in br", "a gzipped file"])
def test_a_bomb_is_stopped_at_the_cap_not_in_memory(server: FeedServer, fetch: Fetch, name: str) -> None:
    import tracemalloc

    coding, pack = ENCODINGS[name]
    bomb = pack(bytes(300 * 2**20) if name not in ("br", "gzip in br") else bytes(100 * 2**20))
    url = server.put("/bomb", Answer(200, {"Content-Encoding": coding} if coding else {}, bomb))
    tracemalloc.start()
    got = fetch(url)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (got.outcome, got.fault) == ("failed", "too-big"), got.reason
    assert peak < 20 * 2**20


def test_a_body_over_the_cap_is_refused_announced_or_not(server: FeedServer, fetch: Fetch) -> None:
    announced = fetch(server.put("/a", Answer(200, {}, bytes(2**20 + 1))))
    chunk = b"%x\r\n%s\r\n" % (2**20 + 1, bytes(2**20 + 1))
    chunked = fetch(server.put("/b", Answer(200, {"Transfer-Encoding": "chunked"}, chunk + b"0\r\n\r\n")))
    assert announced.fault == chunked.fault == "too-big"
    assert "announced" in announced.reason


@pytest.mark.parametrize(("answer", "fault", "reason"), [
    (Answer(404), "status", "HTTP 404 Not Found"),
    (Answer(500), "status", "HTTP 500"),
    (Answer(410), "gone", "gone for good"),
    (Answer(304), "status", "nothing conditional was asked"),
    (Answer(200, {"Content-Encoding": "gzip"}, b"no gzip"), "encoding", "cannot be decompressed"),
    (Answer(200, {"Content-Encoding": "rot13"}, b"x"), "encoding", "rot13"),
    (Answer(200, {"Content-Encoding": "gzip, gzip, gzip, gzip"}, b"x"), "encoding", "4 times"),
    (Answer(200, {"Content-Length": "99"}, BODY[:50], cut=50), "protocol", "HTTP"),
    (Answer(raw=b"\x16\x03\x01 garbage\r\n\r\n"), "protocol", "HTTP"),
    (Answer(raw=b""), "protocol", "HTTP"),
    (Answer(raw=b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000), "protocol", "HTTP"),
    (Answer(302, {"Location": "ftp://example.org/"}), "redirect", "no web address"),
    (Answer(302, {"Location": "file:///etc/passwd"}), "redirect", "no web address"),
    (Answer(302, {"Location": "mailto:editor@publisher.example"}), "redirect", "no web address"),
    (Answer(302, {"Location": "/"}), "status", "404"),
    (Answer(302), "status", "302"),
])
def test_each_fault_has_its_reason(server: FeedServer, fetch: Fetch, answer: Answer, fault: str, reason: str) -> None:
    got = fetch(server.put("/a", answer))
    assert (got.outcome, got.fault) == ("failed", fault), got.reason
    assert reason in got.reason


def test_a_dripping_server_meets_the_total_deadline(server: FeedServer, fetch: Fetch) -> None:
    url = server.put("/drip", Answer(200, {}, BODY * 100, drip=0.05))  # each read succeeds: only the total tells
    assert len(BODY) * 100 * 0.05 > 600
    begun = time.monotonic()
    got = fetch(url, deadline=0.8)
    assert got.fault == "timeout"
    assert time.monotonic() - begun < 120, "ended by its deadline, on however busy a machine, and not by the server"


def test_a_closed_port_and_an_unknown_name_are_network_faults(fetch: Fetch) -> None:
    assert fetch("http://127.0.0.1:9/").fault == "network"
    assert fetch("http://no-such-host.invalid/").fault == "network"


def test_validators_are_sent_verbatim_and_a_304_is_believed(server: FeedServer, fetch: Fetch) -> None:
    url = server.put("/a", BODY, etag='W/"a b, c"', modified="Sat, 28 Feb 2026 11:00:00 GMT")
    first = fetch(url)
    again = fetch(url, etag=first.etag, modified=first.modified)
    assert first.outcome == "body"
    assert again.outcome == "not-modified"
    assert server.requests[-1].headers["if-none-match"] == 'W/"a b, c"'
    assert server.requests[-1].headers["if-modified-since"] == "Sat, 28 Feb 2026 11:00:00 GMT"


# --- redirects -------------------------------------------------------------------------------------------------------
def test_redirects_are_followed_and_recorded(server: FeedServer, fetch: Fetch) -> None:
    server.put("/c", BODY)
    server.put("/b", Answer(302, {"Location": "c#top"}))
    got = fetch(server.put("/a", Answer(301, {"Location": "/b"})))
    assert got.body == BODY
    assert [(status, url.rsplit("/", 1)[1]) for status, url in got.hops] == [(301, "b"), (302, "c")]


def test_a_circle_and_an_endless_chain_end(server: FeedServer, fetch: Fetch) -> None:
    server.put("/b", Answer(302, {"Location": "/a"}))
    circle = fetch(server.put("/a", Answer(302, {"Location": "/b"})))
    for number in range(20):
        server.put(f"/n{number}", Answer(302, {"Location": f"/n{number + 1}"}))
    chain = fetch(server.url("/n0"))
    assert (circle.fault, chain.fault) == ("redirect", "redirect")
    assert "circle" in circle.reason
    assert len([r for r in server.requests if r.path.startswith("/n")]) <= 9


def test_secrets_and_own_headers_never_reach_another_host(server: FeedServer, fetch: Fetch) -> None:
    with FeedServer() as other:
        other.put("/stolen", Answer(302, {"Location": server.url("/back")}))
        server.put("/back", BODY)
        url = server.put("/a", Answer(302, {"Location": other.url("/stolen")}))
        feed = Feed(id="x", url=url, headers={"X-Key": "mine"}, auth=Auth(basic="FEED_LOGIN"))
        got = fetch(url, feed=feed, environment={"FEED_LOGIN": "user:pass"})
        assert got.body == BODY
        assert server.asked("/a")[0].headers["authorization"] == "Basic dXNlcjpwYXNz"
        assert server.asked("/a")[0].headers["x-key"] == "mine"
        assert not {"authorization", "x-key"} & set(other.requests[0].headers)
        assert "authorization" in server.asked("/back")[0].headers, "its own host again"


def test_a_missing_secret_is_named_and_nothing_is_sent(server: FeedServer, fetch: Fetch) -> None:
    url = server.put("/a", BODY)
    got = fetch(url, feed=Feed(id="x", url=url, auth=Auth(bearer="FEED_TOKEN")))
    assert (got.fault, server.requests) == ("configuration", [])
    assert "FEED_TOKEN" in got.reason


# --- waiting, challenges ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_read_in_seconds_and_as_a_date(server: FeedServer, fetch: Fetch, status: int) -> None:
    date = datetime(2026, 1, 1, tzinfo=UTC)  # the server's clock is wrong: only the difference counts
    by_date = Answer(status, {"Retry-After": format_datetime(date + timedelta(seconds=600), usegmt=True), "Date": format_datetime(date, usegmt=True)})
    assert fetch(server.put("/a", Answer(status, {"Retry-After": "120"}))).retry_after == 120
    assert fetch(server.put("/b", by_date)).retry_after == 600
    assert fetch(server.put("/c", Answer(status, {"Retry-After": "317100"}))).retry_after == 86400, "never longer than a day"
    assert fetch(server.put("/d", Answer(status, {"Retry-After": "soon"}))).retry_after is None
    assert fetch(server.url("/a")).fault == "throttled"


@pytest.mark.parametrize("answer", [
    Answer(403, {"cf-mitigated": "challenge", "Content-Type": "text/html"}, b"<html></html>"),
    Answer(503, {"Server": "cloudflare", "Content-Type": "text/html"}, b"<!DOCTYPE html><html><title>Just a moment...</title></html>"),
    Answer(200, {"Content-Type": "text/html"}, b"<html><head><title>DDoS-Guard</title></head></html>"),
])
def test_a_bot_challenge_is_no_plain_error(server: FeedServer, fetch: Fetch, answer: Answer) -> None:
    assert fetch(server.put("/a", answer)).fault == "challenge"


def test_a_feed_that_writes_about_cloudflare_is_no_challenge(server: FeedServer, fetch: Fetch) -> None:
    assert fetch(server.put("/a", rss(2, text="<html><title>Just a moment</title> /cdn-cgi/challenge-platform/"))).outcome == "body"
    assert fetch(server.put("/b", Answer(403, {"Content-Type": "text/html"}, b"<html>forbidden</html>"))).fault == "status"


# --- addresses -------------------------------------------------------------------------------------------------------
def test_a_private_address_is_refused_before_anything_is_sent(server: FeedServer, fetch: Fetch) -> None:
    got = fetch(server.put("/a", BODY), test_hosts=())
    assert got.fault == "address"
    assert "loopback" in got.reason
    assert server.requests == []


def test_a_redirect_into_the_house_is_refused(server: FeedServer, fetch: Fetch) -> None:
    with FeedServer(hosts=("127.0.0.2",)) as inner:
        inner.put("/secret", BODY)
        for target in (inner.url("/secret", "127.0.0.2"), f"http://169.254.169.254:{inner.port}/latest",
                       f"http://[::ffff:127.0.0.2]:{inner.port}/secret", f"http://2130706434:{inner.port}/"):
            got = fetch(server.put("/a", Answer(302, {"Location": target})))
            assert got.fault in ("address", "network"), (target, got)
            assert got.outcome == "failed"
        assert inner.requests == []


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(fetch: Fetch, server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str | bytes | None, *rest: object, **more: object) -> object:
        name = host.decode() if isinstance(host, bytes) else host
        if name == "rebind.example":
            asked.append("x")
            address = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, server.port))]
        return real(host, *rest, **more)  # type: ignore[arg-type]
    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    server.put("/a", BODY)
    got = fetch(f"http://rebind.example:{server.port}/a", test_hosts=(), deadline=2)
    assert got.outcome == "failed"
    assert len(asked) == 1, "one question, and its answer is what is dialled"
    assert server.requests == []


def test_a_trusted_feed_may_live_on_a_private_address_but_its_redirects_may_not(server: FeedServer, fetch: Fetch) -> None:
    with FeedServer(hosts=("127.0.0.2",)) as inner:
        inner.put("/secret", BODY)
        server.put("/a", BODY)
        server.put("/b", Answer(302, {"Location": inner.url("/secret", "127.0.0.2")}))
        trusted = Feed(id="x", url=server.url("/a"), trusted=True)
        assert fetch(server.url("/a"), feed=trusted, test_hosts=()).body == BODY
        assert fetch(server.url("/b"), feed=trusted, test_hosts=()).fault == "address"
        assert inner.requests == []


# --- TLS and proxies -------------------------------------------------------------------------------------------------
def test_tls_is_verified_and_an_extra_authority_is_believed(tmp_path: Path, fetch: Fetch) -> None:
    pair = certificate(tmp_path, "localhost")
    with FeedServer(tls=pair) as server:
        server.put("/a", BODY)
        url = server.url("/a", "localhost")
        stranger = fetch(url)
        assert stranger.fault == "tls"
        assert "self-signed" in stranger.reason
        assert fetch(url, ca_bundle=pair[0]).body == BODY
        assert fetch(server.url("/a"), ca_bundle=pair[0]).fault == "tls", "the name must be the certificate's"


def test_a_proxy_is_trusted_and_direct_goes_round_it(server: FeedServer, fetch: Fetch) -> None:
    with FeedServer() as proxy:
        proxy.put("http://inside.example/feed", BODY)
        assert fetch("http://inside.example/feed", proxy=proxy.url(""), test_hosts=()).body == BODY
        url = server.put("/a", BODY)
        assert fetch(url, feed=Feed(id="x", url=url, proxy="direct"), proxy=proxy.url("")).body == BODY
        assert len(proxy.requests) == 1
