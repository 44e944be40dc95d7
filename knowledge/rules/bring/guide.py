"""May I bring it? as a guide: reads, asks what changes the verdict, decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

from knowledge.files import Fault as FormFault
from knowledge.load import Knowledge, KnowledgeError
from knowledge.model import Localized
from knowledge.rules.bring import checks
from knowledge.rules.bring.amounts import plain, read_measures
from knowledge.rules.bring.carried import AmountReader
from knowledge.rules.bring.classes import RuleReader
from knowledge.rules.bring.evaluate import Ruleset
from knowledge.rules.bring.explore import Ask, candidates, explore
from knowledge.rules.bring.model import Decision, Purpose
from knowledge.rules.bring.outcome import BringOutcome, Context, RefusedOutcome
from knowledge.rules.bring.reading import UNKNOWN_GOOD, SlotReader, read_words
from knowledge.rules.bring.remarks import remarks
from knowledge.rules.bring.vocabulary import read_vocabulary
from knowledge.rules.guide import MAX_CHOICES, Case, Choice, Family, Faults, Question, Slot, Step
from knowledge.rules.said import Texts, line, read_texts

_SLOTS = (
    "goods",
    "direction",
    "place",
    "contains",
    "frequency",
    "resident",
    "age",
    "quantity",
    "value",
    "purpose",
    "day",
)
_OFFERED_BY = (
    "food-plant-list-470",
    "prohibited-entry-list",
    "what-must-be-declared",
    "red-or-green-channel",
    "allowance-hk-macao-12000",
    "allowance-general-5000",
    "tobacco-allowance",
    "alcohol-allowance",
    "item-not-listed-check",
    "baggage-tax-computation",
)


@dataclass(frozen=True, slots=True)
class BringGuide:
    """`knowledge.rules.guide.Guide` over the rules of travellers' goods."""

    context: Context
    reader: SlotReader
    name: str = "bring"
    family: Family = Family.MAY_I_BRING
    topic: str = "traveller_prohibited"
    keywords: tuple[str, ...] = ()
    offered_by: tuple[str, ...] = _OFFERED_BY

    @property
    def title(self) -> Localized:
        """On the button that starts it."""
        return self._text("title")

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All slots; quantity, value, purpose and day are read but never asked."""
        return tuple(Slot(name, self._text(f"slot.{name}")) for name in _SLOTS)

    def read(self, text: str, *, on: date, asked: str | None) -> dict[str, str]:
        """Values that a text gives, by slot."""
        return self.reader.read(text, on, asked)

    def describe(self, slot: str, value: str) -> Localized:
        """A value as people read it. Raises KeyError for an unknown slot."""
        if slot not in _SLOTS:
            raise KeyError(slot)
        measures = self.context.rules.measures
        if slot == "goods":
            return self._goods(value)
        quantity, price = measures.parse_quantity(value), measures.parse_price(value)
        if slot == "quantity" and quantity is not None:
            number = plain(quantity.amount)
            return (
                measures.units[quantity.unit].count(quantity.amount)
                if quantity.unit
                else Localized(number, number, number)
            )
        if slot == "value" and price is not None:
            money = line("limit.money", money=price.money)
            return self.context.texts.localized(line("said.each", value=money) if price.each else money)
        if slot == "age":
            return self.context.texts.localized(line("choice.age.exact", age=value))
        name = f"choice.{slot}.{value}"
        return self._text(name) if name in self.context.texts.sentences else Localized(value, value, value)

    def step(self, case: Case, on: date) -> Step:
        """A question, all faults, or the outcome as of the day of the journey (today where none is given)."""
        rules = self.context.rules
        if case.get("purpose") != Purpose.EVADE and (
            wrong := checks.faults(case, on, rules.measures, self.context.texts)
        ):
            return Faults(wrong)
        known = checks.usable(case, rules.measures)
        day = checks.day_of(known) or on
        if known.get("purpose") == Purpose.EVADE:
            found = explore(rules, known, day)
            return RefusedOutcome(self.context, found if isinstance(found, Decision) else None, self.topic)
        found = explore(rules, known, day)
        if isinstance(found, Ask):
            return self._question(found, known)
        first = rules.vocabulary.goods[candidates(rules, known)[0]]
        told = replace(found, remarks=remarks(rules, self.context.texts, found))
        return BringOutcome(self.context, told, self._named(known), rules.classes[first.rule_class])

    def _named(self, known: Mapping[str, str]) -> Localized:
        """The goods, and how much of them as far as it was said."""
        parts = [self._goods(known["goods"])]
        parts += [self.describe(slot, known[slot]) for slot in ("quantity", "value") if slot in known]
        return Localized(
            "，".join(part.zh_hans for part in parts),
            "，".join(part.get("zh-Hant") for part in parts),
            ", ".join(part.en for part in parts),
        )

    def _question(self, ask: Ask, known: Mapping[str, str]) -> Question:
        if ask.slot == "goods":
            text = self._text("ask.goods.which" if ask.values else "ask.goods")
            goods = self.context.rules.vocabulary.goods
            choices = tuple(Choice(good, goods[good].title) for good in ask.values[:MAX_CHOICES])
            return Question("goods", text, choices, self._text("hint.goods") if not choices else None)
        if ask.slot == "age":
            return Question("age", self._text("ask.age"), self._ages(ask.values), self._text("hint.age"))
        choices = tuple(Choice(value, self._text(f"choice.{ask.slot}.{value}")) for value in ask.values)
        return Question(ask.slot, self._text(f"ask.{ask.slot}"), choices)

    def _ages(self, values: tuple[str, ...]) -> tuple[Choice, ...]:
        """From the highest bound down: 18 or over; 16 or over, under 18; under 16."""
        texts, ages = self.context.texts, sorted(map(int, values), reverse=True)
        titles = [line("choice.age.over", age=ages[0])]
        titles += [line("choice.age.between", age=age, upper=upper) for upper, age in pairwise(ages[:-1])]
        titles.append(line("choice.age.under", age=ages[-2] if len(ages) > 1 else ages[0]))
        return tuple(Choice(str(age), texts.localized(said)) for age, said in zip(ages, titles, strict=False))

    def _goods(self, value: str) -> Localized:
        if value.startswith(UNKNOWN_GOOD):
            written = value.removeprefix(UNKNOWN_GOOD)
            return Localized(written, written, written)
        goods = self.context.rules.vocabulary.goods
        titles = [goods[good].title for good in value.split(",") if good in goods]
        return Localized(
            "、".join(title.zh_hans for title in titles) or value,
            "、".join(title.get("zh-Hant") for title in titles) or value,
            ", ".join(title.en for title in titles) or value,
        )

    def _text(self, name: str) -> Localized:
        return self.context.texts.sentences[name]


def load_bring(knowledge: Knowledge) -> BringGuide:
    """Read all data of the rules. Raises KnowledgeError with every fault of form at once."""
    folder = Path(__file__).parent
    rules, texts, reader, verified_on = _read(folder, knowledge)
    return BringGuide(Context(knowledge, rules, texts, verified_on), reader)


def _read(folder: Path, knowledge: Knowledge) -> tuple[Ruleset, Texts, SlotReader, date]:
    faults: list[FormFault] = []
    classes = RuleReader(knowledge, faults)
    classes.read(folder)
    vocabulary = read_vocabulary(folder / "goods", classes.classes, knowledge, faults)
    measures = read_measures(folder, faults)
    words = read_words(folder, faults)
    if faults:
        raise KnowledgeError(tuple(faults))
    by_day = frozenset(key for key, rule_class in classes.classes.items() if rule_class.measure == "day")
    amounts = AmountReader(vocabulary, measures, by_day, words.patterns["each"])
    rules = Ruleset(classes.classes, vocabulary, measures, classes.penalties)
    verified_on = min(row.verified_on for rule_class in rules.classes.values() for row in rule_class.rows)
    return rules, read_texts(folder / "texts.yaml"), SlotReader(words, vocabulary, amounts), verified_on
