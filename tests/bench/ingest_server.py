"""The service's application with one bare FastAPI route beside its own: the server of `bench ingest`."""

from __future__ import annotations

import gc
import sys

import uvicorn
import uvloop

from bot.app import create_app
from bot.bootstrap import open_services
from bot.people.model import Scope
from bot.settings import load_settings
from bot.store.migrate import migrate


async def _serve(port: int) -> None:
    settings = load_settings()
    await migrate(settings)
    async with open_services(settings) as services:
        app = create_app(services)

        @app.post("/bare", status_code=202)
        async def bare() -> dict[str, str]:
            return {"result": "accepted"}

        # Ahead of all others, as in an application that has no other route.
        app.router.routes.insert(0, app.router.routes.pop())
        sys.stdout.write(f"{await services.keys.add('bench', Scope.EVENTS, actor='system:bench')}\n")
        sys.stdout.flush()
        gc.freeze()
        await uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False)).serve()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
