"""Each change of wording changes something, and only what it names."""

from __future__ import annotations

from tests.wording import variants


def test_a_chinese_question_with_latin_in_it() -> None:
    changed = variants("RCEP证书怎么办？")

    assert changed["blanks between"] == "RCEP 证书怎么办？"
    assert changed["full width"].startswith("ＲＣＥＰ")
    assert changed["traditional"] == "RCEP證書怎麼辦？"
    assert changed["one slip"] in {"RCEP正书怎么办？", "RCEP证书怎么半？"}
    assert changed["no punctuation"] == "RCEP证书怎么办"
    assert changed["politeness"].startswith("您好")
    assert "upper case" not in changed


def test_an_english_question() -> None:
    changed = variants("Can I bring tobacco, please?")

    assert changed["one slip"] == "Can I bring tobcaco, please?"
    assert changed["upper case"] == "CAN I BRING TOBACCO, PLEASE?"
    assert changed["no punctuation"] == "Can I bring tobacco please"
    assert "traditional" not in changed
