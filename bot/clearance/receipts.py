"""Receipts of declarations (报关单回执) and tables as reports. Reads bytes, knows no files and no database.

GACC notice 2020 No. 54 opened the subscription of receipts; its annex with the format was not read. What is read here are the
messages that public code of users of the Single Window handles: `DEC_RESULT`, alone or inside `DEC_DATA`, and either inside the
`DxpMsg` envelope as base64. docs/events.md says which part is known and which is assumed.
"""

from __future__ import annotations

import base64
import binascii
import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from zoneinfo import ZoneInfo

import yaml
from defusedxml import DefusedXmlException  # type: ignore[import-untyped]  # it carries no types
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # it carries no types
from pydantic import ValidationError

from bot.clearance.details import Details, is_bill, spell_number
from bot.clearance.model import ClearanceEvent, Stage, is_declaration_no
from bot.clearance.schemas import EVENT_TYPE, WITHDRAWAL_TYPE, read_event
from bot.errors import Fault, StartError

SOURCE = "urn:gacc:receipt"
_NOTE_CHARS = 500
_ROWS_MOST = 100_000
_FAULTS_MOST = 500
_LISTS = ("bills_of_lading", "containers")
_NESTED = {
    **{f"inspection_{name}": ("inspection", name) for name in ("place", "at")},
    **{f"duty_{name}": ("duty", name) for name in ("amount", "currency", "noticed_on", "pay_by")},
    "enterprise_code": ("enterprise", "credit_code"),
    "enterprise_name": ("enterprise", "name"),
}
_PLAIN = ("declaration_no", "stage", "note", "port", "reference", "arrived_on", "corrects", "withdraws", "reason")
COLUMNS = frozenset({"id", "source", "time", *_PLAIN, *_LISTS, *_NESTED})


@dataclass(frozen=True)
class Channels:
    """What letters of receipts mean. ambiguous: with this word in the note the letter's meaning is in doubt."""

    stages: Mapping[str, Stage]
    ambiguous: Mapping[str, str]
    ignored: frozenset[str]


@dataclass
class Read:
    """What a file holds. skipped: reasons for what tells no stage, with their counts. With faults nothing of it is taken."""

    events: list[ClearanceEvent] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def skip(self, reason: str) -> None:
        """One more for this reason."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1


def load_channels(own: Path) -> Channels:
    """Ours, with the provider's own before it where that file is there. Raises StartError naming a stage that is none of ours."""
    documents = [Path(__file__).parent / "channels.yaml", *([own] if own.exists() else [])]
    stages: dict[str, Stage] = {}
    ambiguous: dict[str, str] = {}
    ignored: set[str] = set()
    for path in documents:
        raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        try:
            said = {str(letter): Stage(stage) for letter, stage in (raw.get("stages") or {}).items()}
        except ValueError as error:
            raise StartError(f"{path.name}: {error}") from error
        ambiguous = {letter: word for letter, word in ambiguous.items() if letter not in said}
        ambiguous |= raw.get("ambiguous") or {}
        ignored = (ignored - set(said)) | {str(letter) for letter in raw.get("ignored") or ()}
        stages |= said
    return Channels(stages, ambiguous, frozenset(ignored))


