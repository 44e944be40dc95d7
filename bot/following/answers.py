"""What is said about following and being told. The zone stands beside every hour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.channels.model import Button, Language, Reply
from bot.following.catalogue import Catalogue
from bot.following.service import Why
from bot.following.words import FollowingWords
from bot.people.model import Follow, FollowKind
from bot.people.preferences import EVERY, Preference, Wishes, clock_text

_BUTTONS_MOST = 10
_SHIPMENTS = "clearance_status"


class FollowingAnswers:
    """zone: of the service, in which days are shown."""

    def __init__(self, words: FollowingWords, catalogue: Catalogue, zone: ZoneInfo) -> None:
        self._words = words
        self._catalogue = catalogue
        self._zone = zone

    def plain(self, sentence: str, language: Language, /, **values: str) -> Reply:
        """One sentence."""
        return Reply(text=self._words.say(sentence, language, **values), kind="task")

    def private_only(self, language: Language) -> Reply:
        """Nothing is set where somebody else could read along."""
        return Reply(text=self._words.say("private_only", language), kind="error")

    def thing(self, kind: FollowKind, target: str, language: Language) -> str:
        """A target with its kind."""
        name = self._catalogue.name(kind, target, language)
        if kind in {FollowKind.HS_CHAPTER, FollowKind.PORT} and name != target:
            name = f"{target} {name}"
        return self._words.say("thing", language, kind=self._words.say(f"kind_{kind}", language), name=name)

    def about(self, sentence: str, kind: FollowKind, target: str, language: Language) -> Reply:
        """What became of a wish about one target."""
        return self.plain(sentence, language, thing=self.thing(kind, target, language))

    def unknown(self, kind: FollowKind, said: str, language: Language) -> Reply:
        """There is nothing of that name."""
        return self.plain("unknown_target", language, kind=self._words.say(f"kind_{kind}", language), said=said)

    def needs_proof(self, kind: FollowKind, language: Language) -> Reply:
        """Not without proof."""
        return self.plain("needs_proof", language, kind=self._words.say(f"kind_{kind}", language))

    def stopped(self, count: int, language: Language) -> Reply:
        """Everything ended."""
        return self.plain("stopped", language, count=str(count)) if count else self.plain("stopped_none", language)

    def follows(self, follows: list[Follow], language: Language) -> Reply:
        """What is followed, each with a button that stops it."""
        if not follows:
            return self.plain("follows_none", language)
        lines = [
            self._words.say(
                "follows_line", language, thing=self.thing(f.kind, f.target, language), since=self._day(f.since)
            )
            for f in follows
        ]
        buttons = [
            self._button("stop_all", "t:stop_all", language),
            self._button("settings_button", "p:settings", language),
        ]
        text = "\n".join([self._words.say("follows", language), "", *lines])
        return Reply(text=text, kind="task", buttons=[*self._stops(follows, language), *buttons])

    def settings(self, wishes: Wishes, language: Language) -> Reply:
        """All that is set, with buttons that change it."""
        lines = [self._words.say("settings", language), self._hours_line(wishes, language)]
        wished = wishes.preferences or (Preference(EVERY, EVERY, wishes.cadence(None, EVERY)),)
        lines += [self._cadence_line("settings_cadence", wish, wishes, language) for wish in wished]
        buttons = [
            self._button(f"button_{cadence}", f"p:often:{cadence}", language)
            for cadence in ("daily", "weekly", "instant")
        ]
        night = ("button_quiet_off", "p:quiet:off") if wishes.quiet else ("button_night", "p:quiet:night")
        return Reply(text="\n\n".join(lines), kind="task", buttons=[*buttons, self._button(*night, language)])

    def quiet(self, wishes: Wishes, language: Language) -> Reply:
        """What the quiet hours are now."""
        if wishes.quiet is None:
            return self.plain("quiet_off", language)
        text = "\n\n".join(
            [
                self._words.say("quiet_set", language, hours=self._hours(wishes, language)),
                self._words.say("quiet_zone", language),
            ]
        )
        return Reply(text=text, kind="task", buttons=[self._button("button_quiet_off", "p:quiet:off", language)])

    def zone(self, wishes: Wishes, language: Language) -> Reply:
        """The zone, and what is meant in it."""
        text = self._words.say("zone_set", language, zone=wishes.zone)
        return Reply(text=f"{text}\n\n{self._hours_line(wishes, language)}", kind="task")

    def often(self, preference: Preference, wishes: Wishes, language: Language, *, shipments: str) -> Reply:
        """How often from now on; what is not meant by it is said."""
        text = self._cadence_line("cadence_set", preference, wishes, language)
        buttons = [self._button("settings_button", "p:settings", language)]
        if preference.topic == EVERY and preference.cadence != "instant":
            text += "\n\n" + self._words.say("cadence_shipments", language)
            payload = f"p:often:{preference.cadence}:{shipments}"
            buttons.insert(0, self._button("cadence_shipments_button", payload, language))
        return Reply(text=text, kind="task", buttons=buttons)

    def why(self, why: Why, language: Language) -> Reply:
        """The cause, the follows behind it, the setting; with the buttons that stop each."""
        lines = [self._words.say("why_head", language), *self._reasons(why, language)]
        lines.append(
            self._words.say(
                "why_cause", language, cause=self._words.cause(why.cause, language), at=self._moment(why.at)
            )
        )
        if why.urgency:
            lines.append(self._words.say("why_urgent", language, reason=why.urgency[0], approver=why.urgency[1]))
        cadence = self._words.say(why.cadence, language, zone=why.zone)
        lines.append(self._words.say("why_cadence", language, cadence=cadence))
        buttons = self._stops(self.behind(why), language)
        if why.asked or (why.consent and why.consent[1]) or why.cause == "reminder":
            buttons.append(Button(title=self._words.say("refused_button", language), payload=f"p:stop:{why.outbox_id}"))
        buttons.append(self._button("settings_button", "p:settings", language))
        return Reply(text="\n\n".join(lines), kind="task", buttons=buttons)

    def behind(self, why: Why) -> list[Follow]:
        """The follows that brought it, each once; of a digest those of its items."""
        found = {(f.kind, f.target): f for part in (why, *why.items) for f in part.follows}
        return list(found.values())

    def nothing_to_stop(self, why: Why, language: Language) -> Reply:
        """It comes from nothing that could be stopped, or from what was stopped already."""
        for kind, target in why.ended:
            return self.about("not_followed", kind, target, language)
        return self.plain("stop_nothing", language)

    def with_entry_button(self, reply: Reply, language: Language) -> Reply:
        """An entry's answer with the button that follows it."""
        if reply.entry is None or reply.kind != "answer" or not self._catalogue.has(FollowKind.ENTRY, reply.entry):
            return reply
        button = self._button("entry_button", f"p:follow:{FollowKind.ENTRY}:{reply.entry}", language)
        return reply.model_copy(update={"buttons": [*reply.buttons, button]})

    def _reasons(self, why: Why, language: Language) -> list[str]:
        say = self._words.say
        lines = [
            say("why_follow", language, thing=self.thing(f.kind, f.target, language), since=self._day(f.since))
            for f in why.follows
        ]
        lines += [say("why_follow_ended", language, thing=self.thing(k, t, language)) for k, t in why.ended]
        names = [self._catalogue.name(FollowKind.ENTRY, entry, language) for entry in why.asked]
        lines += [say("why_asked", language, name=name) for name in names]
        if why.consent:
            since = why.consent[1]
            lines.append(
                say("why_agreed", language, since=self._day(since)) if since else say("why_agreed_ended", language)
            )
        if why.cause == "digest":
            reasons = dict.fromkeys(line for item in why.items for line in self._reasons(item, language))
            lines += [say("why_digest", language), *(f"- {reason}" for reason in reasons)]
        if not lines:
            name = {"told": "why_change", "unconfirmed": "why_chase", "firm": "why_firm"}.get(why.audience, "why_self")
            lines.append(say("why_reminder" if why.cause == "reminder" else name, language))
        return lines

    def _hours_line(self, wishes: Wishes, language: Language) -> str:
        if wishes.quiet is None:
            return self._words.say("settings_no_quiet", language, zone=wishes.zone)
        return self._words.say("settings_quiet", language, hours=self._hours(wishes, language))

    def _hours(self, wishes: Wishes, language: Language) -> str:
        if wishes.quiet is None:
            return ""
        start, until = clock_text(wishes.quiet.start), clock_text(wishes.quiet.until)
        return self._words.say("hours", language, start=start, until=until, zone=wishes.zone)

    def _cadence_line(self, sentence: str, wish: Preference, wishes: Wishes, language: Language) -> str:
        say = self._words.say
        if wish.topic == EVERY:
            what = say("everything", language)
        elif wish.topic == _SHIPMENTS:
            what = say("shipments", language)
        else:
            what = self._catalogue.name(FollowKind.TOPIC, wish.topic, language)
        if wish.channel != EVERY:
            what = say("on_channel", language, what=what, channel=wish.channel)
        return say(sentence, language, what=what, cadence=say(wish.cadence, language, zone=wishes.zone))

    def _stops(self, follows: Iterable[Follow], language: Language) -> list[Button]:
        return [
            Button(
                title=self._words.say("stop_one", language, name=self._catalogue.name(f.kind, f.target, language))[
                    :120
                ],
                payload=f"p:unfollow:{f.kind}:{f.target}",
            )
            for f in list(follows)[:_BUTTONS_MOST]
        ]

    def _button(self, name: str, payload: str, language: Language) -> Button:
        return Button(title=self._words.say(name, language), payload=payload)

    def _day(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%Y-%m-%d}"

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M} ({self._zone.key})"
