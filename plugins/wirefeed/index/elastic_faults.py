"""Elasticsearch's faults in words that say what to do. Everything becomes Unreachable: pending work waits and is caught up afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elastic_transport import ConnectionError as NoConnection
from elastic_transport import ConnectionTimeout, TlsError

from elasticsearch import ApiError, AuthenticationException, AuthorizationException, TransportError, UnsupportedProductError
from wirefeed.errors import Unreachable

MAJOR = 9  # the client speaks version 9 of the interface, the server must too
_CONFLICTS = ("cannot be changed from type", "conflicts with existing mapper", "has not been configured in mappings")
REMEDIES = {  # for single documents of a bulk answer
    "unavailable_shards_exception": " (red cluster: GET _cluster/allocation/explain names the shard that is missing)",
    "strict_dynamic_mapping_exception": " (the index was made by another version of Wirefeed: run `wirefeed index migrate`)"}
_READ_ONLY = "the index is read-only; when the disk was full, free space and Elasticsearch lifts the block by itself"


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn what the client raises into Unreachable that names ``url`` and the remedy."""
    try:
        yield
    except (ApiError, TransportError) as error:
        why, hint = explain(error)
        raise Unreachable(f"Elasticsearch {url}", why, hint) from error


def explain(error: Exception) -> tuple[str, str]:
    """(why, what to do) of one exception."""
    if isinstance(error, TlsError):
        return "TLS failed: " + _first(str(error)), "set WIREFEED_ELASTICSEARCH_CA to the server's CA certificate"
    if isinstance(error, ConnectionTimeout):
        return "no answer in time", "is the cluster overloaded or red? GET _cluster/health"
    if isinstance(error, (NoConnection, TransportError)):
        return "does not answer: " + _first(str(error)), "is it running, and is WIREFEED_ELASTICSEARCH_URL right?"
    if isinstance(error, UnsupportedProductError):
        return "is not an Elasticsearch server", f"Wirefeed needs Elasticsearch {MAJOR}"
    if not isinstance(error, ApiError):
        return _first(str(error)), ""
    kind, reason = cause(error.body)
    if isinstance(error, AuthenticationException):
        return "wrong credentials", ("check WIREFEED_ELASTICSEARCH_USERNAME and WIREFEED_ELASTICSEARCH_PASSWORD, "
                                     "or WIREFEED_ELASTICSEARCH_API_KEY")
    if kind == "cluster_block_exception":
        return reason, _READ_ONLY if "read-only" in reason else "the cluster is not ready: GET _cluster/health"
    if isinstance(error, AuthorizationException):
        return "not allowed: " + reason, "the role lacks a privilege; docs/search.md lists what Wirefeed needs"
    if kind == "media_type_header_exception" or "compatible-with" in reason:
        return "wrong major version: " + reason, f"Wirefeed needs Elasticsearch {MAJOR}"
    if error.meta.status in (502, 503, 504):
        return f"the cluster can't serve: {reason}", "red cluster? GET _cluster/allocation/explain names the shard that is missing"
    if error.meta.status == 429:
        return f"overloaded: {reason}", "more heap, fewer writers, or wait"
    if kind == "strict_dynamic_mapping_exception" or any(sign in reason for sign in _CONFLICTS):
        return f"mapping conflict: {reason}", "the index was made by another version of Wirefeed; run `wirefeed index migrate`"
    return f"{kind or error.meta.status}: {reason}", ""


def cause(body: Any) -> tuple[str, str]:
    """(type, reason) of the innermost error of an answer's body, whatever its shape."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return "", _first(str(error))
    roots = error.get("root_cause") or [error]
    while isinstance(inner := error.get("caused_by"), dict) and not error.get("root_cause"):
        error = inner
        roots = [error]
    return str(roots[0].get("type", "")), _first(str(roots[0].get("reason", "") or error.get("reason", "")))


def _first(text: str) -> str:
    line = text.strip().split("\n")[0]
    return line if len(line) <= 300 else line[:297] + "..."
