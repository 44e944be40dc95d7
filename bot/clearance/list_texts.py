"""What people read about several shipments: their list, what a search found, a number that is followed."""

from __future__ import annotations

from bot.channels.model import Button, Language, Reply
from bot.clearance.list_store import Shipment, ShipmentFilter
from bot.clearance.shipments import NumberFollowed, ShipmentPage
from bot.clearance.texts import TOPIC
from bot.clearance.words import Words

_BUTTONS = 5


class ListTexts:
    """Renders lists. Each shipment of a page can be opened by a button; filters stand below."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._say = words.say

    def page(self, page: ShipmentPage, wanted: ShipmentFilter, language: Language) -> Reply:
        """One page of "my shipments"."""
        if not page.shipments:
            filtered = wanted != ShipmentFilter() or page.page > 1
            none = self._say("list_none_filtered" if filtered else "list_none", language)
            buttons = [self._button("filter_all", ShipmentFilter(), 1, language)] if filtered else []
            return Reply(text=none, kind="task", topic=TOPIC, buttons=buttons)
        last = page.first + len(page.shipments) - 1
        head = self._say("list_head", language, from_=page.first, to=last)
        buttons = self._opening(page.shipments[:_BUTTONS])
        if page.more:
            buttons.append(self._button("more", wanted, page.page + 1, language))
        for name, other in (
            ("filter_late", ShipmentFilter(late_only=True)),
            ("filter_open", ShipmentFilter(open_only=True)),
            ("filter_all", ShipmentFilter()),
        ):
            if other != wanted:
                buttons.append(self._button(name, other, 1, language))
        return self._listed(head, page.shipments, buttons, language)

    def found(self, query: str, shipments: list[Shipment], language: Language) -> Reply:
        """What a search found."""
        if not shipments:
            return Reply(text=self._say("found_none", language, query=query), kind="task", topic=TOPIC)
        head = self._say("found_head", language, query=query)
        return self._listed(head, tuple(shipments), self._opening(tuple(shipments)[:_BUTTONS]), language)

    def number_followed(self, found: NumberFollowed, language: Language) -> Reply:
        """A bill of lading or container is followed from now on."""
        values = {"kind": self._say(found.kind, language), "number": found.number}
        if found.by_code:
            text = self._say("number_followed_by_code", language, no=found.declarations[0], **values)
        elif not found.new:
            text = self._say("number_already", language, **values)
        else:
            text = self._say("number_followed", language, count=len(found.declarations), **values)
        buttons = [Button(title=no, payload=f"t:clearance_query:{no}") for no in found.declarations[:_BUTTONS]]
        return Reply(text=text, kind="task", topic=TOPIC, buttons=buttons)

    def _listed(self, head: str, shipments: tuple[Shipment, ...], buttons: list[Button], language: Language) -> Reply:
        lines = [self._line(one, language) for one in shipments]
        return Reply(text="\n".join([head, "", *lines]), kind="task", topic=TOPIC, buttons=buttons)

    def _line(self, one: Shipment, language: Language) -> str:
        more = f" · {one.reference}" if one.reference else ""
        more += self._say("late_mark", language) if one.late_by else ""
        if one.stage is None or one.stage_at is None:
            return self._say("list_no_stage", language, no=one.declaration_no, more=more)
        name = self._words.stage(one.stage, language).name
        at = self._words.moment(one.stage_at)
        return self._say("list_line", language, no=one.declaration_no, name=name, at=at, more=more)

    def _opening(self, shipments: tuple[Shipment, ...]) -> list[Button]:
        return [
            Button(title=one.declaration_no, payload=f"t:clearance_query:{one.declaration_no}") for one in shipments
        ]

    def _button(self, name: str, wanted: ShipmentFilter, page: int, language: Language) -> Button:
        return Button(title=self._say(name, language), payload=f"s:list:{filter_text(wanted)}:{page}")


def filter_text(wanted: ShipmentFilter) -> str:
    """A filter as it stands in a button: `all`, `late`, `open`, `stage=…`, `port=…`."""
    if wanted.late_only:
        return "late"
    if wanted.open_only:
        return "open"
    if wanted.stage is not None:
        return f"stage={wanted.stage}"
    return f"port={wanted.port}" if wanted.port else "all"
