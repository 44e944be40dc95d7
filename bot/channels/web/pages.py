"""HTTP of the chat page: `GET /` and its files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.errors import NotFoundError

STATIC = Path(__file__).parent / "static"
PAGE = "index.html"
_PLACEHOLDER = b"{{assets}}"

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}

# connect-src 'self' covers the socket of the same origin too (CSP level 3).
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class ChatPage:
    """The page and its files, in memory. version: hash over all of them; files: by name."""

    version: str
    files: dict[str, tuple[bytes, str]]


def load_page(root: Path = STATIC) -> ChatPage:
    """Read the page's files. Raises OSError when one cannot be read, KeyError for a kind of file that has no media type."""
    paths = sorted(path for path in root.iterdir() if path.is_file())
    contents = {path.name: (path.read_bytes(), _MEDIA_TYPES[path.suffix]) for path in paths}
    digest = hashlib.sha256()
    for name, (content, _) in contents.items():
        digest.update(name.encode() + b"\0" + content + b"\0")
    version = digest.hexdigest()[:16]
    page, media_type = contents[PAGE]
    contents[PAGE] = (page.replace(_PLACEHOLDER, f"/chat/{version}".encode()), media_type)
    return ChatPage(version, contents)


def chat_page_router(page: ChatPage) -> APIRouter:
    """Public: the page at `/`, always asked for again; its files under their version, kept by browsers for a year."""
    router = APIRouter(include_in_schema=False)
    etag = f'"{page.version}"'

    @router.get("/")
    async def read_page(request: Request) -> Response:
        headers = {**SECURITY_HEADERS, "Cache-Control": "no-cache", "ETag": etag}
        if request.headers.get("if-none-match") in (etag, f"W/{etag}"):
            return Response(status_code=304, headers=headers)
        content, media_type = page.files[PAGE]
        return Response(content, media_type=media_type, headers=headers)

    @router.get("/chat/{version}/{name}")
    async def read_file(version: str, name: str) -> Response:
        found = page.files.get(name)
        if found is None or name == PAGE:
            raise NotFoundError("file")
        # A page from before an update asks under the old version: it gets today's file, but may not keep it under that name.
        caching = "public, max-age=31536000, immutable" if version == page.version else "no-store"
        return Response(found[0], media_type=found[1], headers={**SECURITY_HEADERS, "Cache-Control": caching})

    return router
