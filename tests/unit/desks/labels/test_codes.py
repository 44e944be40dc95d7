"""Codes of labels: what is signed holds, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from bot.desks.labels.codes import (
    CODE_CHARS,
    CodeFault,
    CodeRefusedError,
    LabelCode,
    PublicKey,
    key_id_of,
    sign,
    verify,
)
from bot.desks.labels.model import serial_text

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
RAW = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
ID = key_id_of(RAW)
KEYS = {ID: PublicKey(ID, RAW)}
CODE = LabelCode(ID, "EXPO26", 7, 2, 3, date(2026, 11, 22), date(2026, 12, 8), b"12345678")
DAYS = st.dates(date(2020, 1, 1), date(2190, 1, 1))


def fault_of(text: str, keys: dict[str, PublicKey] | None = None) -> CodeFault:
    """Why a code is refused."""
    with pytest.raises(CodeRefusedError) as refused:
        verify(text, KEYS if keys is None else keys)
    return refused.value.fault


@given(
    st.from_regex(r"[A-Z0-9]{2,8}", fullmatch=True),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**16 - 1),
    DAYS,
    DAYS,
    st.binary(min_size=8, max_size=8),
)
def test_what_is_signed_is_read_again(
    event: str, serial: int, package: int, packages: int, since: date, until: date, line: bytes
) -> None:
    code = LabelCode(ID, event, serial, package, packages, since, until, line)

    text = sign(code, KEY)

    assert verify(text, KEYS) == code
    assert len(text) == CODE_CHARS


@given(st.integers(0, CODE_CHARS - 1), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_one_changed_letter_is_refused(place: int, letter: str) -> None:
    text = sign(CODE, KEY)
    changed = text[:place] + letter + text[place + 1 :]

    if changed != text:
        assert fault_of(changed) in {CodeFault.FORMAT, CodeFault.SIGNATURE, CodeFault.UNKNOWN_KEY}


@given(st.text(max_size=300))
def test_whatever_is_scanned_is_answered(text: str) -> None:
    assert fault_of(text) is CodeFault.FORMAT


def test_an_address_blanks_and_lower_case_do_not_matter() -> None:
    text = sign(CODE, KEY).lower()
    spaced = " ".join(text[at : at + 4] for at in range(0, len(text), 4))

    assert verify(f"https://example.org/v/#{spaced}\n", KEYS) == CODE


def test_another_key_under_the_same_id_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)

    assert fault_of(sign(CODE, other)) is CodeFault.SIGNATURE


def test_an_unknown_and_a_revoked_key_are_told_apart() -> None:
    text = sign(CODE, KEY)

    assert fault_of(text, {}) is CodeFault.UNKNOWN_KEY
    assert fault_of(text, {ID: PublicKey(ID, RAW, revoked=True)}) is CodeFault.REVOKED_KEY


def test_a_serial_with_two_digits_exchanged_has_another_check_digit() -> None:
    assert serial_text("EXPO26", 123456)[-1] != serial_text("EXPO26", 213456)[-1]
    assert serial_text("EXPO26", 1) == "EXPO26-000001-X"
