"""The parts of the product as processes: what is run, with which settings. docker-compose.yml runs the same commands."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bot.launch.environment import NLU
from bot.launch.training import rasa_environment
from bot.secrets import load_secrets, rasa_token
from bot.settings import REPOSITORY, Settings


@dataclass(frozen=True)
class PartSpec:
    """One process. name: as in /readyz. environment: whole; cwd: where it runs. stop_s: seconds to end by itself."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(repr=False)
    cwd: Path
    stop_s: float = 8.0


def free_port() -> int:
    """A port on loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(host: str, port: int) -> bool:
    """Whether one could listen there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def service_part(settings: Settings) -> PartSpec:
    """The web process."""
    return PartSpec("service", [sys.executable, "-m", "bot.app"], _service_environment(settings), REPOSITORY)


def worker_part(settings: Settings) -> PartSpec:
    """The delivery worker."""
    return PartSpec("worker", [sys.executable, "-m", "bot.worker"], _service_environment(settings), REPOSITORY)


def actions_part(settings: Settings, name: str = "actions") -> PartSpec:
    """Rasa's action server."""
    return PartSpec(name, [sys.executable, "-m", "actions"], _service_environment(settings), REPOSITORY)


def rasa_part(settings: Settings, python: Path, model: Path, port: int, name: str = "rasa") -> PartSpec:
    """Rasa with one model, on loopback only; its HTTP API asks for a token."""
    token = rasa_token(settings, load_secrets(settings))
    environment = rasa_environment() | {
        "AUTH_TOKEN": token,
        "KOUAN_ACTIONS_URL": f"{settings.actions_url}/webhook",
        # None where a model is tried without the product: there is nobody to share conversations with.
        "KOUAN_REDIS_URL": settings.redis_url or "",
    }
    return PartSpec(name, [str(python), *rasa_arguments(str(model), "127.0.0.1", port)], environment, NLU)


def rasa_arguments(model: str, interface: str, port: int) -> list[str]:
    """How Rasa is told to serve; nlu/serve.py takes the token from the environment, where `ps` does not show it."""
    return [
        *("-m", "serve", "run", "--enable-api", "--model", model, "--endpoints", "endpoints.yml"),
        *("--credentials", "credentials.yml", "--interface", interface, "--port", str(port)),
    ]


def _service_environment(settings: Settings) -> dict[str, str]:
    """Our environment, and the addresses that the launcher chose."""
    chosen = {
        "KOUAN_DATA_DIR": str(settings.data_dir),
        "KOUAN_HOST": settings.host,
        "KOUAN_PORT": str(settings.port),
        "KOUAN_REDIS_URL": settings.redis_url,
        "KOUAN_RASA_URL": settings.rasa_url,
        "KOUAN_ACTIONS_URL": settings.actions_url,
        "KOUAN_SERVICE_URL": settings.service_url,
        "KOUAN_TELEGRAM__API_URL": settings.telegram.api_url,
        "KOUAN_TELEGRAM__TOKEN": settings.telegram.token.get_secret_value() if settings.telegram.token else None,
    }
    return dict(os.environ) | {name: value for name, value in chosen.items() if value is not None}
