from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.text import Language, detect_language, normalise, stem, to_traditional, tokens

VECTORS = yaml.safe_load((Path(__file__).parents[2] / "data" / "normalise_vectors.yaml").read_text(encoding="utf-8"))


def test_there_are_vectors() -> None:
    assert len(VECTORS) > 50


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: repr(vector["in"]))
def test_normalise_gives_the_agreed_form(vector: dict[str, str]) -> None:
    assert normalise(vector["in"]) == vector["out"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: repr(vector["in"]))
def test_normalising_twice_changes_nothing(vector: dict[str, str]) -> None:
    assert normalise(vector["out"]) == vector["out"]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("报關單 Ab9,.:/-％'’　？_é①\u200b😀()"), max_size=30))
def test_normalising_any_mixture_is_idempotent(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_tokens_of_chinese_are_bigrams_then_characters() -> None:
    assert tokens("报关单") == ["报关", "关单", "报", "关", "单"]


def test_tokens_of_mixed_text_are_equal_with_and_without_blanks() -> None:
    assert tokens("RCEP 原产地证 怎么办") == tokens("ｒｃｅｐ原產地證怎麼辦？")


def test_tokens_split_numbers_from_letters_and_han() -> None:
    assert tokens("24h 带2条 8:30") == ["24", "h", "带", "2", "条", "8:30"]


def test_tokens_of_a_text_without_words_are_none() -> None:
    assert tokens("？！😀") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("declared", "declaration"),
        ("declaring", "declare"),
        ("duties", "duty"),
        ("boxes", "box"),
        ("certificates", "certificate"),
        ("shipping", "ship"),
        ("inspections", "inspect"),
    ],
)
def test_stem_joins_forms_of_a_word(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("customs", "custody"), ("station", "state"), ("glass", "glad")])
def test_stem_keeps_different_words_apart(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("进口货物几天内要申报", "zh-Hans"),
        ("進口貨物幾天內要申報", "zh-Hant"),
        ("可唔可以帶貓返內地", "zh-Hant"),
        ("HS code查不到", "zh-Hans"),
        ("RCEP certificate of origin 怎么办理", "zh-Hans"),
        ("ATA carnet係咩", "zh-Hant"),
        ("what is a late-declaration fee (滞报金)", "en"),
        ("how to apply for 原产地证书", "en"),
        ("Can I bring 月饼?", "en"),
        ("hello", "en"),
        ("certificate of origin", "en"),
        ("后面", "zh-Hans"),
    ],
)
def test_detect_language_of_a_telling_text(text: str, language: Language) -> None:
    assert detect_language(text, "zh-Hans") == language


@pytest.mark.parametrize("text", ["", "12360", "😀", "RCEP", "ATA", "hs", "привет", "こんにちは", "8471.30.00"])
@pytest.mark.parametrize("default", ["zh-Hans", "zh-Hant", "en"])
def test_detect_language_keeps_the_default_where_the_text_does_not_tell(text: str, default: Language) -> None:
    assert detect_language(text, default) == default


def test_detect_language_of_characters_common_to_both_scripts_keeps_a_chinese_default() -> None:
    assert detect_language("通用", "zh-Hant") == "zh-Hant"
    assert detect_language("通用", "en") == "zh-Hans"


def test_to_traditional_uses_hong_kong_forms_and_leaves_latin() -> None:
    assert to_traditional("里面的报关单 RCEP") == "裏面的報關單 RCEP"
