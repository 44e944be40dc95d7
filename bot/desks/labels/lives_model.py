"""The lives of events, goods lists and labels, and who may take which step. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bot.states import Machine


class EventState(StrEnum):
    """Where an event stands."""

    APPLIED = "applied"
    APPROVED = "approved"
    REFUSED = "refused"
    CLOSED = "closed"


EVENT = Machine(
    name="expo_event",
    table="expo_events",
    start=frozenset({EventState.APPLIED}),
    transitions={
        EventState.APPLIED: frozenset({EventState.APPROVED, EventState.REFUSED}),
        EventState.APPROVED: frozenset({EventState.CLOSED}),
        EventState.REFUSED: frozenset(),
        EventState.CLOSED: frozenset(),
    },
    meaning={
        EventState.APPLIED: "The organiser has entered it; staff decide whether labels are issued for it.",
        EventState.APPROVED: "Exhibitors may register and send their goods lists.",
        EventState.REFUSED: "No labels are issued for it; the reasons were told.",
        EventState.CLOSED: "Every label of it has come to its end; nothing more is issued.",
    },
)


class ApplicationState(StrEnum):
    """Where a goods list stands."""

    DRAFT = "draft"
    APPLIED = "applied"
    RETURNED = "returned"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


APPLICATION = Machine(
    name="label_application",
    table="label_applications",
    start=frozenset({ApplicationState.DRAFT}),
    transitions={
        ApplicationState.DRAFT: frozenset({ApplicationState.APPLIED, ApplicationState.WITHDRAWN}),
        ApplicationState.APPLIED: frozenset(
            {
                ApplicationState.RETURNED,
                ApplicationState.APPROVED,
                ApplicationState.REFUSED,
                ApplicationState.WITHDRAWN,
            }
        ),
        ApplicationState.RETURNED: frozenset({ApplicationState.APPLIED, ApplicationState.WITHDRAWN}),
        ApplicationState.APPROVED: frozenset(),
        ApplicationState.REFUSED: frozenset(),
        ApplicationState.WITHDRAWN: frozenset(),
    },
    meaning={
        ApplicationState.DRAFT: "The exhibitor is filling the goods list; nobody else works on it.",
        ApplicationState.APPLIED: "It was sent; staff look at it.",
        ApplicationState.RETURNED: "Something is missing; everything missing was told at one time, and it can be sent again.",
        ApplicationState.APPROVED: "Its labels are issued.",
        ApplicationState.REFUSED: "No labels are issued for it; all reasons were told.",
        ApplicationState.WITHDRAWN: "The exhibitor has taken it back.",
    },
)

OPEN_TO_CHANGE = frozenset({ApplicationState.DRAFT, ApplicationState.RETURNED})


class LabelState(StrEnum):
    """The latest that happened to a goods line and its label."""

    APPLIED = "applied"
    ISSUED = "issued"
    AFFIXED = "affixed"
    RELEASED = "released"
    INSPECTED = "inspected"
    RE_EXPORTED = "re_exported"
    CONSUMED = "consumed"
    DESTROYED = "destroyed"
    SOLD = "sold"
    CLOSED = "closed"
    REFUSED = "refused"
    REVOKED = "revoked"


FATES = (LabelState.RE_EXPORTED, LabelState.CONSUMED, LabelState.DESTROYED, LabelState.SOLD)
"""What may become of goods after their inspection. A line may meet several, part by part."""

_AFTER_A_FATE = frozenset({*FATES, LabelState.CLOSED})

LABEL = Machine(
    name="expo_label",
    table="expo_labels",
    start=frozenset({LabelState.APPLIED}),
    transitions={
        LabelState.APPLIED: frozenset({LabelState.ISSUED, LabelState.REFUSED}),
        LabelState.ISSUED: frozenset({LabelState.AFFIXED, LabelState.REVOKED}),
        LabelState.AFFIXED: frozenset({LabelState.RELEASED, LabelState.REVOKED}),
        LabelState.RELEASED: frozenset({LabelState.INSPECTED}),
        LabelState.INSPECTED: frozenset(FATES),
        **dict.fromkeys(FATES, _AFTER_A_FATE),
        LabelState.CLOSED: frozenset(),
        LabelState.REFUSED: frozenset(),
        LabelState.REVOKED: frozenset(),
    },
    meaning={
        LabelState.APPLIED: "The line stands in a goods list; no label is issued yet.",
        LabelState.ISSUED: "The label has its serial number and can be printed.",
        LabelState.AFFIXED: "The exhibitor has put it on the packages.",
        LabelState.RELEASED: "The port has let the goods go to the venue; the term of six months runs.",
        LabelState.INSPECTED: "The goods were unpacked and inspected at the venue.",
        LabelState.RE_EXPORTED: "Goods of the line have left the country again.",
        LabelState.CONSUMED: "Goods of the line were used up at the show.",
        LabelState.DESTROYED: "Goods of the line were destroyed under supervision.",
        LabelState.SOLD: "Goods of the line were declared and sold.",
        LabelState.CLOSED: "Nothing of the line remains; all is accounted for.",
        LabelState.REFUSED: "No label is issued for the line.",
        LabelState.REVOKED: "The label holds no longer; who scans it is told so.",
    },
)

GONE = frozenset({LabelState.CLOSED, LabelState.REFUSED, LabelState.REVOKED})


class Party(StrEnum):
    """Who does a step."""

    FIRM = "firm"
    STAFF = "staff"


STEPS_OF: Mapping[LabelState, frozenset[Party]] = {
    LabelState.AFFIXED: frozenset({Party.FIRM, Party.STAFF}),
    LabelState.RELEASED: frozenset({Party.STAFF}),
    LabelState.INSPECTED: frozenset({Party.STAFF}),
    LabelState.CONSUMED: frozenset({Party.FIRM, Party.STAFF}),
    LabelState.RE_EXPORTED: frozenset({Party.STAFF}),
    LabelState.DESTROYED: frozenset({Party.STAFF}),
    LabelState.SOLD: frozenset({Party.STAFF}),
    LabelState.CLOSED: frozenset({Party.STAFF}),
    LabelState.REVOKED: frozenset({Party.STAFF}),
}
"""Which party may take a label into a state. Issuing and refusing is the decision on the whole list, and staff's alone."""
