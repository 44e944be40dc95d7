"""Clearance events as a port's system sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from bot.clearance.model import Stage
from bot.clearance.schemas import EVENT_TYPE, WITHDRAWAL_TYPE
from bot.clearance.signature import sign
from bot.people.credit_code import check_character

DECLARATION_NO = "531620261000123456"
OTHER_DECLARATION_NO = "531620261000999999"
CREDIT_CODE = "91350100M000100Y4" + check_character("91350100M000100Y4")
OTHER_CREDIT_CODE = "9144030012345678A" + check_character("9144030012345678A")
BEGAN_AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def cloud_event(
    event_id: str = "e1",
    stage: Stage | str = Stage.SUBMITTED,
    *,
    minute: int = 0,
    declaration_no: str = DECLARATION_NO,
    credit_code: str | None = None,
    note: str | None = None,
    **members: Any,
) -> dict[str, Any]:
    """One event. minute: after BEGAN_AT; members: replace or add to the event's own."""
    data: dict[str, Any] = {"declaration_no": declaration_no, "stage": stage}
    data |= {"note": note} if note is not None else {}
    data |= {"enterprise": {"credit_code": credit_code, "name": "Example Trading"}} if credit_code is not None else {}
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": "urn:test:port",
        "type": EVENT_TYPE,
        "time": (BEGAN_AT + timedelta(minutes=minute)).isoformat(),
        "data": data,
    }
    return event | members


def with_data(event: dict[str, Any], **data: Any) -> dict[str, Any]:
    """The same event with further members of its data."""
    return event | {"data": event["data"] | data}


def withdrawal(event_id: str, withdraws: str, *, minute: int = 0, reason: str | None = None) -> dict[str, Any]:
    """The port takes an event of `cloud_event` back."""
    data = {"declaration_no": DECLARATION_NO, "withdraws": withdraws, "reason": reason}
    return cloud_event(event_id, minute=minute) | {"type": WITHDRAWAL_TYPE, "data": data}


def signed(body: bytes, secret: bytes, at: datetime, *, webhook_id: str = "m1") -> dict[str, str]:
    """The headers of a signed request."""
    timestamp_s = int(at.timestamp())
    return {
        "content-type": "application/cloudevents+json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": sign(secret, webhook_id, timestamp_s, body),
    }


def encoded(document: Any) -> bytes:
    """As it goes over the wire."""
    return orjson.dumps(document)
