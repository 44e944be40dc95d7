"""Wishes are read exactly, or not at all."""

from __future__ import annotations

import pytest

from bot.following.model import (
    AskWhy,
    ChangeFollow,
    SetCadence,
    SetQuiet,
    SetZone,
    ShowFollows,
    ShowSettings,
    StopAll,
    Wish,
    read_wish,
)
from bot.people.model import FollowKind
from bot.people.preferences import Cadence, QuietHours

NIGHT = QuietHours(22 * 60, 8 * 60)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("每天一次就好", SetCadence(Cadence.DAILY)),
        ("每日一次就好", SetCadence(Cadence.DAILY)),
        ("once a day is enough please", SetCadence(Cadence.DAILY)),
        ("每周汇总", SetCadence(Cadence.WEEKLY)),
        ("货物状态每天一次", SetCadence(Cadence.DAILY, "货物状态")),
        ("马上通知我", SetCadence(Cadence.INSTANT)),
        ("晚上10点到早上8点别打扰", SetQuiet(NIGHT)),
        ("晚上十点到早上八点别打扰我", SetQuiet(NIGHT)),
        ("晚上10點至早上8點勿擾，香港時間", SetQuiet(NIGHT, "Asia/Hong_Kong")),
        ("quiet from 10pm to 8am Hong Kong time", SetQuiet(NIGHT, "Asia/Hong_Kong")),
        ("Quiet from 22:00 to 08:00 Europe/London", SetQuiet(NIGHT, "Europe/London")),
        ("do not disturb 10:30 pm - 7 am", SetQuiet(QuietHours(22 * 60 + 30, 7 * 60))),
        ("免打扰 晚上12点到早上6点半", SetQuiet(QuietHours(0, 6 * 60 + 30))),
        ("取消免打扰", SetQuiet(None)),
        ("quiet hours off", SetQuiet(None)),
        ("时区 香港", SetZone("Asia/Hong_Kong")),
        ("time zone Europe/London", SetZone("Europe/London")),
        ("时区 火星", SetZone(None)),
        ("关注第85章", ChangeFollow(True, FollowKind.HS_CHAPTER, "85")),
        ("follow chapter 7", ChangeFollow(True, FollowKind.HS_CHAPTER, "7")),
        ("关注皇岗口岸", ChangeFollow(True, FollowKind.PORT, "皇岗")),
        ("unfollow port Huanggang", ChangeFollow(False, FollowKind.PORT, "huanggang")),
        ("关注国家日本", ChangeFollow(True, FollowKind.COUNTRY, "日本")),
        ("关注RCEP协定", ChangeFollow(True, FollowKind.AGREEMENT, "rcep")),
        ("关注集装箱CSQU3054383", ChangeFollow(True, FollowKind.CONTAINER, "csqu3054383")),
        ("退订", StopAll()),
        ("/stop", StopAll()),
        ("STOP", StopAll()),
        ("通知设置", ShowSettings()),
        ("我的关注", ShowFollows()),
        ("为什么收到？", AskWhy()),
        ("Why did I get this?", AskWhy()),
    ],
)
def test_a_wish_is_read(text: str, wish: Wish) -> None:
    assert read_wish(text) == wish


@pytest.mark.parametrize(
    "text",
    [
        "口岸晚上10点到早上8点开吗",
        "皇岗口岸几点关",
        "每天能带多少现金",
        "每天一次往返口岸可以带多少烟",
        "how often is the rule updated daily rates",
        "关注报关单",
        "第85章的税率是多少",
        "how do I stop a shipment",
        "晚上25点到早上8点别打扰",
        "我要退订酒店怎么办",
        "x" * 500,
    ],
)
def test_a_question_is_no_wish(text: str) -> None:
    assert read_wish(text) is None
