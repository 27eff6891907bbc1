"""[IO] Where we connect to: names are resolved, every address checked, and the checked address itself is dialled.

So a name that answers differently the second time (DNS rebinding) gains nothing, at every hop of a redirect. TLS still verifies the name.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Container
from typing import Any, TypeVar

import httpcore

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


Made = TypeVar("Made", bound=asyncio.BaseProtocol)


async def dial(
    host: str, port: int, timeout: float, allowed: Container[str], protocol: Callable[[], Made], tls: ssl.SSLContext | None = None,
) -> Made:
    """Resolve, check, connect, and give back the connected protocol. ``allowed``: host names or addresses for which private ones are permitted.

    ``timeout`` is for the name, for all connections together, and for TLS. Raises AddressRefused (nothing was sent), ConnectError, ConnectTimeout.
    """
    addresses = (await _resolve(host, port, timeout))[:MOST_ADDRESSES]
    name = host.lower()
    for address in addresses:
        why = refusal(address, private_allowed=name in allowed or str(address) in allowed)
        if why:
            # One forbidden answer condemns the name: a mixture is how rebinding attacks look, publishers never have it.
            raise AddressRefused(f"{host} is {why} ({address})")
    loop = asyncio.get_running_loop()
    last: Exception | None = None
    for number, address in enumerate(addresses):
        try:
            # A dead first address (IPv6 without a route, often) leaves time for the others.
            async with asyncio.timeout(timeout / (len(addresses) - number) + (timeout if tls else 0)):
                return (await loop.create_connection(protocol, str(address), port, ssl=tls, server_hostname=host if tls else None))[1]
        except TimeoutError:
            last = httpcore.ConnectTimeout(f"{host} ({address})")
        except (ssl.SSLError, ssl.CertificateError) as error:
            raise httpcore.ConnectError(str(error)) from error
        except OSError as error:
            last = httpcore.ConnectError(str(error))
    raise last or httpcore.ConnectError(f"{host} has no address")


async def _resolve(host: str, port: int, timeout: float | None) -> list[Address]:
    try:
        return [ipaddress.ip_address(host.strip("[]"))]
    except ValueError:
        pass
    if host.lower().rstrip(".").split(".")[-1] == "localhost":  # RFC 6761, 6.3: loopback, no question to DNS
        return [ipaddress.IPv4Address("127.0.0.1")]
    try:
        async with asyncio.timeout(timeout):
            # Not the loop's own getaddrinfo: uvloop's has four threads, and dead name servers would hold them all.
            found = await asyncio.get_running_loop().run_in_executor(None, _look_up, host, port)
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(f"{host}: the name server does not answer") from error
    except (socket.gaierror, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host}: name not found ({getattr(error, 'strerror', None) or error})") from error
    return [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]


def _look_up(host: str, port: int) -> list[tuple[Any, ...]]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
