"""Telegram's refusals as ours. Source: descriptions of the Bot API server, as seen in answers; they have no codes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal

from telegram import error as tg

from bot.channels.telegram.request import FloodWaitError, NoAnswerError
from bot.errors import (
    ChannelError,
    ChannelUnavailableError,
    ChatMigratedError,
    MessageGoneError,
    MessageRejectedError,
    RateLimitedError,
    RecipientGoneError,
)

Gone = Literal["blocked", "deleted", "not_found"]

_GONE: tuple[tuple[re.Pattern[str], Gone], ...] = (
    (re.compile(r"user is deactivated|chat was deleted|chat is deactivated", re.IGNORECASE), "deleted"),
    (
        re.compile(
            r"blocked by the user|bot was kicked|not a member|not enough rights to send|have no rights to send"
            r"|need administrator rights|CHAT_WRITE_FORBIDDEN",
            re.IGNORECASE,
        ),
        "blocked",
    ),
    (
        re.compile(
            r"chat not found|user not found|PEER_ID_INVALID|chat_id is empty|can't initiate|to bots", re.IGNORECASE
        ),
        "not_found",
    ),
)
_NOT_THERE = re.compile(r"message to (edit|delete) not found|MESSAGE_ID_INVALID", re.IGNORECASE)
_TOO_LARGE = re.compile(r"entity too large|file is too big", re.IGNORECASE)


def to_channel_error(error: tg.TelegramError, *, scope: Literal["chat", "channel", "unknown"]) -> ChannelError:
    """The most specific error of ours. scope: whom a flood limit covers, which Telegram does not say."""
    match error:
        case FloodWaitError():
            return RateLimitedError(error.retry_after_s, scope)
        case tg.RetryAfter():
            wait = error.retry_after
            return RateLimitedError(wait.total_seconds() if isinstance(wait, timedelta) else float(wait), scope)
        case tg.ChatMigrated():
            return ChatMigratedError(str(error.new_chat_id))
        case tg.BadRequest() | tg.Forbidden():
            return _refusal(error)
        case tg.PassportDecryptionError():
            return MessageRejectedError(error.message)
        case tg.NetworkError() if _TOO_LARGE.search(error.message):
            return MessageRejectedError(error.message)
        case tg.TimedOut() | NoAnswerError():
            return ChannelUnavailableError(error.message, maybe_sent=True)
        case tg.NetworkError():
            return ChannelUnavailableError(error.message)
        case tg.InvalidToken():
            # Nothing is wrong with the message: it can go out once the token is right.
            return ChannelUnavailableError("Telegram refuses the bot token")
    # What is left says nothing about the message: a conflict of pollers, an unknown method, an answer that is no JSON.
    return ChannelUnavailableError(error.message)


def _refusal(error: tg.BadRequest | tg.Forbidden) -> ChannelError:
    for pattern, reason in _GONE:
        if pattern.search(error.message):
            return RecipientGoneError(reason)
    if _NOT_THERE.search(error.message):
        return MessageGoneError(error.message)
    if isinstance(error, tg.Forbidden):
        return RecipientGoneError("blocked")
    return MessageRejectedError(error.message)
