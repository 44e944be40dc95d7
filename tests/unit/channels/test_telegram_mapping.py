"""Telegram's errors as ours."""

from __future__ import annotations

import inspect
import logging
from types import TracebackType
from typing import Any

import aiohttp
import pytest
from telegram import error as tg

from bot.channels.telegram.mapping import to_channel_error
from bot.channels.telegram.request import FloodWaitError, NoAnswerError, NotReachedError, TelegramRequest
from bot.errors import (
    ChannelError,
    ChannelUnavailableError,
    ChatMigratedError,
    MessageRejectedError,
    RateLimitedError,
    RecipientGoneError,
)


class Answers:
    """Fulfils what TelegramRequest needs of a session: one answer, or one error."""

    def __init__(self, raised: Exception | None = None, *, status: int = 200, body: bytes = b"") -> None:
        self.raised = raised
        self.status = status
        self.body = body

    def request(self, *_arguments: Any, **_more: Any) -> Answers:
        return self

    async def __aenter__(self) -> Answers:
        if self.raised is not None:
            raise self.raised
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def read(self) -> bytes:
        return self.body

    async def close(self) -> None:
        """Nothing is open."""


TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"

EXAMPLES: dict[type[tg.TelegramError], tuple[tuple[object, ...], type[ChannelError]]] = {
    tg.BadRequest: (("message is too long",), MessageRejectedError),
    tg.ChatMigrated: ((-100123,), ChatMigratedError),
    tg.Conflict: (("terminated by other getUpdates request",), ChannelUnavailableError),
    tg.EndPointNotFound: (("no such method",), ChannelUnavailableError),
    tg.Forbidden: (("Forbidden: bot was blocked by the user",), RecipientGoneError),
    tg.InvalidToken: ((), ChannelUnavailableError),
    tg.NetworkError: (("Bad Gateway",), ChannelUnavailableError),
    tg.PassportDecryptionError: (("no",), MessageRejectedError),
    tg.RetryAfter: ((7,), RateLimitedError),
    tg.TelegramError: (("Invalid server response",), ChannelUnavailableError),
    tg.TimedOut: ((), ChannelUnavailableError),
}


def library_errors() -> list[type[tg.TelegramError]]:
    return [c for _, c in inspect.getmembers(tg, inspect.isclass) if issubclass(c, tg.TelegramError)]


def test_every_error_of_the_library_has_an_example() -> None:
    assert len(library_errors()) >= 11
    assert set(library_errors()) == set(EXAMPLES)


@pytest.mark.parametrize("kind", library_errors())
def test_every_error_of_the_library_is_mapped(kind: type[tg.TelegramError], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    arguments, expected = EXAMPLES[kind]

    mapped = to_channel_error(kind(*arguments), scope="channel")  # type: ignore[arg-type]

    assert type(mapped) is expected


def test_flood_limit_keeps_its_seconds_and_scope() -> None:
    mapped = to_channel_error(FloodWaitError(12.0), scope="chat")

    assert isinstance(mapped, RateLimitedError)
    assert (mapped.retry_after_s, mapped.scope) == (12.0, "chat")


def test_migrated_group_keeps_its_new_address() -> None:
    mapped = to_channel_error(tg.ChatMigrated(-1005), scope="channel")

    assert isinstance(mapped, ChatMigratedError)
    assert mapped.new_address == "-1005"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (tg.Forbidden("Forbidden: bot was blocked by the user"), "blocked"),
        (tg.Forbidden("Forbidden: bot was kicked from the supergroup chat"), "blocked"),
        (tg.Forbidden("Forbidden: something new"), "blocked"),
        (tg.BadRequest("not enough rights to send text messages to the chat"), "blocked"),
        (tg.Forbidden("Forbidden: user is deactivated"), "deleted"),
        (tg.BadRequest("Chat not found"), "not_found"),
        (tg.Forbidden("Forbidden: bot can't initiate conversation with a user"), "not_found"),
    ],
)
def test_recipient_that_is_gone_says_why(error: tg.TelegramError, reason: str) -> None:
    mapped = to_channel_error(error, scope="channel")

    assert isinstance(mapped, RecipientGoneError)
    assert mapped.reason == reason


def test_upload_that_is_too_large_is_never_tried_again() -> None:
    mapped = to_channel_error(tg.NetworkError("Request Entity Too Large (413)"), scope="channel")

    assert isinstance(mapped, MessageRejectedError)


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (aiohttp.SocketTimeoutError(f"no answer from https://api/bot{TOKEN}/x"), tg.TimedOut),
        (aiohttp.ConnectionTimeoutError(f"no way to https://api/bot{TOKEN}/x"), NotReachedError),
        (aiohttp.ClientOSError(f"cut: https://api/bot{TOKEN}/x"), NoAnswerError),
        (RuntimeError(f"odd: https://api/bot{TOKEN}/x"), NoAnswerError),
    ],
)
async def test_no_error_and_no_log_line_holds_the_token(
    raised: Exception, expected: type[tg.TelegramError], caplog: pytest.LogCaptureFixture
) -> None:
    request = TelegramRequest(session=Answers(raised))  # type: ignore[arg-type]

    with caplog.at_level(logging.INFO), pytest.raises(expected) as caught:
        await request.post(f"https://api.invalid/bot{TOKEN}/getMe")

    await request.shutdown()
    assert TOKEN not in f"{caught.value}{caught.value.__cause__}{caplog.text}"
    assert caught.value.__suppress_context__ or caught.value.__cause__ is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"ok": true, "resu'])
async def test_garbage_is_an_error_and_is_not_logged(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    request = TelegramRequest(session=Answers(body=body))  # type: ignore[arg-type]

    with pytest.raises(tg.TelegramError, match="Invalid server response"):
        await request.post("https://api.invalid/getMe")

    await request.shutdown()
    assert "html" not in caplog.text


async def test_flood_answer_of_a_proxy_without_a_time_waits_a_second() -> None:
    request = TelegramRequest(session=Answers(status=429, body=b"slow down"))  # type: ignore[arg-type]

    with pytest.raises(FloodWaitError) as caught:
        await request.post("https://api.invalid/getMe")

    await request.shutdown()
    assert caught.value.retry_after_s == 1.0
