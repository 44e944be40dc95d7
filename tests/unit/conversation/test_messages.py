"""What reaches Rasa for a text or a button, and what never does."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.checks import has_words, is_other_script
from bot.conversation.model import TASKS, CircuitBreaker, RecentLanguages, rasa_message

SPACES = ["", " ", "\t", "\n", "\u3000", "\xa0", "\x0b", "\x1c", "\x85", "\u2003", "\u2028", "\u202f"]


def as_rasa_reads_it(message: str) -> str:
    """Rasa 3.6, YAMLStoryReader.unpack_regex_message: white space goes first, then a slash makes an intent."""
    return message.strip()


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize(
    "text", ["/restart", "//restart", "／restart", "/／/restart", '/show_entry{"entry": "x"}', "/ /x"]
)
def test_no_text_reaches_rasa_as_an_intent(space: str, text: str) -> None:
    assert not as_rasa_reads_it(rasa_message(space + text, None)).startswith(("/", "／"))


@given(st.text(st.sampled_from('/／ \t\n\u3000\xa0\x85a1{}"@'), max_size=20))
def test_whatever_is_typed_no_text_becomes_an_intent(text: str) -> None:
    assert not as_rasa_reads_it(rasa_message(text, None)).startswith("/")


@given(st.text(st.characters(exclude_characters="/／", exclude_categories=["Z", "C"]), min_size=1))
def test_an_ordinary_text_reaches_rasa_as_it_is(text: str) -> None:
    assert rasa_message(text, None) == text


def test_a_slash_inside_a_text_stays() -> None:
    assert rasa_message("1/2 的税率", None) == "1/2 的税率"


@pytest.mark.parametrize("question", ["/restart", " /restart", "\xa0//restart", "／restart"])
def test_a_button_that_asks_reaches_rasa_as_a_text(question: str) -> None:
    assert rasa_message(None, f"ask:{question}") == "restart"


def test_an_entrys_button_shows_it() -> None:
    assert rasa_message(None, "e:late-declaration-fee") == '/show_entry{"entry": "late-declaration-fee"}'


def test_a_tasks_button_starts_it() -> None:
    assert rasa_message(None, "t:help") == "/help"
    assert rasa_message(None, "t:subscribe_topic:taxes_fees") == '/subscribe_topic{"argument": "taxes_fees"}'


@pytest.mark.parametrize("argument", ['a"}', "a\\", "{b}", 'x", "entry": "y', "line\nbreak", "\x00"])
def test_no_argument_leaves_its_quotes(argument: str) -> None:
    message = rasa_message(None, f"t:subscribe_topic:{argument}")

    assert re.fullmatch(r'/subscribe_topic\{"argument": "[^"\\{}\n\x00]*"\}', message)


MALFORMED = [
    *("", "x", "e:", "e:../../etc", "e:A", "e:" + "a" * 49, "t:", "t:1", "t:restart", "t:back", "t:session_start"),
    *("t:show_entry", "t:kb", "t:Restart", "t:help\n", "ask:", "ask: ", "ask:///", "ask:" + "x" * 291),
    *("/restart", '/show_entry{"entry": "x"}', "t:help:" + "x" * 201, "javascript:alert(1)", " t:help"),
]


@pytest.mark.parametrize("payload", MALFORMED)
def test_a_payload_that_is_no_button_of_ours_is_refused(payload: str) -> None:
    with pytest.raises(ValueError, match="button"):
        rasa_message(None, payload)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_every_task_can_be_started(task: str) -> None:
    assert rasa_message(None, f"t:{task}") == f"/{task}"


@pytest.mark.parametrize("text", ["", " ", "😀🎉", "?!…", "///", "／", "\u200b", "👨‍👩‍👧‍👦", "—"])
def test_a_text_without_a_word_is_known(text: str) -> None:
    assert not has_words(text)


@pytest.mark.parametrize("text", ["a", "税", "7", "😀 ok", "관세", "Ⅳ"])
def test_a_text_with_a_word_is_known(text: str) -> None:
    assert has_words(text)


@pytest.mark.parametrize(
    "text",
    ["関税はいくらですか", "カンゼイ", "Сколько стоит пошлина", "كم الرسوم الجمركية", "관세가 얼마예요", "ภาษีเท่าไหร่"],
)
def test_another_language_is_known_by_its_script(text: str) -> None:
    assert is_other_script(text)


@pytest.mark.parametrize(
    "text", ["关税多少", "關稅多少", "customs duty", "RCEP原产地证", "优の良品要报关吗", "", "123", "Ｈｅｌｌｏ"]
)
def test_chinese_and_english_are_ours(text: str) -> None:
    assert not is_other_script(text)


class Hands:
    """A monotonic clock that is turned by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def failed(times: int) -> tuple[CircuitBreaker, Hands]:
    hands = Hands()
    breaker = CircuitBreaker(3, 5.0, hands)
    for _ in range(times):
        breaker.failed()
    return breaker, hands


def test_a_breaker_stays_closed_below_its_number_of_failures() -> None:
    assert failed(2)[0].allows()


def test_a_breaker_opens_at_its_number_of_failures() -> None:
    assert not failed(3)[0].allows()


def test_after_the_pause_one_caller_tries_and_the_others_wait() -> None:
    breaker, hands = failed(3)

    hands.now_s += 5.0

    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_a_try_that_succeeds_closes_the_breaker() -> None:
    breaker, hands = failed(3)
    hands.now_s += 5.0
    breaker.allows()

    breaker.succeeded()

    assert [breaker.allows() for _ in range(3)] == [True, True, True]


def test_a_try_that_fails_opens_it_for_another_pause() -> None:
    breaker, hands = failed(3)
    hands.now_s += 5.0
    breaker.allows()

    breaker.failed()
    hands.now_s += 4.9

    assert not breaker.allows()


def test_a_success_in_between_starts_the_count_anew() -> None:
    breaker, _ = failed(2)
    breaker.succeeded()

    breaker.failed()

    assert breaker.allows()


def test_the_conversation_longest_silent_is_forgotten_first() -> None:
    languages = RecentLanguages(limit=2)
    languages.set("a", "en")
    languages.set("b", "en")
    languages.set("a", "zh-Hans")

    languages.set("c", "en")

    assert (languages.get("a"), languages.get("b"), languages.get("c")) == ("zh-Hans", None, "en")
