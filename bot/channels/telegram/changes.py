"""What the changing of sent messages needs: their ids, and which refusals are none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from telegram.error import BadRequest

from bot.channels.model import Earlier
from bot.errors import MessageGoneError


def message_ids(earlier: Earlier) -> list[int]:
    """The ids of a message's parts, in order. Raises MessageGoneError when none is known."""
    ids = [int(part) for part in earlier.provider_ref.split(",") if part.isdecimal()]
    if not ids:
        raise MessageGoneError("no id of the message is known")
    return ids


@contextmanager
def unmodified_is_fine() -> Iterator[None]:
    """An edit done already, by a worker that died before its receipt, is no error."""
    try:
        yield
    except BadRequest as error:
        if "message is not modified" not in error.message.lower():
            raise
