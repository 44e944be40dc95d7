"""The outbox: a notification is written in the transaction of its cause, so that there is never one without the other."""

from __future__ import annotations

import logging
from datetime import datetime

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import OutgoingNotification
from bot.delivery.payload import payload_of
from bot.store.schema import outbox

logger = logging.getLogger(__name__)

WAKE_CHANNEL = "kouan:outbox"


class Outbox:
    """Where causes leave their notifications."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(self, connection: AsyncConnection, notification: OutgoingNotification, at: datetime) -> None:
        """Write a notification in the caller's transaction. Raises IntegrityError when the cause has one already."""
        await connection.execute(
            outbox.insert().values(
                cause_kind=notification.cause_kind,
                cause_id=notification.cause_id,
                lane=notification.lane,
                audience_kind=notification.audience.kind,
                audience_target=notification.audience.target,
                payload=payload_of(notification),
                action=notification.action,
                of_id=notification.of_id,
                state="pending",
                excludes=[[cause.kind, cause.id] for cause in notification.excluding] or None,
                rate_per_s=notification.rate_per_s,
                fed_at=at if notification.rate_per_s is not None else None,
                urgent_reason=notification.urgency.reason[:200] if notification.urgency else None,
                urgent_approver=notification.urgency.approved_by if notification.urgency else None,
                created_at=at,
            )
        )

    async def wake(self) -> None:
        """Tell the workers, after the commit, that there is something to do.

        Only a shortcut: workers look by themselves every second, so nothing is lost when Redis is away.
        """
        try:
            await self._redis.publish(WAKE_CHANNEL, b"1")
        except RedisError as error:
            logger.warning("workers not woken: %s", type(error).__name__)
