"""What people say about following and being told: read out of a text, exactly or not at all. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.people.model import FollowKind
from bot.people.preferences import Cadence, QuietHours, zone_named
from knowledge.text import normalise


@dataclass(frozen=True)
class SetQuiet:
    """zone: IANA name; None where none was said. quiet: None ends them."""

    quiet: QuietHours | None
    zone: str | None = None


@dataclass(frozen=True)
class SetZone:
    """zone: IANA name; None where what was said is none that is known."""

    zone: str | None


@dataclass(frozen=True)
class SetCadence:
    """about: the words before the wish, for a topic or a channel; empty for all."""

    cadence: Cadence
    about: str = ""


@dataclass(frozen=True)
class ChangeFollow:
    """wanted: follow, or stop that. said: the target in the person's words."""

    wanted: bool
    kind: FollowKind
    said: str


@dataclass(frozen=True)
class StopAll:
    """Everything, at once."""


@dataclass(frozen=True)
class ShowSettings:
    """What is set."""


@dataclass(frozen=True)
class ShowFollows:
    """What is followed."""


@dataclass(frozen=True)
class AskWhy:
    """Why the last push came."""


Wish = SetQuiet | SetZone | SetCadence | ChangeFollow | StopAll | ShowSettings | ShowFollows | AskWhy

_IANA = re.compile(r"\b([A-Z][A-Za-z]+(?:/[A-Za-z_+\-0-9]+){1,2}|UTC)\b")
_ZONES: Mapping[str, str] = {
    **dict.fromkeys(("香港", "hong kong", "hk"), "Asia/Hong_Kong"),
    **dict.fromkeys(("澳门", "macao", "macau"), "Asia/Macau"),
    **dict.fromkeys(("北京", "上海", "深圳", "广州", "中国", "内地", "beijing", "shanghai", "china"), "Asia/Shanghai"),
    **dict.fromkeys(("台北", "台湾", "taipei", "taiwan"), "Asia/Taipei"),
    **dict.fromkeys(("东京", "日本", "tokyo", "japan"), "Asia/Tokyo"),
    **dict.fromkeys(("首尔", "韩国", "seoul", "korea"), "Asia/Seoul"),
    **dict.fromkeys(("新加坡", "singapore"), "Asia/Singapore"),
    **dict.fromkeys(("曼谷", "泰国", "bangkok"), "Asia/Bangkok"),
    **dict.fromkeys(("伦敦", "英国", "london", "uk"), "Europe/London"),
    **dict.fromkeys(("巴黎", "paris"), "Europe/Paris"),
    **dict.fromkeys(("柏林", "德国", "berlin", "germany"), "Europe/Berlin"),
    **dict.fromkeys(("纽约", "new york"), "America/New_York"),
    **dict.fromkeys(("洛杉矶", "los angeles"), "America/Los_Angeles"),
    **dict.fromkeys(("悉尼", "sydney"), "Australia/Sydney"),
    **dict.fromkeys(("迪拜", "dubai"), "Asia/Dubai"),
}
_QUIET = re.compile(
    r"勿扰|打扰|打搅|静音|安静时|别发消息|不要发消息|别吵|唔好嘈|"
    r"\bquiet\b|do not disturb|dont disturb|\bdnd\b|no messages"
)
_OFF = re.compile(r"取消|关闭|关掉|不用|结束|解除|\boff\b|\bcancel\b|\bend\b|\bremove\b|\bdisable\b")
_NUMERALS = {word: number for number, word in enumerate("零一二三四五六七八九十")} | {"十一": 11, "十二": 12, "两": 2}
_CLOCK = (
    r"(?P<part{n}>凌晨|清晨|早上|早晨|上午|早|中午|下午|傍晚|晚上|夜里|夜间|深夜|晚)?"
    r"(?P<hour{n}>\d{{1,2}}|十[一二]?|[零一二两三四五六七八九])"
    r"(?::(?P<minute{n}>\d{{2}})|点(?P<half{n}>半|\d{{1,2}}分?)?|时)?\s*(?P<noon{n}>am|pm|a m|p m)?"
)
_SPAN = re.compile(
    _CLOCK.format(n=1) + r"(?:\s*(?:到|至|-|to|until|till|直到)\s*|\s+)(?:第二天|次日|翌日|明早)?" + _CLOCK.format(n=2)
)
_ENOUGH = r"(?:就好|就行|就够了|即可|就可以|吧|推送|通知|提醒|汇总|摘要| is enough| please| digest| summary| only)*"
_CADENCES: Mapping[Cadence, re.Pattern[str]] = {
    Cadence.DAILY: re.compile(
        rf"(?P<about>.{{0,40}}?)(?:改成|改为|设为)?(?:每天一次|每日一次|一天一次|每日汇总|每天汇总|每日摘要|"
        rf"once a day|daily|every day){_ENOUGH}"
    ),
    Cadence.WEEKLY: re.compile(
        rf"(?P<about>.{{0,40}}?)(?:改成|改为|设为)?(?:每周一次|每星期一次|一周一次|每周汇总|每周摘要|"
        rf"once a week|weekly|every week){_ENOUGH}"
    ),
    Cadence.INSTANT: re.compile(
        r"(?P<about>.{0,40}?)(?:改成|改为|设为)?(?:即时通知|即时推送|即时|马上通知我?|立即通知我?|立刻通知我?|"
        r"instantly|instant|at once|immediately)"
        r"(?: please|吧|就好)*"
    ),
}
_VERB = (
    r"(?:请|帮我|我要|我想|please )?"
    r"(?P<verb>取消关注|不再关注|停止关注|退订|关注|订阅|unfollow|stop following|unsubscribe from|follow|subscribe to)\s*"
)
_FOLLOWS: tuple[tuple[FollowKind, re.Pattern[str]], ...] = (
    (FollowKind.HS_CHAPTER, re.compile(_VERB + r"(?:hs|税则|海关编码)?\s*第?\s*(?P<a>\d{1,2})\s*章")),
    (FollowKind.HS_CHAPTER, re.compile(_VERB + r"(?:hs\s*章?|hs chapter|chapter|章|税则章)\s*(?P<a>\d{1,2})")),
    (
        FollowKind.PORT,
        re.compile(_VERB + r"(?:(?:口岸|port(?: of)?)\s*(?P<a>.{1,30})|(?P<b>.{1,30}?)\s*(?:口岸|port))"),
    ),
    (FollowKind.COUNTRY, re.compile(_VERB + r"(?:国家|国别|country)\s*(?P<a>.{1,30})")),
    (
        FollowKind.AGREEMENT,
        re.compile(_VERB + r"(?:(?:协定|agreement)\s*(?P<a>.{1,40})|(?P<b>.{1,40}?)\s*(?:协定|agreement))"),
    ),
    (FollowKind.CONTAINER, re.compile(_VERB + r"(?:集装箱|箱号|柜号|container)\s*(?P<a>.{1,20})")),
    (FollowKind.BOOKING, re.compile(_VERB + r"(?:预约|预约号|booking)\s*(?P<a>[a-z0-9\-]{4,32})")),
)
_ENDING = frozenset({"取消关注", "不再关注", "停止关注", "退订", "unfollow", "stop following", "unsubscribe from"})
_EXACT: Mapping[str, Wish] = {
    **dict.fromkeys(
        ("退订", "全部退订", "退订全部", "全部取消", "取消全部关注", "停止所有通知", "不要再通知我", "td", "stop", "stop all",
         "stop everything", "unsubscribe", "unsubscribe all"),
        StopAll(),
    ),
    **dict.fromkeys(
        ("通知设置", "推送设置", "免打扰", "勿扰", "免打扰设置", "勿扰设置",
         "notification settings", "preferences", "my preferences", "quiet hours"),
        ShowSettings(),
    ),
    **dict.fromkeys(("我的关注", "我关注了什么", "my follows", "what do i follow",
        "what am i following"), ShowFollows()),
    **dict.fromkeys(
        ("为什么收到", "为什么收到这个", "为什么给我发这个", "为什么会收到这条消息", "为什么收到这条消息",
         "why did i get this", "why did i get that"), AskWhy()
    ),
}  # fmt: skip


