"""The API of a web chat's own person."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from bot import problems
from bot.following.routes import following_router
from bot.following.service import FollowingService
from bot.people.service import WebSessions
from bot.secrets import Secrets
from bot.store.engine import Store
from tests.integration.delivery.test_holding import Desk
from tests.integration.following.test_in_chat import catalogue

__all__ = ["catalogue"]  # a fixture


@pytest.fixture
def sessions(secrets: Secrets) -> WebSessions:
    return WebSessions(secrets)


@pytest.fixture
def http(sqlite_store: Store, redis: Redis, sessions: WebSessions, catalogue: object) -> httpx.AsyncClient:
    desk = Desk(sqlite_store, redis)
    service = FollowingService(sqlite_store, desk.clock, catalogue, "Asia/Shanghai")  # type: ignore[arg-type]
    app = FastAPI()
    problems.install(app)
    app.include_router(following_router(service, desk.people, sessions))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def mine(sessions: WebSessions) -> dict[str, str]:
    return {"Authorization": f"Bearer {sessions.issue()}"}


async def test_follow_list_and_stop(http: httpx.AsyncClient, sessions: WebSessions) -> None:
    me, other = mine(sessions), mine(sessions)

    first = await http.put("/v1/me/follows/hs_chapter/85", headers=me)
    again = await http.put("/v1/me/follows/hs_chapter/85", headers=me)
    listed = await http.get("/v1/me/follows", headers=me)
    others = await http.get("/v1/me/follows", headers=other)
    ended = await http.delete("/v1/me/follows", headers=me)

    assert [first.json(), again.json()] == [{"changed": True}, {"changed": False}]
    assert [follow["target"] for follow in listed.json()["follows"]] == ["85"]
    assert others.json() == {"follows": []}
    assert ended.json() == {"ended": 1}


async def test_quiet_hours_and_cadence_carry_their_zone(http: httpx.AsyncClient, sessions: WebSessions) -> None:
    me = mine(sessions)

    await http.put("/v1/me/preferences/*/*", headers=me, json={"cadence": "daily"})
    hours = {"from": "22:00", "until": "08:00", "zone": "Asia/Hong_Kong"}
    answer = await http.put("/v1/me/quiet-hours", headers=me, json=hours)

    assert answer.json()["zone"] == "Asia/Hong_Kong"
    assert answer.json()["quiet_hours"] == hours
    assert answer.json()["preferences"] == [{"topic": "*", "channel": "*", "cadence": "daily"}]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/me/follows/container/CSQU3054383", None, 403),
        ("/v1/me/follows/port/9999", None, 422),
        ("/v1/me/quiet-hours", {"from": "25:00", "until": "08:00", "zone": "Asia/Hong_Kong"}, 422),
        ("/v1/me/quiet-hours", {"from": "22:00", "until": "22:00", "zone": "Mars/Base"}, 422),
        ("/v1/me/preferences/nonsense/fax", {"cadence": "daily"}, 422),
    ],
)
async def test_what_cannot_be_is_refused(
    http: httpx.AsyncClient, sessions: WebSessions, path: str, body: object, status: int
) -> None:
    answer = await http.put(path, headers=mine(sessions), json=body)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("token", ["", "Bearer x", "Bearer s_" + "0" * 32 + "_" + "0" * 16])
async def test_nobody_acts_for_somebody_else(http: httpx.AsyncClient, token: str) -> None:
    assert (await http.get("/v1/me/follows", headers={"Authorization": token})).status_code == 401
