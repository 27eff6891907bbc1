"""What signed links lead to. GET shows a page with buttons (mail scanners follow links); only a POST acts."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from wirefeed.alerts import acts, links
from wirefeed.configuration import load
from wirefeed.errors import InputRefused
from wirefeed.store import audit
from wirefeed.store.config_files import good_texts

if TYPE_CHECKING:
    from wirefeed.desk.app import Desk


def add(router: APIRouter, desk: "Desk") -> None:
    """Add the pages."""
    from wirefeed.desk.app import page

    def ticket(token: str, action: str) -> links.Ticket:
        found = links.verify(token, links.secret(desk.settings), desk.now())
        if found.action != action:
            raise InputRefused("this link is for something else")
        return found

    @router.get("/act/{token}", response_class=HTMLResponse)
    def offer(request: Request, token: str) -> HTMLResponse:
        """What can be done about an alert."""
        allowed = ticket(token, "act")
        with desk.store.begin() as db:
            alert = audit.find_alert(db, allowed.subject)
        if alert is None:
            raise InputRefused("this alert is not in the database any more")
        return page(request, "act.html", alert=alert, token=token, who=allowed.recipient)

    @router.post("/act/{token}", response_class=HTMLResponse)
    def act(request: Request, token: str, what: Annotated[str, Form()], hours: Annotated[float, Form()] = 24,
            rule: Annotated[bool, Form()] = False) -> HTMLResponse:
        """Acknowledge, snooze or reject; all of it is in the audit trail."""
        allowed = ticket(token, "act")
        now, who = desk.now(), allowed.recipient
        with desk.store.begin() as db:
            if what == "acknowledge":
                first = acts.acknowledge(db, allowed.subject, who, now)
                done = "Acknowledged. There will be no reminders." if first else "It was acknowledged already."
            elif what == "snooze":
                until = acts.snooze(db, allowed.subject, hours, rule, None if who == "desk" else who, who, now)
                done = f"Silent until {until:%Y-%m-%d %H:%M} UTC. Corrections come all the same."
            elif what == "false-positive":
                acts.reject(db, allowed.subject, who, now)
                done = "Noted as a false positive; it counts in the rule's statistics."
            else:
                raise InputRefused("what: acknowledge, snooze or false-positive")
        return page(request, "message.html", title="Done", text=done)

    @router.get("/leave/{token}", response_class=HTMLResponse)
    def ask(request: Request, token: str) -> HTMLResponse:
        """Whether to leave."""
        allowed = ticket(token, "leave")
        return page(request, "leave.html", token=token, rules=allowed.subject.split(","), who=allowed.recipient)

    @router.post("/leave/{token}", response_class=HTMLResponse)
    def leave(request: Request, token: str) -> HTMLResponse:
        """RFC 8058: one POST, without cookies or questions."""
        allowed = ticket(token, "leave")
        with desk.store.begin() as db:
            configuration = load(desk.settings, good_texts(db))
            owners = {rule.id: rule.owner for rule in configuration.rules}
            paused = acts.leave(db, allowed.subject, allowed.recipient, configuration.recipients, owners, desk.now())
        what = ", ".join(paused)
        return page(request, "message.html", title="Done", text=f"{allowed.recipient} gets no more mails of: {what}. The owner has been told."
                    if paused else "That was so already.")
