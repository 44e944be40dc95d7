"""Every row of the rules, in every band; the questions of travellers; what must hold for all goods and amounts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.load import load_knowledge
from knowledge.model import LANGUAGES, FactGrade
from knowledge.rules.bring.evaluate import evaluate
from knowledge.rules.bring.explore import domain
from knowledge.rules.bring.guide import BringGuide, load_bring
from knowledge.rules.bring.model import Verdict
from knowledge.rules.bring.outcome import BringOutcome
from knowledge.rules.guide import Question
from tests.unit.knowledge.conftest import PACKAGE
from tests.unit.knowledge.rules.test_bring import ON

HERE = Path(__file__).parent
ROWS: list[dict[str, Any]] = yaml.safe_load((HERE / "bring_rows.yaml").read_text(encoding="utf-8"))
QUESTIONS: list[dict[str, Any]] = yaml.safe_load((HERE / "bring_questions.yaml").read_text(encoding="utf-8"))
GUIDE: BringGuide = load_bring(load_knowledge(PACKAGE))
RULES = GUIDE.context.rules
GOODS = sorted(good.id for good in RULES.vocabulary.goods.values() if not good.one_of)
MOST = {"zh-Hans": 700, "zh-Hant": 700, "en": 1_200}


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['row']}-{row['band']}-{place}" for place, row in enumerate(ROWS)])
def test_each_row_gives_its_verdict(row: dict[str, Any]) -> None:
    decision = evaluate(RULES, row["case"], ON)

    assert decision.verdict.name.lower() == row["verdict"]
    assert [f.band for f in decision.findings if f.row.id == row["row"]] == [row["band"]]
    assert (f"{decision.tax.high.normalize():f}" if decision.tax else None) == row.get("tax")


def test_every_row_every_band_and_every_class_is_tried() -> None:
    tried = {(row["row"], row["band"]) for row in ROWS}
    rows = {row.id: row for rule_class in RULES.classes.values() for row in rule_class.rows}
    bands = {(row.id, place) for row in rows.values() for place, band in enumerate(row.bands) if band.up_to != 0}

    assert len(bands) > 200
    assert bands - tried == set()
    assert {RULES.vocabulary.goods[row["case"]["goods"]].rule_class for row in ROWS} == set(RULES.classes)


@pytest.mark.parametrize("question", QUESTIONS, ids=[question["id"] for question in QUESTIONS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_travellers_questions_are_answered(question: dict[str, Any], language: Any) -> None:
    outcome = GUIDE.step(question["case"], ON)

    assert isinstance(outcome, BringOutcome), outcome
    assert outcome.decision.verdict.name.lower() == question["verdict"]
    tax = outcome.decision.tax
    assert (f"{tax.high.normalize():f}" if tax else None) == question.get("tax")
    text = outcome.render(language).text
    assert [words for words in question["says"][language] if words not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_fits_a_phone_and_names_its_sources(language: Any) -> None:
    replies = []
    for case in [row["case"] for row in ROWS]:
        step = GUIDE.step({**case, "direction": case.get("direction", "enter")}, ON)
        if isinstance(step, BringOutcome):
            replies.append(step.render(language))
            assert step.more(language) is not None

    assert len(replies) > 150
    assert [reply.text for reply in replies if len(reply.text) > MOST[language]] == []
    assert all(reply.citations and "12360" in reply.text for reply in replies)


def test_no_word_stands_under_two_goods() -> None:
    twice = {name: goods for name, goods in RULES.vocabulary.names.items() if len(goods) > 1}

    assert len(RULES.vocabulary.goods) >= 450
    assert len(RULES.vocabulary.names) > 3_000
    assert twice == {}


def test_unverified_rows_say_so_on_the_spot() -> None:
    rows = {row.id: row for rule_class in RULES.classes.values() for row in rule_class.rows}
    unverified = [row for row in rows.values() if row.grade is FactGrade.UNVERIFIED]
    unmarked = [
        row.id
        for row in unverified
        if not all("未核实" in text.zh_hans and "unverified" in text.en for text in (row.text,))
    ]

    assert len(unverified) > 10
    assert unmarked == []


def test_bands_never_grow_milder() -> None:
    rows = {row.id: row for rule_class in RULES.classes.values() for row in rule_class.rows}
    milder = [
        row.id
        for row in rows.values()
        if [band.verdict for band in row.bands] != sorted(band.verdict for band in row.bands)
    ]

    assert milder == []


slots = st.fixed_dictionaries(
    {
        "goods": st.sampled_from(GOODS),
        "direction": st.sampled_from(["enter", "leave"]),
        "place": st.sampled_from(["hong_kong", "macao", "elsewhere"]),
        "frequency": st.sampled_from(["first", "repeat", "same_day"]),
        "resident": st.sampled_from(["yes", "no"]),
        "age": st.integers(0, 99).map(str),
        "contains": st.sampled_from(["yes", "no"]),
    }
)
amounts = st.tuples(st.integers(1, 3_000), st.integers(1, 3_000)).map(sorted)


@given(case=slots, pair=amounts, unit=st.sampled_from(["", "piece", "carton", "bottle", "g", "kg", "ml", "day"]))
@settings(max_examples=300, deadline=None)
def test_more_never_gives_a_milder_verdict(case: dict[str, str], pair: list[int], unit: str) -> None:
    less, more = (evaluate(RULES, {**case, "quantity": f"{amount} {unit}".strip()}, ON) for amount in pair)

    assert less.verdict <= more.verdict


@given(case=slots, pair=amounts, currency=st.sampled_from(["CNY", "USD", "HKD", "MOP", "JPY"]))
@settings(max_examples=300, deadline=None)
def test_more_money_never_gives_a_milder_verdict_nor_a_lower_tax(
    case: dict[str, str], pair: list[int], currency: str
) -> None:
    less, more = (evaluate(RULES, {**case, "value": f"{amount * 10} {currency}"}, ON) for amount in pair)

    assert less.verdict <= more.verdict
    assert (less.tax.high if less.tax else Decimal(0)) <= (more.tax.high if more.tax else Decimal(0))


@given(case=slots, purpose=st.sampled_from(["own", "trade"]), quantity=st.sampled_from(["1", "5", "2 kg"]))
@settings(max_examples=200, deadline=None)
def test_declaring_does_not_make_the_prohibited_allowed(case: dict[str, str], purpose: str, quantity: str) -> None:
    decision = evaluate(RULES, case, ON)
    changed = evaluate(RULES, {**case, "purpose": purpose, "quantity": quantity}, ON)

    assert (decision.verdict is Verdict.PROHIBITED) <= (changed.verdict is Verdict.PROHIBITED)


@given(case=slots, dropped=st.sets(st.sampled_from(["direction", "place", "frequency", "resident", "age", "contains"])))
@settings(max_examples=200, deadline=None)
def test_what_is_not_asked_does_not_change_the_verdict(case: dict[str, str], dropped: set[str]) -> None:
    """An outcome reached without a slot has the verdict that every value of the slot gives."""
    partial = {slot: value for slot, value in case.items() if slot not in dropped}
    step = GUIDE.step(partial, ON)

    if isinstance(step, Question):
        assert step.slot in dropped
        assert {choice.value for choice in step.choices} <= set(domain(RULES, partial, step.slot))
    else:
        assert isinstance(step, BringOutcome)
        assert evaluate(RULES, case, ON).verdict is step.decision.verdict
