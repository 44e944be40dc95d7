"""Full-text search over the knowledge base; answers when Rasa is away, and when Rasa is not sure.

Each question and title is a document of its own, so that one well-matching question suffices (BM25 over terms; an
entry scores its best document and a share of its next ones). The answers form a second, weaker field.
"""

from __future__ import annotations

import heapq
import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.load import Knowledge
from knowledge.model import Entry, Force
from knowledge.text import tokens

K1 = 1.2
B_QUESTIONS = 0.4
B_ANSWERS = 0.7
# A character inside a bigram says little beyond it; one that stands by itself (狗) is a word.
INNER_CHARACTER_WEIGHT = 0.25
FUNCTION_WORD_WEIGHT = 0.2
ANSWER_WEIGHT = 0.2
NEXT_DOCUMENTS_SHARE = 0.1
NOT_IN_FORCE_FACTOR = 0.8
CANDIDATES = 150
MAX_QUERY_TERMS = 80
# Terms in more of the documents than this ("how", "怎么") find nothing by themselves; they only re-rank candidates.
COMMON_SHARE = 0.03
LONG_WORD_LETTERS = 8
SLIP_PENALTY = 0.8

# Confidence. A long story says its matter many times over: matching this much, in multiples of the weight of a word
# that stands nowhere, is enough; and less than the second makes no question ("你好"). Chance alone accounts for about
# CHANCE of an unrelated text. Measured on real questions; see tests/unit/knowledge/test_search.py.
ENOUGH_RARE_WORDS = 6.0
LEAST_RARE_WORDS = 0.6
ELSEWHERE_SHARE = 0.9
CHANCE = 0.3

