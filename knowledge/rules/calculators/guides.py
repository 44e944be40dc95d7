"""The calculators as guides: what each asks, the words by which people name it, and where it is offered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from knowledge.load import Knowledge
from knowledge.rules.calculators.declaration import ImportDeclaration, explain_declaration
from knowledge.rules.calculators.rules import Rules, load_rules
from knowledge.rules.calculators.tax import TaxPayment, explain_periodic, explain_tax, starts_at_notice
from knowledge.rules.calculators.two_step import TwoStep, explain_two_step
from knowledge.rules.fields import UNKNOWN, DayKind, MoneyKind
from knowledge.rules.finding import Finding
from knowledge.rules.guide import Family, GuideFactory
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

    return _guide(
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
    return _guide(
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

    return _guide(
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

    return _guide(
        rules,
        name="periodic_payment",
        topic="taxes_fees",
        keywords=("汇总征税", "periodic payment", "monthly payment"),
        offered_by=("tax-periodic-payment",),
        fields=(_COMPLETED,),
        decide=decide,
    )


def _guide(
    rules: Rules,
    *,
    name: str,
    topic: str,
    keywords: tuple[str, ...],
    offered_by: tuple[str, ...],
    fields: tuple[Field, ...],
    decide: Callable[[Values, date], Finding],
) -> SlotGuide:
    return SlotGuide(
        knowledge=rules.knowledge,
        texts=rules.texts,
        name=name,
        family=Family.CALCULATE,
        topic=topic,
        keywords=keywords,
        offered_by=offered_by,
        fields=fields,
        decide=decide,
        verified_on=rules.table.verified_on,
    )


CALCULATORS: tuple[GuideFactory, ...] = (late_declaration, two_step, late_payment, periodic_payment)