def read_receipts(content: bytes, channels: Channels, zone: ZoneInfo, *, name: str = "body") -> Read:
    """Read XML receipts or a CSV table, told apart by their first character. All faults are named at once, by line or row."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _read_xml(content, channels, zone, name)
    return _read_csv(content, name)


def _read_xml(content: bytes, channels: Channels, zone: ZoneInfo, name: str) -> Read:
    read = Read()
    try:
        root = fromstring(content, forbid_dtd=True)
    except ParseError as error:
        line, column = error.position
        read.faults.append(Fault(f"{name}:{line}", "xml", f"Not well-formed XML at line {line}, column {column}."))
        return read
    except (DefusedXmlException, ValueError, LookupError) as error:
        read.faults.append(Fault(name, "xml", f"XML that is not taken: {type(error).__name__}."))
        return read
    for place, (tag, element) in enumerate(_messages(root, read, name), 1):
        if tag == "DecImportResponse":
            read.skip("DecImportResponse: an answer of the import client, no stage")
        else:
            _receipt(element, channels, zone, f"{name}: receipt {place}", read)
    if not (read.events or read.skipped or read.faults):
        found = _local(root.tag)
        read.faults.append(
            Fault(name, "unknown", f"No receipt in it: the root is {found}; known: DEC_RESULT, DEC_DATA, DxpMsg.")
        )
    return read


def _messages(root: Element, read: Read, name: str, depth: int = 0) -> Iterator[tuple[str, Element]]:
    """The receipts of a document, in order; the envelope is opened, once."""
    for element in root.iter():
        tag = _local(element.tag)
        if tag in ("DEC_RESULT", "DecImportResponse"):
            yield tag, element
        elif tag == "Data" and depth == 0 and _local(root.tag) == "DxpMsg" and (element.text or "").strip():
            try:
                inner = fromstring(
                    base64.b64decode("".join((element.text or "").split()), validate=True), forbid_dtd=True
                )
            except (binascii.Error, ParseError, DefusedXmlException, ValueError, LookupError):
                read.faults.append(Fault(f"{name}: Data", "envelope", "The envelope's Data is not XML in base64."))
                continue
            yield from _messages(inner, read, name, depth + 1)


def _receipt(element: Element, channels: Channels, zone: ZoneInfo, where: str, read: Read) -> None:
    said = {_local(child.tag).upper(): (child.text or "").strip() for child in element}
    number, letter, note = said.get("ENTRY_ID", ""), said.get("CHANNEL", ""), said.get("NOTE", "")[:_NOTE_CHARS]
    if letter in channels.ignored:
        return read.skip(f"CHANNEL {letter} tells no stage")
    if not number:
        return read.skip("no ENTRY_ID yet: the declaration has no number before customs stores it")
    faults: list[Fault] = []
    if not is_declaration_no(number):
        faults.append(Fault(f"{where}: ENTRY_ID", "format", "A declaration number has exactly 18 digits."))
    stage = channels.stages.get(letter)
    if stage is None:
        message = f"CHANNEL {letter or '(empty)'} has no meaning here; write the provider's into channels.yaml."
        faults.append(Fault(f"{where}: CHANNEL", "channel", message))
    doubt = channels.ambiguous.get(letter)
    if doubt and doubt in note:
        message = f"CHANNEL {letter} with {doubt} in the note means different things; write the provider's into channels.yaml."
        faults.append(Fault(f"{where}: CHANNEL", "ambiguous", message))
    at = _moment(said.get("NOTICE_DATE", ""), zone)
    if at is None:
        faults.append(Fault(f"{where}: NOTICE_DATE", "time", "A time is written as 2026-11-22T09:30:00."))
    read.faults += faults
    if faults or at is None or stage is None:
        return None
    # The same receipt gives the same id, from whatever file and in whatever envelope it comes.
    name = hashlib.sha256("\x1f".join((number, letter, said["NOTICE_DATE"], note)).encode()).hexdigest()[:32]
    read.events.append(ClearanceEvent(SOURCE, name, number, stage, at, note or None, details=_details(said, number)))
    return None


def _details(said: Mapping[str, str], number: str) -> Details:
    bill, office = spell_number(said.get("BILL_NO", "")), said.get("CUSTOM_MASTER", "")
    # The ninth digit says import (1) or export (0): for imports the date is that of the conveyance's declaration for entry.
    arrived_on = _day(said.get("I_E_DATE", "")) if number[8] == "1" else None
    return Details(
        bills=(bill,) if is_bill(bill) else (),
        port=office if re.fullmatch(r"[0-9]{4}", office) else None,
        arrived_on=arrived_on,
    )


def _read_csv(content: bytes, name: str) -> Read:
    read = Read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            read.faults.append(Fault(name, "encoding", "The table is neither UTF-8 nor GB 18030."))
            return read
    table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [column.strip() for column in table.fieldnames or ()]
        table.fieldnames = header
        unknown = sorted(set(header) - COLUMNS)
        missing = sorted({"declaration_no", "time"} - set(header))
        if unknown or missing:
            told = f"Unknown columns: {', '.join(unknown) or '–'}. Missing columns: {', '.join(missing) or '–'}."
            read.faults.append(Fault(f"{name}:1", "header", told))
            return read
        for row in table:
            if table.line_num > _ROWS_MOST:
                read.faults.append(Fault(name, "rows", f"A table has at most {_ROWS_MOST} lines."))
                break
            _row(row, f"{name}:{table.line_num}", read)
            if len(read.faults) >= _FAULTS_MOST:
                read.faults.append(Fault(name, "more", "There may be more faults; the first are listed."))
                break
    except csv.Error as error:
        read.faults.append(Fault(f"{name}:{table.line_num}", "csv", f"Not a table: {error}."))
    return read


def _row(row: Mapping[str | None, Any], where: str, read: Read) -> None:
    if None in row or any(value is None for value in row.values()):
        read.faults.append(Fault(where, "columns", "The row has another number of columns than the head."))
        return
    said = {str(name): value.strip() for name, value in row.items() if value.strip()}
    if not said:
        return
    try:
        read.events.append(read_event(_document(said)))
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False, include_context=False):
            column = _column([str(part) for part in fault["loc"]])
            read.faults.append(Fault(f"{where}: {column}", fault["type"], fault["msg"]))


def _document(said: Mapping[str, str]) -> dict[str, Any]:
    """A row as the event that it stands for, so that both are judged alike."""
    data: dict[str, Any] = {name: said[name] for name in _PLAIN if name in said}
    data |= {name: re.split(r"[;；\s]+", said[name]) for name in _LISTS if name in said}
    for name, (part, member) in _NESTED.items():
        if name in said:
            data.setdefault(part, {})[member] = said[name]
    digest = hashlib.sha256("\x1f".join(f"{name}={said[name]}" for name in sorted(said)).encode()).hexdigest()[:32]
    return {
        "specversion": "1.0",
        "id": said.get("id", digest),
        "source": said.get("source", "urn:import:csv"),
        "type": WITHDRAWAL_TYPE if "withdraws" in said else EVENT_TYPE,
        "time": said.get("time"),
        "data": data,
    }


def _column(loc: list[str]) -> str:
    """The column behind a place in the event."""
    inner = loc[1:] if loc[:1] == ["data"] else loc
    nested = next((name for name, place in _NESTED.items() if list(place) == inner[:2]), None)
    return nested or (inner[0] if inner else "row")


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A time; without a zone it is that of the ports."""
    if not re.match(r"2\d{3}-\d\d-\d\d[T ]\d\d:\d\d", text):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if "-" in text else datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007  # a day
    except ValueError:
        return None


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]
