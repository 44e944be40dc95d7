"""The form by which a case is opened in the chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.channels.model import Reply
from bot.desks.complaints.model import Kind
from bot.desks.complaints.service import ComplaintService, Intake
from bot.errors import NotFoundError
from bot.forms.form import Asking, Choice, Field, FieldKind, Filled, Form, FormRefusedError, Trouble, words
from knowledge.model import Localized

_FILES = ("file", "file_2", "file_3")


def _is_named(values: Mapping[str, Any]) -> bool:
    return values.get("kind") != Kind.REPORT or values.get("named") == "named"


def complaint_form(service: ComplaintService, report_page: str) -> Form:
    """Enquiry, suggestion, complaint, report or review. report_page: where a report can be made by nobody."""
    rules = service.words.rules

    async def not_in_the_future(value: Any, asking: Asking) -> Sequence[Localized]:
        if date.fromisoformat(value) <= asking.today:
            return []
        return [words("这一天还没有到。", "That day has not come yet.")]

    async def review(asking: Asking) -> Sequence[Localized]:
        rule = rules[Kind(asking.values["kind"])]
        return [rule.decides, rule.law] if _is_named(asking.values) else []

    async def submit(filled: Filled) -> Sequence[Reply]:
        values = filled.values
        if not _is_named(values):
            text = service.words.say("anonymous_how", filled.language, page=report_page)
            return [Reply(text=text, kind="task", topic="complaint_contact")]
        intake = Intake(
            Kind(values["kind"]),
            values["text"],
            filled.language,
            values.get("about"),
            date.fromisoformat(values["known_on"]) if values.get("known_on") else None,
            [values[name]["id"] for name in _FILES if values.get(name)],
            origin=f"draft:{filled.draft_id}",
        )
        try:
            case = await service.open(filled.connection, filled.person.id, intake, filled.now)
        except NotFoundError as error:
            gone = words("文件已过期，请重新发送或去掉。", "The file is gone; send it again or leave it out.")
            raise FormRefusedError([Trouble(gone, "file")]) from error
        buttons = service.words.buttons(case, filled.language)
        text = service.told(case, filled.language)
        return [Reply(text=text, kind="task", topic="complaint_contact", buttons=buttons)]

    return Form(
        name="complaint",
        title=words("咨询、建议、投诉、举报、复议", "enquiry, suggestion, complaint, report or review"),
        topic="complaint_contact",
        intro=words(
            "每件都有编号、时限和负责人，有变化会通知您。有生命危险请拨110、120。",
            "Each gets a number, time limits and somebody responsible; you are told of every change.",
        ),
        fields=(
            Field(
                "kind",
                FieldKind.CHOICE,
                words("种类", "kind"),
                words("是哪一种？", "What is it?"),
                choices=[Choice(kind.value, rule.title, also=(rule.means.zh_hans,)) for kind, rule in rules.items()],
            ),
            Field(
                "named",
                FieldKind.CHOICE,
                words("实名还是匿名", "named or anonymous"),
                words(
                    "用这个账号举报（我们为您保密，可以追问和通知），还是完全匿名？",
                    "Report with this account (kept secret; we can ask back and tell you), or wholly anonymously?",
                ),
                choices=[
                    Choice("named", words("用这个账号", "With this account")),
                    Choice("anonymous", words("完全匿名", "Anonymously"), also=("匿名",)),
                ],
                needed=lambda values: values.get("kind") == Kind.REPORT,
                after=("kind",),
            ),
            Field(
                "about",
                FieldKind.TEXT,
                words("涉及的单位", "the unit concerned"),
                words("涉及哪个单位、口岸或窗口？", "Which unit, port or counter is it about?"),
                optional=True,
                most_chars=200,
                needed=_is_named,
            ),
            Field(
                "known_on",
                FieldKind.DATE,
                words("知道决定的日期", "day you learned of the decision"),
                words("哪一天知道这个决定的？", "On which day did you learn of the decision?"),
                hint=words("例如：11月3日", "For example: 3 November"),
                needed=lambda values: values.get("kind") == Kind.REVIEW,
                after=("kind",),
                check=not_in_the_future,
            ),
            Field(
                "text",
                FieldKind.TEXT,
                words("内容", "what it is about"),
                words("请说清楚：什么事、什么时间、什么地点。", "Tell us what happened, when and where."),
                most_chars=2000,
                takes_questions=True,
                needed=_is_named,
            ),
            *_file_fields(),
        ),
        submit=submit,
        review=review,
    )


def _file_fields() -> tuple[Field, ...]:
    def field(name: str, before: str | None) -> Field:
        return Field(
            name,
            FieldKind.FILE,
            words(
                "照片或文件" if before is None else "再一个文件", "photo or file" if before is None else "another file"
            ),
            words("有照片或文件吗？请发送，或略过。", "Is there a photo or file? Send it, or leave it out.")
            if before is None
            else words("还有吗？", "One more?"),
            optional=True,
            needed=lambda values: _is_named(values) and (before is None or bool(values.get(before))),
        )

    return tuple(field(name, before) for name, before in zip(_FILES, (None, *_FILES[:-1]), strict=True))
