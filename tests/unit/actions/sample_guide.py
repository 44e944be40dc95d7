from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from knowledge.answer import Reply
from knowledge.model import Language, Localized
from knowledge.rules.guide import Case, Choice, Family, Fault, Faults, Question, Slot, Step
from knowledge.text import normalise

_SIDE = {"hk": r"香港|hong kong|\bhk\b", "macao": r"澳门|macao"}
_COUNT = {"两": "2", "三": "3", "two": "2", "three": "3"}
_UNIT = r"瓶|bottles?"


def text(zh: str, en: str) -> Localized:
    return Localized(zh, None, en)


@dataclass(frozen=True)
class Bottles:
    """How many were declared: enough to see that every value arrived."""

    case: Case

    def render(self, language: Language) -> Reply:
        said = f"{self.case['side']} {self.case['bottles']}"
        return Reply(f"**{said}**", "answer", topic="traveller_allowance")

    def more(self, language: Language) -> Reply | None:
        return Reply("long form", "answer", topic="traveller_allowance") if self.case["side"] == "hk" else None


class BottleGuide:
    """A guide with two slots and one fault, in the place of the real ones: what the conversation over it does is tried here."""

    name = "bottles"
    family = Family.MAY_I_BRING
    topic = "traveller_allowance"
    title = text("能带几瓶酒", "Bottles of wine")
    keywords = ("酒", "wine")
    offered_by: tuple[str, ...] = ("alcohol-allowance",)
    slots = (Slot("side", text("从哪里来", "coming from")), Slot("bottles", text("瓶数", "bottles")))

    def read(self, text: str, *, on: date, asked: str | None) -> dict[str, str]:
        folded = normalise(text)
        side = next((side for side, pattern in _SIDE.items() if re.search(pattern, folded)), None)
        found = {"side": side} if side else {}
        count = re.search(rf"(\d+|{'|'.join(_COUNT)}) ?({_UNIT})", folded)
        bare = re.fullmatch(rf"(\d+|{'|'.join(_COUNT)})", folded.strip()) if asked == "bottles" else None
        if match := count or bare:
            found["bottles"] = _COUNT.get(match[1], match[1])
        return found

    def describe(self, slot: str, value: str) -> Localized:
        if slot == "side":
            return text("香港", "Hong Kong") if value == "hk" else text("澳门", "Macao")
        return text(f"{value}瓶", f"{value} bottles")

    def step(self, case: Case, on: date) -> Step:
        if "side" not in case:
            choices = (Choice("hk", text("香港", "Hong Kong")), Choice("macao", text("澳门", "Macao")))
            return Question("side", text("您从哪里过来？", "Where do you come from?"), choices)
        if "bottles" not in case:
            return Question(
                "bottles", text("几瓶？", "How many bottles?"), hint=text("例如：2瓶", "for example: 2 bottles")
            )
        if int(case["bottles"]) > 1000:
            return Faults((Fault(text("没有人带得动这么多。", "Nobody can carry that many."), ("bottles",)),))
        return Bottles(case)
