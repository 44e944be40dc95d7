"""Sentences about certificates of origin, and the agreements' own data, in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import yaml

from bot.channels.model import Button, Language, Reply
from bot.desks.origin.model import MACHINE, OriginCase, Savings, State, Validity, validity_of
from knowledge.model import Localized
from knowledge.rules.origin.agreements import Agreement
from knowledge.rules.origin.guide import Origins
from knowledge.text import to_traditional

ACTS: Mapping[str, State] = {
    "apply": State.APPLIED,
    "issue": State.ISSUED,
    "issue_later": State.ISSUED_LATER,
    "refuse": State.REFUSED,
    "back": State.PREPARING,
    "correct": State.CORRECTING,
    "corrected": State.CORRECTED,
    "withdraw": State.WITHDRAWN,
}
"""What a person says happened, and the state that follows."""
NEED_A_DAY = frozenset({"issue", "issue_later", "corrected"})
"""Acts that name the certificate's number and day."""


class OriginWords:
    """Says sentences. data: the agreements and places of the origin guide."""

    def __init__(self, sentences: Mapping[str, Mapping[Language, str]], data: Origins) -> None:
        self._sentences = sentences
        self.data = data

    def say(self, sentence: str, language: Language, /, **values: object) -> str:
        """A sentence. Raises KeyError for one that is not there."""
        return self._sentences[sentence][language].format(**values)

    def each(self, sentence: str, **values: object) -> Localized:
        """A sentence in all languages."""
        return Localized(*(self.say(sentence, language, **values) for language in ("zh-Hans", "zh-Hant", "en")))

    def agreement(self, case: OriginCase) -> Agreement | None:
        """The case's agreement; None: non-preferential."""
        return self.data.agreements.get(case.agreement) if case.agreement else None

    def name(self, case: OriginCase, language: Language) -> str:
        """The agreement's name, with the certificate's form where it is known."""
        agreement = self.agreement(case)
        if agreement is None:
            return self.say("none_agreement", language)
        return agreement.name.get(language) + (f" ({agreement.form})" if agreement.form else "")

    def route(self, case: OriginCase, language: Language) -> str:
        """From where to where."""
        names = self.data.places.names
        return f"{names[case.goods_origin].get(language)} → {names[case.destination].get(language)}"

    def missing(self, case: OriginCase, language: Language) -> str:
        """All that the application still needs, or that it is complete."""
        if not case.missing:
            return self.say("complete", language)
        mark = ", " if language == "en" else "、"
        fields = mark.join(self.say(f"field_{name}", language) for name in case.missing)
        return self.say("missing", language, fields=fields)

    def opened(self, case: OriginCase, language: Language) -> Reply:
        """What is told of a new case: the checklist and the agreement's own data, where there is some."""
        agreement = self.agreement(case)

        def part(name: str) -> str:
            found = agreement.parts.get(name) if agreement is not None else None
            return found.get(language) if found is not None else self.say("not_known", language)

        text = self.say(
            "opened",
            language,
            number=case.number,
            agreement=self.name(case, language),
            route=self.route(case, language),
            missing=self.missing(case, language),
            apply=part("apply"),
            retro=part("retro"),
            validity=part("validity"),
            where=self.say("where", language),
            hs=case.sheet.get("hs_code") or "–",
        )
        return Reply(text=text, kind="task", topic="origin_certificate_apply", buttons=self.buttons(case, language))

    def shown(self, case: OriginCase, language: Language) -> Reply:
        """A case, with what can be done."""
        text = self.say(
            "shown",
            language,
            number=case.number,
            state=self.say(f"state_{case.state}", language),
            agreement=self.name(case, language),
            route=self.route(case, language),
            missing=self.missing(case, language) if case.state is State.PREPARING else "",
            certificate=case.certificate_no or "–",
            until=case.valid_until or "–",
        )
        return Reply(text=text, kind="task", topic="origin_certificate_apply", buttons=self.buttons(case, language))

    def until(self, case: OriginCase, language: Language) -> str:
        """The end of validity with its grade, or that it is not known."""
        validity = self.validity(case)
        if case.valid_until is None or validity is None:
            return self.say("until_unknown", language)
        grade = "" if validity.verified else self.say("unverified", language)
        return self.say("until", language, day=case.valid_until.isoformat(), grade=grade)

    def validity(self, case: OriginCase) -> Validity | None:
        """How long a proof holds under the case's agreement; None: not known."""
        agreement = self.agreement(case)
        return validity_of(agreement) if agreement is not None else None

    def savings(self, found: Savings, agreement: Agreement | None, language: Language) -> str:
        """The estimate with its formula, and the waiver of small values."""
        waiver = agreement.parts.get("waiver") if agreement is not None else None
        told = (
            self.say("waiver", language, text=waiver.get(language)) if waiver else self.say("waiver_unknown", language)
        )
        return self.say(
            "savings",
            language,
            value=found.customs_value,
            mfn=found.mfn_rate,
            pref=found.preferential_rate,
            mfn_duty=found.mfn_duty,
            pref_duty=found.preferential_duty,
            saved=found.saved,
            waiver=told,
        )

    def buttons(self, case: OriginCase, language: Language) -> list[Button]:
        """What the person can say happened, where one tap is enough; what needs a number and a day is asked by the form."""
        return [
            Button(title=self.say(f"act_{act}", language), payload=_payload(act, case.id))
            for act, to in ACTS.items()
            if MACHINE.allows(case.state, to)
        ]


def _payload(act: str, case_id: str) -> str:
    if act in NEED_A_DAY:
        return f"t:form:origin_issued?case={case_id}&act={act}"
    return f"oc:{act}:{case_id}"


def load_origin_words(data: Origins) -> OriginWords:
    """Read texts.yaml. Raises KeyError where a language is missing."""
    raw = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    sentences: dict[str, dict[Language, str]] = {
        name: {
            "zh-Hans": texts["zh-Hans"],
            "zh-Hant": texts.get("zh-Hant", to_traditional(texts["zh-Hans"])),
            "en": texts["en"],
        }
        for name, texts in raw.items()
    }
    return OriginWords(sentences, data)


def day_of(text: str) -> date | None:
    """A day as YYYY-MM-DD; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
