"""[IO] Where we connect to: names are resolved, every address checked, and the checked address itself is dialled.

So a name that answers differently the second time (DNS rebinding) gains nothing, at every hop of a redirect. TLS still verifies the name.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable

import httpcore

from wirefeed.feeds.stream import connect

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Cloud metadata services: refused even for trusted feeds. fd00:ec2::254 is Amazon's, 100.100.100.200 Alibaba's, 192.0.0.192 Oracle's.
_METADATA = frozenset(map(ipaddress.ip_address, ("169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200", "192.0.0.192")))
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
MOST_ADDRESSES = 4  # tried one after another


class AddressRefused(httpcore.ConnectError):
    """The address policy forbids this connection."""


def embedded(address: Address) -> Address:
    """The IPv4 address inside a mapped, 6to4, Teredo or NAT64 one; otherwise the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if any(address in net for net in _NAT64) or address in ipaddress.IPv6Network("::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def refusal(address: Address, *, private_allowed: bool = False) -> str | None:
    """Why we do not connect to ``address``, None when we do. ``private_allowed`` is for feeds listed as trusted and test hosts."""
    plain = embedded(address)
    if plain in _METADATA or address in _METADATA:
        return "a cloud metadata address"
    if plain.is_multicast or address.is_multicast:
        return "a multicast address"
    if plain.is_unspecified:
        return "the unspecified address"
    if private_allowed:
        return None
    if plain.is_loopback:
        return "a loopback address"
    if plain.is_link_local:
        return "a link-local address"
    if plain.is_private:
        return "a private address"
    return None if plain.is_global else "not a public address"


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Dials only permitted addresses. ``allowed``: host names or addresses for which private ones are permitted too."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(name.lower().strip("[]") for name in allowed)

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, connect; raises AddressRefused (nothing was sent), ConnectError or ConnectTimeout."""
        last: Exception | None = None
        addresses = await _resolve(host, port, timeout)
        for address in addresses[:MOST_ADDRESSES]:
            why = refusal(address, private_allowed=host.lower() in self._allowed or str(address) in self._allowed)
            if why:
                # One forbidden answer condemns the name: a mixture is how rebinding attacks look, publishers never have it.
                raise AddressRefused(f"{host} is {why} ({address})")
        for address in addresses[:MOST_ADDRESSES]:
            try:
                return await connect(address, port, timeout)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last or httpcore.ConnectError(f"{host} has no address")

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: feeds live on the network."""
        raise AddressRefused("a local socket")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


async def _resolve(host: str, port: int, timeout: float | None) -> list[Address]:
    try:
        return [ipaddress.ip_address(host.strip("[]"))]
    except ValueError:
        pass
    if host.lower().rstrip(".").split(".")[-1] == "localhost":  # RFC 6761, 6.3: loopback, no question to DNS
        return [ipaddress.IPv4Address("127.0.0.1")]
    try:
        async with asyncio.timeout(timeout):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(f"{host}: the name server does not answer") from error
    except (socket.gaierror, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host}: name not found ({getattr(error, 'strerror', None) or error})") from error
    return [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
