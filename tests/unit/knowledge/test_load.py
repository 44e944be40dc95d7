from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from knowledge.load import Knowledge, KnowledgeError, load_knowledge, parse_knowledge
from knowledge.model import Audience, FactGrade, Force, Grade, SourceKind

Change = Callable[[str, str, str], None]


def faults_of(root: Path) -> list[str]:
    with pytest.raises(KnowledgeError) as raised:
        load_knowledge(root)
    return [str(fault) for fault in raised.value.faults]


def test_load_reads_every_field_of_an_entry(knowledge: Knowledge) -> None:
    entry = knowledge.entry("late-declaration-fee")

    assert (entry.file, entry.topic, entry.audience) == ("fees", "taxes_fees", Audience.ENTERPRISE)
    assert entry.questions.en[0] == "how is the late declaration fee calculated"
    assert entry.sources == ("L1", "T1")
    assert (entry.grade, entry.facts, entry.related) == (Grade.OFFICIAL, ("FEE-01",), ("bring-a-dog",))
    assert (entry.effective_from, entry.effective_to) == (date(2021, 4, 29), None)
    assert entry.buttons[0].url == "https://www.customs.gov.cn/"
    assert entry.buttons[1].ask is not None
    assert entry.buttons[1].ask.get("en") == "how do I pay the fee"


def test_load_keeps_reading_order_of_files_and_entries(knowledge: Knowledge) -> None:
    assert list(knowledge.entries) == ["late-declaration-fee", "bring-a-dog", "bring-a-cat"]


def test_load_reads_sources_and_facts(knowledge: Knowledge) -> None:
    assert knowledge.sources["L1"].date == date(2021, 4, 29)
    assert knowledge.sources["T1"].kind is SourceKind.SECONDARY
    assert knowledge.facts["FEE-03"] is FactGrade.UNVERIFIED


def test_title_is_converted_to_traditional_unless_written(knowledge: Knowledge) -> None:
    assert knowledge.title("late-declaration-fee", "zh-Hant") == "滯報金怎麼算"
    assert knowledge.title("bring-a-dog", "zh-Hant") == "攜狗入境"


def test_unknown_entry_is_a_key_error(knowledge: Knowledge) -> None:
    with pytest.raises(KeyError):
        knowledge.entry("nothing")


@pytest.mark.parametrize(
    ("on", "force"),
    [
        (date(2019, 12, 31), Force.NOT_YET),
        (date(2020, 1, 1), Force.IN_FORCE),
        (date(2024, 12, 31), Force.IN_FORCE),
        (date(2025, 1, 1), Force.EXPIRED),
    ],
)
def test_first_and_last_day_belong_to_the_time_in_force(knowledge: Knowledge, on: date, force: Force) -> None:
    assert knowledge.entry("bring-a-cat").force(on) is force


def test_as_of_sorts_entries_by_force(knowledge: Knowledge) -> None:
    view = knowledge.as_of(date(2019, 6, 1))

    assert view.in_force == ("bring-a-dog",)
    assert view.expired == ()
    assert view.not_yet == ("late-declaration-fee", "bring-a-cat")


def test_all_faults_of_all_files_are_reported_at_once(root: Path, change: Change) -> None:
    change("entries/fees.yaml", "topic: taxes_fees", "topic: weather")
    change("entries/fees.yaml", "grade: official", "grade: certain")
    change("entries/pets.yaml", "sources: [T1]", "sources: [X9]")
    change("sources/all.yaml", "kind: statute", "kind: rumour")

    assert faults_of(root) == [
        "sources/all.yaml: L1: kind: must be one of statute, official, secondary, seed, not rumour",
        "entries/fees.yaml: late-declaration-fee: grade: must be one of official, reported, historical, signpost,"
        " not certain",
        "entries/fees.yaml: late-declaration-fee: topic: unknown: weather",
        "entries/fees.yaml: late-declaration-fee: sources: unknown: L1",
        "entries/pets.yaml: bring-a-dog: sources: unknown: X9",
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("id: bring-a-cat", "id: bring-a-dog", "this id stands already in entries/pets.yaml"),
        ("subject: pets", "subject: animals", "subject must be the file's own name, pets"),
        ("sources: [T1]", "sources: []", "sources: missing"),
        ("grade: reported", "grade: reported\n    colour: red", "unknown key colour"),
        ("can I bring my dog,", "12365,", "questions.en[1]: must be text, not 12365; numbers"),
        ("can I bring my dog,", "dogs: how,", "questions.en[1]: must be text; put it in quotes"),
        ("verified_on: 2026-11-22", "verified_on: soon", "verified_on: must be a day as YYYY-MM-DD"),
        ("verified_on: 2026-11-22", "verified_on: null", "verified_on: a day as YYYY-MM-DD is needed"),
        ("      en: One for each person, with a health certificate.\n", "", "answer.en: missing"),
        ("en: Bringing a dog", "fr: Un chien", "title: unknown language fr"),
        ("grade: reported", "grade: reported\n    grade: official", "a key stands twice"),
        ("subject: pets", "subject: [pets", "not YAML"),
        ("buttons: []", "buttons: [{label: {zh-Hans: 甲, en: A}}]", "buttons[1]: a button needs either url or ask"),
    ],
)
def test_a_fault_of_form_is_named(root: Path, change: Change, old: str, new: str, fault: str) -> None:
    change("entries/pets.yaml", old, new)

    assert any(fault in found for found in faults_of(root))


def test_parse_returns_the_sound_entries_beside_the_faults(root: Path, change: Change) -> None:
    change("entries/pets.yaml", "grade: reported", "grade: certain")

    knowledge, faults = parse_knowledge(root)

    assert list(knowledge.entries) == ["late-declaration-fee", "bring-a-cat"]
    assert [fault.entry for fault in faults] == ["bring-a-dog"]


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    assert "topics.yaml: cannot be read: No such file or directory" in faults_of(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("none_of_these:", "none_of_those:", "phrases.yaml: unknown key none_of_those"),
        ("checked {verified_on}", "checked {day}", "phrases.yaml: verified: the languages have different {blanks}"),
    ],
)
def test_a_faulty_phrase_is_named(root: Path, change: Change, old: str, new: str, fault: str) -> None:
    change("phrases.yaml", old, new)

    assert fault in faults_of(root)
