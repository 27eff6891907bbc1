"""docker-compose.yml, resolved by Compose itself (built from its Go module; no container engine needed), against what is on our side."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from demo.env import fill

ROOT = Path(__file__).resolve().parents[2]
VERSION = "v2.35.0"  # newer tags carry exclude directives and refuse `go install`
PROFILES = ("celery", "proxy", "backup")
Service = dict[str, Any]


@pytest.fixture(scope="session")
def compose() -> Path:
    """Compose as a program, built once into the cache."""
    cache = Path(os.environ.get("WIREFEED_TEST_CACHE", Path.home() / ".cache" / "wirefeed")) / f"compose-{VERSION}"
    program = cache / "cmd"
    if not program.exists():
        go = shutil.which("go") or "/usr/local/go/bin/go"
        if not Path(go).exists():
            pytest.skip("Go is not installed (Debian: golang), so Compose cannot be built")
        environment = {**os.environ, "GOBIN": str(cache), "GOTOOLCHAIN": os.environ.get("GOTOOLCHAIN", "auto")}
        built = subprocess.run([go, "install", f"github.com/docker/compose/v2/cmd@{VERSION}"], env=environment, capture_output=True,
                               text=True, timeout=540, check=False)
        if built.returncode:
            pytest.skip(f"Compose could not be built: {built.stderr.strip().splitlines()[-1:]}")
    return program


@pytest.fixture(scope="session")
def env_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make env` writes."""
    path = tmp_path_factory.mktemp("env") / "env"
    path.write_text(fill((ROOT / ".env.example").read_text("utf-8")), "utf-8")
    return path


@pytest.fixture(scope="session")
def services(compose: Path, env_file: Path) -> dict[str, Service]:
    """All services of all profiles, as Compose resolves them."""
    return resolved(compose, env_file, PROFILES)


