"""The product, for a bench: the one that runs on the data directory, or one started for the bench."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.launch.product import product
from bot.settings import Settings, load_settings


@dataclass(frozen=True)
class Place:
    """Where the parts answer. pid: the launcher, whose children the parts are."""

    url: str
    rasa_url: str
    pid: int
    settings: Settings


@asynccontextmanager
async def running(progress: Callable[[str], None]) -> AsyncIterator[Place]:
    """The product and the addresses of its parts."""
    settings = load_settings()
    async with product(settings, progress) as url:
        kept = json.loads((settings.data_dir / "run" / "product.json").read_text())
        dialogue = json.loads((settings.data_dir / "run" / "dialogue.json").read_text())
        yield Place(url, dialogue["rasa_url"], kept["pid"], settings)
