"""Use cases of who sits at the desk: teams, hours, members, duty, canned texts. All acts are in the audit trail."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import yaml
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import LANGUAGES, Language
from bot.clock import Clock
from bot.errors import Fault, InvalidInputError, NotFoundError
from bot.handoff import roster_store
from bot.handoff.hours import Hours, Span, read_spans
from bot.handoff.model import CANNED_MAX_CHARS, DutyKind, Function
from bot.handoff.roster_store import Canned, Duty, Member, Team
from bot.handoff.words import complete
from bot.people.model import Role, StaffMember, new_id
from bot.people.staff import StaffService
from bot.store.audit import AuditTrail
from bot.store.engine import Store

_TEAM_ID = re.compile(r"[a-z][a-z0-9_]{1,31}")
_SHORTCUT = re.compile(r"[a-z0-9_-]{1,24}")
_NAME_MAX_CHARS = 60
_DUTY_LONGEST = timedelta(days=31)
_OFFICE = (Span(9 * 60, 12 * 60), Span(14 * 60, 17 * 60))


@dataclass(frozen=True)
class TeamForm:
    """A team as it is typed. hours: `09:00-12:00, 14:00-17:00`; special: by day, as 2026-12-31. Minutes: 1 to 1440 and more."""

    id: str
    function: str
    port: str | None
    names: Mapping[Language, str]
    titles: Mapping[Language, str]
    hours_working: str
    hours_rest: str
    hours_special: Mapping[str, str]
    untaken_minutes: int
    silent_minutes: int
    idle_minutes: int
    rank: int


def default_teams() -> list[Team]:
    """The teams of teams.yaml, with which a desk begins."""
    raw = yaml.safe_load((Path(__file__).parent / "teams.yaml").read_text(encoding="utf-8"))
    return [
        Team(
            team_id,
            Function(values["function"]),
            None,
            complete(values["names"]),
            complete(values["titles"]),
            Hours(_OFFICE, (), {}),
            untaken_minutes=10,
            silent_minutes=30,
            idle_minutes=240,
            rank=number,
        )
        for number, (team_id, values) in enumerate(raw.items(), 1)
    ]


class RosterService:
    """See the module."""

    def __init__(self, store: Store, clock: Clock, audit: AuditTrail, staff: StaffService) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._staff = staff

    async def ready(self, connection: AsyncConnection) -> dict[str, Team]:
        """The teams, in the caller's transaction (a writing one); those of teams.yaml where there never was one."""
        if not await roster_store.has_teams(connection):
            for team in default_teams():
                await roster_store.put_team(connection, team)
        return await roster_store.teams(connection)

    async def teams(self) -> dict[str, Team]:
        """The teams that work, in their order."""
        async with self._store.read() as connection:
            if await roster_store.has_teams(connection):
                return await roster_store.teams(connection)
        async with self._store.write() as connection:
            return await self.ready(connection)

    async def save_team(self, form: TeamForm, *, by: StaffMember) -> Team:
        """Keep a team, new or changed. Raises InvalidInputError with all that is wrong."""
        team = _team(form)
        async with self._store.write() as connection:
            await self.ready(connection)
            await roster_store.put_team(connection, team)
            await self._record(connection, by, "handoff.team", f"team:{team.id}")
        return team

    async def drop_team(self, team_id: str, *, by: StaffMember) -> None:
        """Take a team off the desk; its open cases stay with whoever has them. Raises NotFoundError."""
        async with self._store.write() as connection:
            if not await roster_store.disable_team(connection, team_id, self._clock()):
                raise NotFoundError("team")
            await self._record(connection, by, "handoff.team_off", f"team:{team_id}")

    async def members(self) -> dict[str, list[Member]]:
        """Who is of each team, by its id."""
        teams = await self.teams()
        async with self._store.read() as connection:
            return {team_id: await roster_store.members(connection, team_id) for team_id in teams}

    async def put_member(self, team_id: str, name: str, shown_as: str | None, *, by: StaffMember) -> None:
        """Take somebody into a team. name: their account. Raises InvalidInputError (team_id, name, shown_as)."""
        member = await self._account(name)
        shown = " ".join((shown_as or "").split()) or None
        faults = [] if member else [_nobody("name")]
        if team_id not in await self.teams():
            faults.append(Fault("team_id", "unknown", "There is no such team."))
        if shown is not None and len(shown) > _NAME_MAX_CHARS:
            faults.append(Fault("shown_as", "length", f"At most {_NAME_MAX_CHARS} characters."))
        if faults or member is None:
            raise InvalidInputError(faults)
        async with self._store.write() as connection:
            await roster_store.put_member(connection, team_id, member.id, shown, self._clock())
            await self._record(connection, by, "handoff.member", f"staff:{member.name}", team=team_id)

    async def drop_member(self, team_id: str, staff_id: str, *, by: StaffMember) -> None:
        """Take somebody out of a team; what they own stays theirs until it is passed on. Raises NotFoundError."""
        async with self._store.write() as connection:
            if not await roster_store.drop_member(connection, team_id, staff_id):
                raise NotFoundError("member")
            await self._record(connection, by, "handoff.member_off", f"team:{team_id}")

    async def add_duty(
        self, kind: str, team_id: str | None, name: str, starts_at: datetime, ends_at: datetime, *, by: StaffMember
    ) -> None:
        """Put somebody on the roster. Raises InvalidInputError with all that is wrong."""
        member = await self._account(name)
        faults = [] if member else [_nobody("name")]
        if kind not in list(DutyKind):
            faults.append(Fault("kind", "unknown", "officer or director."))
        if team_id is not None and team_id not in await self.teams():
            faults.append(Fault("team_id", "unknown", "There is no such team."))
        if ends_at <= starts_at:
            faults.append(Fault("ends_at", "order", "The end must come after the start."))
        elif ends_at <= self._clock():
            faults.append(Fault("ends_at", "past", "The end has passed."))
        elif ends_at - starts_at > _DUTY_LONGEST:
            faults.append(Fault("ends_at", "length", "At most 31 days at a time."))
        if faults or member is None:
            raise InvalidInputError(faults)
        async with self._store.write() as connection:
            await roster_store.add_duty(connection, new_id(), DutyKind(kind), team_id, member.id, starts_at, ends_at)
            await self._record(connection, by, "handoff.duty", f"staff:{member.name}", kind=kind)

    async def drop_duty(self, duty_id: str, *, by: StaffMember) -> None:
        """Take a line off the roster. Raises NotFoundError."""
        async with self._store.write() as connection:
            if not await roster_store.drop_duty(connection, duty_id):
                raise NotFoundError("duty")
            await self._record(connection, by, "handoff.duty_off", "duty")

    async def duties(self) -> list[Duty]:
        """The roster from now on."""
        async with self._store.read() as connection:
            return await roster_store.duties(connection, self._clock())

    async def canned(self) -> list[Canned]:
        """The desk's own texts."""
        async with self._store.read() as connection:
            return await roster_store.all_canned(connection)

    async def save_canned(self, shortcut: str, texts: Mapping[Language, str], *, by: StaffMember) -> None:
        """Keep a text in three languages. Raises InvalidInputError with all that is wrong."""
        faults = []
        if not _SHORTCUT.fullmatch(shortcut):
            faults.append(Fault("shortcut", "format", "1 to 24 of a-z, 0-9, _ and -."))
        for language in LANGUAGES:
            text = texts.get(language, "").strip()
            if not 1 <= len(text) <= CANNED_MAX_CHARS:
                faults.append(Fault(f"texts.{language}", "length", f"1 to {CANNED_MAX_CHARS} characters."))
        if faults:
            raise InvalidInputError(faults)
        async with self._store.write() as connection:
            kept = Canned(shortcut, {language: texts[language].strip() for language in LANGUAGES})
            await roster_store.put_canned(connection, kept, by.name, self._clock())
            await self._record(connection, by, "handoff.canned", f"canned:{shortcut}")

    async def drop_canned(self, shortcut: str, *, by: StaffMember) -> None:
        """Take a text away. Raises NotFoundError."""
        async with self._store.write() as connection:
            if not await roster_store.drop_canned(connection, shortcut):
                raise NotFoundError("canned text")
            await self._record(connection, by, "handoff.canned_off", f"canned:{shortcut}")

    async def accounts(self) -> list[StaffMember]:
        """Who may log in, by name."""
        return await self._staff.members(Role.AUTHOR)

    async def _account(self, name: str) -> StaffMember | None:
        return next((one for one in await self.accounts() if one.name == name.strip()), None)

    async def _record(self, connection: AsyncConnection, by: StaffMember, action: str, obj: str, **detail: str) -> None:
        await self._audit.record(connection, self._clock(), f"staff:{by.name}", action, obj, **detail)


