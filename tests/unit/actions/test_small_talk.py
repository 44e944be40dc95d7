from __future__ import annotations

import pytest

from actions.phrases import load_phrases
from bot.errors import SessionNotPrivateError

from .conftest import Act, FakeService


@pytest.mark.parametrize(
    "intent", ["greet", "goodbye", "thanks", "bot_identity", "chitchat", "affirm", "deny", "start_over"]
)
@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
async def test_each_small_intent_has_a_sentence_of_its_own(act: Act, intent: str, language: str) -> None:
    [reply] = await act("action_chitchat", intent=intent, language=language)

    assert reply["kind"] == "chitchat"
    assert reply["text"] == load_phrases().say(intent, language)  # type: ignore[arg-type]


async def test_an_emergency_names_the_numbers_and_that_110_119_120_are_unchecked(act: Act) -> None:
    [reply] = await act("action_emergency", intent="emergency", language="en")

    assert all(number in reply["text"] for number in ("110", "119", "120", "12360", "12367"))
    assert "not checked" in reply["text"]
    assert reply["kind"] == "handoff"


async def test_the_wish_for_a_person_goes_to_the_desk(act: Act, service: FakeService) -> None:
    [reply] = await act("action_human_handoff", intent="human_handoff", language="en")

    assert service.calls == [("person", "key-1", "en")]
    assert (reply["text"], reply["kind"]) == ("which office?", "clarify")


async def test_the_wish_for_a_person_gets_the_numbers_where_there_is_no_desk(act: Act, service: FakeService) -> None:
    service.error = SessionNotPrivateError()

    [reply] = await act("action_human_handoff", intent="human_handoff", language="en")

    assert "cannot" in reply["text"]
    assert "12360" in reply["text"]
    assert reply["kind"] == "handoff"


@pytest.mark.parametrize(
    ("text", "entities", "wanted", "word"),
    [
        ("用英文回答", {}, "en", "English"),
        ("speak Chinese please", {}, "zh-Hans", "中文"),
        ("請用繁體中文", {}, "zh-Hant", "繁體"),
        ("/change_language", {"argument": "en"}, "en", "English"),
        ("/change_language", {"argument": "zh-Hant"}, "zh-Hant", "繁體"),
        ("/change_language", {"argument": "zh-Hans"}, "zh-Hans", "中文"),
    ],
)
async def test_the_language_asked_for_is_kept_and_answered_in(
    act: Act, service: FakeService, text: str, entities: dict[str, str], wanted: str, word: str
) -> None:
    [reply] = await act("action_change_language", text, intent="change_language", entities=entities)

    assert service.calls == [("language", "key-1", wanted)]
    assert word in reply["text"]


async def test_a_language_that_is_not_named_is_asked_for(act: Act, service: FakeService) -> None:
    [reply] = await act("action_change_language", "换个语言", intent="change_language")

    assert [b["payload"] for b in reply["buttons"]] == [f"t:change_language:{c}" for c in ("zh-Hans", "zh-Hant", "en")]
    assert service.calls == []


def test_sentences_have_the_same_blanks_in_every_language() -> None:
    phrases = load_phrases()
    blanks = {name: "".join(c for c in "{}") for name in phrases.names}

    assert len(blanks) > 30
    for name in phrases.names:
        raw = phrases._sentences[name]
        found = [sorted(part.split("}")[0] for part in raw[language].split("{")[1:]) for language in raw]
        assert found[0] == found[1] == found[2], name
