"""The console's pages, as a browser gets them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.clearance.model import ClearanceEvent, Stage
from bot.notices.model import NoticeState, NoticeText
from bot.people.model import StaffMember
from tests.office import PASSWORD, TOPIC, ZONE, Office

HOME = "/console/notices"
NUMBER = "531620261000123456"


class Desk:
    """A browser in which somebody is logged in; forms carry the session's token."""

    def __init__(self, client: httpx.AsyncClient, csrf: str) -> None:
        self.client = client
        self.csrf = csrf

    async def see(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def send(self, path: str, **fields: str) -> httpx.Response:
        return await self.client.post(path, data={"csrf": self.csrf, **fields})


async def desk(office: Office, member: StaffMember) -> Desk:
    client, session = await office.browser(member)
    return Desk(client, session.csrf)


def draft_fields() -> dict[str, str]:
    return {"topic": TOPIC, "base_language": "zh-Hans", "title-zh-Hans": "标题", "body-zh-Hans": "正文"}


async def test_who_is_not_logged_in_is_led_to_the_log_in_and_back(office: Office) -> None:
    client = office.http()

    sent_away = await client.get(f"{HOME}/new")
    back = await client.post("/console/login", data={"name": "Admin", "password": PASSWORD, "next": f"{HOME}/new"})

    assert sent_away.headers["location"] == f"/console/login?next={HOME}/new"
    assert (back.status_code, back.headers["location"]) == (303, f"{HOME}/new")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/v1/notices"])
async def test_log_in_never_leads_elsewhere(office: Office, target: str) -> None:
    form = await office.http().get("/console/login", params={"next": target})
    response = await office.http().post("/console/login", data={"name": "Admin", "password": PASSWORD, "next": target})

    assert response.headers["location"] == HOME
    assert "evil" not in form.text


async def test_a_session_planted_before_the_log_in_opens_nothing(office: Office) -> None:
    planted, _ = await office.staff.log_in("An Author", PASSWORD)
    client = office.http()
    client.cookies.set("kouan_staff", planted)

    response = await client.post("/console/login", data={"name": "Admin", "password": PASSWORD})

    given = re.search(r"kouan_staff=([^;]+)", response.headers["set-cookie"])
    stranger = office.http()
    stranger.cookies.set("kouan_staff", planted)
    assert given is not None
    assert given[1] != planted
    assert (await stranger.get(HOME)).status_code == 303


async def test_a_wrong_password_keeps_the_name_and_not_the_password(office: Office) -> None:
    response = await office.http().post("/console/login", data={"name": '"><script>', "password": "secret-guess"})

    assert response.status_code == 401
    assert 'value="&#34;&gt;&lt;script&gt;"' in response.text
    assert "secret-guess" not in response.text


async def test_after_many_wrong_tries_the_wait_is_said(office: Office) -> None:
    for _ in range(8):
        await office.http().post("/console/login", data={"name": "Admin", "password": "wrong"})

    response = await office.http().post("/console/login", data={"name": "Admin", "password": PASSWORD})

    assert response.status_code == 429
    assert "15" in response.text
    assert response.headers["retry-after"] == "900"


async def test_another_site_cannot_send_the_log_in_form(office: Office) -> None:
    response = await office.http().post(
        "/console/login", data={"name": "Admin", "password": PASSWORD}, headers={"sec-fetch-site": "cross-site"}
    )

    assert response.status_code == 403
    assert "set-cookie" not in response.headers


async def test_after_the_log_out_the_session_is_over(office: Office) -> None:
    browser = await desk(office, office.author)

    response = await browser.send("/console/logout")

    assert response.headers["location"] == "/console/login"
    assert (await browser.see(HOME)).status_code == 303


@pytest.mark.parametrize("path", ["/console/login", HOME, f"{HOME}/new", f"{HOME}/none", "/console/static/console.css"])
async def test_every_answer_carries_the_security_headers(office: Office, path: str) -> None:
    response = await (await desk(office, office.approver)).see(path)

    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] in {"no-store", "no-cache"}


@pytest.mark.parametrize("path", [HOME, f"{HOME}/new"])
async def test_pages_need_nothing_that_the_policy_forbids(office: Office, path: str) -> None:
    html = (await (await desk(office, office.approver)).see(path)).text

    assert "<style" not in html
    assert not re.search(r"\son\w+=|\sstyle=", html)
    assert not re.search(r"<script(?![^>]*src=)", html)


