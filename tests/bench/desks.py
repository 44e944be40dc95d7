"""`desks`: what people get done. Each desk measures its own part in a module of its own."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Coroutine, Sequence

from tests.bench import desks_booking, desks_labels, desks_status
from tests.bench.figures import Figure

Part = Callable[[Callable[[str], None], int | None], Coroutine[None, None, list[Figure]]]

# One line for each part: its name, and a coroutine of (progress, size or None) that returns its figures.
PARTS: dict[str, Part] = {
    "booking": desks_booking.run,
    "status": desks_status.run,
    "labels": desks_labels.run,
}


async def run(progress: Callable[[str], None], options: Sequence[str] = ()) -> list[Figure]:
    """All parts, or one: `python -m tests.bench desks --part status --size 1000000`."""
    parser = argparse.ArgumentParser(prog="kouan bench desks")
    parser.add_argument("--part", choices=list(PARTS))
    parser.add_argument("--size", type=int)
    given = parser.parse_args(options)
    figures: list[Figure] = []
    for name in [given.part] if given.part else list(PARTS):
        progress(f"desks: {name}")
        figures += await PARTS[name](progress, given.size)
    return figures
