"""[IO] A TCP stream for httpcore on plain asyncio sockets: half the cost of the general one, for a poll opens thousands of connections."""

import asyncio
import contextlib
import ipaddress
import select
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import httpcore


async def connect(address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int, timeout: float | None) -> httpcore.AsyncNetworkStream:
    """Connect to exactly this address. Raises ConnectError or ConnectTimeout."""
    made = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with _faults(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                await asyncio.get_running_loop().sock_connect(made, (str(address), port))
    except BaseException:
        made.close()
        raise
    return _Plain(made)


@contextlib.contextmanager
def _faults(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except (OSError, EOFError, asyncio.IncompleteReadError) as error:
        raise broken(str(error)) from error


class _Plain(httpcore.AsyncNetworkStream):
    def __init__(self, made: socket.socket) -> None:
        self._socket = made
        self._loop = asyncio.get_running_loop()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _faults(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                return await self._loop.sock_recv(self._socket, max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _faults(httpcore.WriteTimeout, httpcore.WriteError):
            async with asyncio.timeout(timeout):
                await self._loop.sock_sendall(self._socket, buffer)

    async def aclose(self) -> None:
        self._socket.close()

    async def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None,
                        timeout: float | None = None) -> httpcore.AsyncNetworkStream:
        try:
            with _faults(httpcore.ConnectTimeout, httpcore.ConnectError):
                async with asyncio.timeout(timeout):
                    reader, writer = await asyncio.open_connection(sock=self._socket, ssl=ssl_context, server_hostname=server_hostname)
        except BaseException:
            self._socket.close()
            raise
        return _Tls(reader, writer)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return _readable(self._socket)
        return self._socket if info == "socket" else None


class _Tls(httpcore.AsyncNetworkStream):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _faults(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _faults(httpcore.WriteTimeout, httpcore.WriteError):
            async with asyncio.timeout(timeout):
                self._writer.write(buffer)
                await self._writer.drain()

    async def aclose(self) -> None:
        # Not waited for: a peer that never answers the closing would hold us, and nothing of it matters any more.
        self._writer.transport.abort()

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object":
            return self._writer.get_extra_info("ssl_object")
        if info == "is_readable":
            return self._reader.at_eof() or self._writer.is_closing()
        return self._writer.get_extra_info("socket") if info == "socket" else None


def _readable(made: socket.socket) -> bool:
    if made.fileno() < 0:
        return True
    watch = select.poll()
    watch.register(made.fileno(), select.POLLIN)
    return bool(watch.poll(0))
