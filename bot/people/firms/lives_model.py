"""The lives of memberships, invitations, mandates and recoveries. Pure."""

from __future__ import annotations

from enum import StrEnum

from bot.states import Machine


class MemberState(StrEnum):
    """Where a membership stands."""

    ACTIVE = "active"
    LEFT = "left"
    REMOVED = "removed"


MEMBER = Machine(
    "firm_member",
    "firm_members",
    frozenset({MemberState.ACTIVE}),
    {
        # To itself: the rights changed.
        MemberState.ACTIVE: frozenset({MemberState.ACTIVE, MemberState.LEFT, MemberState.REMOVED}),
        MemberState.LEFT: frozenset(),
        MemberState.REMOVED: frozenset(),
    },
    {
        MemberState.ACTIVE: "Acts for the firm with the rights that are listed.",
        MemberState.LEFT: "Left by themselves; a new invitation is a new membership.",
        MemberState.REMOVED: "Was taken out by the firm, or by a recovery.",
    },
)


class InvitationKind(StrEnum):
    """What an invitation makes of the person who takes it."""

    FIRST_ADMIN = "first_admin"
    ADMIN = "admin"
    DELEGATE = "delegate"
    RECOVERY = "recovery"


class InvitationState(StrEnum):
    """Where an invitation stands."""

    OPEN = "open"
    USED = "used"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


INVITATION = Machine(
    "firm_invitation",
    "firm_invitations",
    frozenset({InvitationState.OPEN}),
    {
        InvitationState.OPEN: frozenset(
            {InvitationState.USED, InvitationState.WITHDRAWN, InvitationState.EXPIRED},
        ),
        InvitationState.USED: frozenset(),
        InvitationState.WITHDRAWN: frozenset(),
        InvitationState.EXPIRED: frozenset(),
    },
    {
        InvitationState.OPEN: "Its code lets one person join.",
        InvitationState.USED: "Somebody joined with it.",
        InvitationState.WITHDRAWN: "It was taken back, or another way made it needless.",
        InvitationState.EXPIRED: "Nobody joined in time.",
    },
)


class MandateState(StrEnum):
    """Where a broker's mandate stands."""

    OFFERED = "offered"
    ACTIVE = "active"
    DECLINED = "declined"
    REVOKED = "revoked"
    ENDED = "ended"


MANDATE = Machine(
    "mandate",
    "mandates",
    frozenset({MandateState.OFFERED}),
    {
        MandateState.OFFERED: frozenset(
            {MandateState.ACTIVE, MandateState.DECLINED, MandateState.REVOKED, MandateState.ENDED}
        ),
        MandateState.ACTIVE: frozenset({MandateState.REVOKED, MandateState.ENDED}),
        MandateState.DECLINED: frozenset(),
        MandateState.REVOKED: frozenset(),
        MandateState.ENDED: frozenset(),
    },
    {
        MandateState.OFFERED: "The client gave it; the broker has not taken it yet, and has no right from it.",
        MandateState.ACTIVE: "The broker acts for the client, from its first to its last moment.",
        MandateState.DECLINED: "The broker did not take it.",
        MandateState.REVOKED: "One of the two ended it at once.",
        MandateState.ENDED: "Its time is over.",
    },
)


class RecoveryState(StrEnum):
    """Where the recovery of a firm without admins stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    DONE = "done"
    LAPSED = "lapsed"


RECOVERY = Machine(
    "firm_recovery",
    "firm_recoveries",
    frozenset({RecoveryState.REQUESTED}),
    {
        RecoveryState.REQUESTED: frozenset({RecoveryState.APPROVED, RecoveryState.REFUSED, RecoveryState.LAPSED}),
        RecoveryState.APPROVED: frozenset({RecoveryState.DONE, RecoveryState.LAPSED}),
        RecoveryState.REFUSED: frozenset(),
        RecoveryState.DONE: frozenset(),
        RecoveryState.LAPSED: frozenset(),
    },
    {
        RecoveryState.REQUESTED: "A member of staff asked for it, with a reason; another one decides.",
        RecoveryState.APPROVED: "A one-time code was made for the new admin.",
        RecoveryState.REFUSED: "The second member of staff said no.",
        RecoveryState.DONE: "The new admin joined.",
        RecoveryState.LAPSED: "Nobody decided, or nobody used the code, in time.",
    },
)
