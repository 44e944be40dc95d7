"""A person in a chat with the form service, on real databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest

from bot.channels.model import Button, Language, Reply
from bot.forms.answering import Said
from bot.forms.service import FormService, FormTurn
from bot.forms.words import load_form_words
from bot.people.service import PeopleService
from bot.store.engine import Store
from tests.fakes import FakeClock
from tests.parcel_form import ParcelDesk, parcel_form

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass
class FormTalk:
    """One chat of a person with the forms."""

    service: FormService
    desk: ParcelDesk
    clock: FakeClock
    key: str
    language: Language = "en"
    turns: list[FormTurn] = field(default_factory=list)

    @property
    def last(self) -> Reply:
        """What was said last."""
        return self.turns[-1].replies[-1]

    def button(self, title: str) -> Button:
        """The button of the last reply whose title holds this."""
        return next(button for button in self.last.buttons if title in button.title)

    async def begin(self, text: str = "", **given: str) -> FormTurn:
        """Ask for the form."""
        return self._kept(await self.service.begin(self.key, "parcel", self.language, given, text))

    async def says(self, text: str, **known: str | bool) -> FormTurn:
        """Type an answer."""
        said = Said(text, **known)  # type: ignore[arg-type]  # the test says which
        return self._kept(await self.service.answer(self.key, "parcel", said, self.language))

    async def presses(self, button: Button | str) -> FormTurn:
        """Tap a button, or the one of the last reply whose title holds this."""
        pressed = button if isinstance(button, Button) else self.button(button)
        return self._kept(await self.service.press(self.key, (pressed.payload or "")[len("t:form:") :], self.language))

    async def fills(self) -> None:
        """Answer everything up to the review."""
        await self.begin()
        for answer in ("Luohu", "tomorrow", "09:00", "frozen fish", "12", "no"):
            await self.says(answer)

    def _kept(self, turn: FormTurn) -> FormTurn:
        self.turns.append(turn)
        return turn


Meet = Callable[[str, str], "FormTalk"]


@pytest.fixture
def desk() -> ParcelDesk:
    return ParcelDesk()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def service(store: Store, desk: ParcelDesk, clock: FakeClock) -> FormService:
    return FormService(store, clock, ZONE, PeopleService(store, clock), load_form_words(), [parcel_form(desk)])


@pytest.fixture
async def talk(store: Store, service: FormService, desk: ParcelDesk, clock: FakeClock) -> FormTalk:
    person = await PeopleService(store, clock).meet("telegram", "42", private=True, language="en")
    return FormTalk(service, desk, clock, person.address_id)
