import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge.compile import compile_nlu, content_hash
from knowledge.load import Knowledge, load_knowledge

Change = Callable[[str, str, str], None]


def blocks(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def compiled(knowledge: Knowledge, folder: Path) -> dict[str, list[str]]:
    compile_nlu(knowledge, folder / "out" / "kb.jsonl")
    return {block["entry"]: block["examples"] for block in blocks(folder / "out" / "kb.jsonl") if "part" not in block}


def test_every_entry_becomes_an_intent_with_its_title_and_questions(knowledge: Knowledge, tmp_path: Path) -> None:
    intents = compiled(knowledge, tmp_path)

    assert list(intents) == ["bring-a-cat", "bring-a-dog", "late-declaration-fee"]
    assert intents["bring-a-cat"] == [
        "带猫入境",
        "Bringing a cat",
        "带一只猫回国要什么证",
        "猫咪入境要隔离吗",
        "猫可以随身带进来吗",
        "can I bring my cat",
        "papers for a pet cat",
        "does my cat need quarantine",
    ]


def test_blocks_carry_entry_and_topic_and_the_plain_sentences_of_the_answer_stand_apart(
    root: Path, change: Change, tmp_path: Path
) -> None:
    change(
        "entries/pets.yaml",
        "One cat for each person.",
        "One **cat** for [each](https://x.cn) person. Say so! - {Now} then.",
    )
    knowledge = load_knowledge(root)
    compile_nlu(knowledge, tmp_path / "kb.jsonl")

    own = [block for block in blocks(tmp_path / "kb.jsonl") if block["entry"] == "bring-a-cat"]

    assert [block.get("part") for block in own] == [None, "answer"]
    assert {block["topic"] for block in own} == {knowledge.entries["bring-a-cat"].topic}
    assert own[1]["examples"][-3:] == ["One cat for each person", "Say so", "{Now} then"]


def test_the_number_of_examples_is_returned(knowledge: Knowledge, tmp_path: Path) -> None:
    assert compile_nlu(knowledge, tmp_path / "kb.jsonl") == 25


def test_traditional_equal_to_its_simplified_text_is_left_out(root: Path, change: Change, tmp_path: Path) -> None:
    change(
        "entries/pets.yaml",
        "zh-Hans: [带一只猫回国要什么证",
        "zh-Hant: [帶一隻貓回國要什麼證]\n      zh-Hans: [带一只猫回国要什么证",
    )

    assert "帶一隻貓回國要什麼證" not in compiled(load_knowledge(root), tmp_path)["bring-a-cat"]


@pytest.mark.parametrize(
    "markup", ["[dog](animal) papers", "[dog]{x} papers", r"dog \n papers", "- dog papers", "# dog: x"]
)
def test_a_question_is_kept_as_it_was_written_on_one_line(
    root: Path, change: Change, tmp_path: Path, markup: str
) -> None:
    change("entries/pets.yaml", "[can I bring my dog,", f"[{yaml.dump(markup, default_style=chr(34)).strip()},")

    example = compiled(load_knowledge(root), tmp_path)["bring-a-dog"][5]

    assert example == markup.lstrip("- ")


def test_compiling_twice_gives_the_same_bytes(knowledge: Knowledge, tmp_path: Path) -> None:
    compile_nlu(knowledge, tmp_path / "one.jsonl")
    compile_nlu(knowledge, tmp_path / "two.jsonl")

    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    assert sorted(path.name for path in tmp_path.glob("*.jsonl*")) == ["one.jsonl", "two.jsonl"]


def test_hash_changes_with_a_question_a_name_and_a_further_path(root: Path, change: Change, tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text("a")
    hashes = [content_hash(root, config)]
    change("entries/pets.yaml", "can I bring my dog", "may I bring my dog")
    hashes.append(content_hash(root, config))
    (root / "entries" / "pets.yaml").rename(root / "entries" / "animals.yaml")
    hashes.append(content_hash(root, config))
    config.write_text("b")
    hashes.append(content_hash(root, config))

    assert len(set(hashes)) == 4


def test_hash_ignores_caches_and_modules_that_do_not_shape_the_training_data(root: Path) -> None:
    before = content_hash(root)
    (root / "__pycache__").mkdir()
    (root / "__pycache__" / "x.cpython-311.pyc").write_bytes(b"1")
    (root / "answer.py").write_text("x = 1")

    assert content_hash(root) == before


def test_hash_does_not_depend_on_where_the_folder_lies(root: Path, tmp_path: Path) -> None:
    before = content_hash(root)
    moved = tmp_path / "elsewhere" / root.name
    moved.parent.mkdir()
    root.rename(moved)

    assert content_hash(moved) == before


def test_hash_of_a_missing_path_is_an_error(root: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        content_hash(root, tmp_path / "missing")
