"""Pictures, written anew: what the camera noted (place, device, time) and what hides behind the pixels stays behind."""

from __future__ import annotations

import io
import struct
from typing import Literal

from PIL import Image, ImageOps

from bot.errors import Fault
from bot.files.model import FileRefusedError

PictureKind = Literal["jpeg", "png", "webp"]

MAX_PIXELS = 60_000_000  # a phone's 48 megapixels and some more
MAX_SIDE = 20_000
KEPT_SIDE = 4096  # the longer side of what is kept: a page of A4 at 350 dpi
_QUALITY = 88
_MODES = {"1": "L", "L": "L", "LA": "RGBA", "PA": "RGBA", "RGBA": "RGBA", "La": "RGBA", "RGBa": "RGBA"}


def rewrite_picture(content: bytes, kind: PictureKind) -> bytes:
    """The same picture upright, first frame only, at most KEPT_SIDE on its longer side, without any metadata.

    Raises FileRefusedError: `picture-broken`, or `picture-too-large` before a single pixel is unpacked.
    """
    try:
        # One decoder only: what calls itself PNG inside a JPEG gets no second chance.
        with Image.open(io.BytesIO(content), formats=[kind.upper()]) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                raise _refused("picture-too-large", "The picture has too many pixels.")
            if kind == "jpeg":
                picture.draft(None, (KEPT_SIDE, KEPT_SIDE))  # unpacks a large one at a smaller scale at once
            upright = ImageOps.exif_transpose(picture)
            has_alpha = "transparency" in upright.info
            plain = upright.convert("RGBA" if has_alpha else _MODES.get(upright.mode, "RGB"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refused("picture-too-large", "The picture has too many pixels.") from error
    except (OSError, SyntaxError, ValueError, IndexError, struct.error, EOFError) as error:
        raise _refused("picture-broken", "The picture cannot be read.") from error
    plain.info = {}
    plain.thumbnail((KEPT_SIDE, KEPT_SIDE))
    return _written(plain, kind)


def _written(picture: Image.Image, kind: PictureKind) -> bytes:
    written = io.BytesIO()
    if kind == "jpeg":
        picture.convert("L" if picture.mode == "L" else "RGB").save(written, "JPEG", quality=_QUALITY)
    elif kind == "png":
        picture.save(written, "PNG")
    else:
        picture.save(written, "WEBP", quality=_QUALITY)
    return written.getvalue()


def _refused(code: str, message: str) -> FileRefusedError:
    return FileRefusedError([Fault("file", code, message)], megapixels=MAX_PIXELS // 1_000_000)
