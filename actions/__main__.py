"""`python -m actions [--host H] [--port N]`: the action server. Where it listens is in KOUAN_ACTIONS_URL unless said here."""

from __future__ import annotations

import argparse
import gc
from urllib.parse import urlsplit

import uvicorn

from actions.parts import Parts
from actions.phrases import load_phrases
from actions.registry import make_executor
from actions.server import make_app
from bot.client import ServiceClient
from bot.logs import configure_logging
from bot.secrets import actions_token, load_secrets
from bot.settings import REPOSITORY, Settings, load_settings
from knowledge.kept import open_knowledge
from knowledge.rules.catalogue import load_guides

_DEFAULT_PORT = 5055
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def main() -> None:
    """Read the settings, load the knowledge base, serve until told to stop."""
    settings = load_settings()
    configure_logging(settings)
    address = urlsplit(settings.actions_url or f"http://127.0.0.1:{_DEFAULT_PORT}")
    parser = argparse.ArgumentParser(prog="python -m actions", description="Kouan's action server.")
    # Another name than this machine's own means a network of containers, where Rasa comes from outside.
    listen = "127.0.0.1" if address.hostname in _LOOPBACK else "0.0.0.0"
    parser.add_argument("--host", default=listen, help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=address.port or _DEFAULT_PORT, help="default: %(default)s")
    arguments = parser.parse_args()
    app = make_app(make_executor(_parts(settings)))
    # What was loaded stays; the collector need not walk it again and again.
    gc.collect()
    gc.freeze()
    uvicorn.run(app, host=arguments.host, port=arguments.port, log_config=None, access_log=False)


def _parts(settings: Settings) -> Parts:
    knowledge, index = open_knowledge(REPOSITORY / "knowledge", settings.data_dir / "cache")
    service_url = settings.service_url or f"http://127.0.0.1:{settings.port}"
    client = ServiceClient(service_url, actions_token(load_secrets(settings)))
    return Parts(knowledge, index, load_phrases(), client, load_guides(knowledge))


if __name__ == "__main__":
    main()
