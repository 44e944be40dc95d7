"""What a desk brings to the house."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter

from bot.console.frame import Frame
from bot.conversation.ports import OpenForms, TurnExtra
from bot.forms.cases import CaseList
from bot.forms.form import Form
from bot.people.access import Access
from bot.people.personal import PersonalData
from bot.people.service import PeopleService, WebSessions
from knowledge.load import Knowledge

Tick = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Doors:
    """What routes and pages need from the web process."""

    access: Access
    frame: Frame
    sessions: WebSessions
    people: PeopleService
    knowledge: Knowledge


@dataclass(frozen=True)
class Room:
    """One desk, wired.

    ticks: what a worker does now and then, each safe to be run by several workers at once. routers: its routes and console
    pages. extras: what it does in the talk beside the dialogue. first: the same, and it looks before all others, so that it can
    keep the bot silent (TurnExtra.take returns an empty list). personal: what it stores of a person. forms: what is filled in by
    chat (docs/forms.md). cases: what it adds to "my cases".
    """

    name: str
    ticks: Sequence[Tick] = ()
    routers: Callable[[Doors], Sequence[APIRouter]] = field(default=lambda _doors: ())
    extras: Sequence[TurnExtra] = ()
    first: Sequence[TurnExtra] = ()
    personal: Sequence[PersonalData] = ()
    forms: Sequence[Form] = ()
    cases: Sequence[CaseList] = ()
    open_forms: OpenForms | None = None
