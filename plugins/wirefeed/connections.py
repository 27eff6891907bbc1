"""Airflow's connections over the environment's settings: the one place beside DAGs and plugin that knows Airflow.

Outside an Airflow task nothing is imported and the WIREFEED_* settings stand alone.
"""

import os
import sys
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
