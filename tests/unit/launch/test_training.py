"""A model is taken when it is whole, kept while it is good, and replaced when it does not load."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from bot.errors import StartError
from bot.launch import training
from bot.launch.training import Model, current_model, fall_back, train
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
    monkeypatch.setattr(training, "_compile", lambda target: 7)
    monkeypatch.setattr(training, "wanted_content", lambda: "c" * 16)


async def test_a_model_that_is_whole_is_taken(tmp_path: Path) -> None:
    model = await train(tmp_path, fake_python(tmp_path, TRAINS), told)

    assert current_model(tmp_path) == model
    assert (model.content, model.path.read_text()) == ("c" * 16, "model")
    assert {path.name for path in (tmp_path / "models").iterdir()} == {"current.json", model.path.name}


@pytest.mark.parametrize(("code", "says"), [(FAILS, "no memory left"), (IDLES, "left no model")])
async def test_a_training_that_fails_leaves_the_model_in_use(tmp_path: Path, code: str, says: str) -> None:
    good = await train(tmp_path, fake_python(tmp_path, TRAINS), told)

    with pytest.raises(StartError, match=says):
        await train(tmp_path, fake_python(tmp_path, code), told)

    assert current_model(tmp_path) == good
    assert good.path.is_file()


async def test_what_a_killed_training_left_does_not_stop_the_next(tmp_path: Path) -> None:
    (tmp_path / "models" / f"training-{os.getpid()}" / "out").mkdir(parents=True)

    assert (await train(tmp_path, fake_python(tmp_path, TRAINS), told)).path.is_file()


def kept_models(folder: Path, *names: str) -> list[Path]:
    (folder / "models").mkdir()
    paths = [folder / "models" / f"{name}-{'a' * 16}.tar.gz" for name in names]
    sizes = [path.write_text("model") for path in paths]
    assert len(sizes) == len(names)
    return paths


def test_the_model_before_serves_when_the_newest_does_not_load(tmp_path: Path) -> None:
    old, new = kept_models(tmp_path, "20260101000000", "20260102000000")

    model = fall_back(tmp_path, Model(new, "b" * 16))

    assert model == Model(old, "a" * 16) == current_model(tmp_path)


def test_without_another_model_there_is_none_to_fall_back_on(tmp_path: Path) -> None:
    (only,) = kept_models(tmp_path, "20260101000000")

    assert fall_back(tmp_path, Model(only, "b" * 16)) is None


def test_two_models_are_kept_and_the_one_in_use_always(tmp_path: Path) -> None:
    paths = kept_models(tmp_path, "20260101000000", "20260102000000", "20260103000000", "20260104000000")

    training._take(tmp_path / "models", Model(paths[0], "a" * 16))

    assert [path.exists() for path in paths] == [True, False, True, True]


@pytest.mark.parametrize("content", [None, "", "{", "[]", "null", "{}", '{"file": "gone.tar.gz", "content": "c"}'])
def test_a_choice_that_cannot_be_read_is_none(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "current.json").write_text(content) if content is not None else None

    assert current_model(tmp_path) is None


def test_the_choice_is_written_whole(tmp_path: Path) -> None:
    (path,) = kept_models(tmp_path, "20260101000000")

    training._take(tmp_path / "models", Model(path, "a" * 16))

    assert json.loads((tmp_path / "models" / "current.json").read_text()) == {"file": path.name, "content": "a" * 16}
    assert not (tmp_path / "models" / "current.json.new").exists()


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
