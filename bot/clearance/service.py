"""Use cases of clearance: take reports, tell status, bind and follow declarations."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clearance import code_store
from bot.clearance import store as clearance_store
from bot.clearance.model import Clearance, ClearanceEvent
from bot.clearance.taking import EventResult, Taking
from bot.clearance.texts import StageTexts
from bot.clock import Clock
from bot.delivery.outbox import Outbox
from bot.errors import BindingRefusedError, NotEntitledError, NotFoundError
from bot.people import attempts
from bot.people import store as people_store
from bot.people.codes import hash_code, new_code, shown
from bot.people.firms.rights import may_see
from bot.people.model import FollowKind, Key, new_id
from bot.people.service import PeopleService
from bot.reminders.service import ReminderService
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store

CODE_LIFE = timedelta(days=14)
CODE_USES = 5


class ClearanceService:
    """Status of shipments, for those entitled to it and nobody else."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        secrets: Secrets,
        audit: AuditTrail,
        outbox: Outbox,
        people: PeopleService,
        texts: StageTexts,
        *,
        reminders: ReminderService | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._code_key = secrets.derive("binding-code")
        self._audit = audit
        self._people = people
        self.texts = texts
        self._taking = Taking(store, clock, outbox, texts, reminders)

    async def take(self, events: Sequence[ClearanceEvent]) -> list[EventResult]:
        """Keep reports; see Taking.take."""
        return await self._taking.take(events)

    async def make_binding_code(self, declaration_no: str, *, actor: str, key: Key | None = None) -> str:
        """A code with which up to 5 persons may follow this declaration within 14 days; shown this once.

        key: the enterprise's key when a machine asks; it must own the declaration, else NotEntitledError.
        """
        now = self._clock()
        raw = new_code()
        async with self._store.write() as connection:
            if key is not None:
                await self._entitled_clearance(connection, declaration_no, key)
            else:
                await clearance_store.ensure_declaration(connection, declaration_no, now)
            await code_store.add_binding_code(
                connection,
                declaration_no,
                hash_code(self._code_key, raw),
                created_by=actor,
                at=now,
                expires_at=now + CODE_LIFE,
                uses=CODE_USES,
            )
            await self._audit.record(connection, now, actor, "binding.code", self._audit_name(declaration_no))
        return shown(raw)

    async def follow(self, key: str, declaration_no: str, code: str) -> bool:
        """Follow a declaration with a binding code; False when it is followed already (the code is then not used up).

        Raises SessionNotPrivateError, BindingRefusedError, or TooManyAttemptsError after 5 wrong codes in an hour, counted
        for the person and for the declaration.
        """
        person = await self._people.private_person(key)
        now = self._clock()
        subjects = [f"person:{person.id}", f"declaration:{declaration_no}"]
        async with self._store.write() as connection:
            if await people_store.follows_target(
                connection, person.id, FollowKind.DECLARATION, declaration_no, alone=True
            ):
                return False
            await attempts.refuse_more(connection, subjects, now)
            opened = await code_store.use_binding_code(connection, declaration_no, hash_code(self._code_key, code), now)
            if opened:
                await people_store.add_follow(
                    connection, new_id(), person.id, FollowKind.DECLARATION, declaration_no, now
                )
                await self._audit.record(
                    connection, now, f"person:{person.id}", "binding.use", self._audit_name(declaration_no)
                )
            else:
                # Committed with the refusal below: a wrong try must count.
                await attempts.note(connection, subjects, now)
        if not opened:
            raise BindingRefusedError("The binding code does not open this declaration.")
        return True

    async def opened_by(self, numbers: Sequence[str], code: str) -> str | None:
        """Which of these declarations a binding code opens now; None: none of them. Nothing is used up."""
        async with self._store.read() as connection:
            return await code_store.opened_by(connection, numbers, hash_code(self._code_key, code), self._clock())

    async def status_for_person(self, key: str, declaration_no: str) -> Clearance:
        """The status, for a person who follows the declaration. Raises SessionNotPrivateError or NotEntitledError."""
        person = await self._people.private_person(key)
        async with self._store.read() as connection:
            own = await people_store.follows_target(
                connection, person.id, FollowKind.DECLARATION, declaration_no, alone=True
            )
            # What a firm's right gives is asked anew each time: it may have ended a moment ago.
            if not own and not await may_see(connection, person.id, declaration_no, self._clock()):
                raise NotEntitledError("This conversation may not see that declaration.")
            clearance = await clearance_store.clearance_of(connection, declaration_no)
        if clearance is None:  # pragma: no cover - a follow needs a declaration
            raise NotEntitledError("This conversation may not see that declaration.")
        return clearance

    async def status_for_key(self, declaration_no: str, key: Key) -> Clearance:
        """The status, for the enterprise's own key. Raises NotEntitledError, the same for unknown declarations."""
        async with self._store.read() as connection:
            return await self._entitled_clearance(connection, declaration_no, key)

    async def status_for_staff(self, declaration_no: str, *, actor: str) -> Clearance:
        """The status, for staff; the look is recorded. Raises NotFoundError."""
        async with self._store.write() as connection:
            clearance = await clearance_store.clearance_of(connection, declaration_no)
            if clearance is None:
                raise NotFoundError("declaration")
            await self._audit.record(
                connection, self._clock(), actor, "clearance.look", self._audit_name(declaration_no)
            )
        return clearance

    async def _entitled_clearance(self, connection: AsyncConnection, declaration_no: str, key: Key) -> Clearance:
        clearance = await clearance_store.clearance_of(connection, declaration_no)
        if clearance is None or key.enterprise_id is None or clearance.enterprise_id != key.enterprise_id:
            raise NotEntitledError("This key may not see that declaration.")
        return clearance

    def _audit_name(self, declaration_no: str) -> str:
        # The trail says that two acts meant the same declaration, not which: it outlives an erasure.
        return "declaration:" + hmac.digest(self._code_key, declaration_no.encode(), hashlib.sha256).hex()[:16]
