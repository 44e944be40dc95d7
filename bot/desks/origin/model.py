"""Values of origin cases: states, the data sheet, validity, savings. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from bot.states import Machine
from knowledge.rules.calendar.working_days import DAY, add_months
from knowledge.rules.origin.agreements import Agreement

CENT = Decimal("0.01")
REMIND_DAYS = (60, 30, 7)
"""Before the end of a certificate's validity."""


class State(StrEnum):
    """Where a certificate stands."""

    PREPARING = "preparing"
    APPLIED = "applied"
    ISSUED = "issued"
    ISSUED_LATER = "issued_later"
    CORRECTING = "correcting"
    CORRECTED = "corrected"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


_HELD = frozenset({State.CORRECTING, State.EXPIRED})
MACHINE = Machine(
    name="origin_case",
    table="origin_cases",
    start=frozenset({State.PREPARING}),
    transitions={
        State.PREPARING: frozenset({State.APPLIED, State.WITHDRAWN}),
        State.APPLIED: frozenset({State.ISSUED, State.ISSUED_LATER, State.REFUSED, State.PREPARING, State.WITHDRAWN}),
        State.ISSUED: _HELD,
        State.ISSUED_LATER: _HELD,
        State.CORRECTING: frozenset({State.CORRECTED, State.REFUSED}),
        State.CORRECTED: _HELD,
        State.REFUSED: frozenset({State.PREPARING}),
        State.EXPIRED: frozenset(),
        State.WITHDRAWN: frozenset(),
    },
    meaning={
        State.PREPARING: "The data sheet is being filled in; nothing was sent to an issuing body.",
        State.APPLIED: "The firm applied in the Single Window or with CCPIT; sent back, it is prepared again.",
        State.ISSUED: "The certificate was issued before or at shipment.",
        State.ISSUED_LATER: "The certificate was issued retrospectively, after shipment.",
        State.CORRECTING: "A change of the issued certificate was applied for.",
        State.CORRECTED: "A new certificate took the place of the former one.",
        State.REFUSED: "The issuing body refused; it can be prepared anew.",
        State.EXPIRED: "Its validity has ended.",
        State.WITHDRAWN: "The firm gave it up before it was issued.",
    },
)
VALID = frozenset({State.ISSUED, State.ISSUED_LATER, State.CORRECTED})
"""A certificate is held."""

NEEDED = ("exporter", "goods", "hs_code", "criterion", "weight", "value", "invoice", "transport", "shipped_on")
"""What an application asks of nearly every certificate, in the order of the data sheet. Our own choice, which no official form
was read for: an agreement's own form may ask more."""
OPTIONAL = ("importer", "producer", "marks", "remarks")
FIELDS = (*NEEDED, *OPTIONAL)
FIELD_MAX_CHARS = 500


@dataclass(frozen=True)
class Validity:
    """How long a proof of origin holds. months: from its issue. verified: a source was read; declaration: no certificate's."""

    months: int
    verified: bool
    declaration: bool


@dataclass(frozen=True)
class OriginCase:
    """One certificate. sheet: what the person told, by field of FIELDS; nothing else stands in it."""

    id: str
    number: str
    state: State
    person_id: str | None
    agreement: str | None
    goods_origin: str
    destination: str
    sheet: Mapping[str, str]
    certificate_no: str | None
    issued_on: date | None
    valid_until: date | None
    created_at: datetime
    changed_at: datetime

    @property
    def missing(self) -> tuple[str, ...]:
        """What the application needs and nobody told yet: all of it at once."""
        return tuple(name for name in NEEDED if not self.sheet.get(name, "").strip())


@dataclass(frozen=True)
class Savings:
    """What the preference saves in duty. In the currency of the customs value, rounded half up to a cent at the end."""

    customs_value: Decimal
    mfn_rate: Decimal
    preferential_rate: Decimal

    @property
    def mfn_duty(self) -> Decimal:
        """Without the certificate."""
        return (self.customs_value * self.mfn_rate / 100).quantize(CENT, ROUND_HALF_UP)

    @property
    def preferential_duty(self) -> Decimal:
        """With it."""
        return (self.customs_value * self.preferential_rate / 100).quantize(CENT, ROUND_HALF_UP)

    @property
    def saved(self) -> Decimal:
        """The difference of both, as they are paid. Below zero where the preference is the dearer one."""
        return self.mfn_duty - self.preferential_duty


def validity_of(agreement: Agreement) -> Validity | None:
    """How long a proof under this agreement holds; None where the agreements' table has no source for it."""
    part = agreement.parts.get("validity")
    match = re.search(r"(\d+)\s*(year|month)", part.en) if part is not None else None
    if part is None or match is None:
        return None
    months = int(match[1]) * (12 if match[2] == "year" else 1)
    return Validity(months, "unverified" not in part.en, "declaration" in part.en)


def valid_until(issued_on: date, validity: Validity | None) -> date | None:
    """The last day of validity: the day before the same day so many months later. None: not known, so that none is invented."""
    if validity is None or validity.declaration:
        return None
    return add_months(issued_on, validity.months) - DAY
