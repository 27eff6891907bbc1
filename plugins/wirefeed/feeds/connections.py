"""[IO] The ways out: direct connections, kept per origin and dialled only to permitted addresses; proxies and HTTP/2 through httpcore."""

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import httpcore
import httpx

from wirefeed.feeds.address import Address
from wirefeed.feeds.guard import dial
from wirefeed.feeds.http1 import Wire
from wirefeed.feeds.stream import TlsStream

KEPT = 16  # idle connections in all ...
KEPT_FOR = 10.0  # ... and seconds: long enough for the next feed of a host, whose place is two seconds later
CONNECT_TIMEOUT = 15.0  # seconds, for the name, the connection and TLS each
TIMEOUTS = {"connect": CONNECT_TIMEOUT, "read": 25.0, "write": 15.0, "pool": 60.0}

Headers = Sequence[tuple[bytes, bytes]]


class Answering(Protocol):
    """What an answer offers, over whichever way it comes."""

    status: int
    headers: list[tuple[bytes, bytes]]

    def aiter_stream(self) -> AsyncIterable[bytes]: ...


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int
    trusted: bool  # may live on a private address: such a connection is not for other feeds


class _Second(NamedTuple):
    http: httpcore.AsyncHTTP2Connection
    stream: TlsStream

    @property
    def open(self) -> bool:
        return self.http.is_available() and not self.http.is_closed() and not self.http.has_expired()

    def close(self) -> None:
        self.stream.abort()


class Direct:
    """Connections of our own, HTTP/1.1 or HTTP/2 as the server's TLS says, each used by one request at a time."""

    def __init__(self, tls: ssl.SSLContext, allowed: Iterable[str]) -> None:
        self._tls = tls
        self._allowed = frozenset(name.lower().strip("[]") for name in allowed)
        self._idle: dict[_Origin, list[tuple[float, Wire | _Second]]] = {}
        self._count = 0

    @asynccontextmanager
    async def get(self, address: Address, headers: Headers, *, trusted: bool) -> AsyncIterator[Answering]:
        """GET over a kept or a new connection. Raises AddressRefused and httpcore's exceptions."""
        origin = _Origin(address.scheme, address.host, address.port, trusted)
        question = _question(address, headers)
        wire = self._kept(origin)
        if isinstance(wire, Wire):
            try:
                await wire.ask(question)
            except (httpcore.ReadError, httpcore.RemoteProtocolError):
                wire.close()
                if not wire.silent:
                    raise
                wire = None  # the server had closed the kept connection: no answer was lost, a fresh one is asked
            except BaseException:
                wire.close()
                raise
        if wire is None:
            wire = await self._connect(origin)
            if isinstance(wire, Wire):
                try:
                    await wire.ask(question)
                except BaseException:
                    wire.close()
                    raise
        if isinstance(wire, Wire):
            try:
                yield wire
            finally:
                self._give_back(origin, wire)
            return
        async with self._second(origin, wire, address, headers) as answer:
            yield answer

    @asynccontextmanager
    async def _second(self, origin: _Origin, wire: _Second, address: Address, headers: Headers) -> AsyncIterator[Answering]:
        whole = False
        try:
            request = httpcore.Request("GET", address.url, headers=list(headers), extensions={"timeout": TIMEOUTS})
            response = await wire.http.handle_async_request(request)
            try:
                yield response
                whole = True
            finally:
                await response.aclose()
        finally:
            if whole and wire.http.is_idle() and wire.open:
                self._keep(origin, wire)
            else:
                wire.close()

    async def _connect(self, origin: _Origin) -> Wire | _Second:
        allowed = self._allowed | {origin.host.lower()} if origin.trusted else self._allowed
        wire = await dial(origin.host, origin.port, CONNECT_TIMEOUT, allowed, Wire, self._tls if origin.scheme == "https" else None)
        if origin.scheme == "http" or wire.transport is None:
            return wire
        tls = wire.transport.get_extra_info("ssl_object")
        if tls is None or tls.selected_alpn_protocol() != "h2":
            return wire
        stream = TlsStream(wire.transport, wire.early)
        return _Second(httpcore.AsyncHTTP2Connection(httpcore.Origin(b"https", origin.host.encode(), origin.port), stream), stream)

    def _kept(self, origin: _Origin) -> Wire | _Second | None:
        kept = self._idle.get(origin)
        while kept:
            since, wire = kept.pop()
            self._count -= 1
            if wire.open and asyncio.get_running_loop().time() - since < KEPT_FOR:
                return wire
            wire.close()
        self._idle.pop(origin, None)
        return None

    def _give_back(self, origin: _Origin, wire: Wire) -> None:
        if wire.reusable and wire.whole and wire.open:
            self._keep(origin, wire)
        else:
            wire.close()

    def _keep(self, origin: _Origin, wire: Wire | _Second) -> None:
        self._idle.setdefault(origin, []).append((asyncio.get_running_loop().time(), wire))
        self._count += 1
        while self._count > KEPT:
            oldest = next(iter(self._idle))
            for _, one in self._idle.pop(oldest):
                self._count -= 1
                one.close()

    async def aclose(self) -> None:
        """Close what is kept."""
        for kept in self._idle.values():
            for _, wire in kept:
                wire.close()
        self._idle.clear()
        self._count = 0


def _question(address: Address, headers: Headers) -> bytes:
    lines = [b"GET ", address.target, b" HTTP/1.1\r\n"]
    for name, value in headers:
        if b"\n" in value or b"\r" in value or b"\0" in value:
            raise ValueError(f"the header {name.decode('latin-1')} holds a line break")
        lines += (name, b": ", value, b"\r\n")
    lines.append(b"\r\n")
    return b"".join(lines)


def proxied(proxy: str, tls: ssl.SSLContext, most: int) -> httpcore.AsyncConnectionPool:
    """A pool through a proxy, which is trusted and applies the address policy itself: names are resolved there."""
    url = httpx.URL(proxy)
    bare = str(url.copy_with(userinfo=b""))
    auth = (url.username, url.password) if url.username else None
    if urlsplit(proxy).scheme.startswith("socks"):
        return httpcore.AsyncSOCKSProxy(bare, proxy_auth=auth, ssl_context=tls, max_connections=most, max_keepalive_connections=10, http2=True)
    return httpcore.AsyncConnectionPool(ssl_context=tls, max_connections=most, max_keepalive_connections=10, http2=True,
                                        proxy=httpcore.Proxy(bare, auth=auth))
