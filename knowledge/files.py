"""YAML files as typed values. Every fault is noted with its place, and reading goes on: all are seen at once."""

from __future__ import annotations

import datetime
from collections.abc import Container, Hashable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import yaml

from knowledge.model import Localized, LocalizedTexts

EnumT = TypeVar("EnumT", bound=StrEnum)
_LANGUAGE_KEYS = frozenset({"zh-Hans", "zh-Hant", "en"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of form. `file` is relative to the knowledge folder; `entry` is None where none can be named."""

    file: str
    entry: str | None
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.entry}: {self.message}" if self.entry else f"{self.file}: {self.message}"


class _Loader(yaml.CSafeLoader):
    """The safe C loader, except that a key written twice is refused instead of silently replacing the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) != len(node.value):
            raise yaml.constructor.ConstructorError(
                "while reading a mapping", node.start_mark, "a key stands twice", node.start_mark
            )
        return mapping


def read_yaml(path: Path, name: str, faults: list[Fault]) -> dict[str, Any]:
    """The mapping in a YAML file; empty, with a fault noted under `name`, where there is none."""
    try:
        document = yaml.load(path.read_bytes(), Loader=_Loader)
    except OSError as error:
        faults.append(Fault(name, None, f"cannot be read: {error.strerror}"))
        return {}
    except yaml.YAMLError as error:
        faults.append(Fault(name, None, "not YAML: " + " ".join(str(error).split())))
        return {}
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        faults.append(Fault(name, None, "must hold a mapping with names as its keys"))
        return {}
    return document


class Reader:
    """Takes typed values out of one mapping. After a fault the value is a placeholder and `faulty` is true."""

    def __init__(self, file: str, entry: str | None, raw: object, faults: list[Fault], place: str = "") -> None:
        self._file = file
        self._entry = entry
        self._faults = faults
        self._place = place
        self._parts: list[Reader] = []
        self._own_faults = 0
        self._raw: dict[Any, Any] = {}
        if isinstance(raw, dict):
            self._raw = raw
        else:
            self.fault("must be a mapping")

    @property
    def faulty(self) -> bool:
        """Whether anything read so far, here or in a part, was at fault."""
        return self._own_faults > 0 or any(part.faulty for part in self._parts)

    def fault(self, message: str) -> None:
        """Note a fault of this mapping."""
        self._own_faults += 1
        self._faults.append(Fault(self._file, self._entry, f"{self._place}{message}"))

    def has(self, key: str) -> bool:
        """Whether the key is there with a value other than null."""
        return self._raw.get(key) is not None

    def refuse_unknown_keys(self, known: Container[str]) -> None:
        """Note a fault for each key that has no meaning."""
        for key in self._raw:
            if key not in known:
                self.fault(f"unknown key {key}")

    def refuse_unknown(self, key: str, names: Iterable[str], known: Container[str]) -> None:
        """Note a fault for each of `names` that is not in `known`."""
        for name in names:
            if name and name not in known:
                self.fault(f"{key}: unknown: {name}")

    def text(self, key: str) -> str:
        """A text that must be there."""
        return self._as_text(key, self._raw.get(key))

    def optional_text(self, key: str) -> str | None:
        """A text, or None where the key is absent or null."""
        return self.text(key) if self.has(key) else None

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """A list of texts; a required one is not empty."""
        return self._as_texts(key, self._raw.get(key), required=required)

    def localized(self, key: str) -> Localized:
        """A text with zh-Hans and en, perhaps zh-Hant."""
        raw = self._languages(key)
        hant = raw.get("zh-Hant")
        return Localized(
            zh_hans=self._as_text(f"{key}.zh-Hans", raw.get("zh-Hans")),
            zh_hant=None if hant is None else self._as_text(f"{key}.zh-Hant", hant),
            en=self._as_text(f"{key}.en", raw.get("en")),
        )

    def localized_texts(self, key: str, *, required: bool = True) -> LocalizedTexts:
        """Lists of texts with zh-Hans and en, perhaps zh-Hant; `[]` for the whole where not required."""
        if not required and not self._raw.get(key):
            return LocalizedTexts((), None, ())
        raw = self._languages(key)
        hant = raw.get("zh-Hant")
        return LocalizedTexts(
            zh_hans=self._as_texts(f"{key}.zh-Hans", raw.get("zh-Hans"), required=required),
            zh_hant=None if hant is None else self._as_texts(f"{key}.zh-Hant", hant, required=required),
            en=self._as_texts(f"{key}.en", raw.get("en"), required=required),
        )

    def choice(self, key: str, kind: type[EnumT], placeholder: EnumT) -> EnumT:
        """A member of an enum by its value."""
        raw = self._raw.get(key)
        if isinstance(raw, str) and raw in {str(member) for member in kind}:
            return kind(raw)
        self.fault(f"{key}: must be one of {', '.join(kind)}, not {raw}")
        return placeholder

    def date(self, key: str) -> datetime.date:
        """A day that must be there."""
        value = self.optional_date(key)
        if value is None:
            self.fault(f"{key}: a day as YYYY-MM-DD is needed")
        return value or datetime.date.min

    def optional_date(self, key: str) -> datetime.date | None:
        """A day, or None where the key is absent or null."""
        raw = self._raw.get(key)
        if raw is None or (isinstance(raw, datetime.date) and not isinstance(raw, datetime.datetime)):
            return raw
        self.fault(f"{key}: must be a day as YYYY-MM-DD without quotes, or null; not {raw!r}")
        return None

    def mapping(self, key: str) -> dict[str, Any]:
        """A mapping with names as its keys, its values as they stand; empty where the key is absent."""
        raw = self._raw.get(key)
        if raw is None:
            return {}
        if not isinstance(raw, dict) or not all(isinstance(name, str) for name in raw):
            self.fault(f"{key}: must be a mapping with names as its keys")
            return {}
        return raw

    def parts(self, key: str) -> list[Reader]:
        """A reader for each mapping of a list; none where the key is absent."""
        raw = self._raw.get(key)
        if raw is None:
            return []
        if not isinstance(raw, list):
            self.fault(f"{key}: must be a list")
            return []
        parts = [
            Reader(self._file, self._entry, part, self._faults, place=f"{key}[{place}]: ")
            for place, part in enumerate(raw, start=1)
        ]
        self._parts.extend(parts)
        return parts

    def part(self, key: str) -> Reader:
        """A reader for a mapping under a key that must be there."""
        part = Reader(self._file, self._entry, self._raw.get(key), self._faults, place=f"{key}: ")
        self._parts.append(part)
        return part

    def _languages(self, key: str) -> dict[Any, Any]:
        raw = self._raw.get(key)
        if not isinstance(raw, dict):
            self.fault(f"{key}: must have zh-Hans and en")
            return {}
        for language in raw.keys() - _LANGUAGE_KEYS:
            self.fault(f"{key}: unknown language {language}")
        return raw

    def _as_text(self, key: str, raw: object) -> str:
        if isinstance(raw, str) and raw.strip():
            return raw.strip()
        if raw is None or raw == "":
            self.fault(f"{key}: missing")
        elif isinstance(raw, dict):
            self.fault(f"{key}: must be text; put it in quotes, as it holds a colon or braces")
        else:
            self.fault(f"{key}: must be text, not {raw!r}; numbers, dates, yes and no need quotes")
        return ""

    def _as_texts(self, key: str, raw: object, *, required: bool) -> tuple[str, ...]:
        if raw is None or raw == []:
            if required:
                self.fault(f"{key}: missing")
            return ()
        if not isinstance(raw, list):
            self.fault(f"{key}: must be a list")
            return ()
        return tuple(self._as_text(f"{key}[{place}]", item) for place, item in enumerate(raw, start=1))
