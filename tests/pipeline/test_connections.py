"""Airflow's connections over WIREFEED_* settings, and the way a failed run is told, with and without a database."""

import email
import email.policy
import json
from pathlib import Path

import airflow.sdk  # noqa: F401  as inside a task
import pytest

from elasticsearch_node import free_port
from scripted_smtp import Script, smtp_server
from wirefeed import connections, pipeline
from wirefeed.settings import open_database
from wirefeed.store.outbox import list_messages


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment with an operator, inside Airflow."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "recipients.yaml").write_text("people:\n  - {id: ops, name: Ops, address: ops@example.org, zone: UTC}\noperator: ops\n")
    for name, value in {"AIRFLOW_HOME": str(tmp_path / "airflow"), "WIREFEED_CONFIG": str(folder), "WIREFEED_DATA": str(tmp_path / "data"),
                        "WIREFEED_SMTP_HOST": "", "WIREFEED_DATABASE_URL": ""}.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def connect(monkeypatch: pytest.MonkeyPatch, name: str, **given: object) -> None:
    """An Airflow connection, as compose or an operator gives it."""
    monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(given))


def test_without_connections_the_settings_stand(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREFEED_SMTP_HOST", "mail.example.org")
    found = connections.settings()
    assert (found.smtp_host, found.index, found.database_url) == ("mail.example.org", "local", "")


def test_airflows_connections_override_the_settings(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREFEED_SMTP_HOST", "mail.example.org")
    connect(monkeypatch, "wirefeed_db", conn_type="postgres", host="db.example.org", port=5433, login="wf", password="p@ss/word", schema="wires")
    connect(monkeypatch, "wirefeed_smtp", conn_type="smtp", host="smtp.example.org", port=587, login="u", password="s",
            extra={"disable_ssl": True, "disable_tls": False, "from_email": "desk@example.org"})
    connect(monkeypatch, "wirefeed_elasticsearch", conn_type="elasticsearch", schema="https", host="es.example.org", login="wf", password="q",
            extra={"ca_certs": "/ca.pem", "api_key": "k"})
    found = connections.settings()
    from sqlalchemy import make_url

    address = make_url(found.database)
    assert (address.host, address.port, address.username, address.password, address.database) == ("db.example.org", 5433, "wf", "p@ss/word", "wires")
    assert (found.smtp_host, found.smtp_port, found.smtp_security, found.smtp_username, found.mail_from) == (
        "smtp.example.org", 587, "starttls", "u", "desk@example.org")
    assert found.smtp_password.get_secret_value() == "s"
    assert (found.index, found.elasticsearch_url, found.elasticsearch_username) == ("elasticsearch", "https://es.example.org:9200", "wf")
    assert (found.elasticsearch_api_key.get_secret_value(), str(found.elasticsearch_ca)) == ("k", "/ca.pem")


@pytest.mark.parametrize(("extra", "security"), [
    ({"disable_ssl": True, "disable_tls": True}, "none"), ({"disable_ssl": True}, "starttls"), ({}, "tls")])
def test_the_smtp_connections_two_switches_are_three_ways_to_talk(
        site: Path, monkeypatch: pytest.MonkeyPatch, extra: dict[str, bool], security: str) -> None:
    connect(monkeypatch, "wirefeed_smtp", conn_type="smtp", host="smtp.example.org", extra=extra)
    assert connections.settings().smtp_security == security


class Dag:
    """As much of a DAG as a callback's context needs."""

    dag_id = "poll_feeds"


CONTEXT = {"dag": Dag(), "run_id": "scheduled__2026", "reason": "task_failure"}


def test_a_failed_run_is_told_once_an_hour_through_the_outbox(site: Path) -> None:
    for _ in range(3):
        pipeline.run_failed(CONTEXT)
    store = open_database(connections.settings())
    with store.begin() as db:
        found = list_messages(db, None, 10)
    store.close()
    assert [(one["recipient"], one["kind"]) for one in found] == [("ops", "notice")]
    pipeline.send_alerts()
    [path] = (site / "data" / "outbox").rglob("*.eml")
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert "poll_feeds failed" in mail["Subject"]
    assert "scheduled__2026" in mail.get_body(("plain",)).get_content()


def test_with_the_database_away_the_operator_is_mailed_at_once(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREFEED_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    pipeline.run_failed(CONTEXT)
    [path] = (site / "data" / "outbox").rglob("*.eml")
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert "ops@example.org" in mail["To"]
    assert "127.0.0.1:9" in mail.get_body(("plain",)).get_content()


def test_with_airflows_connection_the_notifier_sends(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREFEED_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    script = Script()
    with smtp_server(script, free_port()) as port:
        connect(monkeypatch, "wirefeed_smtp", conn_type="smtp", host="127.0.0.1", port=port,
                extra={"disable_ssl": True, "disable_tls": True, "from_email": "wirefeed@example.org"})
        pipeline.run_failed(CONTEXT)
    assert script.subjects() == ["Airflow: poll_feeds failed"]
    assert script.transactions == [["ops@example.org"]]


def test_without_an_operator_nothing_is_mailed_and_nothing_breaks(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (site / "site" / "recipients.yaml").unlink()
    pipeline.run_failed(CONTEXT)
    monkeypatch.setenv("WIREFEED_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    pipeline.run_failed(CONTEXT)
    assert connections.mail_operator("s", "t", pipeline.now()) is False
    assert list((site / "data").rglob("*.eml")) == []
