"""Use cases of staff: a goods list is returned, approved (its labels are issued) or refused."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import LANGUAGES
from bot.clock import Clock
from bot.desks.labels import label_store
from bot.desks.labels import store as desk_store
from bot.desks.labels.applications import ApplicationService, ListView, as_text
from bot.desks.labels.keys import LabelKeys
from bot.desks.labels.lives_model import APPLICATION, ApplicationState, LabelState
from bot.desks.labels.model import Label, serial_text
from bot.desks.labels.news import LabelNews
from bot.desks.labels.words import LabelWords
from bot.errors import Fault, InvalidInputError, NotPermittedError
from bot.people.model import Role, StaffMember
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.history import Step, move


class DecisionService:
    """A decision is one transaction: of two officers who decide at the same moment one does, the other is told."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        audit: AuditTrail,
        news: LabelNews,
        keys: LabelKeys,
        lists: ApplicationService,
        words: LabelWords,
        zone: ZoneInfo,
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._news = news
        self._keys = keys
        self._lists = lists
        self._words = words
        self._zone = zone

    async def give_back(self, application_id: str, reasons: Sequence[str], *, by: StaffMember) -> None:
        """Return a list to be completed: what the law misses and what staff write, all at one time.

        Raises InvalidInputError without any reason, NotFoundError, ConflictError, NotPermittedError.
        """
        await self._say_no(application_id, reasons, ApplicationState.RETURNED, by)

    async def refuse(self, application_id: str, reasons: Sequence[str], *, by: StaffMember) -> None:
        """Issue no labels for it; all reasons are told. Raises as `give_back`."""
        await self._say_no(application_id, reasons, ApplicationState.REFUSED, by)

    async def _say_no(self, application_id: str, reasons: Sequence[str], to: ApplicationState, by: StaffMember) -> None:
        _may_decide(by)
        now = self._clock()
        async with self._store.write() as connection:
            view = await self._view(connection, application_id)
            told = self._lists.reasons(view, reasons)
            if not told:
                raise InvalidInputError([Fault("reasons", "reasons", self._words.say("fault.reasons", "en"))])
            step = Step(f"staff:{by.name}", now, as_text(told, "zh-Hans"))
            await move(connection, APPLICATION, application_id, to, step, reasons=told, decided_at=now)
            if to is ApplicationState.REFUSED:
                labels = await label_store.labels_of(connection, application_id)
                await label_store.move_many(connection, labels, LabelState.REFUSED, Step(step.actor, now))
            await self._audit.record(connection, now, step.actor, f"label.list.{to}", f"list:{application_id}")
            values = {"event": view.event.name, "id": application_id[:8]}
            in_words = {language: as_text(told, language) for language in LANGUAGES}
            await self._news.tell(connection, view.application.enterprise_id, to.value, **values, reasons=in_words)
        await self._news.wake()

    async def approve(self, application_id: str, *, by: StaffMember) -> tuple[str, str]:
        """Issue the labels of a list, with serial numbers in its order; returns the first and the last.

        Raises InvalidInputError when the law still misses something, NotFoundError, ConflictError, NotPermittedError.
        """
        _may_decide(by)
        now = self._clock()
        async with self._store.write() as connection:
            view = await self._view(connection, application_id)
            step = Step(f"staff:{by.name}", now)
            # First the state, which of two officers only one can change; then what follows from it.
            await move(connection, APPLICATION, application_id, ApplicationState.APPROVED, step, decided_at=now)
            if view.missing:
                said = self._lists.missing(view, "en")
                raise InvalidInputError(
                    [Fault("lines", one.rule, text) for one, text in zip(view.missing, said, strict=True)]
                )
            first, last = await self._issue(connection, view, step)
            await self._audit.record(
                connection, now, step.actor, "label.issue", f"list:{application_id}", first=first, last=last
            )
            values = {"event": view.event.name, "lines": str(view.application.lines), "first": first, "last": last}
            await self._news.tell(connection, view.application.enterprise_id, "approved", **values)
        await self._news.wake()
        return first, last

    async def _issue(self, connection: AsyncConnection, view: ListView, step: Step) -> tuple[str, str]:
        labels: list[Label] = await label_store.labels_of(connection, view.application.id)
        key = await self._keys.signing(connection)
        first = await label_store.take_serials(connection, view.event.id, len(labels))
        values = {
            "key_id": key.id,
            "valid_from": step.at.astimezone(self._zone).date(),
            "valid_until": view.event.closes_on,
        }
        each = {label.id: {"serial_no": first + place} for place, label in enumerate(labels)}
        await label_store.move_many(connection, labels, LabelState.ISSUED, step, values=values, each=each)
        code = view.event.code
        return serial_text(code, first), serial_text(code, first + len(labels) - 1)

    async def _view(self, connection: AsyncConnection, application_id: str) -> ListView:
        await desk_store.application_of(connection, application_id, lock=True)
        return await self._lists.view_in(connection, application_id)


def _may_decide(by: StaffMember) -> None:
    if not by.role.may_act_as(Role.APPROVER):
        raise NotPermittedError("The role approver is needed.")
