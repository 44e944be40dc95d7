"""What delivery itself says: the buttons under each push, and a digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.channels.model import Button, Language, Reply

_WHY: Mapping[Language, str] = {"zh-Hans": "为什么收到？", "zh-Hant": "為什麼收到？", "en": "Why did I get this?"}
_STOP: Mapping[Language, str] = {"zh-Hans": "不再接收", "zh-Hant": "不再接收", "en": "Stop these"}
_DIGEST: Mapping[Language, str] = {
    "zh-Hans": "**您的汇总：{count}条**",
    "zh-Hant": "**您的彙總：{count}條**",
    "en": "**Your digest: {count}**",
}
_WHOLE: Mapping[Language, str] = {
    "zh-Hans": "第{number}条全文",
    "zh-Hant": "第{number}條全文",
    "en": "No. {number} in full",
}
_RULE = "\n\n———\n\n"
_DIGEST_CHARS = 3200  # with title and numbers one message of Telegram's 4096 characters
_ITEM_LEAST_CHARS = 60
_BUTTONS_MOST = 20


def with_stop(message: Reply, outbox_id: int, language: Language) -> Reply:
    """A push with the buttons that tell why it came and that stop its like."""
    buttons = [
        Button(title=_WHY[language], payload=f"p:why:{outbox_id}"),
        Button(title=_STOP[language], payload=f"p:stop:{outbox_id}"),
    ]
    return message.model_copy(update={"buttons": [*message.buttons, *buttons]})


def digest(items: Sequence[tuple[int, Reply]], language: Language) -> Reply:
    """One message out of many. items: delivery and its message, in order. What is shortened can be read whole by a button."""
    share = max(_ITEM_LEAST_CHARS, _DIGEST_CHARS // max(1, len(items)))
    short = sum(len(message.text) for _, message in items) > _DIGEST_CHARS
    blocks, buttons = [], []
    for number, (delivery_id, message) in enumerate(items, 1):
        is_cut = short and len(message.text) > share
        text = message.text[: share - 1].rstrip() + "…" if is_cut else message.text
        blocks.append(f"{number}. {text}")
        if is_cut or message.buttons:
            buttons.append(Button(title=_WHOLE[language].format(number=number), payload=f"p:item:{delivery_id}"))
    head = _DIGEST[language].format(count=len(items))
    return Reply(text=_RULE.join([head, *blocks]), kind="push", buttons=buttons[:_BUTTONS_MOST])
