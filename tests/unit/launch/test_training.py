"""A model is trained aside, and counts only when it is whole."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from bot.errors import StartError
from bot.launch import training
from bot.launch.models import current_model, take
from bot.launch.training import train
from knowledge.compile import content_hash

TRAINS = (
    "import sys, pathlib; out = pathlib.Path(sys.argv[sys.argv.index('--out') + 1]); "
    "out.mkdir(); (out / 'model.tar.gz').write_text('model')"
)
FAILS = "print('no memory left'); raise SystemExit(1)"
IDLES = ""


def fake_python(folder: Path, code: str) -> Path:
    """What stands for Rasa's Python: it runs `code` whatever it is asked for."""
    path = folder / "python"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return path


def told(message: str) -> None:
    """Progress goes nowhere."""


@pytest.fixture(autouse=True)
def small_content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The real knowledge takes long to compile, and what is trained from is not the matter here."""
    (tmp_path / "nlu").mkdir()
    monkeypatch.setattr(training, "NLU", tmp_path / "nlu")
    monkeypatch.setattr(training, "_compile", lambda target, filed: 7)
    monkeypatch.setattr(training, "wanted_content", lambda data_dir: "c" * 16)


async def test_a_model_that_is_whole_is_a_candidate(tmp_path: Path) -> None:
    model = await train(tmp_path, fake_python(tmp_path, TRAINS), told)

    assert current_model(tmp_path) is None
    assert (model.content, model.path.read_text()) == ("c" * 16, "model")
    assert {path.name for path in (tmp_path / "models").iterdir()} == {model.path.name}


@pytest.mark.parametrize(("code", "says"), [(FAILS, "no memory left"), (IDLES, "left no model")])
async def test_a_training_that_fails_leaves_the_model_in_use(tmp_path: Path, code: str, says: str) -> None:
    good = await train(tmp_path, fake_python(tmp_path, TRAINS), told)
    take(tmp_path, good)

    with pytest.raises(StartError, match=says):
        await train(tmp_path, fake_python(tmp_path, code), told)

    assert current_model(tmp_path) == good
    assert good.path.is_file()


async def test_what_a_killed_training_left_does_not_stop_the_next(tmp_path: Path) -> None:
    (tmp_path / "models" / f"training-{os.getpid()}" / "out").mkdir(parents=True)

    assert (await train(tmp_path, fake_python(tmp_path, TRAINS), told)).path.is_file()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tree" / "entries").mkdir(parents=True)
    (tmp_path / "tree" / "entries" / "a.yaml").write_text("a")
    return tmp_path / "tree"


def test_the_hash_changes_with_contents_and_names_alone(tree: Path) -> None:
    before = content_hash(tree)

    os.utime(tree / "entries" / "a.yaml", (1, 1))
    (tree / "__pycache__").mkdir()
    (tree / "__pycache__" / "x.pyc").write_bytes(b"x")
    same = content_hash(tree)
    (tree / "entries" / "a.yaml").rename(tree / "entries" / "b.yaml")
    renamed = content_hash(tree)
    (tree / "entries" / "b.yaml").write_text("b")

    assert before == same
    assert len({before, renamed, content_hash(tree)}) == 3


def test_a_path_that_is_missing_is_an_error(tree: Path) -> None:
    with pytest.raises(FileNotFoundError):
        content_hash(tree, tree / "gone")


def test_rasa_gets_no_environment_of_ours_and_sends_nothing_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/ours")
    monkeypatch.setenv("PYTHONPATH", "/ours")

    environment = training.rasa_environment()

    assert "VIRTUAL_ENV" not in environment
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"
    assert "/ours" not in environment["PYTHONPATH"]
