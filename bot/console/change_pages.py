"""Pages of the console: correct and withdraw what was delivered, who confirmed, live counts, test sends."""

from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from bot.channels.model import LANGUAGES
from bot.console.frame import HEADERS, HOME, Frame, language_of
from bot.console.notice_desk import NoticeDesk
from bot.console.notice_forms import NoticeForm, faults_by_field
from bot.console.notice_views import live_of
from bot.errors import ConflictError, InvalidInputError
from bot.notices.live import LiveCounts
from bot.notices.readers.routes import as_csv
from bot.people.access import Access
from bot.people.model import Role, StaffSession

_EVENTS_AT_MOST = 600  # then the browser asks again, and is asked who it is


def corrections_pages(frame: Frame, desk: NoticeDesk, access: Access) -> APIRouter:
    """The form of a correction, its decision, withdrawal, test send, and the proof of a change."""
    router = APIRouter(prefix=HOME, include_in_schema=False, route_class=frame.route_class())
    member = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]

    @router.get("/{notice_id}/correct")
    async def show_correction(request: Request, notice_id: str, who: member) -> Response:
        notice = await desk.notices.queries.find(notice_id)
        form = NoticeForm.of(notice.content, frame.zone)
        return frame.page(
            request, "correction.html", session=who, notice=notice, form=form, reason="", languages=LANGUAGES
        )

    @router.post("/{notice_id}/correct")
    async def propose_correction(request: Request, notice_id: str, who: member) -> Response:
        fields = dict(await request.form())
        form, reason = NoticeForm.typed(fields), str(fields.get("reason", ""))
        try:
            await desk.changes.propose_correction(notice_id, form.texts, by=who.staff, reason=reason or None)
        except InvalidInputError as error:
            notice = await desk.notices.queries.find(notice_id)
            return frame.page(
                request,
                "correction.html",
                session=who,
                status_code=422,
                faults=faults_by_field(error),
                notice=notice,
                form=form,
                reason=reason,
                languages=LANGUAGES,
            )
        return frame.go(f"{HOME}/{notice_id}?done=correct")

    @router.post("/{notice_id}/withdraw")
    async def withdraw_notice(request: Request, notice_id: str, who: member) -> Response:
        await desk.changes.withdraw(notice_id, by=who.staff, reason=str((await request.form()).get("reason", "")))
        return frame.go(f"{HOME}/{notice_id}?done=withdraw")

    @router.post("/{notice_id}/test")
    async def send_test(notice_id: str, who: member) -> Response:
        try:
            await desk.test_sends.send(notice_id, by=who.staff)
        except ConflictError:
            return frame.go("/console/addresses")
        return frame.go(f"{HOME}/{notice_id}?done=test")

    @router.post("/changes/{change_id}/{act}")
    async def decide_change(change_id: str, act: str, who: member) -> Response:
        decide = desk.changes.approve if act == "approve" else desk.changes.drop
        change = await decide(change_id, by=who.staff)
        done = "approve-change" if act == "approve" else "drop-change"
        return frame.go(f"{HOME}/{change.notice_id}?done={done}")

    @router.get("/changes/{change_id}")
    async def show_proof(request: Request, change_id: str, who: member, after: int = 0) -> Response:
        status = await desk.changes.find(change_id)
        proofs, following = await desk.changes.proofs(change_id, after)
        return frame.page(request, "proof.html", session=who, status=status, proofs=proofs, following=following)

    return router


def readers_pages(frame: Frame, desk: NoticeDesk, access: Access, live: LiveCounts) -> APIRouter:
    """Who confirmed a notice, and its counts as they change."""
    router = APIRouter(prefix=HOME, include_in_schema=False, route_class=frame.route_class())
    member = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]
    approver = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]

    @router.get("/{notice_id}/readers")
    async def show_readers(request: Request, notice_id: str, who: approver, after: int = 0) -> Response:
        notice = await desk.notices.queries.find(notice_id)
        numbers = await desk.readers.acknowledgements(notice_id)
        page, following = await desk.readers.readers(notice_id, after)
        return frame.page(
            request,
            "readers.html",
            session=who,
            notice=notice,
            numbers=numbers,
            readers=sorted(page, key=lambda reader: reader.acked_at is not None),
            following=following,
        )

    @router.get("/{notice_id}/readers.csv")
    async def export_readers(notice_id: str, _: approver) -> Response:
        await desk.notices.queries.find(notice_id)
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="readers-{notice_id}.csv"'}
        return StreamingResponse(as_csv(desk.readers, notice_id), media_type="text/csv; charset=utf-8", headers=headers)

    @router.get("/{notice_id}/events")
    async def stream_counts(notice_id: str, _: member) -> Response:
        await desk.notices.queries.find(notice_id)
        headers = {**HEADERS, "X-Accel-Buffering": "no"}
        return StreamingResponse(_events(live, notice_id), media_type="text/event-stream", headers=headers)

    return router


async def _events(live: LiveCounts, notice_id: str) -> AsyncIterator[bytes]:
    sent = 0
    async for status in live.watch(notice_id):
        sent += 1
        yield b": nothing new\n\n" if status is None else b"data: " + orjson.dumps(live_of(status)) + b"\n\n"
        if sent >= _EVENTS_AT_MOST:
            return


def addresses_pages(frame: Frame, desk: NoticeDesk, access: Access) -> APIRouter:
    """A member's own addresses, for test sends."""
    router = APIRouter(prefix="/console/addresses", include_in_schema=False, route_class=frame.route_class())
    member = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]

    async def page(request: Request, who: StaffSession, fault: str = "") -> Response:
        return frame.page(
            request,
            "addresses.html",
            session=who,
            status_code=422 if fault else 200,
            linked=await desk.test_sends.linked(who.staff),
            fault=fault,
        )

    @router.get("")
    async def show_addresses(request: Request, who: member) -> Response:
        return await page(request, who)

    @router.post("")
    async def link_address(request: Request, who: member) -> Response:
        try:
            await desk.test_sends.link(str((await request.form()).get("code", "")), by=who.staff)
        except InvalidInputError as error:
            return await page(request, who, frame.texts.fault(error.faults[0], language_of(request)))
        return frame.go("/console/addresses")

    @router.post("/{address_id}/unlink")
    async def unlink_address(address_id: str, who: member) -> Response:
        await desk.test_sends.unlink(address_id, by=who.staff)
        return frame.go("/console/addresses")

    return router
