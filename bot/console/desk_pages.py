"""Pages of the console: the desk's queue, and a case with its talk, as they change."""

import secrets
from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from bot.console.frame import HEADERS, Frame, language_of, reading_language
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.files.serving import file_response
from bot.handoff.desk import Desk
from bot.handoff.live import LiveDesk
from bot.handoff.model import CaseState
from bot.handoff.passing import Passing
from bot.people.access import Access
from bot.people.model import Role, StaffSession

DESK = "/console/desk"
REASONS = ("not_ours", "other_port", "joint", "language")
_EVENTS_AT_MOST = 600  # then the browser asks again, and is asked who it is
_FOUND_SHOWN = 12


def desk_pages(frame: Frame, desk: Desk, passing: Passing, live: LiveDesk, access: Access) -> APIRouter:
    """The queue, a case, what can be done with it, and the stream that tells pages to look again."""
    router = APIRouter(prefix=DESK, include_in_schema=False, route_class=frame.route_class())
    member = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]

    @router.get("")
    async def show_queue(request: Request, who: member) -> Response:
        queued = await desk.sight.queue(who.staff)
        return frame.page(
            request,
            "desk.html",
            session=who,
            mine=[one for one in queued if one.case.owner_id == who.staff.id],
            waiting=[one for one in queued if one.case.state is CaseState.WAITING],
            others=[
                one for one in queued if one.case.owner_id not in {None, who.staff.id} and one.case.state != "waiting"
            ],
            reading=reading_language(request),
        )

    @router.get("/events")
    async def stream_changes(_: member) -> Response:
        return StreamingResponse(
            _events(live), media_type="text/event-stream", headers={**HEADERS, "X-Accel-Buffering": "no"}
        )

    async def case_page(
        request: Request, who: StaffSession, number: int, *, typed: str = "", wrong: str = "", status: int = 200
    ) -> Response:
        view = await desk.sight.view(number, who.staff)
        reading = reading_language(request)
        words = request.query_params.get("find", "")
        return frame.page(
            request,
            "desk_case.html",
            session=who,
            status_code=status,
            view=view,
            about=desk.parts.teller.about(view.case, reading),
            reason=desk.parts.teller.reason(view.case.pass_reason, reading),
            teams=list((await desk.parts.roster.teams()).values()),
            canned=await desk.parts.roster.canned(),
            find=words,
            found=desk.entries.find(words, reading, _FOUND_SHOWN) if words else [],
            reasons=[(name, desk.words.say(f"reason_{name}", reading)) for name in REASONS],
            reading=reading,
            typed=typed,
            wrong=wrong,
            once=secrets.token_hex(12),
        )

    @router.get("/{number:int}")
    async def show_case(request: Request, number: int, who: member) -> Response:
        return await case_page(request, who, number)

    @router.get("/{number:int}/files/{file_id}")
    async def fetch_file(number: int, file_id: str, who: member) -> Response:
        return file_response(await desk.sight.file(number, file_id, who.staff))

    @router.post("/{number:int}/{act}")
    async def act_on_case(request: Request, number: int, act: str, who: member) -> Response:
        fields = {name: str(value) for name, value in (await request.form()).items()}
        try:
            await _act(desk, passing, number, act, fields, who)
        except ConflictError as error:
            said = frame.texts.say("desk.conflict", language_of(request), state=error.state)
            return await case_page(request, who, number, typed=fields.get("text", ""), wrong=said, status=409)
        except InvalidInputError:
            said = frame.texts.say(f"desk.wrong_{act}", language_of(request))
            return await case_page(request, who, number, typed=fields.get("text", ""), wrong=said, status=422)
        return frame.go(DESK if act == "close" else f"{DESK}/{number}")

    return router


async def _act(desk: Desk, passing: Passing, number: int, act: str, fields: dict[str, str], who: StaffSession) -> None:
    match act:
        case "take":
            await desk.take(number, who.staff)
        case "answer":
            # The form's own number: the same form sent twice is said once.
            ref = f"form:{who.staff.id[:8]}:{fields['once'][:40]}" if fields.get("once") else None
            await desk.answer(number, fields.get("text", ""), who.staff, ref=ref)
        case "canned":
            await desk.answer_canned(number, fields.get("shortcut", ""), who.staff)
        case "entry":
            await desk.answer_entry(number, fields.get("entry", ""), who.staff)
        case "pass":
            reason = fields.get("words", "").strip() or fields.get("reason", "")
            await passing.pass_on(number, fields.get("to_team", ""), reason, who.staff)
        case "accept":
            await passing.accept(number, who.staff)
        case "return":
            await passing.give_back(number, fields.get("words", "").strip() or fields.get("reason", ""), who.staff)
        case "close":
            await desk.close(number, who.staff)
        case _:
            raise NotFoundError("page")


async def _events(live: LiveDesk) -> AsyncIterator[bytes]:
    sent = 0
    async for mark in live.watch():
        sent += 1
        yield b": nothing new\n\n" if mark is None else b"data: " + orjson.dumps({"mark": mark}) + b"\n\n"
        if sent >= _EVENTS_AT_MOST:
            return
