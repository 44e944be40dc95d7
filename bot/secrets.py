"""The master secret, and what is derived from it: nothing else has to be stored, copied or rotated by itself."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from pathlib import Path

from bot.errors import StartError
from bot.settings import Settings

_LENGTH = 64
_WRITTEN_WITHIN_S = 1.0


class Secrets:
    """Keys derived from one master secret by HMAC-SHA-256, one for each purpose."""

    def __init__(self, master: bytes) -> None:
        self._master = master

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose; the same purpose always gives the same bytes."""
        return hmac.digest(self._master, purpose.encode(), hashlib.sha256)

    def derive_hex(self, purpose: str) -> str:
        """The same as 64 hex digits."""
        return self.derive(purpose).hex()


def actions_token(secrets: Secrets) -> str:
    """The bearer token with which the action server calls the service. Derived: there is nothing to hand around."""
    return secrets.derive_hex("actions-token")


def load_secrets(settings: Settings) -> Secrets:
    """Take the master secret from the settings, or from the data directory, where it is made at the first start.

    Raises StartError when the data directory cannot be written.
    """
    if settings.secret is not None:
        return Secrets(settings.secret.get_secret_value().encode())
    path = settings.data_dir / "secret"
    try:
        return Secrets(_read_or_make(path))
    except OSError as error:
        raise StartError(f"Cannot keep the master secret in {path}: {error.strerror}. Set KOUAN_DATA_DIR.") from error


def _read_whole(path: Path) -> bytes:
    """The secret, once the process that makes it has written it: it is never taken while it is empty or cut short."""
    deadline = time.monotonic() + _WRITTEN_WITHIN_S
    while len(secret := path.read_bytes()) < _LENGTH:
        if time.monotonic() > deadline:
            raise StartError(
                f"The master secret in {path} is cut short: put its copy back, or delete it for a new one."
            )
        time.sleep(0.01)
    return secret


def _read_or_make(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL: of two processes that start together, one makes it and the other reads it.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_whole(path)
    with os.fdopen(handle, "wb") as file:
        secret = secrets.token_hex(_LENGTH // 2).encode()
        file.write(secret)
    return secret


def rasa_token(settings: Settings, secrets: Secrets) -> str:
    """The token that guards Rasa's HTTP API."""
    return settings.rasa_token.get_secret_value() if settings.rasa_token else secrets.derive_hex("rasa-token")
