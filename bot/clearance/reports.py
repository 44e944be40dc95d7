"""Reports that correct or withdraw earlier ones: which of them hold, whatever the order in which they came. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clearance.details import Details, NumberKind
from bot.clearance.model import StageChange, TakenBack, current_stage, in_order

Name = tuple[str, str]
"""What names a report: source and id."""


@dataclass(frozen=True)
class Report:
    """One report as it is kept. change: the stage it tells, None where it withdraws; amends_id: of the report of the same
    source that it corrects or withdraws. told: followers read it, and nothing else since then said that it was wrong.
    """

    seq: int
    source: str
    event_id: str
    change: StageChange | None
    amends_id: str | None = None
    note: str | None = None
    received_at: datetime | None = None
    told: bool = False

    @property
    def name(self) -> Name:
        """Source and id."""
        return self.source, self.event_id

    @property
    def amends(self) -> Name | None:
        """The name of the report that it takes the place of, or takes back."""
        return (self.source, self.amends_id) if self.amends_id is not None else None


@dataclass(frozen=True)
class Settled:
    """What holds of a declaration's reports.

    holding: stages that hold, by time, oldest first, each with its report. taken_back: by name, the report that corrects or
    withdraws it. current: the report of the stage that holds now; None when none does.
    """

    holding: tuple[Report, ...]
    taken_back: Mapping[Name, Report]
    current: Report | None

    @property
    def numbers(self) -> frozenset[tuple[NumberKind, str]]:
        """Bills of lading and containers that any holding report names."""
        found: set[tuple[NumberKind, str]] = set()
        for details in self._details():
            found |= {(NumberKind.BILL, number) for number in details.bills}
            found |= {(NumberKind.CONTAINER, number) for number in details.containers}
        return frozenset(found)

    def latest(self, member: str) -> object:
        """The latest value that a holding report gives for a member of Details; None without one."""
        values = (getattr(details, member) for details in self._details())
        return next((value for value in reversed(list(values)) if value is not None), None)

    def _details(self) -> list[Details]:
        return [report.change.details for report in self.holding if report.change is not None]


def settle(reports: Sequence[Report]) -> Settled:
    """Work out which reports hold. reports: all of one declaration, in any order, each once.

    A report is taken back by one that amends it and is not itself withdrawn; withdrawing a withdrawal restores. What corrects a
    correction stands in its place. Reports that amend each other in a ring amend nothing. Of several that correct one report
    the last by time and id stands, and a withdrawal goes before them. Who amends a report that is not there amends nothing
    until it comes.
    """
    if all(report.amends_id is None for report in reports):
        # By far the most: nothing is taken back.
        plain = _by_time([report for report in reports if report.change is not None])
        return Settled(tuple(plain), {}, _current(plain))
    known = {report.name: report for report in reports}
    amending: dict[Name, list[Report]] = {}
    for report in reports:
        target = report.amends
        if target in known and target is not None and not _in_ring(report, known):
            amending.setdefault(target, []).append(report)
    taken_back: dict[Name, Report] = {}
    acting: dict[Name, bool] = {}
    for report in reports:
        _decide(report, amending, acting, taken_back)
    taken_back = {name: _last_word(by, taken_back) for name, by in taken_back.items()}
    holding = [report for report in reports if report.change is not None and report.name not in taken_back]
    in_time = _by_time(holding)
    return Settled(tuple(in_time), taken_back, _current(in_time))


def _decide(
    report: Report, amending: Mapping[Name, list[Report]], acting: dict[Name, bool], taken_back: dict[Name, Report]
) -> None:
    """Note what takes a report back, and whether the report itself still amends: it does unless it was withdrawn.

    Chains are walked from their end without recursion: they may be long.
    """
    waiting = [report]
    while waiting:
        top = waiting[-1]
        if top.name in acting:
            waiting.pop()
            continue
        open_ones = [other for other in amending.get(top.name, ()) if other.name not in acting]
        if open_ones:
            waiting += open_ones
            continue
        words = [_last_word(other, taken_back) for other in amending.get(top.name, ()) if acting[other.name]]
        if words:
            winner = max(words, key=_strength)
            taken_back |= {word.name: winner for word in (top, *words) if word is not winner}
        acting[top.name] = not (words and winner.change is None)
        waiting.pop()


def _last_word(report: Report, taken_back: Mapping[Name, Report]) -> Report:
    """What stands in a report's place now: itself, or the end of the corrections of it."""
    while (by := taken_back.get(report.name)) is not None:
        report = by
    return report


def _strength(report: Report) -> tuple[bool, str, str]:
    """A withdrawal says that nothing of it holds, and goes before a correction."""
    at = report.change.occurred_at.isoformat() if report.change is not None else ""
    return report.change is None, at, report.event_id


def _in_ring(report: Report, known: Mapping[Name, Report]) -> bool:
    seen = {report.name}
    target = report.amends
    while target is not None and target in known:
        if target == report.name:
            return True
        if target in seen:
            return False
        seen.add(target)
        target = known[target].amends
    return False


def _by_time(reports: Sequence[Report]) -> list[Report]:
    by_change = {id(report.change): report for report in reports}
    ordered = sorted(reports, key=lambda report: report.name)
    changes = in_order(report.change for report in ordered if report.change is not None)
    return [by_change[id(change)] for change in changes]


def _current(in_time: Sequence[Report]) -> Report | None:
    changes = [report.change for report in in_time if report.change is not None]
    current = current_stage(changes)
    return next((report for report in in_time if report.change is current), None) if current else None


def taken_back(settled: Settled, reports: Sequence[Report]) -> tuple[TakenBack, ...]:
    """The stages that were reported and do not hold, in the order in which it was heard that they do not."""
    found = [
        TakenBack(report.change, by.change, by.note, by.received_at)
        for report in reports
        if report.change is not None and (by := settled.taken_back.get(report.name)) is not None and by.received_at
    ]
    return tuple(sorted(found, key=lambda one: (one.heard_at, one.change.occurred_at, one.change.stage)))
