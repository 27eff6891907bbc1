"""Stories in Elasticsearch: one index a month of first publication, behind one alias for reading.

``<prefix>-stories-2026.11`` belongs to the first generation, ``<prefix>-stories-2026.11-r<...>`` to a rebuilt one; the alias
``<prefix>-stories`` holds one generation whole and is flipped in one step. A story's month is a function of facts that never change
(index/document.py: partition), so an update always meets the story it updates; therefore no data stream and no rollover.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError
from wirefeed.errors import Unreachable
from wirefeed.index import elastic_search
from wirefeed.index.base import IndexStatus, SearchRequest, SearchResult, WriteReport
from wirefeed.index.elastic_bulk import Action, BulkWriter
from wirefeed.index.elastic_faults import MAJOR, explained
from wirefeed.index.elastic_mappings import complete, outdated
from wirefeed.index.partitions import before, newest
from wirefeed.index.schema import COMPANIONS, TABLES, mapping
from wirefeed.index.templates import Template, load_templates
from wirefeed.model import Document
from wirefeed.settings import Settings

CHANGEABLE = ("number_of_replicas", "refresh_interval")  # of an index that exists
_GENERATION = re.compile(r"-r([a-z0-9]+)$")


class ElasticIndex:
    """Implements KeptIndex; ``write`` also takes the companion tables that Kibana charts."""

    def __init__(self, client: Elasticsearch, url: str, prefix: str, generation: str | None = None, *, patience: float = 90.0,
                 templates: Mapping[str, Template] | None = None) -> None:
        self.client = client
        self.url = url
        self.prefix = prefix
        self.templates: Mapping[str, Template] = templates or load_templates((), prefix)
        self.writer = BulkWriter(client, patience=patience)
        self._fixed = generation  # a generation beside the searched one
        self._made: set[str] = set()

    @classmethod
    def open(cls, settings: Settings) -> "ElasticIndex":
        """Connect as the settings say; nothing is sent yet."""
        login: dict[str, Any] = {}
        if key := settings.elasticsearch_api_key.get_secret_value():
            login["api_key"] = key
        elif settings.elasticsearch_username:
            login["basic_auth"] = (settings.elasticsearch_username, settings.elasticsearch_password.get_secret_value())
        if settings.elasticsearch_ca:
            login["ca_certs"] = str(settings.elasticsearch_ca)
        try:
            client = Elasticsearch(settings.elasticsearch_url, request_timeout=30, max_retries=0, **login)
        except ValueError as error:
            raise Unreachable(f"Elasticsearch {settings.elasticsearch_url}", str(error), "WIREFEED_ELASTICSEARCH_URL") from error
        return cls(client, settings.elasticsearch_url, settings.index_prefix,
                   templates=load_templates(settings.config_folders, settings.index_prefix))

    # --- set-up ------------------------------------------------------------------------------------------------------
    def setup(self) -> None:
        """Put the templates of all tables, bring new fields into indices that exist, make empty ones so that the aliases exist.

        Beside the searched generation only the templates. Raises Unreachable for a mapping that can't be changed.
        """
        with explained(self.url):
            self._made.clear()
            self._check_version()
            for table in TABLES:
                wanted = self.templates[table]
                if self._has_template(table, wanted["_meta"]) and (self._fixed is not None or self._mapped(table)):
                    continue  # the common case needs no more than the privilege to look
                self.client.indices.put_index_template(name=self.alias(table), **wanted)
                if self._fixed is not None:
                    continue  # the indices that exist are not ours to change
                if existing := self._indices(table):
                    self.client.indices.put_mapping(index=",".join(existing), properties=mapping(table)["properties"])
                    self.client.indices.put_settings(index=",".join(existing), settings={
                        name: value for name, value in wanted["template"]["settings"]["index"].items() if name in CHANGEABLE})
                else:
                    self._make(table, "empty", self._generation(table))

    def _has_template(self, table: str, meta: dict[str, str]) -> bool:
        try:
            found = self.client.indices.get_index_template(name=self.alias(table)).body["index_templates"]
        except NotFoundError:
            return False
        return any(one["index_template"].get("_meta") == meta for one in found)

    def _mapped(self, table: str) -> bool:
        """Whether there are indices and all of them have every field as we declare it."""
        existing = self._indices(table)
        if not existing:
            return False
        found = self.client.indices.get_mapping(index=",".join(existing)).body
        return all(complete(one["mappings"], table) for one in found.values())

    def _check_version(self) -> None:
        number = self.server_version()
        if number and int(number.split(".")[0]) != MAJOR:
            raise Unreachable(f"Elasticsearch {self.url}", f"wrong major version: {number}", f"Wirefeed needs Elasticsearch {MAJOR}")

    def server_version(self) -> str:
        """The server's version; from the nodes interface, which the test node has as well."""
        nodes: dict[str, Any] = self.client.nodes.info(node_id="_local", filter_path="nodes.*.version").body.get("nodes", {})
        return next((str(node["version"]) for node in nodes.values()), "")

    # --- names -------------------------------------------------------------------------------------------------------
    def alias(self, table: str) -> str:
        """What is searched; also the template's name."""
        return f"{self.prefix}-{table}"

    def _indices(self, table: str) -> list[str]:
        """The indices behind the alias, none when it does not exist."""
        try:
            return sorted(self.client.indices.get_alias(name=self.alias(table)).body)
        except NotFoundError:
            return []

    def _generation(self, table: str) -> str:
        if self._fixed is not None and table == "stories":
            return self._fixed
        return generation_of(self._indices(table))

    def _name(self, table: str, month: str, generation: str) -> str:
        return f"{self.prefix}-{table}-{month}" + (f"-r{generation}" if generation else "")

    def _make(self, table: str, month: str, generation: str) -> str:
        """The index of a month, made if it is missing; only with the template, else Elasticsearch would guess a mapping."""
        name = self._name(table, month, generation)
        if name in self._made:
            return name
        if not self.client.indices.exists(index=name):
            if not self.client.indices.exists_index_template(name=self.alias(table)):
                raise Unreachable(f"Elasticsearch {self.url}", f"index template {self.alias(table)} is missing",
                                  "run `wirefeed index setup`")
            hidden = self._fixed is not None and table == "stories"
            try:
                self.client.indices.create(index=name, aliases={} if hidden else {self.alias(table): {}})
            except BadRequestError as error:
                if "resource_already_exists" not in str(error):
                    raise
        self._made.add(name)
        return name

    # --- writing -----------------------------------------------------------------------------------------------------
    def upsert(self, documents: Sequence[Document]) -> WriteReport:
        """Write stories, each unless a newer version is there. Raises Unreachable when the server stays away."""
        return self.write("stories", documents)

    def write(self, table: str, documents: Sequence[Document]) -> WriteReport:
        """Write documents of one table into their months."""
        if not documents:
            return WriteReport()
        with explained(self.url):
            generation = self._generation(table)
            self._made = {name for name in self._made if generation_of([name]) == generation}
            names = {month: self._make(table, month, generation) for month in {document["month"] for document in documents}}
            versioned = table == "stories"
            actions = [
                Action(names[document["month"]], document["id"], encode(document), document["version"] if versioned else None)
                for document in newest(documents)
            ]
            return self.writer.write(actions)

    def delete(self, ids: Sequence[str]) -> WriteReport:
        """Remove stories wherever they lie; unknown ids are success."""
        if not ids:
            return WriteReport()
        with explained(self.url):
            self.client.indices.refresh(index=self._everywhere(), ignore_unavailable=True)
            actions: list[Action] = []
            for start in range(0, len(ids), 1000):
                wanted = {"ids": {"values": list(ids[start:start + 1000])}}
                found = self.client.search(index=self._everywhere(), ignore_unavailable=True, query=wanted, size=1000, source=False,
                                           allow_partial_search_results=False)
                actions += [Action(hit["_index"], hit["_id"], None) for hit in found["hits"]["hits"]]
            report = self.writer.write(actions)
        return WriteReport(tuple(one for one in ids if one not in report.failed), (), report.failed)

    def refresh(self) -> None:
        """Make all that was written visible to search."""
        with explained(self.url):
            self.client.indices.refresh(index=self._everywhere(), ignore_unavailable=True)

    def _everywhere(self) -> str:
        """The alias, or the indices of a generation beside it."""
        return self.alias("stories") if self._fixed is None else self._name("stories", "*", self._fixed)

    # --- searching ---------------------------------------------------------------------------------------------------
    def search(self, request: SearchRequest) -> SearchResult:
        """Search; hits ordered by (published, id), newest first."""
        with explained(self.url):
            answer = self.client.search(index=self._everywhere(), ignore_unavailable=True, allow_partial_search_results=False,
                                        **elastic_search.body(request))
        if self._fixed is None and not answer["_shards"]["total"]:  # no hits, because there is nothing to look through
            raise Unreachable(f"Elasticsearch {self.url}", f"there is no index behind {self.alias('stories')}", "run `wirefeed index setup`")
        return elastic_search.result(request, answer.body)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    # --- keeping -----------------------------------------------------------------------------------------------------
    def beside(self, generation: str) -> "ElasticIndex":
        """An index of another generation, unseen by search until ``flip``."""
        return ElasticIndex(self.client, self.url, self.prefix, generation, patience=self.writer.patience, templates=self.templates)

    def flip(self, generation: str) -> None:
        """Point the alias at ``generation`` in one step, then remove the indices of the others, and companions that another version made:
        they are filled again from the database (index/companions.py)."""
        with explained(self.url):
            old = [name for name in self._indices("stories") if generation_of([name]) != generation]
            new = [name for name in self._all("stories") if generation_of([name]) == generation]
            if not new:
                new = [self.beside(generation)._make("stories", "empty", generation)]
            alias = self.alias("stories")
            self.client.indices.update_aliases(actions=[*({"add": {"index": name, "alias": alias}} for name in new),
                                                        *({"remove": {"index": name, "alias": alias}} for name in old)])
            self._remove(name for name in self._all("stories") if generation_of([name]) != generation)
            self._made.clear()  # what was there when we last looked
            for table in COMPANIONS:
                self._remove(self._outdated(table))
                if not self._indices(table):
                    self._make(table, "empty", "")

    def _outdated(self, table: str) -> list[str]:
        """Indices of a table that only making anew brings up to date."""
        names = self._indices(table)
        found = self.client.indices.get_mapping(index=",".join(names)).body if names else {}
        return [name for name in names if outdated(found[name]["mappings"], table)]

    def retain(self, oldest: str) -> tuple[str, ...]:
        """Delete the indices, of all tables, of whole months before ``oldest`` (YYYY.MM)."""
        gone: list[str] = []
        with explained(self.url):
            for table in TABLES:
                old = [name for name in self._all(table) if before(month_of(name, self.alias(table)), oldest)]
                self._remove(old)
                gone += [month_of(name, self.alias(table)) for name in old if table == "stories"]
        return tuple(sorted(set(gone)))

    def _all(self, table: str) -> list[str]:
        found = self.client.indices.get(index=f"{self.alias(table)}-*", allow_no_indices=True, filter_path="*.settings.index.uuid",
                                        flat_settings=False).body
        return sorted(found)

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:  # one by one: wildcards are refused by default, and for good reason
            self.client.indices.delete(index=name, ignore_unavailable=True)
            self._made.discard(name)

    def status(self, now: datetime) -> IndexStatus:
        """Health, months, version, template, clock: every problem in words."""
        from wirefeed.index.elastic_status import look

        with explained(self.url):
            return look(self, now)


def generation_of(names: Iterable[str]) -> str:
    """The generation that index names carry ("" for the first)."""
    return max((found[1] for name in names if (found := _GENERATION.search(name))), default="")


def month_of(name: str, alias: str) -> str:
    """``2026.11`` of ``wirefeed-stories-2026.11-r2``."""
    return name.removeprefix(alias + "-").split("-")[0]


def encode(document: Document) -> bytes:
    """One line of JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
