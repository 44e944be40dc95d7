"""Text as people type it: one form for matching, tokens for search, the language it is written in.

Rasa's side has a normaliser of its own, because it lives in another environment; `tests/data/normalise_vectors.yaml`
holds both to the same results.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal, get_args

from opencc import OpenCC

Language = Literal["zh-Hans", "zh-Hant", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

_IGNORABLE = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
                        "\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]")  # fmt: skip
_APOSTROPHE = re.compile(r"(?<=[a-z])['\u2018\u2019\u02bc`\u00b4](?=[a-z])")
_DASH = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_SLASHED_INITIALS = re.compile(r"(?<![a-z0-9])[a-z](?:[./][a-z])+(?![a-z0-9])")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NOT_WORD = re.compile(r"(?!(?<=\d)[.:/-](?=\d)|(?<=\d)%)[\W_]+")
_BLANK_BESIDE_HAN = re.compile(rf"(?<=[{HAN}])\s+|\s+(?=[{HAN}])")
_TOKEN = re.compile(rf"[{HAN}]+|\d+(?:[.:/-]\d+)*|[^\W\d_{HAN}]+")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['’][A-Za-z]+)?")
_HAN_CHARACTER = re.compile(rf"[{HAN}]")
_OTHER_SCRIPT = re.compile("[\u0370-\u1fff\u3040-\u30ff\ua4d0-\ua95f\uac00-\ud7af\ufb1d-\ufdff]")
_CHINESE_GRAMMAR = re.compile("[怎么麼吗嗎呢如何什甚哪谁誰几幾多少可以能会會要是不没沒有的了我请請问問办辦嘅咗唔点點]")
_ENGLISH_GRAMMAR = re.compile(
    "a|an|the|is|are|was|be|do|does|did|can|could|may|must|should|will|would|have|has|i|my|me|we|our|you|your|it|its"
    "|how|what|when|where|which|who|why|to|of|for|in|on|at|from|with|without|if|and|or|not|there|need|want"
)
_GREETING = re.compile("hello|hi|hey|thanks|bye|help|ok|okay|yes|no|please|sorry")


@lru_cache(maxsize=4)
def _converter(name: str) -> OpenCC:
    """OpenCC tables are read once, at the first use: importing this module reads nothing."""
    return OpenCC(name)


def normalise(text: str) -> str:
    """The form of a text in which equal questions are equal; for matching only, never shown.

    Full width becomes half width (NFKC), Traditional becomes Simplified, upper case lower case; zero-width characters
    go; punctuation, symbols and emoji become blanks, except `. : / -` between digits and `%` after one; thousands
    commas, apostrophes inside words, and the strokes and dots of initials (`B/L`, `A.T.A`) go; a blank beside a Han
    character goes, every other run of blanks is one blank. Applying it twice changes nothing.
    """
    if text.isascii():
        folded = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", _IGNORABLE.sub("", text)).casefold()
        folded = _DASH.sub("-", _IGNORABLE.sub("", unicodedata.normalize("NFKC", folded)))
    folded = _THOUSANDS.sub("", _APOSTROPHE.sub("", folded))
    folded = _SLASHED_INITIALS.sub(_without_strokes, folded)
    folded = _NOT_WORD.sub(" ", folded).strip()
    if folded.isascii():
        return folded
    # Last, so that a blank inside a phrase cannot change how OpenCC reads the phrase.
    return str(_converter("t2s").convert(_BLANK_BESIDE_HAN.sub("", folded)))


def _without_strokes(match: re.Match[str]) -> str:
    return re.sub("[./]", "", match.group())


def to_traditional(text: str) -> str:
    """Simplified to Traditional with Hong Kong's character forms (OpenCC `s2hk`). Latin text stays as it is."""
    return str(_converter("s2hk").convert(text))


def to_simplified(text: str) -> str:
    """Traditional to Simplified (OpenCC `t2s`), character for character; for matching."""
    return str(_converter("t2s").convert(text))


def tokens(text: str) -> list[str]:
    """The terms of a text for search, in order, with repeats.

    Latin words lightly stemmed; numbers whole; each run of Han characters as its bigrams, then its single characters.
    The text need not be normalised before.
    """
    found: list[str] = []
    for match in _TOKEN.finditer(normalise(text)):
        run = match.group()
        if _HAN_CHARACTER.match(run):
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
            found.extend(run)
        elif run[0].isdigit():
            found.append(run)
        else:
            found.append(stem(run))
    return found


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A lower-case English word without its commonest endings: declared, declaring, declaration -> declar."""
    if len(word) <= 3:
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending, shortest in (("ation", 5), ("ing", 3), ("ed", 3), ("ion", 5)):
        rest = word[: -len(ending)]
        if word.endswith(ending) and len(rest) >= shortest and re.search("[aeiouy]", rest):
            word = rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def detect_language(text: str, default: Language) -> Language:
    """The language of a text; `default` where the text does not tell (digits, emoji, a bare code, other scripts).

    Chinese with Latin words inside is Chinese; English with a Chinese term inside is English. Traditional against
    Simplified is decided by the characters that only one of the two has.
    """
    shown = unicodedata.normalize("NFKC", text)
    han = _HAN_CHARACTER.findall(shown)
    words = [word.casefold() for word in _LATIN_WORD.findall(shown)]
    if len(_OTHER_SCRIPT.findall(shown)) > len(han) + len(words):
        return default
    if han and not _is_english_around_chinese(shown, len(han), words):
        return _chinese_script(han, default)
    if not words or _is_bare_code(shown, words):
        return default
    return "en"


def _is_english_around_chinese(text: str, han_count: int, words: list[str]) -> bool:
    grammar = sum(_ENGLISH_GRAMMAR.fullmatch(word) is not None for word in words)
    if _CHINESE_GRAMMAR.search(text):
        return grammar >= 3 and len(words) > 2 * han_count
    return grammar >= 2 or len(words) > han_count


def _is_bare_code(text: str, words: list[str]) -> bool:
    """One short word that may stand in any language (RCEP, AEO, hs), or nothing but capitals and digits."""
    if any(_ENGLISH_GRAMMAR.fullmatch(word) or _GREETING.fullmatch(word) for word in words):
        return False
    return (len(words) == 1 and len(words[0]) <= 5) or text.upper() == text


def _chinese_script(han: list[str], default: Language) -> Language:
    traditional = sum(_exists_in(c, "big5hkscs") and not _exists_in(c, "gb2312") for c in han)
    simplified = sum(_exists_in(c, "gb2312") and not _exists_in(c, "big5") for c in han)
    if traditional != simplified:
        return "zh-Hant" if traditional > simplified else "zh-Hans"
    return default if default != "en" else "zh-Hans"


@lru_cache(maxsize=20_000)
def _exists_in(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
