"""The desk in the chat of a member of staff, who linked it in the console: by reply, word or button."""

from __future__ import annotations

import re

from bot.channels.model import Button, Incoming, Language, Reply
from bot.errors import ConflictError, Fault, InvalidInputError, KouanError, NotFoundError, NotPermittedError
from bot.handoff import roster_store
from bot.handoff.desk import Desk
from bot.handoff.model import TEXT_MAX_CHARS, CaseState, Side
from bot.handoff.passing import Passing
from bot.handoff.sight import CaseView
from bot.handoff.telling import quoted
from bot.people.model import Person, StaffMember
from knowledge.text import normalise

_PRESSED = re.compile(r"hs:(take|accept|return|close|pass|canned):(\d{1,9})")
_CHOSEN = re.compile(r"hs:(to|why|back|say):(\d{1,9}):([a-z0-9_-]{1,32})(?::([a-z_]{1,20}))?")
_NUMBERED = re.compile(r"\s*[#＃][Hh](\d{1,9})\b[\s:：,，]*(.*)", re.DOTALL)
_IN_REPLY = re.compile(r"(?:✓ )?#H(\d{1,9})\b")
_DESK = frozenset({"desk", "工作台", "my desk", "我的工作台"})
_ACTS = {
    **dict.fromkeys(("take", "接手", "接"), "take"),
    **dict.fromkeys(("close", "结束", "办结"), "close"),
    **dict.fromkeys(("accept", "接收"), "accept"),
}
_PASS = re.compile(r"(?:pass|转|转交|转给)\s+(\S+)(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
_RETURN = re.compile(r"(?:return|退回)(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
_CANNED = re.compile(r"=([a-z0-9_-]{1,24})")
_ENTRY = re.compile(r"e:([a-z0-9-]{1,48})")
_REASONS = ("not_ours", "other_port", "joint", "language")
_CANNED_SHOWN = 12


class StaffInChat:
    """Fulfils TurnExtra. It stands before the person's side: an officer's own questions go to the bot as anybody's do."""

    def __init__(self, desk: Desk, passing: Passing) -> None:
        self._desk = desk
        self._passing = passing
        self._words = desk.words

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take: what is about a case, from a chat that staff linked; None from every other."""
        if person is None or not person.private:
            return None
        found = self._about(incoming)
        if found is None:
            return None
        async with self._desk.parts.store.read() as connection:
            staff = await roster_store.staff_behind(connection, person.address_id)
        if staff is None:
            return None
        number, wish = found
        try:
            if number is None:
                return [await self._overview(staff, language)]
            return [await self._act(number, wish, incoming.ref, staff, language)]
        except KouanError as error:
            return [self._refusal(number or 0, error, language)]

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: nothing."""
        return replies

    def _about(self, incoming: Incoming) -> tuple[int | None, tuple[str, ...]] | None:
        """(case number, what is wished) of a message; None when it is about no case."""
        if incoming.payload is not None:
            if match := _PRESSED.fullmatch(incoming.payload):
                return int(match[2]), (f"{match[1]}?" if match[1] in {"return", "pass", "canned"} else match[1],)
            if match := _CHOSEN.fullmatch(incoming.payload):
                return int(match[2]), (match[1], match[3], match[4] or "")
            return None
        text = incoming.text or ""
        if match := _NUMBERED.fullmatch(text):
            return int(match[1]), _wish(match[2].strip())
        if incoming.replied_to and (match := _IN_REPLY.match(incoming.replied_to)):
            return int(match[1]), _wish(text.strip())
        return (None, ()) if normalise(text) in _DESK else None

    async def _act(
        self, number: int, wish: tuple[str, ...], ref: str | None, staff: StaffMember, language: Language
    ) -> Reply:
        if wish == ("show",):
            return self._card(await self._desk.sight.view(number, staff), language, None)
        asked = await self._question(number, wish, language)
        asked = asked or await self._move(number, wish, staff, language)
        return asked or await self._speak(number, wish, ref, staff, language)

    async def _question(self, number: int, wish: tuple[str, ...], language: Language) -> Reply | None:
        """What is asked before an act; None for an act itself."""
        match wish:
            case ("pass?",):
                return await self._which_team(number, language)
            case ("to", team, _):
                return await self._which_reason(number, team, language)
            case ("return?",):
                return self._reasons(self._said("s_reason_needed", language), f"hs:back:{number}:", language)
            case ("canned?",):
                return await self._which_canned(number, language)
        return None

    async def _move(self, number: int, wish: tuple[str, ...], staff: StaffMember, language: Language) -> Reply | None:
        """Acts that change who has the case; None for all else."""
        name = f"H{number}"
        match wish:
            case ("take",) | ("accept",):
                act = self._desk.take if wish == ("take",) else self._passing.accept
                await act(number, staff)
                return self._card(await self._desk.sight.view(number, staff), language, "s_you_have")
            case ("close",):
                await self._desk.close(number, staff)
                return self._said("s_closed", language, number=name)
            case ("why", team, reason) | ("pass", team, reason):
                team_id = await self._team_id(team)
                await self._passing.pass_on(number, team_id, reason, staff)
                teams = await self._desk.parts.roster.teams()
                return self._said("s_passed", language, number=name, team=teams[team_id].names[language])
            case ("back", reason, _) | ("return", reason):
                await self._passing.give_back(number, reason, staff)
                return self._said("s_given_back", language, number=name)
        return None

    async def _speak(
        self, number: int, wish: tuple[str, ...], ref: str | None, staff: StaffMember, language: Language
    ) -> Reply:
        match wish:
            case ("say", shortcut, _) | ("=", shortcut):
                await self._desk.answer_canned(number, shortcut, staff, ref=ref)
            case ("entry", entry):
                await self._desk.answer_entry(number, entry, staff, ref=ref)
            case _:
                await self._desk.answer(number, wish[-1], staff, ref=ref)
        return self._said("s_sent", language, number=f"H{number}")

    async def _team_id(self, said: str) -> str:
        """A team by its id or one of its names; what is unknown is refused where it is used."""
        teams = await self._desk.parts.roster.teams()
        plain_said = normalise(said)
        return next(
            (one.id for one in teams.values() if plain_said in {one.id, *map(normalise, one.names.values())}), said
        )

    def _card(self, view: CaseView, language: Language, sentence: str | None) -> Reply:
        """A case in one message, with what can be done."""
        say, case = self._words.say, view.case
        head = (
            say(sentence, language, number=case.name)
            if sentence
            else f"#{case.name} {self._state(case.state, language)}"
        )
        lines = [head, self._desk.parts.teller.about(case, language)]
        if case.history:
            talk = "\n".join(
                quoted(f"{say('s_who_' + one['who'], language)}: {one['text']}", 200) for one in case.history
            )
            lines += [say("s_before", language), talk]
        elif not case.shows_history:
            lines.append(say("s_before_hidden", language))
        said = [quoted(one.text, 600) for one in view.messages if one.side is Side.PERSON]
        if said:
            lines += [say("s_said_so_far", language), "\n>\n".join(said[-10:])]
        if view.is_mine:
            buttons = self._desk.parts.teller.owner_buttons(case, language)
        else:
            acts = ("accept", "return") if view.may_accept else ("take",) if case.state is CaseState.WAITING else ()
            buttons = [self._words.button(f"s_{act}", language, f"hs:{act}:{case.number}") for act in acts]
        return Reply(text="\n\n".join(lines), kind="task", buttons=buttons)

    async def _overview(self, staff: StaffMember, language: Language) -> Reply:
        say, queued = self._words.say, await self._desk.sight.queue(staff)
        own = [one for one in queued if one.case.owner_id == staff.id]
        waiting = [one for one in queued if one.case.state is CaseState.WAITING]
        lines = [say("s_desk", language)]
        for sentence, cases in (("s_desk_own", own), ("s_desk_waiting", waiting)):
            if cases:
                named = ", ".join(f"#{one.case.name} ({one.team.names[language]})" for one in cases)
                lines.append(say(sentence, language, cases=named))
        if len(lines) == 1:
            lines.append(say("s_desk_none", language))
        buttons = [
            Button(title=f"{say('s_take', language)} #{one.case.name}", payload=f"hs:take:{one.case.number}")
            for one in waiting[:8]
        ]
        return Reply(text="\n\n".join(lines), kind="task", buttons=buttons)

    async def _which_team(self, number: int, language: Language) -> Reply:
        teams = await self._desk.parts.roster.teams()
        buttons = [
            Button(title=team.names[language], payload=f"hs:to:{number}:{team_id}") for team_id, team in teams.items()
        ]
        return self._said("s_pass_which", language, number=f"H{number}").model_copy(update={"buttons": buttons})

    async def _which_reason(self, number: int, team_id: str, language: Language) -> Reply:
        team = (await self._desk.parts.roster.teams()).get(team_id)
        name = team.names[language] if team else team_id
        asked = self._said("s_pass_why", language, number=f"H{number}", team=name, team_id=team_id)
        return self._reasons(asked, f"hs:why:{number}:{team_id}:", language)

    def _reasons(self, asked: Reply, payload: str, language: Language) -> Reply:
        buttons = [self._words.button(f"reason_{reason}", language, f"{payload}{reason}") for reason in _REASONS]
        return asked.model_copy(update={"buttons": buttons})

    async def _which_canned(self, number: int, language: Language) -> Reply:
        canned = await self._desk.parts.roster.canned()
        if not canned:
            return self._said("s_no_canned", language, number=f"H{number}")
        buttons = [
            Button(title=f"{one.shortcut}: {one.texts[language]}"[:40], payload=f"hs:say:{number}:{one.shortcut}")
            for one in canned[:_CANNED_SHOWN]
        ]
        return self._said("s_which_canned", language, number=f"H{number}").model_copy(update={"buttons": buttons})

    def _state(self, state: str, language: Language) -> str:
        return self._words.say(f"state_{state}", language)

    def _said(self, sentence: str, language: Language, /, **values: str) -> Reply:
        return Reply(text=self._words.say(sentence, language, **values), kind="task")

    def _refusal(self, number: int, error: KouanError, language: Language) -> Reply:
        say, name = self._words.say, f"H{number}"
        match error:
            case ConflictError():
                text = say("s_conflict", language, number=name, state=self._state(error.state, language))
            case NotPermittedError():
                text = say("s_not_yours", language, number=name)
            case NotFoundError():
                text = say(
                    "s_unknown" if error.what == "case" else "s_unknown_canned", language, number=name, name=error.what
                )
            case InvalidInputError():
                text = " ".join(self._fault(fault, language) for fault in error.faults)
            case _:
                raise error
        return Reply(text=text, kind="error")

    def _fault(self, fault: Fault, language: Language) -> str:
        if fault.where == "reason":
            return self._words.say("s_reason_needed", language)
        if fault.where == "text":
            return self._words.say("s_text_length", language, limit=TEXT_MAX_CHARS)
        return self._words.say("s_unknown_team", language)


def _wish(text: str) -> tuple[str, ...]:
    """What a text about a case wishes: an act, or that it be said to the person."""
    if not text:
        return ("show",)
    if act := _ACTS.get(normalise(text)):
        return (act,)
    if match := _PASS.fullmatch(text):
        return ("pass", match[1], match[2] or "")
    if match := _RETURN.fullmatch(text):
        return ("return", match[1] or "")
    if match := _CANNED.fullmatch(text):
        return ("=", match[1])
    if match := _ENTRY.fullmatch(text):
        return ("entry", match[1])
    return ("answer", text)
