"""SQL of teams, their members, duty and canned texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language
from bot.handoff.hours import Hours, read_spans, spans_text
from bot.handoff.model import DutyKind, Function
from bot.people.model import Role, StaffMember
from bot.people.store import insert_new
from bot.store.schema import (
    addresses,
    handoff_canned,
    handoff_duty,
    handoff_members,
    handoff_teams,
    staff,
    staff_addresses,
)


@dataclass(frozen=True)
class Team:
    """One unit at the desk. port: id of its port; None: all. Times in minutes, see the table."""

    id: str
    function: Function
    port: str | None
    names: Mapping[Language, str]
    titles: Mapping[Language, str]
    hours: Hours
    untaken_minutes: int
    silent_minutes: int
    idle_minutes: int
    rank: int


@dataclass(frozen=True)
class Duty:
    """Somebody stands by. team_id: None: for all teams."""

    id: str
    kind: DutyKind
    team_id: str | None
    staff: StaffMember
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Member:
    """Somebody of a team. shown_as: what people see of them; None: the team's title. reached: they linked a chat of their own."""

    staff: StaffMember
    shown_as: str | None
    reached: bool


@dataclass(frozen=True)
class Canned:
    """A short text of the desk's own."""

    shortcut: str
    texts: Mapping[Language, str]


def _team(row: Row[Any]) -> Team:
    special = {date.fromisoformat(day): read_spans(text) for day, text in row.hours_special.items()}
    return Team(
        row.id,
        Function(row.function),
        row.port,
        row.names,
        row.titles,
        Hours(read_spans(row.hours_working), read_spans(row.hours_rest), special),
        row.untaken_minutes,
        row.silent_minutes,
        row.idle_minutes,
        row.rank,
    )


async def teams(connection: AsyncConnection) -> dict[str, Team]:
    """The teams that work, by id, in the order in which people are offered them."""
    rows = await connection.execute(
        select(handoff_teams)
        .where(handoff_teams.c.disabled_at.is_(None))
        .order_by(handoff_teams.c.rank, handoff_teams.c.id)
    )
    return {row.id: _team(row) for row in rows}


async def team(connection: AsyncConnection, team_id: str) -> Team:
    """A team of a case, also one that was taken off the desk since."""
    return _team((await connection.execute(select(handoff_teams).where(handoff_teams.c.id == team_id))).one())


async def put_team(connection: AsyncConnection, team: Team) -> None:
    """Keep a team, new or changed; one that was taken away works again."""
    values: dict[str, Any] = {
        "function": team.function,
        "port": team.port,
        "names": dict(team.names),
        "titles": dict(team.titles),
        "hours_working": spans_text(team.hours.working),
        "hours_rest": spans_text(team.hours.rest),
        "hours_special": {day.isoformat(): spans_text(spans) for day, spans in team.hours.special.items()},
        "untaken_minutes": team.untaken_minutes,
        "silent_minutes": team.silent_minutes,
        "idle_minutes": team.idle_minutes,
        "rank": team.rank,
        "disabled_at": None,
    }
    changed = await connection.execute(update(handoff_teams).where(handoff_teams.c.id == team.id).values(**values))
    if not changed.rowcount:
        await connection.execute(insert_new(connection, handoff_teams).values(id=team.id, **values))


async def has_teams(connection: AsyncConnection) -> bool:
    """Whether there ever was one."""
    return await connection.scalar(select(handoff_teams.c.id).limit(1)) is not None


async def disable_team(connection: AsyncConnection, team_id: str, at: datetime) -> bool:
    """Take a team off the desk; False when it is not on it."""
    done = await connection.execute(
        update(handoff_teams)
        .where(handoff_teams.c.id == team_id, handoff_teams.c.disabled_at.is_(None))
        .values(disabled_at=at)
    )
    return bool(done.rowcount)


async def members(connection: AsyncConnection, team_id: str) -> list[Member]:
    """Who is of a team and may log in, by name."""
    linked = select(staff_addresses.c.staff_id).where(staff_addresses.c.staff_id == staff.c.id).exists()
    rows = await connection.execute(
        select(staff.c.id, staff.c.name, staff.c.role, handoff_members.c.shown_as, linked.label("reached"))
        .join_from(handoff_members, staff)
        .where(handoff_members.c.team_id == team_id, staff.c.disabled_at.is_(None))
        .order_by(staff.c.name)
    )
    return [Member(StaffMember(row.id, row.name, Role(row.role)), row.shown_as, row.reached) for row in rows]


async def teams_of(connection: AsyncConnection, staff_id: str) -> set[str]:
    """The teams that somebody belongs to."""
    return set(
        await connection.scalars(select(handoff_members.c.team_id).where(handoff_members.c.staff_id == staff_id))
    )


