"""Use cases of clearance: take reports, tell status, bind and follow declarations."""

from __future__ import annotations

import hashlib
import hmac
import secrets as random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import LANGUAGES
from bot.clearance import store as clearance_store
from bot.clearance.model import Clearance, ClearanceEvent, StageChange, current_stage
from bot.clearance.texts import StageTexts
from bot.clock import Clock
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.errors import BindingRefusedError, NotEntitledError, NotFoundError, TooManyAttemptsError
from bot.people import store as people_store
from bot.people.firms.rights import may_see
from bot.people.model import FollowKind, Key, new_id
from bot.people.service import PeopleService
from bot.secrets import Secrets
from bot.store.audit import AuditTrail
from bot.store.engine import Store

TAKEN_AT_ONCE = 2000  # events in one transaction
CODE_LIFE = timedelta(days=14)
CODE_USES = 5
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is mistaken for another when read aloud
_CODE_CHARS = 10
_TRIES = 5
_TRIES_WINDOW = timedelta(hours=1)


class EventResult(StrEnum):
    """What became of a report."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"


def spell_code(raw: str) -> str:
    """A binding code as it is compared: upper case, without blanks and dashes."""
    return "".join(raw.upper().split()).replace("-", "")


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
    ) -> None:
        self._store = store
        self._clock = clock
        self._code_key = secrets.derive("binding-code")
        self._audit = audit
        self._outbox = outbox
        self._people = people
        self.texts = texts

    async def take(self, events: Sequence[ClearanceEvent]) -> list[EventResult]:
        """Keep reports, all in one transaction; followers are told of each stage that holds now and did not before.

        events: in the order received, at least one, at most TAKEN_AT_ONCE. Returns one result for each, in that order. The same
        report again changes nothing.
        """
        now = self._clock()
        async with self._store.write() as connection:
            fresh = await self._fresh(connection, events)
            results = [EventResult.DUPLICATE] * len(events)
            if fresh:
                owners = await self._owners(connection, fresh)
                numbers = sorted({event.declaration_no for event in fresh.values()})
                # In the order of their numbers, after all owners: two batches that meet cannot wait for each other.
                await clearance_store.ensure_declarations(connection, numbers, now)
                await clearance_store.lock_declarations(connection, numbers)
                histories = await clearance_store.histories_of(connection, numbers)
                kept = await clearance_store.add_events(connection, list(fresh.values()), now)
                taken = {place: kept[key] for place, event in fresh.items() if (key := event.key) in kept}
                for place in taken:
                    results[place] = EventResult.ACCEPTED
                await self._apply(
                    connection, {place: (taken[place], events[place]) for place in taken}, owners, histories
                )
        if EventResult.ACCEPTED in results:
            await self._outbox.wake()
        return results

    async def _fresh(self, connection: AsyncConnection, events: Sequence[ClearanceEvent]) -> dict[int, ClearanceEvent]:
        """Those that are not kept yet, by their place; of an id that stands twice the first. The others touch nothing."""
        seen = await clearance_store.known_ids(connection, [event.key for event in events])
        fresh: dict[int, ClearanceEvent] = {}
        for place, event in enumerate(events):
            if event.key not in seen:
                seen.add(event.key)
                fresh[place] = event
        return fresh

    async def _owners(self, connection: AsyncConnection, fresh: Mapping[int, ClearanceEvent]) -> dict[str | None, str]:
        """The ids of the enterprises that the events name, by credit code."""
        names = {event.enterprise_code: event.enterprise_name for event in fresh.values() if event.enterprise_code}
        return {
            code: await clearance_store.ensure_enterprise(connection, code, name or code, self._clock())
            for code, name in sorted(names.items())
        }

    async def _apply(
        self,
        connection: AsyncConnection,
        taken: Mapping[int, tuple[int, ClearanceEvent]],
        owners: Mapping[str | None, str],
        histories: Mapping[str, list[StageChange]],
    ) -> None:
        """Owners, stages and notifications of reports just kept (number and event, in the order received)."""
        owned = [
            (event.declaration_no, owners[event.enterprise_code])
            for _, event in taken.values()
            if event.enterprise_code in owners
        ]
        await clearance_store.set_owners(connection, owned)
        holds: dict[str, StageChange] = {}
        told: list[tuple[int, str, StageChange]] = []
        for number, event in taken.values():
            history = histories[event.declaration_no]
            before = holds.get(event.declaration_no) or current_stage(history)
            history.append(StageChange(event.stage, event.occurred_at, event.note))
            current = current_stage(history)
            if current is None:  # pragma: no cover - the report just kept is in the history
                raise AssertionError("a declaration with a report has no stage")
            holds[event.declaration_no] = current
            if before is None or current.stage is not before.stage:
                told.append((number, event.declaration_no, current))
        await clearance_store.set_stages(connection, holds, self._clock())
        await self._tell_followers(connection, told)

    async def _tell_followers(
        self, connection: AsyncConnection, changes: Sequence[tuple[int, str, StageChange]]
    ) -> None:
        """Write what followers are told. Nothing is written for what nobody follows: who follows later asks for the status."""
        followed = await people_store.followed_among(
            connection, FollowKind.DECLARATION, {declaration_no for _, declaration_no, _ in changes}
        )
        for number, declaration_no, change in changes:
            if declaration_no not in followed:
                continue
            notification = OutgoingNotification(
                CauseKind.CLEARANCE,
                str(number),
                Lane.TRANSACTIONAL,
                Audience(AudienceKind.DECLARATION, declaration_no),
                {language: self.texts.change(declaration_no, change, language) for language in LANGUAGES},
            )
            await self._outbox.add(connection, notification, self._clock())

    async def make_binding_code(self, declaration_no: str, *, actor: str, key: Key | None = None) -> str:
        """A code with which up to 5 persons may follow this declaration within 14 days; shown this once.

        key: the enterprise's key when a machine asks; it must own the declaration, else NotEntitledError.
        """
        now = self._clock()
        raw = "".join(random.choice(_CODE_ALPHABET) for _ in range(_CODE_CHARS))
        async with self._store.write() as connection:
            if key is not None:
                await self._entitled_clearance(connection, declaration_no, key)
            else:
                await clearance_store.ensure_declaration(connection, declaration_no, now)
            await clearance_store.add_binding_code(
                connection,
                declaration_no,
                self._hash_code(raw),
                created_by=actor,
                at=now,
                expires_at=now + CODE_LIFE,
                uses=CODE_USES,
            )
            await self._audit.record(connection, now, actor, "binding.code", self._audit_name(declaration_no))
        return f"{raw[:5]}-{raw[5:]}"

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
            if await clearance_store.count_attempts(connection, subjects, now - _TRIES_WINDOW) >= _TRIES:
                raise TooManyAttemptsError(int(_TRIES_WINDOW.total_seconds()))
            opened = await clearance_store.use_binding_code(connection, declaration_no, self._hash_code(code), now)
            if opened:
                await people_store.add_follow(
                    connection, new_id(), person.id, FollowKind.DECLARATION, declaration_no, now
                )
                await self._audit.record(
                    connection, now, f"person:{person.id}", "binding.use", self._audit_name(declaration_no)
                )
            else:
                # Committed with the refusal below: a wrong try must count.
                await clearance_store.note_attempt(connection, subjects, now, now - _TRIES_WINDOW)
        if not opened:
            raise BindingRefusedError("The binding code does not open this declaration.")
        return True

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

    def _hash_code(self, code: str) -> str:
        return hmac.digest(self._code_key, spell_code(code).encode(), hashlib.sha256).hex()

    def _audit_name(self, declaration_no: str) -> str:
        # The trail says that two acts meant the same declaration, not which: it outlives an erasure.
        return "declaration:" + hmac.digest(self._code_key, declaration_no.encode(), hashlib.sha256).hex()[:16]
