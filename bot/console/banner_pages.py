"""Pages of the console: emergency banners."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from bot.channels.model import LANGUAGES
from bot.console.frame import Frame, language_of, reading_language
from bot.console.notice_desk import NoticeDesk
from bot.console.notice_forms import faults_by_field, typed_moment
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError, SelfApprovalError
from bot.notices.banners.model import TEXT_MAX_CHARS, Banner, BannerState
from bot.people.access import Access
from bot.people.model import Role, StaffMember, StaffSession

HOME = "/console/banners"


def acts_for(banner: Banner, who: StaffMember) -> list[str]:
    """What this person may do with a banner now."""
    own, approver = banner.author_id == who.id, who.role.may_act_as(Role.APPROVER)
    if banner.state is BannerState.PROPOSED:
        return (["approve"] if approver and not own else []) + (["drop"] if own or approver else [])
    return ["stop"] if banner.state in (BannerState.APPROVED, BannerState.LIVE) and (own or approver) else []


def banners_pages(frame: Frame, desk: NoticeDesk, access: Access) -> APIRouter:
    """The list with the form, and the acts."""
    router = APIRouter(prefix=HOME, include_in_schema=False, route_class=frame.route_class())
    member = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]
    topics = desk.notices.topics

    async def page(
        request: Request,
        who: StaffSession,
        form: Mapping[str, Any] | None = None,
        faults: Mapping[str, Fault] | None = None,
        wrong: str = "",
    ) -> Response:
        language = reading_language(request)
        banners = await desk.banners.newest()
        return frame.page(
            request,
            "banners.html",
            session=who,
            status_code=422 if faults else 409 if wrong else 200,
            faults=faults,
            form=form or {},
            wrong=wrong,
            listed=[(banner, banner.text_in(language), acts_for(banner, who.staff)) for banner in banners],
            topics=[(topic, desk.notices.texts.topic_name(topic, language)) for topic in topics],
            languages=LANGUAGES,
            text_max=TEXT_MAX_CHARS,
        )

    @router.get("")
    async def show_banners(request: Request, who: member) -> Response:
        return await page(request, who)

    @router.post("")
    async def propose_banner(request: Request, who: member) -> Response:
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        kind, _, target = form.get("audience", "").partition(":")
        try:
            await desk.banners.propose(
                {language: form.get(f"text-{language}", "") for language in LANGUAGES},
                _moment(form, "starts_at", frame),
                _moment(form, "ends_at", frame),
                (kind, target) if kind else None,
                by=who.staff,
                topics=topics,
            )
        except InvalidInputError as error:
            return await page(request, who, form, faults_by_field(error))
        return frame.go(HOME)

    @router.post("/{banner_id}/{act}")
    async def act_on_banner(request: Request, banner_id: str, act: str, who: member) -> Response:
        acts = {"approve": desk.banners.approve, "drop": desk.banners.drop, "stop": desk.banners.stop}
        if act not in acts:
            raise NotFoundError("act")
        try:
            await acts[act](banner_id, by=who.staff)
        except (ConflictError, SelfApprovalError) as error:
            return await page(request, who, wrong=frame.texts.say(f"error.{error.code}", language_of(request)))
        return frame.go(HOME)

    return router


def _moment(form: Mapping[str, str], name: str, frame: Frame) -> Any:
    try:
        return typed_moment(form.get(name, ""), frame.zone)
    except InvalidInputError as error:
        raise InvalidInputError([Fault(name, "at.format", "A date and a time are needed.")]) from error
