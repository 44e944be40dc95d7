"""What people read about a stage, in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from bot.channels.model import LANGUAGES, Button, Language, Reply
from bot.clearance.model import Clearance, Stage, StageChange
from knowledge.text import to_traditional

TOPIC = "clearance_status"


@dataclass(frozen=True)
class StageText:
    """name: the stage in few words; text: what it means; next_step: what to do."""

    name: str
    text: str
    next_step: str


_HEAD: Mapping[Language, str] = {
    "zh-Hans": "报关单 {no}：**{name}**",
    "zh-Hant": "報關單 {no}：**{name}**",
    "en": "Declaration {no}: **{name}**",
}
_NEXT: Mapping[Language, str] = {"zh-Hans": "下一步：", "zh-Hant": "下一步：", "en": "Next: "}
_NOTE: Mapping[Language, str] = {"zh-Hans": "口岸备注：", "zh-Hant": "口岸備註：", "en": "Note from the port: "}
_HISTORY: Mapping[Language, str] = {"zh-Hans": "经过", "zh-Hant": "經過", "en": "History"}
_NO_EVENT: Mapping[Language, str] = {
    "zh-Hans": "报关单 {no}：还没有收到口岸的状态。一有变化会马上告诉您。",
    "zh-Hant": "報關單 {no}：還沒有收到口岸的狀態。一有變化會馬上告訴您。",
    "en": "Declaration {no}: the port has reported nothing yet. You will be told as soon as it does.",
}
_SOURCE: Mapping[Language, str] = {
    "zh-Hans": "来源：口岸系统报送，{at}",
    "zh-Hant": "來源：口岸系統報送，{at}",
    "en": "Source: reported by the port's system, {at}",
}
_STOP: Mapping[Language, str] = {"zh-Hans": "不再关注", "zh-Hant": "不再關注", "en": "Stop following"}
_SHOW: Mapping[Language, str] = {"zh-Hans": "查看经过", "zh-Hant": "查看經過", "en": "Show history"}


class StageTexts:
    """Renders statuses and changes. zone: in which moments are shown; its name stands beside each."""

    def __init__(self, texts: Mapping[Stage, Mapping[Language, StageText]], zone: ZoneInfo) -> None:
        self._texts = texts
        self._zone = zone

    def name(self, stage: Stage, language: Language) -> str:
        """The stage in few words."""
        return self._texts[stage][language].name

    def change(self, declaration_no: str, change: StageChange, language: Language) -> Reply:
        """What a follower reads when a stage is reached."""
        return self._reply(
            declaration_no, change, language, [], (_SHOW[language], f"t:clearance_query:{declaration_no}")
        )

    def status(self, clearance: Clearance, language: Language) -> Reply:
        """What somebody entitled reads on asking: the stage that holds, and the history."""
        stop = (_STOP[language], f"t:unfollow_shipment:{clearance.declaration_no}")
        if clearance.stage is None or clearance.stage_at is None:
            text = _NO_EVENT[language].format(no=clearance.declaration_no)
            return Reply(text=text, kind="task", topic=TOPIC, buttons=[Button(title=stop[0], payload=stop[1])])
        note = next((c.note for c in reversed(clearance.history) if c.stage is clearance.stage), None)
        lines = [f"- {self._moment(c.occurred_at)} {self.name(c.stage, language)}" for c in clearance.history]
        current = StageChange(clearance.stage, clearance.stage_at, note)
        return self._reply(
            clearance.declaration_no, current, language, [f"**{_HISTORY[language]}**\n\n" + "\n".join(lines)], stop
        )

    def _reply(
        self,
        declaration_no: str,
        change: StageChange,
        language: Language,
        further: list[str],
        button: tuple[str, str],
    ) -> Reply:
        stage = self._texts[change.stage][language]
        blocks = [_HEAD[language].format(no=declaration_no, name=stage.name), stage.text]
        if change.note:
            blocks.append(_NOTE[language] + change.note)
        blocks.append(_NEXT[language] + stage.next_step)
        blocks += further
        blocks.append(_SOURCE[language].format(at=self._moment(change.occurred_at)))
        return Reply(
            text="\n\n".join(blocks),
            kind="task",
            topic=TOPIC,
            buttons=[Button(title=button[0], payload=button[1])],
        )

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M} ({self._zone.key})"


def load_stage_texts(zone: ZoneInfo) -> StageTexts:
    """Read texts.yaml. Raises KeyError when a stage or language is missing, ValueError on a stage that is none of ours."""
    raw = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    texts: dict[Stage, dict[Language, StageText]] = {}
    for stage_name, by_language in raw.items():
        hans = by_language["zh-Hans"]
        hant = by_language.get("zh-Hant") or {key: to_traditional(value) for key, value in hans.items()}
        versions = {"zh-Hans": hans, "zh-Hant": hant, "en": by_language["en"]}
        texts[Stage(stage_name)] = {
            language: StageText(versions[language]["name"], versions[language]["text"], versions[language]["next"])
            for language in LANGUAGES
        }
    missing = set(Stage) - set(texts)
    if missing:
        raise KeyError(f"texts.yaml says nothing about {sorted(missing)}")
    return StageTexts(texts, zone)