async def test_a_draft_is_kept_and_nothing_is_sent(office: Office) -> None:
    browser = await desk(office, office.author)

    response = await browser.send(HOME, **draft_fields())
    page = await browser.see(response.headers["location"])

    (status,) = await office.service.queries.newest()
    assert status.notice.state is NoticeState.DRAFT
    assert "草稿已保存。还没有发送任何内容。" in page.text


async def test_all_faults_stand_beside_their_fields_and_what_was_typed_is_kept(office: Office) -> None:
    browser = await desk(office, office.author)
    typed = {"topic": "", "title-zh-Hans": "", "title-en": "Kept <b>title</b>", "source_url": "ftp://kept"}

    response = await browser.send(HOME, **(draft_fields() | typed))

    assert response.status_code == 422
    for where in ("topic", "texts.zh-Hans.title", "texts.en.body", "source_url"):
        assert f'id="fault-{where}"' in response.text
    assert response.text.count('aria-invalid="true"') == 4
    assert 'value="Kept &lt;b&gt;title&lt;/b&gt;"' in response.text
    assert 'value="ftp://kept"' in response.text
    assert "正文</textarea>" in response.text
    assert await office.service.queries.newest() == []


@pytest.mark.parametrize("csrf", ["", "wrong", "非ascii"])
async def test_a_form_without_its_token_changes_nothing(office: Office, csrf: str) -> None:
    browser = await desk(office, office.author)

    response = await browser.client.post(HOME, data=draft_fields() | {"csrf": csrf})

    assert response.status_code == 403
    assert await office.service.queries.newest() == []


async def test_anothers_token_is_no_token(office: Office) -> None:
    author, approver = await desk(office, office.author), await desk(office, office.approver)

    response = await author.client.post(HOME, data=draft_fields() | {"csrf": approver.csrf})

    assert response.status_code == 403


async def test_scripts_in_a_notice_are_shown_and_never_run(office: Office) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    notice = await office.service.create(
        TOPIC, "zh-Hans", {"zh-Hans": NoticeText(evil, f"{evil} [x](javascript:alert(1))")}, None, author=office.author
    )
    browser = await desk(office, office.author)

    pages = [(await browser.see(path)).text for path in (HOME, f"{HOME}/{notice.id}", f"{HOME}/{notice.id}/edit")]

    for html in pages:
        assert "<script>alert" not in html
        assert "<img" not in html
        assert 'href="javascript' not in html
        assert "&lt;script&gt;alert(1)" in html


async def test_the_submitted_page_says_that_nothing_was_sent_and_who_can_approve(office: Office) -> None:
    notice = await office.draft()
    browser = await desk(office, office.author)

    response = await browser.send(f"{HOME}/{notice.id}/submit")
    page = await browser.see(response.headers["location"])

    assert "已提交审批。还没有发送任何内容。" in page.text
    assert "Admin、李审批" in page.text
    assert f"/{notice.id}/approve" not in page.text


