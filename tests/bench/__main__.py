"""Runs one bench or all of them."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Sequence

from bot.errors import KouanError
from tests.bench import broadcast, chat, cpu, desks, fanout, ingest, lanes, memory, nlu, push, start, train
from tests.bench.figures import Figure, machine

Bench = Callable[[Callable[[str], None]], Coroutine[None, None, list[Figure]]]

BENCHES: dict[str, Bench] = {
    "chat": chat.run,
    "push": push.run,
    "memory": memory.run,
    "start": start.run,
    "train": train.run,
    "nlu": nlu.run,
}

# The engine's. Each takes options for its size: `./kouan bench fanout --size 1000000`.
SIZED: dict[str, Callable[[Callable[[str], None], Sequence[str]], Coroutine[None, None, list[Figure]]]] = {
    "broadcast": broadcast.run,
    "cpu": cpu.run,
    "lanes": lanes.run,
    "fanout": fanout.run,
    "ingest": ingest.run,
    "desks": desks.run,
}


def _table(name: str, figures: Sequence[Figure]) -> str:
    lines = [name]
    widest = max(figure.ours for figure in figures)
    for figure in figures:
        bar = "█" * max(1, round(20 * figure.ours / widest)) if widest else ""
        beside = f"  {figure.theirs:10.1f} {figure.alternative}" if figure.theirs is not None else ""
        ratio = f"  ratio {figure.ratio:.2f}" if figure.ratio is not None else ""
        lines.append(f"  {figure.name:34} {figure.ours:10.1f} {figure.unit:6} {bar:20}{beside}{ratio}")
    return "\n".join(lines)


def main() -> int:
    """Entry point; 0 when everything was measured."""
    parser = argparse.ArgumentParser(prog="kouan bench")
    parser.add_argument("name", nargs="?", choices=[*BENCHES, *SIZED])
    parser.add_argument("--json", action="store_true")
    options, sizes = parser.parse_known_args()
    if sizes and options.name not in SIZED:
        parser.error(f"unknown: {' '.join(sizes)}")
    began = time.monotonic()

    def progress(message: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {message}", file=sys.stderr, flush=True)

    documents = []
    for name in [options.name] if options.name else [*BENCHES, *SIZED]:
        where = machine()
        progress(f"bench {name}")
        try:
            figures = asyncio.run(SIZED[name](progress, sizes) if name in SIZED else BENCHES[name](progress))
        except KouanError as error:
            print(f"kouan bench {name}: {error}", file=sys.stderr)
            return 1
        documents.append({"bench": name, "figures": [figure.as_dict() for figure in figures], "machine": where})
        if not options.json:
            print(_table(name, figures), flush=True)
    if options.json:
        print(json.dumps(documents[0] if options.name else documents, ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
