"""How answers change a draft. Pure: the same for every form, and tried with any sequence of steps."""

from __future__ import annotations

from typing import Any

from bot.forms.form import Field, Form
from bot.forms.model import Values


class Answers(dict[str, Any]):
    """Answers by field; None also for a field that was not asked, so that a rule may look at any field before its own."""

    def __missing__(self, field: str) -> None:
        return None


def needed_fields(form: Form, values: Values) -> list[Field]:
    """The fields that are asked with these answers, in order, up to the first that has none, and that one too."""
    found: list[Field] = []
    before = Answers()
    for field in form.fields:
        if not field.needed(before):
            continue
        found.append(field)
        if field.name not in values:
            break
        before[field.name] = values[field.name]
    return found


def open_field(form: Form, values: Values) -> Field | None:
    """The first field that lacks an answer; None: all is there for the review."""
    return next((field for field in needed_fields(form, values) if field.name not in values), None)


def needed_values(form: Form, values: Values) -> Answers:
    """The answers that count: of the fields that are needed, up to the first that has none."""
    return Answers({field.name: values[field.name] for field in needed_fields(form, values) if field.name in values})


def before(form: Form, values: Values, name: str | None) -> Field | None:
    """The field asked before one, or before the review (None); None at the beginning."""
    fields = needed_fields(form, values)
    names = [field.name for field in fields]
    place = names.index(name) if name in names else len(fields)
    return fields[place - 1] if place > 0 else None


def dependents(form: Form, name: str) -> set[str]:
    """The fields whose answers depend on this one, directly or over others."""
    found: set[str] = set()
    waiting = {name}
    while waiting:
        direct = {field.name for field in form.fields if waiting & set(field.after)}
        waiting = direct - found
        found |= waiting
    return found


def with_answer(form: Form, values: Values, name: str, value: Any) -> dict[str, Any]:
    """The answers with one more or another one. Where it changes, those that depend on it are asked again."""
    if name in values and values[name] == value:
        return dict(values)
    gone = dependents(form, name) if name in values else set()
    return {field: kept for field, kept in values.items() if field not in gone} | {name: value}
