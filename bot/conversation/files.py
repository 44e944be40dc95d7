"""Files in the talk: what was not taken is said with its reasons, and what no desk asked for gets a way on."""

from __future__ import annotations

import re

from bot.channels.model import Button, Incoming, Language, Reply
from bot.files.service import FileStore
from bot.files.words import FileWords
from bot.people.model import Person

_DELETE = re.compile(r"file:del:([0-9a-f]{32})")


class FilesInChat:
    """Fulfils TurnExtra. Stands last: forms and cases that wait for a file take it before."""

    def __init__(self, files: FileStore, words: FileWords) -> None:
        self._files = files
        self._words = words

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take: files without words that nobody asked for, refused ones, the button that deletes."""
        if incoming.payload is not None and (match := _DELETE.fullmatch(incoming.payload)):
            return [await self._delete(match[1], person, language)]
        if incoming.kind != "file":
            return None
        if incoming.files:
            return [self._received(incoming, language)]
        return self._refusals(incoming, language)

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: a file that was refused beside words is told before the answer to these."""
        return replies if incoming.kind == "file" else [*self._refusals(incoming, language), *replies]

    def _refusals(self, incoming: Incoming, language: Language) -> list[Reply]:
        return [Reply(text=self._words.refusal(file, language), kind="error") for file in incoming.refused]

    def _received(self, incoming: Incoming, language: Language) -> Reply:
        names = ", ".join(_escaped(file.name) for file in incoming.files)
        buttons = [Button(title=self._words.say("for_person", language), payload="t:human_handoff")]
        if len(incoming.files) == 1:
            delete = f"file:del:{incoming.files[0].id}"
            buttons.append(Button(title=self._words.say("for_delete", language), payload=delete))
        return Reply(text=self._words.say("received", language, names=names), kind="clarify", buttons=buttons)

    async def _delete(self, file_id: str, person: Person | None, language: Language) -> Reply:
        deleted = person is not None and await self._files.erase_own(file_id, person.id)
        return Reply(text=self._words.say("deleted" if deleted else "deleted_none", language), kind="task")


def _escaped(name: str) -> str:
    """A name inside Markdown, meant literally."""
    return re.sub(r"([\\`*_\[\]])", r"\\\1", name)
