"""What Airflow's web server registers: the desk under /desk, for logged-in users, and its menu entry. Nothing else.

A plain link without url_route: inside Airflow's frame links to Kibana would be blocked. The trailing slash matters: without it Airflow's own
page answers. A fault here must not take the web server's other pages along, so the desk then says what is wrong.
"""

import threading
from typing import Any

from airflow.plugins_manager import AirflowPlugin


class LateDesk:
    """An ASGI app that becomes the desk at its first request: every Airflow process loads plugins, only the web server needs this one."""

    def __init__(self) -> None:
        self._app: Any = None
        self._lock = threading.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve; a start that failed is tried again with the next request."""
        with self._lock:
            self._app = self._app or self._start()
        await (self._app or _sorry)(scope, receive, send)

    def _start(self) -> Any:
        import structlog

        try:
            from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
            from airflow.api_fastapi.core_api.security import requires_access_view

            from wirefeed import connections
            from wirefeed.desk.app import create_app

            return create_app(connections.settings(), guard=requires_access_view(AccessView.PLUGINS))
        except Exception:  # noqa: BLE001  ours or of these interfaces that Airflow does not promise: closed to everybody, the reason in the log
            structlog.get_logger().exception("the desk could not start")
            return None


async def _sorry(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 503, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"Wirefeed's desk could not start; the web server's log says why."})


class WirefeedPlugin(AirflowPlugin):
    """The desk."""

    name = "wirefeed"
    fastapi_apps = [{"app": LateDesk(), "url_prefix": "/desk", "name": "Wirefeed desk"}]  # noqa: RUF012  the attribute that Airflow reads
    external_views = [{"name": "Wirefeed desk", "href": "desk/", "destination": "nav", "category": "browse"}]  # noqa: RUF012
