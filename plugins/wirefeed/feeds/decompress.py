"""Content-Encoding undone piece by piece, with the cap counted on what comes out: a bomb is stopped at the cap, not in memory."""

import zlib
from collections.abc import Callable, Iterator

import brotli  # type: ignore[import-untyped]
import zstandard

STEP = 64 * 1024  # most bytes a decoder may give at once
_GZIP_MAGIC = b"\x1f\x8b\x08"


class TooBig(Exception):
    """The body exceeds the cap."""


class BadEncoding(Exception):
    """The body is not what Content-Encoding says, or that is none we know."""


Step = Callable[[bytes], Iterator[bytes]]


def _zlib_steps(kind: str) -> Step:
    state: dict[str, zlib._Decompress | None] = {"decoder": None}

    def fresh(first: bytes) -> "zlib._Decompress":
        if kind == "gzip":
            return zlib.decompressobj(16 + zlib.MAX_WBITS)
        # "deflate" is zlib by RFC 9110 and a raw stream from many servers: the first byte tells.
        return zlib.decompressobj(zlib.MAX_WBITS if first[:1] and first[0] & 0x0F == 8 else -zlib.MAX_WBITS)

    def steps(data: bytes) -> Iterator[bytes]:
        while data:
            decoder = state["decoder"]
            if decoder is None:
                decoder = state["decoder"] = fresh(data)
            yield decoder.decompress(data, STEP)
            data = decoder.unconsumed_tail
            if decoder.eof:
                rest = decoder.unused_data
                state["decoder"] = None
                # Only gzip may have a next member; anything else behind the end is padding.
                data = rest if kind == "gzip" and rest.startswith(_GZIP_MAGIC) else b""

    return steps


def _brotli_steps() -> Step:
    decoder = brotli.Decompressor()

    def steps(data: bytes) -> Iterator[bytes]:
        yield decoder.process(data, output_buffer_limit=STEP)
        while not decoder.can_accept_more_data():
            yield decoder.process(b"", output_buffer_limit=STEP)

    return steps


def _zstd_steps() -> Step:
    # The window is the memory a frame may claim: 8 MB is what RFC 9659 allows on the web.
    decoder = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024).decompressobj(write_size=STEP)

    def steps(data: bytes) -> Iterator[bytes]:
        # A zstd block gives at most 128 KiB, and a run-length block is 4 bytes long: small bites keep the output small.
        for start in range(0, len(data), 64):
            yield decoder.decompress(data[start:start + 64])

    return steps


def _steps(name: str) -> Step:
    if name in ("gzip", "x-gzip"):
        return _zlib_steps("gzip")
    if name == "deflate":
        return _zlib_steps("deflate")
    if name == "br":
        return _brotli_steps()
    if name == "zstd":
        return _zstd_steps()
    raise BadEncoding(f"the body is encoded as {name!r}, which was not asked for")


class Body:
    """Collects a response body. ``limit`` is in bytes, before and after decompression."""

    def __init__(self, content_encoding: str, limit: int) -> None:
        names = [name.strip().lower() for name in content_encoding.split(",") if name.strip() and name.strip().lower() != "identity"]
        if len(names) > 3:
            raise BadEncoding(f"the body is encoded {len(names)} times over")
        self._steps = [_steps(name) for name in reversed(names)]
        self._parts: list[bytes] = []
        self._limit = limit
        self.raw = 0
        self.size = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes from the network. Raises TooBig or BadEncoding."""
        self.raw += len(data)
        if self.raw > self._limit:
            raise TooBig(f"the body is larger than {self._limit // 2**20} MB")
        try:
            for piece in self._through(data, 0):
                self.size += len(piece)
                if self.size > self._limit:
                    raise TooBig(f"the body is larger than {self._limit // 2**20} MB when decompressed ({self.raw} bytes came so far)")
                self._parts.append(piece)
        except (zlib.error, brotli.error, zstandard.ZstdError) as error:
            raise BadEncoding(f"the body cannot be decompressed: {error}") from error

    def _through(self, data: bytes, level: int) -> Iterator[bytes]:
        if level == len(self._steps):
            yield data
            return
        for piece in self._steps[level](data):
            if piece:
                yield from self._through(piece, level + 1)

    def bytes(self) -> bytes:
        """The whole body. A file that is itself gzipped (feed.xml.gz) is unpacked under the same cap."""
        whole = b"".join(self._parts)
        if not whole.startswith(_GZIP_MAGIC):
            return whole
        inner = Body("gzip", self._limit)
        inner.feed(whole)
        return b"".join(inner._parts)
