"""Ratings of finished cases of any desk: asked once, said in one tap, without who said it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

import yaml
from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Button, Language, Reply
from bot.clock import Clock
from bot.people.store import insert_new
from bot.store.engine import Store
from bot.store.schema import case_ratings as t
from knowledge.text import to_traditional

_PAYLOAD = re.compile(r"rc:([a-z_]{1,32}):([0-9a-f]{32}):(good|bad|slow|unclear|unsolved|unfriendly)")
_COUNTED = timedelta(days=90)


class CaseReason(StrEnum):
    """Why a case did not go well."""

    SLOW = "slow"
    UNCLEAR = "unclear"
    UNSOLVED = "unsolved"
    UNFRIENDLY = "unfriendly"


@dataclass(frozen=True)
class CaseScore:
    """How cases of one kind went in the last 90 days. asked: how many could be rated; reasons: of the bad ones."""

    machine: str
    asked: int
    good: int
    bad: int
    reasons: Mapping[str, int]


class CaseRatings:
    """Where ratings are kept. A desk calls `ask` in the transaction that finishes a case, and shows `buttons` with the news."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        raw = yaml.safe_load((Path(__file__).parent / "case_texts.yaml").read_text(encoding="utf-8"))
        self._texts: dict[str, dict[Language, str]] = {
            name: {"zh-Hans": texts["zh-Hans"], "zh-Hant": to_traditional(texts["zh-Hans"]), "en": texts["en"]}
            for name, texts in raw.items()
        }

    async def ask(self, connection: AsyncConnection, machine: str, case_id: str, day: date) -> None:
        """From now on this case can be rated, once. Again changes nothing."""
        await connection.execute(insert_new(connection, t).values(machine=machine, case_id=case_id, day=day))

    def buttons(self, machine: str, case_id: str, language: Language) -> list[Button]:
        """The two buttons of a rating."""
        return [self._button(machine, case_id, score, language) for score in ("good", "bad")]

    async def rated(self, payload: str, language: Language) -> Reply | None:
        """Take a rating or its reason; None when the payload is neither. What was said once stays."""
        match = _PAYLOAD.fullmatch(payload)
        if match is None:
            return None
        machine, case_id, said = match.groups()
        mine = (t.c.machine == machine, t.c.case_id == case_id)
        async with self._store.write() as connection:
            if said in ("good", "bad"):
                change = update(t).where(*mine, t.c.score.is_(None)).values(score=said)
            else:
                change = update(t).where(*mine, t.c.score == "bad", t.c.reason.is_(None)).values(reason=said)
            done = (await connection.execute(change)).rowcount
        if said == "bad" and done:
            reasons = [self._button(machine, case_id, reason, language) for reason in CaseReason]
            return Reply(text=self._texts["why"][language], kind="task", buttons=reasons)
        return Reply(text=self._texts["thanks" if done else "before"][language], kind="task")

    async def scores(self) -> Sequence[CaseScore]:
        """By kind of case."""
        since = self._clock().date() - _COUNTED
        async with self._store.read() as connection:
            rows = await connection.execute(
                select(
                    t.c.machine,
                    func.count(),
                    func.sum(case((t.c.score == "good", 1), else_=0)),
                    func.sum(case((t.c.score == "bad", 1), else_=0)),
                )
                .where(t.c.day >= since)
                .group_by(t.c.machine)
                .order_by(t.c.machine)
            )
            found = rows.all()
            named = await connection.execute(
                select(t.c.machine, t.c.reason, func.count())
                .where(t.c.day >= since, t.c.reason.is_not(None))
                .group_by(t.c.machine, t.c.reason)
            )
            reasons: dict[str, dict[str, int]] = {}
            for machine, reason, count in named:
                reasons.setdefault(machine, {})[reason] = count
        return [
            CaseScore(name, asked, int(good or 0), int(bad or 0), reasons.get(name, {}))
            for name, asked, good, bad in found
        ]

    def _button(self, machine: str, case_id: str, said: str, language: Language) -> Button:
        return Button(title=self._texts[said][language], payload=f"rc:{machine}:{case_id}:{said}")
