"""Answers out of the knowledge base, and the honest no."""

from __future__ import annotations

from collections.abc import Sequence

from actions.base import JsonReply, KouanAction
from actions.bounds import honest_no
from actions.certainty import POSSIBLE, SEARCH_SURE, is_clear
from actions.faults import number_faults
from actions.turn import FOLLOW_FORM, Turn
from knowledge.answer import MAX_CHOICES, Reply, did_you_mean, render


class ActionAnswer(KouanAction):
    """The entry that was asked for; two or three to choose from when unsure; what search finds; else the honest no."""

    action_name = "action_answer"
    question_stays = True

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class. A number in it that is wrong is told first, and alone where there is no answer besides."""
        faults, best = number_faults(self, turn), self._best(turn)
        return faults if faults and best.kind == "out_of_scope" else [*faults, best]

    def _best(self, turn: Turn) -> Reply:
        known = [ranked for ranked in turn.ranking if ranked.entry in self.parts.knowledge.entries]
        if not known:
            return self._from_search(turn)
        topic_confidence = max((c for _, c in turn.topics), default=known[0].confidence)
        if is_clear(known):
            return self._answer(known[0].entry, turn, topic_confidence)
        if topic_confidence >= POSSIBLE[turn.language]:
            choices = [ranked.entry for ranked in known[:MAX_CHOICES]]
            return did_you_mean(self.parts.knowledge, choices, turn.language, confidence=round(topic_confidence, 4))
        return self._from_search(turn)

    def _answer(self, entry: str, turn: Turn, confidence: float) -> Reply:
        return render(self.parts.knowledge, entry, turn.language, on=turn.today, confidence=confidence)

    def _from_search(self, turn: Turn) -> Reply:
        hits = self.parts.index.search(turn.text, limit=MAX_CHOICES, on=turn.today)
        if hits and hits[0].confidence >= SEARCH_SURE:
            return self._answer(hits[0].entry, turn, hits[0].confidence)
        return honest_no(self.parts, turn)


class ActionOutOfScope(KouanAction):
    """Says that this is not ours, unless a number in it is what is wrong, and offers a person."""

    action_name = "action_out_of_scope"
    question_stays = True

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class. While a form is open, its question speaks instead."""
        if turn.active_form == FOLLOW_FORM:
            return []
        return number_faults(self, turn) or [honest_no(self.parts, turn)]


class ActionShowEntry(KouanAction):
    """The entry named by a button."""

    action_name = "action_show_entry"
    question_stays = True

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        entry = turn.first("entry")
        if entry not in self.parts.knowledge.entries:
            return [self.say("entry_gone", turn, kind="error")]
        return [render(self.parts.knowledge, entry, turn.language, on=turn.today, confidence=1.0)]


class ActionNoneOfThese(KouanAction):
    """None of the offered entries was meant: ask for other words, offer a person."""

    action_name = "action_none_of_these"
    question_stays = True

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        return [self.say("none_of_these", turn, kind="clarify", buttons=[self.handoff_button(turn)])]
