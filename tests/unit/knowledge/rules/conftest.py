from __future__ import annotations

from datetime import date

import pytest

from knowledge.load import Knowledge, load_knowledge
from knowledge.model import Localized
from knowledge.rules.calculators.rules import Rules, load_rules
from knowledge.rules.calendar.working_days import FixedHoliday, WorkingDays, YearPlan
from tests.unit.knowledge.conftest import PACKAGE

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def whole() -> Knowledge:
    """The knowledge base as shipped."""
    return load_knowledge(PACKAGE)


@pytest.fixture(scope="session")
def rules(whole: Knowledge) -> Rules:
    return load_rules(whole)


@pytest.fixture
def calendar() -> WorkingDays:
    """A made-up year 2030 whose plan is known; other years by fixed holidays from 2025 on."""
    new_year = FixedHoliday(1, 1, date(2025, 1, 1), None, Localized("元旦", None, "New Year's Day"))
    plan = YearPlan(
        2030,
        rest=frozenset({date(2030, 1, 1), date(2030, 5, 1), date(2030, 5, 2), date(2030, 5, 3)}),
        working=frozenset({date(2030, 4, 28), date(2030, 5, 11)}),
    )
    return WorkingDays((new_year,), {2030: plan})
