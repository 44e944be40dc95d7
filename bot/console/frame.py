"""What every page of the console shares: templates, headers, language, errors as pages, the way to the log-in."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import nh3
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from bot.channels.model import Language
from bot.channels.web.pages import SECURITY_HEADERS
from bot.console.texts import CONSOLE_LANGUAGES, ConsoleLanguage, ConsoleTexts
from bot.errors import Fault, KouanError, NotAuthenticatedError, NotFoundError
from bot.people.model import StaffSession

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "kouan_console_lang"
HOME = "/console/notices"
READING: Mapping[ConsoleLanguage, Language] = {"zh": "zh-Hans", "zh-Hant": "zh-Hant", "en": "en"}
_NAMES: Mapping[ConsoleLanguage, str] = {"zh": "简体", "zh-Hant": "繁體", "en": "English"}
_LANGUAGE_KEPT_S = 365 * 24 * 3600

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Mapping[str, str] = {
    **SECURITY_HEADERS,
    "Content-Security-Policy": _POLICY,
    # Pages hold names and numbers: nothing of them stays in a browser's cache after log-out.
    "Cache-Control": "no-store",
}
_SHOWN_TAGS = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "code", "pre", "blockquote", "hr"}


def as_html(markdown: str) -> Markup:
    """A message's Markdown for the preview. HTML in it is shown as it was written, never taken for HTML."""
    html = MarkdownIt("commonmark", {"html": False, "breaks": True}).render(markdown)
    return Markup(nh3.clean(html, tags=_SHOWN_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https"}))


def safe_next(target: str) -> str:
    """Where to go after log-in: a page of the console and nowhere else."""
    parts = urlsplit(target)
    inside = target == "/console" or target.startswith("/console/")
    plain = not parts.scheme and not parts.netloc and "\\" not in target and target.isprintable() and ".." not in target
    return target if inside and plain else HOME


def language_of(request: Request) -> ConsoleLanguage:
    """The language asked for by `?lang=`, else the one chosen before, else the browser's."""
    for wish in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wish in CONSOLE_LANGUAGES:
            return wish
    wished = request.headers.get("accept-language", "zh").lower()
    if wished.startswith("en"):
        return "en"
    return "zh-Hant" if wished.startswith(("zh-hant", "zh-tw", "zh-hk", "zh-mo")) else "zh"


def reading_language(request: Request) -> Language:
    """The language in which titles and names of topics are shown."""
    return READING[language_of(request)]


class Frame:
    """Renders pages. zone: in which moments are shown. secure: the service is reached over https."""

    def __init__(self, texts: ConsoleTexts, zone: ZoneInfo, *, secure: bool) -> None:
        self.texts = texts
        self.zone = zone
        self.secure = secure
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["markdown"] = as_html
        self._templates.filters["moment"] = self.moment

    def moment(self, at: datetime) -> str:
        """A moment in the console's zone."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def page(
        self,
        request: Request,
        template: str,
        *,
        session: StaffSession | None,
        status_code: int = 200,
        faults: Mapping[str, Fault] | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """A page. session: who is logged in; faults: what is wrong with a form, by field."""
        language = language_of(request)

        def say(name: str, /, **given: object) -> str:
            return self.texts.say(name, language, **given)

        html = self._templates.get_template(template).render(
            say=say,
            faults={where: self.texts.fault(fault, language) for where, fault in (faults or {}).items()},
            lang=language,
            html_lang=READING[language],
            other_langs=[(other, READING[other], _NAMES[other]) for other in CONSOLE_LANGUAGES if other != language],
            # A page that a form produced has no address of its own to come back to.
            here=request.url.path if request.method == "GET" else HOME,
            session=session,
            zone=self.zone.key,
            **values,
        )
        response = HTMLResponse(html, status_code=status_code, headers=dict(HEADERS))
        if request.query_params.get("lang") in CONSOLE_LANGUAGES:
            response.set_cookie(
                LANGUAGE_COOKIE,
                language,
                max_age=_LANGUAGE_KEPT_S,
                path="/console",
                secure=self.secure,
                httponly=True,
                samesite="strict",
            )
        return response

    def go(self, target: str) -> RedirectResponse:
        """On to another page, after a form."""
        return RedirectResponse(target, status_code=303, headers=dict(HEADERS))

    def error_page(self, request: Request, error: KouanError, session: StaffSession | None = None) -> Response:
        """What went wrong, as a page."""
        name = f"error.{error.code}" if self.texts.has(f"error.{error.code}") else "error.other"
        message = self.texts.say(name, language_of(request))
        return self.page(request, "error.html", session=session, status_code=error.http_status, message=message)

    def route_class(self) -> type[APIRoute]:
        """Routes whose errors become pages of the console, and which send who is not logged in to the log-in."""
        frame = self

        class ConsoleRoute(APIRoute):
            def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
                handle = super().get_route_handler()

                async def handled(request: Request) -> Response:
                    try:
                        return await handle(request)
                    except NotAuthenticatedError:
                        target = request.url.path if request.method == "GET" else HOME
                        return frame.go(f"/console/login?next={quote(target, safe='/')}")
                    except KouanError as error:
                        return frame.error_page(request, error)

                return handled

        return ConsoleRoute


def static_file(name: str) -> tuple[bytes, str]:
    """A file of the console's own. Raises NotFoundError."""
    kinds = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
    known = {path.name: path for path in (HERE / "static").iterdir() if path.suffix in kinds}
    if name not in known:
        raise NotFoundError("file")
    return known[name].read_bytes(), kinds[known[name].suffix]
