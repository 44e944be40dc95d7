"""Following and preferences in the talk: their buttons and words are answered here, so that stopping never waits for Rasa."""

from __future__ import annotations

import re

from bot.channels.model import Incoming, Language, Reply
from bot.delivery.model import AudienceKind, CauseKind
from bot.errors import InvalidInputError, NotEntitledError
from bot.following import model
from bot.following.answers import FollowingAnswers
from bot.following.model import read_wish
from bot.following.service import FollowingService
from bot.people.model import FollowKind, Person
from bot.people.preferences import EVERY, Cadence, Preference, QuietHours
from knowledge.text import normalise

_PAYLOAD = re.compile(r"p:(why|stop|item|follow|unfollow|often|quiet|settings)(?::(.{1,120}))?")
_TASKS: dict[str, model.Wish] = {
    "t:stop_all": model.StopAll(),
    "t:my_follows": model.ShowFollows(),
    "t:why_told": model.AskWhy(),
}
_SHIPMENTS = "clearance_status"
_SHIPMENT_WORDS = frozenset(
    {"货物状态", "货物", "状态变化", "货物状态变化", "shipments", "shipment", "changes of shipments", "status"}
)
_CHANNELS = {"telegram": "telegram", "tg": "telegram", "web": "web", "网页": "web", "网页聊天": "web"}
_NIGHT = QuietHours(22 * 60, 8 * 60)


class FollowingInChat:
    """Fulfils TurnExtra."""

    def __init__(self, service: FollowingService, answers: FollowingAnswers) -> None:
        self._service = service
        self._answers = answers

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take: buttons that begin with `p:`, and texts that say exactly one wish."""
        pressed = None
        if incoming.payload is not None:
            pressed = _PAYLOAD.fullmatch(incoming.payload)
            wish = _TASKS.get(incoming.payload)
        else:
            wish = read_wish(incoming.text or "")
        if pressed is None and wish is None:
            return None
        if person is None or not person.private:
            return [self._answers.private_only(language)]
        if wish is not None:
            return [await self._wish(wish, person, language)]
        return [await self._pressed(pressed[1], pressed[2] or "", person, language)] if pressed else None

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: under an entry's answer a button that follows it."""
        if person is None or not person.private:
            return replies
        return [self._answers.with_entry_button(reply, language) for reply in replies]

    async def _pressed(self, act: str, argument: str, person: Person, language: Language) -> Reply:
        match act:
            case "why" | "stop" if argument.isdigit() and len(argument) < 18:
                return await self._why(person, int(argument), language, stop=act == "stop")
            case "item" if argument.isdigit() and len(argument) < 18:
                whole = await self._service.whole(person, int(argument))
                return whole or self._answers.plain("why_none", language)
            case "follow" | "unfollow":
                kind, _, target = argument.partition(":")
                if kind in list(FollowKind):
                    return await self._change(person, FollowKind(kind), target, target, language, act == "follow")
            case "often":
                cadence, _, topic = argument.partition(":")
                if cadence in list(Cadence):
                    return await self._often(person, Preference(topic or EVERY, EVERY, Cadence(cadence)), language)
            case "quiet":
                quiet = None if argument == "off" else _NIGHT
                return self._answers.quiet(await self._service.set_quiet(person, quiet), language)
        return self._answers.settings(await self._service.wishes(person), language)

    async def _wish(self, wish: model.Wish, person: Person, language: Language) -> Reply:
        service, answers = self._service, self._answers
        match wish:
            case model.StopAll() | model.ShowFollows() | model.ShowSettings() | model.AskWhy():
                return await self._plain_wish(wish, person, language)
            case model.SetQuiet(quiet, zone):
                return answers.quiet(await service.set_quiet(person, quiet, zone), language)
            case model.SetZone(zone):
                if zone is None:
                    return answers.plain("zone_unknown", language)
                return answers.zone(await service.set_zone(person, zone), language)
            case model.SetCadence(cadence, about):
                preference = self._about(about, cadence)
                if preference is None:
                    return answers.plain("cadence_unknown", language, said=about)
                return await self._often(person, preference, language)
            case model.ChangeFollow(wanted, kind, said):
                target = said if kind not in self._service.catalogue.words else service.catalogue.find(kind, said)
                return await self._change(person, kind, target, said, language, wanted)

    async def _plain_wish(self, wish: model.Wish, person: Person, language: Language) -> Reply:
        match wish:
            case model.StopAll():
                return self._answers.stopped(await self._service.stop_all(person), language)
            case model.ShowFollows():
                return self._answers.follows(await self._service.follows(person), language)
            case model.AskWhy():
                return await self._why(person, None, language, stop=False)
        return self._answers.settings(await self._service.wishes(person), language)

    async def _change(
        self, person: Person, kind: FollowKind, target: str | None, said: str, language: Language, wanted: bool
    ) -> Reply:
        if target is None:
            return self._answers.unknown(kind, said, language)
        if not wanted:
            ended = await self._service.unfollow(person, kind, target)
            return self._answers.about("unfollowed" if ended else "not_followed", kind, target, language)
        try:
            new = await self._service.follow(person, kind, target)
        except NotEntitledError:
            return self._answers.needs_proof(kind, language)
        except InvalidInputError:
            return self._answers.unknown(kind, said, language)
        return self._answers.about("followed" if new else "followed_already", kind, target, language)

    async def _often(self, person: Person, preference: Preference, language: Language) -> Reply:
        try:
            wishes = await self._service.set_cadence(person, preference)
        except InvalidInputError:
            return self._answers.plain("cadence_unknown", language, said=preference.topic)
        return self._answers.often(preference, wishes, language, shipments=_SHIPMENTS)

    def _about(self, said: str, cadence: Cadence) -> Preference | None:
        """For what a wish is meant; None for words that name neither a topic nor a channel."""
        words = normalise(said).removesuffix("通知").removesuffix("的").removesuffix(" notices").strip()
        if words in {"", "所有", "全部", "all", "everything", "通知", "提醒", "推送", "请", "please"}:
            return Preference(EVERY, EVERY, cadence)
        if words in _CHANNELS:
            return Preference(EVERY, _CHANNELS[words], cadence)
        topic = _SHIPMENTS if words in _SHIPMENT_WORDS else self._service.catalogue.find(FollowKind.TOPIC, words)
        return Preference(topic, EVERY, cadence) if topic else None

    async def _why(self, person: Person, outbox_id: int | None, language: Language, *, stop: bool) -> Reply:
        why = await self._service.why(person, outbox_id)
        if why is None:
            return self._answers.plain("why_none", language)
        if not stop:
            return self._answers.why(why, language)
        if why.cause == CauseKind.REMINDER and why.audience == AudienceKind.PERSON:
            await self._service.stop_reminder(person, why.cause_id.partition(":")[0])
            return self._answers.plain("reminder_stopped", language)
        if why.consent and why.consent[1]:
            await self._service.refuse(person, why.consent[0])
            return self._answers.plain("refused", language)
        follows = self._answers.behind(why)
        if why.asked and not follows:
            await self._service.refuse(person, "entry_changes")
            return self._answers.plain("refused", language)
        if len(follows) == 1:
            return await self._change(person, follows[0].kind, follows[0].target, "", language, wanted=False)
        return self._answers.follows(follows, language) if follows else self._answers.nothing_to_stop(why, language)
