"""What staff see: the queue, and a case with all that was said. Only of teams for which they act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import NotFoundError, NotPermittedError
from bot.files.model import StoredFile
from bot.handoff import roster_store, store
from bot.handoff.model import HANDOFF, Case, CaseState, DutyKind, Said, Side
from bot.handoff.parts import DeskParts, holder_of
from bot.handoff.roster_store import Team
from bot.people.model import Role, StaffMember
from bot.store.history import history

_QUEUE_SHOWN = 200


@dataclass(frozen=True)
class CaseView:
    """A case as staff see it. owner: their name. messages: in order; steps: its history; authors: names by staff id."""

    case: Case
    team: Team
    passed_to: Team | None
    owner: str | None
    messages: Sequence[Said]
    steps: Sequence[Mapping[str, Any]]
    authors: Mapping[str, str]
    is_mine: bool
    may_accept: bool


@dataclass(frozen=True)
class Queued:
    """A line of the desk. last: the person's last words, shortened; place: in the queue, while it waits."""

    case: Case
    team: Team
    owner: str | None
    last: str
    place: int | None


class Sight:
    """See the module."""

    def __init__(self, parts: DeskParts) -> None:
        self._parts = parts

    async def queue(self, by: StaffMember) -> list[Queued]:
        """The open cases that somebody may see, in the order in which they should be looked at."""
        async with self._parts.store.read() as connection:
            teams = await self._teams_of(connection, by)
            cases = await store.queue(connection, teams, _QUEUE_SHOWN)
            seen = {case.id for case in cases}
            cases += [case for case in await store.owned(connection, by.id) if case.id not in seen]
            names = await store.names(connection, {case.owner_id for case in cases if case.owner_id})
            lines = []
            for case in cases:
                team = await roster_store.team(connection, case.team_id)
                said = [one for one in await store.messages(connection, case.id) if one.side is Side.PERSON]
                waits = case.state is CaseState.WAITING
                place = await store.place_of(connection, case) if waits else None
                last = said[-1].text[:120] if said else ""
                lines.append(Queued(case, team, names.get(case.owner_id or ""), last, place))
            return lines

    async def view(self, number: int, by: StaffMember) -> CaseView:
        """A case with all that was said. Raises NotFoundError, NotPermittedError."""
        async with self._parts.store.read() as connection:
            case = await self.of(connection, await store.case_numbered(connection, number), by)
            said = await store.messages(connection, case.id)
            ids = {one.staff_id for one in said if one.staff_id} | ({case.owner_id} if case.owner_id else set())
            names = await store.names(connection, ids)
            passed_to = await roster_store.team(connection, case.passed_to) if case.passed_to else None
            return CaseView(
                case,
                await roster_store.team(connection, case.team_id),
                passed_to,
                names.get(case.owner_id or ""),
                said,
                await history(connection, HANDOFF.name, case.id),
                names,
                case.owner_id == by.id,
                case.passed_to is not None
                and case.owner_id != by.id
                and await self.is_of(connection, case.passed_to, by),
            )

    async def file(self, number: int, file_id: str, by: StaffMember) -> StoredFile:
        """A file that came in a case. Raises NotFoundError, NotPermittedError."""
        async with self._parts.store.read() as connection:
            case = await self.of(connection, await store.case_numbered(connection, number), by)
        return await self._parts.files.get_held(file_id, holder_of(case))

    async def of(self, connection: AsyncConnection, case: Case | None, by: StaffMember) -> Case:
        """The case itself, for who may see it. Raises NotFoundError, NotPermittedError."""
        if case is None:
            raise NotFoundError("case")
        if case.owner_id != by.id:
            allowed = await self.is_of(connection, case.team_id, by)
            if not allowed and (case.passed_to is None or not await self.is_of(connection, case.passed_to, by)):
                raise NotPermittedError("This case is not with a team of yours.")
        return case

    async def is_of(self, connection: AsyncConnection, team_id: str, by: StaffMember) -> bool:
        """Whether somebody acts for a team now: a member, on duty for it, or an administrator."""
        if by.role is Role.ADMIN or team_id in await roster_store.teams_of(connection, by.id):
            return True
        now = self._parts.clock()
        for kind in DutyKind:
            if by.id in await roster_store.on_duty(connection, kind, team_id, now):
                return True
        return False

    async def _teams_of(self, connection: AsyncConnection, by: StaffMember) -> set[str] | None:
        if by.role is Role.ADMIN:
            return None
        teams = await roster_store.teams(connection)
        return {team_id for team_id in teams if await self.is_of(connection, team_id, by)}
