"""Who may call a route: dependencies for the routes of every room."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Header, Request

from bot.errors import NotAuthenticatedError, NotPermittedError
from bot.idempotency import IdempotencyKey, IdempotencyKeys
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
    """Makes the dependencies. Each carries `guards`, by which a test knows that a route asks who is there.

    idempotency: where the answers under an Idempotency-Key are kept; None: the header has no effect. Each guard begins it as
    soon as it knows who asks, so that a route has it by asking who is there.
    """

    def __init__(
        self, keys: KeyService, staff: StaffService, secrets: Secrets, idempotency: IdempotencyKeys | None = None
    ) -> None:
        self._idempotency = idempotency
        self._keys = keys
        self._staff = staff
        self._actions_token = actions_token(secrets)

    def key(self, scope: Scope) -> Callable[..., Awaitable[Key]]:
        """A machine's key of this scope. Raises NotAuthenticatedError or NotPermittedError."""

        async def machine_key(
            request: Request, authorization: Authorization = None, idempotency_key: IdempotencyKey = None
        ) -> Key:
            key = await self._keys.bearer(_bearer(authorization))
            if key.scope is not scope:
                raise NotPermittedError(f"This key is of scope {key.scope}; {scope} is needed.")
            await self._begin(request, f"key:{key.name}")
            return key

        return _guard(machine_key)

    def staff(self, role: Role) -> Callable[..., Awaitable[StaffSession]]:
        """A member of staff, logged in, whose role reaches this far. Requests that change something carry the session's
        CSRF token in `X-CSRF-Token` or in the form field `csrf`.
        """

        async def staff_session(request: Request, idempotency_key: IdempotencyKey = None) -> StaffSession:
            session = await self._staff.session(request.cookies.get(SESSION_COOKIE, ""))
            if not session.staff.role.may_act_as(role):
                raise NotPermittedError(f"The role {role} is needed.")
            if request.method not in {"GET", "HEAD"}:
                given = request.headers.get("x-csrf-token")
                if given is None:
                    given = str((await request.form()).get("csrf", ""))
                if not hmac.compare_digest(given.encode(), session.csrf.encode()):
                    raise NotPermittedError("The form has expired; load the page again.")
            await self._begin(request, f"staff:{session.staff.id}")
            return session

        return _guard(staff_session)

    def actions(self) -> Callable[..., Awaitable[None]]:
        """The action server. Raises NotAuthenticatedError."""

        async def action_server(
            request: Request, authorization: Authorization = None, idempotency_key: IdempotencyKey = None
        ) -> None:
            if not hmac.compare_digest(_bearer(authorization).encode(), self._actions_token.encode()):
                raise NotAuthenticatedError("The key is not valid.")
            await self._begin(request, "actions")

        return _guard(action_server)

    async def _begin(self, request: Request, who: str) -> None:
        if self._idempotency is not None:
            await self._idempotency.begin(request, who)


def _guard(dependency: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    dependency.guards = True  # type: ignore[attr-defined]  # read by the test over all routes
    return dependency
