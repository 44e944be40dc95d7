"""The forms: a certificate to prepare (for goods of China), and the number and day of one that was issued."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.channels.model import Reply
from bot.desks.origin.model import NEEDED, OPTIONAL
from bot.desks.origin.service import OriginService, Preparing
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.forms.form import Asking, Choice, Field, FieldKind, Filled, Form, FormRefusedError, Trouble, words
from knowledge.rules.origin.agreements import fitting

_PLAIN = "none"


def origin_form(service: OriginService) -> Form:
    """Destination, agreement, then the boxes of the data sheet; each of these may be left out and told later."""
    data = service.words.data

    def read_place(text: str, asking: Asking) -> Any:
        said = text.strip().casefold()
        for code, name in data.places.names.items():
            if code != "CN" and said in {name.get(one).casefold() for one in ("zh-Hans", "zh-Hant", "en")} | {
                code.casefold()
            }:
                return code
        return Trouble(
            words(
                "我不认识这个国家或地区，请写全名，例如：泰国。",
                "I do not know that place; write its full name, such as Thailand.",
            )
        )

    async def agreements(asking: Asking) -> Sequence[Choice]:
        fit = fitting(data.agreements, "CN", asking.values["destination"], asking.today)
        plain = Choice(_PLAIN, service.words.each("none_agreement"))
        return [*(Choice(one.id, one.name, also=one.words) for one in fit), plain]

    async def submit(filled: Filled) -> Sequence[Reply]:
        values = filled.values
        agreement = None if values["agreement"] == _PLAIN else values["agreement"]
        sheet = {name: str(values[name]) for name in (*NEEDED, *OPTIONAL) if values.get(name)}
        wish = Preparing("CN", values["destination"], agreement, sheet, f"draft:{filled.draft_id}")
        case = await service.prepare(filled.connection, filled.person.id, wish, filled.now)
        return [service.words.opened(case, filled.language)]

    boxes = tuple(
        Field(
            name,
            FieldKind.TEXT,
            service.words.each(f"field_{name}"),
            service.words.each(f"field_{name}"),
            optional=True,
            most_chars=500,
        )
        for name in (*NEEDED, "importer")
    )
    return Form(
        name="origin",
        title=words("准备原产地证", "prepare a certificate of origin"),
        topic="origin_certificate_apply",
        intro=words(
            "为中国原产的出口货物准备原产地证。不知道的可以略过，以后再补。",
            "Prepare a certificate for goods of China. Leave out what you do not know yet.",
        ),
        fields=(
            Field(
                "destination",
                FieldKind.TEXT,
                words("目的地", "destination"),
                words("出口到哪里？", "To which country or region?"),
                hint=words("例如：泰国", "For example: Thailand"),
                read=read_place,
                show=lambda value, language: data.places.names[value].get(language),
            ),
            Field(
                "agreement",
                FieldKind.CHOICE,
                words("协定", "agreement"),
                words("用哪个协定？", "Under which agreement?"),
                choices=agreements,
                after=("destination",),
            ),
            *boxes,
        ),
        submit=submit,
    )


def issued_form(service: OriginService) -> Form:
    """Started by a button of a case, with the case and the act known."""

    async def submit(filled: Filled) -> Sequence[Reply]:
        values = filled.values
        try:
            case = await service.act_in(
                filled.connection,
                filled.person.id,
                values["case"],
                values["act"],
                certificate_no=values["certificate_no"],
                issued_on=date.fromisoformat(values["issued_on"]),
            )
        except (NotFoundError, ConflictError, InvalidInputError) as error:
            text = words(
                "这份证书现在不能这样登记。请在“我的办理”里看它的状态。",
                "That cannot be noted of this certificate now; see its state in “my cases”.",
            )
            raise FormRefusedError([Trouble(text)]) from error
        shown, until = service.words.shown(case, filled.language), service.words.until(case, filled.language)
        return [shown.model_copy(update={"text": f"{shown.text}\n{until}"})]

    return Form(
        name="origin_issued",
        title=words("登记签发的原产地证", "note an issued certificate of origin"),
        topic="origin_certificate_apply",
        fields=(
            Field(
                "case",
                FieldKind.TEXT,
                words("事项", "case"),
                words("是哪一件？请从“我的办理”里打开。", "Which case? Open it from “my cases”."),
                most_chars=32,
            ),
            Field(
                "act",
                FieldKind.CHOICE,
                words("怎么签发的", "how it was issued"),
                words("怎么签发的？", "How was it issued?"),
                choices=[
                    Choice(act, service.words.each(f"act_{act}")) for act in ("issue", "issue_later", "corrected")
                ],
            ),
            Field(
                "certificate_no",
                FieldKind.TEXT,
                words("证书号", "certificate number"),
                words("证书号是多少？", "What is the certificate's number?"),
                most_chars=40,
            ),
            Field(
                "issued_on",
                FieldKind.DATE,
                words("签发日期", "day of issue"),
                words("哪一天签发的？", "On which day was it issued?"),
            ),
        ),
        submit=submit,
    )
