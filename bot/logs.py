"""Logs: one JSON object a line, with ids, kinds, counts and seconds; never texts, names, numbers or tokens."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime

import orjson

from bot.settings import Settings

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}

# The last line of defence: whatever a library writes, these never reach a log.
_FORBIDDEN = (
    (re.compile(r"\b\d{6,12}:[A-Za-z0-9_-]{30,}"), "<token>"),  # Telegram bot token
    (re.compile(r"(?<!\d)\d{18}(?!\d)"), "<declaration>"),
    (re.compile(r"\b(?:whsec_|kk_)[A-Za-z0-9+/=_-]{8,}"), "<key>"),
    (re.compile(r"\bs_[0-9a-f]{32}_[0-9a-f]{16}\b"), "<session>"),
    (re.compile(r"\b[A-Z]{3}[UJZ]\d{7}\b"), "<container>"),
)


def redact(text: str) -> str:
    """The text without tokens, keys, session ids and document numbers."""
    for pattern, mark in _FORBIDDEN:
        text = pattern.sub(mark, text)
    return text


class JsonFormatter(logging.Formatter):
    """One line of JSON for each record; of an exception the types and places, not the messages."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        line.update({k: v for k, v in vars(record).items() if k not in _STANDARD and isinstance(v, str | int | float)})
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _places(record.exc_info[1])
        return redact(orjson.dumps(line, default=str).decode())


def _places(error: BaseException) -> list[str]:
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return [f"{type(error).__module__}.{type(error).__qualname__}", *places[-8:]]


def configure_logging(settings: Settings) -> None:
    """Write every logger's records to standard error as JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    # Their request lines carry the bot token or the person's text.
    for name in ("httpx", "httpcore", "telegram", "uvicorn.access", "aiosqlite"):
        logging.getLogger(name).setLevel(logging.WARNING)
