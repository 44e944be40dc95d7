"""A local Bot API server for tests and benches: Telegram's methods, limits and refusals, on loopback.

In process: `async with BotApiServer(Options()) as server`, then `server.url` and `server.control`.
By itself: `python -m tests.botapi --port 8081`, steered over `POST /control/<method>` with JSON arguments.
"""

from tests.botapi.options import Options
from tests.botapi.server import BotApiServer

__all__ = ["BotApiServer", "Options"]
