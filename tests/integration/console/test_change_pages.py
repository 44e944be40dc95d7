"""Pages of corrections, confirmations, banners, addresses; live counts."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.console.notice_extras import ExtrasForm
from bot.notices.extras import AudiencePart, NoticeExtras
from bot.notices.live import LiveCounts
from bot.notices.placeholders import PlaceholderKind
from tests.integration.console.test_pages import HOME, desk, draft_fields
from tests.integration.notices.test_in_chat import send_all
from tests.office import ZONE, Office


async def test_extras_typed_are_kept_and_shown_again(office: Office) -> None:
    browser = await desk(office, office.author)
    fields = draft_fields() | {
        "body-zh-Hans": "((port))自((day))起",
        "placeholders": "port: port = 蛇口\nport[en] = Shekou\nday: date = 2026-12-01",
        "audience": "topic traveller_pets\ntopic taxes_fees | port = 盐田\n",
        "valid_until": "2027-01-01T10:00",
        "needs_ack": "yes",
        "chase_after_h": "24",
    }

    saved = await browser.send(HOME, **fields)
    path = saved.headers["location"].partition("?")[0]
    form = await browser.see(f"{path}/edit")
    notice = await office.service.queries.find(path.rpartition("/")[2])

    extras = notice.content.extras
    assert extras.audience[1] == AudiencePart("topic", "taxes_fees", given={"port": "盐田"})
    assert extras.given == {"port": "蛇口", "port[en]": "Shekou", "day": "2026-12-01"}
    assert (extras.needs_ack, extras.chase_after_h) == (True, 24)
    assert extras.valid_until == datetime(2027, 1, 1, 10, tzinfo=ZONE)
    assert "topic taxes_fees | port = 盐田" in form.text
    assert "port[en]: port = Shekou" in form.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("audience", "everybody"),
        ("audience", "cancel x"),
        ("placeholders", "?"),
        ("valid_until", "soon"),
        ("entries", "no-such"),
    ],
)
async def test_what_cannot_be_read_is_said_beside_the_field(office: Office, field: str, value: str) -> None:
    response = await (await desk(office, office.author)).send(HOME, **draft_fields(), **{field: value})

    is_unchecked = field == "entries"  # the office knows no entries to compare with
    assert (response.status_code == 303) is is_unchecked
    assert (f'id="fault-{field}"' in response.text) is not is_unchecked


def test_a_form_over_what_is_kept_says_the_same_again() -> None:
    extras = NoticeExtras(
        placeholders={"a": PlaceholderKind.DATE, "b": PlaceholderKind.URL},
        given={"a": "2026-01-01"},
        audience=(AudiencePart("told", "n1", excluded=True), AudiencePart("topic", "t", given={"a": "x", "b": "y"})),
        entries=("e-1", "e-2"),
        supersedes_id="n2",
    )

    assert ExtrasForm.of(extras, ZONE).read(ZONE) == (extras, [])


async def test_a_correction_from_the_form_to_the_proof(office: Office) -> None:
    await office.follow(2)
    notice = await office.approved()
    await office.service.send(notice.id, by=office.author)
    await send_all(office)
    author, approver = await desk(office, office.author), await desk(office, office.approver)

    await author.send(f"{HOME}/{notice.id}/correct", **{"title-zh-Hans": "新题", "body-zh-Hans": "新文"})
    (status,) = await office.changes.of_notice(notice.id)
    own = await author.see(f"{HOME}/{notice.id}")
    other = await approver.see(f"{HOME}/{notice.id}")
    refused = await author.send(f"{HOME}/changes/{status.change.id}/approve")
    await approver.send(f"{HOME}/changes/{status.change.id}/approve")
    await office.dispatch.tick()
    await send_all(office)
    proof = await approver.see(f"{HOME}/changes/{status.change.id}")

    assert f"{status.change.id}/approve" not in own.text
    assert f"{status.change.id}/approve" in other.text
    assert refused.status_code == 403
    assert proof.text.count("•••") == 2


async def test_a_withdrawal_without_a_reason_is_refused(office: Office) -> None:
    await office.follow(1)
    notice = await office.approved()
    await office.service.send(notice.id, by=office.author)
    browser = await desk(office, office.author)

    without = await browser.send(f"{HOME}/{notice.id}/withdraw", reason="")
    after = await browser.send(f"{HOME}/{notice.id}/withdraw", reason="wrong")

    assert (without.status_code, after.status_code) == (422, 303)
    assert (await office.service.queries.find(notice.id)).state == "withdrawn"


async def test_the_list_of_readers_is_for_approvers(office: Office) -> None:
    await office.follow(2)
    made = await office.service.create(
        "traveller_pets", "zh-Hans", {"zh-Hans": (await office.draft()).content.texts["zh-Hans"]}, None,
        NoticeExtras(needs_ack=True), author=office.author,
    )  # fmt: skip
    await office.service.submit(made.id, by=office.author)
    await office.service.approve(made.id, by=office.approver)
    await office.service.send(made.id, by=office.author)
    await send_all(office)

    refused = await (await desk(office, office.author)).see(f"{HOME}/{made.id}/readers")
    page = await (await desk(office, office.approver)).see(f"{HOME}/{made.id}/readers")
    table = await (await desk(office, office.approver)).see(f"{HOME}/{made.id}/readers.csv")

    assert refused.status_code == 403
    assert page.text.count("未确认") == 2
    assert len(table.text.strip().splitlines()) == 3


async def test_a_banner_by_two_persons(office: Office) -> None:
    author, approver = await desk(office, office.author), await desk(office, office.approver)
    now = datetime.now(ZONE)
    fields = {"starts_at": f"{now:%Y-%m-%dT%H:%M}", "ends_at": f"{now + timedelta(hours=2):%Y-%m-%dT%H:%M}"}

    wrong = await author.send("/console/banners", **fields)
    await author.send("/console/banners", **fields, **{"text-en": "Closed", "audience": "agreed:emergency"})
    (banner,) = await office.banners.newest()
    await approver.send(f"/console/banners/{banner.id}/approve")
    page = await author.see("/console/banners")

    assert wrong.status_code == 422
    assert "显示中" in page.text
    assert (await office.banners.find(banner.id)).audience == ("agreed", "emergency")


async def test_an_address_is_linked_by_the_code_from_the_bot(office: Office) -> None:
    person = await office.people.meet("telegram", "4711", private=True, language="en")
    browser = await desk(office, office.author)

    wrong = await browser.send("/console/addresses", code="NOPE")
    await browser.send("/console/addresses", code=await office.test_sends.code_for(person))
    page = await browser.see("/console/addresses")

    assert wrong.status_code == 422
    assert "•••711" in page.text


async def test_one_reader_serves_all_pages(office: Office) -> None:
    await office.follow(2)
    notice = await office.approved()
    await office.service.send(notice.id, by=office.author)
    live = LiveCounts(office.service.queries, every_s=0.05)
    pages = [live.watch(notice.id) for _ in range(50)]
    first = [await anext(page) for page in pages]

    waiting = [asyncio.ensure_future(anext(page)) for page in pages]
    await asyncio.sleep(0.01)
    await send_all(office)
    statuses = await asyncio.wait_for(asyncio.gather(*waiting), 10)
    for page in pages:
        await page.aclose()  # type: ignore[attr-defined]

    assert len(first) == 50
    assert {status.progress.total for status in statuses if status} <= {0, 2}
    assert live.reads < 25


async def test_the_console_speaks_traditional_chinese(office: Office) -> None:
    page = await (await desk(office, office.author)).see(f"{HOME}?lang=zh-Hant")

    assert 'lang="zh-Hant"' in page.text
    assert "寫新通知" in page.text
