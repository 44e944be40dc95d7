from __future__ import annotations

from datetime import date

import pytest

from knowledge.load import load_knowledge
from knowledge.model import Grade, Localized
from knowledge.rules.basis import Basis, founded_reply
from knowledge.rules.catalogue import load_guides
from knowledge.rules.guide import VALUE, Case, Family, Guides, Slot, Step
from tests.unit.knowledge.conftest import PACKAGE

TITLE = Localized("数量", None, "Quantity")


class OneSlotGuide:
    """A guide with nothing to decide: enough to be listed."""

    family = Family.CALCULATE
    topic = "taxes_fees"
    title = TITLE
    keywords = ()

    def __init__(self, name: str, slots: tuple[str, ...] = ("count",), offered_by: tuple[str, ...] = ()) -> None:
        self.name = name
        self.slots = tuple(Slot(slot, TITLE) for slot in slots)
        self.offered_by = offered_by

    def read(self, text: str, *, on: date, asked: str | None) -> dict[str, str]:
        return {}

    def describe(self, slot: str, value: str) -> Localized:
        return Localized(value, value, value)

    def step(self, case: Case, on: date) -> Step:
        raise NotImplementedError


def test_guides_are_found_by_name_family_and_entry() -> None:
    guides = Guides()
    fee = OneSlotGuide("late_fee", offered_by=("late-declaration-fee",))
    guides.add(fee)

    assert guides.get("late_fee") is fee
    assert guides.get("other") is None
    assert guides.of(Family.CALCULATE) == (fee,)
    assert guides.of(Family.MAY_I_BRING) == ()
    assert guides.offered_by("late-declaration-fee") == (fee,)


@pytest.mark.parametrize(
    "guide",
    [
        OneSlotGuide("late_fee"),
        OneSlotGuide("Late fee"),
        OneSlotGuide("other", ("a b",)),
        OneSlotGuide("o", ("x", "x")),
    ],
    ids=["name taken", "name malformed", "slot malformed", "slot twice"],
)
def test_a_guide_out_of_order_is_refused(guide: OneSlotGuide) -> None:
    guides = Guides()
    guides.add(OneSlotGuide("late_fee"))

    with pytest.raises(ValueError, match="guide"):
        guides.add(guide)


@pytest.mark.parametrize("value", ["3", "2026-11-22", "香港 → 深圳", "dried_squid"])
def test_what_a_button_can_carry_is_a_value(value: str) -> None:
    assert VALUE.fullmatch(value)


@pytest.mark.parametrize("value", ["", 'a"b', "a&b", "a=b", "{}", "a\nb", "x" * 61])
def test_what_a_button_cannot_carry_is_no_value(value: str) -> None:
    assert not VALUE.fullmatch(value)


def test_an_outcome_is_founded_as_an_entry_is() -> None:
    knowledge = load_knowledge(PACKAGE)
    key = next(iter(knowledge.sources))
    basis = Basis((key,), (), Grade.REPORTED, date(2026, 11, 22), effective_from=date(2024, 12, 1))

    reply = founded_reply(knowledge, basis, ["**No.**", "Because."], "en", topic="taxes_fees")

    assert reply.text.startswith("**No.**\n\nBecause.\n\n*As reported")
    assert "in force from 1 December 2024; checked 22 November 2026" in reply.text.splitlines()[-1]
    assert [citation.effective_from for citation in reply.citations] == ["2024-12-01"]
    assert (reply.kind, reply.topic) == ("answer", "taxes_fees")


def test_every_guide_of_the_catalogue_is_in_order() -> None:
    knowledge = load_knowledge(PACKAGE)

    guides = load_guides(knowledge).all()

    assert {guide.topic for guide in guides} <= set(knowledge.topics)
    assert {entry for guide in guides for entry in guide.offered_by} <= set(knowledge.entries)
