"""What is taken, what is refused and why, and what is left of a picture."""

from __future__ import annotations

import contextlib
import io

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.files.checks import check
from bot.files.documents import UNPACKED_MAX_BYTES
from bot.files.model import MEDIA_TYPES, FileRefusedError, clean_name
from bot.files.words import load_file_words
from bot.settings import REPOSITORY
from tests.files import PDF, archive_of, huge_png, pdf_with, photo_with_place, picture, xlsx, xlsx_with

MAX_BYTES = 10_000_000


def refusal(content: bytes, name: str = "x", max_bytes: int = MAX_BYTES) -> set[str]:
    with pytest.raises(FileRefusedError) as refused:
        check(content, name, max_bytes)
    return {fault.code for fault in refused.value.faults}


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (picture("JPEG"), "a.exe", "jpeg"),
        (picture("PNG"), "a.svg", "png"),
        (picture("WEBP"), "a", "webp"),
        (PDF, "a.txt", "pdf"),
        (xlsx(), "a.zip", "xlsx"),
        ("品名,数量\n茶叶,3\n".encode("gb18030"), "goods.CSV", "csv"),
        ("情况说明".encode(), "说明.txt", "text"),
    ],
)
def test_kind_follows_the_content_and_not_the_name(content: bytes, name: str, kind: str) -> None:
    assert check(content, name, MAX_BYTES).kind == kind


def test_what_is_no_picture_stays_byte_for_byte() -> None:
    assert check(PDF, "a", MAX_BYTES).content == PDF


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_place_device_and_remarks_are_gone_from_a_picture(kind: str) -> None:
    with Image.open(io.BytesIO(photo_with_place())) as taken:
        assert taken.getexif().get_ifd(0x8825)
        again = io.BytesIO()
        taken.save(again, kind, exif=taken.getexif())

    kept = check(again.getvalue(), "a", MAX_BYTES).content
    with Image.open(io.BytesIO(kept)) as found:
        assert dict(found.getexif()) == {}
        assert {"exif", "xmp", "comment", "icc_profile"}.isdisjoint(found.info)
    assert b"PhoneMaker" not in kept
    assert b"GPS" not in kept
    assert b"Shenzhen" not in kept


def test_picture_that_lies_on_its_side_is_kept_upright() -> None:
    with Image.open(io.BytesIO(check(photo_with_place(), "a", MAX_BYTES).content)) as found:
        top, bottom = found.getpixel((10, 2)), found.getpixel((10, 37))

        assert found.size == (20, 40)
        assert isinstance(top, tuple)
        assert isinstance(bottom, tuple)
        assert top[0] > 200
        assert bottom[2] > 200


def test_what_hides_behind_a_picture_is_gone() -> None:
    hidden = archive_of(evil=b"PAYLOAD")

    for kind in ("JPEG", "PNG", "WEBP"):
        assert b"PAYLOAD" not in check(picture(kind) + hidden, "a", MAX_BYTES).content


def test_transparent_picture_and_rare_modes_are_taken() -> None:
    for mode in ("1", "L", "LA", "P", "RGBA", "I;16"):
        written = io.BytesIO()
        Image.new(mode, (8, 8)).save(written, "PNG")
        assert check(written.getvalue(), "a", MAX_BYTES).kind == "png"
    written = io.BytesIO()
    Image.new("CMYK", (8, 8)).save(written, "JPEG")
    assert check(written.getvalue(), "a", MAX_BYTES).kind == "jpeg"


def test_large_picture_is_kept_at_a_size_that_can_be_read() -> None:
    with Image.open(io.BytesIO(check(picture("JPEG", (6000, 3000)), "a", MAX_BYTES).content)) as found:
        assert found.size == (4096, 2048)


