from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from knowledge.answer import cannot_help, did_you_mean, render, search_replies
from knowledge.load import Knowledge, load_knowledge
from knowledge.model import Language
from knowledge.search import Hit

ON = date(2026, 11, 22)
Change = Callable[[str, str, str], None]


def test_an_official_answer_has_conditions_and_one_source_line(knowledge: Knowledge) -> None:
    reply = render(knowledge, "late-declaration-fee", "zh-Hans", on=ON, confidence=0.93)

    assert reply.text == (
        "滞报金按日征收，每日为完税价格的**万分之五**。\n\n"
        "要看情况：\n\n- 不足50元免征\n\n"
        "来源：海关法（主席令第81号）等2项；自2021年4月29日起施行；2026年11月22日核对"
    )
    assert (reply.kind, reply.topic, reply.entry, reply.confidence) == (
        "answer",
        "taxes_fees",
        "late-declaration-fee",
        0.93,
    )


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Source: Customs Law (主席令第81号) and 1 more; in force from 29 April 2021; checked 22 November 2026"),
        ("zh-Hant", "來源：海關法（主席令第81號）等2項；自2021年4月29日起施行；2026年11月22日核對"),
    ],
)
def test_the_source_line_is_in_the_language(knowledge: Knowledge, language: Language, line: str) -> None:
    reply = render(knowledge, "late-declaration-fee", language, on=ON, confidence=1)

    assert reply.text.splitlines()[-1] == line


@pytest.mark.parametrize(
    ("grade", "note"),
    [
        ("reported", "As reported, not checked against the official text; please confirm with customs hotline 12360."),
        ("historical", "This is history, no longer in force."),
        ("signpost", "This is not a rule; it only tells you where to ask."),
    ],
)
def test_a_grade_adds_its_note(root: Path, change: Change, grade: str, note: str) -> None:
    change("entries/pets.yaml", "grade: reported", f"grade: {grade}")

    assert f"*{note}*" in render(load_knowledge(root), "bring-a-dog", "en", on=ON, confidence=1).text


def test_an_official_answer_has_no_note(knowledge: Knowledge) -> None:
    assert "12360" not in render(knowledge, "late-declaration-fee", "en", on=ON, confidence=1).text


def test_an_expired_answer_says_so_before_anything_else(knowledge: Knowledge) -> None:
    text = render(knowledge, "bring-a-cat", "en", on=ON, confidence=1).text

    assert text.startswith("**This rule expired on 31 December 2024** and no longer applies. What it used to say:")
    assert "in force from 1 January 2020; in force until 31 December 2024" in text


def test_an_answer_not_yet_in_force_says_from_when(knowledge: Knowledge) -> None:
    text = render(knowledge, "bring-a-cat", "zh-Hant", on=date(2019, 5, 1), confidence=1).text

    assert text.startswith("**這條規定自2020年1月1日起才施行**")


def test_citations_list_all_sources_and_date_only_the_first(knowledge: Knowledge) -> None:
    citations = render(knowledge, "late-declaration-fee", "en", on=ON, confidence=1).as_dict()["citations"]

    assert citations == [
        {
            "title": "Customs Law",
            "number": "主席令第81号",
            "publisher": "NPC Standing Committee",
            "url": "https://example.org/law",
            "effective_from": "2021-04-29",
            "verified_on": "2026-11-22",
        },
        {
            "title": "Guide for travellers",
            "number": None,
            "publisher": "A newspaper",
            "url": None,
            "effective_from": None,
            "verified_on": "2026-11-22",
        },
    ]


def test_buttons_are_related_entries_then_the_entrys_own(knowledge: Knowledge) -> None:
    assert render(knowledge, "late-declaration-fee", "en", on=ON, confidence=1).as_dict()["buttons"] == [
        {"title": "Bringing a dog", "payload": "e:bring-a-dog"},
        {"title": "GACC", "url": "https://www.customs.gov.cn/"},
        {"title": "How to pay", "payload": "ask:how do I pay the fee"},
    ]


def test_rendering_an_unknown_entry_is_a_key_error(knowledge: Knowledge) -> None:
    with pytest.raises(KeyError):
        render(knowledge, "nothing", "en", on=ON, confidence=1)


def test_search_answers_with_a_confident_hit_and_says_that_it_searched(knowledge: Knowledge) -> None:
    [reply] = search_replies(knowledge, [Hit("bring-a-dog", 9.0, 0.8)], "en", on=ON)

    assert (reply.kind, reply.entry, reply.confidence) == ("answer", "bring-a-dog", 0.8)
    assert reply.text.startswith("*The assistant is not available just now")


def test_search_beside_a_working_assistant_does_not_say_that_it_is_away(knowledge: Knowledge) -> None:
    [reply] = search_replies(knowledge, [Hit("bring-a-dog", 9.0, 0.8)], "en", on=ON, note_rasa_away=False)

    assert reply.text.startswith("One for each person")


def test_search_asks_back_between_possible_hits_only(knowledge: Knowledge) -> None:
    hits = [Hit("bring-a-dog", 5.0, 0.35), Hit("bring-a-cat", 4.0, 0.25), Hit("late-declaration-fee", 1.0, 0.1)]

    [reply] = search_replies(knowledge, hits, "zh-Hans", on=ON)

    assert reply.text.startswith("*智能问答暂时不可用")
    assert (reply.kind, reply.topic, reply.entry) == ("clarify", "traveller_pets", None)
    assert [(button.title, button.payload) for button in reply.buttons] == [
        ("带狗入境", "e:bring-a-dog"),
        ("带猫入境", "e:bring-a-cat"),
        ("都不是", "t:none_of_these"),
    ]


@pytest.mark.parametrize("hits", [[], [Hit("bring-a-dog", 1.0, 0.1)]])
def test_search_without_a_fitting_hit_is_honest_and_offers_a_person(knowledge: Knowledge, hits: list[Hit]) -> None:
    [reply] = search_replies(knowledge, hits, "en", on=ON, note_rasa_away=False)

    assert reply == cannot_help(knowledge, "en")
    assert (reply.kind, reply.topic) == ("out_of_scope", "out_of_scope")
    assert "I found no answer" in reply.text
    assert [button.payload for button in reply.buttons] == ["t:human_handoff"]


def test_did_you_mean_is_named_in_the_language(knowledge: Knowledge) -> None:
    reply = did_you_mean(knowledge, ["bring-a-dog"], "zh-Hant")

    assert reply.text == "您想問的是下面哪一個？"
    assert reply.buttons[0].title == "攜狗入境"


def test_every_phrase_can_be_said_in_every_language(root: Path) -> None:
    knowledge = load_knowledge(root)
    values = dict.fromkeys(("effective_from", "effective_to", "verified_on"), ON)

    said = [
        knowledge.phrases.say(phrase, language, source="S", count=2, more=1, **values)
        for phrase in knowledge.phrases.sentences
        for language in ("zh-Hans", "zh-Hant", "en")
    ]

    assert len(said) > 50
    assert all(text and "{" not in text for text in said)
