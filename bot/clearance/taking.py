"""Use case: reports are kept, what holds is worked out, followers are told. All in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clearance import late_store, number_store
from bot.clearance import store as clearance_store
from bot.clearance.deadlines import UNDECLARED
from bot.clearance.model import ClearanceEvent, StageChange
from bot.clearance.reports import Report, Settled
from bot.clearance.telling import Telling, Unfolding
from bot.clearance.texts import StageTexts
from bot.clock import Clock
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.people import store as people_store
from bot.people.firms.rights import may_see
from bot.people.model import FollowKind, new_id
from bot.reminders.model import ReminderKind
from bot.reminders.reading import DEADLINE_OFFSETS, deadline
from bot.reminders.service import ReminderService
from bot.store.engine import Store

TAKEN_AT_ONCE = 2000  # events in one transaction


class EventResult(StrEnum):
    """What became of a report."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"


class Taking:
    """Takes reports. reminders: where the last day to declare is reminded of; None: nowhere."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        outbox: Outbox,
        texts: StageTexts,
        reminders: ReminderService | None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self._texts = texts
        self._reminders = reminders

    async def take(self, events: Sequence[ClearanceEvent]) -> list[EventResult]:
        """Keep reports, all in one transaction; followers are told what holds now and did not before, and what was wrong.

        events: in the order received, at least one, at most TAKEN_AT_ONCE. Returns one result for each, in that order. The same
        report again changes nothing.
        """
        now = self._clock()
        somebody_told = False
        async with self._store.write() as connection:
            fresh = await self._fresh(connection, events)
            results = [EventResult.DUPLICATE] * len(events)
            if fresh:
                owners = await self._owners(connection, fresh, now)
                numbers = sorted({event.declaration_no for event in fresh.values()})
                # In the order of their numbers, after all owners: two batches that meet cannot wait for each other.
                await clearance_store.ensure_declarations(connection, numbers, now)
                await clearance_store.lock_declarations(connection, numbers)
                reports = await clearance_store.reports_of(connection, numbers)
                kept = await clearance_store.add_events(connection, list(fresh.values()), now)
                taken = {place: kept[event.key] for place, event in fresh.items() if event.key in kept}
                for place in taken:
                    results[place] = EventResult.ACCEPTED
                arrived = [(taken[place], events[place]) for place in taken]
                somebody_told = await self._apply(connection, arrived, owners, reports, now)
        if somebody_told:
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

    async def _owners(
        self, connection: AsyncConnection, fresh: Mapping[int, ClearanceEvent], now: datetime
    ) -> dict[str | None, str]:
        """The ids of the enterprises that the events name, by credit code."""
        names = {event.enterprise_code: event.enterprise_name for event in fresh.values() if event.enterprise_code}
        return {
            code: await clearance_store.ensure_enterprise(connection, code, name or code, now)
            for code, name in sorted(names.items())
        }

    async def _apply(
        self,
        connection: AsyncConnection,
        arrived: Sequence[tuple[int, ClearanceEvent]],
        owners: Mapping[str | None, str],
        reports: Mapping[str, Sequence[Report]],
        now: datetime,
    ) -> bool:
        """Owners, numbers, stages and notifications of reports just kept; whether there are notifications.

        arrived: number and event, in the order received.
        """
        owned = [
            (event.declaration_no, owners[event.enterprise_code])
            for _, event in arrived
            if event.enterprise_code in owners
        ]
        await clearance_store.set_owners(connection, owned)
        added: dict[str, list[Report]] = {}
        for seq, event in arrived:
            added.setdefault(event.declaration_no, []).append(_report(seq, event, now))
        await self._link(connection, reports, added, now)
        followed = await people_store.followed_among(connection, FollowKind.DECLARATION, set(added))
        unfoldings: dict[str, Unfolding] = {}
        tellings: list[Telling] = []
        # In the order received, declaration by declaration: what one is told does not depend on the others.
        for number, new in added.items():
            unfolding = unfoldings[number] = Unfolding(number, reports[number], followed=number in followed)
            tellings += filter(None, [unfolding.add(report) for report in new])
        settled = {number: unfolding.settled for number, unfolding in unfoldings.items()}
        await clearance_store.set_stages(connection, settled, now)
        await clearance_store.set_told(
            connection, {seq: told for one in unfoldings.values() for seq, told in one.told.items()}
        )
        await late_store.end_left(connection, sorted(settled), now)
        await self._tell(connection, sorted(tellings, key=lambda one: one.cause_seq), now)
        await self._remind(connection, settled)
        return bool(tellings)

    async def _link(
        self,
        connection: AsyncConnection,
        reports: Mapping[str, Sequence[Report]],
        added: Mapping[str, Sequence[Report]],
        now: datetime,
    ) -> None:
        """Store which numbers belong to the declarations now; who follows one of the numbers follows them too, with the right."""
        if not any(_says_numbers(report) for new in added.values() for report in new):
            return
        before = await number_store.numbers_of(connection, added)
        linked: list[tuple[str, number_store.Number]] = []
        for declaration_no, new in added.items():
            unfolding = Unfolding(declaration_no, [*reports[declaration_no], *new], followed=False)
            had, has = before.get(declaration_no, frozenset()), unfolding.settled.numbers
            if had != has:
                await number_store.set_numbers(connection, declaration_no, had, has)
                linked += [(declaration_no, number) for number in has - had]
        waiting = await number_store.waiting_follows(connection, linked)
        if not waiting:
            return
        for follow in waiting:
            firm = await may_see(connection, follow.person_id, follow.declaration_no, now)
            if firm is not None:
                await people_store.add_follow(
                    connection,
                    new_id(),
                    follow.person_id,
                    FollowKind.DECLARATION,
                    follow.declaration_no,
                    now,
                    firm_id=firm.id,
                    ends_at=firm.until,
                    via=follow.via_text,
                )

    async def _tell(self, connection: AsyncConnection, tellings: Sequence[Telling], now: datetime) -> None:
        """Write what followers are told. Nothing is written for what nobody follows: who follows later asks for the status."""
        for telling in tellings:
            notification = OutgoingNotification(
                CauseKind.CLEARANCE,
                str(telling.cause_seq),
                Lane.TRANSACTIONAL,
                Audience(AudienceKind.DECLARATION, telling.declaration_no),
                telling.messages(self._texts),
            )
            await self._outbox.add(connection, notification, now)

    async def _remind(self, connection: AsyncConnection, settled: Mapping[str, Settled]) -> None:
        """Set, move or take away the last day to declare, where a report told when the conveyance was declared for entry."""
        if self._reminders is None:
            return
        for number, what in settled.items():
            told = what.latest("arrived_on")
            arrived_on = told if isinstance(told, date) else None
            stage = what.current.change.stage if what.current and what.current.change else None
            if arrived_on is None and not what.taken_back:
                continue
            runs = stage in UNDECLARED
            await self._reminders.set_date(
                connection,
                ReminderKind.DECLARATION_DEADLINE,
                number,
                deadline(arrived_on, self._texts.words.zone).ends_at if arrived_on and runs else None,
                Audience(AudienceKind.DECLARATION, number),
                DEADLINE_OFFSETS,
                values={"name": f"{arrived_on}", "number": number},
                text_key="declaration_of_shipment",
            )


def _report(seq: int, event: ClearanceEvent, now: datetime) -> Report:
    change = StageChange(event.stage, event.occurred_at, event.note, event.details) if event.stage else None
    return Report(seq, event.source, event.event_id, change, event.amends_id, event.note, now)


def _says_numbers(report: Report) -> bool:
    """Whether it may change which numbers belong to the declaration."""
    details = report.change.details if report.change else None
    return report.amends_id is not None or bool(details and (details.bills or details.containers))
