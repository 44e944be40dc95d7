"""No log line carries a token, a key, a session or a document number."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from bot.logs import JsonFormatter, configure_logging, redact
from bot.people.service import WebSessions
from bot.secrets import Secrets
from bot.settings import Settings

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
SECRETS = ("AAHdqTcv", "531620261000123456", "MfKQ9r8G", "sEcReT", "0123456789abcdef", "MSCU1234565")
SESSION = WebSessions(Secrets(b"m" * 32)).issue()


@pytest.mark.parametrize(
    "text",
    [
        f"token {TOKEN}",
        f"POST https://api.telegram.org/bot{TOKEN}/sendMessage",
        f"/file/bot{TOKEN}/photos/1.jpg",
        "declaration 531620261000123456",
        "/v1/clearance/531620261000123456/binding-codes",
        "no531620261000123456x",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "kk_0123456789abcdef0123456789abcdef_sEcReT-_x",
        "session {SESSION}",
        "web:{SESSION}?x",
        "session_{SESSION}",
        "Authorization: Bearer 0123456789abcdef",
        "container MSCU1234565",
    ],
)
def test_what_must_not_show_is_replaced(text: str) -> None:
    shown = redact(text.replace("{SESSION}", SESSION))

    assert SESSION not in shown
    assert "<" in shown
    assert not any(secret in shown for secret in SECRETS)


@pytest.mark.parametrize("text", ["delivery 17 sent in 0.2 s", "12345678901234567", "1234567890123456789", "key kept"])
def test_what_may_show_stays(text: str) -> None:
    assert redact(text) == text


def formatted(
    message: str, *arguments: object, error: BaseException | None = None, **extra: object
) -> dict[str, object]:
    record = logging.getLogger("bot.test").makeRecord(
        "bot.test",
        logging.WARNING,
        __file__,
        1,
        message,
        arguments,
        (type(error), error, None) if error else None,
        extra=extra,
    )
    line = JsonFormatter().format(record)
    assert "\n" not in line
    found: dict[str, object] = json.loads(line)
    return found


def test_a_line_is_one_object_with_time_level_and_ids() -> None:
    line = formatted("delivery %d not sent", 7, delivery=7, channel="web")

    assert (line["message"], line["level"], line["logger"]) == ("delivery 7 not sent", "WARNING", "bot.test")
    assert (line["delivery"], line["channel"]) == (7, "web")


def test_of_an_error_the_kind_stands_and_not_the_message() -> None:
    line = formatted("failed", error=ValueError("what the person wrote"))

    assert line["error"] == ["builtins.ValueError"]


def test_extra_values_are_replaced_too() -> None:
    assert formatted("x", url=f"https://t/bot{TOKEN}/x")["url"] == "https://t/bot<token>/x"


@pytest.mark.parametrize("odd", ["\ud800", "line\nbreak", "\x00", "税"])
def test_odd_characters_make_no_odd_line(odd: str) -> None:
    assert formatted("%s", odd, value=odd)["value"] == odd


def test_a_huge_number_makes_a_line() -> None:
    assert formatted("x", number=10**30)["number"] == 10**30


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """Put back as it was."""
    root = logging.getLogger()
    kept = root.handlers[:], root.level
    yield root
    root.handlers[:], level = kept
    root.setLevel(level)


@pytest.mark.parametrize(
    "name",
    [
        "httpx",
        "httpcore.http11",
        "telegram.ext",
        "aiosqlite",
        "websockets.server",
        "sqlalchemy.engine.Engine",
        "uvicorn.error",
    ],
)
def test_loggers_that_write_texts_are_silent_at_debug(
    name: str, root_logger: logging.Logger, settings: Settings
) -> None:
    configure_logging(settings.model_copy(update={"log_level": "DEBUG"}))

    assert root_logger.isEnabledFor(logging.DEBUG)
    assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)
