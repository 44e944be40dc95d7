"""SQL of labels: many at a time along their life, and the balance of goods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.labels.lives_model import LABEL, LabelState
from bot.desks.labels.model import Balance, Label, line_of
from bot.errors import ConflictError, NotFoundError
from bot.people.model import new_id
from bot.store.history import Step
from bot.store.schema import case_history, expo_events, expo_labels, label_movements

_CHUNK = 1000


def _label(row: Row[Any]) -> Label:
    names = ("id", "application_id", "event_id", "enterprise_id", "line_no", "serial_no", "key_id")
    days = ("valid_from", "valid_until", "released_on", "term_on", "extensions")
    return Label(
        **{name: getattr(row, name) for name in (*names, *days)},
        line=line_of(row._asdict()),
        balance=Balance(row.quantity, row.re_exported, row.consumed, row.destroyed, row.sold),
        state=LabelState(row.state),
    )


async def labels_of(
    connection: AsyncConnection, application_id: str, *, after: int = 0, limit: int | None = None
) -> list[Label]:
    """The lines of a list, by number. after: only those behind this number."""
    query = select(expo_labels).where(expo_labels.c.application_id == application_id, expo_labels.c.line_no > after)
    rows = await connection.execute(query.order_by(expo_labels.c.line_no).limit(limit))
    return [_label(row) for row in rows]


async def labels_by_id(connection: AsyncConnection, ids: Sequence[str], *, lock: bool = False) -> list[Label]:
    """Labels by their ids, in the order of their ids. Raises NotFoundError when one is not there."""
    wanted = sorted(set(ids))
    found: list[Label] = []
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(expo_labels).where(expo_labels.c.id.in_(wanted[start : start + _CHUNK])).order_by(expo_labels.c.id)
        )
        found += [_label(row) for row in await connection.execute(query.with_for_update() if lock else query)]
    if len(found) != len(wanted):
        raise NotFoundError("label")
    return found


async def label_by_serial(connection: AsyncConnection, event_code: str, serial_no: int) -> Label | None:
    """One label by what is printed on it."""
    row = (
        await connection.execute(
            select(expo_labels)
            .join_from(expo_labels, expo_events)
            .where(expo_events.c.code == event_code, expo_labels.c.serial_no == serial_no)
        )
    ).one_or_none()
    return _label(row) if row else None


async def released_group(connection: AsyncConnection, application_id: str, released_on: date) -> list[Label]:
    """The lines of a list that were released on one day: they share their term."""
    rows = await connection.execute(
        select(expo_labels)
        .where(expo_labels.c.application_id == application_id, expo_labels.c.released_on == released_on)
        .order_by(expo_labels.c.id)
        .with_for_update()
    )
    return [_label(row) for row in rows]


async def take_serials(connection: AsyncConnection, event_id: str, count: int) -> int:
    """Reserve so many serial numbers of an event; returns the first. Nobody else takes any until the transaction ends."""
    after = await connection.scalar(
        update(expo_events)
        .where(expo_events.c.id == event_id)
        .values(next_serial=expo_events.c.next_serial + count)
        .returning(expo_events.c.next_serial)
    )
    if after is None:
        raise NotFoundError("event")
    return int(after) - count


async def move_many(
    connection: AsyncConnection,
    labels: Sequence[Label],
    to: LabelState,
    step: Step,
    *,
    values: Mapping[str, Any] | None = None,
    each: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Move labels that the caller holds locked, all or none. values: set on all; each: on single ones, by id.

    Raises ConflictError, naming the first, when one may not take the step.
    """
    barred = [label for label in labels if not LABEL.allows(label.state, to)]
    if barred:
        first = barred[0]
        raise ConflictError(
            f"{len(barred)} of {len(labels)} labels cannot become {to}; line {first.line_no} is {first.state}.",
            state=first.state.value,
        )
    shared = {"state": to.value, **(values or {})}
    for start in range(0, len(labels), _CHUNK):
        part = labels[start : start + _CHUNK]
        if each:
            keys = sorted(next(iter(each.values())))
            await connection.execute(
                update(expo_labels)
                .where(expo_labels.c.id == bindparam("label"))
                .values(**shared, **{key: bindparam(f"new_{key}") for key in keys}),
                [{"label": one.id, **{f"new_{key}": each[one.id][key] for key in keys}} for one in part],
            )
        else:
            await connection.execute(
                update(expo_labels).where(expo_labels.c.id.in_([one.id for one in part])).values(**shared)
            )
        await connection.execute(
            case_history.insert(),
            [
                {
                    "machine": LABEL.name,
                    "case_id": one.id,
                    "from_state": one.state.value,
                    "to_state": to.value,
                    "actor": step.actor,
                    "why": step.why,
                    "detail": dict(step.detail),
                    "at": step.at,
                }
                for one in part
            ],
        )


