"""What people do with their cases: send, look, withdraw, have it looked at again, be content."""

from __future__ import annotations

import hashlib
import hmac
import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language
from bot.clock import Clock
from bot.desks.complaints import store as sql
from bot.desks.complaints.model import (
    ABOUT_MAX_CHARS,
    FILES_MAX,
    MACHINE,
    TEXT_MAX_CHARS,
    Complaint,
    Kind,
    State,
    is_estimate,
    limit,
)
from bot.desks.complaints.news import ComplaintNews
from bot.desks.complaints.words import ComplaintWords
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from bot.files.model import StoredFile
from bot.files.service import FileStore
from bot.learning.cases import CaseRatings
from bot.people.model import new_id
from bot.secrets import Secrets
from bot.store import history
from bot.store.engine import Store
from bot.store.history import Step
from knowledge.rules.calendar.working_days import WorkingDays

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is mistaken for another when read aloud
CODE_CHARS = 16  # some 79 bits
_NUMBER_CHARS = 6
_OWN_MOST = 100


@dataclass(frozen=True)
class Intake:
    """What somebody sends. about: the unit it concerns. known_on: review: when the decision became known. files: ids.

    origin: what it came of, so that the same again opens nothing; None for an anonymous one, which must lead back nowhere.
    """

    kind: Kind
    text: str
    language: Language
    about: str | None = None
    known_on: date | None = None
    files: Sequence[str] = ()
    origin: str | None = None


def holder_of(case_id: str) -> str:
    """The name under which the files of a case are held."""
    return f"complaint:{case_id}"


def faults_of(intake: Intake, today: date) -> list[Fault]:
    """All that is wrong with what somebody sends."""
    faults = []
    if not 1 <= len(intake.text.strip()) <= TEXT_MAX_CHARS:
        faults.append(Fault("text", "length", f"Say in 1 to {TEXT_MAX_CHARS} characters what it is about."))
    if len(intake.about or "") > ABOUT_MAX_CHARS:
        faults.append(Fault("about", "length", f"The unit has at most {ABOUT_MAX_CHARS} characters."))
    if len(intake.files) > FILES_MAX:
        faults.append(Fault("files", "too-many", f"At most {FILES_MAX} files go with one case."))
    if (intake.known_on is None) == (intake.kind is Kind.REVIEW):
        faults.append(
            Fault("known_on", "needed", "A review, and nothing else, needs the day on which the decision became known.")
        )
    if intake.known_on is not None and intake.known_on > today:
        faults.append(Fault("known_on", "future", "The day on which the decision became known lies in the future."))
    return faults


