"""Whether each part answers, by name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import httpx

Check = Callable[[], Awaitable[bool]]
_TIMEOUT_S = 3.0


@dataclass(frozen=True)
class Part:
    """One part. required: the service cannot do its work without it. state: whether it answered just now."""

    name: str
    required: bool
    state: Literal["up", "down"]


async def answers(url: str) -> bool:
    """Whether something at this address answers with success."""
    async with httpx.AsyncClient(timeout=_TIMEOUT_S) as http:
        return (await http.get(url)).is_success


class Health:
    """Asks every part, all at once. checks: name → (required, how to ask)."""

    def __init__(self, checks: Mapping[str, tuple[bool, Check]]) -> None:
        self._checks = checks

    async def parts(self) -> list[Part]:
        """The state of each part, in the order in which they were given."""
        answers = await asyncio.gather(*(self._ask(check) for _, check in self._checks.values()))
        return [
            Part(name, required, "up" if up else "down")
            for (name, (required, _)), up in zip(self._checks.items(), answers, strict=True)
        ]

    async def _ask(self, check: Check) -> bool:
        try:
            return await asyncio.wait_for(check(), _TIMEOUT_S)
        except Exception:  # whatever goes wrong on the way to a part, the part is down
            return False