def test_decompression_bombs_are_refused_before_they_unpack() -> None:
    assert refusal(huge_png()) == {"picture-too-large"}
    assert refusal(huge_png(30_000, 10)) == {"picture-too-large"}
    assert refusal(xlsx_with("xl/big.xml", b" " * (UNPACKED_MAX_BYTES + 1))) == {"xlsx-too-large"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"MZ\x90\0\x03", "unknown"),
        (b"\x7fELF\x02\x01", "unknown"),
        (b"GIF89a" + bytes(40), "unknown"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "heic"),
        (archive_of(a=b"x"), "archive"),
        (b"PK\x03\x04 broken", "archive"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "markup"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "markup"),
        (b"  <!DOCTYPE html><script>alert(1)</script>", "markup"),
        (b"hello <script>alert(1)</script>", "markup"),
        (b"\xff\xd8\xff\xe0 no picture", "picture-broken"),
        (picture("PNG")[:60], "picture-broken"),
        (picture("JPEG")[:300], "picture-broken"),
        (b"%PDF-1.4 cut off", "pdf-broken"),
        (pdf_with(b"<< /S /JavaScript /JS (app.alert(1)) >>"), "pdf-active"),
        (pdf_with(b"<< /S /J#61vaScript /J#53 (x) >>"), "pdf-active"),
        (pdf_with(b"<< /S /Launch /F (cmd.exe) >>", packed=True), "pdf-active"),
        (pdf_with(b"<< /EmbeddedFiles 3 0 R >>"), "pdf-active"),
        (pdf_with(b"<< /Encrypt 3 0 R >>"), "pdf-locked"),
        (xlsx_with("xl/vbaProject.bin", b"x"), "xlsx-active"),
        (xlsx_with("xl/embeddings/ole.bin", b"x"), "xlsx-active"),
        (xlsx_with("xl/externalLinks/one.xml", b"x"), "xlsx-active"),
        (xlsx_with("../../evil.xml", b"x"), "xlsx-broken"),
        (xlsx_with("xl/x.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]>"), "xlsx-broken"),
    ],
)
def test_bad_files_are_refused_with_their_reason(content: bytes, code: str) -> None:
    assert refusal(content) == {code}


def test_page_with_a_spreadsheet_behind_it_is_no_spreadsheet() -> None:
    assert refusal(b"<html>" + xlsx()) == {"unknown"}
    assert refusal(b"PKxx" + xlsx()) == {"xlsx-broken"}


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert refusal(b"%PDF-1.4 /Encrypt /JavaScript") == {"pdf-broken", "pdf-locked", "pdf-active"}


def test_size_is_capped() -> None:
    assert refusal(b"a" * 200_001, max_bytes=200_000) == {"too-large"}


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_taken_or_refused_and_never_break(content: bytes) -> None:
    for head in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"%PDF-", b"PK\x03\x04"):
        with contextlib.suppress(FileRefusedError):
            assert check(head + content, "a.csv", MAX_BYTES).kind in MEDIA_TYPES


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_shown_name_is_always_harmless(name: str) -> None:
    shown = clean_name(name, "pdf")

    assert shown.endswith(".pdf")
    assert 5 <= len(shown) <= 100
    assert not set(shown) & set('/\\<>:"|?*%\0\r\n')
    assert not shown.startswith(".")
    assert all(char.isprintable() for char in shown)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\temp\\发票.exe", "发票.pdf"),
        ("gpj\u202eexe.pdf", "gpjexe.pdf"),
        ("...", "file.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
    ],
)
def test_names_lose_what_could_harm(name: str, shown: str) -> None:
    assert clean_name(name, "pdf") == shown


def test_every_refusal_has_its_sentence_in_three_languages() -> None:
    raw = yaml.safe_load((REPOSITORY / "bot" / "files" / "texts.yaml").read_text(encoding="utf-8"))
    words = load_file_words()
    codes = [name.removeprefix("refused_") for name in raw if name.startswith("refused_")]
    values = {"megabytes": 10, "megapixels": 60, "count": 20}

    assert len(codes) > 12
    for language in ("zh-Hans", "zh-Hant", "en"):
        assert all(words.reasons([code], values, language) for code in codes)
