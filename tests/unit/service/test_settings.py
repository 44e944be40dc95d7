"""Settings: documented, checked, and never shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot.errors import StartError
from bot.settings import REPOSITORY, Settings, load_settings

EXAMPLE = REPOSITORY / ".env.example"
SECRET = "s3cr3t-value-that-must-not-show-0123456789"


def fields(model: type[BaseModel] = Settings, prefix: str = "KOUAN_") -> Iterator[tuple[str, str]]:
    """Every setting's variable and its description."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from fields(kind, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}", field.description or ""


def documented() -> dict[str, str]:
    """Every variable of the example, with the comment above it."""
    return {name: comment for comment, name in re.findall(r"^# (.*)\n(\w+)=", EXAMPLE.read_text(), re.MULTILINE)}


@pytest.fixture(autouse=True)
def no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' environment has no setting of ours."""
    for name, _ in fields():
        monkeypatch.delenv(name, raising=False)


def test_every_setting_stands_in_the_example_with_its_description() -> None:
    settings = dict(fields())

    assert len(settings) > 20
    assert all(settings.values())
    assert documented() == settings


def test_the_example_as_it_stands_changes_nothing() -> None:
    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=None)


def test_a_file_is_read_and_the_environment_goes_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "env").write_text("KOUAN_PORT=9001\nKOUAN_NLU__TIMEOUT_S=3\nKOUAN_TELEGRAM__TOKEN=\n")
    monkeypatch.setenv("KOUAN_PORT", "9002")

    settings = Settings(_env_file=tmp_path / "env")

    assert (settings.port, settings.nlu.timeout_s, settings.telegram.token) == (9002, 3.0, None)


def test_the_file_lies_beside_the_launcher_wherever_it_is_called_from() -> None:
    assert Settings.model_config["env_file"] == REPOSITORY / ".env"


WRONG: dict[str, dict[str, Any]] = {
    "KOUAN_PORT": {"port": "99999"},
    "KOUAN_DATABASE_URL": {"database_url": f"mysql://u:{SECRET}@h/d"},
    "KOUAN_REDIS_URL": {"redis_url": f"http://:{SECRET}@h"},
    "KOUAN_RASA_URL": {"rasa_url": f"rasa:{SECRET}"},
    "KOUAN_SECRET": {"secret": SECRET[:10]},
    "KOUAN_TIMEZONE": {"timezone": f"Asia/{SECRET}"},
    "KOUAN_LOG_LEVEL": {"log_level": SECRET},
    "KOUAN_BODY_MAX_BYTES": {"body_max_bytes": "many"},
    "KOUAN_TELEGRAM__RATE": {"telegram": {"rate": 0}},
    "KOUAN_TELEGRAM__MODE": {"telegram": {"mode": SECRET}},
    "KOUAN_TELEGRAM__API_URL": {"telegram": {"api_url": f"ftp://{SECRET}"}},
    "KOUAN_TELEGRAM__WEBHOOK_URL": {"telegram": {"webhook_url": f"http://{SECRET}"}},
    "KOUAN_TELEGRAM__WEBHOOK_SECRET": {"telegram": {"webhook_secret": f"{SECRET} ä"}},
    "KOUAN_TELEGRAM": {"telegram": {"mode": "webhook", "token": SECRET}},
    "KOUAN_NLU__TIMEOUT_S": {"nlu": {"timeout_s": -1}},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_stops_the_start_with_its_name_and_never_itself(name: str) -> None:
    with pytest.raises(StartError) as stopped:
        load_settings(_env_file=None, **WRONG[name])

    assert f"  {name}: " in str(stopped.value)
    assert SECRET[:10] not in str(stopped.value)


def test_all_wrong_values_are_named_at_once() -> None:
    with pytest.raises(StartError) as stopped:
        load_settings(_env_file=None, port=0, timezone="x", log_level="loud")

    assert str(stopped.value).count("\n  KOUAN_") == 3


def test_a_group_that_is_no_json_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOUAN_NLU", f"{{{SECRET}")

    with pytest.raises(StartError, match="nlu") as stopped:
        load_settings(_env_file=None)

    assert SECRET not in str(stopped.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KOUAN_SECRET", {"secret": "change-me-change-me-change-me-change"}),
        ("KOUAN_RASA_TOKEN", {"rasa_token": "ChangeMe"}),
        ("KOUAN_TELEGRAM__TOKEN", {"telegram": {"token": "123456:example"}}),
        ("KOUAN_TELEGRAM__WEBHOOK_SECRET", {"telegram": {"webhook_secret": "placeholder"}}),
    ],
)
def test_a_placeholder_is_refused_in_production_alone(name: str, value: dict[str, Any]) -> None:
    assert load_settings(_env_file=None, environment="development", **value)

    with pytest.raises(StartError, match=f"placeholder.*{name}"):
        load_settings(_env_file=None, environment="production", **value)


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    settings = load_settings(_env_file=None, secret=SECRET, rasa_token=SECRET, telegram={"token": SECRET})

    assert SECRET not in f"{settings} {settings!r} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:////tmp/a.db", "sqlite+aiosqlite:////tmp/a.db"),
        ("postgresql://u@h/d", "postgresql+asyncpg://u@h/d"),
        ("postgresql+asyncpg://u@h/d", "postgresql+asyncpg://u@h/d"),
        ("sqlite+aiosqlite:////tmp/a.db", "sqlite+aiosqlite:////tmp/a.db"),
    ],
)
def test_the_async_driver_is_added_to_the_address(given: str, used: str) -> None:
    assert load_settings(_env_file=None, database_url=given).sqlalchemy_url == used


def test_without_an_address_the_database_lies_in_the_data_directory(tmp_path: Path) -> None:
    settings = load_settings(_env_file=None, data_dir=tmp_path)

    assert settings.sqlalchemy_url == f"sqlite+aiosqlite:///{tmp_path}/kouan.db"
