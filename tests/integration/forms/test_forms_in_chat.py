"""Forms in the chat as the product runs it: conversation, Rasa with its rules and loop, action server, service, database.

Only understanding is replaced, by keywords (tests/rules_rasa.py).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from actions.parts import Parts
from actions.phrases import load_phrases as load_action_phrases
from actions.registry import make_executor
from actions.server import make_app
from bot import problems
from bot.channels.model import Button, FileRef, Incoming, Language, Reply
from bot.client import ServiceClient
from bot.conversation.extras import Extras
from bot.conversation.forms import FormsInChat
from bot.conversation.linking import LinkingInChat
from bot.conversation.locks import SharedLocks
from bot.conversation.model import CircuitBreaker, Turn
from bot.conversation.notices import load_chat_words
from bot.conversation.phrases import load_phrases
from bot.conversation.rasa import RasaDialogue
from bot.conversation.service import ConversationService
from bot.forms.routes import forms_router
from bot.forms.service import FormService
from bot.forms.store import before_merge
from bot.launch.environment import ensure_nlu_environment
from bot.people.access import Access
from bot.people.keys import KeyService
from bot.people.linking import LinkService
from bot.people.model import conversation_key
from bot.people.service import PeopleService
from bot.people.staff import StaffService
from bot.secrets import Secrets, actions_token
from bot.settings import REPOSITORY
from bot.store.audit import AuditTrail
from bot.store.engine import Store
from knowledge.emergency import load_emergencies
from knowledge.load import Knowledge, load_knowledge
from knowledge.search import Index
from tests.chat_server import listening
from tests.fakes import FakeClock
from tests.integration.forms.conftest import ZONE
from tests.parcel_form import ParcelDesk
from tests.rules_rasa import forget, free_port, run_rasa, train_rules

pytestmark = pytest.mark.timeout(1500)

LINK = {"en": "link my other chat", "zh-Hans": "绑定另一个聊天", "zh-Hant": "綁定另一個聊天"}
KEYWORDS = {
    "form_parcel": ["book a parcel", "预约包裹", "預約包裹"],
    "kb": ["late declaration fee", "滞报金", "滯報金"],
    "greet": ["hello", "你好", "您好"],
}


@pytest.fixture(scope="session")
def python() -> Path:
    return ensure_nlu_environment(print)


@pytest.fixture(scope="session")
def model(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_rules(python, tmp_path_factory.mktemp("rules") / "model", KEYWORDS, ["parcel"])


@pytest.fixture(scope="session")
def actions_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def rasa(python: Path, model: Path, actions_port: int) -> Iterator[str]:
    """One Rasa for all tests; each has an action server of its own on the same port."""
    with run_rasa(python, model, f"http://127.0.0.1:{actions_port}/webhook") as url:
        yield url


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge(REPOSITORY / "knowledge")


@pytest.fixture(scope="session")
def index(knowledge: Knowledge) -> Index:
    return Index(knowledge)


@dataclass
class Chat:
    """A person's chat. ref: counts up, as a channel's messages do."""

    conversation: ConversationService
    channel: str
    address: str
    turns: list[Turn] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """What was said to the last message."""
        return [reply.text for reply in self.turns[-1].replies]

    @property
    def last(self) -> Reply:
        """The last reply."""
        return self.turns[-1].replies[-1]

    async def says(self, text: str) -> str:
        """Type something; returns all that was said."""
        return await self._turn(Incoming(self.channel, self.address, text=text, private=True))

    async def sends(self, file: FileRef) -> str:
        """Send a photo without words."""
        return await self._turn(Incoming(self.channel, self.address, kind="file", private=True, files=(file,)))

    async def presses(self, button: Button | str) -> str:
        """Tap a button of the last reply."""
        found = button if isinstance(button, Button) else self.button(button)
        return await self._turn(
            Incoming(self.channel, self.address, payload=found.payload, kind="button", private=True)
        )

    def button(self, title: str) -> Button:
        """The button whose title holds this."""
        return next(button for button in self.last.buttons if title in button.title)

    async def _turn(self, incoming: Incoming) -> str:
        self.turns.append(await self.conversation.turn(incoming))
        return "\n\n".join(self.texts)


@dataclass
class Product:
    """The product as far as forms need it. rasa: its address."""

    conversation: ConversationService
    rasa: str

    def chat(self, address: str, channel: str = "telegram") -> Chat:
        """Somebody's chat."""
        return Chat(self.conversation, channel, address)


@pytest.fixture
async def product(
    sqlite_store: Store,
    redis: Redis,
    secrets: Secrets,
    service: FormService,
    knowledge: Knowledge,
    index: Index,
    clock: FakeClock,
    rasa: str,
    actions_port: int,
) -> AsyncIterator[Product]:
    people, audit = PeopleService(sqlite_store, clock), AuditTrail(secrets)
    access = Access(KeyService(sqlite_store, clock, secrets, audit), StaffService(sqlite_store, clock, audit), secrets)
    app = FastAPI()
    problems.install(app)
    app.include_router(forms_router(service, access))
    client = ServiceClient("http://service", actions_token(secrets), transport=httpx.ASGITransport(app))
    parts = Parts(knowledge, index, load_action_phrases(), client)
    dialogue = RasaDialogue(lambda: rasa, "")
    links = LinkService(sqlite_store, clock, secrets, audit, before=(before_merge,))
    conversation = ConversationService(
        dialogue,
        knowledge,
        index,
        people,
        SharedLocks(redis, life_s=60),
        load_phrases(),
        CircuitBreaker(3, 1.0),
        clock,
        ZONE,
        load_emergencies(REPOSITORY / "knowledge"),
        message_max_chars=2000,
        timeout_s=30.0,
        extra=Extras(
            desks=[
                LinkingInChat(links, load_chat_words("linking.yaml")),
                FormsInChat(service, [], sqlite_store, ZONE, load_chat_words("forms.yaml")),
            ]
        ),
        forms=service,
    )
    async with listening(make_app(make_executor(parts)), actions_port):
        yield Product(conversation, rasa)
    await dialogue.close()
    await client.close()


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """SQLite alone: what depends on the database is tried in test_forms."""
    return sqlite_store


