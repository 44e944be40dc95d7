"""Quantities and sums: how the case keeps them, and what they are in a rule's measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from knowledge.files import Fault, Reader, read_yaml
from knowledge.model import Localized
from knowledge.rules.bring.classes import number
from knowledge.rules.bring.model import Good, Price, Quantity, RuleClass
from knowledge.rules.said import Money

_EACH = "each"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of quantity. base, factor: what it is in a base unit (kg: g, 1000); None where only the goods tell."""

    printed: Localized
    words: tuple[str, ...]
    base: str | None
    factor: Decimal

    def count(self, amount: Decimal) -> Localized:
        """So many of the unit, as people write it."""
        number, english = plain(amount), self.printed.en
        if amount == 1:
            english = english.removesuffix("es") if english == "boxes" else english.removesuffix("s")
        return Localized(f"{number}{self.printed.zh_hans}", None, f"{number} {english}")


@dataclass(frozen=True, slots=True)
class Span:
    """An amount between two ends, equal where no exchange rate entered."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Measures:
    """All units by name; the span of yuan for one unit of each currency by its code."""

    units: Mapping[str, Unit]
    currencies: Mapping[str, Span]

    def span(
        self, measure: str, rule_class: RuleClass, good: Good, quantity: Quantity | None, price: Price | None
    ) -> Span | None:
        """What the person carries, in `measure` (a unit or a currency); None where that is not known."""
        if measure not in self.currencies:
            amount = self.in_unit(measure, rule_class, quantity)
            return None if amount is None else Span(amount, amount)
        if price is not None:
            pieces = quantity.amount if price.each and quantity is not None else Decimal(1)
            return self.convert(Money(price.money.amount * pieces, price.money.currency), measure)
        if good.value is not None:
            amount = self.in_unit(rule_class.measure, rule_class, quantity)
            if amount is not None:
                yuan = amount * good.value.yuan / good.value.per
                return self.convert(Money(yuan, "CNY"), measure)
        return None

    def in_unit(self, measure: str, rule_class: RuleClass, quantity: Quantity | None) -> Decimal | None:
        """A quantity in a unit; None where there is no way from one to the other."""
        if quantity is None:
            return None
        unit = quantity.unit or rule_class.unit
        if unit == measure:
            return quantity.amount
        if unit in rule_class.units:
            return quantity.amount * rule_class.units[unit] if rule_class.measure == measure else None
        known = self.units[unit]
        return quantity.amount * known.factor if known.base == measure else None

    def convert(self, money: Money, currency: str) -> Span:
        """A sum in another currency, between the ends of both currencies' spans."""
        if money.currency == currency:
            return Span(money.amount, money.amount)
        given, wanted = self.currencies[money.currency], self.currencies[currency]
        if {money.currency, currency} <= _PEGGED:
            low, high = _PEG[money.currency, currency]
            return Span(money.amount * low, money.amount * high)
        return Span(money.amount * given.low / wanted.high, money.amount * given.high / wanted.low)

    def parse_quantity(self, value: str | None) -> Quantity | None:
        """ "2 carton" or "3" as kept in a case; None for what is none."""
        parts = (value or "").split()
        amount = _decimal(parts[0]) if parts else None
        unit = parts[1] if len(parts) > 1 else ""
        return Quantity(amount, unit) if amount is not None and (not unit or unit in self.units) else None

    def parse_price(self, value: str | None) -> Price | None:
        """ "12000 CNY" or "800 USD each" as kept in a case; None for what is none."""
        parts = (value or "").split()
        amount = _decimal(parts[0]) if len(parts) > 1 else None
        if amount is None or parts[1] not in self.currencies:
            return None
        return Price(Money(amount, parts[1]), each=_EACH in parts[2:])


# The Hong Kong dollar is kept between 7.75 and 7.85 to the US dollar, so its span against it is narrower than by way of the yuan.
_PEGGED = frozenset(("USD", "HKD"))
_PEG = {
    ("USD", "HKD"): (Decimal("7.75"), Decimal("7.85")),
    ("HKD", "USD"): (1 / Decimal("7.85"), 1 / Decimal("7.75")),
}


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def plain(value: Decimal) -> str:
    """A number as people write it: thousands with commas, at most two places, none that are empty."""
    rounded = value.quantize(Decimal("0.01"))
    return f"{rounded.normalize():,f}" if rounded != rounded.to_integral_value() else f"{int(rounded):,}"


def read_measures(folder: Path, faults: list[Fault]) -> Measures:
    """Read units.yaml and currencies.yaml under `folder`; faults of form are noted."""
    units = {}
    for name, raw in read_yaml(folder / "units.yaml", "units.yaml", faults).items():
        reader = Reader("units.yaml", name, raw, faults)
        factor = number(reader, "to") if reader.has("to") else Decimal(1)
        units[name] = Unit(reader.localized("print"), reader.texts("words"), reader.optional_text("base"), factor)
    currencies = {}
    for name, raw in read_yaml(folder / "currencies.yaml", "currencies.yaml", faults).items():
        reader = Reader("currencies.yaml", name, raw, faults)
        low, high = number(reader, "low"), number(reader, "high")
        currencies[name] = Span(low, high)
    return Measures(units, currencies)
