"""The calculators as guides: what each asks, the words by which people name it, and where it is offered."""

from __future__ import annotations

from datetime import date, time

from knowledge.load import Knowledge
from knowledge.rules.calculators.booking import ASSUMED_HOURS, Booking, OfficeHours, explain_booking
from knowledge.rules.calculators.building import choice, make_guide, yes_no
from knowledge.rules.calculators.declaration import ImportDeclaration, explain_declaration
from knowledge.rules.calculators.exhibition import Exhibit, explain_exhibition
from knowledge.rules.calculators.rules import load_rules
from knowledge.rules.calculators.tax import TaxPayment, explain_periodic, explain_tax, starts_at_notice
from knowledge.rules.calculators.two_step import TwoStep, explain_two_step
from knowledge.rules.fields import UNKNOWN, DayKind, MomentKind, MoneyKind, OfficeHoursKind, WholeKind
from knowledge.rules.finding import Finding
from knowledge.rules.guide import GuideFactory
from knowledge.rules.slot_guide import Field, SlotGuide, Values

_YUAN = MoneyKind("CNY", frozenset({"CNY"}))
_ENTERED = Field(
    "entered",
    DayKind(),
    cues=("到港", "靠港", "抵港", "进境", "到货", "货到", "到了", "到", "arriv", "enter", "landed", "entry", "came in"),
)
_COMPLETED = Field("completed", DayKind(), cues=("申报", "报关", "declar", "complet", "filed"))


def late_declaration(knowledge: Knowledge) -> SlotGuide:
    """Declaration deadline and late-declaration fee."""
    rules = load_rules(knowledge)

    def decide(values: Values, on: date) -> Finding:
        value = values.money("goods_value")
        entered = values.day("entered") or on
        case = ImportDeclaration(entered, values.day("accepted"), value.amount if value else None)
        return explain_declaration(case, on, rules)

    def is_late(values: Values, on: date) -> bool:
        # The value only matters for the fee, and there is none within the limit. Faults are told by `decide`.
        entered = values.day("entered")
        return entered is not None and ((values.day("accepted") or on) - entered).days >= 14

    return make_guide(
        rules,
        name="late_declaration",
        topic="taxes_fees",
        keywords=(
            "滞报金",
            "滞报",
            "申报期限",
            "报关期限",
            "late declaration fee",
            "late declaration",
            "declaration deadline",
        ),
        offered_by=(
            "import-declaration-deadline",
            "late-declaration-fee",
            "late-declaration-fee-timing",
            "deadline-on-a-holiday",
        ),
        fields=(
            _ENTERED,
            Field(
                "accepted",
                DayKind(),
                cues=("申报", "报关", "报的", "接受", "declar", "filed", "accept"),
                choices=(UNKNOWN,),
            ),
            Field(
                "goods_value",
                _YUAN,
                cues=("完税价格", "货值", "价值", "value", "worth"),
                choices=(UNKNOWN,),
                needed=is_late,
            ),
        ),
        decide=decide,
    )


def two_step(knowledge: Knowledge) -> SlotGuide:
    """Deadline of the complete declaration."""
    rules = load_rules(knowledge)

    def decide(values: Values, on: date) -> Finding:
        return explain_two_step(TwoStep(values.day("entered") or on, values.day("released")), on, rules)

    released = Field(
        "released",
        DayKind(),
        cues=("放行", "提离", "提货", "releas", "pick"),
        needed=lambda _v, _on: False,
        only_with_cue=True,
    )
    return make_guide(
        rules,
        name="two_step",
        topic="declaration_time_limits",
        keywords=("两步申报", "完整申报", "two-step", "two step", "complete declaration"),
        offered_by=("two-step-time-limits",),
        fields=(_ENTERED, released),
        decide=decide,
    )


def late_payment(knowledge: Knowledge) -> SlotGuide:
    """Tax payment deadline and late-payment surcharge."""
    rules = load_rules(knowledge)

    def decide(values: Values, on: date) -> Finding:
        tax = values.money("tax")
        case = TaxPayment(
            values.day("completed") or on, values.day("notice"), values.day("paid"), tax.amount if tax else None
        )
        return explain_tax(case, on, rules)

    def is_old(values: Values, _on: date) -> bool:
        completed = values.day("completed")
        return completed is not None and starts_at_notice(completed, rules)

    def is_late(values: Values, on: date) -> bool:
        start = values.day("notice") or values.day("completed")
        return start is not None and ((values.day("paid") or on) - start).days >= 15

    return make_guide(
        rules,
        name="late_payment",
        topic="taxes_fees",
        keywords=(
            "滞纳金",
            "缴税期限",
            "缴税",
            "交税期限",
            "late payment",
            "surcharge",
            "tax deadline",
            "pay the tax",
            "payment deadline",
        ),
        offered_by=("tax-payment-deadline", "late-payment-surcharge"),
        fields=(
            _COMPLETED,
            Field("notice", DayKind(), cues=("缴款书", "税单", "notice"), needed=is_old, only_with_cue=True),
            Field(
                "paid",
                DayKind(),
                cues=("缴", "交税", "交的", "付", "paid", "pay"),
                choices=(UNKNOWN,),
                only_with_cue=True,
            ),
            Field("tax", _YUAN, cues=("税款", "税", "tax", "duty"), choices=(UNKNOWN,), needed=is_late),
        ),
        decide=decide,
    )


