"""States, places, waits and hours, without a database."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handoff.hours import Hours, OpenHours, Span, read_spans, spans_text
from bot.handoff.model import HANDOFF, OPEN, SPOKEN, CaseState, PastWait, Place, expected_wait_s, is_material
from bot.handoff.roster import default_teams
from bot.handoff.routing import load_routing
from bot.settings import REPOSITORY
from knowledge.load import load_knowledge
from knowledge.rules.calendar.working_days import WorkingDays, YearPlan, read_working_days

ZONE = ZoneInfo("Asia/Shanghai")
OFFICE = Hours(read_spans("09:00-12:00, 14:00-17:00"), (), {date(2026, 12, 31): read_spans("09:00-11:00")})
PLAN = YearPlan(2026, frozenset({date(2026, 10, 1), date(2026, 10, 2)}), frozenset({date(2026, 10, 10)}))


def desk(*plans: YearPlan) -> OpenHours:
    fixed = read_working_days(REPOSITORY / "knowledge" / "rules" / "calendar" / "days.yaml").fixed
    return OpenHours(WorkingDays(fixed, {plan.year: plan for plan in plans}), ZONE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@given(st.lists(st.sampled_from(list(CaseState)), min_size=1, max_size=30))
def test_along_listed_steps_nothing_follows_the_end_and_somebody_speaks_only_after_it_was_taken(
    wishes: list[CaseState],
) -> None:
    state, taken = CaseState.WAITING, False
    for wish in wishes:
        if HANDOFF.allows(state, wish):
            assert state in OPEN
            taken = taken or wish is CaseState.TAKEN
            state = wish
        assert state not in SPOKEN or taken
        assert (state is CaseState.ABANDONED) <= (not HANDOFF.transitions[state])


@given(st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 1440)), max_size=4))
def test_hours_read_are_the_hours_written(raw: list[tuple[int, int]]) -> None:
    spans: list[Span] = []
    for start, until in sorted(raw):
        if start < until and (not spans or start >= spans[-1].until):
            spans.append(Span(start, until))

    assert read_spans(spans_text(spans)) == tuple(spans)


@pytest.mark.parametrize("text", ["9-5", "17:00-09:00", "09:00-12:00, 11:00-13:00", "09:00-24:30", "always"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        read_spans(text)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23 09:00", True),
        ("2026-11-23 12:00", False),
        ("2026-11-23 14:00", True),
        ("2026-11-22 10:00", False),
        ("2026-12-31 10:59", True),
        ("2026-12-31 15:00", False),
        ("2026-10-01 10:00", False),
        ("2026-10-10 10:00", True),
    ],
)
def test_hours_follow_the_dated_calendar(moment: str, is_open: bool) -> None:
    assert desk(PLAN).is_open(OFFICE, at(moment)) is is_open


def test_the_next_opening_passes_over_rest_days_and_says_when_the_plan_is_not_known() -> None:
    assert desk(PLAN).next_open(OFFICE, at("2026-09-30 18:00")) == at("2026-10-05 09:00")
    assert desk(PLAN).next_open(OFFICE, at("2026-11-23 12:30")) == at("2026-11-23 14:00")
    assert desk(PLAN).plan_is_known(at("2026-10-05 09:00"))
    assert not desk().plan_is_known(at("2026-10-05 09:00"))
    assert desk().next_open(Hours((), (), {}), at("2026-11-23 12:30")) is None


@given(st.lists(st.builds(PastWait, st.floats(0, 1e6), st.integers(1, 50)), max_size=60), st.integers(1, 100))
def test_a_wait_is_told_from_five_recent_ones_on_and_lies_among_them(waits: list[PastWait], place: int) -> None:
    told = expected_wait_s(waits, place)

    if len(waits) < 5:
        assert told is None
    else:
        each = [wait.seconds / wait.place for wait in waits]
        assert told is not None
        assert min(each) * place - 1 <= told <= max(each) * place + 1


@given(st.integers(1, 200), st.one_of(st.none(), st.integers(0, 10_000)))
def test_a_place_that_stays_is_not_told_again(place: int, wait_s: int | None) -> None:
    assert not is_material(Place(place, wait_s), Place(place, wait_s))


@pytest.mark.parametrize(
    ("told", "now", "material"),
    [
        (Place(8, None), Place(7, None), False),
        (Place(8, None), Place(4, None), True),
        (Place(2, None), Place(1, None), True),
        (Place(3, None), Place(4, None), True),
        (Place(5, 600), Place(5, 800), False),
        (Place(5, 600), Place(5, 900), True),
        (Place(5, 60), Place(5, 200), False),
    ],
)
def test_a_place_is_told_when_it_changed_much(told: Place, now: Place, material: bool) -> None:
    assert is_material(told, now) is material


def test_every_topic_and_entry_of_the_routing_is_known_and_leads_to_a_team() -> None:
    routing, knowledge = load_routing(), load_knowledge(REPOSITORY / "knowledge")
    teams = {team.id: team for team in default_teams()}

    assert len(knowledge.topics) > 20
    assert set(routing.by_topic) | routing.offer_topics <= set(knowledge.topics)
    assert routing.offer_entries <= set(knowledge.entries)
    assert set(routing.by_topic.values()) | {routing.otherwise} <= {team.function for team in teams.values()}
    assert routing.team_of("traveller_visa_entry", teams) == "border_inspection"
    assert routing.team_of(None, teams) == "customs"
