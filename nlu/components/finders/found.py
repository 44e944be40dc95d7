"""What a finder gives back."""

from __future__ import annotations

from typing import Any, NamedTuple


class Found(NamedTuple):
    """Something found in a folded text.

    entity: the entity's name in the domain. start, end: half-open range in the folded text. value: plain JSON.
    """

    entity: str
    start: int
    end: int
    value: Any
