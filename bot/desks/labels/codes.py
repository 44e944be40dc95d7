"""The signed code of a label: what stands in it, how it is written, how anybody checks it without network.

A code is 97 bytes in Base32 (RFC 4648, without padding): 156 letters and digits, which a QR code holds in its alphanumeric mode.

    offset bytes
     0     1     version, 1
     1     4     key id: the first bytes of SHA-256 over the public key
     5     8     event code, ASCII, padded with zeros
    13     4     serial number
    17     2     package, from 1
    19     2     packages of the line
    21     2     valid from, days since 2020-01-01
    23     2     valid until, the day included
    25     8     hash of the goods line (`GoodsLine.hash`)
    33    64     Ed25519 signature (RFC 8032) over `kouan-label\\0` and bytes 0 to 32

Numbers are big-endian. `static/verify.js` reads the same; a test compares both.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

VERSION = 1
EPOCH = date(2020, 1, 1)
CODE_CHARS = 156
_BODY = struct.Struct(">B4s8sIHHHH8s")
_CONTEXT = b"kouan-label\0"
_SIGNATURE_BYTES = 64
_CODE = re.compile(rf"[A-Z2-7]{{{CODE_CHARS}}}")


class CodeFault(StrEnum):
    """Why a code is not taken."""

    FORMAT = "format"
    UNKNOWN_KEY = "unknown_key"
    REVOKED_KEY = "revoked_key"
    SIGNATURE = "signature"


@dataclass(frozen=True)
class LabelCode:
    """What a code says."""

    key_id: str
    event_code: str
    serial_no: int
    package: int
    packages: int
    valid_from: date
    valid_until: date
    line_hash: bytes


@dataclass(frozen=True)
class PublicKey:
    """raw: 32 bytes. revoked: nothing that it signed holds."""

    id: str
    raw: bytes
    revoked: bool = False


class CodeRefusedError(Exception):
    """The code is not one of ours. fault: why."""

    def __init__(self, fault: CodeFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def key_id_of(public: bytes) -> str:
    """Eight hex digits that name a public key of 32 bytes."""
    return hashlib.sha256(public).digest()[:4].hex()


def sign(code: LabelCode, key: Ed25519PrivateKey) -> str:
    """The code as it is printed. Raises ValueError for a value that does not fit."""
    try:
        body = _BODY.pack(
            VERSION,
            bytes.fromhex(code.key_id),
            code.event_code.encode("ascii"),
            code.serial_no,
            code.package,
            code.packages,
            (code.valid_from - EPOCH).days,
            (code.valid_until - EPOCH).days,
            code.line_hash,
        )
    except struct.error as error:
        raise ValueError(f"not a label: {error}") from error
    return base64.b32encode(body + key.sign(_CONTEXT + body)).decode().rstrip("=")


def plain_code(text: str) -> str:
    """The code in what was scanned or pasted: an address with it behind `#`, blanks, dashes and lower case do not matter."""
    return re.sub(r"[\s-]", "", text.rpartition("#")[2]).upper()


def read(text: str) -> tuple[LabelCode, bytes, bytes]:
    """What a code says, its signed bytes and the signature, unchecked. Raises CodeRefusedError(FORMAT)."""
    plain = plain_code(text)
    if not _CODE.fullmatch(plain):
        raise CodeRefusedError(CodeFault.FORMAT)
    try:
        raw = base64.b32decode(plain + "=" * (-len(plain) % 8))
        version, key_id, event, serial, package, packages, since, until, line_hash = _BODY.unpack(raw[: _BODY.size])
        code = LabelCode(
            key_id.hex(),
            event.rstrip(b"\0").decode("ascii"),
            serial,
            package,
            packages,
            EPOCH + timedelta(days=since),
            EPOCH + timedelta(days=until),
            line_hash,
        )
    except (binascii.Error, UnicodeDecodeError) as error:
        raise CodeRefusedError(CodeFault.FORMAT) from error
    # A last letter whose spare bits are set would be a second spelling of the same code.
    if version != VERSION or base64.b32encode(raw).decode().rstrip("=") != plain:
        raise CodeRefusedError(CodeFault.FORMAT)
    return code, raw[: _BODY.size], raw[_BODY.size :]


@lru_cache(maxsize=64)
def _loaded(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


def verify(text: str, keys: Mapping[str, PublicKey]) -> LabelCode:
    """What a code says, once its signature holds. keys: by id. Raises CodeRefusedError; needs no network and no database.

    Whether the label was revoked, and whether today lies within its days, is not asked here.
    """
    code, body, signature = read(text)
    key = keys.get(code.key_id)
    if key is None:
        raise CodeRefusedError(CodeFault.UNKNOWN_KEY)
    try:
        _loaded(key.raw).verify(signature, _CONTEXT + body)
    except InvalidSignature as error:
        raise CodeRefusedError(CodeFault.SIGNATURE) from error
    if key.revoked:
        raise CodeRefusedError(CodeFault.REVOKED_KEY)
    return code
