"""The desk as a FastAPI app: search, stories with their versions and evidence, alerts, feeds, books; and what signed links do.

Served by `wirefeed serve` and mounted by Airflow's web server. ``guard`` protects the pages there; signed links carry their own permission,
for they are opened from mails. A GET never changes anything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from markupsafe import Markup

from wirefeed.desk import acts, pages
from wirefeed.errors import InputRefused, Unreachable, WirefeedError
from wirefeed.settings import Settings, open_database, open_index

if TYPE_CHECKING:
    from wirefeed.index.base import SearchIndex
    from wirefeed.store.database import Store

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; img-src 'self' data:",
    "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


@dataclass
class Desk:
    """What the pages work with; store and index are opened when first needed, so that a missing server spoils no start."""

    settings: Settings
    now: Callable[[], datetime]
    _store: "Store | None" = None
    _index: "SearchIndex | None" = None

    @property
    def store(self) -> "Store":
        """The database. Raises Unreachable."""
        if self._store is None:
            self._store = open_database(self.settings)
        return self._store

    @property
    def index(self) -> "SearchIndex":
        """The search index. Raises Unreachable."""
        if self._index is None:
            self._index = open_index(self.settings)
        return self._index


def create_app(settings: Settings, guard: Callable[..., Any] | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> FastAPI:
    """The app; ``guard`` is a FastAPI dependency that every page but the signed links requires."""
    app = FastAPI(title="Wirefeed desk", docs_url=None, redoc_url=None, openapi_url=None)
    desk = Desk(settings, now)
    app.state.desk = desk
    app.state.render = _renderer()
    protected = APIRouter(dependencies=[Depends(guard)] if guard else [])
    pages.add(protected, desk)
    app.include_router(protected)
    signed = APIRouter()
    acts.add(signed, desk)
    app.include_router(signed)

    @app.get("/health")
    def health() -> JSONResponse:
        """Whether the process answers; says nothing about data."""
        return JSONResponse({"status": "ok"})

    @app.middleware("http")
    async def headers(request: Request, call_next: Callable[[Request], Any]) -> Response:
        """No scripts, no frames of others, no caches, no addresses in Referer."""
        answer: Response = await call_next(request)
        for name, value in _HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer

    @app.exception_handler(WirefeedError)
    def refused(request: Request, error: WirefeedError) -> HTMLResponse:
        """Our own errors as a page in plain words."""
        status = 400 if isinstance(error, InputRefused) else 503 if isinstance(error, Unreachable) else 500
        return page(request, "message.html", status, title="That did not work", text=str(error))

    return app


def page(request: Request, template: str, status: int = 200, /, **view: Any) -> HTMLResponse:
    """One rendered page; links are relative to where the app is mounted."""
    root = request.scope.get("root_path", "").rstrip("/")
    return HTMLResponse(request.app.state.render(template, root=root, here=request.url.path.removeprefix(root), **view), status)


def _renderer() -> Callable[..., str]:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True)
    environment.filters["utc"] = lambda when: f"{when.astimezone(UTC):%Y-%m-%d %H:%M}" if isinstance(when, datetime) else ""
    environment.filters["marked"] = Markup  # the index has escaped its fragments and put <mark> in
    return lambda template, **view: environment.get_template(template).render(**view)
