"""Files that come by Telegram, from the local Bot API server to the conversation."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.channels.model import Incoming
from bot.channels.telegram.answering import Answering
from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.processor import InboundProcessor
from bot.channels.telegram.store import InboundStore, PayloadStore
from bot.clock import utc_now
from bot.files.intake import FileIntake
from bot.files.service import FileStore
from bot.people.service import PeopleService
from bot.store.engine import Store
from tests.botapi import BotApiServer
from tests.files import PDF, photo_with_place
from tests.integration.channels.fakes import AddressLog, EchoConversation, Inbox
from tests.integration.channels.test_telegram_inbound import CHAT, running


@pytest.fixture
def files(sqlite_store: Store, tmp_path: Path) -> FileStore:
    return FileStore(sqlite_store, utc_now, tmp_path / "files", max_bytes=200_000)


async def taken(
    inbox: Inbox, files: FileStore, channel: TelegramChannel, count: int, conversation: EchoConversation
) -> list[Incoming]:
    """What the conversation got of the updates that wait."""
    intake = FileIntake(files, PeopleService(inbox.store, utc_now))
    answering = Answering(channel, inbox.payloads, conversation, AddressLog(), tries=2, retry_base_s=0.01, files=intake)
    processor = InboundProcessor(inbox.inbound, answering, max_attempts=3, retry_base_s=0.01, look_again_s=0.05)
    poller = Poller(channel, inbox.inbound, processor.wake, timeout_s=2, backoff_base_s=0.05)
    async with running(poller.run(), processor.run()):
        await inbox.settled(count)
    return conversation.got


@pytest.fixture
def inbox(sqlite_store: Store, inbound_store: InboundStore, payloads: PayloadStore, channel: TelegramChannel) -> Inbox:
    return Inbox(sqlite_store, inbound_store, payloads, channel)


async def test_photo_and_document_are_fetched_checked_and_kept(
    server: BotApiServer, inbox: Inbox, files: FileStore, channel: TelegramChannel
) -> None:
    server.control.user_picture(CHAT, photo_with_place())
    server.control.user_document(CHAT, PDF, "发票.pdf", caption="请看附件")
    got = await taken(inbox, files, channel, 2, EchoConversation())

    assert [(one.kind, one.text, [file.kind for file in one.files]) for one in got] == [
        ("file", None, ["jpeg"]),
        ("text", "请看附件", ["pdf"]),
    ]
    person = await PeopleService(inbox.store, utc_now).meet("telegram", str(CHAT), private=True, language=None)
    photo = await files.get(got[0].files[0].id, person.id)
    assert b"PhoneMaker" not in photo.content
    assert got[1].files[0].name == "发票.pdf"


async def test_refused_and_oversized_files_come_with_their_reasons(
    server: BotApiServer, inbox: Inbox, files: FileStore, channel: TelegramChannel
) -> None:
    server.control.user_document(CHAT, b"<svg/>", "a.png")
    server.control.user_document(CHAT, b"a" * 200_001, "big.txt")
    got = await taken(inbox, files, channel, 2, EchoConversation())

    assert [(one.files, one.refused[0].codes) for one in got] == [((), ("markup",)), ((), ("too-large",))]
    assert server.state.calls["getfile"] == 1


async def test_file_that_telegram_does_not_hand_over_is_told(
    server: BotApiServer, inbox: Inbox, files: FileStore, channel: TelegramChannel
) -> None:
    server.control.user_photo(CHAT)
    got = await taken(inbox, files, channel, 1, EchoConversation())

    assert got[0].refused[0].codes == ("not-fetched",)


async def test_answer_that_failed_half_way_keeps_the_file_once(
    server: BotApiServer, inbox: Inbox, files: FileStore, channel: TelegramChannel
) -> None:
    tries = 0

    async def fail_first(_incoming: Incoming) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ConnectionError

    server.control.user_document(CHAT, PDF, "a.pdf")
    async with asyncio.timeout(20):
        got = await taken(inbox, files, channel, 1, EchoConversation(before=fail_first))

    assert len(got) == 2
    assert got[0].files == got[1].files
