"""Applying for expo labels by chat: a stand and its goods, one line or a whole list as a file, sent to staff in one go."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from bot.channels.model import LANGUAGES, Button, Language, Reply
from bot.desks.labels import store as desk_store
from bot.desks.labels import upload_store
from bot.desks.labels.columns import NAME_MAX, ORIGIN_MAX, PAPER_MAX, UNIT_MAX, RowFault, read_row
from bot.desks.labels.desk import LabelDesk
from bot.desks.labels.events import STAND_MAX
from bot.desks.labels.lives_model import EventState
from bot.desks.labels.model import PAPERS, QUESTIONS, Application, GoodsLine
from bot.desks.labels.upload import read_list
from bot.desks.labels.words import TOPIC, bullets
from bot.errors import InvalidInputError
from bot.files.service import FileStore
from bot.forms.form import Asking, Choice, Field, FieldKind, Filled, Form, FormRefusedError, Trouble, words
from bot.forms.model import Values
from bot.people.firms.model import Right
from bot.people.firms.rights import firms_of
from knowledge.model import Localized

FAULTS_SHOWN = 12
_TEXTS = (("name", NAME_MAX), ("hs", 14), ("quantity", 20), ("unit", UNIT_MAX), ("packages", 6), ("origin", ORIGIN_MAX))
_ASKED_BY = {
    "quarantine_permit": ("plant", "animal"),
    "foreign_certificate": ("plant", "animal"),
    "health_approval": ("biological",),
    "carnet": ("ata_carnet",),
    "carnet_until": ("ata_carnet",),
    "best_before": ("food_tasting",),
    "wood_treatment": ("wood_packing",),
}


def _localized(say: Callable[[Language], str]) -> Localized:
    hans, hant, en = (say(language) for language in LANGUAGES)
    return Localized(hans, hant, en)


def _by_hand(values: Values) -> bool:
    return values.get("how") == "line"


class LabelForm:
    """Makes the form: the questions that decide are asked one by one, and a paper only where an answer asks for it."""

    def __init__(self, desk: LabelDesk, files: FileStore) -> None:
        self._desk = desk
        self._files = files
        self._words = desk.words

    def form(self) -> Form:
        """The form."""
        how = [
            Choice("file", words("上传清单文件（XLSX或CSV）", "Send a list as a file (XLSX or CSV)")),
            Choice("line", words("在这里填一种展品", "Enter one kind of goods here")),
        ]
        return Form(
            name="expo_labels",
            title=words("展品标签", "Expo labels"),
            topic=TOPIC,
            intro=words(
                "为参展的展品申请标签：登记展位，提交展品清单，由工作人员审核后签发。",
                "Apply for labels for exhibits: register the stand, send the goods list, staff look at it and issue the labels.",
            ),
            refuse=self._refuse,
            submit=self._submit,
            fields=(
                Field(
                    *("firm", FieldKind.CHOICE, words("企业", "firm"), words("哪家企业参展？", "Which firm exhibits?")),
                    choices=self._firms,
                    alone=True,
                ),
                Field(
                    *("event", FieldKind.CHOICE, words("展会", "event"), words("哪个展会？", "Which event?")),
                    choices=self._events,
                ),
                Field(
                    *("stand", FieldKind.TEXT, words("展位", "stand"), words("展位号是多少？", "Which stand?")),
                    most_chars=STAND_MAX,
                    hint=words("例如 5.1A-023", "For example 5.1A-023"),
                ),
                Field(
                    *("guarantee_no", FieldKind.TEXT, words("担保编号", "guarantee number")),
                    words(
                        "有自己的担保编号吗？主办方统一担保或持ATA单证册的可以跳过。",
                        "Your own guarantee's number? Leave it out where the organiser's or a carnet serves.",
                    ),
                    most_chars=PAPER_MAX,
                    optional=True,
                ),
                Field(
                    *(
                        "how",
                        FieldKind.CHOICE,
                        words("填写方式", "way"),
                        words("怎样提交展品清单？", "How will you give the goods?"),
                    ),
                    choices=how,
                ),
                Field(
                    *("list", FieldKind.FILE, words("清单文件", "list file")),
                    words("请发送填好的清单文件。", "Send the filled list."),
                    hint=words("模板：/v1/labels/template.xlsx", "Template: /v1/labels/template.xlsx"),
                    needed=lambda values: values.get("how") == "file",
                    after=("how",),
                    check=self._check_file,
                ),
                *self._line_fields(),
            ),
        )

    def _line_fields(self) -> tuple[Field, ...]:
        def title(column: str) -> Localized:
            return _localized(lambda language: self._words.column(column, language))

        def hint(column: str) -> Localized:
            return _localized(lambda language: self._words.say(f"hint.{column}", language))

        def asked(paper: str) -> Callable[[Values], bool]:
            return lambda values: _by_hand(values) and any(values.get(one) for one in _ASKED_BY[paper])

        texts = [
            Field(column, FieldKind.TEXT, title(column), hint(column), needed=_by_hand, after=("how",), most_chars=most)
            for column, most in _TEXTS
        ]
        questions = [
            Field(column, FieldKind.YES_NO, title(column), hint(column), needed=_by_hand, after=("how",))
            for column in QUESTIONS
        ]
        papers = [
            Field(
                *(paper, FieldKind.TEXT, title(paper), hint(paper)),
                needed=asked(paper),
                after=("how", *_ASKED_BY[paper]),
                most_chars=PAPER_MAX,
            )
            for paper in PAPERS
        ]
        return (*texts, *questions, *papers)

    async def _refuse(self, asking: Asking) -> Sequence[Reply]:
        reasons = []
        if not await self._firms(asking):
            reasons.append("form.no_firm")
        if not await self._events(asking):
            reasons.append("form.no_event")
        if not reasons:
            return []
        text = bullets(self._words.say(reason, asking.language) for reason in reasons)
        button = Button(title=self._words.say("form.history", asking.language), payload="e:expo-label-what")
        return [Reply(text=text, kind="task", topic=TOPIC, buttons=[button])]

    async def _firms(self, asking: Asking) -> Sequence[Choice]:
        found = await firms_of(asking.connection, asking.person.id, Right.LABELS, asking.now)
        return [Choice(firm.id, words(firm.name, firm.name, firm.name), also=(firm.credit_code,)) for firm in found]

    async def _events(self, asking: Asking) -> Sequence[Choice]:
        found = await desk_store.events(asking.connection, states=(EventState.APPROVED,))
        return [
            Choice(event.id, words(event.name, f"{event.name} ({event.code})", event.name), also=(event.code,))
            for event in found
            if event.closes_on >= asking.today
        ]

    async def _check_file(self, value: Any, asking: Asking) -> Sequence[Localized]:
        content = (await self._files.get(value["id"], asking.person.id)).content
        read = await asyncio.to_thread(read_list, content, self._words)
        told = [self._fault(fault) for fault in read.faults[:FAULTS_SHOWN]]
        more = len(read.faults) - len(told) + read.more
        if more:
            told.append(_localized(lambda language: self._words.say("fault.more", language, count=more)))
        return told

    def _fault(self, fault: RowFault) -> Localized:
        return _localized(lambda language: self._words.fault(fault, language))

    async def _submit(self, filled: Filled) -> Sequence[Reply]:
        person, connection, language = filled.person, filled.connection, filled.language
        try:
            application = await self._started(filled)
            lines, digest = await self._lines(filled)
            step = {"actor": f"person:{person.id}", "at": filled.now}
            await upload_store.add_lines(connection, application, lines, 1, step)
            if digest:
                upload_id = await upload_store.add_upload(connection, application.id, digest, lines, filled.now)
                await upload_store.progress(connection, upload_id, len(lines), finished=True)
            view = await self._desk.lists.submit_in(connection, person.id, application.id, language)
        except InvalidInputError as error:
            raise FormRefusedError([_trouble(fault.message, fault.where) for fault in error.faults]) from error
        told = self._desk.lists.told(view, language)
        text = self._words.say(
            "push.submitted", language, event=view.event.name, lines=len(lines), id=application.id[:8]
        )
        if told:
            text += f"\n\n{self._words.say('told.besides', language)}\n\n{bullets(told)}"
        return [Reply(text=text, kind="task", topic=TOPIC)]

    async def _started(self, filled: Filled) -> Application:
        """A new list of the firm's stand, which is registered where it is not yet."""
        values, connection = filled.values, filled.connection
        known = await desk_store.exhibitors(connection, event_id=values["event"], firms=[values["firm"]])
        same = [exhibitor for exhibitor in known if exhibitor.stand == values["stand"].strip()]
        if same:
            exhibitor = same[0]
        else:
            given = {"stand": values["stand"], "guarantee_no": values.get("guarantee_no") or ""}
            exhibitor = await self._desk.events.register_in(
                connection, filled.person.id, values["event"], values["firm"], given, filled.language
            )
        return await self._desk.lists.start_in(connection, filled.person.id, exhibitor.id)

    async def _lines(self, filled: Filled) -> tuple[list[GoodsLine], str | None]:
        values = filled.values
        if values["how"] == "file":
            content = (await self._files.get(values["list"]["id"], filled.person.id)).content
            read = await asyncio.to_thread(read_list, content, self._words)
            if read.faults:
                raise FormRefusedError([Trouble(self._fault(one), "list") for one in read.faults[:FAULTS_SHOWN]])
            return [line for _, line in read.lines], hashlib.sha256(content).hexdigest()
        cells = {column: str(values[column]) for column, _ in _TEXTS}
        cells |= {question: "yes" if values.get(question) else "no" for question in QUESTIONS}
        cells |= {paper: str(values[paper]) for paper in PAPERS if values.get(paper)}
        faults: list[RowFault] = []
        line = read_row(1, cells, faults)
        if line is None:
            raise FormRefusedError([Trouble(self._fault(fault), fault.column) for fault in faults])
        return [line], None


def _trouble(message: str, where: str) -> Trouble:
    return Trouble(words(message, message, message), "stand" if where == "stand" else None)
