"""Certificates in the talk: the forms, the buttons of a case, the lines of "my cases", and the person's data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Incoming, Language, Reply
from bot.desks.origin.model import FIELDS, MACHINE, State
from bot.desks.origin.service import OriginService, of_person
from bot.errors import ConflictError, NotFoundError
from bot.forms.cases import CaseLine
from bot.people.model import Person
from bot.store.schema import origin_cases

_ACT = re.compile(r"oc:(show|apply|refuse|back|correct|withdraw):([0-9a-f]{32})")


class OriginInChat:
    """Fulfils TurnExtra."""

    def __init__(self, service: OriginService) -> None:
        self._service = service
        self._words = service.words

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take: the buttons of a case."""
        match = _ACT.fullmatch(incoming.payload or "")
        if match is None:
            return None
        if person is None or not person.private:
            return [Reply(text=self._words.say("private_only", language), kind="error")]
        act, case_id = match.groups()
        try:
            if act == "show":
                return [self._words.shown(await self._service.find(person.id, case_id), language)]
            return [self._words.shown(await self._service.act(person.id, case_id, act), language)]
        except NotFoundError:
            return [Reply(text=self._words.say("none", language), kind="error")]
        except ConflictError as error:
            state = self._words.say(f"state_{error.state}", language)
            return [Reply(text=self._words.say("not_now", language, state=state), kind="error")]

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: nothing."""
        return replies


class OriginCases:
    """Fulfils CaseList."""

    def __init__(self, service: OriginService) -> None:
        self._words = service.words

    async def of(self, connection: AsyncConnection, person_id: str, limit: int) -> Sequence[CaseLine]:
        """See CaseList.of."""
        return [
            CaseLine(
                case.number,
                self._words.each("title"),
                self._words.each(f"state_{case.state}"),
                f"oc:show:{case.id}",
                case.changed_at,
                is_open=case.state not in MACHINE.final and case.state is not State.REFUSED,
            )
            for case in await of_person(connection, person_id, limit)
        ]


class PersonalOrigin:
    """Fulfils PersonalData."""

    name = "origin_certificates"

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export."""
        return [
            {
                "number": case.number,
                "state": case.state.value,
                "agreement": case.agreement,
                "route": f"{case.goods_origin}-{case.destination}",
                "sheet": {name: case.sheet[name] for name in FIELDS if name in case.sheet},
                "certificate": case.certificate_no,
                "issued": _iso(case.issued_on),
                "valid_until": _iso(case.valid_until),
            }
            for case in await of_person(connection, person_id)
        ]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase: nothing of it has to be kept."""
        t = origin_cases
        await connection.execute(
            update(t)
            .where(t.c.person_id == person_id)
            .values(person_id=None, origin=None, sheet={}, certificate_no=None, changed_at=at)
        )
        return {}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
