"""The commands of `./kouan`. Standard output carries results; progress goes to standard error."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from bot.errors import KouanError
from bot.settings import Settings, load_settings

ROLES = ("author", "approver", "admin")
SCOPES = ("events", "notices", "clearance")


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code: 0 done, 1 not done, 2 wrong call."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # What follows `test` is pytest's, also where it looks like an option of ours.
    rest = given[given.index("test") + 1 :] if "test" in given[:1] else None
    options = _parser().parse_args(given[:1] if rest is not None else given)
    options.pytest = rest
    module, _, function = options.run.partition(":")
    try:
        # A command's module is imported when it runs: `up` then answers a second earlier, which counts at every start.
        run: Callable[[argparse.Namespace, Settings], int] = getattr(import_module(module), function)
        return run(options, _settings(options))
    except KouanError as error:
        print(f"kouan: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _settings(options: argparse.Namespace) -> Settings:
    given = {name: getattr(options, name, None) for name in ("data_dir", "port", "host")}
    return load_settings(**{name: value for name, value in given.items() if value is not None})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kouan", description="Kouan 口岸通: assistant and notifications for border ports"
    )
    parser.add_argument("--data-dir", type=Path, help="where everything is kept (default: data)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, text: str, run: str, of: Any = commands) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = of.add_parser(name, help=text, description=text)
        # Given before or after the command; SUPPRESS keeps the one from wiping out the other.
        sub.add_argument("--data-dir", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        sub.set_defaults(run=run)
        return sub

    sub = command("up", "run the whole product until Ctrl-C", "bot.launch.commands:up")
    sub.add_argument("--port", type=int, help="port of the service (default 8000)")
    sub.add_argument("--host", help="address of the service (default 127.0.0.1)")
    sub.add_argument("--demo", action="store_true", help="with sample firms, shipments, staff and notices")
    command("test", "run the tests (arguments go to pytest)", "bot.launch.commands:test")
    sub = command("ask", "ask one question", "bot.launch.commands:ask")
    sub.add_argument("text")
    sub.add_argument("--json", action="store_true")
    text = "train a model, compare it with the one that serves, take it when nothing falls"
    sub = command("train", text, "bot.launch.model_commands:train")
    instead = sub.add_mutually_exclusive_group()
    instead.add_argument(
        "--activate", nargs="?", const="", metavar="MODEL", help="take a model by hand (default: the newest that waits)"
    )
    instead.add_argument("--rollback", action="store_true", help="take the model that served before")
    instead.add_argument("--list", action="store_true", help="show the models there are")
    sub = command("eval", "put a file of questions and score the answers", "bot.launch.commands:evaluate_file")
    sub.add_argument("file", type=Path)
    sub.add_argument(
        "--html", type=Path, metavar="FILE", help="where the report goes (default: reports/ in the data directory)"
    )
    sub.add_argument("--json", action="store_true")
    sub = command("bench", "measure, each beside its alternative", "bot.launch.commands:bench")
    sub.add_argument("name", nargs="?")
    sub.add_argument("--json", action="store_true")
    sub.add_argument("--size", type=int, help="recipients, messages or events, for a bench of the engine")
    command("check", "lint, types, layers, knowledge", "bot.launch.commands:check")
    _add_accounts(command)
    _add_deliveries(command)
    _add_receipts(command)
    _add_labels(command)
    return parser


def _add_accounts(command: Callable[..., argparse.ArgumentParser]) -> None:
    staff = command("staff", "staff accounts", "").add_subparsers(required=True, metavar="ACTION")
    text = "make an account; the password is asked for, or read from standard input"
    sub = command("add", text, "bot.launch.accounts:staff_add", staff)
    sub.add_argument("name")
    sub.add_argument("--role", choices=ROLES, required=True)
    sub = command("password", "set a new password", "bot.launch.accounts:staff_password", staff)
    sub.add_argument("name")
    key = command("key", "keys of machines", "").add_subparsers(required=True, metavar="ACTION")
    sub = command("add", "make a key; it is printed this once", "bot.launch.accounts:key_add", key)
    sub.add_argument("name")
    sub.add_argument("--scope", choices=SCOPES, required=True)
    sub.add_argument("--enterprise", help="credit code of the firm whose declarations a clearance key reads")
    sub = command("revoke", "end a key", "bot.launch.accounts:key_revoke", key)
    sub.add_argument("name")


def _add_labels(command: Callable[..., argparse.ArgumentParser]) -> None:
    group = command("labels", "expo labels: verify a code, the signing keys", "").add_subparsers(
        required=True, metavar="ACTION"
    )
    sub = command("verify", "whether a label's code holds; needs no network", "bot.launch.labels:verify_code", group)
    sub.add_argument("code", help="the code, or the address that the QR code holds")
    sub.add_argument("--keys", type=Path, metavar="FILE", help="public keys as /v1/labels/keys gives them")
    command("keys", "the public keys, as JSON", "bot.launch.labels:show_keys", group)
    command("rotate", "begin a new signing key; labels of the old ones hold", "bot.launch.labels:rotate", group)
    sub = command("revoke-key", "nothing that a key signed holds any more", "bot.launch.labels:revoke_key", group)
    sub.add_argument("id")
    sub.add_argument("why")


def _add_deliveries(command: Callable[..., argparse.ArgumentParser]) -> None:
    group = command("deliveries", "what is sent, waits and failed", "").add_subparsers(required=True, metavar="ACTION")
    command("list", "lanes, workers and the newest causes", "bot.launch.deliveries:show_all", group)
    sub = command("show", "one delivery", "bot.launch.deliveries:show_one", group)
    sub.add_argument("id", type=int)
    sub = command("dead", "what failed for good, the newest first", "bot.launch.deliveries:dead", group)
    sub.add_argument("--limit", type=int, default=50)
    sub.add_argument("--before", type=int, metavar="ID", help="only older ones")
    sub = command("resend", "send dead letters again", "bot.launch.deliveries:resend", group)
    sub.add_argument("ids", type=int, nargs="+", metavar="ID")
    for act, text in (
        ("pause", "hold a cause still"),
        ("resume", "let it go on"),
        ("stop", "call back what was not sent"),
    ):
        sub = command(act, text, "bot.launch.deliveries:hold", group)
        sub.add_argument("cause", metavar="CAUSE", help="KIND:ID, as `deliveries list` shows it")
        sub.set_defaults(act=act)


def _add_receipts(command: Callable[..., argparse.ArgumentParser]) -> None:
    group = command("receipts", "receipts of declarations", "").add_subparsers(required=True, metavar="ACTION")
    text = "import XML receipts and CSV tables, each file whole or not at all; again without effect"
    sub = command("import", text, "bot.launch.receipts:import_files", group)
    sub.add_argument("paths", type=Path, nargs="+", metavar="FILE|DIR")


if __name__ == "__main__":
    sys.exit(main())
