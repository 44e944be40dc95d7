"""HTTP of a web chat's own files. The conversation's id is the bearer token."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, File, Path, Query, UploadFile
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from bot.channels.model import FileKind, FileRef, Language
from bot.errors import NotFoundError
from bot.files.model import FileRefusedError
from bot.files.service import FileStore
from bot.files.serving import file_response
from bot.files.words import FileWords
from bot.people.model import Person
from bot.people.own import own_person
from bot.people.service import PeopleService, WebSessions
from bot.problems import problem

UPLOAD_PATH = "/v1/files"
# What a form around the file takes besides.
FORM_BYTES = 64 * 1024

FileId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", examples=["0f1e2d3c4b5a69788796a5b4c3d2e1f0"])]


class FilePublic(BaseModel):
    """A file that was checked and is kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                    "name": "invoice.pdf",
                    "kind": "pdf",
                    "size_bytes": 48213,
                    "created_at": "2026-11-22T08:00:00Z",
                }
            ]
        }
    )

    id: str
    name: str = Field(description="cleaned: without folders and hidden characters")
    kind: FileKind
    size_bytes: int
    created_at: datetime


def file_public(ref: FileRef) -> FilePublic:
    """A file as the API shows it."""
    return FilePublic(id=ref.id, name=ref.name, kind=ref.kind, size_bytes=ref.size_bytes, created_at=ref.created_at)


def files_router(files: FileStore, words: FileWords, people: PeopleService, sessions: WebSessions) -> APIRouter:
    """Send, fetch and delete one's own files."""
    Own = Annotated[Person, Depends(own_person(people, sessions))]
    router = APIRouter(tags=["files"])

    @router.post(
        UPLOAD_PATH,
        status_code=201,
        response_model=FilePublic,
        responses={
            413: {"description": "Larger than a file may be"},
            422: {"description": "Not taken: every reason in `faults`, and in `text` as a sentence in `locale`"},
        },
    )
    async def send_file(
        person: Own,
        file: Annotated[UploadFile, File(description="JPEG, PNG, WebP, PDF, XLSX, CSV or plain text")],
        locale: Annotated[Language, Query(description="Language of `text` in a refusal")] = "zh-Hans",
    ) -> FilePublic | JSONResponse:
        """Send a file. It is checked by content; pictures lose what the camera noted. Unused ones go after 30 days."""
        try:
            content = await file.read(files.max_bytes + 1)
            return file_public(await files.put(content, file.filename or "", person.id))
        except FileRefusedError as error:
            codes = [fault.code for fault in error.faults]
            faults = [{"where": f.where, "code": f.code, "message": f.message} for f in error.faults]
            text = words.reasons(codes, error.values, locale)
            return problem(error.http_status, error.code, str(error), faults=faults, text=text)

    @router.get("/v1/files/{file_id}", response_class=Response, responses={200: {"description": "The file"}})
    async def fetch_file(person: Own, file_id: FileId) -> Response:
        """One's own file, as a download."""
        return file_response(await files.get(file_id, person.id))

    @router.delete("/v1/files/{file_id}", status_code=204)
    async def delete_file(person: Own, file_id: FileId) -> None:
        """Delete a file of one's own that no case has taken."""
        if not await files.erase_own(file_id, person.id):
            raise NotFoundError("file")

    return router
