"""Values of the conversation room."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.channels.model import Language, Reply

AnsweredBy = Literal["dialogue", "search", "person"]

HANDLED_KINDS = frozenset({"answer", "clarify", "task", "chitchat"})

_PAYLOAD_ENTRY = re.compile(r"e:([a-z0-9-]{1,48})")
_PAYLOAD_TASK = re.compile(r"t:([a-z_]{1,40})(?::(.{1,200}))?", re.DOTALL)
_PAYLOAD_ASK = re.compile(r"ask:(.{1,290})", re.DOTALL)

# What may stand after `t:`. Payloads come from outside: any other name would reach intents that no button starts, such as
# Rasa's own restart, and be answered with silence.
TASKS = frozenset(
    {
        "calculate",
        "change_language",
        "check_number",
        "clearance_query",
        "follow_shipment",
        "form",
        "guide",
        "help",
        "human_handoff",
        "latest_notices",
        "may_i_bring",
        "my_follows",
        "none_of_these",
        "origin_guide",
        "stop_all",
        "subscribe_topic",
        "unfollow_shipment",
        "unsubscribe_topic",
        "why_told",
    }
)

# Rasa takes off every kind of white space before it looks for the slash.
_SLASHES = re.compile(r"[\s/\uff0f]+")


@dataclass(frozen=True)
class Turn:
    """The answer to one message. handled: somebody was helped, not merely told that we cannot."""

    replies: list[Reply]
    language: Language
    by: AnsweredBy

    @property
    def handled(self) -> bool:
        """Whether any reply is an answer, a question back, a task or small talk."""
        return any(reply.kind in HANDLED_KINDS for reply in self.replies)


def rasa_message(text: str | None, payload: str | None) -> str:
    """What Rasa gets for a text or a button's payload.

    Rasa reads a leading `/` as an intent of its own naming, so no text from outside may begin with one. Raises ValueError
    for a payload of no known form.
    """
    if payload is None:
        return _without_slashes(text or "")
    if match := _PAYLOAD_ASK.fullmatch(payload):
        if question := _without_slashes(match[1]):
            return question
        raise ValueError("a button that asks nothing")
    if match := _PAYLOAD_ENTRY.fullmatch(payload):
        return f'/show_entry{{"entry": "{match[1]}"}}'
    if (match := _PAYLOAD_TASK.fullmatch(payload)) and match[1] in TASKS:
        argument = match[2]
        if argument is None:
            return f"/{match[1]}"
        # Rasa's parser takes flat JSON: quotes, backslashes and braces of an argument cannot pass and mean nothing in ours.
        clean = re.sub(r'["\\{}\x00-\x1f]', " ", argument)
        return f'/{match[1]}{{"argument": "{clean}"}}'
    raise ValueError("not a button of ours")


def _without_slashes(text: str) -> str:
    match = _SLASHES.match(text)
    return text[match.end() :] if match else text


class RecentLanguages:
    """The language that each conversation used last, for texts that carry none ("OK", a number). Bounded, in memory."""

    def __init__(self, limit: int = 50_000) -> None:
        self._limit = limit
        self._languages: OrderedDict[str, Language] = OrderedDict()

    def get(self, key: str) -> Language | None:
        """The language used last, or None."""
        return self._languages.get(key)

    def set(self, key: str, language: Language) -> None:
        """Remember a language; the conversation longest silent is forgotten when there are too many."""
        self._languages[key] = language
        self._languages.move_to_end(key)
        if len(self._languages) > self._limit:
            self._languages.popitem(last=False)


class CircuitBreaker:
    """Leaves a failing part alone: after `failures` in a row it is closed off for `pause_s`, then one try decides."""

    def __init__(self, failures: int, pause_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._failures = failures
        self._pause_s = pause_s
        self._monotonic = monotonic
        self._in_a_row = 0
        self._open_until = 0.0

    def allows(self) -> bool:
        """Whether to try now. While closed off only the first caller after the pause gets through."""
        if self._in_a_row < self._failures:
            return True
        now = self._monotonic()
        if now < self._open_until:
            return False
        self._open_until = now + self._pause_s
        return True

    def succeeded(self) -> None:
        """The part answered."""
        self._in_a_row = 0

    def failed(self) -> None:
        """The part did not answer."""
        self._in_a_row += 1
        if self._in_a_row >= self._failures:
            self._open_until = self._monotonic() + self._pause_s
