"""What a message must be before anybody tries to understand it."""

from __future__ import annotations

import unicodedata


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit of any script: not only emoji, punctuation or blanks."""
    return any(unicodedata.category(character)[0] in "LN" for character in text)


def is_other_script(text: str) -> bool:
    """Whether most letters belong to a script that is neither Han nor Latin (kana counts as other, Han beside it too)."""
    ours = other = kana = 0
    for character in text:
        if not character.isalpha():
            continue
        name = unicodedata.name(character, "")
        if name.startswith(("CJK", "LATIN", "FULLWIDTH LATIN")):
            ours += 1
        else:
            other += 1
            kana += name.startswith(("HIRAGANA", "KATAKANA"))
    # A few kana suffice: Japanese is written with more Han than kana at times; の alone is a fashion in Chinese shop names.
    return other > ours or kana >= 3
