"""The one place where real parts are chosen and wired. Web, worker and tests all call it; importing it does nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis

from bot.channels.ports import Channel
from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.service import TelegramInbox
from bot.channels.telegram.store import PayloadStore
from bot.channels.web.channel import WebChannel
from bot.channels.web.hub import WebHub
from bot.channels.web.service import InboxRetention, WebInbox
from bot.clearance.service import ClearanceService
from bot.clock import Clock, utc_now
from bot.conversation.address import AddressBook, DialogueAddress, address_file
from bot.conversation.chat import ChatService
from bot.conversation.chat_connection import ChatParts
from bot.conversation.extras import Extras
from bot.conversation.files import FilesInChat
from bot.conversation.following import FollowingInChat
from bot.conversation.learning import LearningInChat
from bot.conversation.locks import SharedLocks
from bot.conversation.model import CircuitBreaker
from bot.conversation.notices import NoticesInChat, load_chat_words
from bot.conversation.phrases import load_phrases
from bot.conversation.rasa import RasaDialogue
from bot.conversation.reminders import RemindersInChat
from bot.conversation.service import ConversationService
from bot.delivery.canaries.model import canaries_of
from bot.delivery.canaries.service import Canaries
from bot.delivery.digests import Digests
from bot.delivery.pace import Pace
from bot.delivery.permits import PermitDesk, SharedReplyPermits
from bot.delivery.service import DeliveryWorker
from bot.files.intake import FileIntake
from bot.files.words import load_file_words
from bot.following.answers import FollowingAnswers
from bot.following.service import FollowingService
from bot.following.words import load_following_words
from bot.ground import Ground, open_ground
from bot.learning.service import LearningRetention, LearningService
from bot.notices.banners.service import BannerBoard, BannerService
from bot.notices.changes.service import ChangeService
from bot.notices.dispatch import NoticeDispatch
from bot.notices.readers.service import ReaderService
from bot.notices.service import NoticeService
from bot.notices.test_sends import TestSends
from bot.notices.texts import load_notice_texts
from bot.people.access import Access
from bot.people.service import WebSessions
from bot.rooms.all import open_rooms
from bot.rooms.room import Room
from bot.rooms.services import (
    banner_service,
    clearance_service,
    following_service,
    learning_service,
    notice_service,
    reminder_service,
)
from bot.secrets import rasa_token
from bot.settings import REPOSITORY, Settings
from bot.tasks import end
from knowledge.emergency import load_emergencies
from knowledge.kept import open_knowledge
from knowledge.load import Knowledge


@dataclass(frozen=True)
class Services(Ground):
    """What the web process serves."""

    knowledge: Knowledge
    dialogue: RasaDialogue
    addresses: AddressBook
    sessions: WebSessions
    access: Access
    clearance: ClearanceService
    notices: NoticeService
    changes: ChangeService
    readers: ReaderService
    banners: BannerService
    board: BannerBoard
    test_sends: TestSends
    following: FollowingService
    learning: LearningService
    conversation: ConversationService
    telegram: TelegramInbox | None
    chat: ChatParts
    rooms: tuple[Room, ...]


@asynccontextmanager
async def open_services(settings: Settings, *, clock: Clock = utc_now) -> AsyncIterator[Services]:
    """Open everything that the web process serves."""
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(open_ground(settings, clock=clock))
        knowledge, index = open_knowledge(REPOSITORY / "knowledge", settings.data_dir / "cache")
        addresses = AddressBook(
            address_file(settings.data_dir),
            DialogueAddress(settings.rasa_url or "http://127.0.0.1:5005", settings.actions_url),
        )
        dialogue = RasaDialogue(lambda: addresses.current().rasa_url, rasa_token(settings, ground.secrets))
        stack.push_async_callback(dialogue.close)
        clearance = clearance_service(ground)
        learning = learning_service(ground, knowledge)
        locks = SharedLocks(ground.redis, life_s=settings.nlu.timeout_s + 10)
        phrases = load_phrases()
        notices = notice_service(ground, knowledge)
        readers = ReaderService(ground.store, clock, notices.texts)
        banners = banner_service(ground, notices.texts)
        board = await stack.enter_async_context(open_board(banners, ground))
        following = following_service(ground, knowledge)
        test_sends = TestSends(ground.store, clock, ground.audit, ground.outbox, notices.texts)
        rooms = open_rooms(ground)
        conversation = ConversationService(
            dialogue,
            knowledge,
            index,
            ground.people,
            locks,
            phrases,
            CircuitBreaker(settings.nlu.breaker_failures, settings.nlu.breaker_pause_s),
            clock,
            ground.zone,
            load_emergencies(REPOSITORY / "knowledge"),
            message_max_chars=settings.message_max_chars,
            timeout_s=settings.nlu.timeout_s,
            extra=Extras(
                first=[extra for room in rooms for extra in room.first],
                house=[
                    following_in_chat(following, ground),
                    RemindersInChat(reminder_service(ground), clock),
                    NoticesInChat(readers, banners, board, test_sends, load_chat_words()),
                ],
                desks=[extra for room in rooms for extra in room.extras],
                last=[FilesInChat(ground.files, load_file_words()), LearningInChat(learning)],
            ),
            forms=next((room.open_forms for room in rooms if room.open_forms is not None), None),
        )
        sessions = WebSessions(ground.secrets)
        hub = await stack.enter_async_context(open_hub(ground.redis))
        inbox = WebInbox(ground.store, clock)
        telegram = await stack.enter_async_context(open_telegram(ground, conversation))
        chat = ChatService(conversation, ground.people, inbox, hub, locks, ground.files)
        stack.push_async_callback(chat.close)
        yield Services(
            **vars(ground),
            knowledge=knowledge,
            dialogue=dialogue,
            addresses=addresses,
            sessions=sessions,
            access=Access(ground.keys, ground.staff, ground.secrets, ground.idempotency),
            clearance=clearance,
            notices=notices,
            changes=ChangeService(ground.store, clock, ground.audit, notices.texts),
            readers=readers,
            banners=banners,
            board=board,
            test_sends=test_sends,
            following=following,
            learning=learning,
            conversation=conversation,
            telegram=telegram,
            chat=ChatParts(chat, inbox, hub, sessions, phrases, settings.message_max_chars, board),
            rooms=rooms,
        )


@asynccontextmanager
async def open_hub(redis: Redis) -> AsyncIterator[WebHub]:
    """The hub of the web chat's pages, listening to Redis while the context lasts."""
    hub = WebHub(redis)
    listening = asyncio.create_task(hub.listen())
    try:
        yield hub
    finally:
        await end(listening)


