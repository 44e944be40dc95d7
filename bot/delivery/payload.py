"""How the messages of a cause are kept: by language; variants and the message in place of a change under names of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.channels.model import Language, Reply
from bot.delivery.model import OutgoingNotification

_INSTEAD = "#instead"


def payload_of(notification: OutgoingNotification) -> dict[str, Any]:
    """A notification's messages as the outbox keeps them. The languages of `texts` come first."""
    payload: dict[str, Any] = _as_json(notification.texts)
    for number, texts in notification.variants.items():
        payload[f"#{number}"] = _as_json(texts)
    if notification.instead:
        payload[_INSTEAD] = _as_json(notification.instead)
    return payload


def message_in(payload: Mapping[str, Any], language: str | None, variant: int = 0) -> tuple[Language, Reply]:
    """The message for a reader: their language where there is one, else the first; of their variant where it has one."""
    return _chosen(payload.get(f"#{variant}", payload), language)


def instead_in(payload: Mapping[str, Any], language: str | None) -> Reply | None:
    """What is sent where the earlier message cannot be changed; None when there is nothing."""
    texts = payload.get(_INSTEAD)
    return _chosen(texts, language)[1] if texts else None


def with_messages(notification: OutgoingNotification, payload: Mapping[str, Any]) -> OutgoingNotification:
    """A notification with the messages that were kept as `payload_of` makes them."""
    return replace(
        notification,
        texts=_replies({name: raw for name, raw in payload.items() if not name.startswith("#")}),
        variants={
            int(name[1:]): _replies(raw) for name, raw in payload.items() if name[:1] == "#" and name != _INSTEAD
        },
        instead=_replies(payload.get(_INSTEAD, {})),
    )


def _replies(raw: Mapping[str, Any]) -> dict[Any, Reply]:
    return {language: Reply.model_validate(reply) for language, reply in raw.items()}


def _chosen(texts: Mapping[str, Any], language: str | None) -> tuple[Language, Reply]:
    found: Any = language if language in texts else next(iter(texts))
    return found, Reply.model_validate(texts[found])


def _as_json(texts: Mapping[Language, Reply]) -> dict[str, Any]:
    return {language: reply.model_dump(mode="json", exclude_none=True) for language, reply in texts.items()}
