"""What one more report makes true, and what followers are told of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.channels.model import LANGUAGES, Language, Reply
from bot.clearance.model import StageChange, TakenBack
from bot.clearance.reports import Report, Settled, settle
from bot.clearance.texts import StageTexts


@dataclass(frozen=True)
class Telling:
    """What followers are told because of one report.

    kind: `change`, `update` or `correction`. says: the reports whose contents the message tells; unsays: those of which it says
    that they were wrong. current: what holds; None: nothing.
    """

    cause_seq: int
    declaration_no: str
    kind: str
    says: tuple[Report, ...]
    unsays: tuple[TakenBack, ...]
    unsaid: tuple[Report, ...]
    current: StageChange | None
    history: tuple[StageChange, ...]

    def messages(self, texts: StageTexts) -> dict[Language, Reply]:
        """The message in each language."""
        number, history = self.declaration_no, self.history
        if self.kind == "correction":
            return {
                language: texts.correction(number, self.unsays, self.current, language, history=history)
                for language in LANGUAGES
            }
        if self.current is None:  # pragma: no cover - only a correction tells that nothing holds
            raise AssertionError("a change without a stage")
        render = texts.change if self.kind == "change" else texts.update
        return {language: render(number, self.current, language, history=history) for language in LANGUAGES}


class Unfolding:
    """The reports of one declaration while new ones are added to them."""

    def __init__(self, declaration_no: str, reports: Sequence[Report], *, followed: bool) -> None:
        self.declaration_no = declaration_no
        self._reports = list(reports)
        self._followed = followed
        self._settled: Settled | None = None
        self.told: dict[int, bool] = {}

    @property
    def settled(self) -> Settled:
        """What holds, with all that was added."""
        if self._settled is None:
            self._settled = settle(self._reports)
        return self._settled

    def add(self, report: Report) -> Telling | None:
        """Take one more report; returns what followers are to be told, None when nothing new is true for them.

        Wrong is what followers read, or held, and what does not hold any more: they are told so, whatever holds now.
        """
        if not self._followed:
            # Nobody reads what came in between: what holds in the end is worked out once, when it is asked for.
            self._reports.append(report)
            self._settled = None
            return None
        before = self.settled
        self._reports.append(report)
        self._settled = after = settle(self._reports)
        unsaid = [
            one
            for one in self._reports
            if one.change is not None and one.name in after.taken_back and (one.told or one is before.current)
        ]
        telling = self._telling(report, before, after, unsaid)
        if telling is not None:
            self._mark(telling)
        return telling

    def _telling(self, cause: Report, before: Settled, after: Settled, unsaid: list[Report]) -> Telling | None:
        current = after.current
        if unsaid:
            by = [after.taken_back[one.name] for one in unsaid]
            says = tuple(one for one in (*by, current) if one is not None and one.change is not None)
            unsays = tuple(_taken_back(one, after.taken_back[one.name]) for one in unsaid)
            return self._of("correction", cause, says, unsays, tuple(unsaid))
        if current is None or current.change is None or current is before.current:
            return None
        was = before.current.change if before.current else None
        if was is None or current.change.stage is not was.stage:
            return self._of("change", cause, (current,))
        news = current.change.details.inspection or current.change.details.duty
        said = was.details.inspection or was.details.duty
        return self._of("update", cause, (current,)) if news and news != said else None

    def _of(
        self,
        kind: str,
        cause: Report,
        says: tuple[Report, ...],
        unsays: tuple[TakenBack, ...] = (),
        unsaid: tuple[Report, ...] = (),
    ) -> Telling:
        after = self.settled
        history = tuple(report.change for report in after.holding if report.change is not None)
        current = after.current.change if after.current else None
        return Telling(cause.seq, self.declaration_no, kind, says, unsays, unsaid, current, history)

    def _mark(self, telling: Telling) -> None:
        told = {report.name: True for report in telling.says} | {report.name: False for report in telling.unsaid}
        for place, report in enumerate(self._reports):
            wanted = told.get(report.name)
            if wanted is not None and report.told is not wanted:
                self._reports[place] = replace(report, told=wanted)
                self.told[report.seq] = wanted
        if self.told:
            self._settled = settle(self._reports)


def _taken_back(wrong: Report, by: Report) -> TakenBack:
    if wrong.change is None or by.received_at is None:  # pragma: no cover - chosen by its stage, and kept
        raise AssertionError("a withdrawal cannot be wrong to anybody")
    return TakenBack(wrong.change, by.change, by.note, by.received_at)
