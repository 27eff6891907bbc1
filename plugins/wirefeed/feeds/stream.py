"""[IO] A TLS connection as httpcore's HTTP/2 wants it."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import httpcore


@contextlib.contextmanager
def _faults(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except (OSError, EOFError, asyncio.IncompleteReadError) as error:
        raise broken(str(error)) from error


class TlsStream(httpcore.AsyncNetworkStream):
    """Takes over a transport; ``early`` is what came before anybody asked (a server's settings)."""

    def __init__(self, transport: asyncio.Transport, early: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(self._reader, loop=loop)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if early:
            self._reader.feed_data(early)
        self._writer = asyncio.StreamWriter(transport, protocol, self._reader, loop)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, b"" at the end."""
        with _faults(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of them."""
        with _faults(httpcore.WriteTimeout, httpcore.WriteError):
            async with asyncio.timeout(timeout):
                self._writer.write(buffer)
                await self._writer.drain()

    async def aclose(self) -> None:
        """Close at once."""
        self.abort()

    def abort(self) -> None:
        """Not waited for: a peer that never answers the closing would hold us, and nothing of it matters any more."""
        self._writer.transport.abort()

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks about a connection."""
        if info == "is_readable":
            return self._reader.at_eof() or self._writer.is_closing()
        return self._writer.get_extra_info(info)
