"""The sample wire: a local HTTP server whose feeds move on between polls, with validators, like a polite publisher."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from urllib.parse import unquote, urlsplit

TYPES = {".rss": "application/rss+xml", ".atom": "application/atom+xml", ".rdf": "application/rdf+xml", ".json": "application/feed+json",
         ".xml": "application/xml", ".html": "text/html", ".htm": "text/html"}
_TIME = re.compile(rb"\{\{(rfc822|iso) -(\d+)m\}\}")


def sample(folder: Path, stage: int, start: datetime, name: str) -> tuple[bytes, str] | None:
    """Body and type of a sample file as it stands at ``stage`` (1..3); times are minutes before ``start``."""
    for number in range(stage, 0, -1):
        for path, encoding in ((folder / str(number) / name, None), (folder / str(number) / f"{name}.cp1251", "cp1251")):
            if path.is_file():
                text = _TIME.sub(lambda found: _time(found, start), path.read_bytes())
                return (text.decode("utf-8").encode(encoding) if encoding else text), TYPES.get(Path(name).suffix, "")
    return None


def _time(found: re.Match[bytes], start: datetime) -> bytes:
    at = start.replace(microsecond=0) - timedelta(minutes=int(found[2]))
    return (format_datetime(at) if found[1] == b"rfc822" else at.isoformat()).encode()


def sample_names(folder: Path) -> list[str]:
    """The sample feeds' file names."""
    return sorted({path.name.removesuffix(".cp1251") for path in folder.glob("[0-9]/*") if path.is_file()})


def saved(folder: Path, name: str) -> tuple[bytes, str] | None:
    """Body and type of a saved feed file of the visitor's; a file whose ending says nothing goes out without a type."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        return None
    return path.read_bytes(), TYPES.get(path.suffix.lower(), "")


def saved_names(folder: Path) -> list[str]:
    """All files below the folder that may be feeds: hidden files and read-mes stay out."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")
                  if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
                  and path.stem.lower() != "readme")


class Wire:
    """Serves what ``look_up(name)`` gives on 127.0.0.1 until the with-block ends."""

    def __init__(self, look_up: Callable[[str], tuple[bytes, str] | None], port: int = 0) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                """A file with an ETag, 304 when the client has it, 404 when there is none."""
                found = look_up(unquote(urlsplit(self.path).path).lstrip("/"))
                body, kind = found or (b"no such feed", "text/plain")
                tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
                same = found is not None and self.headers.get("If-None-Match") == tag
                self.send_response(304 if same else 200 if found else 404)
                self.send_header("ETag", tag)
                if kind:
                    self.send_header("Content-Type", kind)
                self.send_header("Content-Length", "0" if same else str(len(body)))
                self.end_headers()
                if not same:
                    self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """The demo's own table says what happened."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Wire":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)
