"""Policy notices and all that a person follows."""

from __future__ import annotations

from collections.abc import Sequence

from actions.base import JsonReply, KouanAction
from actions.ports import Followed
from actions.turn import Turn
from knowledge.answer import Reply, ReplyButton
from knowledge.model import Language
from knowledge.phrases import day
from knowledge.text import normalise

_MOST_CHOICES = 8
_NOTICE_CHARACTERS = 300


class _TopicAction(KouanAction):
    """Finds which topic is meant: a button's argument, a topic named in the text, or the classifier's likeliest ones."""

    def named_topic(self, turn: Turn) -> str | None:
        """The topic that the message names, or None."""
        topics = self.parts.knowledge.topics
        argument = turn.first("argument")
        if argument in topics:
            return str(argument)
        text = normalise(turn.text)
        named = [
            (len(name), topic.id)
            for topic in topics.values()
            if topic.id != "out_of_scope"
            for name in (normalise(topic.title.get("zh-Hans")), normalise(topic.title.get("en")))
            if name in text
        ]
        return max(named)[1] if named else None

    def choices(self, turn: Turn, task: str, candidates: Sequence[str]) -> list[ReplyButton]:
        """Buttons to choose a topic with."""
        return [
            ReplyButton(self.topic_title(topic, turn.language), payload=f"t:{task}:{topic}")
            for topic in candidates[:_MOST_CHOICES]
        ]

    def done(self, phrase: str, topic: str, turn: Turn) -> Reply:
        """What became of a wish on a topic."""
        text = self.parts.phrases.say(phrase, turn.language, topic=self.topic_title(topic, turn.language))
        return Reply(text=text, kind="task", topic=topic)

    def topic_title(self, topic: str, language: Language) -> str:
        """A topic as the person reads it."""
        topics = self.parts.knowledge.topics
        return topics[topic].title.get(language) if topic in topics else topic


class ActionSubscribeTopic(_TopicAction):
    """Follows the notices on a topic; asks which when none is named."""

    action_name = "action_subscribe_topic"

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        topic = self.named_topic(turn)
        if topic is None:
            likely = [name for name, _ in turn.topics if name in self.parts.knowledge.topics]
            rest = [name for name in self.parts.knowledge.topics if name not in likely and name != "out_of_scope"]
            buttons = self.choices(turn, "subscribe_topic", likely + rest)
            return [self.say("which_topic_subscribe", turn, buttons=buttons)]
        new = await self.parts.service.subscribe_topic(turn.key, topic)
        phrase = "subscribed" if new else "already_subscribed"
        return [self.done(phrase, topic, turn)]


class ActionUnsubscribeTopic(_TopicAction):
    """Stops the notices on a topic; asks which of the followed ones when none is named."""

    action_name = "action_unsubscribe_topic"

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        topic = self.named_topic(turn)
        if topic is None:
            followed = [f.target for f in await self.parts.service.follows(turn.key) if f.kind == "topic"]
            if not followed:
                return [self.say("follows_none", turn)]
            return [
                self.say("which_topic_unsubscribe", turn, buttons=self.choices(turn, "unsubscribe_topic", followed))
            ]
        stopped = await self.parts.service.unsubscribe_topic(turn.key, topic)
        phrase = "unsubscribed" if stopped else "not_subscribed"
        return [self.done(phrase, topic, turn)]


class ActionMyFollows(_TopicAction):
    """Everything that the conversation follows."""

    action_name = "action_my_follows"
    heading = "follows"

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        followed = await self.parts.service.follows(turn.key)
        if not followed:
            return [self.say("follows_none", turn)]
        lines = [f"- {self._line(thing, turn)}" for thing in followed]
        text = "\n".join([self.parts.phrases.say(self.heading, turn.language), "", *lines])
        stop = ReplyButton(self.parts.phrases.say("stop_button", turn.language), payload="t:stop_all")
        return [Reply(text=text, kind="task", buttons=(stop,))]

    def _line(self, thing: Followed, turn: Turn) -> str:
        since = day(thing.since.date(), turn.language)
        if thing.kind == "declaration":
            return self.parts.phrases.say("follow_declaration_line", turn.language, target=thing.target, since=since)
        if thing.kind != "topic":
            entries = self.parts.knowledge.entries
            name = entries[thing.target].title.get(turn.language) if thing.target in entries else thing.target
            return self.parts.phrases.say("follow_other_line", turn.language, target=name, since=since)
        title = self.topic_title(thing.target, turn.language)
        return self.parts.phrases.say("follow_topic_line", turn.language, target=title, since=since)


class ActionWhyTold(ActionMyFollows):
    """Why the person gets messages: what they follow."""

    action_name = "action_why_told"
    heading = "why_told"


class ActionStopAll(KouanAction):
    """Stops everything at once."""

    action_name = "action_stop_all"

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        ended = await self.parts.service.stop_all(turn.key)
        return [self.say("stopped", turn, count=ended) if ended else self.say("stopped_none", turn)]


class ActionLatestNotices(KouanAction):
    """The notices that went out last, newest first."""

    action_name = "action_latest_notices"

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        notices = await self.parts.service.latest_notices(turn.language)
        if not notices:
            return [self.say("notices_none", turn)]
        blocks = [self.parts.phrases.say("notices", turn.language)]
        for notice in notices:
            body = (
                notice.body if len(notice.body) <= _NOTICE_CHARACTERS else notice.body[: _NOTICE_CHARACTERS - 1] + "…"
            )
            blocks.append(f"**{notice.title}** ({day(notice.sent_at.date(), turn.language)})\n{body}")
        buttons = [
            ReplyButton(notice.title[:60], url=notice.source_url) for notice in notices if notice.source_url is not None
        ]
        return [Reply(text="\n\n".join(blocks), kind="task", buttons=tuple(buttons))]
