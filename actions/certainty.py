"""From which confidence an entry is answered, asked back, or left alone. Chosen by experiment: docs/understanding.md."""

from __future__ import annotations

from collections.abc import Sequence

from actions.turn import RankedEntry
from knowledge.model import Language

# An entry is answered when it is likely, or clearly likelier than the next one; else the person is asked. Below POSSIBLE, no
# topic is likely enough for a question back, and search has its try. In English what is not ours shares more words with what
# is ("card", "tax", "flight"): there a little more is wanted.
SURE = 0.30
LIKELY, LEAD = 0.12, 1.5
POSSIBLE: dict[Language, float] = {"zh-Hans": 0.10, "zh-Hant": 0.10, "en": 0.20}
SEARCH_SURE = 0.5


def is_clear(ranking: Sequence[RankedEntry]) -> bool:
    """Whether the best entry may be answered without asking back. ranking: best topic's best first, at least one."""
    best = ranking[0].confidence
    following = max((ranked.confidence for ranked in ranking[1:]), default=0.0)
    return best >= SURE or (best >= LIKELY and best >= LEAD * following)
