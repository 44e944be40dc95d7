"""Outside forms of firms, members, invitations, mandates, recoveries."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.people.firms.lives_model import InvitationKind, MandateState, RecoveryState
from bot.people.firms.model import Firm, Grants, Invitation, Mandate, Member, Recovery, Right

FirmId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="32 hex digits")]
_TEXT = r"^[^\x00-\x1f\x7f]*$"

RightsGiven = Annotated[
    dict[str, list[str] | None],
    Field(
        max_length=len(Right),
        description="Right → declaration numbers to which it is limited, or null for all.",
        examples=[{"shipments": ["531620261000123456"], "booking": None}],
    ),
]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class JoinCode(_Given):
    """A one-time code."""

    code: str = Field(min_length=1, max_length=40, examples=["7KQ2M-X9DPA"])


class InvitationCreate(_Given):
    """Whom to invite. rights: of no effect for an admin."""

    label: str = Field(
        max_length=200, pattern=_TEXT, examples=["何敏 报关部"], description="Who is meant, for the list"
    )
    admin: bool = False
    rights: RightsGiven = Field(default_factory=dict)


class RightsChange(_Given):
    """What a member may do from now on."""

    admin: bool = False
    rights: RightsGiven = Field(default_factory=dict)


class MandateCreate(_Given):
    """A mandate for a broker."""

    broker: str = Field(max_length=40, examples=["91350100M000100Y43"], description="The broker's credit code")
    rights: RightsGiven
    valid_from: AwareDatetime = Field(examples=["2026-12-01T00:00:00+08:00"])
    valid_until: AwareDatetime = Field(examples=["2027-12-01T00:00:00+08:00"], description="From here on: no right")


class AdminCodeCreate(_Given):
    """A firm's first admin, after a look at its papers."""

    credit_code: str = Field(max_length=40, examples=["91350100M000100Y43"])
    name: str = Field(max_length=400, pattern=_TEXT, examples=["深圳市某某进出口有限公司"])
    label: str = Field(max_length=200, pattern=_TEXT, examples=["林小姐"])


class OwnAdminCodeCreate(_Given):
    """A firm's first admin, invited by its own system."""

    label: str = Field(max_length=200, pattern=_TEXT, examples=["林小姐"])


class RecoveryCreate(_Given):
    """A new admin for a firm whose admins are gone. replaces: the former ones are taken out."""

    credit_code: str = Field(max_length=40, examples=["91350100M000100Y43"])
    label: str = Field(max_length=200, pattern=_TEXT, examples=["林小姐"])
    reason: str = Field(max_length=2000, examples=["管理员均已离职，营业执照原件与介绍信已核。"])
    replaces: bool = False


class RecoveryRefusal(_Given):
    """Why not."""

    why: str = Field("", max_length=500)


class FirmPublic(BaseModel):
    """A firm."""

    id: str
    name: str
    credit_code: str


class ActingPublic(FirmPublic):
    """A firm for which one may act. declarations: to which the right is limited, null: all."""

    declarations: list[str] | None
    broker_id: str | None = Field(description="The firm whose mandate gives it; null: one's own")
    until: datetime | None


class MemberPublic(BaseModel):
    """A member. rights: null for every declaration."""

    id: str
    label: str
    admin: bool
    rights: dict[Right, list[str] | None]
    joined_at: datetime


class MembershipPublic(BaseModel):
    """What one is in a firm."""

    firm: FirmPublic
    member: MemberPublic


class InvitationPublic(BaseModel):
    """An invitation. code, link, qr_svg: only when it is made."""

    id: str
    firm: FirmPublic
    kind: InvitationKind
    label: str
    rights: dict[Right, list[str] | None]
    expires_at: datetime
    code: str | None = None
    link: str | None = None
    qr_svg: str | None = None


class MandatePublic(BaseModel):
    """A mandate."""

    id: str
    client: FirmPublic
    broker: FirmPublic
    state: MandateState
    valid_from: datetime
    valid_until: datetime
    rights: dict[Right, list[str] | None]


class RecoveryPublic(BaseModel):
    """A recovery."""

    id: str
    firm: FirmPublic
    state: RecoveryState
    reason: str
    label: str
    replaces: bool
    requested_by: str
    requested_at: datetime
    decided_by: str | None


class FirmStaffView(BaseModel):
    """A firm as staff see it; the look is recorded."""

    firm: FirmPublic
    members: list[MemberPublic]
    recoveries: list[RecoveryPublic]


def firm_public(firm: Firm) -> FirmPublic:
    """As callers read it."""
    return FirmPublic(id=firm.id, name=firm.name, credit_code=firm.credit_code)


def rights_public(grants: Grants) -> dict[Right, list[str] | None]:
    """As callers read them."""
    return {right: None if (limit := grants[right]) is None else sorted(limit) for right in Right if right in grants}


def acting_public(firm: Firm) -> ActingPublic:
    """As callers read it."""
    return ActingPublic(
        **firm_public(firm).model_dump(),
        declarations=None if firm.declarations is None else sorted(firm.declarations),
        broker_id=firm.broker_id,
        until=firm.until,
    )


def member_public(member: Member) -> MemberPublic:
    """As callers read it: without who the person is."""
    return MemberPublic(
        id=member.id,
        label=member.label,
        admin=member.admin,
        rights=rights_public(member.grants),
        joined_at=member.joined_at,
    )


def invitation_public(one: Invitation, link: str | None = None, qr_svg: str | None = None) -> InvitationPublic:
    """As callers read it."""
    return InvitationPublic(
        id=one.id,
        firm=firm_public(one.firm),
        kind=one.kind,
        label=one.label,
        rights=rights_public(one.grants),
        expires_at=one.expires_at,
        code=one.code,
        link=link,
        qr_svg=qr_svg,
    )


def mandate_public(one: Mandate) -> MandatePublic:
    """As callers read it."""
    return MandatePublic(
        id=one.id,
        client=firm_public(one.client),
        broker=firm_public(one.broker),
        state=one.state,
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        rights=rights_public(one.grants),
    )


def recovery_public(one: Recovery) -> RecoveryPublic:
    """As callers read it."""
    return RecoveryPublic(
        id=one.id,
        firm=firm_public(one.firm),
        state=one.state,
        reason=one.reason,
        label=one.label,
        replaces=one.replaces,
        requested_by=one.requested_by,
        requested_at=one.requested_at,
        decided_by=one.decided_by,
    )
