"""Any sequence of answers, steps back, changes and sends, old buttons and double taps: never two cases, never a lost answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from bot.channels.model import Button
from bot.forms.filling import needed_fields, with_answer
from bot.forms.form import Form
from bot.forms.service import FormService
from bot.forms.words import load_form_words
from bot.people.service import PeopleService
from bot.store.engine import Store
from bot.store.schema import asked_questions, case_history, form_drafts
from tests.fakes import FakeClock
from tests.integration.forms.conftest import ZONE, FormTalk
from tests.parcel_form import ParcelDesk, parcel_form

ANSWERS = {
    "port": ["Luohu", "Shenzhen Bay"],
    "day": ["tomorrow", "2026-11-30"],
    "slot": ["1", "14:00", "10:00"],
    "goods": ["fish", "glass"],
    "boxes": ["3", "99"],
    "sealed": ["yes", "no"],
    "seal": ["AB1234", "nonsense"],
}
STEPS = st.one_of(
    st.tuples(st.just("answer"), st.integers(0, 2)),
    st.tuples(st.just("tap"), st.integers(0, 60)),  # any button shown so far, also an old one
    st.tuples(st.just("twice"), st.integers(0, 60)),
    st.tuples(st.just("send"), st.just(0)),
    st.tuples(st.just("back"), st.just(0)),
)
# Giving up is meant to lose the answers; the tests of leaving try it.
LOSING = (":drop", ":restart")


async def open_values(store: Store) -> dict[str, Any] | None:
    async with store.read() as connection:
        found = select(form_drafts.c["values"]).where(form_drafts.c.state == "open")
        values: dict[str, Any] | None = await connection.scalar(found)
        return values


async def take(talk: FormTalk, step: tuple[str, int], seen: list[Button]) -> None:
    """One step. seen: every button that was ever shown, from any draft."""
    kind, number = step
    if kind == "answer":
        asked = await asked_field(talk)
        await talk.says(ANSWERS[asked][number % len(ANSWERS[asked])] if asked else "yes")
    elif kind == "back":
        await talk.says("back", command="back")
    elif kind == "send":
        await talk.says("send", command="send")
    elif seen:
        button = seen[number % len(seen)]
        times = 2 if kind == "twice" else 1
        await asyncio.gather(*(talk.presses(button) for _ in range(times)))
    if talk.turns[-1].form is None:
        await talk.begin()
    seen += [
        b
        for b in talk.last.buttons
        if (b.payload or "").startswith("t:form:!") and not (b.payload or "").endswith(LOSING)
    ]


async def asked_field(talk: FormTalk) -> str | None:
    """What is asked now, as its question tells."""
    text = (await talk.service.question(talk.key, "parcel", "en")).replies[0].text
    form = talk.service.forms["parcel"]
    return next((field.name for field in form.fields if field.question.en in text), None)


def lost(before: dict[str, Any], after: dict[str, Any], form: Form) -> set[str]:
    """Answers that are gone although nothing on which they depend has changed."""
    changed = {name for name in before if before[name] != after.get(name, object())}
    excused = {field.name for field in form.fields if set(field.after) & changed}
    return {name for name in before if name not in after} - excused


async def play(store: Store, steps: Sequence[tuple[str, int]]) -> None:
    async with store.write() as connection:
        for table in (form_drafts, asked_questions, case_history):
            await connection.execute(delete(table))
    clock, desk = FakeClock(), ParcelDesk()
    people = PeopleService(store, clock)
    service = FormService(store, clock, ZONE, people, load_form_words(), [parcel_form(desk)])
    person = await people.meet("telegram", "42", private=True, language="en")
    talk = FormTalk(service, desk, clock, person.address_id)
    await talk.begin()
    seen: list[Button] = list(talk.last.buttons)
    for step in steps:
        before, sent = await open_values(store) or {}, len(desk.sent)
        await take(talk, step, seen)
        after = await open_values(store) or {}
        if len(desk.sent) == sent:
            assert lost(before, after, service.forms["parcel"]) == set(), step
    async with store.read() as connection:
        origins = list(await connection.scalars(select(asked_questions.c.text)))
        closed = list(await connection.scalars(select(form_drafts.c.id).where(form_drafts.c.state == "sent")))
    assert sorted(origins) == sorted(closed)
    assert len(set(origins)) == len(origins)
    for filled in desk.sent:
        assert filled.values == {
            field.name: filled.values[field.name] for field in needed_fields(service.forms["parcel"], filled.values)
        }


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=5, max_size=25))
def test_never_two_cases_and_never_a_lost_answer(
    tmp_path: Path, migrated_sqlite: Path, steps: list[tuple[str, int]]
) -> None:
    file = tmp_path / "any.db"
    if not file.exists():
        file.write_bytes(migrated_sqlite.read_bytes())

    async def run() -> None:
        store = Store(f"sqlite+aiosqlite:///{file}")
        try:
            await play(store, steps)
        finally:
            await store.close()

    asyncio.run(run())


@given(answers=st.lists(st.tuples(st.sampled_from(["port", "day", "slot", "goods"]), st.integers(0, 3)), max_size=20))
def test_only_what_depends_on_a_changed_answer_goes(answers: list[tuple[str, int]]) -> None:
    form = parcel_form(ParcelDesk())
    values: dict[str, Any] = {}
    for name, value in answers:
        before = dict(values)
        values = with_answer(form, values, name, value)

        assert values[name] == value
        gone = set(before) - set(values)
        assert gone <= ({"slot"} if name in {"port", "day"} and before.get(name, value) != value else set())
