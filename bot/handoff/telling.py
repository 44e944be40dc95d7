"""Words on their way: to the person, and to the chats that staff linked. All in the transaction of what they tell of."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Button, Language, Reply
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification, Urgency
from bot.delivery.outbox import Outbox
from bot.handoff import roster_store, store
from bot.handoff.model import TO_PERSON, TO_STAFF, Case, DutyKind, OpenedBy, Side
from bot.handoff.roster_store import Team
from bot.handoff.words import HandoffWords, in_each
from bot.notices.markup import plain

# Who approved that an emergency passes quiet hours: the rule that the person's own press of that button stands for.
_URGENCY = Urgency("A person asked for the duty director.", "rule:handoff-emergency")
_CHANNELS = {"web": "Web", "telegram": "Telegram"}


class Teller:
    """Writes outbox rows."""

    def __init__(self, outbox: Outbox, words: HandoffWords) -> None:
        self._outbox = outbox
        self.words = words

    async def wake(self) -> None:
        """After the commit: workers look at once."""
        await self._outbox.wake()

    async def person(
        self, connection: AsyncConnection, case: Case, make: Callable[[Language], Reply], at: datetime
    ) -> None:
        """Tell the person something of the desk's own, in line with what staff say."""
        message = make(case.language)
        await store.add_message(
            connection, case_id=case.id, side=Side.DESK, text=message.text, payload=payload_of(message), at=at
        )
        await self.release(connection, case, at)

    async def staff(
        self,
        connection: AsyncConnection,
        case: Case,
        staff_ids: Sequence[str],
        make: Callable[[Language], Reply],
        at: datetime,
        *,
        urgent: bool = False,
    ) -> int:
        """Tell members of staff in their linked chats; returns how many chats. They see it in the console as well."""
        chats = await roster_store.chats_of(connection, staff_ids)
        for chat in chats:
            cause = f"{case.number}:{secrets.token_hex(6)}"
            await self._add(connection, cause, chat, in_each(make), at, urgent=urgent)
        return len(chats)

    async def offer(
        self, connection: AsyncConnection, case: Case, team: Team, staff_ids: Sequence[str], at: datetime, sentence: str
    ) -> int:
        """Offer a case to members of staff; returns how many chats were told. sentence: s_offer, s_urgent, …"""
        sender = await roster_store.team(connection, case.team_id)
        minutes = round((at - (case.waiting_since or case.opened_at)).total_seconds() / 60)
        said = [one for one in await store.messages(connection, case.id) if one.side is Side.PERSON]

        def make(language: Language) -> Reply:
            text = self.words.say(
                sentence,
                language,
                number=case.name,
                team=team.names[language],
                about=self.about(case, language),
                minutes=minutes,
                reason=plain(self.reason(case.pass_reason, language)),
                from_team=sender.names[language],
            )
            quotes = "\n".join(quoted(one.text) for one in said[-3:])
            buttons = self._offer_buttons(case, language)
            return Reply(text="\n\n".join(filter(None, [text, quotes])), kind="push", buttons=buttons)

        return await self.staff(connection, case, staff_ids, make, at, urgent=case.urgent)

    def _offer_buttons(self, case: Case, language: Language) -> list[Button]:
        acts = ("accept", "return") if case.passed_to else ("take",)
        return [self.words.button(f"s_{act}", language, f"hs:{act}:{case.number}") for act in acts]

    def about(self, case: Case, language: Language) -> str:
        """What staff should know before they take it."""
        say = self.words.say
        topic = self.words.topic(case.topic, language)
        return say(
            "s_about",
            language,
            language=say(f"language_{case.language}", language),
            channel=_CHANNELS.get(case.channel, case.channel),
            why=say(f"s_why_{case.opened_by}", language),
            topic=topic or say("s_no_topic", language),
        )

    def reason(self, reason: str | None, language: Language) -> str:
        """A reason as people read it: one of the list by its name, or as it was written."""
        known = f"reason_{reason}"
        return self.words.say(known, language) if self.words.has(known) else (reason or "–")

    async def release(self, connection: AsyncConnection, case: Case, at: datetime) -> int:
        """Hand on what was said and waits for its turn, one message of each side; returns how many.

        In order: the next goes when the one before has reached its end in delivery. What is for an owner without a linked chat
        is in the console already.
        """
        moved = 0
        rows = await store.unreleased(connection, case.id, TO_PERSON)
        if rows and not await store.is_under_way(connection, case.id, TO_PERSON):
            await self._to_person(connection, case, rows[0], at)
            await store.release(connection, [rows[0].seq], at)
            moved += 1
        rows = await store.unreleased(connection, case.id, TO_STAFF) if case.owner_id is not None else []
        if rows and not await store.is_under_way(connection, case.id, TO_STAFF):
            chats = await roster_store.chats_of(connection, [case.owner_id or ""])
            for chat in chats:
                await self._to_owner(connection, case, rows[0], chat, at)
            await store.release(connection, [row.seq for row in (rows[:1] if chats else rows)], at)
            moved += 1
        return moved

    async def _to_person(self, connection: AsyncConnection, case: Case, row: Row[Any], at: datetime) -> None:
        message = Reply.model_validate(row.payload)
        await self._add(connection, f"m{row.seq}", case.address_id, {case.language: message}, at)

    async def _to_owner(self, connection: AsyncConnection, case: Case, row: Row[Any], chat: str, at: datetime) -> None:
        def make(language: Language) -> Reply:
            spoken = self.words.say(f"language_{case.language}", language)
            text = self.words.say("s_person", language, number=case.name, language=spoken, text=plain(row.text))
            return Reply(text=text, kind="push", buttons=self.owner_buttons(case, language))

        await self._add(connection, f"m{row.seq}:{chat[:12]}", chat, in_each(make), at, urgent=case.urgent)

    def owner_buttons(self, case: Case, language: Language) -> list[Button]:
        """What an owner can do with one press."""
        acts = ("canned", "pass", "close")
        return [self.words.button(f"s_{act}", language, f"hs:{act}:{case.number}") for act in acts]

    async def _add(
        self,
        connection: AsyncConnection,
        cause_id: str,
        address_id: str,
        texts: dict[Language, Reply],
        at: datetime,
        *,
        urgent: bool = False,
    ) -> None:
        await self._outbox.add(
            connection,
            OutgoingNotification(
                CauseKind.HANDOFF,
                cause_id,
                Lane.EMERGENCY if urgent else Lane.REPLY,
                Audience(AudienceKind.ADDRESS, address_id),
                texts,
                urgency=_URGENCY if urgent else None,
            ),
            at,
        )


