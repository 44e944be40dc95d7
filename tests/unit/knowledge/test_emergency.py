from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.emergency import Emergencies, emergency_replies, load_emergencies
from knowledge.load import Knowledge, KnowledgeError, load_knowledge

from .conftest import PACKAGE

TOLD = {
    "fire": ["着火了！", "火燭呀", "大厅冒烟了", "there is a fire",
             "The building is on fire!", "I see smoke in the terminal"],
    "medical": ["有人晕倒在大厅", "我媽突然暈低咗", "快叫救护车",
                "someone collapsed in the queue", "call an ambulance", "he is not breathing"],
    "fever": ["我发烧了，在福田口岸", "我個仔發燒", "我喺福田口岸，發燒",
              "I have a fever at Futian", "my daughter has a high fever"],
    "lost_person": ["我的孩子不见了", "個仔唔見咗", "老人走失了",
                    "I can't find my daughter", "lost my child", "my son is missing"],
    "crime": ["我被抢了", "我個銀包被偷", "有人持刀", "I was robbed", "someone stole my bag", "a man with a knife"],
    "dangerous_goods": ["发现可疑包裹", "有炸彈", "我捡到子弹",
                        "I found a grenade", "there is a suspicious package", "unattended bag"],
    "suicide": ["我不想活了", "I want to kill myself"],
    "general": ["救命", "救命啊！", "SOS", "emergency!"],
}  # fmt: skip

NOT_TOLD = [
    "灭火器怎么申报进口",
    "火灾造成的货损能减免关税吗",
    "can I bring a fire extinguisher",
    "what fire lighters may I carry",
    "孩子的护照丢了怎么办",
    "I lost my child's passport",
    "子弹工艺品能带吗",
    "can I bring a toy grenade",
    "can I carry fever medicine",
    "如果发烧了会怎样",
    "急救药品进口要什么证件",
    "ambulance import duty",
    "救命药需要立刻清关",
    "emergency customs clearance at night",
    "发现有人偷运冻肉怎么举报",
    "seizure receipt",
    "进口货物几天内要申报",
    "how many cigarettes may I bring",
    "报警器进口要什么证",
    "my luggage is lost",
]


@pytest.fixture(scope="module")
def emergencies() -> Emergencies:
    return load_emergencies(PACKAGE)


@pytest.fixture(scope="module")
def content() -> Knowledge:
    return load_knowledge(PACKAGE)


@pytest.mark.parametrize(("kind", "said"), [(kind, said) for kind, texts in TOLD.items() for said in texts])
def test_a_call_for_help_is_known_with_its_kind(emergencies: Emergencies, kind: str, said: str) -> None:
    found = emergencies.find(said)

    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize("said", NOT_TOLD)
def test_a_question_on_goods_papers_or_rules_is_no_emergency(emergencies: Emergencies, said: str) -> None:
    assert emergencies.find(said) is None


def test_every_kind_is_tried_and_names_a_number_in_each_language(emergencies: Emergencies) -> None:
    assert {kind.kind for kind in emergencies.kinds} == set(TOLD)
    texts = [kind.text.get(language) for kind in emergencies.kinds for language in ("zh-Hans", "zh-Hant", "en")]
    assert all(any(number in text for number in ("110", "119", "120")) for text in texts)
    assert all("not checked" in text or "未与官方文本" in text or "未與官方文本" in text for text in texts)


def test_no_question_of_the_knowledge_base_on_goods_is_taken_for_one(
    emergencies: Emergencies, content: Knowledge
) -> None:
    """Few questions tell of one; those that do belong to the entries on being ill or robbed."""
    told = {
        entry.topic
        for entry in content.entries.values()
        for text in (*entry.questions.get("zh-Hans"), *entry.questions.get("zh-Hant"), *entry.questions.get("en"))
        if emergencies.find(text)
    }

    assert told <= {"traveller_health", "traveller_visa_entry"}


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_a_fever_is_led_to_the_officer_and_the_rule_is_shown(
    emergencies: Emergencies, content: Knowledge, language: str
) -> None:
    fever = next(kind for kind in emergencies.kinds if kind.kind == "fever")

    call, rule = emergency_replies(content, fever, language, date(2026, 11, 22))  # type: ignore[arg-type]

    assert "120" in call.text
    assert (rule.kind, rule.topic, rule.entry) == ("answer", "traveller_health", "health-fever-at-port")


def test_every_entry_that_is_shown_below_exists(emergencies: Emergencies, content: Knowledge) -> None:
    named = {kind.then for kind in emergencies.kinds} - {None}

    assert named
    assert named <= set(content.entries)


def test_faults_of_the_file_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "emergencies.yaml").write_text("fire: {patterns: ['('], text: {zh-Hans: 火}, x: 1}\n", encoding="utf-8")

    with pytest.raises(KnowledgeError) as raised:
        load_emergencies(tmp_path)

    told = str(raised.value)
    assert all(fault in told for fault in ("unknown key x", "patterns", "text.en", "general"))
