"""Wires the files that people send."""

from __future__ import annotations

from bot.files.personal import PersonalFiles
from bot.files.routes import files_router
from bot.files.words import load_file_words
from bot.ground import Ground
from bot.rooms.room import Room


def files_room(ground: Ground) -> Room:
    """Their routes, their sweep, and the person's part of them. In the talk they stand behind all desks: see bootstrap."""
    words = load_file_words()
    return Room(
        "files",
        ticks=(ground.files.tick,),
        routers=lambda doors: (files_router(ground.files, words, doors.people, doors.sessions),),
        personal=(PersonalFiles(),),
    )
