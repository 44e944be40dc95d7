"""SQL of events, exhibitors, goods lists and uploads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.labels.lives_model import ApplicationState, EventState
from bot.desks.labels.model import Application, Event, Exhibitor
from bot.people.model import new_id
from bot.store.schema import (
    enterprises,
    expo_events,
    expo_exhibitors,
    expo_labels,
    goods_uploads,
    label_applications,
)

_CHUNK = 1000


def _events() -> Select[Any]:
    return select(expo_events, enterprises.c.name.label("organiser")).join_from(expo_events, enterprises)


def _event(row: Row[Any]) -> Event:
    return Event(
        id=row.id,
        code=row.code,
        enterprise_id=row.enterprise_id,
        organiser=row.organiser,
        name=row.name,
        venue=row.venue,
        opens_on=row.opens_on,
        closes_on=row.closes_on,
        guarantee_no=row.guarantee_no,
        title=row.design["title"],
        colour=row.design["colour"],
        note=row.design["note"],
        state=EventState(row.state),
        created_by=row.created_by,
        created_at=row.created_at,
        reasons=tuple(row.reasons),
    )


async def add_event(connection: AsyncConnection, event: Event, person_id: str | None) -> bool:
    """Keep a new event; False when its code is taken."""
    values = {name: getattr(event, name) for name in ("id", "code", "enterprise_id", "name", "venue", "guarantee_no")}
    try:
        async with connection.begin_nested():
            await connection.execute(
                expo_events.insert().values(
                    **values,
                    opens_on=event.opens_on,
                    closes_on=event.closes_on,
                    design={"title": event.title, "colour": event.colour, "note": event.note},
                    next_serial=1,
                    state=event.state,
                    reasons=[],
                    person_id=person_id,
                    created_by=event.created_by,
                    created_at=event.created_at,
                )
            )
    except IntegrityError:
        return False
    return True


async def event_of(connection: AsyncConnection, event_id: str) -> Event | None:
    """One event."""
    row = (await connection.execute(_events().where(expo_events.c.id == event_id))).one_or_none()
    return _event(row) if row else None


async def event_by_code(connection: AsyncConnection, code: str) -> Event | None:
    """One event by its code."""
    row = (await connection.execute(_events().where(expo_events.c.code == code.upper()))).one_or_none()
    return _event(row) if row else None


async def events(
    connection: AsyncConnection, *, states: Sequence[EventState] = tuple(EventState), firms: Sequence[str] | None = None
) -> list[Event]:
    """Events, the newest first. firms: only of these organisers."""
    query = _events().where(expo_events.c.state.in_(states)).order_by(expo_events.c.created_at.desc(), expo_events.c.id)
    if firms is not None:
        query = query.where(expo_events.c.enterprise_id.in_(firms))
    return [_event(row) for row in await connection.execute(query)]


def _exhibitors() -> Select[Any]:
    return select(expo_exhibitors, enterprises.c.name.label("firm")).join_from(expo_exhibitors, enterprises)


def _exhibitor(row: Row[Any]) -> Exhibitor:
    names = ("id", "event_id", "enterprise_id", "firm", "name", "stand", "guarantee_no", "person_id")
    return Exhibitor(**{name: getattr(row, name) for name in names})


async def add_exhibitor(connection: AsyncConnection, exhibitor: Exhibitor, at: datetime) -> bool:
    """Keep a registration; False when the firm has one for that stand."""
    names = ("id", "event_id", "enterprise_id", "name", "stand", "guarantee_no", "person_id")
    try:
        async with connection.begin_nested():
            await connection.execute(
                expo_exhibitors.insert().values(**{name: getattr(exhibitor, name) for name in names}, created_at=at)
            )
    except IntegrityError:
        return False
    return True


async def exhibitor_of(connection: AsyncConnection, exhibitor_id: str) -> Exhibitor | None:
    """One registration."""
    row = (await connection.execute(_exhibitors().where(expo_exhibitors.c.id == exhibitor_id))).one_or_none()
    return _exhibitor(row) if row else None


async def exhibitors(
    connection: AsyncConnection, *, event_id: str | None = None, firms: Sequence[str] | None = None
) -> list[Exhibitor]:
    """Registrations, oldest first."""
    query = _exhibitors().order_by(expo_exhibitors.c.created_at, expo_exhibitors.c.id)
    if event_id is not None:
        query = query.where(expo_exhibitors.c.event_id == event_id)
    if firms is not None:
        query = query.where(expo_exhibitors.c.enterprise_id.in_(firms))
    return [_exhibitor(row) for row in await connection.execute(query)]


async def add_application(
    connection: AsyncConnection, exhibitor: Exhibitor, person_id: str | None, at: datetime
) -> str:
    """Begin a goods list; returns its id."""
    application_id = new_id()
    await connection.execute(
        label_applications.insert().values(
            id=application_id,
            event_id=exhibitor.event_id,
            exhibitor_id=exhibitor.id,
            enterprise_id=exhibitor.enterprise_id,
            person_id=person_id,
            state=ApplicationState.DRAFT,
            reasons=[],
            created_at=at,
        )
    )
    return application_id


def _applications() -> Select[Any]:
    lines = (
        select(func.count())
        .where(expo_labels.c.application_id == label_applications.c.id)
        .scalar_subquery()
        .label("lines")
    )
    loading = (
        select(func.coalesce(func.sum(goods_uploads.c.total - goods_uploads.c.done), 0))
        .where(goods_uploads.c.application_id == label_applications.c.id)
        .scalar_subquery()
        .label("loading")
    )
    return select(label_applications, lines, loading)


def _application(row: Row[Any]) -> Application:
    names = ("id", "event_id", "exhibitor_id", "enterprise_id", "person_id", "lines")
    moments = ("created_at", "submitted_at", "decided_at")
    return Application(
        **{name: getattr(row, name) for name in (*names, *moments)},
        loading=int(row.loading),
        state=ApplicationState(row.state),
        reasons=tuple(row.reasons),
    )


async def application_of(connection: AsyncConnection, application_id: str, *, lock: bool = False) -> Application | None:
    """One goods list. lock: nobody else changes it until the transaction ends."""
    if lock:
        await connection.execute(
            select(label_applications.c.id).where(label_applications.c.id == application_id).with_for_update()
        )
    row = (await connection.execute(_applications().where(label_applications.c.id == application_id))).one_or_none()
    return _application(row) if row else None


async def applications(
    connection: AsyncConnection,
    *,
    event_id: str | None = None,
    firms: Sequence[str] | None = None,
    states: Sequence[ApplicationState] = tuple(ApplicationState),
    limit: int = 100,
) -> list[Application]:
    """Goods lists, the newest first."""
    query = _applications().where(label_applications.c.state.in_(states))
    if event_id is not None:
        query = query.where(label_applications.c.event_id == event_id)
    if firms is not None:
        query = query.where(label_applications.c.enterprise_id.in_(firms))
    newest = (label_applications.c.created_at.desc(), label_applications.c.id)
    return [_application(row) for row in await connection.execute(query.order_by(*newest).limit(limit))]


async def note_reasons(connection: AsyncConnection, application_id: str, reasons: Sequence[Mapping[str, str]]) -> None:
    """What was told when a list was returned or refused, by language."""
    await connection.execute(
        update(label_applications).where(label_applications.c.id == application_id).values(reasons=list(reasons))
    )
