"""What the launcher finds on a machine: Python 3.10, uv, a Redis, a free port."""

from __future__ import annotations

import importlib.util
import socket
import stat
from pathlib import Path

import pytest

from bot.errors import StartError
from bot.launch import environment
from bot.launch.environment import NO_PYTHON_310, find_python310, find_uv
from bot.launch.parts import actions_part, free_port, port_is_free, rasa_part, service_part, worker_part
from bot.launch.redis_server import find_redis_server, redis_command, socket_path
from bot.settings import Settings

IS_310 = "exit 0"
IS_ANOTHER = "exit 1"


def program(folder: Path, name: str, script: str) -> Path:
    """A program that runs a line of shell."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty PATH (but for a shell's own words) and an empty pyenv."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


def test_python_310_on_path_is_taken(machine: Path) -> None:
    found = program(machine / "bin", "python3.10", IS_310)

    assert find_python310("uv") == str(found)


def test_a_shim_that_does_not_start_is_passed_over_for_pyenvs_folder(machine: Path) -> None:
    program(machine / "bin", "python3.10", "echo 'pyenv: python3.10: command not found' >&2; exit 127")
    found = program(machine / "pyenv" / "versions" / "3.10.13" / "bin", "python3.10", IS_310)

    assert find_python310("uv") == str(found)


def test_another_python_is_not_taken(machine: Path) -> None:
    program(machine / "bin", "python3", IS_ANOTHER)
    own = program(machine, "uvs-python", IS_310)
    uv = program(machine, "uv", f'case "$2" in find) echo {own};; esac')

    assert find_python310(str(uv)) == str(own)


def test_when_python_310_cannot_be_had_one_sentence_says_what_to_do(machine: Path) -> None:
    uv = program(machine, "uv", "exit 1")

    with pytest.raises(StartError) as stopped:
        find_python310(str(uv))

    assert str(stopped.value) == NO_PYTHON_310
    assert "docker compose up" in NO_PYTHON_310


def test_the_launchers_own_uv_goes_before_one_on_path(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path = program(machine / "bin", "uv", "exit 0")
    monkeypatch.setattr(environment, "REPOSITORY", machine)
    first = find_uv(lambda message: None)
    own = program(machine / ".kouan" / "uv" / "bin", "uv", "exit 0")

    assert (first, find_uv(lambda message: None)) == (str(on_path), str(own))


def test_an_environment_that_fits_is_not_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "uv.lock").write_text("lock")
    monkeypatch.setattr(environment, "NLU", tmp_path)
    monkeypatch.setattr(environment, "NLU_PYTHON", program(tmp_path, "python", "exit 0"))
    monkeypatch.setattr(environment, "_STAMP", tmp_path / "stamp")
    uv = program(tmp_path, "uv", f"echo built >>{tmp_path}/calls")
    monkeypatch.setattr(environment, "find_uv", lambda progress: str(uv))
    monkeypatch.setattr(environment, "find_python310", lambda uv: "python3.10")

    for _ in range(2):
        environment.ensure_nlu_environment(lambda message: None)

    assert (tmp_path / "calls").read_text() == "built\n"


def test_an_environment_that_cannot_be_built_leaves_no_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "uv.lock").write_text("lock")
    monkeypatch.setattr(environment, "NLU", tmp_path)
    monkeypatch.setattr(environment, "NLU_PYTHON", tmp_path / "python")
    monkeypatch.setattr(environment, "_STAMP", tmp_path / "stamp")
    monkeypatch.setattr(environment, "find_uv", lambda progress: str(program(tmp_path, "uv", "exit 1")))
    monkeypatch.setattr(environment, "find_python310", lambda uv: "python3.10")

    with pytest.raises(StartError, match="could not be built"):
        environment.ensure_nlu_environment(lambda message: None)

    assert not (tmp_path / "stamp").exists()


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_a_redis_that_is_new_enough_is_taken_from_path(machine: Path, name: str) -> None:
    found = program(machine / "bin", name, "echo 'Server v=6.2.14 sha=0 malloc=x bits=64'")

    assert find_redis_server() == str(found)


@pytest.mark.parametrize("says", ["echo 'Redis server v=6.0.16 sha=0'", "echo nothing", "exit 1"])
def test_a_redis_that_is_old_or_strange_is_passed_over(machine: Path, says: str) -> None:
    old = program(machine / "bin", "redis-server", says)

    assert find_redis_server() != str(old)


def test_without_any_redis_one_sentence_says_what_to_do(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(StartError, match="KOUAN_REDIS_URL"):
        find_redis_server()


def test_the_socket_lies_in_the_data_directory_while_its_path_fits(tmp_path: Path) -> None:
    assert socket_path(Path("/data")) == Path("/data/run/redis.sock")
    assert len(str(socket_path(tmp_path / ("x" * 100)))) <= 100


def test_redis_appends_every_write_and_listens_to_no_port(tmp_path: Path) -> None:
    command = " ".join(redis_command("redis-server", tmp_path, tmp_path / "r.sock"))

    assert "--port 0 --unixsocket" in command
    assert "--unixsocketperm 700" in command
    assert "--appendonly yes" in command
    assert (tmp_path / "redis").is_dir()


def test_a_port_in_use_is_known() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()

        assert not port_is_free("127.0.0.1", holder.getsockname()[1])
    assert port_is_free("127.0.0.1", free_port())


def test_the_parts_get_the_addresses_that_the_launcher_chose(settings: Settings) -> None:
    chosen = settings.model_copy(update={"rasa_url": "http://127.0.0.1:7", "actions_url": "http://127.0.0.1:8"})

    parts = [make(chosen) for make in (service_part, worker_part, actions_part)]

    assert [part.name for part in parts] == ["service", "worker", "actions"]
    assert {part.environment["KOUAN_RASA_URL"] for part in parts} == {"http://127.0.0.1:7"}
    assert {part.environment["KOUAN_REDIS_URL"] for part in parts} == {settings.redis_url}


def test_rasas_token_stands_in_no_command_and_no_printed_part(settings: Settings, tmp_path: Path) -> None:
    chosen = settings.model_copy(update={"actions_url": "http://127.0.0.1:8"})

    part = rasa_part(chosen, tmp_path / "python", tmp_path / "m.tar.gz", 5005)

    token = part.environment["AUTH_TOKEN"]
    assert len(token) >= 32
    assert token not in f"{part} {part.command}"


def test_a_model_that_is_tried_without_the_product_shares_no_conversations(settings: Settings, tmp_path: Path) -> None:
    alone = settings.model_copy(update={"actions_url": "http://127.0.0.1:8", "redis_url": None})

    part = rasa_part(alone, tmp_path / "python", tmp_path / "m.tar.gz", 5005)

    assert part.environment["KOUAN_REDIS_URL"] == ""