async def book(connection: AsyncConnection, label: Label, fate: LabelState, quantity: int) -> bool:
    """Take a quantity out of what remains; False when so much does not remain. The condition stands in the statement itself."""
    column = expo_labels.c[fate.value]
    done = await connection.execute(
        update(expo_labels)
        .where(expo_labels.c.id == label.id, expo_labels.c.remaining >= quantity)
        .values({column: column + quantity, expo_labels.c.remaining: expo_labels.c.remaining - quantity})
    )
    return bool(done.rowcount)


async def movement(connection: AsyncConnection, label_id: str, ref: str) -> Row[Any] | None:
    """A movement by the caller's own name for it."""
    row: Row[Any] | None = (
        await connection.execute(
            select(label_movements).where(label_movements.c.label_id == label_id, label_movements.c.ref == ref)
        )
    ).one_or_none()
    return row


async def add_movement(
    connection: AsyncConnection,
    label_id: str,
    fate: LabelState,
    quantity: int,
    ref: str,
    document: str | None,
    step: Step,
) -> None:
    """Note what became of a part of the goods."""
    await connection.execute(
        label_movements.insert().values(
            id=new_id(),
            label_id=label_id,
            fate=fate.value,
            quantity=quantity,
            ref=ref,
            document=document,
            actor=step.actor,
            at=step.at,
        )
    )


async def set_terms(connection: AsyncConnection, ids: Sequence[str], term_on: date, extensions: int) -> None:
    """Move the last day in the country."""
    for start in range(0, len(ids), _CHUNK):
        await connection.execute(
            update(expo_labels)
            .where(expo_labels.c.id.in_(ids[start : start + _CHUNK]))
            .values(term_on=term_on, extensions=extensions)
        )


async def counts(connection: AsyncConnection, event_id: str) -> dict[LabelState, int]:
    """How many labels of an event stand where."""
    rows = await connection.execute(
        select(expo_labels.c.state, func.count())
        .where(expo_labels.c.event_id == event_id)
        .group_by(expo_labels.c.state)
    )
    return {LabelState(state): number for state, number in rows}


async def balances(
    connection: AsyncConnection, event_id: str, *, after: tuple[str, int] | None = None, limit: int = 500
) -> list[Label]:
    """The goods lines of an event that have a label, by list and number: the organiser's account."""
    key = tuple_(expo_labels.c.application_id, expo_labels.c.line_no)
    query = select(expo_labels).where(expo_labels.c.event_id == event_id, expo_labels.c.serial_no.is_not(None))
    if after is not None:
        query = query.where(key > tuple_(*after))
    order = (expo_labels.c.application_id, expo_labels.c.line_no)
    return [_label(row) for row in await connection.execute(query.order_by(*order).limit(limit))]


async def totals(connection: AsyncConnection, event_id: str) -> dict[str, int]:
    """Lines of an event that entered the venue, and how many of them still have something to be accounted for."""
    entered = expo_labels.c.released_on.is_not(None)
    row = (
        await connection.execute(
            select(
                func.count().filter(entered).label("entered"),
                func.count().filter(entered & (expo_labels.c.remaining > 0)).label("open"),
            ).where(expo_labels.c.event_id == event_id)
        )
    ).one()
    return {"entered": int(row.entered), "open": int(row.open)}
