"""The forms of the numbers: pure functions that take one apart or say all that is wrong with it.

Structures are those of the fact sheet (NUM-01 to NUM-11); container check digits follow ISO 6346 (NUM-07 to NUM-09).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.rules.finding import Check
from knowledge.rules.said import line

SLOT = "number"
HS_LENGTHS = (4, 6, 8, 10, 13)
_CREDIT_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_LENGTH = 18


@dataclass(frozen=True, slots=True)
class DeclarationNumber:
    """223320231000000762 -> office 2233, year 2023, flag 1, serial 000000762."""

    office: str
    year: int
    flag: str
    serial: str


def declaration_number(text: str, *, this_year: int) -> DeclarationNumber:
    """Take a declaration number apart. Raises InputFaultsError with all faults."""
    check = Check()
    _check_length(check, text, 18)
    _check_digits(check, text)
    if len(text) == 18 and text.isascii() and text.isdecimal():
        year = int(text[4:8])
        check.refuse(
            not 2000 <= year <= this_year + 1, line("declaration_no.bad_year", year=text[4:8], latest=this_year), SLOT
        )
        check.refuse(text[8] not in "01", line("declaration_no.bad_flag", flag=text[8]), SLOT)
    check.done()
    return DeclarationNumber(text[:4], int(text[4:8]), text[8], text[9:])


@dataclass(frozen=True, slots=True)
class UnifiedNumber:
    """I20220000971587171 -> letter I, year 2022."""

    letter: str
    year: int


def unified_number(text: str) -> UnifiedNumber:
    """Take a unified number of the Single Window apart. Raises InputFaultsError."""
    check = Check()
    _check_length(check, text, 18)
    check.refuse(not re.fullmatch(r"[IE](?:19|20)\d{2}\d*", text), line("unified_no.bad"), SLOT)
    check.done()
    return UnifiedNumber(text[0], int(text[1:5]))


@dataclass(frozen=True, slots=True)
class ContainerNumber:
    """CSQU3054383. products: value × weight of each of the first ten characters; check: as computed; complete: was given."""

    text: str
    products: tuple[tuple[int, int], ...]
    total: int
    check: int
    complete: bool


def letter_value(letter: str) -> int:
    """A=10, B=12 … Z=38: the multiples of 11 are left out."""
    value = 10 + ord(letter) - ord("A")
    # 11, 22 and 33 are skipped: B follows A by two, L and V likewise.
    return value + (value > 10) + (value > 20) + (value > 30)


def container_number(text: str) -> ContainerNumber:
    """Check a container number; with ten characters its check digit is worked out. Raises InputFaultsError with all faults."""
    check = Check()
    owner, category, digits = text[:3], text[3:4], text[4:]
    if len(text) not in (10, 11):
        _check_length(check, text, 11)
    check.refuse(not re.fullmatch(r"[A-Z]{3}", owner), line("container.bad_owner", found=owner), SLOT)
    check.refuse(category not in ("U", "J", "Z"), line("container.bad_category", found=category or "–"), SLOT)
    check.refuse(not re.fullmatch(r"\d+", digits, re.ASCII), line("container.bad_digits", found=digits or "–"), SLOT)
    check.done()
    values = [letter_value(c) for c in text[:4]] + [int(c) for c in text[4:10]]
    products = tuple((value, 2**place) for place, value in enumerate(values))
    total = sum(value * weight for value, weight in products)
    digit = total % 11 % 10
    complete = len(text) == 11
    check.refuse(complete and text[10] != str(digit), line("container.bad_check", check=digit, found=text[10:]), SLOT)
    check.done()
    return ContainerNumber(text[:10] + str(digit), products, total, digit, complete)


def hs_code(text: str, chapters: frozenset[str]) -> str:
    """The chapter of an HS code of 4, 6, 8, 10 or 13 digits. Raises InputFaultsError with all faults."""
    check = Check()
    _check_digits(check, text)
    check.refuse(len(text) not in HS_LENGTHS, line("hs.bad_length", have=len(text)), SLOT)
    chapter = text[:2]
    known = chapter in chapters or not chapter.isdecimal()
    check.refuse(not known, line("hs.no_chapter", chapter=chapter), SLOT)
    check.done()
    return chapter


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A unified social credit code: department and class, region, organisation code, check character."""

    department: str
    region: str
    organisation: str
    check: str


def credit_code(text: str) -> CreditCode:
    """Check a unified social credit code (GB 32100-2015: weights 3^n, modulo 31). Raises InputFaultsError with all faults."""
    check = Check()
    _check_length(check, text, _CREDIT_LENGTH)
    odd = tuple(dict.fromkeys(c for c in text if c not in _CREDIT_CHARACTERS))
    check.refuse(bool(odd), line("number.bad_characters", found=odd), SLOT)
    check.done()
    total = sum(_CREDIT_CHARACTERS.index(c) * pow(3, place, 31) for place, c in enumerate(text[:17]))
    expected = _CREDIT_CHARACTERS[-total % 31]
    check.refuse(text[17] != expected, line("credit.bad_check", check=expected, found=text[17]), SLOT)
    check.done()
    return CreditCode(text[:2], text[2:8], text[8:17], expected)


def office_code(text: str) -> str:
    """A code of four digits as it is. Raises InputFaultsError with all faults."""
    check = Check()
    _check_length(check, text, 4)
    _check_digits(check, text)
    check.done()
    return text


def possible_kinds(text: str) -> tuple[str, ...]:
    """What a number may be by its look, the likeliest first; more than one where only the person can tell."""
    if re.fullmatch(r"[A-Z]{3,4}[A-Z0-9]?\d{5,8}", text) and not text[:4].isdecimal():
        return ("container",)
    if re.fullmatch(r"[IE](?:19|20)\d{10,}", text):
        return ("unified",)
    if text.isdecimal():
        if len(text) == 4:
            return ("hs", "office")
        if len(text) == _CREDIT_LENGTH:
            return ("declaration", "credit") if text[0] in "19" and not _plausible_year(text) else ("declaration",)
        return ("hs",) if len(text) <= 13 else ("declaration",)
    if re.fullmatch(r"[A-Z/]{1,8}", text):
        return ("letters",)
    return ("credit",) if len(text) >= 15 else ("container", "credit", "declaration")


def _plausible_year(text: str) -> bool:
    return text[4:6] == "20"


def _check_length(check: Check, text: str, need: int) -> None:
    check.refuse(len(text) != need, line("number.length", need=need, have=len(text)), SLOT)


def _check_digits(check: Check, text: str) -> None:
    odd = tuple(dict.fromkeys(c for c in text if not (c.isascii() and c.isdecimal())))
    check.refuse(bool(odd), line("number.not_digits", found=odd), SLOT)
