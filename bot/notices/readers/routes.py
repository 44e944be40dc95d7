"""HTTP of acknowledgements, for staff."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from bot.notices.changes.model import masked
from bot.notices.readers.model import Reader
from bot.notices.readers.service import ReaderService
from bot.people.access import Access
from bot.people.model import Role, StaffSession


class ReaderPublic(BaseModel):
    """Somebody who got a notice; the address is masked. acked_at: null when they have not confirmed."""

    address: str
    channel: str
    language: str | None
    told_at: datetime | None
    acked_at: datetime | None


class AcknowledgementsPublic(BaseModel):
    """told: persons who got it; confirmed: those of them who confirmed. readers: at most 1,000; next: null at the end."""

    told: int
    confirmed: int
    readers: list[ReaderPublic]
    next: int | None


async def as_csv(service: ReaderService, notice_id: str) -> AsyncIterator[str]:
    """Everybody who got a notice, a line each, with a mark that spreadsheets read as UTF-8."""
    yield "\ufeff" + _line("address", "channel", "language", "told_at", "confirmed_at")
    async for reader in service.all_readers(notice_id):
        yield _line(*_cells(reader))


def _cells(reader: Reader) -> list[str]:
    times = [at.isoformat(timespec="seconds") if at else "" for at in (reader.told_at, reader.acked_at)]
    return [masked(reader.address), reader.channel, reader.language or "", *times]


def _line(*cells: str) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def readers_router(service: ReaderService, access: Access) -> APIRouter:
    """Who confirmed is for those who approve; its author sees the numbers."""
    router = APIRouter(prefix="/v1/notices", tags=["notices"])
    approver = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]

    @router.get("/{notice_id}/acknowledgements")
    async def read_acknowledgements(
        notice_id: str, _: approver, after: Annotated[int, Query(ge=0)] = 0
    ) -> AcknowledgementsPublic:
        """Who got a notice, and when they confirmed it."""
        numbers = await service.acknowledgements(notice_id)
        page, following = await service.readers(notice_id, after)
        return AcknowledgementsPublic(
            told=numbers.told,
            confirmed=numbers.confirmed,
            readers=[
                ReaderPublic(
                    address=masked(reader.address),
                    channel=reader.channel,
                    language=reader.language,
                    told_at=reader.told_at,
                    acked_at=reader.acked_at,
                )
                for reader in page
            ],
            next=following,
        )

    @router.get("/{notice_id}/acknowledgements.csv", response_class=StreamingResponse)
    async def export_acknowledgements(notice_id: str, _: approver) -> StreamingResponse:
        """The same as a table."""
        return StreamingResponse(as_csv(service, notice_id), media_type="text/csv; charset=utf-8")

    return router
