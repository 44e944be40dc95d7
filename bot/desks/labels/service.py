"""Use cases of labels that were issued: their codes and sheets, their steps, the balance, the term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import LANGUAGES, Language
from bot.clock import Clock
from bot.desks.labels import label_store
from bot.desks.labels import store as desk_store
from bot.desks.labels.columns import RowFault
from bot.desks.labels.lives_model import FATES, STEPS_OF, LabelState, Party
from bot.desks.labels.model import Event, Label, quantity_text, serial_text
from bot.desks.labels.news import LabelNews
from bot.desks.labels.rules import Rules
from bot.desks.labels.terms import Terms
from bot.desks.labels.words import LabelWords
from bot.errors import ConflictError, Fault, InvalidInputError, NotFoundError, NotPermittedError
from bot.people.firms.model import Right
from bot.people.firms.rights import require
from bot.people.model import Role, StaffMember
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from bot.store.history import Step

_DECLARATION_DIGITS = 18
REF_MAX = 64


@dataclass(frozen=True)
class Who:
    """Who takes a step: a person for their firm, or staff. actor: as in the histories."""

    party: Party
    actor: str
    person_id: str | None = None

    @classmethod
    def person(cls, person_id: str) -> Who:
        """Somebody of the exhibitor's firm; whether they may is asked for each label's firm."""
        return cls(Party.FIRM, f"person:{person_id}", person_id)

    @classmethod
    def staff(cls, member: StaffMember) -> Who:
        """A member of staff."""
        return cls(Party.STAFF, f"staff:{member.name}")


@dataclass(frozen=True)
class Movement:
    """What became of a part of a line. quantity: thousandths. ref: the caller's own name for it: booked once."""

    fate: LabelState
    quantity: int
    ref: str
    document: str = ""


