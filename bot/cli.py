"""The commands of `./kouan`. Standard output carries results; progress goes to standard error."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bot.bootstrap import open_ground
from bot.client import ServiceClient
from bot.errors import KouanError, StartError
from bot.launch import evaluate, training
from bot.launch.demo import tell_story
from bot.launch.environment import ensure_nlu_environment
from bot.launch.product import prepare_data_dir, product, up
from bot.people.model import Role, Scope
from bot.settings import REPOSITORY, Settings, load_settings
from bot.store.migrate import migrate

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code: 0 done, 1 not done, 2 wrong call."""
    options = _options(arguments)
    try:
        return int(options.run(options))
    except KouanError as error:
        print(f"kouan: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown and options.run is not _test:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if unknown:
        # argparse.REMAINDER does not take what begins with a dash and comes first, as in `./kouan test -x tests/unit`.
        options.pytest = [*unknown, *options.pytest]
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kouan", description="Kouan 口岸通: assistant and notifications for border ports"
    )
    parser.add_argument("--data-dir", type=Path, help="where everything is kept (default: data)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, text: str, run: Callable[[argparse.Namespace], int], of: Any = commands
    ) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = of.add_parser(name, help=text, description=text)
        # Given before or after the command; SUPPRESS keeps the one from wiping out the other.
        sub.add_argument("--data-dir", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        sub.set_defaults(run=run)
        return sub

    sub = command("up", "run the whole product until Ctrl-C", _up)
    sub.add_argument("--port", type=int, help="port of the service (default 8000)")
    sub.add_argument("--host", help="address of the service (default 127.0.0.1)")
    sub.add_argument("--demo", action="store_true", help="with sample firms, shipments, staff and notices")
    sub = command("test", "run the tests (arguments go to pytest)", _test)
    sub.add_argument("pytest", nargs=argparse.REMAINDER)
    sub = command("ask", "ask one question", _ask)
    sub.add_argument("text")
    sub.add_argument("--json", action="store_true")
    command("train", "train the model, whether or not anything changed", _train)
    sub = command("eval", "put a file of questions and score the answers", _eval)
    sub.add_argument("file", type=Path)
    sub.add_argument("--json", action="store_true")
    sub = command("bench", "measure, each beside its alternative", _bench)
    sub.add_argument("name", nargs="?")
    sub.add_argument("--json", action="store_true")
    command("check", "lint, types, layers, knowledge", _check)
    staff = command("staff", "staff accounts", _help_of("staff add|password NAME"))
    actions = staff.add_subparsers(metavar="ACTION")
    sub = command("add", "make an account; the password is asked for, or read from standard input", _staff_add, actions)
    sub.add_argument("name")
    sub.add_argument("--role", choices=[role.value for role in Role], required=True)
    sub = command("password", "set a new password", _staff_password, actions)
    sub.add_argument("name")
    key = command("key", "keys of machines", _help_of("key add|revoke NAME"))
    actions = key.add_subparsers(metavar="ACTION")
    sub = command("add", "make a key; it is printed this once", _key_add, actions)
    sub.add_argument("name")
    sub.add_argument("--scope", choices=[scope.value for scope in Scope], required=True)
    sub.add_argument("--enterprise", help="credit code of the firm whose declarations a clearance key reads")
    sub = command("revoke", "end a key", _key_revoke, actions)
    sub.add_argument("name")
    return parser


def _help_of(usage: str) -> Callable[[argparse.Namespace], int]:
    def show(_options: argparse.Namespace) -> int:
        print(f"usage: kouan {usage}", file=sys.stderr)
        return 2

    return show


def _settings(options: argparse.Namespace, **overrides: object) -> Settings:
    given = {"data_dir": options.data_dir, **overrides}
    return load_settings(**{name: value for name, value in given.items() if value is not None})


def _up(options: argparse.Namespace) -> int:
    settings = _settings(options, port=options.port, host=options.host)

    def announce(message: str) -> None:
        progress("all parts answer")
        print(message, flush=True)

    story = tell_story(progress) if options.demo else None
    asyncio.run(up(settings, progress, announce, story))
    return 0


def _test(options: argparse.Namespace) -> int:
    ensure_nlu_environment(progress)
    return subprocess.run([sys.executable, "-m", "pytest", *options.pytest], cwd=REPOSITORY, check=False).returncode


def _ask(options: argparse.Namespace) -> int:
    async def ask() -> dict[str, object]:
        async with product(_settings(options), progress) as url, ServiceClient(url) as client:
            return await client.say(f"ask-{secrets.token_hex(8)}", options.text)

    turn = asyncio.run(ask())
    if options.json:
        print(json.dumps(turn, ensure_ascii=False, indent=2))
    else:
        for reply in turn["replies"]:  # type: ignore[attr-defined]  # the API's document
            print(reply["text"], *(f"  [{button['title']}]" for button in reply["buttons"]), sep="\n")
    return 0


def _train(options: argparse.Namespace) -> int:
    settings = _settings(options)
    prepare_data_dir(settings.data_dir)
    model = asyncio.run(training.train(settings.data_dir, ensure_nlu_environment(progress), progress))
    print(model.path)
    return 0


def _eval(options: argparse.Namespace) -> int:
    questions = evaluate.read_questions(options.file)

    async def put() -> list[evaluate.Answered]:
        async with product(_settings(options), progress) as url:
            return await evaluate.ask_all(url, questions, counter(len(questions)))

    result = evaluate.report(asyncio.run(put()))
    print(json.dumps(result, ensure_ascii=False, indent=2) if options.json else evaluate.table(result))
    return 0


def _bench(options: argparse.Namespace) -> int:
    command = [sys.executable, "-m", "tests.bench", *([options.name] if options.name else [])]
    command += ["--json"] if options.json else []
    environment = dict(os.environ)
    if options.data_dir:
        environment["KOUAN_DATA_DIR"] = str(options.data_dir)
    return subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode


def _check(_options: argparse.Namespace) -> int:
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


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Password (at least 12 characters): ")
    return sys.stdin.readline().rstrip("\n")


def _staff_add(options: argparse.Namespace) -> int:
    async def add() -> None:
        settings = _settings(options)
        await migrate(settings)
        async with open_ground(settings) as ground:
            await ground.staff.add(options.name, Role(options.role), _password(), actor="system:terminal")

    asyncio.run(add())
    progress(f"{options.name} may log in as {options.role}")
    return 0


def _staff_password(options: argparse.Namespace) -> int:
    async def change() -> None:
        settings = _settings(options)
        await migrate(settings)
        async with open_ground(settings) as ground:
            await ground.staff.set_password(options.name, _password(), actor="system:terminal")

    asyncio.run(change())
    return 0


def _key_add(options: argparse.Namespace) -> int:
    async def add() -> str:
        settings = _settings(options)
        await migrate(settings)
        async with open_ground(settings) as ground:
            return await ground.keys.add(
                options.name, Scope(options.scope), actor="system:terminal", credit_code=options.enterprise
            )

    print(asyncio.run(add()))
    progress("keep this key: it is shown this once")
    return 0


def _key_revoke(options: argparse.Namespace) -> int:
    async def revoke() -> None:
        settings = _settings(options)
        await migrate(settings)
        async with open_ground(settings) as ground:
            await ground.keys.revoke(options.name, actor="system:terminal")

    asyncio.run(revoke())
    return 0


if __name__ == "__main__":
    sys.exit(main())
