"""Booking filled in by chat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.channels.model import LANGUAGES, Language, Reply
from bot.desks.booking.model import Application, BookingRefusedError, GoodsClass, Reason, Slot, Transport
from bot.desks.booking.rules import BookingRules, Kind
from bot.desks.booking.service import BookingService
from bot.desks.booking.words import TOPIC, BookingWords
from bot.forms.form import Asking, Choice, Field, FieldKind, Filled, Form, FormRefusedError, Trouble, words
from knowledge.model import Localized

WAIT = "wait-"
_DAYS_SHOWN, _SLOTS_SHOWN = 10, 24
_FREE_TEXTS = ("goods", "contact", "mobile", "hs_code", "reason")
_HINTS = {
    "reference": words("例如 530420261000000123 或 CSQU3054383", "For example 530420261000000123 or CSQU3054383"),
    "mobile": words("例如 13800000000", "For example 13800000000"),
    "hs_code": words("例如 0306360000", "For example 0306360000"),
    "declaration_port": words("4位关区代码，例如 5304", "A code of 4 digits, for example 5304"),
    "entry_port": words("4位关区代码，例如 5304", "A code of 4 digits, for example 5304"),
}
_QUESTIONS = {
    "reference": words(
        "报关单号、箱号或提单号是多少？", "What is the declaration, container or bill of lading number?"
    ),
    "contact": words("联系人是谁？", "Who is the contact person?"),
    "mobile": words("联系人的手机号？", "The contact's mobile number?"),
    "goods": words("是什么货物（品名）？", "What are the goods?"),
    "hs_code": words("商品编码是多少？", "What is the HS code?"),
    "declaration_port": words("在哪个海关申报（关区代码）？", "At which customs office is it declared (code)?"),
    "entry_port": words("从哪个海关进出境（关区代码）？", "By which customs office does it enter or leave (code)?"),
    "reason": words("为什么要在办公时间以外办理？", "Why does it have to be outside office hours?"),
}


def localized(said: Callable[[Language], str]) -> Localized:
    """A text out of what says it in a language."""
    hans, hant, en = (said(language) for language in LANGUAGES)
    return Localized(hans, hant, en)


def written(texts: Mapping[Language, str]) -> Localized:
    """A text out of its languages."""
    return localized(texts.__getitem__)


class BookingForm:
    """Makes the form out of the rules: a field is asked when its kind of appointment needs it."""

    def __init__(self, service: BookingService) -> None:
        self._service = service
        self._rules: BookingRules = service.rules
        self._words: BookingWords = service.words

    def form(self) -> Form:
        """The form."""
        return Form(
            name="booking",
            title=words("预约", "Booking"),
            topic=TOPIC,
            intro=words(
                "为企业预约查验、检疫处理或办公时间以外的通关。",
                "Book an examination, a treatment or clearance outside office hours for a firm.",
            ),
            refuse=self._refuse,
            review=self._review,
            submit=self._submit,
            fields=(*self._when(), *self._what()),
        )

    def _when(self) -> tuple[Field, ...]:
        kinds = [Choice(kind.id, written(kind.name)) for kind in self._rules.kinds.values()]
        return (
            Field(
                "firm",
                FieldKind.CHOICE,
                words("企业", "firm"),
                words("为哪家企业预约？", "For which firm?"),
                choices=self._firms,
                alone=True,
            ),
            Field(
                "kind",
                FieldKind.CHOICE,
                words("预约种类", "kind"),
                words("预约什么？", "What do you book?"),
                choices=kinds,
            ),
            Field(
                "aeo",
                FieldKind.YES_NO,
                words("高级认证企业", "AEO firm"),
                words(
                    "企业是高级认证企业（AEO）吗？提前量不同，工作人员会核实。",
                    "Is the firm AEO (高级认证企业)? The lead time differs, and staff check it.",
                ),
                needed=lambda values: self._kind(values).lead_rule is not None if values.get("kind") else False,
                after=("kind",),
            ),
            Field(
                "site",
                FieldKind.CHOICE,
                words("地点", "place"),
                words("在哪个地点？", "At which place?"),
                choices=self._sites,
                after=("kind", "aeo"),
            ),
            Field(
                "day",
                FieldKind.CHOICE,
                words("日期", "day"),
                words("哪一天？", "On which day?"),
                choices=self._days,
                after=("kind", "site", "aeo"),
            ),
            Field(
                "slot",
                FieldKind.CHOICE,
                words("时段", "slot"),
                words("哪个时段？约满的可以候补。", "Which slot? For a full one you can wait."),
                choices=self._slots,
                after=("kind", "site", "day", "aeo"),
            ),
        )

    def _what(self) -> tuple[Field, ...]:
        goods = [Choice(name, localized(self._sayer(f"goods_{name}"))) for name in GoodsClass]
        transports = [Choice(name, localized(self._sayer(f"transport_{name}"))) for name in Transport]
        question = words("是哪类货物？", "Which kind of goods?")
        return (
            self._field("reference", FieldKind.CODE, pattern=r"[A-Z0-9][A-Z0-9./]{2,63}"),
            self._field("goods_class", FieldKind.CHOICE, question=question, choices=goods),
            *(self._field(name, FieldKind.TEXT, most_chars=200) for name in ("goods", "hs_code")),
            self._field(
                "transport", FieldKind.CHOICE, question=words("怎么运输？", "How does it travel?"), choices=transports
            ),
            *(self._field(name, FieldKind.CODE, pattern="[0-9]{4}") for name in ("declaration_port", "entry_port")),
            *(self._field(name, FieldKind.TEXT, most_chars=200) for name in ("contact", "mobile", "reason")),
        )

    def _field(self, name: str, kind: FieldKind, question: Localized | None = None, **values: Any) -> Field:
        return Field(
            name,
            kind,
            localized(self._sayer(f"field_{name}")),
            question or _QUESTIONS[name],
            hint=_HINTS.get(name),
            needed=lambda given: bool(given.get("kind")) and name in self._kind(given).required,
            after=("kind",) if name == "goods_class" else (),
            check=self._checker(name),
            **values,
        )

    def _checker(self, name: str) -> Callable[[Any, Asking], Awaitable[Sequence[Localized]]]:
        async def check(value: Any, asking: Asking) -> Sequence[Localized]:
            typed: dict[str, Any] = {name: str(value)}
            application = Application("", **typed)
            found = self._rules.against_fields(self._kind(asking.values), application)
            return [self._reason(reason) for reason in found if reason.where == name and reason.code != "missing"]

        return check

    def _sayer(self, sentence: str) -> Callable[[Language], str]:
        return lambda language: self._words.say(sentence, language)

    def _reason(self, reason: Reason) -> Localized:
        return localized(lambda language: self._words.reason(reason, language))

    def _kind(self, values: Mapping[str, Any]) -> Kind:
        return self._rules.kinds[values["kind"]]

    async def _refuse(self, asking: Asking) -> Sequence[Reply]:
        if await self._service.firms_in(asking.connection, asking.person.id):
            return []
        return [Reply(text=self._words.say("no_firm", asking.language), kind="task", topic=TOPIC)]

    async def _firms(self, asking: Asking) -> Sequence[Choice]:
        firms = await self._service.firms_in(asking.connection, asking.person.id)
        return [Choice(firm.id, words(firm.name, firm.name, firm.name)) for firm in firms]

    async def _offered(self, asking: Asking) -> list[Slot]:
        values = asking.values
        return await self._service.offered_in(
            asking.connection, kind=values["kind"], site_id=values.get("site"), is_aeo=bool(values.get("aeo"))
        )

    async def _sites(self, asking: Asking) -> Sequence[Choice]:
        sites = {slot.site.id: slot.site for slot in await self._offered(asking)}
        return [Choice(site.id, written(site.name), also=(site.office,)) for site in sites.values()]

    async def _days(self, asking: Asking) -> Sequence[Choice]:
        days: dict[str, int] = {}
        for slot in await self._offered(asking):
            day = f"{slot.starts_at.astimezone(self._rules.zone):%Y-%m-%d}"
            days[day] = days.get(day, 0) + (0 if slot.waiting else slot.free)
        return [
            Choice(
                day,
                words(f"{day} 余{free}" if free else f"{day} 约满", f"{day}, {free} free" if free else f"{day}, full"),
            )
            for day, free in list(days.items())[:_DAYS_SHOWN]
        ]

    async def _slots(self, asking: Asking) -> Sequence[Choice]:
        found = [
            slot
            for slot in await self._offered(asking)
            if f"{slot.starts_at.astimezone(self._rules.zone):%Y-%m-%d}" == asking.values["day"]
        ]
        return [self._slot(slot) for slot in found[:_SLOTS_SHOWN]]

    def _slot(self, slot: Slot) -> Choice:
        starts, ends = (moment.astimezone(self._rules.zone) for moment in (slot.starts_at, slot.ends_at))
        hours = f"{starts:%H:%M}–{ends:%H:%M}"
        if slot.free and not slot.waiting:
            return Choice(slot.id, words(f"{hours} 余{slot.free}", f"{hours}, {slot.free} free"))
        title = words(f"{hours} 约满，候补第{slot.waiting + 1}位", f"{hours}, full, wait as no. {slot.waiting + 1}")
        return Choice(WAIT + slot.id, title)

    async def _review(self, asking: Asking) -> Sequence[Localized]:
        kind = self._kind(asking.values)
        lines = [
            localized(
                lambda language: self._words.say(
                    "card_rule",
                    language,
                    about=kind.about[language],
                    grade=self._words.say(f"grade_{kind.grade}", language),
                )
            )
        ]
        if kind.cancel_until > timedelta():
            hours = int(kind.cancel_until.total_seconds() // 3600)
            lines.append(localized(lambda language: self._words.say("review_cancel", language, hours=hours)))
        return lines

    async def _submit(self, filled: Filled) -> Sequence[Reply]:
        values = filled.values
        slot = str(values["slot"])
        names = (*_FREE_TEXTS, "reference", "goods_class", "transport", "declaration_port", "entry_port")
        application = Application(
            slot_id=slot.removeprefix(WAIT),
            is_aeo=bool(values.get("aeo")),
            **{name: str(values[name]) for name in names if values.get(name)},
        )
        try:
            booking = await self._service.book_in(
                filled.connection,
                filled.person.id,
                str(values["firm"]),
                application,
                wait=slot.startswith(WAIT),
                request_key=f"draft:{filled.draft_id}",
            )
        except BookingRefusedError as error:
            troubles = [
                Trouble(self._reason(reason), _FIELDS.get(reason.where, reason.where)) for reason in error.reasons
            ]
            raise FormRefusedError(troubles) from error
        return [self._words.card(booking, filled.language)]


_FIELDS = {"slot_id": "slot", "firm_id": "firm", "is_aeo": "aeo"}
