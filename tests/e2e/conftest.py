"""The whole product, started by `./kouan up` as a newcomer would, with a local Bot API server in Telegram's place.

The fixtures last for this package and no longer: Playwright's loop would stand in the way of the other tests' own.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from bot.clearance.schemas import EVENT_TYPE
from bot.clearance.signature import sign
from bot.launch.parts import free_port
from bot.settings import REPOSITORY
from tests.botapi.options import DEFAULT_TOKEN

T = TypeVar("T")

PASSWORD = "a long password for tests"
START_LIMIT_S = 900  # a first start builds environments and trains
_CHROMIUM_FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def until(look: Callable[[], T | None], what: str, limit_s: float = 30.0) -> T:
    """What `look` returns once it is not empty. Fails with `what` after limit_s."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    pytest.fail(f"waited {limit_s:.0f} s in vain for {what}")


@dataclass
class TelegramWorld:
    """People on the other side of the local Bot API server."""

    url: str

    def do(self, action: str, **arguments: Any) -> Any:
        """One act of the server's control side."""
        answer = httpx.post(f"{self.url}/control/{action}", json=arguments, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def texts(self, chat_id: int) -> list[str]:
        """What the bot wrote to a chat, in order."""
        found: list[str] = self.do("texts", chat_id=chat_id)["result"]
        return found


@dataclass
class Product:
    """The running product as its users meet it."""

    url: str
    data_dir: Path
    process: subprocess.Popen[str]
    telegram: TelegramWorld
    output: list[str] = field(default_factory=list)

    def kouan(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Another command of the launcher on the same data directory."""
        return subprocess.run(
            [str(REPOSITORY / "kouan"), *arguments, "--data-dir", str(self.data_dir)],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def say(self, text: str, conversation_id: str = "e2e", **more: Any) -> dict[str, Any]:
        """`POST /v1/messages`."""
        body = {"conversation_id": conversation_id, "text": text, **more}
        answer = httpx.post(f"{self.url}/v1/messages", json=body, timeout=30)
        answer.raise_for_status()
        turn: dict[str, Any] = answer.json()
        return turn

    def parts(self) -> dict[str, dict[str, Any]]:
        """`GET /readyz`."""
        found: dict[str, dict[str, Any]] = httpx.get(f"{self.url}/readyz", timeout=10).json()["parts"]
        return found

    def event_key(self, name: str) -> bytes:
        """A new signing key, made on the command line."""
        made = self.kouan("key", "add", name, "--scope", "events")
        assert made.returncode == 0, made.stderr
        return base64.b64decode(made.stdout.strip().removeprefix("whsec_"))

    def report(self, secret: bytes, declaration_no: str, stage: str, **data: Any) -> httpx.Response:
        """The port's system reports a stage."""
        event = {
            "specversion": "1.0",
            "id": f"{declaration_no}-{stage}-{time.time_ns()}",
            "source": "urn:e2e:port",
            "type": EVENT_TYPE,
            "time": datetime.now(UTC).isoformat(),
            "data": {"declaration_no": declaration_no, "stage": stage, **data},
        }
        body = json.dumps(event).encode()
        now_s = int(time.time())
        headers = {
            "content-type": "application/cloudevents+json",
            "webhook-id": str(event["id"]),
            "webhook-timestamp": str(now_s),
            "webhook-signature": sign(secret, str(event["id"]), now_s, body),
        }
        answer = httpx.post(f"{self.url}/v1/clearance/events", content=body, headers=headers, timeout=10)
        answer.raise_for_status()
        return answer

    @contextmanager
    def staff(self, name: str) -> Iterator[httpx.Client]:
        """A staff session."""
        with httpx.Client(base_url=self.url, timeout=10, follow_redirects=True) as client:
            client.post("/console/login", data={"name": name, "password": PASSWORD, "next": ""})
            yield client

    def binding_code(self, declaration_no: str) -> str:
        """A code that staff make on the console."""
        with self.staff("approver") as staff:
            page = staff.get("/console/declarations").text
            csrf = page.split('name="csrf" value="')[1].split('"')[0]
            made = staff.post("/console/declarations/code", data={"csrf": csrf, "declaration_no": declaration_no})
        assert made.status_code == 200, made.status_code
        return made.text.split('<output id="code">')[1].split("<")[0]


def start_product(data_dir: Path, telegram_url: str, port: int) -> Product:
    """`./kouan up`, until it says ready."""
    environment = dict(os.environ) | {
        "KOUAN_TELEGRAM__TOKEN": DEFAULT_TOKEN,
        "KOUAN_TELEGRAM__API_URL": telegram_url,
    }
    log = data_dir.parent / f"up-{port}.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [str(REPOSITORY / "kouan"), "up", "--port", str(port), "--data-dir", str(data_dir)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout is not None
    product = Product(f"http://127.0.0.1:{port}", data_dir, process, TelegramWorld(telegram_url))
    line = process.stdout.readline()
    assert line.strip() == f"ready {product.url}", f"no ready line, but: {log.read_text()[-2000:]}"
    return product


def stop_product(product: Product) -> int:
    """Ctrl-C."""
    product.process.send_signal(signal.SIGINT)
    with product.process:
        return product.process.wait(60)


@pytest.fixture(scope="package")
def bot_api() -> Iterator[TelegramWorld]:
    """A local Bot API server as a process of its own."""
    command = [sys.executable, "-m", "tests.botapi", "--port", "0"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield TelegramWorld(line.split()[1])
        process.terminate()


@pytest.fixture(scope="package")
def product(bot_api: TelegramWorld) -> Iterator[Product]:
    """The product, for all end-to-end tests; two members of staff have accounts."""
    with tempfile.TemporaryDirectory(prefix="ke-") as folder:
        data_dir = Path(folder) / "data"
        running = start_product(data_dir, bot_api.url, free_port())
        for name, role in (("author", "author"), ("approver", "approver")):
            made = running.kouan("staff", "add", name, "--role", role, stdin=PASSWORD + "\n")
            assert made.returncode == 0, made.stderr
        yield running
        stop_product(running)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def phone(browser: Browser, product: Product) -> Iterator[Page]:
    """A page at phone size, with nothing remembered; a script error on it fails the test."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="zh-CN")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []
