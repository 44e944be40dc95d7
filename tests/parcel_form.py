"""A form to try the machine on, with every kind of field, and a service that keeps what is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Reply
from bot.forms.form import Asking, Choice, Field, FieldKind, Filled, Form, FormRefusedError, Trouble, words
from bot.store.schema import asked_questions
from knowledge.model import Localized

PORTS = (
    Choice("luohu", words("罗湖", "Luohu")),
    Choice("shenzhen-bay", words("深圳湾", "Shenzhen Bay"), also=("深圳", "shenzhen")),
)


class ParcelDesk:
    """Takes what is sent, unless told to refuse it. The table `asked_questions` stands in for that of its cases.

    free: slots by port; refuses: troubles of the next sending.
    """

    def __init__(self) -> None:
        self.free: dict[str, list[str]] = {"luohu": ["09:00", "10:00"], "shenzhen-bay": ["14:00"]}
        self.refuses: list[Trouble] = []
        self.sent: list[Filled] = []

    async def slots(self, asking: Asking) -> Sequence[Choice]:
        """The slots of the port."""
        return [Choice(slot.replace(":", ""), words(slot, slot)) for slot in self.free[asking.values["port"]]]

    async def not_past(self, value: Any, asking: Asking) -> Sequence[Localized]:
        """The day is not before today."""
        return [words("日期已经过了。", "That day is past.")] if value < asking.today.isoformat() else []

    async def submit(self, filled: Filled) -> Sequence[Reply]:
        """Keep a row in the draft's transaction, then refuse where it was told to."""
        await self._keep(filled.connection, filled)
        if self.refuses:
            raise FormRefusedError(self.refuses)
        self.sent.append(filled)
        return [Reply(text=f"case of {filled.draft_id[:6]}", kind="task")]

    @staticmethod
    async def _keep(connection: AsyncConnection, filled: Filled) -> None:
        row = {"day": filled.now.date(), "language": "en", "kind": "poor", "text": filled.draft_id, "state": "open"}
        await connection.execute(asked_questions.insert().values(**row))


def parcel_form(desk: ParcelDesk) -> Form:
    """A choice, a day, a choice that depends on both, a text, a number, a yes or no, and a code where that was yes."""
    return Form(
        name="parcel",
        title=words("包裹预约", "parcel booking"),
        topic="booking_24h",
        intro=words("预约一个包裹。", "Book a parcel."),
        submit=desk.submit,
        fields=(
            Field(
                "port", FieldKind.CHOICE, words("口岸", "port"), words("在哪个口岸？", "At which port?"), choices=PORTS
            ),
            Field(
                *("day", FieldKind.DATE, words("日期", "day"), words("哪一天？", "On which day?")),
                hint=words("例如：明天", "For example: tomorrow"),
                check=desk.not_past,
            ),
            Field(
                *("slot", FieldKind.CHOICE, words("时段", "slot"), words("哪个时段？", "Which slot?")),
                choices=desk.slots,
                after=("port", "day"),
            ),
            Field(
                *("goods", FieldKind.TEXT, words("货物", "goods"), words("什么货物？", "What are the goods?")),
                most_chars=40,
            ),
            Field(
                *("boxes", FieldKind.NUMBER, words("箱数", "boxes"), words("几箱？", "How many boxes?")),
                lowest=1,
                highest=99,
            ),
            Field("sealed", FieldKind.YES_NO, words("施封", "sealed"), words("有封志吗？", "Is it sealed?")),
            Field(
                *(
                    "seal",
                    FieldKind.CODE,
                    words("封志号", "seal number"),
                    words("封志号是多少？", "Which seal number?"),
                ),
                needed=lambda values: values["sealed"] is True,
                pattern=r"[A-Z]{2}\d{4}",
                optional=True,
            ),
        ),
    )
