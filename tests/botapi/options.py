"""What a local Bot API server is started with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DEFAULT_TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"  # the shape of a token; opens nothing
BOT_USERNAME = "kouan_test_bot"


@dataclass
class Options:
    """Limits as Telegram documents them; a zero switches a limit off.

    rate_per_s: messages a second over all chats.
    window: `sliding` refuses the message that would be one too many within any last second; `bucket` allows a burst
        of `rate_per_s` and refills evenly.
    chat_interval_s: seconds between two messages to one private chat; chat_burst: how many may come at once.
    group_per_min: messages a minute to one group.
    latency_ms, jitter_ms: one way each, before and after the work; jitter is uniform from 0.
    strict_chats: only chats that were added or that wrote are known; otherwise every id is.
    keep_sent: remember every message (a bench may switch it off and read the counters).
    """

    token: str = DEFAULT_TOKEN
    rate_per_s: float = 30
    window: Literal["sliding", "bucket"] = "sliding"
    chat_interval_s: float = 1.0
    chat_burst: int = 3
    group_per_min: int = 20
    latency_ms: float = 0
    jitter_ms: float = 0
    strict_chats: bool = False
    keep_sent: bool = True
    webhook_retry_s: float = 0.1

    @classmethod
    def unlimited(cls) -> Options:
        """No limit at all, for tests whose subject is another."""
        return cls(rate_per_s=0, chat_interval_s=0, group_per_min=0)
