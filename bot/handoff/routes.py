"""HTTP of the desk: a person's own case, the staff's queue and acts, and who sits there. Translation only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from bot.channels.model import Language
from bot.errors import Fault, InvalidInputError
from bot.files.serving import file_response
from bot.handoff.desk import Desk
from bot.handoff.passing import Passing
from bot.handoff.roster import RosterService
from bot.handoff.schemas import (
    AnswerCreate,
    CannedPut,
    CasePublic,
    CaseWhole,
    DutyCreate,
    HandoffReplies,
    HandoffWish,
    MemberPut,
    OwnCase,
    PassCreate,
    PersonSaid,
    ReasonGiven,
    TeamPut,
    case_public,
    case_whole,
    own_case,
)
from bot.handoff.service import HandoffService, HeardAs
from bot.people.access import Access
from bot.people.model import Person, Role, StaffSession
from bot.people.own import own_person
from bot.people.service import PeopleService, WebSessions

Number = Annotated[int, Path(ge=1, le=999_999_999, description="Of the case, without its H", examples=[12])]
TeamId = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{1,31}$", examples=["customs"])]
FileId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Key = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Conversation key, as Rasa's sender id")]


async def _ask(service: HandoffService, person: Person, wish: HandoffWish) -> HandoffReplies:
    if wish.team is None:
        return HandoffReplies(replies=await service.ask(person, wish.language, wish.why))
    return HandoffReplies(replies=await service.open(person, wish.language, wish.team, wish.why))


def person_router(service: HandoffService, people: PeopleService, sessions: WebSessions, access: Access) -> APIRouter:
    """A person's own case: from a web conversation, and from the action server in their place."""
    Own = Annotated[Person, Depends(own_person(people, sessions))]
    router = APIRouter(tags=["handoff"])

    @router.post("/v1/conversations/{key}/handoff", dependencies=[Depends(access.actions())])
    async def ask_in_talk(key: Key, wish: HandoffWish) -> HandoffReplies:
        """A conversation wants a person: which office, or where its case stands."""
        return await _ask(service, await people.private_person(key), wish)

    @router.post("/v1/me/handoff")
    async def ask_for_person(person: Own, wish: HandoffWish) -> HandoffReplies:
        """Ask for a person; with a team the case is opened at once."""
        return await _ask(service, person, wish)

    @router.get("/v1/me/handoff")
    async def read_own(person: Own, language: Language = "zh-Hans") -> HandoffReplies:
        """Where the case stands: who has it, or the place in the queue and the expected wait."""
        return HandoffReplies(replies=[await service.status(person, language)])

    @router.post("/v1/me/handoff/messages", status_code=202)
    async def say(person: Own, said: PersonSaid) -> HeardAs:
        """Say something to whoever has the case. It is kept before this is answered."""
        return await service.hear(person, said.text, None, said.language)

    @router.delete("/v1/me/handoff")
    async def leave(person: Own, language: Language = "zh-Hans") -> HandoffReplies:
        """End the case, or leave the queue; nothing open: no replies."""
        return HandoffReplies(replies=await service.leave(person, language) or [])

    @router.get("/v1/me/handoff/cases")
    async def list_own(person: Own) -> list[OwnCase]:
        """All cases, the newest first."""
        return [own_case(case) for case in await service.cases(person)]

    return router


