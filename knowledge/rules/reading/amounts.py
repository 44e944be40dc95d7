"""Amounts of money and plain numbers as people write them: 30万, US$8,000, 三万元人民幣, 1.5 million yuan, two bottles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from knowledge.rules.reading.found import CHINESE_NUMBER, Found, chinese_number
from knowledge.rules.said import Money

# Words for currencies in the folded form, the longest of each beginning first.
_CURRENCY_WORDS = {
    "CNY": ("人民币", "rmb", "cny", "yuan", "renminbi", "元", "块钱", "块", "¥", "圆"),
    "USD": ("美元", "美金", "us dollars", "us dollar", "u.s. dollars", "us$", "usd", "dollars", "dollar", "$", "刀"),
    "HKD": ("港元", "港币", "港纸", "港银", "hong kong dollars", "hk dollars", "hk$", "hkd", "蚊"),
    "MOP": ("澳门元", "澳门币", "葡币", "葡元", "patacas", "pataca", "mop$", "mop"),
    "EUR": ("欧元", "euros", "euro", "eur", "€"),
    "GBP": ("英镑", "pounds sterling", "pounds", "gbp", "£"),
    "JPY": ("日元", "日币", "円", "yen", "jpy"),
    "AUD": ("澳元", "澳币", "australian dollars", "aud", "a$"),
    "CAD": ("加元", "加币", "canadian dollars", "cad"),
    "SGD": ("新加坡元", "新币", "singapore dollars", "sgd", "s$"),
    "CHF": ("瑞士法郎", "瑞郎", "swiss francs", "francs", "chf"),
    "KRW": ("韩元", "韩币", "won", "krw"),
    "TWD": ("新台币", "台币", "taiwan dollars", "twd", "nt$"),
}
_BY_WORD = {word: code for code, words in _CURRENCY_WORDS.items() for word in words}
_CURRENCY = "(?:" + "|".join(re.escape(word) for word in sorted(_BY_WORD, key=len, reverse=True)) + ")"
_SCALES = {
    "万": 10_000, "亿": 100_000_000, "千": 1000, "百万": 1_000_000, "k": 1000, "m": 1_000_000, "mn": 1_000_000,
    "thousand": 1000, "million": 1_000_000, "hundred": 100, "grand": 1000,
}  # fmt: skip
_SCALE = r"(?:百万|万|亿|千|(?:k|mn|m|thousand|million|hundred|grand)(?![a-z]))"
_EN_NUMBERS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "once": 1, "twice": 2,
}  # fmt: skip
_EN_NUMBER = r"\b(?:" + "|".join(sorted(_EN_NUMBERS, key=len, reverse=True)) + r")\b"
_DIGITS = r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d])|(?<![\d.,])\d+(?:\.\d+)?(?!\d)"
_AMOUNT = re.compile(
    rf"(?P<before>{_CURRENCY})?\s*(?P<minus>(?<![\w])-)?(?:(?P<digits>{_DIGITS})|(?P<zh>{CHINESE_NUMBER})|(?P<en>{_EN_NUMBER}))"
    rf"\s*(?P<scale>{_SCALE})?\s*(?:多|余)?\s*(?P<after>{_CURRENCY})?"
)
# What makes a number something else than money or a count of the thing asked for.
_NOT_AN_AMOUNT = re.compile(r"\s*(?:%|‰|°|[-/.:]\d|号|日(?!元|币)|月|年|点|时|岁|周|星期|st\b|nd\b|rd\b|th\b)")


def find_amounts(text: str) -> list[Found[Money | Decimal]]:
    """Amounts in a folded text, in order: Money where a currency stands beside the number, else the bare number."""
    return [found for match in _AMOUNT.finditer(text) for found in _amount(match, text)]


def _amount(match: re.Match[str], text: str) -> Iterator[Found[Money | Decimal]]:
    word = match["after"] or match["before"]
    if not word and _NOT_AN_AMOUNT.match(text, match.end()):
        return
    value = _value(match)
    if value is None:
        return
    # 港币800元: 元 says only that it is money, the word before says which.
    if match["before"] and match["after"] in ("元", "块", "块钱", "圆"):
        word = match["before"]
    if (
        match["after"] == "dollars"
        and match["before"] is None
        and text[: match.start()].rstrip().endswith(("hk", "hong kong"))
    ):
        word = "hk$"
    yield Found(Money(value, _BY_WORD[word]) if word else value, match.start(), match.end())


def _value(match: re.Match[str]) -> Decimal | None:
    if match["digits"]:
        value = Decimal(match["digits"].replace(",", ""))
    elif match["en"]:
        value = Decimal(_EN_NUMBERS[match["en"]])
    else:
        written = chinese_number(match["zh"])
        if written is None or (
            not match["after"] and not match["before"] and len(match["zh"]) == 1 and match["zh"] in "一千万亿百十"
        ):
            return None
        value = Decimal(written)
    if match["scale"]:
        value *= _SCALES[match["scale"]]
    return -value if match["minus"] else value
