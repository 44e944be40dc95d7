"""Who asks from a web chat: the conversation's id is the bearer token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header

from bot.errors import NotAuthenticatedError
from bot.people.model import Person
from bot.people.service import PeopleService, WebSessions

SessionHeader = Annotated[str | None, Header(description="`Bearer` and the conversation's id")]


def own_person(people: PeopleService, sessions: WebSessions) -> Callable[..., Awaitable[Person]]:
    """A dependency: the person of the web conversation. Raises NotAuthenticatedError for an id that is none of ours."""

    async def person_of_session(authorization: SessionHeader = None) -> Person:
        kind, _, session = (authorization or "").partition(" ")
        if kind.lower() != "bearer" or not sessions.is_ours(session.strip()):
            raise NotAuthenticatedError("The id of a conversation is needed.")
        return await people.meet("web", session.strip(), private=True, language=None)

    person_of_session.guards = True  # type: ignore[attr-defined]  # read by the test over all routes
    return person_of_session