def resolved(compose: Path, env_file: Path, profiles: tuple[str, ...]) -> dict[str, Service]:
    """The services of these profiles."""
    given = [part for profile in profiles for part in ("--profile", profile)]
    done = subprocess.run([str(compose), "-f", "docker-compose.yml", "--env-file", str(env_file), *given, "config", "--format", "json"],
                          cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "variable is not set" not in done.stderr, done.stderr
    return dict(json.loads(done.stdout)["services"])


def test_the_stack_is_the_one_the_readme_promises(services: dict[str, Service]) -> None:
    assert set(services) == {
        "postgres", "elasticsearch", "elasticsearch-setup", "kibana", "kibana-setup", "airflow-init", "wirefeed-setup", "search-setup", "airflow-apiserver",
        "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "airflow-groomer", "desk", "mailpit", "redis", "airflow-worker",
        "proxy", "backup"}
    assert {name: service["profiles"] for name, service in services.items() if service.get("profiles")} == {
        "redis": ["celery"], "airflow-worker": ["celery"], "proxy": ["proxy"], "backup": ["backup"]}


@pytest.mark.parametrize(("profile", "more"), [
    ("", set()), ("celery", {"redis", "airflow-worker"}), ("proxy", {"proxy"}), ("backup", {"backup"})])
def test_each_profile_resolves_by_itself(compose: Path, env_file: Path, services: dict[str, Service], profile: str, more: set[str]) -> None:
    always = {name for name, service in services.items() if not service.get("profiles")}
    assert set(resolved(compose, env_file, (profile,) if profile else ())) == always | more


def test_images_are_pinned(services: dict[str, Service]) -> None:
    for name, service in services.items():
        tag = service["image"].rpartition(":")[2]
        assert re.match(r"v?\d+\.\d+", tag), f"{name}: {service['image']} is not pinned"


def test_without_secrets_compose_refuses_to_start(compose: Path, tmp_path: Path) -> None:
    empty = tmp_path / "env"
    empty.touch()
    done = subprocess.run([str(compose), "-f", "docker-compose.yml", "--env-file", str(empty), "config", "-q"], cwd=ROOT,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "run make env" in done.stderr


def test_no_port_leaves_the_machine_unless_asked(services: dict[str, Service]) -> None:
    for name, service in services.items():
        for port in service.get("ports", []):
            assert port.get("host_ip") == "127.0.0.1", f"{name} opens {port}"


def test_every_service_has_limits_and_rotation_and_those_that_stay_a_health_check(services: dict[str, Service]) -> None:
    one_shot = {name for name, service in services.items() if service.get("restart") == "no"}
    assert one_shot == {"elasticsearch-setup", "kibana-setup", "airflow-init", "wirefeed-setup", "search-setup"}
    for name, service in services.items():
        assert service["logging"]["options"]["max-size"], name
        assert service["logging"]["options"]["max-file"], name
        assert service.get("mem_limit"), f"{name} has no memory limit"
        assert service.get("cpus"), f"{name} has no processor limit"
        assert service.get("healthcheck") or name in one_shot, f"{name} has no health check"


def test_nothing_that_alerts_waits_for_search(services: dict[str, Service]) -> None:
    def needs(name: str) -> set[str]:
        direct = set(services[name].get("depends_on") or {})
        return direct | {other for one in direct for other in needs(one)}

    for name in ("airflow-scheduler", "airflow-worker", "airflow-apiserver", "airflow-dag-processor", "airflow-triggerer", "desk"):
        assert "wirefeed-setup" in needs(name), f"{name} would run on a faulty configuration"
        assert not {"elasticsearch", "kibana", "search-setup"} & needs(name), name


def test_start_order_waits_for_things_that_can_become_true(services: dict[str, Service]) -> None:
    for name, service in services.items():
        for other, condition in (service.get("depends_on") or {}).items():
            assert other in services, f"{name} waits for {other}, which is not there"
            if condition["condition"] == "service_healthy":
                assert services[other].get("healthcheck"), f"{name} waits for the health of {other}, which has no check"
            if condition["condition"] == "service_completed_successfully":
                assert services[other].get("restart") == "no", f"{name} waits for the end of {other}, which runs for ever"
            assert not services[other].get("profiles") or services[other]["profiles"] == service.get("profiles"), f"{name} waits for a profile"


def test_every_mounted_path_exists_here(services: dict[str, Service]) -> None:
    made_later = {ROOT / "backups", ROOT / ".env", ROOT / "config" / "local"}
    for name, service in services.items():
        for volume in service.get("volumes", []):
            if volume["type"] == "bind":
                path = Path(volume["source"])
                assert path.exists() or path in made_later, f"{name} mounts {path}"


def test_every_script_a_service_runs_exists_and_parses(services: dict[str, Service]) -> None:
    for name, service in services.items():
        for word in [*(service.get("command") or []), *(service.get("entrypoint") or [])]:
            if found := re.search(r"/deploy/[\w.-]+", word):
                script = ROOT / found[0].lstrip("/")
                assert script.exists(), f"{name} runs {word}"
                assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def test_every_wirefeed_variable_is_a_setting(services: dict[str, Service], tmp_path: Path) -> None:
    from wirefeed.settings import from_environment

    key = tmp_path / "key"
    key.write_text("secret\n")
    for name, service in services.items():
        environment = {variable: str(value or "") for variable, value in (service.get("environment") or {}).items() if variable.startswith("WIREFEED_")}
        if "WIREFEED_DATABASE_URL" not in environment:
            continue
        if environment.get("WIREFEED_ELASTICSEARCH_API_KEY_FILE"):
            assert environment["WIREFEED_ELASTICSEARCH_API_KEY_FILE"].startswith("/run/wirefeed/")
            environment["WIREFEED_ELASTICSEARCH_API_KEY_FILE"] = str(key)
        settings = from_environment(environment)
        assert settings.index == "elasticsearch", name
        assert settings.elasticsearch_api_key.get_secret_value() == ("" if name.endswith("-setup") else "secret"), name
        assert settings.elasticsearch_username == ("elastic" if name == "search-setup" else ""), "the pipeline runs on its own key"
        assert settings.data == Path("/opt/airflow/data"), name


def test_every_wirefeed_command_a_service_or_script_runs_exists(services: dict[str, Service]) -> None:
    import typer

    from wirefeed.cli import app

    root: Any = typer.main.get_command(app)
    commands = [tuple(service["command"][1:]) for service in services.values() if (service.get("command") or [""])[0] == "wirefeed"]
    for script in (ROOT / "deploy").glob("*.sh"):
        commands += [tuple(line.split()[1:]) for line in script.read_text("utf-8").splitlines() if line.strip().startswith("wirefeed ")]
    assert len(commands) >= 4
    for command in commands:
        at = root
        for word in command:
            if word.startswith("-") or not hasattr(at, "commands"):
                break
            assert word in at.commands, f"wirefeed {' '.join(command)}"
            at = at.commands[word]


def test_airflow_services_share_what_must_be_equal(services: dict[str, Service]) -> None:
    ours = {name: service["environment"] for name, service in services.items() if name.startswith("airflow-")}
    for key in ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__CORE__EXECUTION_API_SERVER_URL",
                "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__API__SECRET_KEY", "WIREFEED_DATABASE_URL", "WIREFEED_SECRET"):
        assert len({environment[key] for environment in ours.values()}) == 1, key
    one = ours["airflow-scheduler"]
    assert len(one["AIRFLOW__API_AUTH__JWT_SECRET"]) >= 64, "HS512 wants 64 bytes"
    found = re.fullmatch(r"http://([\w-]+):8080/execution/", one["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"])
    assert found is not None
    assert found[1] in services


def test_every_airflow_option_is_one_airflow_knows(services: dict[str, Service]) -> None:
    from airflow.configuration import conf

    for variable in services["airflow-scheduler"]["environment"]:
        if found := re.fullmatch(r"AIRFLOW__([A-Z_]+?)__([A-Z0-9_]+)", variable):
            section, key = found[1].lower(), found[2].lower()
            if section == "celery":  # the provider's own options
                continue
            assert key in conf.configuration_description[section]["options"], variable


def test_the_example_environment_and_the_file_name_the_same_variables() -> None:
    named = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text("utf-8")))
    given = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.M))
    assert named - given - {"HOSTNAME"} == set(), "compose asks for what .env.example lacks"
    assert given - named == {"COMPOSE_PROFILES"}, "read by Compose itself"


