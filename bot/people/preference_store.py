"""SQL of preferences, quiet hours and zones."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.preferences import Cadence, Preference, QuietHours, Wishes
from bot.people.store import insert_new
from bot.store.schema import person_settings, preferences

_SETTINGS = select(person_settings).where(person_settings.c.person_id.in_(bindparam("ids", expanding=True)))
_PREFERENCES = select(preferences).where(preferences.c.person_id.in_(bindparam("ids", expanding=True)))


async def wishes_of(connection: AsyncConnection, person_ids: Collection[str]) -> dict[str, Wishes]:
    """The wishes of those who have any, by person. Costs one look where nobody has."""
    if not person_ids:
        return {}
    settings = (await connection.execute(_SETTINGS, {"ids": list(person_ids)})).all()
    if not settings:
        return {}
    chosen: dict[str, list[Preference]] = {}
    for row in await connection.execute(_PREFERENCES, {"ids": [row.person_id for row in settings]}):
        chosen.setdefault(row.person_id, []).append(Preference(row.topic, row.channel, Cadence(row.cadence)))
    return {
        row.person_id: Wishes(
            row.zone,
            None if row.quiet_from is None else QuietHours(row.quiet_from, row.quiet_until),
            tuple(chosen.get(row.person_id, ())),
        )
        for row in settings
    }


async def set_zone(connection: AsyncConnection, person_id: str, zone: str, at: datetime) -> None:
    """Keep a person's zone."""
    await _set(connection, person_id, at, zone, {"zone": zone})


async def set_quiet(
    connection: AsyncConnection, person_id: str, quiet: QuietHours | None, zone: str, at: datetime
) -> None:
    """Keep quiet hours with the zone they are meant in, or that there are none."""
    hours = {"quiet_from": quiet.start if quiet else None, "quiet_until": quiet.until if quiet else None}
    await _set(connection, person_id, at, zone, {"zone": zone, **hours})


async def set_cadence(
    connection: AsyncConnection, person_id: str, preference: Preference, zone: str, at: datetime
) -> None:
    """Keep how often. A wish for all topics and channels takes those for single ones back. zone: where none is kept yet."""
    await _set(connection, person_id, at, zone, {})
    taken_back = delete(preferences).where(preferences.c.person_id == person_id)
    if preference.topic != "*" or preference.channel != "*":
        taken_back = taken_back.where(
            preferences.c.topic == preference.topic, preferences.c.channel == preference.channel
        )
    await connection.execute(taken_back)
    await connection.execute(
        preferences.insert().values(
            person_id=person_id,
            topic=preference.topic,
            channel=preference.channel,
            cadence=preference.cadence,
            changed_at=at,
        )
    )


async def _set(connection: AsyncConnection, person_id: str, at: datetime, zone: str, change: dict[str, Any]) -> None:
    await connection.execute(
        insert_new(connection, person_settings).values(person_id=person_id, zone=zone, changed_at=at)
    )
    await connection.execute(
        update(person_settings).where(person_settings.c.person_id == person_id).values(changed_at=at, **change)
    )
