"""What a notice says beside its texts, as it is typed: one line for each placeholder and each part of the audience."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.errors import Fault
from bot.notices.extras import AudiencePart, NoticeExtras
from bot.notices.placeholders import NAME, PlaceholderKind

_KINDS = "|".join(PlaceholderKind)
_VALUE = re.compile(rf"({NAME}(?:\[[\w-]+\])?)\s*(?:[:：]\s*({_KINDS}))?\s*(?:[=＝]\s*(.*))?")
_PART = re.compile(r"(-\s*)?([a-z_]{1,16})\s+([^\s|｜]{1,64})\s*(?:[|｜](.*))?")


@dataclass(frozen=True)
class ExtrasForm:
    """The fields as they were typed."""

    valid_from: str = ""
    valid_until: str = ""
    placeholders: str = ""
    audience: str = ""
    entries: str = ""
    needs_ack: str = ""
    chase_after_h: str = ""
    supersedes_id: str = ""

    @classmethod
    def typed(cls, form: Mapping[str, object]) -> ExtrasForm:
        """The form as a browser sends it. A file in the place of a text counts as nothing typed."""
        values = {field.name: form.get(field.name, "") for field in fields(cls)}
        return cls(**{name: value if isinstance(value, str) else "" for name, value in values.items()})

    @classmethod
    def of(cls, extras: NoticeExtras, zone: ZoneInfo) -> ExtrasForm:
        """The form over what is kept already."""
        return cls(
            _local(extras.valid_from, zone),
            _local(extras.valid_until, zone),
            "\n".join(_value_lines(extras)),
            "\n".join(_part_line(part) for part in extras.audience),
            " ".join(extras.entries),
            "yes" if extras.needs_ack else "",
            str(extras.chase_after_h or ""),
            extras.supersedes_id or "",
        )

    @property
    def is_used(self) -> bool:
        """Whether anything was typed."""
        return self != ExtrasForm()

    def read(self, zone: ZoneInfo) -> tuple[NoticeExtras, list[Fault]]:
        """What was meant, and all lines that could not be read."""
        faults: list[Fault] = []
        kinds, given = _values(self.placeholders, "placeholders", faults)
        parts = [part for line in self.audience.splitlines() if line.strip() for part in [_part(line, faults)] if part]
        hours = self.chase_after_h.strip()
        if hours and not hours.isdecimal():
            faults.append(Fault("chase_after_h", "range", "A number of hours."))
        return (
            NoticeExtras(
                _moment(self.valid_from, "valid_from", zone, faults),
                _moment(self.valid_until, "valid_until", zone, faults),
                kinds,
                given,
                tuple(parts),
                tuple(dict.fromkeys(re.split(r"[\s,，、]+", self.entries.strip()))) if self.entries.strip() else (),
                bool(self.needs_ack),
                int(hours) if hours.isdecimal() else None,
                self.supersedes_id.strip() or None,
            ),
            faults,
        )


def _values(text: str, where: str, faults: list[Fault]) -> tuple[dict[str, PlaceholderKind], dict[str, str]]:
    kinds: dict[str, PlaceholderKind] = {}
    given: dict[str, str] = {}
    for line in filter(None, (one.strip() for one in text.splitlines())):
        match = _VALUE.fullmatch(line)
        if match is None:
            faults.append(Fault(where, "unreadable", f"This line cannot be read: {line[:60]}"))
            continue
        if match[2]:
            kinds[match[1].partition("[")[0]] = PlaceholderKind(match[2])
        if match[3] is not None:
            given[match[1]] = match[3].strip()
    return kinds, given


def _part(line: str, faults: list[Fault]) -> AudiencePart | None:
    match = _PART.fullmatch(line.strip())
    if match is None:
        faults.append(Fault("audience", "unreadable", f"This line cannot be read: {line[:60]}"))
        return None
    _, given = _values("\n".join(re.split("[;；]", match[4] or "")), "audience", faults)
    return AudiencePart(match[2], match[3], bool(match[1]), given)


def _value_lines(extras: NoticeExtras) -> list[str]:
    lines = [f"{key}{_kind_of(extras, key)} = {value}" for key, value in extras.given.items()]
    named = {key.partition("[")[0] for key in extras.given}
    return lines + [f"{name}: {kind}" for name, kind in extras.placeholders.items() if name not in named]


def _kind_of(extras: NoticeExtras, key: str) -> str:
    kind = extras.placeholders.get(key.partition("[")[0])
    return f": {kind}" if kind else ""


def _part_line(part: AudiencePart) -> str:
    values = "; ".join(f"{key} = {value}" for key, value in part.given.items())
    return f"{'- ' if part.excluded else ''}{part.kind} {part.target}" + (f" | {values}" if values else "")


def _moment(text: str, where: str, zone: ZoneInfo, faults: list[Fault]) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=zone)
    except ValueError:
        faults.append(Fault(where, "unreadable", "A date and a time are needed."))
        return None


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M}" if at else ""
