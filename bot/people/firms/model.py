"""Values of firms: rights, members, invitations, mandates, and their lives. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.people.firms.lives_model import InvitationKind, MandateState, RecoveryState

EVERY = "*"
"""In the place of a declaration number: every declaration, and all that has none."""

INVITATION_LIFE = timedelta(days=7)
ADMIN_CODE_LIFE = timedelta(days=3)
MANDATE_MOST = timedelta(days=3 * 366)
"""The longest mandate that is taken: longer ones are forgotten. A bound of ours."""
LABEL_MOST = 60
DECLARATIONS_MOST = 200


class Right(StrEnum):
    """What somebody may do for a firm."""

    SHIPMENTS = "shipments"
    BOOKING = "booking"
    LABELS = "labels"
    ORIGIN = "origin"
    PERMITS = "permits"
    COMPLAINTS = "complaints"
    MEMBERS = "members"


MANDATE_RIGHTS = frozenset(Right) - {Right.MEMBERS}
"""What a broker can be given. Who belongs to a firm stays its own affair."""

Grants = Mapping[Right, frozenset[str] | None]
"""Rights, each with the declarations to which it is limited; None: no limit."""


@dataclass(frozen=True)
class Firm:
    """A firm for which somebody may act in one function.

    declarations: to which the right is limited; None: no limit. broker_id: the firm whose mandate gives it, None for the
    firm's own people. until: when it ends by itself; None: it does not.
    """

    id: str
    name: str
    credit_code: str
    declarations: frozenset[str] | None = None
    broker_id: str | None = None
    until: datetime | None = None

    def covers(self, declaration_no: str | None) -> bool:
        """Whether the right reaches this declaration; None: something that belongs to none."""
        return self.declarations is None or declaration_no in self.declarations


def joined(first: frozenset[str] | None, second: frozenset[str] | None) -> frozenset[str] | None:
    """What two grants allow together."""
    return None if first is None or second is None else first | second


def common(first: frozenset[str] | None, second: frozenset[str] | None) -> frozenset[str] | None:
    """What two limits leave."""
    if first is None:
        return second
    return first if second is None else first & second


def grants_of(rows: Iterable[tuple[str, str]]) -> dict[Right, frozenset[str] | None]:
    """Grants from (right, declaration number or EVERY)."""
    found: dict[Right, frozenset[str] | None] = {}
    for name, declaration_no in rows:
        right = Right(name)
        one = None if declaration_no == EVERY else frozenset({declaration_no})
        found[right] = joined(found[right], one) if right in found else one
    return found


def rows_of(grants: Grants) -> list[tuple[Right, str]]:
    """The opposite of `grants_of`, in a fixed order."""
    found: list[tuple[Right, str]] = []
    for right in Right:
        if right in grants:
            limit = grants[right]
            found += [(right, number) for number in ([EVERY] if limit is None else sorted(limit))]
    return found


def within(grants: Grants, own: Grants) -> bool:
    """Whether somebody with `own` may hand these on: nobody gives what they do not have."""
    return all(
        right in own and (own[right] is None or (limit is not None and limit <= (own[right] or frozenset())))
        for right, limit in grants.items()
    )


EVERYTHING: Grants = dict.fromkeys(Right)
"""What an admin has."""


@dataclass(frozen=True)
class Member:
    """Somebody in a firm. label: by which the firm's people know them; grants: what they may do, everything for an admin."""

    id: str
    person_id: str
    label: str
    admin: bool
    grants: Grants
    joined_at: datetime

    @property
    def manages(self) -> bool:
        """Whether they may invite and take out."""
        return Right.MEMBERS in self.grants


@dataclass(frozen=True)
class Membership:
    """What a person is in a firm."""

    firm: Firm
    member: Member


@dataclass(frozen=True)
class Invitation:
    """A one-time code for joining. code: as it is shown, once and to its maker alone; None when it is only listed."""

    id: str
    firm: Firm
    kind: InvitationKind
    label: str
    grants: Grants
    expires_at: datetime
    code: str | None = None


@dataclass(frozen=True)
class Mandate:
    """A broker acts for a client from valid_from on, before valid_until."""

    id: str
    client: Firm
    broker: Firm
    state: MandateState
    valid_from: datetime
    valid_until: datetime
    grants: Grants


@dataclass(frozen=True)
class Recovery:
    """A firm without admins gets a new one. requested_by, decided_by: names of staff."""

    id: str
    firm: Firm
    state: RecoveryState
    reason: str
    label: str
    replaces: bool
    requested_by: str
    requested_at: datetime
    decided_by: str | None


@dataclass(frozen=True)
class News:
    """Something that a firm's people are told. what: a sentence of texts.yaml; values: what fills it.

    to: persons; firm_id: all who manage the firm's members. At least one of both.
    """

    what: str
    values: Mapping[str, str]
    to: tuple[str, ...] = ()
    firm_id: str | None = None
