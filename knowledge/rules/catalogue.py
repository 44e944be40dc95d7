"""Which guides there are. A new one is a factory and a line here."""

from __future__ import annotations

from knowledge.load import Knowledge
from knowledge.rules.bring.guide import load_bring
from knowledge.rules.calculators.baggage_guides import baggage
from knowledge.rules.calculators.cash_guides import cash, parcel
from knowledge.rules.calculators.guides import CALCULATORS
from knowledge.rules.calculators.pet_guide import pet
from knowledge.rules.guide import GuideFactory, Guides
from knowledge.rules.identifiers.guide import check_number
from knowledge.rules.origin.guide import origin_guide

FACTORIES: tuple[GuideFactory, ...] = (load_bring, *CALCULATORS, baggage, parcel, cash, pet, check_number, origin_guide)


def load_guides(knowledge: Knowledge) -> Guides:
    """All guides, each having read its data. Raises what a factory raises for data that is not in order."""
    guides = Guides()
    for make in FACTORIES:
        guides.add(make(knowledge))
    return guides
