"""The rules as data: founded in the knowledge base, and the term the same as the calculator's."""

from __future__ import annotations

from datetime import date

from bot.desks.labels.rules import load_rules
from bot.settings import REPOSITORY
from knowledge.load import load_knowledge
from knowledge.rules.calculators.exhibition import Exhibit, explain_exhibition
from knowledge.rules.calculators.rules import load_rules as load_calculators

RULES = load_rules()
KNOWLEDGE = load_knowledge(REPOSITORY / "knowledge")


def test_every_rule_names_facts_sources_and_entries_that_there_are() -> None:
    assert len(RULES.rules) > 10
    for rule in RULES.rules:
        assert set(rule.sources) <= set(KNOWLEDGE.sources), rule.id
        assert set(rule.facts) <= set(KNOWLEDGE.facts), rule.id
        assert rule.entry is None or rule.entry in KNOWLEDGE.entries, rule.id
        assert all(rule.text.values())


def test_the_term_is_the_calculators_term() -> None:
    released = date(2026, 8, 31)
    finding = explain_exhibition(Exhibit(released, 2), date(2026, 11, 22), load_calculators(KNOWLEDGE))

    assert (
        f"{RULES.term.last_day(released, 2)}" in str(finding.answer)
        or RULES.term.last_day(released, 2) in finding.answer.values.values()
    )


def test_labels_of_former_services_are_known_by_their_names() -> None:
    assert RULES.is_historical("CIQ 中国锦州2013世界园林博览会检验检疫专用标识")
    assert RULES.is_historical("中國錦州2013世界園林博覽會")
    assert not RULES.is_historical("第九届中国国际进口博览会")
    assert RULES.historical_entry in KNOWLEDGE.entries
