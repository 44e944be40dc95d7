"""The console's routers, over one frame."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fastapi import APIRouter

from bot.clearance.service import ClearanceService
from bot.console.banner_pages import banners_pages
from bot.console.change_pages import addresses_pages, corrections_pages, readers_pages
from bot.console.declaration_pages import declaration_pages
from bot.console.frame import Frame
from bot.console.knowledge_pages import knowledge_pages
from bot.console.notice_desk import NoticeDesk
from bot.console.notice_pages import drafts_pages, notices_pages
from bot.console.session_pages import login_router, logout_router
from bot.console.texts import load_console_texts
from bot.learning.service import LearningService
from bot.notices.live import LiveCounts
from bot.people.access import Access
from bot.people.staff import StaffService


def console_routers(
    staff: StaffService,
    access: Access,
    desk: NoticeDesk,
    clearance: ClearanceService,
    zone: ZoneInfo,
    *,
    secure: bool,
) -> list[APIRouter]:
    """The routers of the console. zone: in which moments are shown and typed. secure: reached over https."""
    frame = Frame(load_console_texts(), zone, secure=secure)
    return [
        login_router(frame, staff),
        logout_router(frame, staff, access),
        drafts_pages(frame, desk, access),
        corrections_pages(frame, desk, access),
        readers_pages(frame, desk, access, LiveCounts(desk.notices.queries)),
        notices_pages(frame, desk, access),
        addresses_pages(frame, desk, access),
        banners_pages(frame, desk, access),
        declaration_pages(frame, clearance, access),
    ]


def knowledge_console(learning: LearningService, access: Access, zone: ZoneInfo, *, secure: bool) -> APIRouter:
    """The page on which staff look after the knowledge base; arguments as for `console_routers`."""
    return knowledge_pages(Frame(load_console_texts(), zone, secure=secure), learning, access)
