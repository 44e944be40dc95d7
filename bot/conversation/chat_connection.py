"""One page's connection: frames in, frames out."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.channels.model import Language
from bot.channels.web.hub import OpenPage, WebHub
from bot.channels.web.render import HtmlRenderer
from bot.channels.web.service import WebInbox
from bot.channels.web.store import WebMessage
from bot.conversation.chat import CHANNEL, ChatService, RatePerWindow
from bot.conversation.chat_frames import (
    ChooseLanguage,
    Hello,
    Message,
    Ping,
    banners_frame,
    encode,
    error_frame,
    message_frame,
    parse_frame,
)
from bot.conversation.phrases import ConversationPhrases, Say
from bot.errors import InvalidInputError
from bot.notices.banners.service import BannerBoard
from bot.people.model import conversation_key
from bot.people.service import WebSessions

logger = logging.getLogger(__name__)

CLOSE_REPLACED = 4409
CLOSE_NO_HELLO = 4408
CLOSE_TOO_MANY_FRAMES = 4429

_BATCH = 50


@dataclass(frozen=True)
class ChatLimits:
    """frame_max_bytes: longest frame that is read. messages, frames: how many in window_s seconds, of one connection.

    hello_s: seconds that a page has for its first frame. history: messages that a page without any gets.
    """

    frame_max_bytes: int = 128 * 1024
    messages: int = 10
    frames: int = 60
    window_s: float = 10.0
    hello_s: float = 10.0
    history: int = 50


@dataclass(frozen=True)
class ChatParts:
    """What every connection uses."""

    chat: ChatService
    inbox: WebInbox
    hub: WebHub
    sessions: WebSessions
    phrases: ConversationPhrases
    message_max_chars: int
    board: BannerBoard | None = None
    renderer: HtmlRenderer = field(default_factory=HtmlRenderer)
    limits: ChatLimits = field(default_factory=ChatLimits)


class _ClosedError(Exception):
    """The connection ends. code: what the page is told; None when the page went by itself."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class ChatConnection:
    """Serves one accepted socket until either side ends it."""

    def __init__(self, socket: WebSocket, parts: ChatParts) -> None:
        self._socket = socket
        self._parts = parts
        self._limits = parts.limits
        self._frame_rate = RatePerWindow(self._limits.frames, self._limits.window_s)
        self._message_rate = RatePerWindow(self._limits.messages, self._limits.window_s)
        self._sending = asyncio.Lock()
        self._language: Language = "zh-Hans"
        self._seq = 0

    async def serve(self) -> None:
        """Say welcome, then answer and push until the end."""
        code: int | None = None
        try:
            hello = await self._hello()
            conversation_id = await self._identify(hello)
            with self._parts.hub.page(conversation_key(CHANNEL, conversation_id)) as page:
                await self._welcome(page, conversation_id, hello)
                await self._talk(page, conversation_id)
        except* _ClosedError as group:
            code = _code_of(group)
        except* WebSocketDisconnect:
            logger.debug("the page went while something was sent to it")
        if code is not None:
            await self._socket.close(code)

    async def _hello(self) -> Hello:
        try:
            async with asyncio.timeout(self._limits.hello_s):
                while True:
                    frame = await self._receive()
                    if isinstance(frame, Hello):
                        return frame
                    await self._send(error_frame("hello-first", "The first frame is a hello."))
        except TimeoutError:
            raise _ClosedError(CLOSE_NO_HELLO) from None

    async def _identify(self, hello: Hello) -> str:
        if hello.conversation_id is not None:
            if self._parts.sessions.is_ours(hello.conversation_id):
                return hello.conversation_id
            await self._send(
                error_frame("unknown-conversation", "That conversation id was not issued here; a new one follows.")
            )
        return self._parts.sessions.issue()

    async def _welcome(self, page: OpenPage, conversation_id: str, hello: Hello) -> None:
        if hello.locale is not None:
            self._language = hello.locale
        self._seq, newest = await self._parts.inbox.start(page.key, hello.after, self._limits.history)
        await self._send(
            {
                "type": "welcome",
                "conversation_id": conversation_id,
                "after": self._seq,
                "newest": newest,
                "message_max_chars": self._parts.message_max_chars,
            }
        )
        page.wake()

    async def _show_banners(self, board: BannerBoard) -> None:
        """Send the banners now and whenever others show; an idle page costs nothing."""
        while True:
            change = board.next_change()
            await self._send(banners_frame(board.current()))
            await change.wait()

    async def _talk(self, page: OpenPage, conversation_id: str) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._deliver(page))
            if self._parts.board is not None:
                tasks.create_task(self._show_banners(self._parts.board))
            while True:
                frame = await self._receive()
                match frame:
                    case Ping():
                        await self._send({"type": "pong"})
                    case ChooseLanguage():
                        self._language = frame.locale or self._language
                        # Awaited, so that a message right behind it is answered in the new language.
                        await self._choose_language(conversation_id, frame)
                    case Message():
                        await self._accept(tasks, conversation_id, frame)
                    case Hello():
                        await self._send(error_frame("hello-twice", "This connection has said hello already."))

    async def _accept(self, tasks: asyncio.TaskGroup, conversation_id: str, message: Message) -> None:
        self._language = message.locale or self._language
        wait_s = math.ceil(self._message_rate.take(time.monotonic()))
        if wait_s:
            text = self._parts.phrases.reply(Say.TOO_FAST, self._language, wait_s=wait_s).text
            await self._send(
                error_frame("too-many-messages", text, reply_to=message.id, retry_after_s=wait_s, text=text)
            )
            return
        await self._send({"type": "typing", "reply_to": message.id})
        tasks.create_task(self._answer(conversation_id, message))

    async def _answer(self, conversation_id: str, message: Message) -> None:
        try:
            kept = await self._parts.chat.take(conversation_id, message)
        except Exception:
            # Whatever it was, ChatService has logged it. The person is told, and the connection serves on: a page that lost
            # it would send the same message again at once.
            text = self._parts.phrases.reply(Say.NOT_ANSWERED, self._language).text
            await self._send(error_frame("not-answered", text, reply_to=message.id, text=text))
            return
        if kept:
            self._language = kept[-1].payload.get("language") or self._language
        else:
            await self._send({"type": "noted", "reply_to": message.id, "by": "person"})
        for old in [row for row in kept if row.seq <= self._seq]:
            await self._send_message(old)

    async def _choose_language(self, conversation_id: str, frame: ChooseLanguage) -> None:
        try:
            await self._parts.chat.choose_language(conversation_id, frame.locale)
        except SQLAlchemyError as error:
            # The page sends its language with each message; only pushes keep the former one.
            logger.warning("language not kept: %s", type(error).__name__)

    async def _deliver(self, page: OpenPage) -> None:
        """Send what is kept after the last number sent, whenever the page is woken."""
        while True:
            await page.woken()
            if page.replaced:
                raise _ClosedError(CLOSE_REPLACED)
            try:
                rows = await self._parts.inbox.after(page.key, self._seq, _BATCH)
            except SQLAlchemyError as error:
                logger.warning("inbox not read: %s", type(error).__name__)
                await asyncio.sleep(1.0)
                page.wake()
                continue
            for row in rows:
                await self._send_message(row)
                self._seq = row.seq
            if len(rows) == _BATCH:
                page.wake()

    async def _send_message(self, message: WebMessage) -> None:
        await self._send(message_frame(message, self._parts.renderer))

    async def _receive(self) -> Hello | Message | ChooseLanguage | Ping:
        """The next good frame; bad ones are answered with all that is wrong with them."""
        while True:
            received = await self._socket.receive()
            if received["type"] == "websocket.disconnect":
                raise _ClosedError(None)
            if self._frame_rate.take(time.monotonic()):
                raise _ClosedError(CLOSE_TOO_MANY_FRAMES)
            text = received.get("text")
            if text is None:
                await self._send(error_frame("not-text", "Frames are JSON texts, not binary."))
            elif len(text.encode("utf-8", "surrogatepass")) > self._limits.frame_max_bytes:
                limit = self._limits.frame_max_bytes
                await self._send(
                    error_frame("frame-too-large", f"A frame has at most {limit} bytes.", limit_bytes=limit)
                )
            else:
                try:
                    return parse_frame(text)
                except InvalidInputError as error:
                    faults = [{"where": f.where, "code": f.code, "message": f.message} for f in error.faults]
                    await self._send(
                        error_frame("invalid-frame", f"{len(faults)} fault(s); see faults.", faults=faults)
                    )

    async def _send(self, frame: dict[str, Any]) -> None:
        async with self._sending:
            await self._socket.send_text(encode(frame))


def _code_of(group: BaseExceptionGroup[_ClosedError]) -> int | None:
    found = group.exceptions[0]
    return _code_of(found) if isinstance(found, BaseExceptionGroup) else found.code
