"""HTTP as servers really speak it, on connections of our own: kept, lost, without end, HTTP/2; and addresses read as httpx reads them."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feed_server import Answer, FeedServer, certificate, rss
from wirefeed.feeds.address import address, joined
from wirefeed.feeds.catalog import Feed
from wirefeed.feeds.fetch import Fetched, Fetcher
from wirefeed.settings import Settings

Fetch = Callable[..., Fetched]
BODY = rss(3)


@contextmanager
def talking(say: Callable[[socket.socket, int], None]) -> Iterator[tuple[str, list[int]]]:
    """A server that hands each connection (with its number) to ``say``; yields its address and the numbers of the connections so far."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[int] = []

    def serve() -> None:
        while True:
            try:
                made, _ = listener.accept()
            except OSError:
                return
            taken.append(len(taken))
            with made:
                try:
                    say(made, len(taken) - 1)
                except OSError:
                    continue  # the client hung up: that is what some of these tests are about
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", taken
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def answers(*parts: bytes) -> Callable[[socket.socket, int], None]:
    """Sends the parts, then hangs up."""
    def say(made: socket.socket, _number: int) -> None:
        made.recv(65536)
        for part in parts:
            made.sendall(part)
    return say


def endless(start: bytes, again: bytes) -> Callable[[socket.socket, int], None]:
    """Sends ``start``, then ``again`` and again, up to 50 MB."""
    def say(made: socket.socket, _number: int) -> None:
        made.recv(65536)
        made.sendall(start)
        for _ in range(50 * 2**20 // len(again)):
            made.sendall(again)
    return say


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"


@pytest.mark.parametrize("parts", [
    (OK + b"\r\n" + BODY,),  # no length: the end of the connection is the end
    (b"HTTP/1.0 200 OK\r\n\r\n" + BODY,),
    (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", OK + b"Content-Length: %d\r\n\r\n" % len(BODY), BODY),
    (OK.replace(b"\r\n", b"\n") + b"Content-Length: %d\n\n" % len(BODY) + BODY,),  # bare line feeds
    (OK + b"Transfer-Encoding: chunked\r\n\r\n%x;name=value\r\n" % len(BODY), BODY, b"\r\n0\r\nTrailer: x\r\n\r\n"),
    (OK + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY + b"and more than was announced",),
    (OK + b"X-Long: " + b"a" * 100_000 + b"\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY,),
    (OK + b"".join(b"X-%d: y\r\n" % n for n in range(600)) + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY,),  # lexpress.fr sends over 100
], ids=["until the end", "HTTP/1.0", "early hints", "line feeds", "chunks and a trailer", "too much", "a long header", "600 headers"])
def test_what_servers_send_is_read(fetch: Fetch, parts: tuple[bytes, ...]) -> None:
    with talking(answers(*parts)) as (url, _):
        got = fetch(url)
    assert got.body == BODY, got.reason


def test_a_redirect_in_raw_utf_8_is_followed() -> None:
    def say(made: socket.socket, _number: int) -> None:
        asked = made.recv(65536).split(b" ")[1]
        made.sendall(OK + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(asked) + asked if b"%D0" in asked else
                     "HTTP/1.1 302 Found\r\nLocation: /новости\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode())
    with talking(say) as (url, _):
        got, _ = fetch_twice(url, url)
    assert got.body == b"/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8"


@pytest.mark.parametrize("slow", [b"H", b"HTTP/1.1 200 OK\r\nX: "], ids=["the first byte", "the headers"])
def test_a_head_that_drips_meets_the_total_deadline(fetch: Fetch, slow: bytes) -> None:
    def drip(made: socket.socket, _number: int) -> None:
        made.sendall(slow)
        for _ in range(12_000):  # ten minutes, or until nobody listens
            time.sleep(0.05)
            made.sendall(b"x")
    with talking(drip) as (url, _):
        began = time.monotonic()
        got = fetch(url, deadline=0.6)
        took = time.monotonic() - began
    assert (got.outcome, got.fault in ("timeout", "protocol")) == ("failed", True), got.reason
    assert took < 120, "ended by its deadline, on however busy a machine, and not by the server"


@pytest.mark.parametrize(("say", "fault"), [
    (endless(OK, b"X-More: and more of it\r\n" * 100), "protocol"),
    (endless(OK + b"X: ", b"y" * 4096), "protocol"),
    (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), "protocol"),
    (endless(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 4096), "protocol"),
    (endless(OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", b"T: " + b"x" * 4096 + b"\r\n"), "protocol"),
    (endless(OK + b"\r\n", b"x" * 4096), "too-big"),
    (answers(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"), "protocol"),
    (answers(OK + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\nabcdefg"), "protocol"),
    (answers(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "protocol"),
    (answers(b"SSH-2.0-OpenSSH_9.6\r\n"), "protocol"),
], ids=["headers", "one header", "hints", "chunk extension", "trailers", "body", "upgrade", "two lengths", "no chunk", "no HTTP"])
def test_what_has_no_end_or_no_sense_is_ended(fetch: Fetch, say: Callable[[socket.socket, int], None], fault: str) -> None:
    with talking(say) as (url, _):
        got = fetch(url)
    assert (got.outcome, got.fault) == ("failed", fault), got.reason


def fetch_twice(first: str, second: str, *, pause: float = 0.0, ca: Path | None = None) -> tuple[Fetched, Fetched]:
    """Two requests by one client."""
    settings = Settings(test_hosts=("127.0.0.1",), ca_bundle=ca)

    async def go() -> tuple[Fetched, Fetched]:
        async with Fetcher(settings, {}, deadline=10) as fetcher:
            one = await fetcher.fetch(Feed(id="x", url=first), first, now=datetime.now(UTC))
            await asyncio.sleep(pause)
            return one, await fetcher.fetch(Feed(id="y", url=second), second, now=datetime.now(UTC))
    return asyncio.run(go())


def test_a_kept_connection_is_used_again_and_one_that_was_closed_is_replaced() -> None:
    whole = OK + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY

    def once_or_twice(made: socket.socket, number: int) -> None:
        made.recv(65536)
        made.sendall(whole)
        if number == 0:  # promises to stay, takes the next question, and hangs up
            made.recv(65536)
    with talking(once_or_twice) as (url, taken):
        one, two = fetch_twice(url, url)
        assert (one.body, two.body) == (BODY, BODY), two.reason
        assert len(taken) == 2
    with FeedServer() as server:
        server.put("/a", BODY)
        one, two = fetch_twice(server.url("/a"), server.url("/a"))
        assert (one.body, two.body) == (BODY, BODY)


def test_an_answer_that_breaks_off_is_not_asked_for_twice() -> None:
    with talking(answers(OK + b"Content-Length: 500\r\n\r\nhalf")) as (url, taken):
        one, two = fetch_twice(url, url)
        assert (one.fault, two.fault) == ("protocol", "protocol")
        assert len(taken) == 2, "each request once"


def test_what_follows_an_answer_unasked_is_never_taken_for_the_next_one() -> None:
    def smuggler(made: socket.socket, _number: int) -> None:
        made.recv(65536)
        made.sendall(OK + b"Content-Length: 4\r\n\r\ngood" + OK + b"Content-Length: 4\r\n\r\nevil")
        made.recv(65536)
    with talking(smuggler) as (url, _):
        one, two = fetch_twice(url, url, pause=0.1)
        assert (one.body, two.body) == (b"good", b"good")


def test_a_trusted_feeds_connection_is_not_lent_to_others(server: FeedServer) -> None:
    url = server.put("/a", BODY)

    async def go() -> tuple[Fetched, Fetched]:
        async with Fetcher(Settings(), {}, deadline=5) as fetcher:
            trusted = await fetcher.fetch(Feed(id="x", url=url, trusted=True), url, now=datetime.now(UTC))
            return trusted, await fetcher.fetch(Feed(id="y", url=url), url, now=datetime.now(UTC))
    trusted, other = asyncio.run(go())
    assert (trusted.body, other.fault) == (BODY, "address")


def test_no_header_can_be_smuggled_in(server: FeedServer, fetch: Fetch) -> None:
    url = server.put("/a", BODY)
    assert fetch(url, etag='"x"\r\nX-Evil: 1').outcome == "failed"
    assert server.requests == []


def test_http_2_is_spoken_where_it_is_offered(tmp_path: Path) -> None:
    import h2.config
    import h2.connection
    import h2.events

    pair = certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    context.set_alpn_protocols(["h2"])
    asked: list[dict[bytes, bytes]] = []

    def say(made: socket.socket, _number: int) -> None:
        with context.wrap_socket(made, server_side=True) as tls:
            peer = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
            peer.initiate_connection()
            tls.sendall(peer.data_to_send())
            while data := tls.recv(65536):
                for event in peer.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        asked.append(dict(event.headers))
                        peer.send_headers(event.stream_id, [(":status", "200"), ("content-type", "application/rss+xml"), ("etag", '"1"')])
                        peer.send_data(event.stream_id, BODY, end_stream=True)
                tls.sendall(peer.data_to_send())
    with talking(say) as (url, taken):
        there = url.replace("http://127.0.0.1", "https://localhost") + "feed?x=1"
        one, two = fetch_twice(there, there, ca=pair[0])
        assert (one.body, two.body, one.etag) == (BODY, BODY, '"1"'), (one.reason, two.reason)
        assert len(taken) == 1, "the connection is kept"
    assert asked[0][b":path"] == b"/feed?x=1"
    assert asked[0][b":authority"] == there.split("/")[2].encode()


# --- addresses -------------------------------------------------------------------------------------------------------
hosts_ = st.from_regex(r"[a-zA-Z0-9._-]{1,12}|\[::1\]|user:pw@a\.b|новости\.рф", fullmatch=True)
paths = st.text(st.sampled_from("abZ09/.~%?&=#+ ';:@!$,()*[]{}|\\^`\"<>éя-_"), max_size=14)


@given(st.sampled_from(["http", "https", "HTTP"]), hosts_, st.sampled_from(["", ":80", ":443", ":8080", ":0", ":99999"]), paths)
def test_addresses_are_split_as_httpx_splits_them(scheme: str, host: str, port: str, path: str) -> None:
    text = f"{scheme}://{host}{port}/{path}" if path else f"{scheme}://{host}{port}"
    try:
        url = httpx.URL(str(httpx.URL(text)))  # once more: "HTTP://a:80" loses its port only then
        expected = (url.scheme, url.raw_host.decode(), url.port or {"http": 80, "https": 443}[url.scheme], url.netloc, url.raw_path)
    except (httpx.InvalidURL, ValueError):
        with pytest.raises((httpx.InvalidURL, ValueError)):
            address(text)
        return
    found = address(text)
    if not expected[1]:
        assert found is None
    else:
        assert found is not None
        assert found[:5] == expected


def test_other_schemes_are_no_web_addresses() -> None:
    assert [address(text) for text in ("ftp://a.example/", "file:///etc/passwd", "javascript:alert(1)", "/relative", "")] == [None] * 5
    base = address("https://a.example/x/y?z")
    assert base is not None
    assert joined(base, "../q#top") == "https://a.example/q"
    assert joined(base, "//b.example:8080") == "https://b.example:8080"


def test_redirects_carry_neither_secret_to_another_port_nor_to_plain_text(tmp_path: Path, fetch: Fetch) -> None:
    pair = certificate(tmp_path, "localhost")
    feed = Feed.model_validate({"id": "x", "url": "https://placeholder.example/", "headers": {"X-Key": "mine"}, "auth": {"bearer": "TOKEN"}})
    with FeedServer() as plain, FeedServer(tls=pair) as secure:
        plain.put("/down", BODY)
        url = secure.url("/a", "localhost")
        secure.put("/a", Answer(302, {"Location": plain.url("/down", "localhost")}))
        got = fetch(url, feed=feed.model_copy(update={"url": url}), environment={"TOKEN": "t0ken"}, ca_bundle=pair[0])
        assert got.body == BODY
        assert secure.requests[0].headers["authorization"] == "Bearer t0ken"
        assert not {"authorization", "x-key"} & set(plain.requests[0].headers)
