"""The master secret: made once, kept to this user, never taken half written."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.errors import StartError
from bot.secrets import Secrets, load_secrets
from bot.settings import Settings


def settings_in(folder: Path) -> Settings:
    return Settings(_env_file=None, data_dir=folder, secret=None)


def test_it_is_made_once_and_read_again(tmp_path: Path) -> None:
    first, second = load_secrets(settings_in(tmp_path)), load_secrets(settings_in(tmp_path))

    assert first.derive("x") == second.derive("x")
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_take_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: load_secrets(settings_in(tmp_path)).derive("x"), range(32)))

    assert len(set(found)) == 1


def test_one_that_is_just_being_written_is_awaited(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"")

    def write() -> None:
        time.sleep(0.2)
        (tmp_path / "secret").write_bytes(b"ab" * 32)

    writer = threading.Thread(target=write)
    writer.start()
    loaded = load_secrets(settings_in(tmp_path))
    writer.join()

    assert loaded.derive("x") == Secrets(b"ab" * 32).derive("x")


@pytest.mark.parametrize("content", [b"", b"short"])
def test_one_that_is_cut_short_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret").write_bytes(content)

    with pytest.raises(StartError, match="cut short"):
        load_secrets(settings_in(tmp_path))


def test_a_data_directory_that_cannot_hold_it_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")

    with pytest.raises(StartError, match="KOUAN_DATA_DIR"):
        load_secrets(settings_in(tmp_path / "taken"))


def test_each_purpose_has_its_own_key() -> None:
    secrets = Secrets(b"m" * 32)

    assert len({secrets.derive(purpose) for purpose in ("audit", "web-session", "binding-code")}) == 3
    assert secrets.derive_hex("audit") == secrets.derive("audit").hex()
