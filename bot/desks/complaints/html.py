"""The HTML of the public pages, in one piece each: nothing else is loaded, and nothing typed is taken for HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from bot.channels.model import LANGUAGES, Language
from bot.desks.complaints.model import ABOUT_MAX_CHARS, FILES_MAX, TEXT_MAX_CHARS, Complaint, Kind, Promise
from bot.desks.complaints.words import ComplaintWords
from bot.errors import InvalidInputError, KouanError

_MONTHS_SHOWN = 12
_NAMES = {"zh-Hans": "简体", "zh-Hant": "繁體", "en": "English"}
_STYLE = (
    "body{font:1rem/1.6 system-ui,sans-serif;margin:0 auto;max-width:40rem;padding:1rem;color:#1c2a33;background:#fff}"
    "h1{font-size:1.3rem}h2{font-size:1.05rem;margin-bottom:0}label{display:block;font-weight:600;margin-top:1rem}"
    "textarea,input{width:100%;box-sizing:border-box;font:inherit;padding:.6rem;min-height:2.75rem}"
    "button{font:inherit;min-height:2.75rem;padding:.6rem 1.2rem;margin-top:1rem}"
    "a{color:#0b5cad;padding:.5rem .5rem .5rem 0}p{overflow-wrap:anywhere;white-space:pre-line}"
    ".code{font:1.4rem/1.4 monospace}[role=alert]{color:#8f1d14}"
    "@media(prefers-color-scheme:dark){body{color:#e6edf1;background:#12191e}a{color:#7db8f0}[role=alert]{color:#f7a9a0}}"
)
_FAULTS: Mapping[str, Mapping[Language, str]] = {
    "text": {
        "zh-Hans": f"请用1到{TEXT_MAX_CHARS}个字说明。",
        "zh-Hant": f"請用1到{TEXT_MAX_CHARS}個字說明。",
        "en": f"Say it in 1 to {TEXT_MAX_CHARS} characters.",
    },
    "about": {
        "zh-Hans": f"单位最多{ABOUT_MAX_CHARS}个字。",
        "zh-Hant": f"單位最多{ABOUT_MAX_CHARS}個字。",
        "en": f"The unit has at most {ABOUT_MAX_CHARS} characters.",
    },
    "files": {
        "zh-Hans": f"最多{FILES_MAX}个文件。",
        "zh-Hant": f"最多{FILES_MAX}個檔案。",
        "en": f"At most {FILES_MAX} files.",
    },
    "": {
        "zh-Hans": "现在无法受理，请稍后再试。",
        "zh-Hant": "現在無法受理，請稍後再試。",
        "en": "It cannot be taken just now; please try again in a while.",
    },
}


def page(body: str, title: str, words: ComplaintWords, language: Language) -> str:
    """A whole page around a body. title: a sentence's name."""
    name = escape(words.say(title, language))
    links = " ".join(f'<a href="?lang={other}" lang="{other}">{_NAMES[other]}</a>' for other in LANGUAGES)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{name}</title>'
        f"<style>{_STYLE}</style></head><body><nav>{links}</nav><main><h1>{name}</h1>{body}</main></body></html>"
    )


def fault_text(error: KouanError, language: Language) -> str:
    """All that is wrong, in the person's language."""
    faults = error.faults if isinstance(error, InvalidInputError) else []
    said = [_FAULTS.get(fault.where, _FAULTS[""])[language] for fault in faults]
    return " ".join(said or [_FAULTS[""][language]])


def days_of(words: ComplaintWords, kind: Kind, step: str) -> int:
    """The working days that are promised for a step: `acknowledge` or `answer`."""
    rule = words.rules[kind]
    return rule.acknowledge_days if step == "acknowledge" else rule.answer_days


def promises_html(words: ComplaintWords, found: Sequence[Promise], language: Language) -> str:
    """Every published limit, and how often it was kept in the last twelve months with cases."""
    blocks = [f"<p>{escape(words.say('promises_intro', language))}</p>"]
    for kind in Kind:
        for step in ("acknowledge", "answer"):
            days = days_of(words, kind, step)
            head = words.say(f"promise_{step}", language, kind=words.title(kind, language), days=days)
            months = [
                words.say("promise_month", language, month=f"{one.month:%Y-%m}", kept=one.kept, due=one.due)
                for one in found
                if one.kind is kind and one.step == step
            ]
            shown = months[:_MONTHS_SHOWN] or [words.say("promise_none", language)]
            blocks.append(f"<h2>{escape(head)}</h2><p>{escape(chr(10).join(shown))}</p>")
    return "".join(blocks)


def report_form_html(
    words: ComplaintWords, language: Language, address: str, text: str = "", about: str = "", wrong: str = ""
) -> str:
    """The form of a report by nobody, and that of its tracking code. What was typed stays."""

    def say(name: str) -> str:
        return escape(words.say(name, language, count=FILES_MAX))

    alert = f'<p role="alert">{escape(wrong)}</p>' if wrong else ""
    hidden = f'<input type="hidden" name="lang" value="{language}">'
    return (
        f"{alert}<p>{say('report_intro')}</p><p>{escape(words.rules[Kind.REPORT].law.get(language))}</p>"
        f'<form method="post" action="{address}" enctype="multipart/form-data" autocomplete="off">{hidden}'
        f'<label for="text">{say("report_text")}</label>'
        f'<textarea id="text" name="text" rows="6" required maxlength="{TEXT_MAX_CHARS}">{escape(text)}</textarea>'
        f'<label for="about">{say("report_about")}</label>'
        f'<input id="about" name="about" maxlength="{ABOUT_MAX_CHARS}" value="{escape(about)}">'
        f'<label for="files">{say("report_files")}</label><input id="files" name="files" type="file" multiple>'
        f'<button type="submit">{say("report_send")}</button></form><hr>'
        f'<form method="post" action="{address}/state" autocomplete="off">{hidden}'
        f'<label for="code">{say("report_code")}</label><input id="code" name="code" required maxlength="60">'
        f'<button type="submit">{say("report_ask")}</button></form>'
    )


def report_done_html(words: ComplaintWords, case: Complaint, code: str, language: Language) -> str:
    """The number, the code that is shown this once, and what happens now."""
    told = words.opened(case, language, estimate=False, now=case.created_at).replace("**", "")
    return f'<p>{escape(words.say("report_done", language))}</p><p class="code">{escape(code)}</p><p>{escape(told)}</p>'


def state_html(words: ComplaintWords, case: Complaint, language: Language) -> str:
    """Where a report stands; not what was reported, which whoever finds the code need not read."""
    answer = f"<p>{escape(case.answer)}</p>" if case.answer else ""
    return f"<p><strong>{case.number}</strong>: {escape(words.state(case.state, language))}</p>{answer}"
