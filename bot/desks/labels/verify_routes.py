"""Public HTTP of labels: the page that verifies without network, its files, the public keys, the state of a label."""

from __future__ import annotations

import base64
import hashlib
from datetime import date, datetime
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from bot.channels.web.pages import SECURITY_HEADERS
from bot.desks.labels.codes import CodeFault
from bot.desks.labels.keys import KeyRecord, LabelKeys
from bot.desks.labels.lives_model import LabelState
from bot.desks.labels.proof import Proof, ProofService
from bot.errors import NotFoundError

STATIC = Path(__file__).parent / "static"
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_HEADERS = {
    **SECURITY_HEADERS,
    "Content-Security-Policy": SECURITY_HEADERS["Content-Security-Policy"]
    + "; worker-src 'self'; media-src 'self' blob:",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cache-Control": "no-cache",
}


class CodeGiven(BaseModel):
    """A code, or the address that a label's QR code holds."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"code": "AESKUKSVINEUS…"}]})

    code: str = Field(min_length=1, max_length=600)


class Verification(BaseModel):
    """Whether a code holds. fault: why not. state: of the label now; goods are named to nobody here."""

    valid: bool
    fault: CodeFault | None = None
    serial: str | None = Field(None, examples=["EXPO26-000123-7"])
    package: int | None = None
    packages: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    in_time: bool = False
    state: LabelState | None = None


class LabelKeyPublic(BaseModel):
    """A public key as a JSON Web Key (RFC 8037), with when it began, retired, was revoked."""

    kty: str = "OKP"
    crv: str = "Ed25519"
    use: str = "sig"
    kid: str
    x: str
    created_at: datetime
    retired_at: datetime | None
    revoked: bool


class LabelKeysPublic(BaseModel):
    """Every key that ever signed a label, the newest first."""

    keys: list[LabelKeyPublic]


def key_public(key: KeyRecord) -> LabelKeyPublic:
    """A key as it is published."""
    return LabelKeyPublic(
        kid=key.id,
        x=base64.urlsafe_b64encode(key.public).decode().rstrip("="),
        created_at=key.created_at,
        retired_at=key.retired_at,
        revoked=key.revoked_at is not None,
    )


def verification_of(proof: Proof) -> Verification:
    """What anybody may know of a code."""
    code = proof.code
    return Verification(
        valid=proof.fault is None,
        fault=proof.fault,
        serial=proof.serial,
        package=code.package if code else None,
        packages=code.packages if code else None,
        valid_from=code.valid_from if code else None,
        valid_until=code.valid_until if code else None,
        in_time=proof.in_time,
        state=proof.state,
    )


def verify_router(proof: ProofService, keys: LabelKeys) -> APIRouter:
    """All of it is public: what is signed may be checked by anybody."""
    router = APIRouter()
    files = {path.name: (path.read_bytes(), _MEDIA_TYPES[path.suffix]) for path in sorted(STATIC.iterdir())}
    version = hashlib.sha256(b"\0".join(content for content, _ in files.values())).hexdigest()[:16]
    worker, media_type = files["sw.js"]
    files["sw.js"] = (worker.replace(b"{{version}}", version.encode()), media_type)

    async def published() -> LabelKeysPublic:
        return LabelKeysPublic(keys=[key_public(key) for key in await keys.published()])

    @router.get("/v/", include_in_schema=False)
    async def read_page() -> Response:
        return Response(files["index.html"][0], media_type=files["index.html"][1], headers=_HEADERS)

    @router.get("/v/keys.json", include_in_schema=False)
    async def read_page_keys() -> Response:
        return JSONResponse((await published()).model_dump(mode="json"), headers=_HEADERS)

    @router.get("/v/{name}", include_in_schema=False)
    async def read_file(name: str) -> Response:
        if name not in files or name == "index.html":
            raise NotFoundError("file")
        content, kind = files[name]
        return Response(content, media_type=kind, headers=_HEADERS)

    @router.get("/v1/labels/keys", tags=["labels"])
    async def read_keys() -> LabelKeysPublic:
        """The public keys with which labels are verified, also without network: keep a copy."""
        return await published()

    @router.post("/v1/labels/verifications", tags=["labels"])
    async def check_code(given: CodeGiven) -> Verification:
        """Whether a code holds and where its label stands. In the body, so that codes stand in no log."""
        return verification_of(await proof.check(given.code))

    return router
