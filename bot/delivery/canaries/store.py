"""SQL of canaries, probes and incidents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.canaries.model import (
    CRITICAL_TOPICS,
    INCIDENT,
    Canary,
    ChannelProof,
    Incident,
    IncidentKind,
    IncidentState,
    Probe,
)
from bot.delivery.model import AudienceKind, CauseKind, DeliveryState
from bot.people.store import insert_new
from bot.store.history import Step, move, opened
from bot.store.schema import (
    addresses,
    canary_probes,
    case_history,
    deliveries,
    follows,
    incidents,
    outbox,
    persons,
    web_messages,
)


async def settle_in(connection: AsyncConnection, canary: Canary, new_ids: Sequence[str], at: datetime) -> None:
    """Make the canary, its address and its follows where they are missing. new_ids: one for each critical topic."""
    await connection.execute(
        insert_new(connection, persons).values(
            id=canary.person_id, language="zh-Hans", language_chosen=True, created_at=at
        )
    )
    await connection.execute(
        insert_new(connection, addresses).values(
            id=canary.address_id,
            person_id=canary.person_id,
            channel=canary.channel,
            address=canary.address,
            private=True,
            state="active",
            created_at=at,
        )
    )
    # Another chat may have been set for it since.
    await connection.execute(
        update(addresses)
        .where(addresses.c.person_id == canary.person_id, addresses.c.id != canary.address_id)
        .values(state="gone", note="another canary took over")
    )
    for number, topic in zip(new_ids, CRITICAL_TOPICS, strict=True):
        await connection.execute(
            insert_new(connection, follows).values(
                id=number, person_id=canary.person_id, kind="topic", target=topic, created_at=at
            )
        )


async def add_probe(connection: AsyncConnection, number: str, channel: str, at: datetime) -> bool:
    """Note a probe; False when another worker did."""
    made = await connection.scalar(
        insert_new(connection, canary_probes)
        .values(id=number, channel=channel, created_at=at)
        .returning(canary_probes.c.id)
    )
    return made is not None


async def open_probes(connection: AsyncConnection) -> list[Probe]:
    """Probes that did not arrive yet, the oldest first, with what became of their delivery."""
    rows = await connection.execute(
        select(canary_probes, deliveries.c.id.label("delivery"), deliveries.c.provider_ref, deliveries.c.sent_at)
        .outerjoin(outbox, and_(outbox.c.cause_kind == CauseKind.CANARY.value, outbox.c.cause_id == canary_probes.c.id))
        .outerjoin(
            deliveries, and_(deliveries.c.outbox_id == outbox.c.id, deliveries.c.state == DeliveryState.SENT.value)
        )
        .where(canary_probes.c.proven_at.is_(None))
        .order_by(canary_probes.c.created_at)
    )
    return [
        Probe(
            row.id,
            row.channel,
            row.created_at,
            row.failed_at is not None,
            (row.delivery, row.provider_ref or "") if row.delivery is not None else None,
            row.sent_at,
        )
        for row in rows
    ]


async def is_in_web_inbox(connection: AsyncConnection, address_id: str, delivery: int) -> bool:
    """Whether a page that is opened now would find the message."""
    return bool(
        await connection.scalar(
            select(
                exists().where(web_messages.c.address_id == address_id, web_messages.c.ref == f"delivery:{delivery}")
            )
        )
    )


async def note_proven(connection: AsyncConnection, probe: str, at: datetime) -> None:
    """It arrived."""
    await connection.execute(update(canary_probes).where(canary_probes.c.id == probe).values(proven_at=at))


async def note_failed(connection: AsyncConnection, probe: str, at: datetime) -> None:
    """It did not arrive in time."""
    await connection.execute(
        update(canary_probes)
        .where(canary_probes.c.id == probe, canary_probes.c.failed_at.is_(None))
        .values(failed_at=at)
    )


async def open_incident(
    connection: AsyncConnection, number: str, kind: IncidentKind, channel: str, why: str, at: datetime
) -> bool:
    """Begin an incident; False when one of this kind and channel is open."""
    made = await connection.scalar(
        insert_new(connection, incidents)
        .values(id=number, kind=kind, channel=channel, state=IncidentState.OPEN, opened_at=at)
        .returning(incidents.c.id)
    )
    if made is None:
        return False
    await opened(connection, INCIDENT, number, IncidentState.OPEN, Step("system", at, why))
    return True


async def close_incidents(
    connection: AsyncConnection, kind: IncidentKind, channel: str, why: str, at: datetime
) -> list[str]:
    """End what is open of a kind on a channel; returns the ids."""
    found = list(
        await connection.scalars(
            select(incidents.c.id).where(
                incidents.c.kind == kind, incidents.c.channel == channel, incidents.c.state == IncidentState.OPEN
            )
        )
    )
    for number in found:
        await move(connection, INCIDENT, number, IncidentState.CLOSED, Step("system", at, why), closed_at=at)
    return found


async def left_out(connection: AsyncConnection, canary: Canary, since: datetime, before: datetime) -> list[str]:
    """Notices to a critical topic whose audience was known by `before` and that made no delivery for the canary."""
    rows = await connection.scalars(
        select(outbox.c.cause_id)
        .join(
            follows,
            and_(
                follows.c.person_id == canary.person_id,
                follows.c.kind == "topic",
                follows.c.target == outbox.c.audience_target,
            ),
        )
        .where(
            outbox.c.audience_kind == AudienceKind.TOPIC.value,
            outbox.c.audience_target.in_(CRITICAL_TOPICS),
            outbox.c.state == "resolved",
            outbox.c.excludes.is_(None),
            outbox.c.created_at > since,
            outbox.c.created_at > follows.c.created_at,
            outbox.c.done_at < before,
            ~exists().where(deliveries.c.outbox_id == outbox.c.id, deliveries.c.person_id == canary.person_id),
        )
        .order_by(outbox.c.id)
    )
    return list(rows)


async def recent_incidents(connection: AsyncConnection, since: datetime) -> list[Incident]:
    """Those that are open, and those that ended since; the newest first."""
    rows = await connection.execute(
        select(incidents)
        .where(or_(incidents.c.state == IncidentState.OPEN, incidents.c.closed_at > since))
        .order_by(incidents.c.opened_at.desc())
    )
    return [Incident(row.id, IncidentKind(row.kind), row.channel, row.opened_at, row.closed_at) for row in rows]


async def proofs(connection: AsyncConnection) -> list[ChannelProof]:
    """The last proof of each channel that was ever probed."""
    newest = (
        select(canary_probes.c.channel, func.max(canary_probes.c.proven_at).label("at"))
        .group_by(canary_probes.c.channel)
        .subquery()
    )
    rows = await connection.execute(
        select(newest.c.channel, canary_probes.c.proven_at, canary_probes.c.created_at)
        .select_from(newest)
        .outerjoin(
            canary_probes,
            and_(canary_probes.c.channel == newest.c.channel, canary_probes.c.proven_at == newest.c.at),
        )
        .order_by(newest.c.channel)
    )
    return [
        ChannelProof(
            row.channel,
            row.proven_at,
            (row.proven_at - row.created_at).total_seconds() if row.proven_at is not None else None,
        )
        for row in rows
    ]


async def forget_before(connection: AsyncConnection, moment: datetime) -> None:
    """Delete old probes with what they left behind, and old closed incidents with their history."""
    old = select(canary_probes.c.id).where(canary_probes.c.created_at < moment)
    rows = select(outbox.c.id).where(outbox.c.cause_kind == CauseKind.CANARY.value, outbox.c.cause_id.in_(old))
    await connection.execute(delete(deliveries).where(deliveries.c.outbox_id.in_(rows)))
    await connection.execute(
        delete(outbox).where(outbox.c.cause_kind == CauseKind.CANARY.value, outbox.c.cause_id.in_(old))
    )
    await connection.execute(delete(canary_probes).where(canary_probes.c.created_at < moment))
    await connection.execute(
        delete(web_messages).where(
            web_messages.c.created_at < moment,
            web_messages.c.address_id.in_(select(addresses.c.id).join(persons).where(persons.c.id.like("canary-%"))),
        )
    )
    ended = select(incidents.c.id).where(incidents.c.state == IncidentState.CLOSED, incidents.c.closed_at < moment)
    await connection.execute(
        delete(case_history).where(case_history.c.machine == INCIDENT.name, case_history.c.case_id.in_(ended))
    )
    await connection.execute(
        delete(incidents).where(incidents.c.state == IncidentState.CLOSED, incidents.c.closed_at < moment)
    )
