"""Bookings in the talk: buttons under a booking, and the list of one's own."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping

from bot.channels.model import Button, Incoming, Language, Reply
from bot.desks.booking.model import BookingRefusedError, BookingState
from bot.desks.booking.service import BookingService
from bot.desks.booking.words import TOPIC
from bot.errors import ConflictError, NotFoundError
from bot.people.model import Person

_PAYLOAD = re.compile(r"bk:(?P<act>[a-z]+)(?::(?P<number>[0-9]{6}-[0-9A-Z]{7}))?(?::(?P<slot>[0-9a-f]{32}))?")
_MINE = re.compile(r"(?:查看|看看)?我的预约|(?:show |list )?my bookings?|預約列表|我的預約|预约列表", re.IGNORECASE)
_SHOWN = 20
_MOVES_SHOWN = 6


class BookingInChat:
    """Fulfils TurnExtra."""

    def __init__(self, service: BookingService) -> None:
        self._service = service
        self._words = service.words
        self._acts: Mapping[str, Callable[[Person, str, str, Language], Awaitable[Reply]]] = {
            "show": self._show,
            "accept": self._accept,
            "decline": self._cancel,
            "cancel": self._ask_cancel,
            "giveup": self._cancel,
            "move": self._ask_move,
            "to": self._move,
        }

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take: buttons of bookings, and the wish to see one's own."""
        if incoming.payload is None:
            asked = _MINE.fullmatch((incoming.text or "").strip().rstrip("。.？?！!"))
            act, number, slot = ("mine", "", "") if asked else ("", "", "")
        else:
            found = _PAYLOAD.fullmatch(incoming.payload)
            act, number, slot = (found["act"], found["number"] or "", found["slot"] or "") if found else ("", "", "")
        if act != "mine" and (act not in self._acts or not number):
            return None
        if person is None or not person.private:
            return [self._said("private_only", language)]
        if act == "mine":
            return [await self._mine(person, language)]
        try:
            return [await self._acts[act](person, number, slot, language)]
        except NotFoundError:
            return [self._said("unknown", language)]
        except BookingRefusedError as error:
            return [self._words.refusal(error, language, number if act == "to" else None)]
        except ConflictError as error:
            state = self._words.say(f"state_{error.state}", language)
            return [self._said("cannot", language, number, state=state)]

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: nothing."""
        return replies

    async def _mine(self, person: Person, language: Language) -> Reply:
        found = await self._service.mine(person.id)
        book = Button(title=self._words.say("book_button", language), payload="t:form:booking")
        if not found:
            return self._said("none", language).model_copy(update={"buttons": [book]})
        lines = [self._words.say("listed", language)]
        lines += [
            self._words.say(
                "listed_line",
                language,
                number=booking.number,
                kind=self._words.kind(booking.slot.kind, language),
                starts_at=self._words.moment(booking.slot.starts_at),
                state=self._words.say(f"state_{booking.state}", language),
            )
            for booking in found[:_SHOWN]
        ]
        buttons = [
            Button(title=self._words.say("show_button", language, number=b.number), payload=f"bk:show:{b.number}")
            for b in found[:_SHOWN]
        ]
        return Reply(text="\n".join(lines), kind="task", topic=TOPIC, buttons=[*buttons, book])

    async def _show(self, person: Person, number: str, _slot: str, language: Language) -> Reply:
        return self._words.card(await self._service.find(person.id, number), language)

    async def _accept(self, person: Person, number: str, _slot: str, language: Language) -> Reply:
        return self._words.card(await self._service.accept(person.id, number), language)

    async def _ask_cancel(self, person: Person, number: str, _slot: str, language: Language) -> Reply:
        booking = await self._service.find(person.id, number)
        when = self._words.moment(booking.slot.starts_at)
        buttons = [
            Button(title=self._words.say("cancel_button", language), payload=f"bk:giveup:{number}"),
            Button(title=self._words.say("keep_button", language), payload=f"bk:show:{number}"),
        ]
        asked = self._said("cancel_ask", language, number=number, starts_at=when)
        return asked.model_copy(update={"buttons": buttons})

    async def _cancel(self, person: Person, number: str, _slot: str, language: Language) -> Reply:
        return self._words.card(await self._service.cancel(person.id, number), language)

    async def _ask_move(self, person: Person, number: str, _slot: str, language: Language) -> Reply:
        booking = await self._service.find(person.id, number)
        if booking.state not in {BookingState.REQUESTED, BookingState.CONFIRMED}:
            raise ConflictError("It cannot be moved.", state=booking.state)
        free = await self._service.offered(
            kind=booking.slot.kind, site_id=booking.slot.site.id, free_only=True, is_aeo=booking.is_aeo
        )
        slots = [slot for slot in free if slot.id != booking.slot.id][:_MOVES_SHOWN]
        if not slots:
            return self._said("next_none", language, number)
        asked = self._said("move_ask", language, number=number)
        return asked.model_copy(update={"buttons": self._words.slot_buttons(slots, number)})

    async def _move(self, person: Person, number: str, slot: str, language: Language) -> Reply:
        if not slot:
            raise NotFoundError("slot")
        return self._words.card(await self._service.reschedule(person.id, number, slot), language)

    def _said(self, sentence: str, language: Language, back: str = "", **values: str) -> Reply:
        """A sentence. back: number of the booking that a button shows."""
        buttons = (
            [Button(title=self._words.say("show_button", language, number=back), payload=f"bk:show:{back}")]
            if back
            else []
        )
        return Reply(text=self._words.say(sentence, language, **values), kind="task", topic=TOPIC, buttons=buttons)
