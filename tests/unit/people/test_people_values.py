"""Values of the people room: codes, roles, conversation keys, sessions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.people.credit_code import check_character, is_credit_code
from bot.people.model import Role, conversation_key
from bot.people.service import WebSessions
from bot.secrets import Secrets

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
first17 = st.text(ALPHABET, min_size=17, max_size=17)


@given(first17)
def test_a_code_with_its_check_character_is_one(first: str) -> None:
    assert is_credit_code(first + check_character(first))


@given(first17, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_changed_character_is_noticed(first: str, place: int, other: str) -> None:
    changed = first[:place] + other + first[place + 1 :]

    assert is_credit_code(changed + check_character(first)) == (changed == first)


def test_the_published_example_is_a_code() -> None:
    assert is_credit_code("91350100M000100Y43")  # GB 32100-2015, example of the standard


@pytest.mark.parametrize(
    "text", ["", "9135", "91350100m000100y43", "91350100M000100Y4I", "９" * 18, "91350100M000100Y433"]
)
def test_what_is_no_code_is_refused(text: str) -> None:
    assert not is_credit_code(text)


@pytest.mark.parametrize(
    ("has", "needs", "may"),
    [
        (Role.AUTHOR, Role.AUTHOR, True),
        (Role.AUTHOR, Role.APPROVER, False),
        (Role.APPROVER, Role.AUTHOR, True),
        (Role.APPROVER, Role.ADMIN, False),
        (Role.ADMIN, Role.APPROVER, True),
    ],
)
def test_each_role_may_do_what_those_before_it_may(has: Role, needs: Role, may: bool) -> None:
    assert has.may_act_as(needs) is may


def test_a_conversation_key_is_opaque_and_constant() -> None:
    key = conversation_key("telegram", "123456789")

    assert re.fullmatch(r"[0-9a-f]{32}", key)
    assert key == conversation_key("telegram", "123456789") != conversation_key("web", "123456789")


def test_a_session_of_ours_is_known_again() -> None:
    sessions = WebSessions(Secrets(b"m" * 32))

    issued = sessions.issue()

    assert sessions.is_ours(issued)
    assert re.fullmatch(r"s_[0-9a-f]{32}_[0-9a-f]{16}", issued)


def test_a_session_of_another_master_secret_is_not_ours() -> None:
    assert not WebSessions(Secrets(b"m" * 32)).is_ours(WebSessions(Secrets(b"n" * 32)).issue())


@given(st.text(max_size=60))
def test_no_guess_is_a_session_of_ours(guess: str) -> None:
    assert not WebSessions(Secrets(b"m" * 32)).is_ours(guess)


@pytest.mark.parametrize("change", [lambda s: s + "0", lambda s: s[:-1], lambda s: s.upper(), lambda s: "x" + s[1:]])
def test_a_changed_session_is_not_ours(change: object) -> None:
    sessions = WebSessions(Secrets(b"m" * 32))

    assert not sessions.is_ours(change(sessions.issue()))  # type: ignore[operator]  # one of the functions above
