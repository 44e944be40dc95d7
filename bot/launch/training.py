"""Training a model, aside from the one in use: it is put among the models only when it is whole."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import StartError
from bot.launch.environment import NLU, Progress
from bot.launch.models import Model, models_folder, new_model_path
from bot.settings import REPOSITORY
from knowledge.compile import compile_nlu, content_hash
from knowledge.load import KnowledgeError, load_knowledge
from knowledge.phrasings import phrasings_file, read_phrasings

KNOWLEDGE = REPOSITORY / "knowledge"
_PROGRESS_EVERY_S = 15.0


def wanted_content(data_dir: Path) -> str:
    """The hash of everything that a model depends on."""
    filed = phrasings_file(data_dir)
    paths = [NLU / name for name in ("config.yml", "domain", "data", "components", "uv.lock")]
    return content_hash(KNOWLEDGE, *paths, *([filed] if filed.exists() else []))[:16]


async def train(data_dir: Path, python: Path, progress: Progress) -> Model:
    """Train on the content as it is; returns a candidate that nobody serves yet.

    Raises StartError when the content is faulty or Rasa cannot train on it; the model in use is then untouched.
    """
    began = time.monotonic()
    content = wanted_content(data_dir)
    aside = models_folder(data_dir) / f"training-{os.getpid()}"
    # In a container the process number is the same at each start: one that was killed may have left its folder.
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        examples = await asyncio.to_thread(_compile, compiled_data(aside), phrasings_file(data_dir))
        progress(f"training the model on {examples} questions")
        await _run_rasa(train_command(python, aside), data_dir, progress)
        trained = aside / "out" / "model.tar.gz"
        if not trained.is_file():
            raise StartError(f"Training left no model; see {data_dir / 'logs' / 'train.log'}.")
        final = new_model_path(data_dir, f"{datetime.now(UTC):%Y%m%d%H%M%S}", content)
        trained.replace(final)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    progress(f"model trained in {time.monotonic() - began:.0f} s")
    return Model(final, content)


def _compile(target: Path, filed: Path) -> int:
    try:
        return compile_nlu(load_knowledge(KNOWLEDGE), target, read_phrasings(filed))
    except (KnowledgeError, ValueError) as error:
        raise StartError(f"The knowledge base is faulty:\n{error}") from error


def compiled_data(aside: Path) -> Path:
    """Where the compiled knowledge lies while training; nlu/components/importer.py reads files whose name ends so."""
    return aside / "compiled.jsonl"


def train_command(python: Path, aside: Path) -> list[str]:
    """How Rasa is told to train: hand-written data and compiled data together."""
    return [
        # The data are validated by the tests; validating them again would add a minute to each training.
        *(str(python), "-m", "rasa", "train", "--skip-validation", "--config", "config.yml", "--domain", "domain"),
        *("--data", "data", str(compiled_data(aside)), "--out", str(aside / "out"), "--fixed-model-name", "model"),
    ]


def rasa_environment() -> dict[str, str]:
    """Ours for Rasa: no telemetry, its components importable, TensorFlow quiet and on few threads."""
    kept = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    return kept | {
        "RASA_TELEMETRY_ENABLED": "false",
        "PYTHONPATH": str(NLU),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "OMP_NUM_THREADS": "2",
        "MALLOC_ARENA_MAX": "2",
    }


async def _run_rasa(command: list[str], data_dir: Path, progress: Progress) -> None:
    log = data_dir / "logs" / "train.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=NLU, env=rasa_environment(), stdout=file, stderr=file, stdin=asyncio.subprocess.DEVNULL
        )
        try:
            await _wait_with_progress(process, progress)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode:
        tail = log.read_text(errors="replace").strip().splitlines()[-3:]
        raise StartError(f"Training failed; see {log}. Its last lines:\n" + "\n".join(tail))


async def _wait_with_progress(process: asyncio.subprocess.Process, progress: Progress) -> None:
    began = time.monotonic()
    while True:
        try:
            await asyncio.wait_for(process.wait(), _PROGRESS_EVERY_S)
        except TimeoutError:
            progress(f"still training, {time.monotonic() - began:.0f} s")
        else:
            return
