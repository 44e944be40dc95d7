"""A dog or cat over the border: papers, isolation, ports. Announcement 5 of 2019 (inbound), AFCD (Hong Kong)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from knowledge.rules.calculators.rules import Rules
from knowledge.rules.finding import Check, Finding, founded
from knowledge.rules.said import Count, line

# PE-08: places from which a chipped pet that passes the check is not isolated, by the codes of countries.yaml.
DESIGNATED = frozenset(
    {
        "NZ",
        "AU",
        "FJ",
        "PF",
        "US-HI",
        "US-GU",
        "JM",
        "IS",
        "GB",
        "IE",
        "LI",
        "CY",
        "PT",
        "SE",
        "CH",
        "JP",
        "SG",
        "HK",
        "MO",
    }
)


@dataclass(frozen=True, slots=True)
class InboundPet:
    """species: dog, cat, other. count: animals of one person. origin: a code of countries.yaml. chip, titre, assistance:

    None where it does not matter or is not known.
    """

    species: str
    origin: str | None = None
    count: int = 1
    chip: bool | None = None
    titre: bool | None = None
    assistance: bool | None = None


def isolation_needed(case: InboundPet) -> bool:
    """Whether the pet is isolated for 30 days (PE-04 to PE-07), given that it passes the check on arrival."""
    if not case.chip:
        return True
    return not (case.origin in DESIGNATED or case.titre or case.assistance)


def explain_inbound_pet(case: InboundPet, on: date, rules: Rules) -> Finding:
    """Papers, isolation and ports for a pet brought into the mainland. Raises InputFaultsError."""
    row = rules.table.find("pet_inbound", on)
    check = Check()
    check.day(on, "travel_day", on, earliest=date(2019, 5, 1))
    check.refuse(case.count < 1, line("pet.none"), "pet_count")
    check.done()
    if row is None:
        raise LookupError(on)
    if case.species == "other":
        return Finding(
            answer=line("pet.other"),
            founding=founded([], facts=["PE-24", "PE-01"], sources=["Q470", "PET5"]),
            actions=(line("pet.do_other"),),
            entries=("pet-other-species",),
        )
    isolation = isolation_needed(case)
    days = Count(row.whole("isolation_days"), "day")
    titre = row.values["titre"]
    reason = _reason(case, isolation)
    answer = (
        line("pet.too_many")
        if case.count > row.whole("number")
        else line("pet.isolation" if isolation else "pet.free", days=days)
    )
    steps = [line("pet.papers"), line("pet.chip"), line(f"pet.because_{reason}", titre=titre, days=days)]
    if isolation:
        steps.append(line("pet.ports"))
    near = case.origin in ("HK", "MO")
    return Finding(
        answer=answer,
        founding=founded(
            [row],
            facts=["PE-14", *(["PE-12"] if isolation else []), *(["PE-09", "PE-10"] if near else [])],
            sources=["A43"],
        ),
        steps=tuple(steps),
        notes=((line("pet.contradiction"),) if near and not isolation else ()) + (line("pet.list_may_change"),),
        actions=(line("pet.do_red"), *((line("pet.do_route"),) if isolation else ())),
        details=(line("pet.refused"), line("pet.number")),
        effective_from=row.valid_from,
        entries=("pet-isolation-ports", "pet-microchip-titre") if isolation else ("pet-into-mainland",),
    )


def _reason(case: InboundPet, isolation: bool) -> str:
    if isolation:
        return "no_chip" if not case.chip else "no_titre"
    if case.origin in DESIGNATED:
        return "designated"
    return "titre" if case.titre else "assistance"


def explain_outbound_pet(destination: str, on: date, rules: Rules) -> Finding:
    """Papers for a dog or cat that leaves the mainland. destination: hk, macao, elsewhere."""
    row = rules.table.find("pet_hong_kong", on)
    if destination == "hk" and row is not None:
        days, before = Count(row.whole("isolation_days"), "day"), Count(row.whole("isolation_days_before"), "day")
        return Finding(
            answer=line("pet.hk", days=days),
            founding=founded([row], facts=["PE-20", "PE-25"], sources=["PETOUT"]),
            steps=(
                line("pet.hk_chip", titre=row.values["titre"]),
                line("pet.hk_blood"),
                line("pet.hk_certificate"),
            ),
            notes=(line("pet.hk_before", before=before), line("pet.hk_early")),
            actions=(line("pet.hk_cargo"),),
            details=(line("pet.hk_choice", before=before),),
            effective_from=row.valid_from,
            entries=("pet-mainland-to-hong-kong", "pet-leaving-mainland"),
        )
    macao = destination == "macao"
    return Finding(
        answer=line("pet.out"),
        founding=founded([], facts=["PE-15", "PE-16", *(["PE-23"] if macao else [])], sources=["PETOUT", "AFCD"]),
        steps=(line("pet.out_certificate"), *((line("pet.macao"),) if macao else ())),
        notes=(line("pet.out_first"),),
        actions=(line("pet.out_do"),),
        entries=("pet-to-macao" if macao else "pet-leaving-mainland",),
    )
