"""What a number says, as a finding for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from knowledge.files import Fault, Reader, read_yaml
from knowledge.load import Knowledge, KnowledgeError
from knowledge.model import Localized
from knowledge.rules.finding import Finding, founded
from knowledge.rules.identifiers.numbers import (
    container_number,
    credit_code,
    declaration_number,
    hs_code,
    office_code,
    unified_number,
)
from knowledge.rules.said import Line, Texts, line, read_texts

VERIFIED_ON = date(2026, 11, 22)
_CONDITIONS = frozenset("ABD")
_CATEGORIES = frozenset("MNPQRSLVW")


@dataclass(frozen=True, slots=True)
class Identifiers:
    """offices: by four-digit code. chapters: by two digits."""

    knowledge: Knowledge
    texts: Texts
    offices: Mapping[str, Localized]
    chapters: Mapping[str, Localized]


def load_identifiers(knowledge: Knowledge) -> Identifiers:
    """Read offices, chapters and sentences. Raises KnowledgeError with the faults of the first file that has some."""
    here = Path(__file__).parent
    return Identifiers(
        knowledge=knowledge,
        texts=read_texts(here.parent / "texts.yaml").merged(read_texts(here / "texts.yaml")),
        offices=_names(here / "offices.yaml"),
        chapters=_names(here / "chapters.yaml"),
    )


def _names(path: Path) -> Mapping[str, Localized]:
    faults: list[Fault] = []
    raw = read_yaml(path, path.name, faults)
    reader = Reader(path.name, None, raw, faults)
    names = {code: reader.localized(code) for code in raw}
    if faults:
        raise KnowledgeError(tuple(faults))
    return MappingProxyType(names)


def explain_number(kind: str, text: str, on: date, data: Identifiers) -> Finding:
    """What a number of a kind says. text: upper case, without blanks. Raises InputFaultsError with all that is wrong."""
    return _KINDS[kind](text, on, data)


def _declaration(text: str, on: date, data: Identifiers) -> Finding:
    found = declaration_number(text, this_year=on.year)
    office, flow = (
        _office_line(found.office, data),
        line("declaration_no.import" if found.flag == "1" else "declaration_no.export"),
    )
    return Finding(
        answer=line("declaration_no.ok", office=office, year=str(found.year), flow=flow),
        founding=founded(
            [],
            facts=["NUM-01", "NUM-02", "NUM-10", *([] if found.flag == "1" else ["NUM-03"])],
            sources=["K10", "K4", "K8", "K9"],
        ),
        steps=(
            line("declaration_no.office", code=found.office, office=office),
            line("declaration_no.year", year=str(found.year)),
            line("declaration_no.flag", flag=found.flag, flow=flow),
            line("declaration_no.serial", serial=found.serial),
        ),
        notes=(line("declaration_no.sample"),),
        actions=(line("declaration_no.do"),),
        entries=("status-number-codes",),
    )


def _office_line(code: str, data: Identifiers) -> Line:
    name = data.offices.get(code)
    return line("office.known", name=name) if name is not None else line("office.unknown", code=code)


def _unified(text: str, _on: date, _data: Identifiers) -> Finding:
    found = unified_number(text)
    flow = line("unified_no.import" if found.letter == "I" else "unified_no.export")
    return Finding(
        answer=line("unified_no.ok", flow=flow, year=str(found.year)),
        founding=founded([], facts=["NUM-04", "STS-11"], sources=["K4", "K5"]),
        steps=(line("unified_no.later"),),
    )


def _container(text: str, _on: date, _data: Identifiers) -> Finding:
    found = container_number(text)
    products = "+".join(f"{value}×{weight}" for value, weight in found.products)
    return Finding(
        answer=line(
            "container.ok" if found.complete else "container.completed", number=found.text, check=str(found.check)
        ),
        founding=founded([], facts=["NUM-07", "NUM-08", "NUM-09"], sources=["I1", "I2", "I3"]),
        steps=(
            line("container.owner", owner=text[:3]),
            line("container.category", category=text[3], meaning=line(f"container.category_{text[3]}")),
            line("container.sum", products=products, total=str(found.total)),
            line("container.modulo", total=str(found.total), rest=str(found.total % 11), check=str(found.check)),
        ),
        details=(line("container.weights"),),
    )


def _hs(text: str, _on: date, data: Identifiers) -> Finding:
    chapter = hs_code(text, frozenset(data.chapters))
    rest = "".join(f", {text[begin:end]}" for begin, end in ((4, 6), (6, 8), (8, 10), (10, 13)) if text[begin:end])
    return Finding(
        answer=line("hs.ok", code=text, chapter=chapter, name=data.chapters[chapter]),
        founding=founded([], facts=["NUM-05"], sources=["K15"]),
        steps=(line("hs.parts", chapter=chapter, heading=text[:4], rest=rest), line(f"hs.level_{len(text)}")),
        notes=(line("hs.no_heading"),),
        actions=(line("hs.do"),),
        entries=("hs-code-meaning", "supervision-condition-a-b"),
    )


def _office(text: str, _on: date, data: Identifiers) -> Finding:
    code = office_code(text)
    name = data.offices.get(code)
    return Finding(
        answer=line("office.ok", code=code, name=name) if name is not None else line("office.not_known", code=code),
        founding=founded([], facts=["NUM-10", "NUM-11"], sources=["K8", "K9"]),
        notes=(line("office.beware"),),
        actions=(line("office.do"),),
    )


def _credit(text: str, _on: date, _data: Identifiers) -> Finding:
    found = credit_code(text)
    return Finding(
        answer=line("credit.ok", check=found.check),
        founding=founded([], facts=["NUM-05"], sources=["K15"]),
        steps=(
            line(
                "credit.parts",
                department=found.department,
                region=found.region,
                organisation=found.organisation,
                check=found.check,
            ),
        ),
        notes=(line("credit.not_registered"),),
        details=(line("credit.letters"),),
    )


def _letters(text: str, _on: date, _data: Identifiers) -> Finding:
    letters = tuple(dict.fromkeys(c for c in text if c.isalpha()))
    steps: list[Line] = []
    for letter in letters:
        if letter in _CONDITIONS:
            steps.append(line("letters.supervision", letter=letter, meaning=line(f"letters.condition_{letter}")))
        if letter in _CATEGORIES:
            steps.append(line("letters.category", letter=letter, meaning=line(f"letters.category_{letter}")))
        if letter not in _CONDITIONS | _CATEGORIES:
            steps.append(line("letters.unknown", letter=letter))
    weak = any(letter in "VW" for letter in letters)
    return Finding(
        answer=line("letters.answer", letters=letters),
        founding=founded([], facts=["INS-10", "INS-11", *(["INS-12"] if weak else [])], sources=["P9a"]),
        steps=tuple(steps),
        actions=(line("letters.do"),),
        entries=("supervision-condition-a-b", "inspection-category-letters"),
    )


_KINDS: Mapping[str, Callable[[str, date, Identifiers], Finding]] = MappingProxyType(
    {
        "declaration": _declaration,
        "unified": _unified,
        "container": _container,
        "hs": _hs,
        "office": _office,
        "credit": _credit,
        "letters": _letters,
    }
)
KINDS = tuple(_KINDS)
