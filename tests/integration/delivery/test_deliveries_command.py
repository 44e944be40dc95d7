"""`kouan deliveries` on a database with causes, and a Redis that may be away."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.channels.model import Reply
from bot.cli import main
from bot.delivery.audience import resolve_pages
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.ground import open_ground
from bot.people.service import PeopleService
from bot.settings import load_settings
from bot.store.migrate import migrate
from bot.store.schema import audit, deliveries, outbox

TOPIC = "taxes_fees"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with three deliveries of one notice, two of them failed; no Redis runs."""
    monkeypatch.setenv("KOUAN_SECRET", "t" * 40)

    async def prepare() -> None:
        settings = load_settings(data_dir=tmp_path, redis_url="unix:///nowhere/redis.sock")
        await migrate(settings)
        async with open_ground(settings) as ground:
            people: PeopleService = ground.people
            for chat in range(3):
                person = await people.meet("telegram", str(chat), private=True, language="en")
                await people.follow_topic(person.address_id, TOPIC)
            async with ground.store.write() as connection:
                await ground.outbox.add(
                    connection,
                    OutgoingNotification(
                        CauseKind.NOTICE,
                        "n1",
                        Lane.BULK,
                        Audience(AudienceKind.TOPIC, TOPIC),
                        {"en": Reply(text="secret words")},
                    ),
                    datetime.now(UTC),
                )
                await resolve_pages(connection, datetime.now(UTC))
                await connection.execute(
                    update(deliveries).where(deliveries.c.id < 3).values(state="failed", failure="blocked", attempts=1)
                )

    asyncio.run(prepare())
    return tmp_path


def run(place: Path, *arguments: str) -> int:
    return main(["--data-dir", str(place), "deliveries", *arguments])


def rows(place: Path, query: object) -> list[tuple[object, ...]]:
    async def read() -> list[tuple[object, ...]]:
        async with open_ground(load_settings(data_dir=place)) as ground, ground.store.read() as connection:
            return [tuple(row) for row in await connection.execute(query)]  # type: ignore[call-overload]

    return asyncio.run(read())


def test_the_list_names_lanes_causes_and_counts_without_redis(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "list") == 0

    out = capsys.readouterr().out
    assert "notice:n1  bulk  resolved  1 created, 2 failed" in out
    assert "Redis is away" in out
    assert "2 dead letters" in out


def test_one_delivery_is_shown_without_its_words(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "show", "1") == 0

    out = capsys.readouterr().out
    assert "state: failed" in out
    assert "staff may send it again" in out
    assert "secret words" not in out


def test_what_is_not_there_is_said(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "show", "99") == 1
    assert run(place, "pause", "notice:none") == 1
    assert run(place, "pause", "nonsense") == 1

    err = capsys.readouterr().err
    assert "No such delivery." in err
    assert "No such cause." in err
    assert "KIND:ID" in err


def test_dead_letters_are_listed_and_sent_again(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "dead") == 0
    assert capsys.readouterr().out.count("blocked") == 2

    assert run(place, "resend", "1", "3") == 1

    assert "3: left" in capsys.readouterr().out
    assert rows(place, select(deliveries.c.id).where(deliveries.c.state == "created").order_by(deliveries.c.id)) == [
        (1,),
        (3,),
    ]
    assert rows(place, select(audit.c.action, audit.c.object)) == [("delivery.resend", "delivery:1")]


def test_a_cause_is_held_goes_on_and_is_stopped(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "pause", "notice:n1") == 0
    assert rows(place, select(outbox.c.paused_at))[0][0] is not None
    assert run(place, "resume", "notice:n1") == 0
    assert rows(place, select(outbox.c.paused_at)) == [(None,)]
    assert run(place, "stop", "notice:n1") == 0

    assert "1 called back" in capsys.readouterr().out
    assert rows(place, select(outbox.c.state)) == [("cancelled",)]
