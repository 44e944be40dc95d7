"""The identifiers as one guide: a number, and its kind where the look does not tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from knowledge.load import Knowledge
from knowledge.model import Localized
from knowledge.rules.fields import BadValueError, ChoiceKind, Heard
from knowledge.rules.finding import Finding
from knowledge.rules.guide import Family
from knowledge.rules.identifiers.explain import KINDS, VERIFIED_ON, explain_number, load_identifiers
from knowledge.rules.identifiers.numbers import possible_kinds
from knowledge.rules.said import line
from knowledge.rules.slot_guide import Field, SlotGuide, Values

_NUMBER = re.compile(
    r"(?<![a-z0-9])(?:[a-z]{3}[ -]?[a-z][ -]?\d{5,7}(?:[ -]?\d)?|\d{4}(?:[. ]\d{2}){1,3}(?:[. ]?\d{2,3})?"
    r"|[a-z0-9]{15,20}|\d{4,22})(?![a-z0-9]|-\d)"
)
_LETTERS = re.compile(
    r"(?:监管条件|监管证件|检验检疫类别|检疫类别|supervision (?:conditions?|codes?)|inspection categor(?:y|ies)|ciq letters?)"
    r"\s*(?:代码|字母|里的|中的|is|of|[:：“\"'])?\s*(?P<letters>[a-z](?:[/、,. ]?[a-z])*)(?![a-z])"
)
_ANYTHING = re.compile(r"[a-z0-9][a-z0-9 ./-]{1,28}[a-z0-9]|[a-z]")
_MIN_DIGITS = 4


@dataclass(frozen=True, slots=True)
class NumberKind:
    """A number as written, upper case, without blanks, dots and hyphens."""

    pool: str = "number"

    def candidates(self, heard: Heard, *, asked: bool) -> list[tuple[str, int, int]]:
        """What looks like a number of the trade; where asked, anything of letters and digits."""
        letters = [(_plain(m["letters"]), m.start("letters"), m.end("letters")) for m in _LETTERS.finditer(heard.text)]
        found = letters or [
            (_plain(m.group()), m.start(), m.end())
            for m in _NUMBER.finditer(heard.text)
            if sum(c.isdecimal() for c in m.group()) >= _MIN_DIGITS
        ]
        if asked and not found:
            found = [(_plain(m.group()), m.start(), m.end()) for m in _ANYTHING.finditer(heard.text)]
        return sorted(found, key=lambda match: match[1] - match[2])[:1]

    def parse(self, value: str) -> str:
        """Letters and digits."""
        if not re.fullmatch(r"[A-Za-z0-9 ./-]{1,40}", value) or not _plain(value):
            raise BadValueError(line("fault.not_a_choice", value=value))
        return _plain(value)

    def describe(self, value: str) -> Localized:
        """As it stands."""
        return Localized(value, value, value)


def _plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def check_number(knowledge: Knowledge) -> SlotGuide:
    """Declaration, unified, container, HS, office and credit codes, and the letters of supervision and inspection."""
    data = load_identifiers(knowledge)
    titles = {kind: data.texts.localized(line(f"number_kind.{kind}")) for kind in KINDS}
    words = {
        "declaration": ("报关单", "海关编号", "declaration n"),
        "unified": ("统一编号", r"unified number"),
        "container": ("集装箱", "箱号", "柜号", "货柜", r"\bcontainer"),
        "hs": (
            "税号",
            "商品编码",
            "商品编号",
            "税则号",
            "品目",
            r"\bhs\b",
            r"\bhs ?code",
            r"\btariff (?:code|heading)",
            r"commodity code",
        ),
        "office": ("关区", "关别", "海关代码", r"customs (?:office|district) code", r"office code", r"district code"),
        "credit": ("信用代码", r"credit code", r"\buscc\b"),
        "letters": (
            "监管条件",
            "监管证件",
            "检验检疫类别",
            "检疫类别",
            r"supervision condition",
            r"inspection categor",
            r"ciq letter",
        ),
    }

    def kinds(values: Values) -> tuple[str, ...]:
        return possible_kinds(values.word("number") or "")

    def decide(values: Values, on: date) -> Finding:
        kind = values.word("number_kind") or kinds(values)[0]
        return explain_number(kind, values.word("number") or "", on, data)

    return SlotGuide(
        knowledge=knowledge,
        texts=data.texts,
        name="check_number",
        family=Family.CHECK_NUMBER,
        topic="hs_code_supervision",
        keywords=(
            "报关单号",
            "箱号",
            "柜号",
            "税号",
            "关区代码",
            "信用代码",
            "container number",
            "hs code",
            "declaration number",
        ),
        offered_by=(
            "hs-code-meaning",
            "inspection-category-letters",
            "supervision-condition-a-b",
            "status-number-codes",
        ),
        fields=(
            Field("number", NumberKind()),
            Field(
                "number_kind",
                ChoiceKind(MappingProxyType(words), MappingProxyType(titles)),
                choices=KINDS,
                narrow=kinds,
                needed=lambda values, _on: len(kinds(values)) > 1,
            ),
        ),
        decide=decide,
        verified_on=VERIFIED_ON,
    )
