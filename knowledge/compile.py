"""Turns the knowledge base into Rasa's training data, and tells whether a trained model is still current."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from knowledge.load import Knowledge, KnowledgeError, load_knowledge
from knowledge.model import Entry
from knowledge.text import normalise

_SENTENCE_END = re.compile(r"[。！？；;]|[.!?](?=\s|$)|\n")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_SHORTEST_SENTENCE_CHARACTERS = 6
_IGNORED_FOLDERS = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".rasa", ".venv", "models"})
_IGNORED_ENDINGS = frozenset({".pyc", ".pyo", ".tmp", ".swp"})


def compile_nlu(knowledge: Knowledge, target: Path, phrasings: Mapping[str, Sequence[str]] | None = None) -> int:
    """Write what the intent `kb` is trained from, a JSON object a line, ordered by entry; returns the number of examples.

    A line is {"entry", "topic", "examples": [text, …]}: the titles and questions as written, without those that are equal to an
    earlier one of the entry after normalising. A second line of the entry, with "part": "answer", holds the sentences of
    the answer: the classifier learns from them which words belong to the subject; they are not counted.
    phrasings: what staff filed since, by entry; those of entries that are gone are left out. Rasa reads the file through
    `nlu/components/importer.py`. It appears whole or not at all.
    """
    lines: list[str] = []
    count = 0
    for entry_id in sorted(knowledge.entries):
        entry = knowledge.entries[entry_id]
        examples = list(training_examples(entry, (phrasings or {}).get(entry_id, ())))
        count += len(examples)
        block = {"entry": entry_id, "topic": entry.topic}
        lines.append(_line(block, examples))
        if sentences := list(answer_sentences(entry)):
            lines.append(_line(block | {"part": "answer"}, sentences))
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".tmp")
    unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.replace(unfinished, target)
    return count


def _line(block: Mapping[str, str], examples: Sequence[str]) -> str:
    return json.dumps({**block, "examples": examples}, ensure_ascii=False)


def training_examples(entry: Entry, filed: Sequence[str] = ()) -> Iterator[str]:
    """The texts that train one entry's intent, each on one line, no two equal after normalising."""
    texts = [entry.title.zh_hans, entry.title.en, *entry.questions.zh_hans, *entry.questions.en]
    # Traditional made by conversion is left out: it is equal to its Simplified text after normalising.
    texts += [entry.title.zh_hant or "", *(entry.questions.zh_hant or ()), *filed]
    seen = {""}
    for text in texts:
        key = normalise(text)
        if key not in seen:
            seen.add(key)
            yield _on_one_line(text)


def answer_sentences(entry: Entry) -> Iterator[str]:
    """The sentences of an entry's answer in Simplified Chinese and English, without Markdown's marks."""
    for text in (entry.answer.zh_hans, entry.answer.en):
        for sentence in _SENTENCE_END.split(_LINK.sub(r"\1", text)):
            plain = _on_one_line(re.sub(r"[*_`]", "", sentence))
            if len(plain) >= _SHORTEST_SENTENCE_CHARACTERS:
                yield plain


def _on_one_line(text: str) -> str:
    return " ".join(text.split()).lstrip("-– ")


def content_hash(knowledge_root: Path, *further_paths: Path) -> str:
    """A SHA-256 that changes when anything that a model is trained from changes.

    Goes over names and bytes of all files under the paths (files or folders), sorted by name; caches are ignored. Of
    the Python modules under `knowledge_root` only those that shape the training data count, and no
    guided rule. Raises FileNotFoundError
    for a path that does not exist.
    """
    digest = hashlib.sha256()
    for root in (knowledge_root, *further_paths):
        for path in _content_files(root):
            if root == knowledge_root and not _shapes_training(path.relative_to(root)):
                continue
            name = f"{root.name}/{path.relative_to(root).as_posix()}"
            content = path.read_bytes()
            digest.update(f"{len(name)}:{name}:{len(content)}:".encode())
            digest.update(content)
    return digest.hexdigest()


def _shapes_training(path: Path) -> bool:
    """Whether a file of the knowledge folder shapes what a model is trained from; guided rules do not."""
    if path.parts[0] == "rules":
        return False
    return path.suffix != ".py" or path.name in {"compile.py", "text.py"}


def _content_files(root: Path) -> list[Path]:
    if not root.exists():
        raise FileNotFoundError(root)
    if root.is_file():
        return [root]
    found = (path for path in root.rglob("*") if path.is_file() and path.suffix not in _IGNORED_ENDINGS)
    return sorted(path for path in found if _IGNORED_FOLDERS.isdisjoint(path.relative_to(root).parts))


def main(arguments: list[str] | None = None) -> int:
    """Compile this package's content into the file named by the one argument; 0 done, 1 faulty content, 2 wrong call."""
    given = sys.argv[1:] if arguments is None else arguments
    if len(given) != 1:
        sys.stderr.write("usage: python -m knowledge.compile FILE.jsonl\n")
        return 2
    try:
        count = compile_nlu(load_knowledge(Path(__file__).parent), Path(given[0]))
    except KnowledgeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{count} examples\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
