"""`kouan staff` and `kouan key`: accounts and keys from the terminal."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys

from bot.ground import open_ground
from bot.people.model import Role, Scope
from bot.settings import Settings
from bot.store.migrate import migrate


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Password (at least 12 characters): ")
    return sys.stdin.readline().rstrip("\n")


def staff_add(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan staff add`."""

    async def add() -> None:
        await migrate(settings)
        async with open_ground(settings) as ground:
            await ground.staff.add(options.name, Role(options.role), _password(), actor="system:terminal")

    asyncio.run(add())
    print(f"{options.name} may log in as {options.role}", file=sys.stderr)
    return 0


def staff_password(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan staff password`."""

    async def change() -> None:
        await migrate(settings)
        async with open_ground(settings) as ground:
            await ground.staff.set_password(options.name, _password(), actor="system:terminal")

    asyncio.run(change())
    return 0


def key_add(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan key add`."""

    async def add() -> str:
        await migrate(settings)
        async with open_ground(settings) as ground:
            return await ground.keys.add(
                options.name, Scope(options.scope), actor="system:terminal", credit_code=options.enterprise
            )

    print(asyncio.run(add()))
    print("Keep this key: it is shown this once.", file=sys.stderr)
    return 0


def key_revoke(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan key revoke`."""

    async def revoke() -> None:
        await migrate(settings)
        async with open_ground(settings) as ground:
            await ground.keys.revoke(options.name, actor="system:terminal")

    asyncio.run(revoke())
    return 0
