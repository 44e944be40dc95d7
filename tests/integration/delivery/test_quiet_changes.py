"""What could not be changed in its place is said anew, and not at night."""

from __future__ import annotations

from datetime import timedelta

from redis.asyncio import Redis
from sqlalchemy import select, update

from bot.channels.model import Reply
from bot.delivery import audience, sweeps
from bot.delivery import store as delivery_store
from bot.delivery.channel_health import ChannelHealth
from bot.delivery.model import Action, Audience, AudienceKind, CauseKind, DeliveryState, Lane, OutgoingNotification
from bot.delivery.sender import Sender
from bot.delivery.store import Receipt
from bot.store.schema import deliveries, outbox
from tests.integration.delivery.test_holding import MORNING, NIGHT, Desk
from tests.integration.delivery.test_holding import desk as desk  # a fixture
from tests.recording import RecordingChannel


async def delivered(desk: Desk) -> int:
    """A notice that everybody has; its outbox row."""
    desk.clock.now = NIGHT - timedelta(hours=5)
    await desk.tell("n1")
    await desk.work()
    desk.clock.now = NIGHT
    async with desk.store.read() as connection:
        return int(await connection.scalar(select(outbox.c.id)) or 0)


async def correct(desk: Desk, of_id: int) -> None:
    notification = OutgoingNotification(
        CauseKind.CHANGE,
        "c1",
        Lane.BULK,
        Audience(AudienceKind.TOLD, "n1"),
        {"en": Reply(text="new")},
        action=Action.EDIT,
        of_id=of_id,
        instead={"en": Reply(text="instead")},
    )
    async with desk.store.write() as connection:
        await desk.outbox.add(connection, notification, desk.clock())


async def step(desk: Desk, sender: Sender) -> list[Receipt]:
    async with desk.store.write() as connection:
        pages = await audience.resolve_pages(connection, desk.clock())
        ids = [number for page in pages for number in page.ids]
        ids += [item.id for item in await sweeps.due_unqueued(connection, desk.clock(), {}, 100)]
        jobs = await delivery_store.claim(connection, ids, "w", desk.clock())
    receipts = [await sender.send(job) for job in jobs]
    async with desk.store.write() as connection:
        await delivery_store.write_receipts(connection, receipts, "w")
        await connection.execute(update(deliveries).values(queued_at=None))
    return receipts


async def test_a_correction_that_has_to_be_said_anew_waits_for_the_morning(desk: Desk, redis: Redis) -> None:
    sleeper, waker = await desk.person("1"), await desk.person("2")
    of_id = await delivered(desk)
    await desk.quiet(sleeper)
    channel = RecordingChannel()  # one that can change nothing
    sender = Sender(desk.store, redis, {"telegram": channel}, desk.clock, ChannelHealth(redis))
    await correct(desk, of_id)

    at_night = await step(desk, sender)
    told_at_night = [address for address, _, _ in channel.sent]
    desk.clock.now = MORNING
    in_the_morning = await step(desk, sender)

    assert sorted(receipt.state for receipt in at_night) == [DeliveryState.RETRYING, DeliveryState.SENT]
    assert told_at_night == ["2"]
    assert [(address, reply.text) for address, reply, _ in channel.sent] == [("2", "instead"), ("1", "instead")]
    assert [receipt.attempts for receipt in in_the_morning] == [1]
    assert waker.id != sleeper.id
