"""How notices look in the console: what may be done, what is live, the pages themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response

from bot.channels.model import LANGUAGES, Language
from bot.console.frame import Frame, reading_language
from bot.console.notice_desk import NoticeDesk
from bot.console.notice_forms import NoticeForm
from bot.delivery.model import DELIVERY_FINAL, DeliveryState
from bot.errors import Fault
from bot.notices.changes.model import Change, ChangeState
from bot.notices.extras import part_kinds
from bot.notices.model import BODY_MAX_CHARS, PUBLISHED, TITLE_MAX_CHARS, Notice, NoticeState
from bot.notices.queries import NoticeStatus
from bot.people.model import Role, StaffMember, StaffSession

BEFORE_SENDING = frozenset({NoticeState.DRAFT, NoticeState.SUBMITTED, NoticeState.APPROVED, NoticeState.SCHEDULED})


def acts_for(notice: Notice, who: StaffMember) -> list[str]:
    """What this person may do with a notice now, in the order in which it is offered."""
    own, approver = notice.author_id == who.id, who.role.may_act_as(Role.APPROVER)
    match notice.state:
        case NoticeState.DRAFT:
            acts = ["submit", "edit"] if own else []
        case NoticeState.SUBMITTED if own:
            acts = ["take_back"]
        case NoticeState.SUBMITTED:
            acts = ["approve", "return"] if approver else []
        case NoticeState.APPROVED:
            acts = ["send", "schedule"]
        case NoticeState.SCHEDULED:
            acts = ["reschedule", "send"]
        case _:
            acts = []
    if notice.state in PUBLISHED:
        acts += ["correct", "supersede"]
    if (own or approver) and (notice.state in BEFORE_SENDING or notice.state in PUBLISHED):
        acts.append("discard" if notice.state in BEFORE_SENDING else "recall")
    if (own or approver) and notice.sent_at and notice.state is not NoticeState.WITHDRAWN:
        acts.append("withdraw")
    return acts


def decisions_for(change: Change, who: StaffMember) -> list[str]:
    """How this person may decide a change now."""
    own, approver = change.author_id == who.id, who.role.may_act_as(Role.APPROVER)
    if change.state is not ChangeState.PROPOSED:
        return []
    return (["approve"] if approver and not own else []) + (["drop"] if own or approver else [])


def live_of(status: NoticeStatus) -> dict[str, Any]:
    """What the page's script refreshes. done: deliveries with an outcome; live: there is more to come."""
    counts = {state: status.progress.counts.get(state, 0) for state in DeliveryState}
    done = sum(counts[state] for state in DELIVERY_FINAL)
    return {
        "state": status.notice.state,
        "counts": counts,
        "done": done,
        "total": max(status.audience, status.progress.total),
        "resolved": status.progress.resolved,
        "live": status.notice.state in (NoticeState.SENDING, NoticeState.SCHEDULED) or status.progress.total > done,
    }


class NoticeViews:
    """Renders the list, the form, and the page of one notice."""

    def __init__(self, frame: Frame, desk: NoticeDesk) -> None:
        self._frame = frame
        self._desk = desk
        self._service = desk.notices
        self._queries = desk.notices.queries

    async def list_page(self, request: Request, who: StaffSession) -> Response:
        """All notices with state and counts."""
        language = reading_language(request)
        topic_name = self._service.texts.topic_name
        listed = [
            (status, self._title(status.notice, language), topic_name(status.notice.content.topic, language))
            for status in await self._queries.newest()
        ]
        return self._frame.page(request, "notices.html", session=who, listed=listed, before_sending=BEFORE_SENDING)

    def form_page(
        self, request: Request, who: StaffSession, form: NoticeForm, notice: Notice | None, faults: Mapping[str, Fault]
    ) -> Response:
        """The form with what was typed, and all that is wrong beside the fields. notice: the draft that is edited."""
        language = reading_language(request)
        return self._frame.page(
            request,
            "notice_form.html",
            session=who,
            status_code=422 if faults else 200,
            faults=faults,
            form=form,
            notice=notice,
            topics=[(topic, self._service.texts.topic_name(topic, language)) for topic in self._service.topics],
            languages=LANGUAGES,
            part_kinds=", ".join(part_kinds()),
            title_max=TITLE_MAX_CHARS,
            body_max=BODY_MAX_CHARS,
        )

    async def notice_page(
        self,
        request: Request,
        who: StaffSession,
        notice_id: str,
        *,
        said: str = "",
        wrong: str = "",
        faults: Mapping[str, Fault] | None = None,
        at: str = "",
        status_code: int = 200,
    ) -> Response:
        """One notice. said: what was just done; wrong: why it was not; at: the time typed into the schedule form."""
        status = await self._queries.status(notice_id)
        notice, language = status.notice, reading_language(request)
        return self._frame.page(
            request,
            "notice.html",
            session=who,
            status_code=status_code,
            faults=faults,
            notice=notice,
            topic=self._service.texts.topic_name(notice.content.topic, language),
            title=self._title(notice, language),
            preview=await self._queries.preview(notice_id),
            changes=[
                (change, decisions_for(change.change, who.staff))
                for change in await self._desk.changes.of_notice(notice_id)
            ],
            numbers=await self._desk.readers.acknowledgements(notice_id) if notice.content.extras.needs_ack else None,
            linked=await self._desk.test_sends.linked(who.staff),
            may_approve=who.staff.role.may_act_as(Role.APPROVER),
            live=live_of(status),
            acts=acts_for(notice, who.staff),
            own=notice.author_id == who.staff.id,
            approvers=await self._queries.approvers_for(notice),
            before_sending=notice.state in BEFORE_SENDING,
            said=said,
            wrong=wrong,
            at=at,
        )

    def _title(self, notice: Notice, language: Language) -> str:
        """The title as its readers get it."""
        return self._service.texts.filled(notice.content, language).title
