"""Firms in the talk: my firm, join by code, members, leave, mandates. What needs several answers is a form."""

from __future__ import annotations

import re

from bot.channels.model import Button, Incoming, Language, Reply
from bot.desks.firms.words import FirmWords
from bot.errors import (
    ConflictError,
    InvitationRefusedError,
    KouanError,
    NotFoundError,
    NotPermittedError,
    TooManyAttemptsError,
)
from bot.people.firms.lives_model import MandateState
from bot.people.firms.mandates import MandateService
from bot.people.firms.model import Mandate, Membership
from bot.people.firms.service import FirmService
from bot.people.model import Person
from knowledge.text import normalise, to_simplified

_PAYLOAD = re.compile(
    r"firm:(mine|join|members|out|out_now|leave|leave_now|admin|mandates|accept|end)(?::([\w-]{1,70}))?"
)
_JOIN = re.compile(
    r"(?:加入企业|企业邀请码|join (?:a |the |my )?firm|join)[\s:：]*([a-z0-9]{5}[\s-]?[a-z0-9]{5})", re.IGNORECASE
)
_MINE = frozenset({"我的企业", "我的公司", "企业成员", "my firm", "my firms", "my company", "firm members"})
_MANDATES = frozenset({"委托", "我的委托", "企业委托", "mandates", "my mandates"})
_JOIN_ALONE = frozenset({"加入企业", "加入公司", "join a firm", "join firm", "join my firm", "join a company"})
_SHOWN_MOST = 20


