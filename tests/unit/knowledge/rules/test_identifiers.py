from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.load import Knowledge
from knowledge.rules.finding import InputFaultsError
from knowledge.rules.guide import Faults, Question
from knowledge.rules.identifiers.explain import Identifiers, explain_number, load_identifiers
from knowledge.rules.identifiers.guide import check_number
from knowledge.rules.identifiers.numbers import (
    container_number,
    credit_code,
    declaration_number,
    letter_value,
    possible_kinds,
)
from knowledge.rules.said import Texts
from tests.unit.knowledge.rules.conftest import TODAY


@pytest.fixture(scope="module")
def data(whole: Knowledge) -> Identifiers:
    return load_identifiers(whole)


def faults(data: Identifiers, kind: str, text: str) -> list[str]:
    with pytest.raises(InputFaultsError) as raised:
        explain_number(kind, text, TODAY, data)
    texts: Texts = data.texts
    return [texts.say(said, "en") for said, _ in raised.value.faults]


def test_the_sample_of_the_fact_sheet_is_taken_apart(data: Identifiers) -> None:
    found = declaration_number("223320231000000762", this_year=2026)
    finding = explain_number("declaration", "223320231000000762", TODAY, data)

    assert (found.office, found.year, found.flag, found.serial) == ("2233", 2023, "1", "000000762")
    assert "Pudong airport, 2023, import" in data.texts.say(finding.answer, "en")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("22332023100000076", ["Wrong length: it needs 18 characters, yours has 17."]),
        ("2233202310000007629", ["Wrong length: it needs 18 characters, yours has 19."]),
        (
            "2233202310000O076",
            ["Wrong length: it needs 18 characters, yours has 17.", "Only digits are allowed, but it holds: O."],
        ),
        (
            "223330233000000762",
            [
                "Digits 5 to 8 should be the year; 3023 cannot be (2000 to 2026).",
                "Digit 9 should be 0 or 1 (export or import), yours is 3.",
            ],
        ),
    ],
)
def test_all_that_is_wrong_with_a_declaration_number_is_told(data: Identifiers, text: str, told: list[str]) -> None:
    assert faults(data, "declaration", text) == told


def test_an_export_flag_is_marked_unverified(data: Identifiers) -> None:
    finding = explain_number("declaration", "530220260000000001", TODAY, data)

    assert "unverified" in data.texts.say(finding.answer, "en")
    assert "NUM-03" in finding.founding.facts


def test_an_unknown_office_is_not_guessed(data: Identifiers) -> None:
    finding = explain_number("declaration", "090120261000000001", TODAY, data)

    assert "not in my table" in data.texts.say(finding.answer, "en")


@pytest.mark.parametrize(
    ("letter", "value"), [("A", 10), ("B", 12), ("K", 21), ("L", 23), ("U", 32), ("V", 34), ("Z", 38)]
)
def test_letters_skip_the_multiples_of_eleven(letter: str, value: int) -> None:
    assert letter_value(letter) == value


def test_the_vectors_of_the_fact_sheet() -> None:
    assert container_number("CSQU3054383").check == 3
    assert container_number("MWCU605978").text == "MWCU6059784"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("CSQU3054384", ["The check digit is wrong: it comes to 3, yours is 4; probably one character is mistyped."]),
        ("CSQX3054383", ["The fourth should be U, J or Z, yours is X."]),
        (
            "C1QX30543",
            [
                "Wrong length: it needs 11 characters, yours has 9.",
                "The first three should be letters, yours are C1Q.",
                "The fourth should be U, J or Z, yours is X.",
            ],
        ),
        ("CSQU30543O3", ["From the fifth on there should be digits, yours are 30543O3."]),
    ],
)
def test_all_that_is_wrong_with_a_container_number_is_told(data: Identifiers, text: str, told: list[str]) -> None:
    assert faults(data, "container", text) == told


@given(st.from_regex(r"[A-Z]{3}[UJZ][0-9]{6}", fullmatch=True), st.integers(0, 9), st.integers(0, 9))
def test_one_wrong_digit_is_always_noticed_where_the_check_digit_can_tell(stem: str, place: int, digit: int) -> None:
    whole = container_number(stem)
    if place < 4 or whole.total % 11 == 10 or whole.text[place] == str(digit):
        return
    changed = whole.text[:place] + str(digit) + whole.text[place + 1 :]
    # 10 is written as 0, so a change that comes to 10 cannot be told from one that comes to 0.
    if container_number(changed[:10]).total % 11 == 10 and whole.check == 0:
        return

    with pytest.raises(InputFaultsError):
        container_number(changed)


