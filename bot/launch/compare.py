"""A candidate beside the model that serves: the same questions to both, and whether anything falls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversation.rasa import RasaDialogue
from bot.errors import NluUnavailableError, StartError
from bot.launch.environment import Progress
from bot.launch.evaluate import Answered, Question, judge, read_questions, report
from bot.launch.models import Model
from bot.launch.parts import actions_part, free_port, rasa_part
from bot.launch.supervisor import Supervisor
from bot.secrets import load_secrets, rasa_token
from bot.settings import REPOSITORY, Settings
from knowledge.text import detect_language

SUITES = REPOSITORY / "tests" / "data"
_AT_ONCE = 4
_TIMEOUT_S = 30.0
_LOAD_LIMIT_S = 180.0
# Which way each figure is better.
_BETTER = {"topic_accuracy": 1, "out_of_scope_recall": 1, "wrongly_refused": -1}

Figures = Mapping[str, Mapping[str, Any]]


def suites(folder: Path = SUITES) -> dict[str, list[Question]]:
    """The questions that models are compared on, by suite. Raises StartError when there is none."""
    found = {path.stem: read_questions(path) for path in sorted(folder.glob("*.jsonl"))}
    if not found:
        raise StartError(f"There are no questions in {folder} to compare models on; use --activate.")
    return found


async def put_all(dialogue: RasaDialogue, questions: Sequence[Question], zone: ZoneInfo) -> list[Answered]:
    """Put every question to a Rasa, each in a conversation of its own. A question without an answer counts as refused."""
    gate = asyncio.Semaphore(_AT_ONCE)
    today = datetime.now(zone).date()

    async def say(key: str, text: str) -> list[dict[str, Any]]:
        language = detect_language(text, "zh-Hans")
        try:
            replies = await dialogue.answer(key, text, language, today=today, timeout_s=_TIMEOUT_S)
        except NluUnavailableError:
            return []
        return [reply.model_dump() for reply in replies]

    async def one(number: int, question: Question) -> Answered:
        async with gate:
            key = f"compare-{id(dialogue):x}-{number}"
            if question.context is not None:
                await say(key, question.context)
            return Answered(question, *judge(await say(key, question.text)), 0.0)

    return list(await asyncio.gather(*(one(number, question) for number, question in enumerate(questions))))


@asynccontextmanager
async def loaded(settings: Settings, python: Path, model: Model, progress: Progress) -> AsyncIterator[RasaDialogue]:
    """A model in processes of its own, beside whatever serves, while the context lasts.

    settings: whose service_url is the running service. Raises StartError when the model does not load.
    """
    urls = {"rasa_url": f"http://127.0.0.1:{free_port()}", "actions_url": f"http://127.0.0.1:{free_port()}"}
    own = settings.model_copy(update=urls)
    folder = settings.data_dir / "compare"
    supervisor = Supervisor(folder, lambda name, code: progress(f"{name} ended with {code}"))
    dialogue = RasaDialogue(lambda: urls["rasa_url"], rasa_token(settings, load_secrets(settings)))
    try:
        supervisor.start(actions_part(own))
        supervisor.start(rasa_part(own, python, model.path, int(urls["rasa_url"].rpartition(":")[2])))
        await _until_loaded(dialogue, model, folder)
        yield dialogue
    finally:
        await dialogue.close()
        await supervisor.stop_all(("rasa", "actions"))


async def _until_loaded(dialogue: RasaDialogue, model: Model, folder: Path) -> None:
    try:
        async with asyncio.timeout(_LOAD_LIMIT_S):
            while not await dialogue.ready():  # noqa: ASYNC110 - another process: nothing of ours is set when it is loaded
                await asyncio.sleep(0.25)
    except TimeoutError as error:
        raise StartError(f"The model {model.name} does not load; see {folder / 'logs'}.") from error


async def figures_of(dialogue: RasaDialogue, zone: ZoneInfo, questions: Mapping[str, Sequence[Question]]) -> Figures:
    """Each suite's figures by language and in all, as `suite/language` → figures."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, lines in questions.items():
        result = report(await put_all(dialogue, lines, zone))
        found[f"{name}/all"] = result["all"]
        found |= {f"{name}/{language}": figures for language, figures in result["by_language"].items()}
    return found


def falls(before: Figures, after: Figures) -> list[str]:
    """What is worse afterwards, one line each; empty when nothing is."""
    return [
        f"{name}: {figure} {before[name][figure]:.3f} → {after[name][figure]:.3f}"
        for name in after
        for figure, better in _BETTER.items()
        if name in before
        and before[name][figure] is not None
        and better * after[name][figure] < better * before[name][figure]
    ]


def table(before: Figures, after: Figures) -> str:
    """Both beside each other, for a terminal."""
    head = f"{'suite':34} {'topic accuracy':>18} {'out of scope':>18} {'wrongly refused':>18}"
    return "\n".join([head, *(f"{name:34}{_cells(before.get(name, {}), after[name])}" for name in after)])


def _cells(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    return "".join(f" {_share(before.get(figure)):>8} → {_share(after[figure]):>7}" for figure in _BETTER)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def write_comparison(path: Path, before: Figures, after: Figures) -> None:
    """Keep the result beside the model."""
    path.write_text(json.dumps({"before": before, "after": after, "falls": falls(before, after)}, indent=1))
