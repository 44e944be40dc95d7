"""The calculators for cash and parcels as guides."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from knowledge.load import Knowledge
from knowledge.rules.calculators.building import TRAVEL_DAY, YUAN, choice, make_guide, yes_no
from knowledge.rules.calculators.cash import Cash, explain_cash
from knowledge.rules.calculators.parcel import Order, Parcel, explain_ecommerce, explain_parcel
from knowledge.rules.calculators.rules import load_rules
from knowledge.rules.fields import UNKNOWN, MoneyKind
from knowledge.rules.finding import Finding
from knowledge.rules.slot_guide import Field, SlotGuide, Values

_DOLLARS = MoneyKind("USD", frozenset({"USD"}))


def cash(knowledge: Knowledge) -> SlotGuide:
    """Cash into and out of the mainland, with the other side."""
    rules = load_rules(knowledge)

    def decide(values: Values, on: date) -> Finding:
        amount, usd, brought = (values.money(name) for name in ("cash_amount", "cash_usd", "brought_in"))
        if amount is None:
            raise LookupError("cash_amount")
        case = Cash(
            direction=values.word("cash_direction") or "in",
            other_side=values.word("other_side") or "elsewhere",
            amount=amount,
            usd=usd.amount if usd else None,
            exits=values.word("exits") or "first",
            brought_in=brought.amount if brought else None,
        )
        return explain_cash(case, on, rules)

    def is_foreign(values: Values) -> bool:
        amount = values.money("cash_amount")
        return amount is not None and amount.currency != "CNY"

    def worth(values: Values) -> Decimal | None:
        amount, usd = values.money("cash_amount"), values.money("cash_usd")
        if amount is not None and amount.currency == "USD":
            return amount.amount
        return usd.amount if usd else None

    def needs_usd(values: Values, _on: date) -> bool:
        amount = values.money("cash_amount")
        return is_foreign(values) and amount is not None and amount.currency != "USD"

    def needs_exits(values: Values, _on: date) -> bool:
        value = worth(values)
        return is_foreign(values) and values.word("cash_direction") == "out" and value is not None and value > 500

    def needs_brought(values: Values, _on: date) -> bool:
        limits = {"first": 5000, "again_15_days": 1000, "again_same_day": 500}
        value = worth(values)
        out = values.word("cash_direction") == "out" and is_foreign(values)
        return out and value is not None and value > limits[values.word("exits") or "first"]

    fields = (
        Field("cash_amount", MoneyKind(None)),
        Field(
            "cash_direction",
            choice(
                rules,
                "cash_direction",
                {
                    "in": (
                        "入境",
                        "进境",
                        "带进",
                        "带入",
                        "回内地",
                        "进内地",
                        "(?:from|从).{0,12}(?:香港|澳门|hong kong|macao).{0,8}(?:回|to shenzhen)",
                        r"\binto (?:the )?(?:mainland|china|shenzhen|zhuhai)",
                        r"\bto (?:the )?mainland",
                        r"enter\w* (?:the )?(?:mainland|china)",
                    ),
                    "out": (
                        "出境",
                        "带出",
                        "离境",
                        "离开内地",
                        "(?:去|到|往|入|过)(?:香港|澳门)",
                        r"\bout of (?:the )?(?:mainland|china)",
                        r"leav\w+ (?:the )?(?:mainland|china)",
                        r"\b(?:in)?to (?:hong kong|macao|macau)",
                    ),
                },
                answers={"in": ("^进", "^入", r"^into\b", r"^in\b"), "out": ("^出", r"^out\b")},
            ),
            choices=("in", "out"),
        ),
        Field(
            "other_side",
            choice(
                rules,
                "other_side",
                {
                    "hk": ("香港", r"\bhong kong\b", r"\bhk\b"),
                    "macao": ("澳门", r"\bmaca[ou]\b"),
                    "elsewhere": ("其他地方", "国外", "外国", r"\bother countr", r"\babroad\b", r"\belsewhere\b"),
                },
            ),
            choices=("hk", "macao", "elsewhere"),
        ),
        Field(
            "cash_usd",
            _DOLLARS,
            cues=("折合", "合", "equivalent", "worth"),
            choices=(UNKNOWN,),
            needed=needs_usd,
            only_with_cue=True,
        ),
        Field(
            "exits",
            choice(
                rules,
                "exits",
                {
                    "again_same_day": (
                        "当天第二次",
                        "今天第二次",
                        "同一天",
                        r"second time today",
                        r"again today",
                        r"same day",
                    ),
                    "again_15_days": (
                        "15天内第二次",
                        "半个月内第二次",
                        r"second (?:exit|time) (?:in|within) (?:15|fifteen)",
                    ),
                    "first": ("第一次", r"first (?:exit|time)"),
                },
                answers={
                    "first": (r"^第?一", r"\bfirst\b", "^1"),
                    "again_15_days": ("第[二三]", r"\bsecond\b"),
                    "again_same_day": ("当天", r"\btoday\b"),
                },
            ),
            choices=("first", "again_15_days", "again_same_day"),
            needed=needs_exits,
        ),
        Field(
            "brought_in",
            _DOLLARS,
            cues=("上次入境", "入境时申报", "申报过", "declared"),
            choices=(UNKNOWN,),
            needed=needs_brought,
            only_with_cue=True,
        ),
    )
    return make_guide(
        rules,
        name="cash",
        topic="traveller_cash",
        keywords=("现金", "现钞", "带钱", "外币", "cash", "banknotes", "currency"),
        offered_by=(
            "rmb-cash-limit",
            "foreign-cash-into-mainland",
            "foreign-cash-out-of-mainland",
            "cash-both-sides",
            "hk-cash-declaration",
        ),
        fields=fields,
        decide=decide,
    )


def parcel(knowledge: Knowledge) -> SlotGuide:
    """Limits of personal parcels and of cross-border e-commerce."""
    rules = load_rules(knowledge)

    def decide(values: Values, on: date) -> Finding:
        kind, value, spent = (
            values.word("parcel_kind") or "in",
            values.money("parcel_value"),
            values.money("year_spent"),
        )
        if value is None:
            raise LookupError("parcel_value")
        single, day = values.word("single_article") == "yes", values.day("travel_day") or on
        if kind == "ecommerce":
            return explain_ecommerce(Order(value.amount, spent.amount if spent else None, single), day, rules)
        return explain_parcel(Parcel(kind, values.word("parcel_place"), value.amount, single), day, rules)

    def needs_place(values: Values, on: date) -> bool:
        old = (values.day("travel_day") or on) < date(2024, 12, 1)
        kind = values.word("parcel_kind")
        return kind == "out" or (kind == "in" and old)

    def needs_single(values: Values, on: date) -> bool:
        kind, value = values.word("parcel_kind") or "in", values.money("parcel_value")
        if value is None:
            return False
        day = values.day("travel_day") or on
        row = rules.table.find("ecommerce" if kind == "ecommerce" else f"parcel_{kind}", day)
        limit = row.number("single" if kind == "ecommerce" else values.word("parcel_place") or "near") if row else None
        return limit is not None and value.amount > limit

    def is_ecommerce(values: Values, _on: date) -> bool:
        return values.word("parcel_kind") == "ecommerce"

    fields = (
        Field(
            "parcel_kind",
            choice(
                rules,
                "parcel_kind",
                {
                    "ecommerce": ("跨境电商", "电商", "海淘", "e-?commerce", "cbec"),
                    "out": (
                        "寄出",
                        "寄去",
                        "寄到(?:香港|澳门|台湾|国外|美国)",
                        "寄往",
                        r"(?:send|post|mail)\w* (?:\w+ ){0,4}(?:out|abroad|to (?!china|the mainland))",
                    ),
                    "in": (
                        "寄进",
                        "寄回",
                        "寄来",
                        "寄到内地",
                        "寄入",
                        r"(?:send|post|mail|ship)\w* (?:\w+ ){0,5}(?:into|to) (?:china|the mainland)",
                        r"\binbound\b",
                    ),
                },
            ),
            choices=("in", "out", "ecommerce"),
        ),
        Field(
            "parcel_place",
            choice(
                rules,
                "parcel_place",
                {
                    "near": (
                        "港澳",
                        "香港",
                        "澳门",
                        "台湾",
                        r"\bhong kong\b",
                        r"\bhk\b",
                        r"\bmaca[ou]\b",
                        r"\btaiwan\b",
                    ),
                    "far": (
                        "其他国家",
                        "国外",
                        "美国",
                        "日本",
                        "英国",
                        "欧洲",
                        r"\babroad\b",
                        r"\belsewhere\b",
                        r"\busa?\b",
                        r"\bjapan\b",
                        r"\bgermany\b",
                    ),
                },
            ),
            choices=("near", "far"),
            needed=needs_place,
        ),
        Field("parcel_value", YUAN, cues=("价值", "值", "worth", "value")),
        Field(
            "year_spent",
            YUAN,
            cues=("已用", "用了", "今年", "used", "spent"),
            choices=(UNKNOWN,),
            needed=is_ecommerce,
            only_with_cue=True,
        ),
        Field(
            "single_article",
            yes_no(rules, yes=("只有一件", "单件", "一件", r"single (?:article|item)", r"one (?:article|item)")),
            choices=("yes", "no"),
            needed=needs_single,
        ),
        TRAVEL_DAY,
    )
    return make_guide(
        rules,
        name="parcel",
        topic="ecommerce_parcel",
        keywords=("邮包", "包裹", "邮寄", "快递", "跨境电商", "parcel", "package", "e-commerce", "ecommerce"),
        offered_by=("parcel-inbound-limit", "parcel-outbound-limit", "cbec-purchase-limits", "parcel-tax-threshold"),
        fields=fields,
        decide=decide,
    )
