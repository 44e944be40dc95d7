"""Questions without an answer and ratings: kept without identity, listed, filed, forgotten."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.channels.model import Reply
from bot.errors import InvalidInputError, NotFoundError
from bot.learning.model import QuestionKind, Reason
from bot.learning.service import KEPT, LearningRetention, LearningService
from bot.learning.texts import load_learning_texts
from bot.secrets import Secrets
from bot.settings import REPOSITORY
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import asked_questions, audit
from knowledge.compile import compile_nlu
from knowledge.load import Knowledge, load_knowledge
from knowledge.phrasings import phrasings_file, read_phrasings
from tests.fakes import FakeClock

NO = [Reply(text="这不属于口岸业务。", kind="out_of_scope")]
ENTRY = "import-declaration-deadline"
ANSWER = [Reply(text="自运输工具申报进境之日起十四日内。", entry=ENTRY, topic="declaration_time_limits")]
QUESTION = "我叫王小明 13800138000 量子货物怎么报"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge(REPOSITORY / "knowledge")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def service(store: Store, clock: FakeClock, secrets: Secrets, knowledge: Knowledge, tmp_path: Path) -> LearningService:
    zone, file = ZoneInfo("Asia/Shanghai"), phrasings_file(tmp_path)
    return LearningService(store, clock, zone, AuditTrail(secrets), knowledge, load_learning_texts(), file)


async def test_a_question_without_an_answer_is_listed_without_who_asked(store: Store, service: LearningService) -> None:
    await service.heard("conversation-1", QUESTION, "zh-Hans", NO)
    await service.heard("conversation-2", "进口货物几天内要申报", "zh-Hans", ANSWER)

    (found,) = await service.open_groups()

    assert found.shown[0].text == "我叫‹name› ‹number› 量子货物怎么报"
    async with store.read() as connection:
        row = (await connection.execute(select(asked_questions))).mappings().one()
    assert "conversation-1" not in str(dict(row))


async def test_a_poor_rating_keeps_the_question_the_entry_and_the_reason(service: LearningService) -> None:
    await service.heard("c", "几天内申报", "zh-Hans", ANSWER)
    asked = await service.rated("c", f"r:{ENTRY}:bad", "zh-Hans")
    assert asked is not None
    reason = next(button for button in asked.buttons if str(button.payload).endswith(":outdated"))

    thanked = await service.rated("c", str(reason.payload), "zh-Hans")
    again = await service.rated("c", str(reason.payload).replace("outdated", "wrong"), "zh-Hans")

    (found,) = await service.open_groups()
    kept = found.shown[0]
    assert (kept.kind, kept.entry, kept.reason, kept.text) == (QuestionKind.POOR, ENTRY, Reason.OUTDATED, "几天内申报")
    assert thanked is not None
    assert again is not None
    assert [button.payload for button in asked.buttons][-1] == "t:human_handoff"


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
async def test_ratings_are_counted_in_every_language(service: LearningService, language: str) -> None:
    for value in ("good", "bad", "bad"):
        assert await service.rated("c", f"r:{ENTRY}:{value}", language) is not None  # type: ignore[arg-type]

    (rating,) = await service.worst_rated()

    assert (rating.entry, rating.good, rating.bad) == (ENTRY, 1, 2)


async def test_what_is_no_rating_is_left_to_others(service: LearningService) -> None:
    for payload in (f"e:{ENTRY}", "t:help", "r:", "r:x:maybe", f"r:{'9' * 19}:wrong"):
        assert await service.rated("c", payload, "en") is None


async def test_a_rating_of_an_entry_that_is_gone_keeps_nothing(service: LearningService) -> None:
    assert await service.rated("c", "r:gone-long-ago:bad", "en") is not None

    assert await service.open_groups() == []
    assert await service.worst_rated() == []


def test_only_the_last_answer_can_be_rated(service: LearningService) -> None:
    rated = service.with_rating([*ANSWER, *ANSWER, Reply(text="好的", kind="chitchat")], "en")

    assert [len(reply.buttons) for reply in rated] == [0, 2, 0]
    assert service.with_rating(NO, "en") == NO


async def test_a_phrasing_that_is_filed_trains_the_next_model(
    store: Store, service: LearningService, knowledge: Knowledge, tmp_path: Path
) -> None:
    await service.heard("c", "量子货物怎么报", "zh-Hans", NO)
    (found,) = await service.open_groups()

    await service.file(found.ids, "量子货物  怎么报", ENTRY, actor="staff:li")

    assert await service.open_groups() == []
    filed = read_phrasings(phrasings_file(tmp_path))
    assert filed == {ENTRY: ["量子货物 怎么报"]}
    compile_nlu(knowledge, tmp_path / "compiled.jsonl", filed)
    assert "量子货物 怎么报" in (tmp_path / "compiled.jsonl").read_text()
    async with store.read() as connection:
        acts = (await connection.execute(select(audit.c.actor, audit.c.action, audit.c.object))).all()
    assert [tuple(act) for act in acts] == [("staff:li", "questions.filed", f"entry:{ENTRY}")]


async def test_everything_wrong_with_a_filing_is_told_at_once(service: LearningService, knowledge: Knowledge) -> None:
    with pytest.raises(InvalidInputError) as both:
        await service.file([1], "‹name› 问", "no-such-entry", actor="staff:li")
    with pytest.raises(InvalidInputError) as taken:
        await service.file([1], knowledge.entries[ENTRY].questions.zh_hans[0] + "？", ENTRY, actor="staff:li")

    assert [(f.where, f.code) for f in both.value.faults] == [("text", "needed"), ("entry", "unknown")]
    assert [(f.where, f.code) for f in taken.value.faults] == [("text", "taken")]


async def test_what_is_dismissed_twice_is_not_there_the_second_time(service: LearningService) -> None:
    await service.heard("c", "量子货物怎么报", "zh-Hans", NO)
    (found,) = await service.open_groups()

    await service.dismiss(found.ids, actor="staff:li")

    assert await service.open_groups() == []
    with pytest.raises(NotFoundError):
        await service.dismiss(found.ids, actor="staff:li")


async def test_entries_are_on_the_work_list_thirty_days_before_their_end(
    service: LearningService, knowledge: Knowledge, clock: FakeClock
) -> None:
    name, end = min(
        ((name, entry.effective_to) for name, entry in knowledge.entries.items() if entry.effective_to),
        key=lambda e: e[1],
    )
    days_until = (end - clock.now.date()).days

    clock.now += timedelta(days=days_until - 31)
    before = [one.entry for one in service.expiring()]
    clock.now += timedelta(days=2)
    near = {one.entry: one.days_left for one in service.expiring()}
    clock.now += timedelta(days=40)
    past = {one.entry: one.days_left for one in service.expiring()}

    assert name not in before
    assert 28 <= near[name] <= 30
    assert past[name] < 0


async def test_questions_and_ratings_are_forgotten_after_ninety_days(
    store: Store, service: LearningService, clock: FakeClock
) -> None:
    await service.heard("c", "量子货物怎么报", "zh-Hans", NO)
    await service.rated("c", f"r:{ENTRY}:bad", "en")
    retention = LearningRetention(store, clock)

    await retention.tick()
    kept = len(await service.open_groups())
    clock.now += KEPT + timedelta(days=2)
    await retention.tick()

    assert kept == 1
    assert await service.open_groups() == []
    assert await service.worst_rated() == []
