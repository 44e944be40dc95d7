"""Rules of the web chat that need no socket."""

from __future__ import annotations

import pytest

from bot.conversation.chat import RatePerWindow
from bot.conversation.chat_frames import Hello, Message, parse_frame
from bot.conversation.chat_routes import is_same_origin
from bot.errors import InvalidInputError


def test_rate_allows_as_many_as_it_says_and_names_the_wait() -> None:
    rate = RatePerWindow(2, 10.0)

    assert [rate.take(0.0), rate.take(4.0)] == [0.0, 0.0]
    assert rate.take(6.0) == 4.0


def test_rate_allows_again_when_the_window_has_passed() -> None:
    rate = RatePerWindow(1, 10.0)
    rate.take(0.0)

    assert rate.take(9.9) > 0
    assert rate.take(10.0) == 0.0


def test_refused_tries_do_not_lengthen_the_wait() -> None:
    rate = RatePerWindow(1, 10.0)
    rate.take(0.0)
    for moment_s in range(1, 10):
        rate.take(float(moment_s))

    assert rate.take(10.0) == 0.0


@pytest.mark.parametrize(
    ("origin", "host", "public_url", "allowed"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", None, True),
        ("https://Kouan.example", "kouan.example", None, True),
        ("https://kouan.example", "10.0.0.7:8000", "https://kouan.example/", True),
        (None, "127.0.0.1:8000", None, True),
        ("http://127.0.0.1:8001", "127.0.0.1:8000", None, False),
        ("https://evil.example", "kouan.example", "https://kouan.example", False),
        ("https://kouan.example.evil.example", "kouan.example", None, False),
        ("null", "kouan.example", None, False),
        ("", "", None, False),
        ("null", None, None, False),
    ],
)
def test_only_pages_of_this_origin_are_let_in(
    origin: str | None, host: str | None, public_url: str | None, allowed: bool
) -> None:
    assert is_same_origin(origin, host, public_url) is allowed


def test_hello_of_a_new_page() -> None:
    assert parse_frame('{"type": "hello"}') == Hello(type="hello")


def test_message_with_a_button() -> None:
    frame = parse_frame('{"type": "message", "id": "message-1", "payload": "e:late-fee", "locale": "zh-Hant"}')

    assert frame == Message(type="message", id="message-1", payload="e:late-fee", locale="zh-Hant")


def test_faults_quote_nothing_of_what_was_sent() -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_frame('{"type": "message", "id": "secret words!", "text": "a", "locale": "secret"}')

    assert len(refused.value.faults) == 2
    assert "secret" not in str([(fault.message, fault.code) for fault in refused.value.faults])
