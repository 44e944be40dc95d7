"""Reads how much somebody carries: quantities with their units, sums of money, cash that is meant without its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from knowledge.rules.bring.amounts import Measures
from knowledge.rules.bring.model import Good
from knowledge.rules.bring.vocabulary import Vocabulary
from knowledge.rules.reading.amounts import find_amounts
from knowledge.rules.reading.dates import find_days
from knowledge.rules.reading.found import Found
from knowledge.rules.said import Money
from knowledge.text import normalise

CASH = "any_cash"
_MUCH_CASH = 100
_DAYS = "day"
_SUPPLY = r"(?:的?(?:量|药|用)|的|\s(?:of|supply|worth)|'?s?\s?supply)"
_PERIOD = re.compile(rf"(?<![第\d.])(\d{{1,3}}|一|(?<![a-z])(?:a|one)\s)\s?(周|星期|个?月|weeks?|months?){_SUPPLY}")
_CARRIED = re.compile(r"(?:带|carry|carrying|bring|take)\s?(?:着|了)?$")
_ONE = re.compile(r"(?<![第十百千万同每]) ?一\s?(?=[^\W\d])|(?<![a-z])(?:an?|one)\s(?=[a-z])")
_NO_QUANTITY = re.compile(r"\s?(?:周?岁|years? old|year.old|次|times|度|%|点|号口岸)")


@dataclass(frozen=True, slots=True)
class AmountReader:
    """by_day: ids of the classes that are counted in days of use. each: what says that a price is that of one piece."""

    vocabulary: Vocabulary
    measures: Measures
    by_day: frozenset[str]
    each: re.Pattern[str]

    def read(self, text: str, on: date, goods: str | None, asked: str | None) -> dict[str, str]:
        """`quantity` and `value` of a folded text, and `goods` where cash is meant. goods: what was read of them."""
        values: dict[str, str] = {}
        sums = [found for found in _amounts(text, on) if isinstance(found.value, Money)]
        if sums:
            money = sums[0].value
            values["value"] = f"{plain(money.amount)} {money.currency}{' each' if self.each.search(text) else ''}"
        quantity = next(self._quantities(text, on, goods, asked), None)
        if quantity is not None:
            values["quantity"] = quantity
        return values | self._cash(values, text, goods, sums)

    def _quantities(self, text: str, on: date, goods: str | None, asked: str | None) -> Iterator[str]:
        """The likeliest first: a supply for a time, a number with its unit, a number before a good, one of something."""
        medicine = asked == "quantity" or any(
            self._daily(self.vocabulary.goods[good]) for good in _ids(goods, self.vocabulary)
        )
        if medicine and (period := _PERIOD.search(text)):
            count = period[1] if period[1].isdigit() else "1"
            yield f"{count} {'week' if period[2].startswith(('周', '星期', 'week')) else 'month'}"
        plain_numbers = [found for found in _amounts(text, on) if not isinstance(found.value, Money)]
        for found in plain_numbers:
            unit = self._unit_behind(text, found.end)
            if unit is not None and (medicine or self.measures.units[unit].base != _DAYS):
                yield f"{plain(found.value)} {unit}"
        for found in plain_numbers:
            if self._unit_behind(text, found.end) is None and self._good_behind(text, found.end):
                yield plain(found.value)
        for one in _ONE.finditer(text):
            unit = self._unit_behind(text, one.end())
            if unit is not None and (medicine or self.measures.units[unit].base != _DAYS):
                yield f"1 {unit}"

    def _daily(self, good: Good) -> bool:
        return good.rule_class in self.by_day or any(self._daily(self.vocabulary.goods[m]) for m in good.one_of)

    def _cash(
        self, values: Mapping[str, str], text: str, goods: str | None, sums: list[Found[Money]]
    ) -> dict[str, str]:
        """Cash without its name (带3000美金出境), and yuan without theirs (两万五现金)."""
        quantity = self.measures.parse_quantity(values.get("quantity"))
        if goods == CASH and not sums:
            bare = next((f for f in find_amounts(text) if not isinstance(f.value, Money)), None)
            amount = quantity.amount if quantity is not None else bare.value if bare is not None else None
            if isinstance(amount, Decimal) and amount >= _MUCH_CASH:
                return {"value": f"{plain(amount)} CNY"}
        if goods is None and any(_CARRIED.search(text[: found.start]) for found in sums):
            return {"goods": CASH}
        return {}

    def _unit_behind(self, text: str, end: int) -> str | None:
        rest = text[end : end + 14].lstrip()
        words = (
            (word, name) for name, unit in self.measures.units.items() for word in unit.words if _begins(rest, word)
        )
        return max(words, key=lambda pair: len(pair[0]), default=("", None))[1]

    def _good_behind(self, text: str, end: int) -> bool:
        return any(found.start <= 1 for found in self.vocabulary.find(normalise(text[end : end + 24])))


def _amounts(text: str, on: date) -> Iterator[Found[Money] | Found[Decimal]]:
    """Amounts that are no days, ages or counts of journeys."""
    days = find_days(text, on)
    for found in find_amounts(text):
        if not any(found.overlaps(day) for day in days) and not _NO_QUANTITY.match(text[found.end :]):
            yield found  # type: ignore[misc]


def _ids(goods: str | None, vocabulary: Vocabulary) -> list[str]:
    return [good for good in (goods or "").split(",") if good in vocabulary.goods]


def _begins(text: str, word: str) -> bool:
    if not text.startswith(word):
        return False
    after = text[len(word) : len(word) + 1]
    return not (word[-1].isascii() and word[-1].isalpha() and after.isascii() and after.isalpha())


def plain(value: Decimal) -> str:
    """A number as it stands in a case."""
    return format(value.normalize(), "f")
