"""A real Rasa over the product's rules and domain. Only understanding is replaced: keywords choose the intent."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import yaml

from bot.launch.environment import NLU
from bot.launch.training import rasa_environment

_START_S = 400.0


def train_rules(python: Path, folder: Path, keywords: Mapping[str, Sequence[str]], forms: Sequence[str]) -> Path:
    """Train the rules with a classifier by keywords; returns the model. forms: those whose intents are not the product's."""
    config = yaml.safe_load((NLU / "config.yml").read_text(encoding="utf-8"))
    rules = yaml.safe_load((NLU / "data" / "rules.yml").read_text(encoding="utf-8"))
    intents = yaml.safe_load((NLU / "domain" / "intents.yml").read_text(encoding="utf-8"))
    for form in forms:
        intents["intents"].append({f"form_{form}": {"use_entities": []}})
        steps = [{"intent": f"form_{form}"}, {"action": "action_form"}]
        rules["rules"].append({"rule": f"form_{form}", "steps": steps})
    examples = [
        {"intent": intent, "examples": "".join(f"- {word}\n" for word in words)} for intent, words in keywords.items()
    ]
    (folder / "domain").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "domain" / "dialogue.yml").write_bytes((NLU / "domain" / "dialogue.yml").read_bytes())
    written = {
        "domain/intents.yml": intents,
        "data/rules.yml": rules,
        "data/nlu.yml": {"version": "3.1", "nlu": examples},
        "config.yml": config | {"pipeline": [{"name": "KeywordIntentClassifier", "case_sensitive": False}]},
    }
    for name, content in written.items():
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    done = subprocess.run(
        [
            *(str(python), "-m", "rasa", "train", "--config", str(folder / "config.yml"), "--out", str(folder)),
            *("--domain", str(folder / "domain"), "--data", str(folder / "data"), "--fixed-model-name", "rules"),
        ],
        cwd=NLU,
        env=_environment("http://127.0.0.1:9/webhook"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / "rules.tar.gz"


@contextmanager
def run_rasa(python: Path, model: Path, actions_url: str) -> Iterator[str]:
    """Rasa on this model until the context ends; its address. What conversations remember is gone with it."""
    port = free_port()
    endpoints = model.parent / f"endpoints-{port}.yml"
    endpoints.write_text(f"action_endpoint:\n  url: {actions_url}\n  enable_selective_domain: true\n", encoding="utf-8")
    with (model.parent / f"rasa-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(str(python), "-m", "rasa", "run", "--model", str(model), "--port", str(port), "-i", "127.0.0.1"),
                *("--enable-api", "--endpoints", str(endpoints), "--credentials", str(NLU / "credentials.yml")),
            ],
            cwd=NLU,
            env=_environment(actions_url),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            # It keeps nothing, and its own way down waits for open connections.
            process.kill()
            process.wait()


def forget(url: str, key: str) -> None:
    """Let Rasa forget a conversation, as a restart does."""
    done = httpx.post(f"{url}/conversations/{key}/tracker/events", json={"event": "restart"}, timeout=30.0)
    done.raise_for_status()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(httpx.HTTPError, KeyError):
            if httpx.get(f"{url}/status", timeout=2.0).json()["model_file"]:
                return
        time.sleep(0.3)
    raise RuntimeError(f"Rasa does not start: {process.poll()}")


def _environment(actions_url: str) -> dict[str, str]:
    return rasa_environment() | {"RASA_MAX_CACHE_SIZE": "0", "KOUAN_ACTIONS_URL": actions_url}
