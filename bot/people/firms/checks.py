"""What is wrong with what people give for a firm: all at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.errors import Fault
from bot.people.credit_code import is_credit_code
from bot.people.firms.model import DECLARATIONS_MOST, LABEL_MOST, Grants, Right

_DECLARATION_NO = re.compile(r"[0-9]{18}")


def spell_credit_code(raw: str) -> str:
    """A credit code as it is compared: upper case, no blanks or dashes."""
    return "".join(raw.upper().split()).replace("-", "")


def credit_code_faults(code: str) -> list[Fault]:
    """Of a unified social credit code, with its check character (GB 32100-2015)."""
    if is_credit_code(code):
        return []
    if len(code) == 18:
        return [Fault("credit_code", "check", "The check character of this credit code does not fit: look for a slip.")]
    return [Fault("credit_code", "format", "A unified social credit code has 18 digits and capital letters.")]


def label_faults(label: str) -> list[Fault]:
    """Of the name by which a firm's people know a member."""
    if 1 <= len(label.strip()) <= LABEL_MOST and label.isprintable():
        return []
    return [Fault("label", "format", f"The name must have 1 to {LABEL_MOST} characters that can be seen.")]


def read_grants(
    raw: Mapping[str, Sequence[str] | None], *, allowed: frozenset[Right] = frozenset(Right)
) -> tuple[dict[Right, frozenset[str] | None], list[Fault]]:
    """Grants from outside, right -> declaration numbers or None for all; with what is wrong with them."""
    grants: dict[Right, frozenset[str] | None] = {}
    faults: list[Fault] = []
    for name, numbers in raw.items():
        if name not in allowed:
            listed = ", ".join(right for right in Right if right in allowed)
            faults.append(Fault(f"rights.{name}"[:80], "unknown", f"A right is one of {listed}."))
            continue
        grants[Right(name)] = None if numbers is None else frozenset(numbers)
    return grants, faults + grant_faults(grants)


def grant_faults(grants: Grants) -> list[Fault]:
    """Of rights that somebody is to have."""
    faults = [] if grants else [Fault("rights", "needed", "At least one right is needed.")]
    for right, numbers in grants.items():
        if numbers is None:
            continue
        if right is Right.MEMBERS:
            faults.append(
                Fault(f"rights.{right}", "whole", "The right to manage members is not limited to declarations.")
            )
        if not 1 <= len(numbers) <= DECLARATIONS_MOST:
            faults.append(Fault(f"rights.{right}", "count", f"List 1 to {DECLARATIONS_MOST} declarations, or all."))
        faults += [
            Fault(f"rights.{right}", "format", "A declaration number has exactly 18 digits.")
            for number in sorted(numbers)
            if not _DECLARATION_NO.fullmatch(number)
        ][:1]
    return faults
