"""Values of the people room."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.channels.model import Language


def new_id() -> str:
    """A new random id: 32 hex digits."""
    return secrets.token_hex(16)


def conversation_key(channel: str, address: str) -> str:
    """The opaque key of one conversation: 32 hex digits, the same for ever for one address on one channel.

    It is `addresses.id` and Rasa's sender id. It never gives the address away, so it may stand in a log.
    """
    return hashlib.sha256(f"{channel}:{address}".encode()).hexdigest()[:32]


class Role(StrEnum):
    """What a member of staff may do. Each may do what those before it may."""

    AUTHOR = "author"
    APPROVER = "approver"
    ADMIN = "admin"

    def may_act_as(self, needed: Role) -> bool:
        """Whether this role reaches as far as the one that is needed."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Scope(StrEnum):
    """What a machine's key opens."""

    EVENTS = "events"
    NOTICES = "notices"
    CLEARANCE = "clearance"


class FollowKind(StrEnum):
    """What can be followed. Targets: an id of the knowledge base, a code, or a number."""

    TOPIC = "topic"
    DECLARATION = "declaration"
    PORT = "port"
    HS_CHAPTER = "hs_chapter"
    COUNTRY = "country"
    AGREEMENT = "agreement"
    CONTAINER = "container"
    BOOKING = "booking"
    ENTRY = "entry"
    BILL = "bill"


# Somebody's own business: the room that owns them adds the follow once it has the proof, and nobody else does.
FOLLOWS_WITH_PROOF = frozenset({FollowKind.DECLARATION, FollowKind.CONTAINER, FollowKind.BILL, FollowKind.BOOKING})


@dataclass(frozen=True)
class Person:
    """Somebody on the other side. language: None until it is known; language_chosen: asked for, not guessed."""

    id: str
    address_id: str
    channel: str
    address: str
    private: bool
    language: Language | None
    language_chosen: bool = False


@dataclass(frozen=True)
class Follow:
    """One thing that a person follows."""

    kind: FollowKind
    target: str
    since: datetime


@dataclass(frozen=True)
class StaffMember:
    """A member of staff, logged in."""

    id: str
    name: str
    role: Role


@dataclass(frozen=True)
class StaffSession:
    """A staff session. csrf: what each form of the console must send back."""

    staff: StaffMember
    csrf: str


@dataclass(frozen=True)
class Key:
    """A machine's key. enterprise_id: whose declarations it may read (scope clearance)."""

    id: str
    name: str
    scope: Scope
    enterprise_id: str | None
