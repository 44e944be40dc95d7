"""HTTP of a person's own data: see, take along, erase."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel

from bot.clock import Clock
from bot.errors import NotFoundError
from bot.people.erasure import Erased, PersonalService
from bot.people.model import Person
from bot.people.own import own_person
from bot.people.own_data_links import OwnDataLinks
from bot.people.service import PeopleService, WebSessions

Token = Annotated[str, Path(max_length=120, pattern=r"^[0-9a-f]{32}\.[0-9]{1,11}\.[0-9a-f]{32}$")]
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Robots-Tag": "noindex",
}


class ErasedPublic(BaseModel):
    """gone: how many entries of each part; stays: what is kept → why; talk_erased: also the last turns of the talk."""

    gone: dict[str, int]
    stays: dict[str, str]
    talk_erased: bool


def own_data_router(
    service: PersonalService, links: OwnDataLinks, people: PeopleService, sessions: WebSessions, clock: Clock
) -> APIRouter:
    """Routes of a web chat's own person, and the links that a chat hands out."""
    router = APIRouter(tags=["own data"])
    Own = Annotated[Person, Depends(own_person(people, sessions))]

    @router.get("/v1/me/data")
    async def read_data(person: Own, response: Response) -> dict[str, list[dict[str, Any]]]:
        """All that is stored of the person: part → entries."""
        response.headers["Cache-Control"] = "no-store"
        return await service.export(person)

    @router.get("/v1/me/data/erasure")
    async def preview_erasure(person: Own) -> ErasedPublic:
        """What an erasure would do; nothing is changed."""
        return _public(await service.preview(person))

    @router.delete("/v1/me/data")
    async def erase_data(person: Own) -> ErasedPublic:
        """Erase it. The conversation begins anew, as somebody's of whom nothing is known."""
        return _public(await service.erase(person))

    @router.get("/own-data/{token}.{kind}", include_in_schema=False)
    async def read_by_link(token: Token, kind: Literal["json", "txt"]) -> Response:
        person = await people.find(links.read(token, clock()))
        if person is None:
            raise NotFoundError("link")
        found = await service.export(person)
        if kind == "txt":
            return Response(as_text(found), media_type="text/plain; charset=utf-8", headers=_HEADERS)
        body = json.dumps(found, ensure_ascii=False, indent=1)
        headers = {**_HEADERS, "Content-Disposition": 'attachment; filename="kouan-my-data.json"'}
        return Response(body, media_type="application/json", headers=headers)

    return router


def as_text(found: dict[str, list[dict[str, Any]]]) -> str:
    """Own data as people read it: a heading for each part, a line for each value."""
    lines: list[str] = []
    for part, rows in found.items():
        lines += [f"== {part} ==", ""]
        for row in rows:
            lines += [f"{name}: {_shown(value)}" for name, value in row.items() if value is not None]
            lines.append("")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _public(erased: Erased) -> ErasedPublic:
    return ErasedPublic(gone=dict(erased.gone), stays=dict(erased.stays), talk_erased=erased.talk_erased)
