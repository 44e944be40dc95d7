"""Use cases of a person's own shipments: list, search, follow by bill of lading or container, look at the stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language
from bot.clearance import list_store, number_store, picture_store
from bot.clearance import store as clearance_store
from bot.clearance.details import NumberKind, is_bill, is_container, spell_number
from bot.clearance.list_store import Shipment, ShipmentFilter
from bot.clearance.model import Clearance
from bot.clearance.service import ClearanceService
from bot.clock import Clock
from bot.errors import BindingRefusedError, Fault, InvalidInputError, NotEntitledError, NotFoundError
from bot.people import store as people_store
from bot.people.firms.model import Right
from bot.people.firms.rights import firms_of, may_see
from bot.people.model import FollowKind, new_id
from bot.people.service import PeopleService
from bot.store.engine import Store

PAGE = 10
PAGES_MOST = 50
PART_LEAST = 4
PICTURE_LIFE = timedelta(hours=1)


@dataclass(frozen=True)
class ShipmentPage:
    """One page of a list. first: number of its first line, from 1; more: whether another page follows."""

    shipments: tuple[Shipment, ...]
    page: int
    more: bool

    @property
    def first(self) -> int:
        """Number of the first line, from 1."""
        return (self.page - 1) * PAGE + 1


@dataclass(frozen=True)
class NumberFollowed:
    """A bill of lading or container is followed. declarations: that it brought now. by_code: a binding code opened just one, and
    the number itself is not followed. new: False when it was followed already.
    """

    kind: NumberKind
    number: str
    declarations: tuple[str, ...]
    by_code: bool
    new: bool


class ShipmentService:
    """What a person may see is what they follow and what their firms let them see; nothing else is listed or found."""

    def __init__(self, store: Store, clock: Clock, people: PeopleService, clearance: ClearanceService) -> None:
        self._store = store
        self._clock = clock
        self._people = people
        self._clearance = clearance
        self.texts = clearance.texts

    async def page(self, key: str, wanted: ShipmentFilter, page: int = 1) -> ShipmentPage:
        """A page of "my shipments", the latest change first. page: 1 to PAGES_MOST. Raises SessionNotPrivateError."""
        page = max(1, min(page, PAGES_MOST))
        found = await self._visible(key, list_store.conditions(wanted), page * PAGE + 1)
        start = (page - 1) * PAGE
        return ShipmentPage(tuple(found[start : start + PAGE]), page, len(found) > start + PAGE and page < PAGES_MOST)

    async def find(self, key: str, query: str) -> list[Shipment]:
        """Shipments with this part of a number or own reference, at most a page; the same for others' and for unknown ones.

        Raises SessionNotPrivateError, and InvalidInputError where the part is too short to mean anything.
        """
        part = spell_number(query)
        if not PART_LEAST <= len(query.strip()) <= 64:
            message = f"A search needs {PART_LEAST} to 64 characters of a number or reference."
            raise InvalidInputError([Fault("query", "length", message)])
        return await self._visible(key, list_store.matching(part, query), PAGE)

    async def follow_number(self, key: str, kind: NumberKind, raw: str, code: str | None = None) -> NumberFollowed:
        """Follow a bill of lading or container: every declaration to which it belongs now or later, where the person may see it.

        With a binding code only the declaration that the code opens. Raises SessionNotPrivateError, InvalidInputError,
        NotEntitledError (no firm lets the person see shipments, and there is no code), BindingRefusedError, TooManyAttemptsError.
        """
        number = spell_number(raw)
        faults = number_faults(kind, number)
        if faults:
            raise InvalidInputError(faults)
        if code is not None:
            return await self._follow_by_code(key, kind, number, code)
        person, now = await self._people.private_person(key), self._clock()
        async with self._store.write() as connection:
            if not await firms_of(connection, person.id, Right.SHIPMENTS, now):
                raise NotEntitledError(
                    "To follow a container or bill of lading takes a firm's right or a binding code."
                )
            follow = number_store.FOLLOW_KIND[kind]
            new = await people_store.add_follow(connection, new_id(), person.id, follow, number, now)
            brought = await self._bring(connection, person.id, kind, number, now)
        return NumberFollowed(kind, number, brought, by_code=False, new=new)

    async def make_picture(self, key: str, declaration_no: str, language: Language) -> str:
        """A random id under which the picture may be looked at for an hour. Raises as `ClearanceService.status_for_person`."""
        await self._clearance.status_for_person(key, declaration_no)
        person, now, picture_id = await self._people.private_person(key), self._clock(), new_id()
        async with self._store.write() as connection:
            await picture_store.forget(connection, now)
            await picture_store.add(connection, picture_id, declaration_no, person.id, language, now + PICTURE_LIFE)
        return picture_id

    async def pictured(self, picture_id: str) -> tuple[Clearance, Language]:
        """What a picture shows, as it stands now. Raises NotFoundError when there is none, or its hour is over."""
        async with self._store.read() as connection:
            found = await picture_store.find(connection, picture_id, self._clock())
            clearance = await clearance_store.clearance_of(connection, found[0]) if found else None
        if found is None or clearance is None:
            raise NotFoundError("picture")
        return clearance, found[1]

    async def _visible(self, key: str, wanted: Sequence[ColumnElement[bool]], limit: int) -> list[Shipment]:
        person, now = await self._people.private_person(key), self._clock()
        async with self._store.read() as connection:
            firms = await firms_of(connection, person.id, Right.SHIPMENTS, now)
            return await list_store.shipments(connection, person.id, firms, wanted, now, limit=limit)

    async def _bring(
        self, connection: AsyncConnection, person_id: str, kind: NumberKind, number: str, now: datetime
    ) -> tuple[str, ...]:
        found = []
        for declaration_no, _ in await number_store.declarations_with(connection, kind, number):
            firm = await may_see(connection, person_id, declaration_no, now)
            if firm is not None:
                await people_store.add_follow(
                    connection,
                    new_id(),
                    person_id,
                    FollowKind.DECLARATION,
                    declaration_no,
                    now,
                    firm_id=firm.id,
                    ends_at=firm.until,
                    via=f"{number_store.FOLLOW_KIND[kind]}:{number}",
                )
                found.append(declaration_no)
        return tuple(found)

    async def _follow_by_code(self, key: str, kind: NumberKind, number: str, code: str) -> NumberFollowed:
        """A code belongs to one declaration; which of the number's it is, is tried, and counts as one wrong try at the most."""
        async with self._store.read() as connection:
            candidates = [no for no, _ in await number_store.declarations_with(connection, kind, number)]
        opened = await self._clearance.opened_by(candidates, code)
        if opened is None:
            # Counted as any wrong code is, and refused alike for numbers that are unknown.
            await self._clearance.follow(key, candidates[0] if candidates else f"{kind}:{number}"[:40], code)
            raise BindingRefusedError("The binding code does not open a declaration of this number.")
        new = await self._clearance.follow(key, opened, code)
        return NumberFollowed(kind, number, (opened,), by_code=True, new=new)


def number_faults(kind: NumberKind, number: str) -> list[Fault]:
    """What is wrong with a bill of lading's or a container's number; empty: nothing."""
    if kind is NumberKind.CONTAINER and not is_container(number):
        message = (
            "A container number has 4 letters (the fourth U, J or Z) and 7 digits, the last a check digit (ISO 6346)."
        )
        return [Fault("number", "container", message)]
    if kind is NumberKind.BILL and not is_bill(number):
        return [
            Fault("number", "bill", "A bill of lading's number has 4 to 32 letters and digits, a digit among them.")
        ]
    return []
