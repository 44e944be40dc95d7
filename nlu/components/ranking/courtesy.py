"""A question without the courtesy around it, which says nothing of its subject and yet would move it among its neighbours."""

from __future__ import annotations

import re

_BEFORE = re.compile(
    r"^\s*(?:(?:您好|你好|哈囉|哈喽|請問|请问|想請問|想请问|麻煩|麻烦|hello|hi|hey|good (?:morning|afternoon|evening)|excuse me)"
    r"(?![a-z])[\s,，.。!！、:：~]*)+",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:[\s,，.。!！~]*(?<![a-z])(?:谢谢(?:您|你|了|啦)?|謝謝(?:您|你|了|啦)?|多谢|多謝|唔該|感謝|感谢|"
    r"thank you|thanks|many thanks|thx)"
    r"(?: (?:very|so) much| a lot| in advance)?[\s.。!！~]*)+$",
    re.IGNORECASE,
)


def without_courtesy(text: str) -> str:
    """The text as typed, less greetings before and thanks behind; unchanged when nothing else would be left."""
    bare = _AFTER.sub("", _BEFORE.sub("", text))
    return bare if bare.strip() else text
