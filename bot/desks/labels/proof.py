"""Use cases of proof: the codes of labels, their sheets, and whether a code holds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.desks.labels import label_store
from bot.desks.labels import store as desk_store
from bot.desks.labels.codes import CodeFault, CodeRefusedError, LabelCode, sign, verify
from bot.desks.labels.keys import LabelKeys
from bot.desks.labels.lives_model import LabelState
from bot.desks.labels.model import Event, Exhibitor, Label, serial_text
from bot.desks.labels.sheets import LABELS_MOST, Printed, draw_sheets
from bot.desks.labels.words import LabelWords
from bot.errors import ConflictError, NotFoundError
from bot.people.firms.model import Right
from bot.people.firms.rights import require
from bot.store.engine import Store

PRINTABLE = frozenset({LabelState.ISSUED, LabelState.AFFIXED})


@dataclass(frozen=True)
class Proof:
    """What is known of a code.

    fault: why it does not hold; None: the signature holds. state: of the label, None where it is not known here (then only the
    signature speaks). in_time: today lies within its days.
    """

    code: LabelCode | None
    fault: CodeFault | None
    serial: str | None = None
    state: LabelState | None = None
    in_time: bool = False
    label: Label | None = None
    event: Event | None = None


class ProofService:
    """public_url: under which people reach the service; None: the QR code holds the bare code, to be pasted or scanned there."""

    def __init__(self, store: Store, clock: Clock, keys: LabelKeys, words: LabelWords, public_url: str | None) -> None:
        self._store = store
        self._clock = clock
        self._keys = keys
        self._words = words
        self._address = f"{public_url.rstrip('/')}/v/#" if public_url else ""

    async def check(self, text: str) -> Proof:
        """Whether a code holds, and where its label stands. Never raises for what was given."""
        keys = {key.id: key.public_key for key in await self._keys.published()}
        try:
            code = verify(text, keys)
        except CodeRefusedError as error:
            return Proof(None, error.fault)
        async with self._store.read() as connection:
            label = await label_store.label_by_serial(connection, code.event_code, code.serial_no)
            event = await desk_store.event_by_code(connection, code.event_code)
        serial = serial_text(code.event_code, code.serial_no)
        today = self._clock().date()
        in_time = code.valid_from <= today <= code.valid_until
        # A label that is signed and not known, or of other goods: the signature alone is not enough where we can look.
        if label is None or label.line.hash != code.line_hash or label.key_id != code.key_id:
            return Proof(code, CodeFault.SIGNATURE, serial)
        return Proof(code, None, serial, label.state, in_time, label, event)

    async def sheet(
        self, application_id: str, person_id: str | None, *, first_line: int = 1, lines: int = LABELS_MOST
    ) -> bytes:
        """The PDF of a list's labels, a label for each package. person_id: who asks; None: staff.

        Raises NotFoundError, NotPermittedError; ConflictError where nothing can be printed.
        """
        async with self._store.read() as connection:
            application = await desk_store.application_of(connection, application_id)
            if application is None:
                raise NotFoundError("goods list")
            if person_id is not None:
                await require(connection, person_id, application.enterprise_id, Right.LABELS, self._clock())
            found = await label_store.labels_of(connection, application_id, after=first_line - 1, limit=lines)
            labels = [label for label in found if label.state in PRINTABLE]
            event = await desk_store.event_of(connection, application.event_id)
            exhibitor = await desk_store.exhibitor_of(connection, application.exhibitor_id)
            if not labels or event is None or exhibitor is None:
                raise ConflictError("There are no labels to print.", state=application.state.value)
            printed = await self._printed(connection, labels, event)
        return await asyncio.to_thread(_draw, printed[:LABELS_MOST], event, exhibitor, self._words)

    async def codes(self, label: Label, event: Event) -> list[str]:
        """The codes of a label that was issued, one for each package. Raises ConflictError when its key is gone."""
        async with self._store.read() as connection:
            return [printed.qr.rpartition("#")[2] for printed in await self._printed(connection, [label], event)]

    async def _printed(self, connection: AsyncConnection, labels: Sequence[Label], event: Event) -> list[Printed]:
        signers = {}
        for key_id in {label.key_id for label in labels if label.key_id}:
            key = await self._keys.private_of(connection, key_id)
            if key is None:
                raise ConflictError("The key that signed these labels is gone; revoke and issue anew.", state="issued")
            signers[key_id] = key
        printed = []
        for label in labels:
            if label.key_id is None or label.serial_no is None or label.valid_from is None or label.valid_until is None:
                raise ConflictError("The label is not issued.", state=label.state.value)
            days = (label.valid_from, label.valid_until)
            for package in range(1, label.line.packages + 1):
                number, packages = label.serial_no, label.line.packages
                code = LabelCode(label.key_id, event.code, number, package, packages, *days, label.line.hash)
                qr = self._address + sign(code, signers[label.key_id])
                serial = serial_text(event.code, label.serial_no)
                printed.append(Printed(serial, label.line, package, qr, _period(*days)))
                if len(printed) >= LABELS_MOST:
                    return printed
        return printed


def _draw(printed: Sequence[Printed], event: Event, exhibitor: Exhibitor, words: LabelWords) -> bytes:
    return draw_sheets(printed, event, exhibitor, words)


def _period(since: date, until: date) -> str:
    return f"{since:%Y-%m-%d} – {until:%Y-%m-%d}"
