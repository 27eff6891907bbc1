"""A real HTTP server on 127.0.0.1 that answers as told, politely or not: slow, dripping, cut off, garbage, bombs, redirects.

    with FeedServer() as server:
        server.put("/a.rss", rss(3), etag='"1"')       # 304 by itself when the client has the ETag
        server.put("/b.rss", Answer(429, {"Retry-After": "120"}))
        server.put("/c.rss", lambda request: Answer(body=...))
        server.requests                                 # what was asked, in order
"""

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Request:
    """One request as it came; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    at: float  # time.monotonic()


@dataclass(frozen=True)
class Answer:
    """What to send. ``raw`` replaces everything, ``cut`` closes after so many body bytes, ``drip`` sends one byte each so many seconds."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0
    drip: float = 0.0
    cut: int | None = None
    raw: bytes | None = None


Page = Answer | Callable[[Request], Answer]


def rss(count: int, *, start: int = 0, title: str = "Test feed", when: datetime | None = None, minutes: float = 10, text: str = "") -> bytes:
    """An RSS document with items ``start + count - 1`` (newest) down to ``start``; item n was published n * minutes after ``when``."""
    at = when or datetime(2026, 3, 1, tzinfo=UTC)
    items = "".join(
        f"<item><title>Item number {n} of {escape(title)}</title><link>http://publisher.example/{n}</link><guid isPermaLink='false'>item-{n}</guid>"
        f"<pubDate>{format_datetime(at + timedelta(minutes=n * minutes))}</pubDate>"
        f"<description>{escape(text or f'The text of item number {n}: a sentence about the border and the {n} trucks at it.')}</description></item>"
        for n in range(start + count - 1, start - 1, -1))
    return (f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>{escape(title)}</title>"
            f"<link>http://publisher.example/</link>{items}</channel></rss>").encode()


class FeedServer:
    """Serves what ``put`` was given until the with-block ends. ``tls`` is (certificate, key)."""

    def __init__(self, *, tls: tuple[Path, Path] | None = None, hosts: tuple[str, ...] = ("127.0.0.1",)) -> None:
        self._pages: dict[str, Page] = {}
        self._tls = tls
        self._hosts = hosts
        self.requests: list[Request] = []
        self.most_at_once = 0
        self._now = 0
        self.port = 0

    def put(self, path: str, page: Page | bytes, *, etag: str | None = None, modified: str | None = None, kind: str = "application/rss+xml") -> str:
        """Set what ``path`` answers; bytes become a 200 with the given validators. Returns the address."""
        if isinstance(page, bytes):
            headers = {"Content-Type": kind, **({"ETag": etag} if etag else {}), **({"Last-Modified": modified} if modified else {})}
            page = Answer(200, headers, page)
        self._pages[path] = page
        return self.url(path)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def asked(self, path: str) -> list[Request]:
        """The requests for one path."""
        return [request for request in self.requests if request.path == path]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                self._now += 1
                self.most_at_once = max(self.most_at_once, self._now)
                try:
                    open_still = await self._answer(request, writer)
                finally:
                    self._now -= 1
                if not open_still:
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the client had enough: that is what some tests are about
        finally:
            writer.close()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        page = self._pages.get(request.path, Answer(404, {}, b"not here"))
        answer = page(request) if callable(page) else page
        if answer.delay:
            await asyncio.sleep(answer.delay)
        if answer.raw is not None:
            writer.write(answer.raw)
            await writer.drain()
            return False
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if answer.status == 200 and (
                ("etag" in headers and request.headers.get("if-none-match") == headers["etag"])
                or ("last-modified" in headers and request.headers.get("if-modified-since") == headers["last-modified"])):
            answer = Answer(304, answer.headers)
        head = [f"HTTP/1.1 {answer.status} X", *(f"{name}: {value}" for name, value in answer.headers.items())]
        if "content-length" not in headers and "transfer-encoding" not in headers:
            head.append(f"Content-Length: {len(answer.body)}")
        writer.write(("\r\n".join(head) + "\r\n\r\n").encode("latin-1"))
        body = answer.body if answer.cut is None else answer.body[:answer.cut]
        if answer.drip:
            for byte in body:
                writer.write(bytes((byte,)))
                await writer.drain()
                await asyncio.sleep(answer.drip)
        else:
            writer.write(body)
        await writer.drain()
        return answer.cut is None

    def __enter__(self) -> "FeedServer":
        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()

        async def main() -> None:
            context: ssl.SSLContext | None = None
            if self._tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*self._tls)
            server = await asyncio.start_server(self._serve, self._hosts, 0, ssl=context, backlog=512)
            self.port = server.sockets[0].getsockname()[1]
            started.set()
            await self._stopped.wait()
            server.close()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            task = self._loop.create_task(main())
            self._loop.run_until_complete(task)
            rest = asyncio.all_tasks(self._loop)
            for one in rest:
                one.cancel()
            self._loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
            self._loop.close()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        if not started.wait(10):
            raise RuntimeError("the test server did not start")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)


async def _read(reader: asyncio.StreamReader) -> Request | None:
    line = (await reader.readline()).decode("latin-1").split()
    if len(line) < 2:
        return None
    headers: dict[str, str] = {}
    while (row := (await reader.readline()).decode("latin-1").strip()):
        name, _, value = row.partition(":")
        headers[name.lower()] = value.strip()
    return Request(line[1], headers, time.monotonic())


def certificate(folder: Path, *names: str) -> tuple[Path, Path]:
    """A self-signed certificate for ``names`` (its own authority) and its key, as PEM files in ``folder``."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)
    built: Any = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                  .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=2))
                  .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
                  .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True))
    made = built.sign(key, hashes.SHA256())
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return paths
