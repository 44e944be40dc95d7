"""Conversations in memory, bounded in number, age and length, with a copy in Redis for the process that comes next.

What must last of a conversation lies in the service's database. Rasa needs only the few last turns, so this store forgets:
the conversation not used for the longest time when there are too many, any that rested too long, and old turns of a long one.
The copy is for a change of the model, or a restart, in the middle of a talk.
"""

from __future__ import annotations

import json
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from components.shared_conversations import SharedConversations


class _Stored(NamedTuple):
    serialised: str
    saved_at_s: float


class BoundedTrackerStore(TrackerStore, SerializedTrackerAsText):
    """Keeps at most `max_conversations`, each for `expiry_s` seconds after its last turn, with at most about `max_events` events.

    Read from endpoints.yml:
    max_conversations: conversations held at once; the least recently used one goes first. At least 1.
    expiry_s: seconds after which a conversation that was not used is forgotten.
    max_events: when a conversation has more events, its oldest turns are dropped; slots keep their values. A form that is
        being filled in is never cut.
    KOUAN_REDIS_URL in the environment: where the copies go; without it there are none.
    """

    def __init__(
        self,
        domain: Domain | None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        *,
        max_conversations: int = 5000,
        expiry_s: float = 3600.0,
        max_events: int = 120,
        clock: Callable[[], float] = time.monotonic,
        **kwargs: Any,
    ) -> None:
        """Start empty. `host` is what Rasa passes as the endpoint's address; there is none, so it is not used."""
        self._conversations: OrderedDict[str, _Stored] = OrderedDict()
        self._max_conversations = max_conversations
        self._expiry_s = expiry_s
        self._max_events = max_events
        self._clock = clock
        redis_url = os.environ.get("KOUAN_REDIS_URL")
        self._shared = SharedConversations(redis_url, expiry_s) if redis_url else None
        super().__init__(domain, event_broker, **kwargs)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the conversation as the most recently used one, and drop what exceeds the bounds."""
        await self.stream_events(tracker)
        serialised = self.serialise_tracker(self._shortened(tracker))
        self._keep(tracker.sender_id, serialised)
        if self._shared is not None:
            self._shared.put(tracker.sender_id, serialised)

    def _keep(self, sender_id: str, serialised: str) -> None:
        self._conversations[sender_id] = _Stored(serialised, self._clock())
        self._conversations.move_to_end(sender_id)
        self._forget()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation, or None when it was never stored or is forgotten."""
        self._forget()
        # Another process may have gone on with it, so the copy comes first.
        serialised = self._shared.get(sender_id) if self._shared is not None else None
        if serialised == "":
            self._conversations.pop(sender_id, None)
            return None
        if serialised is None:
            stored = self._conversations.get(sender_id)
            serialised = stored.serialised if stored else None
        return self.deserialise_tracker(sender_id, serialised) if serialised is not None else None

    async def keys(self) -> Iterable[str]:
        """Ids of the conversations held, the least recently used one first."""
        self._forget()
        return list(self._conversations)

    def _forget(self) -> None:
        oldest_kept_s = self._clock() - self._expiry_s
        while self._conversations:
            sender_id, stored = next(iter(self._conversations.items()))
            if len(self._conversations) <= self._max_conversations and stored.saved_at_s >= oldest_kept_s:
                return
            del self._conversations[sender_id]

    def _shortened(self, tracker: DialogueStateTracker) -> DialogueStateTracker:
        events = list(tracker.events)
        if len(events) <= self._max_events or tracker.active_loop:
            return tracker
        # Half of the bound is kept, so that a long conversation is not cut again at each turn.
        cut = _start_of_turn(events, len(events) - self._max_events // 2)
        if cut == 0:
            return tracker
        slots: list[Event] = [SlotSet(key, value) for key, value in _slots_before(tracker, events[:cut]).items()]
        return DialogueStateTracker.from_events(
            tracker.sender_id, [*slots, ActionExecuted("action_listen"), *events[cut:]], tracker.slots.values()
        )


def _start_of_turn(events: list[Event], wished: int) -> int:
    for index in range(wished, 0, -1):
        if isinstance(events[index], UserUttered):
            return index
    return 0


def _slots_before(tracker: DialogueStateTracker, events: list[Event]) -> dict[str, Any]:
    """Values that slots had after the events, without those that stand at their initial value."""
    earlier = DialogueStateTracker.from_events(tracker.sender_id, events, tracker.slots.values())
    return {key: json.loads(json.dumps(slot.value)) for key, slot in earlier.slots.items() if slot.has_been_set}
