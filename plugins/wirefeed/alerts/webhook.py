"""[IO] The way out for machines: signed JSON to a webhook, or Slack-compatible JSON. Each address stands for itself.

The signature is HMAC-SHA256 over ``timestamp.body`` in X-Wirefeed-Signature (``sha256=<hex>``) with X-Wirefeed-Timestamp (Unix seconds);
the Idempotency-Key is the message's id, the same for a repeated copy.
"""

import hashlib
import hmac
import json
import os

import httpx

from wirefeed.alerts.channel import Letter, Result

TIMEOUT = 20.0


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """What a receiver compares X-Wirefeed-Signature with."""
    return "sha256=" + hmac.new(secret.encode(), str(timestamp).encode() + b"." + body, hashlib.sha256).hexdigest()


def slack_body(letter: Letter) -> dict[str, object]:
    """The payload of Slack's incoming webhooks, which Mattermost, Rocket.Chat and Discord's /slack address read too."""
    lines = [f"*{_slack(letter.subject)}*"]
    for item in letter.data.get("items", ())[:10]:
        title = _slack(item["title"])
        link = item["link"] or ""
        shown = f"<{_slack(link).replace('|', '%7C')}|{title}>" if link else title
        lines.append(f"• {shown} — {_slack(item['source'])} ({item['source_kind']})")
    return {"text": "\n".join(lines), "mrkdwn": True, "unfurl_links": False}


def _slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class WebhookChannel:
    """Both kinds; ``kind`` is "webhook" or "slack"."""

    def __init__(self, kind: str, timeout: float = TIMEOUT, proxy: str = "") -> None:
        self.kind = kind
        self._client = httpx.Client(timeout=timeout, follow_redirects=False, proxy=proxy or None)

    def send(self, letter: Letter) -> Result:
        """One POST."""
        url = letter.recipient.slack if self.kind == "slack" else letter.recipient.webhook
        if not url.startswith(("http://", "https://")):
            return Result("later", f"{self.kind}: the address of {letter.recipient.id} is not set in this process's environment")
        payload = slack_body(letter) if self.kind == "slack" else letter.data
        body = json.dumps(payload, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json", "Idempotency-Key": letter.id, "User-Agent": "Wirefeed"}
        if self.kind == "webhook" and letter.recipient.webhook_secret:
            secret = os.environ.get(letter.recipient.webhook_secret, "")
            if not secret:
                return Result("later", f"webhook: the variable {letter.recipient.webhook_secret} with the signature's key is not set")
            moment = int(letter.date.timestamp())
            headers |= {"X-Wirefeed-Timestamp": str(moment), "X-Wirefeed-Signature": signature(secret, moment, body)}
        try:
            answer = self._client.post(url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Result("later", f"{self.kind}: {type(error).__name__}: {error}")
        if answer.is_success:
            return Result("accepted", str(answer.status_code))
        reason = f"{self.kind}: HTTP {answer.status_code}"
        if answer.status_code in (408, 425, 429) or answer.status_code >= 500:
            after = answer.headers.get("retry-after", "")
            return Result("later", reason, retry_after=float(after) if after.isdigit() else None)
        return Result("refused", reason)

    def close(self) -> None:
        """End kept connections."""
        self._client.close()
