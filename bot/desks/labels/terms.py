"""Use cases of the term: goods leave within six months of their release unless that is extended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.desks.labels import label_store
from bot.desks.labels import store as desk_store
from bot.desks.labels.lives_model import GONE
from bot.desks.labels.model import EXTENSION_REMINDERS_DAYS, Event, Label
from bot.desks.labels.news import LabelNews, firm_audience
from bot.desks.labels.rules import Rules
from bot.desks.labels.words import LabelWords
from bot.errors import Fault, InvalidInputError, NotFoundError, NotPermittedError
from bot.people.model import Role, StaffMember
from bot.reminders.model import ReminderKind
from bot.reminders.service import ReminderService
from bot.store.audit import AuditTrail
from bot.store.engine import Store


class Terms:
    """What was released on one day of one list shares its term."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        audit: AuditTrail,
        news: LabelNews,
        reminders: ReminderService,
        rules: Rules,
        words: LabelWords,
        zone: ZoneInfo,
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._news = news
        self._reminders = reminders
        self._rules = rules
        self._words = words
        self._zone = zone

    async def extend(self, application_id: str, released_on: date, why: str, *, by: StaffMember) -> date:
        """Let the goods of a list that were released on a day stay six months more; returns their new last day.

        Its reminders move. Raises InvalidInputError (no reason, no more extensions, not released), NotPermittedError.
        """
        if not by.role.may_act_as(Role.APPROVER):
            raise NotPermittedError("The role approver is needed.")
        now, term = self._clock(), self._rules.term
        async with self._store.write() as connection:
            labels = [
                label
                for label in await label_store.released_group(connection, application_id, released_on)
                if label.state not in GONE and label.balance.remaining
            ]
            codes = [] if why.strip() else ["reasons"]
            if not labels:
                codes.append("not_released")
            elif labels[0].extensions >= term.extensions:
                codes.append("extensions")
            if codes:
                said = [(code, self._words.say(f"fault.{code}", "en", most=term.extensions)) for code in codes]
                raise InvalidInputError(
                    [Fault("why" if code == "reasons" else "term", code, text) for code, text in said]
                )
            times = labels[0].extensions + 1
            last = term.last_day(released_on, times)
            await label_store.set_terms(connection, [label.id for label in labels], last, times)
            await self.remind(connection, labels, released_on)
            await self._audit.record(
                connection, now, f"staff:{by.name}", "label.extend", f"list:{application_id}", labels=len(labels)
            )
            event = await self._event(connection, labels[0].event_id)
            values = {"event": event.name, "count": str(len(labels)), "term": f"{last:%Y-%m-%d}"}
            counted = {"times": str(times), "most": str(term.extensions)}
            await self._news.tell(connection, labels[0].enterprise_id, "extended", **values, **counted)
        await self._news.wake()
        return last

    async def remind(self, connection: AsyncConnection, labels: Sequence[Label], released: date | None) -> None:
        """Remind of the term of what was released on one day, as long as anything of it remains."""
        first = labels[0]
        days = [released] if released else sorted({label.released_on for label in labels if label.released_on})
        for day in days:
            group = await label_store.released_group(connection, first.application_id, day)
            alive = [label for label in group if label.state not in GONE and label.balance.remaining]
            at = self._end_of(max(label.term_on for label in alive if label.term_on)) if alive else None
            event = await self._event(connection, first.event_id)
            name = f"{event.name} ({event.code}, {day:%Y-%m-%d})"
            await self._reminders.set_date(
                connection,
                ReminderKind.LABEL_EXPIRY,
                f"{first.application_id}:{day:%Y%m%d}",
                at,
                firm_audience(first.enterprise_id),
                [timedelta(days=number) for number in EXTENSION_REMINDERS_DAYS],
                values={"name": name},
            )

    def _end_of(self, day: date) -> datetime:
        # The office closes in the afternoon: a reminder that names midnight would send people there too late.
        return datetime.combine(day, time(17), self._zone)

    async def _event(self, connection: AsyncConnection, event_id: str) -> Event:
        event = await desk_store.event_of(connection, event_id)
        if event is None:
            raise NotFoundError("event")
        return event
