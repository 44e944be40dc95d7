"""Test sends: a member of staff links an address of their own by a one-time code from the bot, and sends a notice to it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import LANGUAGES
from bot.clock import Clock
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.errors import ConflictError, Fault, InvalidInputError
from bot.notices.changes.model import masked
from bot.notices.queries import found
from bot.notices.texts import NoticeTexts
from bot.people.model import Person, StaffMember
from bot.people.store import insert_new
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import addresses, staff_addresses, staff_link_codes

CODE_LIFE = timedelta(minutes=10)
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is mistaken for another
_CODE_CHARS = 8


@dataclass(frozen=True)
class LinkedAddress:
    """An address of a member of staff's own. address: masked."""

    id: str
    channel: str
    address: str


class TestSends:
    """Links and test sends."""

    __test__ = False  # no test of pytest's

    def __init__(self, store: Store, clock: Clock, audit: AuditTrail, outbox: Outbox, texts: NoticeTexts) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._outbox = outbox
        self._texts = texts

    async def code_for(self, person: Person) -> str:
        """A code that links this person's address to whoever types it into the console within ten minutes, once."""
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_CHARS))
        now = self._clock()
        async with self._store.write() as connection:
            await connection.execute(
                delete(staff_link_codes).where(
                    (staff_link_codes.c.expires_at <= now) | (staff_link_codes.c.address_id == person.address_id)
                )
            )
            await connection.execute(
                staff_link_codes.insert().values(
                    code_hash=_hash(code), address_id=person.address_id, expires_at=now + CODE_LIFE
                )
            )
        return code

    async def link(self, code: str, *, by: StaffMember) -> LinkedAddress:
        """Link the address that got this code. Raises InvalidInputError for one that is wrong, used or too old."""
        async with self._store.write() as connection:
            address_id = await connection.scalar(
                delete(staff_link_codes)
                .where(staff_link_codes.c.code_hash == _hash(code), staff_link_codes.c.expires_at > self._clock())
                .returning(staff_link_codes.c.address_id)
            )
            if address_id is None:
                raise InvalidInputError([Fault("code", "wrong", "The code is wrong, was used, or is too old.")])
            await connection.execute(
                insert_new(connection, staff_addresses).values(
                    staff_id=by.id, address_id=address_id, linked_at=self._clock()
                )
            )
            await self._audit.record(
                connection, self._clock(), f"staff:{by.name}", "staff.link", f"address:{address_id}"
            )
            return next(one for one in await _linked(connection, by) if one.id == address_id)

    async def unlink(self, address_id: str, *, by: StaffMember) -> None:
        """Take a link away; one that is not there is no error."""
        async with self._store.write() as connection:
            await connection.execute(
                delete(staff_addresses).where(
                    staff_addresses.c.staff_id == by.id, staff_addresses.c.address_id == address_id
                )
            )

    async def linked(self, member: StaffMember) -> list[LinkedAddress]:
        """A member's own addresses."""
        async with self._store.read() as connection:
            return await _linked(connection, member)

    async def send(self, notice_id: str, *, by: StaffMember) -> int:
        """Send a notice, as it stands, to one's own addresses alone; returns to how many.

        Raises NotFoundError, ConflictError when no address is linked.
        """
        now = self._clock()
        async with self._store.write() as connection:
            notice = await found(connection, notice_id)
            own = await _linked(connection, by)
            if not own:
                raise ConflictError("No address is linked to this account.", state=notice.state)
            messages = notice.messages or self._texts.messages(notice.content, notice_id)
            marked = {
                language: messages[language].model_copy(
                    update={"text": f"{self._texts.say('test', language)}\n\n{messages[language].text}"}
                )
                for language in LANGUAGES
            }
            for address in own:
                cause = f"{notice_id}:{secrets.token_hex(8)}"
                audience = Audience(AudienceKind.ADDRESS, address.id)
                await self._outbox.add(
                    connection,
                    OutgoingNotification(CauseKind.TEST, cause, Lane.TRANSACTIONAL, audience, marked),
                    now,
                )
            await self._audit.record(connection, now, f"staff:{by.name}", "notice.test", f"notice:{notice_id}")
        await self._outbox.wake()
        return len(own)


async def _linked(connection: AsyncConnection, member: StaffMember) -> list[LinkedAddress]:
    rows = await connection.execute(
        select(addresses.c.id, addresses.c.channel, addresses.c.address)
        .join_from(staff_addresses, addresses, addresses.c.id == staff_addresses.c.address_id)
        .where(staff_addresses.c.staff_id == member.id)
        .order_by(staff_addresses.c.linked_at)
    )
    return [LinkedAddress(row.id, row.channel, masked(row.address)) for row in rows]


def _hash(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()
