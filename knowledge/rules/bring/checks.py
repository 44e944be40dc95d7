"""What cannot be: told at once, before the rules are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from knowledge.rules.bring.amounts import Measures
from knowledge.rules.bring.model import Direction, Frequency, Place, Purpose, Resident
from knowledge.rules.bring.reading import UNKNOWN_GOOD
from knowledge.rules.guide import Fault
from knowledge.rules.said import Line, PlainDay, Texts, line

OLDEST = 120
MOST_PIECES = Decimal(100_000)
MOST_MONEY = Decimal(1_000_000_000)
# The newest of the large tables took effect then; what was before is told by entries, not worked out.
EARLIEST = date(2024, 12, 1)
FURTHEST = timedelta(days=400)
_CHOICES: Mapping[str, frozenset[str]] = {
    "direction": frozenset(Direction),
    "place": frozenset(Place),
    "resident": frozenset(Resident),
    "frequency": frozenset(Frequency),
    "purpose": frozenset(Purpose),
    "contains": frozenset(("yes", "no")),
}


def faults(case: Mapping[str, str], on: date, measures: Measures, texts: Texts) -> tuple[Fault, ...]:
    """All that cannot be in a case; on: today."""
    found: list[tuple[str, Line]] = []
    good = case.get("goods", "")
    if good.startswith(UNKNOWN_GOOD):
        found.append(("goods", line("fault.goods", good=good.removeprefix(UNKNOWN_GOOD))))
    age = _whole(case.get("age"))
    if age is not None and not 0 <= age <= OLDEST:
        found.append(("age", line("fault.age", age=case["age"])))
    quantity = measures.parse_quantity(case.get("quantity"))
    if quantity is not None and quantity.amount <= 0:
        found.append(("quantity", line("fault.quantity_small")))
    elif quantity is not None and quantity.amount > MOST_PIECES:
        found.append(("quantity", line("fault.quantity_large", value=quantity.amount)))
    price = measures.parse_price(case.get("value"))
    if price is not None and price.money.amount <= 0:
        found.append(("value", line("fault.value_small")))
    elif price is not None and price.money.amount > MOST_MONEY:
        found.append(("value", line("fault.value_large", value=price.money)))
    day = day_of(case)
    if day is not None and day < EARLIEST:
        found.append(("day", line("fault.day_past", day=PlainDay(day), earliest=PlainDay(EARLIEST))))
    elif day is not None and day > on + FURTHEST:
        found.append(("day", line("fault.day_far", day=PlainDay(day))))
    return tuple(Fault(texts.localized(said), (slot,)) for slot, said in found)


def usable(case: Mapping[str, str], measures: Measures) -> dict[str, str]:
    """The case without values that mean nothing here; they are asked anew."""
    kept = {slot: value for slot, value in case.items() if value in _CHOICES.get(slot, frozenset((value,)))}
    if _whole(kept.get("age")) is None:
        kept.pop("age", None)
    if measures.parse_quantity(kept.get("quantity")) is None:
        kept.pop("quantity", None)
    if measures.parse_price(kept.get("value")) is None:
        kept.pop("value", None)
    return kept


def day_of(case: Mapping[str, str]) -> date | None:
    """The day of the journey where the case holds one that can be read."""
    try:
        return date.fromisoformat(case.get("day", ""))
    except ValueError:
        return None


def _whole(value: str | None) -> int | None:
    try:
        return int(value or "")
    except ValueError:
        return None
