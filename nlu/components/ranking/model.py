"""Which subject a text belongs to, and which entry of that subject.

A subject is a topic of the knowledge base or an intent of its own (a task, small talk, out of scope). Deciding the subject
first, over all examples of it, is right far more often than choosing among hundreds of entries at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from components.normalizer import normalise
from components.ranking.calibration import fit_temperature, held_out_examples, softmax
from components.ranking.courtesy import without_courtesy
from components.ranking.encoder import DIMENSIONS, encode
from components.ranking.entries import EntryModel, fit_entry_models, load_entry_models, save_entry_models
from components.ranking.features import TermWeights
from components.ranking.neighbours import Votes
from components.ranking.slips import SlipMender
from components.ranking.subjects import Labels, Mixture, SubjectModel
from components.ranking.terms import TermReader

_FILE_VERSION = 3
# One number is learned from them: more would only take longer. They come in no order.
_JUDGED_MOST = 1500


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


class Options(NamedTuple):
    """How to train and rank.

    mixture: of the models of subjects. entry_ridge: ridge of the entry models. entry_votes: how much the nearest examples'
    votes count for an entry. entry_temperature: what entry scores are multiplied by before the softmax. held_out_share: share
    of the examples that the probabilities of subjects are calibrated on. caution: what the calibrated temperature is
    multiplied by; below 1, because what is held out is nearer to the rest than what people ask. fewest_texts: as for
    `TermWeights.learn`.
    """

    mixture: Mixture
    entry_ridge: float
    entry_votes: float
    entry_temperature: float
    held_out_share: float
    caution: float
    fewest_texts: int


@dataclass(frozen=True)
class Ranking:
    """What one text may mean. subjects: all, best first, adding up to 1.

    entries: the best over all topics, best first; at the head the best of the likeliest topic.
    """

    subjects: list[Scored]
    entries: list[Scored]


class RankingModel:
    """The trained model; `rank` reads it, `fit` makes it."""

    def __init__(
        self,
        reader: TermReader,
        terms: TermWeights,
        subjects: Sequence[str],
        entries: Sequence[str],
        subject_model: SubjectModel,
        entry_models: dict[str, EntryModel],
        temperature: float,
        options: Options,
    ) -> None:
        """subjects, entries: names in the order of their numbers. temperature: multiplies scores before the softmax."""
        self._reader = reader
        self._terms = terms
        self._mender = SlipMender(terms)
        self.subjects = list(subjects)
        self._entries = list(entries)
        self._entry_number = {entry: number for number, entry in enumerate(self._entries)}
        self._subject_model = subject_model
        self._entry_models = entry_models
        self._temperature = temperature
        self._options = options

    @property
    def topics(self) -> list[str]:
        """The subjects that have entries."""
        return list(self._entry_models)

    @classmethod
    def fit(cls, examples: Sequence[Example], concepts: Mapping[str, Sequence[str]], options: Options) -> RankingModel:
        """Train on examples of at least two subjects. concepts: as for `TermReader`."""
        reader = TermReader(concepts)
        counted = [reader.count(example.text) for example in examples]
        terms = TermWeights.learn(counted, fewest_texts=options.fewest_texts)
        rows = terms.rows(counted)
        vectors = _vectors(examples)
        subjects = sorted({example.subject for example in examples})
        entries = sorted({example.entry for example in examples if example.entry})
        labels = _labels(examples, subjects, entries)
        topics, owners = [example.subject for example in examples], [example.entry for example in examples]
        # The machines train outside the interpreter's lock: a second processor calibrates meanwhile.
        with ThreadPoolExecutor(1) as beside:
            temperature = beside.submit(_calibrate, rows, vectors, labels, options)
            subject_model = SubjectModel.fit(rows, vectors, labels, options.mixture)
            entry_models = fit_entry_models(topics, owners, labels.weights, rows, options.entry_ridge)
        return cls(
            reader,
            terms,
            subjects,
            entries,
            subject_model,
            entry_models,
            options.caution * temperature.result(),
            options,
        )

    def rank(self, text: str, *, most_entries: int = 10) -> Ranking:
        """Rank what a text as typed may mean. A text without a known term gets the same ranking each time."""
        text = self._mender.mend(normalise(without_courtesy(text)))
        row = self._terms.rows([self._reader.count(text)])
        scores, votes = self._subject_model.score(row, encode([text])[0])
        probabilities = softmax(scores[None, :], self._temperature)[0]
        order = np.argsort(-probabilities)
        subjects = [Scored(self.subjects[number], float(probabilities[number])) for number in order]
        entries = [entry for subject in subjects[:most_entries] for entry in self._rank_entries(subject, row, votes)]
        entries.sort(key=lambda scored: -scored.confidence)
        return Ranking(subjects, self._likeliest_topic_first(subjects, entries)[:most_entries])

    def _likeliest_topic_first(self, subjects: Sequence[Scored], entries: list[Scored]) -> list[Scored]:
        """The best entry of the likeliest topic before all others: many entries share out its probability, one may keep all of
        a lesser topic's.
        """
        topic = next((subject.name for subject in subjects if subject.name in self._entry_models), None)
        first = next((entry for entry in entries if topic and entry.name in self._entry_models[topic].entries), None)
        return entries if first is None else [first, *(entry for entry in entries if entry is not first)]

    def _rank_entries(self, subject: Scored, row: csr_matrix, votes: Votes) -> list[Scored]:
        model = self._entry_models.get(subject.name)
        if model is None:
            return []
        near = np.array([votes.entries.get(self._entry_number[entry], 0.0) for entry in model.entries])
        scores = model.scores(row) + self._options.entry_votes * near
        shares = softmax(scores[None, :], self._options.entry_temperature)[0]
        pairs = zip(model.entries, shares, strict=False)
        return [Scored(entry, subject.confidence * float(share)) for entry, share in pairs]

    def save(self, folder: Path) -> None:
        """Write `ranking.json` and `ranking.npz` into a folder; nothing in them is executed when they are read."""
        arrays = {"idf": self._terms.idf, **self._subject_model.arrays(), **save_entry_models(self._entry_models)}
        np.savez(folder / "ranking.npz", **arrays)
        names = {
            "version": _FILE_VERSION,
            "concepts": self._reader.concepts,
            "vocabulary": self._terms.vocabulary,
            "unknown_idf": self._terms.unknown_idf,
            "subjects": self.subjects,
            "entries": self._entries,
            "entries_by_topic": {topic: model.entries for topic, model in self._entry_models.items()},
            "temperature": self._temperature,
            "options": self._options._asdict(),
        }
        (folder / "ranking.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> RankingModel:
        """Read what `save` wrote. Raises FileNotFoundError or ValueError when it is not there or of another version."""
        names = json.loads((folder / "ranking.json").read_text(encoding="utf-8"))
        if names["version"] != _FILE_VERSION:
            raise ValueError(f"ranking model of version {names['version']}, wanted {_FILE_VERSION}")
        options = Options(**{**names["options"], "mixture": Mixture(*names["options"]["mixture"])})
        with np.load(folder / "ranking.npz", allow_pickle=False) as arrays:
            return cls(
                TermReader(names["concepts"]),
                TermWeights(names["vocabulary"], arrays["idf"], names["unknown_idf"]),
                names["subjects"],
                names["entries"],
                SubjectModel.load(arrays, options.mixture),
                load_entry_models(names["entries_by_topic"], arrays),
                names["temperature"],
                options,
            )


def _vectors(examples: Sequence[Example]) -> np.ndarray:
    """Of what people type; rows of zeros for the rest, from which only the models of terms learn."""
    typed = np.array([example.weight >= 1 for example in examples])
    vectors = np.zeros((len(examples), DIMENSIONS), dtype=np.float32)
    vectors[typed] = encode([example.text for example in examples if example.weight >= 1])
    return vectors


def _labels(examples: Sequence[Example], subjects: Sequence[str], entries: Sequence[str]) -> Labels:
    subject_number = {subject: number for number, subject in enumerate(subjects)}
    entry_number = {entry: number for number, entry in enumerate(entries)}
    return Labels(
        np.array([subject_number[example.subject] for example in examples]),
        np.array([entry_number.get(example.entry, -1) for example in examples]),
        np.array([example.weight for example in examples]),
    )


def _calibrate(rows: csr_matrix, vectors: np.ndarray, labels: Labels, options: Options) -> float:
    """The temperature that fits a share of the examples, scored by models that did not see them."""
    held_out = held_out_examples(labels.subjects, labels.weights, options.held_out_share)
    if not len(held_out):
        return fit_temperature(np.zeros((0, 1)), held_out)
    seen = np.ones(len(vectors), dtype=bool)
    seen[held_out] = False
    model = SubjectModel.fit(rows[seen], vectors[seen], labels.take(seen), options.mixture)
    judged = held_out[:_JUDGED_MOST]
    scores = [model.score(rows[number], vectors[number])[0] for number in judged]
    return fit_temperature(np.array(scores), labels.subjects[judged])
