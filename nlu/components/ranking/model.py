"""Two linear models on the same terms: which subject a text belongs to, and which entry of that subject.

A subject is a topic of the knowledge base or an intent of its own (a task, small talk, out of scope). Deciding the subject
first, over all examples of it, is right far more often than choosing among hundreds of entries at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.svm import LinearSVC

from components.ranking.calibration import fit_temperature, held_out_scores, softmax
from components.ranking.features import TermWeights
from components.ranking.terms import TermReader

_FILE_VERSION = 2
_TOLERANCE = 0.1


class Example(NamedTuple):
    """One training text. subject and entry as in `Ranking`; entry is "" for an intent of its own.

    weight: how much the text counts, 1 for a question as people ask it.
    """

    text: str
    subject: str
    entry: str
    weight: float


class Scored(NamedTuple):
    """A name with its probability."""

    name: str
    confidence: float


@dataclass(frozen=True)
class Ranking:
    """What one text may mean. subjects: all, best first, adding up to 1. entries: the best, over all topics."""

    subjects: list[Scored]
    entries: list[Scored]


@dataclass(frozen=True)
class _EntryModel:
    """Entries of one topic. columns: the terms that occur there, rising. weights: terms x entries, float16."""

    entries: list[str]
    columns: np.ndarray
    weights: np.ndarray


class RankingModel:
    """The trained model; `rank` reads it, `fit` makes it."""

    def __init__(
        self,
        reader: TermReader,
        terms: TermWeights,
        subjects: Sequence[str],
        weights: np.ndarray,
        bias: np.ndarray,
        temperature: float,
        entry_models: dict[str, _EntryModel],
        entry_temperature: float,
    ) -> None:
        """weights: terms x subjects, float16. bias: one a subject. Temperatures multiply scores before the softmax."""
        self._reader = reader
        self._terms = terms
        self.subjects = list(subjects)
        self._weights = weights
        self._bias = bias
        self._temperature = temperature
        self._entry_models = entry_models
        self._entry_temperature = entry_temperature

    @property
    def topics(self) -> list[str]:
        """The subjects that have entries."""
        return list(self._entry_models)

    @classmethod
    def fit(
        cls,
        examples: Sequence[Example],
        concepts: Mapping[str, Sequence[str]],
        *,
        regularisation: float,
        entry_ridge: float,
        entry_temperature: float,
        held_out_share: float,
        fewest_texts: int,
    ) -> RankingModel:
        """Train on examples of at least two subjects.

        concepts: as for `TermReader`. regularisation: C of the linear support vector machines. entry_ridge: ridge of the
        entry models. entry_temperature: what entry scores are multiplied by before the softmax. held_out_share: share of
        the examples that the probabilities of subjects are calibrated on. fewest_texts: as for `TermWeights.learn`.
        """
        reader = TermReader(concepts)
        counted = [reader.count(example.text) for example in examples]
        terms = TermWeights.learn(counted, fewest_texts=fewest_texts)
        rows = terms.rows(counted)
        subjects = sorted({example.subject for example in examples})
        number_by_subject = {subject: number for number, subject in enumerate(subjects)}
        wanted = np.array([number_by_subject[example.subject] for example in examples])
        weights = np.array([example.weight for example in examples])
        machine = new_machine(regularisation).fit(rows, wanted, sample_weight=weights)
        scores, held_out = held_out_scores(lambda: new_machine(regularisation), rows, wanted, weights, held_out_share)
        coefficients = machine.coef_ if len(subjects) > 2 else np.vstack([-machine.coef_, machine.coef_])
        bias = machine.intercept_ if len(subjects) > 2 else np.array([-machine.intercept_[0], machine.intercept_[0]])
        return cls(
            reader,
            terms,
            subjects,
            np.ascontiguousarray(coefficients.T.astype(np.float16)),
            bias.astype(np.float32),
            fit_temperature(scores, wanted[held_out]),
            _fit_entry_models(examples, rows, entry_ridge),
            entry_temperature,
        )

    def rank(self, text: str, *, most_entries: int = 10) -> Ranking:
        """Rank what a text as typed may mean. A text without a known term gets the same ranking each time."""
        return self.rank_row(self._terms.rows([self._reader.count(text)]), most_entries=most_entries)

    def rank_row(self, row: csr_matrix, *, most_entries: int = 10) -> Ranking:
        """As `rank`, for a row of `TermWeights.rows`."""
        scores = row.data @ self._weights[row.indices].astype(np.float32) + self._bias
        probabilities = softmax(scores[None, :], self._temperature)[0]
        order = np.argsort(-probabilities)
        subjects = [Scored(self.subjects[number], float(probabilities[number])) for number in order]
        entries = [entry for subject in subjects[:most_entries] for entry in self._entries(subject, row)]
        entries.sort(key=lambda scored: -scored.confidence)
        return Ranking(subjects, entries[:most_entries])

    def _entries(self, subject: Scored, row: csr_matrix) -> list[Scored]:
        model = self._entry_models.get(subject.name)
        if model is None:
            return []
        places = np.searchsorted(model.columns, row.indices)
        places[places == len(model.columns)] = 0
        known = model.columns[places] == row.indices
        scores = row.data[known] @ model.weights[places[known]].astype(np.float32)
        shares = softmax(scores[None, :], self._entry_temperature)[0]
        return [
            Scored(entry, subject.confidence * float(share))
            for entry, share in zip(model.entries, shares, strict=False)
        ]

    def save(self, folder: Path) -> None:
        """Write `ranking.json` and `ranking.npz` into a folder; nothing in them is executed when they are read."""
        arrays = {"idf": self._terms.idf, "weights": self._weights, "bias": self._bias}
        for number, model in enumerate(self._entry_models.values()):
            arrays[f"columns_{number}"] = model.columns
            arrays[f"weights_{number}"] = model.weights
        np.savez(folder / "ranking.npz", **arrays)
        names = {
            "version": _FILE_VERSION,
            "concepts": self._reader.concepts,
            "vocabulary": self._terms.vocabulary,
            "unknown_idf": self._terms.unknown_idf,
            "subjects": self.subjects,
            "temperature": self._temperature,
            "entries": {topic: model.entries for topic, model in self._entry_models.items()},
            "entry_temperature": self._entry_temperature,
        }
        (folder / "ranking.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> RankingModel:
        """Read what `save` wrote. Raises FileNotFoundError or ValueError when it is not there or of another version."""
        names = json.loads((folder / "ranking.json").read_text(encoding="utf-8"))
        if names["version"] != _FILE_VERSION:
            raise ValueError(f"ranking model of version {names['version']}, wanted {_FILE_VERSION}")
        with np.load(folder / "ranking.npz", allow_pickle=False) as arrays:
            entry_models = {
                topic: _EntryModel(entries, arrays[f"columns_{number}"], arrays[f"weights_{number}"])
                for number, (topic, entries) in enumerate(names["entries"].items())
            }
            return cls(
                TermReader(names["concepts"]),
                TermWeights(names["vocabulary"], arrays["idf"], names["unknown_idf"]),
                names["subjects"],
                arrays["weights"],
                arrays["bias"],
                names["temperature"],
                entry_models,
                names["entry_temperature"],
            )


def new_machine(regularisation: float) -> LinearSVC:
    """An untrained classifier of subjects: one linear support vector machine against the rest for each."""
    # A finer tolerance takes longer and ranks no better.
    return LinearSVC(C=regularisation, tol=_TOLERANCE, random_state=0)


def _fit_entry_models(examples: Sequence[Example], rows: csr_matrix, ridge: float) -> dict[str, _EntryModel]:
    numbers_by_topic: dict[str, list[int]] = {}
    for number, example in enumerate(examples):
        if example.entry:
            numbers_by_topic.setdefault(example.subject, []).append(number)
    return {
        topic: _fit_entry_model([examples[n] for n in numbers], rows[numbers], ridge)
        for topic, numbers in sorted(numbers_by_topic.items())
    }


def _fit_entry_model(examples: Sequence[Example], rows: csr_matrix, ridge: float) -> _EntryModel:
    """Weighted ridge regression on which entry an example belongs to, in its dual form (examples are fewer than terms)."""
    entries = sorted({example.entry for example in examples})
    columns, narrow = _occurring(rows)
    halves = np.sqrt(np.array([example.weight for example in examples], dtype=np.float32))
    weighted = diags(halves).dot(narrow).tocsr()
    wanted = np.array([[example.entry == entry for entry in entries] for example in examples], dtype=np.float32)
    gram = (weighted @ weighted.T).toarray()
    gram[np.diag_indices_from(gram)] += ridge
    weights = weighted.T @ np.linalg.solve(gram, wanted * halves[:, None])
    return _EntryModel(entries, columns, weights.astype(np.float16))


def _occurring(rows: csr_matrix) -> tuple[np.ndarray, csr_matrix]:
    columns = np.unique(rows.indices)
    return columns, rows[:, columns]
