"""Which model serves, which served before, which waits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.errors import StartError
from bot.launch import models
from bot.launch.models import Model


def kept(folder: Path, *stamps: str) -> list[Model]:
    """Models of those times, in that order."""
    models.models_folder(folder).mkdir()
    found = []
    for number, stamp in enumerate(stamps):
        content = f"{number:016x}"
        path = models.new_model_path(folder, stamp, content)
        path.write_text("model")
        found.append(Model(path, content))
    return found


def test_the_choice_is_read_back(tmp_path: Path) -> None:
    old, new = kept(tmp_path, "20260101000000", "20260102000000")

    models.take(tmp_path, old)
    models.take(tmp_path, new)

    choice = models.current_choice(tmp_path)
    assert choice == models.Choice(new, old.name, False)
    assert models.model_before(tmp_path) == old
    assert not (tmp_path / "models" / "current.json.new").exists()


def test_going_back_and_forth_ends_where_it_began(tmp_path: Path) -> None:
    old, new = kept(tmp_path, "20260101000000", "20260102000000")
    models.take(tmp_path, old)
    models.take(tmp_path, new)

    models.take(tmp_path, models.model_before(tmp_path), pinned=True)
    back = models.current_choice(tmp_path)
    models.take(tmp_path, models.model_before(tmp_path))

    assert back == models.Choice(old, new.name, True)
    assert models.current_choice(tmp_path) == models.Choice(new, old.name, False)


def test_taking_what_serves_already_forgets_nothing(tmp_path: Path) -> None:
    old, new = kept(tmp_path, "20260101000000", "20260102000000")
    models.take(tmp_path, old)
    models.take(tmp_path, new)

    models.take(tmp_path, new)

    assert models.model_before(tmp_path) == old


def test_what_serves_what_served_before_and_the_two_newest_are_kept(tmp_path: Path) -> None:
    serving, before, gone, *newest = kept(tmp_path, *(f"2026010{day}000000" for day in range(1, 6)))
    chosen = {"file": serving.path.name, "content": serving.content, "before": before.name}
    (tmp_path / "models" / "current.json").write_text(json.dumps(chosen))

    models.tidy(tmp_path)

    assert models.all_models(tmp_path) == [*reversed(newest), before, serving]
    assert not gone.path.exists()


def test_there_is_nothing_to_go_back_to_at_first(tmp_path: Path) -> None:
    (only,) = kept(tmp_path, "20260101000000")
    models.take(tmp_path, only)

    with pytest.raises(StartError, match="nothing to go back to"):
        models.model_before(tmp_path)


def test_the_newest_that_waits_is_the_candidate(tmp_path: Path) -> None:
    old, new = kept(tmp_path, "20260101000000", "20260102000000")
    models.take(tmp_path, old)

    assert models.candidate(tmp_path, None) == new
    assert models.candidate(tmp_path, old.name[:8]) == old


@pytest.mark.parametrize(("name", "says"), [("2027", "No model waits"), ("2026", "Several models fit")])
def test_a_name_that_fits_none_or_several_names_those_there_are(tmp_path: Path, name: str, says: str) -> None:
    old, new = kept(tmp_path, "20260101000000", "20260102000000")

    with pytest.raises(StartError, match=says) as caught:
        models.candidate(tmp_path, name)
    assert old.name in str(caught.value)
    assert new.name in str(caught.value)


def test_the_newest_other_model_takes_the_place_of_a_broken_one(tmp_path: Path) -> None:
    old, new = kept(tmp_path, "20260101000000", "20260102000000")
    models.take(tmp_path, new)

    assert models.fall_back(tmp_path, new) == old == models.current_model(tmp_path)


def test_without_another_model_there_is_none_to_fall_back_on(tmp_path: Path) -> None:
    (only,) = kept(tmp_path, "20260101000000")

    assert models.fall_back(tmp_path, only) is None


@pytest.mark.parametrize("content", [None, "", "{", "[]", "null", "{}", '{"file": "gone.tar.gz", "content": "c"}'])
def test_a_choice_that_cannot_be_read_is_none(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "models").mkdir()
    if content is not None:
        (tmp_path / "models" / "current.json").write_text(content)

    assert models.current_choice(tmp_path) is None


def test_a_choice_of_an_older_version_is_understood(tmp_path: Path) -> None:
    (only,) = kept(tmp_path, "20260101000000")
    (tmp_path / "models" / "current.json").write_text(json.dumps({"file": only.path.name, "content": only.content}))

    assert models.current_choice(tmp_path) == models.Choice(only, None, False)
