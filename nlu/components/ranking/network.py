"""A network with one hidden layer, from vectors of sentences to subjects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

# Measured on questions of writers whose other questions were not trained on; twice as wide and twice as long gave no more.
_HIDDEN = 256
_EPOCHS = 15
_BATCH = 256
_RATE = 2e-3
_DECAY = 1e-3
_DROPPED_INPUT, _DROPPED_HIDDEN = 0.1, 0.3
# Labels are not beyond doubt, and a network that is told so stays modest about texts unlike all it has seen.
_DOUBT = 0.05
# The encoder's vectors have length 1: their parts are so small that a network would take long to get going.
_INPUT_SCALE = 16.0


@dataclass(frozen=True)
class Network:
    """arrays: `hidden` (vector x hidden), `hidden_bias`, `out` (hidden x subjects), `out_bias`; float32."""

    arrays: Mapping[str, np.ndarray]

    @classmethod
    def fit(cls, vectors: np.ndarray, wanted: np.ndarray, weights: np.ndarray, subjects: int) -> Network:
        """Train by Adam with a falling rate on cross entropy. weights: how much each example counts. The same each time."""
        random = np.random.default_rng(0)
        arrays = {
            "hidden": random.normal(0, np.sqrt(2 / vectors.shape[1]), (vectors.shape[1], _HIDDEN)),
            "hidden_bias": np.zeros(_HIDDEN),
            "out": random.normal(0, np.sqrt(1 / _HIDDEN), (_HIDDEN, subjects)),
            "out_bias": np.zeros(subjects),
        }
        arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
        adam = _Adam(arrays)
        shares = (weights / weights.mean()).astype(np.float32)
        batches = list(_batches(len(vectors), random))
        for step, chosen in enumerate(batches):
            slopes = _slopes(arrays, vectors[chosen] * _INPUT_SCALE, wanted[chosen], shares[chosen], random)
            adam.step(arrays, slopes, _RATE * 0.5 * (1 + float(np.cos(np.pi * step / len(batches)))))
        return cls(arrays)

    def log_shares(self, vectors: np.ndarray) -> np.ndarray:
        """Logarithms of each subject's probability, vectors x subjects; not calibrated."""
        hidden = np.maximum(vectors * _INPUT_SCALE @ self.arrays["hidden"] + self.arrays["hidden_bias"], 0)
        scores = hidden @ self.arrays["out"] + self.arrays["out_bias"]
        scores -= scores.max(axis=1, keepdims=True)
        return np.asarray(scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)))


def _batches(count: int, random: np.random.Generator) -> Iterator[np.ndarray]:
    for _ in range(_EPOCHS):
        yield from np.array_split(random.permutation(count), max(1, count // _BATCH))


def _slopes(
    arrays: Mapping[str, np.ndarray],
    inputs: np.ndarray,
    wanted: np.ndarray,
    shares: np.ndarray,
    random: np.random.Generator,
) -> dict[str, np.ndarray]:
    """How the loss of one batch changes with each parameter."""
    inputs = inputs * _kept(inputs.shape, _DROPPED_INPUT, random)
    sums = inputs @ arrays["hidden"] + arrays["hidden_bias"]
    kept = _kept(sums.shape, _DROPPED_HIDDEN, random) * (sums > 0)
    hidden = sums * kept
    scores = hidden @ arrays["out"] + arrays["out_bias"]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    errors = powers / powers.sum(axis=1, keepdims=True) - _DOUBT / scores.shape[1]
    errors[np.arange(len(wanted)), wanted] -= 1 - _DOUBT
    errors *= shares[:, None] / len(wanted)
    hidden_errors = (errors @ arrays["out"].T) * kept
    return {
        "hidden": inputs.T @ hidden_errors,
        "hidden_bias": hidden_errors.sum(axis=0),
        "out": hidden.T @ errors,
        "out_bias": errors.sum(axis=0),
    }


def _kept(shape: tuple[int, ...], dropped: float, random: np.random.Generator) -> np.ndarray:
    return np.asarray((random.random(shape, dtype=np.float32) > dropped) / np.float32(1 - dropped))


class _Adam:
    """Kingma and Ba, https://arxiv.org/abs/1412.6980; weights (not biases) also decay by themselves."""

    _FIRST, _SECOND = 0.9, 0.98

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._means = {name: np.zeros_like(array) for name, array in arrays.items()}
        self._squares = {name: np.zeros_like(array) for name, array in arrays.items()}
        self._steps = 0

    def step(self, arrays: dict[str, np.ndarray], slopes: Mapping[str, np.ndarray], rate: float) -> None:
        self._steps += 1
        for name, slope in slopes.items():
            mean, square = self._means[name], self._squares[name]
            mean += (1 - self._FIRST) * (slope - mean)
            square += (1 - self._SECOND) * (slope**2 - square)
            size = np.sqrt(square / (1 - self._SECOND**self._steps)) + 1e-8
            decay = 0.0 if name.endswith("bias") else _DECAY * arrays[name]
            arrays[name] -= rate * (mean / (1 - self._FIRST**self._steps) / size + decay)
