"""What a firm takes along: calendar file and QR code, behind links that nobody can guess."""

from __future__ import annotations

import hmac
import io
from hashlib import sha256

import segno
from icalendar import Calendar, Event

from bot.desks.booking.model import Booking, BookingState
from bot.secrets import Secrets

FILES = {"calendar": "calendar.ics", "qr": "qr.svg"}
_PRODUCT = "-//Kouan//booking//ZH"


class Links:
    """public_url: of the service; None: no links can be made, and messages go without."""

    def __init__(self, secrets: Secrets, public_url: str | None) -> None:
        self._key = secrets.derive("booking-files")
        self._public_url = public_url.rstrip("/") if public_url else None

    def proof(self, number: str) -> str:
        """What stands in the address beside the number: 128 bits that only the service can make."""
        return hmac.digest(self._key, number.encode(), sha256).hex()[:32]

    def is_proof(self, number: str, proof: str) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(self.proof(number).encode(), proof.encode())

    def path(self, booking: Booking, file: str) -> str:
        """Where a file of a booking lies, without the service's own address. file: of FILES."""
        return f"/v1/booking-files/{booking.number}/{self.proof(booking.number)}/{FILES[file]}"

    def url(self, booking: Booking, file: str) -> str | None:
        """The whole address; None where the service does not know its own."""
        return f"{self._public_url}{self.path(booking, file)}" if self._public_url else None

    def qr_svg(self, booking: Booking) -> bytes:
        """The booking number as a QR code: with the console's address where it is known, so that a scan opens it there."""
        content = (
            f"{self._public_url}/console/booking/find?number={booking.number}" if self._public_url else booking.number
        )
        written = io.BytesIO()
        segno.make(content, error="m", micro=False).save(written, kind="svg", scale=6, border=4, light="#fff")
        return written.getvalue()


def calendar_file(booking: Booking, title: str, place: str) -> bytes:
    """The booking for a calendar (RFC 5545). The same UID with a higher SEQUENCE replaces what was taken in before."""
    event = Event()
    event.add("uid", f"{booking.number}@kouan")
    event.add("sequence", booking.revision)
    event.add("dtstamp", booking.created_at)
    event.add("dtstart", booking.slot.starts_at)
    event.add("dtend", booking.slot.ends_at)
    event.add("summary", f"{title} {booking.number}")
    event.add("location", place)
    event.add("description", booking.reference)
    holds = booking.state in {BookingState.CONFIRMED, BookingState.SERVED}
    event.add("status", "CONFIRMED" if holds else "TENTATIVE" if booking.state in _OPEN else "CANCELLED")
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


_OPEN = frozenset({BookingState.REQUESTED, BookingState.OFFERED, BookingState.WAITING})
