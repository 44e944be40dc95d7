"""Draws the steps of a shipment: SVG for pages, PNG for channels that take no SVG. Pure but for the fonts it looks for."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFont

from bot.channels.model import Language
from bot.clearance.steps import Steps, StepState

WIDTH = 480
_ROW, _TOP, _LEFT = 64, 76, 40
_COLOURS: dict[StepState, str] = {"done": "#2e7d4f", "current": "#0b5cad", "stopped": "#b3261e", "open": "#8a8f98"}
_INK, _QUIET, _GROUND = "#14181f", "#4a5160", "#ffffff"
_MARKS: dict[StepState, str] = {"done": "✓", "current": "●", "stopped": "!", "open": ""}

# Where Debian, Fedora, Alpine, macOS and Windows keep fonts with Chinese; the first that is there. `fonts-noto-cjk` is enough.
_CJK_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)


def draw_svg(steps: Steps, language: Language) -> str:
    """An SVG that says itself what it shows (`title`, `desc`); it takes the reader's own fonts and needs no script."""
    height = _TOP + _ROW * len(steps.steps)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="t d" lang="{language}" font-family="system-ui, sans-serif">',
        f'<title id="t">{escape(steps.title)}</title><desc id="d">{escape(steps.alt)}</desc>',
        f'<rect width="{WIDTH}" height="{height}" fill="{_GROUND}"/>',
        f'<text x="{_LEFT - 16}" y="36" font-size="19" font-weight="600" fill="{_INK}">{escape(steps.title)}</text>',
        f'<text x="{_LEFT - 16}" y="56" font-size="12" fill="{_QUIET}">{escape(steps.zone)}</text>',
    ]
    for place, step in enumerate(steps.steps):
        y, colour = _TOP + _ROW * place + 22, _COLOURS[step.state]
        if place + 1 < len(steps.steps):
            dash = ' stroke-dasharray="4 5"' if steps.steps[place + 1].state == "open" else ""
            parts.append(
                f'<line x1="{_LEFT}" y1="{y + 13}" x2="{_LEFT}" y2="{y + _ROW - 13}" stroke="{colour}" stroke-width="3"{dash}/>'
            )
        fill = _GROUND if step.state == "open" else colour
        parts.append(f'<circle cx="{_LEFT}" cy="{y}" r="12" fill="{fill}" stroke="{colour}" stroke-width="2.5"/>')
        parts.append(
            f'<text x="{_LEFT}" y="{y + 5}" font-size="14" text-anchor="middle" fill="{_GROUND}">{_MARKS[step.state]}</text>'
        )
        weight = ' font-weight="600"' if step.state in ("current", "stopped") else ""
        ink = _QUIET if step.state == "open" else _INK
        parts.append(f'<text x="{_LEFT + 28}" y="{y}" font-size="16" fill="{ink}"{weight}>{escape(step.name)}</text>')
        if step.at:
            parts.append(f'<text x="{_LEFT + 28}" y="{y + 19}" font-size="13" fill="{_QUIET}">{escape(step.at)}</text>')
    return "".join([*parts, "</svg>"])


def draw_png(steps: Steps, language: Language) -> bytes | None:
    """The same as PNG, twice the size for phones. None where no font with Chinese is found: boxes would say nothing, and the text
    says it all.
    """
    if font_path() is None:
        return None
    scale = 2
    size = (WIDTH * scale, (_TOP + _ROW * len(steps.steps)) * scale)
    image = Image.new("RGB", size, _GROUND)
    draw = ImageDraw.Draw(image)
    left = _LEFT * scale

    def write(x: int, y: int, text: str, font_px: int, colour: str) -> None:
        draw.text((x * scale, y * scale), text, font=_font(font_px * scale, language), fill=colour, anchor="ls")

    write(_LEFT - 16, 36, steps.title, 19, _INK)
    write(_LEFT - 16, 56, steps.zone, 12, _QUIET)
    for place, step in enumerate(steps.steps):
        y, colour = _TOP + _ROW * place + 22, _COLOURS[step.state]
        if place + 1 < len(steps.steps):
            ends = ((y + 13) * scale, (y + _ROW - 13) * scale)
            dashed = steps.steps[place + 1].state == "open"
            for start in range(ends[0], ends[1], 18 if dashed else ends[1]):
                stop = min(start + 9, ends[1]) if dashed else ends[1]
                draw.line((left, start, left, stop), fill=colour, width=3 * scale)
        fill = _GROUND if step.state == "open" else colour
        circle = tuple(value * scale for value in (_LEFT - 12, y - 12, _LEFT + 12, y + 12))
        draw.ellipse(circle, fill=fill, outline=colour, width=5)
        if step.state == "done":
            tick = [(_LEFT - 5, y), (_LEFT - 1, y + 5), (_LEFT + 6, y - 5)]
            draw.line([(px * scale, py * scale) for px, py in tick], fill=_GROUND, width=5)
        elif step.state == "stopped":
            draw.text((left, y * scale), "!", font=_font(16 * scale, language), fill=_GROUND, anchor="mm")
        write(_LEFT + 28, y, step.name, 16, _QUIET if step.state == "open" else _INK)
        if step.at:
            write(_LEFT + 28, y + 19, step.at, 13, _QUIET)
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


@cache
def font_path() -> Path | None:
    """A font with Chinese on this machine; None: there is none where systems keep them."""
    return next((path for path in map(Path, _CJK_FONTS) if path.exists()), None)


@cache
def _font(size_px: int, language: Language) -> ImageFont.FreeTypeFont:
    path = font_path()
    if path is None:  # pragma: no cover - the caller looked
        raise AssertionError("no font")
    # Faces of Noto's collection, in its order: JP, KR, SC, TC, HK. Other collections hold fewer.
    face = {"zh-Hans": 2, "zh-Hant": 3, "en": 2}[language] if "NotoSansCJK" in path.name else 0
    return ImageFont.truetype(str(path), size_px, index=face)
