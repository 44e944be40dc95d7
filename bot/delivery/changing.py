"""Changing what arrived: edited or taken away where the channel can, said in a new message where it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.channels.model import Reply
from bot.channels.ports import CanDelete, CanEdit, Channel
from bot.delivery.model import Action
from bot.delivery.store import Job
from bot.errors import MessageGoneError, MessageRejectedError


class Outcome(StrEnum):
    """How the action of a delivery ended, where it ended well."""

    SENT = "sent"
    EDITED = "edited"
    DELETED = "deleted"
    GONE = "gone"
    """It was not there any more, and there was nothing to take away."""
    TOLD = "told"
    """It could not be changed, so that a new message says it; the reason stands as `failure`."""
    KEPT = "kept"
    """It could not be changed, and nothing is to be said instead; the reason stands as `failure`."""


@dataclass(frozen=True)
class Changed:
    """What came of a try. is_told: there is nothing more to send; tried: the channel was asked; reason: why it could not."""

    outcome: Outcome | None = None
    is_told: bool = False
    tried: bool = False
    reason: str | None = None
    provider_ref: str | None = None


async def changed(channel: Channel, job: Job) -> Changed:
    """Do the job's action where the channel can. Nothing is done for a send.

    Raises ChannelError for what may be tried again, and for recipients who are gone.
    """
    if job.action is Action.SEND or job.earlier is None:
        return Changed()
    ref, earlier = f"delivery:{job.id}", job.earlier
    reason = "channel cannot"
    tried = False
    if job.action is Action.DELETE and isinstance(channel, CanDelete) and channel.abilities.can_delete:
        tried = True
        try:
            await channel.delete(job.address, earlier, ref=ref)
        except MessageGoneError:
            return Changed(Outcome.GONE, is_told=True, tried=True, provider_ref=earlier.provider_ref)
        except MessageRejectedError as error:
            reason = str(error)
        else:
            return Changed(Outcome.DELETED, is_told=True, tried=True, provider_ref=earlier.provider_ref)
    if isinstance(channel, CanEdit) and channel.abilities.can_edit:
        tried = True
        try:
            await channel.edit(job.address, earlier, job.message, language=job.language, ref=ref)
        except MessageRejectedError as error:
            reason = str(error)
        else:
            # A withdrawn text too old to be taken away: words that say so stand in its place.
            was = reason if job.action is Action.DELETE else None
            return Changed(
                Outcome.EDITED, is_told=True, tried=True, reason=_short(was), provider_ref=earlier.provider_ref
            )
    if job.instead is None:
        return Changed(
            Outcome.KEPT, is_told=True, tried=tried, reason=_short(reason), provider_ref=earlier.provider_ref
        )
    return Changed(Outcome.TOLD, tried=tried, reason=_short(reason))


def said_instead(job: Job) -> Reply:
    """The message of a send, or the one that says what could not be changed."""
    return job.message if job.action is Action.SEND or job.instead is None else job.instead


def _short(reason: str | None) -> str | None:
    return reason[:64] if reason else None
