"""What a rule found, and how it is put on a phone: the answer first, then the steps, what is unclear, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from knowledge.answer import Reply, ReplyButton, entry_button
from knowledge.load import Knowledge
from knowledge.model import FactGrade, Grade, Language
from knowledge.rules.basis import Basis, founded_reply
from knowledge.rules.guide import Fault
from knowledge.rules.said import Line, Texts, line
from knowledge.rules.tables import Row

MAX_BUTTONS = 3
# What a phone shows without scrolling, in characters.
SCREEN: dict[Language, int] = {"zh-Hans": 700, "zh-Hant": 700, "en": 1200}


@dataclass(frozen=True, slots=True)
class Founding:
    """What a finding rests on: keys of sources and ids of facts, each once, the weightiest first."""

    sources: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one calculation or look-up, not yet in any language.

    answer: the first line. steps: how it came about. notes: where the law is unclear or sources differ. actions: what to do.
    details: shown in the long form only. effective_from, effective_to: of the rule that decided.
    entries: entries that say more, as buttons.
    """

    answer: Line
    founding: Founding
    steps: tuple[Line, ...] = ()
    notes: tuple[Line, ...] = ()
    actions: tuple[Line, ...] = ()
    details: tuple[Line, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    entries: tuple[str, ...] = ()


class InputFaultsError(Exception):
    """The inputs cannot be. faults: (what is wrong, the slots concerned), all of them, never empty."""

    def __init__(self, faults: Sequence[tuple[Line, tuple[str, ...]]]) -> None:
        self.faults = tuple(faults)
        super().__init__(", ".join(f"{said.name} {slots}" for said, slots in self.faults))


class Check:
    """Collects what is wrong with inputs, so that all is told at once."""

    def __init__(self) -> None:
        self._faults: list[tuple[Line, tuple[str, ...]]] = []

    def refuse(self, wrong: bool, said: Line, *slots: str) -> None:
        """Note a fault where `wrong` is true."""
        if wrong:
            self._faults.append((said, slots))

    def day(self, value: date | None, slot: str, on: date, *, earliest: date, ahead_days: int = 400) -> None:
        """Refuse a day before the first that our sources cover, and one further ahead than anybody plans."""
        if value is None:
            return
        self.refuse(value < earliest, line("fault.too_early", day=value, earliest=earliest), slot)
        self.refuse((value - on).days > ahead_days, line("fault.too_late", day=value), slot)

    def done(self) -> None:
        """Raises InputFaultsError with all faults noted, if any."""
        if self._faults:
            raise InputFaultsError(self._faults)


def founded(rows: Iterable[Row], *, facts: Iterable[str] = (), sources: Iterable[str] = ()) -> Founding:
    """The founding of rows and of single statements together."""
    rows = tuple(rows)
    return Founding(
        sources=tuple(dict.fromkeys([*(s for row in rows for s in row.sources), *sources])),
        facts=tuple(dict.fromkeys([*(f for row in rows for f in row.facts), *facts])),
    )


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """A finding as a guide's outcome (`knowledge.rules.guide.Outcome`)."""

    knowledge: Knowledge
    texts: Texts
    finding: Finding
    topic: str
    verified_on: date

    def render(self, language: Language) -> Reply:
        """The answer on one screen: with the steps where there is room, without them where `more` has to show them."""
        buttons = [entry_button(self.knowledge, e, language) for e in self.finding.entries[:MAX_BUTTONS]]
        whole = self._reply(self.finding.steps, language, buttons)
        return whole if len(whole.text) <= SCREEN[language] else self._reply((), language, buttons)

    def more(self, language: Language) -> Reply | None:
        """The same with all steps and details; None where the screen showed all there is."""
        whole = self._reply(self.finding.steps + self.finding.details, language, ())
        if not self.finding.details and len(whole.text) <= SCREEN[language]:
            return None
        return whole

    def _reply(self, steps: tuple[Line, ...], language: Language, buttons: Sequence[ReplyButton]) -> Reply:
        say = self.texts.say
        paragraphs = [f"**{say(self.finding.answer, language)}**"]
        if steps:
            paragraphs.append("\n".join(f"{place}. {say(step, language)}" for place, step in enumerate(steps, start=1)))
        for heading, lines in (("heading.notes", self.finding.notes), ("heading.actions", self.finding.actions)):
            if lines:
                listed = "\n".join(f"- {say(said, language)}" for said in lines)
                paragraphs.append(f"{say(line(heading), language)}\n\n{listed}")
        return founded_reply(self.knowledge, self.basis(), paragraphs, language, topic=self.topic, buttons=buttons)

    def basis(self) -> Basis:
        """What the finding rests on. Unverified facts do not lower the grade: their sentences say so themselves."""
        grades = {self.knowledge.facts[fact] for fact in self.finding.founding.facts}
        return Basis(
            sources=self.finding.founding.sources,
            facts=self.finding.founding.facts,
            grade=Grade.REPORTED if FactGrade.REPORTED in grades else Grade.OFFICIAL,
            verified_on=self.verified_on,
            effective_from=self.finding.effective_from,
            effective_to=self.finding.effective_to,
        )


def guide_faults(error: InputFaultsError, texts: Texts) -> tuple[Fault, ...]:
    """The faults as a guide tells them."""
    return tuple(Fault(texts.localized(said), slots) for said, slots in error.faults)
