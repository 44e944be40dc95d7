"""What stands in the page is safe HTML, whatever the reply's text was."""

from __future__ import annotations

import re

import pytest

from bot.channels.model import Citation, Reply
from bot.channels.web.render import HtmlRenderer, Rendered

CITATION = Citation(title="海关法", publisher="全国人大常委会")


def rendered(text: str, *citations: Citation) -> Rendered:
    return HtmlRenderer().render(Reply(text=text, citations=list(citations)))


def test_paragraphs_lists_bold_and_line_breaks_are_rendered() -> None:
    html = rendered("**14天**内\n申报\n\n- 一\n- 二").html

    assert html == "<p><strong>14天</strong>内<br>\n申报</p>\n<ul>\n<li>一</li>\n<li>二</li>\n</ul>"


def test_links_open_a_new_window_and_give_nothing_away() -> None:
    html = rendered("[单一窗口](https://www.singlewindow.cn)").html

    assert html.startswith("<p><a ")
    assert set(re.findall(r'(\w+)="([^"]*)"', html)) == {
        ("href", "https://www.singlewindow.cn"),
        ("target", "_blank"),
        ("rel", "noopener noreferrer"),
    }


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick=alert(1)>b</b>",
        "<svg/onload=alert(1)>",
        "<iframe src=//evil.example></iframe>",
        "<style>body{display:none}</style>",
        "![x](https://evil.example/pixel.png)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox)",
        "<https://ok.example/><script src=//evil.example></script>",
        '[x](https://ok.example "onmouseover=alert(1)")',
        '[x](https://ok.example/"onmouseover="alert(1))',
        "`<script>`",
        "```\n<script>alert(1)</script>\n```",
        "# <script>alert(1)</script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<a href='javascript:alert(1)'>x</a>",
        "<math><mtext></mtext><script>alert(1)</script></math>",
    ],
)
def test_nothing_that_runs_or_loads_passes(text: str) -> None:
    html = rendered(text).html

    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)", html))
    attributes = set(re.findall(r'\s([\w-]+)="', "".join(re.findall(r"<[^>]*>", html))))
    assert tags <= {"p", "br", "ul", "ol", "li", "strong", "em", "a", "code", "blockquote"}
    assert attributes <= {"href", "rel", "target"}
    assert not re.search(r'href="(?!https://)', html)


def test_html_is_shown_as_text() -> None:
    assert rendered("<script>alert(1)</script>").html == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


def test_bare_address_is_not_made_a_link() -> None:
    assert rendered("https://evil.example").html == "<p>https://evil.example</p>"


@pytest.mark.parametrize(
    "line", ["来源：海关法；2026年11月22日核对", "來源：海關法；核對", "Source: Customs Law; checked"]
)
def test_source_line_of_an_answer_stands_apart(line: str) -> None:
    assert rendered(f"14天\n\n{line}", CITATION) == Rendered("<p>14天</p>", line)


def test_source_line_without_citations_stays_in_the_text() -> None:
    assert rendered("14天\n\n来源：听说") == Rendered("<p>14天</p>\n<p>来源：听说</p>", None)


def test_answer_that_is_all_source_line_keeps_its_text() -> None:
    assert rendered("来源：海关法", CITATION).html == "<p>来源：海关法</p>"


def test_last_paragraph_that_is_no_source_line_stays() -> None:
    assert rendered("一\n\n二", CITATION) == Rendered("<p>一</p>\n<p>二</p>", None)
