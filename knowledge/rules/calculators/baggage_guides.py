"""The calculator of baggage by its value as a guide."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from knowledge.load import Knowledge
from knowledge.rules.calculators.allowance import HENGQIN, Baggage, baggage_tax, explain_allowance
from knowledge.rules.calculators.building import TRAVEL_DAY, YUAN, choice, make_guide, never, yes_no
from knowledge.rules.calculators.rules import load_rules
from knowledge.rules.fields import UNKNOWN
from knowledge.rules.finding import Finding, InputFaultsError
from knowledge.rules.slot_guide import Field, SlotGuide, Values


def baggage(knowledge: Knowledge) -> SlotGuide:
    """Duty-free allowance and baggage tax by value."""
    rules = load_rules(knowledge)

    def case_of(values: Values) -> Baggage:
        value, shop, article = (values.money(name) for name in ("baggage_value", "shop_value", "article"))
        rate = values.word("tax_rate")
        return Baggage(
            origin=values.word("traveller_origin") or "elsewhere",
            resident=values.word("resident") != "no",
            frequent=values.word("frequent") == "yes",
            adult=None if not values.has("adult") else values.word("adult") == "yes",
            value=value.amount if value else Decimal(0),
            shop=shop.amount if shop else Decimal(0),
            article=article.amount if article else None,
            rate=Decimal(rate) / 100 if rate else None,
        )

    def decide(values: Values, on: date) -> Finding:
        return explain_allowance(case_of(values), values.day("travel_day") or on, rules)

    def ordinary(values: Values, _on: date) -> bool:
        return values.word("traveller_origin") != HENGQIN

    def needs_resident(values: Values, on: date) -> bool:
        return ordinary(values, on) and values.word("frequent") != "yes"

    def needs_adult(values: Values, _on: date) -> bool:
        special = values.word("traveller_origin") in ("hk", "macao") and values.word("resident") == "yes"
        return special and values.word("frequent") != "yes"

    def taxable(values: Values, on: date) -> bool:
        if not ordinary(values, on):
            return False
        try:
            return baggage_tax(case_of(values), values.day("travel_day") or on, rules).taxable > 0
        except InputFaultsError:
            return False

    def needs_article(values: Values, on: date) -> bool:
        return taxable(values, on) and values.word("frequent") != "yes"

    fields = (
        Field(
            "traveller_origin",
            choice(
                rules,
                "traveller_origin",
                {
                    HENGQIN: ("横琴", r"\bhengqin\b"),
                    "hk": ("香港", r"\bhong kong\b", r"\bhk\b"),
                    "macao": ("澳门", r"\bmaca[ou]\b"),
                    "elsewhere": (
                        "国外",
                        "外国",
                        "其他国家",
                        "日本",
                        "韩国",
                        "美国",
                        "泰国",
                        "欧洲",
                        "英国",
                        r"\babroad\b",
                        r"\belsewhere\b",
                        r"\bjapan\b",
                        r"\bthailand\b",
                        r"\beurope\b",
                        r"\busa\b",
                    ),
                },
            ),
            choices=("hk", "macao", HENGQIN, "elsewhere"),
        ),
        Field(
            "frequent",
            choice(
                rules,
                "frequent",
                {
                    "yes": (
                        "不止一次",
                        "多次",
                        "每天",
                        "每周",
                        "经常",
                        "一签多行",
                        "第二次",
                        r"more than once",
                        r"every (?:day|week|saturday|sunday)",
                        r"second time",
                        r"multiple",
                    ),
                    "no": (
                        "只有这一次",
                        "第一次",
                        "这个月第一次",
                        r"first (?:trip|time|entry)",
                        r"only (?:this )?once",
                    ),
                },
                answers={"yes": ("^[2-9]", "^[两二三四五]", r"^twice"), "no": ("^1", "^一", r"^once")},
            ),
            choices=("no", "yes"),
            needed=ordinary,
        ),
        Field(
            "resident",
            yes_no(
                rules,
                yes=(
                    "内地居民",
                    "居民旅客",
                    "住在(?:深圳|珠海|广州|内地)",
                    "深圳人",
                    r"live in (?:shenzhen|zhuhai|guangzhou|the mainland|china)",
                    r"(?<!non-)(?<!non )\bresident of (?:the mainland|china)",
                ),
                no=(
                    "非居民",
                    "香港居民",
                    "澳门居民",
                    "香港人",
                    "澳门人",
                    "外国人",
                    "游客",
                    r"\bnon-?resident",
                    r"hong kong resident",
                    r"macao resident",
                    r"\bforeigner",
                    r"\btourist",
                ),
            ),
            choices=("yes", "no"),
            needed=needs_resident,
        ),
        Field(
            "adult",
            yes_no(
                rules,
                yes=("满18", "成年", "18岁以上", r"\badult", r"over 18", r"18 or over"),
                no=("未满18", "未成年", "1[0-7]岁", r"under 18", r"\bminor\b", r"\bchild\b"),
            ),
            choices=("yes", "no"),
            needed=needs_adult,
        ),
        Field(
            "baggage_value",
            YUAN,
            cues=("总", "一共", "买了", "价值", "东西", "total", "worth", "goods", "bought"),
            needed=ordinary,
        ),
        Field(
            "shop_value", YUAN, cues=("免税店", "duty-free shop", "duty free shop"), needed=never, only_with_cue=True
        ),
        Field(
            "article",
            YUAN,
            cues=("单件", "一件", "最贵", "包", "手表", "single", "handbag", "watch", "dearest"),
            choices=(UNKNOWN,),
            needed=needs_article,
            only_with_cue=True,
        ),
        Field(
            "tax_rate",
            choice(
                rules,
                "tax_rate",
                {
                    "13": (
                        "13%",
                        "食品",
                        "书",
                        "电脑",
                        "手机",
                        r"\bfood\b",
                        r"\bbooks?\b",
                        r"\bcomputers?\b",
                        r"\blaptop",
                    ),
                    "20": ("20%", "服装", "衣服", "电器", "自行车", r"\bclothes\b", r"\btextile", r"\bappliance"),
                    "50": ("50%", "首饰", "化妆品", r"\bjewell?ery\b", r"\bcosmetic"),
                },
            ),
            choices=("13", "20", "50", UNKNOWN),
            needed=taxable,
        ),
        TRAVEL_DAY,
    )
    return make_guide(
        rules,
        name="baggage_allowance",
        topic="traveller_allowance",
        keywords=(
            "免税额",
            "行李税",
            "免税",
            "12000",
            "5000元",
            "allowance",
            "duty-free",
            "duty free",
            "baggage tax",
            "how much can i bring back",
        ),
        offered_by=(
            "allowance-general-5000",
            "allowance-hk-macao-12000",
            "allowance-nonresident-2000",
            "allowance-single-item",
            "baggage-tax-computation",
        ),
        fields=fields,
        decide=decide,
    )
