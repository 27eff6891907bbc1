"""[IO] One feed over HTTP, politely and under caps: bytes, or a fault with a reason that a person understands.

Below httpx: it offers no way to check the address of a connection before it is made (docs/decisions/100), and a poll of thousands of feeds
pays for every layer (docs/decisions/104). httpx.URL still reads the addresses, httpcore speaks HTTP/2 and to proxies.
"""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import httpcore
import httpx

from wirefeed.feeds.address import Address, address, joined
from wirefeed.feeds.answer import Headers, as_text, challenge, max_age, retry_after
from wirefeed.feeds.catalog import Feed
from wirefeed.feeds.connections import TIMEOUTS, Answering, Direct, proxied
from wirefeed.feeds.credentials import MissingSecret, same_origin, secrets_of
from wirefeed.feeds.decompress import BadEncoding, Body, TooBig
from wirefeed.feeds.guard import AddressRefused
from wirefeed.feeds.redirects import MOST_HOPS, REDIRECTS
from wirefeed.settings import Settings

Outcome = Literal["body", "not-modified", "failed"]
Fault = Literal["", "network", "timeout", "tls", "address", "status", "gone", "challenge", "throttled", "redirect", "too-big", "encoding",
                "protocol", "configuration", "document"]
NETWORK_FAULTS = frozenset({"network", "timeout"})  # what our own line being cut looks like

