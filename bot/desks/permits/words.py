"""What people read about permits, in three languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from bot.channels.model import LANGUAGES, Button, Language, Reply
from bot.desks.permits.model import Line, Permit, PermitKind, PermitRefusedError, PermitState, Reason, Unit
from knowledge.model import Localized
from knowledge.text import to_traditional

TOPIC = "quarantine_permit"
_BATCHES_SHOWN = 5


@dataclass(frozen=True)
class Kind:
    """One kind of permit, as kinds.yaml has it; its head says what each field means."""

    name: Mapping[Language, str]
    has_quantity: bool
    conflict: Mapping[Language, str]
    renewal: Mapping[Language, str]
    facts: tuple[str, ...]


def localized(said: Callable[[Language], str]) -> Localized:
    """A text out of what says it in a language."""
    hans, hant, en = (said(language) for language in LANGUAGES)
    return Localized(hans, hant, en)


class PermitWords:
    """Sentences of texts.yaml, and the kinds."""

    def __init__(self, sentences: Mapping[str, Mapping[Language, str]], kinds: Mapping[PermitKind, Kind]) -> None:
        self._sentences = sentences
        self.kinds = kinds

    def say(self, sentence: str, language: Language, /, **values: object) -> str:
        """A sentence. Raises KeyError for one that is not there."""
        return self._sentences[sentence][language].format(**values)

    def unit(self, unit: str, language: Language) -> str:
        """A unit's name; what was typed where it is none."""
        return self.say(f"unit_{unit}", language) if unit in set(Unit) else unit

    def reason(self, reason: Reason, language: Language) -> str:
        """One reason."""
        values: dict[str, Any] = dict(reason.values)
        for name in ("unit", "given"):
            if name in values:
                values[name] = self.unit(str(values[name]), language)
        if reason.code == "unit":
            values["units"] = ", ".join(self.unit(unit, language) for unit in Unit)
        return self.say(f"refused_{reason.code}", language, **values)

    def refused(self, reasons: Sequence[Reason]) -> PermitRefusedError:
        """The error with its English sentences, which programs read."""
        return PermitRefusedError(reasons, [self.reason(reason, "en") for reason in reasons])

    def refusal(self, error: PermitRefusedError, language: Language) -> Reply:
        """All reasons."""
        lines = [self.say("refused_head", language)]
        lines += [f"- {self.reason(reason, language)}" for reason in error.reasons]
        return Reply(text="\n".join(lines), kind="task", topic=TOPIC)

    def card(
        self, permit: Permit, language: Language, today: date, head: str | None = None, *, is_push: bool = False
    ) -> Reply:
        """A permit as its firm sees it. head: sentence above it."""
        kind = self.kinds[permit.kind]
        state = self.say(f"state_{permit.state}", language)
        lines = [self.say(head, language), ""] if head else []
        lines += [
            self.say("card", language, kind=kind.name[language], number=permit.number, state=state),
            self.say("card_firm", language, firm=permit.firm_name),
            self._dates(permit, today, language),
            *(self.line(line, language) for line in permit.lines),
        ]
        counting = [batch for batch in permit.write_offs if batch.counts and batch.amount]
        if counting:
            lines.append(self.say("card_batches", language))
            lines += [
                self.say(
                    "card_batch",
                    language,
                    day=batch.day,
                    reference=batch.reference,
                    amount=plain(batch.amount),
                    unit=self.unit(batch.unit, language),
                )
                for batch in counting[-_BATCHES_SHOWN:]
            ]
        is_open = permit.state in {PermitState.VALID, PermitState.USED_UP}
        if is_open:
            lines += ["", self.say("card_reminders", language)]
        if not is_push:
            lines += [kind.conflict[language], kind.renewal[language]]
        return Reply(
            text="\n".join(lines),
            kind="push" if is_push else "task",
            topic=None if is_push else TOPIC,
            buttons=self._buttons(permit, language),
        )

    def messages(self, permit: Permit, head: str, today: date) -> dict[Language, Reply]:
        """A push in each language."""
        return {language: self.card(permit, language, today, head, is_push=True) for language in LANGUAGES}

    def line(self, line: Line, language: Language) -> str:
        """A line with its balance."""
        return self.say(
            "card_line",
            language,
            line=line.line,
            goods=line.goods,
            balance=plain(line.balance),
            quantity=plain(line.quantity),
            used=plain(line.used),
            unit=self.unit(line.unit, language),
        )

    def _dates(self, permit: Permit, today: date, language: Language) -> str:
        days = (permit.valid_until - today).days
        return self.say(
            "card_dates" if days >= 0 else "card_dates_over",
            language,
            valid_from=permit.valid_from,
            valid_until=permit.valid_until,
            days=days,
        )

    def _buttons(self, permit: Permit, language: Language) -> list[Button]:
        buttons = []
        if permit.state is PermitState.VALID and self.kinds[permit.kind].has_quantity:
            payload = f"t:form:write_off?permit={permit.id}"
            buttons.append(Button(title=self.say("write_off_button", language), payload=payload))
        if permit.state is not PermitState.CLOSED:
            buttons.append(Button(title=self.say("close_button", language), payload=f"pm:close:{permit.id}"))
        return buttons


def plain(value: Decimal) -> str:
    """A quantity as people read it: never as a power of ten."""
    return f"{value:f}"


def load_permit_words() -> PermitWords:
    """Read texts.yaml and kinds.yaml. Raises KeyError when a language or a kind is missing."""
    here = Path(__file__).parent
    raw = yaml.safe_load((here / "texts.yaml").read_text(encoding="utf-8"))
    kinds = yaml.safe_load((here / "kinds.yaml").read_text(encoding="utf-8"))
    return PermitWords(
        {name: _texts(texts) for name, texts in raw.items()},
        {
            kind: Kind(
                _texts(kinds[kind]["name"]),
                kinds[kind]["has_quantity"],
                _texts(kinds[kind]["conflict"]),
                _texts(kinds[kind]["renewal"]),
                tuple(kinds[kind]["facts"]),
            )
            for kind in PermitKind
        },
    )


def _texts(raw: Mapping[str, str]) -> dict[Language, str]:
    return {"zh-Hans": raw["zh-Hans"], "zh-Hant": raw.get("zh-Hant") or to_traditional(raw["zh-Hans"]), "en": raw["en"]}
