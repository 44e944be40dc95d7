"""Labels as PDF sheets: A4, eight on a page, with crop marks. A label for each package.

The font is STSong-Light with the encoding UniGB-UCS2-H, one of the standard Asian fonts of PDF: nothing is embedded, every
viewer that can show Chinese at all has it or puts its own Chinese font in its place. (Embedding would need a font file on the
server, which a slim container has not.) Source: ISO 32000-1, 9.7.5.2, predefined CMaps.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import segno
from reportlab.lib.colors import HexColor, black, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from bot.desks.labels.model import Event, Exhibitor, GoodsLine, quantity_text
from bot.desks.labels.words import LabelWords

FONT = "STSong-Light"
COLUMNS, ROWS = 2, 4
PER_PAGE = COLUMNS * ROWS
LABELS_MOST = 800
"""Of one sheet; longer lists are printed in parts."""
_WIDTH, _HEIGHT = 96 * mm, 68 * mm
_LEFT, _BOTTOM = (A4[0] - COLUMNS * _WIDTH) / 2, (A4[1] - ROWS * _HEIGHT) / 2 - 2 * mm
_BAND, _PAD, _QR = 11 * mm, 3 * mm, 38 * mm
_SIZES = (8.5, 7.5, 6.5, 5.5)
_DARK_AT_MOST = 0.5
_NEVER_FIRST = "，。、；：！？）》”’,.;:!?)"


@dataclass(frozen=True)
class Printed:
    """What stands on one label. qr: what the code holds; valid: from and until in words."""

    serial: str
    line: GoodsLine
    package: int
    qr: str
    valid: str


def draw_sheets(labels: Sequence[Printed], event: Event, exhibitor: Exhibitor, words: LabelWords) -> bytes:
    """The PDF. labels: in the order of printing, at least one, at most LABELS_MOST."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle(f"{event.code} {labels[0].serial} – {labels[-1].serial}")
    pages = -(-len(labels) // PER_PAGE)
    for page in range(pages):
        for place, label in enumerate(labels[page * PER_PAGE : (page + 1) * PER_PAGE]):
            x = _LEFT + place % COLUMNS * _WIDTH
            y = _BOTTOM + (ROWS - 1 - place // COLUMNS) * _HEIGHT
            _Drawing(canvas, x, y, words).label(label, event, exhibitor)
            _crop_marks(canvas, x, y)
        canvas.setFont(FONT, 7)
        canvas.setFillColor(black)
        numbers = {"page": page + 1, "pages": pages}
        foot = f"{event.code}  {words.say('print.sheet', 'zh-Hans', **numbers)} · {words.say('print.sheet', 'en', **numbers)}"
        canvas.drawCentredString(A4[0] / 2, 6 * mm, foot)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


class _Drawing:
    """One label, its lower left corner at x, y."""

    def __init__(self, canvas: Canvas, x: float, y: float, words: LabelWords) -> None:
        self._canvas = canvas
        self._x = x
        self._y = y
        self._words = words

    def label(self, label: Printed, event: Event, exhibitor: Exhibitor) -> None:
        """Draw all of it."""
        self._band(event)
        left, top = self._x + _PAD, self._y + _HEIGHT - _BAND - _PAD
        wide = _WIDTH - _QR - 3 * _PAD
        line = label.line
        self._canvas.setFillColor(black)
        self._text(left, top - 10, wide, label.serial, sizes=(13.0, 11.0, 9.0), lines=1)
        y = self._field(left, top - 18, wide, "goods", line.name, 3)
        y = self._field(
            left, y, wide, "quantity", f"{quantity_text(line.quantity)} {line.unit} · HS {line.hs} · {line.origin}", 1
        )
        half = wide / 2
        self._field(left + half, y, half, "stand", exhibitor.stand, 1)
        y = self._field(left, y, half, "package", f"{label.package} / {line.packages}", 1)
        for name, text, lines in (
            ("exhibitor", exhibitor.name, 2),
            ("venue", event.venue, 1),
            ("valid", label.valid, 1),
        ):
            y = self._field(left, y, wide, name, text, lines)
        self._code(label)

    def _band(self, event: Event) -> None:
        canvas, colour = self._canvas, HexColor(event.colour)
        low = self._y + _HEIGHT - _BAND
        canvas.setFillColor(colour)
        canvas.rect(self._x, low, _WIDTH, _BAND, stroke=0, fill=1)
        light = 0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue
        canvas.setFillColor(white if light < _DARK_AT_MOST else black)
        wide = _WIDTH - 2 * _PAD
        self._text(self._x + _PAD, low + 5.5 * mm, wide, event.title, sizes=(13.0, 11.0, 9.0, 7.0), lines=1)
        small = f"{event.name}  {event.note}" if event.note else event.name
        self._text(self._x + _PAD, low + 1.8 * mm, wide, small, sizes=(7.0, 6.0, 5.0), lines=1)

    def _field(self, x: float, y: float, wide: float, name: str, text: str, lines: int) -> float:
        """A caption in two languages and the text beneath; returns where the next begins."""
        canvas = self._canvas
        canvas.setFont(FONT, 5.5)
        caption = f"{self._words.say(f'print.{name}', 'zh-Hans')} {self._words.say(f'print.{name}', 'en')}"
        canvas.drawString(x, y, caption)
        return self._text(x, y - 8.5, wide, text, sizes=_SIZES, lines=lines) - 8.5

    def _text(self, x: float, y: float, wide: float, text: str, *, sizes: Sequence[float], lines: int) -> float:
        """Text in the largest size at which it fits; cut with … where none does. Returns the last base line."""
        for size in sizes:
            parts = _wrapped(text, size, wide)
            if len(parts) <= lines:
                break
        else:
            parts = [*parts[: lines - 1], f"{parts[lines - 1][:-1]}…"]
        self._canvas.setFont(FONT, size)
        for place, part in enumerate(parts):
            self._canvas.drawString(x, y - place * size * 1.15, part)
        return y - (len(parts) - 1) * size * 1.15

    def _code(self, label: Printed) -> None:
        canvas = self._canvas
        left, low = self._x + _WIDTH - _QR - _PAD / 2, self._y + 8 * mm
        rows = [list(row) for row in qr_of(label.qr).matrix_iter(border=2)]
        step = _QR / len(rows)
        path = canvas.beginPath()
        for number, row in enumerate(rows):
            start = None
            for column, dark in enumerate([*row, 0]):
                if dark and start is None:
                    start = column
                elif not dark and start is not None:
                    path.rect(left + start * step, low + (len(rows) - 1 - number) * step, (column - start) * step, step)
                    start = None
        canvas.setFillColor(black)
        canvas.drawPath(path, stroke=0, fill=1)
        canvas.setFont(FONT, 6)
        scan = f"{self._words.say('print.scan', 'zh-Hans')} {self._words.say('print.scan', 'en')}"
        canvas.drawCentredString(left + _QR / 2, low - 7, scan)
        check = f"{self._words.say('print.check', 'zh-Hans')} {label.line.hash.hex(' ', 2).upper()}"
        canvas.drawCentredString(left + _QR / 2, low - 14, check)


def qr_of(text: str) -> segno.QRCode:
    """The QR code of a label: the address as bytes, the code behind `#` in the denser alphanumeric mode."""
    address, mark, code = text.rpartition("#")
    parts = [address + mark, code] if mark else [code]
    # Signed bytes are as good as random, so one mask is as good as another, and to weigh all eight takes eight times as long.
    return segno.make_qr(parts, error="m", boost_error=False, mask=3)  # type: ignore[arg-type]  # it takes a list of parts


def _wrapped(text: str, size: float, wide: float) -> list[str]:
    """Lines no wider than `wide`, broken at blanks where there are some, else between characters."""
    lines, current = [], ""
    for character in text:
        fits = pdfmetrics.stringWidth(current + character, FONT, size) <= wide
        if fits or (current and character in _NEVER_FIRST):
            current += character
            continue
        head, blank, tail = current.rpartition(" ")
        if blank and character != " " and current[-1].isascii() and character.isascii():
            lines.append(head)
            current = tail + character
        else:
            lines.append(current)
            current = character.lstrip()
    return [*lines, current] if current or not lines else lines


def _crop_marks(canvas: Canvas, x: float, y: float) -> None:
    """Short lines at the corners, outside the label where there is room, else in its edge."""
    canvas.setStrokeColor(black)
    canvas.setLineWidth(0.3)
    canvas.rect(x, y, _WIDTH, _HEIGHT, stroke=1, fill=0)
    long = 2 * mm
    for cx, right in ((x, -1), (x + _WIDTH, 1)):
        for cy, up in ((y, -1), (y + _HEIGHT, 1)):
            canvas.line(cx, cy, cx + right * long, cy)
            canvas.line(cx, cy, cx, cy + up * long)
