"""From scores to probabilities that mean what they say."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.model_selection import StratifiedShuffleSplit


def softmax(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities for each row of scores, after multiplying by the temperature."""
    shifted = (scores - scores.max(axis=1, keepdims=True)) * temperature
    powers = np.exp(shifted)
    return powers / powers.sum(axis=1, keepdims=True)


def held_out_examples(wanted: np.ndarray, weights: np.ndarray, share: float) -> np.ndarray:
    """Numbers of a share of the examples of full weight; none when there is too little to hold anything out.

    Examples of less weight (sentences of answers) are never among them: nobody types them. A class with fewer than two examples
    is left whole.
    """
    counts = np.bincount(wanted[weights >= 1], minlength=int(wanted.max()) + 1)
    judged = np.flatnonzero((weights >= 1) & (counts[wanted] >= 2))
    classes = len(np.unique(wanted[judged]))
    size = int(share * len(judged))
    if size < classes or len(judged) - size < classes:
        return np.zeros(0, dtype=int)
    parts = StratifiedShuffleSplit(1, test_size=size, random_state=0).split(judged, wanted[judged])
    return np.asarray(judged[next(parts)[1]])


def fit_temperature(scores: np.ndarray, wanted: np.ndarray) -> float:
    """The temperature under which the wanted classes are likeliest; 3 when there is nothing to learn it from."""
    if not len(scores):
        return 3.0

    def surprise(log_temperature: float) -> float:
        probabilities = softmax(scores, float(np.exp(log_temperature)))
        return -float(np.log(probabilities[np.arange(len(wanted)), wanted] + 1e-12).mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(-1.0, 4.0), method="bounded").x))
