"""`train`: the time to train a model on all content."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bot.launch.environment import ensure_nlu_environment
from bot.launch.training import train
from tests.bench.figures import Figure


async def run(progress: Callable[[str], None]) -> list[Figure]:
    """In a folder of its own: the model that serves is left alone."""
    python = await asyncio.to_thread(ensure_nlu_environment, progress)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        model = await train(Path(folder), python, progress)
        seconds = time.perf_counter() - began
        size_mb = model.path.stat().st_size / 1e6
    return [Figure("training", seconds, "s"), Figure("model", size_mb, "MB")]
