"""One-time codes that people type: short, unambiguous, kept as keyed hashes alone."""

from __future__ import annotations

import hashlib
import hmac
import secrets as random

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is mistaken for another when read aloud
CHARS = 10


def new_code() -> str:
    """A new code of about 50 bits, without its dash."""
    return "".join(random.choice(ALPHABET) for _ in range(CHARS))


def spell_code(raw: str) -> str:
    """A code as it is compared: upper case, without blanks and dashes."""
    return "".join(raw.upper().split()).replace("-", "")


def shown(code: str) -> str:
    """A code as it is shown, in two halves."""
    return f"{code[:5]}-{code[5:]}"


def hash_code(key: bytes, code: str) -> str:
    """What is kept of a code: 64 hex digits."""
    return hmac.digest(key, spell_code(code).encode(), hashlib.sha256).hex()
