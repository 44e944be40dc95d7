"""The containers run what the local product runs: same commands, ports and variables. They cannot be started in the tests."""

from __future__ import annotations

import copy
import importlib.resources
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema  # type: ignore[import-untyped]  # ships no types
import pytest
import yaml
from pydantic import BaseModel

from bot.health import Health
from bot.health_routes import health_router
from bot.launch import environment as launch_environment
from bot.launch import parts, training
from bot.launch.redis_server import redis_command
from bot.settings import REPOSITORY, Settings
from tests.fakes import own_counters
from tests.unit.launch import dockerfiles

SERVICE_IMAGE = REPOSITORY / "bot" / "Dockerfile"
NLU_IMAGE = REPOSITORY / "nlu" / "Dockerfile"
GIVEN = {"KOUAN_SECRET": "s" * 64, "KOUAN_RASA_TOKEN": "r" * 32, "POSTGRES_PASSWORD": "p" * 32}
OURS = ("service", "worker", "actions")
ALL = (*OURS, "rasa", "redis", "postgres")
_KEPT = {"PATH", "PYTEST_CURRENT_TEST", "PYTEST_VERSION"}
_MAKERS = (parts.service_part, parts.worker_part, parts.actions_part)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The Compose specification's own schema, as check-jsonschema ships it."""
    file = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings as `./kouan up` completes them, in an environment without variables of ours."""
    for name in set(os.environ) - _KEPT:
        monkeypatch.delenv(name)
    return Settings(
        _env_file=None,
        data_dir=tmp_path,
        redis_url="unix:///r.sock",
        rasa_url="http://127.0.0.1:5005",
        actions_url="http://127.0.0.1:5055",
        service_url="http://127.0.0.1:8000",
    )


def resolve(value: object) -> str:
    """A value with its ${…} filled in as Compose does it."""

    def fill(match: re.Match[str]) -> str:
        name, kind, rest = match[1], match[2], match[3]
        return GIVEN.get(name) or (rest if kind == ":-" else pytest.fail(f"{name} must be in GIVEN"))

    return re.sub(r"\$\{(\w+)(:[-?])([^}]*)\}", fill, str(value))


def environment_of(compose: dict[str, Any], name: str) -> dict[str, str]:
    return {key: resolve(value) for key, value in compose["services"][name].get("environment", {}).items()}


def setting_names(model: type[BaseModel] = Settings, prefix: str = "KOUAN_") -> Iterator[str]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from setting_names(field.annotation, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}"


def test_file_follows_the_compose_specification(compose: dict[str, Any], schema: dict[str, Any]) -> None:
    jsonschema.validators.validator_for(schema)(schema).validate(compose)


def test_schema_refuses_a_key_that_compose_does_not_know(compose: dict[str, Any], schema: dict[str, Any]) -> None:
    wrong = copy.deepcopy(compose)
    wrong["services"]["worker"]["healtcheck"] = {}

    with pytest.raises(jsonschema.ValidationError, match="healtcheck"):
        jsonschema.validators.validator_for(schema)(schema).validate(wrong)


def test_parts_are_those_of_the_local_product(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == set(ALL)


@pytest.mark.parametrize("name", OURS)
def test_our_parts_run_the_local_commands(compose: dict[str, Any], local: Settings, name: str) -> None:
    specs = {spec.name: spec for spec in (make(local) for make in _MAKERS)}

    assert compose["services"][name]["command"][1:] == specs[name].command[1:]


def test_rasa_serves_as_it_does_locally(compose: dict[str, Any]) -> None:
    wanted = ["python", *parts.rasa_arguments("/app/models/model.tar.gz", "0.0.0.0", 5005)]

    assert compose["services"]["rasa"]["command"] == wanted
    assert dockerfiles.command(NLU_IMAGE) == wanted


def test_image_trains_as_the_launcher_does() -> None:
    runs = [rest for name, rest in dockerfiles.instructions(NLU_IMAGE) if name == "RUN" and '"train"' in rest]

    assert [json.loads(run) for run in runs] == [training.train_command(Path("python"), Path("/training"))]
    assert ("COPY", "--from=content /compiled /training") in dockerfiles.instructions(NLU_IMAGE)
    assert training.compiled_data(Path("/training")).name == "compiled.jsonl"


def test_service_image_starts_the_service(local: Settings) -> None:
    assert dockerfiles.command(SERVICE_IMAGE)[1:] == parts.service_part(local).command[1:]


def test_redis_keeps_what_the_local_one_keeps(compose: dict[str, Any], tmp_path: Path) -> None:
    words = redis_command("redis-server", tmp_path, tmp_path / "r.sock")[1:]
    ours = dict(zip(words[::2], words[1::2], strict=True))
    given = compose["services"]["redis"]["command"][1:]
    theirs = dict(zip(given[::2], given[1::2], strict=True))

    assert ours.keys() - theirs.keys() == {"--port", "--unixsocket", "--unixsocketperm", "--daemonize"}
    assert theirs.pop("--dir") == "/data"
    assert theirs == {name: ours[name] for name in theirs}


def test_every_variable_of_ours_is_a_setting(compose: dict[str, Any]) -> None:
    known = set(setting_names())
    text = "".join(path.read_text() for path in (REPOSITORY / "docker-compose.yml", SERVICE_IMAGE, NLU_IMAGE))
    used = set(re.findall(r"\bKOUAN_\w+", text))

    assert len(used) >= 15
    assert used <= known


def test_variables_that_the_launcher_sets_are_set(compose: dict[str, Any], local: Settings) -> None:
    chosen = {name for name in parts.service_part(local).environment if name.startswith("KOUAN_")}

    assert chosen
    assert chosen <= environment_of(compose, "service").keys()
    assert chosen - {"KOUAN_HOST", "KOUAN_PORT"} <= environment_of(compose, "worker").keys()
    assert chosen - {"KOUAN_HOST", "KOUAN_PORT"} <= environment_of(compose, "actions").keys()


def test_rasa_gets_the_variables_that_the_launcher_gives_it(compose: dict[str, Any], local: Settings) -> None:
    spec = parts.rasa_part(local, Path("python"), Path("model"), 5005)
    ours = {name: value for name, value in spec.environment.items() if name not in _KEPT}
    theirs = dockerfiles.environment(NLU_IMAGE) | environment_of(compose, "rasa")

    assert ours.keys() <= theirs.keys()
    differing = {name for name, value in ours.items() if theirs[name] != value}
    assert differing == {"PYTHONPATH", "AUTH_TOKEN", "KOUAN_ACTIONS_URL", "KOUAN_REDIS_URL"}
    assert theirs["KOUAN_REDIS_URL"] == environment_of(compose, "service")["KOUAN_REDIS_URL"]
    assert theirs["PYTHONPATH"] == "/app/nlu"
    assert theirs["AUTH_TOKEN"] == environment_of(compose, "service")["KOUAN_RASA_TOKEN"]
    assert theirs["KOUAN_ACTIONS_URL"] == environment_of(compose, "service")["KOUAN_ACTIONS_URL"] + "/webhook"


def test_settings_accept_the_environment(compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment_of(compose, "service").items():
        monkeypatch.setenv(name, value)

    settings = Settings(_env_file=None)

    assert settings.environment == "production"
    assert settings.sqlalchemy_url == f"postgresql+asyncpg://kouan:{'p' * 32}@postgres:5432/kouan"


def test_addresses_name_parts_and_their_ports(compose: dict[str, Any]) -> None:
    environment = environment_of(compose, "service")
    addresses = [urlsplit(value) for name, value in environment.items() if name.endswith("_URL") and value]
    rasa_port = compose["services"]["rasa"]["command"][-1]

    assert {(address.hostname, str(address.port)) for address in addresses} == {
        ("postgres", "5432"),
        ("redis", "6379"),
        ("rasa", rasa_port),
        ("actions", "5055"),
        ("service", environment["KOUAN_PORT"]),
    }


def test_health_checks_ask_what_is_there(compose: dict[str, Any], tmp_path: Path) -> None:
    paths = {getattr(route, "path", "") for route in health_router(Health({}), tmp_path, own_counters).routes}
    checks = {name: " ".join(part["healthcheck"]["test"]) for name, part in compose["services"].items()}
    asked = {name: re.search(r"http://127\.0\.0\.1:(\d+)(/\w*)", check) for name, check in checks.items()}

    assert asked["service"] is not None
    assert asked["service"][1] == environment_of(compose, "service")["KOUAN_PORT"]
    assert asked["service"][2] in paths
    assert asked["rasa"] is not None
    assert asked["rasa"][1] == compose["services"]["rasa"]["command"][-1]
    assert asked["actions"] is not None
    assert asked["actions"][1] == "5055"
    assert checks["worker"].endswith("-m bot.launch.heartbeat")


def test_only_the_service_can_be_reached_from_outside(compose: dict[str, Any]) -> None:
    published = {name: part["ports"] for name, part in compose["services"].items() if "ports" in part}
    with_way_out = {name for name, part in compose["services"].items() if part["networks"] != ["inside"]}

    assert [resolve(port) for port in published.pop("service")] == ["127.0.0.1:8000:8000"]
    assert published == {}
    assert with_way_out == {"service", "worker"}
    assert compose["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("name", ALL)
def test_part_is_guarded(compose: dict[str, Any], name: str) -> None:
    part = compose["services"][name]
    build = part.get("build")
    user = dockerfiles.user(REPOSITORY / build["dockerfile"]) if build else part["user"]

    assert user not in {"root", "0"}
    assert part["read_only"] is True
    assert part["cap_drop"] == ["ALL"]
    assert part["security_opt"] == ["no-new-privileges:true"]
    assert part["restart"] == "unless-stopped"
    assert part["healthcheck"]["test"][0] == "CMD"


def test_no_secret_stands_in_a_file(compose: dict[str, Any]) -> None:
    pairs = [pair for part in compose["services"].values() for pair in part.get("environment", {}).items()]
    secrets = {(name, value) for name, value in pairs if re.search(r"SECRET|TOKEN$|PASSWORD|DATABASE_URL", name)}
    images = dockerfiles.environment(SERVICE_IMAGE) | dockerfiles.environment(NLU_IMAGE)

    assert len(secrets) >= 6
    assert all(re.search(r"\$\{\w+:(\?[^}]+|-)\}", value) for _, value in secrets)
    assert [name for name in images if re.search(r"SECRET|TOKEN|PASSWORD", name)] == []
    for needed in GIVEN:
        assert f"${{{needed}:?" in json.dumps(compose)


def test_volumes_are_declared_and_used(compose: dict[str, Any]) -> None:
    used = {mount.split(":")[0] for part in compose["services"].values() for mount in part.get("volumes", [])}

    assert used == set(compose["volumes"])


@pytest.mark.parametrize("image", [SERVICE_IMAGE, NLU_IMAGE])
def test_image_is_built_from_official_slim_images(image: Path) -> None:
    stages = [rest.split() for name, rest in dockerfiles.instructions(image) if name == "FROM"]
    own = {words[-1] for words in stages if "AS" in words}

    assert {words[0] for words in stages} - own <= {"python:3.12-slim", "python:3.10-slim"}


@pytest.mark.parametrize("image", [SERVICE_IMAGE, NLU_IMAGE])
def test_what_an_image_copies_exists_and_is_let_in(image: Path) -> None:
    let_in = {line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = dockerfiles.copied(image)

    assert sources
    assert [source for source in sources if not (REPOSITORY / source).exists()] == []
    assert {source.split("/")[0] for source in sources} <= let_in


def test_nothing_is_let_in_by_default() -> None:
    rules = [line for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]

    assert rules[0] == "*"
    assert "**/.env" in rules


def test_uv_is_the_same_everywhere() -> None:
    launcher = re.search(r"^uv_version=(\S+)$", (REPOSITORY / "kouan").read_text(), re.MULTILINE)
    images = [re.findall(r"uv==(\S+)", path.read_text()) for path in (SERVICE_IMAGE, NLU_IMAGE)]

    assert launcher is not None
    assert {version for found in images for version in found} == {launcher[1]}
    assert launcher[1] == launch_environment._UV_VERSION
