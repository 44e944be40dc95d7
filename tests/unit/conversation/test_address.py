"""Where Rasa answers changes while the service runs."""

from __future__ import annotations

import json
import os
from pathlib import Path

from bot.conversation.address import AddressBook, DialogueAddress

CONFIGURED = DialogueAddress("http://configured", "http://actions")


def test_without_a_launcher_the_configured_address_holds(tmp_path: Path) -> None:
    assert AddressBook(tmp_path / "none.json", CONFIGURED).current() == CONFIGURED


def test_what_the_launcher_writes_holds_from_then_on(tmp_path: Path) -> None:
    file = tmp_path / "dialogue.json"
    book = AddressBook(file, CONFIGURED)
    before = book.current()

    for number, name in enumerate(("first", "second"), 1):
        aside = tmp_path / "new"
        aside.write_text(json.dumps({"rasa_url": f"http://{name}", "actions_url": None, "content": name}))
        os.utime(aside, ns=(number, number))
        aside.replace(file)
        assert book.current() == DialogueAddress(f"http://{name}", None, name)

    assert before == CONFIGURED
