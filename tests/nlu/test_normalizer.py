from pathlib import Path

import pytest
import yaml
from components.normalizer import fold, normalise

VECTORS = yaml.safe_load(
    (Path(__file__).resolve().parents[1] / "data" / "normalise_vectors.yaml").read_text(encoding="utf-8")
)
MIXED = [
    "ＲＣＥＰ 原產地證書 怎麼辦？",
    "HS code 查不到",
    "e\u0301 Ⅷ ﬁ ㈱ ①",
    "  \u200b 24 小時 預約\t通關  ",
    "裡面乾燥的頭髮 and 發票",
    "𠮷野家 牛肉 beef",
    "😀 ok",
]


def test_there_are_vectors_to_hold():
    assert len(VECTORS) > 30


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: repr(v["in"])[:40])
def test_normalise_agrees_with_the_services(vector):
    assert normalise(vector["in"]) == vector["out"]
    assert normalise(vector["out"]) == vector["out"]


@pytest.mark.parametrize("text", MIXED)
def test_every_folded_character_knows_where_it_comes_from(text):
    folded = fold(text)

    assert len(folded.spans) == len(folded.text)
    assert all(0 <= start < end <= len(text) for start, end in folded.spans)
    assert list(folded.spans) == sorted(folded.spans)


def test_folding_keeps_punctuation_and_changes_width_script_case_and_blanks():
    assert fold("ＲＣＥＰ 原產地證，怎麼辦？").text == "rcep原产地证,怎么办?"
    assert fold("hello   world 你 好").text == "hello world你好"


def test_a_span_of_the_folded_text_is_the_typed_one():
    text = "查 HS　ＣＯＤＥ 編碼"
    folded = fold(text)
    start = folded.text.index("hs code")

    first, last = folded.original_span(start, start + len("hs code"))

    assert text[first:last] == "HS　ＣＯＤＥ"


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200d", "\x00\x07"])
def test_nothing_folds_to_nothing(text):
    assert fold(text).text == ""


def test_ten_thousand_blanks_are_folded_quickly():
    assert fold("a" + " " * 10_000 + "b").text == "a b"
