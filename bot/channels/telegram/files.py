"""A bot at its server, and the files that people sent to it."""

from __future__ import annotations

from telegram import Bot
from telegram.error import TelegramError
from telegram.request import BaseRequest

from bot.channels.telegram.mapping import to_channel_error

_DOWNLOAD_S = 60.0


def bot_at(api_url: str, token: str, request: BaseRequest) -> Bot:
    """The library's bot. api_url: the Bot API server, which hands out files too."""
    server = api_url.rstrip("/")
    return Bot(
        token,
        base_url=f"{server}/bot",
        base_file_url=f"{server}/file/bot",
        request=request,
        get_updates_request=request,
    )


async def fetch(bot: Bot, file_id: str) -> bytes:
    """The content of a file. Raises ChannelError; MessageRejectedError for one that Telegram does not hand over.

    Source: Bot API `getFile`: at most 20 MB, and its link lives an hour at least.
    """
    try:
        file = await bot.get_file(file_id)
        return bytes(await file.download_as_bytearray(read_timeout=_DOWNLOAD_S))
    except TelegramError as error:
        raise to_channel_error(error, scope="channel") from error
