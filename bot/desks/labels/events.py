"""Use cases of events and exhibitors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language
from bot.clock import Clock
from bot.desks.labels import label_store
from bot.desks.labels import store as desk_store
from bot.desks.labels.columns import NAME_MAX, PAPER_MAX, RowFault
from bot.desks.labels.lives_model import EVENT, GONE, EventState
from bot.desks.labels.model import Event, Exhibitor
from bot.desks.labels.news import LabelNews
from bot.desks.labels.rules import Rules
from bot.desks.labels.words import LabelWords, bullets
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from bot.people.firms.model import Right
from bot.people.firms.rights import firms_of, require
from bot.people.model import StaffMember, new_id
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.history import Step, move, opened
from bot.store.serial import one_at_a_time

STAND_MAX, NOTE_MAX, TITLE_MAX = 24, 60, 40
_CODE = re.compile(r"[A-Z0-9]{2,8}")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_LONGEST_DAYS = 731
DEFAULT_COLOUR = "#0b5c8a"


@dataclass(frozen=True)
class EventDraft:
    """What an organiser enters. title, colour, note: of the label; an empty title is the event's name."""

    code: str
    name: str
    venue: str
    opens_on: date
    closes_on: date
    guarantee_no: str = ""
    title: str = ""
    colour: str = DEFAULT_COLOUR
    note: str = ""


@dataclass(frozen=True)
class Account:
    """How an event stands. states: labels by state; entered: lines at the venue; open: of these with something left."""

    event: Event
    states: Mapping[str, int]
    entered: int
    open: int


