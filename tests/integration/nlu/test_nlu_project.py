"""Rasa's project, tried in its own environment: its unit tests, its data, its test stories."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bot.launch.environment import NLU, ensure_nlu_environment
from bot.launch.training import rasa_environment
from bot.settings import REPOSITORY
from knowledge.compile import compile_nlu
from knowledge.load import load_knowledge
from tests.conftest import OwnRedis

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="session")
def python() -> Path:
    return ensure_nlu_environment(print)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("compiled") / "compiled.jsonl"
    compile_nlu(load_knowledge(REPOSITORY / "knowledge"), target)
    return target


def run(python: Path, *arguments: str, cwd: Path = NLU, **more: str) -> str:
    environment = rasa_environment() | {"RASA_MAX_CACHE_SIZE": "0", "KOUAN_ACTIONS_URL": "http://127.0.0.1:9/webhook"}
    environment |= more
    done = subprocess.run(
        [str(python), "-m", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def test_its_own_tests_pass(python: Path, tmp_path: Path, own_redis: OwnRedis) -> None:
    told = run(
        python, "pytest", "tests/nlu", "-q", "--basetemp", str(tmp_path / "nlu"),
        cwd=REPOSITORY, KOUAN_TEST_REDIS_URL=own_redis.url,
    )  # fmt: skip

    passed = re.search(r"(\d+) passed", told)
    assert passed is not None
    assert int(passed[1]) > 150
    assert "skipped" not in told


def test_its_data_is_valid_without_a_warning(python: Path, compiled: Path) -> None:
    told = run(
        python, "rasa", "data", "validate", "--fail-on-warnings", "--domain", "domain", "--config", "config.yml",
        "--data", "data", str(compiled),
    )  # fmt: skip

    assert "No story structure conflicts found" in told
    assert not re.findall(r"UserWarning: .*", told)


def test_the_stories_are_predicted_without_a_mistake(python: Path, tmp_path: Path) -> None:
    options = ("--config", "config.yml", "--domain", "domain")
    run(
        python,
        "rasa",
        "train",
        "core",
        *options,
        "--stories",
        "data",
        "--out",
        str(tmp_path),
        "--fixed-model-name",
        "core",
    )
    run(
        python, "rasa", "test", "core", "--model", str(tmp_path / "core.tar.gz"), "--stories", "tests",
        "--out", str(tmp_path / "results"), "--fail-on-prediction-errors", "--no-plot",
    )  # fmt: skip

    assert "None of the test stories failed" in (tmp_path / "results" / "failed_test_stories.yml").read_text()
    assert (NLU / "tests" / "test_stories.yml").read_text(encoding="utf-8").count("- story:") > 10
