"""The rules of booking as data: who, which goods, how long ahead. Reads files once, decides without I/O.

What the sources fix comes from knowledge/rules: the lead times as a dated row, the working days as a calendar. What is the
desk's own arrangement stands in kinds.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml

from bot.channels.model import Language
from bot.desks.booking.model import Application, GoodsClass, Rating, Reason, Site, Slot, Transport
from knowledge.rules.calculators.booking import OfficeHours, in_office_hours, latest_filing
from knowledge.rules.calculators.rules import ROOT
from knowledge.rules.calendar.working_days import DAY, Known, WorkingDays, read_working_days
from knowledge.rules.identifiers.numbers import HS_LENGTHS
from knowledge.rules.tables import Table, read_table
from knowledge.text import to_traditional

TEXT_MOST = 200
_MOBILE = re.compile(r"\+?[0-9][0-9 -]{5,18}[0-9]")
_OFFICE = re.compile(r"[0-9]{4}")
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]{2,63}")


@dataclass(frozen=True)
class Kind:
    """One kind of appointment, as kinds.yaml has it; its head says what each field means."""

    id: str
    name: Mapping[Language, str]
    about: Mapping[Language, str]
    grade: Literal["official", "reported", "unverified"]
    facts: tuple[str, ...]
    lead_rule: str | None
    counts_in_office_hours: bool
    when: Literal["outside", "inside", "any"]
    goods: frozenset[GoodsClass]
    excluded_ratings: frozenset[Rating]
    needs_approval: bool
    required: tuple[str, ...]
    lead: timedelta
    cancel_until: timedelta
    move_until: timedelta
    offer: timedelta
    per_firm_most: int
    reminders: tuple[timedelta, ...]
    cancelled: Mapping[Language, str] | None
    no_show: Mapping[Language, str] | None


class BookingRules:
    """zone: of the sites' clocks."""

    def __init__(self, kinds: Mapping[str, Kind], table: Table, calendar: WorkingDays, zone: ZoneInfo) -> None:
        self.kinds = kinds
        self.calendar = calendar
        self.zone = zone
        self._table = table

    def lead(self, kind: Kind, starts_at: datetime, *, is_aeo: bool) -> timedelta:
        """How long before the time a booking must be filed."""
        if kind.lead_rule is None:
            return kind.lead
        row = self._table.need(kind.lead_rule, self._local(starts_at).date())
        return timedelta(hours=row.whole("hours_aeo" if is_aeo else "hours"))

    def latest(self, kind: Kind, slot: Slot, *, is_aeo: bool) -> datetime:
        """The last moment at which the slot can be booked."""
        lead = self.lead(kind, slot.starts_at, is_aeo=is_aeo)
        if not kind.counts_in_office_hours:
            return slot.starts_at - lead
        found = latest_filing(self._local(slot.starts_at), lead, _hours(slot.site), self.calendar)
        return found.replace(tzinfo=self.zone)

    def counts_from(self, kind: Kind, site: Site, now: datetime) -> datetime:
        """When a booking made now counts as filed: at once, or when the office opens next."""
        if not kind.counts_in_office_hours:
            return now
        local, hours = self._local(now), _hours(site)
        if in_office_hours(local, hours, self.calendar):
            return now
        day = local.date() if local.time() < hours.opens else local.date() + DAY
        return datetime.combine(self.calendar.on_or_after(day), hours.opens, self.zone)

    def fits_hours(self, kind: Kind, site: Site, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether slots of this kind may lie there: outside, or inside, the site's office hours."""
        if kind.when == "any":
            return True
        starts, ends = self._local(starts_at), self._local(ends_at)
        days = [starts.date() + DAY * number for number in range((ends.date() - starts.date()).days + 1)]
        hours = _hours(site)
        office = [
            (datetime.combine(day, hours.opens), datetime.combine(day, hours.closes))
            for day in days
            if self.calendar.is_working(day)
        ]
        if kind.when == "inside":
            return any(opens <= starts and ends <= closes for opens, closes in office)
        return not any(starts < closes and opens < ends for opens, closes in office)

    def unsure_year(self, *moments: datetime) -> int | None:
        """A year among the moments whose holiday plan is not known, so that rest days may be missing; None where all are."""
        years = {self._local(moment).year for moment in moments}
        return next((year for year in sorted(years) if self.calendar.known(year) is not Known.PLAN), None)

    def against_firm(self, kind: Kind, application: Application, rating: Rating | None) -> list[Reason]:
        """Why this firm may not book this kind, by its rating as staff looked it up (None: not looked up)."""
        reasons = [Reason("rating", "firm_id")] if rating in kind.excluded_ratings else []
        if application.is_aeo and rating not in {None, Rating.AEO}:
            reasons.append(Reason("not_aeo", "is_aeo"))
        return reasons

    def against_time(self, kind: Kind, slot: Slot, now: datetime, *, is_aeo: bool) -> list[Reason]:
        """Why it is too late for a slot."""
        if slot.starts_at <= now:
            return [Reason("begun", "slot_id", {"starts_at": slot.starts_at})]
        filed = self.counts_from(kind, slot.site, now)
        if filed <= slot.starts_at - self.lead(kind, slot.starts_at, is_aeo=is_aeo):
            return []
        latest = self.latest(kind, slot, is_aeo=is_aeo)
        code = "too_late_closed" if filed > now else "too_late"
        return [Reason(code, "slot_id", {"latest": latest, "filed": filed})]

    def against_fields(self, kind: Kind, application: Application) -> list[Reason]:
        """What is missing in the form, or cannot be."""
        typed = {name: str(getattr(application, name)).strip() for name in _CHECKS}
        reasons = [Reason("missing", name, {"field": name}) for name in kind.required if not typed.get(name)]
        for name, value in typed.items():
            if not value:
                continue
            if len(value) > TEXT_MOST:
                reasons.append(Reason("too_long", name, {"field": name, "most": TEXT_MOST}))
            elif not _CHECKS[name](value):
                reasons.append(Reason(f"bad_{name}", name, {"field": name}))
        goods = typed["goods_class"]
        if kind.goods and goods in set(GoodsClass) and GoodsClass(goods) not in kind.goods:
            reasons.append(Reason("goods", "goods_class"))
        return reasons

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)


