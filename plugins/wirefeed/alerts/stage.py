"""The alert stage with its configuration: what DAGs, the pipeline and the command line start."""

from collections.abc import Mapping
from functools import lru_cache

from wirefeed.configuration import Configuration
from wirefeed.yaml_files import ConfigText, find, read


def names(configuration: Configuration) -> Mapping[str, Mapping[str, str]]:
    """Titles of topics for mails: {"topics": {id: title}}."""
    return _names(find(configuration.settings.config_folders, "topics/*.yaml"))


@lru_cache(maxsize=2)
def _names(files: tuple[ConfigText, ...]) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, str] = {}
    for text in files:
        data = read(text.path, text.text).data
        listed = data.get("topics", [data]) if isinstance(data, dict) else data or []
        for one in listed:
            if isinstance(one, dict) and "id" in one:
                title = one.get("title") or one.get("label") or one.get("name") or one["id"]
                found[str(one["id"])] = str(title.get("en") if isinstance(title, dict) else title)
    return {"topics": found}
