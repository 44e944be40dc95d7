"""Updates on their way to the bot: by long polling or to its webhook, never both."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
from telegram.constants import WebhookLimit

from tests.botapi.methods import integer, json_value
from tests.botapi.options import Options
from tests.botapi.problems import ApiError, bad_request
from tests.botapi.state import JsonObject

_NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_SECRET_ALPHABET = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


class Updates:
    """The queue of one bot. An update leaves it when getUpdates names a higher offset or the webhook answers 2xx."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._pending: list[JsonObject] = []
        self._history: dict[int, JsonObject] = {}
        self._next_id = 700_000_001
        self._arrived = asyncio.Event()
        self._poll: asyncio.Future[None] | None = None
        self._allowed: list[str] = []
        self._webhook: JsonObject = {}
        self._deliverer: asyncio.Task[None] | None = None
        self.webhook_attempts = 0

    @property
    def pending(self) -> int:
        """Updates that the bot has not yet confirmed."""
        return len(self._pending)

    def push(self, kind: str, content: JsonObject) -> int:
        """Queue an update of `kind` and return its id; 0 when the bot does not want that kind."""
        wanted = kind in self._allowed if self._allowed else kind not in _NOT_BY_DEFAULT
        if not wanted:
            return 0
        update_id = self._next_id
        self._next_id += 1
        self._queue({"update_id": update_id, kind: content})
        return update_id

    def push_raw(self, update: JsonObject) -> int:
        """Queue an update just as it is; its id is set when it has none."""
        update.setdefault("update_id", self._next_id)
        self._next_id = max(self._next_id, update["update_id"]) + 1
        self._queue(update)
        return int(update["update_id"])

    def repeat(self, update_id: int) -> int:
        """Queue an update once more under its old id, as Telegram does when an answer got lost."""
        self._queue(self._history[update_id])
        return update_id

    def _queue(self, update: JsonObject) -> None:
        self._history[update["update_id"]] = update
        self._pending.append(update)
        self._arrived.set()

    async def get(self, params: JsonObject) -> list[JsonObject]:
        """getUpdates."""
        if self._webhook:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first",
            )
        if params.get("allowed_updates") is not None:
            self._allowed = json_value(params, "allowed_updates") or []
        offset, limit = integer(params, "offset"), integer(params, "limit", 100)
        if offset < 0:
            self._pending = self._pending[offset:]
        elif offset > 0:
            self._pending = [update for update in self._pending if update["update_id"] >= offset]
        await self._wait_for_one(integer(params, "timeout"))
        return self._pending[: max(1, min(limit, 100))]

    async def _wait_for_one(self, timeout_s: int) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        mine = self._poll = asyncio.get_running_loop().create_future()
        until_s = time.monotonic() + timeout_s
        while not self._pending and (left_s := until_s - time.monotonic()) > 0:
            self._arrived.clear()
            arrival = asyncio.ensure_future(self._arrived.wait())
            await asyncio.wait({arrival, mine}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            arrival.cancel()
            if mine.done():
                raise ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )

    def set_webhook(self, params: JsonObject) -> bool:
        """setWebhook; an empty address takes it away. Loopback and plain http are taken, unlike Telegram's own."""
        url = str(params.get("url") or "")
        secret = str(params.get("secret_token") or "")
        if len(secret) > WebhookLimit.MAX_SECRET_TOKEN_LENGTH or not set(secret) <= _SECRET_ALPHABET:
            raise bad_request("secret token contains unallowed characters")
        if url and urlsplit(url).scheme not in {"http", "https"}:
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if params.get("allowed_updates") is not None:
            self._allowed = json_value(params, "allowed_updates") or []
        if str(params.get("drop_pending_updates", "")).lower() == "true":
            self._pending.clear()
        self._webhook = {"url": url, "secret": secret} if url else {}
        if self._webhook and self._deliverer is None:
            self._deliverer = asyncio.create_task(self._deliver())
        self._arrived.set()
        return True

    def delete_webhook(self, params: JsonObject) -> bool:
        """deleteWebhook."""
        return self.set_webhook({**params, "url": "", "secret_token": ""})

    def webhook_info(self, _params: JsonObject) -> JsonObject:
        """getWebhookInfo."""
        return {
            "url": self._webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self._pending),
            **{key: self._webhook[key] for key in ("last_error_date", "last_error_message") if key in self._webhook},
            **({"allowed_updates": self._allowed} if self._allowed else {}),
        }

    async def _deliver(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            while True:
                if not self._webhook or not self._pending:
                    self._arrived.clear()
                    await self._arrived.wait()
                    continue
                update = self._pending[0]
                problem = await self._post(session, update)
                if problem is None:
                    with contextlib.suppress(ValueError):  # dropped meanwhile on the bot's own wish
                        self._pending.remove(update)
                    continue
                if self._webhook:
                    self._webhook |= {"last_error_date": int(time.time()), "last_error_message": problem}
                await asyncio.sleep(self._options.webhook_retry_s)

    async def _post(self, session: aiohttp.ClientSession, update: JsonObject) -> str | None:
        headers = {"Content-Type": "application/json"}
        if self._webhook["secret"]:
            headers[SECRET_HEADER] = self._webhook["secret"]
        self.webhook_attempts += 1
        try:
            async with session.post(self._webhook["url"], data=orjson.dumps(update), headers=headers) as response:
                await response.read()
                ok = 200 <= response.status < 300
                return None if ok else f"Wrong response from the webhook: {response.status} {response.reason}"
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"Connection failed: {type(error).__name__}"

    async def close(self) -> None:
        """End what runs."""
        if self._poll is not None and not self._poll.done():
            self._poll.cancel()
        if self._deliverer is not None:
            self._deliverer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._deliverer

    def as_table(self) -> dict[str, Any]:
        """The webhook methods by lower-case name."""
        return {
            "setwebhook": self.set_webhook,
            "deletewebhook": self.delete_webhook,
            "getwebhookinfo": self.webhook_info,
        }
