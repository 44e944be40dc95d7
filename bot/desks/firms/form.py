"""Inviting somebody into a firm, as a form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.channels.model import Reply
from bot.desks.firms.words import FirmWords
from bot.errors import ConflictError, InvalidInputError, NotPermittedError
from bot.forms.form import Asking, Choice, Field, FieldKind, Filled, Form, FormRefusedError, Trouble, words
from bot.people.firms.links import JoinLinks
from bot.people.firms.model import LABEL_MOST, Grants, Right
from bot.people.firms.rights import firms_of
from bot.people.firms.service import FirmService
from knowledge.model import Localized

_NUMBER = re.compile(r"[0-9]{18}")
_BETWEEN = re.compile(r"[\s,，、;；]+")
_ROLES: dict[str, tuple[Right, ...]] = {
    "all": tuple(right for right in Right if right is not Right.MEMBERS),
    **{right.value: (right,) for right in Right},
}
_TITLES = {
    "all": words("全部业务（不含人员管理）", "all work, without members"),
    "shipments": words("只看货物状态", "shipments alone"),
    "booking": words("预约", "booking"),
    "labels": words("展会标签", "expo labels"),
    "origin": words("原产地证", "origin"),
    "permits": words("许可证", "permits"),
    "complaints": words("投诉建议", "complaints"),
    "members": words("人员管理", "members"),
    "admin": words("管理员（全部权限）", "admin, every right"),
}


def invite_form(firms: FirmService, links: JoinLinks, said: FirmWords) -> Form:
    """Whom, with which rights, for which declarations; the code is the answer."""

    async def managed(asking: Asking) -> Sequence[Choice]:
        found = await firms_of(asking.connection, asking.person.id, Right.MEMBERS, asking.now)
        return [Choice(firm.id, words(firm.name, firm.name, firm.name)) for firm in found]

    async def only_numbers(value: Any, asking: Asking) -> Sequence[Localized]:
        # What is no number must not pass for "no limit".
        wrong = [part for part in _BETWEEN.split(str(value).strip()) if not _NUMBER.fullmatch(part)]
        return (
            [words("报关单号是18位数字，用空格分开。", "A declaration number has 18 digits; blanks between.")]
            if wrong
            else []
        )

    async def submit(filled: Filled) -> Sequence[Reply]:
        values, role = filled.values, str(filled.values["role"])
        given = str(values.get("declarations") or "").strip()
        limit = frozenset(_BETWEEN.split(given)) if given else None
        grants: Grants = dict.fromkeys(_ROLES.get(role, ()), limit)
        try:
            made = await firms.invite_in(
                filled.connection,
                filled.person,
                str(values["firm"]),
                str(values["label"]),
                grants,
                admin=role == "admin",
            )
        except InvalidInputError as error:
            raise FormRefusedError(
                [Trouble(words("有一项填写不对，请修改。", f.message)) for f in error.faults]
            ) from error
        except NotPermittedError as error:
            text = words("您只能给自己也有的权限。", "You can only give rights that you have.")
            raise FormRefusedError([Trouble(text, field="role")]) from error
        except ConflictError as error:
            text = words("未使用的邀请太多，请先收回一些。", "Too many invitations are open; take some back first.")
            raise FormRefusedError([Trouble(text)]) from error
        code, until = made.code or "", said.moment(made.expires_at)
        lines = [said.say("invited", filled.language, label=made.label, code=code, until=until, firm=made.firm.name)]
        link = links.link(code)
        if link is not None:
            lines.append(said.say("invited_link", filled.language, link=link))
        return [Reply(text="\n\n".join(lines), kind="task")]

    return Form(
        name="firm_invite",
        title=words("邀请企业成员", "Invite into a firm"),
        topic="other_customs",
        intro=words("邀请同事加入企业，权限随邀请码固定。", "Invite a colleague; the rights are fixed in the code."),
        fields=(
            Field(
                "firm",
                FieldKind.CHOICE,
                words("企业", "firm"),
                words("加入哪家企业？", "Into which firm?"),
                choices=managed,
                alone=True,
            ),
            Field(
                "label",
                FieldKind.TEXT,
                words("姓名", "name"),
                words("邀请谁？请写姓名，成员名单里会这样显示。", "Whom? Give the name by which the list shows them."),
                most_chars=LABEL_MOST,
            ),
            Field(
                "role",
                FieldKind.CHOICE,
                words("权限", "rights"),
                words("给什么权限？", "With which rights?"),
                choices=[Choice(name, title) for name, title in _TITLES.items()],
            ),
            Field(
                "declarations",
                FieldKind.TEXT,
                words("限定报关单", "declarations"),
                words(
                    "只限某些报关单吗？请写报关单号，或跳过。",
                    "For certain declarations alone? Their numbers, or leave it out.",
                ),
                optional=True,
                check=only_numbers,
                needed=lambda values: values.get("role") not in {"admin", "members"},
                most_chars=2000,
                after=("role",),
            ),
        ),
        submit=submit,
    )
