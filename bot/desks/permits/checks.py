"""What is wrong with what was typed: all of it at once. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.desks.permits.model import (
    LINES_MOST,
    Line,
    NewLine,
    NewPermit,
    NewWriteOff,
    Permit,
    PermitKind,
    PermitState,
    Reason,
    Unit,
    read_quantity,
)

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]{2,63}")


def against_permit(new: NewPermit, today: date, *, is_known: bool) -> list[Reason]:
    """Why a permit cannot be entered. is_known: the firm has one of this number."""
    reasons = []
    if new.kind not in set(PermitKind):
        reasons.append(Reason("kind", "kind"))
    if not 1 <= len(new.number.strip()) <= 64:
        reasons.append(Reason("number", "number"))
    elif is_known:
        reasons.append(Reason("known", "number", {"number": new.number.strip()}))
    reasons += against_dates(new.valid_from, new.valid_until, today)
    if new.kind == PermitKind.HYGIENE and new.lines:
        reasons.append(Reason("lines", "lines"))
    if new.kind == PermitKind.ENTRY_QUARANTINE and not new.lines:
        reasons.append(Reason("no_lines", "lines"))
    if len(new.lines) > LINES_MOST:
        reasons.append(Reason("many_lines", "lines", {"most": LINES_MOST}))
    return reasons + _against_lines(new.lines[:LINES_MOST])


def against_dates(valid_from: date, valid_until: date, today: date) -> list[Reason]:
    """Why these dates cannot be those of a permit that holds."""
    if valid_until < valid_from:
        return [Reason("dates", "valid_until")]
    if valid_until < today:
        return [Reason("over", "valid_until", {"valid_until": valid_until})]
    return []


def against_write_off(permit: Permit, new: NewWriteOff, today: date) -> list[Reason]:
    """Why a batch cannot be written off; whether enough is left and whether it was there before, the store knows."""
    if permit.kind is not PermitKind.ENTRY_QUARANTINE:
        return [Reason("no_quantity", "permit")]
    reasons = [Reason("closed", "permit")] if permit.state is PermitState.CLOSED else []
    line = line_of(permit, new.line)
    if line is None:
        reasons.append(Reason("line", "line"))
    elif new.unit != line.unit:
        reasons.append(Reason("other_unit", "unit", {"unit": line.unit, "given": new.unit}))
    amount = read_quantity(new.amount)
    if not amount:
        reasons.append(Reason("amount", "amount"))
    if not _REFERENCE.fullmatch(new.reference.strip()):
        reasons.append(Reason("reference", "reference"))
    if new.day > today:
        reasons.append(Reason("future", "day"))
    if not permit.valid_from <= new.day <= permit.valid_until:
        values = {"day": new.day, "valid_from": permit.valid_from, "valid_until": permit.valid_until}
        reasons.append(Reason("day", "day", values))
    return reasons


def line_of(permit: Permit, number: int) -> Line | None:
    """A line by its number."""
    return next((line for line in permit.lines if line.line == number), None)


def _against_lines(lines: Sequence[NewLine]) -> list[Reason]:
    reasons = []
    for number, line in enumerate(lines, start=1):
        if not 1 <= len(line.goods.strip()) <= 200:
            reasons.append(Reason("goods", "goods", {"line": number}))
        if not read_quantity(line.quantity):
            reasons.append(Reason("quantity", "quantity", {"line": number}))
        if line.unit not in set(Unit):
            reasons.append(Reason("unit", "unit", {"line": number}))
    return reasons