def _is_hs_code(value: str) -> bool:
    plain = value.replace(".", "").replace(" ", "")
    return plain.isascii() and plain.isdecimal() and len(plain) in HS_LENGTHS


def _any(_value: str) -> bool:
    return True


_CHECKS = {
    "reference": lambda value: bool(_REFERENCE.fullmatch(value)),
    "contact": _any,
    "mobile": lambda value: bool(_MOBILE.fullmatch(value)),
    "goods": _any,
    "hs_code": _is_hs_code,
    "goods_class": lambda value: value in set(GoodsClass),
    "transport": lambda value: value in set(Transport),
    "declaration_port": lambda value: bool(_OFFICE.fullmatch(value)),
    "entry_port": lambda value: bool(_OFFICE.fullmatch(value)),
    "reason": _any,
}


def _hours(site: Site) -> OfficeHours:
    closes = time(23, 59) if site.closes == 24 * 60 else time(*divmod(site.closes, 60))
    return OfficeHours(time(*divmod(site.opens, 60)), closes)


def load_rules(zone: ZoneInfo) -> BookingRules:
    """Read kinds.yaml and what it rests on. Raises KeyError or ValueError for a file that is not as it should be."""
    raw = yaml.safe_load((Path(__file__).parent / "kinds.yaml").read_text(encoding="utf-8"))
    # The facts and sources of the table are checked where the knowledge base is; here its rows alone are needed.
    table = read_table(ROOT / "calculators" / "rules.yaml", None)
    kinds = {name: _kind(name, values) for name, values in raw.items()}
    return BookingRules(kinds, table, read_working_days(ROOT / "calendar" / "days.yaml"), zone)


def _texts(raw: Mapping[str, str]) -> dict[Language, str]:
    return {"zh-Hans": raw["zh-Hans"], "zh-Hant": raw.get("zh-Hant") or to_traditional(raw["zh-Hans"]), "en": raw["en"]}


def _kind(name: str, raw: Mapping[str, Any]) -> Kind:
    required: Sequence[str] = raw["required"]
    if unknown := set(required) - set(_CHECKS):
        raise ValueError(f"kinds.yaml: {name}: no such fields: {sorted(unknown)}")
    return Kind(
        id=name,
        name=_texts(raw["name"]),
        about=_texts(raw["about"]),
        grade=raw["grade"],
        facts=tuple(raw["facts"]),
        lead_rule=raw["lead_rule"],
        counts_in_office_hours=raw["counts_in_office_hours"],
        when=raw["when"],
        goods=frozenset(GoodsClass(goods) for goods in raw["goods"]),
        excluded_ratings=frozenset(Rating(rating) for rating in raw["excluded_ratings"]),
        needs_approval=raw["needs_approval"],
        required=tuple(required),
        lead=timedelta(hours=raw["lead_h"]),
        cancel_until=timedelta(hours=raw["cancel_until_h"]),
        move_until=timedelta(hours=raw["move_until_h"]),
        offer=timedelta(minutes=raw["offer_min"]),
        per_firm_most=raw["per_firm_most"],
        reminders=tuple(timedelta(hours=hours) for hours in raw["reminders_h"]),
        cancelled=_texts(raw["cancelled"]) if raw["cancelled"] else None,
        no_show=_texts(raw["no_show"]) if raw["no_show"] else None,
    )
