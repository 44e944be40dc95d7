"""The public page of the promise and of incidents, and the same as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape
from pathlib import Path
from typing import Annotated

import yaml
from fastapi import APIRouter, Header, Response
from pydantic import BaseModel

from bot.channels.model import LANGUAGES, Language
from bot.delivery.canaries.model import Incident, IncidentKind
from bot.delivery.canaries.service import Incidents
from bot.delivery.promise import SHARE, WITHIN_S, PromiseDay, PromiseMeter

_CACHING = "public, max-age=60"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": _CACHING,
    "Vary": "Accept-Language",
}
_NAMES: Mapping[Language, str] = {"zh-Hans": "简体", "zh-Hant": "繁體", "en": "English"}
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:40rem;padding:1rem;color:#1c2a33;background:#fff}"
    "h1{font-size:1.3rem}strong{font-size:2rem}svg{width:100%;height:auto}a{color:#0b5cad;padding:.5rem .5rem .5rem 0}"
    "@media(prefers-color-scheme:dark){body{color:#e6edf1;background:#12191e}a{color:#7db8f0}}"
)


class PromiseDayPublic(BaseModel):
    """A day. share: 0 to 1 of what was handed over in time, null on a day without notifications."""

    day: date
    handed: int
    in_time: int
    share: float | None
    bulk_handed: int
    bulk_in_time: int


class PromisePublic(BaseModel):
    """The promise and how it was kept, the oldest day first."""

    promised_share: float
    within_s: float
    days: list[PromiseDayPublic]


class IncidentPublic(BaseModel):
    """Notifications of a channel were late (`arrival`) or left somebody out (`missed`). closed_at: null while it lasts."""

    kind: IncidentKind
    channel: str
    opened_at: datetime
    closed_at: datetime | None


class ProofPublic(BaseModel):
    """When a probe last arrived on a channel, and how many seconds it took; null: none yet."""

    channel: str
    proven_at: datetime | None
    took_s: float | None


class IncidentsPublic(BaseModel):
    """Open incidents and those that ended within a week, the newest first; beside them what was proven last."""

    incidents: list[IncidentPublic]
    proofs: list[ProofPublic]


def load_status_texts() -> dict[Language, dict[str, str]]:
    """The page's words. Raises KeyError where a language is missing."""
    loaded = yaml.safe_load((Path(__file__).parent / "status.yaml").read_text(encoding="utf-8"))
    return {language: loaded[language] for language in LANGUAGES}


def status_router(meter: PromiseMeter, incidents: Incidents) -> APIRouter:
    """Public: counts of a day, never persons."""
    router = APIRouter(tags=["status"])
    texts = load_status_texts()

    @router.get("/status", include_in_schema=False)
    async def show_status(lang: Language | None = None, accept_language: Annotated[str, Header()] = "") -> Response:
        language = lang or language_wished(accept_language)
        page = status_page(await meter.days(), await incidents.recent(), language, texts[language])
        return Response(page, media_type="text/html; charset=utf-8", headers=_HEADERS)

    @router.get("/v1/status/promise")
    async def read_promise(response: Response) -> PromisePublic:
        """How many notifications were handed to their channel within 10 s of being accepted, for the last 30 days."""
        response.headers["Cache-Control"] = _CACHING
        days = [PromiseDayPublic(**vars(day), share=day.share) for day in await meter.days()]
        return PromisePublic(promised_share=SHARE, within_s=WITHIN_S, days=days)

    @router.get("/v1/status/incidents")
    async def read_incidents(response: Response) -> IncidentsPublic:
        """Whether notifications arrive, by channel: a message to a recipient of ours proves it every 15 minutes."""
        response.headers["Cache-Control"] = _CACHING
        found = await incidents.recent()
        return IncidentsPublic(
            incidents=[IncidentPublic(**{k: v for k, v in vars(one).items() if k != "id"}) for one in found],
            proofs=[ProofPublic(**vars(proof)) for proof in await incidents.proofs()],
        )

    return router


def language_wished(accept_language: str) -> Language:
    """The language that a browser asks for; Simplified Chinese when it asks for none of ours."""
    wished = accept_language.lower()
    if wished.startswith(("zh-hant", "zh-tw", "zh-hk", "zh-mo")):
        return "zh-Hant"
    return "en" if wished.startswith("en") else "zh-Hans"


def status_page(
    days: Sequence[PromiseDay], incidents: Sequence[Incident], language: Language, words: Mapping[str, str]
) -> str:
    """The page, in one piece: no script, no picture to load."""

    def counted(handed: int, in_time: int) -> str:
        if not handed:
            return words["none"]
        return f"<strong>{in_time / handed:.1%}</strong> " + words["counted"].format(in_time=in_time, handed=handed)

    handed, in_time = sum(day.handed for day in days), sum(day.in_time for day in days)
    bulk = sum(day.bulk_handed for day in days), sum(day.bulk_in_time for day in days)
    links = " ".join(f'<a href="?lang={other}" lang="{other}">{_NAMES[other]}</a>' for other in LANGUAGES)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(words["title"])}</title>'
        f"<style>{_STYLE}</style></head><body><nav>{links}</nav><main><h1>{escape(words['title'])}</h1>"
        f"{_told(incidents, words)}<p>{escape(words['promise'])}</p>"
        f"<h2>{words['today']}</h2><p>{counted(days[-1].handed, days[-1].in_time)}</p>"
        f"<h2>{words['month']}</h2><p>{counted(handed, in_time)}</p>{_chart(days, words['chart'])}"
        f"<h2>{escape(words['bulk'])}</h2><p>{counted(*bulk)}</p></main></body></html>"
    )


def _told(incidents: Sequence[Incident], words: Mapping[str, str]) -> str:
    """What lasts, and what ended of late; moments in UTC, so that they mean the same to everybody."""
    if not incidents:
        return f"<p>{escape(words['no_incident'])}</p>"
    lines = []
    for one in incidents:
        since = f"{one.opened_at:%Y-%m-%d %H:%M} UTC"
        until = f"{one.closed_at:%Y-%m-%d %H:%M} UTC" if one.closed_at else None
        text = words["incident_over" if until else "incident"].format(
            what=words[f"incident_{one.kind}"], channel=words[f"channel_{one.channel}"], since=since, until=until
        )
        lines.append(f"<li>{escape(text)}</li>" if until else f"<li><b>{escape(text)}</b></li>")
    return f"<ul>{''.join(lines)}</ul>"


def _chart(days: Sequence[PromiseDay], title: str) -> str:
    """Bars from 0 to 100 %, with a line at what is promised; a day without notifications has no bar."""
    bars = "".join(
        f'<rect x="{10 * number + 1}" y="{100 - 100 * day.share:.1f}" width="8" height="{100 * day.share:.1f}" '
        f'fill="{"#1b7f4b" if day.share >= SHARE else "#b3261e"}"><title>{day.day} {day.share:.1%}</title></rect>'
        for number, day in enumerate(days)
        if day.share is not None
    )
    line = f'<line x1="0" x2="{10 * len(days)}" y1="{100 - 100 * SHARE}" y2="{100 - 100 * SHARE}" stroke="#7a8a94"/>'
    return f'<svg viewBox="0 0 {10 * len(days)} 100" role="img" aria-label="{escape(title)}">{bars}{line}</svg>'
