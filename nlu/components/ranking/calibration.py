"""From scores to probabilities that mean what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.model_selection import StratifiedShuffleSplit


def softmax(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities for each row of scores, after multiplying by the temperature."""
    shifted = (scores - scores.max(axis=1, keepdims=True)) * temperature
    powers = np.exp(shifted)
    return powers / powers.sum(axis=1, keepdims=True)


def held_out_scores(
    new_machine: Callable[[], Any], rows: csr_matrix, wanted: np.ndarray, weights: np.ndarray, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of a share of the examples of full weight by a machine that did not see them, and which examples those are.

    Returns scores (examples x classes) and the examples' numbers, in the same order; both empty when there is too little
    to hold anything out. Examples of less weight (sentences of answers) help to train but are not judged: nobody types
    them. A class with fewer than two examples is not judged either.
    """
    counts = np.bincount(wanted[weights >= 1], minlength=int(wanted.max()) + 1)
    judged = np.flatnonzero((weights >= 1) & (counts[wanted] >= 2))
    classes = len(np.unique(wanted[judged]))
    size = int(share * len(judged))
    if size < classes or len(judged) - size < classes:
        return np.zeros((0, 1)), np.zeros(0, dtype=int)
    parts = StratifiedShuffleSplit(1, test_size=size, random_state=0).split(judged, wanted[judged])
    held_out = judged[next(parts)[1]]
    seen = np.ones(len(wanted), dtype=bool)
    seen[held_out] = False
    scores = new_machine().fit(rows[seen], wanted[seen], sample_weight=weights[seen]).decision_function(rows[held_out])
    return (scores if scores.ndim == 2 else np.stack([-scores, scores], axis=1)), held_out


def fit_temperature(scores: np.ndarray, wanted: np.ndarray) -> float:
    """The temperature under which the wanted classes are likeliest; 3 when there is nothing to learn it from."""
    if not len(scores):
        return 3.0

    def surprise(log_temperature: float) -> float:
        probabilities = softmax(scores, float(np.exp(log_temperature)))
        return -float(np.log(probabilities[np.arange(len(wanted)), wanted] + 1e-12).mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(-1.0, 4.0), method="bounded").x))