class FirmsInChat:
    """Fulfils TurnExtra: buttons that begin with `firm:`, and texts that say exactly one of these wishes."""

    def __init__(self, firms: FirmService, mandates: MandateService, words: FirmWords) -> None:
        self._firms = firms
        self._mandates = mandates
        self._words = words

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take."""
        act = _pressed(incoming.payload) if incoming.payload is not None else _said(incoming.text or "")
        if act is None:
            return None
        if person is None or not person.private:
            return [self._plain("private_only", language, kind=True)]
        try:
            return [await self._do(act[0], act[1], person, language)]
        except InvitationRefusedError:
            return [self._plain("refused", language, kind=True)]
        except TooManyAttemptsError:
            return [self._plain("too_many", language, kind=True)]
        except (ConflictError, NotFoundError, NotPermittedError) as error:
            return [self._plain(_sentence(error), language, kind=True)]

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: nothing."""
        return replies

    async def _do(self, act: str, argument: str, person: Person, language: Language) -> Reply:
        first, _, second = argument.partition("-")
        match act:
            case "join":
                if not argument:
                    return self._plain("join_how", language)
                joined = await self._firms.join(person, argument)
                return self._membership(joined, language, "joined_you")
            case "members":
                return await self._members(person, first, language)
            case "out":
                return self._confirm("out_ask", f"firm:out_now:{argument}", language)
            case "out_now":
                await self._firms.take_out(person, first, second)
                return self._plain("out_done", language)
            case "admin":
                await self._firms.change_rights(person, first, second, {}, admin=True)
                return self._plain("admin_done", language)
            case "mine":
                return await self._mine(person, language)
        return await self._own(act, argument, person, language)

    async def _own(self, act: str, argument: str, person: Person, language: Language) -> Reply:
        match act:
            case "leave":
                return self._confirm("leave_ask", f"firm:leave_now:{argument}", language)
            case "leave_now":
                await self._firms.leave(person, argument)
                return self._plain("leave_done", language)
            case "mandates":
                return await self._mandates_of(person, argument, language)
            case "accept":
                return self._mandate(await self._mandates.accept(person, argument), language)
            case "end":
                return self._mandate(await self._mandates.end(person, argument), language)
        raise AssertionError(act)  # pragma: no cover - the pattern names all

    async def _mine(self, person: Person, language: Language) -> Reply:
        found = await self._firms.memberships(person)
        if not found:
            return self._plain("none", language)
        lines, buttons = [self._words.say("mine", language)], []
        for one in found[:_SHOWN_MOST]:
            lines.append(self._line(one, language))
            if one.member.manages:
                buttons.append(self._button("members_button", f"firm:members:{one.firm.id}", language, one.firm.name))
                buttons.append(self._button("mandates_button", f"firm:mandates:{one.firm.id}", language, one.firm.name))
            buttons.append(self._button("leave_button", f"firm:leave:{one.firm.id}", language, one.firm.name))
        if any(one.member.manages for one in found):
            buttons.insert(0, self._button("invite_button", "t:form:firm_invite", language, ""))
        return Reply(text="\n\n".join(lines), kind="task", buttons=buttons)

    async def _members(self, person: Person, firm_id: str, language: Language) -> Reply:
        members = await self._firms.members(person, firm_id)
        lines, buttons = [self._words.say("members", language, count=str(len(members)))], []
        for member in members[:_SHOWN_MOST]:
            rights = self._words.say("admin", language) if member.admin else self._words.rights(member.grants, language)
            lines.append(self._words.say("member_line", language, label=member.label, rights=rights))
            if member.person_id != person.id:
                target = f"{firm_id}-{member.id}"
                buttons.append(self._button("out_button", f"firm:out:{target}", language, member.label))
                if not member.admin:
                    buttons.append(self._button("admin_button", f"firm:admin:{target}", language, member.label))
        buttons.append(self._button("invite_button", "t:form:firm_invite", language, ""))
        return Reply(text="\n\n".join(lines), kind="task", buttons=buttons)

    async def _mandates_of(self, person: Person, firm_id: str, language: Language) -> Reply:
        managed = [one.firm.id for one in await self._firms.memberships(person) if one.member.manages]
        ids = [firm_id] if firm_id else managed
        found = {one.id: one for key in ids for one in await self._mandates.mandates(person, key)}
        if not found:
            return self._plain("mandates_none", language)
        lines, buttons = [self._words.say("mandates", language)], []
        for one in list(found.values())[:_SHOWN_MOST]:
            lines.append(self._mandate_line(one, language))
            if one.state is MandateState.OFFERED and one.broker.id in managed:
                buttons.append(self._button("accept_button", f"firm:accept:{one.id}", language, one.client.name))
            buttons.append(self._button("end_button", f"firm:end:{one.id}", language, one.client.name))
        return Reply(text="\n\n".join(lines), kind="task", buttons=buttons)

    def _membership(self, one: Membership, language: Language, sentence: str) -> Reply:
        return Reply(
            text=self._words.say(sentence, language, firm=one.firm.name) + "\n\n" + self._line(one, language),
            kind="task",
            buttons=[self._button("mine_button", "firm:mine", language, "")],
        )

    def _line(self, one: Membership, language: Language) -> str:
        rights = (
            self._words.say("admin", language) if one.member.admin else self._words.rights(one.member.grants, language)
        )
        return self._words.say("firm_line", language, firm=one.firm.name, code=one.firm.credit_code, rights=rights)

    def _mandate(self, one: Mandate, language: Language) -> Reply:
        return Reply(text=self._mandate_line(one, language), kind="task")

    def _mandate_line(self, one: Mandate, language: Language) -> str:
        return self._words.say(
            "mandate_line",
            language,
            client=one.client.name,
            broker=one.broker.name,
            until=self._words.moment(one.valid_until),
            rights=self._words.rights(one.grants, language),
            state=self._words.say(f"mandate_{one.state}", language),
        )

    def _confirm(self, sentence: str, payload: str, language: Language) -> Reply:
        button = self._button("yes_button", payload, language, "")
        return Reply(text=self._words.say(sentence, language), kind="task", buttons=[button])

    def _button(self, name: str, payload: str, language: Language, what: str) -> Button:
        return Button(title=self._words.say(name, language, what=what)[:120], payload=payload)

    def _plain(self, sentence: str, language: Language, *, kind: bool = False) -> Reply:
        return Reply(text=self._words.say(sentence, language), kind="error" if kind else "task")


def _pressed(payload: str) -> tuple[str, str] | None:
    match = _PAYLOAD.fullmatch(payload)
    return (match[1], match[2] or "") if match else None


def _said(text: str) -> tuple[str, str] | None:
    said = normalise(to_simplified(text)).strip(" 。.!！?？")
    if said in _MINE:
        return "mine", ""
    if said in _MANDATES:
        return "mandates", ""
    if said in _JOIN_ALONE:
        return "join", ""
    match = _JOIN.fullmatch(said)
    return ("join", re.sub(r"[\s-]", "", match[1])) if match else None


def _sentence(error: KouanError) -> str:
    state = getattr(error, "state", "")
    return {"last-admin": "last_admin", "member": "already"}.get(state, "not_possible")
