"""`nlu`: how long understanding one message takes, and training, beside Rasa's DIET on the same machine in the same run."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.errors import StartError
from bot.launch.environment import ensure_nlu_environment
from bot.launch.training import KNOWLEDGE, rasa_environment, train
from bot.settings import REPOSITORY
from knowledge.compile import compile_nlu
from knowledge.load import load_knowledge
from tests.bench.figures import Figure, percentile
from tests.bench.questions import questions

_WORKER = REPOSITORY / "tests" / "nlu" / "measure_parse.py"
_TEXTS = 300
# DIET on all examples takes more than a quarter of an hour an epoch; its speed of reading does not hang on how well it learned.
_DIET = "DIET alone, trained on a tenth of the examples, 1 epoch"


async def run(progress: Callable[[str], None]) -> list[Figure]:
    """In a folder of its own; both models are in one process and are asked in turn, text by text."""
    python = await asyncio.to_thread(ensure_nlu_environment, progress)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        model = await train(folder, python, progress)
        training_s = time.perf_counter() - began
        compile_nlu(load_knowledge(KNOWLEDGE), folder / "compiled.jsonl")
        (folder / "texts.json").write_text(json.dumps(questions(_TEXTS)), encoding="utf-8")
        progress("nlu: training DIET and asking both")
        measured = await _measure(python, model.path, folder)
    ours, theirs = measured["ours"], measured["diet"]
    return [
        *(
            Figure(
                f"parse p{share}",
                percentile(ours, share / 100) * 1000,
                "ms",
                _DIET,
                percentile(theirs, share / 100) * 1000,
            )
            for share in (50, 95)
        ),
        Figure("training on all examples", training_s, "s", "limit", 300.0),
        Figure("memory the classifier adds", measured["memory_mb"], "MB"),
        Figure("model", measured["model_mb"], "MB"),
    ]


async def _measure(python: Path, model: Path, folder: Path) -> dict[str, Any]:
    """What the worker prints. Raises StartError with its last lines when it failed."""
    environment = rasa_environment()
    environment["PYTHONPATH"] += f":{_WORKER.parent}"
    command = [str(python), str(_WORKER), str(model), str(folder)]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=REPOSITORY / "nlu",
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, told = await process.communicate()
    if process.returncode:
        raise StartError("Measuring failed:\n" + "\n".join(told.decode(errors="replace").strip().splitlines()[-5:]))
    result: dict[str, Any] = json.loads(printed.decode().strip().splitlines()[-1])
    return result
