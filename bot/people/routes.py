"""HTTP of staff sessions: log in, log out."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Cookie, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from bot.errors import NotPermittedError
from bot.people.access import SESSION_COOKIE, Access
from bot.people.model import Role, StaffSession
from bot.people.staff import SESSION_LIFE, StaffService


class LogIn(BaseModel):
    """Name and password of a member of staff."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    password: str = Field(min_length=1, max_length=1000)


class StaffSessionPublic(BaseModel):
    """Who is logged in. csrf: goes into `X-CSRF-Token` of every request that changes something."""

    name: str
    role: Role
    csrf: str


def set_session_cookie(response: Response, session_id: str, *, secure: bool) -> None:
    """Give the browser its session. secure: only over https."""
    response.set_cookie(
        SESSION_COOKIE,
        session_id,
        max_age=int(SESSION_LIFE.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def clear_session_cookie(response: Response, *, secure: bool) -> None:
    """Take it away again."""
    response.delete_cookie(SESSION_COOKIE, path="/", secure=secure, httponly=True, samesite="strict")


def refuse_other_sites(request: Request) -> None:
    """For log-in, where there is no session and so no CSRF token yet: another site must not log a browser in.

    Browsers say where a request comes from, and scripts cannot change that; a client that is no browser says nothing.
    Raises NotPermittedError.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in {"same-origin", "none"}:
        raise NotPermittedError("Log in from the console's own page.")
    if site is None and origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise NotPermittedError("Log in from the console's own page.")


def staff_router(staff: StaffService, access: Access, *, secure: bool) -> APIRouter:
    """Routes of staff sessions. secure: the service is reached over https."""
    router = APIRouter(prefix="/v1/staff", tags=["staff"])

    @router.post("/session", status_code=201, dependencies=[Depends(refuse_other_sites)])
    async def log_in(
        who: LogIn, response: Response, kouan_staff: Annotated[str, Cookie(include_in_schema=False)] = ""
    ) -> StaffSessionPublic:
        """Log in: sets the session's cookie. A session that the browser had before ends."""
        session_id, session = await staff.log_in(who.name, who.password)
        if kouan_staff:
            await staff.log_out(kouan_staff)
        set_session_cookie(response, session_id, secure=secure)
        response.headers["Cache-Control"] = "no-store"
        return StaffSessionPublic(name=session.staff.name, role=session.staff.role, csrf=session.csrf)

    @router.get("/session")
    async def read_session(
        session: Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))], response: Response
    ) -> StaffSessionPublic:
        """Who is logged in."""
        response.headers["Cache-Control"] = "no-store"
        return StaffSessionPublic(name=session.staff.name, role=session.staff.role, csrf=session.csrf)

    @router.delete("/session", status_code=204, dependencies=[Depends(access.staff(Role.AUTHOR))])
    async def log_out(response: Response, kouan_staff: Annotated[str, Cookie(include_in_schema=False)] = "") -> None:
        """Log out."""
        await staff.log_out(kouan_staff)
        clear_session_cookie(response, secure=secure)

    return router
