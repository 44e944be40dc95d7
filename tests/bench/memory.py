"""`memory`: all processes together after 1,000 questions."""

from __future__ import annotations

from collections.abc import Callable

import psutil

from bot.client import ServiceClient
from tests.bench.figures import Figure
from tests.bench.questions import questions
from tests.bench.running import running

_QUESTIONS = 1000


async def run(progress: Callable[[str], None]) -> list[Figure]:
    """Shared pages are counted once (PSS). Beside it: Rasa alone, which any bot on Rasa needs."""
    async with running(progress) as place:
        async with ServiceClient(place.url, timeout_s=60) as client:
            for number, text in enumerate(questions(_QUESTIONS), 1):
                await client.say(f"memory-{number % 50}", text)
                if number % 200 == 0:
                    progress(f"memory: {number} of {_QUESTIONS} questions")
        processes = [psutil.Process(place.pid), *psutil.Process(place.pid).children(recursive=True)]
        sizes = {process.pid: process.memory_full_info().pss / 1e6 for process in processes}
        rasa = sum(sizes[p.pid] for p in processes if "serve" in p.cmdline()[:4])
        return [Figure("all processes", sum(sizes.values()), "MB", "Rasa alone", rasa)]
