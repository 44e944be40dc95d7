"""The examples that lie nearest to a text, and what they vote for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

# Measured on questions of writers whose other questions were not trained on. Half of the dimensions find the same neighbours
# in half the time; levelling the strong directions (0: not at all, 1: all alike) helps, above all to see what is not ours.
_DIMENSIONS = 160
_LEVELLING = 0.5
_LEAST_STRENGTH = 0.02
_COUNT = 10
_STEEPNESS = 10.0


@dataclass(frozen=True)
class Votes:
    """Shares of the nearest examples, adding up to 1 each. subjects: one share a subject. entries: by entry number."""

    subjects: np.ndarray
    entries: Mapping[int, float]


class Neighbours:
    """Examples as vectors, with the subject and the entry of each."""

    def __init__(self, centre: np.ndarray, axes: np.ndarray, vectors: np.ndarray, owners: np.ndarray) -> None:
        """centre, axes: what a vector is turned by. vectors: examples x dimensions. owners: subject and entry number of each.

        An entry number of -1 means none.
        """
        self._centre = centre
        self._axes = axes
        self._vectors = vectors.astype(np.float32)
        self._owners = owners

    @classmethod
    def fit(cls, vectors: np.ndarray, subjects: np.ndarray, entries: np.ndarray) -> Neighbours:
        """vectors: of the examples, each of length 1. subjects, entries: numbers, one an example; -1 where there is no entry."""
        centre = vectors.mean(axis=0)
        spread, directions = np.linalg.eigh(np.cov(vectors - centre, rowvar=False))
        strongest = np.argsort(-spread)[:_DIMENSIONS]
        strength = np.sqrt(np.maximum(spread[strongest], 0) / max(spread[strongest[0]], 1e-12))
        axes = (directions[:, strongest] / (strength + _LEAST_STRENGTH) ** _LEVELLING).astype(np.float32)
        owners = np.stack([subjects, entries], axis=1).astype(np.int32)
        return cls(centre, axes, _turned(vectors, centre, axes).astype(np.float16), owners)

    def vote(self, vector: np.ndarray, subjects: int) -> Votes:
        """What the nearest examples of one text vote for; the nearer, the more. subjects: how many there are."""
        likeness = self._vectors @ _turned(vector[None, :], self._centre, self._axes)[0]
        count = min(_COUNT, len(likeness))
        nearest = np.argpartition(-likeness, count - 1)[:count]
        weights = np.exp(_STEEPNESS * (likeness[nearest] - likeness[nearest].max()))
        weights /= weights.sum()
        entries: dict[int, float] = {}
        for entry, weight in zip(self._owners[nearest, 1].tolist(), weights.tolist(), strict=False):
            entries[entry] = entries.get(entry, 0.0) + weight
        return Votes(np.bincount(self._owners[nearest, 0], weights, subjects), entries)

    def arrays(self) -> dict[str, np.ndarray]:
        """What `load` needs."""
        vectors = self._vectors.astype(np.float16)
        return {
            "near_centre": self._centre,
            "near_axes": self._axes,
            "near_vectors": vectors,
            "near_owners": self._owners,
        }

    @classmethod
    def load(cls, arrays: Mapping[str, np.ndarray]) -> Neighbours:
        """The inverse of `arrays`."""
        return cls(*(arrays[name] for name in ("near_centre", "near_axes", "near_vectors", "near_owners")))


def _turned(vectors: np.ndarray, centre: np.ndarray, axes: np.ndarray) -> np.ndarray:
    turned = (vectors - centre) @ axes
    return np.asarray(turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9))
