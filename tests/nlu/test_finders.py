from datetime import date
from pathlib import Path

import pytest
from components.finders.amounts import find_amounts
from components.finders.gazetteer import Gazetteer, read_word_list
from components.finders.numbers import container_check_digit, find_numbers, is_resident_identity_number
from components.finders.times import find_times
from components.normalizer import fold

SUNDAY = date(2026, 11, 22)
LOOKUP = Path(__file__).resolve().parents[2] / "nlu" / "data" / "lookup"


def numbers(text):
    return {(found.entity, str(found.value)) for found in find_numbers(fold(text).text)}


def values(text, entity):
    return [found.value for found in find_numbers(fold(text).text) if found.entity == entity]


@pytest.mark.parametrize(
    "text",
    [
        "223320231000000762",
        "报关单号223320231000000762查一下",
        "２２３３２０２３１００００００７６２",
        "報關單 2233 2023 1 000000762 到哪了",
        "declaration no. 223320231000000762 please",
    ],
)
def test_eighteen_digits_are_a_declaration_number(text):
    assert values(text, "declaration_no") == ["223320231000000762"]
    assert values(text, "declaration_no_malformed") == []


@pytest.mark.parametrize(
    ("text", "length"),
    [("报关单号12345", 5), ("22332023100000076", 17), ("查2233202310000007621", 19), ("declaration number 123456", 6)],
)
def test_a_wrong_length_is_told_with_its_length(text, length):
    assert [value["length"] for value in values(text, "declaration_no_malformed")] == [length]
    assert values(text, "declaration_no") == []


def test_an_identity_number_is_not_taken_for_a_declaration():
    identity = "11010519491231002X".replace("X", "")
    valid = next(
        f"11010519491231{serial:03d}{check}"
        for serial in range(100, 130)
        for check in range(10)
        if is_resident_identity_number(f"11010519491231{serial:03d}{check}")
    )

    assert len(identity) == 17
    assert values(f"我的身份证 {valid}", "declaration_no") == []
    assert values(f"报关单号 {valid}", "declaration_no") == [valid]


def test_check_digits_of_containers_are_those_of_iso_6346():
    assert container_check_digit("CSQU305438") == 3
    assert container_check_digit("MWCU605978") == 4


@pytest.mark.parametrize(
    "text", ["CSQU3054383", "箱号csqu 305438 3", "container CSQU-3054383 where", "集裝箱ＣＳＱＵ３０５４３８３"]
)
def test_a_container_with_the_right_check_digit_is_found(text):
    assert values(text, "container_no") == ["CSQU3054383"]


def test_a_container_with_a_wrong_check_digit_names_the_right_one():
    fault = values("CSQU3054384 到哪了", "container_no_malformed")[0]

    assert (fault["reason"], fault["expected_check_digit"]) == ("check_digit", 3)
    assert values("CSQU3054384", "container_no") == []


def test_a_container_of_the_wrong_length_names_its_length():
    fault = values("MWCU605978", "container_no_malformed")[0]

    assert (fault["reason"], fault["length"], fault["expected_length"]) == ("length", 10, 11)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("HS code 8471.30.00怎么归类", "84713000"),
        ("8471.30.00.00", "8471300000"),
        ("税号 84713000", "84713000"),
        ("tariff line 847130", "847130"),
        ("8471300000", "8471300000"),
    ],
)
def test_hs_codes_of_six_eight_and_ten_digits_with_and_without_dots(text, code):
    assert values(text, "hs_code") == [code]


@pytest.mark.parametrize(
    "text", ["5000.00元", "编码 7712345678", "税号 20261122", "我打13800138000", "HS 9999999999", "2026.11.22"]
)
def test_amounts_dates_phones_and_chapters_that_do_not_exist_are_no_hs_codes(text):
    assert values(text, "hs_code") == []


@pytest.mark.parametrize("text", ["提单号：COSU6123456789", "B/L no. COSU6123456789", "bill of lading cosu6123456789"])
def test_bills_of_lading_are_found_by_their_cue(text):
    assert values(text, "bill_of_lading") == ["COSU6123456789"]


@pytest.mark.parametrize("text", ["K7F3Q-9ABX2", "绑定码k7f3q9abx2", "code: K7F3Q9ABX2"])
def test_binding_codes_are_found_in_any_spelling(text):
    assert values(text, "binding_code") == ["K7F3Q-9ABX2"]


@pytest.mark.parametrize("text", ["department", "government rules", "8473302222", "K7F3Q-9ABX", "I0O1L-11111"])
def test_words_and_other_numbers_are_no_binding_codes(text):
    assert values(text, "binding_code") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("明天下午3点", [("datetime", "2026-11-23T15:00")]),
        ("后天上午九点半", [("datetime", "2026-11-24T09:30")]),
        ("今晚八点", [("datetime", "2026-11-22T20:00")]),
        ("12月1號下午兩點", [("datetime", "2026-12-01T14:00")]),
        ("2026年12月1日14:00", [("datetime", "2026-12-01T14:00")]),
        ("下周一早上9:30", [("datetime", "2026-11-23T09:30")]),
        ("三天后", [("date", "2026-11-25")]),
        ("11月30日", [("date", "2026-11-30")]),
        ("昨天", [("date", "2026-11-21")]),
        ("next Monday 9am", [("datetime", "2026-11-23T09:00")]),
        ("Nov 30, 2026 at 14:00", [("datetime", "2026-11-30T14:00")]),
        ("on 3 December", [("date", "2026-12-03")]),
        ("in 3 days", [("date", "2026-11-25")]),
        ("tomorrow at noon", [("datetime", "2026-11-23T12:00")]),
        ("上午9时", [("time_of_day", "09:00")]),
        ("at 9:30 pm", [("time_of_day", "21:30")]),
        ("12:30 am", [("time_of_day", "00:30")]),
    ],
)
def test_days_and_times_in_both_languages(text, expected):
    found = [(f.entity, f.value) for f in find_times(fold(text).text, SUNDAY)]

    assert found[: len(expected)] == expected


@pytest.mark.parametrize(
    "text", ["我有一点问题", "24小时预约通关", "14天内申报", "7x24", "有效期1年", "两点建议", "2月30日", "25:00"]
)
def test_what_only_looks_like_a_time_is_none(text):
    assert list(find_times(fold(text).text, SUNDAY)) == []


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("5000美元", "5000", "USD"),
        ("USD 5,000", "5000", "USD"),
        ("带２万元", "20000", "CNY"),
        ("1.5万人民币", "15000", "CNY"),
        ("两万块钱", "20000", "CNY"),
        ("HK$ 120,000", "120000", "HKD"),
        ("€99.50", "99.5", "EUR"),
        ("500 yuan", "500", "CNY"),
    ],
)
def test_sums_carry_their_currency(text, amount, currency):
    found = [f.value for f in find_amounts(fold(text).text) if f.entity == "amount_of_money"]

    assert found == [{"amount": amount, "currency": currency}]


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [("1500ml", "1500", "ml"), ("2瓶", "2", "bottle"), ("400 cigarettes", "400", "stick"), ("3.5吨", "3.5", "t")],
)
def test_quantities_carry_their_unit(text, amount, unit):
    found = [f.value for f in find_amounts(fold(text).text) if f.entity == "quantity"]

    assert found == [{"amount": amount, "unit": unit}]


def test_names_are_found_longest_first_and_latin_ones_as_whole_words():
    gazetteer = Gazetteer(
        {"goods": {"wine": ["红酒", "wine"], "car": ["car"]}, "port": {"luohu": ["罗湖口岸", "罗湖"]}}
    )

    assert [f.value for f in gazetteer.find(fold("從羅湖口岸帶紅酒").text)] == ["luohu", "wine"]
    assert [f.value for f in gazetteer.find("two wines, a scarf and cars")] == ["wine", "car"]


def test_one_name_under_two_values_is_refused():
    with pytest.raises(ValueError, match="stands under"):
        Gazetteer({"goods": {"a": ["wine"], "b": ["WINE"]}})


def test_the_shipped_word_lists_are_sound_and_not_empty():
    gazetteer = Gazetteer.read(LOOKUP, ["agreement", "country", "goods", "port"])

    assert len(gazetteer.values_by_name) > 500


def test_the_shipped_concepts_are_sound_and_not_empty():
    concepts = read_word_list(LOOKUP / "concepts.yml")

    assert len(Gazetteer({"concept": concepts}).values_by_name) > 5000


def test_a_missing_word_list_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        Gazetteer.read(tmp_path, ["goods"])


def test_words_that_yaml_takes_for_something_else_stay_words(tmp_path):
    (tmp_path / "goods.yml").write_text("x: [no, on, 007, 2026-11-22]")

    assert read_word_list(tmp_path / "goods.yml") == {"x": ["no", "on", "007", "2026-11-22"]}
