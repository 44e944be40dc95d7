"""Use cases of the person's side: ask for somebody, say what it is about, agree to show the talk, leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics
from bot.channels.model import Button, Language, Reply
from bot.handoff import roster_store, store
from bot.handoff.model import HANDOFF, SPOKEN, TEXT_MAX_CHARS, Case, CaseState, ClosedBy, DutyKind, OpenedBy, Side
from bot.handoff.parts import DeskParts, holder_of
from bot.handoff.queueing import hours_text, place_in_queue, place_text
from bot.handoff.roster import ordered
from bot.handoff.roster_store import Team
from bot.handoff.telling import offered_to, shown
from bot.handoff.words import LEAVE_PAYLOAD
from bot.people.model import Person, new_id
from bot.store.history import Step, move, opened

OWN_MOST = 50


class HeardAs(StrEnum):
    """What became of a person's message. nobody: no person has their case, so that it is the bot's."""

    NOBODY = "nobody"
    WAITING = "waiting"
    SPOKEN = "spoken"
    KEPT_BEFORE = "kept_before"
    TOO_LONG = "too_long"
    EMPTY = "empty"


class HandoffService:
    """See the module."""

    def __init__(self, parts: DeskParts) -> None:
        self.parts = parts
        self.words = parts.teller.words

    async def ask(self, person: Person, language: Language, why: OpenedBy) -> list[Reply]:
        """Somebody wants a person: where their case stands, when they have one; else which office. An emergency asks nothing."""
        case = await self.current(person)
        if case is not None:
            return [await self._status(case, language)]
        if why is OpenedBy.EMERGENCY:
            return await self.open(person, language, None, why)
        teams = await self.parts.roster.teams()
        if not teams:
            return [Reply(text=self.words.say("no_team", language), kind="handoff", topic="complaint_contact")]
        if len(teams) == 1:
            return await self.open(person, language, next(iter(teams)), why)
        first = self.parts.routing.team_of(await self.parts.talk.topic(person.address_id), teams)
        buttons = [
            Button(title=teams[team_id].names[language], payload=f"h:team:{team_id}:{why}")
            for team_id in ordered(list(teams), first)
        ]
        buttons.append(self.words.button("any_team", language, f"h:team:any:{why}"))
        return [Reply(text=self.words.say("ask_which", language), kind="clarify", buttons=buttons)]

    async def open(self, person: Person, language: Language, team_id: str | None, why: OpenedBy) -> list[Reply]:
        """Put somebody into a queue. team_id: None or unknown: by what was talked of last. A second time: where it stands."""
        parts, now = self.parts, self.parts.clock()
        topic = await parts.talk.topic(person.address_id)
        async with parts.store.write() as connection:
            teams = await parts.roster.ready(connection)
            if not teams:
                return [Reply(text=self.words.say("no_team", language), kind="handoff", topic="complaint_contact")]
            team = teams[team_id if team_id in teams else parts.routing.team_of(topic, teams)]
            case = await self._add(connection, person, language, team, why, topic, now)
            texts = [] if case is None else await self._opened(connection, case, team, now)
            case = case or await store.open_case(connection, person.address_id)
        if case is None:  # pragma: no cover - the row was read or written in this very transaction
            raise AssertionError("a case just kept is not there")
        if not texts:
            return [await self._status(case, language)]
        metrics.handoff_opened.labels(team.id, why).inc()
        await parts.teller.wake()
        leave = self.words.button("leave", language, LEAVE_PAYLOAD)
        first = Reply(text="\n\n".join(texts), kind="task", buttons=[leave])
        return [first, self._history_question(language)]

    async def _add(
        self,
        connection: AsyncConnection,
        person: Person,
        language: Language,
        team: Team,
        why: OpenedBy,
        topic: str | None,
        now: datetime,
    ) -> Case | None:
        case_id = new_id()
        number = await store.add_case(
            connection,
            id=case_id,
            person_id=person.id,
            address_id=person.address_id,
            channel=person.channel,
            language=language,
            state=CaseState.WAITING,
            team_id=team.id,
            opened_by=why,
            topic=topic,
            urgent=why is OpenedBy.EMERGENCY,
            first_place=1,
            opened_in_hours=self.parts.hours.is_open(team.hours, now),
            opened_at=now,
            waiting_since=now,
            heard_at=now,
            changed_at=now,
        )
        if number is None:
            return None
        await opened(connection, HANDOFF, case_id, CaseState.WAITING, Step(f"person:{person.id}", now, why))
        return await store.case_by_id(connection, case_id)

    async def _opened(self, connection: AsyncConnection, case: Case, team: Team, now: datetime) -> list[str]:
        """Tell staff, and say to the person what they can expect."""
        parts, say, language = self.parts, self.words.say, case.language
        is_open = parts.hours.is_open(team.hours, now)
        to = await offered_to(connection, case, team, now, is_open=is_open)
        await parts.teller.offer(connection, case, team, to, now, "s_urgent" if case.urgent else "s_offer")
        place = await place_in_queue(connection, case, team, parts.hours, now)
        told = {"director_told_at": now} if case.urgent else {"team_told_at" if is_open else "duty_told_at": now}
        await store.change(
            connection,
            case.id,
            now,
            first_place=place.place,
            told_place=place.place,
            told_wait_s=place.wait_s,
            told_at=now,
            **told,
        )
        if case.urgent:
            lines = [say("opened_urgent", language, number=case.name)]
            if not await roster_store.on_duty(connection, DutyKind.DIRECTOR, team.id, now):
                lines.append(say("director_none", language))
            return [*lines, say("write_on", language)]
        lines = [say("opened", language, team=team.names[language], number=case.name)]
        if not is_open:
            lines.append(hours_text(self.words, parts.hours, team, now, language))
            lines.append(say("duty_told" if to else "duty_none", language))
        lines.append(place_text(self.words, place, language, is_open=is_open))
        return [*lines, say("write_on", language)]

    def _history_question(self, language: Language) -> Reply:
        buttons = [self.words.button(act, language, f"h:{act}") for act in ("show", "hide")]
        return Reply(text=self.words.say("ask_history", language), kind="task", buttons=buttons)

    async def hear(
        self, person: Person, text: str, ref: str | None, language: Language, files: Sequence[str] = ()
    ) -> HeardAs:
        """Keep what a person says for whoever has their case, before anybody acknowledges it.

        ref: the same message handed over again is not kept twice. Stored, then shown to the owner through delivery.
        """
        parts, now = self.parts, self.parts.clock()
        async with parts.store.read() as connection:
            # Looked for first: nearly every message belongs to no case, and a write would make all of them queue.
            case = await store.open_case(connection, person.address_id)
            if case is None:
                kept = ref is not None and await store.is_kept(connection, ref)
                return HeardAs.KEPT_BEFORE if kept else HeardAs.NOBODY
        if len(text) > TEXT_MAX_CHARS:
            return HeardAs.TOO_LONG
        if not text.strip() and not files:
            return HeardAs.EMPTY
        async with parts.store.write() as connection:
            case = await store.lock_case(connection, case.number)
            if case is None or case.state in HANDOFF.final:
                return HeardAs.NOBODY
            seq = await store.add_message(
                connection, case_id=case.id, side=Side.PERSON, text=text, files=list(files) or None, ref=ref, at=now
            )
            if seq is not None:
                await parts.files.hold(connection, files, person.id, holder_of(case))
                await self._heard(connection, case, person, language, now)
        await parts.teller.wake()
        return HeardAs.SPOKEN if case.state in SPOKEN else HeardAs.WAITING

    async def _heard(
        self, connection: AsyncConnection, case: Case, person: Person, language: Language, now: datetime
    ) -> None:
        values = {"heard_at": now, "language": language}
        if case.state is CaseState.ANSWERED:
            step = Step(f"person:{person.id}", now, "wrote again")
            await move(connection, HANDOFF, case.id, CaseState.TAKEN, step, changed_at=now, **values)
        else:
            await store.change(connection, case.id, now, **values)
        if case.owner_id is not None:
            await self.parts.teller.release(connection, case, now)

    def too_long(self, text: str, language: Language) -> Reply:
        """That a message is longer than one can be, and was not kept."""
        said = self.words.say("too_long", language, length=len(text), limit=TEXT_MAX_CHARS)
        return Reply(text=said, kind="error")

    async def agree(self, person: Person, language: Language, *, shows: bool) -> Reply:
        """Keep whether staff may see the talk before; it is attached only with a yes."""
        history = await self.parts.talk.recall(person.address_id) if shows else []
        async with self.parts.store.write() as connection:
            case = await store.open_case(connection, person.address_id)
            if case is None:
                return self.words.reply("nothing_open", language)
            await store.change(connection, case.id, self.parts.clock(), shows_history=shows, history=history or None)
        if not shows:
            return self.words.reply("hidden", language)
        return self.words.reply("shown" if history else "shown_none", language)

    async def leave(self, person: Person, language: Language) -> list[Reply] | None:
        """End the case, or leave the queue; None when there is nothing to end."""
        parts, now = self.parts, self.parts.clock()
        async with parts.store.write() as connection:
            case = await store.open_case(connection, person.address_id)
            case = await store.lock_case(connection, case.number) if case is not None else None
            if case is None or case.state in HANDOFF.final:
                return None
            waited = case.state is CaseState.WAITING
            await move(
                connection,
                HANDOFF,
                case.id,
                CaseState.ABANDONED if waited else CaseState.CLOSED,
                Step(f"person:{person.id}", now, "left"),
                closed_at=now,
                closed_by=ClosedBy.PERSON,
                passed_to=None,
                changed_at=now,
            )
            if case.owner_id is not None:
                await parts.teller.staff(
                    connection,
                    case,
                    [case.owner_id],
                    lambda spoken: Reply(text=self.words.say("s_left", spoken, number=case.name), kind="push"),
                    now,
                )
        metrics.handoff_closed.labels(case.team_id, ClosedBy.PERSON).inc()
        await parts.teller.wake()
        reply = self.words.reply("left" if waited else "closed_person", language, number=case.name)
        buttons = [] if waited else parts.ratings.buttons(case.id, language)
        return [reply.model_copy(update={"buttons": buttons})]

    async def current(self, person: Person) -> Case | None:
        """The open case of this conversation."""
        async with self.parts.store.read() as connection:
            return await store.open_case(connection, person.address_id)

    async def status(self, person: Person, language: Language) -> Reply:
        """Where the case of this conversation stands."""
        case = await self.current(person)
        return self.words.reply("nothing_open", language) if case is None else await self._status(case, language)

    async def cases(self, person: Person) -> list[Case]:
        """A person's cases, the newest first, at most OWN_MOST."""
        async with self.parts.store.read() as connection:
            return await store.cases_of_person(connection, person.id, OWN_MOST)

    async def _status(self, case: Case, language: Language) -> Reply:
        parts, now, say = self.parts, self.parts.clock(), self.words.say
        async with parts.store.read() as connection:
            team = await roster_store.team(connection, case.team_id)
            if case.state is CaseState.WAITING:
                place = await place_in_queue(connection, case, team, parts.hours, now)
                is_open = parts.hours.is_open(team.hours, now)
                lines = [say("status_waiting", language, number=case.name, team=team.names[language])]
                if not is_open:
                    lines.append(hours_text(self.words, parts.hours, team, now, language))
                lines.append(place_text(self.words, place, language, is_open=is_open))
                button = self.words.button("leave", language, LEAVE_PAYLOAD)
            else:
                who = await shown(connection, team, case.owner_id, language)
                lines = [say("status_taken", language, number=case.name, who=who)]
                button = self.words.button("back", language, LEAVE_PAYLOAD)
        return Reply(text="\n\n".join(lines), kind="task", buttons=[button])
