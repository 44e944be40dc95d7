"""Sums of money and quantities of goods, with currency or unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from components.finders.found import Found

_CURRENCIES: dict[str, str] = {
    "人民币": "CNY", "块钱": "CNY", "块": "CNY", "元": "CNY", "rmb": "CNY", "cny": "CNY", "yuan": "CNY", "¥": "CNY", "￥": "CNY",
    "美元": "USD", "美金": "USD", "usd": "USD", "us dollars": "USD", "us dollar": "USD", "dollars": "USD", "dollar": "USD",
    "us$": "USD", "$": "USD",
    "欧元": "EUR", "eur": "EUR", "euros": "EUR", "euro": "EUR", "€": "EUR", "英镑": "GBP", "gbp": "GBP", "pounds sterling": "GBP", "£": "GBP",
    "港币": "HKD", "港元": "HKD", "港纸": "HKD", "hkd": "HKD", "hk$": "HKD", "hk dollars": "HKD",
    "澳门元": "MOP", "澳门币": "MOP", "mop": "MOP", "日元": "JPY", "日币": "JPY", "jpy": "JPY", "yen": "JPY",
    "台币": "TWD", "新台币": "TWD", "twd": "TWD", "韩元": "KRW", "韩币": "KRW", "krw": "KRW", "won": "KRW",
    "新币": "SGD", "新加坡元": "SGD", "sgd": "SGD", "澳元": "AUD", "aud": "AUD", "加元": "CAD", "cad": "CAD", "卢布": "RUB", "rub": "RUB",
}  # fmt: skip
_UNITS: dict[str, str] = {
    "公斤": "kg", "千克": "kg", "kg": "kg", "kgs": "kg", "kilos": "kg", "kilo": "kg", "kilograms": "kg", "kilogram": "kg",
    "克": "g", "grams": "g", "gram": "g", "g": "g", "斤": "jin", "吨": "t", "tons": "t", "ton": "t", "tonnes": "t", "tonne": "t",
    "毫升": "ml", "ml": "ml", "升": "l", "litres": "l", "litre": "l", "liters": "l", "liter": "l", "l": "l",
    "瓶": "bottle", "bottles": "bottle", "bottle": "bottle", "支": "stick", "cigarettes": "stick", "cigars": "stick",
    "条": "carton", "cartons": "carton", "carton": "carton", "盒": "box", "boxes": "box", "件": "piece", "pieces": "piece",
    "pcs": "piece", "台": "unit", "units": "unit", "只": "animal", "票": "consignment", "立方米": "m3", "cbm": "m3",
}  # fmt: skip
_MULTIPLIERS = {
    "千": 1_000,
    "万": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "亿": 100_000_000,
    "k": 1_000,
    "million": 1_000_000,
}
_HAN_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}

_NUMBER = r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?:\s?(?P<times>百万|十万|千|万|亿|million\b|k(?![a-z])))?多?"
_HAN_NUMBER = r"(?P<number>[一二两三四五六七八九])(?P<times>百万|十万|千|万|亿)"


def _alternatives(words: dict[str, str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(w) + (r"(?![a-z])" if w[-1].isascii() and w[-1].isalpha() else "") for w in longest_first)


_BEFORE = re.compile(rf"(?<![a-z])(?P<word>{_alternatives(_CURRENCIES)})\s?{_NUMBER}(?![\d.]*\d)")
_BEHIND = re.compile(rf"(?<![\d.a-z]){_NUMBER}\s?(?P<word>{_alternatives(_CURRENCIES)})")
_HAN_BEHIND = re.compile(rf"{_HAN_NUMBER}\s?(?P<word>{_alternatives(_CURRENCIES)})")
_QUANTITY = re.compile(rf"(?<![\d.a-z]){_NUMBER}\s?(?P<word>{_alternatives(_UNITS)})")


def find_amounts(text: str) -> Iterator[Found]:
    """Sums (`amount_of_money`: {"amount", "currency"}) and quantities (`quantity`: {"amount", "unit"}) in a folded text.

    Amounts are decimal strings. A bare yuan sign or 元 counts as renminbi, a bare dollar sign as US dollars.
    """
    for pattern in (_BEFORE, _BEHIND, _HAN_BEHIND):
        for match in pattern.finditer(text):
            value = {"amount": _amount(match), "currency": _CURRENCIES[match["word"]]}
            yield Found("amount_of_money", match.start(), match.end(), value)
    for match in _QUANTITY.finditer(text):
        yield Found("quantity", match.start(), match.end(), {"amount": _amount(match), "unit": _UNITS[match["word"]]})


def _amount(match: re.Match[str]) -> str:
    number = match["number"].replace(",", "")
    base = Decimal(_HAN_DIGITS[number]) if number in _HAN_DIGITS else Decimal(number)
    return format((base * _MULTIPLIERS.get(match["times"] or "", 1)).normalize(), "f")
