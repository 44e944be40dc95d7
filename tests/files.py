"""Files as people, phones and attackers make them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from openpyxl import Workbook
from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 1\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, (255, 0, 0))
    image.paste((0, 0, 255), (size[0] // 2, 0, size[0], size[1]))
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def photo_with_place() -> bytes:
    """A phone's photo: lying on its side, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825).update({1: "N", 2: (22.0, 32.0, 9.0), 3: "E", 4: (114.0, 6.0, 54.0)})
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><exif:GPSLatitude>22,32N</exif:GPSLatitude></x:xmpmeta>"
    return picture(exif=exif, xmp=xmp, comment=b"taken in Shenzhen")


def huge_png(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few hundred bytes that claims so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def xlsx(rows: int = 3) -> bytes:
    """A spreadsheet."""
    book = Workbook()
    for row in range(rows):
        book.active.append([row, "货物"])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def xlsx_with(name: str, content: bytes) -> bytes:
    """A spreadsheet with one more part."""
    written = io.BytesIO(xlsx())
    with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return written.getvalue()


def archive_of(**files: bytes) -> bytes:
    """A plain archive."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def pdf_with(body: bytes, *, packed: bool = False) -> bytes:
    """A PDF with something in it, in a packed stream or plain."""
    inner = b"2 0 obj\n<< /Filter /FlateDecode >>\nstream\n" + zlib.compress(body) + b"\nendstream\nendobj\n"
    return PDF.replace(b"xref\n", (inner if packed else b"2 0 obj\n" + body + b"\nendobj\n") + b"xref\n", 1)
