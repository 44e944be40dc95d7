"""What travellers type, and the values that are read out of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.load import load_knowledge
from knowledge.rules.bring.guide import BringGuide, load_bring
from knowledge.rules.guide import MAX_CHOICES, VALUE, Faults, Question
from tests.unit.knowledge.conftest import PACKAGE
from tests.unit.knowledge.rules.test_bring import ON

GUIDE: BringGuide = load_bring(load_knowledge(PACKAGE))
TYPED = [
    ("从香港带三瓶红酒回深圳", "direction=enter place=hong_kong goods=red_wine quantity=3 bottle"),
    ("我係香港人，想帶兩包煙返深圳", "direction=enter place=hong_kong resident=no goods=cigarettes quantity=2 pack"),
    (
        "May I take 2 bottles of whisky from Japan to Shanghai?",
        "direction=enter place=elsewhere goods=whisky quantity=2 bottle",
    ),
    ("可唔可以帶生肉過香港", "direction=leave place=hong_kong goods=raw_meat"),
    ("Vape from Shenzhen to Hong Kong", "direction=leave place=hong_kong goods=ecig"),
    ("带一台iPhone回国要交税吗，8000块", "direction=enter goods=phone quantity=1 piece value=8000 CNY"),
    ("12,000元的手袋從香港帶返內地", "direction=enter place=hong_kong goods=handbag value=12000 CNY"),
    ("三部全新手机每部5000元", "goods=phone quantity=3 piece value=5000 CNY each"),
    ("US$8,000 from Shenzhen to Hong Kong", "direction=leave place=hong_kong goods=any_cash value=8000 USD"),
    ("两万五现金", "goods=any_cash value=25000 CNY"),
    ("我每周去澳门，带一条烟回来", "direction=enter place=macao frequency=repeat goods=cigarettes quantity=1 carton"),
    ("15天内第3次入境带一瓶茅台", "direction=enter frequency=repeat goods=baijiu quantity=1 bottle"),
    ("I cross every Saturday on a multi-entry permit", "frequency=repeat"),
    ("My son is 17, can he carry one bottle of wine?", "age=17 goods=red_wine quantity=1 bottle"),
    (
        "A month of sleeping pills from Thailand",
        "direction=enter place=elsewhere goods=sleeping_pills quantity=1 month",
    ),
    ("I live in Shenzhen and spent a week in Hong Kong", "resident=yes direction=enter place=hong_kong"),
    ("25 cigars from Cuba via Hong Kong", "direction=enter place=hong_kong goods=cigars quantity=25"),
    ("Durian from Thailand in my suitcase", "direction=enter place=elsewhere goods=durian"),
    ("帮朋友代购10个包从香港回来", "direction=enter place=hong_kong goods=handbag quantity=10 piece purpose=trade"),
    ("怎样把烟藏在行李里不被查", "goods=cigarettes purpose=evade"),
    ("How do I hide three phones?", "goods=phone purpose=evade"),
    ("能带月饼吗", "goods=any_mooncake"),
    ("can I bring wisky", "goods=whisky"),
    ("那从澳门呢", "direction=enter place=macao"),
    ("and for two bottles?", "quantity=2 bottle"),
    ("滞报金怎么算", ""),
]
ANSWERS = [
    ("quantity", "2", "quantity=2"),
    ("contains", "有肉的", "contains=yes"),
    ("contains", "没有", "contains=no"),
    ("resident", "yes", "resident=yes"),
    ("resident", "香港居民", "resident=no"),
    ("age", "十七岁", "age=17"),
    ("age", "17", "age=17"),
    ("frequency", "三次", "frequency=repeat"),
    ("frequency", "first", "frequency=first"),
    ("direction", "进内地", "direction=enter"),
    ("place", "japan", "place=elsewhere"),
    ("place", "港", "place=hong_kong"),
    ("goods", "威士吉", "goods=whisky"),
    ("goods", "xyzzy plugh", "goods=~xyzzy plugh"),
]


def _expected(written: str) -> dict[str, str]:
    parts = written.replace(" bottle", "~bottle")
    found: dict[str, str] = {}
    for part in parts.split(" "):
        if "=" in part:
            slot, value = part.split("=", 1)
            found[slot] = value.replace("~bottle", " bottle")
        elif part:
            found[slot] += f" {part}"
    return found


@pytest.mark.parametrize(("text", "written"), TYPED, ids=[text for text, _ in TYPED])
def test_values_are_read_from_what_people_type(text: str, written: str) -> None:
    expected = _expected(written)
    values = GUIDE.read(text, on=ON, asked=None)

    assert {slot: values.get(slot) for slot in expected} == expected
    assert set(values) - set(expected) <= ({"purpose", "quantity"} if expected else set())
    assert all(VALUE.fullmatch(value) for value in values.values())


@pytest.mark.parametrize(("asked", "text", "written"), ANSWERS)
def test_bare_answers_are_read_for_the_question_asked(asked: str, text: str, written: str) -> None:
    values = GUIDE.read(text, on=ON, asked=asked)

    assert {slot: value for slot, value in values.items() if slot == asked} == _expected(written)
    assert all(VALUE.fullmatch(value) for value in values.values())


def test_every_name_finds_its_own_good() -> None:
    vocabulary = GUIDE.context.rules.vocabulary
    lost = [name for name, goods in vocabulary.names.items() if [f.goods for f in vocabulary.find(name)] != [goods]]

    assert lost == []


def test_every_value_is_told_in_words() -> None:
    goods = GUIDE.describe("goods", "cured_sausage,red_wine")

    assert (goods.zh_hans, goods.get("zh-Hant"), goods.en) == ("腊肠、红酒", "臘腸、紅酒", "cured sausage, wine")
    assert GUIDE.describe("quantity", "2 carton").en == "2 cartons"
    assert GUIDE.describe("quantity", "1 box").en == "1 box"
    assert GUIDE.describe("value", "12000 CNY each").zh_hans == "每件12,000元"
    assert GUIDE.describe("place", "hong_kong").en == "Hong Kong"
    with pytest.raises(KeyError):
        GUIDE.describe("colour", "red")


ODD = [
    "",
    "x",
    "yes",
    "no",
    "enter",
    "hong_kong",
    "same_day",
    "17",
    "-1",
    "1e9",
    "NaN",
    "2 carton",
    "3 zz",
    "100 CNY",
    "x CNY",
]
ODD += [
    "1e30 USD",
    "5 CNY each",
    "trade",
    "evade",
    "2026-12-01",
    "1999-01-01",
    "~foo",
    "whisky",
    "any_cash,durian",
    "nonsense,tv",
]


@given(case=st.dictionaries(st.sampled_from([slot.name for slot in GUIDE.slots]), st.sampled_from(ODD)))
@settings(max_examples=200, deadline=None)
def test_no_case_is_too_odd(case: dict[str, str]) -> None:
    step = GUIDE.step(case, ON)

    if isinstance(step, Question):
        assert len(step.choices) <= MAX_CHOICES
        assert all(VALUE.fullmatch(choice.value) and len(choice.title.en) <= 40 for choice in step.choices)
    elif isinstance(step, Faults):
        assert step.faults
    else:
        assert step.render("zh-Hant").text
    assert all(GUIDE.describe(slot, value) for slot, value in case.items())


@given(text=st.text(max_size=80), asked=st.sampled_from([None, *(slot.name for slot in GUIDE.slots)]))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_read(text: str, asked: str | None) -> None:
    assert all(VALUE.fullmatch(value) for value in GUIDE.read(text, on=ON, asked=asked).values())