class EventService:
    """Events are entered by an organiser's people and decided on by staff; exhibitors' people register for approved ones."""

    def __init__(
        self, store: Store, clock: Clock, audit: AuditTrail, news: LabelNews, rules: Rules, words: LabelWords
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._news = news
        self._rules = rules
        self._words = words

    async def apply(self, person_id: str, firm_id: str, draft: EventDraft, language: Language) -> Event:
        """Enter an event. Raises NotPermittedError, InvalidInputError with all faults in the person's language."""
        async with self._store.write() as connection:
            return await self.apply_in(connection, person_id, firm_id, draft, language)

    async def apply_in(
        self, connection: AsyncConnection, person_id: str, firm_id: str, draft: EventDraft, language: Language
    ) -> Event:
        """The same in the caller's transaction."""
        now = self._clock()
        firm = await require(connection, person_id, firm_id, Right.LABELS, now)
        faults = self.faults(draft)
        event = Event(
            id=new_id(),
            code=draft.code.strip().upper(),
            enterprise_id=firm.id,
            organiser=firm.name,
            name=draft.name.strip(),
            venue=draft.venue.strip(),
            opens_on=draft.opens_on,
            closes_on=draft.closes_on,
            guarantee_no=draft.guarantee_no.strip() or None,
            title=draft.title.strip() or draft.name.strip()[:TITLE_MAX],
            colour=draft.colour.strip().lower() or DEFAULT_COLOUR,
            note=draft.note.strip(),
            state=EventState.APPLIED,
            created_by=f"person:{person_id}",
            created_at=now,
        )
        if not faults and not await desk_store.add_event(connection, event, person_id):
            faults = [RowFault(0, "code", "code_taken", {})]
        self._refuse(faults, language)
        await opened(connection, EVENT, event.id, EventState.APPLIED, Step(event.created_by, now))
        return event

    def faults(self, draft: EventDraft) -> list[RowFault]:
        """All that is wrong with an event's data."""
        faults = []
        if not _CODE.fullmatch(draft.code.strip().upper()):
            faults.append(RowFault(0, "code", "code", {}))
        for name, most in (("name", NAME_MAX), ("venue", NAME_MAX)):
            if not 1 <= len(getattr(draft, name).strip()) <= most:
                faults.append(RowFault(0, name, "text", {"most": str(most)}))
        for name, most in (("title", TITLE_MAX), ("note", NOTE_MAX), ("guarantee_no", PAPER_MAX)):
            if len(getattr(draft, name).strip()) > most:
                faults.append(RowFault(0, name, "text", {"most": str(most)}))
        days = (draft.closes_on - draft.opens_on).days
        if not 0 <= days <= _LONGEST_DAYS or draft.closes_on < self._clock().date():
            faults.append(RowFault(0, "period", "period", {}))
        if draft.colour and not _COLOUR.fullmatch(draft.colour.strip().lower()):
            faults.append(RowFault(0, "colour", "colour", {}))
        if self._rules.is_historical(f"{draft.name} {draft.title} {draft.note}"):
            faults.append(RowFault(0, "name", "historical", {}))
        return faults

    async def approve(self, event_id: str, *, by: StaffMember) -> None:
        """Labels will be issued for it. Raises NotFoundError; ConflictError when it was decided already."""
        now = self._clock()
        async with self._store.write() as connection:
            event = await self._event(connection, event_id)
            await move(connection, EVENT, event_id, EventState.APPROVED, Step(f"staff:{by.name}", now))
            await self._audit.record(connection, now, f"staff:{by.name}", "label.event.approve", f"event:{event.code}")
            await self._news.tell(connection, event.enterprise_id, "event_approved", event=event.name, code=event.code)
        await self._news.wake()

    async def refuse(self, event_id: str, reasons: Sequence[str], *, by: StaffMember) -> None:
        """No labels for it; every reason is told at once. Raises InvalidInputError without one, NotFoundError, ConflictError."""
        given = [reason.strip() for reason in reasons if reason.strip()]
        if not given:
            raise InvalidInputError([Fault("reasons", "reasons", self._words.say("fault.reasons", "en"))])
        now = self._clock()
        async with self._store.write() as connection:
            event = await self._event(connection, event_id)
            step = Step(f"staff:{by.name}", now, "\n".join(given))
            await move(connection, EVENT, event_id, EventState.REFUSED, step, reasons=given)
            await self._audit.record(connection, now, step.actor, "label.event.refuse", f"event:{event.code}")
            values = {"event": event.name, "code": event.code, "reasons": bullets(given)}
            await self._news.tell(connection, event.enterprise_id, "event_refused", **values)
        await self._news.wake()

    async def close(self, event_id: str, *, by: StaffMember) -> None:
        """End an event whose labels have all come to their end. Raises ConflictError while some have not."""
        now = self._clock()
        async with self._store.write() as connection:
            await one_at_a_time(connection, f"expo-event:{event_id}")
            event = await self._event(connection, event_id)
            alive = {
                state: n for state, n in (await label_store.counts(connection, event_id)).items() if state not in GONE
            }
            if alive:
                listed = ", ".join(f"{number} {state}" for state, number in sorted(alive.items()))
                raise ConflictError(f"Labels have not come to their end: {listed}.", state=event.state.value)
            await move(connection, EVENT, event_id, EventState.CLOSED, Step(f"staff:{by.name}", now))
            await self._audit.record(connection, now, f"staff:{by.name}", "label.event.close", f"event:{event.code}")
            await self._news.tell(connection, event.enterprise_id, "event_closed", event=event.name, code=event.code)
        await self._news.wake()

    async def open_events(self) -> list[Event]:
        """Events for which one may register."""
        async with self._store.read() as connection:
            found = await desk_store.events(connection, states=(EventState.APPROVED,))
        today = self._clock().date()
        return [event for event in found if event.closes_on >= today]

    async def events_of(self, person_id: str) -> list[Event]:
        """Events of the firms for which a person may act."""
        async with self._store.read() as connection:
            firms = await firms_of(connection, person_id, Right.LABELS, self._clock())
            return await desk_store.events(connection, firms=[firm.id for firm in firms])

    async def register(
        self, person_id: str, event_id: str, firm_id: str, given: Mapping[str, str], language: Language
    ) -> Exhibitor:
        """Register a firm for an event. given: name, stand, guarantee_no. Raises as `apply`, and ConflictError."""
        async with self._store.write() as connection:
            return await self.register_in(connection, person_id, event_id, firm_id, given, language)

    async def register_in(
        self,
        connection: AsyncConnection,
        person_id: str,
        event_id: str,
        firm_id: str,
        given: Mapping[str, str],
        language: Language,
    ) -> Exhibitor:
        """The same in the caller's transaction."""
        now = self._clock()
        firm = await require(connection, person_id, firm_id, Right.LABELS, now)
        event = await self._event(connection, event_id)
        if event.state is not EventState.APPROVED or event.closes_on < now.date():
            raise ConflictError("One registers for events that are approved and not over.", state=event.state.value)
        name, stand = given.get("name", "").strip() or firm.name[:NAME_MAX], given.get("stand", "").strip()
        guarantee = given.get("guarantee_no", "").strip()
        limits = (
            ("name", name, NAME_MAX, 1),
            ("stand", stand, STAND_MAX, 1),
            ("guarantee_no", guarantee, PAPER_MAX, 0),
        )
        faults = [
            RowFault(0, column, "text", {"most": str(most)})
            for column, text, most, least in limits
            if not least <= len(text) <= most
        ]
        exhibitor = Exhibitor(new_id(), event.id, firm.id, firm.name, name, stand, guarantee or None, person_id)
        if not faults and not await desk_store.add_exhibitor(connection, exhibitor, now):
            faults.append(RowFault(0, "stand", "stand_taken", {}))
        self._refuse(faults, language)
        return exhibitor

    async def exhibitors_of(self, person_id: str) -> list[tuple[Exhibitor, Event]]:
        """Registrations of the firms for which a person may act, each with its event."""
        async with self._store.read() as connection:
            firms = await firms_of(connection, person_id, Right.LABELS, self._clock())
            found = await desk_store.exhibitors(connection, firms=[firm.id for firm in firms])
            events = {event.id: event for event in await desk_store.events(connection)}
        return [(exhibitor, events[exhibitor.event_id]) for exhibitor in found]

    async def code_of(self, event_id: str) -> str:
        """An event's code, as on its labels. Raises NotFoundError."""
        async with self._store.read() as connection:
            return (await self._event(connection, event_id)).code

    async def all_events(self) -> list[Event]:
        """For staff, the newest first."""
        async with self._store.read() as connection:
            return await desk_store.events(connection)

    async def account(self, event_id: str) -> tuple[Account, list[Exhibitor]]:
        """For staff: how an event stands, and who is registered. Raises NotFoundError."""
        async with self._store.read() as connection:
            event = await self._event(connection, event_id)
            states = await label_store.counts(connection, event_id)
            totals = await label_store.totals(connection, event_id)
            exhibitors = await desk_store.exhibitors(connection, event_id=event_id)
        counted = {state.value: number for state, number in states.items()}
        return Account(event, counted, totals["entered"], totals["open"]), exhibitors

    def _refuse(self, faults: Sequence[RowFault], language: Language) -> None:
        if faults:
            raise InvalidInputError(
                [Fault(fault.column, fault.code, self._words.fault(fault, language)) for fault in faults]
            )

    async def _event(self, connection: AsyncConnection, event_id: str) -> Event:
        event = await desk_store.event_of(connection, event_id)
        if event is None:
            raise NotFoundError("event")
        return event
