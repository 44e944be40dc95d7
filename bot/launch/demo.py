"""`up --demo`: sample firms, a shipment whose story goes on by itself, staff, and notices, so that everything can be seen."""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from datetime import UTC, datetime, timedelta

import httpx
import orjson

from bot.bootstrap import Ground, open_ground
from bot.clearance.model import Stage
from bot.clearance.routes import EVENT_TYPE
from bot.clearance.service import ClearanceService
from bot.clearance.signature import sign
from bot.clearance.texts import load_stage_texts
from bot.errors import ConflictError
from bot.launch.environment import Progress
from bot.launch.product import Story
from bot.people.credit_code import check_character
from bot.people.model import Role, Scope
from bot.settings import Settings

_STEP_S = 20.0
_FIRMS = (("9144030012345678A", "深圳示例贸易有限公司"), ("9131000087654321B", "上海示例会展服务有限公司"))
_STORY: tuple[tuple[Stage, str | None], ...] = (
    (Stage.SUBMITTED, None),
    (Stage.STORED, None),
    (Stage.REVIEWED, None),
    (Stage.TAX_DUE, "应缴税款 12,300 元 / Tax due: 12,300 yuan"),
    (Stage.EXAMINATION, "查验场地：2号台，明天9:00 / Bay 2, tomorrow 09:00"),
    (Stage.RELEASED, None),
    (Stage.CLOSED, None),
)


def tell_story(progress: Progress) -> Story:
    """What `up` runs beside the product when it is a demonstration."""

    async def story(settings: Settings, url: str) -> None:
        async with open_ground(settings) as ground:
            await _staff(ground, progress)
            secret = await _event_key(ground)
            firms = [(code + check_character(code), name) for code, name in _FIRMS]
            numbers = [f"5316{datetime.now(UTC):%Y}1{secrets.randbelow(10**9):09d}" for _ in firms]
            async with httpx.AsyncClient(base_url=url, timeout=10) as http:
                for number, firm in zip(numbers, firms, strict=True):
                    await _report(http, secret, number, firm, Stage.SUBMITTED, None, datetime.now(UTC))
                    await _print_code(ground, settings, number, firm[1], progress)
                await _go_on(http, secret, numbers[0], firms[0], progress)

    return story


async def _staff(ground: Ground, progress: Progress) -> None:
    for name, role in (("demo-author", Role.AUTHOR), ("demo-approver", Role.APPROVER), ("demo-admin", Role.ADMIN)):
        password = secrets.token_urlsafe(12)
        try:
            await ground.staff.add(name, role, password, actor="system:demo")
        except ConflictError:
            await ground.staff.set_password(name, password, actor="system:demo")
        progress(f"staff for /console: {name}  password: {password}")


async def _event_key(ground: Ground) -> bytes:
    name = f"demo-port-{secrets.token_hex(3)}"
    whsec = await ground.keys.add(name, Scope.EVENTS, actor="system:demo")
    return base64.b64decode(whsec.removeprefix("whsec_"))


async def _print_code(ground: Ground, settings: Settings, number: str, firm: str, progress: Progress) -> None:
    clearance = ClearanceService(
        ground.store,
        ground.clock,
        ground.secrets,
        ground.audit,
        ground.outbox,
        ground.people,
        load_stage_texts(ground.zone),
    )
    code = await clearance.make_binding_code(number, actor="system:demo")
    progress(f"shipment of {firm}: declaration {number}, binding code {code}")


async def _go_on(
    http: httpx.AsyncClient, secret: bytes, number: str, firm: tuple[str, str], progress: Progress
) -> None:
    progress(f"follow {number} in the chat: it moves on every {_STEP_S:.0f} s")
    began = datetime.now(UTC)
    for step, (stage, note) in enumerate(_STORY[1:], 1):
        await asyncio.sleep(_STEP_S)
        await _report(http, secret, number, firm, stage, note, began + timedelta(seconds=step))
        progress(f"the port reports {number}: {stage}")


async def _report(
    http: httpx.AsyncClient,
    secret: bytes,
    number: str,
    firm: tuple[str, str],
    stage: Stage,
    note: str | None,
    at: datetime,
) -> None:
    event = {
        "specversion": "1.0",
        "id": f"{number}-{stage}",
        "source": "urn:kouan:demo-port",
        "type": EVENT_TYPE,
        "time": at.isoformat(),
        "data": {
            "declaration_no": number,
            "stage": stage,
            "enterprise": {"credit_code": firm[0], "name": firm[1]},
        }
        | ({"note": note} if note else {}),
    }
    body = orjson.dumps(event)
    now_s = int(time.time())
    headers = {
        "content-type": "application/cloudevents+json",
        "webhook-id": str(event["id"]),
        "webhook-timestamp": str(now_s),
        "webhook-signature": sign(secret, str(event["id"]), now_s, body),
    }
    (await http.post("/v1/clearance/events", content=body, headers=headers)).raise_for_status()
