"""Reads the knowledge base from its YAML files and reports every fault of form at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from knowledge.files import Fault, Reader, read_yaml
from knowledge.model import Audience, Button, Entry, FactGrade, Force, Grade, Language, Source, SourceKind, Topic
from knowledge.phrases import Phrases, read_phrases
from knowledge.terms import Term, read_terms

ENTRY_KEYS = frozenset(Entry.__dataclass_fields__) - {"file"}
SOURCE_KEYS = frozenset(Source.__dataclass_fields__) - {"key"}
BUTTON_KEYS = frozenset(Button.__dataclass_fields__)


class KnowledgeError(Exception):
    """The knowledge base cannot be used as written. `faults` names every fault found, file by file."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__(f"{len(faults)} fault(s) in the knowledge base:\n" + "\n".join(map(str, faults)))


@dataclass(frozen=True, slots=True)
class InForce:
    """The knowledge base as of a day: ids of entries by whether they are in force then, each in reading order."""

    on: date
    in_force: tuple[str, ...]
    expired: tuple[str, ...]
    not_yet: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that the bot knows. Entries and topics are in reading order (file name, then place in the file).

    facts: fact id -> how well the fact is founded. terms: words of the trade that answers explain.
    """

    entries: Mapping[str, Entry]
    topics: Mapping[str, Topic]
    sources: Mapping[str, Source]
    facts: Mapping[str, FactGrade]
    phrases: Phrases
    terms: tuple[Term, ...] = ()

    def entry(self, entry_id: str) -> Entry:
        """The entry of that id. Raises KeyError where there is none."""
        return self.entries[entry_id]

    def title(self, entry_id: str, language: Language) -> str:
        """What a button to the entry says. Raises KeyError where there is no such entry."""
        return self.entries[entry_id].title.get(language)

    def as_of(self, on: date) -> InForce:
        """Which entries are in force on a day, which no longer and which not yet."""
        forces = {entry_id: entry.force(on) for entry_id, entry in self.entries.items()}
        return InForce(
            on=on,
            in_force=tuple(i for i, force in forces.items() if force is Force.IN_FORCE),
            expired=tuple(i for i, force in forces.items() if force is Force.EXPIRED),
            not_yet=tuple(i for i, force in forces.items() if force is Force.NOT_YET),
        )


def load_knowledge(root: Path) -> Knowledge:
    """Read the knowledge base under `root` (the folder with topics.yaml, sources/, entries/).

    Raises KnowledgeError with all faults of form: unreadable YAML, unknown or missing keys, wrong types, unknown
    topics and sources, ids used twice. What else an entry must fulfil is checked by `knowledge.lint`.
    """
    knowledge, faults = parse_knowledge(root)
    if faults:
        raise KnowledgeError(faults)
    return knowledge


def parse_knowledge(root: Path) -> tuple[Knowledge, tuple[Fault, ...]]:
    """As `load_knowledge`, but returns what could be read together with the faults; faulty entries are left out."""
    faults: list[Fault] = []
    topics = _read_topics(root, faults)
    sources = _read_sources(root, faults)
    facts = _read_facts(root, faults)
    phrases = read_phrases(root, faults)
    entries = _read_entries(root, topics, sources, faults)
    if not entries and not faults:
        faults.append(Fault("entries", None, "no entry found"))
    knowledge = Knowledge(
        entries=MappingProxyType(entries),
        topics=MappingProxyType(topics),
        sources=MappingProxyType(sources),
        facts=MappingProxyType(facts),
        phrases=phrases,
        terms=read_terms(root, faults),
    )
    return knowledge, tuple(faults)


def _read_topics(root: Path, faults: list[Fault]) -> dict[str, Topic]:
    path = root / "topics.yaml"
    topics: dict[str, Topic] = {}
    for topic_id, raw in read_yaml(path, path.name, faults).items():
        reader = Reader(path.name, topic_id, {"title": raw}, faults)
        title = reader.localized("title")
        if not reader.faulty:
            topics[topic_id] = Topic(topic_id, title)
    return topics


def _read_facts(root: Path, faults: list[Fault]) -> dict[str, FactGrade]:
    name = "facts.yaml"
    raw = read_yaml(root / name, name, faults)
    reader = Reader(name, None, raw, faults)
    return {fact: reader.choice(fact, FactGrade, FactGrade.UNVERIFIED) for fact in raw}


def _read_sources(root: Path, faults: list[Fault]) -> dict[str, Source]:
    sources: dict[str, Source] = {}
    for path in sorted((root / "sources").glob("*.yaml")):
        name = f"sources/{path.name}"
        for key, raw in read_yaml(path, name, faults).items():
            reader = Reader(name, key, raw, faults)
            if key in sources:
                reader.fault("this source key stands twice")
            source = _read_source(reader, key)
            if not reader.faulty:
                sources[key] = source
    return sources


def _read_source(reader: Reader, key: str) -> Source:
    reader.refuse_unknown_keys(SOURCE_KEYS)
    return Source(
        key=key,
        title=reader.localized("title"),
        number=reader.optional_text("number"),
        publisher=reader.localized("publisher"),
        url=reader.optional_text("url"),
        date=reader.optional_date("date"),
        kind=reader.choice("kind", SourceKind, SourceKind.SECONDARY),
    )


def _read_entries(
    root: Path, topics: Mapping[str, Topic], sources: Mapping[str, Source], faults: list[Fault]
) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for path in sorted((root / "entries").glob("*.yaml")):
        name = f"entries/{path.name}"
        document = read_yaml(path, name, faults)
        if not document:
            continue
        if document.get("subject") != path.stem:
            faults.append(Fault(name, None, f"subject must be the file's own name, {path.stem}"))
        listed = document.get("entries")
        if not isinstance(listed, list):
            faults.append(Fault(name, None, "entries must be a list"))
            continue
        for place, raw in enumerate(listed, start=1):
            entry_id = raw.get("id") if isinstance(raw, dict) else None
            reader = Reader(name, entry_id if isinstance(entry_id, str) else f"number {place}", raw, faults)
            entry = _read_entry(reader, path.stem)
            if entry.id in entries:
                reader.fault(f"this id stands already in entries/{entries[entry.id].file}.yaml")
            reader.refuse_unknown("topic", [entry.topic], topics)
            reader.refuse_unknown("sources", entry.sources, sources)
            if not reader.faulty:
                entries[entry.id] = entry
    return entries


def _read_entry(reader: Reader, file: str) -> Entry:
    reader.refuse_unknown_keys(ENTRY_KEYS)
    return Entry(
        id=reader.text("id"),
        file=file,
        topic=reader.text("topic"),
        audience=reader.choice("audience", Audience, Audience.ANY),
        title=reader.localized("title"),
        questions=reader.localized_texts("questions"),
        answer=reader.localized("answer"),
        conditions=reader.localized_texts("conditions", required=False),
        sources=reader.texts("sources"),
        facts=reader.texts("facts", required=False),
        grade=reader.choice("grade", Grade, Grade.SIGNPOST),
        effective_from=reader.optional_date("effective_from"),
        effective_to=reader.optional_date("effective_to"),
        verified_on=reader.date("verified_on"),
        related=reader.texts("related", required=False),
        buttons=tuple(_read_button(part) for part in reader.parts("buttons")),
    )


def _read_button(reader: Reader) -> Button:
    reader.refuse_unknown_keys(BUTTON_KEYS)
    url = reader.optional_text("url")
    ask = reader.localized("ask") if reader.has("ask") else None
    if (url is None) == (ask is None):
        reader.fault("a button needs either url or ask")
    return Button(label=reader.localized("label"), url=url, ask=ask)
