"""Use cases of passing a case to another unit. The one who was asked first stays responsible until that unit accepts.

As the units at the port passed matters to each other: with a reason, and accepted or sent back, never dropped between two.
"""

from __future__ import annotations

from bot.errors import ConflictError, Fault, InvalidInputError, NotPermittedError
from bot.handoff import roster_store, store
from bot.handoff.desk import Desk
from bot.handoff.model import HANDOFF, REASON_MAX_CHARS, CaseState
from bot.people.model import StaffMember
from bot.store.history import move


class Passing:
    """See the module."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._parts = desk.parts

    async def pass_on(self, number: int, to_team: str, reason: str, by: StaffMember) -> None:
        """Offer a case to another team, or to a colleague of one's own. Only the owner does.

        Raises InvalidInputError (to_team, reason), NotFoundError, NotPermittedError, ConflictError.
        """
        desk, now = self._desk, self._parts.clock()
        reason = _reason(reason)
        async with self._parts.store.write() as connection:
            teams = await self._parts.roster.ready(connection)
            if to_team not in teams:
                raise InvalidInputError([Fault("to_team", "unknown", f"One of {', '.join(teams)}.")])
            case = await desk.held(connection, number, by)
            desk.must_own(case, by)
            step = desk.step(by, now, reason, from_team=case.team_id, to_team=to_team)
            await move(
                connection,
                HANDOFF,
                case.id,
                CaseState.PASSED,
                step,
                passed_to=to_team,
                passed_at=now,
                pass_reason=reason,
                changed_at=now,
            )
            passed = await store.case_by_id(connection, case.id) or case
            to = [one.staff.id for one in await roster_store.members(connection, to_team) if one.staff.id != by.id]
            await self._parts.teller.offer(connection, passed, teams[to_team], to, now, "s_pass_offer")
            await desk.tell_person(connection, passed, by.id, "passed", now)
            await desk.record(connection, by, "pass", case, now, to=to_team, reason=reason)
        await self._parts.teller.wake()

    async def accept(self, number: int, by: StaffMember) -> None:
        """Take over a case that is offered to a team of one's own: now responsible for it. Of two at once one wins."""
        desk, now = self._desk, self._parts.clock()
        async with self._parts.store.write() as connection:
            case = await desk.held(connection, number, by)
            if case.passed_to is None:
                raise ConflictError(f"The case is {case.state} and offered to nobody.", state=case.state)
            if case.owner_id == by.id or not await desk.sight.is_of(connection, case.passed_to, by):
                raise NotPermittedError("The team that a case is offered to accepts it.")
            step = desk.step(by, now, "accepted", from_team=case.team_id, to_team=case.passed_to)
            await move(
                connection,
                HANDOFF,
                case.id,
                CaseState.TAKEN,
                step,
                owner_id=by.id,
                owned_since=now,
                team_id=case.passed_to,
                passed_to=None,
                passed_at=None,
                changed_at=now,
            )
            accepted = await store.case_by_id(connection, case.id) or case
            await desk.tell_person(connection, accepted, by.id, "accepted", now)
            if case.owner_id is not None:
                await desk.tell_staff(connection, accepted, [case.owner_id], "s_accepted", now, who=by.name)
            await desk.record(connection, by, "accept", accepted, now, to=accepted.team_id)
        await self._parts.teller.wake()

    async def give_back(self, number: int, reason: str, by: StaffMember) -> None:
        """Send an offered case back to its owner with a reason; the owner may call their own offer back the same way."""
        desk, now = self._desk, self._parts.clock()
        reason = _reason(reason)
        async with self._parts.store.write() as connection:
            case = await desk.held(connection, number, by)
            if case.passed_to is None:
                raise ConflictError(f"The case is {case.state} and offered to nobody.", state=case.state)
            if case.owner_id != by.id and not await desk.sight.is_of(connection, case.passed_to, by):
                raise NotPermittedError("The team that a case is offered to sends it back.")
            await desk.tell_person(connection, case, case.owner_id, "returned", now)
            if case.owner_id is not None and case.owner_id != by.id:
                said = self._parts.teller.reason(reason, "zh-Hans")
                await desk.tell_staff(connection, case, [case.owner_id], "s_returned", now, reason=said)
            step = desk.step(by, now, reason, from_team=case.passed_to, to_team=case.team_id)
            back = {"passed_to": None, "passed_at": None, "owned_since": now, "changed_at": now}
            await move(connection, HANDOFF, case.id, CaseState.TAKEN, step, **back)
            await desk.record(connection, by, "return", case, now, reason=reason)
        await self._parts.teller.wake()


def _reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= REASON_MAX_CHARS:
        raise InvalidInputError([Fault("reason", "length", f"1 to {REASON_MAX_CHARS} characters.")])
    return reason
