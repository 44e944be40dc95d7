"""Use cases: follow, stop, say when and how often, ask why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Reply
from bot.clock import Clock
from bot.delivery.digests import cancel_waiting, release_all
from bot.delivery.model import AudienceKind, CauseKind
from bot.delivery.payload import message_in
from bot.errors import Fault, InvalidInputError, NotEntitledError
from bot.following import store as following_store
from bot.following.catalogue import Catalogue
from bot.people import preference_store
from bot.people import store as people_store
from bot.people.model import FOLLOWS_WITH_PROOF, Follow, FollowKind, Person, new_id
from bot.people.preferences import EVERY, Cadence, Preference, QuietHours, Wishes, is_minute, zone_named
from bot.store.engine import Store

_CHANNELS = frozenset({EVERY, "web", "telegram"})


@dataclass(frozen=True)
class Why:
    """Why somebody was told, from the delivery itself.

    cause: kind of its cause; at: when that was written. follows: by which the person belongs now; ended: those by which they
    belonged then. asked: entries; consent: kind, and since when (None: taken back). cadence, zone: how the topic is told.
    """

    outbox_id: int
    cause: str
    cause_id: str
    audience: str
    at: datetime
    cadence: Cadence
    zone: str
    follows: tuple[Follow, ...] = ()
    ended: tuple[tuple[FollowKind, str], ...] = ()
    asked: tuple[str, ...] = ()
    consent: tuple[str, datetime | None] | None = None
    items: tuple[Why, ...] = ()
    urgency: tuple[str, str] | None = None


class FollowingService:
    """Every method is a person's own act; who they are is the caller's to know. zone: where a person has chosen none."""

    def __init__(self, store: Store, clock: Clock, catalogue: Catalogue, zone: str) -> None:
        self._store = store
        self._clock = clock
        self.catalogue = catalogue
        self._zone = zone

    async def follow(self, person: Person, kind: FollowKind, target: str) -> bool:
        """Follow something; False when it is followed already. Raises NotEntitledError, InvalidInputError."""
        if kind in FOLLOWS_WITH_PROOF:
            raise NotEntitledError("This can be followed with proof only.")
        if not self.catalogue.has(kind, target):
            raise InvalidInputError([Fault("target", "unknown", f"There is no such {kind.replace('_', ' ')}.")])
        async with self._store.write() as connection:
            return await people_store.add_follow(connection, new_id(), person.id, kind, target, self._clock())

    async def unfollow(self, person: Person, kind: FollowKind, target: str) -> bool:
        """Stop following, and cancel what waits of it; False when it was not followed."""
        async with self._store.write() as connection:
            ended = await people_store.end_follow(connection, person.id, kind, target)
            if ended:
                await cancel_waiting(connection, person.id, kind=kind, target=target)
        return ended

    async def stop_all(self, person: Person) -> int:
        """Stop following everything, take consents back, cancel what waits; returns how many follows and consents ended."""
        now = self._clock()
        async with self._store.write() as connection:
            ended = await people_store.end_all_follows(connection, person.id)
            ended += await following_store.refuse(connection, person.id, ["entry_changes", "emergency"], now)
            await cancel_waiting(connection, person.id, kind=None, target=None)
        return ended

    async def follows(self, person: Person) -> list[Follow]:
        """What a person follows, oldest first."""
        async with self._store.read() as connection:
            return await people_store.follows_of(connection, person.id)

    async def wishes(self, person: Person) -> Wishes:
        """What a person asked for; the zone of the service where they chose none."""
        async with self._store.read() as connection:
            return (await preference_store.wishes_of(connection, [person.id])).get(person.id, Wishes(self._zone))

    async def set_quiet(self, person: Person, quiet: QuietHours | None, zone: str | None = None) -> Wishes:
        """Keep quiet hours (None: none). zone: None for the person's own. Raises InvalidInputError with all faults."""
        faults = _zone_faults(zone)
        if quiet is not None:
            faults += [
                Fault(name, "range", "A time of day has 00:00 to 23:59.")
                for name, minute in (("from", quiet.start), ("until", quiet.until))
                if not is_minute(minute)
            ]
            if quiet.start == quiet.until:
                faults.append(Fault("until", "order", "Quiet hours end at another time than they begin."))
        if faults:
            raise InvalidInputError(faults)
        now, known = self._clock(), await self.wishes(person)
        async with self._store.write() as connection:
            await preference_store.set_quiet(connection, person.id, quiet, zone or known.zone, now)
            await release_all(connection, person.id, now)
        return await self.wishes(person)

    async def set_zone(self, person: Person, zone: str) -> Wishes:
        """Keep the zone. Raises InvalidInputError."""
        faults = _zone_faults(zone)
        if faults:
            raise InvalidInputError(faults)
        now = self._clock()
        async with self._store.write() as connection:
            await preference_store.set_zone(connection, person.id, zone, now)
            await release_all(connection, person.id, now)
        return await self.wishes(person)

    async def set_cadence(self, person: Person, preference: Preference) -> Wishes:
        """Keep how often; what is collected is judged anew at once. Raises InvalidInputError with all faults."""
        faults = []
        if preference.topic != EVERY and not self.catalogue.has(FollowKind.TOPIC, preference.topic):
            faults.append(Fault("topic", "unknown", "There is no such topic."))
        if preference.channel not in _CHANNELS:
            faults.append(Fault("channel", "unknown", f"A channel is one of {', '.join(sorted(_CHANNELS))}."))
        if faults:
            raise InvalidInputError(faults)
        now = self._clock()
        async with self._store.write() as connection:
            await preference_store.set_cadence(connection, person.id, preference, self._zone, now)
            await release_all(connection, person.id, now)
        return await self.wishes(person)

    async def why(self, person: Person, outbox_id: int | None) -> Why | None:
        """Why a person was told by a cause (None: the last one); None when they were not."""
        async with self._store.read() as connection:
            wishes = (await preference_store.wishes_of(connection, [person.id])).get(person.id, Wishes(self._zone))
            why = await self._why(connection, person, outbox_id, wishes)
            if why is None or why.cause != CauseKind.DIGEST:
                return why
            items = [
                await self._why(connection, person, number, wishes)
                for number in await following_store.items_of(connection, person.id, why.outbox_id)
            ]
        return Why(**{**vars(why), "items": tuple(item for item in items if item is not None)})

    async def _why(
        self, connection: AsyncConnection, person: Person, outbox_id: int | None, wishes: Wishes
    ) -> Why | None:
        row = await following_store.told(connection, person.id, outbox_id=outbox_id)
        if row is None:
            return None
        topic = message_in(row.payload, person.language, row.variant)[1].topic if row.payload else None
        follows: list[Follow] = []
        ended: list[tuple[FollowKind, str]] = []
        asked: list[str] = []
        consent = None
        if row.audience_kind in following_store.FOLLOW_KINDS:
            follow = await following_store.follow_of(connection, person.id, row.audience_kind, row.audience_target)
            if follow:
                follows.append(follow)
            else:
                ended.append((FollowKind(row.audience_kind), row.audience_target))
        elif row.audience_kind == AudienceKind.NOTICE:
            follows = await following_store.follows_for_notice(connection, person.id, row.audience_target)
            asked = await following_store.asked_for_notice(connection, person.id, row.audience_target)
        elif row.audience_kind == AudienceKind.AGREED:
            since = await following_store.consent_since(connection, person.id, row.audience_target)
            consent = (row.audience_target, since)
        return Why(
            row.outbox_id,
            row.cause_kind,
            row.cause_id,
            row.audience_kind,
            row.created_at,
            wishes.cadence(topic, row.channel, named_only=row.lane == "transactional"),
            wishes.zone,
            tuple(follows),
            tuple(ended),
            tuple(asked),
            consent,
            urgency=(row.urgent_reason, row.urgent_approver) if row.urgent_reason else None,
        )

    async def refuse(self, person: Person, kind: str) -> None:
        """Take a consent back."""
        async with self._store.write() as connection:
            await following_store.refuse(connection, person.id, [kind], self._clock())

    async def stop_reminder(self, person: Person, reminder_id: str) -> int:
        """Stop the further reminders of the date that this one belongs to; returns how many waited."""
        async with self._store.write() as connection:
            return await following_store.stop_reminder(connection, person.id, reminder_id, self._clock())

    async def whole(self, person: Person, delivery_id: int) -> Reply | None:
        """The message of one delivery of a person's, whole; None when there is none."""
        async with self._store.read() as connection:
            row = await following_store.told(connection, person.id, delivery_id=delivery_id)
        return None if row is None else message_in(row.payload, person.language, row.variant)[1]


def _zone_faults(zone: str | None) -> list[Fault]:
    if zone is None or zone_named(zone) is not None:
        return []
    return [Fault("zone", "unknown", "A time zone has an IANA name, such as Asia/Hong_Kong.")]