class LabelService:
    """Steps are taken for many labels at once, all or none."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        audit: AuditTrail,
        news: LabelNews,
        terms: Terms,
        rules: Rules,
        words: LabelWords,
        zone: ZoneInfo,
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._news = news
        self._terms = terms
        self._rules = rules
        self._words = words
        self._zone = zone

    async def by_serial(self, event_code: str, serial_no: int) -> tuple[Label, Event]:
        """A label by what is printed on it, for staff. Raises NotFoundError."""
        async with self._store.read() as connection:
            label = await label_store.label_by_serial(connection, event_code.upper(), serial_no)
            if label is None:
                raise NotFoundError("label")
            return label, await self._event(connection, label.event_id)

    async def advance(self, ids: Sequence[str], to: LabelState, who: Who) -> list[Label]:
        """Take labels of one list one step on: affixed, released, inspected or closed.

        Raises NotFoundError, NotPermittedError, ConflictError (nothing is changed then).
        """
        if to in FATES or to in (LabelState.REVOKED, LabelState.ISSUED, LabelState.REFUSED, LabelState.APPLIED):
            raise ConflictError(f"{to} is not reached by a step alone.", state=to.value)
        now = self._clock()
        async with self._store.write() as connection:
            labels = await self._taken(connection, ids, to, who)
            values: dict[str, object] = {}
            today = now.astimezone(self._zone).date()
            if to is LabelState.RELEASED:
                values = {"released_on": today, "term_on": self._rules.term.last_day(today, 0)}
            if to is LabelState.CLOSED and any(label.balance.remaining for label in labels):
                raise ConflictError("Something remains of these goods.", state=labels[0].state.value)
            await label_store.move_many(connection, labels, to, Step(who.actor, now), values=values)
            if to in (LabelState.RELEASED, LabelState.CLOSED):
                released = today if to is LabelState.RELEASED else None
                await self._terms.remind(connection, labels, released)
            await self._note(connection, who, f"label.{to}", labels)
            term = self._rules.term.last_day(today, 0)
            await self._tell_step(connection, labels, to, {"term": f"{term:%Y-%m-%d}"})
            labels = await label_store.labels_by_id(connection, ids)
        await self._news.wake()
        return _by_line(labels)

    async def revoke(self, ids: Sequence[str], why: str, *, by: StaffMember) -> None:
        """Take labels out of use that were not released yet. Raises InvalidInputError, NotPermittedError, ConflictError."""
        if not by.role.may_act_as(Role.APPROVER):
            raise NotPermittedError("The role approver is needed.")
        if not why.strip():
            raise InvalidInputError([Fault("why", "reasons", self._words.say("fault.reasons", "en"))])
        now = self._clock()
        async with self._store.write() as connection:
            labels = await self._taken(connection, ids, LabelState.REVOKED, Who.staff(by))
            step = Step(f"staff:{by.name}", now, why.strip())
            await label_store.move_many(connection, labels, LabelState.REVOKED, step)
            await self._note(connection, Who.staff(by), "label.revoke", labels)
            event = await self._event(connection, labels[0].event_id)
            values = {"event": event.name, "count": str(len(labels)), "why": why.strip()}
            serials = self._serials(labels, event)
            await self._news.tell(connection, labels[0].enterprise_id, "revoked", **values, serials=serials)
        await self._news.wake()

    async def book(self, label_id: str, movement: Movement, who: Who, language: Language) -> Label:
        """Enter what became of a part of the goods; returns the label as it stands. The same `ref` again changes nothing.

        Raises InvalidInputError with all that is wrong (more than remains, a sale without its declaration), NotFoundError,
        NotPermittedError, ConflictError (not inspected yet, or the ref was used for something else).
        """
        now = self._clock()
        async with self._store.write() as connection:
            (label,) = await self._taken(connection, [label_id], movement.fate, who)
            known = await label_store.movement(connection, label_id, movement.ref)
            if known is not None:
                if (known.fate, known.quantity) != (movement.fate.value, movement.quantity):
                    raise ConflictError("This ref was used for another movement.", state=label.state.value)
                return label
            self._check(label, movement, language)
            step = Step(who.actor, now, detail={"quantity": quantity_text(movement.quantity), "ref": movement.ref})
            await label_store.move_many(connection, [label], movement.fate, step)
            if not await label_store.book(connection, label, movement.fate, movement.quantity):
                raise self._not_enough(
                    label, movement, language
                )  # pragma: no cover - the row is locked since it was read
            document = movement.document.strip() or None
            await label_store.add_movement(
                connection, label_id, movement.fate, movement.quantity, movement.ref, document, step
            )
            await self._note(connection, who, f"label.{movement.fate}", [label])
            (label,) = await label_store.labels_by_id(connection, [label_id])
            if not label.balance.remaining:
                await self._terms.remind(connection, [label], None)
            remaining = f"{quantity_text(label.balance.remaining)} {label.line.unit}"
            await self._tell_step(connection, [label], movement.fate, {"remaining": remaining})
        await self._news.wake()
        return label

    async def balances(self, event_id: str, person_id: str | None, *, after: str = "", limit: int = 200) -> list[Label]:
        """The account of an event by goods line: for its organiser's people (person_id), or for staff (None).

        after: `list:number` of the last one seen. Raises NotFoundError, NotPermittedError.
        """
        async with self._store.read() as connection:
            event = await self._event(connection, event_id)
            if person_id is not None:
                await require(connection, person_id, event.enterprise_id, Right.LABELS, self._clock())
            seen, _, number = after.partition(":")
            key = (seen, int(number)) if number.isdigit() else None
            return await label_store.balances(connection, event_id, after=key, limit=limit)

    def _check(self, label: Label, movement: Movement, language: Language) -> None:
        faults = []
        if not 1 <= len(movement.ref) <= REF_MAX:
            faults.append(Fault("ref", "text", self._words.say("fault.text", language, column="ref", most=REF_MAX)))
        document = movement.document.strip()
        if movement.fate is LabelState.SOLD and not (document.isdigit() and len(document) == _DECLARATION_DIGITS):
            faults.append(Fault("document", "document", self._words.say("fault.document", language)))
        if movement.quantity <= 0:
            fault = RowFault(1, "quantity", "quantity", {})
            faults.append(Fault("quantity", "quantity", self._words.fault(fault, language)))
        elif movement.quantity > label.balance.remaining:
            faults += self._not_enough(label, movement, language).faults
        if faults:
            raise InvalidInputError(faults)

    def _not_enough(self, label: Label, movement: Movement, language: Language) -> InvalidInputError:
        values = {"remaining": quantity_text(label.balance.remaining), "quantity": quantity_text(movement.quantity)}
        text = self._words.say("fault.not_enough", language, unit=label.line.unit, **values)
        return InvalidInputError([Fault("quantity", "not_enough", text)])

    async def _taken(self, connection: AsyncConnection, ids: Sequence[str], to: LabelState, who: Who) -> list[Label]:
        """The labels, held until the transaction ends. Raises NotPermittedError when this party does not take this step."""
        if not ids:
            raise NotFoundError("label")
        if who.party not in STEPS_OF[to]:
            raise NotPermittedError(f"{to} is a step of staff.")
        labels = await label_store.labels_by_id(connection, ids, lock=True)
        if who.person_id is not None:
            for firm_id in {label.enterprise_id for label in labels}:
                await require(connection, who.person_id, firm_id, Right.LABELS, self._clock())
        if len({label.application_id for label in labels}) > 1:
            raise ConflictError("The labels belong to more than one goods list.", state=labels[0].state.value)
        return _by_line(labels)

    async def _tell_step(
        self, connection: AsyncConnection, labels: Sequence[Label], to: LabelState, values: Mapping[str, str]
    ) -> None:
        event = await self._event(connection, labels[0].event_id)
        following = "fate" if to in FATES else to.value
        has_next = self._words.has(f"next.{following}")
        texts = self._words.in_all(f"next.{following}", **values) if has_next else dict.fromkeys(LANGUAGES, "")
        await self._news.tell(
            connection,
            labels[0].enterprise_id,
            "step",
            event=event.name,
            count=str(len(labels)),
            serials=self._serials(labels, event),
            state=self._words.in_all(f"state.{to.value}"),
            next=texts,
        )

    def _serials(self, labels: Sequence[Label], event: Event) -> dict[Language, str]:
        names = [serial_text(event.code, label.serial_no or 0) for label in labels]
        return {language: self._words.some_of(names, language) for language in LANGUAGES}

    async def _note(self, connection: AsyncConnection, who: Who, action: str, labels: Sequence[Label]) -> None:
        if who.party is Party.STAFF:
            await self._audit.record(
                connection, self._clock(), who.actor, action, f"list:{labels[0].application_id}", labels=len(labels)
            )

    async def _event(self, connection: AsyncConnection, event_id: str) -> Event:
        event = await desk_store.event_of(connection, event_id)
        if event is None:
            raise NotFoundError("event")
        return event


def _by_line(labels: Sequence[Label]) -> list[Label]:
    return sorted(labels, key=lambda label: (label.application_id, label.line_no))