async def test_review_schedule_and_send(office: Office) -> None:
    await office.follow(2)
    notice = await office.submitted()
    approver, author = await desk(office, office.approver), await desk(office, office.author)
    local = (datetime.now(ZONE) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")

    await approver.send(f"{HOME}/{notice.id}/approve", revision="1")
    await author.send(f"{HOME}/{notice.id}/schedule", at=local)
    scheduled = await office.service.queries.find(notice.id)
    await author.send(f"{HOME}/{notice.id}/send")
    live = await author.see(f"{HOME}/{notice.id}/live")

    assert scheduled.scheduled_for == datetime.fromisoformat(local).replace(tzinfo=ZONE).astimezone(UTC)
    assert live.json()["state"] == "sending"
    assert live.json()["total"] == 2
    assert live.json()["live"] is True


async def test_a_time_that_has_passed_is_said_beside_the_field(office: Office) -> None:
    notice = await office.approved()

    response = await (await desk(office, office.author)).send(f"{HOME}/{notice.id}/schedule", at="2020-01-01T10:00")

    assert response.status_code == 422
    assert "这个时间已经过去了。" in response.text
    assert 'value="2020-01-01T10:00"' in response.text


@pytest.mark.parametrize("at", ["", "soon"])
async def test_no_time_is_said_beside_the_field(office: Office, at: str) -> None:
    notice = await office.approved()

    response = await (await desk(office, office.author)).send(f"{HOME}/{notice.id}/schedule", at=at)

    assert 'id="fault-at"' in response.text


async def test_the_page_of_its_author_offers_no_approval_and_the_post_is_refused(office: Office) -> None:
    notice = await office.submitted(author=office.approver)
    browser = await desk(office, office.approver)

    page = await browser.see(f"{HOME}/{notice.id}")
    response = await browser.send(f"{HOME}/{notice.id}/approve", revision="1")

    assert f"{notice.id}/approve" not in page.text
    assert response.status_code == 403
    assert "另一位同事" in response.text


@pytest.mark.parametrize("revision", ["", "2", "x"])
async def test_an_approval_of_something_else_than_was_read_is_refused(office: Office, revision: str) -> None:
    notice = await office.submitted()

    response = await (await desk(office, office.approver)).send(f"{HOME}/{notice.id}/approve", revision=revision)

    assert response.status_code == 409
    assert (await office.service.queries.find(notice.id)).state is NoticeState.SUBMITTED


async def test_a_recall_says_what_had_been_sent(office: Office) -> None:
    await office.follow(2)
    notice = await office.approved()
    await office.service.send(notice.id, by=office.author)

    response = await (await desk(office, office.author)).send(f"{HOME}/{notice.id}/recall")

    assert "已撤回：0 条已取消，0 条此前已送达" in response.text


async def test_an_act_that_there_is_not(office: Office) -> None:
    notice = await office.approved()

    assert (await (await desk(office, office.author)).send(f"{HOME}/{notice.id}/explode")).status_code == 404


async def test_anothers_draft_is_not_edited(office: Office) -> None:
    notice = await office.draft()

    assert (await (await desk(office, office.admin)).see(f"{HOME}/{notice.id}/edit")).status_code == 409


async def test_a_binding_code_is_shown_once_and_opens_the_declaration(office: Office) -> None:
    browser = await desk(office, office.approver)
    person = await office.people.meet("telegram", "1", private=True, language="en")

    response = await browser.send("/console/declarations/code", declaration_no=f" {NUMBER} ")

    code = re.search(r'<output id="code">([A-Z0-9-]+)</output>', response.text)
    assert code is not None
    assert await office.clearance.follow(person.address_id, NUMBER, code[1])
    assert code[1] not in (await browser.see("/console/declarations")).text


async def test_a_status_is_shown_and_the_look_recorded(office: Office) -> None:
    now = office.clock()
    await office.clearance.take([ClearanceEvent("s", "1", NUMBER, Stage.RELEASED, now, note="<b>gate 3</b>")])
    browser = await desk(office, office.approver)

    response = await browser.send("/console/declarations/status", declaration_no=NUMBER)

    assert "放行" in response.text
    assert "&lt;b&gt;gate 3&lt;/b&gt;" in response.text
    assert ("staff:李审批", "clearance.look") in await office.trail("clearance.")


@pytest.mark.parametrize("number", ["", "123", "53162026100012345x", "<script>"])
async def test_a_number_that_is_none_is_said_beside_the_field(office: Office, number: str) -> None:
    browser = await desk(office, office.approver)

    response = await browser.send("/console/declarations/code", declaration_no=number)

    assert response.status_code == 422
    assert 'id="fault-no"' in response.text
    assert "<script>" not in response.text


async def test_an_unknown_declaration_is_said(office: Office) -> None:
    browser = await desk(office, office.approver)

    response = await browser.send("/console/declarations/status", declaration_no=NUMBER)

    assert response.status_code == 404
    assert "没有这个报关单的记录。" in response.text


@pytest.mark.parametrize("act", ["status", "code"])
async def test_authors_see_no_declarations(office: Office, act: str) -> None:
    browser = await desk(office, office.author)

    page = await browser.see(HOME)
    response = await browser.send(f"/console/declarations/{act}", declaration_no=NUMBER)

    assert "/console/declarations" not in page.text
    assert response.status_code == 403


async def test_the_language_is_kept(office: Office) -> None:
    browser = await desk(office, office.author)

    english = await browser.see(f"{HOME}?lang=en")
    nonsense = await browser.see(f"{HOME}?lang=<script>")

    assert "Write a notice" in english.text
    assert "kouan_console_lang=en" in english.headers["set-cookie"]
    assert "set-cookie" not in nonsense.headers
    assert "<script>" not in nonsense.text
