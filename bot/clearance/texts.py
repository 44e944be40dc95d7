"""What people read about one shipment: a change, a correction, a lateness, the status on asking. In three languages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.channels.model import Button, Language, Reply
from bot.clearance.deadlines import completed_on, duty_days
from bot.clearance.details import Details, NumberKind
from bot.clearance.lateness import Lateness
from bot.clearance.model import Clearance, Stage, StageChange, TakenBack
from bot.clearance.words import Words, load_words

TOPIC = "clearance_status"
_NUMBERS_SHOWN = 6


class StageTexts:
    """Renders statuses and changes of one shipment."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._say = words.say

    def name(self, stage: Stage, language: Language) -> str:
        """The stage in few words."""
        return self.words.stage(stage, language).name

    def change(
        self, declaration_no: str, change: StageChange, language: Language, *, history: Sequence[StageChange] = ()
    ) -> Reply:
        """What a follower reads when a stage is reached. history: what else holds; the duty's last day follows from it."""
        return self._push(declaration_no, "head", change, history, language)

    def update(
        self, declaration_no: str, change: StageChange, language: Language, *, history: Sequence[StageChange] = ()
    ) -> Reply:
        """What a follower reads when the stage stays and the port says more: another time of inspection, the amount of duty."""
        return self._push(declaration_no, "update", change, history, language)

    def correction(
        self,
        declaration_no: str,
        wrong: Sequence[TakenBack],
        current: StageChange | None,
        language: Language,
        *,
        history: Sequence[StageChange] = (),
    ) -> Reply:
        """What followers read when they were told something wrong: what was wrong, what holds, what to do now."""
        blocks = [self._say("correction", language, no=declaration_no)]
        for one in wrong:
            values = {"name": self.name(one.change.stage, language), "at": self.words.moment(one.change.occurred_at)}
            if one.by is None:
                blocks.append(self._say("wrong_withdrawn", language, **values))
            else:
                instead = {"name": self.name(one.by.stage, language), "at": self.words.moment(one.by.occurred_at)}
                told = self._say("instead", language, **instead)
                blocks.append(self._say("wrong_corrected", language, instead=told, **values))
                if one.by is not current:
                    blocks += self._values(one.by, history, language)
            if one.reason:
                blocks.append(self._say("reason", language, text=one.reason))
        if current is None:
            blocks.append(self._say("holds_none", language))
        else:
            blocks.append(self._say("holds", language, name=self.name(current.stage, language)))
            blocks += self._body(current, history, language)
        return self._reply(blocks, declaration_no, language)

    def late(self, declaration_no: str, late: Lateness, now: datetime, language: Language) -> Reply:
        """What followers are told before they ask: how long it stands, what is usual or promised, what is not known."""
        stage = self.words.stage(late.stage, language)
        usual = self.words.span(timedelta(seconds=late.allowed_s), language)
        if late.rule == "usual":
            port = self.words.port(late.port, language)
            measure = self._say("late_usual", language, port=port, cases=late.cases, usual=usual)
        else:
            measure = self._say("late_promised", language, usual=usual, source=late.source(language))
        blocks = [
            self._say(
                "late",
                language,
                no=declaration_no,
                name=stage.name,
                waited=self.words.span(now - late.since, language),
                since=self.words.moment(late.since),
            ),
            measure,
            self._say("late_known", language),
            self._say("late_next", language, text=stage.next_step),
        ]
        return self._reply(blocks, declaration_no, language)

    def status(self, clearance: Clearance, language: Language) -> Reply:
        """What somebody entitled reads on asking: the stage that holds, whether it is late, and the history."""
        number = clearance.declaration_no
        stop = Button(title=self._say("stop", language), payload=f"t:unfollow_shipment:{number}")
        if clearance.current is None:
            text = "\n\n".join([self._say("no_event", language, no=number), *self._taken_back(clearance, language)])
            return Reply(text=text, kind="task", topic=TOPIC, buttons=[stop])
        current = clearance.current
        blocks = [self._say("head", language, no=number, name=self.name(current.stage, language))]
        if clearance.late_by is not None:
            blocks.append(self._say("late_line", language, by=self.words.moment(clearance.late_by)))
        blocks += self._body(current, clearance.history, language)[:-1]
        blocks += self._numbers(clearance, language)
        lines = [
            f"- {self.words.moment(change.occurred_at)} {self.name(change.stage, language)}"
            for change in clearance.history
        ]
        lines += self._taken_back(clearance, language)
        blocks.append(self._say("history", language) + "\n\n" + "\n".join(lines))
        blocks.append(self._say("source", language, at=self.words.moment(current.occurred_at)))
        picture = Button(title=self._say("picture", language), payload=f"s:picture:{number}")
        return Reply(text="\n\n".join(blocks), kind="task", topic=TOPIC, buttons=[picture, stop])

    def _push(
        self,
        declaration_no: str,
        head: str,
        change: StageChange,
        history: Sequence[StageChange],
        language: Language,
    ) -> Reply:
        name = self.name(change.stage, language)
        blocks = [self._say(head, language, no=declaration_no, name=name), *self._body(change, history, language)]
        return self._reply(blocks, declaration_no, language)

    def _reply(self, blocks: Sequence[str], declaration_no: str, language: Language) -> Reply:
        show = Button(title=self._say("show", language), payload=f"t:clearance_query:{declaration_no}")
        return Reply(text="\n\n".join(blocks), kind="task", topic=TOPIC, buttons=[show])

    def _body(self, change: StageChange, history: Sequence[StageChange], language: Language) -> list[str]:
        stage = self.words.stage(change.stage, language)
        return [
            stage.text,
            *self._values(change, history, language),
            self._say("next", language, text=stage.next_step),
            self._say("source", language, at=self.words.moment(change.occurred_at)),
        ]

    def _values(self, change: StageChange, history: Sequence[StageChange], language: Language) -> list[str]:
        """What the port said of its own: where and when, how much and until when, its note."""
        blocks: list[str] = []
        if change.stage is Stage.EXAMINATION:
            blocks.append(self._inspection(change.details, language))
        if change.stage is Stage.TAX_DUE or change.details.duty is not None:
            blocks.append(self._duty(change, history, language))
        if change.note:
            blocks.append(self._say("note", language, text=change.note))
        return blocks

    def _inspection(self, details: Details, language: Language) -> str:
        found = details.inspection
        place, at = (found.place, found.at) if found else (None, None)
        told = self.words.moment(at) if at else ""
        if place and at:
            return self._say("inspection_both", language, place=place, at=told)
        if place:
            return self._say("inspection_place", language, place=place)
        return self._say("inspection_time", language, at=told) if at else self._say("inspection_unknown", language)

    def _duty(self, change: StageChange, history: Sequence[StageChange], language: Language) -> str:
        duty = change.details.duty
        if duty is None:
            return self._say("duty_unknown", language)
        zone = self.words.zone
        days = duty_days(duty, change.occurred_at.astimezone(zone).date(), completed_on(history, zone))
        lines = [self._say("duty_amount", language, amount=f"{duty.amount:,.2f}", currency=duty.currency)]
        if days.printed is not None:
            return "\n".join([*lines, self._say("duty_printed", language, day=days.printed)])
        lines.append(self._say("duty_safe", language, day=days.safe))
        if days.by_completion is not None:
            start, last = days.by_completion
            lines.append(self._say("duty_completion", language, start=start, last=last))
        start, last = days.by_notice
        return "\n".join([*lines, self._say("duty_notice", language, start=start, last=last)])

    def _numbers(self, clearance: Clearance, language: Language) -> list[str]:
        lines = []
        for kind in NumberKind:
            found = [number for its_kind, number in clearance.numbers if its_kind is kind]
            shown = ", ".join(found[:_NUMBERS_SHOWN]) + (" …" if len(found) > _NUMBERS_SHOWN else "")
            if found:
                lines.append(self._say("numbers", language, kind=self._say(kind, language), numbers=shown))
        if clearance.reference:
            lines.append(self._say("reference", language, text=clearance.reference))
        if clearance.arrived_on:
            lines.append(self._say("arrived", language, day=clearance.arrived_on))
        return ["\n".join(lines)] if lines else []

    def _taken_back(self, clearance: Clearance, language: Language) -> list[str]:
        return [
            "- "
            + self._say(
                "taken_back_withdrawn" if one.by is None else "taken_back_corrected",
                language,
                at=self.words.moment(one.change.occurred_at),
                name=self.name(one.change.stage, language),
            )
            for one in clearance.taken_back
        ]


def load_stage_texts(zone: ZoneInfo) -> StageTexts:
    """Read the sentences; errors as of `load_words`."""
    return StageTexts(load_words(zone))
