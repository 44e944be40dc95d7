"""Signatures of webhooks. Source: Standard Webhooks specification 1.0 (webhook-id, webhook-timestamp, webhook-signature)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.errors import NotAuthenticatedError


def sign(secret: bytes, webhook_id: str, timestamp_s: int, body: bytes) -> str:
    """The value of `webhook-signature` for one secret: `v1,` and the base64 of HMAC-SHA-256 over id, time and body."""
    signed = b".".join((webhook_id.encode(), str(timestamp_s).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def verify(
    headers: Mapping[str, str], body: bytes, signers: Iterable[tuple[str, bytes]], *, now: datetime, tolerance_s: int
) -> str:
    """The name of the signer.

    signers: name and secret of each that may sign. tolerance_s: how far the sender's time may lie from ours, seconds.
    Raises NotAuthenticatedError that says which header is wrong, never what would have been right.
    """
    webhook_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split()
    missing = [
        name
        for name, value in (
            ("webhook-id", webhook_id),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", given),
        )
        if not value
    ]
    if missing:
        raise NotAuthenticatedError(f"Missing header: {', '.join(missing)}.")
    # 12 digits reach beyond the year 30000; Python would count far longer ones and then fail to compare them.
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise NotAuthenticatedError("webhook-timestamp must be seconds since 1970.")
    if abs(now.timestamp() - int(timestamp)) > tolerance_s:
        raise NotAuthenticatedError(f"webhook-timestamp lies more than {tolerance_s} s from this clock.")
    signer = None
    for name, secret in signers:
        expected = sign(secret, webhook_id, int(timestamp), body).encode()
        # Every candidate is compared, so that the time tells nothing about which secret is near.
        matches = [hmac.compare_digest(expected, candidate.encode()) for candidate in given]
        if any(matches):
            signer = name
    if signer is None:
        raise NotAuthenticatedError("webhook-signature matches no valid key.")
    return signer
