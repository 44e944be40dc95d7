from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from knowledge.coverage import REASONS, coverage, coverage_page, uncarried_reasons
from knowledge.lint import Finding, Level, lint, main
from knowledge.load import Knowledge, load_knowledge

ON = date(2026, 11, 22)
Change = Callable[[str, str, str], None]


def errors(root: Path, on: date = ON) -> list[Finding]:
    return [finding for finding in lint(root, on) if finding.level is Level.ERROR]


def test_the_small_knowledge_base_has_no_error(root: Path) -> None:
    assert errors(root) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("entries/fees.yaml", "id: late-declaration-fee", "id: Late_Fee", "id must be kebab-case"),
        ("entries/fees.yaml", "id: late-declaration-fee", f"id: {'a' * 49}", "id must be kebab-case"),
        ("entries/fees.yaml", "滞报金怎么算,", f"{'滞' * 21},", "title.zh-Hans has 21 characters"),
        ("entries/fees.yaml", "en: Late-declaration fee", f"en: {'a' * 49}", "title.en has 49 characters"),
        ("entries/fees.yaml", "related: [bring-a-dog]", "related: [bring-a-fox]", "related: no entry bring-a-fox"),
        ("entries/fees.yaml", "facts: [FEE-01]", "facts: [FEE-99]", "facts: no fact FEE-99"),
        ("entries/fees.yaml", "facts: [FEE-01]", "facts: []", "names the facts it rests on"),
        ("entries/fees.yaml", "facts: [FEE-01]", "facts: [FEE-03]", "rests on unverified facts alone"),
        ("entries/fees.yaml", "facts: [FEE-01]", "facts: [FEE-01, FEE-02]", "FEE-02 is reported: mark the statement"),
        ("entries/fees.yaml", "sources: [L1, T1]", "sources: [T1]", "none of its sources is a statute or official"),
        ("entries/fees.yaml", "https://www.customs.gov.cn/", "javascript:x", "is not an http(s) address"),
        ("entries/fees.yaml", "滞报金 计算公式", "带狗入境吗, 滞报金", None),
        (
            "entries/fees.yaml",
            "滞报金 计算公式",
            "宠物狗 入境要隔離嗎？",
            "stands also under late-declaration-fee (entries/fees.yaml)",
        ),
        ("entries/fees.yaml", "滞报金 计算公式", "带狗入境", "its title is a title or question of"),
        ("entries/fees.yaml", ", 滞报金 计算公式]", "]", "questions.zh-Hans: 2, at least 3"),
        ("entries/fees.yaml", "滞报金 计算公式", "'？？'", "has no words"),
        ("entries/fees.yaml", "The fee is", "<b>The fee</b> is", "answer.en has HTML"),
        ("entries/fees.yaml", "en: The fee is", "en: |\n        # The fee is", "answer.en has a heading"),
        ("entries/fees.yaml", "en: The fee is", "en: |\n        | a | b |\n\n        is", "answer.en has a table"),
        ("entries/fees.yaml", "The fee is", "Fee ![x](https://x.org) is", "answer.en has a picture"),
        ("entries/fees.yaml", "The fee is", "Fee [x](ftp://x.org) is", "the link ftp://x.org"),
        ("entries/fees.yaml", "verified_on: 2026-11-22", "verified_on: 2026-11-23", "lies in the future"),
        ("entries/fees.yaml", "effective_to: null", "effective_to: 2020-01-01", "effective_to lies before"),
        ("sources/all.yaml", "url: https://example.org/law", "url: law.html", "is not an http(s) address"),
        ("entries/fees.yaml", "grade: official", "grade: certain", "grade: must be one of"),
    ],
)
def test_a_broken_rule_is_an_error(
    root: Path, change: Change, name: str, old: str, new: str, message: str | None
) -> None:
    change(name, old, new)

    found = errors(root)

    assert any(message in finding.message for finding in found) if message else found == []


@pytest.mark.parametrize(
    ("chinese", "english", "missing"),
    [
        ("（据报道，请向12360确认）", "(reported, confirm with 12360)", set()),
        ("（未核实）", "(unverified)", set()),
        ("", "(reported, confirm with 12360)", {"zh-Hans"}),
        ("（据报道）", "", {"en"}),
    ],
)
def test_a_weaker_fact_is_marked_on_the_spot_in_both_languages(
    root: Path, change: Change, chinese: str, english: str, missing: set[str]
) -> None:
    change("entries/fees.yaml", "facts: [FEE-01]", "facts: [FEE-01, FEE-03]")
    change("entries/fees.yaml", "万分之五**。", f"万分之五**{chinese}。")
    change("entries/fees.yaml", "value a day.", f"value a day {english}.")

    assert {finding.message.rsplit(" ", 1)[1] for finding in errors(root)} == missing


def test_a_signpost_needs_no_facts(root: Path, change: Change) -> None:
    change("entries/fees.yaml", "facts: [FEE-01]", "facts: []")
    change("entries/fees.yaml", "grade: official", "grade: signpost")

    assert errors(root) == []


def test_expired_entries_and_those_about_to_expire_are_listed(root: Path) -> None:
    def about_the_cat(on: date) -> list[str]:
        return [f.message for f in lint(root, on) if f.entry == "bring-a-cat" and "expire" in f.message]

    assert about_the_cat(ON) == ["expired on 2024-12-31"]
    assert about_the_cat(date(2024, 12, 1)) == ["expires on 2024-12-31"]
    assert about_the_cat(date(2024, 11, 30)) == []


def test_few_questions_and_a_short_answer_are_warnings(root: Path) -> None:
    warnings = {f.message for f in lint(root, ON) if f.level is Level.WARNING and f.entry == "bring-a-dog"}

    assert "questions.en: 3, better 8 or more" in warnings
    assert any("answer.en has" in warning for warning in warnings)


def test_main_prints_findings_and_fails_on_errors_only(
    root: Path, change: Change, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(root)]) == 0
    change("entries/fees.yaml", "facts: [FEE-01]", "facts: [FEE-99]")
    assert main([str(root)]) == 1
    assert "error: entries/fees.yaml: late-declaration-fee: facts: no fact FEE-99" in capsys.readouterr().out


def test_coverage_names_the_entries_of_each_fact(knowledge: Knowledge) -> None:
    assert coverage(knowledge) == {
        "FEE-01": ("late-declaration-fee",),
        "FEE-02": ("bring-a-dog", "bring-a-cat"),
        "FEE-03": (),
        "FEE-04": (),
    }


def test_coverage_page_counts_and_lists_what_is_not_carried(knowledge: Knowledge) -> None:
    page = coverage_page(knowledge, {"FEE-03": "nobody asks", "FEE-02": "carried, so not left out"})

    assert "| all | 4 | 2 |" in page
    assert "- unverified: FEE-03" in page
    assert "| FEE-02 | reported | bring-a-dog, bring-a-cat |" in page
    assert "| FEE-03 | nobody asks |" in page
    assert "carried, so not left out" not in page


def test_only_facts_that_no_entry_states_are_left_out_on_purpose() -> None:
    shipped = load_knowledge(REASONS.parent)
    reasons = uncarried_reasons()

    assert reasons
    assert {fact: coverage(shipped).get(fact) for fact in reasons} == dict.fromkeys(reasons, ())
