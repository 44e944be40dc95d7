"""Staff: accounts, log-in, sessions."""

from __future__ import annotations

import asyncio
import hashlib
import secrets as random
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import ConflictError, Fault, InvalidInputError, NotAuthenticatedError, TooManyAttemptsError
from bot.people.model import Role, StaffMember, StaffSession, new_id
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.schema import login_attempts, staff, staff_sessions
from bot.store.serial import one_at_a_time

SESSION_LIFE = timedelta(hours=10)
PASSWORD_MIN_CHARS = 12
_ATTEMPTS = 8
_ATTEMPTS_WINDOW = timedelta(minutes=15)


def _hash_session(session_id: str) -> str:
    # Session ids are random enough that a plain hash cannot be turned back; the table alone opens no session.
    return hashlib.sha256(session_id.encode()).hexdigest()


def _password_faults(password: str) -> list[Fault]:
    if len(password) >= PASSWORD_MIN_CHARS:
        return []
    return [Fault("password", "length", f"The password must have at least {PASSWORD_MIN_CHARS} characters.")]


class StaffService:
    """Accounts of staff and their sessions. hasher: how passwords are hashed; by default as argon2-cffi advises."""

    def __init__(self, store: Store, clock: Clock, audit: AuditTrail, hasher: PasswordHasher | None = None) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._hasher = hasher or PasswordHasher()
        # Checked for names that do not exist, so that their answer takes as long as that for a wrong password.
        self._nobody = self._hasher.hash(random.token_hex(16))

    async def add(self, name: str, role: Role, password: str, *, actor: str) -> StaffMember:
        """Make an account. Raises InvalidInputError (name, password) or ConflictError (the name is taken)."""
        faults = []
        if not (1 <= len(name.strip()) <= 80 and name.isprintable()):
            faults.append(Fault("name", "format", "The name must have 1 to 80 characters that can be seen."))
        faults += _password_faults(password)
        if faults:
            raise InvalidInputError(faults)
        member = StaffMember(new_id(), name.strip(), role)
        password_hash = await asyncio.to_thread(self._hasher.hash, password)
        async with self._store.write() as connection:
            if await connection.scalar(select(staff.c.id).where(staff.c.name == member.name)):
                raise ConflictError(f"There is a member of staff named {member.name} already.", state="taken")
            await connection.execute(
                staff.insert().values(
                    id=member.id, name=member.name, role=role, password_hash=password_hash, created_at=self._clock()
                )
            )
            await self._audit.record(connection, self._clock(), actor, "staff.add", f"staff:{member.name}", role=role)
        return member

    async def set_password(self, name: str, password: str, *, actor: str) -> None:
        """Replace a password and end every session of that account. Raises InvalidInputError (name, password)."""
        if faults := _password_faults(password):
            raise InvalidInputError(faults)
        password_hash = await asyncio.to_thread(self._hasher.hash, password)
        async with self._store.write() as connection:
            staff_id = await connection.scalar(select(staff.c.id).where(staff.c.name == name))
            if staff_id is None:
                raise InvalidInputError([Fault("name", "unknown", f"There is no member of staff named {name}.")])
            await connection.execute(update(staff).where(staff.c.id == staff_id).values(password_hash=password_hash))
            await connection.execute(delete(staff_sessions).where(staff_sessions.c.staff_id == staff_id))
            await self._audit.record(connection, self._clock(), actor, "staff.password", f"staff:{name}")

    async def members(self, role: Role) -> list[StaffMember]:
        """Who may act in this role now, by name."""
        query = (
            select(staff.c.id, staff.c.name, staff.c.role).where(staff.c.disabled_at.is_(None)).order_by(staff.c.name)
        )
        async with self._store.read() as connection:
            found = [StaffMember(row.id, row.name, Role(row.role)) for row in await connection.execute(query)]
        return [member for member in found if member.role.may_act_as(role)]

    async def log_in(self, name: str, password: str) -> tuple[str, StaffSession]:
        """Open a session; returns its id, which only the browser keeps, and the session.

        Raises NotAuthenticatedError, or TooManyAttemptsError after 8 wrong tries in 15 minutes.
        """
        now = self._clock()
        if not name.isprintable():
            # No account has such a name, and PostgreSQL takes no NUL.
            raise NotAuthenticatedError("Name or password is wrong.")
        async with self._store.write() as connection:
            await self._count_attempt(connection, name[:80])
            row = (
                await connection.execute(select(staff).where(staff.c.name == name, staff.c.disabled_at.is_(None)))
            ).one_or_none()
        password_hash = row.password_hash if row else self._nobody
        try:
            # Argon2 takes tens of milliseconds by design: off the loop, and with no database connection held.
            await asyncio.to_thread(self._hasher.verify, password_hash, password)
        except (VerificationError, InvalidHashError):
            raise NotAuthenticatedError("Name or password is wrong.") from None
        if row is None:
            raise NotAuthenticatedError("Name or password is wrong.")
        session_id = random.token_urlsafe(32)
        session = StaffSession(StaffMember(row.id, row.name, Role(row.role)), random.token_urlsafe(32))
        async with self._store.write() as connection:
            await connection.execute(delete(staff_sessions).where(staff_sessions.c.expires_at < now))
            await connection.execute(delete(login_attempts).where(login_attempts.c.subject == name[:80]))
            await connection.execute(
                staff_sessions.insert().values(
                    id_hash=_hash_session(session_id),
                    staff_id=row.id,
                    csrf=session.csrf,
                    created_at=now,
                    expires_at=now + SESSION_LIFE,
                )
            )
            await self._audit.record(connection, now, f"staff:{name}", "staff.log_in", f"staff:{name}")
        return session_id, session

    async def session(self, session_id: str) -> StaffSession:
        """The open session behind an id. Raises NotAuthenticatedError."""
        query = (
            select(staff.c.id, staff.c.name, staff.c.role, staff_sessions.c.csrf)
            .join_from(staff_sessions, staff)
            .where(
                staff_sessions.c.id_hash == _hash_session(session_id),
                staff_sessions.c.expires_at > self._clock(),
                staff.c.disabled_at.is_(None),
            )
        )
        async with self._store.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotAuthenticatedError("Log in first.")
        return StaffSession(StaffMember(row.id, row.name, Role(row.role)), row.csrf)

    async def log_out(self, session_id: str) -> None:
        """End a session; nothing happens when it is none."""
        async with self._store.write() as connection:
            await connection.execute(
                delete(staff_sessions).where(staff_sessions.c.id_hash == _hash_session(session_id))
            )

    async def _count_attempt(self, connection: AsyncConnection, subject: str) -> None:
        now = self._clock()
        await one_at_a_time(connection, f"log-in:{subject}")
        recent = await connection.scalar(
            select(func.count())
            .select_from(login_attempts)
            .where(login_attempts.c.subject == subject, login_attempts.c.at > now - _ATTEMPTS_WINDOW)
        )
        if (recent or 0) >= _ATTEMPTS:
            raise TooManyAttemptsError(int(_ATTEMPTS_WINDOW.total_seconds()))
        await connection.execute(delete(login_attempts).where(login_attempts.c.at < now - _ATTEMPTS_WINDOW))
        await connection.execute(login_attempts.insert().values(subject=subject, at=now))
