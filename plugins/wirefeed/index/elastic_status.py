"""How an Elasticsearch cluster stands for us: everything that is wrong in one answer, each with what to do."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wirefeed.index.base import IndexStatus
from wirefeed.index.elastic_faults import MAJOR
from wirefeed.index.schema import TABLES

if TYPE_CHECKING:
    from wirefeed.index.elastic import ElasticIndex


SKEW = 60.0  # seconds between our clock and the server's that are worth a word


def look(index: "ElasticIndex", now: datetime) -> IndexStatus:
    """Ask for version, health, template, mappings, blocks and the server's clock."""
    from wirefeed.index.elastic import generation_of, month_of

    problems: list[str] = []
    number = index.server_version()
    if number and int(number.split(".")[0]) != MAJOR:
        problems.append(f"wrong major version {number}: Wirefeed needs Elasticsearch {MAJOR}")
    if (colour := index.client.cluster.health(timeout="5s")["status"]) == "red":
        problems.append("the cluster is red: GET _cluster/allocation/explain names the missing shard")
    if not index.client.indices.exists_index_template(name=index.alias("stories")):
        problems.append(f"index template {index.alias('stories')} is missing: run `wirefeed index setup`")
    problems += _clock(index, now)
    names = index._indices("stories")
    months: dict[str, int] = {}
    if names:
        joined = ",".join(names)
        settings = index.client.indices.get_settings(index=joined, name="index.blocks.*").body
        blocked = [name for name, found in settings.items() if found.get("settings", {}).get("index", {}).get("blocks")]
        if blocked:
            problems.append(f"read-only: {', '.join(blocked)}; free disk space, or lift index.blocks")
        if older := [name for table in TABLES for name in index._outdated(table)]:
            problems.append(f"made by another version of Wirefeed: {', '.join(older)}; run `wirefeed index migrate`")
        if colour != "red":
            answer = index.client.search(index=joined, size=0, track_total_hits=True,
                                         aggregations={"months": {"terms": {"field": "month", "size": 1000}}})
            months = {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["months"]["buckets"]}
    else:
        problems.append(f"alias {index.alias('stories')} does not exist: run `wirefeed index setup`")
    problems += [f"index {name} has a name that is no month" for name in names
                 if not month_of(name, index.alias("stories"))[:4].isdigit() and not name.startswith(f"{index.alias('stories')}-empty")]
    return IndexStatus("elasticsearch", index.url, generation_of(names), sum(months.values()), dict(sorted(months.items())),
                       tuple(problems))


def _clock(index: "ElasticIndex", now: datetime) -> list[str]:
    nodes = index.client.nodes.stats(node_id="_local", metric="os", filter_path="nodes.*.timestamp").body.get("nodes", {})
    stamps = [int(node["timestamp"]) / 1000 for node in nodes.values()]
    if not stamps:
        return []
    off = stamps[0] - now.astimezone(UTC).timestamp()
    return [f"clocks differ: the server is {abs(off):.0f} s {'ahead' if off > 0 else 'behind'}; set both by NTP"] if abs(off) > SKEW else []
