"""The origin guide: origin and destination, then the agreements that fit, then one agreement in detail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from knowledge.load import Knowledge
from knowledge.model import Localized
from knowledge.rules.countries import PlaceKind, Places, read_places
from knowledge.rules.fields import BadValueError, ChoiceKind, Heard
from knowledge.rules.finding import Check, Finding, founded
from knowledge.rules.guide import Family
from knowledge.rules.origin.agreements import PARTS, Agreement, fitting, read_agreements
from knowledge.rules.said import Line, Texts, line, read_texts
from knowledge.rules.slot_guide import Field, SlotGuide, Values

VERIFIED_ON = date(2026, 11, 22)
# Shown at once; the others stand in the long form.
_FIRST_PARTS = ("force", "issuer", "apply", "retro", "validity", "waiver")
_CODE = re.compile(r"(?<![\d.])\d{4}(?:\.?\d{2}){1,3}(?![\d])")


@dataclass(frozen=True, slots=True)
class Origins:
    """agreements: by id, in the order written."""

    knowledge: Knowledge
    texts: Texts
    places: Places
    agreements: MappingProxyType[str, Agreement]


@dataclass(frozen=True, slots=True)
class Consignment:
    """origin, destination: codes of countries.yaml. agreement: an id, None for all. goods: HS code, None where not given."""

    origin: str
    destination: str
    agreement: str | None = None
    goods: str | None = None


def load_origins(knowledge: Knowledge) -> Origins:
    """Read agreements, countries and sentences. Raises KnowledgeError with the faults of the first file that has some."""
    here = Path(__file__).parent
    places = read_places(here.parent / "countries.yaml")
    return Origins(
        knowledge=knowledge,
        texts=read_texts(here.parent / "texts.yaml").merged(read_texts(here / "texts.yaml")),
        places=places,
        agreements=MappingProxyType(dict(read_agreements(here / "agreements.yaml", knowledge, places))),
    )


def explain_origin(case: Consignment, on: date, data: Origins) -> Finding:
    """Which agreements fit, or one in detail. Raises InputFaultsError for a route that is none or not China's."""
    check = Check()
    check.refuse(case.origin == case.destination, line("origin.same"), "destination")
    outside = "CN" not in (case.origin, case.destination) and case.origin != case.destination
    check.refuse(outside, line("origin.not_china"), "goods_origin", "destination")
    check.done()
    found = fitting(data.agreements, case.origin, case.destination, on)
    if case.agreement is not None:
        chosen = data.agreements[case.agreement]
        if chosen not in found:
            check.refuse(True, line("origin.not_yet", name=chosen.name, day=on), "agreement")
            check.done()
        return _detail(case, chosen)
    if not found:
        return _none(case, data)
    return _detail(case, found[0]) if len(found) == 1 else _several(case, found)


def _form(agreement: Agreement) -> str | Line:
    return agreement.form or line("origin.no_form")


def _part(agreement: Agreement, part: str) -> Localized | Line:
    return agreement.parts.get(part) or line("origin.not_known")


def _action(case: Consignment) -> Line:
    return line("origin.do_export" if case.origin == "CN" else "origin.do_import")


def _detail(case: Consignment, agreement: Agreement) -> Finding:
    def said(parts: tuple[str, ...]) -> tuple[Line, ...]:
        return tuple(line(f"origin.part_{part}", text=_part(agreement, part)) for part in parts)

    textile = agreement.id == "rcep" and case.goods is not None and 50 <= int(case.goods[:2]) <= 63
    notes = (line("origin.textile", code=case.goods or ""),) if textile else ()
    return Finding(
        answer=line("origin.one", name=agreement.name, form=_form(agreement)),
        founding=founded(
            [], facts=[*agreement.facts, "CO-06", "CO-07", "CO-20"], sources=[*agreement.sources, "P27", "P28"]
        ),
        steps=said(_FIRST_PARTS),
        notes=(*notes, line("origin.unverified")),
        actions=(_action(case),),
        details=(*said(tuple(part for part in PARTS if part not in _FIRST_PARTS)), line("origin.psr")),
        effective_from=agreement.valid_from,
        entries=("co-choose-agreement", "co-direct-transport"),
    )


