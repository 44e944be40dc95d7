"""Goods lists as files: XLSX or CSV in, all faults by row at once; a template out.

A file is never trusted: its size, the number of its parts, rows and columns, and what its parts unpack to are capped before
anything of it is parsed; macros, links to other files and document types are refused; formulas are not worked out.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from bot.channels.model import LANGUAGES, Language
from bot.desks.labels.columns import COLUMNS, REQUIRED, RowFault, cell_text, columns_of, read_row, squeezed
from bot.desks.labels.model import GoodsLine
from bot.desks.labels.words import LabelWords

FILE_MAX_BYTES = 5_000_000
ROWS_MAX = 10_000
CELLS_MAX = 60
FAULTS_MOST = 500
"""So many faults are told; how many there are besides is said."""
_PARTS_MAX = 200
_UNPACKED_MAX_BYTES = 120_000_000
_PART_RATIO_MAX = 400
_BLANK_ROWS_MAX = 2_000
_REFUSED_PARTS = ("vbaproject", "externallinks/", "embeddings/", "activex/", "ctrlprops/", "connections.xml")
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class ListRead:
    """What was found in a file. lines: number of the row and line; faults: the first FAULTS_MOST; more: how many besides."""

    lines: tuple[tuple[int, GoodsLine], ...]
    faults: tuple[RowFault, ...]
    more: int = 0


class _RefusedError(Exception):
    """The file as a whole cannot be taken. code: of the sentence; values: what it is filled with."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def read_list(content: bytes, words: LabelWords) -> ListRead:
    """Read and check a whole file. Never raises for what is in it: everything wrong is a fault."""
    faults: list[RowFault] = []
    lines: list[tuple[int, GoodsLine]] = []
    try:
        _read_rows(content, words, lines, faults)
    except _RefusedError as error:
        faults.insert(0, RowFault(0, "file", error.code, error.values))
    return ListRead(tuple(lines), tuple(faults[:FAULTS_MOST]), max(0, len(faults) - FAULTS_MOST))


def _read_rows(content: bytes, words: LabelWords, lines: list[tuple[int, GoodsLine]], faults: list[RowFault]) -> None:
    """Fill lines and faults. Raises _RefusedError where the file as a whole is not taken."""
    rows = _rows(content)
    places = _heading(rows, words)
    filled = 0
    for number, cells in rows:
        given = {column: cells[place] for place, column in places.items() if place < len(cells)}
        if not any(given.values()):
            continue
        filled += 1
        if filled > ROWS_MAX:
            raise _RefusedError("too_many_rows", most=str(ROWS_MAX))
        line = read_row(number, given, faults)
        if line is not None:
            lines.append((number, line))
    if not filled:
        raise _RefusedError("empty")


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each row. Raises _RefusedError, also while it runs."""
    if len(content) > FILE_MAX_BYTES:
        raise _RefusedError("too_large", most=str(FILE_MAX_BYTES // 1_000_000))
    if content.startswith(_ZIP):
        return _workbook_rows(content)
    if content.startswith(_OLD_EXCEL):
        raise _RefusedError("old_excel")
    return _csv_rows(content)


def _heading(rows: Iterator[tuple[int, list[str]]], words: LabelWords) -> dict[int, str]:
    """Where each column stands. Raises _RefusedError that names the columns that are not there."""
    names = {squeezed(words.column(column, language)): column for column in COLUMNS for language in LANGUAGES}
    names |= {squeezed(column): column for column in COLUMNS}
    for _, cells in rows:
        if any(cells):
            places = columns_of(cells, names)
            absent = [column for column in REQUIRED if column not in places.values()]
            if absent:
                raise _RefusedError("columns", columns=",".join(absent))
            return places
    raise _RefusedError("empty")


def _csv_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _RefusedError("encoding")
    if "\0" in text:
        raise _RefusedError("kind")
    first = text.partition("\n")[0]
    delimiter = max(",;\t，", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, [cell_text(cell) for cell in cells[:CELLS_MAX]]
    except csv.Error as error:
        raise _RefusedError("kind") from error


def _workbook_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    _check_archive(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what the file says of its own size is not believed
            blank = 0
            for number, row in enumerate(sheet.iter_rows(max_col=CELLS_MAX, values_only=True), start=1):
                cells = [cell_text(value) for value in row]
                blank = 0 if any(cells) else blank + 1
                if blank > _BLANK_ROWS_MAX:
                    return  # a cell far below the list: thousands of empty rows stand for nothing
                yield number, cells
        finally:
            book.close()
    # What openpyxl raises for a broken file is not one tree.
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        IndexError,
        TypeError,
        SyntaxError,
    ) as error:
        raise _RefusedError("kind") from error


def _check_archive(content: bytes) -> None:
    """Refuse what unpacks to too much, carries macros or links, or could make the parser fetch or multiply something."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > _PARTS_MAX or sum(part.file_size for part in parts) > _UNPACKED_MAX_BYTES:
                raise _RefusedError("bomb")
            if any(part.file_size > _PART_RATIO_MAX * max(part.compress_size, 1_000) for part in parts):
                raise _RefusedError("bomb")
            if any(part.flag_bits & 1 for part in parts):
                raise _RefusedError("encrypted")
            names = [part.filename.lower() for part in parts]
            if any(word in name for name in names for word in _REFUSED_PARTS):
                raise _RefusedError("macro")
            if "xl/workbook.xml" not in names:
                raise _RefusedError("kind")
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    _check_part(archive.read(part))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise _RefusedError("kind") from error


def _check_part(xml: bytes) -> None:
    # Excel writes UTF-8 and no document type; another encoding could hide one from this look.
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in xml[:64] or b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise _RefusedError("bomb")


def template_xlsx(words: LabelWords, language: Language) -> bytes:
    """An empty list: headings in the person's language, what each means on a second sheet."""
    book = Workbook()
    sheet = book.active
    sheet.title = words.say("template.sheet", language)
    notes = book.create_sheet(words.say("template.notes", language))
    for place, column in enumerate(COLUMNS, start=1):
        cell = sheet.cell(1, place, words.column(column, language) + (" *" if column in REQUIRED else ""))
        cell.font = Font(bold=True)
        if column in REQUIRED:
            cell.fill = PatternFill("solid", fgColor="DDEBF7")
        sheet.column_dimensions[get_column_letter(place)].width = 30 if column == "name" else 16
        if column == "hs":
            for row in range(2, 52):
                sheet.cell(row, place).number_format = "@"  # as text, or the nought in front goes
        notes.cell(place, 1, words.column(column, language))
        notes.cell(place, 2, words.say(f"hint.{column}", language))
    notes.column_dimensions["A"].width, notes.column_dimensions["B"].width = 24, 90
    sheet.freeze_panes = "A2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def template_csv(words: LabelWords, language: Language) -> bytes:
    """The same as CSV, UTF-8 with the mark that makes Excel read it as such."""
    return csv_of([[words.column(column, language) for column in COLUMNS]])


def csv_of(rows: Iterable[Iterable[str]]) -> bytes:
    """Rows as CSV. A cell that a spreadsheet would take for a formula gets an apostrophe in front."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    for row in rows:
        writer.writerow([f"'{cell}" if cell[:1] in "=+-@\t" and cell else cell for cell in row])
    return file.getvalue().encode("utf-8-sig")


def fault_texts(faults: Iterable[RowFault], words: LabelWords, language: Language) -> list[Mapping[str, str | int]]:
    """Faults as people read them: row, column's heading, code, message."""
    return [
        {
            "row": fault.row,
            "column": "" if fault.column == "file" else words.column(fault.column, language),
            "code": fault.code,
            "message": words.fault(fault, language),
        }
        for fault in faults
    ]