async def offered_to(connection: AsyncConnection, case: Case, team: Team, at: datetime, *, is_open: bool) -> list[str]:
    """Who is told of a case first: the director for an emergency, the team while it is open, else who is on duty."""
    if case.urgent:
        directors = await roster_store.on_duty(connection, DutyKind.DIRECTOR, team.id, at)
        if directors:
            return directors
    of_team = [member.staff.id for member in await roster_store.members(connection, team.id)]
    if case.urgent:
        return sorted({*of_team, *await roster_store.on_duty(connection, DutyKind.OFFICER, team.id, at)})
    return of_team if is_open else await roster_store.on_duty(connection, DutyKind.OFFICER, team.id, at)


def payload_of(message: Reply) -> dict[str, Any]:
    """A message as it is kept until it goes out."""
    return message.model_dump(mode="json", exclude_none=True)


async def shown(connection: AsyncConnection, team: Team, staff_id: str | None, language: Language) -> str:
    """How a member of staff is called to people: their team's title, and the name that was set for them, if any."""
    title = team.titles[language]
    name = await roster_store.shown_as(connection, team.id, staff_id) if staff_id else None
    return f"{title} {name}" if name else title


def quoted(text: str, most: int = 400) -> str:
    """A person's words as a quote."""
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return "\n".join(f"> {plain(line)}" for line in short.splitlines() or [""])


def why_opened(payload_argument: str | None) -> OpenedBy:
    """Why somebody asks, by the argument of the button they pressed."""
    known = {"topic": OpenedBy.TOPIC, "doubt": OpenedBy.DOUBT, "emergency": OpenedBy.EMERGENCY}
    return known.get(payload_argument or "", OpenedBy.ASKED)
