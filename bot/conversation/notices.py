"""Notices in the talk: buttons under them, consents, marks on answers that a notice changed, banners with the next reply."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path

import yaml
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.model import Button, Incoming, Language, Reply
from bot.notices.banners.service import BannerBoard, BannerService
from bot.notices.markup import plain
from bot.notices.readers.model import Answer, ConsentKind
from bot.notices.readers.service import ReaderService
from bot.notices.test_sends import TestSends
from bot.people.model import Person
from knowledge.text import to_traditional

logger = logging.getLogger(__name__)

_PAYLOAD = re.compile(r"n:(ack|read|agree|refuse):([a-z0-9_]{1,40})")
_ALERTS = frozenset({"alerts", "提醒设置", "提醒設定", "提醒設置"})
_STAFF_CODE = frozenset({"staffcode", "员工绑定码", "員工綁定碼", "工作人员绑定码"})
# The web page has its banners on top; they need not stand in the talk as well.
_SHOWS_BANNERS_ITSELF = "web"


class ChatWords:
    """Sentences of a file beside this module, complete in three languages."""

    def __init__(self, sentences: Mapping[str, Mapping[Language, str]]) -> None:
        self._sentences = sentences

    def say(self, name: str, language: Language, **values: str) -> str:
        """A sentence. Raises KeyError for one that is not there."""
        return self._sentences[name][language].format(**values)


def load_chat_words(file: str = "notices.yaml") -> ChatWords:
    """Read a file of sentences beside this module. Raises KeyError when a language is missing."""
    raw = yaml.safe_load((Path(__file__).parent / file).read_text(encoding="utf-8"))
    return ChatWords(
        {
            name: {
                "zh-Hans": texts["zh-Hans"],
                "zh-Hant": texts.get("zh-Hant", to_traditional(texts["zh-Hans"])),
                "en": texts["en"],
            }
            for name, texts in raw.items()
        }
    )


class NoticesInChat:
    """Fulfils TurnExtra."""

    def __init__(
        self,
        readers: ReaderService,
        banners: BannerService,
        board: BannerBoard,
        test_sends: TestSends,
        words: ChatWords,
    ) -> None:
        self._readers = readers
        self._banners = banners
        self._board = board
        self._test_sends = test_sends
        self._words = words

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take: buttons that begin with `n:`, and the words that open the settings or ask for a staff code."""
        if incoming.payload is not None:
            match = _PAYLOAD.fullmatch(incoming.payload)
            return [await self._pressed(match[1], match[2], person, language)] if match else None
        words = "".join((incoming.text or "").split()).lstrip("/／").casefold()
        if words in _ALERTS:
            return [await self._settings(person, language)]
        if words in _STAFF_CODE:
            return [await self._staff_code(person, language)]
        return None

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add."""
        try:
            marked = [await self._marked(reply, language) for reply in replies]
            if person is None:
                return marked
            if person.private:
                marked += await self._asked(marked, person, language)
            return [*await self._unseen_banners(incoming, person, language), *marked]
        except SQLAlchemyError as error:
            # The answer itself is there; what stands around it can wait for the next one.
            logger.warning("nothing added to the replies: %s", type(error).__name__)
            return replies

    async def _pressed(self, act: str, argument: str, person: Person | None, language: Language) -> Reply:
        if act == "read":
            return await self._readers.read(argument, language)
        if person is None or not person.private:
            return Reply(text=self._words.say("private_only", language), kind="error")
        if act == "ack":
            return await self._readers.acknowledge(argument, person, language)
        if argument not in list(ConsentKind):
            return await self._settings(person, language)
        kind = ConsentKind(argument)
        answer = Answer.GIVEN if act == "agree" else Answer.REFUSED
        await self._readers.keep_consent(person.id, kind, answer)
        return Reply(text=self._words.say(f"{answer}_{kind}", language), kind="task")

    async def _settings(self, person: Person | None, language: Language) -> Reply:
        if person is None or not person.private:
            return Reply(text=self._words.say("private_only", language), kind="error")
        lines, buttons = [], []
        for kind in ConsentKind:
            is_on = await self._readers.consent(person.id, kind) is Answer.GIVEN
            state = self._words.say("state_on" if is_on else "state_off", language)
            lines.append(self._words.say(f"settings_{kind}", language, state=state))
            title = self._words.say(f"turn_{'off' if is_on else 'on'}_{kind}", language)
            buttons.append(Button(title=title, payload=f"n:{'refuse' if is_on else 'agree'}:{kind}"))
            if not is_on:
                lines.append(self._words.say(f"ask_{kind}", language))
        return Reply(text="\n\n".join(lines), kind="task", buttons=buttons)

    async def _staff_code(self, person: Person | None, language: Language) -> Reply:
        if person is None or not person.private:
            return Reply(text=self._words.say("private_only", language), kind="error")
        code = await self._test_sends.code_for(person)
        return Reply(text=self._words.say("staff_code", language, code=plain(code)), kind="task")

    async def _marked(self, reply: Reply, language: Language) -> Reply:
        """The answer of an entry that a notice changed says so first: its last line is its source, and stays it."""
        if reply.entry is None or reply.kind != "answer":
            return reply
        changes = await self._readers.changes_of(reply.entry, language)
        if not changes:
            return reply
        lines = [line.text for _, line in changes]
        buttons = [button for _, line in changes for button in line.buttons]
        return reply.model_copy(
            update={"text": "\n\n".join([*lines, reply.text]), "buttons": [*buttons, *reply.buttons]}
        )

    async def _asked(self, replies: list[Reply], person: Person, language: Language) -> list[Reply]:
        """Keep what was answered to those who agreed; put the question to those who were never asked, once."""
        entries = [reply.entry for reply in replies if reply.entry is not None and reply.kind == "answer"]
        if not entries:
            return []
        said = await self._readers.consent(person.id, ConsentKind.ENTRY_CHANGES)
        if said is Answer.GIVEN:
            for entry in entries:
                await self._readers.note_asked(person.id, entry)
        if said is not None:
            return []
        await self._readers.keep_consent(person.id, ConsentKind.ENTRY_CHANGES, Answer.ASKED)
        kind = ConsentKind.ENTRY_CHANGES
        return [
            Reply(
                text=self._words.say(f"ask_{kind}", language),
                kind="task",
                buttons=[
                    Button(title=self._words.say("agree", language), payload=f"n:agree:{kind}"),
                    Button(title=self._words.say("refuse", language), payload=f"n:refuse:{kind}"),
                ],
            )
        ]

    async def _unseen_banners(self, incoming: Incoming, person: Person, language: Language) -> list[Reply]:
        showing = self._board.current()
        if not showing or incoming.channel == _SHOWS_BANNERS_ITSELF:
            return []
        unseen = await self._banners.unseen(showing, person.address_id)
        return [self._banners.reply(banner, language) for banner in unseen]
