"""The forms of all desks, filled in by chat; a person's several chats."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.forms import FormsInChat
from bot.conversation.linking import LinkingInChat
from bot.conversation.notices import load_chat_words
from bot.forms.form import Form
from bot.forms.personal import DraftData
from bot.forms.routes import forms_router
from bot.forms.service import FormService
from bot.forms.store import before_merge
from bot.forms.words import load_form_words
from bot.ground import Ground
from bot.people.linking import LinkService
from bot.rooms.room import Room


def form_service(ground: Ground, forms: Sequence[Form]) -> FormService:
    """The forms over one ground."""
    return FormService(ground.store, ground.clock, ground.zone, ground.people, load_form_words(), forms)


def forms_room(ground: Ground, desks: Sequence[Room]) -> Room:
    """What the desks bring to be filled in."""
    service = form_service(ground, [form for desk in desks for form in desk.forms])
    links = LinkService(ground.store, ground.clock, ground.secrets, ground.audit, before=(before_merge,))
    cases = [case for desk in desks for case in desk.cases]
    return Room(
        name="forms",
        ticks=(service.tick,),
        routers=lambda doors: (forms_router(service, doors.access),),
        extras=(
            LinkingInChat(links, load_chat_words("linking.yaml")),
            FormsInChat(service, cases, ground.store, ground.zone, load_chat_words("forms.yaml")),
        ),
        personal=(DraftData(),),
        open_forms=service,
    )
