"""The index templates: loadable as they are shipped, a site may change how an index is made and nothing else."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from wirefeed.errors import ConfigError
from wirefeed.index.elastic import ElasticIndex
from wirefeed.index.schema import TABLES
from wirefeed.index.templates import load_templates
from wirefeed.settings import Settings

CONFIG = Path(__file__).parents[2] / "config"


def site(folder: Path, content: dict[str, Any] | str) -> Path:
    """A site's folder with an index/stories.json."""
    (folder / "index").mkdir(parents=True)
    (folder / "index" / "stories.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def replicas(count: int) -> dict[str, Any]:
    return {"template": {"settings": {"index": {"number_of_replicas": count}}}}


@pytest.mark.parametrize("table", TABLES)
def test_a_shipped_file_loads_into_a_real_node_byte_for_byte(elasticsearch_url: str, table: str) -> None:
    import httpx

    name = f"shipped-{uuid.uuid4().hex[:8]}"
    body = json.loads((CONFIG / "index" / f"{table}.json").read_text("utf-8"))
    assert body["index_patterns"] == [f"wirefeed-{table}-*"]
    body |= {"index_patterns": [f"{name}-*"]}  # the node is shared, so it must not take the site's own names
    with httpx.Client(base_url=elasticsearch_url) as client:
        assert client.put(f"/_index_template/{name}", json=body).json() == {"acknowledged": True}
        try:
            assert client.put(f"/{name}-2026.03").json()["acknowledged"] is True
            made = client.get(f"/{name}-2026.03/_mapping").json()[f"{name}-2026.03"]["mappings"]
            assert made["dynamic"] == "strict"
            assert set(made["properties"]) == {field.name for field in TABLES[table]}
        finally:
            client.delete(f"/{name}-2026.03")
            client.delete(f"/_index_template/{name}")


def test_the_shipped_folder_gives_the_templates_of_the_field_table() -> None:
    assert load_templates((CONFIG,), "wirefeed") == load_templates((), "wirefeed")
    assert load_templates((CONFIG,), "agency")["stories"]["index_patterns"] == ["agency-stories-*"]


def test_a_site_sets_replicas_and_its_indices_get_them(elasticsearch_url: str, tmp_path: Path) -> None:
    prefix = f"t{uuid.uuid4().hex[:10]}"
    common = Settings(index="elasticsearch", elasticsearch_url=elasticsearch_url, index_prefix=prefix, config=tmp_path / "none")
    index = ElasticIndex.open(common)
    index.setup()
    changed = ElasticIndex.open(common.model_copy(update={"config": site(tmp_path / "site", replicas(2))}))
    changed.setup()
    try:
        made = changed.client.indices.get_settings(index=f"{prefix}-stories-empty", flat_settings=True).body[f"{prefix}-stories-empty"]["settings"]
        assert made["index.number_of_replicas"] == "2"
        assert made["index.refresh_interval"] == "5s"
        again = changed.client.indices.get_index_template(name=f"{prefix}-stories").body["index_templates"][0]["index_template"]
        assert again["template"]["settings"]["index"]["number_of_replicas"] == "2"
    finally:
        for name in index.client.indices.get(index=f"{prefix}-*", filter_path="*.settings.index.uuid").body:
            index.client.indices.delete(index=name)
        for table in TABLES:
            index.client.indices.delete_index_template(name=f"{prefix}-{table}")
        changed.close()
        index.close()


@pytest.mark.parametrize(("content", "says"), [
    ({"template": {"mappings": {"dynamic": "true"}}}, r"stories\.json: template\.mappings differs from the field table"),
    ({"template": {"settings": {"analysis": {}}}}, r"template\.settings\.analysis differs"),
    ({"index_patterns": ["*"]}, "index_patterns differs"),
    ({"template": {"settings": {"index": 3}}}, "is not an object"),
    ([], "not an index template"),
    ('{"template":\n{,}}', r"stories\.json:2: no readable JSON"),
])
def test_what_a_site_may_not_change_is_refused_with_the_file(tmp_path: Path, content: Any, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load_templates((CONFIG, site(tmp_path / "site", content)), "wirefeed")
