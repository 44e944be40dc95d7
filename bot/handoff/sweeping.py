"""What a worker does for the desk now and then: nothing waits unseen, nobody stays responsible who is not there.

Each act is one transaction that locks its case and looks again, so that any number of workers may do it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics
from bot.channels.model import Language, Reply
from bot.handoff import roster_store, store
from bot.handoff.desk import Desk
from bot.handoff.model import HANDOFF, OPEN, TOLD_AGAIN_AFTER, Case, CaseState, ClosedBy, DutyKind, Place, is_material
from bot.handoff.queueing import place_in_queue, place_text
from bot.handoff.roster_store import Team
from bot.store.history import Step, move
from bot.store.schema import handoff_cases

logger = logging.getLogger(__name__)

_BATCH = 200
_LOOKS_EVERY = timedelta(seconds=5)
_C = handoff_cases.c


class HandoffSweeper:
    """Its two ticks: `tick` hands on what waits for its turn, each second; every few seconds it looks after the cases."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._parts = desk.parts
        self._words = desk.words
        self._looked_at: datetime | None = None

    async def tick(self) -> None:
        """What a worker does about once a second. Database errors pass through; the next tick tries again."""
        now = self._parts.clock()
        moved = await self._release(now)
        if self._looked_at is None or abs(now - self._looked_at) >= _LOOKS_EVERY:
            await self.look_after(now)
            self._looked_at = now
        if moved:
            await self._parts.teller.wake()

    async def _release(self, now: datetime) -> int:
        async with self._parts.store.read() as connection:
            ids = await store.with_unreleased(connection, _BATCH)
        moved = 0
        for case_id in ids:
            async with self._parts.store.write() as connection:
                case = await store.lock_by_id(connection, case_id)
                if case is not None:
                    moved += await self._parts.teller.release(connection, case, now)
        return moved

    async def look_after(self, now: datetime) -> None:
        """Every open case, the longest open first."""
        async with self._parts.store.read() as connection:
            query = select(_C.id).where(_C.state.in_(list(OPEN))).order_by(_C.opened_at)
            ids = list(await connection.scalars(query))
            queues = await store.lengths(connection)
            teams = await roster_store.teams(connection)
        for team_id in teams:
            length, since = queues.get(team_id, (0, now))
            metrics.handoff_queue.labels(team_id).set(length)
            metrics.handoff_oldest_seconds.labels(team_id).set((now - since).total_seconds())
        for case_id in ids:
            async with self._parts.store.write() as connection:
                case = await store.lock_by_id(connection, case_id)
                if case is None or case.state in HANDOFF.final:
                    continue
                team = await roster_store.team(connection, case.team_id)
                if case.state is CaseState.WAITING:
                    await self._waiting(connection, case, team, now)
                else:
                    await self._spoken(connection, case, team, now)
        if ids:
            await self._parts.teller.wake()

    async def _waiting(self, connection: AsyncConnection, case: Case, team: Team, now: datetime) -> None:
        await self._offer_on(connection, case, team, now)
        if case.urgent:
            return
        row = (
            await connection.execute(select(_C.told_place, _C.told_wait_s, _C.told_at).where(_C.id == case.id))
        ).one()
        if row.told_at is not None and now - row.told_at < TOLD_AGAIN_AFTER:
            return
        is_open = self._parts.hours.is_open(team.hours, now)
        place = await place_in_queue(connection, case, team, self._parts.hours, now)
        if row.told_place is not None and not is_material(Place(row.told_place, row.told_wait_s), place):
            return

        def make(language: Language) -> Reply:
            changed = self._words.say("place_changed", language, number=case.name)
            where = place_text(self._words, place, language, is_open=is_open)
            return Reply(text=f"{changed} {where}", kind="push")

        await self._parts.teller.person(connection, case, make, now)
        await store.change(connection, case.id, now, told_place=place.place, told_wait_s=place.wait_s, told_at=now)

    async def _offer_on(self, connection: AsyncConnection, case: Case, team: Team, now: datetime) -> None:
        """Tell the team when it opens, whoever is on duty when nobody took it, and the director at the last."""
        row = (
            await connection.execute(
                select(_C.team_told_at, _C.duty_told_at, _C.director_told_at).where(_C.id == case.id)
            )
        ).one()
        is_open = self._parts.hours.is_open(team.hours, now)
        members = [one.staff.id for one in await roster_store.members(connection, team.id)]
        offer = self._parts.teller.offer
        if is_open and row.team_told_at is None and not case.urgent:
            # What whoever was on duty heard at night does not count: the team's own time begins now.
            await store.change(connection, case.id, now, team_told_at=now, duty_told_at=None)
            await offer(connection, case, team, members, now, "s_offer")
            return
        told = [at for at in (row.team_told_at, row.duty_told_at, row.director_told_at) if at is not None]
        patience = timedelta(minutes=team.untaken_minutes)
        if not (is_open or case.urgent) or not told or now - max(told) < patience:
            return
        if row.duty_told_at is None or case.urgent:
            officers = await roster_store.on_duty(connection, DutyKind.OFFICER, team.id, now)
            await store.change(connection, case.id, now, duty_told_at=now)
            await offer(connection, case, team, sorted({*officers, *members}), now, "s_still")
        elif row.director_told_at is None:
            directors = await roster_store.on_duty(connection, DutyKind.DIRECTOR, team.id, now)
            await store.change(connection, case.id, now, director_told_at=now)
            await offer(connection, case, team, directors, now, "s_still")

    async def _spoken(self, connection: AsyncConnection, case: Case, team: Team, now: datetime) -> None:
        gone = case.owner_id is None or await store.is_disabled(connection, case.owner_id)
        if gone:
            await self._offer_again(connection, case, team, now, "the owner has left")
            return
        spoke = case.spoke_at or case.opened_at
        if case.state is CaseState.PASSED:
            await self._pass_in_time(connection, case, team, now)
        elif case.state is CaseState.ANSWERED:
            if now - max(spoke, case.heard_at) >= timedelta(minutes=team.idle_minutes):
                await self._close_idle(connection, case, now)
        elif await self._is_silent(connection, case, team, now):
            await self._offer_again(connection, case, team, now, "the owner kept silent")

    async def _is_silent(self, connection: AsyncConnection, case: Case, team: Team, now: datetime) -> bool:
        """Whether the owner owes an answer for too long: within hours, from when the office opened; in an emergency always."""
        opened = self._parts.hours.open_since(team.hours, now)
        if opened is None and not case.urgent:
            return False
        owes_since = await store.unanswered_since(connection, case)
        since = max(filter(None, (owes_since, None if case.urgent else opened)))
        return now - since >= timedelta(minutes=team.silent_minutes)

    async def _pass_in_time(self, connection: AsyncConnection, case: Case, team: Team, now: datetime) -> None:
        passed_at = await connection.scalar(select(_C.passed_at).where(_C.id == case.id)) or now
        target = await roster_store.team(connection, case.handled_by)
        if now - passed_at < timedelta(minutes=target.silent_minutes) or case.owner_id is None:
            return
        await self._desk.tell_person(connection, case, case.owner_id, "returned", now)
        reason = self._words.say("s_not_in_time", "zh-Hans")
        await self._desk.tell_staff(connection, case, [case.owner_id], "s_returned", now, reason=reason)
        step = Step("system", now, "not accepted in time", {"from_team": target.id, "to_team": team.id})
        await move(
            connection,
            HANDOFF,
            case.id,
            CaseState.TAKEN,
            step,
            passed_to=None,
            passed_at=None,
            owned_since=now,
            changed_at=now,
        )

    async def _offer_again(self, connection: AsyncConnection, case: Case, team: Team, now: datetime, why: str) -> None:
        """Back into the queue, in its old place: whoever waited once does not wait from the start."""
        owner = case.owner_id
        await move(
            connection,
            HANDOFF,
            case.id,
            CaseState.WAITING,
            Step("system", now, why),
            owner_id=None,
            owned_since=None,
            passed_to=None,
            passed_at=None,
            waiting_since=case.opened_at,
            team_told_at=None,
            duty_told_at=None,
            director_told_at=None,
            told_place=None,
            changed_at=now,
        )
        again = await store.case_by_id(connection, case.id) or case
        if owner is not None:
            await self._desk.tell_staff(connection, again, [owner], "s_taken_away", now)
        await self._desk.tell_person(connection, again, None, "offered_again", now)
        logger.info("case offered again: %s", why, extra={"case": case.number})

    async def _close_idle(self, connection: AsyncConnection, case: Case, now: datetime) -> None:
        await move(
            connection,
            HANDOFF,
            case.id,
            CaseState.CLOSED,
            Step("system", now, "no word from the person"),
            closed_at=now,
            closed_by=ClosedBy.SYSTEM,
            changed_at=now,
        )

        def make(language: Language) -> Reply:
            text = self._words.say("closed_idle", language, number=case.name)
            return Reply(text=text, kind="push", buttons=self._parts.ratings.buttons(case.id, language))

        await self._parts.teller.person(connection, case, make, now)
        if case.owner_id is not None:
            await self._desk.tell_staff(connection, case, [case.owner_id], "s_idle", now)
        metrics.handoff_closed.labels(case.team_id, ClosedBy.SYSTEM).inc()
