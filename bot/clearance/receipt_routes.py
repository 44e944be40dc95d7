"""HTTP of receipts: XML and tables, signed as events are."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from bot.clearance.importing import ReceiptImport
from bot.clearance.signed import SignedBody

_EXAMPLE = """<?xml version="1.0" encoding="UTF-8"?>
<DEC_RESULT>
  <CUS_CIQ_NO>I20260000000000001</CUS_CIQ_NO>
  <ENTRY_ID>531620261000123456</ENTRY_ID>
  <NOTICE_DATE>2026-11-22T09:30:00</NOTICE_DATE>
  <CHANNEL>P</CHANNEL>
  <NOTE>放行</NOTE>
</DEC_RESULT>"""


class ReceiptsPublic(BaseModel):
    """What became of a body. receipts: that tell a stage; accepted: of these, new; skipped: by reason; known: taken before."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"receipts": 1, "accepted": 1, "skipped": {}, "known": False}]}
    )

    receipts: int
    accepted: int
    skipped: dict[str, int] = Field(default_factory=dict)
    known: bool = False


def receipts_router(importing: ReceiptImport, signed: SignedBody) -> APIRouter:
    """Routes of receipts."""
    router = APIRouter(prefix="/v1/clearance", tags=["clearance"])

    @router.post(
        "/receipts",
        status_code=202,
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/xml": {"schema": {"type": "string"}, "example": _EXAMPLE},
                    "text/csv": {
                        "schema": {"type": "string"},
                        "example": "declaration_no,stage,time\n531620261000123456,released,2026-11-22T09:30:00+08:00\n",
                    },
                },
            }
        },
    )
    async def take_receipts(request: Request) -> ReceiptsPublic:
        """Take receipts of declarations (XML) or a table (CSV), the whole body or nothing; every fault is named at once."""
        return ReceiptsPublic(**vars(await importing.take(await signed.read(request), "body")))

    return router
