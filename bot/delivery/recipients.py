"""SQL of who belongs to an audience. Each query walks the addresses in the order of their ids, so that pages are possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal, or_, select

from bot.delivery.model import AudienceKind, CauseKind, DeliveryState
from bot.store.schema import (
    addresses,
    asked_entries,
    consents,
    deliveries,
    follows,
    notice_acks,
    notice_audiences,
    outbox,
)

ASKED_KEPT = timedelta(days=30)

# Who got a notice is found by what was sent for it, whether or not the address can be written to now: that it cannot be
# changed there is part of the proof.
_ALSO_GONE = frozenset({AudienceKind.TOLD})
_PART = notice_audiences.alias("part")


def recipients(kind: str, target: str, at: datetime, after: str | None = None) -> Select[Any]:
    """Addresses of an audience by `id`, with `person_id`, `channel` and `variant`; those after an id, in order.

    at: which moment the last 30 days of questions end with.
    """
    if kind in _OTHERS:
        member, variant = _OTHERS[kind](target, at)
        query = select(addresses.c.id, addresses.c.person_id, addresses.c.channel, variant.label("variant")).where(
            member
        )
    else:
        query = (
            select(addresses.c.id, addresses.c.person_id, addresses.c.channel, literal(0).label("variant"))
            .join_from(follows, addresses, addresses.c.person_id == follows.c.person_id)
            .where(follows.c.kind == kind, follows.c.target == target)
        )
    if kind not in _ALSO_GONE:
        query = query.where(addresses.c.state == "active")
    if after:
        query = query.where(addresses.c.id > after)
    return query.order_by(addresses.c.id)


def was_told(notice_id: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Whether the address got a notice."""
    return exists(
        select(deliveries.c.id)
        .join_from(outbox, deliveries, deliveries.c.outbox_id == outbox.c.id)
        .where(
            outbox.c.cause_kind == CauseKind.NOTICE,
            outbox.c.cause_id == notice_id,
            deliveries.c.address_id == addresses.c.id,
            deliveries.c.state == DeliveryState.SENT,
        )
        .correlate(addresses, _PART)
    )


def belongs(kind: ColumnElement[str], target: ColumnElement[str], at: datetime) -> ColumnElement[bool]:
    """Whether the address belongs to a part of a notice's audience."""
    follows_it = exists(
        select(follows.c.id)
        .where(follows.c.person_id == addresses.c.person_id, follows.c.kind == kind, follows.c.target == target)
        .correlate(addresses, _PART)
    )
    asked_it = exists(
        select(asked_entries.c.entry)
        .where(
            asked_entries.c.person_id == addresses.c.person_id,
            asked_entries.c.entry == target,
            asked_entries.c.day >= (at - ASKED_KEPT).date(),
        )
        .correlate(addresses, _PART)
    )
    return or_(follows_it, and_(kind == "told", was_told(target)), and_(kind == "asked", asked_it))


def parts_of(notice_id: str, at: datetime, *, excluded: bool) -> Select[Any]:
    """The numbers of the parts of a notice's audience to which the address belongs."""
    return (
        select(_PART.c.part)
        .where(
            _PART.c.notice_id == notice_id,
            _PART.c.excluded.is_(excluded),
            belongs(_PART.c.kind, _PART.c.target, at),
        )
        .correlate(addresses)
    )


def _of_notice(target: str, at: datetime) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    chosen = parts_of(target, at, excluded=False)
    left_out = parts_of(target, at, excluded=True)
    first = chosen.with_only_columns(func.min(_PART.c.part)).scalar_subquery()
    return and_(exists(chosen), ~exists(left_out)), first


def _told(target: str, at: datetime) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    variant = (
        select(deliveries.c.variant)
        .join_from(outbox, deliveries, deliveries.c.outbox_id == outbox.c.id)
        .where(
            outbox.c.cause_kind == CauseKind.NOTICE,
            outbox.c.cause_id == target,
            deliveries.c.address_id == addresses.c.id,
        )
        .correlate(addresses)
        .scalar_subquery()
    )
    return was_told(target), variant


def _unconfirmed(target: str, at: datetime) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    confirmed = exists().where(notice_acks.c.notice_id == target, notice_acks.c.person_id == addresses.c.person_id)
    return and_(was_told(target), ~confirmed), literal(0)


def _agreed(target: str, at: datetime) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    given = exists().where(
        consents.c.person_id == addresses.c.person_id, consents.c.kind == target, consents.c.answer == "given"
    )
    return given, literal(0)


def _address(target: str, at: datetime) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    return (addresses.c.id == target if target else false()), literal(0)


_OTHERS: Mapping[str, Callable[[str, datetime], tuple[ColumnElement[bool], ColumnElement[int]]]] = {
    AudienceKind.NOTICE: _of_notice,
    AudienceKind.TOLD: _told,
    AudienceKind.UNCONFIRMED: _unconfirmed,
    AudienceKind.AGREED: _agreed,
    AudienceKind.ADDRESS: _address,
}
