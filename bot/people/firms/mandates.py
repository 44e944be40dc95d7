"""Use cases of mandates: a broker acts for a client until a moment that both know."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError, NotPermittedError
from bot.people.firms import mandate_store
from bot.people.firms import store as firm_store
from bot.people.firms.checks import credit_code_faults, grant_faults, spell_credit_code
from bot.people.firms.lives_model import MANDATE, MandateState
from bot.people.firms.model import MANDATE_MOST, MANDATE_RIGHTS, Firm, Grants, Mandate, News, Right
from bot.people.firms.ports import FirmNews
from bot.people.model import Person, new_id
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.history import Step, move, opened

_AT_ONCE = 50
_OPEN_MOST = 200


class MandateService:
    """Every method is the act of a person who manages the members of the client or of the broker."""

    def __init__(self, store: Store, clock: Clock, audit: AuditTrail, news: FirmNews) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._news = news

    async def offer(
        self,
        person: Person,
        client_id: str,
        broker_code: str,
        grants: Grants,
        valid_from: datetime,
        valid_until: datetime,
    ) -> Mandate:
        """Give a broker a mandate; see `offer_in`."""
        async with self._store.write() as connection:
            mandate = await self.offer_in(connection, person, client_id, broker_code, grants, valid_from, valid_until)
        await self._news.wake()
        return mandate

    async def offer_in(
        self,
        connection: AsyncConnection,
        person: Person,
        client_id: str,
        broker_code: str,
        grants: Grants,
        valid_from: datetime,
        valid_until: datetime,
    ) -> Mandate:
        """Give a broker a mandate, in the caller's transaction; it holds once the broker has taken it.

        broker_code: the broker's credit code; it must have people here, so that somebody can take it. Raises InvalidInputError
        with all faults, NotPermittedError, and ConflictError when too many are open.
        """
        now, code = self._clock(), spell_credit_code(broker_code)
        client = await self._managed(connection, person, client_id)
        broker = await firm_store.firm_of_code(connection, code)
        faults = grant_faults(grants) + _time_faults(valid_from, valid_until, now)
        faults += [
            Fault(f"rights.{right}", "unknown", "A mandate cannot give this right.")
            for right in grants
            if right not in MANDATE_RIGHTS
        ]
        faults += await self._broker_faults(connection, client, broker, code)
        if faults or broker is None:
            raise InvalidInputError(faults)
        if len(await mandate_store.open_of(connection, client.id)) >= _OPEN_MOST:
            raise ConflictError("Too many mandates of this firm are open.", state="full")
        mandate = Mandate(new_id(), client, broker, MandateState.OFFERED, valid_from, valid_until, grants)
        step = Step(f"person:{person.id}", now)
        await mandate_store.add(connection, mandate, actor=step.actor, at=now)
        await opened(connection, MANDATE, mandate.id, MandateState.OFFERED, step)
        await self._note(connection, step, "mandate.offer", mandate)
        await self._tell(connection, "mandate_offered", mandate, (broker,))
        return mandate

    async def _broker_faults(
        self, connection: AsyncConnection, client: Firm, broker: Firm | None, code: str
    ) -> list[Fault]:
        wrong_code = credit_code_faults(code)
        if wrong_code:
            return [replace(fault, where="broker") for fault in wrong_code]
        if broker is None or not await mandate_store.people_of(connection, broker.id):
            return [Fault("broker", "unknown", "No firm of this credit code has people here; it must join first.")]
        return [Fault("broker", "same", "A firm gives no mandate to itself.")] if broker.id == client.id else []

    async def accept(self, person: Person, mandate_id: str) -> Mandate:
        """Take a mandate, as the broker. Raises NotFoundError, NotPermittedError, ConflictError (also when it is over)."""
        now = self._clock()
        async with self._store.write() as connection:
            mandate = await self._concerned(connection, person, mandate_id, broker_only=True)
            if mandate.valid_until <= now:
                raise ConflictError("This mandate is over.", state=MandateState.ENDED)
            step = Step(f"person:{person.id}", now)
            await move(connection, MANDATE, mandate_id, MandateState.ACTIVE, step)
            mandate = replace(mandate, state=MandateState.ACTIVE)
            await self._note(connection, step, "mandate.accept", mandate)
            await self._news.mandate_dates(connection, mandate, ends=True)
            await self._tell(connection, "mandate_accepted", mandate, (mandate.client, mandate.broker))
        await self._news.wake()
        return mandate

    async def end(self, person: Person, mandate_id: str, why: str | None = None) -> Mandate:
        """End a mandate at once, from either side; the broker declines one that it has not taken.

        Raises NotFoundError, NotPermittedError, ConflictError when it has ended already.
        """
        now = self._clock()
        async with self._store.write() as connection:
            mandate = await self._concerned(connection, person, mandate_id)
            is_client = await self._manages(connection, person, mandate.client.id)
            declined = mandate.state is MandateState.OFFERED and not is_client
            state = MandateState.DECLINED if declined else MandateState.REVOKED
            mandate = await self._over(connection, mandate, state, Step(f"person:{person.id}", now, why))
        await self._news.wake()
        return mandate

    async def mandates(self, person: Person, firm_id: str) -> list[Mandate]:
        """Offered and active mandates of a firm, as client or broker, the first to end first. For who manages members."""
        async with self._store.read() as connection:
            await self._managed(connection, person, firm_id, changes=False)
            return await mandate_store.open_of(connection, firm_id)

    async def tick(self) -> None:
        """What a worker does about once a second: mandates whose time is over. Their rights ended by the clock already."""
        now = self._clock()
        async with self._store.read() as connection:
            found = await mandate_store.over(connection, now, _AT_ONCE)
        for mandate in found:
            try:
                async with self._store.write() as connection:
                    await firm_store.hold(connection, mandate.client.id, mandate.broker.id)
                    await self._over(connection, mandate, MandateState.ENDED, Step("system", now))
            except ConflictError:
                continue  # somebody ended it in the same moment
        if found:
            await self._news.wake()

    async def _over(self, connection: AsyncConnection, mandate: Mandate, state: MandateState, step: Step) -> Mandate:
        await move(connection, MANDATE, mandate.id, state, step, ended_at=step.at)
        mandate = replace(mandate, state=state)
        await self._note(connection, step, f"mandate.{state}", mandate)
        people = await mandate_store.people_of(connection, mandate.broker.id)
        ended = await firm_store.end_lost_follows(connection, people, step.at)
        await self._news.follows_ended(connection, ended, step.at)
        await self._news.mandate_dates(connection, mandate, ends=False)
        await self._tell(connection, f"mandate_{state}", mandate, (mandate.client, mandate.broker))
        return mandate

    async def _tell(self, connection: AsyncConnection, what: str, mandate: Mandate, to: tuple[Firm, ...]) -> None:
        values = {
            "client": mandate.client.name,
            "broker": mandate.broker.name,
            "from": mandate.valid_from.isoformat(),
            "until": mandate.valid_until.isoformat(),
            "mandate": mandate.id,
        }
        for firm in to:
            await self._news.tell(connection, News(what, values, firm_id=firm.id), self._clock())

    async def _managed(
        self, connection: AsyncConnection, person: Person, firm_id: str, *, changes: bool = True
    ) -> Firm:
        if changes:
            await firm_store.hold(connection, firm_id)
        firm = await firm_store.firm_of_id(connection, firm_id)
        if firm is None or not await self._manages(connection, person, firm_id):
            raise NotPermittedError("You may not manage that firm's mandates.")
        return firm

    async def _manages(self, connection: AsyncConnection, person: Person, firm_id: str) -> bool:
        member = await firm_store.member_in(connection, firm_id, person.id)
        return member is not None and Right.MEMBERS in member.grants

    async def _concerned(
        self, connection: AsyncConnection, person: Person, mandate_id: str, *, broker_only: bool = False
    ) -> Mandate:
        mandate = await mandate_store.of_id(connection, mandate_id)
        if mandate is None:
            raise NotFoundError("mandate")
        await firm_store.hold(connection, mandate.client.id, mandate.broker.id)
        sides = [mandate.broker.id] if broker_only else [mandate.client.id, mandate.broker.id]
        if not any([await self._manages(connection, person, firm_id) for firm_id in sides]):
            # The same as for one that is not there: nobody learns of others' mandates.
            raise NotFoundError("mandate")
        return await mandate_store.of_id(connection, mandate_id) or mandate

    async def _note(self, connection: AsyncConnection, step: Step, action: str, mandate: Mandate) -> None:
        await self._audit.record(
            connection,
            step.at,
            step.actor,
            action,
            f"mandate:{mandate.id}",
            client=mandate.client.credit_code,
            broker=mandate.broker.credit_code,
            rights=sorted(mandate.grants),
        )


def _time_faults(valid_from: datetime, valid_until: datetime, now: datetime) -> list[Fault]:
    faults = []
    if valid_until <= now:
        faults.append(Fault("valid_until", "past", "A mandate ends in the future."))
    if valid_from >= valid_until:
        faults.append(Fault("valid_from", "order", "A mandate begins before it ends."))
    elif valid_until - max(valid_from, now) > MANDATE_MOST:
        faults.append(Fault("valid_until", "range", f"A mandate runs for {MANDATE_MOST.days} days at most."))
    return faults
