"""Checks the demo's outbox: exactly the summary of the back-log, one alert that lists both copies, one follow-up threaded under it."""

import email
import email.policy
import sys
from pathlib import Path


def main(outbox: Path) -> None:
    """Leave with 1 and the reason, or print the three subjects."""
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in sorted(outbox.rglob("*.eml"))]
    subjects = [str(mail["Subject"]) for mail in mails]
    if len(mails) != 3:
        sys.exit(f"demo: {len(mails)} mails instead of 3: {subjects}")
    follow = [mail for mail in mails if mail["References"]]
    if len(follow) != 1:
        sys.exit(f"demo: {len(follow)} follow-ups instead of 1: {subjects}")
    alerts = [mail for mail in mails if mail["Message-ID"] in str(follow[0]["References"]).split()]
    if len(alerts) != 1:
        sys.exit(f"demo: the follow-up's References {follow[0]['References']} name no mail that is there")
    alert, summary = alerts[0], next(mail for mail in mails if mail not in (*follow, *alerts))
    for mail in mails:
        text = mail.get_body(("plain",)).get_content()
        html = mail.get_body(("html",)).get_content()
        if not str(mail["Subject"]).startswith("[SAMPLE]") or not text.strip() or "<html" not in html:
            sys.exit(f"demo: {mail['Subject']!r} is not marked, or lacks text or HTML")
    body = alert.get_body(("plain",)).get_content()
    for outlet in ("Steppe Wire", "Capital Post"):
        if outlet not in body:
            sys.exit(f"demo: the alert does not list the copy of {outlet}")
    if "Central Asia" not in str(alert["Subject"]) or "CORRECT" not in str(follow[0]["Subject"]).upper():
        sys.exit(f"demo: unexpected subjects {subjects}")
    print("demo: three mails, threaded:", *(f"  {mail['Subject']}" for mail in (summary, alert, follow[0])), sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
