"""The environment in which Rasa runs: Python 3.10, built from nlu/uv.lock."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.errors import StartError
from bot.settings import REPOSITORY

Progress = Callable[[str], None]

NLU = REPOSITORY / "nlu"
NLU_PYTHON = NLU / ".venv" / "bin" / "python"
_STAMP = NLU / ".venv" / "kouan-stamp"
_UV_VERSION = "0.13.9"

NO_PYTHON_310 = (
    "Rasa needs Python 3.10, and none was found or could be fetched: install it (`uv python install 3.10`, or "
    "`pyenv install 3.10`), or start the containers instead (`docker compose up`)."
)


def ensure_nlu_environment(progress: Progress, *, for_tests: bool = False) -> Path:
    """Build nlu/.venv unless it is there and fits the lock file; returns its Python.

    for_tests: with what the tests of the nlu room need besides.

    Raises StartError in one sentence when Python 3.10 cannot be had or the packages cannot be installed.
    """
    wanted = hashlib.sha256((NLU / "uv.lock").read_bytes()).hexdigest()
    built = _STAMP.read_text().split() if NLU_PYTHON.exists() and _STAMP.exists() else []
    if wanted in built and ("tests" in built or not for_tests):
        return NLU_PYTHON
    uv = find_uv(progress)
    python = find_python310(uv)
    progress("building Rasa's environment (nlu/.venv, about 2 GB)")
    # --inexact: starting the product takes nothing away from an environment that also serves for the tests.
    command = [uv, "sync", "--frozen", "--inexact", "--project", str(NLU), "--python", python]
    command += ["--group", "dev"] if for_tests else []
    done = subprocess.run(command, env=_clean_environment(), check=False)
    if done.returncode:
        raise StartError("Rasa's environment could not be built; the reason stands above.")
    _STAMP.write_text(f"{wanted} tests" if for_tests or "tests" in built else wanted)
    return NLU_PYTHON


def find_uv(progress: Progress) -> str:
    """uv on PATH, or the one in .kouan, where it is installed if need be."""
    own = REPOSITORY / ".kouan" / "uv" / "bin" / "uv"
    if own.exists():
        return str(own)
    found = shutil.which("uv")
    if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
        return found
    progress(f"installing uv {_UV_VERSION}")
    subprocess.run([sys.executable, "-m", "venv", str(own.parent.parent)], check=True)
    pip = [str(own.parent / "python"), "-m", "pip", "install", "--quiet", f"uv=={_UV_VERSION}"]
    subprocess.run(pip, check=True)
    return str(own)


def find_python310(uv: str) -> str:
    """A Python 3.10: on PATH, in pyenv's versions folder, or fetched by uv. Raises StartError(NO_PYTHON_310)."""
    for candidate in _candidates():
        if _is_310(candidate):
            return candidate
    done = subprocess.run([uv, "python", "install", "3.10"], capture_output=True, check=False)
    if done.returncode == 0:
        found = subprocess.run([uv, "python", "find", "3.10"], capture_output=True, text=True, check=False)
        if found.returncode == 0 and _is_310(found.stdout.strip()):
            return found.stdout.strip()
    raise StartError(NO_PYTHON_310)


def _candidates() -> Iterator[str]:
    for name in ("python3.10", "python3", "python"):
        found = shutil.which(name)
        if found:
            yield found
    # pyenv's shims fail for a version that is not active, so its folder is looked into as well.
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for folder in sorted(versions.glob("3.10*"), reverse=True):
        yield str(folder / "bin" / "python3.10")


def _is_310(python: str) -> bool:
    check = "import sys; sys.exit(sys.version_info[:2] != (3, 10))"
    try:
        return subprocess.run([python, "-c", check], capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _clean_environment() -> dict[str, str]:
    """Ours without what would make uv take the service's environment for Rasa's."""
    return {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
