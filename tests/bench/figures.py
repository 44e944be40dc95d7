"""What a bench reports."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One figure. theirs: the alternative's, in the same unit; None when there is nothing to compare with."""

    name: str
    ours: float
    unit: str
    alternative: str | None = None
    theirs: float | None = None

    @property
    def ratio(self) -> float | None:
        """ours / theirs."""
        return round(self.ours / self.theirs, 3) if self.theirs else None

    def as_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "name": self.name,
            "ours": round(self.ours, 2),
            "unit": self.unit,
            "alternative": self.alternative,
            "theirs": None if self.theirs is None else round(self.theirs, 2),
            "ratio": self.ratio,
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed. values: at least one."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def machine() -> dict[str, Any]:
    """Where it was measured."""
    return {
        "processors": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }
