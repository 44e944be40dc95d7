"""Shipments in the talk: list, search, picture, and following by container or bill of lading. Read exactly or not at all."""

from __future__ import annotations

import re

from pydantic import HttpUrl

from bot.channels.model import Button, Incoming, Language, Reply
from bot.clearance.details import NumberKind, is_container, spell_number
from bot.clearance.list_store import ShipmentFilter
from bot.clearance.list_texts import ListTexts
from bot.clearance.model import Stage
from bot.clearance.shipments import ShipmentService
from bot.clearance.steps import steps_of
from bot.clearance.texts import TOPIC
from bot.errors import (
    BindingRefusedError,
    InvalidInputError,
    KouanError,
    NotEntitledError,
    SessionNotPrivateError,
    TooManyAttemptsError,
)
from bot.people.model import Person
from knowledge.text import normalise

_LIST = re.compile(r"s:list:(all|late|open|stage=[a-z_]{1,32}|port=\d{4}):(\d{1,2})")
_PICTURE = re.compile(r"s:picture:(\d{18})")
_ASKS_LIST = re.compile(
    r"(?:请)?(?:给我)?(?:查看|看看|列出|查一下|显示)?(?:一下)?我(?:关注)?的(?P<which>慢的|迟的|晚点的|还没放行的|没放行的)?(?:货物?|报关单|票)(?:列表|清单|有哪些)?"
    r"|(?:show |list )?(?:me )?(?:all )?my (?P<en>late |open )?(?:shipments|declarations)"
)
_ASKS_LATE = re.compile(
    r"(?:我的)?(?:哪些|哪几票)(?:货物?|报关单)?(?:慢了|晚了|超时了|迟了)|which (?:shipments )?are late"
)
_ASKS_FIND = re.compile(
    r"(?:在我的货物里)?(?:查找|搜索|搜|找)(?:一下)?(?:货物|报关单|参考号)?\s*(?P<zh>[0-9a-z\-_/. ]{4,40})"
    r"|(?:find|search)(?: for)? (?:my )?(?:shipments? |declarations? )?(?P<en>[0-9a-z\-_/.]*\d[0-9a-z\-_/. ]{2,40})"
)
_CODE = r"(?:\s*[,，]?\s*(?:绑定码|code|with code|binding code)\s*[:：]?\s*(?P<code>[a-z0-9]{5}-?[a-z0-9]{5}))?"
_ASKS_FOLLOW = re.compile(
    r"(?:请)?(?:帮我)?(?:关注|跟踪|追踪|订阅|follow|track)\s*(?:the )?"
    r"(?:(?P<container>集装箱|箱号|柜号|货柜|柜子|container)|(?P<bill>提单|提运单|运单|bill of lading|b/l|bl))"
    r"(?:号)?\s*(?:no\.?|number)?\s*(?P<number>[a-z0-9][a-z0-9\- ]{2,34}?)" + _CODE
)
_END = re.compile(r"[\s。.!！?？~]+$")


class ShipmentsInChat:
    """Fulfils TurnExtra. Looks before following: that one can only say that a container needs proof.

    public_url: under which people reach the service, for links to pictures; None: the picture is told in words alone.
    """

    def __init__(self, service: ShipmentService, texts: ListTexts, public_url: str | None) -> None:
        self._service = service
        self._texts = texts
        self._words = service.texts.words
        self._public_url = public_url.rstrip("/") if public_url else None

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take."""
        try:
            return await self._take(incoming, person, language)
        except KouanError as error:
            refusal = self._refusal(error, language)
            if refusal is None:
                raise
            return [refusal]

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: nothing."""
        return replies

    async def _take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        if incoming.payload is not None:
            if listed := _LIST.fullmatch(incoming.payload):
                return [await self._list(person, _read_filter(listed[1]), int(listed[2]), language)]
            if pictured := _PICTURE.fullmatch(incoming.payload):
                return [await self._picture(person, pictured[1], language)]
            return None
        said = _END.sub("", normalise(incoming.text or "")).strip()
        if not said or len(said) > 120:
            return None
        if found := _ASKS_LIST.fullmatch(said):
            return [await self._list(person, _said_filter(found), 1, language)]
        if _ASKS_LATE.fullmatch(said):
            return [await self._list(person, ShipmentFilter(late_only=True), 1, language)]
        if found := _ASKS_FOLLOW.fullmatch(said):
            kind = NumberKind.CONTAINER if found["container"] else NumberKind.BILL
            return [await self._follow(person, kind, found["number"], found["code"], language)]
        if found := _ASKS_FIND.fullmatch(said):
            return [await self._find(person, (found["zh"] or found["en"]).strip(), language)]
        if is_container(number := spell_number(said)):
            return [await self._find(person, number, language)]
        return None

    async def _list(self, person: Person | None, wanted: ShipmentFilter, page: int, language: Language) -> Reply:
        return self._texts.page(await self._service.page(_key(person), wanted, page), wanted, language)

    async def _find(self, person: Person | None, query: str, language: Language) -> Reply:
        return self._texts.found(query.upper(), await self._service.find(_key(person), query), language)

    async def _follow(
        self, person: Person | None, kind: NumberKind, number: str, code: str | None, language: Language
    ) -> Reply:
        found = await self._service.follow_number(_key(person), kind, number, code)
        return self._texts.number_followed(found, language)

    async def _picture(self, person: Person | None, declaration_no: str, language: Language) -> Reply:
        """In words for everybody, and a link to the picture where people can reach it."""
        picture_id = await self._service.make_picture(_key(person), declaration_no, language)
        clearance, _ = await self._service.pictured(picture_id)
        steps = steps_of(clearance, language, self._words)
        marks = {"done": "✅", "current": "🔵", "stopped": "⛔", "open": "⚪"}
        lines = [f"{marks[step.state]} {step.name}" + (f" · {step.at}" if step.at else "") for step in steps.steps]
        text = "\n".join([f"**{steps.title}** ({steps.zone})", "", *(f"- {line}" for line in lines)])
        buttons = [Button(title=self._words.say("show", language), payload=f"t:clearance_query:{declaration_no}")]
        if self._public_url is not None:
            url = HttpUrl(f"{self._public_url}/v1/shipment-pictures/{picture_id}.svg")
            buttons.insert(0, Button(title=self._words.say("picture_link", language), url=url))
        return Reply(text=text, kind="task", topic=TOPIC, buttons=buttons)

    def _refusal(self, error: KouanError, language: Language) -> Reply | None:
        names = {
            SessionNotPrivateError: "refused_private",
            NotEntitledError: "refused_right",
            BindingRefusedError: "refused_code",
            TooManyAttemptsError: "refused_tries",
        }
        if isinstance(error, InvalidInputError):
            codes = {"container": "wrong_container", "bill": "wrong_bill"}
            told = [codes.get(fault.code, "wrong_length") for fault in error.faults]
            text = "\n".join(self._words.say(name, language) for name in dict.fromkeys(told))
            return Reply(text=text, kind="task", topic=TOPIC)
        name = names.get(type(error))
        return Reply(text=self._words.say(name, language), kind="task", topic=TOPIC) if name else None


def _key(person: Person | None) -> str:
    if person is None:
        raise SessionNotPrivateError
    return person.address_id


def _read_filter(written: str) -> ShipmentFilter:
    name, _, value = written.partition("=")
    if name == "stage":
        return ShipmentFilter(stage=Stage(value)) if value in set(Stage) else ShipmentFilter()
    return ShipmentFilter(open_only=name == "open", late_only=name == "late", port=value or None)


def _said_filter(found: re.Match[str]) -> ShipmentFilter:
    which = (found["which"] or found["en"] or "").strip()
    late = which in {"慢的", "迟的", "晚点的", "late"}
    return ShipmentFilter(late_only=late, open_only=bool(which) and not late)
