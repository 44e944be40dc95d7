"""In CI a skip is a failure: tried on pytest runs of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import REPOSITORY

SKIPPED = "import pytest\n\ndef test_absent():\n    pytest.skip('no such part')\n"
MARKED = "import pytest\n\n@pytest.mark.skip(reason='not today')\ndef test_marked():\n    pass\n"
MODULE = "import pytest\n\npytest.importorskip('a_library_nobody_has')\n\ndef test_never():\n    pass\n"
EXPECTED = "import pytest\n\n@pytest.mark.xfail\ndef test_known():\n    assert False\n"


def _run(folder: Path, source: str, ci: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_one.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.no_skips", "-p", "no:cacheprovider", "-q", str(folder)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CI"))}
    return subprocess.run(
        command, cwd=folder, env=environment | {"CI": ci, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True
    )


@pytest.mark.parametrize("source", [SKIPPED, MARKED, MODULE], ids=["call", "mark", "module"])
def test_skip_fails_in_ci(tmp_path: Path, source: str) -> None:
    done = _run(tmp_path, source, "true")

    assert done.returncode != 0
    assert "nothing may be skipped" in done.stdout


@pytest.mark.parametrize("source", [SKIPPED, MARKED], ids=["call", "mark"])
def test_skip_is_allowed_elsewhere(tmp_path: Path, source: str) -> None:
    assert _run(tmp_path, source, "").returncode == 0


def test_expected_failure_is_left_as_it_is(tmp_path: Path) -> None:
    assert _run(tmp_path, EXPECTED, "true").returncode == 0


def test_hooks_are_taken_in(pytestconfig: pytest.Config) -> None:
    conftest = pytestconfig.pluginmanager.get_plugin(str(REPOSITORY / "tests" / "conftest.py"))

    assert conftest is not None
    assert conftest.pytest_runtest_makereport.__module__ == "tests.no_skips"
    assert conftest.pytest_make_collect_report.__module__ == "tests.no_skips"
