"""How a kept file goes out over HTTP: as a download that no browser opens as a page of ours."""

from __future__ import annotations

from urllib.parse import quote

from fastapi.responses import Response

from bot.files.model import SUFFIXES, StoredFile


def file_response(file: StoredFile) -> Response:
    """A download. Nothing in it runs with our origin, and no cache keeps it."""
    plain = f"file{SUFFIXES[file.ref.kind]}"
    return Response(
        file.content,
        media_type=file.media_type,
        headers={
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.ref.name, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        },
    )
