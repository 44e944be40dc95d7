"""Where CI is set nothing is passed over: a skipped test, or a module that skips itself, counts as failed.

Hooks of pytest; tests/conftest.py takes them in. An expected failure (xfail) is run and judged, so it is left as it is.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest


def nothing_may_be_skipped() -> bool:
    """Whether this run is one that must look at everything: CI is set to anything but an empty text, 0 or false."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that was skipped has failed."""
    report = yield
    if nothing_may_be_skipped() and report.skipped and not hasattr(report, "wasxfail"):
        _fail(report, item.nodeid)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that skipped itself, perhaps because a library is missing, has failed."""
    report = yield
    if nothing_may_be_skipped() and report.skipped:
        _fail(report, collector.nodeid)
    return report


def _fail(report: pytest.TestReport | pytest.CollectReport, nodeid: str) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"{nodeid} was skipped, and nothing may be skipped where CI is set: {reason}"
