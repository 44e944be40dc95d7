"""The promise's meter and its public page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert

from bot.delivery.canaries.service import Incidents
from bot.delivery.pages import load_status_texts, status_page, status_router
from bot.delivery.promise import PromiseDay, PromiseMeter
from bot.people.service import PeopleService
from bot.store.engine import Store
from bot.store.schema import deliveries, outbox

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # noon in Shanghai


async def sent(store: Store, number: int, took_s: float, *, lane: str = "transactional", **values: object) -> None:
    """One delivery that was accepted at the time given, and taken so many seconds later."""
    accepted: datetime = values.pop("accepted", NOW)  # type: ignore[assignment]
    person = await PeopleService(store, lambda: NOW).meet("telegram", str(number), private=True, language="en")
    async with store.write() as connection:
        cause = {"cause_kind": "notice", "cause_id": str(number), "audience_kind": "topic", "audience_target": "x"}
        await connection.execute(
            insert(outbox).values(
                id=number, lane=lane, payload={}, state="resolved", resolved=1, created_at=accepted, **cause
            )
        )
        fixed = {"channel": "telegram", "state": "sent", "attempts": 1, "due_at": accepted, "uncertain": 0}
        await connection.execute(
            insert(deliveries).values(
                **fixed,
                outbox_id=number,
                person_id=person.id,
                address_id=person.address_id,
                lane=lane,
                sent_at=accepted + timedelta(seconds=took_s),
                **values,
            )
        )


async def test_days_count_what_was_in_time_by_the_zone_and_leave_quiet_hours_out(store: Store) -> None:
    meter = PromiseMeter(store, lambda: NOW, ZONE)
    yesterday = datetime(2026, 11, 21, 15, 59, tzinfo=UTC)  # a minute before midnight in Shanghai
    await sent(store, 1, 0.4)
    await sent(store, 2, 9.9)
    await sent(store, 3, 10.5)
    await sent(store, 4, 4000, held_until=NOW + timedelta(hours=1))
    await sent(store, 5, 30, lane="bulk")
    await sent(store, 6, 2, accepted=yesterday)

    await meter.tick()
    await meter.count(date(2026, 11, 22))

    days = await meter.days(3)
    assert days == [
        PromiseDay(date(2026, 11, 20)),
        PromiseDay(date(2026, 11, 21), handed=1, in_time=1),
        PromiseDay(date(2026, 11, 22), handed=3, in_time=2, bulk_handed=1, bulk_in_time=0),
    ]


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
async def test_the_page_and_the_json_say_the_same(sqlite_store: Store, language: str) -> None:
    meter = PromiseMeter(sqlite_store, lambda: NOW, ZONE)
    await sent(sqlite_store, 1, 0.4)
    await sent(sqlite_store, 2, 30)
    await meter.tick()
    app = FastAPI()
    app.include_router(status_router(meter, Incidents(sqlite_store, lambda: NOW)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        page = await http.get("/status", params={"lang": language})
        wished = await http.get("/status", headers={"Accept-Language": "zh-HK" if language == "zh-Hant" else language})
        json = (await http.get("/v1/status/promise")).json()

    assert f'lang="{language}"' in page.text
    assert page.text == wished.text
    assert "50.0%" in page.text
    assert "width=device-width" in page.text
    assert json["days"][-1] == {
        **{"day": "2026-11-22", "handed": 2, "in_time": 1, "share": 0.5},
        **{"bulk_handed": 0, "bulk_in_time": 0},
    }
    assert (json["promised_share"], json["within_s"], len(json["days"])) == (0.95, 10.0, 30)


def test_the_chart_has_a_bar_for_each_day_with_notifications_and_says_whether_it_was_kept() -> None:
    days = [
        PromiseDay(date(2026, 11, 20)),
        PromiseDay(date(2026, 11, 21), 100, 95),
        PromiseDay(date(2026, 11, 22), 100, 94),
    ]

    page = status_page(days, [], "en", load_status_texts()["en"])

    assert page.count("<rect") == 2
    assert "#1b7f4b" in page
    assert "#b3261e" in page
