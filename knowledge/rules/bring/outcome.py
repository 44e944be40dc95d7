"""A decision as a person reads it: the verdict first, then the rules, what to do, the tax, the other side, the sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from knowledge.answer import Reply, ReplyButton, entry_button
from knowledge.load import Knowledge
from knowledge.model import FactGrade, Grade, Language, Localized
from knowledge.rules.basis import Basis, founded_reply
from knowledge.rules.bring.evaluate import Ruleset
from knowledge.rules.bring.model import Decision, Finding, Limit, RuleClass, Side, Verdict
from knowledge.rules.said import CURRENCIES, Line, Money, Texts, line

_MAX_BUTTONS = 3
_SHORT_NOTES = 1
_CHANNEL_FACTS, _CHANNEL_SOURCES = ("CH-07", "CH-08"), ("A43",)
_EVADE_PENALTIES = ("undeclared", "smuggling")


@dataclass(frozen=True, slots=True)
class Context:
    """What all outcomes need to be told."""

    knowledge: Knowledge
    rules: Ruleset
    texts: Texts
    verified_on: date


@dataclass(frozen=True, slots=True)
class BringOutcome:
    """A decision to be told (`knowledge.rules.guide.Outcome`).

    named: the goods as the person means them. rule_class: the class of the good, of the first where several decide alike.
    """

    context: Context
    decision: Decision
    named: Localized
    rule_class: RuleClass

    def render(self, language: Language) -> Reply:
        """One screen."""
        findings = _shortened(self.decision)
        paragraphs = [f"**{self._say(self._first_line(), language)}**"]
        paragraphs += self._rules([f for f in findings if f.row.side is Side.MAINLAND], language)
        paragraphs += self._rules([f for f in findings if f.row.side is not Side.MAINLAND], language)
        paragraphs += [self._say(self._what_to_do(), language) + self._end(language)]
        leaving = self.decision.known.get("direction") == "leave"
        if leaving and self.decision.verdict is not Verdict.PROHIBITED and (other := self._other_side()):
            paragraphs.insert(-1, self._say(other, language))
        paragraphs[-1:] = [
            *self._tax(language),
            *([self._remarks(language)] if self.decision.remarks else []),
            paragraphs[-1],
        ]
        buttons = [entry_button(self.context.knowledge, e, language) for e in self.rule_class.entries[:_MAX_BUTTONS]]
        return self._reply(paragraphs, findings, language, buttons)

    def more(self, language: Language) -> Reply | None:
        """All rules that apply, what may follow, and what holds on the other side."""
        findings = self.decision.findings
        paragraphs = [f"**{self._say(self._first_line(), language)}**", self._say(line("heading.rules"), language)]
        paragraphs += self._rules(findings, language)
        paragraphs += self._tax(language)
        penalties = [self.context.rules.penalties[name] for name in _penalties(findings)]
        if penalties:
            listed = "\n".join(f"- {penalty.text.get(language)}" for penalty in penalties)
            paragraphs.append(f"{self._say(line('heading.penalty'), language)}\n\n{listed}")
        if other := self._other_side():
            paragraphs.append(self._say(other, language))
        paragraphs.append(self._say(line("note.red_channel"), language))
        facts = tuple(fact for penalty in penalties for fact in penalty.facts)
        sources = tuple(source for penalty in penalties for source in penalty.sources)
        return self._reply(
            paragraphs, findings, language, (), facts=("CH-23", "CH-24", *facts), sources=("HGCH", *sources)
        )

    def _first_line(self) -> Line:
        limit = next((f.limit for f in self.decision.deciding() if f.limit is not None), None)
        values: dict[str, Localized | Line | str] = {"good": self.named, "trip": self._trip()}
        if self.decision.verdict is Verdict.LIMIT and limit is not None:
            values["limit"] = self._limit(limit)
        return line(f"verdict.{self.decision.verdict.name.lower()}", **values)

    def _trip(self) -> Localized:
        known = self.decision.known
        sides = {finding.row.side for finding in self.decision.deciding()}
        parts: list[Line] = []
        if "direction" in known:
            place = f".{known['place']}" if "place" in known else ""
            parts.append(line(f"trip.{known['direction']}{place}"))
        other = next(iter(sides - {Side.MAINLAND}), None)
        if other is not None and Side.MAINLAND not in sides:
            parts.append(line(f"side.{other}"))
        if not parts:
            return Localized("", "", "")
        hans, hant, en = (
            "".join(self._say(part, language) for part in parts) for language in ("zh-Hans", "zh-Hant", "en")
        )
        return Localized(
            f"（{hans.removeprefix('，')}）", f"（{hant.removeprefix('，')}）", f" ({en.removeprefix(', ')})"
        )

    def _limit(self, limit: Limit) -> Localized:
        if limit.measure in CURRENCIES:
            return self.context.texts.localized(line("limit.money", money=Money(limit.amount, limit.measure)))
        return self.context.rules.measures.units[limit.measure].count(limit.amount)

    def _what_to_do(self) -> Line:
        deciding = self.decision.deciding()
        if self.decision.verdict is Verdict.PROHIBITED and deciding and deciding[0].row.side is not Side.MAINLAND:
            return line("do.other_side", side=line(f"choice.place.{deciding[0].row.side}"))
        return line(f"do.{self.decision.verdict.name.lower()}")

    def _end(self, language: Language) -> str:
        return (" " if language == "en" else "") + self._say(line("officer"), language)

    def _rules(self, findings: Iterable[Finding], language: Language) -> list[str]:
        findings = sorted(findings, key=lambda finding: finding.verdict is Verdict.NOTE)
        texts = list(dict.fromkeys(finding.text.get(language) for finding in findings))
        return ["\n".join(f"- {text}" for text in texts)] if texts else []

    def _remarks(self, language: Language) -> str:
        return "\n".join(f"- {remark.get(language)}" for remark in self.decision.remarks)

    def _tax(self, language: Language) -> list[str]:
        tax = self.decision.tax
        if tax is None:
            return []
        name = "heading.tax.unverified" if tax.grade is FactGrade.UNVERIFIED else "heading.tax"
        steps = "\n".join(f"{place}. {step.get(language)}" for place, step in enumerate(tax.steps, start=1))
        return [f"{self._say(line(name), language)}\n\n{steps}"]

    def _other_side(self) -> Line | None:
        place = self.decision.known.get("place")
        sides = {finding.row.side.value for finding in self.decision.findings}
        if place in ("hong_kong", "macao") and place not in sides:
            return line(f"note.no_rule.{place}")
        return (
            line("note.destination")
            if self.decision.known.get("direction") == "leave" and place == "elsewhere"
            else None
        )

    def _say(self, said: Line, language: Language) -> str:
        return self.context.texts.say(said, language)

    def _reply(
        self,
        paragraphs: Sequence[str],
        findings: Sequence[Finding],
        language: Language,
        buttons: Sequence[ReplyButton],
        *,
        facts: tuple[str, ...] = (),
        sources: tuple[str, ...] = (),
    ) -> Reply:
        basis = self._basis(findings, facts, sources)
        return founded_reply(
            self.context.knowledge, basis, paragraphs, language, topic=self.rule_class.topic, buttons=buttons
        )

    def _basis(self, findings: Sequence[Finding], facts: tuple[str, ...], sources: tuple[str, ...]) -> Basis:
        """Deciding rows first. Unverified facts do not lower the grade: their sentences say so themselves."""
        ordered = sorted(findings, key=lambda finding: finding.verdict is not self.decision.verdict)
        tax = self.decision.tax
        all_facts = (
            *(f for finding in ordered for f in finding.row.facts),
            *(tax.facts if tax else ()),
            *_CHANNEL_FACTS,
            *facts,
        )
        all_sources = (
            *(s for finding in ordered for s in finding.row.sources),
            *(tax.sources if tax else ()),
            *_CHANNEL_SOURCES,
            *sources,
        )
        return Basis(
            sources=tuple(dict.fromkeys(all_sources)),
            facts=tuple(dict.fromkeys(all_facts)),
            grade=grade_of(self.context.knowledge, (f for finding in ordered for f in finding.row.facts)),
            verified_on=self.context.verified_on,
            effective_from=ordered[0].row.effective_from if ordered else None,
            effective_to=ordered[0].row.effective_to if ordered else None,
        )


@dataclass(frozen=True, slots=True)
class RefusedOutcome:
    """What a request how to get round the officers gets: no help, the rule, what may follow."""

    context: Context
    decision: Decision | None
    topic: str

    def render(self, language: Language) -> Reply:
        """The refusal, the rule where the goods are known, the penalties."""
        say = self.context.texts.say
        penalties = [self.context.rules.penalties[name] for name in _EVADE_PENALTIES]
        findings = (
            [] if self.decision is None else [f for f in self.decision.findings if f.verdict is not Verdict.NOTE][:2]
        )
        paragraphs = [f"**{say(line('evade'), language)}**"]
        if findings:
            paragraphs.append("\n".join(f"- {finding.text.get(language)}" for finding in findings))
        paragraphs.append("\n".join(f"- {penalty.text.get(language)}" for penalty in penalties))
        paragraphs.append(say(line("evade.instead"), language))
        facts = (*(f for p in penalties for f in p.facts), *(f for finding in findings for f in finding.row.facts))
        sources = (
            *(s for p in penalties for s in p.sources),
            *(s for finding in findings for s in finding.row.sources),
        )
        basis = Basis(
            sources=tuple(dict.fromkeys(sources)),
            facts=tuple(dict.fromkeys(facts)),
            grade=grade_of(self.context.knowledge, facts),
            verified_on=self.context.verified_on,
        )
        buttons = [entry_button(self.context.knowledge, "avoid-inspection-refused", language)]
        return founded_reply(self.context.knowledge, basis, paragraphs, language, topic=self.topic, buttons=buttons)

    def more(self, language: Language) -> Reply | None:
        """Nothing more."""
        return None


def grade_of(knowledge: Knowledge, facts: Iterable[str]) -> Grade:
    """Reported where one of the facts is only reported, else official."""
    grades = {knowledge.facts[fact] for fact in facts}
    return Grade.REPORTED if grades - {FactGrade.OFFICIAL} else Grade.OFFICIAL


def _shortened(decision: Decision) -> tuple[Finding, ...]:
    """What is told on one screen: all that decides or forbids, and the first notes; free rows only where nothing else is."""
    telling = [f for f in decision.findings if f.verdict not in (Verdict.NOTE, Verdict.FREE)]
    kept = telling or [f for f in decision.findings if f.verdict is Verdict.FREE]
    notes = [f for f in decision.findings if f.verdict is Verdict.NOTE][:_SHORT_NOTES]
    chosen = {id(f) for f in (*kept, *notes)}
    return tuple(f for f in decision.findings if id(f) in chosen)


def _penalties(findings: Iterable[Finding]) -> Mapping[str, None]:
    return dict.fromkeys(f.row.penalty for f in findings if f.row.penalty is not None)
