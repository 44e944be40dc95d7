"""The unified social credit code (统一社会信用代码) of an enterprise.

Source: GB 32100-2015: 18 characters of 0-9 and A-Z without I, O, S, V, Z; the last is a check character, modulo 31.
"""

from __future__ import annotations

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def check_character(first17: str) -> str:
    """The 18th character for the first 17. Raises ValueError on a character that the standard leaves out."""
    total = sum(_ALPHABET.index(character) * weight for character, weight in zip(first17, _WEIGHTS, strict=True))
    return _ALPHABET[(31 - total % 31) % 31]


def is_credit_code(text: str) -> bool:
    """Whether this is a well-formed code with the right check character (upper case)."""
    if len(text) != 18 or any(character not in _ALPHABET for character in text):
        return False
    return check_character(text[:17]) == text[17]
