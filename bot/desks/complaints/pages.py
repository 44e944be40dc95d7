"""Public pages: how often the published time limits were kept, and the anonymous report. No script, no cookie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, File, Form, Header, Response, UploadFile
from pydantic import BaseModel

from bot.channels.model import Language
from bot.delivery.pages import language_wished
from bot.desks.complaints.desk import ComplaintDesk
from bot.desks.complaints.html import (
    days_of,
    fault_text,
    page,
    promises_html,
    report_done_html,
    report_form_html,
    state_html,
)
from bot.desks.complaints.model import Kind
from bot.desks.complaints.service import ComplaintService, Intake
from bot.errors import KouanError, NotFoundError, TooManyAttemptsError
from bot.files.model import FileRefusedError
from bot.files.words import FileWords
from bot.limits import Bucket

REPORT_PAGE = "/report"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}

Wish = Annotated[str, Header(alias="accept-language")]


class PromiseMonth(BaseModel):
    """One published limit in one month. due: cases whose limit fell into it; kept: how many of them were in time."""

    kind: Kind
    step: str
    month: str
    within_working_days: int
    due: int
    kept: int


def complaint_pages(desk: ComplaintDesk, service: ComplaintService, file_words: FileWords, bucket: Bucket) -> APIRouter:
    """Public: counts, and what somebody says of whom nothing is known."""
    router = APIRouter(tags=["complaints"])
    words = service.words

    def shown(body: str, title: str, language: Language, status: int = 200) -> Response:
        html = page(body, title, words, language)
        return Response(html, status_code=status, media_type="text/html; charset=utf-8", headers=_HEADERS)

    @router.get("/promises", include_in_schema=False)
    async def show_promises(lang: Language | None = None, accept_language: Wish = "") -> Response:
        language = lang or language_wished(accept_language)
        return shown(promises_html(words, await desk.promises(), language), "promises_title", language)

    @router.get("/v1/status/promises")
    async def read_promises() -> list[PromiseMonth]:
        """How often the published time limits were kept, by kind, step and month."""
        return [
            PromiseMonth(
                kind=one.kind,
                step=one.step,
                month=f"{one.month:%Y-%m}",
                within_working_days=days_of(words, one.kind, one.step),
                due=one.due,
                kept=one.kept,
            )
            for one in await desk.promises()
        ]

    @router.get(REPORT_PAGE, include_in_schema=False)
    async def show_report(lang: Language | None = None, accept_language: Wish = "") -> Response:
        language = lang or language_wished(accept_language)
        return shown(report_form_html(words, language, REPORT_PAGE), "report_title", language)

    @router.post(REPORT_PAGE, include_in_schema=False)
    async def send_report(
        text: Annotated[str, Form()] = "",
        about: Annotated[str, Form()] = "",
        lang: Annotated[Language, Form()] = "zh-Hans",
        files: Annotated[Sequence[UploadFile], File()] = (),
    ) -> Response:
        try:
            bucket.take()
            attached = [(file.filename or "", await file.read()) for file in files if file.filename]
            case, code = await service.open_anonymous(Intake(Kind.REPORT, text, lang, about or None), attached)
        except FileRefusedError as error:
            wrong = file_words.reasons([fault.code for fault in error.faults], error.values, lang)
            again = report_form_html(words, lang, REPORT_PAGE, text, about, wrong)
            return shown(again, "report_title", lang, error.http_status)
        except KouanError as error:
            again = report_form_html(words, lang, REPORT_PAGE, text, about, fault_text(error, lang))
            return shown(again, "report_title", lang, error.http_status)
        return shown(report_done_html(words, case, code, lang), "report_title", lang)

    @router.post(f"{REPORT_PAGE}/state", include_in_schema=False)
    async def ask_state(code: Annotated[str, Form()] = "", lang: Annotated[Language, Form()] = "zh-Hans") -> Response:
        try:
            bucket.take()
            case = await service.by_code(code)
        except (NotFoundError, TooManyAttemptsError) as error:
            wrong = words.say("report_unknown", lang) if isinstance(error, NotFoundError) else fault_text(error, lang)
            again = report_form_html(words, lang, REPORT_PAGE, wrong=wrong)
            return shown(again, "report_title", lang, error.http_status)
        return shown(state_html(words, case, lang), "report_title", lang)

    return router
