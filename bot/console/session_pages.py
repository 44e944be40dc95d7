"""Pages of the console: log in, log out, static files."""

from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Depends, Request, Response

from bot.console.frame import HEADERS, HOME, Frame, language_of, safe_next, static_file
from bot.errors import NotAuthenticatedError, TooManyAttemptsError
from bot.people.access import Access
from bot.people.model import Role
from bot.people.routes import clear_session_cookie, refuse_other_sites, set_session_cookie
from bot.people.staff import StaffService


def login_router(frame: Frame, staff: StaffService) -> APIRouter:
    """Public: the log-in, and the files that its page needs."""
    router = APIRouter(prefix="/console", include_in_schema=False, route_class=frame.route_class())

    def login_page(request: Request, target: str, name: str = "", message: str = "", status: int = 200) -> Response:
        return frame.page(
            request, "login.html", session=None, status_code=status, target=target, name=name, message=message
        )

    @router.get("/login")
    async def show_login(request: Request, next: str = HOME) -> Response:
        return login_page(request, safe_next(next))

    @router.post("/login", dependencies=[Depends(refuse_other_sites)])
    async def log_in(request: Request, kouan_staff: Annotated[str, Cookie()] = "") -> Response:
        form: dict[str, Any] = dict(await request.form())
        name, target = str(form.get("name", "")), safe_next(str(form.get("next", HOME)))
        language = language_of(request)
        try:
            session_id, _ = await staff.log_in(name, str(form.get("password", "")))
        except NotAuthenticatedError:
            return login_page(request, target, name, frame.texts.say("login.wrong", language), 401)
        except TooManyAttemptsError as error:
            minutes = -(-error.retry_after_s // 60)
            response = login_page(
                request, target, name, frame.texts.say("login.too_many", language, minutes=minutes), error.http_status
            )
            response.headers["Retry-After"] = str(error.retry_after_s)
            return response
        if kouan_staff:
            # What the browser held before, whoever put it there, opens nothing any more.
            await staff.log_out(kouan_staff)
        response = frame.go(target)
        set_session_cookie(response, session_id, secure=frame.secure)
        return response

    @router.get("/static/{name}")
    async def read_static(name: str) -> Response:
        content, kind = static_file(name)
        return Response(content, media_type=kind, headers={**HEADERS, "Cache-Control": "no-cache"})

    return router


def logout_router(frame: Frame, staff: StaffService, access: Access) -> APIRouter:
    """The log-out, and the console's bare address."""
    router = APIRouter(prefix="/console", include_in_schema=False, route_class=frame.route_class())
    member = [Depends(access.staff(Role.AUTHOR))]

    @router.get("", dependencies=member)
    async def show_home() -> Response:
        return frame.go(HOME)

    @router.post("/logout", dependencies=member)
    async def log_out(kouan_staff: Annotated[str, Cookie()] = "") -> Response:
        await staff.log_out(kouan_staff)
        response = frame.go("/console/login")
        clear_session_cookie(response, secure=frame.secure)
        return response

    return router
