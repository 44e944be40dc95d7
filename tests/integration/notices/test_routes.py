"""HTTP of notices and of staff sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.delivery.model import DeliveryState
from bot.people.model import StaffMember
from tests.office import PASSWORD, TEXT, TOPIC, Office

DRAFT: dict[str, Any] = {
    "topic": TOPIC,
    "base_language": "zh-Hans",
    "texts": {"zh-Hans": {"title": TEXT.title, "body": TEXT.body}},
    "source_url": "https://www.customs.gov.cn/x",
}


@pytest.fixture
def office(sqlite_office: Office) -> Office:
    return sqlite_office


async def api(office: Office, member: StaffMember) -> httpx.AsyncClient:
    """A client that is logged in and sends its CSRF token."""
    client, session = await office.browser(member)
    client.headers["x-csrf-token"] = session.csrf
    return client


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].rpartition(":")[2]


async def test_a_notice_from_draft_to_readers(office: Office) -> None:
    await office.follow(3)
    author, approver = await api(office, office.author), await api(office, office.approver)

    made = await author.post("/v1/notices", json=DRAFT)
    path = f"/v1/notices/{made.json()['id']}"
    preview = await author.post(f"{path}/preview")
    submitted = await author.post(f"{path}/submit")
    approved = await approver.post(f"{path}/approve", json={"revision": made.json()["revision"]})
    sending = await author.post(f"{path}/schedule")
    public = await office.http().get("/v1/notices/published", params={"language": "zh-Hant", "limit": 3})

    assert (made.status_code, made.json()["state"], made.json()["author"]) == (201, "draft", "An Author")
    assert preview.json()["audience"] == 3
    assert preview.json()["versions"]["zh-Hant"]["title"] == "寵物入境新規"
    assert preview.json()["versions"]["en"]["origin"] == "fallback"
    assert submitted.json()["meaning"].endswith("nothing was sent yet.")
    assert approved.json()["approver"] == "李审批"
    assert sending.json()["state"] == "sending"
    assert sending.json()["counts"] == dict.fromkeys(DeliveryState, 0)
    assert [(n["title"], n["topic"]) for n in public.json()["notices"]] == [("寵物入境新規", TOPIC)]
    assert set(public.json()["notices"][0]) == {
        *("id", "topic", "title", "body", "source_url", "sent_at", "valid_from", "valid_until")
    }


async def test_a_schedule_and_a_recall(office: Office) -> None:
    notice = await office.approved()
    author = await api(office, office.author)
    at = (office.clock() + timedelta(days=1)).isoformat()

    scheduled = await author.post(f"/v1/notices/{notice.id}/schedule", json={"at": at})
    recalled = await author.post(f"/v1/notices/{notice.id}/recall")

    assert scheduled.json()["state"] == "scheduled"
    assert recalled.json() == {"state": "recalled", "sent": 0, "in_hand": 0, "cancelled": 0}


async def test_its_author_is_refused_as_approver(office: Office) -> None:
    notice = await office.submitted(author=office.approver)
    client = await api(office, office.approver)

    response = await client.post(f"/v1/notices/{notice.id}/approve")

    assert code(response) == (403, "self-approval")


async def test_a_second_approval_is_a_conflict(office: Office) -> None:
    notice = await office.approved()
    client = await api(office, office.admin)

    assert code(await client.post(f"/v1/notices/{notice.id}/approve")) == (409, "conflict")


async def test_all_faults_are_answered_at_once(office: Office) -> None:
    client = await api(office, office.author)
    wrong = {"topic": "x", "base_language": "en", "texts": {"zh-Hans": {"title": "", "body": "y"}}, "source_url": "z"}

    response = await client.post("/v1/notices", json=wrong)

    assert code(response) == (422, "invalid-input")
    assert len(response.json()["faults"]) == 5


async def test_a_time_without_zone_is_refused(office: Office) -> None:
    notice = await office.approved()
    client = await api(office, office.author)

    response = await client.post(f"/v1/notices/{notice.id}/schedule", json={"at": "2027-01-01T10:00:00"})

    assert code(response) == (422, "invalid-input")


async def test_an_unknown_notice_is_not_found(office: Office) -> None:
    client = await api(office, office.author)

    assert code(await client.get("/v1/notices/none")) == (404, "not-found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("POST", ""),
        ("GET", "/x"),
        ("PUT", "/x"),
        ("GET", "/x/preview"),
        *(("POST", f"/x/{act}") for act in ("preview", "submit", "send-back", "approve", "schedule", "recall")),
    ],
)
async def test_who_is_not_logged_in_is_refused(office: Office, method: str, path: str) -> None:
    response = await office.http().request(method, f"/v1/notices{path}", json=DRAFT)

    assert code(response) == (401, "not-authenticated")


async def test_a_change_without_csrf_token_is_refused(office: Office) -> None:
    client, _ = await office.browser(office.author)

    response = await client.post("/v1/notices", json=DRAFT)

    assert code(response) == (403, "not-permitted")
    assert await office.service.queries.newest() == []


async def test_drafts_are_not_published(office: Office) -> None:
    await office.draft()
    await office.approved()

    response = await office.http().get("/v1/notices/published")

    assert response.json() == {"notices": []}


@pytest.mark.parametrize("query", ["limit=0", "limit=51", "language=fr"])
async def test_a_wrong_question_for_the_published_is_refused(office: Office, query: str) -> None:
    assert (await office.http().get(f"/v1/notices/published?{query}")).status_code == 422


async def test_log_in_and_out(office: Office) -> None:
    client = office.http(secure=True)

    logged_in = await client.post("/v1/staff/session", json={"name": "An Author", "password": PASSWORD})
    token = {"x-csrf-token": logged_in.json()["csrf"]}
    inside = await client.get("/v1/staff/session")
    logged_out = await client.delete("/v1/staff/session", headers=token)
    outside = await client.get("/v1/staff/session")

    assert (logged_in.status_code, logged_in.json()["role"]) == (201, "author")
    cookie = logged_in.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "secure", "path=/"))
    assert inside.json()["name"] == "An Author"
    assert logged_out.status_code == 204
    assert outside.status_code == 401


async def test_over_plain_http_the_cookie_is_not_marked_secure(office: Office) -> None:
    response = await office.http().post("/v1/staff/session", json={"name": "Admin", "password": PASSWORD})

    assert "secure" not in response.headers["set-cookie"].lower()


async def test_a_wrong_password_opens_nothing(office: Office) -> None:
    response = await office.http().post("/v1/staff/session", json={"name": "Admin", "password": "wrong"})

    assert code(response) == (401, "not-authenticated")
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}])
async def test_another_site_cannot_log_a_browser_in(office: Office, headers: dict[str, str]) -> None:
    body = {"name": "Admin", "password": PASSWORD}

    response = await office.http().post("/v1/staff/session", json=body, headers=headers)

    assert code(response) == (403, "not-permitted")
    assert "set-cookie" not in response.headers
