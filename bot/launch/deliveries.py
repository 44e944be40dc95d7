"""`kouan deliveries`: what is under way, dead letters, holding and stopping, from the terminal."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable

from bot.delivery.model import DELIVERY_MEANING, Cause, CauseKind
from bot.delivery.overview import CauseLine
from bot.errors import Fault, InvalidInputError
from bot.ground import Ground, open_ground
from bot.settings import Settings
from bot.store.migrate import migrate

_ACTOR = "system:terminal"


def _run(settings: Settings, work: Callable[[Ground], Awaitable[None]]) -> int:
    async def run() -> None:
        await migrate(settings)
        async with open_ground(_with_redis(settings)) as ground:
            await work(ground)

    asyncio.run(run())
    return 0


def _with_redis(settings: Settings) -> Settings:
    """Where none is set, the Redis that `up` started on the data directory."""
    socket = settings.data_dir / "run" / "redis.sock"
    return settings if settings.redis_url else settings.model_copy(update={"redis_url": f"unix://{socket}"})


def cause_of(text: str) -> Cause:
    """`notice:4f0c…` as a cause. Raises InvalidInputError."""
    kind, _, number = text.partition(":")
    if kind not in set(CauseKind) or not number:
        kinds = ", ".join(CauseKind)
        raise InvalidInputError([Fault("CAUSE", "format", f"A cause is KIND:ID, with a kind of {kinds}.")])
    return Cause(CauseKind(kind), number)


def _line(line: CauseLine) -> str:
    counts = ", ".join(f"{number} {state}" for state, number in sorted(line.counts.items())) or "nobody yet"
    doubt = f"  ({line.uncertain} in doubt)" if line.uncertain else ""
    return f"{line.created_at:%Y-%m-%d %H:%M}  {line.cause.kind}:{line.cause.id}  {line.lane}  {line.state}  {counts}{doubt}"


def show_all(_options: argparse.Namespace, settings: Settings) -> int:
    """`kouan deliveries list`."""

    async def work(ground: Ground) -> None:
        found = await ground.delivery_overview.read()
        for lane in found.lanes:
            depth = "Redis is away" if lane.depth is None else f"{lane.depth} entries in its stream"
            print(f"lane {lane.lane} of {lane.channel}: {lane.waiting} waiting, {depth}")
        lag = "nothing is due" if found.lag_s is None else f"the oldest is due since {found.lag_s:.0f} s"
        print(f"{len(found.workers)} workers, {found.dead} dead letters, {lag}")
        for line in found.causes:
            print(_line(line))

    return _run(settings, work)


def show_one(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan deliveries show`."""

    async def work(ground: Ground) -> None:
        found = await ground.delivery_overview.delivery(options.id)
        for name, value in vars(found).items():
            print(f"{name}: {f'{value.kind}:{value.id}' if isinstance(value, Cause) else value}")
        print(DELIVERY_MEANING[found.state])

    return _run(settings, work)


def dead(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan deliveries dead`."""

    async def work(ground: Ground) -> None:
        for letter in await ground.deliveries.dead_letters(before=options.before, limit=options.limit):
            cause = f"{letter.cause.kind}:{letter.cause.id}"
            print(f"{letter.id}  {cause}  {letter.lane}/{letter.channel}  {letter.attempts} tries  {letter.reason}")

    return _run(settings, work)


def resend(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan deliveries resend`: 1 when one of them was not opened."""
    opened: list[int] = []

    async def work(ground: Ground) -> None:
        opened.extend(await ground.deliveries.send_again(options.ids))
        for number in opened:
            await _record(ground, "delivery.resend", f"delivery:{number}")
        for number in options.ids:
            print(f"{number}: {'sent again' if number in opened else 'left: not failed, or its cause was called back'}")

    _run(settings, work)
    return 0 if set(opened) == set(options.ids) else 1


def hold(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan deliveries pause`, `resume` and `stop`."""
    cause = cause_of(options.cause)

    async def work(ground: Ground) -> None:
        if options.act == "stop":
            print(f"{await ground.deliveries.stop(cause)} called back")
        else:
            await (ground.deliveries.pause if options.act == "pause" else ground.deliveries.resume)(cause)
            print(f"{options.cause}: {'held' if options.act == 'pause' else 'goes on'}")
        await _record(ground, f"delivery.{options.act}", options.cause)

    return _run(settings, work)


async def _record(ground: Ground, act: str, subject: str) -> None:
    async with ground.store.write() as connection:
        await ground.audit.record(connection, ground.clock(), _ACTOR, act, subject)
