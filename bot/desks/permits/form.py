"""Permits filled in by chat: enter one, write a batch off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.channels.model import Reply
from bot.desks.permits.model import (
    NewLine,
    NewPermit,
    NewWriteOff,
    PermitKind,
    PermitRefusedError,
    PermitState,
    Reason,
    Unit,
    read_quantity,
)
from bot.desks.permits.service import PermitService
from bot.desks.permits.words import TOPIC, PermitWords, localized
from bot.forms.form import Asking, Choice, Field, FieldKind, Filled, Form, FormRefusedError, Trouble, words
from knowledge.model import Localized

_NUMBER = words("证号", "number")


class PermitForms:
    """Makes both forms."""

    def __init__(self, service: PermitService) -> None:
        self._service = service
        self._words: PermitWords = service.words

    def forms(self) -> tuple[Form, Form]:
        """Enter a permit; write a batch off."""
        return self._enter(), self._write_off()

    def _enter(self) -> Form:
        kinds = [Choice(kind, localized(self._words.kinds[kind].name.__getitem__)) for kind in PermitKind]
        date_hint = words("照证上印的填写，例如 2027-04-30", "As printed, for example 2027-04-30")
        quantity = words("数量是多少（只填数字）？", "What quantity (the number alone)?")
        return Form(
            name="permit",
            title=words("登记许可证", "Enter a permit"),
            topic=TOPIC,
            intro=words("照着证上印的内容填写。", "Please fill in what is printed on it."),
            refuse=self._refuse,
            review=self._review,
            submit=self._submit_permit,
            fields=(
                Field(
                    "firm",
                    FieldKind.CHOICE,
                    words("企业", "firm"),
                    words("哪家企业的证？", "Whose permit is it?"),
                    choices=self._firms,
                    alone=True,
                ),
                Field(
                    "kind",
                    FieldKind.CHOICE,
                    words("证的种类", "kind"),
                    words("是哪种证？", "Which permit?"),
                    choices=kinds,
                ),
                Field("number", FieldKind.TEXT, _NUMBER, words("证号是多少？", "What is its number?"), most_chars=64),
                Field(
                    "valid_from",
                    FieldKind.DATE,
                    words("有效期起", "first day"),
                    words("有效期从哪天开始？", "From which day is it valid?"),
                    hint=date_hint,
                ),
                Field(
                    "valid_until",
                    FieldKind.DATE,
                    words("有效期止", "last day"),
                    words("有效期到哪天为止？", "Until which day is it valid?"),
                    hint=date_hint,
                ),
                Field(
                    "goods",
                    FieldKind.TEXT,
                    words("货物", "goods"),
                    words("证上是什么货物？", "Which goods are on it?"),
                    needed=_has_quantity,
                    most_chars=200,
                ),
                Field(
                    "quantity",
                    FieldKind.NUMBER,
                    words("数量", "quantity"),
                    quantity,
                    needed=_has_quantity,
                    lowest=0,
                    check=self._quantity,
                ),
                Field(
                    "unit",
                    FieldKind.CHOICE,
                    words("计量单位", "unit"),
                    words("计量单位是什么？", "In which unit?"),
                    needed=_has_quantity,
                    choices=self._units(),
                ),
            ),
        )

    def _write_off(self) -> Form:
        return Form(
            name="write_off",
            title=words("许可证核销", "Write a batch off"),
            topic=TOPIC,
            refuse=self._refuse,
            submit=self._submit_write_off,
            fields=(
                Field(
                    "permit",
                    FieldKind.CHOICE,
                    words("许可证", "permit"),
                    words("核销哪张证？", "Off which permit?"),
                    choices=self._permits,
                    alone=True,
                ),
                Field(
                    "line",
                    FieldKind.CHOICE,
                    words("货物", "goods"),
                    words("哪一项货物？", "Which goods?"),
                    choices=self._lines,
                    after=("permit",),
                    alone=True,
                ),
                Field(
                    "reference",
                    FieldKind.CODE,
                    words("报关单号", "declaration"),
                    words("这一批的报关单号？", "The batch's declaration number?"),
                    pattern=r"[A-Z0-9][A-Z0-9./]{2,63}",
                ),
                Field(
                    "amount",
                    FieldKind.NUMBER,
                    words("数量", "amount"),
                    words("核销多少（按证上的单位，只填数字）？", "How much (in the permit's unit, the number alone)?"),
                    lowest=0,
                    check=self._quantity,
                ),
                Field(
                    "day",
                    FieldKind.DATE,
                    words("进境日期", "day of entry"),
                    words("这一批哪天进境的？", "On which day did it enter?"),
                    hint=words("例如：今天、11月20日", "For example: today, 20 Nov"),
                ),
            ),
        )

    def _units(self) -> list[Choice]:
        return [
            Choice(unit, localized(lambda language, unit=unit: self._words.unit(unit, language)))  # type: ignore[misc]
            for unit in Unit
        ]

    async def _refuse(self, asking: Asking) -> Sequence[Reply]:
        if await self._service.firms_in(asking.connection, asking.person.id):
            return []
        return [Reply(text=self._words.say("no_firm", asking.language), kind="task", topic=TOPIC)]

    async def _review(self, asking: Asking) -> Sequence[Localized]:
        kind = self._words.kinds[PermitKind(asking.values["kind"])]
        return [localized(kind.conflict.__getitem__), localized(kind.renewal.__getitem__)]

    async def _firms(self, asking: Asking) -> Sequence[Choice]:
        firms = await self._service.firms_in(asking.connection, asking.person.id)
        return [Choice(firm.id, words(firm.name, firm.name, firm.name)) for firm in firms]

    async def _permits(self, asking: Asking) -> Sequence[Choice]:
        found = await self._service.mine_in(asking.connection, asking.person.id)
        return [
            Choice(permit.id, words(permit.number, permit.number, permit.number))
            for permit in found
            if permit.state is PermitState.VALID and self._words.kinds[permit.kind].has_quantity
        ]

    async def _lines(self, asking: Asking) -> Sequence[Choice]:
        permit = await self._service.find_in(asking.connection, asking.person.id, str(asking.values["permit"]))
        return [
            Choice(str(line.line), localized(lambda language, line=line: self._words.line(line, language)))  # type: ignore[misc]
            for line in permit.lines
            if line.balance
        ]

    async def _quantity(self, value: Any, asking: Asking) -> Sequence[Localized]:
        if read_quantity(str(value)):
            return []
        return [self._reason(Reason("amount", "amount"))]

    async def _submit_permit(self, filled: Filled) -> Sequence[Reply]:
        values = filled.values
        lines = (
            [NewLine(str(values["goods"]), str(values["quantity"]), str(values["unit"]))] if values.get("goods") else []
        )
        new = NewPermit(
            str(values["kind"]),
            str(values["number"]),
            date.fromisoformat(str(values["valid_from"])),
            date.fromisoformat(str(values["valid_until"])),
            lines,
        )
        try:
            permit = await self._service.enter_in(
                filled.connection, filled.person.id, str(values["firm"]), new, f"draft:{filled.draft_id}"
            )
        except PermitRefusedError as error:
            raise self._troubles(error) from error
        return [self._words.card(permit, filled.language, self._service.today())]

    async def _submit_write_off(self, filled: Filled) -> Sequence[Reply]:
        values = filled.values
        permit = await self._service.find_in(filled.connection, filled.person.id, str(values["permit"]))
        number = int(str(values["line"]))
        unit = next((line.unit for line in permit.lines if line.line == number), "")
        day = date.fromisoformat(str(values["day"]))
        new = NewWriteOff(number, str(values["reference"]), str(values["amount"]), unit, day)
        try:
            permit = await self._service.write_off_in(
                filled.connection, filled.person.id, permit.id, new, f"draft:{filled.draft_id}"
            )
        except PermitRefusedError as error:
            raise self._troubles(error) from error
        return [self._words.card(permit, filled.language, self._service.today())]

    def _troubles(self, error: PermitRefusedError) -> FormRefusedError:
        return FormRefusedError([Trouble(self._reason(reason), _FIELDS.get(reason.where)) for reason in error.reasons])

    def _reason(self, reason: Reason) -> Localized:
        return localized(lambda language: self._words.reason(reason, language))


def _has_quantity(values: Any) -> bool:
    return bool(values.get("kind") == PermitKind.ENTRY_QUARANTINE)


# Where a reason is mended in the forms; what stands nowhere in them has no field.
_FIELDS = {
    name: name
    for name in (
        *("kind", "number", "valid_from", "valid_until", "goods", "quantity", "unit"),
        *("permit", "line", "reference", "amount", "day"),
    )
}
