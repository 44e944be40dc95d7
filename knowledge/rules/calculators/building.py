"""What the calculators' guides are put together from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from knowledge.rules.calculators.rules import Rules
from knowledge.rules.fields import NO, YES, ChoiceKind, DayKind, MoneyKind
from knowledge.rules.finding import Finding
from knowledge.rules.guide import Family
from knowledge.rules.said import line
from knowledge.rules.slot_guide import Field, SlotGuide, Values

YUAN = MoneyKind("CNY", frozenset({"CNY"}))


def never(_values: Values, _on: date) -> bool:
    """A slot that is read where somebody says it, and never asked."""
    return False


# The day on which it happened: the rules of that day are used. Without it today's hold.
TRAVEL_DAY = Field("travel_day", DayKind(), needed=never)


def choice(
    rules: Rules,
    slot: str,
    words: Mapping[str, tuple[str, ...]],
    *,
    answers: Mapping[str, tuple[str, ...]] | None = None,
) -> ChoiceKind:
    """A field of a few words whose titles are the sentences `<slot>.<value>`."""
    titles = {value: rules.texts.localized(line(f"{slot}.{value}")) for value in words}
    return ChoiceKind(MappingProxyType(dict(words)), MappingProxyType(titles), MappingProxyType(dict(answers or {})))


def yes_no(rules: Rules, *, yes: tuple[str, ...] = (), no: tuple[str, ...] = ()) -> ChoiceKind:
    """A field of yes and no; the patterns say it unasked."""
    titles = {value: rules.texts.localized(line(f"answer.{value}")) for value in ("yes", "no")}
    return ChoiceKind(
        MappingProxyType({"yes": yes, "no": no}), MappingProxyType(titles), MappingProxyType({"yes": YES, "no": NO})
    )


def make_guide(
    rules: Rules,
    *,
    name: str,
    topic: str,
    keywords: tuple[str, ...],
    offered_by: tuple[str, ...],
    fields: tuple[Field, ...],
    decide: Callable[[Values, date], Finding],
) -> SlotGuide:
    """A calculator as a guide; its title is the sentence `<name>.title`."""
    return SlotGuide(
        knowledge=rules.knowledge,
        texts=rules.texts,
        name=name,
        family=Family.CALCULATE,
        topic=topic,
        keywords=keywords,
        offered_by=offered_by,
        fields=fields,
        decide=decide,
        verified_on=rules.table.verified_on,
    )
