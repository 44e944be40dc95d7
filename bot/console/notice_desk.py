"""What the console's pages of notices work with."""

from __future__ import annotations

from dataclasses import dataclass

from bot.notices.banners.service import BannerService
from bot.notices.changes.service import ChangeService
from bot.notices.readers.service import ReaderService
from bot.notices.service import NoticeService
from bot.notices.test_sends import TestSends


@dataclass(frozen=True)
class NoticeDesk:
    """The services, in one hand."""

    notices: NoticeService
    changes: ChangeService
    readers: ReaderService
    banners: BannerService
    test_sends: TestSends
