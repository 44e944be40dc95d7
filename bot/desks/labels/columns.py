"""The columns of a goods list, and what each cell may hold. Every fault of a row is found, none is passed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from bot.desks.labels.model import DAYS, MILLI, PAPERS, QUESTIONS, GoodsLine

NAME_MAX, UNIT_MAX, ORIGIN_MAX, PAPER_MAX = 120, 16, 60, 64
QUANTITY_MAX = 10**9
PACKAGES_MAX = 9999
COLUMNS = ("name", "hs", "quantity", "unit", "packages", "origin", *QUESTIONS, *PAPERS)
REQUIRED = ("name", "hs", "quantity", "unit", "packages", "origin", *QUESTIONS)

_YES = frozenset({"是", "有", "对", "y", "yes", "true", "1", "√", "✓"})
_NO = frozenset({"否", "无", "無", "不是", "没有", "沒有", "n", "no", "false", "0", "×", "-"})
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class RowFault:
    """One thing wrong in a list. row: as the spreadsheet counts, from 1; 0: the file as a whole. values: for the sentence."""

    row: int
    column: str
    code: str
    values: Mapping[str, str]


def cell_text(value: object) -> str:
    """A cell as a person would read it: 5.0 → `5`, a day → ISO, blanks at the ends and line breaks gone."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return " ".join(_CONTROL.sub(" ", str(value)).split())


class _Row:
    """Reads one row and notes what is wrong with it."""

    def __init__(self, number: int, cells: Mapping[str, str], faults: list[RowFault]) -> None:
        self._number = number
        self._cells = cells
        self._faults = faults

    def fault(self, column: str, code: str, **values: str) -> None:
        self._faults.append(RowFault(self._number, column, code, values))

    def text(self, column: str, most: int) -> str:
        text = self._cells.get(column, "")
        if not text and column in REQUIRED:
            self.fault(column, "missing")
        elif len(text) > most:
            self.fault(column, "too_long", most=str(most))
        return text

    def hs(self) -> str:
        text = re.sub(r"[.\s]", "", self._cells.get("hs", ""))
        if not text:
            self.fault("hs", "missing")
            return ""
        if text.isdigit() and len(text) in (5, 7, 9):
            text = "0" + text  # a spreadsheet takes it for a number and drops the nought in front
        if not re.fullmatch(r"(\d{2})(\d{4}|\d{6}|\d{8})", text) or not 1 <= int(text[:2]) <= 97 or text[:2] == "77":
            self.fault("hs", "hs")
        return text

    def quantity(self) -> int:
        return self._number_of("quantity", lambda n: 0 < n <= QUANTITY_MAX and n * MILLI == int(n * MILLI), MILLI)

    def packages(self) -> int:
        return self._number_of("packages", lambda n: 1 <= n <= PACKAGES_MAX and n == int(n), 1)

    def _number_of(self, column: str, fits: Callable[[Decimal], bool], scale: int) -> int:
        text = self._cells.get(column, "").replace(",", "").replace("，", "")
        if not text:
            self.fault(column, "missing")
            return 0
        try:
            number = Decimal(text)
        except InvalidOperation:
            self.fault(column, column)
            return 0
        if not number.is_finite() or not fits(number):
            self.fault(column, column)
            return 0
        return int(number * scale)

    def yes(self, question: str) -> bool:
        text = self._cells.get(question, "").lower()
        if not text:
            self.fault(question, "unanswered")
        elif text not in _YES | _NO:
            self.fault(question, "yes_no")
        return text in _YES

    def paper(self, name: str) -> str:
        text = self.text(name, PAPER_MAX)
        if not text or name not in DAYS:
            return text
        found = _DAY.fullmatch(text)
        try:
            return date(*(int(part) for part in found.groups())).isoformat() if found else self._no_day(name)
        except ValueError:
            return self._no_day(name)

    def _no_day(self, name: str) -> str:
        self.fault(name, "day")
        return ""


def read_row(number: int, cells: Mapping[str, str], faults: list[RowFault]) -> GoodsLine | None:
    """The line of one row, cells by column; None where something is wrong with it: then all of that is in `faults`."""
    before = len(faults)
    row = _Row(number, cells, faults)
    name, hs, quantity = row.text("name", NAME_MAX), row.hs(), row.quantity()
    unit, packages, origin = row.text("unit", UNIT_MAX), row.packages(), row.text("origin", ORIGIN_MAX)
    yes = frozenset([question for question in QUESTIONS if row.yes(question)])
    papers = {paper: given for paper in PAPERS if (given := row.paper(paper))}
    if len(faults) > before:
        return None
    return GoodsLine(name, hs, quantity, unit, packages, origin, yes, papers)


def columns_of(headers: Sequence[str], names: Mapping[str, str]) -> dict[int, str]:
    """Which column stands where. names: every accepted heading, squeezed, → its column."""
    found: dict[int, str] = {}
    for place, header in enumerate(headers):
        column = names.get(squeezed(header))
        if column is not None and column not in found.values():
            found[place] = column
    return found


def squeezed(header: str) -> str:
    """A heading as it is compared: lower case, without blanks, stars and what stands in brackets."""
    return re.sub(r"[（(].*?[）)]|[\s*＊_]", "", header).lower()
