"""[IO] HTTP/1.1 on one connection: llhttp (httptools) reads the answers, whatever a server sends ends in a bounded number of bytes.

A poll asks thousands of hosts one small question each, so what counts is the cost of a single exchange; httpcore's was six times this
(docs/decisions/104). Its exceptions are kept as our vocabulary, for HTTP/2 and proxies still go through it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import cast

import httpcore
import httptools

MOST_HEAD = 256 * 1024  # bytes of headers; lexpress.fr sends more than 100 of them
READ_TIMEOUT = 25.0  # seconds without a byte
_HIGH, _LOW = 512 * 1024, 128 * 1024  # bytes waiting to be decompressed at which reading stops and goes on
_FRAMING = 10  # bytes of chunk headers and trailers that a byte of body may cost


class Wire(asyncio.Protocol):
    """One connection, one exchange at a time: ``ask``, then read ``status``, ``headers`` and ``aiter_stream``."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport | None = None
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.reusable = False  # the last answer is whole and the server keeps the connection
        self.silent = True  # nothing has come since the question: a kept connection had been closed meanwhile
        self.early = b""
        self._parser: httptools.HttpResponseParser | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._fault: Exception | None = None
        self._parts: deque[bytes] = deque()
        self._held = self._body = self._received = 0
        self._headed = self._done = self._paused = self._framed = False

    @property
    def open(self) -> bool:
        """True while another question may be asked."""
        return self._fault is None and self.transport is not None and not self.transport.is_closing()

    @property
    def whole(self) -> bool:
        """True when the last answer has been received to its end."""
        return self._done

    async def ask(self, question: bytes) -> None:
        """Send a request and wait for the head of its answer. Raises httpcore's ReadError, ReadTimeout, RemoteProtocolError."""
        self._parser = parser = httptools.HttpResponseParser(self)
        parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True, lenient_data_after_close=True, lenient_transfer_encoding=True)
        self.headers, self.status = [], 0
        self._held = self._body = self._received = 0
        self._headed = self._done = self._framed = self.reusable = False
        self.silent = True
        if self.early:
            self._fail(httpcore.RemoteProtocolError("the server speaks without being asked"))
        elif self.transport is not None:  # else it was lost since it was made, and the fault is there
            self.transport.write(question)
        while not self._headed:
            await self._news()

    async def aiter_stream(self) -> AsyncIterator[bytes]:
        """The body's bytes as they come, without the transfer coding."""
        while True:
            while self._parts:
                part = self._parts.popleft()
                self._held -= len(part)
                if self._paused and self._held < _LOW and self.transport is not None:
                    self._paused = False
                    self.transport.resume_reading()
                yield part
            if self._done:
                return
            await self._news()

    def close(self) -> None:
        """Drop the connection; nothing that is still under way matters."""
        if self.transport is not None:
            self.transport.abort()

    async def _news(self) -> None:
        if self._fault is not None:
            raise self._fault
        self._waiter = self._loop.create_future()
        timer = self._loop.call_later(READ_TIMEOUT, self._fail, httpcore.ReadTimeout(f"nothing for {READ_TIMEOUT:g} seconds"))
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None
        if self._fault is not None and not self._parts and not self._done:
            raise self._fault

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, fault: Exception) -> None:
        if self._fault is None:
            self._fault = fault
        if self.transport is not None:
            self.transport.abort()
        self._wake()

    # --- asyncio's callbacks ------------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._parser is None and len(self.early) < MOST_HEAD:  # HTTP/2's settings, before we know that it is HTTP/2
            self.early += data
            return
        if self._parser is None or self._done:
            self._fail(httpcore.RemoteProtocolError("the server speaks without being asked"))
            return
        self.silent = False
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(httpcore.RemoteProtocolError("the server changes the protocol"))
        except httptools.HttpParserError as error:
            if not self._done:
                self._fail(httpcore.RemoteProtocolError(str(error)))
            self.reusable = False
        if not self._done and self._received - self._body > MOST_HEAD + _FRAMING * self._body:
            self._fail(httpcore.RemoteProtocolError("the server sends headers without end"))

    def connection_lost(self, error: Exception | None) -> None:
        """The end of the connection: of a body without a length as well."""
        if self._headed and not self._done and not self._framed and error is None:
            self._done = True
        elif error is not None:
            self._fault = self._fault or httpcore.ReadError(str(error))
        elif not self._done:
            self._fault = self._fault or httpcore.RemoteProtocolError(
                "the server hung up in the middle of its answer" if self._received else "the server hung up without an answer")
        self.transport = None
        self.reusable = False
        self._wake()

    # --- llhttp's callbacks -------------------------------------------------------------------------------------------
    def on_header(self, name: bytes, value: bytes) -> None:
        """One header line, or a trailer, which nobody asked for."""
        if not self._headed:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head stands; an informational one (103 Early Hints) is followed by another."""
        assert self._parser is not None
        if self._done:
            self.reusable = False  # a second answer to one question
            return
        self.status = self._parser.get_status_code()
        if 100 <= self.status < 200:
            self.headers = []
            return
        # A body is framed when its end can be told; else the end of the connection is its end.
        self._framed = any(name.lower() in (b"content-length", b"transfer-encoding") for name, _ in self.headers)
        self._headed = True
        self.reusable = self._parser.should_keep_alive()
        self._wake()

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        if self._done:
            return
        self._parts.append(data)
        self._held += len(data)
        self._body += len(data)
        if self._held > _HIGH and not self._paused and self.transport is not None:
            self._paused = True
            self.transport.pause_reading()
        self._wake()

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if self._headed:
            self._done = True
            self._wake()