def periodic_payment(knowledge: Knowledge) -> SlotGuide:
    """Last day of periodic payment."""
    rules = load_rules(knowledge)

    def decide(values: Values, on: date) -> Finding:
        return explain_periodic(values.day("completed") or on, on, rules)

    return make_guide(
        rules,
        name="periodic_payment",
        topic="taxes_fees",
        keywords=("汇总征税", "periodic payment", "monthly payment"),
        offered_by=("tax-periodic-payment",),
        fields=(_COMPLETED,),
        decide=decide,
    )


def booking_time(knowledge: Knowledge) -> SlotGuide:
    """Latest moment to ask for clearance outside office hours."""
    rules = load_rules(knowledge)

    def decide(values: Values, on: date) -> Finding:
        wanted, hours = values.moment("wanted"), values.word("office_hours")
        if wanted is None:
            raise LookupError("wanted")
        office = _office_hours(hours) if hours else ASSUMED_HOURS
        return explain_booking(
            Booking(wanted, values.word("aeo") == "yes", values.word("booking_goods") or "other", office), on, rules
        )

    return make_guide(
        rules,
        name="booking_time",
        topic="booking_24h",
        keywords=("预约通关", "预约", "最晚申请", "booking", "appointment clearance", "latest filing"),
        offered_by=("booking-when-to-file", "booking-aeo", "booking-holiday"),
        fields=(
            Field("wanted", MomentKind()),
            Field(
                "aeo",
                yes_no(
                    rules,
                    yes=("高级认证", r"(?<!not )(?<!no )\baeo\b"),
                    no=("不是高级认证", "非高级认证", "不是aeo", r"(?:not|no) (?:an )?aeo"),
                ),
                choices=("yes", "no"),
            ),
            Field(
                "booking_goods",
                choice(
                    rules,
                    "booking_goods",
                    {
                        "emergency": ("救灾", "危险品", "危化品", r"\brelief\b", r"dangerous goods"),
                        "perishable": (
                            "鲜活",
                            "冷冻",
                            "冻品",
                            "易腐",
                            "海鲜",
                            "水果",
                            "生鲜",
                            r"\blive\b",
                            r"\bfrozen\b",
                            r"\bfresh\b",
                            r"\bperishable",
                        ),
                        "urgent": ("紧急货物", "急件", r"\burgent\b"),
                        "other": ("普通货", "一般货物", r"\bordinary\b", r"\bother goods\b"),
                    },
                ),
                choices=("emergency", "perishable", "urgent", "other"),
            ),
            Field("office_hours", OfficeHoursKind(), needed=lambda _values, _on: False),
        ),
        decide=decide,
    )


def _office_hours(value: str) -> OfficeHours:
    opens, closes = value.split("-")
    return OfficeHours(time.fromisoformat(opens), time.fromisoformat(closes))


def exhibition_term(knowledge: Knowledge) -> SlotGuide:
    """Last day for exhibits to leave."""
    rules = load_rules(knowledge)

    def decide(values: Values, on: date) -> Finding:
        case = Exhibit(
            values.day("exhibit_entered") or on, values.whole("extensions") or 0, values.word("long_show") == "yes"
        )
        return explain_exhibition(case, on, rules)

    def needs_long_show(values: Values, _on: date) -> bool:
        return (values.whole("extensions") or 0) > 3

    return make_guide(
        rules,
        name="exhibition_term",
        topic="expo_goods",
        keywords=("展览品", "展品", "复运出境", "暂时进境", "exhibit", "exhibition", "temporary entry"),
        offered_by=("expo-temporary-entry", "expo-extension", "expo-after-show"),
        fields=(
            Field("exhibit_entered", DayKind(), cues=("进境", "入境", "进来", "enter", "arriv")),
            Field(
                "extensions",
                WholeKind(("次", "time", "extension"), 20),
                cues=("延期", "extended", "extension"),
                choices=("0", "1", "2", "3"),
            ),
            Field(
                "long_show",
                yes_no(rules, yes=("24个月以上", r"24 months or more")),
                choices=("yes", "no"),
                needed=needs_long_show,
            ),
        ),
        decide=decide,
    )


CALCULATORS: tuple[GuideFactory, ...] = (
    late_declaration,
    two_step,
    late_payment,
    periodic_payment,
    booking_time,
    exhibition_term,
)
