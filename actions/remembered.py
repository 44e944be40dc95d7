"""What a conversation remembers from turn to turn, as it lies in Rasa's slots `guide` and `last_answer`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from rasa_sdk.events import SlotSet

Event = dict[str, Any]

GUIDE_SLOT = "guide"
LAST_ANSWER_SLOT = "last_answer"
_MOST_TEXT = 300
_MOST_STEPS = 20


@dataclass(frozen=True)
class OpenCase:
    """The case of a guide. asked: the slot whose question stands open, None once the outcome was told.

    steps: which slots each turn filled, the last one last, for stepping back. missed: answers in a row that were not understood.
    """

    guide: str
    case: Mapping[str, str]
    asked: str | None = None
    steps: tuple[tuple[str, ...], ...] = ()
    missed: int = 0

    @property
    def is_open(self) -> bool:
        """Whether a question waits for its answer."""
        return self.asked is not None

    def filled(self, values: Mapping[str, str]) -> OpenCase:
        """The case with more or other values; stepping back takes them out again."""
        steps = (*self.steps, tuple(values))[-_MOST_STEPS:]
        return replace(self, case={**self.case, **values}, steps=steps, missed=0)

    def without(self, slots: Sequence[str]) -> OpenCase:
        """The case without some values."""
        return replace(self, case={slot: value for slot, value in self.case.items() if slot not in slots})

    def stepped_back(self) -> OpenCase:
        """The case before the last answer; unchanged at its beginning."""
        if not self.steps:
            return self
        return replace(self.without(self.steps[-1]), steps=self.steps[:-1], missed=0)


@dataclass(frozen=True)
class Mention:
    """A name in a question: what kind of thing, its value, and how it was written."""

    entity: str
    value: str
    text: str


@dataclass(frozen=True)
class LastAnswer:
    """What was answered last. entry: None when a guide's outcome was. question: what was asked, shortened; empty for a button."""

    entry: str | None
    topic: str | None
    question: str = ""
    mentions: tuple[Mention, ...] = ()


def read_case(slots: Mapping[str, Any]) -> OpenCase | None:
    """The remembered case; None when there is none or what lies in the slot is of another version."""
    raw: Any = slots.get(GUIDE_SLOT)
    try:
        return OpenCase(
            guide=raw["guide"],
            case=dict(raw["case"]),
            asked=raw["asked"],
            steps=tuple(tuple(step) for step in raw["steps"]),
            missed=int(raw["missed"]),
        )
    except (TypeError, KeyError, ValueError):
        return None


def read_last(slots: Mapping[str, Any]) -> LastAnswer | None:
    """The last answer; None as in `read_case`."""
    raw: Any = slots.get(LAST_ANSWER_SLOT)
    try:
        mentions = tuple(Mention(**mention) for mention in raw["mentions"])
        return LastAnswer(raw["entry"], raw["topic"], raw["question"], mentions)
    except (TypeError, KeyError, ValueError):
        return None


def keep_case(case: OpenCase | None) -> Event:
    """The event that keeps a case, or forgets it."""
    event: Event = SlotSet(GUIDE_SLOT, None if case is None else asdict(case))
    return event


def keep_last(last: LastAnswer | None) -> Event:
    """The event that keeps the last answer, or forgets it."""
    shortened = None if last is None else asdict(replace(last, question=last.question[:_MOST_TEXT]))
    event: Event = SlotSet(LAST_ANSWER_SLOT, shortened)
    return event
