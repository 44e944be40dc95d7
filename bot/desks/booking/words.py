"""What people read about booking, in three languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from bot.channels.model import LANGUAGES, Button, Language, Reply
from bot.desks.booking.links import Links
from bot.desks.booking.model import Booking, BookingRefusedError, BookingState, Reason, Slot
from bot.desks.booking.rules import BookingRules, Kind
from knowledge.text import to_traditional

_S = BookingState
NEXT_SHOWN = 3
TOPIC = "booking_24h"


class BookingWords:
    """Sentences of texts.yaml. Moments are shown by the clock of the sites, with its zone."""

    def __init__(self, sentences: Mapping[str, Mapping[Language, str]], rules: BookingRules, links: Links) -> None:
        self._sentences = sentences
        self._rules = rules
        self._links = links

    def say(self, sentence: str, language: Language, /, **values: object) -> str:
        """A sentence. Raises KeyError for one that is not there."""
        return self._sentences[sentence][language].format(**values)

    def moment(self, at: datetime) -> str:
        """A moment as people read it."""
        return f"{at.astimezone(self._rules.zone):%Y-%m-%d %H:%M} ({self._rules.zone.key})"

    def short(self, at: datetime) -> str:
        """The same on a button."""
        return f"{at.astimezone(self._rules.zone):%m-%d %H:%M}"

    def kind(self, kind: str, language: Language) -> str:
        """A kind's name."""
        return self._rules.kinds[kind].name[language]

    def title(self, booking: Booking, language: Language) -> str:
        """What a booking is about, short."""
        return f"{self.kind(booking.slot.kind, language)} {self.short(booking.slot.starts_at)}"

    def reason(self, reason: Reason, language: Language) -> str:
        """One reason against a booking."""
        values: dict[str, Any] = {
            name: self.moment(value) if isinstance(value, datetime) else value for name, value in reason.values.items()
        }
        if "field" in values:
            values["field"] = self.say(f"field_{values['field']}", language)
        return self.say(f"refused_{reason.code}", language, **values)

    def refused(self, reasons: Sequence[Reason], next_slots: Sequence[Slot] = ()) -> BookingRefusedError:
        """The error with its English sentences, which programs read."""
        return BookingRefusedError(reasons, [self.reason(reason, "en") for reason in reasons], next_slots)

    def refusal(self, error: BookingRefusedError, language: Language, move: str | None = None) -> Reply:
        """All reasons and the way forward. move: number of the booking that was to be moved; None for a new one."""
        lines = [self.say("refused_head", language)]
        lines += [f"- {self.reason(reason, language)}" for reason in error.reasons]
        about_time = any(reason.where == "slot_id" for reason in error.reasons)
        if about_time:
            lines += ["", self.say("next_free" if error.next_slots else "next_none", language)]
            lines += [f"- {self.slot_line(slot, language)}" for slot in error.next_slots[:NEXT_SHOWN]]
        buttons = self.slot_buttons(error.next_slots[:NEXT_SHOWN], move) if about_time else []
        return Reply(text="\n".join(lines), kind="task", topic=TOPIC, buttons=buttons)

    def slot_line(self, slot: Slot, language: Language) -> str:
        """A slot in a list."""
        return f"{self.moment(slot.starts_at)} · {slot.site.name[language]}"

    def slot_buttons(self, slots: Sequence[Slot], move: str | None = None) -> list[Button]:
        """Slots to choose. move: see `refusal`."""
        return [
            Button(
                title=self.short(slot.starts_at),
                payload=f"bk:to:{move}:{slot.id}" if move else self._form_payload(slot),
            )
            for slot in slots
        ]

    def _form_payload(self, slot: Slot) -> str:
        day = f"{slot.starts_at.astimezone(self._rules.zone):%Y-%m-%d}"
        return f"t:form:booking?kind={slot.kind}&site={slot.site.id}&day={day}&slot={slot.id}"

    def card(self, booking: Booking, language: Language, head: str | None = None, *, is_push: bool = False) -> Reply:
        """A booking as its firm sees it. head: sentence above it."""
        lines = [self.say(head, language), ""] if head else []
        lines += self._facts(booking, language)
        lines += self._state(booking, language)
        return Reply(
            text="\n".join(lines),
            kind="push" if is_push else "task",
            topic=None if is_push else TOPIC,
            buttons=self._buttons(booking, language),
        )

    def messages(self, booking: Booking, head: str) -> dict[Language, Reply]:
        """A push in each language."""
        return {language: self.card(booking, language, head, is_push=True) for language in LANGUAGES}

    def _facts(self, booking: Booking, language: Language) -> list[str]:
        slot, kind = booking.slot, self._rules.kinds[booking.slot.kind]
        state = self.say(f"state_{booking.state}", language)
        return [
            self.say("card", language, kind=kind.name[language], number=booking.number, state=state),
            self.say("card_when", language, starts_at=self.moment(slot.starts_at), ends_at=self.moment(slot.ends_at)),
            self.say(
                "card_where",
                language,
                site=slot.site.name[language],
                office=slot.site.office,
                address=slot.site.address,
            ).rstrip(),
            self.say("card_firm", language, firm=booking.firm_name, reference=booking.reference),
        ]

    def _state(self, booking: Booking, language: Language) -> list[str]:
        kind = self._rules.kinds[booking.slot.kind]
        lines = []
        if booking.state is _S.WAITING and booking.place_in_line:
            minutes = int(kind.offer.total_seconds() // 60)
            lines.append(self.say("card_line", language, place=booking.place_in_line, minutes=minutes))
        if booking.state is _S.OFFERED and booking.offer_until:
            lines.append(self.say("card_offer", language, until=self.moment(booking.offer_until)))
        if booking.state is _S.REQUESTED:
            lines += self._request(booking, kind, language)
        if booking.state is _S.CONFIRMED:
            lines.append(self.say("card_show", language))
        if booking.why:
            # Ours are names of sentences; what staff or the firm wrote stands as it was written.
            why = self.say(booking.why, language) if booking.why in self._sentences else booking.why
            lines.append(self.say("card_why", language, why=why))
        if booking.state is _S.CANCELLED and kind.cancelled:
            lines.append(kind.cancelled[language])
        if booking.state is _S.NO_SHOW:
            lines.append(kind.no_show[language] if kind.no_show else self.say("card_no_show_none", language))
        return lines

    def _request(self, booking: Booking, kind: Kind, language: Language) -> list[str]:
        lines = [self.say("card_decision", language)]
        if booking.counts_from > booking.created_at:
            lines.append(self.say("card_counts", language, counts_from=self.moment(booking.counts_from)))
        if booking.is_aeo:
            lines.append(self.say("card_aeo", language))
        year = self._rules.unsure_year(booking.slot.starts_at) if kind.counts_in_office_hours else None
        if year is not None:
            lines.append(self.say("card_calendar", language, year=year))
        return lines

    def _buttons(self, booking: Booking, language: Language) -> list[Button]:
        acts: Mapping[BookingState, tuple[str, ...]] = {
            _S.REQUESTED: ("move", "cancel"),
            _S.CONFIRMED: ("move", "cancel"),
            _S.WAITING: ("cancel",),
            _S.OFFERED: ("accept", "decline"),
        }
        buttons = [
            Button(title=self.say(f"{act}_button", language), payload=f"bk:{act}:{booking.number}")
            for act in acts.get(booking.state, ())
        ]
        if booking.state is _S.CONFIRMED:
            for name in ("calendar", "qr"):
                url = self._links.url(booking, name)
                if url is not None:
                    buttons.append(Button(title=self.say(f"{name}_button", language), url=url))
        return buttons


def load_booking_words(rules: BookingRules, links: Links) -> BookingWords:
    """Read texts.yaml. Raises KeyError when a language is missing."""
    raw = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    sentences: dict[str, Mapping[Language, str]] = {
        name: {
            "zh-Hans": texts["zh-Hans"],
            "zh-Hant": texts.get("zh-Hant") or to_traditional(texts["zh-Hans"]),
            "en": texts["en"],
        }
        for name, texts in raw.items()
    }
    return BookingWords(sentences, rules, links)
