"""A process whose conversation never answers, to be killed: `python -m tests.integration.channels.hanging_inbox API DATABASE`."""

from __future__ import annotations

import asyncio
import sys

from pydantic import SecretStr

from bot.channels.model import Incoming
from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.service import TelegramInbox
from bot.channels.telegram.store import PayloadStore
from bot.clock import utc_now
from bot.settings import TelegramSettings
from bot.store.engine import Store
from tests.botapi.options import DEFAULT_TOKEN
from tests.integration.channels.fakes import AddressLog, EchoConversation


async def hang(_incoming: Incoming) -> None:
    """Tell who started us that the turn has begun, and never end it."""
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def main() -> None:
    """Poll and hang until killed."""
    api_url, database_url = sys.argv[1:]
    settings = TelegramSettings(token=SecretStr(DEFAULT_TOKEN), api_url=api_url)
    store = Store(database_url)
    channel = TelegramChannel(settings, PayloadStore(store, utc_now))
    await TelegramInbox(settings, channel, store, utc_now, EchoConversation(before=hang), AddressLog()).run()


if __name__ == "__main__":
    asyncio.run(main())
