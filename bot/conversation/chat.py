"""Use cases of the web chat: a message is answered once, and the answer is kept before anybody is told of it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from bot.channels.model import FileRef, Incoming, Language, RefusedFile
from bot.channels.web.hub import WebHub
from bot.channels.web.service import WebInbox
from bot.channels.web.store import WebMessage
from bot.conversation.chat_frames import Message
from bot.conversation.ports import ConversationLocks
from bot.conversation.service import ConversationService
from bot.errors import NotFoundError
from bot.files.service import FileStore
from bot.people.model import conversation_key
from bot.people.service import PeopleService

logger = logging.getLogger(__name__)

CHANNEL = "web"


class RatePerWindow:
    """At most `limit` in any `window_s` seconds. The clock is the caller's, so that a test can turn it."""

    def __init__(self, limit: int, window_s: float) -> None:
        self._limit = limit
        self._window_s = window_s
        self._taken: deque[float] = deque()

    def take(self, now_s: float) -> float:
        """Take one: 0.0 when it is allowed, else the seconds until the next one is; then nothing is taken."""
        while self._taken and self._taken[0] <= now_s - self._window_s:
            self._taken.popleft()
        if len(self._taken) >= self._limit:
            return self._taken[0] + self._window_s - now_s
        self._taken.append(now_s)
        return 0.0


class ChatService:
    """Answers the messages of pages."""

    def __init__(
        self,
        conversation: ConversationService,
        people: PeopleService,
        inbox: WebInbox,
        hub: WebHub,
        locks: ConversationLocks,
        files: FileStore,
    ) -> None:
        self._files = files
        self._conversation = conversation
        self._people = people
        self._inbox = inbox
        self._hub = hub
        self._locks = locks
        self._running: set[asyncio.Task[Any]] = set()

    async def take(self, conversation_id: str, message: Message) -> list[WebMessage]:
        """Answer a message of a conversation of ours, keep the replies, and wake its pages.

        A message whose id was answered before is not answered again: its kept replies come back. None of them: a person
        answers, and the bot says nothing. Goes on to its end when the caller is cancelled, since a page that lost its connection
        asks for the answer at its next hello.
        """
        return await asyncio.shield(self._spawn(self._take(conversation_id, message)))

    async def choose_language(self, conversation_id: str, locale: Language | None) -> None:
        """Keep the language a person chose on the page; None: that of what they write. No effect before a first message."""
        key = conversation_key(CHANNEL, conversation_id)
        if locale is None:
            await self._people.forget_language_choice(key)
        else:
            await self._people.choose_language(key, locale)

    async def close(self) -> None:
        """Wait for the answers under way; called when no page is served any more."""
        if self._running:
            await asyncio.wait(self._running, timeout=10.0)

    async def _take(self, conversation_id: str, message: Message) -> list[WebMessage]:
        key = conversation_key(CHANNEL, conversation_id)
        ref = hashlib.sha256(f"{key}:{message.id}".encode()).hexdigest()[:40]
        # Held over the turn: the same message sent again by a page that reconnected meanwhile waits for the first answer.
        async with self._locks.hold(f"{CHANNEL}-{ref}"):
            kept = await self._inbox.kept(key, ref)
            if kept:
                return kept
            incoming = await self._incoming(key, conversation_id, message)
            turn = await self._conversation.turn(replace(incoming, ref=f"{CHANNEL}:{ref}"))
            about = {"language": turn.language, "by": turn.by, "reply_to": message.id}
            kept = await self._inbox.keep(key, ref, [reply.model_dump(mode="json") | about for reply in turn.replies])
        await self._hub.publish(key)
        return kept

    async def _incoming(self, key: str, conversation_id: str, message: Message) -> Incoming:
        files: tuple[FileRef, ...] = ()
        refused: tuple[RefusedFile, ...] = ()
        if message.files:
            person = await self._people.find(key)
            try:
                files = await self._files.owned(person.id if person else "", message.files)
            except NotFoundError:
                refused = (RefusedFile("?", ("gone",)),)
        is_file = bool(message.files) and not (message.text or "").strip()
        return Incoming(
            CHANNEL,
            conversation_id,
            text=None if is_file else message.text,
            payload=message.payload,
            kind="button" if message.payload is not None else "file" if is_file else "text",
            private=True,
            locale=message.locale,
            files=files,
            refused=refused,
        )

    def _spawn(self, work: Coroutine[Any, Any, list[WebMessage]]) -> asyncio.Task[list[WebMessage]]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        # Asked for here as well: nobody else does when the page is gone.
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a page's message was not answered: %s", type(error).__name__)
