"""`kouan receipts import`: files of receipts, and tables, from the terminal."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from bot.clearance.importing import ReceiptImport
from bot.clearance.receipts import load_channels
from bot.errors import Fault, InvalidInputError
from bot.ground import Ground, open_ground
from bot.rooms.services import clearance_service
from bot.settings import Settings
from bot.store.migrate import migrate

_KINDS = frozenset({".xml", ".csv", ".txt"})
_FILE_MAX_BYTES = 100_000_000


def receipt_import(ground: Ground) -> ReceiptImport:
    """The import over one ground."""
    channels = load_channels(ground.settings.data_dir / "channels.yaml")
    return ReceiptImport(ground.store, ground.clock, clearance_service(ground), channels, ground.zone)


def import_files(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan receipts import`: 0 when every file was taken, 1 when some were not; the others are taken all the same."""
    socket = settings.data_dir / "run" / "redis.sock"
    settings = settings if settings.redis_url else settings.model_copy(update={"redis_url": f"unix://{socket}"})
    return asyncio.run(_import(_files(options.paths), settings))


async def _import(files: list[Path], settings: Settings) -> int:
    await migrate(settings)
    refused = receipts = accepted = known = 0
    skipped: dict[str, int] = {}
    async with open_ground(settings) as ground:
        importing = receipt_import(ground)
        for place, path in enumerate(files, 1):
            try:
                content = await asyncio.to_thread(_content, path)
                done = await importing.take(content, path.name)
            except InvalidInputError as error:
                refused += 1
                for fault in error.faults:
                    print(f"{path}: {fault.where}: {fault.message}", file=sys.stderr)
                continue
            receipts, accepted, known = receipts + done.receipts, accepted + done.accepted, known + done.known
            for reason, count in done.skipped.items():
                skipped[reason] = skipped.get(reason, 0) + count
            if place % 100 == 0 or place == len(files):
                print(f"{place} of {len(files)} files, {accepted} new receipts", file=sys.stderr)
    for reason, count in sorted(skipped.items()):
        print(f"skipped {count}: {reason}", file=sys.stderr)
    print(
        f"{len(files)} files: {receipts} receipts, {accepted} new, {known} files known already, {refused} files refused"
    )
    return 1 if refused else 0


def _files(paths: list[Path]) -> list[Path]:
    """The files named, and those in folders, in the order of their names. Raises InvalidInputError when there is none."""
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise InvalidInputError([Fault(str(path), "missing", "There is no such file or folder.") for path in missing])
    found: list[Path] = []
    for path in paths:
        inside = sorted(one for one in path.rglob("*") if one.is_file() and one.suffix.lower() in _KINDS)
        found += inside if path.is_dir() else [path]
    if not found:
        raise InvalidInputError([Fault("FILE", "missing", "There is no .xml, .csv or .txt file in it.")])
    return found


def _content(path: Path) -> bytes:
    if path.stat().st_size > _FILE_MAX_BYTES:
        raise InvalidInputError([Fault(path.name, "size", f"A file has at most {_FILE_MAX_BYTES} bytes.")])
    return path.read_bytes()
