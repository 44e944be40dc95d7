"""`./kouan train`: a candidate, compared with the model that serves, and taken without a stop when nothing falls."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversation.rasa import RasaDialogue
from bot.errors import StartError
from bot.launch import compare, models, training
from bot.launch.commands import progress
from bot.launch.environment import ensure_nlu_environment
from bot.launch.models import Model
from bot.launch.product import prepare_data_dir, product, running_product
from bot.secrets import load_secrets, rasa_token
from bot.settings import Settings

_SWITCH_LIMIT_S = 300.0


def train(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan train`, with or without --activate, --rollback, --list."""
    prepare_data_dir(settings.data_dir)
    if options.list:
        return _list(settings.data_dir)
    if options.rollback:
        return asyncio.run(_choose(settings.data_dir, models.model_before(settings.data_dir), pinned=True))
    if options.activate is not None:
        model = models.candidate(settings.data_dir, options.activate or None)
        return asyncio.run(
            _choose(settings.data_dir, model, pinned=model.content != training.wanted_content(settings.data_dir))
        )
    return asyncio.run(_train(settings))


def _list(data_dir: Path) -> int:
    choice = models.current_choice(data_dir)
    for model in models.all_models(data_dir):
        serves = choice is not None and model.path == choice.model.path
        before = choice is not None and model.name == choice.before
        print(model.name, "serves" if serves else "served before" if before else "waits", sep="  ")
    return 0


async def _train(settings: Settings) -> int:
    data_dir = settings.data_dir
    python = ensure_nlu_environment(progress)
    serving = models.current_model(data_dir)
    model = await training.train(data_dir, python, progress)
    if serving is None:
        return await _choose(data_dir, model)
    fallen = await _compare(settings, python, serving, model)
    if fallen:
        print("\n".join(["This falls, so the candidate is not taken:", *fallen]), file=sys.stderr)
        print(
            f"The model {serving.name} serves on. To take the candidate all the same: ./kouan train --activate",
            file=sys.stderr,
        )
        models.tidy(data_dir)
        print(model.path)
        return 1
    return await _choose(data_dir, model)


async def _compare(settings: Settings, python: Path, serving: Model, model: Model) -> list[str]:
    """What falls, one line each."""
    questions = compare.suites()
    zone = ZoneInfo(settings.timezone)
    async with product(settings, progress, may_train=False) as url:
        known = json.loads((settings.data_dir / "run" / "dialogue.json").read_text())
        progress(f"asking the model that serves, {serving.name}")
        dialogue = RasaDialogue(lambda: str(known["rasa_url"]), rasa_token(settings, load_secrets(settings)))
        try:
            before = await compare.figures_of(dialogue, zone, questions)
        finally:
            await dialogue.close()
        progress(f"asking the candidate, {model.name}")
        own = settings.model_copy(update={"service_url": url})
        async with compare.loaded(own, python, model, progress) as candidate:
            after = await compare.figures_of(candidate, zone, questions)
    compare.write_comparison(models.comparison_path(settings.data_dir, model), before, after)
    print(compare.table(before, after), file=sys.stderr)
    return compare.falls(before, after)


async def _choose(data_dir: Path, model: Model, *, pinned: bool = False) -> int:
    """Take a model; where the product runs, return when it serves."""
    serving = models.current_model(data_dir)
    models.take(data_dir, model, pinned=pinned)
    if running_product(data_dir) is None or serving == model:
        progress(f"the model {model.name} is chosen")
    else:
        await _until_it_serves(data_dir, model)
    print(model.path)
    return 0


async def _until_it_serves(data_dir: Path, model: Model) -> None:
    began = time.monotonic()
    progress(f"the running product loads {model.name} beside the model that serves")
    while time.monotonic() - began < _SWITCH_LIMIT_S:
        state = _model_state(data_dir)
        if state.get("serving") == model.name:
            progress(f"the model {model.name} serves, after {time.monotonic() - began:.0f} s, without a stop")
            return
        if model.name in state.get("refused", {}):
            raise StartError(f"{state['refused'][model.name]} The one before serves on.")
        await asyncio.sleep(0.25)
    raise StartError(
        f"The running product did not take {model.name} up within {_SWITCH_LIMIT_S:.0f} s; see its output."
    )


def _model_state(data_dir: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((data_dir / "run" / "model.json").read_text())
    except FileNotFoundError:
        return {}  # a product that is still starting
    return found
