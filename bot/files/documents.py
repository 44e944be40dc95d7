"""Documents: they are what they seem, nothing in them runs, and they unpack to a bearable size."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from bot.errors import Fault

UNPACKED_MAX_BYTES = 100_000_000
RATIO_MAX = 200  # spreadsheets of real goods lists shrink to a twentieth
PARTS_MAX = 2000
_PDF_UNPACKED_MAX_BYTES = 50_000_000
_HEAD_BYTES = 2048

# ISO 32000-1: actions that run something (12.6), files carried along (7.11.4), forms that hold scripts.
_PDF_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|ImportData|SubmitForm)\b")
_PDF_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_PDF_HEX_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_XLSX_ACTIVE = ("vbaproject", "xl/embeddings/", "xl/activex/", "xl/macrosheets/", "xl/externallinks/", "customui/")
_MARKUP = re.compile(r"\s*(?:<\?xml|<!doctype|<html|<svg|<script|<!--|<\?php)", re.IGNORECASE)
_ENCODINGS = ("utf-8-sig", "gb18030", "big5")


def faults_of_pdf(content: bytes) -> list[Fault]:
    """What speaks against a PDF: broken, locked, or with something in it that runs."""
    faults = []
    if b"%%EOF" not in content[-_HEAD_BYTES:] or b"startxref" not in content:
        faults.append(Fault("file", "pdf-broken", "The PDF is not complete."))
    if b"/Encrypt" in content:
        faults.append(Fault("file", "pdf-locked", "The PDF is locked by a password."))
    # A name may be written with its letters as #xx.
    plain = _PDF_HEX_NAME.sub(lambda match: bytes([int(match[1], 16)]), content)
    if _PDF_ACTIVE.search(plain) or any(_PDF_ACTIVE.search(part) for part in _unpacked(content)):
        faults.append(Fault("file", "pdf-active", "The PDF holds a script, a form that runs, or other files."))
    return faults


def _unpacked(content: bytes) -> Iterator[bytes]:
    left = _PDF_UNPACKED_MAX_BYTES
    for match in _PDF_STREAM.finditer(content):
        try:
            part = zlib.decompressobj().decompress(match[1], left)
        except zlib.error:
            continue  # a picture, or another packing: nothing that a reader takes for names
        left -= len(part)
        yield part
        if left <= 0:
            return


def faults_of_xlsx(content: bytes) -> list[Fault]:
    """What speaks against a spreadsheet: broken, a bomb, macros, files and links of others. Only its directory is read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            names = [part.filename.lower() for part in parts]
            heads = [_head(archive, part) for part in parts[:PARTS_MAX] if part.filename.endswith((".xml", ".rels"))]
            has_tail = bool(archive.comment) or min((part.header_offset for part in parts), default=0) != 0
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return [Fault("file", "xlsx-broken", "The spreadsheet cannot be read.")]
    faults = []
    unpacked = sum(part.file_size for part in parts)
    packed = max(1, sum(part.compress_size for part in parts))
    if unpacked > UNPACKED_MAX_BYTES or unpacked / packed > RATIO_MAX or len(parts) > PARTS_MAX:
        faults.append(Fault("file", "xlsx-too-large", "The spreadsheet unpacks to too much."))
    if has_tail or any(".." in name or name.startswith("/") for name in names):
        faults.append(Fault("file", "xlsx-broken", "The spreadsheet holds something besides itself."))
    if any(b"<!DOCTYPE" in head or b"<!ENTITY" in head for head in heads):
        faults.append(Fault("file", "xlsx-broken", "The spreadsheet declares entities."))
    if any(mark in name for name in names for mark in _XLSX_ACTIVE):
        faults.append(Fault("file", "xlsx-active", "The spreadsheet holds macros, other files, or links to others."))
    return faults


def is_xlsx(content: bytes) -> bool:
    """Whether an archive is a spreadsheet by its parts."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {"[Content_Types].xml", "xl/workbook.xml"} <= set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def _head(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    with archive.open(part) as opened:
        return opened.read(_HEAD_BYTES)


def text_of(content: bytes) -> str | None:
    """A text in UTF-8, GB 18030 or Big5; None when it is none (control characters, or of no such encoding)."""
    if any(byte < 0x20 and byte not in b"\t\n\r\f\x1a" for byte in content):
        return None
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def is_markup(text: str) -> bool:
    """Whether a text would be a page or a drawing in a browser (HTML, SVG, XML), and could run there."""
    return _MARKUP.match(text) is not None or "<script" in text[:_HEAD_BYTES].lower()
