"""What holds for every calculator, the origin guide and the identifiers: any case, any text, in three languages."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.load import Knowledge, load_knowledge
from knowledge.model import LANGUAGES, FactGrade
from knowledge.rules.catalogue import load_guides
from knowledge.rules.finding import RuleOutcome
from knowledge.rules.guide import MAX_CHOICES, NAME, VALUE, Faults, Question
from knowledge.rules.slot_guide import SlotGuide, Values
from tests.unit.knowledge.conftest import PACKAGE
from tests.unit.knowledge.rules.conftest import TODAY

KNOWLEDGE = load_knowledge(PACKAGE)
GUIDES = [guide for guide in load_guides(KNOWLEDGE).all() if isinstance(guide, SlotGuide)]
BY_NAME = {guide.name: guide for guide in GUIDES}
LIMITS = {"zh-Hans": 700, "zh-Hant": 700, "en": 1200}
# Values that fields of each pool may hold, good and bad; `choice` adds those of the field itself.
SAMPLES = {
    "day": [
        "2026-11-01",
        "2026-11-22",
        "2026-10-01",
        "2024-11-30",
        "2028-02-29",
        "1999-01-01",
        "2040-01-01",
        "2026-02-30",
        "x",
    ],
    "moment": ["2026-11-28 10:00", "2027-01-01 23:59", "2026-11-30", "1990-01-01 00:00"],
    "money": [
        "300000 CNY",
        "0 CNY",
        "1 CNY",
        "49.99 CNY",
        "-5 CNY",
        "8000 USD",
        "150000 HKD",
        "120000 MOP",
        "9 XXX",
        "1e30 CNY",
    ],
    "whole": ["0", "1", "3", "4", "99", "-1", "two"],
    "place": ["HK", "TH", "JP", "AU", "KR", "CN", "XX"],
    "hours": ["09:00-17:00", "17:00-09:00", "9-5"],
}


def test_all_guides_are_tried() -> None:
    assert len(GUIDES) >= 10


@st.composite
def cases(draw: st.DrawFn) -> tuple[SlotGuide, dict[str, str]]:
    guide = draw(st.sampled_from(GUIDES))
    case = {}
    for field in guide.fields:
        values = [
            *field.choices,
            *SAMPLES.get(field.kind.pool, ["", "abc", "0", "12345678", "CSQU3054383", "223320231000000762"]),
        ]
        value = draw(st.none() | st.sampled_from(values))
        if value is not None:
            case[field.name] = value
    return guide, case


@settings(max_examples=600, deadline=None)
@given(cases(), st.dates(date(2025, 1, 1), date(2028, 1, 1)))
def test_any_case_ends_in_a_question_faults_or_an_answer(
    given_case: tuple[SlotGuide, dict[str, str]], on: date
) -> None:
    guide, case = given_case

    step = guide.step(case, on)

    if isinstance(step, Question):
        assert step.slot in {slot.name for slot in guide.slots}
        assert step.slot not in case
        assert len(step.choices) <= MAX_CHOICES
        assert all(
            VALUE.fullmatch(c.value) and len(c.title.get(lang)) <= 40 for c in step.choices for lang in LANGUAGES
        )
    elif isinstance(step, Faults):
        assert step.faults
        assert all(fault.slots and fault.text.en for fault in step.faults)
    else:
        assert isinstance(step, RuleOutcome)
        for language in LANGUAGES:
            reply = step.render(language)
            assert reply.kind == "answer"
            assert len(reply.text) <= LIMITS[language], reply.text
            assert "{" not in reply.text
            assert reply.citations
            long = step.more(language)
            assert long is None or len(long.text) <= 4096


@settings(max_examples=300, deadline=None)
@given(cases())
def test_weak_facts_are_marked(given_case: tuple[SlotGuide, dict[str, str]]) -> None:
    guide, case = given_case
    step = guide.step(case, TODAY)
    if not isinstance(step, RuleOutcome):
        return

    facts = {fact: KNOWLEDGE.facts[fact] for fact in step.finding.founding.facts}
    text = (step.more("en") or step.render("en")).text + step.render("en").text

    if FactGrade.UNVERIFIED in facts.values():
        assert re.search("unverified|unconfirmed|not known", text), (facts, text)
    if FactGrade.REPORTED in facts.values():
        assert "As reported" in text


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(GUIDES), st.text(max_size=60), st.data())
def test_any_text_can_be_read(guide: SlotGuide, text: str, data: st.DataObject) -> None:
    asked = data.draw(st.none() | st.sampled_from([slot.name for slot in guide.slots]))

    for slot, value in guide.read(text, on=TODAY, asked=asked).items():
        assert VALUE.fullmatch(value)
        assert guide.describe(slot, value).en


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_a_guide_is_well_formed(guide: SlotGuide, whole: Knowledge) -> None:
    assert NAME.fullmatch(guide.name)
    assert guide.topic in whole.topics
    assert guide.keywords
    assert [e for e in guide.offered_by if e not in whole.entries] == []
    assert all(len(guide.title.get(language)) <= 40 for language in LANGUAGES)
    for field in guide.fields:
        for value in field.choices:
            assert guide.describe(field.name, value).en != value or value.isdecimal()
            assert guide.step({field.name: value}, TODAY)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_slot_that_is_asked_can_be_asked_in_all_languages(guide: SlotGuide) -> None:
    for field in guide.fields:
        question = guide._question(field, Values({"number": "5302"}))
        assert all(question.text.get(language) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("guide", "text", "case"),
    [
        (
            "late_declaration",
            "船11月1日到港，11月20日报关，货值30万",
            {"entered": "2026-11-01", "accepted": "2026-11-20", "goods_value": "300000 CNY"},
        ),
        ("late_declaration", "貨上月28日到港，還沒報關", {"entered": "2026-10-28"}),
        (
            "late_declaration",
            "the vessel arrived on 3 November, declared last Friday, value 300,000 yuan",
            {"entered": "2026-11-03", "accepted": "2026-11-20", "goods_value": "300000 CNY"},
        ),
        (
            "late_payment",
            "11月3日申报，税款10万元，11月24日缴的",
            {"completed": "2026-11-03", "tax": "100000 CNY", "paid": "2026-11-24"},
        ),
        ("two_step", "10月28日进境，11月3日放行", {"entered": "2026-10-28", "released": "2026-11-03"}),
        (
            "booking_time",
            "Sunday 10:00, frozen fish, we are AEO",
            {"wanted": "2026-11-22 10:00", "aeo": "yes", "booking_goods": "perishable"},
        ),
        ("cash", "带30000元人民币去香港", {"cash_amount": "30000 CNY", "cash_direction": "out", "other_side": "hk"}),
        (
            "cash",
            "HKD 150,000 into Hong Kong",
            {"cash_amount": "150000 HKD", "cash_direction": "out", "other_side": "hk"},
        ),
        ("cash", "USD 8,000 out of the mainland", {"cash_amount": "8000 USD", "cash_direction": "out"}),
        (
            "parcel",
            "從香港寄進內地一個包裹值2500元",
            {"parcel_kind": "in", "parcel_place": "near", "parcel_value": "2500 CNY"},
        ),
        (
            "baggage_allowance",
            "I live in Shenzhen, spent a week in Hong Kong, first trip this month",
            {"traveller_origin": "hk", "resident": "yes", "frequent": "no"},
        ),
        (
            "baggage_allowance",
            "我是香港居民，從香港過關，買了2500元",
            {"traveller_origin": "hk", "resident": "no", "baggage_value": "2500 CNY"},
        ),
        ("pet", "my dog from Thailand at Luohu", {"species": "dog", "pet_origin": "TH", "pet_route": "in"}),
        ("pet", "我的猫从新加坡回国，有芯片", {"species": "cat", "pet_origin": "SG", "pet_route": "in", "chip": "yes"}),
        ("exhibition_term", "展品8月31日进境，延期过1次", {"exhibit_entered": "2026-08-31", "extensions": "1"}),
    ],
)
def test_values_are_found_in_free_text(guide: str, text: str, case: dict[str, str]) -> None:
    assert BY_NAME[guide].read(text, on=TODAY, asked=None) == case


@pytest.mark.parametrize(
    ("guide", "asked", "text", "value"),
    [
        ("late_declaration", "entered", "28号", "2026-11-28"),
        ("late_declaration", "accepted", "还没有", "unknown"),
        ("late_declaration", "goods_value", "三十万", "300000 CNY"),
        ("late_declaration", "goods_value", "don't know", "unknown"),
        ("exhibition_term", "extensions", "没有", "0"),
        ("booking_time", "aeo", "不是", "no"),
        ("cash", "exits", "第一次", "first"),
        ("baggage_allowance", "adult", "yes", "yes"),
        ("pet", "titre", "没有", "no"),
    ],
)
def test_short_answers_are_read_for_the_slot_asked(guide: str, asked: str, text: str, value: str) -> None:
    assert BY_NAME[guide].read(text, on=TODAY, asked=asked) == {asked: value}
