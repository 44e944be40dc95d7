"""Starts the guided rules and takes their buttons; `actions.guiding` leads through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actions.base import JsonReply, KouanAction
from actions.certainty import is_clear
from actions.guiding import Guiding, Led, read_values, start_payload
from actions.questions import ActionAnswer
from actions.remembered import read_case
from actions.said import Said
from actions.turn import Turn
from knowledge.answer import Reply, ReplyButton
from knowledge.rules.guide import MAX_CHOICES, Family, Guide
from knowledge.text import normalise


class ActionGuide(KouanAction):
    """A button of a guide: it starts one, answers its question, or changes the case."""

    action_name = "action_guide"

    async def answer(self, turn: Turn) -> Said:
        """See the class. A button from before a restart, or of a guide that is no more, is told so."""
        led = Guiding(self.parts, turn).pressed(str(turn.first("argument") or ""), read_case(turn.slots))
        return _said(led) if led is not None else Said([self.say("guide_gone", turn)])

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See `answer`."""
        return (await self.answer(turn)).replies


class ActionStartGuide(KouanAction):
    """Somebody wants something checked or worked out: the intent is a family of guides."""

    action_name = "action_start_guide"

    async def answer(self, turn: Turn) -> Said:
        """Start the guide that the text names; with several to choose from, ask which, unless the knowledge base is sure."""
        family = Family(turn.intent)
        guide = self._named(family, turn)
        if guide is not None:
            return _said(Guiding(self.parts, turn).begin(guide, read_values(self.parts, guide, turn.text, turn, None)))
        guides = self.parts.guides.of(family)
        if not guides or (not turn.is_button and turn.ranking and is_clear(turn.ranking)):
            return await super().answer(turn)
        buttons = [
            ReplyButton(guide.title.get(turn.language), payload=start_payload(guide, {}))
            for guide in guides[:MAX_CHOICES]
        ]
        which = self.say("guide_which", turn, kind="clarify", buttons=buttons)
        return Said([replace(which, topic=turn.topics[0][0] if turn.topics else guides[0].topic)])

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """What the knowledge base answers."""
        return await ActionAnswer(self.parts).replies(turn)

    def _named(self, family: Family, turn: Turn) -> Guide | None:
        """The guide with the longest keyword in the text; the only one of its family needs none."""
        guides = self.parts.guides.of(family)
        if len(guides) == 1:
            return guides[0]
        text = normalise(turn.text)
        words = [
            (len(word), place)
            for place, guide in enumerate(guides)
            for word in map(normalise, guide.keywords)
            if word in text
        ]
        return guides[max(words)[1]] if words and not turn.is_button else None


def _said(led: Led) -> Said:
    return Said(led.replies, led.events)