@asynccontextmanager
async def open_board(banners: BannerService, ground: Ground) -> AsyncIterator[BannerBoard]:
    """The board of this process's pages, looking while the context lasts."""
    board = BannerBoard(banners, ground.clock, ground.redis)
    looking = asyncio.create_task(board.run())
    try:
        yield board
    finally:
        await end(looking)


def following_in_chat(service: FollowingService, ground: Ground) -> FollowingInChat:
    """The same in the talk."""
    return FollowingInChat(service, FollowingAnswers(load_following_words(), service.catalogue, ground.zone))


def telegram_channel(ground: Ground) -> TelegramChannel:
    """Telegram for sending. Only where a token is set."""
    return TelegramChannel(ground.settings.telegram, PayloadStore(ground.store, ground.clock))


@asynccontextmanager
async def open_telegram(ground: Ground, conversation: ConversationService) -> AsyncIterator[TelegramInbox | None]:
    """What takes in and answers Telegram's messages; None without a token. It does nothing until it is run."""
    settings = ground.settings.telegram
    if settings.token is None:
        yield None
        return
    channel = telegram_channel(ground)
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else None
    try:
        yield TelegramInbox(
            settings,
            channel,
            ground.store,
            ground.clock,
            conversation,
            ground.people,
            webhook_secret=secret or ground.secrets.derive_hex("telegram-webhook"),
            permits=SharedReplyPermits(PermitDesk(Pace(ground.redis, channel.name, channel.abilities)), channel),
            files=FileIntake(ground.files, ground.people),
        )
    finally:
        await channel.close()


@asynccontextmanager
async def open_channels(ground: Ground) -> AsyncIterator[dict[str, Channel]]:
    """The channels that are on, by name."""
    channels: dict[str, Channel] = {"web": WebChannel(ground.store, ground.redis, ground.clock)}
    if ground.settings.telegram.token is not None:
        channels["telegram"] = telegram_channel(ground)
    try:
        yield channels
    finally:
        for channel in channels.values():
            await channel.close()


@asynccontextmanager
async def open_worker(settings: Settings, *, clock: Clock = utc_now) -> AsyncIterator[DeliveryWorker]:
    """Open everything that a worker process needs."""
    async with open_ground(settings, clock=clock) as ground, open_channels(ground) as channels:
        texts = load_notice_texts({}, ground.zone)  # what is sent was fixed on approval, with the names of its topics
        notices = NoticeDispatch(ground.store, clock, ground.audit, ground.outbox, texts)
        yield DeliveryWorker(
            ground.store,
            ground.redis,
            channels,
            clock,
            ticks=[
                notices.tick,
                banner_service(ground, texts).tick,
                Digests(ground.store, clock, ground.outbox).tick,
                reminder_service(ground).tick,
                InboxRetention(ground.store, clock).tick,
                LearningRetention(ground.store, clock).tick,
                ReaderService(ground.store, clock, texts).tick,
                ground.idempotency.tick,
                ground.promise.tick,
                Canaries(
                    *(ground.store, clock, ground.outbox),
                    canaries_of(channels, settings.canary.telegram_chat),
                    timedelta(minutes=settings.canary.every_min),
                ).tick,
                *(tick for room in open_rooms(ground) for tick in room.ticks),
            ],
        )
