"""A web address in the parts that a request needs. Plain ASCII addresses, nearly all, are split by a pattern; the others by httpx. Pure."""

import re
from typing import NamedTuple

import httpx

_PORTS = {"http": 80, "https": 443}
# No userinfo, escapes only as they should be, no "/." that would have to be folded: httpx.URL would change nothing in these.
_PLAIN = re.compile(r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([1-9][0-9]{0,4}))?(/(?!/)(?:[A-Za-z0-9_~!$&'()*+,;=:@-]|/(?!\.)|(?<!/)\.|%[0-9A-F]{2})*"
                    r"(?:\?(?:[A-Za-z0-9_.~!$&()*+,;=:@/?-]|%[0-9A-F]{2})*)?)?")


class Address(NamedTuple):
    """Where a request goes. ``target`` is the path and query as they are sent, ``netloc`` the Host header, ``text`` the whole."""

    scheme: str
    host: str  # without brackets, IDNA
    port: int
    netloc: bytes
    target: bytes
    text: str

    @property
    def url(self) -> str:
        """For libraries that take an address."""
        return self.text


def address(text: str) -> Address | None:
    """Split an address, without its fragment; None for what is no web address. Raises httpx.InvalidURL or ValueError for nonsense."""
    found = _PLAIN.fullmatch(text)
    if found and int(found[3] or 80) < 65536:
        scheme, host, port, target = found.groups()
        number = int(port) if port else _PORTS[scheme]
        netloc = host if number == _PORTS[scheme] else f"{host}:{port}"
        return Address(scheme, host, number, netloc.encode(), (target or "/").encode(), text)
    url = httpx.URL(text).copy_with(fragment=None)
    if url.scheme not in _PORTS or not url.raw_host:
        return None
    return Address(url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme], url.netloc, url.raw_path, str(url))


def joined(base: Address, location: str) -> str:
    """The absolute address that a Location header means, without its fragment. Raises httpx.InvalidURL."""
    return str(httpx.URL(base.text).join(httpx.URL(location).copy_with(fragment=None)))
