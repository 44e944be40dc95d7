"""Use cases of goods lists: filling, sending, deciding. Everything missing is told at one time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import LANGUAGES, Language
from bot.clock import Clock
from bot.desks.labels import label_store, upload_store
from bot.desks.labels import store as desk_store
from bot.desks.labels.columns import RowFault, read_row
from bot.desks.labels.lives_model import APPLICATION, OPEN_TO_CHANGE, ApplicationState, EventState
from bot.desks.labels.model import Application, Demand, Event, Exhibitor, Label
from bot.desks.labels.news import LabelNews
from bot.desks.labels.rules import Rules
from bot.desks.labels.upload import ROWS_MAX
from bot.desks.labels.words import LabelWords, bullets
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from bot.people.firms.model import Right
from bot.people.firms.rights import firms_of, require
from bot.store.engine import Store
from bot.store.history import Step, move, opened
from bot.store.serial import one_at_a_time


@dataclass(frozen=True)
class ListView:
    """A goods list with what belongs to it. missing, told: demands of the law as it stands now."""

    application: Application
    event: Event
    exhibitor: Exhibitor
    missing: tuple[Demand, ...]
    told: tuple[Demand, ...]


class ApplicationService:
    """Lists belong to the exhibitor's firm; who may act for it in labels fills and sends them."""

    def __init__(self, store: Store, clock: Clock, news: LabelNews, rules: Rules, words: LabelWords) -> None:
        self._store = store
        self._clock = clock
        self._news = news
        self._rules = rules
        self._words = words

    async def start(self, person_id: str, exhibitor_id: str) -> Application:
        """Begin a list. Raises NotFoundError, NotPermittedError; ConflictError when the event takes none."""
        async with self._store.write() as connection:
            return await self.start_in(connection, person_id, exhibitor_id)

    async def start_in(self, connection: AsyncConnection, person_id: str, exhibitor_id: str) -> Application:
        """The same in the caller's transaction."""
        now = self._clock()
        exhibitor = await desk_store.exhibitor_of(connection, exhibitor_id)
        if exhibitor is None:
            raise NotFoundError("exhibitor")
        await require(connection, person_id, exhibitor.enterprise_id, Right.LABELS, now)
        event = await self._event(connection, exhibitor.event_id)
        if event.state is not EventState.APPROVED or event.closes_on < now.date():
            raise ConflictError("Lists are taken for events that are approved and not over.", state=event.state.value)
        application_id = await desk_store.add_application(connection, exhibitor, person_id, now)
        step = Step(f"person:{person_id}", now)
        await opened(connection, APPLICATION, application_id, ApplicationState.DRAFT, step)
        return await self.application(connection, application_id)

    async def add_line(
        self, person_id: str, application_id: str, cells: Mapping[str, str], language: Language
    ) -> tuple[Application, int]:
        """Add one line, cells by column as in the upload; returns its number. Raises InvalidInputError with all faults."""
        async with self._store.write() as connection:
            return await self.add_line_in(connection, person_id, application_id, cells, language)

    async def add_line_in(
        self,
        connection: AsyncConnection,
        person_id: str,
        application_id: str,
        cells: Mapping[str, str],
        language: Language,
    ) -> tuple[Application, int]:
        """The same in the caller's transaction."""
        application = await self.own(connection, person_id, application_id, changing=True)
        number = await upload_store.last_line_no(connection, application_id) + 1
        faults: list[RowFault] = []
        line = read_row(number, cells, faults)
        if application.lines >= ROWS_MAX:
            faults.append(RowFault(0, "lines", "full", {"most": str(ROWS_MAX)}))
        if line is None or faults:
            raise self.invalid(faults, language)
        step = {"actor": f"person:{person_id}", "at": self._clock()}
        await upload_store.add_lines(connection, application, [line], number, step)
        return await self.application(connection, application_id), number

    async def remove_lines(self, person_id: str, application_id: str, line_nos: Sequence[int] | None) -> int:
        """Take lines out of a list that is being filled or completed; None: all. Returns how many."""
        async with self._store.write() as connection:
            await self.own(connection, person_id, application_id, changing=True)
            return await upload_store.drop_lines(connection, application_id, line_nos)

    async def view(self, person_id: str, application_id: str) -> ListView:
        """A list with what is missing. Raises NotFoundError, NotPermittedError."""
        async with self._store.read() as connection:
            application = await self.own(connection, person_id, application_id)
            return await self._view(connection, application)

    async def view_in(self, connection: AsyncConnection, application_id: str) -> ListView:
        """A list for staff, in the caller's transaction. Raises NotFoundError."""
        return await self._view(connection, await self.application(connection, application_id))

    async def staff_view(self, application_id: str) -> tuple[ListView, list[Label]]:
        """The same for staff, with the first lines."""
        async with self._store.read() as connection:
            view = await self.view_in(connection, application_id)
            return view, await label_store.labels_of(connection, application_id, limit=500)

    async def lines(self, person_id: str, application_id: str, *, after: int = 0, limit: int = 200) -> list[Label]:
        """Lines behind a number, in order."""
        async with self._store.read() as connection:
            await self.own(connection, person_id, application_id)
            return await label_store.labels_of(connection, application_id, after=after, limit=limit)

    async def of_person(self, person_id: str) -> list[Application]:
        """Lists of the firms for which a person may act, the newest first."""
        async with self._store.read() as connection:
            firms = await firms_of(connection, person_id, Right.LABELS, self._clock())
            return await desk_store.applications(connection, firms=[firm.id for firm in firms])

    async def of_event(self, event_id: str) -> list[Application]:
        """For staff: the lists of an event, the newest first; drafts left out."""
        states = tuple(state for state in ApplicationState if state is not ApplicationState.DRAFT)
        async with self._store.read() as connection:
            return await desk_store.applications(connection, event_id=event_id, states=states)

    async def submit(self, person_id: str, application_id: str, language: Language) -> ListView:
        """Send a list to staff. Raises InvalidInputError with every permit and paper that is missing, all at one time."""
        async with self._store.write() as connection:
            view = await self.submit_in(connection, person_id, application_id, language)
        await self._news.wake()
        return view

    async def submit_in(
        self, connection: AsyncConnection, person_id: str, application_id: str, language: Language
    ) -> ListView:
        """The same in the caller's transaction."""
        now = self._clock()
        await one_at_a_time(connection, f"label-list:{application_id}")  # nothing is added while it is judged
        application = await self.own(connection, person_id, application_id)
        view = await self._view(connection, application)
        faults = self._unfit(application, language)
        said = self._words.demands(view.missing, self._rules, application.lines, language)
        faults += [Fault("lines", demand.rule, text) for demand, text in zip(view.missing, said, strict=True)]
        if faults:
            raise InvalidInputError(faults)
        step = Step(f"person:{person_id}", now)
        await move(connection, APPLICATION, application_id, ApplicationState.APPLIED, step, submitted_at=now)
        values = {"event": view.event.name, "lines": str(application.lines), "id": application_id[:8]}
        await self._news.tell(connection, application.enterprise_id, "submitted", **values)
        return await self._view(connection, await self.application(connection, application_id))

    async def withdraw(self, person_id: str, application_id: str) -> None:
        """Take a list back before it is decided. Raises ConflictError afterwards."""
        async with self._store.write() as connection:
            await self.own(connection, person_id, application_id)
            step = Step(f"person:{person_id}", self._clock())
            await move(connection, APPLICATION, application_id, ApplicationState.WITHDRAWN, step)

    def reasons(self, view: ListView, own: Sequence[str]) -> list[dict[Language, str]]:
        """All that is to be told: what the law misses, and what staff wrote, in each language."""
        lines = view.application.lines
        by_language = {name: self._words.demands(view.missing, self._rules, lines, name) for name in LANGUAGES}
        law = [{name: by_language[name][place] for name in LANGUAGES} for place in range(len(view.missing))]
        return law + [dict.fromkeys(LANGUAGES, reason.strip()) for reason in own if reason.strip()]

    def told(self, view: ListView, language: Language) -> list[str]:
        """What is to be said besides."""
        return self._words.demands(view.told, self._rules, view.application.lines, language)

    def missing(self, view: ListView, language: Language) -> list[str]:
        """What is missing, in words."""
        return self._words.demands(view.missing, self._rules, view.application.lines, language)

    def _unfit(self, application: Application, language: Language) -> list[Fault]:
        codes = []
        if application.loading:
            codes.append("loading")
        elif not application.lines:
            codes.append("no_lines")
        return [Fault("lines", code, self._words.say(f"fault.{code}", language)) for code in codes]

    async def _view(self, connection: AsyncConnection, application: Application) -> ListView:
        event = await self._event(connection, application.event_id)
        exhibitor = await desk_store.exhibitor_of(connection, application.exhibitor_id)
        if exhibitor is None:  # pragma: no cover - a foreign key holds it
            raise NotFoundError("exhibitor")
        labels = await label_store.labels_of(connection, application.id)
        missing, told = self._rules.demands([(one.line_no, one.line) for one in labels], event, exhibitor)
        return ListView(application, event, exhibitor, tuple(missing), tuple(told))

    async def own(
        self, connection: AsyncConnection, person_id: str, application_id: str, *, changing: bool = False
    ) -> Application:
        """A list of a firm for which the person may act. changing: hold it, and refuse what was sent already."""
        if changing:
            await one_at_a_time(connection, f"label-list:{application_id}")
        application = await self.application(connection, application_id)
        await require(connection, person_id, application.enterprise_id, Right.LABELS, self._clock())
        if changing and application.state not in OPEN_TO_CHANGE:
            raise ConflictError("The list was sent and cannot be changed now.", state=application.state.value)
        return application

    async def application(self, connection: AsyncConnection, application_id: str, *, lock: bool = False) -> Application:
        found = await desk_store.application_of(connection, application_id, lock=lock)
        if found is None:
            raise NotFoundError("goods list")
        return found

    async def _event(self, connection: AsyncConnection, event_id: str) -> Event:
        event = await desk_store.event_of(connection, event_id)
        if event is None:
            raise NotFoundError("event")
        return event

    def invalid(self, faults: Sequence[RowFault], language: Language, *, more: int = 0) -> InvalidInputError:
        """Faults in the person\'s language."""
        told = [
            Fault(
                f"row[{fault.row}].{fault.column}" if fault.row else fault.column,
                fault.code,
                self._words.fault(fault, language),
            )
            for fault in faults
        ]
        if more:
            told.append(Fault("file", "more", self._words.say("fault.more", language, count=more)))
        return InvalidInputError(told)


def as_text(reasons: Sequence[Mapping[Language, str]], language: Language) -> str:
    """Reasons as a list in one language."""
    return bullets(reason[language] for reason in reasons)
