"""Airflow's connections over the environment's settings: the one place beside DAGs and plugin that knows Airflow.

Outside an Airflow task nothing is imported and the WIREFEED_* settings stand alone.
"""

import hashlib
import html
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from wirefeed.settings import Settings, from_environment


def settings() -> Settings:
    """The settings of this process: WIREFEED_*, overridden by wirefeed_db, wirefeed_smtp and wirefeed_elasticsearch where Airflow has them."""
    plain = from_environment()
    if "airflow.sdk" not in sys.modules or "AIRFLOW_HOME" not in os.environ:
        return plain
    found: dict[str, Any] = {}
    for name, translate in (("wirefeed_db", _database), ("wirefeed_smtp", _smtp), ("wirefeed_elasticsearch", _elasticsearch)):
        if (connection := _connection(name)) is not None:
            found.update(translate(connection))
    return Settings.model_validate({**plain.model_dump(), **found}) if found else plain


def _connection(name: str) -> Any:
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return Connection.get(name)
    except AirflowNotFoundException:
        return None


def _database(connection: Any) -> dict[str, Any]:
    login = f"{quote(connection.login)}:{quote(connection.password or '', safe='')}@" if connection.login else ""
    port = f":{connection.port}" if connection.port else ""
    return {"database_url": f"postgresql://{login}{connection.host}{port}/{connection.schema or 'wirefeed'}"}


def _smtp(connection: Any) -> dict[str, Any]:
    extra = connection.extra_dejson
    security = "none" if extra.get("disable_ssl") and extra.get("disable_tls") else "starttls" if extra.get("disable_ssl") else "tls"
    found = {"smtp_host": connection.host, "smtp_port": connection.port or 25, "smtp_security": security,
             "smtp_username": connection.login or "", "smtp_password": connection.password or ""}
    return found | ({"mail_from": extra["from_email"]} if extra.get("from_email") else {})


def _elasticsearch(connection: Any) -> dict[str, Any]:
    extra = connection.extra_dejson
    scheme = connection.schema or extra.get("http_scheme") or "http"
    return {"index": "elasticsearch", "elasticsearch_url": f"{scheme}://{connection.host}:{connection.port or 9200}",
            "elasticsearch_username": connection.login or "", "elasticsearch_password": connection.password or "",
            "elasticsearch_api_key": extra.get("api_key", ""), "elasticsearch_ca": extra.get("ca_certs") or None}


# --- failures of Airflow's runs --------------------------------------------------------------------------------------
def failed_run(context: Mapping[str, Any]) -> tuple[str, str]:
    """(DAG id, reason with the run's id) out of the context of a failure callback."""
    dag, run = context.get("dag"), context.get("dag_run")
    name = getattr(dag, "dag_id", None) or getattr(run, "dag_id", None) or "a DAG"
    return str(name), f"{context.get('reason') or 'no reason given'} (run {context.get('run_id') or getattr(run, 'run_id', 'unknown')})"


def mail_operator(subject: str, text: str, now: datetime) -> bool:
    """Mail the operator at once, past the database: by the connection ``wirefeed_smtp`` where Airflow has it (SmtpNotifier), else as the
    settings say. False when there is no operator with an address, or the server refuses."""
    from wirefeed import configuration
    from wirefeed.alerts.channel import Letter
    from wirefeed.alerts.mail import channel

    chosen = settings()
    operator = configuration.load(chosen, {"": ""}).recipients.operator  # set-aside files do not matter here
    if operator is None or not operator.address:
        return False
    if "airflow.sdk" in sys.modules and _connection("wirefeed_smtp") is not None:
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        SmtpNotifier(to=operator.address, from_email=chosen.mail_from, subject=subject, html_content=f"<pre>{html.escape(text)}</pre>",
                     smtp_conn_id="wirefeed_smtp").notify({})
        return True
    shown = f"<!doctype html><html><body><pre>{html.escape(text)}</pre></body></html>"
    letter = Letter(hashlib.sha256(f"{subject} {now.isoformat()}".encode()).hexdigest()[:40], operator, "notice", "urgent", subject, text, shown, now)
    way = channel(chosen)
    try:
        return way.send(letter).end == "accepted"
    finally:
        way.close()