CAP = 15 * 2**20  # bytes, before and after decompression; miniflux's figure
DEADLINE = 60.0  # seconds for all hops together: a server that drips a byte a second ends here
_ACCEPT = ("application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, "
           "text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.3")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of one request chain. ``hops`` are the redirects followed: (status, absolute target)."""

    outcome: Outcome
    url: str  # asked
    final_url: str
    status: int | None = None
    body: bytes = b""
    content_type: str | None = None
    etag: str | None = None
    modified: str | None = None
    hops: tuple[tuple[int, str], ...] = ()
    fault: Fault = ""
    reason: str = ""
    retry_after: float | None = None  # seconds
    max_age: int | None = None  # seconds
    conditional: bool = False


class Fetcher:
    """One client for one poll run: a connection pool for each way out (direct, proxies, trusted hosts). Use as an async context."""

    def __init__(self, settings: Settings, environment: Mapping[str, str], *, cap: int = CAP, deadline: float = DEADLINE) -> None:
        self._settings = settings
        self._environment = environment
        self._cap = cap
        self._deadline = deadline
        self._tls = tls_context(settings)
        self._direct = Direct(self._tls, settings.test_hosts)
        self._proxies: dict[str, httpcore.AsyncConnectionPool] = {}
        self._large = asyncio.Semaphore(4)  # bodies beyond 1 MB at a time: memory stays bounded whatever 64 feeds send
        self._usual = [(b"User-Agent", settings.user_agent.encode("ascii", "replace")), (b"Accept", _ACCEPT.encode()),
                       (b"Accept-Encoding", b"gzip, deflate, br, zstd")]

    async def __aenter__(self) -> "Fetcher":
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._direct.aclose()
        for pool in self._proxies.values():
            await pool.aclose()

    def _ask(self, feed: Feed, target: Address, headers: list[tuple[bytes, bytes]]) -> AbstractAsyncContextManager[Answering]:
        proxy = "" if feed.proxy == "direct" else feed.proxy or self._settings.proxy
        if not proxy:
            # Trust is for the feed's own host: where it sends us must be public.
            return self._direct.get(target, headers, trusted=feed.trusted and target.host.lower() == feed.host)
        if proxy not in self._proxies:
            self._proxies[proxy] = proxied(proxy, self._tls, self._settings.concurrency)
        return self._proxies[proxy].stream("GET", target.url, headers=headers, extensions={"timeout": TIMEOUTS})

    async def fetch(self, feed: Feed, url: str, *, etag: str | None = None, modified: str | None = None, now: datetime) -> Fetched:
        """Ask for ``url`` on behalf of ``feed``. Never raises for anything a server or the network does."""
        plain = Fetched("failed", url, url, conditional=bool(etag or modified))
        try:
            async with asyncio.timeout(self._deadline):
                return await self._follow(feed, plain, etag, modified, now)
        except TimeoutError:
            return replace(plain, fault="timeout", reason=f"not finished after {self._deadline:g} seconds")
        except MissingSecret as error:
            return replace(plain, fault="configuration", reason=str(error))
        except AddressRefused as error:
            return replace(plain, fault="address", reason=f"refused by the address policy: {error}")
        except httpcore.TimeoutException as error:
            return replace(plain, fault="timeout", reason=f"timed out ({_kind(error)})" + (f": {error}" if str(error) else ""))
        except (httpcore.NetworkError, httpcore.ProxyError, OSError) as error:
            if (fault := _tls_fault(error)) is not None:
                return replace(plain, fault="tls", reason=f"TLS: {fault}")
            return replace(plain, fault="network", reason=f"cannot connect or connection lost: {str(error) or type(error).__name__}")
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            return replace(plain, fault="protocol", reason=f"the server does not speak HTTP properly: {error}")
        except TooBig as error:
            return replace(plain, fault="too-big", reason=str(error))
        except BadEncoding as error:
            return replace(plain, fault="encoding", reason=str(error))
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            return replace(plain, fault="redirect", reason=f"not a usable address: {error}")

    async def _follow(self, feed: Feed, plain: Fetched, etag: str | None, modified: str | None, now: datetime) -> Fetched:
        url = plain.url
        hops: list[tuple[int, str]] = []
        secrets = secrets_of(feed, self._environment)
        seen = {url}
        while True:
            target = address(url)
            if target is None:
                return replace(plain, fault="redirect", hops=tuple(hops), reason=f"sent to {url[:200]}, which is no web address")
            headers = [(b"Host", target.netloc), *self._usual, *(secrets if secrets and same_origin(feed.url, target) else ())]
            if etag:
                headers.append((b"If-None-Match", etag.encode("latin-1", "replace")))
            if modified:
                headers.append((b"If-Modified-Since", modified.encode("latin-1", "replace")))
            async with self._ask(feed, target, headers) as response:
                given = Headers(response.headers)
                location = given.get("location")
                if response.status not in REDIRECTS or not location:
                    return await self._answer(replace(plain, final_url=target.text, status=response.status, hops=tuple(hops)),
                                              response, given, now)
            url = joined(target, as_text(location))
            hops.append((response.status, url))
            if url in seen:
                return replace(plain, fault="redirect", hops=tuple(hops), status=response.status, reason="the redirects run in a circle")
            if len(hops) > MOST_HOPS:
                return replace(plain, fault="redirect", hops=tuple(hops), status=response.status, reason=f"more than {MOST_HOPS} redirects")
            seen.add(url)

    async def _answer(self, plain: Fetched, response: Answering, given: "Headers", now: datetime) -> Fetched:
        status = response.status
        plain = replace(plain, content_type=given.get("content-type"), etag=given.get("etag"), modified=given.get("last-modified"),
                        max_age=max_age(given, now), retry_after=retry_after(given, now) if status != 200 else None)
        if status == 304:
            if plain.conditional:
                return replace(plain, outcome="not-modified")
            return replace(plain, fault="status", reason="HTTP 304 although nothing conditional was asked")
        if status == 200 or status == 203 or status == 226:
            body = await self._body(response, given)
            if challenge(status, given, body[:20_000]):
                return replace(plain, fault="challenge", reason="a bot challenge page instead of the feed")
            return replace(plain, outcome="body", body=body)
        start = b""
        if "html" in (plain.content_type or "") and status in (401, 403, 429, 503):
            start = (await self._body(response, given))[:20_000]
        if challenge(status, given, start):
            return replace(plain, fault="challenge", reason=f"HTTP {status}: a bot challenge page instead of the feed")
        if status == 410:
            return replace(plain, fault="gone", reason="HTTP 410: gone for good, the publisher says")
        if status == 429 or (status == 503 and plain.retry_after):
            return replace(plain, fault="throttled", reason=f"HTTP {status}: the publisher asks us to wait")
        return replace(plain, fault="status", reason=f"HTTP {status} {httpx.codes.get_reason_phrase(status)}".strip())

    async def _body(self, response: Answering, given: "Headers") -> bytes:
        length = given.get("content-length") or ""
        if length.isdigit() and int(length) > self._cap:
            raise TooBig(f"the body is larger than {self._cap // 2**20} MB ({int(length)} bytes announced)")
        body = Body(given.get("content-encoding") or "", self._cap)
        held = False
        try:
            async for chunk in response.aiter_stream():
                body.feed(chunk)
                if body.size > 2**20 and not held:
                    await self._large.acquire()
                    held = True
            return body.bytes()
        finally:
            if held:
                self._large.release()


def tls_context(settings: Settings) -> ssl.SSLContext:
    """Verified TLS with the system's and certifi's authorities and WIREFEED_CA_BUNDLE. Raises ConfigError for a bad bundle."""
    import certifi

    from wirefeed.errors import ConfigError

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.set_alpn_protocols(["h2", "http/1.1"])
    if settings.ca_bundle:
        try:
            context.load_verify_locations(settings.ca_bundle)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"WIREFEED_CA_BUNDLE: {settings.ca_bundle}: {error}") from error
    return context


def _kind(error: Exception) -> str:
    return {"ConnectTimeout": "connecting", "ReadTimeout": "no answer", "WriteTimeout": "sending"}.get(type(error).__name__, "waiting")


def _tls_fault(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return getattr(error, "verify_message", "") or str(error)
        error = error.__cause__ or error.__context__
    return None