def desk_router(desk: Desk, passing: Passing, access: Access) -> APIRouter:
    """What staff do with cases of their teams."""
    Member = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]
    router = APIRouter(prefix="/v1/handoff/cases", tags=["handoff"])

    @router.get("")
    async def list_cases(who: Member) -> list[CasePublic]:
        """The open cases of one's teams, in the order in which they should be looked at."""
        return [case_public(line) for line in await desk.sight.queue(who.staff)]

    @router.get("/{number}")
    async def read_case(number: Number, who: Member) -> CaseWhole:
        """A case with all that was said and done."""
        return case_whole(await desk.sight.view(number, who.staff))

    @router.get("/{number}/files/{file_id}", response_class=Response)
    async def fetch_file(number: Number, file_id: FileId, who: Member) -> Response:
        """A file that came in a case, as a download."""
        return file_response(await desk.sight.file(number, file_id, who.staff))

    @router.post("/{number}/take")
    async def take_case(number: Number, who: Member) -> CaseWhole:
        """Become responsible. Of two at once one wins; the other gets 409."""
        await desk.take(number, who.staff)
        return case_whole(await desk.sight.view(number, who.staff))

    @router.post("/{number}/answers", status_code=202)
    async def answer_case(number: Number, answer: AnswerCreate, who: Member) -> CaseWhole:
        """Say something to the person; kept before this is answered, handed on in order."""
        given = [name for name in ("text", "canned", "entry") if getattr(answer, name) is not None]
        if len(given) != 1:
            raise InvalidInputError([Fault("text", "one-of", "Exactly one of text, canned and entry is needed.")])
        if answer.text is not None:
            await desk.answer(number, answer.text, who.staff)
        elif answer.canned is not None:
            await desk.answer_canned(number, answer.canned, who.staff)
        else:
            await desk.answer_entry(number, answer.entry or "", who.staff)
        return case_whole(await desk.sight.view(number, who.staff))

    @router.post("/{number}/pass")
    async def pass_case(number: Number, wish: PassCreate, who: Member) -> CaseWhole:
        """Offer it to another team. The owner stays responsible until that team accepts."""
        await passing.pass_on(number, wish.to_team, wish.reason, who.staff)
        return case_whole(await desk.sight.view(number, who.staff))

    @router.post("/{number}/accept")
    async def accept_case(number: Number, who: Member) -> CaseWhole:
        """Take over what is offered to one's team."""
        await passing.accept(number, who.staff)
        return case_whole(await desk.sight.view(number, who.staff))

    @router.post("/{number}/return", status_code=204)
    async def return_case(number: Number, given: ReasonGiven, who: Member) -> None:
        """Send what is offered back to its owner, with a reason."""
        await passing.give_back(number, given.reason, who.staff)

    @router.post("/{number}/close", status_code=204)
    async def close_case(number: Number, who: Member) -> None:
        """End it; the bot is back."""
        await desk.close(number, who.staff)

    return router


def roster_router(roster: RosterService, access: Access) -> APIRouter:
    """Who sits at the desk, for administrators."""
    Admin = Annotated[StaffSession, Depends(access.staff(Role.ADMIN))]
    router = APIRouter(prefix="/v1/handoff", tags=["handoff"])

    @router.put("/teams/{team_id}", status_code=204)
    async def put_team(team_id: TeamId, team: TeamPut, who: Admin) -> None:
        """Keep a team, new or changed."""
        await roster.save_team(team.form(team_id), by=who.staff)

    @router.delete("/teams/{team_id}", status_code=204)
    async def drop_team(team_id: TeamId, who: Admin) -> None:
        """Take a team off the desk."""
        await roster.drop_team(team_id, by=who.staff)

    @router.put("/teams/{team_id}/members/{name}", status_code=204)
    async def put_member(team_id: TeamId, name: str, member: MemberPut, who: Admin) -> None:
        """Take somebody into a team."""
        await roster.put_member(team_id, name, member.shown_as, by=who.staff)

    @router.post("/duty", status_code=204)
    async def add_duty(duty: DutyCreate, who: Admin) -> None:
        """Put somebody on the roster."""
        await roster.add_duty(duty.kind, duty.team, duty.name, duty.starts_at, duty.ends_at, by=who.staff)

    @router.put("/canned/{shortcut}", status_code=204)
    async def put_canned(shortcut: str, canned: CannedPut, who: Admin) -> None:
        """Keep a text of the desk's own."""
        await roster.save_canned(shortcut, canned.texts, by=who.staff)

    @router.delete("/canned/{shortcut}", status_code=204)
    async def drop_canned(shortcut: str, who: Admin) -> None:
        """Take a text away."""
        await roster.drop_canned(shortcut, by=who.staff)

    return router
