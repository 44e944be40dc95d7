"""Numbers with a rule of their own: declarations, containers, bills of lading, HS codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from components.finders.found import Found

DECLARATION_DIGITS = 18
_CONTAINER_LETTER_VALUES = dict(zip("abcdefghijklmnopqrstuvwxyz", (n for n in range(10, 39) if n % 11), strict=False))

_GROUPED_18 = re.compile(r"(?<![\da-z])\d{4}[ -]\d{4}[ -]\d[ -]?\d{9}(?![\da-z])|(?<![\da-z])\d{18}(?![\da-z])")
_LONG_DIGITS = re.compile(r"(?<![\da-z.])\d{15,22}(?![\da-z])")
_CUED_DECLARATION = re.compile(
    r"(?:报关单(?:编?号码?|(?=.{0,3}\d{6}))|海关编号|declaration (?:number|no\.?|#)|entry (?:number|no\.?|id))"
    r"(?:是|为|is|[:#\s])*(?P<digits>\d{1,30})(?![\da-z])"
)
_CONTAINER = re.compile(r"(?<![a-z0-9])(?P<letters>[a-z]{3}[ujz])[ -]?(?P<digits>\d{5,8}(?:[ -]?\d)?)(?![a-z0-9])")
_CONTAINER_CUE = re.compile(r"箱号|集装箱|货柜|柜号|container")
_BILL_OF_LADING = re.compile(
    r"(?:提单号?码?|提运单号?|运单号|bill of lading(?: (?:number|no\.?|#))?|b/l(?: ?(?:number|no\.?|#))?|\bbl ?(?:number|no\.?|#))"
    r"(?:是|为|is|[:#\s])*(?P<number>[a-z0-9][a-z0-9-]{4,30}[a-z0-9])(?![a-z0-9])"
)
_HS_DOTTED = re.compile(r"(?<![\d.])(?P<code>\d{4}\.\d{2}(?:\.?\d{2}(?:\.?\d{2})?)?)(?![\d.]*\d)")
_HS_PLAIN = re.compile(r"(?<![\d.a-z])(?P<code>\d{10}|\d{8}|\d{6})(?![\d.]*\d|[a-z])")
_HS_CUE = re.compile(
    r"hs ?code|\bhs\b|hs编|hs(?=\d)|税则|税号|税目|商品编[码号]|海关编码|编码|归类|tariff (?:code|number|line|item|heading)|commodity code|heading"
)
# Source: the service's binding codes, ten of these characters in two groups of five.
_BINDING_CODE = re.compile(
    r"(?<![a-z0-9-])(?P<first>[2-9a-hjkmnp-z]{5})(?P<dash>-?)(?P<second>[2-9a-hjkmnp-z]{5})(?![a-z0-9-])"
)
_BINDING_CUE = re.compile(r"绑定码|授权码|关注码|binding ?code|\bcode\b|码")
_MONEY_BEHIND = re.compile(
    r"\s*(?:元|块|美|欧|港|日元|万|kg|usd|rmb|cny|yuan|dollars?|euros?|%|公斤|吨|克|kilos?|tons?)"
)
_MONEY_BEFORE = re.compile(r"(?:[$¥€£]|usd|rmb|cny|hkd|eur)\s*$")


def find_numbers(text: str) -> Iterator[Found]:
    """All such numbers in a folded text, in no particular order; ranges of different kinds may overlap."""
    yield from _declarations(text)
    yield from _containers(text)
    yield from _bills_of_lading(text)
    yield from _hs_codes(text)
    yield from _binding_codes(text)


def container_check_digit(letters_and_serial: str) -> int:
    """Check digit of a container number, from its four letters and six digits.

    Source: ISO 6346. Letters count 10 upwards without the multiples of 11; the position from the left weighs 2 to its power.
    """
    total = sum(
        (_CONTAINER_LETTER_VALUES[c] if c.isalpha() else int(c)) * 2**position
        for position, c in enumerate(letters_and_serial.lower())
    )
    return total % 11 % 10


def is_resident_identity_number(digits: str) -> bool:
    """Whether 18 digits are a resident identity number by its birth date and check digit (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=False)) % 11]
    return _is_date(digits[6:14]) and digits[17] == check


