"""Who may call a route: dependencies for the routes of every room."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Header, Request

from bot.errors import NotAuthenticatedError, NotPermittedError
from bot.people.keys import KeyService
from bot.people.model import Key, Role, Scope, StaffSession
from bot.people.staff import StaffService
from bot.secrets import Secrets, actions_token

T = TypeVar("T")

SESSION_COOKIE = "kouan_staff"

Authorization = Annotated[str | None, Header(description="`Bearer` and a key")]


def _bearer(authorization: str | None) -> str:
    kind, _, token = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise NotAuthenticatedError("A bearer key is needed.")
    return token.strip()


class Access:
    """Makes the dependencies. Each carries `guards`, by which a test knows that a route asks who is there."""

    def __init__(self, keys: KeyService, staff: StaffService, secrets: Secrets) -> None:
        self._keys = keys
        self._staff = staff
        self._actions_token = actions_token(secrets)

    def key(self, scope: Scope) -> Callable[..., Awaitable[Key]]:
        """A machine's key of this scope. Raises NotAuthenticatedError or NotPermittedError."""

        async def machine_key(authorization: Authorization = None) -> Key:
            key = await self._keys.bearer(_bearer(authorization))
            if key.scope is not scope:
                raise NotPermittedError(f"This key is of scope {key.scope}; {scope} is needed.")
            return key

        return _guard(machine_key)

    def staff(self, role: Role) -> Callable[..., Awaitable[StaffSession]]:
        """A member of staff, logged in, whose role reaches this far. Requests that change something carry the session's
        CSRF token in `X-CSRF-Token` or in the form field `csrf`.
        """

        async def staff_session(request: Request) -> StaffSession:
            session = await self._staff.session(request.cookies.get(SESSION_COOKIE, ""))
            if not session.staff.role.may_act_as(role):
                raise NotPermittedError(f"The role {role} is needed.")
            if request.method not in {"GET", "HEAD"}:
                given = request.headers.get("x-csrf-token")
                if given is None:
                    given = str((await request.form()).get("csrf", ""))
                if not hmac.compare_digest(given.encode(), session.csrf.encode()):
                    raise NotPermittedError("The form has expired; load the page again.")
            return session

        return _guard(staff_session)

    def actions(self) -> Callable[..., Awaitable[None]]:
        """The action server. Raises NotAuthenticatedError."""

        async def action_server(authorization: Authorization = None) -> None:
            if not hmac.compare_digest(_bearer(authorization).encode(), self._actions_token.encode()):
                raise NotAuthenticatedError("The key is not valid.")

        return _guard(action_server)


def _guard(dependency: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    dependency.guards = True  # type: ignore[attr-defined]  # read by the test over all routes
    return dependency
