"""What each command of `./kouan` does, but for accounts and keys."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from bot.client import ServiceClient
from bot.errors import StartError
from bot.launch import evaluate, product
from bot.launch.environment import ensure_nlu_environment
from bot.launch.report import render_page
from bot.settings import REPOSITORY, Settings

_BEGAN = time.monotonic()


def progress(message: str) -> None:
    """Tell the person at the terminal what goes on, with the seconds since the start."""
    print(f"{time.monotonic() - _BEGAN:7.1f} s  {message}", file=sys.stderr, flush=True)


def counter(total: int) -> Callable[[int], None]:
    """A progress line that counts: in place at a terminal, every tenth elsewhere."""
    step = max(1, total // 10)

    def count(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif done % step == 0 or done == total:
            progress(f"{done}/{total}")

    return count


def up(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan up`."""

    def announce(message: str) -> None:
        progress("all parts answer")
        print(message, flush=True)

    story: product.Story | None = None
    if options.demo:
        # Imported for a demonstration alone: it brings the whole service along.
        story = import_module("bot.launch.demo").tell_story(progress)
    asyncio.run(product.up(settings, progress, announce, story))
    return 0


def test(options: argparse.Namespace, _settings: Settings) -> int:
    """`kouan test`. Everything: files side by side, two at a time; then what needs the whole product, by itself."""
    ensure_nlu_environment(progress, for_tests=True)
    given = list(options.pytest)
    runs = [given]
    if all(argument.startswith("-") for argument in given):
        at_once = ("-n", "2", "--dist", "loadfile")
        runs = [[*given, *at_once, "--ignore=tests/e2e"], [*given, "tests/e2e"]]
    codes = [
        subprocess.run([sys.executable, "-m", "pytest", *run], cwd=REPOSITORY, check=False).returncode for run in runs
    ]
    return max(codes)


def ask(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan ask`."""

    async def put() -> dict[str, Any]:
        async with product.product(settings, progress) as url, ServiceClient(url) as client:
            return await client.say(f"ask-{secrets.token_hex(8)}", options.text)

    turn = asyncio.run(put())
    if options.json:
        print(json.dumps(turn, ensure_ascii=False, indent=2))
    else:
        for reply in turn["replies"]:
            print(reply["text"], *(f"  [{button['title']}]" for button in reply["buttons"]), sep="\n")
    return 0


def evaluate_file(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan eval`."""
    questions = evaluate.read_questions(options.file)

    async def put() -> list[evaluate.Answered]:
        async with product.product(settings, progress) as url:
            return await evaluate.ask_all(url, questions, counter(len(questions)))

    answers = asyncio.run(put())
    page = options.html or settings.data_dir / "reports" / f"eval-{options.file.stem}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(render_page(answers, options.file.name, datetime.now(UTC)), encoding="utf-8")
    progress(f"report: {page}")
    result = evaluate.report(answers)
    print(json.dumps(result, ensure_ascii=False, indent=2) if options.json else evaluate.table(result))
    return 0


def bench(options: argparse.Namespace, settings: Settings) -> int:
    """`kouan bench`."""
    command = [sys.executable, "-m", "tests.bench", *([options.name] if options.name else [])]
    command += ["--json"] if options.json else []
    command += ["--size", str(options.size)] if options.size else []
    environment = dict(os.environ) | {"KOUAN_DATA_DIR": str(settings.data_dir)}
    return subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode


def check(_options: argparse.Namespace, _settings: Settings) -> int:
    """`kouan check`."""
    python = sys.executable
    steps = {
        "ruff": [python, "-m", "ruff", "check"],
        "format": [python, "-m", "ruff", "format", "--check"],
        "mypy": [python, "-m", "mypy"],
        "layers": [str(Path(python).parent / "lint-imports"), "--no-cache"],
        "knowledge": [python, "-m", "knowledge.lint"],
    }
    failed = []
    for name, step in steps.items():
        progress(name)
        if subprocess.run(step, cwd=REPOSITORY, check=False).returncode:
            failed.append(name)
    if failed:
        raise StartError(f"check failed: {', '.join(failed)}")
    progress("everything holds")
    return 0
