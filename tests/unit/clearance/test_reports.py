"""Corrections and withdrawals: what holds, and what followers have been told, in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clearance.details import Details, Duty
from bot.clearance.model import Stage, StageChange
from bot.clearance.reports import Report, settle
from bot.clearance.telling import Telling, Unfolding
from tests.events import BEGAN_AT, DECLARATION_NO


def report(
    event_id: str,
    stage: Stage | None = None,
    minute: int = 0,
    *,
    amends: str | None = None,
    amount: int | None = None,
    source: str = "s",
) -> Report:
    details = Details(duty=Duty(amount)) if amount is not None else Details()  # type: ignore[arg-type]
    change = StageChange(stage, BEGAN_AT + timedelta(minutes=minute), None, details) if stage else None
    return Report(0, source, event_id, change, amends, received_at=BEGAN_AT)


def stages(reports: Sequence[Report]) -> list[Stage]:
    return [one.change.stage for one in settle(reports).holding if one.change]


def current(reports: Sequence[Report]) -> Stage | None:
    found = settle(reports).current
    return found.change.stage if found and found.change else None


def unfolded(reports: Sequence[Report]) -> tuple[Unfolding, list[Telling]]:
    """Let reports come in this order, each id once, as the service takes them."""
    unfolding, tellings, seen = Unfolding(DECLARATION_NO, [], followed=True), [], set()
    for seq, one in enumerate(reports):
        if one.name not in seen:
            seen.add(one.name)
            telling = unfolding.add(replace(one, seq=seq))
            tellings += [telling] if telling else []
    return unfolding, tellings


IDS = "abcdef"
report_st = st.builds(
    report,
    st.sampled_from(IDS),
    st.one_of(st.none(), st.sampled_from(Stage)),
    st.integers(0, 3),
    amends=st.one_of(st.none(), st.sampled_from(IDS)),
    amount=st.one_of(st.none(), st.integers(1, 2)),
    source=st.sampled_from(["s", "s", "t"]),
)
# One id is one report for ever, and one that tells no stage takes something back.
reports_st = st.lists(
    report_st.filter(lambda r: (r.change or r.amends_id) and r.amends_id != r.event_id), max_size=7
).map(lambda found: list({one.name: one for one in found}.values()))
twisted_st = reports_st.flatmap(
    lambda found: st.tuples(
        st.permutations(found), st.lists(st.sampled_from(found), max_size=4) if found else st.just([])
    ).flatmap(lambda parts: st.tuples(st.just(found), st.permutations([*parts[0], *parts[1]])))
)


@settings(max_examples=150, deadline=None)
@given(twisted_st)
def test_any_order_with_repetitions_ends_in_the_same_truth(case: tuple[list[Report], list[Report]]) -> None:
    plain, twisted = unfolded(case[0])[0].settled, unfolded(case[1])[0].settled

    assert [one.change for one in plain.holding] == [one.change for one in twisted.holding]
    assert (plain.current and plain.current.change) == (twisted.current and twisted.current.change)
    assert {name: by.name for name, by in plain.taken_back.items()} == {
        name: by.name for name, by in twisted.taken_back.items()
    }


@settings(max_examples=150, deadline=None)
@given(twisted_st)
def test_whatever_the_order_followers_know_the_truth_in_the_end(case: tuple[list[Report], list[Report]]) -> None:
    unfolding, tellings = unfolded(case[1])
    truth = unfolding.settled.current

    last = tellings[-1].current if tellings else None
    assert (last.stage if last else None) == (truth.change.stage if truth and truth.change else None)
    unsaid: set[tuple[str, str]] = set()
    said: set[tuple[str, str]] = set()
    for telling in tellings:
        unsaid |= {one.name for one in telling.unsaid}
        unsaid -= {one.name for one in telling.says}
        said |= {one.name for one in telling.says}
    wrong = {name for name in said if name in unfolding.settled.taken_back}
    assert wrong <= unsaid  # whoever was told something wrong was told so, and not told it again since


@settings(max_examples=150, deadline=None)
@given(twisted_st)
def test_a_report_is_not_told_again_while_it_is_what_was_told_last(case: tuple[list[Report], list[Report]]) -> None:
    # It may be told again once something else was told in between: when that turns out wrong, the first holds anew.
    last: set[tuple[str, str]] = set()
    for telling in unfolded(case[1])[1]:
        says = {one.name for one in telling.says}
        assert telling.kind == "correction" or not says & last
        last = says - {one.name for one in telling.unsaid}


def test_a_withdrawal_that_comes_first_waits_for_its_report() -> None:
    withdrawal, released = report("w", amends="r"), report("r", Stage.RELEASED)

    assert current([withdrawal]) is None
    assert current([withdrawal, report("a", Stage.STORED), released]) is Stage.STORED


def test_withdrawing_a_withdrawal_restores() -> None:
    reports = [report("r", Stage.RELEASED), report("w", amends="r"), report("v", amends="w")]

    assert current(reports) is Stage.RELEASED


def test_a_correction_stands_in_the_place_of_its_report() -> None:
    reports = [report("a", Stage.STORED), report("b", Stage.RELEASED, 5), report("c", Stage.EXAMINATION, 5, amends="b")]

    assert stages(reports) == [Stage.STORED, Stage.EXAMINATION]


def test_only_the_same_source_takes_a_report_back() -> None:
    assert current([report("r", Stage.RELEASED), report("w", amends="r", source="t")]) is Stage.RELEASED


def test_reports_that_amend_each_other_in_a_ring_amend_nothing() -> None:
    reports = [report("a", Stage.STORED, amends="b"), report("b", Stage.REVIEWED, 1, amends="a")]

    assert stages(reports) == [Stage.STORED, Stage.REVIEWED]


def test_a_long_chain_of_corrections_is_no_deep_recursion() -> None:
    chain = [report("0", Stage.STORED), *(report(str(n), Stage.STORED, n, amends=str(n - 1)) for n in range(1, 3000))]

    assert [one.event_id for one in settle(chain).holding] == ["2999"]


def test_a_wrong_amount_is_corrected_also_after_release() -> None:
    tellings = unfolded(
        [
            report("t", Stage.TAX_DUE, 1, amount=100),
            report("r", Stage.RELEASED, 2),
            report("c", Stage.TAX_DUE, 1, amends="t", amount=200),
        ]
    )[1]

    assert [one.kind for one in tellings] == ["change", "change", "correction"]
    assert [one.event_id for one in tellings[2].unsaid] == ["t"]
    assert tellings[2].current is not None
    assert tellings[2].current.stage is Stage.RELEASED


def test_what_nobody_follows_is_told_to_nobody() -> None:
    unfolding = Unfolding(DECLARATION_NO, [], followed=False)

    assert unfolding.add(report("r", Stage.RELEASED)) is None
    assert unfolding.told == {}
