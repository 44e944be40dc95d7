"""Reads the rules: classes of goods, their rows, and what may follow when they are broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from knowledge.files import Fault, Reader, read_yaml
from knowledge.load import Knowledge
from knowledge.model import FactGrade, Localized
from knowledge.rules.bring.model import Band, Gate, Rate, Row, RuleClass, Side, Verdict

_ROW_KEYS = frozenset(
    (
        "id",
        "side",
        "gate",
        "group",
        "when",
        "measure",
        "bands",
        "verdict",
        "text",
        "facts",
        "sources",
        "from",
        "to",
        "penalty",
    )
)
_CLASS_KEYS = frozenset(
    ("title", "topic", "entries", "measure", "unit", "units", "assumed_units", "rate", "sets", "rows")
)
WHEN_SLOTS = frozenset(("direction", "place", "frequency", "resident", "age", "contains", "purpose"))
_WEAKEST = (FactGrade.UNVERIFIED, FactGrade.HISTORICAL, FactGrade.REPORTED, FactGrade.OFFICIAL)
ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Penalty:
    """What may follow. grade: of its weakest fact."""

    text: Localized
    facts: tuple[str, ...]
    sources: tuple[str, ...]
    grade: FactGrade


@dataclass(slots=True)
class RuleReader:
    """Reads all files of rules and notes every fault. classes: by id; penalties: by name."""

    knowledge: Knowledge
    faults: list[Fault] = field(default_factory=list)
    classes: dict[str, RuleClass] = field(default_factory=dict)
    penalties: dict[str, Penalty] = field(default_factory=dict)
    _sets: dict[str, list[tuple[Reader, date]]] = field(default_factory=dict)
    _rows: dict[str, Row] = field(default_factory=dict)

    def read(self, folder: Path) -> None:
        """Read `folder`/rules/*.yaml and `folder`/penalties.yaml."""
        raw_penalties = read_yaml(folder / "penalties.yaml", "penalties.yaml", self.faults)
        for name, raw in raw_penalties.items():
            self.penalties[name] = self._penalty(Reader("penalties.yaml", name, raw, self.faults))
        documents = {
            path.name: read_yaml(path, path.name, self.faults) for path in sorted((folder / "rules").glob("*.yaml"))
        }
        for name, document in documents.items():
            head = Reader(name, None, document, self.faults)
            verified_on = head.date("verified_on")
            for key, rows in (document.get("sets") or {}).items():
                if key in self._sets:
                    head.fault(f"set {key} stands twice")
                self._sets[key] = [
                    (reader, verified_on) for reader in Reader(name, key, {"rows": rows}, self.faults).parts("rows")
                ]
        for name, document in documents.items():
            verified_on = Reader(name, None, document, []).date("verified_on")
            for key, raw in (document.get("classes") or {}).items():
                reader = Reader(name, key, raw, self.faults)
                if key in self.classes:
                    reader.fault("this class stands twice")
                self.classes[key] = self._class(reader, key, verified_on)

    def _class(self, reader: Reader, key: str, verified_on: date) -> RuleClass:
        reader.refuse_unknown_keys(_CLASS_KEYS)
        sets = (ALWAYS, *reader.texts("sets", required=False))
        reader.refuse_unknown("sets", sets, self._sets)
        # Of a group the first row counts: what the sets say comes before the class's own.
        parts = [row for name in sets for row in self._sets.get(name, [])]
        parts += [(part, verified_on) for part in reader.parts("rows")]
        rows = tuple(self._row(part, on) for part, on in parts)
        measure = reader.text("measure")
        entries = reader.texts("entries")
        topic = reader.text("topic")
        reader.refuse_unknown("topic", [topic], self.knowledge.topics)
        reader.refuse_unknown("entries", entries, self.knowledge.entries)
        return RuleClass(
            id=key,
            title=reader.localized("title"),
            topic=topic,
            entries=entries,
            measure=measure,
            unit=reader.optional_text("unit") or measure,
            units=self._units(reader),
            assumed_units=reader.texts("assumed_units", required=False),
            rate=self._rate(reader),
            rows=rows,
        )

    def _row(self, reader: Reader, verified_on: date) -> Row:
        reader.refuse_unknown_keys(_ROW_KEYS)
        facts, sources = self._founding(reader)
        gate = reader.choice("gate", Gate, Gate.QUANTITY)
        penalty = reader.optional_text("penalty")
        reader.refuse_unknown("penalty", [penalty or ""], self.penalties)
        row = Row(
            id=reader.text("id"),
            side=reader.choice("side", Side, Side.MAINLAND),
            gate=gate,
            group=reader.optional_text("group") or gate.value,
            when=self._when(reader),
            measure=reader.optional_text("measure"),
            bands=self._bands(reader),
            text=reader.localized("text"),
            facts=facts,
            sources=sources,
            grade=self._grade(facts),
            effective_from=reader.optional_date("from"),
            effective_to=reader.optional_date("to"),
            verified_on=verified_on,
            penalty=penalty,
        )
        if self._rows.setdefault(row.id, row) != row:
            reader.fault(f"the row id {row.id} stands twice")
        return row

    def _when(self, reader: Reader) -> Mapping[str, tuple[str, ...]]:
        given = reader.mapping("when")
        for slot in given:
            if slot not in WHEN_SLOTS:
                reader.fault(f"when: unknown slot {slot}")
        return {slot: tuple(str(value) for value in values) for slot, values in given.items()}

    def _bands(self, reader: Reader) -> tuple[Band, ...]:
        if reader.has("verdict"):
            return (Band(None, self._verdict(reader)),)
        parts = reader.parts("bands")
        bands = tuple(
            Band(
                up_to=number(part, "up_to") if part.has("up_to") else None,
                verdict=self._verdict(part),
                exclusive=part.has("exclusive"),
                text=part.localized("text") if part.has("text") else None,
            )
            for part in parts
        )
        limits = [band.up_to for band in bands[:-1]]
        if not bands or bands[-1].up_to is not None or None in limits:
            reader.fault("bands: all but the last need up_to, the last has none")
        return bands

    def _verdict(self, reader: Reader) -> Verdict:
        name = reader.text("verdict").upper()
        if name in Verdict.__members__:
            return Verdict[name]
        reader.fault(f"verdict: must be one of {', '.join(v.lower() for v in Verdict.__members__)}, not {name.lower()}")
        return Verdict.UNSETTLED

    def _units(self, reader: Reader) -> Mapping[str, Decimal]:
        if not reader.has("units"):
            return {}
        part = reader.part("units")
        return {unit: number(part, unit) for unit in reader.mapping("units")}

    def _rate(self, reader: Reader) -> Rate | None:
        if not reader.has("rate"):
            return None
        part = reader.part("rate")
        facts, sources = self._founding(part)
        return Rate(number(part, "percent"), facts, sources, self._grade(facts))

    def _penalty(self, reader: Reader) -> Penalty:
        reader.refuse_unknown_keys(frozenset(("text", "facts", "sources")))
        facts, sources = self._founding(reader)
        return Penalty(reader.localized("text"), facts, sources, self._grade(facts))

    def _founding(self, reader: Reader) -> tuple[tuple[str, ...], tuple[str, ...]]:
        facts, sources = reader.texts("facts"), reader.texts("sources")
        reader.refuse_unknown("facts", facts, self.knowledge.facts)
        reader.refuse_unknown("sources", sources, self.knowledge.sources)
        return facts, sources

    def _grade(self, facts: tuple[str, ...]) -> FactGrade:
        return weakest([self.knowledge.facts[fact] for fact in facts if fact in self.knowledge.facts])


def weakest(grades: list[FactGrade]) -> FactGrade:
    """The weakest of the grades; official where there is none."""
    return min(grades, key=_WEAKEST.index, default=FactGrade.OFFICIAL)


def number(reader: Reader, key: str) -> Decimal:
    """A number written as text ("0.83"); a fault and 0 where it is none."""
    text = reader.text(key)
    try:
        return Decimal(text)
    except InvalidOperation:
        reader.fault(f"{key}: not a number: {text}")
        return Decimal(0)