def test_made_secrets_are_strong_and_different() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    one, two = (dict(re.findall(r"^([A-Z_]+)=(.+)$", fill(example), re.M)) for _ in range(2))
    secret = [name for name, value in re.findall(r"^([A-Z_]+)=(.*)$", example, re.M) if value.startswith("<generate:")]
    assert len(secret) >= 12
    for name in secret:
        assert len(one[name]) >= 24
        assert one[name] != two[name], f"{name} is not random"
    assert len({one[name] for name in secret}) == len(secret)


def test_kibana_settings_that_its_container_would_ignore_stand_in_the_mounted_file() -> None:
    mounted = yaml.safe_load((ROOT / "deploy" / "kibana.yml").read_text("utf-8"))
    assert mounted["elasticsearch.username"] == "kibana_system", "Kibana refuses 'elastic'"
    assert {"xpack.encryptedSavedObjects.encryptionKey", "xpack.security.encryptionKey", "server.publicBaseUrl"} <= set(mounted)


def test_health_check_and_signed_paths_exist_on_the_desk(services: dict[str, Service], tmp_path: Path) -> None:
    from wirefeed.desk.app import create_app
    from wirefeed.settings import Settings

    paths = {getattr(route, "path", "") for route in create_app(Settings(data=tmp_path, min_free_gb=0)).routes}
    asked = re.search(r"localhost:8088(/\w+)", " ".join(services["desk"]["healthcheck"]["test"]))
    assert asked is not None
    assert asked[1] in paths
    signed = re.search(r"@signed path (.+)", (ROOT / "deploy" / "Caddyfile").read_text("utf-8"))
    assert signed is not None
    for path in signed[1].split():
        assert any(route.startswith(path.rstrip("*")) for route in paths), path


def test_the_image_is_locked_and_runs_as_nobody_special() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.1[123]\.\d+-slim-\w+", bases[0]), "a patch version and a Debian release"
    assert any(re.search(r"uv==\d+\.\d+\.\d+", line) for line in lines)
    sync = next(line for line in lines if "uv sync" in line)
    assert {"--frozen", "--no-dev", "--no-install-project"} <= set(sync.split())
    extras = set(re.findall(r"--extra (\w+)", sync))
    import tomllib

    assert extras == set(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"])
    assert [line for line in lines if line.startswith("USER ")] == ["USER 50000:0"]
    assert lines.index("USER 50000:0") > max(number for number, line in enumerate(lines) if line.startswith(("RUN", "COPY"))), "nothing is done as root after it"
    copied = {word for line in lines if line.startswith("COPY") and "--from" not in line for word in line.split()[1:-1] if not word.startswith("--")}
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored[0] == "*", "everything stays out of the image but what is named"
    assert copied == {line[1:] for line in ignored if line.startswith("!")}
    assert "config/local" in ignored, "a site's rules and recipients"


def test_the_proxy_asks_everybody_who_they_are_but_signed_links_and_lets_editors_alone_change() -> None:
    text = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
    assert "http://" not in text, "TLS is Caddy's default for a name without a scheme"
    change = text[text.index("@change method"):text.index("\thandle {")]
    assert set(re.search(r"@change method (.+)", change)[1].split()) == {"POST", "PUT", "PATCH", "DELETE"}  # type: ignore[index]
    assert "editor {$DESK_EDITOR_HASH}" in change
    assert "reader" not in change
    rest = text[text.index("\thandle {"):]
    assert {"reader {$DESK_READER_HASH}", "editor {$DESK_EDITOR_HASH}"} <= {line.strip() for line in rest.splitlines()}


def test_nothing_has_a_default_password() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    for name, value in re.findall(r"^(\w*(?:PASSWORD|SECRET|KEY)\w*)=(.*)$", example, re.M):
        assert value.startswith("<generate:") or (value == "" and name == "SMTP_PASSWORD"), name
    compose = (ROOT / "docker-compose.yml").read_text("utf-8")
    for name, default in re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|KEY)\w*)(:-[^}]*)?", compose):
        assert not default, f"{name} has a default"


def test_the_celery_app_that_workers_and_their_health_check_load_is_there(services: dict[str, Service]) -> None:
    found = re.search(r"--app ([\w.]+)\.app", " ".join(services["airflow-worker"]["healthcheck"]["test"]))
    assert found is not None
    done = subprocess.run([sys.executable, "-c", f"from {found[1]} import app; print(app.main)"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    assert done.stdout.strip().endswith(found[1])
