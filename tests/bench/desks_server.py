"""The booking desk's routes with 1,000 persons and one slot, and a naive alternative beside them: the server of `bench desks`."""

from __future__ import annotations

import gc
import json
import sys
from datetime import datetime, timedelta

import uvicorn
import uvloop
from fastapi import FastAPI, Response
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot import problems
from bot.clock import utc_now
from bot.desks.booking.planning import SlotPlan
from bot.desks.booking.routes import own_router
from bot.ground import Ground, open_ground
from bot.people.access import Access
from bot.people.model import Role, new_id
from bot.people.service import WebSessions
from bot.rooms.booking import BookingParts, booking_parts
from bot.settings import load_settings
from bot.store.migrate import migrate
from bot.store.schema import enterprises, firm_members

_FIRMS, _PLACES = 200, 100
_RETRIES = 50


async def _prepare(ground: Ground, parts: BookingParts, sessions: WebSessions, clients: int) -> dict[str, object]:
    lead = await ground.staff.add("Lead", Role.APPROVER, "a long password", actor="system:bench")
    site = await parts.planning.add_site("5304", "蛇口", "Shekou", "", 540, 1020, by=lead)
    day = (utc_now() + timedelta(days=3)).date()
    await parts.planning.add_slots(SlotPlan(site.id, "inspection", day, day, [600], 60, _PLACES), by=lead)
    start = datetime.combine(day, datetime.min.time(), ground.zone)
    await parts.planning.add_duty(site.id, "Lead", start, start + timedelta(days=1), by=lead)
    (slot,) = await parts.service.offered()
    people, now = [], utc_now()
    firms = [new_id() for _ in range(_FIRMS)]
    async with ground.store.write() as connection:
        rows = [{"id": firm, "name": firm, "credit_code": firm[:18], "created_at": now} for firm in firms]
        await connection.execute(enterprises.insert(), rows)
    for number in range(clients):
        session, firm = sessions.issue(), firms[number % _FIRMS]
        person = await ground.people.meet("web", session, private=True, language="en")
        values = {"enterprise_id": firm, "person_id": person.id, "label": "x", "admin": True, "state": "active"}
        async with ground.store.write() as connection:
            await connection.execute(firm_members.insert().values(id=new_id(), joined_at=now, **values))
        people.append([session, firm])
    return {"slot": slot.id, "people": people}


def _naive(app: FastAPI, ground: Ground) -> None:
    serializable = ground.store.engine.execution_options(isolation_level="SERIALIZABLE")

    @app.post("/naive")
    async def book() -> Response:
        """SELECT count, then INSERT, under SERIALIZABLE, again after each failure to serialise."""
        for _ in range(_RETRIES):
            try:
                async with serializable.begin() as connection:
                    count = await connection.scalar(text("SELECT count(*) FROM naive"))
                    if (count or 0) >= _PLACES:
                        return Response(status_code=422)
                    await connection.execute(text("INSERT INTO naive (id) VALUES (:id)"), {"id": new_id()})
                    return Response(status_code=201)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", "") != "40001":
                    raise
        return Response(status_code=503)


async def _serve(port: int, clients: int) -> None:
    settings = load_settings()
    await migrate(settings)
    async with open_ground(settings) as ground:
        parts, sessions = booking_parts(ground), WebSessions(ground.secrets)
        prepared = await _prepare(ground, parts, sessions, clients)
        async with ground.store.write() as connection:
            await connection.exec_driver_sql("CREATE TABLE naive (id varchar(32) PRIMARY KEY)")
        app = FastAPI()
        problems.install(app)
        access = Access(ground.keys, ground.staff, ground.secrets, ground.idempotency)
        for router in own_router(parts.service, parts.links, ground.people, sessions, access):
            app.include_router(router)
        _naive(app, ground)
        sys.stdout.write(json.dumps(prepared) + "\n")
        sys.stdout.flush()
        gc.freeze()
        await uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False)).serve()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
