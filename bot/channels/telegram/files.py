"""Fetches files that people sent to the bot."""

from __future__ import annotations

from telegram import Bot
from telegram.error import TelegramError

from bot.channels.telegram.mapping import to_channel_error

_DOWNLOAD_S = 60.0


async def fetch(bot: Bot, file_id: str) -> bytes:
    """The content of a file. Raises ChannelError; MessageRejectedError for one that Telegram does not hand over.

    Source: Bot API `getFile`: at most 20 MB, and its link lives an hour at least.
    """
    try:
        file = await bot.get_file(file_id)
        return bytes(await file.download_as_bytearray(read_timeout=_DOWNLOAD_S))
    except TelegramError as error:
        raise to_channel_error(error, scope="channel") from error
