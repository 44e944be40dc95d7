"""`kouan labels`: verify a code without network, and the signing keys, from the terminal."""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.desks.labels.codes import CodeRefusedError, LabelCode, PublicKey, verify
from bot.desks.labels.keys import LabelKeys
from bot.desks.labels.model import serial_text
from bot.desks.labels.proof import ProofService
from bot.desks.labels.verify_routes import LabelKeysPublic, key_public
from bot.desks.labels.words import load_label_words
from bot.errors import Fault, InvalidInputError
from bot.ground import Ground, open_ground
from bot.settings import Settings
from bot.store.migrate import migrate

_ACTOR = "system:terminal"


def verify_code(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan labels verify`: 0 when the code holds and was not revoked, 1 otherwise."""
    if options.keys is not None:
        try:
            _say(verify(options.code, _keys_of(options.keys)))
        except CodeRefusedError as error:
            print(f"refused: {error.fault}")
            return 1
        print("state: not asked (keys from a file)")
        return 0
    holds: list[bool] = []

    async def work(ground: Ground) -> None:
        service = ProofService(ground.store, ground.clock, _keys(ground), load_label_words(), None)
        proof = await service.check(options.code)
        if proof.fault is not None or proof.code is None:
            print(f"refused: {proof.fault}")
            holds.append(False)
            return
        _say(proof.code)
        print(f"state: {proof.state}{'' if proof.in_time else ', not in time'}")
        holds.append(proof.state != "revoked")

    _run(settings, work)
    return 0 if holds == [True] else 1


def show_keys(_options: argparse.Namespace, settings: Settings) -> int:
    """`kouan labels keys`."""

    async def work(ground: Ground) -> None:
        found = LabelKeysPublic(keys=[key_public(key) for key in await _keys(ground).published()])
        print(found.model_dump_json(indent=2))

    return _run(settings, work)


def rotate(_options: argparse.Namespace, settings: Settings) -> int:
    """`kouan labels rotate`."""

    async def work(ground: Ground) -> None:
        key = await _keys(ground).rotate(actor=_ACTOR)
        print(f"{key.id} signs from now on")

    return _run(settings, work)


def revoke_key(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan labels revoke-key`."""

    async def work(ground: Ground) -> None:
        await _keys(ground).revoke(options.id, options.why, actor=_ACTOR)
        print(f"{options.id} is revoked: nothing that it signed holds")

    return _run(settings, work)


def _say(code: LabelCode) -> None:
    print(f"genuine: {serial_text(code.event_code, code.serial_no)}, package {code.package} of {code.packages}")
    print(f"valid {code.valid_from} to {code.valid_until}, goods check {code.line_hash.hex(' ', 2)}, key {code.key_id}")


def _keys(ground: Ground) -> LabelKeys:
    return LabelKeys(ground.store, ground.clock, ground.secrets, ground.audit)


def _keys_of(file: Path) -> dict[str, PublicKey]:
    """Raises InvalidInputError for a file that holds no keys."""
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))["keys"]
        keys = [PublicKey(one["kid"], base64.urlsafe_b64decode(one["x"] + "=="), bool(one["revoked"])) for one in raw]
    except (OSError, ValueError, KeyError, TypeError, binascii.Error) as error:
        raise InvalidInputError(
            [Fault("--keys", "format", f"{file} holds no keys as /v1/labels/keys gives them.")]
        ) from error
    return {key.id: key for key in keys}


def _run(settings: Settings, work: Callable[[Ground], Awaitable[None]]) -> int:
    async def run() -> None:
        await migrate(settings)
        async with open_ground(settings) as ground:
            await work(ground)

    asyncio.run(run())
    return 0