async def put_member(
    connection: AsyncConnection, team_id: str, staff_id: str, shown_as: str | None, at: datetime
) -> None:
    """Take somebody into a team, or change what people see of them."""
    key = (handoff_members.c.team_id == team_id, handoff_members.c.staff_id == staff_id)
    changed = await connection.execute(update(handoff_members).where(*key).values(shown_as=shown_as))
    if not changed.rowcount:
        await connection.execute(
            insert_new(connection, handoff_members).values(
                team_id=team_id, staff_id=staff_id, shown_as=shown_as, since=at
            )
        )


async def drop_member(connection: AsyncConnection, team_id: str, staff_id: str) -> bool:
    """Take somebody out of a team; False when they were not in it."""
    done = await connection.execute(
        delete(handoff_members).where(handoff_members.c.team_id == team_id, handoff_members.c.staff_id == staff_id)
    )
    return bool(done.rowcount)


async def shown_as(connection: AsyncConnection, team_id: str, staff_id: str) -> str | None:
    """What people see of somebody; None: their team's title alone."""
    found: str | None = await connection.scalar(
        select(handoff_members.c.shown_as).where(
            handoff_members.c.team_id == team_id, handoff_members.c.staff_id == staff_id
        )
    )
    return found


async def add_duty(
    connection: AsyncConnection,
    duty_id: str,
    kind: DutyKind,
    team_id: str | None,
    staff_id: str,
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    """Put somebody on the roster."""
    await connection.execute(
        handoff_duty.insert().values(
            id=duty_id, kind=kind, team_id=team_id, staff_id=staff_id, starts_at=starts_at, ends_at=ends_at
        )
    )


async def drop_duty(connection: AsyncConnection, duty_id: str) -> bool:
    """Take a line off the roster."""
    return bool((await connection.execute(delete(handoff_duty).where(handoff_duty.c.id == duty_id))).rowcount)


async def duties(connection: AsyncConnection, after: datetime) -> list[Duty]:
    """The roster from a moment on, the earliest first; whoever may not log in any more is left out."""
    rows = await connection.execute(
        select(handoff_duty, staff.c.name, staff.c.role)
        .join_from(handoff_duty, staff)
        .where(handoff_duty.c.ends_at > after, staff.c.disabled_at.is_(None))
        .order_by(handoff_duty.c.starts_at, handoff_duty.c.id)
    )
    return [
        Duty(
            row.id,
            DutyKind(row.kind),
            row.team_id,
            StaffMember(row.staff_id, row.name, Role(row.role)),
            row.starts_at,
            row.ends_at,
        )
        for row in rows
    ]


async def on_duty(connection: AsyncConnection, kind: DutyKind, team_id: str, at: datetime) -> list[str]:
    """The ids of those who stand by for a team at a moment."""
    found = await connection.scalars(
        select(handoff_duty.c.staff_id)
        .join_from(handoff_duty, staff)
        .where(
            handoff_duty.c.kind == kind,
            handoff_duty.c.starts_at <= at,
            handoff_duty.c.ends_at > at,
            or_(handoff_duty.c.team_id.is_(None), handoff_duty.c.team_id == team_id),
            staff.c.disabled_at.is_(None),
        )
        .distinct()
    )
    return sorted(found)


async def chats_of(connection: AsyncConnection, staff_ids: Sequence[str]) -> list[str]:
    """The ids of the addresses that these members of staff linked and that can be written to."""
    found = await connection.scalars(
        select(staff_addresses.c.address_id)
        .join_from(staff_addresses, addresses, addresses.c.id == staff_addresses.c.address_id)
        .where(staff_addresses.c.staff_id.in_(list(staff_ids)), addresses.c.state == "active")
        .distinct()
    )
    return sorted(found)


async def staff_behind(connection: AsyncConnection, address_id: str) -> StaffMember | None:
    """Whose linked address it is; None: nobody's who may log in."""
    row = (
        await connection.execute(
            select(staff.c.id, staff.c.name, staff.c.role)
            .join_from(staff_addresses, staff)
            .where(staff_addresses.c.address_id == address_id, staff.c.disabled_at.is_(None))
            .order_by(staff_addresses.c.linked_at)
        )
    ).first()
    return None if row is None else StaffMember(row.id, row.name, Role(row.role))


async def all_canned(connection: AsyncConnection) -> list[Canned]:
    """The desk's own texts, by shortcut."""
    rows = await connection.execute(select(handoff_canned).order_by(handoff_canned.c.shortcut))
    return [Canned(row.shortcut, row.texts) for row in rows]


async def put_canned(connection: AsyncConnection, canned: Canned, by: str, at: datetime) -> None:
    """Keep a text, new or changed."""
    await connection.execute(delete(handoff_canned).where(handoff_canned.c.shortcut == canned.shortcut))
    await connection.execute(
        handoff_canned.insert().values(shortcut=canned.shortcut, texts=dict(canned.texts), changed_by=by, changed_at=at)
    )


async def drop_canned(connection: AsyncConnection, shortcut: str) -> bool:
    """Take a text away."""
    done = await connection.execute(delete(handoff_canned).where(handoff_canned.c.shortcut == shortcut))
    return bool(done.rowcount)
