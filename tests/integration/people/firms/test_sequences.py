"""Random sequences of joins, leaves, removals and mandates: what must always hold."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import KouanError
from bot.people.firms.model import Right
from bot.people.firms.rights import firms_of, may_see
from bot.people.firms.service import FirmService
from bot.secrets import Secrets
from bot.store.engine import Store
from tests.integration.people.firms.house import ALL_WORK, House, open_house

Act = tuple[str, int, int, int]
acts = st.lists(
    st.tuples(
        st.sampled_from(["invite", "admin", "leave", "remove", "demote", "mandate", "end", "days"]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(0, 1),
    ),
    max_size=14,
)


async def do(house: House, act: Act) -> None:
    """One act of a person upon another in a firm; refusals are part of the game."""
    what, by, on, which = act
    person, other = await house.person(str(by)), await house.person(str(on))
    firms = [m.firm for start in ("0", "1") for m in await house.firms.memberships(await house.person(start))]
    known = list({firm.id: firm for firm in firms}.values())
    firm = known[which % len(known)] if known else None
    if what == "days":
        house.clock.turn(timedelta(days=11))
    elif firm is not None:
        await _in_firm(house, what, person, other, firm, known)


async def _in_firm(house: House, what: str, person, other, firm, known) -> None:  # type: ignore[no-untyped-def]  # of a test
    service: FirmService = house.firms
    if what in {"invite", "admin"}:
        made = await service.invite(person, firm.id, "x", ALL_WORK, admin=what == "admin")
        await service.join(other, made.code or "")
    elif what == "leave":
        await service.leave(person, firm.id)
    elif what in {"remove", "demote"}:
        member = next((m for m in await service.members(person, firm.id) if m.person_id == other.id), None)
        if member is not None and what == "remove":
            await service.take_out(person, firm.id, member.id)
        elif member is not None:
            await service.change_rights(person, firm.id, member.id, ALL_WORK)
    elif what == "mandate" and len(known) > 1:
        broker = next(one for one in known if one.id != firm.id)
        now = house.clock()
        made_ = await house.mandates.offer(person, firm.id, broker.credit_code, ALL_WORK, now, now + timedelta(days=30))
        await house.mandates.accept(other, made_.id)
    elif what == "end":
        for one in await house.mandates.mandates(person, firm.id):
            await house.mandates.end(person, one.id)


async def hold(house: House, firm_ids: list[str]) -> None:
    """A firm has an admin; who acts is a member, or of a firm whose mandate holds at this moment."""
    for number in range(4):
        person = await house.person(str(number))
        own = {m.firm.id for m in await house.firms.memberships(person)}
        async with house.store.read() as connection:
            acting = await firms_of(connection, person.id, Right.SHIPMENTS, house.clock())
            assert await may_see(connection, person.id, "0" * 18, house.clock()) is None
        for firm in acting:
            assert firm.id in own or (firm.broker_id in own and firm.until is not None and firm.until > house.clock())
    for firm_id in firm_ids:
        members = [
            m.member
            for number in range(4)
            for m in await house.firms.memberships(await house.person(str(number)))
            if m.firm.id == firm_id
        ]
        assert any(member.admin for member in members)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=acts)
def test_a_firm_keeps_an_admin_and_nobody_acts_without_a_right(
    sequence: list[Act], migrated_sqlite: Path, secrets: Secrets
) -> None:
    async def play(path: Path) -> None:
        store = Store(f"sqlite+aiosqlite:///{path}")
        try:
            house = await open_house(store, secrets)
            firms = [(await house.firm(number, await house.person(str(number)))).id for number in range(2)]
            for act in sequence:
                try:
                    await do(house, act)
                except KouanError:
                    continue
                finally:
                    await hold(house, firms)
        finally:
            await store.close()

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "play.db"
        shutil.copy(migrated_sqlite, path)
        asyncio.run(play(path))
