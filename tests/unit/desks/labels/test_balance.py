"""The lives and the balance under any order of acts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.desks.labels.lives_model import APPLICATION, EVENT, FATES, LABEL, STEPS_OF, LabelState
from bot.desks.labels.model import Balance, quantity_text


@given(st.integers(1, 10**9), st.lists(st.tuples(st.sampled_from(FATES), st.integers(1, 10**9))))
def test_what_entered_is_always_the_sum_and_nothing_is_negative(
    entered: int, acts: list[tuple[LabelState, int]]
) -> None:
    balance = Balance(entered)
    for fate, quantity in acts:
        if quantity <= balance.remaining:
            values = vars(balance) | {fate.value: getattr(balance, fate.value) + quantity}
            balance = Balance(**values)

    parts = [balance.re_exported, balance.consumed, balance.destroyed, balance.sold, balance.remaining]
    assert sum(parts) == entered
    assert min(parts) >= 0


@given(st.lists(st.sampled_from(list(LabelState)), max_size=30))
def test_goods_meet_their_end_only_after_they_were_inspected(wishes: list[LabelState]) -> None:
    state, seen = LabelState.APPLIED, [LabelState.APPLIED]
    for wish in wishes:
        if LABEL.allows(state, wish):
            state = wish
            seen.append(wish)

    first_end = next((place for place, one in enumerate(seen) if one in FATES), None)
    assert first_end is None or seen[:first_end] == [
        *(LabelState.APPLIED, LabelState.ISSUED, LabelState.AFFIXED, LabelState.RELEASED, LabelState.INSPECTED)
    ]


def test_every_step_after_the_decision_has_somebody_who_may_take_it() -> None:
    assert set(STEPS_OF) == set(LabelState) - {LabelState.APPLIED, LabelState.ISSUED, LabelState.REFUSED}
    assert all(machine.start for machine in (EVENT, APPLICATION, LABEL))


@given(st.integers(0, 10**12))
def test_a_quantity_is_written_without_loss(milli: int) -> None:
    whole, _, rest = quantity_text(milli).partition(".")

    assert int(whole) * 1000 + int((rest + "000")[:3]) == milli
