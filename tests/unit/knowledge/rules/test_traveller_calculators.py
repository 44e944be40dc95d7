"""Allowance, parcels, cash, pets, booking and exhibits against cases worked by hand from the fact sheets."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.rules.calculators.allowance import HENGQIN, Baggage, baggage_tax, explain_allowance
from knowledge.rules.calculators.booking import ASSUMED_HOURS, Booking, OfficeHours, explain_booking, latest_filing
from knowledge.rules.calculators.cash import Cash, explain_cash
from knowledge.rules.calculators.exhibition import Exhibit, explain_exhibition
from knowledge.rules.calculators.parcel import Order, Parcel, explain_ecommerce, explain_parcel
from knowledge.rules.calculators.pet import (
    DESIGNATED,
    InboundPet,
    explain_inbound_pet,
    explain_outbound_pet,
    isolation_needed,
)
from knowledge.rules.calculators.rules import ROOT, Rules
from knowledge.rules.countries import read_places
from knowledge.rules.finding import Finding, InputFaultsError
from knowledge.rules.said import Money
from tests.unit.knowledge.rules.conftest import TODAY


def day(written: str) -> date:
    return date.fromisoformat(written)


def answer(rules: Rules, finding: Finding) -> str:
    return rules.texts.say(finding.answer, "en")


@pytest.mark.parametrize(
    ("origin", "resident", "frequent", "adult", "on", "who", "allowance"),
    [
        ("hk", True, False, True, "2026-11-22", "resident_hk_macao", 12_000),
        ("macao", True, False, True, "2024-08-01", "resident_hk_macao", 12_000),
        ("hk", True, False, True, "2024-07-15", "resident_hk_macao", 12_000),
        ("hk", True, False, True, "2024-06-30", "resident", 5_000),
        ("hk", True, False, False, "2026-11-22", "resident", 5_000),
        ("elsewhere", True, False, None, "2026-11-22", "resident", 5_000),
        ("hk", False, False, True, "2026-11-22", "non_resident", 2_000),
        ("elsewhere", False, False, None, "2026-11-22", "non_resident", 2_000),
        ("hk", True, True, True, "2026-11-22", "frequent", 0),
    ],
)
def test_each_allowance(
    rules: Rules, origin: str, resident: bool, frequent: bool, adult: bool | None, on: str, who: str, allowance: int
) -> None:
    found = baggage_tax(Baggage(origin, resident, frequent, Decimal(1), adult), day(on), rules)

    assert (found.who, found.allowance) == (who, Decimal(allowance))


@pytest.mark.parametrize(
    ("value", "article", "shop", "taxable"),
    [
        ("5000", None, "0", "0"),
        ("5000.01", None, "0", "0.01"),
        ("8000", None, "3000", "3000"),
        ("4000", None, "3500", "500"),
        ("6000", "6000", "0", "6000"),  # DF-04: a 6,000-yuan handbag is taxed on 6,000
        ("8000", "6000", "0", "6000"),  # the other 2,000 are within the allowance
        ("12000", "6000", "0", "7000"),  # 6,000 in full and 1,000 of the other 6,000
        ("5000", "5000", "0", "0"),
    ],
)
def test_taxable_value_of_a_resident_from_elsewhere(
    rules: Rules, value: str, article: str | None, shop: str, taxable: str
) -> None:
    case = Baggage("elsewhere", True, False, Decimal(value), None, Decimal(shop), Decimal(article) if article else None)

    assert baggage_tax(case, TODAY, rules).taxable == Decimal(taxable)


def test_the_handbag_of_the_fact_sheet(rules: Rules) -> None:
    case = Baggage("elsewhere", True, False, Decimal(6000), None, article=Decimal(6000), rate=Decimal("0.2"))

    assert answer(rules, explain_allowance(case, TODAY, rules)).startswith("Tax about 1,200 yuan: 6,000 yuan × 20 %")


def test_frequent_crossers_before_december_2024_are_not_known(rules: Rules) -> None:
    with pytest.raises(InputFaultsError):
        explain_allowance(Baggage("hk", True, True, Decimal(1)), day("2024-11-30"), rules)


def test_hengqin_first_line_is_not_worked_out(rules: Rules) -> None:
    finding = explain_allowance(Baggage(HENGQIN, True, False, Decimal(1)), TODAY, rules)

    assert "not among my sources" in answer(rules, finding)


def test_all_faults_of_baggage_are_told_at_once(rules: Rules) -> None:
    case = Baggage("hk", True, False, Decimal(10), article=Decimal(20))

    with pytest.raises(InputFaultsError) as raised:
        explain_allowance(case, day("2010-01-01"), rules)

    assert len(raised.value.faults) == 2


@given(st.decimals(0, 10**7, places=2), st.decimals(0, 10**6, places=2), st.booleans())
def test_tax_never_falls_as_the_value_rises(rules: Rules, value: Decimal, more: Decimal, resident: bool) -> None:
    def taxable(total: Decimal) -> Decimal:
        return baggage_tax(Baggage("hk", resident, False, total, True), TODAY, rules).taxable

    assert taxable(value) <= taxable(value + more) <= value + more


@pytest.mark.parametrize(
    ("direction", "place", "value", "single", "on", "name"),
    [
        ("in", None, "2000", False, "2026-11-22", "parcel.within_in"),
        ("in", None, "2000.01", False, "2026-11-22", "parcel.over"),
        ("in", None, "2500", True, "2026-11-22", "parcel.single"),
        ("in", "near", "900", False, "2024-11-30", "parcel.over"),
        ("in", "far", "900", False, "2024-11-30", "parcel.within_in"),
        ("in", "near", "900", False, "2024-12-01", "parcel.within_in"),
        ("out", "near", "800", False, "2026-11-22", "parcel.within_out"),
        ("out", "near", "801", False, "2026-11-22", "parcel.over"),
        ("out", "far", "1000", False, "2026-11-22", "parcel.within_out"),
    ],
)
def test_each_parcel_limit(
    rules: Rules, direction: str, place: str | None, value: str, single: bool, on: str, name: str
) -> None:
    finding = explain_parcel(Parcel(direction, place, Decimal(value), single), day(on), rules)

    assert finding.answer.name == name


def test_tax_on_post_is_waived_up_to_fifty_yuan(rules: Rules) -> None:
    finding = explain_parcel(Parcel("in", None, Decimal(250)), TODAY, rules)

    assert [step.name for step in finding.steps] == [
        "parcel.limit_in",
        "parcel.tax_waived",  # 13 %: 32.50
        "parcel.tax_waived",  # 20 %: exactly 50
        "parcel.tax",  # 50 %: 125
    ]


def test_the_limits_before_2010_are_not_known(rules: Rules) -> None:
    with pytest.raises(InputFaultsError):
        explain_parcel(Parcel("in", "near", Decimal(0)), day("2009-01-01"), rules)


@pytest.mark.parametrize(
    ("value", "spent", "single", "name"),
    [
        (5000, 0, False, "ecommerce.within"),
        (5001, 0, False, "ecommerce.over_single"),
        (5001, 0, True, "ecommerce.single_full_tax"),
        (5001, 21_000, True, "ecommerce.over_year"),
        (4000, 22_000, False, "ecommerce.within"),
        (4001, 22_000, False, "ecommerce.over_year"),
        (4000, None, False, "ecommerce.within_single"),
    ],
)
def test_each_ecommerce_limit(rules: Rules, value: int, spent: int | None, single: bool, name: str) -> None:
    order = Order(Decimal(value), None if spent is None else Decimal(spent), single)

    assert explain_ecommerce(order, TODAY, rules).answer.name == name


@pytest.mark.parametrize(
    ("direction", "side", "amount", "currency", "usd", "exits", "brought", "name"),
    [
        ("in", "hk", 20_000, "CNY", None, "first", None, "cash.rmb_within"),
        ("out", "hk", 20_001, "CNY", None, "first", None, "cash.rmb_over"),
        ("in", "elsewhere", 5000, "USD", None, "first", None, "cash.in_free"),
        ("in", "elsewhere", 5001, "USD", None, "first", None, "cash.in_declare"),
        ("in", "hk", 50_000, "HKD", 6400, "first", None, "cash.in_declare"),
        ("in", "hk", 50_000, "HKD", None, "first", None, "cash.in_unknown"),
        ("out", "elsewhere", 5000, "USD", None, "first", None, "cash.out_free"),
        ("out", "elsewhere", 8000, "USD", None, "first", None, "cash.out_permit"),
        ("out", "elsewhere", 10_000, "USD", None, "first", None, "cash.out_permit"),
        ("out", "elsewhere", 10_001, "USD", None, "first", None, "cash.out_special"),
        ("out", "elsewhere", 8000, "USD", None, "first", 9000, "cash.out_declared"),
        ("out", "elsewhere", 1000, "USD", None, "again_15_days", None, "cash.out_free"),
        ("out", "elsewhere", 1001, "USD", None, "again_15_days", None, "cash.out_again_over"),
        ("out", "elsewhere", 500, "USD", None, "again_same_day", None, "cash.out_free"),
        ("out", "elsewhere", 501, "USD", None, "again_same_day", None, "cash.out_again_over"),
        ("out", "macao", 1000, "MOP", None, "first", None, "cash.out_unknown"),
    ],
)
def test_each_cash_limit(
    rules: Rules,
    direction: str,
    side: str,
    amount: int,
    currency: str,
    usd: int | None,
    exits: str,
    brought: int | None,
    name: str,
) -> None:
    case = Cash(
        direction,
        side,
        Money(Decimal(amount), currency),
        None if usd is None else Decimal(usd),
        exits,
        None if brought is None else Decimal(brought),
    )

    assert explain_cash(case, TODAY, rules).answer.name == name


@pytest.mark.parametrize(
    ("side", "direction", "amount", "currency", "step"),
    [
        ("hk", "out", 120_000, "HKD", "cash.hk_free"),
        ("hk", "out", 120_001, "HKD", "cash.hk_declare"),
        ("hk", "out", 30_000, "CNY", "cash.hk_arriving"),
        ("hk", "in", 150_000, "HKD", "cash.hk_leaving"),
        ("macao", "out", 119_999, "MOP", "cash.macao_free"),
        ("macao", "out", 120_000, "MOP", "cash.macao_declare"),
        ("macao", "in", 120_000, "MOP", "cash.macao_leaving"),
    ],
)
def test_the_other_side_has_its_own_limit(
    rules: Rules, side: str, direction: str, amount: int, currency: str, step: str
) -> None:
    finding = explain_cash(Cash(direction, side, Money(Decimal(amount), currency)), TODAY, rules)

    assert finding.steps[-1].name == step


@pytest.mark.parametrize("origin", sorted(DESIGNATED))
def test_a_chipped_pet_from_each_designated_place_is_not_isolated(origin: str) -> None:
    assert origin in read_places(ROOT / "countries.yaml").names
    assert not isolation_needed(InboundPet("dog", origin, chip=True))
    assert isolation_needed(InboundPet("dog", origin, chip=False))


def test_there_are_nineteen_designated_places() -> None:
    assert len(DESIGNATED) == 19


@pytest.mark.parametrize(
    ("pet", "name"),
    [
        (InboundPet("dog", "TH", chip=True, titre=False, assistance=False), "pet.isolation"),
        (InboundPet("dog", "TH", chip=True, titre=True), "pet.free"),
        (InboundPet("dog", "TH", chip=True, titre=False, assistance=True), "pet.free"),
        (InboundPet("dog", "TH", chip=False, assistance=True), "pet.isolation"),
        (InboundPet("cat", "HK", chip=True), "pet.free"),
        (InboundPet("cat", "HK", chip=True, count=2), "pet.too_many"),
        (InboundPet("other", "HK"), "pet.other"),
    ],
)
def test_each_inbound_pet(rules: Rules, pet: InboundPet, name: str) -> None:
    assert explain_inbound_pet(pet, TODAY, rules).answer.name == name


def test_a_pet_from_hong_kong_shows_the_contradiction(rules: Rules) -> None:
    finding = explain_inbound_pet(InboundPet("cat", "HK", chip=True), TODAY, rules)

    assert finding.notes[0].name == "pet.contradiction"


def test_hong_kong_changed_on_3_june_2025(rules: Rules) -> None:
    assert explain_outbound_pet("hk", day("2025-06-03"), rules).answer.name == "pet.hk"
    assert explain_outbound_pet("hk", day("2025-06-02"), rules).answer.name == "pet.out"


@pytest.mark.parametrize(
    ("wanted", "aeo", "latest"),
    [
        ("2026-11-26 15:00", False, "2026-11-25 15:00"),  # Thursday: 24 hours are in office hours
        ("2026-11-26 15:00", True, "2026-11-25 17:00"),  # 8 hours are 07:00, before the office opens
        ("2026-11-26 18:30", True, "2026-11-26 10:30"),
        ("2026-11-29 10:00", False, "2026-11-27 17:00"),  # the entry's example: Sunday, so Friday closing time
        ("2026-11-30 10:00", False, "2026-11-27 17:00"),  # Monday: the weekend before is closed
        ("2026-11-28 22:00", False, "2026-11-27 17:00"),  # Saturday 22:00: Friday 22:00 is after closing
        ("2026-10-04 10:00", False, "2026-09-30 17:00"),  # National Day
        ("2027-01-01 10:00", True, "2026-12-31 17:00"),
    ],
)
def test_latest_filing_by_hand(rules: Rules, wanted: str, aeo: bool, latest: str) -> None:
    lead = timedelta(hours=8 if aeo else 24)

    found = latest_filing(datetime.fromisoformat(wanted), lead, ASSUMED_HOURS, rules.calendar)

    assert found == datetime.fromisoformat(latest)


@given(
    st.datetimes(datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2028-01-01")), st.sampled_from([8, 24])
)
def test_the_latest_filing_is_in_office_hours_and_early_enough(rules: Rules, wanted: datetime, hours: int) -> None:
    found = latest_filing(wanted, timedelta(hours=hours), ASSUMED_HOURS, rules.calendar)

    assert rules.calendar.is_working(found.date())
    assert time(9) <= found.time() <= time(17)
    assert found <= wanted - timedelta(hours=hours)


def test_booking_says_when_it_is_too_late_or_not_needed(rules: Rules) -> None:
    def name(wanted: str) -> str:
        return explain_booking(Booking(datetime.fromisoformat(wanted), False, "perishable"), TODAY, rules).answer.name

    assert name("2026-11-22 20:00") == "booking.too_late"
    assert name("2026-11-26 10:00") == "booking.in_hours"
    assert name("2026-11-26 20:00") == "booking.latest"


def test_booking_faults_are_told_at_once(rules: Rules) -> None:
    case = Booking(datetime.fromisoformat("2017-01-01"), False, "other", OfficeHours(time(17), time(9)))

    with pytest.raises(InputFaultsError) as raised:
        explain_booking(case, TODAY, rules)

    assert [slots[0] for _, slots in raised.value.faults] == ["wanted", "office_hours"]


@pytest.mark.parametrize(
    ("entered", "extensions", "due"),
    [
        ("2026-08-31", 0, "2027-02-28"),
        ("2027-08-31", 0, "2028-02-29"),
        ("2026-08-31", 1, "2027-08-31"),
        ("2026-08-15", 3, "2028-08-15"),
    ],
)
def test_exhibits_leave_after_six_months_and_extensions(rules: Rules, entered: str, extensions: int, due: str) -> None:
    finding = explain_exhibition(Exhibit(day(entered), extensions), day(entered), rules)

    assert finding.answer.values["due"] == day(due)


def test_a_fourth_extension_needs_a_long_show(rules: Rules) -> None:
    with pytest.raises(InputFaultsError):
        explain_exhibition(Exhibit(day("2026-08-31"), 4), TODAY, rules)

    assert (
        explain_exhibition(Exhibit(day("2026-08-31"), 4, long_show=True), TODAY, rules).steps[-1].name
        == "exhibition.no_more"
    )
