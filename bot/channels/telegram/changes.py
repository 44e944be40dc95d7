"""What sending and changing messages need of ids, and which refusals are none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
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


async def delete_parts(ids: Sequence[int], delete: Callable[[int], Awaitable[None]]) -> None:
    """Delete the parts of one message. Those that are gone do not matter, unless all are: MessageGoneError then."""
    gone = 0
    for number in ids:
        try:
            await delete(number)
        except MessageGoneError:
            gone += 1
            if gone == len(ids):
                raise


def chat_id_of(address: str) -> int | str:
    """Telegram's chat id; a public name (`@channel`) stays as it is."""
    return int(address) if address.removeprefix("-").isdecimal() else address
