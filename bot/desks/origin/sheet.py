"""The data sheet as a file to copy from: what was told, and nothing else."""

from __future__ import annotations

import csv
import io

from openpyxl import Workbook

from bot.channels.model import Language
from bot.desks.origin.model import FIELDS, OriginCase
from bot.desks.origin.words import OriginWords

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def sheet_rows(case: OriginCase, words: OriginWords, language: Language) -> list[tuple[str, str]]:
    """The lines of the sheet: what each box is called, and what was told of it."""
    head = [(words.say("sheet", language), case.number), (words.name(case, language), words.route(case, language))]
    body = [(words.say(f"field_{name}", language), case.sheet.get(name, "")) for name in FIELDS]
    return [*head, *body, (words.say("sheet_note", language), "")]


def as_csv(rows: list[tuple[str, str]]) -> bytes:
    """CSV in UTF-8 with a mark, so that spreadsheets read Chinese right. What they would take for a formula is made text."""
    written = io.StringIO()
    csv.writer(written).writerows([[_plain(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def as_xlsx(rows: list[tuple[str, str]]) -> bytes:
    """A spreadsheet; every cell is a text."""
    book = Workbook(write_only=True)
    page = book.create_sheet("sheet")
    for row in rows:
        page.append([_plain(cell) for cell in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _plain(cell: str) -> str:
    visible = "".join(char for char in cell if char.isprintable() or char in "\n\t")
    return f"'{visible}" if visible.startswith(_FORMULA) else visible
