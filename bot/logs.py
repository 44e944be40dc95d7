"""Logs: one JSON object a line, with ids, kinds, counts and seconds; never texts, names, numbers or tokens."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

from bot.settings import Settings

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}

# The last line of defence: whatever a library writes, these never reach a log.
_FORBIDDEN = (
    (re.compile(r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}"), "<token>"),  # Telegram bot token, after `bot` in an address too
    (re.compile(r"(?i)\bbearer\s+[^\s\"',]+"), "<bearer>"),
    (re.compile(r"(?<!\d)\d{18}(?!\d)"), "<declaration>"),
    (re.compile(r"\b(?:whsec_|kk_)[A-Za-z0-9+/=_-]{8,}"), "<key>"),
    (re.compile(r"(?<![0-9A-Za-z])s_[0-9a-f]{32}_[0-9a-f]{16}(?![0-9a-f])"), "<session>"),
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
        # json, not orjson: it writes whatever a library may have put in, half characters and huge numbers too.
        return redact(json.dumps(line, ensure_ascii=True, default=str))


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
    # Their lines carry the bot token or the person's text; uvicorn's own logger writes the frames of web sockets at DEBUG.
    for name in ("httpx", "httpcore", "telegram", "uvicorn.access", "aiosqlite", "websockets", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(max(logging.INFO, logging.getLevelName(settings.log_level)))
