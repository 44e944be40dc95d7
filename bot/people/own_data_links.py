"""Signed links to a person's own data: whoever has one may read it, for ten minutes."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from bot.errors import NotFoundError
from bot.secrets import Secrets

LINK_LIFE = timedelta(minutes=10)


class OwnDataLinks:
    """public_url: under which people reach the service; without it there are no links."""

    def __init__(self, secrets: Secrets, public_url: str | None) -> None:
        self._key = secrets.derive("own-data-link")
        self._public_url = public_url

    def link(self, address_id: str, at: datetime, *, kind: str) -> str | None:
        """A link to a person's data, by one of their addresses. kind: json or txt. None: there is no public address."""
        if self._public_url is None:
            return None
        until = int((at + LINK_LIFE).timestamp())
        token = f"{address_id}.{until}.{self._signature(address_id, until)}"
        return f"{self._public_url.rstrip('/')}/own-data/{token}.{kind}"

    def read(self, token: str, at: datetime) -> str:
        """The address behind a token. Raises NotFoundError for one that is over or none of ours; compared in constant time."""
        address_id, _, rest = token.partition(".")
        until, _, signature = rest.partition(".")
        if not (until.isascii() and until.isdigit() and len(until) < 12):
            raise NotFoundError("link")
        expected = self._signature(address_id, int(until))
        if not hmac.compare_digest(expected.encode(), signature.encode()) or at.timestamp() >= int(until):
            raise NotFoundError("link")
        return address_id

    def _signature(self, address_id: str, until: int) -> str:
        return hmac.digest(self._key, f"{address_id}.{until}".encode(), sha256).hex()[:32]
