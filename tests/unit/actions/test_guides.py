from __future__ import annotations

import json
from typing import Any

import pytest

from actions.guiding import start_payload
from actions.parts import Parts
from actions.registry import make_executor
from bot.conversation.model import rasa_message

from .sample_guide import BottleGuide
from .talk import Talk

WINE = {
    "ranking": [{"entry": "alcohol-allowance", "confidence": 0.9}],
    "topics": [{"topic": "traveller_allowance", "confidence": 0.9}],
    "in_scope": 0.9,
}


@pytest.fixture(params=["en", "zh-Hans", "zh-Hant"])
def talk(parts: Parts, request: pytest.FixtureRequest) -> Talk:
    return Talk(make_executor(parts), request.param)


@pytest.fixture
def english(parts: Parts) -> Talk:
    return Talk(make_executor(parts), "en")


@pytest.fixture
def chinese(parts: Parts) -> Talk:
    return Talk(make_executor(parts), "zh-Hans")


async def start(talk: Talk) -> dict[str, Any]:
    [reply] = await talk.say("check my wine", intent="may_i_bring")
    return reply


async def test_a_wish_is_led_question_by_question_to_the_outcome(talk: Talk) -> None:
    asked = await start(talk)
    [then] = await talk.press(asked["buttons"][0]["payload"])
    [outcome] = await talk.say("2")

    assert (asked["kind"], asked["topic"]) == ("clarify", "traveller_allowance")
    assert then["kind"] == "clarify"
    assert (outcome["kind"], outcome["text"]) == ("answer", "**hk 2**")


async def test_what_the_wish_told_already_is_not_asked_again_but_noted(english: Talk) -> None:
    [reply] = await english.say("check three bottles of wine", intent="may_i_bring")

    assert "Noted: 3 bottles." in reply["text"]
    assert "Where do you come from?" in reply["text"]


async def test_everything_in_one_message_is_answered_at_once(chinese: Talk) -> None:
    [reply] = await chinese.say("帮我查一下从香港带三瓶酒", intent="may_i_bring")

    assert reply["text"] == "**hk 3**"


async def test_a_typed_button_title_counts_as_pressed(talk: Talk) -> None:
    asked = await start(talk)

    [then] = await talk.say(asked["buttons"][1]["title"], intent="out_of_scope")

    assert then["kind"] == "clarify"
    assert talk.slots["guide"]["case"] == {"side": "macao"}


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "no, I come from Macao"), ("zh-Hans", "我说错了，是从澳门"), ("zh-Hant", "唔係，係從澳門")],
)
async def test_a_slot_that_was_filled_before_is_corrected(parts: Parts, language: str, said: str) -> None:
    talk = Talk(make_executor(parts), language)
    await talk.say("check my wine from Hong Kong 香港", intent="may_i_bring")

    [asked] = await talk.say(said)

    assert talk.slots["guide"]["case"] == {"side": "macao"}
    assert asked["kind"] == "clarify"


@pytest.mark.parametrize("said", ["and for two bottles?", "no, two bottles", "那两瓶呢", "那兩瓶呢"])
async def test_the_outcome_follows_a_change_of_the_case(english: Talk, said: str) -> None:
    await english.say("check three bottles from Hong Kong", intent="may_i_bring")

    [reply] = await english.say(said, intent="out_of_scope")

    assert reply["text"] == "**hk 2**"


@pytest.mark.parametrize("said", ["back", "go back", "上一步", "返回上一步"])
async def test_a_step_back_asks_the_question_before(english: Talk, said: str) -> None:
    await start(english)
    await english.say("Hong Kong")

    [reply] = await english.say(said)

    assert "Where do you come from?" in reply["text"]
    assert english.slots["guide"]["case"] == {}


@pytest.mark.parametrize("said", ["start over", "重新开始", "重新開始"])
async def test_starting_over_forgets_the_case(english: Talk, said: str) -> None:
    await start(english)
    await english.say("Hong Kong")

    [reply] = await english.say(said, intent="start_over")

    assert "Where do you come from?" in reply["text"]
    assert english.slots["guide"]["case"] == {}


@pytest.mark.parametrize("said", ["cancel", "Never mind.", "算了", "不用了", "取消，谢谢"])
async def test_it_can_be_left_at_any_question(english: Talk, said: str) -> None:
    await start(english)

    [reply] = await english.say(said, intent="deny")

    assert "closed" in reply["text"]
    assert english.slots["guide"] is None


@pytest.mark.parametrize("question", ["how is the tax on wine worked out?", "酒的税怎么算"])
async def test_a_question_in_between_is_answered_and_the_open_one_asked_again(english: Talk, question: str) -> None:
    await start(english)

    answer, asked = await english.say(question, kb=WINE)

    assert (answer["kind"], answer["entry"]) == ("answer", "alcohol-allowance")
    assert "Where do you come from?" in asked["text"]
    assert english.slots["guide"]["asked"] == "side"


