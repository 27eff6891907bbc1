"""The importer against a stub of Kibana's interface on a real socket (Kibana itself can't run without a container engine)."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from wirefeed.errors import ConfigError, InputRefused, Unreachable
from wirefeed.index.kibana_import import import_all
from wirefeed.settings import Settings

LINES = [{"id": "wirefeed-stories", "type": "index-pattern", "attributes": {"title": "wirefeed-stories"}, "references": []},
         {"id": "a", "type": "tag", "attributes": {"name": "A"}, "references": []}]


@dataclass
class Kibana:
    """What the stub answers, and what it was asked."""

    url: str = ""
    levels: list[Any] = field(default_factory=lambda: ["available"])
    answer: dict[str, Any] | None = None
    status: int = 200
    default_status: int = 200
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def kibana() -> Iterator[Kibana]:
    """A server that behaves as Kibana 9.5 does in these three places."""
    state = Kibana()

    class Handler(BaseHTTPRequestHandler):
        def reply(self, status: int, body: Any) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            level = state.levels.pop(0) if len(state.levels) > 1 else state.levels[0]
            if isinstance(level, int):
                self.reply(level, {"error": "no"})
            else:
                self.reply(200, {"status": {"overall": {"level": level}}})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.asked.append((self.path, dict(self.headers.items()), body))
            if "kbn-xsrf" not in {name.lower() for name in self.headers}:
                self.reply(400, {"message": "Request must contain a kbn-xsrf header."})
            elif self.path.startswith("/api/saved_objects/_import"):
                if b'.ndjson"' not in body:
                    self.reply(400, {"message": "Invalid file extension"})
                    return
                count = body.count(b'"references"')
                self.reply(state.status, state.answer or {"success": True, "successCount": count, "errors": []})
            elif self.path == "/api/data_views/default":
                self.reply(state.default_status, {"acknowledged": True})
            else:
                self.reply(404, {"message": "Not Found"})

        def log_message(self, *_arguments: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A small NDJSON file."""
    path = tmp_path / "desk.ndjson"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES), "utf-8")
    return path


def settings(kibana: Kibana, **more: Any) -> Settings:
    return Settings(kibana_url=kibana.url, **more)


def test_it_waits_until_kibana_is_available_then_imports_with_overwrite(kibana: Kibana, file: Path) -> None:
    kibana.levels = [503, "degraded", "available"]
    waits: list[float] = []
    report = import_all(settings(kibana, elasticsearch_username="elastic", elasticsearch_password="secret"), [file], 30, waits.append)
    assert (report.imported, report.types, len(waits)) == (2, {"index-pattern": 1, "tag": 1}, 2)
    [(path, headers, body), (default, _headers, view)] = kibana.asked
    assert path == "/api/saved_objects/_import?overwrite=true"
    assert headers["Authorization"].startswith("Basic ")
    assert b'filename="desk.ndjson"' in body
    assert (default, json.loads(view)["data_view_id"]) == ("/api/data_views/default", "wirefeed-stories")


def test_the_sites_prefix_goes_into_the_data_views(kibana: Kibana, file: Path) -> None:
    import_all(settings(kibana, index_prefix="agency"), [file], 5)
    assert b'"title": "agency-stories"' in kibana.asked[0][2]
    assert b'"id": "wirefeed-stories"' in kibana.asked[0][2]


@pytest.mark.parametrize(("status", "answer", "says"), [
    (200, {"success": False, "successCount": 1, "errors": [{"type": "tag", "id": "a", "error": {"type": "unsupported_type"}}]},
     "tag a: unsupported_type"),
    (200, {"success": True, "successCount": 1, "errors": []}, "imported 1 of 2"),
    (200, {"success": True, "successCount": 2, "errors": [{"type": "tag", "id": "a", "error": {"type": "unknown", "message": "boom"}}]}, "boom"),
    (400, {"message": "Unable to read file"}, "Unable to read file"),
    (500, {"message": "An internal server error occurred."}, "answered 500"),
])
def test_success_is_believed_only_when_every_object_is_in(kibana: Kibana, file: Path, status: int, answer: dict[str, Any], says: str) -> None:
    kibana.status, kibana.answer = status, answer
    with pytest.raises(InputRefused, match=says):
        import_all(settings(kibana), [file], 5)


def test_wrong_credentials_are_told_at_once(kibana: Kibana, file: Path) -> None:
    kibana.levels = [401]
    with pytest.raises(Unreachable, match="wrong credentials"):
        import_all(settings(kibana), [file], 60, lambda _seconds: pytest.fail("it must not wait"))


def test_a_kibana_that_never_comes_up_is_named_with_its_last_word(kibana: Kibana, file: Path) -> None:
    kibana.levels = ["unavailable"]
    with pytest.raises(Unreachable, match="not ready after 0 s: it is unavailable"):
        import_all(settings(kibana), [file], 0)
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"):
        import_all(Settings(kibana_url="http://127.0.0.1:9"), [file], 0)


def test_without_an_address_it_says_which_setting_is_missing(file: Path) -> None:
    with pytest.raises(ConfigError, match="WIREFEED_KIBANA_URL"):
        import_all(Settings(), [file], 0)


def test_a_refused_default_view_is_an_error(kibana: Kibana, file: Path) -> None:
    kibana.default_status = 403
    with pytest.raises(InputRefused, match="default data view"):
        import_all(settings(kibana), [file], 5)


def test_a_file_that_kibana_itself_exported_is_imported_without_its_last_line(kibana: Kibana, file: Path) -> None:
    with file.open("a") as out:
        out.write(json.dumps({"excludedObjects": [], "excludedObjectsCount": 0, "exportedCount": 2, "missingRefCount": 0, "missingReferences": []}) + "\n")
    assert import_all(settings(kibana), [file], 5).imported == 2
    assert b"exportedCount" not in kibana.asked[0][2]


@pytest.mark.parametrize(("content", "says"), [
    (json.dumps(LINES[0]) + "\n{oops\n", r"desk\.ndjson:2: no JSON"),
    (json.dumps(LINES[0]) + "\n[1]\n", r"desk\.ndjson:2: not a saved object"),
    (json.dumps({"type": "tag", "id": "x"}) + "\n", r"desk\.ndjson:1: not a saved object"),
    ("\n\n", r"desk\.ndjson: there is no object in it"),
    (None, r"desk\.ndjson: cannot be read"),
])
def test_a_faulty_file_is_refused_by_line_before_anything_is_imported(kibana: Kibana, file: Path, content: str | None, says: str) -> None:
    good = file.with_name("good.ndjson")
    good.write_bytes(file.read_bytes())
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    with pytest.raises(ConfigError, match=says):
        import_all(settings(kibana), [good, file], 5)
    assert kibana.asked == []
