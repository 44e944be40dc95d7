"""A person's own data in the talk: see it, take it along, have it erased after one question."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from bot.channels.model import Button, Incoming, Language, Reply
from bot.clock import Clock
from bot.people.erasure import Erased, PersonalService
from bot.people.model import Person
from bot.people.own_data_links import OwnDataLinks
from bot.people.own_data_routes import as_text
from knowledge.text import normalise, to_traditional

_PAYLOAD = re.compile(r"own:(show|text|erase)(?::(\d{1,11}))?")
_CONFIRM_S = 600
_TEXT_MOST = 6000


class OwnDataWords:
    """Sentences, and the words that ask for own data, complete in three languages."""

    def __init__(self, sentences: Mapping[str, Mapping[Language, str]], asked: Mapping[str, frozenset[str]]) -> None:
        self._sentences = sentences
        self._asked = asked

    def say(self, sentence: str, language: Language, /, **values: str) -> str:
        """A sentence. Raises KeyError for one that is not there."""
        return self._sentences[sentence][language].format(**values)

    def part(self, name: str, language: Language) -> str:
        """What a part is, in few words."""
        return self._sentences.get(f"part_{name}", {}).get(language, name)

    def reason(self, what: str, why: str, language: Language) -> str:
        """What stays and why. what: a part, with what it names behind a colon."""
        kind, _, detail = what.partition(":")
        known = self._sentences.get(f"stays_{kind}")
        return known[language].format(detail=detail.strip()) if known else f"{self.part(kind, language)}: {why}"

    def wish(self, text: str) -> str | None:
        """show or erase, when a text says exactly that."""
        said = normalise(text).strip(" 。.!！?？")
        return next((wish for wish, words in self._asked.items() if said in words), None)


class OwnDataInChat:
    """Fulfils TurnExtra."""

    def __init__(self, service: PersonalService, links: OwnDataLinks, clock: Clock, words: OwnDataWords) -> None:
        self._service = service
        self._links = links
        self._clock = clock
        self._words = words

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take: buttons that begin with `own:`, and texts that say exactly one of these wishes."""
        wish, since = self._words.wish(incoming.text or ""), 0
        if incoming.payload is not None:
            pressed = _PAYLOAD.fullmatch(incoming.payload)
            wish, since = (pressed[1], int(pressed[2] or 0)) if pressed else (None, 0)
        if wish is None:
            return None
        if person is None or not person.private:
            return [Reply(text=self._words.say("private_only", language), kind="error")]
        if wish == "text":
            return [await self._text(person, language)]
        if wish == "show":
            return [await self._show(person, language)]
        if self._clock().timestamp() - since > _CONFIRM_S:
            return [await self._ask(person, language)]
        return [self._erased(await self._service.erase(person), language)]

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: nothing."""
        return replies

    async def _show(self, person: Person, language: Language) -> Reply:
        found = await self._service.export(person)
        say = self._words.say
        lines = [say("show", language), "\n".join(self._counted({k: len(v) for k, v in found.items()}, language))]
        buttons = []
        for kind in ("json", "txt"):
            link = self._links.link(person.address_id, self._clock(), kind=kind)
            if link is not None:
                buttons.append(Button(title=say(f"link_{kind}", language), url=link))
        if buttons:
            lines.append(say("link_hint", language))
        buttons += [
            Button(title=say("text_button", language), payload="own:text"),
            Button(title=say("erase_button", language), payload="own:erase"),
        ]
        return Reply(text="\n\n".join(lines), kind="task", buttons=buttons)

    async def _text(self, person: Person, language: Language) -> Reply:
        # In a code block nothing of it is taken for formatting.
        text = as_text(await self._service.export(person)).replace("```", "'''")
        cut = text[:_TEXT_MOST]
        more = "" if cut == text else "\n\n" + self._words.say("text_cut", language)
        return Reply(text=f"```\n{cut}\n```{more}", kind="task")

    async def _ask(self, person: Person, language: Language) -> Reply:
        look = await self._service.preview(person)
        say = self._words.say
        lines = [say("ask", language), "\n".join(self._counted(look.gone, language)), say("ask_effect", language)]
        lines += self._stays(look, language)
        confirm = Button(title=say("confirm_button", language), payload=f"own:erase:{int(self._clock().timestamp())}")
        return Reply(
            text="\n\n".join(lines),
            kind="task",
            buttons=[confirm, Button(title=say("show_button", language), payload="own:show")],
        )

    def _erased(self, erased: Erased, language: Language) -> Reply:
        lines = [self._words.say("erased", language), *self._stays(erased, language)]
        if not erased.talk_erased:
            lines.append(self._words.say("talk_later", language))
        return Reply(text="\n\n".join(lines), kind="task")

    def _stays(self, erased: Erased, language: Language) -> list[str]:
        if not erased.stays:
            return []
        listed = [f"- {self._words.reason(what, why, language)}" for what, why in erased.stays.items()]
        return [self._words.say("stays", language) + "\n\n" + "\n".join(listed)]

    def _counted(self, parts: Mapping[str, int], language: Language) -> list[str]:
        return [f"- {self._words.part(name, language)}: {count}" for name, count in parts.items()]


def load_own_data_words() -> OwnDataWords:
    """Read own_data.yaml. Raises KeyError when a language is missing."""
    raw = yaml.safe_load((Path(__file__).parent / "own_data.yaml").read_text(encoding="utf-8"))
    asked = {
        wish: frozenset(normalise(word) for word in [*words, *(to_traditional(word) for word in words)])
        for wish, words in raw.pop("asked").items()
    }
    return OwnDataWords(
        {
            name: {
                "zh-Hans": texts["zh-Hans"],
                "zh-Hant": texts.get("zh-Hant", to_traditional(texts["zh-Hans"])),
                "en": texts["en"],
            }
            for name, texts in raw.items()
        },
        asked,
    )
