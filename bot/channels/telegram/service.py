"""All that comes in from Telegram, as one part to start and stop."""

from __future__ import annotations

import asyncio
import logging

from fastapi import APIRouter
from telegram import BotCommand

from bot.channels.ports import AddressStates, IncomingHandler, ReplyPermits
from bot.channels.telegram.answering import Answering
from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.processor import InboundProcessor
from bot.channels.telegram.routes import register_webhook, webhook_router
from bot.channels.telegram.store import InboundStore, PayloadStore
from bot.clock import Clock
from bot.errors import ChannelError
from bot.files.intake import FileIntake
from bot.settings import TelegramSettings
from bot.store.engine import Store

logger = logging.getLogger(__name__)

_LONGEST_WAIT_S = 60.0

# By the app's language (two letters, which is all that Telegram takes); None: every other language.
MENUS: tuple[tuple[str | None, tuple[BotCommand, ...]], ...] = (
    (
        None,
        (
            BotCommand("help", "What I can do"),
            BotCommand("follow", "Be told of new notices"),
            BotCommand("language", "简体中文 / 繁體中文 / English"),
            BotCommand("stop", "Stop all messages"),
        ),
    ),
    (
        "zh",
        (
            BotCommand("help", "我能做什么"),
            BotCommand("follow", "订阅通知"),
            BotCommand("language", "简体中文 / 繁體中文 / English"),
            BotCommand("stop", "停止所有推送"),
        ),
    ),
)


class TelegramInbox:
    """Takes in what people write, by polling or by webhook as the settings say, and has it answered.

    webhook_secret: what Telegram sends with each update in webhook mode; never empty there.
    One process at a time may run it: two would answer every message twice.
    """

    def __init__(
        self,
        settings: TelegramSettings,
        channel: TelegramChannel,
        store: Store,
        clock: Clock,
        handler: IncomingHandler,
        addresses: AddressStates,
        *,
        webhook_secret: str = "",
        permits: ReplyPermits | None = None,
        files: FileIntake | None = None,
    ) -> None:
        self._settings = settings
        self._channel = channel
        self._secret = webhook_secret
        self._store = InboundStore(store, clock)
        answering = Answering(channel, PayloadStore(store, clock), handler, addresses, permits=permits, files=files)
        self._processor = InboundProcessor(self._store, answering)
        self._poller = Poller(channel, self._store, self._processor.wake) if settings.mode == "polling" else None
        self._problem: str | None = None

    @property
    def problem(self) -> str | None:
        """In one sentence what keeps updates from arriving, for /readyz; None while they do."""
        return self._poller.problem if self._poller is not None else self._problem

    def router(self) -> APIRouter | None:
        """The webhook's route; None in polling mode."""
        if self._poller is not None:
            return None
        return webhook_router(self._store, self._processor.wake, secret=self._secret)

    async def run(self) -> None:
        """Take in and answer until cancelled. Telegram being away at the start is waited out."""
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._processor.run())
            parts.create_task(self._set_menus())
            parts.create_task(self._poller.run() if self._poller is not None else self._register())

    async def _set_menus(self) -> None:
        for language_code, commands in MENUS:
            try:
                await self._channel.set_commands(commands, language_code)
            except ChannelError as error:
                # The menu of the last start is still there, and every command works without it.
                logger.warning("menu not set: %s", error.code)
                return

    async def _register(self) -> None:
        wait_s = 1.0
        while True:
            try:
                await register_webhook(self._channel, self._settings.webhook_url or "", self._secret)
            except ChannelError as error:
                self._problem = f"The webhook cannot be registered: {error}"
                logger.error("%s Again in %.0f s.", self._problem, wait_s)  # noqa: TRY400  # the sentence says it all
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            else:
                self._problem = None
                return
