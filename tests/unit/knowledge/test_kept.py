from datetime import date
from pathlib import Path

from knowledge.kept import open_knowledge
from knowledge.load import load_knowledge
from knowledge.search import Index

ON = date(2026, 11, 22)
QUESTION = "滞报金每天收多少"


def test_what_was_left_is_what_would_be_built(root: Path, tmp_path: Path) -> None:
    open_knowledge(root, tmp_path / "cache")

    knowledge, index = open_knowledge(root, tmp_path / "cache")

    built = load_knowledge(root)
    assert knowledge.entries == built.entries
    assert index.search(QUESTION, on=ON) == Index(built).search(QUESTION, on=ON) != []


def test_other_content_is_read_anew(root: Path, tmp_path: Path) -> None:
    open_knowledge(root, tmp_path / "cache")
    before = list((tmp_path / "cache").iterdir())
    topics = root / "topics.yaml"
    topics.write_text(topics.read_text(encoding="utf-8") + "# other\n", encoding="utf-8")

    open_knowledge(root, tmp_path / "cache")

    after = list((tmp_path / "cache").iterdir())
    assert len(before) == len(after) == 1
    assert before != after


def test_damaged_file_is_built_anew(root: Path, tmp_path: Path) -> None:
    open_knowledge(root, tmp_path / "cache")
    left = next((tmp_path / "cache").iterdir())
    left.write_bytes(left.read_bytes()[:100])

    _, index = open_knowledge(root, tmp_path / "cache")

    assert index.search(QUESTION, on=ON) != []


def test_folder_that_cannot_be_written_costs_nothing_else(root: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")

    _, index = open_knowledge(root, tmp_path / "cache")

    assert index.search(QUESTION, on=ON) != []
