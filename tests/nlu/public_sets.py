"""How the classifier does on public intent sets, beside published figures. Runs in Rasa's environment:

PYTHONPATH=nlu nlu/.venv/bin/python tests/nlu/public_sets.py FOLDER   (with clinc150_full.jsonl and hint3_curekart.jsonl in it)

The pipeline is the product's as it is: same settings, no word list of concepts, nothing tuned on these sets.
"""

import json
import sys
import time
from pathlib import Path

import yaml
from components.linear_classifier import SubjectEntryClassifier, _options
from components.ranking.model import Example, RankingModel

_CONFIG = Path(__file__).resolve().parents[2] / "nlu" / "config.yml"
_THRESHOLDS = (0.1, 0.5, 0.9)


def main() -> None:
    """One line a set and threshold: in-scope accuracy and out-of-scope recall, in percent."""
    folder = Path(sys.argv[1])
    _report("HINT3 Curekart v1", _read(folder / "hint3_curekart.jsonl"), "NO_NODES_DETECTED", _THRESHOLDS)
    _report("CLINC150 Full", _read(folder / "clinc150_full.jsonl"), "oos", (0.0,))


def _read(path: Path) -> dict[str, list[tuple[str, str]]]:
    splits: dict[str, list[tuple[str, str]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        splits.setdefault(row["split"], []).append((row["text"], row["label"]))
    return splits


def _report(name: str, splits: dict[str, list[tuple[str, str]]], outside: str, thresholds: tuple[float, ...]) -> None:
    began = time.perf_counter()
    examples = [Example(text, label, "", 1.0) for text, label in splits["train"]]
    model = RankingModel.fit(examples, {}, _options(_settings()))
    trained_s = time.perf_counter() - began
    answers = [(label, model.rank(text).subjects[0]) for text, label in splits["test"]]
    for threshold in thresholds:
        given = [(label, best.name if best.confidence >= threshold else outside) for label, best in answers]
        inside = [label == got for label, got in given if label != outside]
        beyond = [got == outside for label, got in given if label == outside]
        figures = f"{100 * sum(inside) / len(inside):.1f}/{100 * sum(beyond) / len(beyond):.1f}"
        sys.stdout.write(f"{name}, threshold {threshold}: {figures} (trained in {trained_s:.0f} s)\n")
        sys.stdout.flush()


def _settings() -> dict[str, object]:
    pipeline = yaml.safe_load(_CONFIG.read_text(encoding="utf-8"))["pipeline"]
    own = next(part for part in pipeline if part["name"].endswith(SubjectEntryClassifier.__name__))
    return {**SubjectEntryClassifier.get_default_config(), **own}


if __name__ == "__main__":
    main()
