from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copy
from textwrap import dedent

import pytest

from knowledge.load import Knowledge, load_knowledge

PACKAGE = Path(__file__).parents[3] / "knowledge"

TOPICS = """\
taxes_fees: {zh-Hans: 税费, en: "Taxes and fees"}
traveller_pets: {zh-Hans: 携带宠物, en: "Travelling with pets"}
out_of_scope: {zh-Hans: 不在服务范围, en: "Out of scope"}
"""
SOURCES = """\
L1:
  title: {zh-Hans: 海关法, en: Customs Law}
  number: 主席令第81号
  publisher: {zh-Hans: 全国人大常委会, en: NPC Standing Committee}
  url: https://example.org/law
  date: 2021-04-29
  kind: statute
T1:
  title: {zh-Hans: 旅客指南, en: Guide for travellers}
  number: null
  publisher: {zh-Hans: 某报, en: A newspaper}
  url: null
  date: null
  kind: secondary
"""
FACTS = "FEE-01: official\nFEE-02: reported\nFEE-03: unverified\nFEE-04: historical\n"
FEES = """\
subject: fees
entries:
  - id: late-declaration-fee
    topic: taxes_fees
    audience: enterprise
    title: {zh-Hans: 滞报金怎么算, en: Late-declaration fee}
    questions:
      zh-Hans: [滞报金每天收多少, 超过14天申报要交什么费, 滞报金 计算公式]
      en: [how is the late declaration fee calculated, fee for declaring late, daily rate of the late fee]
    answer:
      zh-Hans: 滞报金按日征收，每日为完税价格的**万分之五**。
      en: The fee is **0.5 per mille** of the duty-paid value a day.
    conditions:
      zh-Hans: [不足50元免征]
      en: [Nothing is charged below 50 yuan]
    sources: [L1, T1]
    facts: [FEE-01]
    grade: official
    effective_from: 2021-04-29
    effective_to: null
    verified_on: 2026-11-22
    related: [bring-a-dog]
    buttons:
      - {label: {zh-Hans: 海关总署, en: GACC}, url: "https://www.customs.gov.cn/"}
      - {label: {zh-Hans: 怎么缴, en: How to pay}, ask: {zh-Hans: 滞报金怎么缴, en: how do I pay the fee}}
"""
PETS = """\
subject: pets
entries:
  - id: bring-a-dog
    topic: traveller_pets
    audience: traveller
    title: {zh-Hans: 带狗入境, zh-Hant: 攜狗入境, en: Bringing a dog}
    questions:
      zh-Hans: [带一只狗回国要什么证, 宠物狗入境要隔离吗, 狗狗可以坐飞机进来吗]
      en: [can I bring my dog, papers for a pet dog, does my dog need quarantine]
    answer:
      zh-Hans: 每人可带一只，凭检疫证书。
      en: One for each person, with a health certificate.
    conditions: []
    sources: [T1]
    facts: [FEE-02]
    grade: reported
    effective_from: null
    effective_to: null
    verified_on: 2026-11-22
    related: []
    buttons: []
  - id: bring-a-cat
    topic: traveller_pets
    audience: traveller
    title: {zh-Hans: 带猫入境, en: Bringing a cat}
    questions:
      zh-Hans: [带一只猫回国要什么证, 猫咪入境要隔离吗, 猫可以随身带进来吗]
      en: [can I bring my cat, papers for a pet cat, does my cat need quarantine]
    answer:
      zh-Hans: 猫每人一只。
      en: One cat for each person.
    sources: [T1]
    facts: [FEE-02]
    grade: reported
    effective_from: 2020-01-01
    effective_to: 2024-12-31
    verified_on: 2026-11-22
"""

Edit = Callable[[str], str]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small knowledge base without a fault."""
    folder = tmp_path / "knowledge"
    (folder / "entries").mkdir(parents=True)
    (folder / "sources").mkdir()
    (folder / "topics.yaml").write_text(TOPICS, encoding="utf-8")
    (folder / "facts.yaml").write_text(FACTS, encoding="utf-8")
    (folder / "sources" / "all.yaml").write_text(SOURCES, encoding="utf-8")
    (folder / "entries" / "fees.yaml").write_text(dedent(FEES), encoding="utf-8")
    (folder / "entries" / "pets.yaml").write_text(dedent(PETS), encoding="utf-8")
    copy(PACKAGE / "phrases.yaml", folder)
    return folder


@pytest.fixture
def knowledge(root: Path) -> Knowledge:
    return load_knowledge(root)


@pytest.fixture
def change(root: Path) -> Callable[[str, str, str], None]:
    """Replaces a text, which must be there, in one file of the small knowledge base."""

    def replace(name: str, old: str, new: str) -> None:
        path = root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace
