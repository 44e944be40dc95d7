"""Ctrl-C ends every part."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from bot.launch.parts import free_port
from tests.e2e.conftest import Product, TelegramWorld, start_product, stop_product

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]


def test_ctrl_c_ends_every_part(product: Product, bot_api: TelegramWorld, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    # With the model that the other product trained: this test is about the end, not about training.
    data_dir.mkdir()
    (data_dir / "models").symlink_to(product.data_dir / "models")
    started = start_product(data_dir, bot_api.url, free_port())
    children = psutil.Process(started.process.pid).children(recursive=True)

    code = stop_product(started)

    assert len(children) >= 5
    assert code == 0
    assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []
