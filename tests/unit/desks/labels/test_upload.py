"""Goods lists as files: all faults by row at once, and nothing dangerous is opened."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence

import pytest
from openpyxl import Workbook, load_workbook

from bot.channels.model import LANGUAGES, Language
from bot.desks.labels.columns import COLUMNS
from bot.desks.labels.upload import (
    FILE_MAX_BYTES,
    ListRead,
    csv_of,
    fault_texts,
    read_list,
    template_csv,
    template_xlsx,
)
from bot.desks.labels.words import load_label_words
from tests.fair import PLAIN

WORDS = load_label_words()
ROW = list(PLAIN.values())


def workbook(*rows: Sequence[object], headings: Sequence[str] | None = None) -> bytes:
    """A list as XLSX."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (headings or [WORDS.column(column, "zh-Hans") for column in COLUMNS], *rows):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def changed(content: bytes, change: Callable[[str, bytes], bytes], **added: bytes) -> bytes:
    """The same archive with other parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, part in added.items():
            new.writestr(name.replace("__", "/"), part)
    return file.getvalue()


def codes(read: ListRead) -> list[str]:
    """What is wrong."""
    return [fault.code for fault in read.faults]


def test_xlsx_and_csv_give_the_same_lines() -> None:
    by_csv = read_list(template_csv(WORDS, "en") + csv_of([ROW])[3:], WORDS)
    by_xlsx = read_list(workbook(ROW), WORDS)

    assert by_csv.lines == by_xlsx.lines
    assert by_csv.lines[0][1].quantity == 12_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_is_read_in_the_language_in_which_it_was_fetched(language: Language) -> None:
    book = load_workbook(io.BytesIO(template_xlsx(WORDS, language)))
    book.worksheets[0].append(ROW)
    file = io.BytesIO()
    book.save(file)

    assert len(read_list(file.getvalue(), WORDS).lines) == 1


def test_chinese_office_programs_write_gb18030() -> None:
    content = (template_csv(WORDS, "zh-Hans") + csv_of([ROW])[3:]).decode("utf-8-sig").encode("gb18030")

    assert read_list(content, WORDS).lines[0][1].name == PLAIN["name"]


def test_a_code_that_a_spreadsheet_took_for_a_number_gets_its_nought_back() -> None:
    row: list[object] = [*ROW]
    row[1] = 101210000

    assert read_list(workbook(row), WORDS).lines[0][1].hs == "0101210000"


def test_every_fault_of_every_row_is_told_in_the_persons_language() -> None:
    bad = ["", "12", "-1", "", "0.5", "德国", "maybe", *[""] * 6]

    read = read_list(workbook(ROW, bad, ROW, [*bad[:-1], "否"]), WORDS)

    told = fault_texts(read.faults, WORDS, "zh-Hant")
    assert [fault["row"] for fault in told] == [3] * 12 + [5] * 11
    assert told[0]["message"] == "第3行“品名”沒有填"
    assert codes(read)[:6] == ["missing", "hs", "quantity", "missing", "packages", "yes_no"]


def test_absent_columns_are_named() -> None:
    read = read_list(workbook(ROW, headings=["品名", "数量"]), WORDS)

    (told,) = fault_texts(read.faults, WORDS, "en")
    assert told["code"] == "columns"
    assert "HS code" in str(told["message"])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00\x01", "encoding"),
        (b"PK\x03\x04 no archive", "kind"),
        (b"\xd0\xcf\x11\xe0old", "old_excel"),
        (b"x" * (FILE_MAX_BYTES + 1), "too_large"),
        (changed(workbook(ROW), lambda _, part: part, xl__vbaProject_bin=b"m"), "macro"),
        (changed(workbook(ROW), lambda _, part: part, xl__embeddings__o=b"m"), "macro"),
        (changed(workbook(ROW), lambda _, part: part, xl__media__x=b"\0" * 5_000_000), "bomb"),
        (
            changed(
                workbook(ROW),
                lambda name, part: (
                    part.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1)
                    if "sheet1" in name
                    else part
                ),
            ),
            "bomb",
        ),
        (changed(workbook(ROW), lambda name, part: b"<broken" if "sheet1" in name else part), "kind"),
    ],
    ids=["empty", "bytes", "archive", "old", "large", "macro", "embedded", "bomb", "entities", "broken"],
)
def test_what_is_no_plain_list_is_refused_with_its_reason(content: bytes, code: str) -> None:
    assert codes(read_list(content, WORDS)) == [code]


def test_what_a_sheet_says_of_its_own_size_is_not_believed() -> None:
    content = changed(
        workbook(ROW),
        lambda name, part: part.replace(b'ref="A1:T2"', b'ref="A1:XFD1048576"') if "sheet1" in name else part,
    )

    assert len(read_list(content, WORDS).lines) == 1


def test_a_cell_is_never_written_as_a_formula() -> None:
    assert csv_of([["=1+1", "ok"]]) == b"\xef\xbb\xbf'=1+1,ok\r\n"
