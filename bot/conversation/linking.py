"""Linking a second chat, in the talk."""

from __future__ import annotations

import re

from bot.channels.model import Button, Incoming, Language, Reply
from bot.conversation.notices import ChatWords
from bot.errors import BindingRefusedError, ConflictError, TooManyAttemptsError
from bot.people.linking import LinkService
from bot.people.model import Person
from knowledge.text import normalise

_LINK = re.compile(
    r"(?:我要|我想)?绑定(?:我的)?(?:另一个|另外一个|其他|别的)(?:聊天|对话|账号|渠道)"
    r"|(?:please )?link (?:my |an)?other (?:chat|channel|account)|link another chat"
)
_UNLINK = re.compile(r"(?:解除|取消)绑定(?:这个)?(?:聊天|对话)?|(?:please )?unlink (?:this|the) chat")
_CODE = re.compile(r"(?:link|绑定|綁定)?[:：\s]*([2-9A-Z]{5})\s*[-‐-―]?\s*([2-9A-Z]{5})", re.IGNORECASE)
_PRESSED = re.compile(r"link:(yes|no)(?::([2-9A-Z]{10}))?")
_CHANNELS = {"telegram": "Telegram", "web": "Web"}


class LinkingInChat:
    """Fulfils TurnExtra."""

    def __init__(self, service: LinkService, words: ChatWords) -> None:
        self._service = service
        self._words = words

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take: the words that ask for a code or end a link, a code that links, and its buttons."""
        if incoming.payload is not None:
            pressed = _PRESSED.fullmatch(incoming.payload)
            if pressed is None:
                return None
            return [await self._pressed(pressed[1] == "yes", pressed[2] or "", person, language)]
        text = incoming.text or ""
        plain, code = normalise(text), _CODE.fullmatch(text.strip())
        links, unlinks = bool(_LINK.fullmatch(plain)), bool(_UNLINK.fullmatch(plain))
        written = f"{code[1]}{code[2]}".upper() if code is not None else None
        # Other rooms give out codes that look like ours.
        if written is not None and not await self._service.is_code(written):
            written = None
        if not (links or unlinks or written):
            return None
        if person is None or not person.private:
            return [Reply(text=self._words.say("private_only", language), kind="error")]
        if written is not None:
            return [self._sure(written, language)]
        if links:
            return [self._said("code", language, code=await self._service.code_for(person))]
        return [self._said("unlinked" if await self._service.unlink(person) else "alone", language)]

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: nothing."""
        return replies

    def _sure(self, code: str, language: Language) -> Reply:
        buttons = [
            Button(title=self._words.say("yes_link", language), payload=f"link:yes:{code}"),
            Button(title=self._words.say("no_link", language), payload="link:no"),
        ]
        return Reply(text=self._words.say("sure", language), kind="clarify", buttons=buttons)

    async def _pressed(self, agrees: bool, code: str, person: Person | None, language: Language) -> Reply:
        if person is None or not person.private:
            return Reply(text=self._words.say("private_only", language), kind="error")
        if not agrees:
            return self._said("not_linked", language)
        try:
            chats = await self._service.link(person, code)
        except BindingRefusedError:
            return self._said("wrong", language)
        except TooManyAttemptsError:
            return self._said("too_many", language)
        except ConflictError:
            return self._said("open_in_both", language)
        names = ", ".join(_CHANNELS.get(chat.channel, chat.channel) for chat in chats)
        return self._said("linked", language, count=str(len(chats)), chats=names)

    def _said(self, sentence: str, language: Language, /, **values: str) -> Reply:
        return Reply(text=self._words.say(sentence, language, **values), kind="task")