def _several(case: Consignment, found: tuple[Agreement, ...]) -> Finding:
    return Finding(
        answer=line("origin.several", count=len(found), names=tuple(agreement.name for agreement in found)),
        founding=founded(
            [],
            facts=[*(fact for agreement in found for fact in agreement.facts), "CO-07", "CO-20"],
            sources=[source for agreement in found for source in agreement.sources],
        ),
        steps=tuple(
            line(
                "origin.listed",
                name=agreement.name,
                form=_form(agreement),
                force=_part(agreement, "force"),
                validity=_part(agreement, "validity"),
            )
            for agreement in found
        ),
        notes=(line("origin.choose"), line("origin.unverified")),
        actions=(_action(case),),
        details=(line("origin.psr"),),
        entries=("co-choose-agreement",),
    )


def _none(case: Consignment, data: Origins) -> Finding:
    export = case.origin == "CN"
    place = data.places.names[case.destination if export else case.origin]
    if export:
        return Finding(
            answer=line("origin.none_export", place=place),
            founding=founded([], facts=["CO-01", "CO-12", "CO-13", "CO-14", "CO-07"], sources=["L9", "P17", "P28"]),
            notes=(line("origin.gsp"),),
            actions=(line("origin.do_export"),),
            entries=("co-non-preferential", "co-form-a-gsp"),
        )
    return Finding(
        answer=line("origin.none_import", place=place),
        founding=founded([], facts=["CO-30", "CO-20"], sources=["P33a", "P37"]),
        notes=(line("origin.ldc"),),
        entries=("co-ldc-zero-tariff", "co-import-claim"),
    )


@dataclass(frozen=True, slots=True)
class CodeKind:
    """An HS code of 6 to 10 digits, without dots."""

    pool: str = "hs"

    def candidates(self, heard: Heard, *, asked: bool) -> list[tuple[str, int, int]]:
        """Codes."""
        return [(m.group().replace(".", ""), m.start(), m.end()) for m in _CODE.finditer(heard.text)]

    def parse(self, value: str) -> str:
        """Six to ten digits."""
        if not re.fullmatch(r"[0-9]{6,10}", value):
            raise BadValueError(line("fault.not_a_choice", value=value))
        return value

    def describe(self, value: str) -> Localized:
        """As it stands."""
        return Localized(value, value, value)


def origin_guide(knowledge: Knowledge) -> SlotGuide:
    """Agreements and proofs of origin for a route."""
    data = load_origins(knowledge)

    def decide(values: Values, on: date) -> Finding:
        case = Consignment(
            values.word("goods_origin") or "CN",
            values.word("destination") or "CN",
            values.word("agreement"),
            values.word("goods"),
        )
        return explain_origin(case, on, data)

    def never(_values: Values, _on: date) -> bool:
        return False

    words = {
        a.id: tuple(rf"(?<![a-z]){re.escape(word)}(?![a-z])" for word in a.words) for a in data.agreements.values()
    }
    titles = {a.id: a.name for a in data.agreements.values()}
    return SlotGuide(
        knowledge=knowledge,
        texts=data.texts,
        name="origin_guide",
        family=Family.ORIGIN_GUIDE,
        topic="origin_certificate_rules",
        keywords=(
            "原产地证",
            "原产地",
            "协定",
            "certificate of origin",
            "origin certificate",
            "free trade agreement",
            "fta",
        ),
        offered_by=("co-choose-agreement", "co-which-certificate", "co-validity-overview", "co-waiver-values"),
        fields=(
            Field(
                "goods_origin",
                PlaceKind(data.places, implied=(r"出口|\bexport", "CN")),
                cues_before=True,
                cues=("从", "原产", "产于", "来自", "进口", "from", "origin", "made in", "import"),
                choices=("CN", "TH", "JP"),
            ),
            Field(
                "destination",
                PlaceKind(data.places, implied=(r"进口|\bimport", "CN")),
                cues_before=True,
                cues=("出口到", "运到", "运往", "到", "去", "往", "出口", r"\bto\b", "export"),
                choices=("JP", "TH", "CN"),
            ),
            Field("agreement", ChoiceKind(MappingProxyType(words), MappingProxyType(titles)), needed=never),
            Field("goods", CodeKind(), needed=never),
        ),
        decide=decide,
        verified_on=VERIFIED_ON,
    )
