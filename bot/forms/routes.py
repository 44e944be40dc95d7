"""HTTP of forms, for the action server: begin, answer, press, ask again."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from bot.channels.model import Language, Reply
from bot.forms.answering import Said
from bot.forms.service import FormService, FormTurn
from bot.people.access import Access

Key = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Conversation key, as Rasa's sender id")]
Name = Annotated[str, Path(pattern=r"^[a-z_]{1,24}$", description="The form's name", examples=["booking"])]


class FormBegin(BaseModel):
    """A form to begin, or to go on with. given: answers known already; text: what was typed to begin it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"language": "en", "text": "book a slot"}]}
    )

    language: Language
    given: dict[str, str] = Field(default_factory=dict, max_length=30)
    text: str = Field("", max_length=4000)


class FormAnswer(BaseModel):
    """A typed text, and what the dialogue takes it for."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"language": "en", "text": "tomorrow", "intent": "kb"}]}
    )

    language: Language
    text: str = Field(max_length=4000)
    intent: str = Field("", max_length=60)
    command: Literal["back", "leave", "restart", "send", "later", "skip", "change", "go_on"] | None = None
    asks: Literal["open", "any"] | None = Field(None, description="It is a question; open: none that yes or no answers")
    corrects: bool = Field(False, description="It begins as corrections do")


class FormPress(BaseModel):
    """A pressed button: what stands behind `t:form:` in its payload."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"language": "en", "argument": "booking?port=luohu"}]}
    )

    language: Language
    argument: str = Field(max_length=300)


class FormTurnPublic(BaseModel):
    """What came of it. form: whose question stands open now; taken: false when the text was for something else."""

    replies: list[Reply]
    form: str | None
    taken: bool


def forms_router(service: FormService, access: Access) -> APIRouter:
    """What the action server does with forms."""
    router = APIRouter(prefix="/v1/conversations/{key}", tags=["forms"], dependencies=[Depends(access.actions())])

    @router.post("/forms/{name}")
    async def begin_form(key: Key, name: Name, form: FormBegin) -> FormTurnPublic:
        """Begin a form, or go on with its open draft."""
        return _public(await service.begin(key, name, form.language, form.given, form.text))

    @router.get("/forms/{name}")
    async def read_question(key: Key, name: Name, language: Annotated[Language, Query()]) -> FormTurnPublic:
        """The open question once more; no reply when none is open."""
        return _public(await service.question(key, name, language))

    @router.post("/forms/{name}/answers")
    async def answer_form(key: Key, name: Name, answer: FormAnswer) -> FormTurnPublic:
        """A typed text while a form is open."""
        said = Said(answer.text, answer.intent, answer.command, answer.asks, answer.corrects)
        return _public(await service.answer(key, name, said, answer.language))

    @router.post("/form-presses")
    async def press_form(key: Key, press: FormPress) -> FormTurnPublic:
        """A pressed button of a form."""
        return _public(await service.press(key, press.argument, press.language))

    return router


def _public(turn: FormTurn) -> FormTurnPublic:
    return FormTurnPublic(replies=list(turn.replies), form=turn.form, taken=turn.taken)