def _declarations(text: str) -> Iterator[Found]:
    for match in _GROUPED_18.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        cued = any(m.start("digits") == match.start() for m in _CUED_DECLARATION.finditer(text))
        # A person who types an identity number must not have it looked up as a shipment.
        if cued or not is_resident_identity_number(digits):
            yield Found("declaration_no", match.start(), match.end(), digits)
    for match in _CUED_DECLARATION.finditer(text):
        if len(match["digits"]) != DECLARATION_DIGITS:
            yield _malformed_declaration(match["digits"], match.start("digits"))
    for match in _LONG_DIGITS.finditer(text):
        if len(match.group()) != DECLARATION_DIGITS:
            yield _malformed_declaration(match.group(), match.start())


def _malformed_declaration(digits: str, start: int) -> Found:
    value = {"number": digits, "length": len(digits), "expected_length": DECLARATION_DIGITS}
    return Found("declaration_no_malformed", start, start + len(digits), value)


def _containers(text: str) -> Iterator[Found]:
    for match in _CONTAINER.finditer(text):
        digits = re.sub(r"\D", "", match["digits"])
        number = match["letters"].upper() + digits
        if len(digits) == 7:
            expected = container_check_digit(number[:10])
            if int(digits[6]) == expected:
                yield Found("container_no", match.start(), match.end(), number)
            else:
                value = {"number": number, "reason": "check_digit", "expected_check_digit": expected}
                yield Found("container_no_malformed", match.start(), match.end(), value)
        elif match["letters"].endswith("u") or _CONTAINER_CUE.search(text):
            value = {"number": number, "reason": "length", "length": len(number), "expected_length": 11}
            yield Found("container_no_malformed", match.start(), match.end(), value)


def _bills_of_lading(text: str) -> Iterator[Found]:
    for match in _BILL_OF_LADING.finditer(text):
        number = match["number"]
        if any(c.isdigit() for c in number):
            yield Found("bill_of_lading", match.start("number"), match.end("number"), number.upper())


def _hs_codes(text: str) -> Iterator[Found]:
    for match in _HS_DOTTED.finditer(text):
        digits = match["code"].replace(".", "")
        certain = match["code"].count(".") > 1 or _HS_CUE.search(text)
        if certain and _hs_chapter_exists(digits) and not _is_amount(text, match) and not _is_date(digits):
            yield Found("hs_code", match.start(), match.end(), digits)
    for match in _HS_PLAIN.finditer(text):
        digits = match["code"]
        cue = _HS_CUE.search(text) or text.strip(" ?!.。？！") == digits
        if cue and _hs_chapter_exists(digits) and not _is_amount(text, match) and not _is_date(digits):
            yield Found("hs_code", match.start(), match.end(), digits)


def _binding_codes(text: str) -> Iterator[Found]:
    for match in _BINDING_CODE.finditer(text):
        code = match["first"] + match["second"]
        mixed = any(c.isdigit() for c in code) and any(c.isalpha() for c in code)
        # "department" is spelt with the same letters, and a ten-digit HS code may be.
        if mixed or (match["dash"] and code.isalpha()) or _BINDING_CUE.search(text[: match.start()]):
            yield Found("binding_code", match.start(), match.end(), f"{match['first']}-{match['second']}".upper())


def _hs_chapter_exists(digits: str) -> bool:
    """Chapters run from 01 to 97; 77 is reserved, 98 is used by China for its own statistics."""
    chapter = int(digits[:2])
    return 1 <= chapter <= 98 and chapter != 77 and digits[2:4] != "00"


def _is_amount(text: str, match: re.Match[str]) -> bool:
    return bool(_MONEY_BEHIND.match(text, match.end()) or _MONEY_BEFORE.search(text[: match.start()]))


def _is_date(digits: str) -> bool:
    return len(digits) == 8 and digits[:2] in ("19", "20") and _date_or_none(digits) is not None


def _date_or_none(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
