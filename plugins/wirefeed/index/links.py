"""Links into Kibana's Discover for mails: a Lucene query over a span of time, as rison in the address. Pure.

Everything is percent-encoded: parentheses, quotes and exclamation marks at an address's end are cut off by mail programs.
"""

from datetime import UTC, datetime
from urllib.parse import quote

import prison

from wirefeed.index.kibana.saved import LANGUAGE
from wirefeed.index.kibana.views import TIME_FIELDS, view_id
from wirefeed.settings import Settings

LONGEST = 2_000  # characters; mail programs and proxies cut longer addresses
COLUMNS = ("title", "source", "country", "topic", "link")


def discover_link(settings: Settings, query_source: str, since: datetime, until: datetime, table: str = "stories") -> str | None:
    """Discover showing ``query_source`` (Lucene) from ``since`` to ``until``, absolute, for a mail is read later than it is written.

    None without WIREFEED_KIBANA_URL, or when the query is too long for an address.
    """
    if not settings.kibana_url:
        return None
    # The rison library writes a control character as it is and cannot read it back; in Lucene it is white space anyway.
    text = "".join(c if c >= " " and c != "\x7f" else " " for c in query_source)
    span = {"time": {"from": _stamp(since), "to": _stamp(until)}}
    state = {"columns": list(COLUMNS if table == "stories" else ()), "dataSource": {"dataViewId": view_id(table), "type": "dataView"},
             "filters": [], "query": {"language": LANGUAGE, "query": text}, "sort": [[TIME_FIELDS[table], "desc"]]}
    made = f"{settings.kibana_url.rstrip('/')}/app/discover#/?_g={_rison(span)}&_a={_rison(state)}"
    return made if len(made) <= LONGEST else None


def _rison(value: object) -> str:
    return quote(prison.dumps(value), safe="")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