_FUNCTION_WORDS = re.compile(
    "怎么|什么|可以|需要|如何|多少|是否|哪些|怎样|请问|我们|我想|想问|问一|一下|能不|不能|应该|如果|没有|有没|你好|您好|谢谢|么办|要什|有什"
    "|[吗呢的了我你您要能有是请问好]|a|an|the|is|are|was|be|do|does|did|can|could|may|might|must|should|will|would|have|has|i"
    "|my|me|we|our|us|you|your|it|its|how|what|when|where|which|who|why|to|of|for|in|on|at|from|with|without|if|and|or|not"
    "|there|here|need|want|get|am|any|some|this|that|hello|hi|hey|thank|pleas|ok|yes|no|tell|know|much|many|good|morn"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A found entry.

    entry: its id.
    score: comparable within one search only.
    confidence: 0..1, from the share of the question's weight (rare terms weigh more) that the entry's questions account
        for; unrelated texts mostly stay under 0.3.
    """

    entry: str
    score: float
    confidence: float


@dataclass(frozen=True, slots=True)
class _Term:
    """One term of a question. said: its weight in what was asked; found: in what is found, less for a mended slip."""

    text: str
    said: float
    found: float


class _Field:
    """One inverted index: term -> documents with the term's BM25 share in each."""

    def __init__(self, documents: Sequence[Counter[str]], b: float) -> None:
        self.size = len(documents)
        lengths = [sum(document.values()) for document in documents]
        mean_length = sum(lengths) / max(self.size, 1) or 1.0
        self.documents: dict[str, array[int]] = {}
        self.shares: dict[str, array[float]] = {}
        for number, document in enumerate(documents):
            norm = K1 * (1 - b + b * lengths[number] / mean_length)
            share_of_one = (K1 + 1) / (1 + norm)
            for term, count in document.items():
                numbers = self.documents.get(term)
                if numbers is None:
                    numbers = self.documents[term] = array("l")
                    self.shares[term] = array("d")
                numbers.append(number)
                # Most terms stand once in a question: their share is worked out once a question.
                self.shares[term].append(share_of_one if count == 1 else count * (K1 + 1) / (count + norm))

    def idf(self, term: str) -> float:
        """Rarity of a term, above 0; greatest for a term that stands nowhere."""
        frequency = len(self.documents.get(term, ()))
        return math.log(1 + (self.size - frequency + 0.5) / (frequency + 0.5))

    def add_scores(self, term: str, factor: float, scores: dict[int, float]) -> None:
        """Add a term's share to every document that has it."""
        get = scores.get
        for number, share in zip(self.documents.get(term, ()), self.shares.get(term, ()), strict=True):
            scores[number] = get(number, 0.0) + factor * share


class Index:
    """A search index over one knowledge base. Built once, then only read; may be shared between threads."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._entries = list(knowledge.entries.values())
        self._entry_of: list[int] = []
        self._document_terms: list[Counter[str]] = []
        answers: list[Counter[str]] = []
        for number, entry in enumerate(self._entries):
            documents = [Counter(tokens(text)) for text in _question_texts(entry)]
            self._document_terms += documents
            self._entry_of += [number] * len(documents)
            answers.append(Counter(chain.from_iterable(map(tokens, _answer_texts(entry)))))
        self._questions = _Field(self._document_terms, B_QUESTIONS)
        self._answers = _Field(answers, B_ANSWERS)
        self._entry_terms: list[set[str]] = [set() for _ in self._entries]
        for number, terms in zip(self._entry_of, self._document_terms, strict=True):
            self._entry_terms[number].update(terms)
        self._latin_words = [term for term in self._questions.documents if term.isascii() and len(term) > 3]

    def search(self, text: str, *, limit: int = 5, on: date) -> list[Hit]:
        """The entries that fit a question, best first, at most `limit`; none for a text without words.

        Entries that are not in force on that day rank lower but are found: the answer then says so.
        """
        terms = self._query_terms(text)
        scores = self._entry_scores(terms, on)
        best = heapq.nsmallest(limit, scores.items(), key=lambda item: (-item[1][0], item[0]))
        return [
            Hit(self._entries[number].id, score, self._confidence(terms, number, document))
            for number, (score, document) in best
        ]

    def _query_terms(self, text: str) -> list[_Term]:
        """Distinct terms with their weights, each slip in a Latin word replaced by the nearest known word."""
        asked = list(dict.fromkeys(tokens(text)))[:MAX_QUERY_TERMS]
        inner = {character for term in asked if len(term) > 1 and not term.isascii() for character in term}
        terms: list[_Term] = []
        for term in asked:
            said = INNER_CHARACTER_WEIGHT if term in inner else 1.0
            if _FUNCTION_WORDS.fullmatch(term):
                said *= FUNCTION_WORD_WEIGHT
            said *= self._questions.idf(term)
            near = self._nearest_word(term)
            terms.append(_Term(near, said, said * SLIP_PENALTY) if near else _Term(term, said, said))
        return terms

    def _nearest_word(self, term: str) -> str | None:
        if len(term) < 5 or not term.isascii() or not term.isalpha() or term in self._questions.documents:
            return None
        slips = 2 if len(term) >= LONG_WORD_LETTERS else 1
        found = process.extractOne(term, self._latin_words, scorer=OSA.distance, score_cutoff=slips)
        return None if found is None else found[0]

    def _entry_scores(self, terms: Iterable[_Term], on: date) -> dict[int, tuple[float, int]]:
        """Entry number -> (score, number of its best document, -1 where only its answer matched)."""
        by_entry: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for document, score in sorted(self._document_scores(terms), key=lambda item: -item[1]):
            by_entry[self._entry_of[document]].append((score, document))
        in_answers: dict[int, float] = {}
        for term in terms:
            if not self._is_common(term.text):
                self._answers.add_scores(term.text, term.found, in_answers)
        scores: dict[int, tuple[float, int]] = {}
        for number in by_entry.keys() | in_answers.keys():
            found = by_entry.get(number, [])
            score = ANSWER_WEIGHT * in_answers.get(number, 0.0)
            if found:
                score += found[0][0] + NEXT_DOCUMENTS_SHARE * sum(share for share, _ in found[1:4])
            if self._entries[number].force(on) is not Force.IN_FORCE:
                score *= NOT_IN_FORCE_FACTOR
            scores[number] = (score, found[0][1] if found else -1)
        return scores

    def _document_scores(self, terms: Iterable[_Term]) -> list[tuple[int, float]]:
        scores: dict[int, float] = {}
        common = [term for term in terms if self._is_common(term.text)]
        for term in terms:
            if term not in common:
                self._questions.add_scores(term.text, term.found, scores)
        if not scores:
            for term in common:
                self._questions.add_scores(term.text, term.found, scores)
            return heapq.nlargest(CANDIDATES, scores.items(), key=lambda item: item[1])
        candidates = heapq.nlargest(CANDIDATES, scores.items(), key=lambda item: item[1])
        return [
            (document, score + sum(term.found for term in common if term.text in self._document_terms[document]))
            for document, score in candidates
        ]

    def _is_common(self, term: str) -> bool:
        return len(self._questions.documents.get(term, ())) > max(20, COMMON_SHARE * self._questions.size)

    def _confidence(self, terms: Sequence[_Term], number: int, document: int) -> float:
        """How much of what was asked the best question has, and, for a little less, the entry's other questions."""
        best = self._document_terms[document] if document >= 0 else Counter[str]()
        accounted = 0.0
        for term in terms:
            if term.text in best:
                accounted += term.found
            elif term.text in self._entry_terms[number]:
                accounted += ELSEWHERE_SHARE * term.found
        rare_word = self._questions.idf("")
        asked = sum(term.said for term in terms)
        share = accounted / max(min(asked, ENOUGH_RARE_WORDS * rare_word), LEAST_RARE_WORDS * rare_word)
        return max(0.0, (min(share, 1.0) - CHANCE) / (1 - CHANCE))


def _question_texts(entry: Entry) -> Iterable[str]:
    yield entry.title.zh_hans
    yield entry.title.en
    yield from entry.questions.zh_hans
    yield from entry.questions.en
    # Written Traditional only: converted text is equal to the Simplified one once normalised.
    if entry.title.zh_hant is not None:
        yield entry.title.zh_hant
    yield from entry.questions.zh_hant or ()


def _answer_texts(entry: Entry) -> Iterable[str]:
    yield entry.answer.zh_hans
    yield entry.answer.en
    yield from entry.conditions.zh_hans
    yield from entry.conditions.en
