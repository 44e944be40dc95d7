"""The page of queues and dead letters."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from redis.asyncio import Redis
from sqlalchemy import update

from bot.channels.model import Reply
from bot.console.delivery_pages import delivery_pages
from bot.console.frame import Frame
from bot.console.texts import load_console_texts
from bot.delivery.audience import resolve_pages
from bot.delivery.canaries.model import canaries_of
from bot.delivery.canaries.service import Canaries, Incidents
from bot.delivery.desk import DeliveryDesk
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.delivery.overview import DeliveryOverview
from bot.delivery.service import DeliveryService
from bot.people.model import StaffMember
from bot.store.schema import deliveries
from tests.integration.console.test_pages import Desk
from tests.office import TOPIC, ZONE, Office

HOME = "/console/deliveries"


async def desk(office: Office, redis: Redis, member: StaffMember) -> Desk:
    client, session = await office.browser(member)
    app = office.app()
    service = DeliveryService(office.store, office.clock, Outbox(redis), {"telegram": 30.0})
    overview = DeliveryOverview(office.store, redis, office.clock, ["web", "telegram"])
    frame = Frame(load_console_texts(), ZONE, secure=False)
    incidents = Incidents(office.store, office.clock)
    behind = DeliveryDesk(office.store, office.clock, office.audit, service, overview)
    app.include_router(delivery_pages(frame, behind, incidents, office.access))
    browser = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=client.base_url, cookies=client.cookies, headers=client.headers
    )
    return Desk(browser, session.csrf)


async def failed(office: Office, redis: Redis, count: int) -> list[int]:
    """A notice whose deliveries all failed; their ids."""
    await office.follow(count)
    audience = Audience(AudienceKind.TOPIC, TOPIC)
    notice = OutgoingNotification(CauseKind.NOTICE, "n1", Lane.BULK, audience, {"en": Reply(text="secret words")})
    async with office.store.write() as connection:
        await Outbox(redis).add(connection, notice, office.clock())
        pages = await resolve_pages(connection, office.clock())
        await connection.execute(update(deliveries).values(state="failed", failure="blocked", attempts=3, uncertain=1))
    return sorted(number for page in pages for number in page.ids)


async def resend(browser: Desk, *ids: int) -> httpx.Response:
    return await browser.client.post(f"{HOME}/resend", data={"csrf": browser.csrf, "id": [str(one) for one in ids]})


async def state_of(office: Office, number: int) -> str:
    async with office.store.read() as connection:
        row = (await connection.execute(deliveries.select().where(deliveries.c.id == number))).one()
    return str(row.state)


async def test_it_shows_queues_causes_and_dead_letters_and_no_text_of_theirs(office: Office, redis: Redis) -> None:
    await failed(office, redis, 3)

    page = await (await desk(office, redis, office.approver)).see(f"{HOME}?lang=en")

    assert page.status_code == 200
    assert "Dead letters (3)" in page.text
    assert page.text.count('type="checkbox"') == 3
    assert "notice:n1" in page.text
    assert "0 workers" in page.text
    assert "secret words" not in page.text


async def test_chosen_dead_letters_are_sent_again_and_the_act_is_on_record(office: Office, redis: Redis) -> None:
    first, second, _ = await failed(office, redis, 3)
    browser = await desk(office, redis, office.approver)

    page = await resend(browser, first, second)
    again = await resend(browser, first)

    assert "2 条将重新投递" in page.text
    assert "其余未动" in again.text
    assert [await state_of(office, number) for number in (first, second)] == ["created", "created"]
    assert await office.trail("delivery.") == [(f"staff:{office.approver.name}", "delivery.resend")] * 2


async def test_a_cause_is_held_goes_on_and_is_called_back(office: Office, redis: Redis) -> None:
    (first,) = await failed(office, redis, 1)
    browser = await desk(office, redis, office.approver)
    await resend(browser, first)

    told = [(await browser.send(f"{HOME}/causes/notice/n1/{act}")).text for act in ("pause", "resume", "stop", "pause")]

    assert ["已暂停；" in told[0], "已继续。" in told[1], "已撤回。" in told[2], "不能再改动" in told[3]] == [True] * 4
    assert await state_of(office, first) == "cancelled"
    assert [act for _, act in await office.trail("delivery.")][1:] == [
        "delivery.pause",
        "delivery.resume",
        "delivery.stop",
    ]


@pytest.mark.parametrize("path", ["causes/notice/none/pause", "causes/mars/n1/pause", "causes/notice/n1/burn"])
async def test_what_is_not_there_is_not_found(office: Office, redis: Redis, path: str) -> None:
    browser = await desk(office, redis, office.approver)

    assert (await browser.send(f"{HOME}/{path}")).status_code == 404


async def test_authors_see_nothing_of_it(office: Office, redis: Redis) -> None:
    browser = await desk(office, redis, office.author)

    assert (await browser.see(HOME)).status_code == 403


async def test_an_open_incident_stands_on_it(office: Office, redis: Redis) -> None:
    canaries = Canaries(office.store, office.clock, Outbox(redis), canaries_of({"web": 1}, None), timedelta(minutes=15))
    await canaries.tick()
    office.clock.now += timedelta(minutes=4)
    await canaries.tick()

    page = await (await desk(office, redis, office.approver)).see(f"{HOME}?lang=en")

    assert "a probe did not arrive in time" in page.text
    assert "not proven yet" in page.text
