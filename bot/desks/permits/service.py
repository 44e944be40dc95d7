"""Use cases of permits: enter, write off, correct, close; what ends says so."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.desks.permits import store as permit_store
from bot.desks.permits.checks import against_dates, against_permit, against_write_off, line_of
from bot.desks.permits.model import (
    PERMITS,
    NewPermit,
    NewWriteOff,
    Permit,
    PermitState,
    Reason,
    WriteOff,
    millionths,
    read_quantity,
)
from bot.desks.permits.ports import Firm, Firms
from bot.desks.permits.telling import Telling
from bot.desks.permits.words import PermitWords, plain
from bot.errors import ConflictError, NotFoundError
from bot.people.model import StaffMember
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.history import Step, move, opened
from bot.store.serial import one_at_a_time

_S = PermitState
_WHY_MOST = 500
_BATCH = 100


class PermitService:
    """Every act is one transaction; `…_in` acts in the caller's own. The balance never goes below zero: one statement takes
    what is left, and the database has the constraint besides.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        audit: AuditTrail,
        firms: Firms,
        words: PermitWords,
        telling: Telling,
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._firms = firms
        self._telling = telling
        self.words = words

    def today(self) -> date:
        """The day at the ports."""
        return self._telling.today()

    async def firms_in(self, connection: AsyncConnection, person_id: str) -> Sequence[Firm]:
        """The firms whose permits a person may handle now."""
        return await self._firms.of(connection, person_id, self._clock())

    async def mine(self, person_id: str) -> list[Permit]:
        """Permits of one's firms without their lines, what ends first on top."""
        async with self._store.read() as connection:
            return await self.mine_in(connection, person_id)

    async def mine_in(self, connection: AsyncConnection, person_id: str) -> list[Permit]:
        """See `mine`."""
        firms = await self.firms_in(connection, person_id)
        return await permit_store.of_firms(connection, [firm.id for firm in firms])

    async def find(self, person_id: str, permit_id: str) -> Permit:
        """One permit of one's firms. Raises NotFoundError, also for others'."""
        async with self._store.read() as connection:
            return await self.find_in(connection, person_id, permit_id)

    async def find_in(self, connection: AsyncConnection, person_id: str, permit_id: str) -> Permit:
        """See `find`."""
        permit = await permit_store.permit_of(connection, permit_id)
        firms = await self.firms_in(connection, person_id) if permit else ()
        if permit is None or permit.firm_id not in {firm.id for firm in firms}:
            raise NotFoundError("permit")
        return permit

    async def enter(self, person_id: str, firm_id: str, new: NewPermit, request_key: str = "") -> Permit:
        """Keep a permit as printed. request_key: of the form or request; the same one enters once, and gets the same again.

        Raises PermitRefusedError with every reason, NotPermittedError.
        """
        async with self._store.write() as connection:
            permit = await self.enter_in(connection, person_id, firm_id, new, request_key)
        await self._telling.wake()
        return permit

    async def enter_in(
        self, connection: AsyncConnection, person_id: str, firm_id: str, new: NewPermit, request_key: str = ""
    ) -> Permit:
        """See `enter`."""
        now, key = self._clock(), _key(person_id, request_key)
        # One at a time for each firm: that the number is new is known until the permit is written.
        await one_at_a_time(connection, f"permits:{firm_id}")
        if key and (done := await permit_store.by_request(connection, key)):
            return await self.find_in(connection, person_id, done)
        firm = await self._firms.require(connection, person_id, firm_id, now)
        is_known = bool(await permit_store.known(connection, firm.id, new.kind, new.number))
        if reasons := against_permit(new, self.today(), is_known=is_known):
            raise self.words.refused(reasons)
        permit_id = await permit_store.add_permit(connection, firm.id, person_id, new, key, now)
        await opened(connection, PERMITS, permit_id, _S.VALID, Step(f"person:{person_id}", now))
        return await self._telling.changed(connection, permit_id, "push_entered", person_id)

    async def write_off(self, person_id: str, permit_id: str, new: NewWriteOff, request_key: str = "") -> Permit:
        """Write a batch off. Raises PermitRefusedError with every reason, NotFoundError."""
        async with self._store.write() as connection:
            permit = await self.write_off_in(connection, person_id, permit_id, new, request_key)
        await self._telling.wake()
        return permit

    async def write_off_in(
        self, connection: AsyncConnection, person_id: str, permit_id: str, new: NewWriteOff, request_key: str = ""
    ) -> Permit:
        """See `write_off`."""
        now, key = self._clock(), _key(person_id, request_key)
        await permit_store.lock(connection, permit_id)
        permit = await self.find_in(connection, person_id, permit_id)
        if key and await permit_store.written_by_request(connection, key):
            return permit
        reasons = against_write_off(permit, new, self.today())
        line, amount = line_of(permit, new.line), read_quantity(new.amount) or Decimal(0)
        reference = new.reference.strip()
        counting = [batch for batch in permit.write_offs if batch.counts and batch.line == new.line]
        if reference in {batch.reference for batch in counting}:
            reasons.append(Reason("same", "reference", {"reference": reference}))
        taken = line is not None and await permit_store.use(connection, line.id, millionths(amount))
        if line is not None and not taken:
            values = {"balance": plain(line.balance), "amount": plain(amount), "unit": line.unit}
            reasons.append(Reason("balance", "amount", values))
        if reasons or line is None:
            raise self.words.refused(reasons)
        await permit_store.add_write_off(
            connection,
            {
                "line_id": line.id,
                "reference": reference,
                "day": new.day,
                "amount": millionths(amount),
                "actor": f"person:{person_id}",
                "request_key": key,
                "created_at": now,
            },
        )
        detail = {"line": new.line, "reference": reference, "amount": plain(amount)}
        await self._settle(connection, permit_id, Step(f"person:{person_id}", now, detail=detail))
        return await self._telling.changed(connection, permit_id, "push_written_off", person_id)

    async def correct(self, person_id: str, permit_id: str, write_off_id: str, amount: str, why: str) -> Permit:
        """Put another amount in the place of a write-off's; 0 takes it back. Both stay to be seen.

        Raises PermitRefusedError with every reason, NotFoundError.
        """
        now = self._clock()
        async with self._store.write() as connection:
            await permit_store.lock(connection, permit_id)
            permit = await self.find_in(connection, person_id, permit_id)
            old = next((batch for batch in permit.write_offs if batch.id == write_off_id), None)
            if old is None:
                raise NotFoundError("write-off")
            await self._correct(connection, permit, old, (amount, why.strip()), f"person:{person_id}")
            detail = {"line": old.line, "reference": old.reference, "before": plain(old.amount), "after": amount}
            await self._settle(connection, permit_id, Step(f"person:{person_id}", now, why.strip(), detail))
            permit = await self._telling.changed(connection, permit_id, "push_corrected", person_id)
        await self._telling.wake()
        return permit

    async def set_dates(self, person_id: str, permit_id: str, valid_from: date, valid_until: date, why: str) -> Permit:
        """Correct the dates to those printed; the reminders move. Raises PermitRefusedError, NotFoundError, ConflictError."""
        now, why = self._clock(), why.strip()
        async with self._store.write() as connection:
            await permit_store.lock(connection, permit_id)
            permit = await self.find_in(connection, person_id, permit_id)
            reasons = against_dates(valid_from, valid_until, self.today())
            reasons += [] if 1 <= len(why) <= _WHY_MOST else [Reason("why", "why")]
            reasons += [Reason("closed", "permit")] if permit.state is _S.CLOSED else []
            if reasons:
                raise self.words.refused(reasons)
            used_up = bool(permit.lines) and all(not line.balance for line in permit.lines)
            detail = {"before": f"{permit.valid_from}/{permit.valid_until}", "after": f"{valid_from}/{valid_until}"}
            await move(
                connection,
                PERMITS,
                permit_id,
                _S.USED_UP if used_up else _S.VALID,
                Step(f"person:{person_id}", now, why, detail),
                valid_from=valid_from,
                valid_until=valid_until,
                changed_at=now,
            )
            permit = await self._telling.changed(connection, permit_id, "push_dates", person_id)
        await self._telling.wake()
        return permit

    async def close(self, person_id: str, permit_id: str) -> Permit:
        """Need a permit no more. Raises NotFoundError, ConflictError when it is closed."""
        now = self._clock()
        async with self._store.write() as connection:
            permit = await self.find_in(connection, person_id, permit_id)
            await move(connection, PERMITS, permit.id, _S.CLOSED, Step(f"person:{person_id}", now), changed_at=now)
            permit = await self._telling.changed(connection, permit_id, "push_closed", person_id)
        await self._telling.wake()
        return permit

    async def look_up(self, words: str, *, by: StaffMember) -> list[Permit]:
        """Permits by number, firm or credit code, with lines, for staff; the look is recorded."""
        async with self._store.write() as connection:
            found = await permit_store.find(connection, words.strip())
            seen = [await permit_store.permit_of(connection, permit.id) for permit in found]
            await self._audit.record(
                connection, self._clock(), f"staff:{by.name}", "permit.look", "permits", found=len(found)
            )
        return [permit for permit in seen if permit is not None]

    async def tick(self) -> None:
        """What a worker does now and then: permits whose last day has passed say so."""
        async with self._store.read() as connection:
            ids = await permit_store.ended(connection, self.today(), _BATCH)
        for permit_id in ids:
            async with self._store.write() as connection:
                await permit_store.lock(connection, permit_id)
                permit = await permit_store.permit_of(connection, permit_id)
                if permit is None or permit.state not in {_S.VALID, _S.USED_UP} or permit.valid_until >= self.today():
                    continue  # another worker was first, or the dates were corrected
                now = self._clock()
                await move(connection, PERMITS, permit_id, _S.EXPIRED, Step("system", now), changed_at=now)
                await self._telling.changed(connection, permit_id, "push_expired", None)
        if ids:
            await self._telling.wake()

    async def _correct(
        self, connection: AsyncConnection, permit: Permit, old: WriteOff, given: tuple[str, str], actor: str
    ) -> None:
        """given: amount and reason, as typed."""
        now, amount, why = self._clock(), read_quantity(given[0]), given[1]
        line = line_of(permit, old.line)
        reasons = [Reason("closed", "permit")] if permit.state is _S.CLOSED else []
        reasons += [] if 1 <= len(why) <= _WHY_MOST else [Reason("why", "why")]
        reasons += [Reason("amount", "amount")] if amount is None else []
        reasons += [] if old.counts else [Reason("corrected", "write_off")]
        if amount is not None and line is not None and old.counts:
            change = millionths(amount) - millionths(old.amount)
            if not await permit_store.use(connection, line.id, change):
                values = {"balance": plain(line.balance + old.amount), "amount": plain(amount), "unit": line.unit}
                reasons.append(Reason("balance", "amount", values))
        if reasons or amount is None or line is None:
            raise self.words.refused(reasons)
        if not await permit_store.mark_corrected(connection, old.id, now):
            raise ConflictError("It was corrected already.", state="corrected")
        await permit_store.add_write_off(
            connection,
            {
                "line_id": line.id,
                "reference": old.reference,
                "day": old.day,
                "amount": millionths(amount),
                "corrects": old.id,
                "why": why,
                "actor": actor,
                "created_at": now,
            },
        )

    async def _settle(self, connection: AsyncConnection, permit_id: str, step: Step) -> None:
        """Let the state follow the balance, and keep the step."""
        permit = await permit_store.permit_of(connection, permit_id)
        if permit is None:  # pragma: no cover - the caller holds it
            raise NotFoundError("permit")
        used_up = all(not line.balance for line in permit.lines)
        to = permit.state if permit.state is _S.EXPIRED else _S.USED_UP if used_up else _S.VALID
        await move(connection, PERMITS, permit_id, to, step, changed_at=step.at)


def _key(person_id: str, request_key: str) -> str | None:
    return hashlib.sha256(f"{person_id}:{request_key}".encode()).hexdigest() if request_key else None
