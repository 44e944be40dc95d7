"""Links and QR codes that open the chat with an invitation's code."""

from __future__ import annotations

import io
from dataclasses import dataclass

import segno

_SCALE = 6


@dataclass(frozen=True)
class JoinLinks:
    """telegram_username: of the bot, without @. public_url: under which people reach the web chat. Either may be missing."""

    telegram_username: str | None
    public_url: str | None

    def link(self, code: str) -> str | None:
        """What opens the chat with the code: Telegram where a bot is set up, else the web chat. None: neither is set.

        In the web chat's link the code stands behind `#`: no server and no log sees it.
        Source: https://core.telegram.org/bots/features#deep-linking (up to 64 of A-Z a-z 0-9 _ -).
        """
        if self.telegram_username:
            return f"https://t.me/{self.telegram_username}?start=join_{code}"
        return f"{self.public_url.rstrip('/')}/#join={code}" if self.public_url else None


def qr_svg(text: str) -> str:
    """A text as a QR code: an SVG document, black on white so that dark pages do not turn it."""
    out = io.BytesIO()
    _qr(text).save(out, kind="svg", scale=_SCALE, light="white", xmldecl=False)
    return out.getvalue().decode()


def qr_png(text: str) -> bytes:
    """The same as a PNG picture."""
    out = io.BytesIO()
    _qr(text).save(out, kind="png", scale=_SCALE)
    return out.getvalue()


def qr_address(text: str) -> str:
    """The same as an address that holds the picture itself, for a page."""
    return str(_qr(text).png_data_uri(scale=_SCALE))


def _qr(text: str) -> segno.QRCode:
    return segno.make(text, error="m", micro=False)
