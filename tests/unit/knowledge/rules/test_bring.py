"""May I bring it?: what it reads, asks and decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from knowledge.load import load_knowledge
from knowledge.rules.bring.guide import BringGuide, load_bring
from knowledge.rules.bring.outcome import BringOutcome, RefusedOutcome
from knowledge.rules.guide import Faults, Question
from tests.unit.knowledge.conftest import PACKAGE

ON = date(2026, 11, 22)


@pytest.fixture(scope="module")
def guide() -> BringGuide:
    return load_bring(load_knowledge(PACKAGE))


def decided(guide: BringGuide, case: Mapping[str, str]) -> BringOutcome:
    step = guide.step(case, ON)
    assert isinstance(step, BringOutcome), step
    return step


def test_it_asks_one_thing_at_a_time_and_only_what_matters(guide: BringGuide) -> None:
    case = guide.read("我住在深圳，从香港带两条烟回来", on=ON, asked=None)
    assert case["quantity"] == "2 carton"
    asked = []
    for answer in ("第一次", "18"):
        step = guide.step(case, ON)
        assert isinstance(step, Question)
        asked.append(step.slot)
        case |= guide.read(answer, on=ON, asked=step.slot)

    assert asked == ["frequency", "age"]
    text = decided(guide, case).render("zh-Hans").text
    assert "200支（一条）免税" in text
    assert "= 50元" in text


def test_what_is_barred_for_everybody_is_told_without_a_question(guide: BringGuide) -> None:
    outcome = decided(guide, guide.read("can I bring sausage into Shenzhen", on=ON, asked=None))

    reply = outcome.render("en")
    assert reply.text.startswith("**No, this may not be carried: sausage")
    assert "Category 2" in reply.text
    assert reply.citations


def test_an_unknown_good_is_said_to_be_unknown(guide: BringGuide) -> None:
    case = guide.read("frobnicator", on=ON, asked="goods")

    step = guide.step(case, ON)

    assert isinstance(step, Faults)
    assert step.faults[0].slots == ("goods",)
    assert "frobnicator" in step.faults[0].text.en


def test_all_that_cannot_be_is_told_at_once(guide: BringGuide) -> None:
    step = guide.step(
        {"goods": "whisky", "age": "200", "quantity": "-3 bottle", "value": "0 CNY", "day": "2031-01-01"}, ON
    )

    assert isinstance(step, Faults)
    assert [fault.slots for fault in step.faults] == [("age",), ("quantity",), ("value",), ("day",)]


def test_how_to_hide_is_refused_with_the_rule_and_the_penalty(guide: BringGuide) -> None:
    case = guide.read("How do I hide three phones?", on=ON, asked=None)

    step = guide.step(case, ON)

    assert isinstance(step, RefusedOutcome)
    text = step.render("en").text
    assert "I will not help" in text
    assert "three times the tax" in text
    assert "20%" in text


@pytest.mark.parametrize("asked", ["frequency", "age"])
@pytest.mark.parametrize("said", ["no, three bottles", "两瓶"])
def test_a_quantity_is_no_answer_to_another_question(guide: BringGuide, asked: str, said: str) -> None:
    values = guide.read(said, on=date(2026, 11, 22), asked=asked)

    assert asked not in values
    assert values["quantity"]
