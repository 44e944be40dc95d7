"""Which facts of the fact sheets the entries carry, and which they do not."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from knowledge.load import Knowledge, load_knowledge
from knowledge.model import FactGrade

PAGE = Path("docs/coverage.md")
REASONS = Path(__file__).with_name("uncarried.yaml")


def coverage(knowledge: Knowledge) -> Mapping[str, tuple[str, ...]]:
    """Fact id -> ids of the entries that rest on it, none for a fact not carried; facts in the order of facts.yaml."""
    carried: dict[str, list[str]] = {fact: [] for fact in knowledge.facts}
    for entry in knowledge.entries.values():
        for fact in entry.facts:
            if fact in carried:
                carried[fact].append(entry.id)
    return {fact: tuple(entries) for fact, entries in carried.items()}


def uncarried_reasons() -> Mapping[str, str]:
    """Fact id -> why no entry states it, for the facts that are left out on purpose."""
    reasons: dict[str, str] = yaml.safe_load(REASONS.read_text(encoding="utf-8"))
    return reasons


def coverage_page(knowledge: Knowledge, reasons: Mapping[str, str]) -> str:
    """The Markdown of docs/coverage.md: how much is carried, what is not and why, and where each fact stands."""
    carried = coverage(knowledge)
    lines = [
        "# Coverage of the fact sheets",
        "",
        "Written by `python -m knowledge.coverage`; do not edit. Ids and grades are those of `knowledge/facts.yaml`.",
        "",
        "| grade | facts | carried |",
        "|---|---|---|",
    ]
    for grade in FactGrade:
        facts = [fact for fact in carried if knowledge.facts[fact] is grade]
        lines.append(f"| {grade} | {len(facts)} | {sum(bool(carried[fact]) for fact in facts)} |")
    lines.append(f"| all | {len(carried)} | {sum(map(bool, carried.values()))} |")
    lines += ["", "## Not carried", ""]
    for grade in FactGrade:
        missing = [fact for fact, entries in carried.items() if not entries and knowledge.facts[fact] is grade]
        lines.append(f"- {grade}: {', '.join(missing) or 'none'}")
    left_out = [(fact, reasons[fact]) for fact, entries in carried.items() if not entries and fact in reasons]
    if left_out:
        lines += ["", "### Left out on purpose", "", "| fact | reason |", "|---|---|"]
        lines += [f"| {fact} | {reason} |" for fact, reason in left_out]
    lines += ["", "## Carried", "", "| fact | grade | entries |", "|---|---|---|"]
    lines += [
        f"| {fact} | {knowledge.facts[fact]} | {', '.join(entries)} |" for fact, entries in carried.items() if entries
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write docs/coverage.md anew."""
    root = Path(__file__).parent
    (root.parent / PAGE).write_text(coverage_page(load_knowledge(root), uncarried_reasons()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