async def test_a_question_for_a_rule_is_no_answer_though_something_can_be_read_in_it(english: Talk) -> None:
    await start(english)

    answer, asked = await english.say("how many bottles of wine may I bring from Hong Kong?", kb=WINE)

    assert answer["entry"] == "alcohol-allowance"
    assert english.slots["guide"]["case"] == {}
    assert asked["kind"] == "clarify"


@pytest.mark.parametrize("said", ["中文怎么说", "say that in Chinese"])
async def test_the_open_question_is_given_in_another_language(english: Talk, said: str) -> None:
    await start(english)

    [asked] = await english.say(said, intent="change_language")

    assert "您从哪里过来？" in asked["text"]
    assert english.slots["guide"]["asked"] == "side"


async def test_an_answer_in_between_offers_no_other_guide(english: Talk) -> None:
    await start(english)

    answer, _ = await english.say("how is the tax on wine worked out?", kb=WINE)

    assert not [button for button in answer["buttons"] if button.get("payload", "").startswith("t:guide")]


async def test_thanks_in_between_does_not_end_it(english: Talk) -> None:
    await start(english)

    thanks, asked = await english.say("thanks", intent="thanks")

    assert thanks["kind"] == "chitchat"
    assert asked["kind"] == "clarify"


async def test_another_task_ends_the_asking_and_keeps_the_case(english: Talk) -> None:
    await english.say("check three bottles of wine", intent="may_i_bring")

    replies = await english.say("what do I follow", intent="my_follows")

    assert len(replies) == 1
    assert english.slots["guide"]["asked"] is None
    assert english.slots["guide"]["case"] == {"bottles": "3"}


async def test_what_is_not_understood_is_said_and_asked_again_then_a_person_is_offered(talk: Talk) -> None:
    await start(talk)

    [first] = await talk.say("blablabla", intent="out_of_scope")
    offered_first = "t:human_handoff" in json.dumps(first)
    [second] = await talk.say("blebleble", intent="out_of_scope")

    assert first["kind"] == second["kind"] == "clarify"
    assert not offered_first
    assert "t:human_handoff" in json.dumps(second)


async def test_an_impossible_value_is_named_and_only_that_is_asked_anew(english: Talk) -> None:
    await start(english)
    await english.say("Hong Kong")

    [reply] = await english.say("5000 bottles")

    assert "Nobody can carry that many." in reply["text"]
    assert reply["buttons"][-1]["payload"] == "t:human_handoff"
    assert "How many bottles?" in reply["text"]
    assert english.slots["guide"]["case"] == {"side": "hk"}


async def test_an_outcome_offers_its_long_form_a_change_and_a_new_start(english: Talk) -> None:
    await english.say("check three bottles from Hong Kong", intent="may_i_bring")

    assert english.titles() == ["More", "Change something", "Start over"]
    [more] = await english.press_titled("More")
    assert more["text"] == "long form"


async def test_one_thing_of_a_decided_case_can_be_changed_by_buttons(english: Talk) -> None:
    await english.say("check three bottles from Macao", intent="may_i_bring")
    await english.press_titled("Change something")

    [asked] = await english.press_titled("coming from: Macao")
    [outcome] = await english.press(asked["buttons"][0]["payload"])

    assert outcome["text"] == "**hk 3**"


async def test_an_answered_entry_offers_the_guide_with_what_the_question_told(english: Talk) -> None:
    [answer] = await english.say("how many bottles from Hong Kong", kb=WINE)
    offer = answer["buttons"][0]

    [asked] = await english.press(offer["payload"])

    assert offer == {"title": "▶ Bottles of wine", "payload": "t:guide:bottles?side=hk"}
    assert "How many bottles?" in asked["text"]


async def test_a_sure_entry_is_answered_where_the_family_has_no_guide(english: Talk) -> None:
    [reply] = await english.say("calculate wine", intent="calculate", kb=WINE)

    assert reply["entry"] == "alcohol-allowance"


@pytest.mark.parametrize("payload", ["t:guide:!back", "t:guide:!more", "t:guide:gone?x=1", "t:guide:!change?nothing"])
async def test_a_button_from_before_is_told_that_it_expired(talk: Talk, payload: str) -> None:
    [reply] = await talk.press(payload)

    assert reply["kind"] == "task"


@pytest.mark.parametrize("slot", [{"guide": "gone"}, {"old": 1}, "text", 7, None])
async def test_a_slot_of_another_version_is_no_open_case(english: Talk, slot: object) -> None:
    english.slots["guide"] = slot

    [reply] = await english.say("wine", kb=WINE)

    assert reply["entry"] == "alcohol-allowance"


def test_a_button_holds_no_more_than_it_can_carry() -> None:
    payload = start_payload(BottleGuide(), {"side": "x" * 60, "bottles": "y" * 180, "a": "z" * 60})

    assert payload == f"t:guide:bottles?side={'x' * 60}&a={'z' * 60}"
    assert rasa_message(None, payload)


async def test_values_that_a_button_forges_are_left_out(english: Talk) -> None:
    [reply] = await english.press("t:guide:bottles?side=hk&evil=1&bottles=")

    assert english.slots["guide"]["case"] == {"side": "hk"}
    assert "How many bottles?" in reply["text"]