def _nobody(where: str) -> Fault:
    return Fault(where, "unknown", "Nobody of that name may log in.")


def _team(form: TeamForm) -> Team:
    faults: list[Fault] = []
    if not _TEAM_ID.fullmatch(form.id):
        faults.append(Fault("id", "format", "2 to 32 of a-z, 0-9 and _, a letter first."))
    if form.function not in list(Function):
        faults.append(Fault("function", "unknown", f"One of {', '.join(Function)}."))
    for where, texts in (("names", form.names), ("titles", form.titles)):
        for language in LANGUAGES:
            if not 1 <= len(texts.get(language, "").strip()) <= _NAME_MAX_CHARS:
                faults.append(Fault(f"{where}.{language}", "length", f"1 to {_NAME_MAX_CHARS} characters."))
    for where in ("untaken_minutes", "silent_minutes", "idle_minutes"):
        if not 1 <= getattr(form, where) <= 7 * 24 * 60:
            faults.append(Fault(where, "range", "1 to 10080 minutes."))
    working = _spans("hours_working", form.hours_working, faults)
    rest = _spans("hours_rest", form.hours_rest, faults)
    special = _special(form.hours_special, faults)
    if faults:
        raise InvalidInputError(faults)
    return Team(
        form.id,
        Function(form.function),
        form.port or None,
        {language: form.names[language].strip() for language in LANGUAGES},
        {language: form.titles[language].strip() for language in LANGUAGES},
        Hours(working, rest, special),
        form.untaken_minutes,
        form.silent_minutes,
        form.idle_minutes,
        form.rank,
    )


def _special(raw: Mapping[str, str], faults: list[Fault]) -> dict[date, tuple[Span, ...]]:
    special: dict[date, tuple[Span, ...]] = {}
    for day, text in raw.items():
        try:
            on = date.fromisoformat(day)
        except ValueError:
            faults.append(Fault("hours_special", "format", f"“{day}” is no day such as 2026-12-31."))
            continue
        special[on] = _spans("hours_special", text, faults)
    return special


def _spans(where: str, text: str, faults: list[Fault]) -> tuple[Span, ...]:
    try:
        return read_spans(text)
    except ValueError as error:
        faults.append(Fault(where, "format", f"{error}."))
        return ()


def ordered(ids: Sequence[str], first: str | None) -> list[str]:
    """Teams with one of them first, where it is there."""
    return sorted(ids, key=lambda one: one != first)
