"""What every guided rule looks like from outside: it reads values out of texts, asks for what it lacks, and decides.

A guide is pure: it holds data that was loaded before, and no conversation. Who leads the conversation keeps the case (slot
names to values) and calls `read` and `step` after each message:

    case = {}
    case |= guide.read(text, on=today, asked=None)
    step = guide.step(case, today)
    # a Question: one thing that changes the verdict is not known yet
    # Faults: something in the case cannot be; the slots named there are asked anew
    # an Outcome: step.render(language), and step.more(language) behind a button
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, runtime_checkable

from knowledge.answer import Reply
from knowledge.load import Knowledge
from knowledge.model import Language, Localized

Case = Mapping[str, str]

# A value stands in a button's payload and passes Rasa's parser there.
VALUE = re.compile(r'[^"\\{}&=?;\x00-\x1f]{1,60}')
NAME = re.compile(r"[a-z][a-z0-9_]{1,31}")
MAX_CHOICES = 8


class Family(StrEnum):
    """What people would call a guide. Each is an intent of that name in Rasa."""

    MAY_I_BRING = "may_i_bring"
    CALCULATE = "calculate"
    ORIGIN_GUIDE = "origin_guide"
    CHECK_NUMBER = "check_number"


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that a guide may have to know. name: as `NAME`; title: as a heading and on buttons ("quantity", "数量")."""

    name: str
    title: Localized


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question, shown as a button. value: as `VALUE`; title: short, at most 40 characters."""

    value: str
    title: Localized


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the person; where it is not plain why it matters, the text says so.

    choices: the likely answers, at most `MAX_CHOICES`; empty where only typed text can answer, and typed text is always
    welcome. hint: what a typed answer may look like ("a date such as 3 March"), None where the buttons say it all.
    """

    slot: str
    text: Localized
    choices: tuple[Choice, ...] = ()
    hint: Localized | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that cannot be, told so that the person can put it right. slots: their values are dropped; never empty."""

    text: Localized
    slots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Faults:
    """All that is wrong with a case, at once; never empty. Slots that no fault names keep their values."""

    faults: tuple[Fault, ...]


@runtime_checkable
class Outcome(Protocol):
    """What a guide decided. Replies are of kind `answer`, with the guide's topic, citations, and texts as for a phone."""

    def render(self, language: Language) -> Reply:
        """The answer on one screen: first line the verdict, then conditions, what to do, source and dates.

        At most about 700 characters in Chinese, 1,200 in English. Its buttons are the outcome's own (entries, addresses);
        those that change the case or show the long form are added by the conversation.
        """
        ...

    def more(self, language: Language) -> Reply | None:
        """The long form (each step of a calculation, the other side of the border); None when there is nothing more."""
        ...


Step = Question | Faults | Outcome


class Guide(Protocol):
    """One guided rule: May I bring it?, one calculator, the origin guide, one kind of number."""

    @property
    def name(self) -> str:
        """Unique, as `NAME`; stands in buttons, so it never changes its meaning."""
        ...

    @property
    def family(self) -> Family:
        """The intent that leads here."""
        ...

    @property
    def topic(self) -> str:
        """Id of the topic (knowledge/topics.yaml) that its replies carry."""
        ...

    @property
    def title(self) -> Localized:
        """On the button that starts it: what it works out, at most 40 characters ("Late-declaration fee", "算滞报金")."""
        ...

    @property
    def keywords(self) -> tuple[str, ...]:
        """Words of any language by which people name it ("滞报金", "late declaration fee").

        Compared in the form of `knowledge.text.normalise`; of several guides of a family the one with the longest word in
        the text is meant. May be empty for the only guide of a family.
        """
        ...

    @property
    def offered_by(self) -> tuple[str, ...]:
        """Ids of entries under whose answers the guide is offered as a button."""
        ...

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All that it may ask, in the order of asking; the names are unique."""
        ...

    def read(self, text: str, *, on: date, asked: str | None) -> dict[str, str]:
        """Values that a person's text gives, by slot; only what is surely meant, empty when nothing is.

        on: today at the ports, from which "last Friday" is counted. asked: the slot that was asked last, which a bare "two",
        "yes" or "no" answers; None when nothing was asked. A text that names a slot asked before corrects it.
        """
        ...

    def describe(self, slot: str, value: str) -> Localized:
        """A value as people read it ("3 bottles", "从香港入境"). Raises KeyError for an unknown slot."""
        ...

    def step(self, case: Case, on: date) -> Step:
        """What comes next: a question whose answer changes the verdict, all faults, or the outcome.

        case: may lack slots, hold slots that do not matter, and values that no question offered: never raises for those.
        """
        ...


GuideFactory = Callable[[Knowledge], Guide]


class Guides:
    """The guides by name, in the order added."""

    def __init__(self) -> None:
        self._guides: dict[str, Guide] = {}

    def add(self, guide: Guide) -> None:
        """Add one. Raises ValueError for a name that is taken or malformed, and for slots that are."""
        names = [slot.name for slot in guide.slots]
        malformed = [name for name in (guide.name, *names) if not NAME.fullmatch(name)]
        if malformed or guide.name in self._guides or len(set(names)) < len(names):
            raise ValueError(f"guide {guide.name}: name taken, malformed or slot named twice {malformed}")
        self._guides[guide.name] = guide

    def get(self, name: str) -> Guide | None:
        """The guide of that name, or None."""
        return self._guides.get(name)

    def all(self) -> tuple[Guide, ...]:
        """All of them."""
        return tuple(self._guides.values())

    def of(self, family: Family) -> tuple[Guide, ...]:
        """Those of a family."""
        return tuple(guide for guide in self._guides.values() if guide.family is family)

    def offered_by(self, entry_id: str) -> tuple[Guide, ...]:
        """Those that an entry's answer offers."""
        return tuple(guide for guide in self._guides.values() if entry_id in guide.offered_by)
