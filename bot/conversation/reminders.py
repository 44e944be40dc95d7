"""Reminders in the talk."""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from bot.channels.model import Incoming, Language, Reply
from bot.clock import Clock
from bot.people.model import Person
from bot.reminders.model import ReminderKind
from bot.reminders.reading import DEADLINE_OFFSETS, Deadline, OwnReminder, read_reminder
from bot.reminders.service import OWN_MOST, ReminderService

_STOP = re.compile(r"r:stop:(custom|declaration_deadline):([\w.-]{1,64})")


class RemindersInChat:
    """Fulfils TurnExtra."""

    def __init__(self, service: ReminderService, clock: Clock) -> None:
        self._service = service
        self._words = service.words
        self._clock = clock

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take: the button that stops a reminder, and texts that ask for one on a day."""
        if incoming.payload is not None:
            stop = _STOP.fullmatch(incoming.payload)
            return [await self._stop(stop[1], stop[2], person, language)] if stop else None
        asked = read_reminder(incoming.text or "", self._clock(), self._words.zone)
        if asked is None:
            return None
        if person is None or not person.private:
            return [self._private_only(language)]
        zone = await self._service.zone_of(person)
        asked = read_reminder(incoming.text or "", self._clock(), zone) or asked
        if isinstance(asked, Deadline):
            return [await self._deadline(asked, person, language)]
        return [await self._own(asked, person, zone, language)]

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: nothing."""
        return replies

    async def _deadline(self, asked: Deadline, person: Person, language: Language) -> Reply:
        # A day of the law ends where customs works, wherever the person is.
        asked = Deadline(asked.entered, asked.ends_at.replace(tzinfo=self._words.zone))
        now, when = self._clock(), self._words.moment(asked.ends_at)
        dues = [asked.ends_at - offset for offset in DEADLINE_OFFSETS if asked.ends_at - offset > now]
        if asked.ends_at <= now:
            return self._said("set_deadline_past", language, when=when)
        object_id, name = f"{person.id[:16]}:{asked.entered:%Y%m%d}".replace(":", "-"), f"{asked.entered:%Y-%m-%d}"
        kind = ReminderKind.DECLARATION_DEADLINE
        if not await self._service.set_own(person, kind, object_id, asked.ends_at, DEADLINE_OFFSETS, name):
            return self._said("too_many", language, count=str(OWN_MOST))
        listed = ", ".join(self._words.moment(due) for due in dues) or self._words.moment(now)
        return self._with_stop(self._said("set_deadline", language, when=when, dues=listed), kind, object_id, language)

    async def _own(self, asked: OwnReminder, person: Person, zone: ZoneInfo, language: Language) -> Reply:
        when = self._words.moment(asked.at, zone)
        if asked.at <= self._clock():
            return self._said("set_past", language, when=when)
        object_id = sha256(f"{person.id}:{asked.at.isoformat()}:{asked.name}".encode()).hexdigest()[:32]
        kind = ReminderKind.CUSTOM
        if not await self._service.set_own(person, kind, object_id, asked.at, [timedelta()], asked.name):
            return self._said("too_many", language, count=str(OWN_MOST))
        return self._with_stop(
            self._said("set_custom", language, when=when, name=asked.name), kind, object_id, language
        )

    async def _stop(self, kind: str, object_id: str, person: Person | None, language: Language) -> Reply:
        if person is None or not person.private:
            return self._private_only(language)
        stopped = await self._service.stop_own(person, ReminderKind(kind), object_id)
        return self._said("stopped" if stopped else "none_to_stop", language)

    def _said(self, sentence: str, language: Language, /, **values: str) -> Reply:
        return Reply(text=self._words.say(sentence, language, **values), kind="task")

    def _private_only(self, language: Language) -> Reply:
        return Reply(text=self._words.say("private_only", language), kind="error")

    def _with_stop(self, reply: Reply, kind: ReminderKind, object_id: str, language: Language) -> Reply:
        return reply.model_copy(update={"buttons": [self._words.stop_button((kind, object_id), language)]})
