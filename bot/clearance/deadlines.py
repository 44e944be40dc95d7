"""Last days that follow from what the port reported: to pay duty, to declare. Pure.

Duty: the Tariff Law counts 15 days from the completed declaration (art. 43, in force since 2024-12-01, fact TAX-01), the
Customs Law still from the day of the payment notice (art. 60, TAX-02); both are said, and the earlier is the safe one. No
source says whether the last day moves over rest days, so it does not; which day is day 1 none says either (DCL-12), so the
day itself is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from bot.clearance.details import Duty
from bot.clearance.model import Stage, StageChange
from knowledge.rules.calculators.limits import limits

PAY_WITHIN_DAYS = 15
UNDECLARED = frozenset({None, Stage.SUBMITTED, Stage.REJECTED, Stage.RETURNED})
"""Stages at which customs has not accepted the declaration, so that the 14 days of Customs Law art. 24 still run."""


@dataclass(frozen=True)
class DutyDays:
    """Until when duty is to be paid. printed: as the notice says; by_completion, by_notice: as the two laws count, with the day
    that they count from; None where that day is not known.
    """

    printed: date | None
    by_completion: tuple[date, date] | None
    by_notice: tuple[date, date]

    @property
    def safe(self) -> date:
        """The earliest of those."""
        known = [self.by_notice[1], *([self.by_completion[1]] if self.by_completion else [])]
        return self.printed or min(known)


def duty_days(duty: Duty, told_on: date, completed_on: date | None) -> DutyDays:
    """Work out the last days. told_on: day of the report, taken for the notice's where that is not given."""
    noticed_on = duty.noticed_on or told_on
    return DutyDays(
        printed=duty.pay_by,
        by_completion=(completed_on, _last(completed_on)) if completed_on else None,
        by_notice=(noticed_on, _last(noticed_on)),
    )


def completed_on(history: Iterable[StageChange], zone: ZoneInfo) -> date | None:
    """The day on which the declaration was completed: customs stored it (海关入库). None where nobody reported that."""
    moments = [change.occurred_at for change in history if change.stage is Stage.STORED]
    return max(moments).astimezone(zone).date() if moments else None


def _last(start: date) -> date:
    return limits(start, PAY_WITHIN_DAYS, None).safe.last
