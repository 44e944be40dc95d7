import copy
import json
from pathlib import Path

import pytest
from components.importer import CompiledImporter
from rasa.shared.nlu.training_data.message import Message

BLOCKS = [
    {"entry": "bring-a-dog", "topic": "pets", "examples": ["带狗入境", "may I bring [my] dog {x}"]},
    {"entry": "bring-a-dog", "topic": "pets", "part": "answer", "examples": ["One dog for each person"]},
]


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    file = tmp_path / "compiled.jsonl"
    file.write_text("\n".join(json.dumps(block) for block in BLOCKS) + "\n", encoding="utf-8")
    return file


def test_every_example_carries_its_entry_and_is_kept_as_written(compiled: Path) -> None:
    data = CompiledImporter(training_data_paths=["data", str(compiled)]).get_nlu_data()

    read = [(m.get("text"), m.get("intent"), m.get("metadata")["intent"]) for m in data.intent_examples]
    assert read == [
        ("带狗入境", "kb", {"entry": "bring-a-dog", "topic": "pets"}),
        ("may I bring [my] dog {x}", "kb", {"entry": "bring-a-dog", "topic": "pets"}),
        ("One dog for each person", "kb", {"entry": "bring-a-dog", "topic": "pets", "part": "answer"}),
    ]


def test_examples_are_told_apart_by_text_and_by_block(compiled: Path) -> None:
    twice = [*BLOCKS, {"entry": "bring-a-cat", "topic": "pets", "examples": ["带狗入境"]}, BLOCKS[0]]
    compiled.write_text("\n".join(json.dumps(block) for block in twice), encoding="utf-8")

    data = CompiledImporter(training_data_paths=str(compiled)).get_nlu_data()

    assert len(data.intent_examples) == 4


def test_a_copy_has_values_of_its_own(compiled: Path) -> None:
    [first, *_] = CompiledImporter(training_data_paths=str(compiled)).get_nlu_data().intent_examples
    copied: Message = copy.deepcopy(first)

    copied.set("text", "changed")

    assert first.get("text") == "带狗入境"
    assert copied.fingerprint() != first.fingerprint()


def test_other_files_are_left_to_others(tmp_path: Path) -> None:
    assert CompiledImporter(training_data_paths=[str(tmp_path), "data"]).get_nlu_data().intent_examples == []


def test_a_file_of_another_form_is_refused(compiled: Path) -> None:
    compiled.write_text('{"entry": "x", "topic": "y"}', encoding="utf-8")

    with pytest.raises(KeyError, match="examples"):
        CompiledImporter(training_data_paths=str(compiled)).get_nlu_data()