class ComplaintService:
    """The people's side. zone: whose working days count."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        secrets: Secrets,
        files: FileStore,
        news: ComplaintNews,
        words: ComplaintWords,
        ratings: CaseRatings,
        calendar: WorkingDays,
        zone: ZoneInfo,
    ) -> None:
        self._store = store
        self._clock = clock
        self._code_key = secrets.derive("complaint-code")
        self._files = files
        self._news = news
        self.words = words
        self._ratings = ratings
        self._calendar = calendar
        self._zone = zone

    async def send(self, person_id: str, intake: Intake) -> Complaint:
        """Open a case in a transaction of its own; see `open`."""
        async with self._store.write() as connection:
            case = await self.open(connection, person_id, intake, self._clock())
        await self._news.wake()
        return case

    async def open(self, connection: AsyncConnection, person_id: str, intake: Intake, at: datetime) -> Complaint:
        """Open a case in the caller's transaction. The same origin again gives the case that it has.

        Raises InvalidInputError with all faults, NotFoundError when a file is not the person's.
        """
        faults = faults_of(intake, at.astimezone(self._zone).date())
        if faults:
            raise InvalidInputError(faults)
        case = self._new(intake, person_id, await self._barred(connection, intake), at)
        if not await sql.add(connection, case, intake.origin, None):
            return await self._known(connection, intake.origin or "", person_id)
        await self._files.hold(connection, intake.files, person_id, holder_of(case.id))
        await history.opened(connection, MACHINE, case.id, State.RECEIVED, Step(f"person:{person_id}", at))
        await self._news.staff(connection, case, "staff_new", at)
        return case

    async def open_anonymous(self, intake: Intake, attached: Sequence[tuple[str, bytes]] = ()) -> tuple[Complaint, str]:
        """Open a report behind which nobody is known; returns it with its tracking code, which is kept nowhere.

        attached: names and contents. Raises InvalidInputError with all faults.
        """
        now = self._clock()
        faults = faults_of(intake, now.astimezone(self._zone).date())
        if not self.words.rules[intake.kind].anonymous:
            faults.append(
                Fault("kind", "not-anonymous", "Only a report can be anonymous: the others need somebody to answer.")
            )
        if len(attached) > FILES_MAX:
            faults.append(Fault("files", "too-many", f"At most {FILES_MAX} files go with one case."))
        if faults:
            raise InvalidInputError(faults)
        code = "".join(random.choice(ALPHABET) for _ in range(CODE_CHARS))
        checked = [await self._files.checked(content, name) for name, content in attached]
        async with self._store.write() as connection:
            case = self._new(intake, None, await self._barred(connection, intake), now)
            await sql.add(connection, case, None, self._hash(code))
            await history.opened(connection, MACHINE, case.id, State.RECEIVED, Step("system", now, why="anonymous"))
            await self._news.staff(connection, case, "staff_new", now)
            for name, one in checked:
                await self._files.keep_held(connection, name, one, holder_of(case.id))
        await self._news.wake()
        return case, "-".join(code[start : start + 4] for start in range(0, CODE_CHARS, 4))

    async def by_code(self, code: str) -> Complaint:
        """An anonymous case, for whoever has its code. Raises NotFoundError."""
        plain = "".join(char for char in code.upper() if char in ALPHABET)
        async with self._store.read() as connection:
            case = await sql.by_code(connection, self._hash(plain))
        if case is None:
            raise NotFoundError("case")
        return case

    async def own(self, person_id: str) -> list[Complaint]:
        """A person's cases, the latest change first."""
        async with self._store.read() as connection:
            return await sql.of_person(connection, person_id, _OWN_MOST)

    async def find(self, person_id: str, case_id: str) -> Complaint:
        """One case of a person's, with its files. Raises NotFoundError."""
        async with self._store.read() as connection:
            return await self._own(connection, person_id, case_id)

    async def file(self, person_id: str, case_id: str, file_id: str) -> StoredFile:
        """A file of one's own case. Raises NotFoundError."""
        await self.find(person_id, case_id)
        return await self._files.get_held(file_id, holder_of(case_id))

    async def withdraw(self, person_id: str, case_id: str) -> Complaint:
        """Take a case back. Raises NotFoundError, ConflictError."""
        return await self._move(person_id, case_id, State.WITHDRAWN)

    async def content(self, person_id: str, case_id: str) -> Complaint:
        """Close a case whose answer serves. Raises NotFoundError, ConflictError."""
        return await self._move(person_id, case_id, State.CLOSED)

    async def reopen(self, person_id: str, case_id: str, why: str = "") -> Complaint:
        """Have a case looked at once more, by somebody else. why: at most TEXT_MAX_CHARS characters.

        Raises NotFoundError, ConflictError when it is not answered or was reopened before, InvalidInputError.
        """
        if len(why) > TEXT_MAX_CHARS:
            raise InvalidInputError([Fault("why", "length", f"At most {TEXT_MAX_CHARS} characters.")])
        now = self._clock()
        async with self._store.write() as connection:
            before = await self._own(connection, person_id, case_id)
            if before.reopened:
                raise ConflictError("A case can be reopened once.", state=before.state)
            answer_by = limit(self._calendar, now, self.words.rules[before.kind].answer_days, self._zone)
            await history.move(
                connection,
                MACHINE,
                case_id,
                State.REOPENED,
                Step(f"person:{person_id}", now, why=why.strip() or None),
                reopened=True,
                owner=None,
                answer_by=answer_by,
                barred=sorted(before.barred | {before.owner or ""} - {""}),
                changed_at=now,
            )
            case = await self._own(connection, person_id, case_id)
            await self._news.staff(connection, case, "staff_new", now)
        await self._news.wake()
        return case

    def told(self, case: Complaint, language: Language) -> str:
        """What is said of a new case."""
        estimate = is_estimate(self._calendar, case.created_at, case.answer_by)
        return self.words.opened(case, language, estimate=estimate, now=self._clock())

    async def _move(self, person_id: str, case_id: str, to: State) -> Complaint:
        """An own act: its reply confirms it, so that no push does."""
        now = self._clock()
        async with self._store.write() as connection:
            await self._own(connection, person_id, case_id)
            await history.move(connection, MACHINE, case_id, to, Step(f"person:{person_id}", now), changed_at=now)
            if to is State.CLOSED:
                await self._ratings.ask(connection, MACHINE.name, case_id, now.astimezone(self._zone).date())
            return await self._own(connection, person_id, case_id)

    async def _own(self, connection: AsyncConnection, person_id: str, case_id: str) -> Complaint:
        case = await sql.get(connection, case_id)
        if case is None or case.person_id != person_id:
            raise NotFoundError("case")
        return replace(case, files=await self._files.held(connection, holder_of(case_id)))

    async def _known(self, connection: AsyncConnection, origin: str, person_id: str) -> Complaint:
        case = await sql.by_origin(connection, origin)
        if case is None or case.person_id != person_id:
            raise NotFoundError("case")
        return case

    async def _barred(self, connection: AsyncConnection, intake: Intake) -> frozenset[str]:
        """Members of staff whom the words name: nobody deals with what is said of them."""
        said = f"{intake.about or ''} {intake.text}".casefold()
        return frozenset(
            name for name in await sql.staff_names(connection) if len(name) > 1 and name.casefold() in said
        )

    def _new(self, intake: Intake, person_id: str | None, barred: frozenset[str], at: datetime) -> Complaint:
        rule = self.words.rules[intake.kind]
        random_part = "".join(random.choice(ALPHABET) for _ in range(_NUMBER_CHARS))
        return Complaint(
            id=new_id(),
            number=f"TS{at.astimezone(self._zone):%y%m%d}-{random_part}",
            kind=intake.kind,
            state=State.RECEIVED,
            person_id=person_id,
            language=intake.language,
            about=(intake.about or "").strip() or None,
            text=intake.text.strip(),
            known_on=intake.known_on,
            created_at=at,
            acknowledge_by=limit(self._calendar, at, rule.acknowledge_days, self._zone),
            answer_by=limit(self._calendar, at, rule.answer_days, self._zone),
            acknowledged_at=None,
            answered_at=None,
            answer=None,
            owner=None,
            barred=barred,
            reopened=False,
            changed_at=at,
        )

    def _hash(self, code: str) -> str:
        return hmac.digest(self._code_key, code.encode(), hashlib.sha256).hex()
