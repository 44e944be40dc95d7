"""A form as data: what is asked, how an answer is read and checked, what is done in the end. A desk makes these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language, Reply
from bot.errors import KouanError
from bot.forms.model import Values
from bot.people.model import Person
from knowledge.model import Localized


def words(hans: str, en: str, hant: str | None = None) -> Localized:
    """A text in three languages; Traditional is converted from Simplified where it is not given."""
    return Localized(hans, hant, en)


class FieldKind(StrEnum):
    """What an answer is. Its JSON value stands behind."""

    TEXT = "text"  # str, trimmed
    CHOICE = "choice"  # str: the choice's value
    DATE = "date"  # "2026-11-23"
    MOMENT = "moment"  # "2026-11-23T10:00:00+08:00", a minute at the ports
    NUMBER = "number"  # str of a Decimal
    YES_NO = "yes_no"  # bool
    CODE = "code"  # str, half width, upper case, without blanks and hyphens
    FILE = "file"  # {"id", "name", "kind", "size"}: bot.files.FileRef


@dataclass(frozen=True)
class Choice:
    """One answer on a button. value: 1 to 60 characters without quotes, backslash, braces, `&=?;`, and no colon at its begin.

    also: further words that mean it, in any language.
    """

    value: str
    title: Localized
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asking:
    """For whom and when a field is asked: what choices and checks may look at. connection: of the draft's transaction."""

    connection: AsyncConnection
    person: Person
    values: Values
    language: Language
    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The day at the ports."""
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True)
class Filled:
    """A form that is sent. draft_id: the origin of the case; a case of that origin is opened once, whatever happens.

    values: of all fields that are needed, None where one was left out.
    """

    connection: AsyncConnection
    person: Person
    values: Values
    language: Language
    now: datetime
    zone: ZoneInfo
    draft_id: str


@dataclass(frozen=True)
class Trouble:
    """One thing that stands in the way, in the person's words. field: where it is to be mended, None: nowhere in the form."""

    text: Localized
    field: str | None = None


class FormRefusedError(KouanError):
    """A service will not take what a form sent. troubles: all reasons at once, each with the way forward; never empty.

    The draft stays, nothing else of the transaction does.
    """

    code = "form-refused"
    http_status = 422

    def __init__(self, troubles: Sequence[Trouble]) -> None:
        super().__init__("; ".join(trouble.text.en for trouble in troubles))
        self.troubles = tuple(troubles)


Choices = Sequence[Choice] | Callable[[Asking], Awaitable[Sequence[Choice]]]
Check = Callable[[Any, Asking], Awaitable[Sequence[Localized]]]
Read = Callable[[str, Asking], Any]
Show = Callable[[Any, Language], str]


def always(_values: Values) -> bool:
    """Whatever else was answered."""
    return True


@dataclass(frozen=True)
class Field:
    """One question.

    name: lower case letters and `_`. title: what the review and "change the …" call it; also: further words for that.
    hint: how to answer, with an example. needed: whether it is asked, depending on the answers before. after: names of fields
    on which the answer depends; when one changes, this one is asked again. optional: it may be left out.
    choices: buttons, from the database if need be; only_choices: nothing else is an answer. alone: a single choice is taken
    without asking. pattern (code): what matches it whole. lowest, highest: of a number. most_chars: of a text.
    takes_questions: a text that asks something is an answer too (a complaint), and no digression. ahead: a day without its year
    is the next such day; False for days that may be past, such as the one printed on a permit.
    read: takes the place of the kind's reader: a JSON value, or a Trouble, or a list of Localized: all that is wrong.
    check: all that is wrong with a value that was read. show: how the review writes it.
    """

    name: str
    kind: FieldKind
    title: Localized
    question: Localized
    hint: Localized | None = None
    also: tuple[str, ...] = ()
    needed: Callable[[Values], bool] = always
    after: tuple[str, ...] = ()
    optional: bool = False
    choices: Choices = ()
    only_choices: bool = True
    alone: bool = False
    pattern: str | None = None
    lowest: int | None = None
    highest: int | None = None
    most_chars: int = 500
    takes_questions: bool = False
    ahead: bool = True
    read: Read | None = None
    check: Check | None = None
    show: Show | None = None


@dataclass(frozen=True)
class Form:
    """One thing that is filled in by chat.

    name: lower case letters and `_`, at most 24: the button is `t:form:<name>`, the intent `form_<name>`. topic: of the knowledge
    base, which the replies carry. intro: said at the beginning. refuse: why somebody may not begin, all reasons at once, each
    with the way forward; no reply: they may. review: what stands under the answers before sending. submit: calls the service
    in the draft's transaction and says what came of it. Raises FormRefusedError, or another KouanError of the service, after
    which the draft is as it was.
    """

    name: str
    title: Localized
    fields: tuple[Field, ...]
    submit: Callable[[Filled], Awaitable[Sequence[Reply]]]
    topic: str | None = None
    intro: Localized | None = None
    refuse: Callable[[Asking], Awaitable[Sequence[Reply]]] | None = None
    review: Callable[[Asking], Awaitable[Sequence[Localized]]] | None = None

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return next((field for field in self.fields if field.name == name), None)
