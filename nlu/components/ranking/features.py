"""Texts as sparse rows of weighted terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from components.ranking.terms import TermCounts


class TermWeights:
    """Weights of known terms: sublinear frequency times inverse document frequency.

    A row has length 1 when all terms of its text are known. Unknown terms count towards the length as the rarest there are, so
    that a text of which little is known gets low scores instead of loud ones.
    """

    def __init__(self, vocabulary: Sequence[str], idf: np.ndarray, unknown_idf: float) -> None:
        """vocabulary: the known terms, each once. idf: float32, one for each term. unknown_idf: for any other term."""
        self.vocabulary: list[str] = list(vocabulary)
        self.idf = idf.astype(np.float32)
        self.unknown_idf = unknown_idf
        self._column_by_term: dict[str, int] = {term: column for column, term in enumerate(self.vocabulary)}

    @classmethod
    def learn(cls, counted: Sequence[TermCounts], *, fewest_texts: int = 1) -> TermWeights:
        """Learn terms and how rare they are from the terms of all texts.

        fewest_texts: in how many texts a term must occur to be known. Raises ValueError when no term does.
        """
        documents = Counter(term for counts in counted for term in counts)
        vocabulary = sorted(term for term, count in documents.items() if count >= fewest_texts)
        if not vocabulary:
            raise ValueError("no term occurs often enough")
        counts = np.array([documents[term] for term in vocabulary], dtype=np.float64)
        return cls(vocabulary, np.log((1 + len(counted)) / (1 + counts)) + 1, float(np.log(1 + len(counted)) + 1))

    def knows(self, term: str) -> bool:
        """Whether the term was learned."""
        return term in self._column_by_term

    def rarity(self, term: str) -> float:
        """The inverse document frequency of a known term. Raises KeyError for another."""
        return float(self.idf[self._column_by_term[term]])

    def rows(self, counted: Sequence[TermCounts]) -> csr_matrix:
        """One row a text, float32, texts x terms. A text without a known term is a row of zeros."""
        columns: list[int] = []
        values: list[float] = []
        ends = [0]
        for counts in counted:
            known = {self._column_by_term[t]: count for t, count in counts.items() if t in self._column_by_term}
            row_columns = np.fromiter(known.keys(), dtype=np.int32, count=len(known))
            row = (1 + np.log(np.fromiter(known.values(), dtype=np.float32, count=len(known)))) * self.idf[row_columns]
            unknown = self.unknown_idf**2 * (len(counts) - len(known))
            length = float(np.sqrt(np.dot(row, row) + unknown))
            columns.extend(row_columns.tolist())
            values.extend((row / length).tolist() if length else [])
            ends.append(len(columns))
        data = np.array(values, dtype=np.float32), np.array(columns, dtype=np.int32), np.array(ends, dtype=np.int32)
        return csr_matrix(data, shape=(len(counted), len(self.vocabulary)))
