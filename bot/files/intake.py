"""Takes in files for the person who sent them, whatever the channel."""

from __future__ import annotations

from bot.channels.model import FileRef, Incoming
from bot.errors import Fault
from bot.files.model import FileRefusedError
from bot.files.service import FileStore
from bot.people.service import PeopleService


class FileIntake:
    """Keeps what a channel brings."""

    def __init__(self, files: FileStore, people: PeopleService) -> None:
        self._files = files
        self._people = people

    def check_size(self, size_bytes: int) -> None:
        """Refuse by the size alone, before anything is fetched. Raises FileRefusedError."""
        if size_bytes > self._files.max_bytes:
            megabytes = self._files.max_bytes // 1_000_000
            fault = Fault("file", "too-large", f"At most {megabytes} MB are taken.")
            raise FileRefusedError([fault], megabytes=megabytes)

    async def take(self, incoming: Incoming, content: bytes, name: str, *, once: str) -> FileRef:
        """Keep a file for who sent this message, in a private conversation. once: the message, as the channel numbers it.

        Raises FileRefusedError, UnavailableError.
        """
        person = await self._people.meet(
            incoming.channel, incoming.address, private=True, language=incoming.language_hint
        )
        return await self._files.put(content, name, person.id, once=once)
