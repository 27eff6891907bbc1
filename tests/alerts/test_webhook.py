"""Webhooks against a real HTTP server: signed, idempotent, isolated from mail."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsroom import people, story
from wirefeed.alerts.webhook import signature

HOOKS = """
people:
  - {{id: ann, address: ann@example.org, zone: Asia/Almaty, channels: [mail, webhook, slack], webhook: "{url}/hook", webhook_secret: HOOK_KEY,
     slack: "{url}/slack"}}
groups:
  - {{id: desk, members: [ann]}}
"""


@pytest.fixture
def hooks():
    got, answers = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, dict(self.headers), body))
            status, headers = answers.pop(0) if answers else (200, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got, answers
    server.shutdown()
    server.server_close()


def test_a_webhook_is_signed_and_a_slack_message_escaped(newsroom, hooks, monkeypatch):
    url, got, _answers = hooks
    monkeypatch.setenv("HOOK_KEY", "k1")
    room = newsroom(recipients=people(HOOKS.format(url=url)))
    room.decide(story(title="Troops <cross> & shell"))
    assert room.send().sent == 3
    _path, headers, body = next(one for one in got if one[0] == "/hook")
    assert headers["X-Wirefeed-Signature"] == signature("k1", int(headers["X-Wirefeed-Timestamp"]), body)
    data = json.loads(body)
    assert (data["alerts"][0]["rule"], data["items"][0]["title"], headers["Idempotency-Key"]) == ("bases", "Troops <cross> & shell", data["id"])
    text = json.loads(next(one[2] for one in got if one[0] == "/slack"))["text"]
    assert "Troops &lt;cross&gt; &amp; shell" in text


@pytest.mark.parametrize(("answer", "state"), [((503, {}), "pending"), ((429, {"Retry-After": "30"}), "pending"), ((410, {}), "dead"), ((302, {}), "dead")])
def test_a_failing_webhook_keeps_its_own_message_and_the_mail_leaves(newsroom, hooks, monkeypatch, answer, state):
    url, _got, answers = hooks
    monkeypatch.setenv("HOOK_KEY", "k1")
    answers += [answer, answer]
    room = newsroom(recipients=people(HOOKS.format(url=url)))
    room.decide(story())
    room.send()
    assert {row.channel: row.state for row in room.rows("messages")} == {"mail": "sent", "webhook": state, "slack": state}
    room.later(minutes=3)
    room.send()
    assert {row.state for row in room.rows("messages")} == ({"sent"} if state == "pending" else {"sent", "dead"})


def test_an_endpoint_out_of_reach_or_a_missing_key_waits(newsroom, monkeypatch):
    monkeypatch.delenv("HOOK_KEY", raising=False)
    room = newsroom(recipients=people(HOOKS.format(url="http://127.0.0.1:9")))
    room.decide(story())
    room.send()
    errors = {row.channel: row.last_error for row in room.rows("messages")}
    assert "HOOK_KEY" in errors["webhook"]
    assert "ConnectError" in errors["slack"]
    assert errors["mail"] is None
