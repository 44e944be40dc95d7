"""What the desk's HTTP API takes and gives."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.channels.model import Language, Reply
from bot.handoff.model import REASON_MAX_CHARS, TEXT_MAX_CHARS, Case, CaseState, ClosedBy, DutyKind, OpenedBy, Side
from bot.handoff.roster import TeamForm
from bot.handoff.sight import CaseView, Queued


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class HandoffWish(BaseModel):
    """A person is wanted. team: None: which office is asked, or chosen by what was talked of."""

    model_config = _example(language="zh-Hans", team="customs", why="asked")

    language: Language
    team: str | None = Field(None, max_length=32, pattern=r"^[a-z][a-z0-9_]*$")
    why: OpenedBy = OpenedBy.ASKED


class HandoffReplies(BaseModel):
    """What the person is told, in order."""

    replies: list[Reply]


class PersonSaid(BaseModel):
    """What a person says to whoever has their case."""

    model_config = _example(text="我的货被布控查验了，要等多久？", language="zh-Hans")

    text: str = Field(min_length=1, max_length=TEXT_MAX_CHARS)
    language: Language


class OwnCase(BaseModel):
    """A case as its person sees it."""

    number: str = Field(examples=["H12"])
    state: CaseState
    team: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: ClosedBy | None


class CasePublic(BaseModel):
    """A line of the desk. owner: name of whoever is responsible; place: in the queue while it waits."""

    number: int
    state: CaseState
    team: str
    passed_to: str | None
    owner: str | None
    language: Language
    channel: str
    opened_by: OpenedBy
    urgent: bool
    topic: str | None
    opened_at: datetime
    waiting_since: datetime | None
    place: int | None
    last: str


class SaidPublic(BaseModel):
    """One message. author: name of the member of staff; None: the person, or the desk itself."""

    seq: int
    side: Side
    author: str | None
    text: str
    entry: str | None
    files: list[str]
    at: datetime


class StepPublic(BaseModel):
    """One step of a case's history."""

    from_state: str | None
    to_state: str
    actor: str
    why: str | None
    at: datetime
    detail: dict[str, Any]


class CaseWhole(BaseModel):
    """A case with all that was said. history: the talk before, only when the person agreed to show it."""

    case: CasePublic
    history: list[dict[str, str]]
    shows_history: bool | None
    messages: list[SaidPublic]
    steps: list[StepPublic]


class AnswerCreate(BaseModel):
    """Exactly one: words, a text of the desk's own by its shortcut, or an entry with its source and date."""

    model_config = _example(text="请带上合同和装箱单到查验现场。")

    text: str | None = Field(None, min_length=1, max_length=TEXT_MAX_CHARS)
    canned: str | None = Field(None, max_length=24)
    entry: str | None = Field(None, max_length=48)


class PassCreate(BaseModel):
    """Offer a case to another team. reason: words, or one of not_ours, other_port, joint, language."""

    model_config = _example(to_team="border_inspection", reason="not_ours")

    to_team: str = Field(max_length=32)
    reason: str = Field(min_length=1, max_length=REASON_MAX_CHARS)


class ReasonGiven(BaseModel):
    """Why."""

    model_config = _example(reason="other_port")

    reason: str = Field(min_length=1, max_length=REASON_MAX_CHARS)


class TeamPut(BaseModel):
    """A team. Hours: `09:00-12:00, 14:00-17:00`, empty: closed; special: by day."""

    model_config = _example(
        function="customs",
        names={"zh-Hans": "海关", "zh-Hant": "海關", "en": "Customs"},
        titles={"zh-Hans": "海关业务岗", "zh-Hant": "海關業務崗", "en": "Customs officer"},
        hours_working="09:00-12:00, 14:00-17:00",
        hours_rest="",
        hours_special={"2026-12-31": "09:00-12:00"},
    )

    function: str = Field(max_length=24)
    port: str | None = Field(None, max_length=64)
    names: dict[Language, str]
    titles: dict[Language, str]
    hours_working: str = Field(max_length=200)
    hours_rest: str = Field("", max_length=200)
    hours_special: dict[str, str] = Field(default_factory=dict)
    untaken_minutes: int = 10
    silent_minutes: int = 30
    idle_minutes: int = 240
    rank: int = Field(9, ge=0, le=999)

    def form(self, team_id: str) -> TeamForm:
        """The same for the service."""
        return TeamForm(id=team_id, **self.model_dump())


class MemberPut(BaseModel):
    """shown_as: what people see beside the team's title; None: nothing."""

    model_config = _example(shown_as="王")

    shown_as: str | None = Field(None, max_length=60)


class DutyCreate(BaseModel):
    """Somebody stands by. name: their account. team: None: for all."""

    model_config = _example(
        kind="director", name="admin", team=None, starts_at="2026-11-22T10:00:00Z", ends_at="2026-11-23T01:00:00Z"
    )

    kind: DutyKind
    name: str = Field(max_length=80)
    team: str | None = Field(None, max_length=32)
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class CannedPut(BaseModel):
    """A text of the desk's own."""

    model_config = _example(texts={"zh-Hans": "请稍等。", "zh-Hant": "請稍等。", "en": "One moment, please."})

    texts: dict[Language, str]


def own_case(case: Case) -> OwnCase:
    """A case for its person."""
    return OwnCase(
        number=case.name,
        state=case.state,
        team=case.team_id,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        closed_by=case.closed_by,
    )


def case_public(line: Queued) -> CasePublic:
    """A line of the desk."""
    return _public(line.case, line.owner, line.place, line.last)


def case_whole(view: CaseView) -> CaseWhole:
    """A case with all that was said."""
    return CaseWhole(
        case=_public(view.case, view.owner, None, ""),
        history=[dict(line) for line in view.case.history],
        shows_history=view.case.shows_history,
        messages=[
            SaidPublic(
                seq=one.seq,
                side=one.side,
                author=view.authors.get(one.staff_id or ""),
                text=one.text,
                entry=one.entry,
                files=list(one.files),
                at=one.at,
            )
            for one in view.messages
        ],
        steps=[
            StepPublic(**{name: step[name] for name in ("from_state", "to_state", "actor", "why", "at", "detail")})
            for step in view.steps
        ],
    )


def _public(case: Case, owner: str | None, place: int | None, last: str) -> CasePublic:
    return CasePublic(
        number=case.number,
        state=case.state,
        team=case.team_id,
        passed_to=case.passed_to,
        owner=owner,
        language=case.language,
        channel=case.channel,
        opened_by=case.opened_by,
        urgent=case.urgent,
        topic=case.topic,
        opened_at=case.opened_at,
        waiting_since=case.waiting_since,
        place=place,
        last=last,
    )
