"""`./kouan eval`: real questions through the same path as chat, scored as the sample's README says."""

from __future__ import annotations

import asyncio
import json
import secrets
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.client import ServiceClient
from bot.errors import StartError

OUT_OF_SCOPE = "out_of_scope"
_NO_ANSWER = frozenset({"out_of_scope", "chitchat", "handoff", "error"})
_AT_ONCE = 4
LANGUAGES = ("zh-Hans", "zh-Hant", "en")


@dataclass(frozen=True)
class Question:
    """One line of the file. context: sent as an earlier turn."""

    text: str
    language: str
    topic: str
    also: frozenset[str]
    context: str | None


@dataclass(frozen=True)
class Answered:
    """What came back. topic: None when no domain answer was given. kind, said: of the reply that was judged, None without."""

    question: Question
    topic: str | None
    entry: str | None
    confidence: float | None
    latency_ms: float
    kind: str | None = None
    said: str | None = None

    @property
    def in_scope(self) -> bool:
        """Whether a domain answer is expected."""
        return self.question.topic != OUT_OF_SCOPE

    @property
    def right(self) -> bool:
        """In scope: its topic or one that counts too. Out of scope, or where declining counts too: no domain answer also."""
        accepted = {self.question.topic} | self.question.also
        return self.topic in accepted or (self.topic is None and OUT_OF_SCOPE in accepted)

    @property
    def wrongly_refused(self) -> bool:
        """In scope, declining not accepted, and no domain answer."""
        return self.topic is None and OUT_OF_SCOPE not in {self.question.topic} | self.question.also


def read_questions(path: Path) -> list[Question]:
    """Read the lines to score: without those dropped, and those that cannot stand alone and have no context.

    Raises StartError that names every faulty line.
    """
    questions, faults = [], []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise StartError(f"Cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise StartError(f"{path} is not UTF-8.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            alone = row.get("standalone", True)
            if row.get("drop") or (not alone and not row.get("context")):
                continue
            context = None if alone else row["context"]
            questions.append(Question(row["text"], row["lang"], row["topic"], frozenset(row.get("also", [])), context))
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            faults.append(f"line {number}: {type(error).__name__} {error}")
    if faults or not questions:
        raise StartError(f"{path} cannot be scored:\n" + "\n".join(faults or ["no question in it"]))
    return questions


async def ask_all(url: str, questions: Sequence[Question], progress: Callable[[int], None]) -> list[Answered]:
    """Put every question, each in a conversation of its own; in the order of the questions. progress: number answered."""
    gate = asyncio.Semaphore(_AT_ONCE)
    done = 0

    async with ServiceClient(url, timeout_s=60) as client:

        async def one(question: Question) -> Answered:
            nonlocal done
            async with gate:
                answered = await _ask(client, question)
            done += 1
            progress(done)
            return answered

        return list(await asyncio.gather(*(one(question) for question in questions)))


async def _ask(client: ServiceClient, question: Question) -> Answered:
    conversation = f"eval-{secrets.token_hex(8)}"
    if question.context is not None:
        await client.say(conversation, question.context)
    began = time.perf_counter()
    turn = await client.say(conversation, question.text)
    latency_ms = (time.perf_counter() - began) * 1000
    replies = turn["replies"]
    judged = next((reply for reply in replies if _is_domain_answer(reply)), replies[0] if replies else None)
    shown = (judged["kind"], judged["text"]) if judged else (None, None)
    return Answered(question, *judge(replies), latency_ms, *shown)


def judge(replies: Sequence[dict[str, Any]]) -> tuple[str | None, str | None, float | None]:
    """Topic, entry and confidence of the first reply that is a domain answer."""
    for reply in replies:
        if _is_domain_answer(reply):
            return reply["topic"], reply["entry"], reply["confidence"]
    return None, None, replies[0]["confidence"] if replies else None


def _is_domain_answer(reply: dict[str, Any]) -> bool:
    return reply["kind"] not in _NO_ANSWER and reply["topic"] not in (None, OUT_OF_SCOPE)


def figures(answers: Sequence[Answered]) -> dict[str, Any]:
    """Shares from 0 to 1 (null where there is nothing to count) and latencies in milliseconds.

    choices: the share of in-scope lines that were answered with a question back, whose buttons name entries.
    """
    inside = [answer for answer in answers if answer.in_scope]
    outside = [answer for answer in answers if not answer.in_scope]
    times = sorted(answer.latency_ms for answer in answers)
    return {
        "n": len(answers),
        "topic_accuracy": _share([answer.right for answer in inside]),
        "out_of_scope_recall": _share([answer.right for answer in outside]),
        "wrongly_refused": _share([answer.wrongly_refused for answer in inside]),
        "choices": _share([answer.kind == "clarify" for answer in inside]),
        "p50_ms": round(statistics.median(times), 1) if times else None,
        "p95_ms": round(times[min(len(times) - 1, int(len(times) * 0.95))], 1) if times else None,
    }


def _share(hits: Sequence[bool]) -> float | None:
    return round(sum(hits) / len(hits), 4) if hits else None


def report(answers: Sequence[Answered]) -> dict[str, Any]:
    """The whole result, as `--json` prints it."""
    languages = [name for name in LANGUAGES if any(answer.question.language == name for answer in answers)]
    return {
        "all": figures(answers),
        "by_language": {name: figures([a for a in answers if a.question.language == name]) for name in languages},
        "misses": [
            {
                "text": answer.question.text,
                "lang": answer.question.language,
                "topic": answer.question.topic,
                "got": answer.topic or OUT_OF_SCOPE,
                "entry": answer.entry,
                "confidence": answer.confidence,
            }
            for answer in answers
            if not answer.right
        ],
    }


def table(result: dict[str, Any]) -> str:
    """The result as a table for a terminal, then the misses."""
    rows = [("", "n", "topic accuracy", "out-of-scope recall", "wrongly refused", "choices", "p50 ms", "p95 ms")]
    for name, f in [*result["by_language"].items(), ("all", result["all"])]:
        shares = (f["topic_accuracy"], f["out_of_scope_recall"], f["wrongly_refused"], f["choices"])
        rows.append((name, str(f["n"]), *(_percent(s) for s in shares), str(f["p50_ms"]), str(f["p95_ms"])))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines += ["", f"{len(result['misses'])} misses (expected → got):"]
    for miss in result["misses"]:
        text = miss["text"].replace("\n", " ")
        shown = text if len(text) <= 70 else text[:69] + "…"
        lines.append(f"  [{miss['lang']}] {miss['topic']} → {miss['got']} ({miss['entry']}): {shown}")
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share * 100:.1f} %"
