"""SQL of who belongs to an audience. Each query walks in the order of a key, so that pages are possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal, or_, select

from bot.delivery.model import AudienceKind, CauseKind, DeliveryState
from bot.people.firms.rights import persons_with
from bot.people.model import FOLLOWS_WITH_PROOF
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
# These name the address itself, or what it got: a person's other channels do not matter.
AT_THEIR_ADDRESS = frozenset({AudienceKind.TOLD, AudienceKind.UNCONFIRMED, AudienceKind.ADDRESS})
_PART = notice_audiences.alias("part")


def walk(kind: str, target: str, at: datetime, after: str | None = None) -> Select[Any]:
    """The `key`s of an audience behind a checkpoint, in order: what its pages are cut by. Cheap where people follow something."""
    if kind in _OTHERS:
        return recipients(kind, target, at, after).with_only_columns(addresses.c.id.label("key")).order_by("key")
    query = select(follows.c.person_id.label("key")).where(*_follow(kind, target, at))
    return (query.where(follows.c.person_id > after) if after else query).order_by("key")


def recipients(kind: str, target: str, at: datetime, after: str | None = None, last: str | None = None) -> Select[Any]:
    """Addresses of an audience: `id`, `person_id`, `channel`, `variant`; of those whose key lies in (after, last], in its order.

    The key is the person where people follow something, since the index of follows runs that way, and else the address.
    at: which moment the last 30 days of questions end with.
    """
    key: ColumnElement[str]
    if kind in _OTHERS:
        member, variant = _OTHERS[kind](target, at)
        key = addresses.c.id
        query = select(addresses.c.id, addresses.c.person_id, addresses.c.channel, variant.label("variant")).where(
            member
        )
    else:
        key = follows.c.person_id
        query = (
            select(addresses.c.id, addresses.c.person_id, addresses.c.channel, literal(0).label("variant"))
            .join_from(follows, addresses, addresses.c.person_id == follows.c.person_id)
            .where(*_follow(kind, target, at))
        )
    if kind not in _ALSO_GONE:
        query = query.where(addresses.c.state == "active")
    if after:
        query = query.where(key > after)
    if last:
        query = query.where(key <= last)
    return query.order_by(key)


def _follow(kind: str, target: str, at: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [follows.c.kind == kind, follows.c.target == target]
    if kind in FOLLOWS_WITH_PROOF:
        # A mandate's end is the end of what it gave, also in the second before anybody has noted it.
        found.append(or_(follows.c.ends_at.is_(None), follows.c.ends_at > at))
    return found


def is_first_channel() -> ColumnElement[bool]:
    """Whether the address is the first active one of its person, by rank."""
    better = addresses.alias("better")
    return ~exists().where(
        better.c.person_id == addresses.c.person_id,
        better.c.state == "active",
        or_(better.c.rank < addresses.c.rank, and_(better.c.rank == addresses.c.rank, better.c.id < addresses.c.id)),
    )


def was_told(notice_id: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Whether the address got a notice."""
    return exists(
        select(deliveries.c.id)
        .join_from(outbox, deliveries, deliveries.c.outbox_id == outbox.c.id)
        .where(
            outbox.c.cause_kind == CauseKind.NOTICE,
            outbox.c.cause_id == notice_id,
            deliveries.c.person_id == addresses.c.person_id,
            deliveries.c.address_id == addresses.c.id,
            deliveries.c.state.in_((DeliveryState.SENT, DeliveryState.DIGESTED)),
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
            deliveries.c.person_id == addresses.c.person_id,
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


def _person(target: str, at: datetime) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    return addresses.c.person_id == target, literal(0)


def _address(target: str, at: datetime) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    return (addresses.c.id == target if target else false()), literal(0)


def _firm(target: str, at: datetime) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    firm_id, right, declaration_no = (*target.split(":"), "", "")[:3]
    return addresses.c.person_id.in_(persons_with(firm_id, right, declaration_no or None, at)), literal(0)


_OTHERS: Mapping[str, Callable[[str, datetime], tuple[ColumnElement[bool], ColumnElement[int]]]] = {
    AudienceKind.NOTICE: _of_notice,
    AudienceKind.TOLD: _told,
    AudienceKind.UNCONFIRMED: _unconfirmed,
    AudienceKind.AGREED: _agreed,
    AudienceKind.ADDRESS: _address,
    AudienceKind.PERSON: _person,
    AudienceKind.FIRM: _firm,
}
