"""Works off stored updates: in order within a chat, side by side among chats, again after a failure or a restart."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any

from bot.channels.telegram.answering import Answering
from bot.channels.telegram.store import InboundStore, StoredUpdate, UpdateState
from bot.errors import ChannelError, InvalidInputError

logger = logging.getLogger(__name__)


class InboundProcessor:
    """Takes updates from the store until it is cancelled.

    max_attempts: how often an update is begun before it counts as failed; attempts survive a restart.
    retry_base_s: seconds before the second attempt, doubled each time; the chat waits, others do not.
    in_hand: updates taken from the store at once. at_once: chats that are answered at the same time.
    look_again_s: how often the store is looked at without a wake-up, for what another process stored.
    """

    def __init__(
        self,
        store: InboundStore,
        answering: Answering,
        *,
        max_attempts: int = 5,
        retry_base_s: float = 1.0,
        in_hand: int = 500,
        at_once: int = 64,
        look_again_s: float = 5.0,
    ) -> None:
        self._store = store
        self._answering = answering
        self._max_attempts = max_attempts
        self._retry_base_s = retry_base_s
        self._in_hand = in_hand
        self._look_again_s = look_again_s
        self._places = asyncio.Semaphore(at_once)
        self._news = asyncio.Event()
        self._known: set[int] = set()
        self._chats: dict[str, deque[StoredUpdate]] = {}

    def wake(self) -> None:
        """Something was stored: look at once."""
        self._news.set()

    async def run(self) -> None:
        """Process until cancelled. What is in hand when it is cancelled stays stored and is taken up by the next run."""
        try:
            async with asyncio.TaskGroup() as chats:
                while True:
                    self._news.clear()
                    await self._take(chats)
                    try:
                        async with asyncio.timeout(self._look_again_s):
                            await self._news.wait()
                    except TimeoutError:
                        continue
        finally:
            self._known.clear()
            self._chats.clear()

    async def _take(self, chats: asyncio.TaskGroup) -> None:
        room = self._in_hand - len(self._known)
        if room <= 0:
            return
        try:
            # A copy: one that is finished while the query runs may still look unfinished in its result.
            waiting = await self._store.waiting(known=set(self._known), limit=room)
        except Exception:
            logger.exception("stored updates not read")  # top of a process loop: the next look may succeed
            return
        for update in waiting:
            self._known.add(update.seq)
            chat = _chat_key(update.payload)
            queue = self._chats.get(chat)
            if queue is not None:
                queue.append(update)
            else:
                self._chats[chat] = deque([update])
                chats.create_task(self._work_off(chat))

    async def _work_off(self, chat: str) -> None:
        queue = self._chats[chat]
        while queue:
            update = queue[0]
            await self._process(update)
            queue.popleft()
            self._known.discard(update.seq)
        del self._chats[chat]
        if len(self._known) < self._in_hand // 2:
            self._news.set()  # there is room again

    async def _process(self, update: StoredUpdate) -> None:
        for attempt in range(update.attempts + 1, self._max_attempts + 1):
            async with self._places:
                again = await self._attempt(update, attempt)
            if not again:
                return
            if attempt < self._max_attempts:
                await asyncio.sleep(self._retry_base_s * 2 ** (attempt - 1))
        await self._give_up(update)

    async def _attempt(self, update: StoredUpdate, attempt: int) -> bool:
        """Whether to try again."""
        extra = {"seq": update.seq, "attempt": attempt}
        try:
            await self._store.begin(update.seq)
            await self._answering.answer(update.seq, update.payload)
            await self._store.finish(update.seq, UpdateState.DONE)
        except (InvalidInputError, ChannelError):
            # Unreadable, or Telegram took no answer however often it was tried: asking the conversation again would
            # only take the person's turn twice.
            logger.exception("update not answered", extra=extra)
            await self._give_up(update)
        except Exception:
            logger.exception("update not processed", extra=extra)  # top of a process loop: others go on
            return True
        return False

    async def _give_up(self, update: StoredUpdate) -> None:
        logger.error("update failed", extra={"seq": update.seq})
        try:
            await self._store.finish(update.seq, UpdateState.FAILED)
        except Exception:
            logger.exception("failure not stored", extra={"seq": update.seq})


def _chat_key(payload: dict[str, Any]) -> str:
    """What orders an update among others: its chat. Reads the raw form, since an odd update must find a place as well."""
    for kind in ("message", "edited_message", "my_chat_member"):
        content = payload.get(kind)
        if isinstance(content, dict) and isinstance(content.get("chat"), dict):
            return str(content["chat"].get("id"))
    query = payload.get("callback_query")
    message = query.get("message") if isinstance(query, dict) else None
    if isinstance(message, dict) and isinstance(message.get("chat"), dict):
        return str(message["chat"].get("id"))
    return "none"