def read_wish(text: str) -> Wish | None:
    """What a text asks for; None where it asks for nothing of this kind, so that a question about it is no wish."""
    if len(text) > 120:
        return None
    said = normalise(text)
    if said in _EXACT:
        return _EXACT[said]
    return _quiet(said, text) or _zone_wish(said, text) or _cadence(said) or _follow(said)


def zone_said(text: str) -> str | None:
    """The IANA name of a zone that a text names, by itself or by a place; None where it names none that is known."""
    for match in _IANA.finditer(text):
        if zone_named(match[1]) is not None:
            return match[1]
    said = normalise(text)
    found = [word for word in _ZONES if (re.search(rf"\b{word}\b", said) if word.isascii() else word in said)]
    return _ZONES[max(found, key=len)] if found else None


def _quiet(said: str, text: str) -> SetQuiet | None:
    trigger = _QUIET.search(said)
    if trigger is None:
        return None
    span = _SPAN.search(said)
    if span is not None:
        start, until = _minute(span, 1), _minute(span, 2)
        if start is None or until is None or start == until:
            return None
        return SetQuiet(QuietHours(start, until), zone_said(text))
    return SetQuiet(None) if _OFF.search(said) and len(said) <= 40 else None


def _minute(span: re.Match[str], number: int) -> int | None:
    """A time of day as a minute; None for one that there is not."""
    part, raw = span[f"part{number}"] or "", span[f"hour{number}"]
    hour = int(raw) if raw.isdigit() else _NUMERALS[raw]
    half = span[f"half{number}"]
    minute = 30 if half == "半" else int((half or span[f"minute{number}"] or "0").removesuffix("分"))
    noon = (span[f"noon{number}"] or "").replace(" ", "")
    is_late = noon == "pm" or part in {"下午", "傍晚", "晚上", "晚", "夜里", "夜间", "深夜"}
    if hour == 12 and (noon == "am" or part in {"凌晨", "晚上", "晚", "夜里", "夜间", "深夜"}):
        hour = 0
    elif is_late and (6 <= hour < 12 or (hour < 6 and (noon == "pm" or part in {"下午", "傍晚"}))):
        hour += 12
    hour = 0 if hour == 24 else hour
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def _zone_wish(said: str, text: str) -> SetZone | None:
    match = re.fullmatch(r"(?:我的|my )?(?:时区|time ?zone)(?:改成|改为|设为|是| is)?\s*(.{1,40})", said)
    return SetZone(zone_said(text)) if match else None


def _cadence(said: str) -> SetCadence | None:
    for cadence, pattern in _CADENCES.items():
        match = pattern.fullmatch(said)
        if match:
            return SetCadence(cadence, match["about"].strip())
    return None


def _follow(said: str) -> ChangeFollow | None:
    for kind, pattern in _FOLLOWS:
        match = pattern.fullmatch(said)
        if match:
            target = match["a"] or match.groupdict().get("b") or ""
            return ChangeFollow(match["verb"] not in _ENDING, kind, target.strip())
    return None
