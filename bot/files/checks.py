"""What a file is, by its content alone, and whether it is taken."""

from __future__ import annotations

from bot.channels.model import FileKind
from bot.errors import Fault
from bot.files.documents import faults_of_pdf, faults_of_xlsx, is_markup, is_xlsx, text_of
from bot.files.model import Checked, FileRefusedError
from bot.files.pictures import rewrite_picture

# ISO 14496-12 brands of HEIF pictures: a phone's own format, which browsers and the desk's computers do not show.
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"}


def check(content: bytes, name: str, max_bytes: int) -> Checked:
    """The file as it may be kept. name: tells a table from other plain text, and nothing else.

    Takes a moment of the processor: call it in a thread. Raises FileRefusedError that names all that is wrong.
    """
    megabytes = max(1, max_bytes // 1_000_000)
    if not content:
        raise FileRefusedError([Fault("file", "empty", "The file is empty.")])
    if len(content) > max_bytes:
        raise FileRefusedError([Fault("file", "too-large", f"At most {megabytes} MB are taken.")], megabytes=megabytes)
    kind = kind_of(content, name)
    if kind == "jpeg" or kind == "png" or kind == "webp":
        return Checked(kind, rewrite_picture(content, kind))
    faults = faults_of_pdf(content) if kind == "pdf" else faults_of_xlsx(content) if kind == "xlsx" else []
    if faults:
        raise FileRefusedError(faults)
    return Checked(kind, content)


def kind_of(content: bytes, name: str) -> FileKind:
    """The kind, by the first bytes. Raises FileRefusedError for one that is not taken."""
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp"
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        raise _refused("heic", "HEIC pictures are not taken; send it as JPEG.")
    if content.startswith(b"PK"):
        if is_xlsx(content):
            return "xlsx"
        raise _refused("archive", "Archives are not taken; send the files themselves.")
    text = text_of(content)
    if text is None:
        raise _refused("unknown", "This kind of file is not taken.")
    if is_markup(text):
        raise _refused("markup", "Pages and drawings (HTML, SVG, XML) are not taken.")
    return "csv" if name.lower().endswith((".csv", ".tsv")) else "text"


def _refused(code: str, message: str) -> FileRefusedError:
    return FileRefusedError([Fault("file", code, message)])
