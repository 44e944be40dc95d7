"""Which subject a text belongs to: three models that err in different ways, and their weighted sum.

Linear support vector machines read terms: exact words, strong where a question uses those of the examples. A small network and
the nearest examples read vectors of sentences: they know that different words mean alike. Measured in docs/understanding.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from components.ranking.neighbours import Neighbours, Votes
from components.ranking.network import Network

# A finer tolerance takes longer and ranks no better.
_TOLERANCE = 0.1


class Mixture(NamedTuple):
    """regularisation: C of the support vector machines. network, neighbours: weights of the two beside the machines' 1."""

    regularisation: float
    network: float
    neighbours: float


class Labels(NamedTuple):
    """Of each example: numbers of subject and entry (-1: none), and how much it counts (below 1: not what people type)."""

    subjects: np.ndarray
    entries: np.ndarray
    weights: np.ndarray

    def take(self, chosen: np.ndarray) -> Labels:
        """The labels of some examples. chosen: their numbers, or a mask."""
        return Labels(*(array[chosen] for array in self))


class SubjectModel:
    """Scores of subjects for rows of terms and vectors of sentences."""

    def __init__(
        self, weights: np.ndarray, bias: np.ndarray, network: Network, neighbours: Neighbours, mixture: Mixture
    ) -> None:
        """weights: terms x subjects, float16. bias: one a subject."""
        self._weights = weights
        self._bias = bias
        self._network = network
        self._neighbours = neighbours
        self._mixture = mixture

    @classmethod
    def fit(cls, rows: csr_matrix, vectors: np.ndarray, labels: Labels, mixture: Mixture) -> SubjectModel:
        """Train on examples of at least two subjects, each number from 0 on occurring.

        The two models of vectors learn only from what people type: sentences of answers taught them nothing more.
        """
        machine = LinearSVC(C=mixture.regularisation, tol=_TOLERANCE, random_state=0)
        machine.fit(rows, labels.subjects, sample_weight=labels.weights)
        coefficients, bias = machine.coef_, machine.intercept_
        if len(machine.classes_) == 2:
            coefficients, bias = np.vstack([-coefficients, coefficients]), np.array([-bias[0], bias[0]])
        typed = labels.weights >= 1
        return cls(
            np.ascontiguousarray(coefficients.T.astype(np.float16)),
            bias.astype(np.float32),
            Network.fit(vectors[typed], labels.subjects[typed], labels.weights[typed], len(bias)),
            Neighbours.fit(vectors[typed], labels.subjects[typed], labels.entries[typed]),
            mixture,
        )

    def score(self, row: csr_matrix, vector: np.ndarray) -> tuple[np.ndarray, Votes]:
        """Scores of one text, one a subject, and what the nearest examples vote for."""
        scores = row.data @ self._weights[row.indices].astype(np.float32) + self._bias
        votes = self._neighbours.vote(vector, len(self._bias))
        shares = self._network.log_shares(vector[None, :])[0]
        return scores + self._mixture.network * shares + self._mixture.neighbours * votes.subjects, votes

    def arrays(self) -> dict[str, np.ndarray]:
        """What `load` needs."""
        return {
            "weights": self._weights,
            "bias": self._bias,
            **{f"network_{name}": array for name, array in self._network.arrays.items()},
            **self._neighbours.arrays(),
        }

    @classmethod
    def load(cls, arrays: Mapping[str, np.ndarray], mixture: Mixture) -> SubjectModel:
        """The inverse of `arrays`."""
        names = [name for name in arrays if name.startswith("network_")]
        network = Network({name.removeprefix("network_"): arrays[name] for name in names})
        return cls(arrays["weights"], arrays["bias"], network, Neighbours.load(arrays), mixture)
