"""HTTP of the conversation: one turn; and what the action server may do for a conversation."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from bot.channels.model import Incoming, Language, Reply
from bot.clearance.model import is_declaration_no
from bot.clearance.service import ClearanceService
from bot.conversation.model import AnsweredBy
from bot.conversation.service import ConversationService
from bot.errors import Fault, InvalidInputError, NotFoundError
from bot.people.access import Access
from bot.people.model import FollowKind
from bot.people.service import PeopleService, WebSessions

Key = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Conversation key, as Rasa's sender id")]
DeclarationNo = Annotated[str, Path(pattern=r"^[0-9]{18}$", description="Customs declaration number, 18 digits")]


class MessageCreate(BaseModel):
    """One message. conversation_id: yours to choose; with one from `POST /v1/chat/sessions` shipments can be followed."""

    model_config = ConfigDict(extra="forbid")

    conversation_id: str = Field(min_length=1, max_length=128, examples=["my-phone-1"])
    text: str = Field("", max_length=100_000, examples=["进口货物几天内要申报？"])
    payload: str | None = Field(
        None, max_length=300, description="Of the button that was pressed, in the place of a text"
    )
    locale: Language | None = Field(None, description="Language wished for the answer; default: that of the text")


class TurnPublic(BaseModel):
    """The answer to one message."""

    replies: list[Reply]
    language: Language
    handled: bool = Field(description="Somebody was helped, not merely told that we cannot")
    by: AnsweredBy


class SessionPublic(BaseModel):
    """A conversation of one's own: whoever knows the id is in it."""

    conversation_id: str


class FollowCreate(BaseModel):
    """A declaration to follow, with its binding code."""

    model_config = ConfigDict(extra="forbid")

    declaration_no: str
    code: str = Field(min_length=1, max_length=40)
    language: Language


class FollowPublic(BaseModel):
    """One thing that is followed."""

    kind: FollowKind
    target: str
    since: datetime


class FollowsPublic(BaseModel):
    """What is followed, oldest first."""

    follows: list[FollowPublic]


class Changed(BaseModel):
    """Whether the request changed anything."""

    changed: bool


class Ended(BaseModel):
    """How many follows ended."""

    ended: int


def messages_router(service: ConversationService, sessions: WebSessions) -> APIRouter:
    """Public routes: anybody may ask."""
    router = APIRouter(prefix="/v1", tags=["conversation"])

    @router.post("/messages")
    async def take_message(message: MessageCreate) -> TurnPublic:
        """Ask something, and get the answer with its source and dates."""
        turn = await service.turn(
            Incoming(
                "web",
                message.conversation_id,
                text=message.text,
                payload=message.payload,
                kind="text" if message.payload is None else "button",
                private=sessions.is_ours(message.conversation_id),
                locale=message.locale,
            )
        )
        return TurnPublic(replies=turn.replies, language=turn.language, handled=turn.handled, by=turn.by)

    @router.post("/chat/sessions", status_code=201)
    async def open_session() -> SessionPublic:
        """A conversation id that nobody can guess; needed to follow a shipment or to be told of changes."""
        return SessionPublic(conversation_id=sessions.issue())

    return router


def tasks_router(
    people: PeopleService, clearance: ClearanceService, access: Access, topics: frozenset[str]
) -> APIRouter:
    """What the action server does for a conversation."""
    router = APIRouter(
        prefix="/v1/conversations/{key}",
        tags=["tasks"],
        dependencies=[Depends(access.actions())],
        include_in_schema=True,
    )

    def known_topic(topic: str) -> str:
        if topic not in topics:
            raise NotFoundError("topic")
        return topic

    @router.get("/clearance/{declaration_no}")
    async def read_clearance(key: Key, declaration_no: DeclarationNo, language: Language) -> Reply:
        """The status of a declaration that this conversation follows."""
        return clearance.texts.status(await clearance.status_for_person(key, declaration_no), language)

    @router.post("/declarations")
    async def follow_declaration(key: Key, follow: FollowCreate) -> Reply:
        """Follow a declaration with its binding code; answers with the status."""
        if not is_declaration_no(follow.declaration_no):
            raise InvalidInputError([Fault("declaration_no", "format", "A declaration number has exactly 18 digits.")])
        await clearance.follow(key, follow.declaration_no, follow.code)
        return clearance.texts.status(await clearance.status_for_person(key, follow.declaration_no), follow.language)

    @router.delete("/declarations/{declaration_no}")
    async def unfollow_declaration(key: Key, declaration_no: DeclarationNo) -> Changed:
        """Stop following a declaration."""
        return Changed(changed=await people.unfollow(key, FollowKind.DECLARATION, declaration_no))

    @router.get("/follows")
    async def read_follows(key: Key) -> FollowsPublic:
        """What this conversation follows."""
        return FollowsPublic(
            follows=[FollowPublic(kind=f.kind, target=f.target, since=f.since) for f in await people.follows(key)]
        )

    @router.delete("/follows")
    async def stop_all(key: Key) -> Ended:
        """Stop everything."""
        return Ended(ended=await people.stop_all(key))

    @router.put("/topics/{topic}")
    async def follow_topic(key: Key, topic: str) -> Changed:
        """Follow the notices on a topic."""
        return Changed(changed=await people.follow_topic(key, known_topic(topic)))

    @router.delete("/topics/{topic}")
    async def unfollow_topic(key: Key, topic: str) -> Changed:
        """Stop the notices on a topic."""
        return Changed(changed=await people.unfollow(key, FollowKind.TOPIC, known_topic(topic)))

    @router.put("/language/{language}")
    async def choose_language(key: Key, language: Language) -> Changed:
        """Keep the language that a person asked for."""
        await people.choose_language(key, language)
        return Changed(changed=True)

    return router
