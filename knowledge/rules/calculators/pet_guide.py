"""A dog or cat over the border, as a guide."""

from __future__ import annotations

from datetime import date

from knowledge.load import Knowledge
from knowledge.rules.calculators.building import TRAVEL_DAY, choice, make_guide, never, yes_no
from knowledge.rules.calculators.pet import InboundPet, explain_inbound_pet, explain_outbound_pet, isolation_needed
from knowledge.rules.calculators.rules import ROOT, load_rules
from knowledge.rules.countries import PlaceKind, read_places
from knowledge.rules.fields import WholeKind
from knowledge.rules.finding import Finding
from knowledge.rules.slot_guide import Field, SlotGuide, Values


def pet(knowledge: Knowledge) -> SlotGuide:
    """A dog or cat into or out of the mainland."""
    rules = load_rules(knowledge)
    places = read_places(ROOT / "countries.yaml")

    def answer(values: Values, slot: str) -> bool | None:
        return None if not values.has(slot) else values.word(slot) == "yes"

    def case_of(values: Values) -> InboundPet:
        count = values.whole("pet_count")
        return InboundPet(
            species=values.word("species") or "dog",
            origin=values.word("pet_origin"),
            count=1 if count is None else count,
            chip=answer(values, "chip"),
            titre=answer(values, "titre"),
            assistance=answer(values, "assistance"),
        )

    def decide(values: Values, on: date) -> Finding:
        route, day = values.word("pet_route") or "in", values.day("travel_day") or on
        if route == "in" or values.word("species") == "other":
            return explain_inbound_pet(case_of(values), day, rules)
        return explain_outbound_pet("elsewhere" if route == "out" else route, day, rules)

    def inbound(values: Values, _on: date) -> bool:
        return values.word("pet_route") == "in" and values.word("species") in ("dog", "cat")

    def needs_titre(values: Values, on: date) -> bool:
        return inbound(values, on) and values.word("chip") == "yes" and isolation_needed(case_of(values))

    def needs_assistance(values: Values, on: date) -> bool:
        return needs_titre(values, on) and values.word("species") == "dog"

    fields = (
        Field(
            "species",
            choice(
                rules,
                "species",
                {
                    "dog": ("狗", "犬", r"\bdogs?\b", r"\bpupp(?:y|ies)\b"),
                    "cat": ("猫", r"\bcats?\b", r"\bkittens?\b"),
                    "other": (
                        "乌龟",
                        "龟",
                        "仓鼠",
                        "兔",
                        "鹦鹉",
                        "鸟",
                        "鱼",
                        "蛇",
                        "蜥蜴",
                        "雪貂",
                        "昆虫",
                        r"\bturtles?\b",
                        r"\bhamsters?\b",
                        r"\brabbits?\b",
                        r"\bparrots?\b",
                        r"\bbirds?\b",
                        r"\bferrets?\b",
                        r"\bsnakes?\b",
                    ),
                },
            ),
            choices=("dog", "cat", "other"),
        ),
        Field(
            "pet_route",
            choice(
                rules,
                "pet_route",
                {
                    "hk": ("(?:去|到|往|入|返)香港", r"\bto hong kong", r"\binto hong kong"),
                    "macao": ("(?:去|到|往|入|返)澳门", r"\bto maca[ou]"),
                    "out": ("出境", "出国", "带出", r"\bout of (?:china|the mainland)", r"\bleav\w+ china"),
                    "in": (
                        "入境",
                        "进境",
                        "回国",
                        "回内地",
                        "带进",
                        "带回",
                        "(?:去|到|来|返)(?:深圳|内地|大陆|中国|罗湖|珠海)",
                        "从(?:香港|澳门).{0,6}(?:来|回|到|带)",
                        r"\b(?:in)?to (?:china|the mainland|shenzhen|luohu|zhuhai)",
                        r"\bfrom (?!china|the mainland)",
                    ),
                },
            ),
            choices=("in", "hk", "macao", "out"),
        ),
        Field(
            "pet_origin",
            PlaceKind(places, frozenset({"CN"})),
            cues=("从", "来", "from"),
            choices=("HK", "MO"),
            needed=inbound,
        ),
        Field(
            "chip",
            yes_no(
                rules,
                yes=("有芯片", "打了芯片", r"(?:with|has) (?:a )?(?:micro)?chip", r"\b(?:micro)?chipped"),
                no=("没芯片", "没有芯片", "无芯片", r"(?:no|without) (?:a )?(?:micro)?chip"),
            ),
            choices=("yes", "no"),
            needed=inbound,
        ),
        Field(
            "titre",
            yes_no(
                rules,
                yes=("有抗体", "抗体合格", "抗体检测合格", r"(?:with|has) (?:a )?tit(?:re|er)"),
                no=("没抗体", "没有抗体", "没做抗体", r"(?:no|without) (?:a )?tit(?:re|er)"),
            ),
            choices=("yes", "no"),
            needed=needs_titre,
        ),
        Field(
            "assistance",
            yes_no(rules, yes=("导盲犬", "导听犬", "搜救犬", r"guide dog", r"hearing dog", r"rescue dog")),
            choices=("yes", "no"),
            needed=needs_assistance,
        ),
        Field(
            "pet_count",
            WholeKind(("只", "条", "dogs", "cats", "pets", "dog", "cat"), 100),
            needed=never,
            only_with_cue=True,
        ),
        TRAVEL_DAY,
    )
    return make_guide(
        rules,
        name="pet",
        topic="traveller_pets",
        keywords=("宠物", "猫", "狗", "犬", "pet", "dog", "cat", "puppy", "kitten"),
        offered_by=(
            "pet-into-mainland",
            "pet-isolation-quarantine",
            "pet-from-hong-kong-macao",
            "pet-mainland-to-hong-kong",
        ),
        fields=fields,
        decide=decide,
    )