@dataclass(frozen=True)
class Script:
    """One way through the form in one language."""

    language: Language
    wish: str
    answers: tuple[str, ...]
    question: str
    tells: str
    back: str
    correction: str
    day: str
    slot: str
    send: str
    go_on: str
    change: str
    goods: str
    other: str


SCRIPTS = [
    Script(
        *("en", "I want to book a parcel", ("Luohu", "tomorrow", "09:00", "frozen fish", "two", "no")),
        *("what is the late declaration fee?", "Back to", "back", "no, change the port to Shenzhen"),
        *("On which day?", "Which slot?", "Send", "continue", "Change: goods", "What are the goods?", "red apples"),
    ),
    Script(
        *("zh-Hans", "预约包裹", ("罗湖", "明天", "第一个", "冻鱼", "两箱", "没有")),
        *("滞报金 怎么算？", "回到", "上一步", "不对，把口岸改成深圳"),
        *("哪一天？", "哪个时段？", "提交", "继续填写", "改：货物", "什么货物？", "红苹果"),
    ),
    Script(
        *("zh-Hant", "預約包裹", ("羅湖", "聽日", "09：00", "凍魚", "２", "冇")),
        *("滯報金 怎麼計算？", "回到", "上一步", "不對，把口岸改成深圳灣"),
        *("哪一天？", "哪個時段？", "提交", "繼續填寫", "改：貨物", "什麼貨物？", "紅蘋果"),
    ),
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.language)
async def test_a_form_by_words_with_a_digression_a_step_back_a_correction_and_a_change(
    product: Product, desk: ParcelDesk, script: Script
) -> None:
    chat = product.chat(f"1{SCRIPTS.index(script)}")

    await chat.says(script.wish)
    port, day, *rest = script.answers
    assert script.day in await chat.says(port)
    digression = await chat.says(script.question)
    assert len(chat.texts) == 2, digression
    assert chat.turns[-1].replies[0].kind in {"answer", "clarify"}
    assert script.tells in chat.texts[1]
    assert script.day in chat.texts[1]
    assert script.slot in await chat.says(day)
    assert script.day in await chat.says(script.back)
    assert script.slot in await chat.says(day)
    corrected = await chat.says(script.correction)
    assert script.slot in corrected
    assert "14:00" in str(chat.last.buttons)
    await chat.presses("14:00")
    for answer in rest[1:]:
        await chat.says(answer)
    assert script.goods in await chat.presses(script.change)
    assert script.other in await chat.says(script.other)
    send = chat.button(script.send)
    first = await chat.presses(send)
    second = await chat.presses(send)

    assert first in second
    assert [(sent.values["port"], sent.values["goods"], sent.values["boxes"]) for sent in desk.sent] == [
        ("shenzhen-bay", script.other, "2")
    ]
    after = await chat.says(script.question)
    assert script.tells not in after  # the form is closed, also for Rasa


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.language)
async def test_a_draft_survives_a_restart_of_rasa_and_a_change_of_channel(
    product: Product, desk: ParcelDesk, script: Script
) -> None:
    chat, web = product.chat(f"2{SCRIPTS.index(script)}"), product.chat(f"s_{script.language}", "web")
    await chat.says(script.wish)
    await chat.says(script.answers[0])
    forget(product.rasa, conversation_key("telegram", chat.address))

    # Rasa knows nothing of the conversation any more; the open question is the service's to remember.
    assert script.slot in await chat.says(script.answers[1])
    assert script.day in await chat.says(script.back)
    assert script.slot in await chat.says(script.answers[1])

    code = re.search(r"[A-Z2-9]{5}-[A-Z2-9]{5}", await chat.says(LINK[script.language]))
    assert code is not None
    await web.says(code[0])
    await web.presses(web.last.buttons[0])
    assert script.slot in await web.says(script.go_on)
    for answer in script.answers[2:]:
        await web.says(answer)
    await web.presses(script.send)

    assert len(desk.sent) == 1
    assert desk.sent[0].values["day"] == "2026-11-23"


async def test_whoever_greets_is_told_what_is_unfinished(product: Product) -> None:
    chat = product.chat("30")
    await chat.says("book a parcel")
    await chat.says("Luohu")
    await chat.says("cancel")
    await chat.presses("Save for later")

    greeted = await chat.says("hello")

    assert "Unfinished:" in greeted
    assert "On which day?" in await chat.presses("Go on: parcel booking")
    assert "Which slot?" in await chat.says("tomorrow")


async def test_words_of_leaving_and_starting_over(product: Product) -> None:
    chat = product.chat("31")
    await chat.says("book a parcel")
    await chat.says("Luohu")

    assert "At which port?" in await chat.says("start over")
    await chat.says("Luohu")
    assert "要退出" in await chat.says("取消")
    assert "deleted" in await chat.says("cancel")
    assert "Unfinished" not in await chat.says("hello")
