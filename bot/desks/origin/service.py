"""Certificates of origin of a person's: prepared, followed, reminded of, exported."""

from __future__ import annotations

import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import LANGUAGES, Reply
from bot.clock import Clock
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.desks.origin.model import FIELD_MAX_CHARS, FIELDS, MACHINE, REMIND_DAYS, VALID, OriginCase, State, valid_until
from bot.desks.origin.words import ACTS, NEED_A_DAY, OriginWords
from bot.errors import Fault, InvalidInputError, NotFoundError
from bot.people.model import new_id
from bot.people.store import insert_new
from bot.reminders.model import ReminderKind
from bot.reminders.service import ReminderService
from bot.store import history
from bot.store.engine import Store
from bot.store.history import Step
from bot.store.schema import origin_cases as t
from knowledge.rules.origin.agreements import fitting

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_BATCH = 50


@dataclass(frozen=True)
class Preparing:
    """A certificate to prepare. agreement: an id of the origin guide, None: non-preferential. sheet: by field of FIELDS."""

    goods_origin: str
    destination: str
    agreement: str | None
    sheet: Mapping[str, str]
    origin: str | None = None


class OriginService:
    """zone: whose days count."""

    def __init__(
        self, store: Store, clock: Clock, outbox: Outbox, reminders: ReminderService, words: OriginWords, zone: ZoneInfo
    ) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self._reminders = reminders
        self.words = words
        self._zone = zone

    def faults(self, wish: Preparing, on: date) -> list[Fault]:
        """All that is wrong with a wish."""
        names, found = self.words.data.places.names, []
        found += [
            Fault(name, "unknown", "That place is not known.")
            for name, code in (("goods_origin", wish.goods_origin), ("destination", wish.destination))
            if code not in names
        ]
        if wish.goods_origin == wish.destination or "CN" not in (wish.goods_origin, wish.destination):
            found.append(Fault("destination", "route", "Origin and destination differ, and one of them is China."))
        if wish.agreement is not None and not found:
            fit = fitting(self.words.data.agreements, wish.goods_origin, wish.destination, on)
            if wish.agreement not in {one.id for one in fit}:
                found.append(Fault("agreement", "route", "That agreement does not cover this route now."))
        found += [
            Fault(f"sheet.{name}", "unknown", "There is no such field.") for name in wish.sheet if name not in FIELDS
        ]
        found += [
            Fault(f"sheet.{name}", "length", f"At most {FIELD_MAX_CHARS} characters.")
            for name, text in wish.sheet.items()
            if len(text) > FIELD_MAX_CHARS
        ]
        return found

    async def prepare(self, connection: AsyncConnection, person_id: str, wish: Preparing, at: datetime) -> OriginCase:
        """Open a case in the caller's transaction; the same origin again gives the case that it has.

        Raises InvalidInputError with all faults, NotFoundError when the origin is somebody else's.
        """
        faults = self.faults(wish, at.astimezone(self._zone).date())
        if faults:
            raise InvalidInputError(faults)
        case_id, local = new_id(), at.astimezone(self._zone)
        values = {
            "id": case_id,
            "number": f"CO{local:%y%m%d}-{''.join(random.choice(_ALPHABET) for _ in range(6))}",
            "state": State.PREPARING.value,
            "person_id": person_id,
            "origin": wish.origin,
            "agreement": wish.agreement,
            "goods_origin": wish.goods_origin,
            "destination": wish.destination,
            "sheet": {name: wish.sheet[name].strip() for name in FIELDS if wish.sheet.get(name, "").strip()},
            "created_at": at,
            "changed_at": at,
        }
        if await connection.scalar(insert_new(connection, t).values(**values).returning(t.c.id)) is None:
            known = await _select(connection, t.c.origin == wish.origin, t.c.person_id == person_id)
            if not known:
                raise NotFoundError("certificate")
            return known[0]
        await history.opened(connection, MACHINE, case_id, State.PREPARING, Step(f"person:{person_id}", at))
        return await self._own(connection, person_id, case_id)

    async def send(self, person_id: str, wish: Preparing) -> OriginCase:
        """The same in a transaction of its own."""
        async with self._store.write() as connection:
            return await self.prepare(connection, person_id, wish, self._clock())

    async def own(self, person_id: str) -> list[OriginCase]:
        """A person's cases, the latest change first."""
        async with self._store.read() as connection:
            return await _select(connection, t.c.person_id == person_id)

    async def find(self, person_id: str, case_id: str) -> OriginCase:
        """One case. Raises NotFoundError."""
        async with self._store.read() as connection:
            return await self._own(connection, person_id, case_id)

    async def fill(self, person_id: str, case_id: str, sheet: Mapping[str, str]) -> OriginCase:
        """Tell more of the data sheet; an empty text takes a field out. Raises NotFoundError, InvalidInputError."""
        async with self._store.write() as connection:
            case = await self._own(connection, person_id, case_id)
            faults = self.faults(Preparing(case.goods_origin, case.destination, None, sheet), self._today())
            if case.state is not State.PREPARING:
                faults.append(Fault("state", "closed", "The sheet is changed only while the certificate is prepared."))
            if faults:
                raise InvalidInputError(faults)
            merged = {**case.sheet, **{name: text.strip() for name, text in sheet.items()}}
            kept = {name: text for name, text in merged.items() if text}
            await connection.execute(update(t).where(t.c.id == case_id).values(sheet=kept, changed_at=self._clock()))
            return await self._own(connection, person_id, case_id)

    async def act(
        self, person_id: str, case_id: str, act: str, *, certificate_no: str = "", issued_on: date | None = None
    ) -> OriginCase:
        """What the person says happened, in a transaction of its own; see `act_in`."""
        async with self._store.write() as connection:
            return await self.act_in(
                connection, person_id, case_id, act, certificate_no=certificate_no, issued_on=issued_on
            )

    async def act_in(
        self,
        connection: AsyncConnection,
        person_id: str,
        case_id: str,
        act: str,
        *,
        certificate_no: str = "",
        issued_on: date | None = None,
    ) -> OriginCase:
        """Move a case. An issue names number and day; its end and reminders follow where the agreement's validity is known.

        Raises NotFoundError, ConflictError, InvalidInputError with all faults.
        """
        now = self._clock()
        case = await self._own(connection, person_id, case_id)
        values: dict[str, Any] = {"changed_at": now}
        if act in NEED_A_DAY:
            faults = _faults_of_issue(certificate_no, issued_on, self._today())
            if faults or issued_on is None:
                raise InvalidInputError(faults)
            end = valid_until(issued_on, self.words.validity(case))
            values |= {"certificate_no": certificate_no.strip(), "issued_on": issued_on, "valid_until": end}
        await history.move(connection, MACHINE, case_id, ACTS[act], Step(f"person:{person_id}", now), **values)
        case = await self._own(connection, person_id, case_id)
        await self._remind(connection, case)
        return case

    async def tick(self) -> None:
        """End certificates whose last day is over, and tell their person."""
        now, today = self._clock(), self._today()
        held = tuple(state.value for state in VALID)
        async with self._store.read() as connection:
            over = await _select(connection, t.c.state.in_(held), t.c.valid_until < today, limit=_BATCH)
        for one in over:
            async with self._store.write() as connection:
                row = t.c.id == one.id, t.c.state.in_(held), t.c.valid_until < today
                locked = await connection.scalar(select(t.c.id).where(*row).with_for_update())
                if locked is None:
                    continue
                await history.move(connection, MACHINE, one.id, State.EXPIRED, Step("system", now), changed_at=now)
                await self._tell_expired(connection, one, now)
        if over:
            await self._outbox.wake()

    async def _remind(self, connection: AsyncConnection, case: OriginCase) -> None:
        if case.person_id is None:
            return
        end = case.valid_until if case.state in VALID else None
        at = datetime.combine(end, time(9), self._zone) if end is not None else None
        await self._reminders.set_date(
            connection,
            ReminderKind.ORIGIN_EXPIRY,
            case.id,
            at,
            Audience(AudienceKind.PERSON, case.person_id),
            [timedelta(days=days) for days in REMIND_DAYS],
            values={"name": case.number},
        )

    async def _tell_expired(self, connection: AsyncConnection, case: OriginCase, now: datetime) -> None:
        if case.person_id is None:
            return
        texts = {
            language: Reply(
                text=self.words.say("expired", language, number=case.number, day=case.valid_until), kind="push"
            )
            for language in LANGUAGES
        }
        audience = Audience(AudienceKind.PERSON, case.person_id)
        cause = f"{case.id}:expired"
        await self._outbox.add(
            connection, OutgoingNotification(CauseKind.ORIGIN, cause, Lane.TRANSACTIONAL, audience, texts), now
        )

    async def _own(self, connection: AsyncConnection, person_id: str, case_id: str) -> OriginCase:
        found = await _select(connection, t.c.id == case_id, t.c.person_id == person_id)
        if not found:
            raise NotFoundError("certificate")
        return found[0]

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()


def _faults_of_issue(certificate_no: str, issued_on: date | None, today: date) -> list[Fault]:
    faults = []
    if not 1 <= len(certificate_no.strip()) <= 40:
        faults.append(Fault("certificate_no", "needed", "The certificate's number has 1 to 40 characters."))
    if issued_on is None or issued_on > today:
        faults.append(Fault("issued_on", "needed", "The day of issue is needed, and not in the future."))
    return faults


async def of_person(connection: AsyncConnection, person_id: str, limit: int = 1000) -> Sequence[OriginCase]:
    """A person's cases, the latest change first."""
    return await _select(connection, t.c.person_id == person_id, limit=limit)


async def _select(connection: AsyncConnection, *which: Any, limit: int = 1000) -> list[OriginCase]:
    rows = await connection.execute(select(t).where(*which).order_by(t.c.changed_at.desc(), t.c.id).limit(limit))
    return [_case(row) for row in rows.mappings()]


def _case(row: RowMapping) -> OriginCase:
    names = (
        *("id", "number", "person_id", "agreement", "goods_origin", "destination", "sheet", "certificate_no"),
        *("issued_on", "valid_until", "created_at", "changed_at"),
    )
    return OriginCase(**{name: row[name] for name in names}, state=State(row["state"]))
