"""The agreements as data: parties, since when, and what each asks of a proof of origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from knowledge.files import Fault, Reader, read_yaml
from knowledge.load import Knowledge, KnowledgeError
from knowledge.model import Localized
from knowledge.rules.countries import Places

# In the order in which an answer shows them.
PARTS = ("force", "issuer", "apply", "retro", "validity", "waiver", "approved", "criteria", "transport", "notes")
_KEYS = frozenset({"name", "form", "words", "parties", "from", "import_only", "parts", "facts", "sources"})


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement. form: of the certificate, None where none is known. parts: name of `PARTS` -> text; absent: not known."""

    id: str
    name: Localized
    form: str | None
    words: tuple[str, ...]
    parties: frozenset[str]
    valid_from: date | None
    import_only: bool
    parts: Mapping[str, Localized]
    facts: tuple[str, ...]
    sources: tuple[str, ...]

    def in_force(self, on: date) -> bool:
        """Whether it is in force; where the day is not known it is taken to be."""
        return self.valid_from is None or self.valid_from <= on


def read_agreements(path: Path, knowledge: Knowledge, places: Places) -> Mapping[str, Agreement]:
    """Read agreements.yaml, by id. Raises KnowledgeError with all faults at once."""
    faults: list[Fault] = []
    found = {}
    for key, raw in read_yaml(path, path.name, faults).items():
        reader = Reader(path.name, key, raw, faults)
        found[key] = _agreement(key, reader, knowledge, places, faults)
    if faults:
        raise KnowledgeError(tuple(faults))
    return MappingProxyType(found)


def _agreement(key: str, reader: Reader, knowledge: Knowledge, places: Places, faults: list[Fault]) -> Agreement:
    reader.refuse_unknown_keys(_KEYS)
    parts = Reader("agreements.yaml", key, reader.mapping("parts"), faults)
    parts.refuse_unknown_keys(PARTS)
    parties, facts, sources = reader.texts("parties"), reader.texts("facts"), reader.texts("sources")
    reader.refuse_unknown("parties", parties, places.names)
    reader.refuse_unknown("facts", facts, knowledge.facts)
    reader.refuse_unknown("sources", sources, knowledge.sources)
    return Agreement(
        id=key,
        name=reader.localized("name"),
        form=reader.optional_text("form"),
        words=reader.texts("words"),
        parties=frozenset(parties),
        valid_from=reader.optional_date("from"),
        import_only=reader.has("import_only"),
        parts=MappingProxyType({part: parts.localized(part) for part in PARTS if parts.has(part)}),
        facts=facts,
        sources=sources,
    )


def fitting(agreements: Mapping[str, Agreement], origin: str, destination: str, on: date) -> tuple[Agreement, ...]:
    """The agreements between two places of which one is China (CN), in the order written."""
    partner = destination if origin == "CN" else origin
    return tuple(
        agreement
        for agreement in agreements.values()
        if partner in agreement.parties and agreement.in_force(on) and not (agreement.import_only and origin == "CN")
    )
