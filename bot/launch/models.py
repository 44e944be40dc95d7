"""The models of a data directory: which one serves, which one served before, which wait for their turn.

`models/current.json` is the choice; the launcher that runs the product follows it. Everything else is read from the files.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from bot.errors import StartError

_SUFFIX = ".tar.gz"


@dataclass(frozen=True)
class Model:
    """A trained model. content: the hash of what it was trained from."""

    path: Path
    content: str

    @property
    def name(self) -> str:
        """Its file's name without the ending: when it was trained, and the content's hash."""
        return self.path.name.removesuffix(_SUFFIX)


@dataclass(frozen=True)
class Choice:
    """model: the one that serves. before: the name of the one that served before it.

    pinned: chosen by a person against what would be trained now, so the next start does not train.
    """

    model: Model
    before: str | None = None
    pinned: bool = False


def models_folder(data_dir: Path) -> Path:
    """Where the models lie."""
    return data_dir / "models"


def new_model_path(data_dir: Path, stamp: str, content: str) -> Path:
    """Where a model trained at that time from that content belongs. stamp: sorts by time."""
    return models_folder(data_dir) / f"{stamp}-{content}{_SUFFIX}"


def all_models(data_dir: Path) -> list[Model]:
    """Every model there is, the newest first."""
    paths = sorted(models_folder(data_dir).glob(f"*{_SUFFIX}"), reverse=True)
    return [Model(path, path.name.removesuffix(_SUFFIX).rpartition("-")[2]) for path in paths]


def current_choice(data_dir: Path) -> Choice | None:
    """What was chosen last; None when nothing was, or its file is gone."""
    try:
        kept = json.loads((models_folder(data_dir) / "current.json").read_text())
        model = Model(models_folder(data_dir) / kept["file"], kept["content"])
        choice = Choice(model, kept.get("before"), bool(kept.get("pinned", False)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return choice if model.path.is_file() else None


def current_model(data_dir: Path) -> Model | None:
    """The model that serves; None when there is none."""
    choice = current_choice(data_dir)
    return choice.model if choice is not None else None


def take(data_dir: Path, model: Model, *, pinned: bool = False) -> None:
    """Choose a model; the one that served before stays on disk."""
    choice = current_choice(data_dir)
    before = choice.model.name if choice is not None and choice.model.path != model.path else None
    if choice is not None and choice.model.path == model.path:
        before = choice.before
    # Written aside and renamed: a reader sees the old choice or the new one, never half of one.
    aside = models_folder(data_dir) / "current.json.new"
    aside.write_text(
        json.dumps({"file": model.path.name, "content": model.content, "before": before, "pinned": pinned})
    )
    aside.replace(models_folder(data_dir) / "current.json")
    tidy(data_dir)


def tidy(data_dir: Path) -> None:
    """Delete what nobody goes back to: all but the choice, the one before it and the two newest."""
    choice = current_choice(data_dir)
    if choice is None:
        return
    kept = {choice.model.name, choice.before}
    for model in all_models(data_dir)[2:]:
        if model.name not in kept:
            model.path.unlink()
            comparison_path(data_dir, model).unlink(missing_ok=True)


def comparison_path(data_dir: Path, model: Model) -> Path:
    """Where it stands how a candidate did beside the model that served then."""
    return models_folder(data_dir) / f"{model.name}.json"


def fall_back(data_dir: Path, broken: Model) -> Model | None:
    """The newest other model, taken in the place of one that does not load; None when there is none."""
    others = [model for model in all_models(data_dir) if model.path != broken.path]
    if not others:
        return None
    take(data_dir, others[0])
    return others[0]


def candidate(data_dir: Path, name: str | None) -> Model:
    """The model of that name (its beginning is enough), or the newest one that does not serve.

    Raises StartError that names those there are, when none or several fit.
    """
    models = all_models(data_dir)
    serving = current_model(data_dir)
    if name is None:
        found = [model for model in models if serving is None or model.path != serving.path][:1]
    else:
        found = [model for model in models if model.name.startswith(name)]
    if len(found) != 1:
        there = ", ".join(model.name for model in models) or "none"
        raise StartError(f"{'No model waits' if not found else 'Several models fit'}. There are: {there}.")
    return found[0]


def model_before(data_dir: Path) -> Model:
    """The model that served before the present one. Raises StartError when there is none."""
    choice = current_choice(data_dir)
    for model in all_models(data_dir):
        if choice is not None and model.name == choice.before:
            return model
    raise StartError("No model served before this one, so there is nothing to go back to.")
