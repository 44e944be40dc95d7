"""The same question as other hands would type it."""

from __future__ import annotations

import re

import opencc

_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN_WORD = re.compile(r"[a-z]{6,}", re.IGNORECASE)
# Characters that the same keys of a pinyin keyboard give, one for each of our commonest.
_SLIPS = str.maketrans("报关税证带境申检疫货品查物费办进出口可要", "抱官睡正代竟深捡役或拼茶务废半近初扣克药")
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def variants(text: str) -> dict[str, str]:
    """By name of what was changed; a change that changes nothing, or does not fit the script, is left out."""
    han = _HAN.search(text) is not None
    changed = {
        "blanks between": _spaced(text),
        "blanks around": f"  {text}\n",
        "full width": text.translate(_FULL_WIDTH),
        "upper case": text.upper(),
        "no punctuation": re.sub(r"[？?！!。，,、.；;]+(?!\d)", "" if not han else " ", text).strip(),
        "more punctuation": f"{text.rstrip('?？.。')}？？！" if han else f"{text.rstrip('?.')}??!",
        "one slip": _han_slip(text) if han else _latin_slip(text),
        "politeness": f"您好，请问{text}谢谢！" if han else f"Hello, {text} Thank you very much!",
    }
    if han:
        changed["traditional"] = opencc.OpenCC("s2t").convert(text)
    return {name: new for name, new in changed.items() if new != text}


def _spaced(text: str) -> str:
    """Blanks on both sides of whatever is not Han, where it touches Han; two for one elsewhere."""
    spaced = re.sub(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])", " ", text)
    return spaced.replace(" ", "  ") if spaced == text else spaced


def _han_slip(text: str) -> str:
    """The character in the middle of those that the table knows, mistyped."""
    places = [number for number, character in enumerate(text) if ord(character) in _SLIPS]
    if not places:
        return text
    place = places[len(places) // 2]
    return text[:place] + text[place].translate(_SLIPS) + text[place + 1 :]


def _latin_slip(text: str) -> str:
    """Two neighbouring letters inside the longest word, swapped."""
    words = sorted(_LATIN_WORD.finditer(text), key=lambda match: -len(match.group()))
    if not words:
        return text
    place = words[0].start() + len(words[0].group()) // 2
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
