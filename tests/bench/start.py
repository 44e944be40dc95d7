"""`start`: a later start of the product, until the first answer and until ready."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from bot.client import ServiceClient
from bot.errors import StartError, UnavailableError
from bot.launch import models, training
from bot.launch.parts import free_port
from bot.launch.product import Product, prepare_data_dir, product, running_product
from bot.settings import load_settings
from tests.bench.figures import Figure

_QUESTION = "进口货物几天内要申报"


async def run(progress: Callable[[str], None]) -> list[Figure]:
    """Needs a data directory whose product is not running; a first start, with training, is made when it is due."""
    settings = load_settings(port=free_port())
    if running_product(settings.data_dir) is not None:
        raise StartError("The product runs on this data directory; stop it, or name another by --data-dir.")
    prepare_data_dir(settings.data_dir)
    model = models.current_model(settings.data_dir)
    if model is None or model.content != training.wanted_content(settings.data_dir):
        progress("start: a first start, not measured")
        async with product(settings, progress):
            pass
    began = time.perf_counter()
    started = Product(settings, progress)
    starting = asyncio.create_task(started.start())
    try:
        first_s = await _first_answer(started.url, began)
        await starting
        ready_s = time.perf_counter() - began
    finally:
        starting.cancel()
        await started.stop()
    return [Figure("first answer, from search", first_s, "s"), Figure("ready", ready_s, "s")]


async def _first_answer(url: str, began: float) -> float:
    async with ServiceClient(url) as client:
        while True:
            try:
                answer = await client.say("start", _QUESTION)
            except UnavailableError:
                await asyncio.sleep(0.05)
                continue
            assert answer["replies"][0]["kind"] in {"answer", "clarify"}
            return time.perf_counter() - began
