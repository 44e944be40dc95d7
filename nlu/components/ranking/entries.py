"""Which entry of one topic a text is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, diags


@dataclass(frozen=True)
class EntryModel:
    """Entries of one topic. columns: the terms that occur there, rising. weights: terms x entries, float16."""

    entries: list[str]
    columns: np.ndarray
    weights: np.ndarray

    def scores(self, row: csr_matrix) -> np.ndarray:
        """One score an entry, about 1 for the right one and 0 for others, for one row of terms."""
        places = np.searchsorted(self.columns, row.indices)
        places[places == len(self.columns)] = 0
        known = self.columns[places] == row.indices
        return np.asarray(row.data[known] @ self.weights[places[known]].astype(np.float32))


def fit_entry_models(
    topics: Sequence[str], entries: Sequence[str], weights: np.ndarray, rows: csr_matrix, ridge: float
) -> dict[str, EntryModel]:
    """A model for each topic. topics, entries: of each example; an example whose entry is "" is passed over."""
    numbers_by_topic: dict[str, list[int]] = {}
    for number, (topic, entry) in enumerate(zip(topics, entries, strict=False)):
        if entry:
            numbers_by_topic.setdefault(topic, []).append(number)
    return {
        topic: _fit([entries[n] for n in numbers], weights[numbers], rows[numbers], ridge)
        for topic, numbers in sorted(numbers_by_topic.items())
    }


def _fit(wanted_entries: Sequence[str], weights: np.ndarray, rows: csr_matrix, ridge: float) -> EntryModel:
    """Weighted ridge regression on which entry an example belongs to, in its dual form (examples are fewer than terms)."""
    entries = sorted(set(wanted_entries))
    columns = np.unique(rows.indices)
    halves = np.sqrt(weights.astype(np.float32))
    weighted = diags(halves).dot(rows[:, columns]).tocsr()
    wanted = np.array([[one == entry for entry in entries] for one in wanted_entries], dtype=np.float32)
    gram = (weighted @ weighted.T).toarray()
    gram[np.diag_indices_from(gram)] += ridge
    solved = weighted.T @ np.linalg.solve(gram, wanted * halves[:, None])
    return EntryModel(entries, columns, solved.astype(np.float16))


def save_entry_models(models: Mapping[str, EntryModel]) -> dict[str, np.ndarray]:
    """The arrays of the models, numbered in their order."""
    columns = {f"columns_{number}": model.columns for number, model in enumerate(models.values())}
    return columns | {f"weights_{number}": model.weights for number, model in enumerate(models.values())}


def load_entry_models(names: Mapping[str, list[str]], arrays: Mapping[str, np.ndarray]) -> dict[str, EntryModel]:
    """The inverse of `save_entry_models`. names: the entries of each topic, in the order of saving."""
    return {
        topic: EntryModel(entries, arrays[f"columns_{number}"], arrays[f"weights_{number}"])
        for number, (topic, entries) in enumerate(names.items())
    }
