"""The desk's reading pages."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from wirefeed.alerts import links
from wirefeed.alerts.items import marked
from wirefeed.errors import InputRefused
from wirefeed.model import Highlight, Version
from wirefeed.store import audit
from wirefeed.store import desk as stored

if TYPE_CHECKING:
    from wirefeed.desk.app import Desk


def add(router: APIRouter, desk: "Desk") -> None:
    """Add the pages."""
    from wirefeed.desk.app import page

    @router.get("/", response_class=HTMLResponse)
    def search(request: Request, q: str = "", since: str = "", until: str = "", size: int = 20) -> HTMLResponse:
        """Search with the rule language, newest first."""
        from wirefeed.commands.index import moment
        from wirefeed.index.base import SearchRequest
        from wirefeed.rules.query import parse

        hits, total, fault = (), 0, ""
        try:
            asked = SearchRequest(query=parse(q) if q.strip() else None, since=moment(since or None), until=moment(until or None, end=True),
                                  size=min(max(size, 1), 200))
            result = desk.index.search(asked)
            hits, total = result.hits, result.total  # type: ignore[assignment]
        except InputRefused as error:
            fault = str(error)
        return page(request, "search.html", 400 if fault else 200, q=q, since=since, until=until, hits=hits, total=total, fault=fault)

    @router.get("/stories/{story_id}", response_class=HTMLResponse)
    def story(request: Request, story_id: str) -> HTMLResponse:
        """One story: versions, evidence, copies, what fired."""
        with desk.store.begin() as db:
            found = stored.story(db, story_id)
        if found is None:
            return page(request, "message.html", 404, title="No such story", text=f"The database holds no story {story_id}.")
        return page(request, "story.html", versions=[_shown(one) for one in found["versions"]],
                    **{name: found[name] for name in ("story", "copies", "matches", "alerts")})

    @router.get("/alerts", response_class=HTMLResponse)
    def alerts(request: Request, open_only: bool = False) -> HTMLResponse:
        """The newest alerts, with a way to act on them."""
        now = desk.now()
        with desk.store.begin() as db:
            found = stored.alerts_list(db, open_only=open_only)
            statistics = stored.rule_statistics(db, now - timedelta(days=30))
        key = links.secret(desk.settings)
        expires = int((now + timedelta(hours=12)).timestamp())
        for one in found:
            one["token"] = links.sign(links.Ticket("act", one["id"], "desk", expires), key)
        return page(request, "alerts.html", alerts=found, statistics=statistics, open_only=open_only)

    @router.get("/feeds", response_class=HTMLResponse)
    def feeds(request: Request) -> HTMLResponse:
        """How each feed is."""
        with desk.store.begin() as db:
            return page(request, "feeds.html", feeds=stored.feeds_list(db, desk.now()))

    @router.get("/books", response_class=HTMLResponse)
    def books(request: Request) -> HTMLResponse:
        """Items by outcome a day, and the audit trail."""
        with desk.store.begin() as db:
            return page(request, "books.html", books=stored.books(db, 30, desk.now()), trail=audit.trail(db, 50))


def _shown(version: Version) -> dict[str, Any]:
    """A version with its evidence marked in headline and text."""
    tags = version.tags
    marks = [Highlight(seen.field, seen.start, seen.end, topic.id) for topic in tags.topics for seen in topic.evidence] if tags else []
    marks += [Highlight(one.field, one.start, one.end, one.id or one.name) for one in tags.entities] if tags else []
    text = version.text[:20_000]
    return {"version": version, "tags": tags, "title": marked(version.title, 0, len(version.title), [one for one in marks if one.field == "title"]),
            "text": marked(text, 0, len(text), [one for one in marks if one.field == "text"]),
            "link": version.link if version.link and version.link.startswith(("http://", "https://")) else None}
