from __future__ import annotations

import pytest

from knowledge.load import Knowledge

from .conftest import Act

PET, FEE = "pet-into-mainland", "import-declaration-deadline"


def ranking(*entries: tuple[str, float], topic: float = 0.9, name: str = "traveller_pets") -> dict[str, object]:
    return {
        "ranking": [{"entry": entry, "confidence": confidence} for entry, confidence in entries],
        "topics": [{"topic": name, "confidence": topic}],
        "in_scope": topic,
    }


async def test_a_sure_entry_is_answered_with_its_sources(act: Act) -> None:
    [reply] = await act("action_answer", "带猫", kb=ranking((PET, 0.9), (FEE, 0.01)))

    assert (reply["kind"], reply["entry"], reply["topic"]) == ("answer", PET, "traveller_pets")
    assert reply["citations"]
    assert reply["confidence"] == pytest.approx(0.9)


@pytest.mark.parametrize(("language", "word"), [("en", "dog"), ("zh-Hans", "证件"), ("zh-Hant", "證件")])
async def test_the_answer_is_in_the_language_of_the_message(act: Act, language: str, word: str) -> None:
    [reply] = await act("action_answer", kb=ranking((PET, 0.9)), language=language)

    assert word in reply["text"]


async def test_an_unsure_ranking_is_asked_back_best_first(act: Act, knowledge: Knowledge) -> None:
    [reply] = await act("action_answer", kb=ranking((PET, 0.2), (FEE, 0.18), topic=0.5))

    assert reply["kind"] == "clarify"
    assert reply["topic"] == "traveller_pets"
    assert [b["payload"] for b in reply["buttons"]] == [f"e:{PET}", f"e:{FEE}", "t:none_of_these"]
    assert reply["buttons"][0]["title"] == knowledge.title(PET, "zh-Hans")


async def test_an_entry_far_ahead_of_the_next_is_answered(act: Act) -> None:
    [reply] = await act("action_answer", kb=ranking((PET, 0.2), (FEE, 0.1), topic=0.5))

    assert (reply["kind"], reply["entry"]) == ("answer", PET)


async def test_an_empty_ranking_is_left_to_search(act: Act) -> None:
    [reply] = await act("action_answer", "进口货物几天内要申报")

    assert (reply["kind"], reply["topic"]) == ("answer", "declaration_time_limits")


async def test_what_nothing_finds_is_refused_with_the_offer_of_a_person(act: Act) -> None:
    [reply] = await act("action_answer", "xyzzy plugh", language="en")

    assert (reply["kind"], reply["topic"]) == ("out_of_scope", "out_of_scope")
    assert [b["payload"] for b in reply["buttons"]] == ["t:human_handoff"]


async def test_an_entry_that_the_model_knows_and_the_knowledge_no_longer_is_passed_over(act: Act) -> None:
    [reply] = await act("action_answer", kb=ranking(("gone-entry", 0.95), (PET, 0.5)))

    assert reply["entry"] == PET


async def test_a_wrong_number_in_a_question_is_told_before_the_answer(act: Act) -> None:
    fault = {"number": "12345", "length": 5, "expected_length": 18}
    replies = await act("action_answer", kb=ranking((PET, 0.9)), entities={"declaration_no_malformed": fault})

    assert [reply["kind"] for reply in replies] == ["task", "answer"]
    assert "18" in replies[0]["text"]
    assert "5" in replies[0]["text"]


async def test_a_wrong_number_alone_is_told_without_a_refusal_behind_it(act: Act) -> None:
    fault = {"number": "12345", "length": 5, "expected_length": 18}

    [reply] = await act("action_answer", "xyzzy plugh", entities={"declaration_no_malformed": fault})

    assert (reply["kind"], reply["topic"]) == ("task", "clearance_status")


async def test_a_button_shows_its_entry(act: Act) -> None:
    [reply] = await act("action_show_entry", intent="show_entry", entities={"entry": FEE})

    assert (reply["kind"], reply["entry"], reply["confidence"]) == ("answer", FEE, 1.0)


@pytest.mark.parametrize("entry", ["no-such-entry", None])
async def test_a_button_to_an_entry_that_is_gone_says_so(act: Act, entry: str | None) -> None:
    [reply] = await act("action_show_entry", intent="show_entry", entities={"entry": entry} if entry else {})

    assert reply["kind"] == "error"


async def test_none_of_these_offers_other_words_and_a_person(act: Act) -> None:
    [reply] = await act("action_none_of_these", intent="none_of_these")

    assert [b["payload"] for b in reply["buttons"]] == ["t:human_handoff"]


async def test_out_of_scope_tells_a_wrong_container_number_instead(act: Act) -> None:
    fault = {"number": "CSQU3054384", "reason": "check_digit", "expected_check_digit": 3}
    [reply] = await act(
        "action_out_of_scope", intent="out_of_scope", entities={"container_no_malformed": fault}, language="en"
    )

    assert "CSQU3054384" in reply["text"]
    assert "**3**" in reply["text"]


async def test_out_of_scope_leaves_the_word_to_an_open_form(act: Act) -> None:
    assert await act("action_out_of_scope", intent="out_of_scope", form="follow_shipment_form") == []
