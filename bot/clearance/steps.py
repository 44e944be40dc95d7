"""The stages of one shipment as steps of a picture. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.channels.model import Language
from bot.clearance.model import INTERRUPTIONS, Clearance, Stage
from bot.clearance.words import Words

USUAL = (Stage.SUBMITTED, Stage.STORED, Stage.REVIEWED, Stage.RELEASED, Stage.CLOSED)
"""The way that most take; tax, examination and guarantee stand in the picture only when they were reported."""

StepState = Literal["done", "current", "stopped", "open"]


@dataclass(frozen=True)
class Step:
    """One step. at: when it was reached, as people read it; None: not reported."""

    name: str
    at: str | None
    state: StepState


@dataclass(frozen=True)
class Steps:
    """A picture in words. alt: all that it shows, for who cannot see it."""

    title: str
    steps: tuple[Step, ...]
    alt: str
    zone: str


def steps_of(clearance: Clearance, language: Language, words: Words) -> Steps:
    """The stages that hold, by time, and then those that usually follow."""
    steps: list[Step] = []
    for change in clearance.history:
        state: StepState = "done"
        if change is clearance.current:
            state = "stopped" if change.stage in INTERRUPTIONS else "current"
        steps.append(Step(_name(change.stage, language, words), _at(change.occurred_at, words), state))
    reached = {change.stage for change in clearance.history}
    if clearance.stage is not Stage.DELETED:
        last = max((USUAL.index(stage) for stage in reached if stage in USUAL), default=-1)
        steps += [Step(_name(stage, language, words), None, "open") for stage in USUAL[last + 1 :]]
    told = [
        words.say("picture_step", language, name=step.name, at=step.at)
        if step.at
        else words.say("picture_open", language, name=step.name)
        for step in steps
    ]
    alt = words.say("picture_alt", language, no=clearance.declaration_no, steps="; ".join(told))
    return Steps(clearance.declaration_no, tuple(steps), alt, words.zone.key)


def _name(stage: Stage, language: Language, words: Words) -> str:
    return words.stage(stage, language).name


def _at(moment: datetime, words: Words) -> str:
    return f"{moment.astimezone(words.zone):%Y-%m-%d %H:%M}"
