"""When to try again: one function, one branch for each kind of error."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import (
    ChannelError,
    ChannelUnavailableError,
    ChatMigratedError,
    RateLimitedError,
    RecipientGoneError,
)

_DELAYS_S = (1.0, 5.0, 15.0, 60.0, 120.0)
_LONG_DELAY_S = 300.0
_ATTEMPTS_MAX = 53  # the last about 4 hours after the first


@dataclass(frozen=True)
class Again:
    """Try once more. counted: it was an attempt of ours, not a wait that the channel asked for."""

    delay_s: float
    counted: bool


@dataclass(frozen=True)
class Final:
    """Never again. reason: short and stable, for staff."""

    reason: str


def after_failure(error: ChannelError, attempts: int) -> Again | Final:
    """What follows a failed send. attempts: tries so far, this one included."""
    match error:
        case RateLimitedError():
            return Again(error.retry_after_s, counted=False)
        case ChatMigratedError():
            # A channel that answers so for ever would be asked without a pause, for ever.
            return Again(0.0, counted=True) if attempts < _ATTEMPTS_MAX else Final(error.code)
        case RecipientGoneError():
            return Final(error.reason)
        case ChannelUnavailableError():
            if attempts >= _ATTEMPTS_MAX:
                return Final("channel unavailable for 4 hours")
            return Again(_DELAYS_S[attempts - 1] if attempts <= len(_DELAYS_S) else _LONG_DELAY_S, counted=True)
        case _:
            return Final(error.code)
