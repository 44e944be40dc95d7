from __future__ import annotations

import re

import pytest

from bot.console.frame import HERE, HOME, as_html, safe_next
from bot.console.texts import load_console_texts
from bot.delivery.model import DeliveryState
from bot.errors import Fault
from bot.notices.model import NoticeState
from bot.people.model import Role


@pytest.mark.parametrize("target", ["/console", "/console/notices", "/console/notices/abc"])
def test_log_in_leads_to_pages_of_the_console(target: str) -> None:
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/console/",
        "//evil.example/console/",
        "/\\evil.example",
        "/console\\..\\x",
        "/console/../../v1/notices",
        "/consolefake",
        "/console/\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "",
    ],
)
def test_log_in_leads_nowhere_else(target: str) -> None:
    assert safe_next(target) == HOME


def test_html_in_a_message_is_shown_as_written() -> None:
    html = as_html("**a** <script>alert(1)</script> <img src=x onerror=alert(1)>")

    assert "<strong>a</strong>" in html
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_links_that_run_scripts_are_dropped() -> None:
    html = as_html("[x](javascript:alert(1)) [y](data:text/html,z) [z](https://example.org)")

    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert 'href="https://example.org"' in html


def test_every_sentence_of_the_templates_is_there() -> None:
    texts = load_console_texts()
    templates = list((HERE / "templates").glob("*.html"))
    named = {
        name for template in templates for name in re.findall(r"say\('([\w.-]+)'[,)]", template.read_text("utf-8"))
    }

    assert len(named) > 50
    assert {name for name in named if not texts.has(name)} == set()


def test_every_state_and_role_has_its_words() -> None:
    texts = load_console_texts()
    needed = [f"{kind}.{state}" for kind in ("state", "meaning") for state in NoticeState]
    needed += [f"delivery.{state}" for state in DeliveryState]
    needed += [f"role.{role}" for role in Role]

    assert [name for name in needed if not texts.has(name)] == []


def test_a_fault_without_words_of_its_own_is_told_in_english() -> None:
    assert load_console_texts().fault(Fault("x", "never-heard-of", "Something."), "zh") == "Something."