@pytest.mark.parametrize(
    ("text", "chapter"),
    [("8471", "84"), ("847130", "84"), ("84713000", "84"), ("0901210000", "09"), ("0901210000101", "09")],
)
def test_hs_codes_of_each_length(data: Identifiers, text: str, chapter: str) -> None:
    finding = explain_number("hs", text, TODAY, data)

    assert finding.answer.values["chapter"] == chapter
    assert "unverified" in data.texts.say(finding.answer, "en")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("7701", ["There is no chapter 77 (01 to 97, 77 is reserved; unverified)."]),
        (
            "00123",
            [
                "It should have 4, 6, 8, 10 or 13 digits; yours has 5.",
                "There is no chapter 00 (01 to 97, 77 is reserved; unverified).",
            ],
        ),
        ("847A30", ["Only digits are allowed, but it holds: A."]),
    ],
)
def test_all_that_is_wrong_with_an_hs_code_is_told(data: Identifiers, text: str, told: list[str]) -> None:
    assert faults(data, "hs", text) == told


def test_there_are_96_chapters(data: Identifiers) -> None:
    assert len(data.chapters) == 96
    assert "77" not in data.chapters


@pytest.mark.parametrize(
    ("code", "name"),
    [("5301", "Huanggang"), ("5302", "Luohu"), ("5303", "Shatoujiao"), ("5304", "Shekou"), ("5345", "Shenzhen Bay"),
     ("5353", "West Kowloon"), ("2233", "Pudong airport"), ("2248", "Yangshan")],
)  # fmt: skip
def test_office_codes(data: Identifiers, code: str, name: str) -> None:
    assert data.offices[code].en == name


def test_the_table_of_offices_has_all_rows_of_the_facts(data: Identifiers) -> None:
    assert sum(code.startswith("53") for code in data.offices) == 27
    assert sum(code.startswith("22") for code in data.offices) == 18


def test_an_office_that_is_not_in_the_table_is_said_so(data: Identifiers) -> None:
    assert explain_number("office", "0900", TODAY, data).answer.name == "office.not_known"


def test_credit_codes() -> None:
    # A made-up code whose check character was worked out by hand: weights 3^n modulo 31.
    assert credit_code("91350100M000100Y43").check == "3"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("91350100M000100Y44", ["The check character is wrong"]),
        ("9135010IM000100Y4", ["Wrong length", "characters that cannot occur: I"]),
    ],
)
def test_all_that_is_wrong_with_a_credit_code_is_told(data: Identifiers, text: str, parts: list[str]) -> None:
    told = faults(data, "credit", text)

    assert len(told) == len(parts)
    assert all(part in sentence for part, sentence in zip(parts, told, strict=True))


def test_each_letter_has_its_meaning(data: Identifiers) -> None:
    finding = explain_number("letters", "ABDMNPQRSLVWX", TODAY, data)

    assert len(finding.steps) == 13
    assert finding.steps[-1].name == "letters.unknown"
    assert "INS-12" in finding.founding.facts


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("223320231000000762", ("declaration",)),
        ("I20220000971587171", ("unified",)),
        ("CSQU3054383", ("container",)),
        ("5302", ("hs", "office")),
        ("8471300000", ("hs",)),
        ("91350100M000100Y43", ("credit",)),
        ("AB", ("letters",)),
    ],
)
def test_the_look_tells_the_kind(text: str, kinds: tuple[str, ...]) -> None:
    assert possible_kinds(text) == kinds


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("箱号 csqu 305438-3 对吗", {"number": "CSQU3054383", "number_kind": "container"}),
        ("报关单号223320231000000762是哪个海关的", {"number": "223320231000000762", "number_kind": "declaration"}),
        ("HS code 8471.30.00 what is it", {"number": "84713000", "number_kind": "hs"}),
        ("关区代码5302", {"number": "5302", "number_kind": "office"}),
        ("監管條件AB是什麼意思", {"number": "AB", "number_kind": "letters"}),
        ("检验检疫类别 M/P", {"number": "MP", "number_kind": "letters"}),
        ("is container MWCU6059784 right?", {"number": "MWCU6059784", "number_kind": "container"}),
        ("what is it", {}),
    ],
)
def test_numbers_are_found_in_free_text(whole: Knowledge, text: str, case: dict[str, str]) -> None:
    assert check_number(whole).read(text, on=TODAY, asked=None) == case


def test_four_digits_are_asked_about_and_faults_name_the_slot(whole: Knowledge) -> None:
    guide = check_number(whole)

    asked = guide.step({"number": "5302"}, TODAY)
    wrong = guide.step({"number": "CSQU3054384"}, TODAY)

    assert isinstance(asked, Question)
    assert asked.slot == "number_kind"
    assert [choice.value for choice in asked.choices] == ["hs", "office"]
    assert isinstance(wrong, Faults)
    assert wrong.faults[0].slots == ("number",)
