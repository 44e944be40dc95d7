"""Pages of the console: teams, hours, members, duty and canned texts of the desk."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from bot.channels.model import LANGUAGES, Language
from bot.console.frame import Frame, language_of, reading_language
from bot.errors import Fault, InvalidInputError, NotFoundError
from bot.handoff.hours import spans_text
from bot.handoff.model import Function
from bot.handoff.roster import RosterService, TeamForm
from bot.people.access import Access
from bot.people.model import Role, StaffSession

SETUP = "/console/desk/setup"


def desk_setup_pages(frame: Frame, roster: RosterService, access: Access) -> APIRouter:
    """One page, for administrators: who sits at the desk, and when."""
    router = APIRouter(prefix=SETUP, include_in_schema=False, route_class=frame.route_class())
    admin = Annotated[StaffSession, Depends(access.staff(Role.ADMIN))]

    async def page(request: Request, who: StaffSession, wrong: list[str] | None = None) -> Response:
        teams = await roster.teams()
        return frame.page(
            request,
            "desk_setup.html",
            session=who,
            status_code=422 if wrong else 200,
            teams=[(team, _typed(team)) for team in teams.values()],
            members=await roster.members(),
            duties=await roster.duties(),
            canned=await roster.canned(),
            accounts=await roster.accounts(),
            functions=list(Function),
            languages=LANGUAGES,
            reading=reading_language(request),
            wrong=wrong or [],
        )

    @router.get("")
    async def show_setup(request: Request, who: admin) -> Response:
        return await page(request, who)

    @router.post("/{act}")
    async def change_setup(request: Request, act: str, who: admin) -> Response:
        fields = {name: str(value).strip() for name, value in (await request.form()).items()}
        try:
            await _change(roster, frame, act, fields, who)
        except InvalidInputError as error:
            wrong = [f"{fault.where}: {frame.texts.fault(fault, language_of(request))}" for fault in error.faults]
            return await page(request, who, wrong)
        return frame.go(SETUP)

    return router


async def _change(roster: RosterService, frame: Frame, act: str, fields: Mapping[str, str], who: StaffSession) -> None:
    by, get = who.staff, fields.get
    match act:
        case "team":
            await roster.save_team(_team(fields), by=by)
        case "team-off":
            await roster.drop_team(get("team", ""), by=by)
        case "member":
            await roster.put_member(get("team", ""), get("name", ""), get("shown_as"), by=by)
        case "member-off":
            await roster.drop_member(get("team", ""), get("staff", ""), by=by)
        case "duty":
            starts_at, ends_at = (_moment(frame, fields, where) for where in ("starts_at", "ends_at"))
            await roster.add_duty(get("kind", ""), get("team") or None, get("name", ""), starts_at, ends_at, by=by)
        case "duty-off":
            await roster.drop_duty(get("duty", ""), by=by)
        case "canned":
            texts: dict[Language, str] = {language: get(f"text-{language}", "") for language in LANGUAGES}
            await roster.save_canned(get("shortcut", ""), texts, by=by)
        case "canned-off":
            await roster.drop_canned(get("shortcut", ""), by=by)
        case _:
            raise NotFoundError("page")


def _typed(team: Any) -> dict[str, str]:
    return {
        "working": spans_text(team.hours.working),
        "rest": spans_text(team.hours.rest),
        "special": "\n".join(f"{day} {spans_text(spans)}".strip() for day, spans in sorted(team.hours.special.items())),
    }


def _team(fields: Mapping[str, str]) -> TeamForm:
    lines = (line.partition(" ") for line in fields.get("special", "").splitlines())
    special = {day: rest.strip() for day, _, rest in lines if day}
    return TeamForm(
        id=fields.get("team", ""),
        function=fields.get("function", ""),
        port=fields.get("port") or None,
        names={language: fields.get(f"name-{language}", "") for language in LANGUAGES},
        titles={language: fields.get(f"title-{language}", "") for language in LANGUAGES},
        hours_working=fields.get("working", ""),
        hours_rest=fields.get("rest", ""),
        hours_special=special,
        untaken_minutes=_number(fields, "untaken_minutes"),
        silent_minutes=_number(fields, "silent_minutes"),
        idle_minutes=_number(fields, "idle_minutes"),
        rank=_number(fields, "rank"),
    )


def _number(fields: Mapping[str, str], where: str) -> int:
    typed = fields.get(where, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 7 else 0


def _moment(frame: Frame, fields: Mapping[str, str], where: str) -> datetime:
    try:
        return datetime.fromisoformat(fields.get(where, "")).replace(tzinfo=frame.zone)
    except ValueError as error:
        raise InvalidInputError([Fault(where, "format", "A day and an hour.")]) from error
