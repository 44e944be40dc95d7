"""`up --demo`: sample firms, a shipment whose story goes on by itself, staff, and notices, so that everything can be seen."""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from datetime import UTC, datetime, timedelta

import httpx
import orjson

from bot.clearance.model import Stage
from bot.clearance.schemas import EVENT_TYPE
from bot.clearance.service import ClearanceService
from bot.clearance.signature import sign
from bot.clearance.texts import load_stage_texts
from bot.errors import ConflictError
from bot.ground import Ground, open_ground
from bot.launch.environment import Progress
from bot.launch.product import Story
from bot.notices.model import NoticeText
from bot.people.credit_code import check_character
from bot.people.model import Role, Scope
from bot.rooms.services import notice_service
from bot.settings import REPOSITORY, Settings
from knowledge.load import load_knowledge

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

_PUBLISHED_TOPIC = "service_hours_ports"
_NOTICES: tuple[tuple[str, dict[str, NoticeText]], ...] = (
    (
        _PUBLISHED_TOPIC,
        {
            "zh-Hans": NoticeText("示例通知：窗口调整", "这是一条演示通知，不是真实的规定。服务窗口明天起搬到二楼。"),
            "en": NoticeText(
                "Sample notice: counters move", "A sample, not a real rule. The counters move upstairs tomorrow."
            ),
        },
    ),
    (
        "taxes_fees",
        {
            "zh-Hans": NoticeText("示例通知：系统维护", "这是一条演示通知，不是真实的规定。今晚缴税系统维护两小时。"),
            "en": NoticeText(
                "Sample notice: maintenance", "A sample, not a real rule. Payment is down for two hours tonight."
            ),
        },
    ),
)


def tell_story(progress: Progress) -> Story:
    """What `up` runs beside the product when it is a demonstration."""

    async def story(settings: Settings, url: str) -> None:
        async with open_ground(settings) as ground:
            await _staff(ground, progress)
            await _notices(ground, progress)
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


async def _notices(ground: Ground, progress: Progress) -> None:
    """One notice that went out, one that waits for another person's approval."""
    notices = notice_service(ground, load_knowledge(REPOSITORY / "knowledge"))
    members = {member.name: member for member in await ground.staff.members(Role.AUTHOR)}
    author, approver = members["demo-author"], members["demo-approver"]
    for topic, texts in _NOTICES:
        notice = await notices.create(topic, "zh-Hans", texts, None, author=author)
        await notices.submit(notice.id, by=author)
        if topic == _PUBLISHED_TOPIC:
            await notices.approve(notice.id, by=approver)
            await notices.send(notice.id, by=approver)
    progress("notices on /console: one was sent, one waits for approval by demo-approver")


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
